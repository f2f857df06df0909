// What tests of models share: a scenario written with single quotes, whose files are all `file`, loaded and
// run once, to its end, with its run at hand.
#ifndef HEADROOM_RUNNING_H
#define HEADROOM_RUNNING_H

#include "json.h"
#include "scenario.h"
#include "sim_run.h"

#include <criterion/criterion.h>
#include <gsl/gsl_errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct running {
  struct arena arena;
  struct diagnostics diagnostics;
  struct field_context context;
  const struct plan *plan;
  const char *file;
  struct sim sim;
};

static inline bool running_read_file(const struct node *name, struct field_context *context,
                                     const char **text, size_t *length) {
  const struct running *running = context->user;
  (void)name;
  *text = running->file;
  *length = strlen(running->file);
  return true;
}

// Loads; what is wrong is in running->diagnostics. Must not move. running_drop() either way.
static inline void running_load(struct running *running, const char *file, const char *format,
                                va_list arguments) {
  static char text[16384];
  int length = vsnprintf(text, sizeof text, format, arguments);
  cr_assert_lt(length, (int)sizeof text);
  for (char *at = text; *at != '\0'; at++) *at = *at == '\'' ? '"' : *at;
  gsl_set_error_handler_off();
  memset(running, 0, sizeof *running);
  running->file = file;
  arena_init(&running->arena, NULL);
  diagnostics_init(&running->diagnostics, &running->arena);
  running->context = (struct field_context){.arena = &running->arena,
                                            .diagnostics = &running->diagnostics,
                                            .read_file = running_read_file,
                                            .user = running};
  const struct node *root = json_read(text, strlen(text), "test", &running->diagnostics, &running->arena);
  cr_assert_not_null(root, "%s", running->diagnostics.first->message);
  running->plan = scenario_compile(root, &running->context);
}

static inline void running_only_load(struct running *running, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  running_load(running, NULL, format, arguments);
  va_end(arguments);
}

// Runs what was loaded, which must be right; `series`: of components, too.
static inline void running_simulate(struct running *running, bool series) {
  if (running->diagnostics.errors > 0) diagnostics_print(&running->diagnostics, stderr);
  cr_assert(running->plan != NULL && running->diagnostics.errors == 0);
  const struct run_settings *asked = &running->plan->run;
  struct sim_settings settings = {.seed = asked->seed,
                                  .load = 1,
                                  .warmup = asked->warmup,
                                  .duration = asked->duration,
                                  .requests = asked->requests,
                                  .drain = asked->drain,
                                  .window = asked->window,
                                  .series = series};
  cr_assert(sim_init(&running->sim, running->plan, &settings));
  enum engine_outcome outcome = sim_run(&running->sim);
  cr_assert(outcome == ENGINE_UNTIL || outcome == ENGINE_STOPPED);
  cr_assert_not(running->sim.budget.exhausted);
}

static inline void running_run(struct running *running, const char *file, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  running_load(running, file, format, arguments);
  va_end(arguments);
  running_simulate(running, false);
}

static inline void running_drop(struct running *running) {
  if (running->sim.plan != NULL) {
    sim_drop(&running->sim);
    cr_assert_eq(running->sim.budget.used, 0, "%zu bytes are not given back", running->sim.budget.used);
  }
  arena_drop(&running->arena);
}

// The instance of a component with that number among all of it, in the order in which they were made.
static inline struct instance *running_instance(const struct running *running, const char *component,
                                                uint32_t number) {
  for (uint32_t i = 0; i < running->sim.instance_count; i++) {
    struct instance *instance = running->sim.instances[i];
    if (strcmp(instance->component->name, component) == 0 && number-- == 0) return instance;
  }
  cr_assert_fail("no instance of %s", component);
  return NULL;
}

// What the first group of clients has seen of a request.
static inline const struct request_measure *running_measure(const struct running *running,
                                                            const char *request) {
  return &running->sim.clients[0].measures[plan_request(running->plan, request)];
}

#endif
