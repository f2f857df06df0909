// Readings of what components report (metric.h): books of them, with and without the histograms ("spreads").
#ifndef HEADROOM_METRIC_BOOK_H
#define HEADROOM_METRIC_BOOK_H

#include "metric.h"

// An empty book in the arena, bins in `budget`. `spreads`: with histograms. False when memory runs out.
bool metric_book_open(struct metric_book *book, const struct plan *plan, bool spreads, struct arena *arena,
                      struct memory_budget *budget);

// Takes a reading, at the present instant. False when memory runs out. `spreads` may be left out of a book
// that has them.
bool metric_book_read(struct metric_book *book, const struct sim *sim, bool spreads);

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
