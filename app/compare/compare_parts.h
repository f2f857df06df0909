// What the files of `headroom compare` share; nobody else includes it.
#ifndef HEADROOM_COMPARE_PARTS_H
#define HEADROOM_COMPARE_PARTS_H

#include "comparison.h"
#include "options.h"
#include "results.h"
#include "subject.h"

struct compare_options {
  const char *traffic;
  const char *load;
  bool gate;
};

enum { LOADS_MOST = 64 };

// One comparison: all scenarios at all loads. Experiments stand by load, then by scenario.
struct match {
  const struct options *options;
  const struct compare_options *own;
  struct subject traffic; // opened where options ask for one
  struct subject *subjects;
  const char **slugs;
  size_t count;
  double loads[LOADS_MOST];
  size_t load_count;
  bool paired;              // same arrivals, mix and datasets: common random numbers
  const char *unpaired_why; // what differs
  struct experiment *experiments;
  struct results *results; // of experiments with a replication
  struct arena arena;
  int64_t started;
};

static inline struct experiment *match_experiment(const struct match *match, size_t load, size_t scenario) {
  return &match->experiments[load * match->count + scenario];
}

// What is compared of requests, in the order of columns; `name` as in comparison.json, `head` as in the
// table.
enum { COMPARE_FIGURES = 6 };
extern const struct compare_figure {
  const char *name;
  const char *head;
  struct figure figure;
} compare_figures[COMPARE_FIGURES];

struct difference {
  size_t load;
  size_t scenario; // against the first
  int client;      // SCOPE_ALL
  const char *metric;
  struct figure figure;
  bool bill; // what all costs for an hour; not `figure`
  struct estimate first;
  struct estimate second;
  struct comparison comparison;
  struct estimate change; // relative
  double adjusted;        // p-value by Holm
};

struct differences {
  struct difference *list;
  size_t count;
};

// All differences from the first scenario, by load, scenario and clients; p-values adjusted over all (Holm).
struct differences compare_differences(const struct match *match, struct arena *arena);

// comparison.json.
void compare_write(const struct match *match, const struct differences *all, struct writer *writer);

// The folder `out`: that file, a manifest, and a folder for each scenario and load. False: an error was
// shown.
bool compare_save(const struct match *match, const struct differences *all, const char *out,
                  struct arena *arena);

// The tables on standard output.
void compare_print(const struct match *match, const struct differences *all, struct arena *arena);

#endif
