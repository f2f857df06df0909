#include "scenario_run.h"

#include "instance.h"
#include "json.h"
#include "metric.h"
#include "metric_book.h"
#include "metric_table.h"
#include "nic.h"
#include "random_scenario.h"
#include "sim_run.h"

#include <gsl/gsl_errno.h>
#include <stdlib.h>
#include <string.h>

// ---- Loading
// --------------------------------------------------------------------------------------------------------

static bool read_file(const struct node *name, struct field_context *context, const char **text,
                      size_t *length) {
  const struct loaded *loaded = context->user;
  char *content = random_scenario_file(name->text, loaded->time);
  if (content == NULL) return false;
  *length = strlen(content);
  *text = arena_text(context->arena, content, *length);
  free(content);
  return true;
}

void loaded_read(struct loaded *loaded, const char *text, int64_t time) {
  memset(loaded, 0, sizeof *loaded);
  arena_init(&loaded->arena, NULL);
  diagnostics_init(&loaded->diagnostics, &loaded->arena);
  loaded->time = time;
  loaded->context = (struct field_context){
      .arena = &loaded->arena, .diagnostics = &loaded->diagnostics, .read_file = read_file, .user = loaded};
  loaded->root = json_read(text, strlen(text), "text", &loaded->diagnostics, &loaded->arena);
}

void loaded_compile(struct loaded *loaded) {
  if (loaded->root != NULL) loaded->plan = scenario_compile(loaded->root, &loaded->context);
}

void loaded_text(struct loaded *loaded, const char *text) {
  loaded_read(loaded, text, 1);
  loaded_compile(loaded);
}

void loaded_drop(struct loaded *loaded) {
  arena_drop(&loaded->arena);
}

bool loaded_whole(struct loaded *loaded, const char *text) {
  gsl_set_error_handler_off();
  loaded_text(loaded, text);
  if (loaded->plan != NULL && loaded->diagnostics.errors == 0) return true;
  diagnostics_print(&loaded->diagnostics, stderr);
  return false;
}

struct sim_settings loaded_settings(const struct loaded *loaded) {
  const struct run_settings *run = &loaded->plan->run;
  return (struct sim_settings){.seed = run->seed,
                               .load = 1,
                               .warmup = run->warmup,
                               .duration = run->duration,
                               .requests = run->requests,
                               .drain = run->drain,
                               .window = run->window};
}

bool loaded_begin(struct loaded *loaded, struct sim *sim, const char *text) {
  if (!loaded_whole(loaded, text)) return false;
  struct sim_settings settings = loaded_settings(loaded);
  return sim_init(sim, loaded->plan, &settings);
}

struct instance *run_instance(const struct sim *sim, const char *component) {
  for (uint32_t i = 0; i < sim->instance_count; i++) {
    if (strcmp(sim->instances[i]->component->name, component) == 0) return sim->instances[i];
  }
  return NULL;
}

enum engine_outcome loaded_step(struct sim *sim, uint64_t most) {
  return engine_run_some(&sim->engine, EVENT_TIME_MOST - 1, most);
}

// ---- A hash of all results
// -----------------------------------------------------------------------------------------------

static void mix(uint64_t *hash, uint64_t bits) {
  *hash = random_mix(*hash ^ (bits + RANDOM_INCREMENT));
}

static void mix_wide(uint64_t *hash, int128 value) {
  mix(hash, (uint64_t)(uint128)value);
  mix(hash, (uint64_t)((uint128)value >> 64));
}

static void mix_tally(uint64_t *hash, const struct tally *tally) {
  mix_wide(hash, tally->sum);
  mix_wide(hash, (int128)tally->squares);
  mix(hash, tally->count);
  mix(hash, (uint64_t)tally->largest);
}

static void mix_histogram(uint64_t *hash, const struct histogram *histogram) {
  unsigned cursor = 0;
  struct histogram_bin bin;
  while (histogram_next(histogram, &cursor, &bin)) {
    mix(hash, (uint64_t)bin.lower);
    mix(hash, bin.count);
  }
}

static void mix_text(uint64_t *hash, const char *text) {
  for (; *text != '\0'; text++) mix(hash, (uint64_t)(unsigned char)*text);
}

static void mix_double(uint64_t *hash, double value) {
  uint64_t bits;
  memcpy(&bits, &value, sizeof bits);
  mix(hash, bits);
}

static void mix_machine(uint64_t *hash, const struct machine *machine) {
  mix(hash, machine->memory_kills);
  mix(hash, (uint64_t)machine->memory.used.inside);
  if (machine->disk != NULL) {
    mix(hash, machine->disk->operations);
    mix(hash, machine->disk->bytes);
  }
  for (int way = 0; machine->nic != NULL && way < NIC_WAYS; way++) mix(hash, machine->nic->bytes[way]);
}

static void mix_fleet(uint64_t *hash, const struct sim *sim, const struct fleet *fleet) {
  const struct component_measure *measure = &fleet->measure;
  mix_text(hash, fleet->component->name);
  mix_text(hash, sim->plan->places[fleet->place].name);
  mix(hash, measure->entered);
  mix(hash, measure->left);
  mix(hash, measure->waited);
  mix(hash, measure->bytes_out);
  mix(hash, (uint64_t)measure->inside.peak);
  mix_wide(hash, measure->sojourn_sum);
  mix_double(hash, measure->slowdown);
  for (int o = 0; o < OUTCOMES; o++) mix(hash, measure->outcomes[o]);
  mix_tally(hash, &measure->sojourn);
  mix_tally(hash, &measure->wait);
  mix_tally(hash, &measure->service);
  mix_tally(hash, &measure->residence);
  mix_histogram(hash, &measure->sojourn_histogram);
  mix_histogram(hash, &measure->wait_histogram);
  mix_wide(hash, fleet->until.inside - fleet->from.inside);
  mix_wide(hash, fleet->until.serving - fleet->from.serving);
  for (uint32_t i = 0; i < sim->instance_count; i++) {
    if (sim->instances[i]->fleet != fleet) continue;
    const struct machine *machine = sim->instances[i]->machine;
    mix(hash, sim->instances[i]->number);
    mix_wide(hash, machine->until.busy - machine->from.busy);
    mix_wide(hash, machine->until.queued - machine->from.queued);
    mix_machine(hash, machine);
    mix(hash, (uint64_t)(machine->until.alive - machine->from.alive));
  }
}

static void mix_client(uint64_t *hash, const struct sim *sim, const struct client_run *client) {
  mix_text(hash, client->group->name);
  mix(hash, client->arrived);
  mix(hash, client->answered_ever);
  mix(hash, client->failed_ever);
  for (uint16_t r = 0; r < sim->plan->request_count; r++) {
    const struct request_measure *measure = &client->measures[r];
    if (measure->offered == 0) continue;
    mix_text(hash, sim->plan->requests[r].name);
    mix(hash, measure->offered);
    mix(hash, measure->attempts);
    mix(hash, measure->answered);
    mix(hash, measure->answers);
    for (int o = 0; o < OUTCOMES; o++) mix(hash, measure->failed[o]);
    mix_tally(hash, &measure->latency);
    mix_histogram(hash, &measure->latency_histogram);
  }
}

// What the models themselves have counted.
static void mix_metrics(uint64_t *hash, const struct sim *sim) {
  struct arena arena;
  struct memory_budget budget;
  struct metric_book book;
  memory_budget_init(&budget);
  arena_init(&arena, NULL);
  if (!metric_book_open(&book, sim->plan, false, &arena, &budget) || !metric_book_read(&book, sim, false))
    abort();
  for (uint16_t c = 0; c < sim->plan->component_count; c++) {
    const struct component *component = &sim->plan->components[c];
    if (strncmp(component->name, "a-", 2) == 0) continue;
    const struct model *model = component->model;
    for (size_t row = metric_count(NULL); row < metric_count(model); row++) {
      const struct metric_raw *raw = &book.components[c][row];
      mix_double(hash, raw->top);
      mix_double(hash, raw->bottom);
      if (raw->times != NULL) mix_tally(hash, raw->times);
    }
  }
  metric_book_drop(&book);
  arena_drop(&arena);
}

uint64_t run_hash(const struct sim *sim) {
  uint64_t hash = 0;
  mix_metrics(&hash, sim);
  for (uint16_t c = 0; c < sim->plan->client_count; c++) mix_client(&hash, sim, &sim->clients[c]);
  for (uint16_t c = 0; c < sim->plan->component_count; c++) {
    if (strncmp(sim->plan->components[c].name, "a-", 2) == 0) continue;
    for (uint16_t f = 0; f < sim->services[c].fleet_count; f++)
      mix_fleet(&hash, sim, &sim->services[c].fleets[f]);
  }
  mix(&hash, (uint64_t)sim->engine.now);
  for (uint32_t i = 0; i < sim->window_count; i++) {
    mix(&hash, sim->windows[i].offered);
    mix(&hash, sim->windows[i].answered);
    mix(&hash, sim->windows[i].failed);
    mix(&hash, (uint64_t)sim->windows[i].latency.sum);
    mix(&hash, (uint64_t)sim->windows[i].latency.largest);
  }
  return hash;
}
