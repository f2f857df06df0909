#include "console.h"
#include "metric_book.h"
#include "metric_table.h"
#include "results.h"
#include "results_parts.h"

#include <math.h>
#include <string.h>

static void write_part(struct writer *writer, const char *key, const struct component_scope *scope,
                       struct part part) {
  struct estimate estimate = component_scope_estimate(scope, part, 0.95);
  results_write_estimate(writer, key, &estimate);
}

static void write_times(struct writer *writer, const char *key, const struct component_scope *scope,
                        size_t row) {
  const struct metric_raw *pooled = &scope->rows[row];
  struct part part = {.row = row};
  writer_object(writer, key);
  write_part(writer, "mean", scope, part);
  part.aspect = PART_DEVIATION;
  write_part(writer, "std", scope, part);
  part.aspect = PART_PERCENTILE;
  for (size_t i = 0; pooled->histogram != NULL && i < RESULTS_PERCENTILES; i++) {
    part.argument = results_percentiles[i].q;
    write_part(writer, results_percentiles[i].key, scope, part);
  }
  writer_number(writer, "max", pooled->times->count == 0 ? NAN : (double)pooled->times->largest / 1e9);
  writer_end(writer);
}

static void write_row(struct writer *writer, const char *key, const struct component_scope *scope,
                      size_t row) {
  const struct metric *metric = metric_at(scope->model, row);
  if (metric->kind == METRIC_TIMES) {
    write_times(writer, key, scope, row);
  } else if (metric->kind == METRIC_TOTAL || metric->kind == METRIC_PEAK) {
    writer_number(writer, key, scope->rows[row].top * metric_scale(metric));
  } else {
    write_part(writer, key, scope, (struct part){.row = row});
  }
}

static bool is_there(const struct component_scope *scope, size_t row) {
  if (!metric_at(scope->model, row)->optional) return true;
  return scope->count > 0 && !isnan(component_scope_value(scope, 0, (struct part){.row = row}));
}

// What is under a prefix of keys ("utilization."), and what is of it.
struct group {
  char prefix[128];
  bool there; // some row of it
  bool flat;  // counts alone
};

static struct group group_of(const struct component_scope *scope, const char *key, size_t length) {
  struct group group = {.flat = true};
  snprintf(group.prefix, sizeof group.prefix, "%.*s", (int)length, key);
  for (size_t row = 0; row < metric_count(scope->model); row++) {
    const struct metric *metric = metric_at(scope->model, row);
    if (strncmp(metric->key, group.prefix, length) != 0) continue;
    group.there = group.there || is_there(scope, row);
    group.flat = group.flat && metric->kind == METRIC_TOTAL;
  }
  return group;
}

static void write_rows(struct writer *writer, const struct component_scope *scope, const char *prefix,
                       bool *written);

// All rows under the same first word of the rest of a key, as one object. Groups of the first level are
// always there.
static void write_group(struct writer *writer, const struct component_scope *scope, const char *key,
                        const char *rest, size_t word, bool *written) {
  char name[64];
  struct group group = group_of(scope, key, (size_t)(rest - key) + word + 1);
  snprintf(name, sizeof name, "%.*s", (int)word, rest);
  if (!group.there && rest != key) {
    for (size_t row = 0; row < metric_count(scope->model); row++) {
      if (strncmp(metric_at(scope->model, row)->key, group.prefix, strlen(group.prefix)) == 0)
        written[row] = true; // or its rows would open the outer group a second time
    }
    return;
  }
  if (group.flat) {
    writer_flat_object(writer, name);
  } else {
    writer_object(writer, name);
  }
  write_rows(writer, scope, group.prefix, written);
  writer_end(writer);
}

static void write_rows(struct writer *writer, const struct component_scope *scope, const char *prefix,
                       bool *written) {
  size_t length = strlen(prefix);
  for (size_t row = 0; row < metric_count(scope->model); row++) {
    const char *key = metric_at(scope->model, row)->key;
    if (written[row] || strncmp(key, prefix, length) != 0) continue;
    size_t word = strcspn(key + length, ".");
    if (key[length + word] == '.') {
      write_group(writer, scope, key, key + length, word, written);
    } else {
      written[row] = true;
      if (is_there(scope, row)) write_row(writer, key + length, scope, row);
    }
  }
}

// The scope of a component's instances in one data center, on the memory of the whole's.
static void narrow_scope(struct component_scope *place, const struct component_scope *whole, uint16_t number,
                         struct arena *arena) {
  struct component_kept *each = arena_array(arena, whole->count, sizeof *each);
  *place = *whole;
  place->slices = NULL;
  place->each = arena_array(arena, whole->count, sizeof *place->each);
  place->rows = metric_rows_open(whole->model, false, arena, NULL);
  for (size_t i = 0; i < whole->count; i++) {
    each[i] = *whole->each[i];
    each[i].rows = whole->each[i]->places[number].rows;
    place->each[i] = &each[i];
    metric_rows_merge(place->rows, each[i].rows, whole->model, false);
  }
}

static void write_places(struct writer *writer, const struct experiment *experiment,
                         const struct component_scope *scope) {
  if (scope->count == 0 || scope->each[0]->place_count < 2) return;
  struct arena arena;
  arena_init(&arena, NULL);
  arena.on_exhausted = console_out_of_memory;
  writer_object(writer, "by_datacenter");
  for (uint16_t p = 0; p < scope->each[0]->place_count; p++) {
    struct component_scope place;
    narrow_scope(&place, scope, p, &arena);
    bool *written = arena_array(&arena, metric_count(scope->model), sizeof *written);
    writer_object(writer, experiment->plan->places[scope->each[0]->places[p].place].name);
    write_rows(writer, &place, "", written);
    writer_end(writer);
  }
  writer_end(writer);
  arena_drop(&arena);
}

static void write_component(struct writer *writer, const struct experiment *experiment, uint16_t number) {
  struct component_scope scope;
  component_scope_open(&scope, experiment, number);
  bool *written = arena_array(&scope.arena, metric_count(scope.model), sizeof *written);
  writer_object(writer, experiment->plan->components[number].name);
  write_rows(writer, &scope, "", written);
  write_places(writer, experiment, &scope);
  writer_end(writer);
  component_scope_close(&scope);
}

void results_write_components(struct writer *writer, const struct experiment *experiment,
                              struct arena *arena) {
  const uint16_t *order = results_order(experiment->plan, arena);
  writer_object(writer, "components");
  for (uint16_t c = 0; c < experiment->plan->component_count; c++)
    write_component(writer, experiment, order[c]);
  writer_end(writer);
}
