// Runs gnuplot in a folder of its own: files are put there, a script is run, pictures are taken out.
//
// gnuplot is started by its argument vector, never through a shell, without the user's settings, with a time
// limit. Whoever writes scripts puts text that is not their own into gnuplot_quote().
#ifndef HEADROOM_GNUPLOT_H
#define HEADROOM_GNUPLOT_H

#include "file.h"
#include "writer.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct gnuplot {
  char folder[512]; // temporary, for this user alone; "": none
  int64_t limit;    // ns for each run
  const atomic_bool *interrupt;
  struct file_error error; // what went wrong first; all but gnuplot_close() do nothing once it is there
  bool missing;            // the error is that there is no gnuplot
};

// Makes the folder (in TMPDIR, else /tmp). Always followed by gnuplot_close(). Must not move.
void gnuplot_open(struct gnuplot *gnuplot, int64_t limit, const atomic_bool *interrupt);

// Puts a file of that plain name into the folder. False: see `error`; also when memory for it ran out.
bool gnuplot_put(struct gnuplot *gnuplot, const char *name, const struct writer *content);

// Runs the script of that name, in the folder. False: gnuplot is missing, was not done in time, or failed
// (with the last line of what it said), or the run was interrupted.
bool gnuplot_run(struct gnuplot *gnuplot, const char *name);

// Reads a file that a script made. NULL: see `error`.
char *gnuplot_take(struct gnuplot *gnuplot, const char *name, struct arena *arena, size_t *length);

// Removes the folder and what is in it.
void gnuplot_close(struct gnuplot *gnuplot);

// `text` as a string of gnuplot's language that stands for this text: in single quotes nothing but the quote
// itself means anything there (backquotes would run a command in double ones). A quote becomes the
// typographic apostrophe, since gnuplot 5.4 misreads two quotes, which should stand for one, where four
// follow each other. Control characters and bytes that are not UTF-8 are escaped as text_escape() does.
void gnuplot_quote(struct writer *script, const char *text);

#endif
