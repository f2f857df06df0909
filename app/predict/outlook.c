#include "outlook.h"

#include "predict.h"
#include "timeline.h"
#include "units.h"

#include <math.h>

static const double many_events = 1e11;     // of a whole experiment: more than an hour of one processor
static const double many_occurrences = 1e9; // of one event of the timeline

// Of a run that requests end, for a duration is judged when the scenario is loaded. Rates that change, or
// that are not known, say nothing of an end; NAN then.
static double expected_seconds(const struct prediction *prediction) {
  const struct run_settings *run = &prediction->plan->run;
  if (run->requests == INT64_MAX || prediction->rate_why != NULL) return NAN;
  double measured = (double)run->requests,
         warmup = run->warmup_kind == WARMUP_FIXED ? (double)run->warmup : 0;
  double late = 1 + 5 / sqrt(measured); // five standard deviations of Poisson arrivals
  return warmup * 1e-9 + measured * late / prediction->offered;
}

static void judge_length(const struct prediction *prediction, struct diagnostics *diagnostics) {
  const struct predicted_cost *cost = &prediction->cost;
  const struct node *root = prediction->plan->root, *run = node_find(root, "run");
  if (!(cost->events > many_events)) return;
  diagnostic_warning(diagnostics, run != NULL ? run : root,
                     "the run will take long: about %s events are expected, %s of processor time",
                     units_show_count(cost->events).text, units_show_duration(cost->cpu_seconds * 1e9).text);
}

static void judge_event(const struct timeline_event *event, const struct run_settings *run, double seconds,
                        struct diagnostics *diagnostics) {
  double left = seconds - (double)event->at * 1e-9;
  if (left < -(double)run->drain * 1e-9) {
    diagnostic_warning(diagnostics, event->node,
                       "is not expected to happen: the %s requests of the run will have come after about %s",
                       units_show_count((double)run->requests).text, units_show_duration(seconds * 1e9).text);
  } else if (left < 0) {
    diagnostic_warning(diagnostics, event->node,
                       "happens only if requests are still inside: the %s of the run will have come after "
                       "about %s",
                       units_show_count((double)run->requests).text, units_show_duration(seconds * 1e9).text);
  }
  double often = event->every > 0 ? left * 1e9 / (double)event->every : 1;
  if (often > many_occurrences)
    diagnostic_warning(diagnostics, event->node, "happens %.2g times: the run will take long", often);
}

void outlook_judge(const struct plan *plan, struct diagnostics *diagnostics, struct arena *arena) {
  struct prediction prediction;
  if (!predict(&prediction, plan, plan->run.load, arena)) return;
  judge_length(&prediction, diagnostics);
  double seconds = expected_seconds(&prediction);
  for (uint32_t i = 0; isfinite(seconds) && i < plan->timeline_count; i++)
    judge_event(&plan->timeline[i], &plan->run, seconds, diagnostics);
}
