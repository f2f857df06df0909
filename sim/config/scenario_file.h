// A scenario as it is given on the command line: a file, the files that it extends, and overrides, resolved
// into one document; and the other files that it names, none of which may lie elsewhere.
#ifndef HEADROOM_SCENARIO_FILE_H
#define HEADROOM_SCENARIO_FILE_H

#include "diagnostic.h"
#include "merge.h"
#include "node.h"

// `text` ("path=value") comes from `flag` ("--set", "HEADROOM_SEED"), by which errors name it.
struct scenario_override {
  const char *flag;
  const char *text;
};

// What the command line says about a scenario. Its texts must live as long as the document.
struct scenario_request {
  const char *path; // "-": standard input, which stands in the working directory
  const char *root; // --root DIR; NULL: the folder of `path`
  // `path` is a results.json, and the scenario its `scenario.resolved`. What names other files there was
  // written elsewhere: a relative name starts from the root.
  bool recorded;
  const struct scenario_override *overrides; // applied in this order, later ones over earlier ones
  size_t override_count;
  const struct merge_rules *rules; // NULL: no choices
};

enum { SCENARIO_CHAIN_MAX = 32 }; // files that extend one another

// One of the files of a chain.
struct scenario_source {
  const char *shown;  // as errors call it; positions point at this very text
  const char *folder; // the real path; file names in it are relative to this. NULL only for no file at all
  const char *real;   // the real path; NULL: standard input
  struct node *document;
};

struct scenario_file {
  struct node *document; // the whole, without `extends`
  const char *root;      // the real path of the folder outside of which nothing is read
  struct scenario_source sources[SCENARIO_CHAIN_MAX]; // from the scenario itself to the last it extends
  size_t source_count;
};

// Reads `request->path`, what it extends (relative to the folder of the file that says so; inside the root),
// merges the chain and applies the overrides. The document, an object, lives in the arena. False: there are
// errors in `diagnostics`, or memory ran out; `file` must then not be used.
bool scenario_file_load(struct scenario_file *file, const struct scenario_request *request,
                        struct diagnostics *diagnostics, struct arena *arena);

// The real path of the file that the text `name` (a node of the document) names: relative to the folder of
// the file where `name` was written, for an override to that of the scenario; inside the root after all links
// are followed. NULL: an error at `name`. It may still be a folder, a device or a FIFO: file_read() refuses
// these.
const char *scenario_file_find(const struct scenario_file *file, const struct node *name,
                               struct diagnostics *diagnostics, struct arena *arena);

// The content of that file, a regular one of at most `limit` bytes, with a zero behind it. NULL: an error.
char *scenario_file_read(const struct scenario_file *file, const struct node *name, size_t limit,
                         size_t *length, struct diagnostics *diagnostics, struct arena *arena);

#endif
