// Starting the program in a folder of its own, for tests of it from outside.
#ifndef HEADROOM_STARTING_H
#define HEADROOM_STARTING_H

#include <sys/types.h>

// Makes a folder of a template (NAME-XXXXXX, which becomes its name) and goes there, with nothing in the
// environment that the program would heed; leaves it, with all that is in it.
void starting_enter(char *folder);
void starting_leave(const char *folder);

// Writes a file whole.
void starting_put(const char *name, const char *text);

// In a child: what it writes to the stream `to` goes to a new file.
void starting_redirect(const char *name, int to);

// Starts arguments[0] with what it writes in `out` and in the file "err"; the words end with NULL.
pid_t starting_go(const char *out, char *const *arguments);

// Its exit status at its end, or 128 + the number of the signal that ended it.
int starting_await(pid_t child);

#endif
