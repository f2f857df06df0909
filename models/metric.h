// What a component reports: one row for each figure. The keys of results.json, the words of objectives, the
// columns of tables and `headroom doc TYPE` come from the rows; their estimates and intervals, over
// replications or over batches of one long run, from what the rows say of the counters beneath them.
//
// A model counts in its durable state, from the start of the run and whether anything is measured or not; it
// never looks at the window. What lies in a window, or in a batch, is the difference of two readings. Nothing
// here costs anything while a run goes on: counters are read when a window or a batch ends.
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

// A counter, summed over all instances there ever were (for METRIC_PEAK and METRIC_WHOLE the largest of
// them). Functions return what has come together since the start of the run.
struct metric_source {
  enum metric_place place;
  enum metric_type type;
  size_t offset;
  double (*read_instance)(const struct sim *sim, const struct instance *instance);
  double (*read_measure)(const struct component_measure *measure);
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
#define METRIC_READ_COMPONENT(function_)                                                                     \
  { .place = METRIC_BY_COMPONENT, .read_component = (function_) }

// What every component reports, in metric_common.c; a model's own rows follow.
extern const struct metric metric_common[];
extern const size_t metric_common_count;

// The rows of a type, by number. `model` NULL: the common ones.
size_t metric_count(const struct model *model);
const struct metric *metric_at(const struct model *model, size_t row);

// The row with that key, or with that word of objectives; SIZE_MAX: there is none.
size_t metric_find(const struct model *model, const char *key);
size_t metric_find_word(const struct model *model, const char *word);

// Factor from what is kept to the unit that is reported: 1e-9 for times, 3600e9 for money (over ns), else 1.
double metric_scale(const struct metric *metric);

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

// An empty book in the arena, bins in `budget`. `spreads`: with histograms. False when memory runs out.
bool metric_book_open(struct metric_book *book, const struct plan *plan, bool spreads, struct arena *arena,
                      struct memory_budget *budget);

// Takes a reading, at the present instant. False when memory runs out. `spreads` may be left out of a book
// that has them.
bool metric_book_read(struct metric_book *book, const struct sim *sim, bool spreads);

// The rows of the instances in one place alone, of each component that stands in several.
struct metric_places {
  const struct plan *plan;
  struct metric_raw ***components; // by component number, then by fleet; NULL where there is only one
};

// As metric_book_open() and metric_book_read(), without histograms; takes an earlier reading away.
bool metric_places_open(struct metric_places *places, const struct plan *plan, struct arena *arena,
                        struct memory_budget *budget);
bool metric_places_read(struct metric_places *places, const struct sim *sim);
void metric_places_subtract(struct metric_places *places, const struct metric_places *earlier);

// Takes an earlier reading away, without or only its histograms; adds another; forgets all, or the
// histograms. Histograms are forgotten when a window begins, so that its own reading has nothing to be taken
// away.
void metric_book_subtract(struct metric_book *book, const struct metric_book *earlier);
void metric_book_subtract_spreads(struct metric_book *book, const struct metric_book *earlier);
bool metric_book_merge(struct metric_book *book, const struct metric_book *other);
void metric_book_clear(struct metric_book *book);
void metric_book_clear_spreads(struct metric_book *book);

// Whether it was opened with histograms; two books change theirs.
bool metric_book_has_spreads(const struct metric_book *book);
void metric_book_swap_spreads(struct metric_book *book, struct metric_book *other);

// Gives the bins back.
void metric_book_drop(struct metric_book *book);

// The same for the rows of one component.
struct metric_raw *metric_rows_open(const struct model *model, bool spreads, struct arena *arena,
                                    struct memory_budget *budget);
bool metric_rows_merge(struct metric_raw *into, const struct metric_raw *other, const struct model *model,
                       bool spreads);
void metric_rows_drop(struct metric_raw *rows, const struct model *model);

// ---- In a run ---------------------------------------------------------------------------------------------

// An instance was made: its histograms get their memory. A run is over: they give it back.
void metric_prepare_instance(struct sim *sim, struct instance *instance);
void metric_drop_instances(struct sim *sim);

// The window begins: durations and peaks are forgotten, and all else is read.
void metric_begin_window(struct sim *sim);

// The window ends, before the flow's own measures are completed.
void metric_end_window(struct sim *sim);

#endif
