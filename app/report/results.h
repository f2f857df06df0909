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

// Writes results.json, engine.json, series.csv, distribution.csv and manifest.json into `folder`, each one
// whole or not at all. False: `error` says why.
bool results_save(const struct results *results, const struct engine_report *engine, const char *folder,
                  struct file_error *error);

// The table of series.csv: what clients have seen in each window, and what components report of it.
void results_write_series(const struct experiment *experiment, struct writer *writer);

// Writes what a writer holds to folder/name.
bool results_save_file(const char *folder, const char *name, const struct writer *writer,
                       struct file_error *error);

#endif
