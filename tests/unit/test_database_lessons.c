// What the notes of the lessons about databases say is so.
#include "experimenting.h"
#include "predict.h"

#include <stdio.h>
#include <stdlib.h>

// A lesson, with one text in it replaced by another (NULL: as it is). The caller's to free.
static char *lesson(const char *name, const char *from, const char *to) {
  char path[4096];
  const char *source = getenv("HEADROOM_SOURCE");
  snprintf(path, sizeof path, "%s/scenarios/lessons/%s.json", source != NULL ? source : ".", name);
  FILE *file = fopen(path, "r");
  cr_assert_not_null(file, "%s", path);
  char *text = calloc(1, 1 << 16);
  size_t length = fread(text, 1, (1 << 16) - 1000, file);
  cr_assert(length > 0 && feof(file));
  fclose(file);
  char *at = from == NULL ? NULL : strstr(text, from);
  cr_assert_eq(at == NULL, from == NULL, "%s is not in %s", from, path);
  if (at == NULL) return text;
  memmove(at + strlen(to), at + strlen(from), strlen(at + strlen(from)) + 1);
  memcpy(at, to, strlen(to));
  return text;
}

static double value(const cJSON *results, const char *path) {
  const cJSON *at = experimenting_at(results, path);
  if (!cJSON_IsNumber(at)) at = experimenting_at(at, "value");
  return at->valuedouble;
}

// The replica lacks 20 s x 100/s = 2000 writes in the end, which take it 4 s.
Test(database_lessons, lag_grows_while_more_is_written_than_a_replica_applies) {
  double latency[2];
  for (int i = 0; i < 2; i++) {
    struct experimenting e;
    char *text = lesson("replication-lag", i == 0 ? NULL : "\"threads\": 1", "\"threads\": 4");
    experimenting_run(&e, text);
    const cJSON *results = experimenting_json(&e);
    double longest = value(results, "components/db/lag_s/max"),
           median = value(results, "components/db/lag_s/p50");
    double stale = value(results, "components/db/stale_reads");
    latency[i] = value(results, "requests/view/latency_s/p95");
    if (i == 0) {
      cr_expect(longest > 3.3 && longest < 4.7, "%g s", longest);
      cr_expect(median > 0.5, "%g s", median);
      cr_expect(stale > 0.2 && stale < 0.3, "%g", stale);
    } else {
      cr_expect_lt(longest, 0.2, "%g s", longest);
      cr_expect_lt(stale, 0.05, "%g", stale);
    }
    experimenting_drop(&e);
    free(text);
  }
  cr_expect_float_eq(latency[0], latency[1], 0.05 * latency[0], "%g s, %g s", latency[0], latency[1]);
}

// The hot shard has 0.9 + 0.1 / 4 of the reads, of 1 ms each, 1000 a second; with eight 0.9 + 0.1 / 8.
Test(database_lessons, more_shards_do_not_cool_the_hot_one) {
  for (int shards = 4; shards <= 8; shards += 4) {
    struct experimenting e;
    char *text = lesson("hot-shard", shards == 4 ? NULL : "\"count\": 4", "\"count\": 8");
    experimenting_run(&e, text);
    const cJSON *results = experimenting_json(&e);
    double expected = 0.9 + 0.1 / shards;
    cr_expect_float_eq(value(results, "components/db/hottest_shard"), expected, 0.003);
    cr_expect_float_eq(value(results, "components/db/utilization/cpu/hottest"), expected, 0.02);
    cr_expect_float_eq(value(results, "components/db/utilization/cpu/mean"), 1.0 / shards, 0.01);
    cr_expect_gt(value(results, "requests/all/latency_s/p99"), 0.04);
    experimenting_drop(&e);
    free(text);
  }
}

// Primaries compute 150 x 0.2 x 5 ms, and a third of the reads; replicas a third of them each, and 3 ms for
// each write: what `check` predicts of the busiest machine is what a run shows.
Test(database_lessons, the_busiest_node_is_predicted) {
  static const char text[] =
      "{'run': {'duration': '100s', 'warmup': '1s', 'replications': 3}, "
      "'datasets': {'d': {'items': 100000}}, 'machines': {'m': {'cores': 1}}, "
      "'clients': {'c': {'arrivals': {'poisson': {'rate': '150/s'}}, 'mix': {'r': 0.8, 'w': 0.2}, 'entry': "
      "'web'}}, "
      "'components': {'web': {'type': 'server', 'handles': {'r': [{'read': 'd'}], 'w': [{'write': 'd'}]}}, "
      "'db': {'type': 'database', 'machine': 'm', 'holds': ['d'], 'read': {'cpu': '6ms'}, 'write': {'cpu': "
      "'%s'}, "
      "'replication': {'replicas': {'main': 2}, 'reads_from': '%s', 'apply': {'cpu': '3ms'}}}}}";
  static const struct {
    const char *source, *write;
    double busiest;
  } cases[] = {{"nearest", "5ms", 0.15 + 0.24},
               {"nearest", "1ms", 0.09 + 0.24},
               {"replica", "5ms", 0.09 + 0.36},
               {"primary", "5ms", 0.15 + 0.72}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    struct experimenting e;
    struct prediction prediction;
    char whole[2048];
    snprintf(whole, sizeof whole, text, cases[i].write, cases[i].source);
    experimenting_run(&e, whole);
    cr_assert(predict(&prediction, e.subject.plan, 1, &e.arena));
    const struct component *db = plan_component(e.subject.plan, "db");
    double predicted = prediction.components[db->number].utilization;
    cr_expect_float_eq(predicted, cases[i].busiest, 1e-9, "%s: %g", cases[i].source, predicted);
    double hottest = value(experimenting_json(&e), "components/db/utilization/cpu/hottest");
    cr_expect_float_eq(hottest, predicted, 0.03 * predicted, "%s: %g", cases[i].source, hottest);
    cr_expect_null(prediction.components[db->number].law);
    experimenting_drop(&e);
  }
}
