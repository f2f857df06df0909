#include "metric_book.h"

#include "machine_walk.h"
#include "measure.h"
#include "metric_table.h"
#include "model.h"
#include "sim.h"

#include <string.h>

// ---- Reading one counter ----------------------------------------------------------------------------------

static bool takes_largest(const struct metric *metric) {
  return metric->kind == METRIC_PEAK || metric->kind == METRIC_WHOLE;
}

// What is being read: one row of one component, now.
struct reading {
  const struct sim *sim;
  const struct metric *metric;
  struct metric_raw *raw;
  const struct fleet *fleet; // NULL: all
  bool spreads;
  bool complete; // memory sufficed
};

static void add(const struct reading *reading, double *into, double value) {
  if (!takes_largest(reading->metric)) {
    *into += value;
  } else if (value > *into) {
    *into = value;
  }
}

static void read_member(struct reading *reading, const struct metric_source *source, const void *record,
                        double *into) {
  const void *member = (const char *)record + source->offset;
  switch (source->type) {
  case METRIC_UINT64:
    add(reading, into, (double)*(const uint64_t *)member);
    break;
  case METRIC_INT128:
    add(reading, into, (double)*(const int128 *)member);
    break;
  case METRIC_DOUBLE:
    add(reading, into, *(const double *)member);
    break;
  case METRIC_A_LEVEL: {
    const struct level *level = member;
    bool peak = reading->metric->kind == METRIC_PEAK;
    add(reading, into, (double)(peak ? level->peak : level_area(level, reading->sim->engine.now)));
    break;
  }
  case METRIC_TALLY:
    tally_merge(reading->raw->times, member);
    break;
  case METRIC_HISTOGRAM:
    if (reading->spreads && reading->raw->histogram != NULL &&
        !histogram_merge(reading->raw->histogram, member))
      reading->complete = false;
    break;
  }
}

// What the flow counts of a fleet, as it would be if the window closed now.
struct completed {
  struct fleet fleet; // its histograms hold what completion adds to the fleet's own
  struct memory_budget budget;
};

static void complete(struct completed *completed, const struct fleet *fleet, bool measuring) {
  completed->fleet = *fleet;
  memory_budget_init(&completed->budget);
  histogram_init(&completed->fleet.measure.sojourn_histogram, &completed->budget);
  histogram_init(&completed->fleet.measure.wait_histogram, &completed->budget);
  if (measuring) measure_complete(&completed->fleet.measure);
}

static void drop_completed(struct completed *completed) {
  histogram_free(&completed->fleet.measure.sojourn_histogram);
  histogram_free(&completed->fleet.measure.wait_histogram);
}

static void read_fleets(struct reading *reading, const struct metric_source *source,
                        const struct service *service, const struct completed *completed, double *into) {
  for (uint16_t f = 0; f < service->fleet_count; f++) {
    const struct fleet *whole = &completed[f].fleet;
    if (reading->fleet != NULL && reading->fleet != &service->fleets[f]) continue;
    if (source->place == METRIC_BY_MEASURE) {
      add(reading, into, source->read_measure(&whole->measure));
      continue;
    }
    read_member(reading, source, whole, into);
    if (source->type == METRIC_HISTOGRAM) read_member(reading, source, &service->fleets[f], into);
    if (completed[f].budget.exhausted) reading->complete = false;
  }
}

static void read_in_instance(struct reading *reading, const struct metric_source *source,
                             const struct instance *instance, double *into) {
  if (source->place == METRIC_BY_INSTANCE) add(reading, into, source->read_instance(reading->sim, instance));
  if (source->place == METRIC_OF_INSTANCE) read_member(reading, source, instance->durable_state, into);
}

// Of all but instances and machines.
static void read_source(struct reading *reading, const struct metric_source *source,
                        const struct service *service, const struct completed *completed, double *into) {
  switch (source->place) {
  case METRIC_NOWHERE:
  case METRIC_OF_INSTANCE:
  case METRIC_BY_INSTANCE:
  case METRIC_BY_MACHINE:
    break;
  case METRIC_OF_FLEET:
  case METRIC_BY_MEASURE:
    read_fleets(reading, source, service, completed, into);
    break;
  case METRIC_BY_COMPONENT:
    add(reading, into, source->read_component(reading->sim, service->component, reading->fleet));
    break;
  }
}

// ---- Rows of one component --------------------------------------------------------------------------------

struct metric_raw *metric_rows_open(const struct model *model, bool spreads, struct arena *arena,
                                    struct memory_budget *budget) {
  size_t count = metric_count(model);
  struct metric_raw *rows = arena_array(arena, count, sizeof *rows);
  for (size_t row = 0; rows != NULL && row < count; row++) {
    const struct metric *metric = metric_at(model, row);
    if (metric->kind != METRIC_TIMES) continue;
    rows[row].times = arena_take(arena, sizeof *rows[row].times);
    if (rows[row].times == NULL) return NULL;
    if (!spreads || metric->bottom.place == METRIC_NOWHERE) continue;
    rows[row].histogram = arena_take(arena, sizeof *rows[row].histogram);
    if (rows[row].histogram == NULL) return NULL;
    histogram_init(rows[row].histogram, budget);
  }
  return rows;
}

static void clear_spreads(struct metric_raw *rows, size_t count) {
  for (size_t row = 0; row < count; row++) {
    if (rows[row].histogram != NULL) histogram_free(rows[row].histogram);
  }
}

static void clear_rows(struct metric_raw *rows, size_t count) {
  clear_spreads(rows, count);
  for (size_t row = 0; row < count; row++) {
    rows[row].top = rows[row].bottom = 0;
    if (rows[row].times != NULL) *rows[row].times = (struct tally){0};
  }
}

static void turn_to(struct reading *reading, const struct model *model, struct metric_raw *rows, size_t row) {
  reading->metric = metric_at(model, row);
  reading->raw = &rows[row];
}

// One instance after the other, as then one machine, and not one row: what thousands of them hold is out of
// the processor's caches before the next row would come to it.
static void read_instances(struct reading *reading, struct metric_raw *rows, const struct service *service) {
  const struct model *model = service->component->model;
  size_t count = metric_count(model);
  for (const struct instance *instance = service->first; instance != NULL; instance = instance->sibling) {
    if (reading->fleet != NULL && reading->fleet != instance->fleet) continue;
    for (size_t row = 0; row < count; row++) {
      turn_to(reading, model, rows, row);
      read_in_instance(reading, &reading->metric->top, instance, &rows[row].top);
      read_in_instance(reading, &reading->metric->bottom, instance, &rows[row].bottom);
    }
  }
}

static void read_on_machine(const struct reading *reading, const struct metric_source *source,
                            const struct machine *machine, double *into) {
  if (source->place == METRIC_BY_MACHINE)
    add(reading, into, source->read_machine(machine, reading->sim->engine.now));
}

static void read_machines(struct reading *reading, struct metric_raw *rows, const struct service *service) {
  const struct model *model = service->component->model;
  size_t count = metric_count(model);
  struct machine_walk walk = machine_walk(reading->sim, service->component, reading->fleet);
  const struct machine *machine;
  while ((machine = machine_walk_next(&walk)) != NULL) {
    for (size_t row = 0; row < count; row++) {
      turn_to(reading, model, rows, row);
      read_on_machine(reading, &reading->metric->top, machine, &rows[row].top);
      read_on_machine(reading, &reading->metric->bottom, machine, &rows[row].bottom);
    }
  }
}

static bool read_rows(struct metric_raw *rows, const struct sim *sim, const struct service *service,
                      const struct completed *completed, const struct fleet *fleet, bool spreads) {
  const struct model *model = service->component->model;
  struct reading reading = {.sim = sim, .fleet = fleet, .spreads = spreads, .complete = true};
  clear_rows(rows, metric_count(model));
  for (size_t row = 0; row < metric_count(model); row++) {
    turn_to(&reading, model, rows, row);
    read_source(&reading, &reading.metric->top, service, completed, &rows[row].top);
    read_source(&reading, &reading.metric->bottom, service, completed, &rows[row].bottom);
  }
  read_instances(&reading, rows, service);
  read_machines(&reading, rows, service);
  return reading.complete;
}

bool metric_rows_merge(struct metric_raw *into, const struct metric_raw *other, const struct model *model,
                       bool spreads) {
  bool complete = true;
  for (size_t row = 0; row < metric_count(model); row++) {
    bool largest = takes_largest(metric_at(model, row));
    if (!largest) into[row].top += other[row].top;
    if (largest && other[row].top > into[row].top) into[row].top = other[row].top;
    into[row].bottom += other[row].bottom;
    if (into[row].times != NULL) tally_merge(into[row].times, other[row].times);
    if (spreads && into[row].histogram != NULL && other[row].histogram != NULL)
      complete = histogram_merge(into[row].histogram, other[row].histogram) && complete;
  }
  return complete;
}

static void subtract_rows(struct metric_raw *from, const struct metric_raw *earlier,
                          const struct model *model) {
  for (size_t row = 0; row < metric_count(model); row++) {
    if (takes_largest(metric_at(model, row))) continue;
    from[row].top -= earlier[row].top;
    from[row].bottom -= earlier[row].bottom;
    if (from[row].times != NULL) tally_subtract(from[row].times, earlier[row].times);
  }
}

static void subtract_spreads(struct metric_raw *from, const struct metric_raw *earlier, size_t count) {
  for (size_t row = 0; row < count; row++) {
    if (from[row].histogram != NULL) histogram_subtract(from[row].histogram, earlier[row].histogram);
  }
}

void metric_rows_drop(struct metric_raw *rows, const struct model *model) {
  if (rows != NULL) clear_spreads(rows, metric_count(model));
}

// ---- Books ------------------------------------------------------------------------------------------------

static const struct model *model_of(const struct metric_book *book, uint16_t component) {
  return book->plan->components[component].model;
}

bool metric_book_open(struct metric_book *book, const struct plan *plan, bool spreads, struct arena *arena,
                      struct memory_budget *budget) {
  *book = (struct metric_book){.plan = plan};
  struct metric_raw **components = arena_array(arena, plan->component_count, sizeof *components);
  if (components == NULL) return false;
  for (uint16_t c = 0; c < plan->component_count; c++) {
    components[c] = metric_rows_open(plan->components[c].model, spreads, arena, budget);
    if (components[c] == NULL) return false;
  }
  book->components = components;
  return true;
}

// Components are counted by completed copies of what their fleets have counted so far; NULL: no memory.
static struct completed *complete_all(const struct service *service, const struct sim *sim) {
  struct memory_budget budget;
  memory_budget_init(&budget);
  struct completed *completed = memory_take(&budget, (service->fleet_count + 1U) * sizeof *completed);
  for (uint16_t f = 0; completed != NULL && f < service->fleet_count; f++)
    complete(&completed[f], &service->fleets[f], sim->measuring);
  return completed;
}

static void drop_all(struct completed *completed, const struct service *service) {
  struct memory_budget budget;
  size_t bytes = (service->fleet_count + 1U) * sizeof *completed;
  memory_budget_init(&budget);
  budget.used = bytes;
  for (uint16_t f = 0; f < service->fleet_count; f++) drop_completed(&completed[f]);
  memory_give(&budget, completed, bytes);
}

bool metric_book_read(struct metric_book *book, const struct sim *sim, bool spreads) {
  bool all = true;
  for (uint16_t c = 0; c < book->plan->component_count; c++) {
    const struct service *service = &sim->services[c];
    struct completed *completed = complete_all(service, sim);
    if (completed == NULL) return false;
    all = read_rows(book->components[c], sim, service, completed, NULL, spreads) && all;
    drop_all(completed, service);
  }
  return all;
}

void metric_book_subtract(struct metric_book *book, const struct metric_book *earlier) {
  for (uint16_t c = 0; c < book->plan->component_count; c++)
    subtract_rows(book->components[c], earlier->components[c], model_of(book, c));
}

void metric_book_subtract_spreads(struct metric_book *book, const struct metric_book *earlier) {
  for (uint16_t c = 0; c < book->plan->component_count; c++)
    subtract_spreads(book->components[c], earlier->components[c], metric_count(model_of(book, c)));
}

bool metric_book_merge(struct metric_book *book, const struct metric_book *other) {
  bool all = true;
  for (uint16_t c = 0; c < book->plan->component_count; c++)
    all = metric_rows_merge(book->components[c], other->components[c], model_of(book, c), true) && all;
  return all;
}

void metric_book_clear(struct metric_book *book) {
  for (uint16_t c = 0; c < book->plan->component_count; c++)
    clear_rows(book->components[c], metric_count(model_of(book, c)));
}

void metric_book_clear_spreads(struct metric_book *book) {
  for (uint16_t c = 0; c < book->plan->component_count; c++)
    clear_spreads(book->components[c], metric_count(model_of(book, c)));
}

// Every component has rows of times with histograms, the common ones.
bool metric_book_has_spreads(const struct metric_book *book) {
  for (size_t row = 0; row < metric_common_count; row++) {
    if (book->components[0][row].histogram != NULL) return true;
  }
  return false;
}

void metric_book_swap_spreads(struct metric_book *book, struct metric_book *other) {
  for (uint16_t c = 0; c < book->plan->component_count; c++) {
    for (size_t row = 0; row < metric_count(model_of(book, c)); row++) {
      struct histogram *mine = book->components[c][row].histogram;
      book->components[c][row].histogram = other->components[c][row].histogram;
      other->components[c][row].histogram = mine;
    }
  }
}

void metric_book_drop(struct metric_book *book) {
  if (book->components != NULL) metric_book_clear_spreads(book);
  book->components = NULL;
}

// ---- Places -----------------------------------------------------------------------------------------------

bool metric_places_open(struct metric_places *places, const struct plan *plan, struct arena *arena,
                        struct memory_budget *budget) {
  *places = (struct metric_places){.plan = plan};
  struct metric_raw ***components = arena_array(arena, plan->component_count, sizeof *components);
  for (uint16_t c = 0; components != NULL && c < plan->component_count; c++) {
    const struct component *component = &plan->components[c];
    if (component->share_count < 2) continue;
    components[c] = arena_array(arena, component->share_count, sizeof *components[c]);
    if (components[c] == NULL) return false;
    for (uint16_t f = 0; f < component->share_count; f++) {
      components[c][f] = metric_rows_open(component->model, false, arena, budget);
      if (components[c][f] == NULL) return false;
    }
  }
  places->components = components;
  return components != NULL;
}

bool metric_places_read(struct metric_places *places, const struct sim *sim) {
  bool all = true;
  for (uint16_t c = 0; c < places->plan->component_count; c++) {
    const struct service *service = &sim->services[c];
    if (places->components[c] == NULL) continue;
    struct completed *completed = complete_all(service, sim);
    if (completed == NULL) return false;
    for (uint16_t f = 0; f < service->fleet_count; f++)
      all = read_rows(places->components[c][f], sim, service, completed, &service->fleets[f], false) && all;
    drop_all(completed, service);
  }
  return all;
}

void metric_places_subtract(struct metric_places *places, const struct metric_places *earlier) {
  for (uint16_t c = 0; c < places->plan->component_count; c++) {
    const struct component *component = &places->plan->components[c];
    for (uint16_t f = 0; places->components[c] != NULL && f < component->share_count; f++)
      subtract_rows(places->components[c][f], earlier->components[c][f], component->model);
  }
}

// ---- In a run ---------------------------------------------------------------------------------------------

// Calls `act` with each member of an instance's durable state that a row stands on.
static void each_member(const struct instance *instance,
                        void (*act)(struct sim *, const struct metric_source *, void *), struct sim *sim) {
  for (size_t row = 0; row < instance->model->metric_count; row++) {
    const struct metric *metric = &instance->model->metrics[row];
    const struct metric_source *sources[] = {&metric->top, &metric->bottom};
    for (int i = 0; i < 2; i++) {
      if (sources[i]->place == METRIC_OF_INSTANCE)
        act(sim, sources[i], (char *)instance->durable_state + sources[i]->offset);
    }
  }
}

static void prepare_member(struct sim *sim, const struct metric_source *source, void *member) {
  if (source->type == METRIC_HISTOGRAM) histogram_init(member, &sim->budget);
}

static void drop_member(struct sim *sim, const struct metric_source *source, void *member) {
  (void)sim;
  if (source->type == METRIC_HISTOGRAM) histogram_free(member);
}

static void restart_member(struct sim *sim, const struct metric_source *source, void *member) {
  (void)sim;
  if (source->type == METRIC_HISTOGRAM) histogram_clear(member);
  if (source->type == METRIC_TALLY) *(struct tally *)member = (struct tally){0};
  if (source->type == METRIC_A_LEVEL) level_restart_peak(member);
}

void metric_prepare_instance(struct sim *sim, struct instance *instance) {
  each_member(instance, prepare_member, sim);
}

void metric_drop_instances(struct sim *sim) {
  for (uint32_t i = 0; i < sim->instance_count; i++) each_member(sim->instances[i], drop_member, sim);
}

void metric_begin_window(struct sim *sim) {
  for (uint32_t i = 0; i < sim->instance_count; i++) each_member(sim->instances[i], restart_member, sim);
  if (!metric_book_read(&sim->metrics_from, sim, false) || !metric_places_read(&sim->places_from, sim))
    sim->budget.exhausted = true;
}

void metric_end_window(struct sim *sim) {
  if (!metric_book_read(&sim->metrics, sim, true) || !metric_places_read(&sim->places, sim))
    sim->budget.exhausted = true;
  metric_book_subtract(&sim->metrics, &sim->metrics_from);
  metric_places_subtract(&sim->places, &sim->places_from);
}
