// What a sweep will cost.
#include "command.h"
#include "sweep.h"
#include "text.h"
#include "units.h"

#include <math.h>
#include <stdio.h>

static const double EVENT_SECONDS = 50e-9; // as predictions have it

struct sweep_outlook sweep_look_ahead(const struct sweep *sweep) {
  struct sweep_outlook outlook = {0};
  for (size_t i = 0; i < sweep->count; i++) {
    if (!sweep_point_is_open(sweep, &sweep->points[i])) continue;
    outlook.open++;
    if (isfinite(sweep->points[i].seconds)) {
      outlook.seconds += sweep->points[i].seconds;
    } else {
      outlook.unknown++;
    }
  }
  double known = (double)outlook.open - outlook.unknown;
  if (known > 0) outlook.seconds *= (double)outlook.open / known;
  return outlook;
}

// Seconds of a processor for a predicted one, as an earlier sweep had it; 1 where there was none.
static double measured_factor(const struct sweep *sweep) {
  double speed = sweep_store_speed(&sweep->store, sweep->arena);
  return isfinite(speed) ? 1 / (speed * EVENT_SECONDS) : 1;
}

static struct units_text foreseen(double value, struct units_text (*show_value)(double)) {
  return isfinite(value) ? show_value(value) : (struct units_text){"unknown"};
}

static void print_planned(const struct sweep *sweep, const struct sweep_point *point, double factor) {
  const struct sweep_point *first = &sweep->points[point->twin];
  if (first->state == SWEEP_STORED) {
    printf("%10s %10s  ", "stored", "-");
  } else {
    printf("%10s %10s  ", foreseen(point->events, units_show_count).text,
           foreseen(point->seconds * factor * 1e9, units_show_duration).text);
  }
  if (sweep->options->path_count > 1) {
    text_print(stdout, point->name);
    fputs(": ", stdout);
  }
  text_print(stdout, sweep_point_text(sweep, point, SIZE_MAX, sweep->arena));
  fputs(point == first ? "\n" : " (as one above)\n", stdout);
}

int sweep_dry_run(const struct sweep *sweep) {
  double factor = measured_factor(sweep);
  struct sweep_outlook outlook = sweep_look_ahead(sweep);
  printf("%10s %10s  point\n", "events", "processor");
  for (size_t i = 0; i < sweep->count; i++) print_planned(sweep, &sweep->points[i], factor);
  size_t stored = 0;
  for (size_t i = 0; i < sweep->count; i++) stored += sweep->points[i].state == SWEEP_STORED;
  printf("\n%zu point%s, %zu to simulate", sweep->count, sweep->count == 1 ? "" : "s", outlook.open);
  if (stored > 0) printf(", %zu stored", stored);
  if (outlook.open > 0 && outlook.unknown < (double)outlook.open) {
    double seconds = outlook.seconds * factor;
    double wall = seconds / fmin((double)sweep->options->jobs, (double)outlook.open);
    printf(": about %s of processor time", units_show_duration(seconds * 1e9).text);
    printf(", %s on %lld thread%s", units_show_duration(wall * 1e9).text, (long long)sweep->options->jobs,
           sweep->options->jobs == 1 ? "" : "s");
  }
  printf("\n");
  return STATUS_DONE;
}
