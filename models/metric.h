// What a component reports: one row for each figure. The keys of results.json, the words of objectives, the
// columns of tables and `headroom doc TYPE` come from the rows; their estimates and intervals, over
// replications or over batches of one long run, from what the rows say of the counters beneath them.
//
// A model counts in its durable state, from the start of the run and whether anything is measured or not; it
// never looks at the window. What lies in a window, or in a batch, is the difference of two readings. Nothing
// here costs anything while a run goes on: counters are read when a window or a batch ends (metric_book.h).
#ifndef HEADROOM_METRIC_H
#define HEADROOM_METRIC_H

#include "arena.h"
#include "histogram.h"
#include "int128.h"
#include "level.h"
#include "tally.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sim;
struct plan;
struct model;
struct component;
struct instance;
struct fleet;
struct machine;
struct component_measure;

// What a figure counts in; times are kept in ns and reported in seconds.
enum metric_unit {
  METRIC_NUMBER,
  METRIC_FRACTION, // 0 to 1
  METRIC_PER_SECOND,
  METRIC_SECONDS,
  METRIC_BYTES,
  METRIC_MONEY_PER_HOUR // in the currency of the scenario's totals; counters count money
};

// How a figure follows from `top` and `bottom`, and how its interval is found.
enum metric_kind {
  METRIC_RATE,  // events (top) per second of the window: ratio of sums
  METRIC_LEVEL, // an integral over time (top), divided by another (bottom) or, without one, by the window's
                // length: mean over replications
  METRIC_SHARE, // hits (top) of trials (bottom): as a proportion, never narrower than Clopper & Pearson's
  METRIC_RATIO, // one sum (top) over another (bottom): ratio of sums
  METRIC_TIMES, // durations: a tally (top) and, for percentiles, a histogram (bottom): mean, std, max, p50, …
  METRIC_TOTAL, // events (top), added up over the replications; no estimate
  METRIC_PEAK,  // the highest level since the window began (top); the largest of all; no estimate
  METRIC_WHOLE  // what is known of the window as a whole alone (top): mean over replications; no batches
};

// Where a counter stands, and its type there.
enum metric_place {
  METRIC_NOWHERE,
  METRIC_OF_INSTANCE, // at `offset` of an instance's durable state
  METRIC_OF_FLEET,    // at `offset` of a struct fleet: what the flow itself counts
  METRIC_BY_INSTANCE, // read_instance()
  METRIC_BY_MEASURE,  // read_measure(), of each fleet
  METRIC_BY_MACHINE,  // read_machine(), of each that the component stands on
  METRIC_BY_COMPONENT // read_component()
};
enum metric_type {
  METRIC_UINT64,
  METRIC_INT128,
  METRIC_DOUBLE,
  METRIC_A_LEVEL,
  METRIC_TALLY,
  METRIC_HISTOGRAM
};

// A counter, summed over all instances there ever were, or machines (for METRIC_PEAK and METRIC_WHOLE the
// largest of them). Functions return what has come together since the start of the run.
struct metric_source {
  enum metric_place place;
  enum metric_type type;
  size_t offset;
  double (*read_instance)(const struct sim *sim, const struct instance *instance);
  double (*read_measure)(const struct component_measure *measure);
  double (*read_machine)(const struct machine *machine, int64_t now); // ns
  double (*read_component)(const struct sim *sim, const struct component *component,
                           const struct fleet *fleet); // NULL: of all its fleets
};

struct metric {
  const char *key; // in results.json, its dots are levels: "utilization.workers"; times end in "_s"
  const char *slo; // the word of objectives, `web.WORD < …`; NULL: none. Of times it is the mean
  enum metric_kind kind;
  enum metric_unit unit;
  struct metric_source top;
  struct metric_source bottom;
  bool optional; // left out where there is nothing to divide by
  bool measured; // needs what fleets count of visits, which they do in the measured time alone
  // Why a component never has it, as "its workers are unlimited", so that an objective about it is refused;
  // NULL, or a function that returns NULL: it has.
  const char *(*missing)(const struct component *component);
  const char *head; // of its column in the table of its type; NULL: it is in the results alone
  const char *doc;  // a phrase
};

// Members of the durable state, `record_`, that must have the type that the name says; a row that does not
// fit does not compile.
#define METRIC_MEMBER(place_, record_, member_, c_type_, type_)                                              \
  {                                                                                                          \
    .place = (place_), .type = (type_),                                                                      \
    .offset = offsetof(record_, member_) + _Generic(((record_ *)0)->member_, c_type_                         \
                                                    : (size_t)0)                                             \
  }
#define METRIC_COUNTER(record_, member_)                                                                     \
  METRIC_MEMBER(METRIC_OF_INSTANCE, record_, member_, uint64_t, METRIC_UINT64)
#define METRIC_SUM(record_, member_)                                                                         \
  METRIC_MEMBER(METRIC_OF_INSTANCE, record_, member_, int128, METRIC_INT128)
#define METRIC_LEVEL_OF(record_, member_)                                                                    \
  METRIC_MEMBER(METRIC_OF_INSTANCE, record_, member_, struct level, METRIC_A_LEVEL)
#define METRIC_TALLY_OF(record_, member_)                                                                    \
  METRIC_MEMBER(METRIC_OF_INSTANCE, record_, member_, struct tally, METRIC_TALLY)
#define METRIC_HISTOGRAM_OF(record_, member_)                                                                \
  METRIC_MEMBER(METRIC_OF_INSTANCE, record_, member_, struct histogram, METRIC_HISTOGRAM)
#define METRIC_READ(function_)                                                                               \
  { .place = METRIC_BY_INSTANCE, .read_instance = (function_) }
#define METRIC_READ_MACHINE(function_)                                                                       \
  { .place = METRIC_BY_MACHINE, .read_machine = (function_) }
#define METRIC_READ_COMPONENT(function_)                                                                     \
  { .place = METRIC_BY_COMPONENT, .read_component = (function_) }

// What every component reports, in metric_common.c; a model's own rows follow.
extern const struct metric metric_common[];
extern const size_t metric_common_count;

// ---- Readings ---------------------------------------------------------------------------------------------

// What a row's counters say. `times` is there for METRIC_TIMES, `histogram` where it has one and spreads are
// kept.
struct metric_raw {
  double top;
  double bottom;
  struct tally *times;
  struct histogram *histogram;
};

// A reading of all rows of all components.
struct metric_book {
  const struct plan *plan;
  struct metric_raw **components; // by component number, then by row
};

// The rows of the instances in one place alone, of each component that stands in several.
struct metric_places {
  const struct plan *plan;
  struct metric_raw ***components; // by component number, then by fleet; NULL where there is only one
};

#endif
