// headroom check: is the scenario right, what does theory predict of it, and does anything survive its death?
#include "check_deaths.h"
#include "command.h"
#include "console.h"
#include "options.h"
#include "predict.h"
#include "subject.h"
#include "table.h"
#include "text.h"
#include "units.h"
#include "writer.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

struct check_options {
  bool json;
  bool kill_each;
  int64_t event;
  int64_t max_wall;
};

#define OWN(member, ...)                                                                                     \
  { .offset = offsetof(struct check_options, member), __VA_ARGS__ }

static const struct option check_own_options[] = {
    OWN(json, .name = "json", .kind = OPTION_FLAG,
        .doc = "prints the predictions as JSON instead of a table"),
    OWN(kill_each, .name = "kill-each", .kind = OPTION_FLAG,
        .doc = "kills everything at each event of a short run: is anything left?"),
    OWN(event, .name = "event", .value = "N", .kind = OPTION_COUNT,
        .doc = "of --kill-each: at this event alone, to see a finding again"),
    OWN(max_wall, .name = "max-wall", .value = "TIME", .kind = OPTION_DURATION,
        .doc = "of --kill-each: stops after so long (default: 60s)"),
    {.name = NULL},
};

// ---- Footnotes --------------------------------------------------------------------------------------------

enum { NOTES_MOST = 26 };

struct notes {
  const char *texts[NOTES_MOST];
  size_t count;
};

// The letter of a remark, which is new or has been made before; 0 where there are too many.
static char note_letter(struct notes *notes, const char *text) {
  for (size_t i = 0; i < notes->count; i++) {
    if (strcmp(notes->texts[i], text) == 0) return (char)('a' + i);
  }
  if (notes->count == NOTES_MOST) return 0;
  notes->texts[notes->count] = text;
  return (char)('a' + notes->count++);
}

static void print_notes(const struct table *table, const struct notes *notes) {
  for (size_t i = 0; i < notes->count; i++) {
    fprintf(table->stream, "  (%c) ", (char)('a' + i));
    table_wrap(table, 6, notes->texts[i]);
  }
  if (notes->count > 0) fputc('\n', table->stream);
}

// ---- The table --------------------------------------------------------------------------------------------

static void cell(const struct table *table, int width, enum table_style style, double value,
                 struct units_text (*show)(double)) {
  if (isnan(value)) {
    table_cell(table, width, TABLE_DIM, "-");
  } else if (isinf(value)) {
    table_cell(table, width, TABLE_BAD, "grows");
  } else {
    table_cell(table, width, style, show(value).text);
  }
}

static struct units_text show_seconds(double seconds) {
  return seconds == 0 ? (struct units_text){"0"} : units_show_duration(seconds * 1e9);
}

static struct units_text show_load(double load) {
  struct units_text text;
  snprintf(text.text, sizeof text.text, load >= 1000 ? "%.0f" : "%.3g", load);
  return text;
}

static enum table_style heat(double utilization) {
  return utilization >= 1 ? TABLE_BAD : TABLE_PLAIN;
}

static void workers_cell(const struct table *table, const struct predicted_component *predicted) {
  if (!predicted->workers_least || isnan(predicted->workers)) {
    cell(table, 9, heat(predicted->workers), predicted->workers, units_show_share);
    return;
  }
  char text[48];
  snprintf(text, sizeof text, "≥%s", units_show_share(predicted->workers).text);
  table_cell(table, 9, heat(predicted->workers), text);
}

static void law_cell(const struct table *table, const struct predicted_component *predicted,
                     struct notes *notes) {
  char text[16] = "";
  if (predicted->law != NULL) {
    table_say(table, TABLE_DIM, "  %s", predicted->law);
  } else if (predicted->why != NULL) {
    snprintf(text, sizeof text, "  (%c)", note_letter(notes, predicted->why));
    fputs(text, table->stream);
  }
  fputc('\n', table->stream);
}

static void component_row(const struct table *table, const struct component *component,
                          const struct predicted_component *predicted, struct notes *notes) {
  table_cell(table, -table->names, TABLE_PLAIN, component->name);
  cell(table, 9, TABLE_PLAIN, predicted->visits, units_show_rate);
  bool computes = predicted->computes > 0;
  cell(table, 8, TABLE_PLAIN, computes ? predicted->load : NAN, show_load);
  cell(table, 7, heat(predicted->utilization), predicted->utilization, units_show_share);
  workers_cell(table, predicted);
  cell(table, 9, TABLE_PLAIN, predicted->wait, show_seconds);
  cell(table, 9, TABLE_PLAIN, predicted->residence, show_seconds);
  law_cell(table, predicted, notes);
}

static void print_lost(const struct table *table, const struct prediction *prediction) {
  for (uint16_t c = 0; c < prediction->plan->component_count; c++) {
    double lost = prediction->components[c].lost;
    if (isnan(lost)) continue;
    table_say(table, TABLE_PLAIN, "%s loses %s of its visits.\n", prediction->plan->components[c].name,
              units_show_share(lost).text);
  }
}

enum { NAME_WIDTH = 16 };

static void fit_names(struct table *table, const struct plan *plan) {
  table_fit_name(table, NAME_WIDTH, "");
  for (uint16_t c = 0; c < plan->component_count; c++) {
    table_fit_name(table, NAME_WIDTH, plan->components[c].name);
  }
}

static void print_components(const struct table *table, const struct prediction *prediction,
                             struct notes *notes) {
  const struct {
    int width;
    const char *name;
  } heads[] = {{-table->names, "component"},
               {9, "visits"},
               {8, "erlangs"},
               {7, "cores"},
               {9, "workers"},
               {9, "wait"},
               {9, "own time"}};
  for (size_t i = 0; i < sizeof heads / sizeof *heads; i++)
    table_cell(table, heads[i].width, TABLE_BOLD, heads[i].name);
  table_say(table, TABLE_BOLD, "  %s\n", "by");
  for (uint16_t c = 0; c < prediction->plan->component_count; c++)
    component_row(table, &prediction->plan->components[c], &prediction->components[c], notes);
  fputc('\n', table->stream);
}

// ---- Devices ----------------------------------------------------------------------------------------------

static bool has_devices(const struct predicted_component *predicted) {
  return !isnan(predicted->disk) || !isnan(predicted->nic) || !isnan(predicted->nic_in);
}

static void print_device_head(const struct table *table) {
  static const char *const heads[] = {"disk", "operations", "sends", "bytes/s", "receives", "bytes/s"};
  table_cell(table, -table->names, TABLE_BOLD, "device");
  for (size_t i = 0; i < sizeof heads / sizeof *heads; i++)
    table_cell(table, i % 2 == 0 ? 9 : 11, TABLE_BOLD, heads[i]);
  fputc('\n', table->stream);
}

// Disks and network interfaces that have a limit and something to do.
static void print_devices(const struct table *table, const struct prediction *prediction) {
  bool any = false;
  for (uint16_t c = 0; c < prediction->plan->component_count; c++) {
    const struct predicted_component *predicted = &prediction->components[c];
    if (!has_devices(predicted)) continue;
    if (!any) print_device_head(table);
    any = true;
    table_cell(table, -table->names, TABLE_PLAIN, prediction->plan->components[c].name);
    cell(table, 9, heat(predicted->disk), predicted->disk, units_show_share);
    cell(table, 11, TABLE_PLAIN, isnan(predicted->disk) ? NAN : predicted->operations, units_show_rate);
    cell(table, 9, heat(predicted->nic), predicted->nic, units_show_share);
    cell(table, 11, TABLE_PLAIN, isnan(predicted->nic) ? NAN : predicted->sent, units_show_size);
    cell(table, 9, heat(predicted->nic_in), predicted->nic_in, units_show_share);
    cell(table, 11, TABLE_PLAIN, isnan(predicted->nic_in) ? NAN : predicted->received, units_show_size);
    fputc('\n', table->stream);
  }
  if (any) fputc('\n', table->stream);
}

// ---- Sentences --------------------------------------------------------------------------------------------

static const char *resource_text(const struct predicted_bottleneck *found, struct arena *arena) {
  const struct component *component = found->component;
  const char *what = strcmp(found->resource, "nic") == 0      ? "network interface (out)"
                     : strcmp(found->resource, "nic_in") == 0 ? "network interface (in)"
                                                              : found->resource;
  if (component->host != NULL && strcmp(found->resource, "workers") != 0)
    return arena_format(arena, "%s of host %s (mostly for %s)", what, component->host->name, component->name);
  return arena_format(arena, "%s of %s", what, component->name);
}

static const char *bottleneck_text(const struct prediction *prediction, struct arena *arena) {
  const struct predicted_bottleneck *found = &prediction->bottleneck;
  if (found->component == NULL) return "nothing is limited that the plan could fill";
  const char *what = resource_text(found, arena);
  if (isfinite(found->users)) {
    return arena_format(arena, "%s, from about %s users on (load %.3g)", what,
                        units_show_count(found->users).text, found->load);
  }
  const char *full =
      arena_format(arena, "%s, full at load %.3g: %s", what, found->load, units_show_rate(found->rate).text);
  return found->certain ? full : arena_format(arena, "unknown, for %s; but for that, %s", found->why, full);
}

static const char *cost_text(const struct predicted_cost *cost, struct arena *arena) {
  if (!isfinite(cost->events))
    return arena_format(arena, "about %.3g events a request", cost->events_per_request);
  return arena_format(arena, "about %.3g events a request, %s in all: %s of processor time",
                      cost->events_per_request, units_show_count(cost->events).text,
                      show_seconds(cost->cpu_seconds).text);
}

static const double kept_worth_saying = 64 << 20; // bytes

static const char *memory_text(const struct prediction *prediction, struct arena *arena) {
  const struct predicted_cost *cost = &prediction->cost;
  double runs = (double)prediction->plan->run.replications, each = cost->kept + cost->kept_series;
  const char *text = arena_format(arena, "about %s a run", units_show_size(cost->memory).text);
  if (cost->dearest != NULL && cost->dearest_memory >= 0.2 * cost->memory)
    text = arena_format(arena, "%s, %s of it for %s:%" PRIu32 ", %s", text,
                        units_show_size(cost->dearest_memory).text, cost->dearest->at.file,
                        cost->dearest->at.line, cost->dearest_what);
  if (runs * each < kept_worth_saying) return text;
  return arena_format(arena, "%s; of each of %.0f runs %s are kept, %s with --out: %s in all", text, runs,
                      units_show_size(cost->kept).text, units_show_size(each).text,
                      units_show_size(runs * each).text);
}

static const char *network_text(const struct predicted_network *network, struct arena *arena) {
  const char *text = arena_format(arena, "%s of a request: %s to its entry and back",
                                  show_seconds(network->total).text, show_seconds(network->way).text);
  if (network->set_up > 0)
    text = arena_format(arena, "%s, %s to connect (%s of requests do)", text,
                        show_seconds(network->set_up).text, units_show_share(network->new_connections).text);
  if (network->names > 0)
    text = arena_format(arena, "%s, %s for names", text, show_seconds(network->names).text);
  if (network->inside > 0)
    text = arena_format(arena, "%s, %s for calls inside", text, show_seconds(network->inside).text);
  return text;
}

static void sentence(const struct table *table, const char *head, const char *text) {
  table_cell(table, -18, TABLE_BOLD, head);
  table_wrap(table, 18, text);
}

static void print_head(const struct table *table, const struct subject *subject,
                       const struct prediction *prediction, struct arena *arena) {
  char name[256];
  text_escape(name, sizeof name, subject_name(subject), strlen(subject_name(subject)));
  table_say(table, TABLE_BOLD, "%s", name);
  fputs(": valid\n\n", table->stream);
  const char *at = prediction->load == 1 ? "" : arena_format(arena, " at load %.4g", prediction->load);
  if (isfinite(prediction->offered))
    sentence(table, "offered", arena_format(arena, "%s%s", units_show_rate(prediction->offered).text, at));
  if (prediction->rate_why != NULL) sentence(table, "but", prediction->rate_why);
  if (isfinite(prediction->response)) {
    sentence(table, "response",
             arena_format(arena, "%s in the stations, on average", show_seconds(prediction->response).text));
  }
}

static void print_prediction(const struct table *table, const struct subject *subject,
                             const struct prediction *prediction, const struct kill_each *deaths,
                             struct arena *arena) {
  struct notes notes = {.count = 0};
  print_head(table, subject, prediction, arena);
  fputc('\n', table->stream);
  print_components(table, prediction, &notes);
  print_devices(table, prediction);
  print_notes(table, &notes);
  print_lost(table, prediction);
  if (prediction->network.total > 0) sentence(table, "network", network_text(&prediction->network, arena));
  sentence(table, "first bottleneck", bottleneck_text(prediction, arena));
  sentence(table, "a run costs", cost_text(&prediction->cost, arena));
  sentence(table, "memory", memory_text(prediction, arena));
  if (deaths != NULL) sentence(table, "deaths", check_deaths_text(deaths, arena));
}

// ---- JSON -------------------------------------------------------------------------------------------------

static void write_component(struct writer *writer, const struct component *component,
                            const struct predicted_component *predicted) {
  writer_object(writer, component->name);
  writer_text(writer, "type", component->model->form.name);
  writer_number(writer, "visits_per_s", predicted->visits);
  writer_number(writer, "load_erlangs", predicted->load);
  writer_object(writer, "utilization");
  writer_number(writer, "cpu", predicted->utilization);
  writer_number(writer, "disk", predicted->disk);
  writer_number(writer, "nic", predicted->nic);
  writer_number(writer, "nic_in", predicted->nic_in);
  writer_number(writer, "workers", predicted->workers);
  writer_flag(writer, "workers_at_least", predicted->workers_least);
  writer_end(writer);
  writer_number(writer, "wait_s", predicted->wait);
  writer_number(writer, "residence_s", predicted->residence);
  writer_number(writer, "lost", predicted->lost);
  writer_text(writer, "law", predicted->law);
  writer_text(writer, "why", predicted->why);
  writer_end(writer);
}

static void write_network(struct writer *writer, const struct predicted_network *network) {
  writer_object(writer, "network");
  writer_number(writer, "total_s", network->total);
  writer_number(writer, "way_s", network->way);
  writer_number(writer, "set_up_s", network->set_up);
  writer_number(writer, "names_s", network->names);
  writer_number(writer, "inside_s", network->inside);
  writer_number(writer, "new_connections", network->new_connections);
  writer_end(writer);
}

static void write_bottleneck(struct writer *writer, const struct predicted_bottleneck *found) {
  if (found->component == NULL) {
    writer_null(writer, "bottleneck");
    return;
  }
  writer_object(writer, "bottleneck");
  writer_text(writer, "component", found->component->name);
  writer_text(writer, "resource", found->resource);
  if (found->component->host != NULL) writer_text(writer, "host", found->component->host->name);
  writer_number(writer, "load", found->load);
  writer_number(writer, "requests_per_s", found->rate);
  writer_number(writer, "users", found->users);
  writer_flag(writer, "certain", found->certain);
  writer_text(writer, "why", found->why);
  writer_end(writer);
}

static void write_cost(struct writer *writer, const struct predicted_cost *cost) {
  writer_object(writer, "cost");
  writer_number(writer, "events_per_request", cost->events_per_request);
  writer_number(writer, "requests", cost->requests);
  writer_number(writer, "events", cost->events);
  writer_number(writer, "cpu_s", cost->cpu_seconds);
  writer_number(writer, "in_flight", cost->in_flight);
  writer_number(writer, "memory_bytes", cost->memory);
  writer_number(writer, "kept_bytes", cost->kept);
  writer_number(writer, "kept_series_bytes", cost->kept_series);
  if (cost->dearest != NULL) {
    writer_object(writer, "dearest");
    writer_text(writer, "file", cost->dearest->at.file);
    writer_natural(writer, "line", cost->dearest->at.line);
    writer_text(writer, "what", cost->dearest_what);
    writer_number(writer, "bytes", cost->dearest_memory);
    writer_end(writer);
  }
  writer_end(writer);
}

static void write_prediction(struct writer *writer, const struct subject *subject,
                             const struct prediction *prediction, const struct kill_each *deaths) {
  writer_object(writer, NULL);
  writer_object(writer, "scenario");
  writer_text(writer, "name", subject_name(subject));
  writer_text(writer, "file", subject->path);
  writer_text(writer, "hash", subject->hash);
  writer_end(writer);
  writer_number(writer, "load", prediction->load);
  writer_number(writer, "offered_per_s", prediction->offered);
  writer_number(writer, "response_s", prediction->response);
  writer_text(writer, "rate_why", prediction->rate_why);
  writer_object(writer, "components");
  for (uint16_t c = 0; c < prediction->plan->component_count; c++)
    write_component(writer, &prediction->plan->components[c], &prediction->components[c]);
  writer_end(writer);
  write_network(writer, &prediction->network);
  write_bottleneck(writer, &prediction->bottleneck);
  write_cost(writer, &prediction->cost);
  if (deaths != NULL) check_deaths_write(writer, deaths);
  writer_end(writer);
}

// ---- The command ------------------------------------------------------------------------------------------

static void show(struct subject *subject, const struct prediction *prediction, const struct kill_each *deaths,
                 const struct options *options, struct writer *writer) {
  const struct check_options *own = options->own;
  struct table table = table_on(stdout, options->color);
  fit_names(&table, subject->plan);
  if (own->json) {
    write_prediction(writer, subject, prediction, deaths);
  } else if (!options->quiet) {
    print_prediction(&table, subject, prediction, deaths, &subject->arena);
  }
}

static int check_right(struct subject *subject, const struct options *options, struct writer *writer) {
  const struct check_options *own = options->own;
  struct prediction prediction;
  if (!predict(&prediction, subject->plan, subject->plan->run.load, &subject->arena)) {
    console_error("%s: out of memory", subject->path);
    return STATUS_FAILED;
  }
  struct kill_each deaths = {.event = (uint64_t)own->event};
  int status = STATUS_DONE;
  if (own->kill_each) status = check_deaths(&deaths, subject, own->max_wall, options);
  show(subject, &prediction, own->kill_each ? &deaths : NULL, options, writer);
  return status;
}

static int check_one(const char *path, const struct options *options, struct writer *writer, bool first) {
  const struct check_options *own = options->own;
  struct subject subject;
  int status = STATUS_WRONG;
  if (subject_open(&subject, path, options)) {
    if (!first && !own->json && !options->quiet) putchar('\n');
    status = check_right(&subject, options, writer);
  }
  subject_close(&subject);
  return status;
}

static int run(const struct options *options) {
  const struct check_options *own = options->own;
  struct writer writer;
  writer_init(&writer, NULL);
  bool several = options->path_count > 1;
  if (own->json && several) writer_array(&writer, NULL);
  int status = STATUS_DONE;
  for (size_t i = 0; i < options->path_count; i++) {
    int one = check_one(options->paths[i], options, &writer, i == 0);
    if (one > status) status = one;
  }
  if (own->json && several) writer_end(&writer);
  if (own->json && !writer.failed && writer.bytes != NULL) fwrite(writer.bytes, 1, writer.length, stdout);
  if (writer.failed) console_error("out of memory");
  if (writer.failed) status = STATUS_FAILED;
  writer_drop(&writer);
  return status;
}

const struct command check_command = {
    .name = "check",
    .arguments = "SCENARIO…",
    .summary = "validates, and says what theory predicts",
    .details =
        "Reports all errors with their places. For a scenario that is right: how often each component\n"
        "is visited, the load of its cores and workers, waits where a closed form is exact, what\n"
        "fills up first, and what a run will cost. Nothing is simulated but with --kill-each: everything\n"
        "is killed at each event of the scenario's first 20,000 (at 500 of them, evenly chosen, if there\n"
        "are more), and status 1 says that something was left, or a book not right; --set run.load=0.1\n"
        "makes these events reach further.",
    .common = OPTIONS_SCENARIO | OPTIONS_TABLE,
    .options = check_own_options,
    .own_size = sizeof(struct check_options),
    .least = 1,
    .most = -1,
    .run = run,
};
