// What the tests of the app share: a scenario written here, with single quotes for double ones, loaded, run
// as `headroom run` runs it, and its results gathered.
#ifndef HEADROOM_EXPERIMENTING_H
#define HEADROOM_EXPERIMENTING_H

#include "json.h"
#include "options.h"
#include "results.h"
#include "runner.h"
#include "scenario.h"
#include "subject.h"

#include <cjson/cJSON.h>
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

struct experimenting {
  struct subject subject;
  struct runner runner;
  struct experiment experiment;
  struct results results;
  struct arena arena;
  cJSON *json; // of the results; experimenting_json()
};

// Must not move. False: errors were reported in subject.diagnostics. experimenting_drop() either way.
static inline bool experimenting_load(struct experimenting *e, const char *text) {
  memset(e, 0, sizeof *e);
  arena_init(&e->arena, NULL);
  struct subject *subject = &e->subject;
  arena_init(&subject->arena, NULL);
  diagnostics_init(&subject->diagnostics, &subject->arena);
  subject->path = "scenario.json";
  subject->context = (struct field_context){.arena = &subject->arena, .diagnostics = &subject->diagnostics};
  char *json = arena_text(&subject->arena, text, strlen(text));
  for (char *at = json; *at != '\0'; at++) *at = *at == '\'' ? '"' : *at;
  subject->file.document =
      json_read(json, strlen(json), "scenario.json", &subject->diagnostics, &subject->arena);
  if (subject->file.document == NULL) return false;
  subject->plan = scenario_compile(subject->file.document, &subject->context);
  if (subject->plan == NULL || subject->diagnostics.errors > 0) return false;
  e->experiment = (struct experiment){
      .plan = subject->plan, .load = 1, .name = "scenario", .objectives = &subject->objectives};
  e->runner = (struct runner){.jobs = 1, .deadline = INT64_MAX, .arena = &e->arena};
  return objectives_compile(&subject->objectives, subject->plan, &subject->context);
}

// Loads, which must succeed, and runs.
static inline void experimenting_run(struct experimenting *e, const char *text) {
  bool right = experimenting_load(e, text);
  if (!right) diagnostics_print(&e->subject.diagnostics, stderr);
  cr_assert(right);
  bool fine = runner_run(&e->runner, &e->experiment, 1, false);
  cr_assert(fine, "%s", e->experiment.failure);
  results_gather(&e->results, &e->subject, &e->experiment, &e->arena);
}

// The same with a scenario of the tree, "lessons/hedging", and what is set in it.
static inline void experimenting_run_file(struct experimenting *e, const char *name,
                                          const struct options *options) {
  const char *source = getenv("HEADROOM_SOURCE");
  memset(e, 0, sizeof *e);
  arena_init(&e->arena, NULL);
  name = arena_text(&e->arena, name, strlen(name));
  const char *path = arena_format(&e->arena, "%s/scenarios/%s.json", source != NULL ? source : ".", name);
  bool right = subject_open(&e->subject, path, options);
  cr_assert(right, "%s is wrong", name);
  e->experiment = (struct experiment){
      .plan = e->subject.plan, .load = 1, .name = name, .objectives = &e->subject.objectives};
  e->runner = (struct runner){.jobs = 1, .deadline = INT64_MAX, .arena = &e->arena};
  bool fine = runner_run(&e->runner, &e->experiment, 1, false);
  cr_assert(fine, "%s", e->experiment.failure);
  results_gather(&e->results, &e->subject, &e->experiment, &e->arena);
}

// results.json, parsed.
static inline const cJSON *experimenting_json(struct experimenting *e) {
  struct writer writer;
  writer_init(&writer, NULL);
  results_write(&e->results, &writer);
  e->json = cJSON_ParseWithLength(writer.bytes, writer.length);
  writer_drop(&writer);
  cr_assert_not_null(e->json);
  return e->json;
}

static inline void experimenting_drop(struct experimenting *e) {
  cJSON_Delete(e->json);
  experiment_drop(&e->experiment);
  arena_drop(&e->subject.arena);
  arena_drop(&e->arena);
}

// The node at a path of keys, "requests/all/errors"; array members by number. Asserts that it is there.
static inline const cJSON *experimenting_at(const cJSON *node, const char *path) {
  char key[64];
  const char *whole = path;
  while (*path != '\0') {
    size_t length = strcspn(path, "/");
    cr_assert_lt(length, sizeof key);
    memcpy(key, path, length);
    key[length] = '\0';
    node = cJSON_IsArray(node) ? cJSON_GetArrayItem(node, (int)strtol(key, NULL, 10))
                               : cJSON_GetObjectItemCaseSensitive(node, key);
    cr_assert_not_null(node, "there is no %s in %s", key, whole);
    path += length + (path[length] == '/');
  }
  return node;
}

// The figure at a path: a number, or the value of an estimate.
static inline double experimenting_value(const cJSON *results, const char *path) {
  const cJSON *at = experimenting_at(results, path);
  return cJSON_IsNumber(at) ? at->valuedouble : experimenting_at(at, "value")->valuedouble;
}

#endif
