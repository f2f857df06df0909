// What must hold for every scenario: over seeded random ones.
#include "item.h"
#include "json.h"
#include "predict.h"
#include "random_scenario.h"
#include "scenario_run.h"
#include "sim_run.h"

#include <criterion/criterion.h>
#include <gsl/gsl_errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

static const struct random_scenario_options ordinary = {.time = 1};
static const struct random_scenario_options tiny = {.time = 1, .tiny = true};

static const struct random_scenario_options free_of_network = {.time = 1, .plain = true};

static void make(struct loaded *loaded, uint64_t seed, const struct random_scenario_options *options) {
  gsl_set_error_handler_off();
  struct choices choices = choices_of_seed(seed);
  char *text = random_scenario(&choices, options);
  cr_assert_not_null(text);
  loaded_read(loaded, text, options->time);
  loaded_compile(loaded);
  if (loaded->plan == NULL) diagnostics_print(&loaded->diagnostics, stderr);
  cr_assert_not_null(loaded->plan, "seed %" PRIu64 " is not valid:\n%s", seed, text);
  free(text);
}

static void begin(struct sim *sim, const struct loaded *loaded, const struct sim_settings *settings) {
  cr_assert(sim_init(sim, loaded->plan, settings));
  sim->engine.livelock_limit = 1000000; // no random scenario comes near: sooner said
}

static bool is_regular(enum engine_outcome outcome) {
  return outcome == ENGINE_UNTIL || outcome == ENGINE_STOPPED;
}

static uint64_t hash_of(const struct loaded *loaded) {
  struct sim sim;
  struct sim_settings settings = loaded_settings(loaded);
  begin(&sim, loaded, &settings);
  cr_assert(is_regular(sim_run(&sim)));
  uint64_t hash = run_hash(&sim);
  sim_drop(&sim);
  return hash;
}

// ---- Ledgers and identities
// -------------------------------------------------------------------------------------

Test(properties, every_request_ends_once_and_identities_hold) {
  for (uint64_t seed = 1000; seed < 2400; seed++) {
    struct loaded loaded;
    struct sim sim;
    char text[KILLING_TEXT_BYTES];
    make(&loaded, seed, &ordinary);
    struct sim_settings settings = loaded_settings(&loaded);
    begin(&sim, &loaded, &settings);
    const char *fault = NULL;
    while (fault == NULL && sim.phase != SIM_OVER) {
      cr_assert(is_regular(loaded_step(&sim, 97)), "seed %" PRIu64, seed);
      fault = killing_fault(&sim, text);
    }
    cr_assert_null(fault, "seed %" PRIu64 ", event %" PRIu64 ", %.9f s: %s", seed, sim.engine.events,
                   (double)sim.engine.now / 1e9, fault);
    sim_drop(&sim);
    loaded_drop(&loaded);
  }
}

// ---- Killing at every event
// -------------------------------------------------------------------------------------

static bool kill_at(const struct loaded *loaded, uint64_t seed, uint64_t event, bool silent) {
  struct sim sim;
  char text[KILLING_TEXT_BYTES];
  struct sim_settings settings = loaded_settings(loaded);
  begin(&sim, loaded, &settings);
  cr_assert(is_regular(loaded_step(&sim, event)));
  bool over = sim.phase == SIM_OVER;
  killing_all(&sim, silent);
  const char *left = killing_leftover(&sim, text);
  cr_assert_null(left, "seed %" PRIu64 ", killed (%s) at event %" PRIu64 ", %.9f s: %s", seed,
                 silent ? "hang" : "reset", event, (double)sim.engine.now / 1e9, left);
  sim_drop(&sim);
  return !over;
}

Test(properties, killing_at_any_event_leaves_nothing) {
  for (uint64_t seed = 200; seed < 260; seed++) {
    struct loaded loaded;
    make(&loaded, seed, &tiny);
    bool goes_on = true;
    for (uint64_t event = 1; goes_on && event < 140; event++) {
      goes_on = kill_at(&loaded, seed, event, (event & 1) != 0);
    }
    loaded_drop(&loaded);
  }
}

// ---- The same again
// ---------------------------------------------------------------------------------------------

Test(properties, the_same_seed_gives_the_same_numbers) {
  for (uint64_t seed = 300; seed < 500; seed++) {
    struct loaded first, second;
    make(&first, seed, &ordinary);
    make(&second, seed, &ordinary);
    uint64_t hash = hash_of(&first);
    cr_assert_eq(hash, hash_of(&first), "seed %" PRIu64 ": a second run of one plan differs", seed);
    cr_assert_eq(hash, hash_of(&second), "seed %" PRIu64 ": a second plan differs", seed);
    loaded_drop(&first);
    loaded_drop(&second);
  }
}

// A traced run books every visit and every request by itself. What a balancer hands on at once stands in its
// level only there, which its peak shows.
static uint64_t hash_traced(const struct loaded *loaded, FILE *trace, unsigned *soles) {
  struct sim sim;
  struct sim_settings settings = loaded_settings(loaded);
  settings.trace = trace;
  begin(&sim, loaded, &settings);
  cr_assert(is_regular(sim_run(&sim)));
  for (uint16_t c = 0; c < sim.plan->component_count; c++) {
    for (uint16_t f = 0; f < sim.services[c].fleet_count; f++)
      sim.services[c].fleets[f].measure.inside.peak = 0;
  }
  for (uint16_t c = 0; c < sim.plan->client_count; c++) {
    for (uint16_t r = 0; r < sim.plan->request_count; r++) *soles += sim.clients[c].soles[r].fleet != NULL;
  }
  uint64_t hash = run_hash(&sim);
  sim_drop(&sim);
  return hash;
}

Test(properties, what_is_booked_once_is_what_is_booked_twice) {
  FILE *nowhere = fopen("/dev/null", "w");
  cr_assert_not_null(nowhere);
  unsigned once = 0, twice = 0;
  for (uint64_t seed = 3000; seed < 3300; seed++) {
    struct loaded loaded;
    make(&loaded, seed, seed % 4 == 0 ? &ordinary : &free_of_network);
    uint64_t hash = hash_traced(&loaded, NULL, &once);
    cr_assert_eq(hash, hash_traced(&loaded, nowhere, &twice), "seed %" PRIu64, seed);
    loaded_drop(&loaded);
  }
  fclose(nowhere);
  cr_assert(once > 20, "%u", once);
  cr_assert_eq(twice, 0);
}

// The children of every object in the reverse order.
static void reverse(struct node *node) {
  struct node *reversed = NULL;
  for (struct node *child = node->first; child != NULL;) {
    struct node *next = child->next;
    reverse(child);
    if (node->kind == NODE_OBJECT) {
      child->next = reversed;
      if (reversed == NULL) node->last = child;
      reversed = child;
    }
    child = next;
  }
  if (node->kind == NODE_OBJECT) node->first = reversed;
}

Test(properties, the_order_of_keys_changes_nothing) {
  for (uint64_t seed = 500; seed < 700; seed++) {
    struct loaded straight, reversed;
    make(&straight, seed, &ordinary);
    struct choices choices = choices_of_seed(seed);
    char *text = random_scenario(&choices, &ordinary);
    loaded_read(&reversed, text, 1);
    reverse(reversed.root);
    loaded_compile(&reversed);
    cr_assert_not_null(reversed.plan, "seed %" PRIu64, seed);
    cr_assert_eq(hash_of(&straight), hash_of(&reversed), "seed %" PRIu64, seed);
    free(text);
    loaded_drop(&straight);
    loaded_drop(&reversed);
  }
}

Test(properties, an_unused_component_changes_no_other_number) {
  static const struct random_scenario_options unused = {.time = 1, .unused = true};
  for (uint64_t seed = 700; seed < 900; seed++) {
    struct loaded without, with;
    make(&without, seed, &ordinary);
    make(&with, seed, &unused);
    cr_assert_eq(with.plan->component_count, without.plan->component_count + 1);
    cr_assert_eq(hash_of(&without), hash_of(&with), "seed %" PRIu64, seed);
    loaded_drop(&without);
    loaded_drop(&with);
  }
}

// ---- Time is only a unit
// ----------------------------------------------------------------------------------------

struct sums {
  uint64_t arrived, answered, failed;
  int128 latency, sojourns;
};

static struct sums sums_of(const struct loaded *loaded) {
  struct sums sums = {0};
  struct sim sim;
  struct sim_settings settings = loaded_settings(loaded);
  begin(&sim, loaded, &settings);
  cr_assert(is_regular(sim_run(&sim)));
  for (uint16_t c = 0; c < loaded->plan->client_count; c++) {
    const struct client_run *client = &sim.clients[c];
    sums.arrived += client->arrived;
    sums.answered += client->answered_ever;
    sums.failed += client->failed_ever;
    for (uint16_t r = 0; r < loaded->plan->request_count; r++)
      sums.latency += client->measures[r].latency.sum;
  }
  for (uint16_t c = 0; c < loaded->plan->component_count; c++) {
    for (uint16_t f = 0; f < sim.services[c].fleet_count; f++)
      sums.sojourns += sim.services[c].fleets[f].measure.sojourn_sum;
  }
  sim_drop(&sim);
  return sums;
}

static double apart(double a, double b) {
  return fabs(a - b) / fmax(1, fmax(fabs(a), fabs(b)));
}

// Each draw is rounded to whole ns, at both scales: sums agree within that. Where a rounding turns an order
// round, paths part; so a few seeds may, and all of them together agree statistically.
Test(properties, twice_the_time_is_the_same_run) {
  const struct random_scenario_options single = {.time = 1, .plain = true};
  const struct random_scenario_options twice = {.time = 2, .plain = true};
  int parted = 0;
  struct sums all[2] = {{0}};
  for (uint64_t seed = 600; seed < 640; seed++) {
    struct loaded one, two;
    make(&one, seed, &single);
    make(&two, seed, &twice);
    struct sums a = sums_of(&one), b = sums_of(&two);
    bool same = a.arrived == b.arrived && a.answered == b.answered && a.failed == b.failed &&
                apart(2 * (double)a.latency, (double)b.latency) < 1e-5 &&
                apart(2 * (double)a.sojourns, (double)b.sojourns) < 1e-5;
    parted += !same;
    all[0].latency += a.latency;
    all[1].latency += b.latency;
    all[0].answered += a.answered;
    all[1].answered += b.answered;
    loaded_drop(&one);
    loaded_drop(&two);
  }
  cr_assert_leq(parted, 6, "%d of 40 runs differ at twice the time", parted);
  cr_assert_lt(apart((double)all[0].answered, (double)all[1].answered), 0.02);
  cr_assert_lt(apart(2 * (double)all[0].latency, (double)all[1].latency), 0.05);
}

// ---- Memory
// -----------------------------------------------------------------------------------------------------

// Runs with the n-th request for memory refused, for every n until none is. `series`: with those of
// components.
static void refuse_each(const struct loaded *loaded, uint64_t seed, bool series, uint64_t least) {
  uint64_t at = 1;
  for (bool refused = true; refused; at++) {
    struct sim sim;
    struct sim_settings settings = loaded_settings(loaded);
    settings.fail_at = at;
    settings.series = series;
    bool ready = sim_init(&sim, loaded->plan, &settings);
    sim.engine.livelock_limit = 1000000;
    enum engine_outcome outcome = ready ? sim_run(&sim) : ENGINE_EXHAUSTED;
    refused = sim.budget.requests >= at;
    bool known = sim.budget.exhausted && outcome == ENGINE_EXHAUSTED;
    cr_assert(!refused || known, "seed %" PRIu64 ": request %" PRIu64 " was refused, and nobody says so",
              seed, at);
    sim_drop(&sim);
    cr_assert_eq(sim.budget.used, 0, "seed %" PRIu64 ": %zu bytes are not back", seed, sim.budget.used);
  }
  cr_assert_gt(at, least);
}

Test(properties, memory_that_runs_out_is_reported_wherever_it_does) {
  for (uint64_t seed = 900; seed < 930; seed++) {
    struct loaded loaded;
    make(&loaded, seed, &tiny);
    refuse_each(&loaded, seed, seed % 5 == 0, 10);
    loaded_drop(&loaded);
  }
}

// Every array that grows does so more than once.
static const char crowd[] =
    "{\"network\": \"none\", \"run\": {\"window\": \"100us\", \"duration\": \"9ms\", \"drain\": \"1ms\", "
    "\"warmup\": \"1ms\"},"
    "\"machines\": {\"m\": {\"cores\": 1}},"
    "\"clients\": {\"g\": {\"arrivals\": {\"constant\": {\"rate\": \"12000/s\"}}, \"entry\": \"front\", "
    "\"timeout\": \"20ms\", \"retries\": {}, \"hedge\": {\"after\": \"5ms\"}}},"
    "\"components\": {\"front\": {\"type\": \"load-balancer\", \"algorithm\": \"least-connections\", "
    "\"targets\": [\"web\"]},"
    "\"web\": {\"type\": \"server\", \"machine\": \"m\", \"instances\": 20, \"handles\": {\"*\": "
    "[{\"parallel\": "
    "6, \"do\": [{\"repeat\": 2, \"do\": [{\"cpu\": \"700us\"}]}, {\"wait\": {\"exponential\": {\"mean\": "
    "\"5ms\"}}}]}]}}},"
    "\"timeline\": [{\"scale\": \"web\", \"to\": 70, \"at\": \"3ms\"}]}";

Test(properties, memory_that_runs_out_while_arrays_grow_is_reported) {
  struct loaded loaded;
  loaded_text(&loaded, crowd);
  cr_assert_not_null(loaded.plan);
  refuse_each(&loaded, 0, false, 60);
  refuse_each(&loaded, 0, true, 90);
  loaded_drop(&loaded);
}

static size_t peak_of(const struct loaded *loaded, int64_t length) {
  struct sim sim;
  struct sim_settings settings = loaded_settings(loaded);
  settings.duration = length;
  settings.requests = INT64_MAX;
  settings.window = 1000000; // shorter, too, than it takes to have as many windows as there may be
  begin(&sim, loaded, &settings);
  cr_assert(is_regular(sim_run(&sim)));
  size_t peak = sim.budget.peak;
  sim_drop(&sim);
  return peak;
}

// What is offered more than it can do has a queue that grows.
static bool is_crowded(const struct loaded *loaded) {
  struct arena arena;
  arena_init(&arena, NULL);
  struct prediction prediction;
  bool crowded = false;
  cr_assert(predict(&prediction, loaded->plan, loaded->plan->run.load, &arena));
  for (uint16_t c = 0; c < loaded->plan->component_count; c++) {
    const struct predicted_component *part = &prediction.components[c];
    const double shares[] = {part->utilization, part->workers, part->disk, part->nic, part->nic_in};
    for (size_t i = 0; i < sizeof shares / sizeof *shares; i++) crowded = crowded || shares[i] > 0.8;
  }
  arena_drop(&arena);
  return crowded;
}

// Of a dataset that is written for the first time.
static double memory_of_writes(const struct plan *plan) {
  size_t bytes = 0;
  for (uint16_t d = 0; d < plan->dataset_count; d++) bytes += item_memory(plan, d);
  return (double)bytes;
}

// Ten times as long: nothing but a chunk of frames, octaves of histograms that were never hit before, and
// what is remembered of the first writes.
Test(properties, memory_does_not_grow_with_the_length) {
  static const struct random_scenario_options calm = {.time = 1, .calm = true};
  int compared = 0;
  for (uint64_t seed = 940; compared < 12; seed++) {
    struct loaded loaded;
    make(&loaded, seed, &calm);
    if (is_crowded(&loaded)) {
      loaded_drop(&loaded);
      continue;
    }
    size_t shorter = peak_of(&loaded, INT64_C(4000000000));
    size_t longer = peak_of(&loaded, INT64_C(40000000000));
    double most = 1.2 * (double)shorter + 262144 + memory_of_writes(loaded.plan);
    cr_assert_leq((double)longer, most, "seed %" PRIu64 ": %zu bytes, then %zu", seed, shorter, longer);
    compared++;
    loaded_drop(&loaded);
  }
}

// 2000 instances behind a balancer, and 100 more: in as many steps, or in one. A request comes between any
// two.
static size_t peak_in_steps(int steps) {
  static char text[16384];
  struct loaded loaded;
  size_t used = (size_t)snprintf(text, sizeof text,
                                 "{ \"network\": \"none\", \"run\": { \"duration\": \"12s\", \"window\": "
                                 "\"12s\" }, \"clients\": { \"jobs\": {"
                                 "\"arrivals\": { \"constant\": { \"rate\": \"100/s\" } }, \"entry\": "
                                 "\"front\" } }, \"components\": { \"front\":"
                                 "{ \"type\": \"load-balancer\", \"targets\": [\"web\"] }, \"web\": { "
                                 "\"type\": \"server\", \"instances\": 2000,"
                                 "\"handles\": { \"*\": [] } } }, \"timeline\": [");
  for (int i = 1; i <= steps; i++) {
    used += (size_t)snprintf(text + used, sizeof text - used,
                             "%s{\"at\": \"%dms\", \"scale\": \"web\", \"to\": %d}", i > 1 ? ", " : "",
                             100 * i, 2000 + 100 * i / steps);
  }
  snprintf(text + used, sizeof text - used, "] }");
  loaded_text(&loaded, text);
  cr_assert_not_null(loaded.plan);
  size_t peak = peak_of(&loaded, INT64_C(12000000000));
  loaded_drop(&loaded);
  return peak;
}

// What a balancer sees changes a hundred times: nothing is kept of what it saw before.
Test(properties, memory_does_not_grow_with_changes_of_a_view) {
  size_t once = peak_in_steps(1);
  size_t often = peak_in_steps(100);
  cr_assert_leq((double)often, 1.1 * (double)once, "in one step %zu bytes, in a hundred %zu", once, often);
}
