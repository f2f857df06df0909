// Results of one experiment: gathered once, then written as JSON, CSV and a table.
#ifndef HEADROOM_RESULTS_H
#define HEADROOM_RESULTS_H

#include "audit.h"
#include "bill.h"
#include "bottleneck.h"
#include "file.h"
#include "objective_result.h"
#include "subject.h"
#include "writer.h"

#include <stdbool.h>

struct results {
  const struct subject *subject;
  const struct experiment *experiment;
  struct objective_result *objectives; // subject->objectives.count of them
  struct bottleneck bottleneck;
  struct bill bill;
  struct audit_laws laws;
  const struct replication *broken; // whose audit found a broken identity; NULL: none
  char fingerprint[CANONICAL_HASH_BYTES];
  const char **warnings; // sentences
  size_t warning_count;
};

// Everything lives in the arena; the experiment has at least one replication.
void results_gather(struct results *results, const struct subject *subject,
                    const struct experiment *experiment, struct arena *arena);

// 1 for a broken identity, 99 for a failed objective (with `strict`, an undecided one too), else 0.
int results_status(const struct results *results, bool strict);

// results.json as the language describes it.
void results_write(const struct results *results, struct writer *writer);

// One estimate as {"value", "ci95", "n", "method"}.
void results_write_estimate(struct writer *writer, const char *key, const struct estimate *estimate);

// What the process has used: engine.json. `own_time` ns of processors; the whole process's where it ran
// nothing else.
struct engine_report {
  int64_t wall; // ns
  int64_t own_time;
};

// Writes results.json, series.csv, distribution.csv, engine.json and manifest.json into `folder`, each one
// whole or not at all. False: `error` says why.
bool results_save(const struct results *results, const struct engine_report *engine, const char *folder,
                  struct file_error *error);

// The table of series.csv: what clients have seen in each window, and what components report of it.
void results_write_series(const struct results *results, struct writer *writer);

// A file of results while it is written: its bytes go there as they come, so that no table of theirs is in
// memory as a whole.
struct results_file {
  struct file_output output;
  struct writer writer;
};

// Begins folder/name, `folder` NULL: name, and returns its writer. Always followed by results_file_finish(),
// which puts it into its place; false: `error` says why. Neither must be moved between the two.
struct writer *results_file_begin(struct results_file *file, const char *folder, const char *name);
bool results_file_finish(struct results_file *file, struct file_error *error);

#endif
