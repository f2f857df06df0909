#include "plot_data.h"

#include "console.h"
#include "json.h"
#include "plot_table.h"
#include "text.h"
#include "units.h"

#include <dirent.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum {
  DEPTH_MAX = 4,       // folders below the one that was named
  WINDOWS_SHOWN = 300, // more cannot be told apart in a picture
  NAME_COLUMNS = 56    // of a legend
};

// ---- Numbers of results.json ------------------------------------------------------------------------------

static double number_of(const struct node *node) {
  return node != NULL && node->kind == NODE_NUMBER ? node->number : (double)NAN;
}

static double number_at(const struct node *object, const char *key) {
  return number_of(node_find(object, key));
}

static const char *text_at(const struct node *object, const char *key) {
  const struct node *node = node_find(object, key);
  return node != NULL && node->kind == NODE_STRING ? node->text : "";
}

static struct plot_estimate estimate_at(const struct node *object, const char *key) {
  const struct node *node = node_find(object, key);
  const struct node *interval = node_find(node, "ci95");
  struct plot_estimate estimate = {number_at(node, "value"), NAN, NAN, false};
  if (interval != NULL && interval->kind == NODE_ARRAY && interval->count == 2) {
    estimate.low = number_of(interval->first);
    estimate.high = number_of(interval->last);
  }
  return estimate;
}

static const struct {
  const char *key;
  double share;
} percentiles[] = {[PLOT_P50] = {"p50", 0.5},
                   [PLOT_P90] = {"p90", 0.9},
                   [PLOT_P99] = {"p99", 0.99},
                   [PLOT_P999] = {"p99.9", 0.999}};
enum { PERCENTILES = sizeof percentiles / sizeof *percentiles };

// Survivors do not speak for the dead: percentiles over all offered requests where there are such. A null
// among them is infinite when enough have failed.
static void read_figures(struct plot_run *run, const struct node *requests) {
  const struct node *all = node_find(requests, "all");
  const struct node *offered = node_find(all, "latency_all_s");
  run->figures[PLOT_OFFERED] = estimate_at(all, "offered_per_s");
  run->figures[PLOT_GOODPUT] = estimate_at(all, "goodput_per_s");
  run->figures[PLOT_ERRORS] = estimate_at(all, "errors");
  run->time_complete = offered != NULL;
  for (int i = 0; i < PERCENTILES; i++) {
    struct plot_estimate *estimate = &run->figures[i];
    *estimate = estimate_at(offered != NULL ? offered : node_find(all, "latency_s"), percentiles[i].key);
    bool lost = run->figures[PLOT_ERRORS].value >= 1 - percentiles[i].share;
    estimate->infinite = offered != NULL && isnan(estimate->value) && lost;
  }
}

// "p99 < 500ms", "errors < 0.1%", "availability > 99.9%"; all other rules are no line in a plot.
static bool read_objective(struct plot_objective *objective, const char *rule, struct arena *arena) {
  char what[32], relation[3], limit[64];
  if (sscanf(rule, "%31s %2s %63s", what, relation, limit) != 3) return false;
  int64_t duration = 0;
  double share = 0;
  objective->rule = text_safe(arena, rule);
  for (int i = 0; i < PERCENTILES; i++) {
    if (strcmp(what, percentiles[i].key) != 0 || units_duration(limit, &duration) != UNITS_OK) continue;
    objective->figure = (enum plot_figure)i;
    objective->limit = (double)duration * 1e-9;
    return true;
  }
  if (units_share(limit, &share) != UNITS_OK) return false;
  objective->figure = PLOT_ERRORS;
  objective->limit = strcmp(what, "errors") == 0 ? share : 1 - share;
  return strcmp(what, "errors") == 0 || strcmp(what, "availability") == 0;
}

static void read_objectives(struct plot_run *run, const struct node *rules, struct arena *arena) {
  if (rules == NULL || rules->kind != NODE_ARRAY) return;
  run->objectives = arena_array(arena, rules->count + 1, sizeof *run->objectives);
  for (const struct node *rule = rules->first; rule != NULL; rule = rule->next) {
    struct plot_objective *next = &run->objectives[run->objective_count];
    if (read_objective(next, text_at(rule, "rule"), arena)) run->objective_count++;
  }
}

static void read_events(struct plot_run *run, const struct node *events, struct arena *arena) {
  if (events == NULL || events->kind != NODE_ARRAY) return;
  run->events = arena_array(arena, events->count + 1, sizeof *run->events);
  for (const struct node *event = events->first; event != NULL; event = event->next) {
    double at = number_at(event, "at_s");
    if (!(at >= 0)) continue;
    run->events[run->event_count++] = (struct plot_event){text_safe(arena, text_at(event, "event")), at};
  }
}

// ---- Tiers ------------------------------------------------------------------------------------------------

static const char *resource_name(const char *key) {
  if (strcmp(key, "nic") == 0) return "nic out";
  return strcmp(key, "nic_in") == 0 ? "nic in" : key;
}

// `inner`: what stands behind the resource in the path of its figure, ".mean" or nothing.
static void add_tier(struct plot_run *run, const char *component, const struct node *use, const char *inner,
                     struct arena *arena) {
  struct plot_tier tier = {.component = text_safe(arena, component), .resource = resource_name(use->key)};
  tier.use = inner[0] != '\0' ? estimate_at(use, inner + 1) : estimate_at(use->parent, use->key);
  if (!isfinite(tier.use.value)) return;
  tier.resource = text_safe(arena, tier.resource);
  tier.name = arena_format(arena, "%s %s", tier.component, tier.resource);
  tier.column = arena_format(arena, "%s.utilization.%s%s", component, use->key, inner);
  run->tiers[run->tier_count++] = tier;
}

// Every resource of a component's utilization: an estimate, or an object whose `mean` is that of the machine.
static void read_tiers(struct plot_run *run, const struct node *components, struct arena *arena) {
  size_t most = 0;
  if (components == NULL || components->kind != NODE_OBJECT) return;
  for (const struct node *one = components->first; one != NULL; one = one->next) {
    const struct node *utilization = node_find(one, "utilization");
    most += utilization != NULL ? utilization->count : 0;
  }
  run->tiers = arena_array(arena, most + 1, sizeof *run->tiers);
  for (const struct node *one = components->first; one != NULL; one = one->next) {
    const struct node *utilization = node_find(one, "utilization");
    if (utilization == NULL || utilization->kind != NODE_OBJECT) continue;
    for (const struct node *use = utilization->first; use != NULL; use = use->next)
      add_tier(run, one->key, use, node_find(use, "value") != NULL ? "" : ".mean", arena);
  }
}

static const char *shorten(const char *name, struct arena *arena) {
  const char *safe = text_safe(arena, name);
  size_t length = text_fit(safe, NAME_COLUMNS);
  return safe[length] == '\0' ? safe : arena_format(arena, "%.*s…", (int)length, safe);
}

// The document in a file; NULL after an error was printed.
static const struct node *read_document(const char *path, struct arena *arena) {
  struct file_error error;
  size_t length = 0;
  char *text = file_read(path, JSON_BYTES_MAX, arena, &length, &error);
  if (text == NULL) return console_error("%s", error.message), NULL;
  struct diagnostics diagnostics;
  diagnostics_init(&diagnostics, arena);
  const struct node *root = json_read(text, length, path, &diagnostics, arena);
  if (root == NULL) diagnostics_print(&diagnostics, stderr);
  return root;
}

static bool read_results(struct plot_run *run, const char *path, struct arena *arena) {
  const struct node *root = read_document(path, arena);
  if (root == NULL) return false;
  const struct node *scenario = node_find(root, "scenario");
  const struct node *simulated = node_find(root, "simulated");
  if (scenario == NULL || node_find(root, "requests") == NULL) {
    return console_error("%s holds no results of a run", path), false;
  }
  double load = number_at(simulated, "load"), warmup = number_at(simulated, "warmup_s");
  run->name = shorten(text_at(scenario, "name"), arena);
  run->hash = arena_format(arena, "%s", text_at(scenario, "hash"));
  run->load = load > 0 && isfinite(load) ? load : 1;
  run->warmup = warmup > 0 ? warmup : 0;
  read_figures(run, node_find(root, "requests"));
  read_objectives(run, node_find(root, "slo"), arena);
  read_events(run, node_find(root, "timeline"), arena);
  read_tiers(run, node_find(root, "components"), arena);
  return true;
}

// ---- Series -----------------------------------------------------------------------------------------------

// One window's sums over replications, in the form of a plot_window: counts instead of rates, `length` the
// time covered, `mean` the sum.
static void add_window(struct plot_window *into, const struct plot_window *row) {
  into->length += row->length;
  into->offered += row->offered;
  into->answered += row->answered;
  into->failed += row->failed;
  if (row->answered > 0 && isfinite(row->mean)) into->mean += row->answered * row->mean;
  if (row->largest > into->largest) into->largest = row->largest;
}

static void finish_window(struct plot_window *window, double width, size_t index) {
  double covered = window->length;
  window->mean = window->answered > 0 ? window->mean / window->answered : (double)NAN;
  if (!(window->answered > 0)) window->largest = NAN;
  window->offered = covered > 0 ? window->offered / covered : (double)NAN;
  window->answered = covered > 0 ? window->answered / covered : (double)NAN;
  window->failed = covered > 0 ? window->failed / covered : (double)NAN;
  window->at = (double)index * width;
  window->length = width;
}

// Rows of series.csv in the measured time and before; later ones belong to the end of the run, when nothing
// that arrives counts any more.
static size_t read_rows(struct plot_run *run, const struct plot_table *table, struct plot_window *rows) {
  int measured = plot_table_column(table, "measured"), to = plot_table_column(table, "to_s");
  int from = plot_table_column(table, "from_s"), offered = plot_table_column(table, "offered");
  int answered = plot_table_column(table, "answered"), failed = plot_table_column(table, "failed");
  int mean = plot_table_column(table, "latency_mean_s"), largest = plot_table_column(table, "latency_max_s");
  for (size_t i = 0; i < table->rows; i++) {
    double end = plot_table_number(table, i, to);
    if (plot_table_number(table, i, measured) > 0 && end > run->until) run->until = end;
  }
  size_t count = 0;
  for (size_t i = 0; i < table->rows; i++) {
    double at = plot_table_number(table, i, from), end = plot_table_number(table, i, to);
    if (!(at >= 0) || !(end > at) || !isfinite(end) || (run->until > 0 && end > run->until * (1 + 1e-9)))
      continue;
    rows[count++] = (struct plot_window){.at = at,
                                         .length = end - at,
                                         .offered = plot_table_number(table, i, offered),
                                         .answered = plot_table_number(table, i, answered),
                                         .failed = plot_table_number(table, i, failed),
                                         .mean = plot_table_number(table, i, mean),
                                         .largest = plot_table_number(table, i, largest)};
  }
  return count;
}

// Windows as wide as the widest of a replication, or as many of these as make at most WINDOWS_SHOWN.
static void group_windows(struct plot_run *run, const struct plot_window *rows, size_t count,
                          struct arena *arena) {
  double widest = 0, end = 0;
  for (size_t i = 0; i < count; i++) {
    if (rows[i].length > widest) widest = rows[i].length;
    if (rows[i].at + rows[i].length > end) end = rows[i].at + rows[i].length;
  }
  if (!(widest > 0)) return;
  double width = widest * ceil(end / widest / WINDOWS_SHOWN - 1e-9);
  size_t windows = (size_t)ceil(end / width - 1e-9);
  run->windows = arena_array(arena, windows + 1, sizeof *run->windows);
  run->window_count = windows;
  for (size_t i = 0; i < count; i++) {
    size_t index = (size_t)(rows[i].at / width + 1e-9);
    if (index < windows) add_window(&run->windows[index], &rows[i]);
  }
  for (size_t i = 0; i < windows; i++) finish_window(&run->windows[i], width, i);
}

// The mean over the rows of a window, each for as long as it covers.
static void read_tier(const struct plot_run *run, struct plot_tier *tier, const struct plot_table *table,
                      struct arena *arena) {
  int from = plot_table_column(table, "from_s"), to = plot_table_column(table, "to_s");
  int column = plot_table_column(table, tier->column);
  if (column == PLOT_TABLE_NONE || run->window_count == 0) return;
  double *covered = arena_array(arena, run->window_count, sizeof *covered);
  tier->over_time = arena_array(arena, run->window_count, sizeof *tier->over_time);
  for (size_t i = 0; i < table->rows; i++) {
    double at = plot_table_number(table, i, from), length = plot_table_number(table, i, to) - at;
    double use = plot_table_number(table, i, column), index = floor(at / run->windows[0].length + 1e-9);
    if (!(index >= 0 && index < (double)run->window_count && length > 0) || !isfinite(use)) continue;
    covered[(size_t)index] += length;
    tier->over_time[(size_t)index] += length * use;
  }
  for (size_t w = 0; w < run->window_count; w++)
    tier->over_time[w] = covered[w] > 0 ? tier->over_time[w] / covered[w] : (double)NAN;
}

static void read_series(struct plot_run *run, const struct plot_table *table, struct arena *arena) {
  struct plot_window *rows = arena_array(arena, table->rows + 1, sizeof *rows);
  size_t count = read_rows(run, table, rows);
  group_windows(run, rows, count, arena);
  for (size_t t = 0; t < run->tier_count; t++) read_tier(run, &run->tiers[t], table, arena);
}

// ---- Distribution -----------------------------------------------------------------------------------------

static int by_upper(const void *one, const void *other) {
  double a = ((const struct plot_bin *)one)->upper, b = ((const struct plot_bin *)other)->upper;
  return (a > b) - (a < b);
}

// The rows of all clients and requests. A row without bounds counts what failed.
static void read_distribution(struct plot_run *run, const struct plot_table *table, struct arena *arena) {
  int client = plot_table_column(table, "client"), request = plot_table_column(table, "request");
  int lower = plot_table_column(table, "lower_s"), upper = plot_table_column(table, "upper_s");
  int counts = plot_table_column(table, "count");
  run->bins = arena_array(arena, table->rows + 1, sizeof *run->bins);
  for (size_t i = 0; i < table->rows; i++) {
    double count = plot_table_number(table, i, counts);
    if ((client >= 0 && strcmp(plot_table_text(table, i, client), "all") != 0) || !(count > 0)) continue;
    if (request >= 0 && strcmp(plot_table_text(table, i, request), "all") != 0) continue;
    struct plot_bin bin = {plot_table_number(table, i, lower), plot_table_number(table, i, upper), count};
    if (isnan(bin.lower) && isnan(bin.upper)) run->lost += count;
    if (bin.lower >= 0 && bin.upper >= bin.lower && isfinite(bin.upper)) run->bins[run->bin_count++] = bin;
  }
  qsort(run->bins, run->bin_count, sizeof *run->bins, by_upper);
}

// ---- Folders ----------------------------------------------------------------------------------------------

static bool exists(const char *path) {
  struct stat status;
  return stat(path, &status) == 0;
}

// A table beside results.json, which may be missing. False: it is there and wrong.
static bool read_beside(struct plot_run *run, const char *name, struct arena *arena,
                        void (*use)(struct plot_run *, const struct plot_table *, struct arena *)) {
  const char *path = arena_format(arena, "%s/%s", run->folder, name);
  struct plot_table table;
  struct file_error error;
  if (!exists(path)) return true;
  if (!plot_table_read(&table, path, arena, &error)) return console_error("%s", error.message), false;
  use(run, &table, arena);
  return true;
}

static bool read_run(struct plot_set *set, const char *folder, const char *results) {
  if (set->count == set->room) {
    set->room = set->room == 0 ? 16 : 2 * set->room;
    struct plot_run *wider = arena_array(set->arena, set->room, sizeof *wider);
    if (set->count > 0) memcpy(wider, set->runs, set->count * sizeof *wider);
    set->runs = wider;
  }
  struct plot_run *run = &set->runs[set->count++];
  run->folder = folder;
  return read_results(run, results, set->arena) && read_beside(run, "series.csv", set->arena, read_series) &&
         read_beside(run, "distribution.csv", set->arena, read_distribution);
}

static int wanted(const struct dirent *entry) {
  return entry->d_name[0] != '.' && strcmp(entry->d_name, "plots") != 0;
}

// What a sweep says of a run: its series beside the scenario, and its place on the axis.
static void place_run(struct plot_run *run, const struct node *said, bool own_axis, struct arena *arena) {
  const char *label = text_at(said, "label");
  double at = number_at(said, "at");
  if (label[0] != '\0') run->name = shorten(arena_format(arena, "%s, %s", run->name, label), arena);
  if (own_axis && isfinite(at)) run->load = at;
}

// A comparison or a sweep says which folders are its own: others may be left from an earlier one.
static bool read_listed(struct plot_set *set, const char *folder, const struct node *manifest) {
  const struct node *runs = node_find(manifest, "runs");
  const char *axis = text_at(manifest, "axis"), *unit = text_at(manifest, "unit");
  bool own_axis = axis[0] != '\0' && strcmp(axis, "run.load") != 0;
  if (runs == NULL || runs->kind != NODE_ARRAY) return true;
  if (own_axis) {
    set->axis = text_safe(set->arena, axis);
    set->axis_label = arena_format(set->arena, "%s%s%s", set->axis, unit[0] != '\0' ? ", " : "", unit);
  }
  set->swept = set->swept || strcmp(text_at(manifest, "kind"), "sweep") == 0;
  for (const struct node *run = runs->first; run != NULL; run = run->next) {
    const char *name = text_at(run, "folder");
    if (name[0] == '\0' || name[0] == '/' || strstr(name, "..") != NULL) {
      return console_error("%s/manifest.json names no folder of its own: \"%s\"", folder, name), false;
    }
    const char *path = arena_format(set->arena, "%s/%s", folder, name);
    if (!read_run(set, path, arena_format(set->arena, "%s/results.json", path))) return false;
    place_run(&set->runs[set->count - 1], run, own_axis, set->arena);
    set->scattered = set->scattered || (set->swept && node_find(run, "label") == NULL);
  }
  return true;
}

static bool search(struct plot_set *set, const char *folder, int depth);

static bool search_below(struct plot_set *set, const char *folder, int depth) {
  struct dirent **entries = NULL;
  int count = scandir(folder, &entries, wanted, alphasort);
  bool right = count >= 0;
  if (!right) console_error("cannot read the folder %s: %s", folder, strerror(errno));
  for (int i = 0; i < count; i++) {
    const char *path = arena_format(set->arena, "%s/%s", folder, entries[i]->d_name);
    struct stat status;
    bool below = depth < DEPTH_MAX && stat(path, &status) == 0 && S_ISDIR(status.st_mode);
    if (right && below) right = search(set, path, depth + 1);
    free(entries[i]);
  }
  free(entries);
  return right;
}

static bool search(struct plot_set *set, const char *folder, int depth) {
  const char *results = arena_format(set->arena, "%s/results.json", folder);
  if (exists(results)) return read_run(set, folder, results);
  const char *manifest = arena_format(set->arena, "%s/manifest.json", folder);
  if (!exists(manifest)) return search_below(set, folder, depth);
  const struct node *root = read_document(manifest, set->arena);
  return root != NULL && read_listed(set, folder, root);
}

// ---- Order ------------------------------------------------------------------------------------------------

static size_t number_name(struct plot_set *set, const char *name) {
  for (size_t i = 0; i < set->name_count; i++) {
    if (strcmp(set->names[i], name) == 0) return i;
  }
  set->names[set->name_count] = name;
  return set->name_count++;
}

static bool taken(const struct plot_set *set, size_t run) {
  for (size_t i = 0; i < run; i++) {
    if (set->runs[i].scenario == set->runs[run].scenario && set->runs[i].load == set->runs[run].load)
      return true;
  }
  return false;
}

// What tells its folder from others: the last part of the path that names no load.
static const char *folder_name(const struct plot_run *run, struct arena *arena) {
  const char *end = run->folder + strlen(run->folder), *start = end;
  do {
    for (end = start; end > run->folder && end[-1] == '/';) end--;
    for (start = end; start > run->folder && start[-1] != '/';) start--;
  } while (start > run->folder && strncmp(start, "load-", 5) == 0);
  return shorten(arena_format(arena, "%.*s", (int)(end - start), start), arena);
}

// Two runs of one name at one load are told apart by their folders.
static void number_scenarios(struct plot_set *set) {
  set->names = arena_array(set->arena, set->count + 1, sizeof *set->names);
  for (size_t i = 0; i < set->count; i++) {
    struct plot_run *run = &set->runs[i];
    run->scenario = number_name(set, run->name);
    if (!taken(set, i)) continue;
    run->name = arena_format(set->arena, "%s (%s)", run->name, folder_name(run, set->arena));
    run->scenario = number_name(set, run->name);
  }
}

static int by_number(const void *one, const void *other) {
  double a = *(const double *)one, b = *(const double *)other;
  return (a > b) - (a < b);
}

static int by_scenario(const void *one, const void *other) {
  const struct plot_run *a = one, *b = other;
  if (a->scenario != b->scenario) return a->scenario < b->scenario ? -1 : 1;
  return by_number(&a->load, &b->load);
}

static void order_runs(struct plot_set *set) {
  qsort(set->runs, set->count, sizeof *set->runs, by_scenario);
  double *loads = arena_array(set->arena, set->count + 1, sizeof *loads);
  for (size_t i = 0; i < set->count; i++) loads[i] = set->runs[i].load;
  qsort(loads, set->count, sizeof *loads, by_number);
  for (size_t i = 0; i < set->count; i++) {
    if (i == 0 || loads[i] > loads[set->load_count - 1]) loads[set->load_count++] = loads[i];
  }
  set->loads = loads;
}

bool plot_set_read(struct plot_set *set, const char *const *folders, size_t count, struct arena *arena) {
  *set = (struct plot_set){.arena = arena};
  for (size_t i = 0; i < count; i++) {
    size_t before = set->count;
    if (!search(set, folders[i], 0)) return false;
    if (set->count > before) continue;
    console_error("%s holds no results: there is no results.json in it or in a folder below; make one with "
                  "headroom run SCENARIO --out DIR, compare or sweep",
                  folders[i]);
    return false;
  }
  number_scenarios(set);
  order_runs(set);
  return true;
}
