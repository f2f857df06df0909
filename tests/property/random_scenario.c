#include "random_maker.h"

#include <stdlib.h>
#include <string.h>

// ---- The whole --------------------------------------------------------------------------------------------

static void put_replications(struct maker *maker) {
  static const char *const subjects[] = {"mean",  "p50",    "p90",        "p95",    "p99",
                                         "p99.9", "errors", "throughput", "goodput"};
  put(maker, "\"replications\": ");
  if (choose(maker, 2) == 0) {
    put(maker, "%u, ", 1 + choose(maker, 3));
  } else {
    put(maker, "{\"precision\": \"20%%\", \"of\": \"%s\", \"max\": %u}, ", CHOOSE(maker, subjects),
        10 + choose(maker, 3));
  }
}

static void put_run(struct maker *maker) {
  put(maker, "\"run\": {\"warmup\": ");
  if (one_in(maker, 8)) {
    put(maker, "\"auto\"");
  } else {
    put_time(maker, (int64_t)choose(maker, 2) * 30000000);
  }
  put(maker, ", \"window\": ");
  put_time(maker, one_in(maker, 4) ? 50000 : 20000000);
  put(maker, ", \"drain\": ");
  put_time(maker, 200000000);
  put(maker, ", \"seed\": %u, ", choose(maker, 200));
  if (one_in(maker, 3)) put(maker, "\"load\": 1, ");
  if (one_in(maker, 3)) put(maker, "\"audit\": %s, ", choose(maker, 2) == 0 ? "true" : "false");
  if (one_in(maker, 3)) put_replications(maker);
  if (maker->options->calm && one_in(maker, 3)) { // elsewhere the traffic may come to nothing
    put(maker, "\"requests\": 100},\n");
  } else {
    put(maker, "\"duration\": ");
    put_time(maker, maker->options->tiny ? 60000000 : 600000000);
    put(maker, "},\n");
  }
}

static void put_objectives(struct maker *maker) {
  if (!one_in(maker, 4)) return;
  put(maker, "\"slo\": [\"p99 < 500ms\", \"errors < 1%%\", \"c0.cpu < 80%%\"],\n");
}

// Behind which component something stands that is there in one of so many scenarios.
static int some_place(struct maker *maker, uint32_t of, uint32_t places) {
  bool there = one_in(maker, of) && places > 0;
  return there ? (int)choose(maker, places) : NOWHERE;
}

static void decide(struct maker *maker) {
  const struct random_scenario_options *options = maker->options;
  uint32_t servers = 1 + choose(maker, COMPONENTS_MOST);
  maker->components = (int)servers;
  for (int i = 0; i + 1 < maker->components; i++) maker->is_balancer[i] = one_in(maker, 3);
  maker->places = (int)choose(maker, 4);
  maker->hosts = (int)choose(maker, 3);
  maker->machines = (int)choose(maker, 3);
  maker->free_network = options->plain || choose(maker, 2) == 0;
  maker->datasets = options->stores ? 2 : (int)choose(maker, 4);
  maker->caches = maker->datasets > 0 ? (int)choose(maker, 3) : 0;
  maker->stored_well = options->stores || choose(maker, 2) == 0;
  maker->all_read = maker->datasets > 0 && one_in(maker, 3);
  for (int i = 0; i < QUEUES; i++) {
    maker->queues_at[i] = some_place(maker, 3, servers + 1); // the last is only for who stands between
    maker->workers[i] = 1 + (int)one_in(maker, 3);
  }
  maker->names_at = some_place(maker, 4, servers - 1);
  for (int i = 0; i < CDNS; i++)
    maker->cdns_at[i] = some_place(maker, 3, servers - 1); // the origin may be the next component
}

char *random_scenario(struct choices *choices, const struct random_scenario_options *options) {
  char *text = NULL;
  size_t length;
  struct maker maker = {.choices = choices, .options = options, .out = open_memstream(&text, &length)};
  if (maker.out == NULL) return NULL;
  decide(&maker);
  put(&maker, "{\n");
  put_run(&maker);
  put_places(&maker);
  put_network(&maker);
  put_hosts(&maker);
  put_prices(&maker);
  put_datasets(&maker);
  put_clients(&maker);
  put(&maker, "\"components\": {\n");
  put_stores(&maker);
  put_queues(&maker);
  put_fronts(&maker);
  put_servers(&maker);
  fseek(maker.out, -2, SEEK_CUR); // over the last comma
  put(&maker, "\n},\n");
  put_timeline(&maker);
  put_requests(&maker);
  put_objectives(&maker);
  put(&maker, "\"name\": \"random\"}\n");
  if (fclose(maker.out) == 0) return text;
  free(text);
  return NULL;
}

// ---- Files ------------------------------------------------------------------------------------------------

enum { ROWS = 150 };

// When the row is there, in ns.
static double moment(int row, int64_t time) {
  return (double)time * (row * 7 + row % 3) * 1e6;
}

static void write_csv(FILE *out, int64_t time) {
  fprintf(out, "at,who,many,item,bytes,what\n");
  for (int i = 0; i < ROWS; i++) {
    fprintf(out, "%.9f,%d,%d,%d,%d,%c\n", moment(i, time) / 1e9, i * 13 % 11, i % 4, i * 5 % 17,
            i * 37 % 9000, 'a' + i % 2);
  }
}

static void write_json_lines(FILE *out, int64_t time, double unit) {
  for (int i = 0; i < ROWS; i++)
    fprintf(out, "{\"time\": %.6f, \"user\": \"u%d\", \"key\": %d}\n", moment(i, time) / unit, i % 11,
            i % 17);
}

static void write_log(FILE *out, int64_t time) {
  for (int i = 0; i < 40; i++)
    fprintf(out, "10.0.0.%d - - [10/Oct/2025:13:55:%02d +0000] \"GET /item/%d HTTP/1.1\" 200 %d\n", i % 7,
            (int)(time * (i / 20)), i * 5 % 13, i * 100);
}

static void write_keys(FILE *out) {
  for (int i = 0; i < 40; i++) fprintf(out, "key%d\n", i * i % 9);
}

static void write_samples(FILE *out, int64_t time) {
  for (int i = 0; i < 9; i++) fprintf(out, "%dus\n", (int)time * (100 + 731 * i));
}

char *random_scenario_file(const char *name, int64_t time) {
  char *text = NULL;
  size_t length;
  FILE *out = open_memstream(&text, &length);
  if (out == NULL) return NULL;
  if (strcmp(name, "trace.csv") == 0) write_csv(out, time);
  if (strcmp(name, "trace.jsonl") == 0) write_json_lines(out, time, 1e6);
  if (strcmp(name, "trace-us.jsonl") == 0) write_json_lines(out, time, 1e3);
  if (strcmp(name, "trace-ns.jsonl") == 0) write_json_lines(out, time, 1);
  if (strcmp(name, "access.log") == 0) write_log(out, time);
  if (strcmp(name, "keys.txt") == 0) write_keys(out);
  if (strcmp(name, "samples.txt") == 0) write_samples(out, time);
  if (fclose(out) == 0) return text;
  free(text);
  return NULL;
}
