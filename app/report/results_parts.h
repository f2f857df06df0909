// What the files that make results.json share; nobody else includes it.
#ifndef HEADROOM_RESULTS_PARTS_H
#define HEADROOM_RESULTS_PARTS_H

#include <stdint.h>

struct arena;
struct experiment;
struct plan;
struct writer;

// The percentiles that are written: "p99", 0.99.
struct results_percentile {
  const char *key;
  double q;
};
enum { RESULTS_PERCENTILES = 5 };
extern const struct results_percentile results_percentiles[RESULTS_PERCENTILES];

// The numbers of components in the order of their names, whatever these numbers are. In the arena.
uint16_t *results_order(const struct plan *plan, struct arena *arena);

// "components": what each of them reports, by data center too where it stands in several.
void results_write_components(struct writer *writer, const struct experiment *experiment,
                              struct arena *arena);

#endif
