// What a command works on: a scenario that was opened, with all that its checking said.
#ifndef HEADROOM_SUBJECT_H
#define HEADROOM_SUBJECT_H

#include "canonical.h"
#include "diagnostic.h"
#include "field.h"
#include "objectives.h"
#include "options.h"
#include "plan.h"
#include "scenario_file.h"

// Everything lives in `arena` until subject_close(). Must not move.
struct subject {
  struct field_context context; // first: the reader of files gets back here from it
  struct arena arena;
  struct diagnostics diagnostics;
  struct scenario_file file;
  const char *path;  // as the user gave it
  const char *title; // of one without a name; NULL: its file's
  const struct plan *plan;
  struct objectives objectives;
  char hash[CANONICAL_HASH_BYTES];       // of the resolved document without notes
  char files_hash[CANONICAL_HASH_BYTES]; // of the other files that it names, in the order read; "": none
};

// Opens one scenario under the command line's overrides. Prints errors and warnings to standard error. False:
// it is wrong (exit 2). subject_close() must be called all the same.
bool subject_open(struct subject *subject, const char *path, const struct options *options);

// The same, but prints nothing: errors and warnings are in subject->diagnostics (no error: memory ran out).
bool subject_read(struct subject *subject, const char *path, const struct options *options);

// As subject_open(), with the clients of another, already opened, scenario (but each group's `entry`) in
// place of its own: --traffic.
bool subject_open_with_traffic(struct subject *subject, const char *path, const struct subject *traffic,
                               const struct options *options);

void subject_close(struct subject *subject);

// A folder's name made from its name: lower case letters, digits and hyphens; with a number behind it when it
// is among the `count` names that are taken.
const char *subject_free_slug(const struct subject *subject, const char *const *taken, size_t count,
                              struct arena *arena);

// The name to show: the scenario's, or its file's.
const char *subject_name(const struct subject *subject);

#endif
