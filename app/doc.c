// headroom doc: what may stand in a scenario, from the tables that read it.
#include "arrival.h"
#include "balance.h"
#include "client.h"
#include "command.h"
#include "console.h"
#include "field.h"
#include "machine_catalogue.h"
#include "metric_table.h"
#include "model.h"
#include "network.h"
#include "options.h"
#include "policy.h"
#include "program.h"
#include "scenario.h"
#include "shape.h"
#include "step_form.h"
#include "table.h"
#include "text.h"
#include "timeline.h"

#include <string.h>

struct doc_options {
  bool markdown;
};

static const struct option doc_own_options[] = {
    {.name = "markdown", .kind = OPTION_FLAG, .doc = "as Markdown; without a TYPE all in one page"},
    {.name = NULL},
};

// ---- Topics -----------------------------------------------------------------------------------------------

static const struct field arrivals_choice = {.kind = FIELD_KIND_VARIANT, .each = arrival_alternative};
static const struct field shapes_choice = {.kind = FIELD_KIND_VARIANT, .each = shape_alternative};
static const struct field algorithms_choice = {.kind = FIELD_KIND_VARIANT, .each = balance_alternative};
static const struct field steps_choice = {.kind = FIELD_KIND_HEADED, .each = program_step_alternative};
static const struct field distributions_choice = {.kind = FIELD_KIND_VARIANT, .each = field_distribution_at};

// One of a table, a choice, or a key of the scenario; a choice without a row is the network's.
struct topic {
  const char *name;
  const char *doc;
  const struct field_table *table;
  const struct field *choice;
  const struct model *model; // of a component type
  bool network;
  void (*more)(FILE *stream); // what stands behind the table; NULL: nothing
};

static const struct topic general_topics[] = {
    {.name = "steps", .doc = "what a request does at a component: `handles`", .choice = &steps_choice},
    {.name = "policies", .doc = "timeouts, retries and hedges of calls and clients", .table = &policy_table},
    {.name = "distributions", .doc = "random times, sizes and counts", .choice = &distributions_choice},
    {.name = "arrivals", .doc = "when requests come", .choice = &arrivals_choice},
    {.name = "shapes", .doc = "how a rate changes over time", .choice = &shapes_choice},
    {.name = "algorithms", .doc = "how a load balancer chooses", .choice = &algorithms_choice},
    {.name = "timeline", .doc = "what happens, and when", .choice = &timeline_item},
    {.name = "client", .doc = "a group of clients", .table = &client_table},
    {.name = "network", .doc = "latencies, regions and access profiles", .network = true},
};
enum { GENERAL = sizeof general_topics / sizeof *general_topics };

// The keys of the scenario whose values are tables of their own and no topics by another name.
static const char *const key_topics[] = {"run",      "datacenters", "machines", "hosts",
                                         "datasets", "requests",    "prices"};
enum { KEYS = sizeof key_topics / sizeof *key_topics };

static struct topic key_topic(const char *key) {
  for (size_t i = 0; i < scenario_table.count; i++) {
    const struct field *field = &scenario_table.fields[i];
    if (strcmp(field_key(field), key) != 0) continue;
    const struct field_table *table = field->kind == FIELD_KIND_MAP ? field->item->table : field->table;
    void (*more)(FILE *) = strcmp(key, "machines") == 0 ? machine_catalogue_document : NULL;
    return (struct topic){.name = key, .doc = field->doc, .table = table, .more = more};
  }
  return (struct topic){.name = NULL};
}

// All topics by number: the scenario as a whole, its keys, the component types, the rest. A name of NULL is
// past the last.
static struct topic topic_at(size_t index) {
  if (index == 0)
    return (struct topic){.name = "scenario", .doc = scenario_table.doc, .table = &scenario_table};
  index--;
  if (index < KEYS) return key_topic(key_topics[index]);
  index -= KEYS;
  for (size_t i = 0; models[i] != NULL; i++, index--) {
    const struct field_alternative *form = &models[i]->form;
    if (index == 0) {
      return (struct topic){.name = form->name, .doc = form->doc, .table = form->table, .model = models[i]};
    }
    if (models[i + 1] == NULL) {
      index--;
      break;
    }
  }
  return index < GENERAL ? general_topics[index] : (struct topic){.name = NULL};
}

// "machine" finds "machines", "clients" finds "client".
static bool is_plural(const char *one, const char *other) {
  size_t length = strlen(one);
  return strncmp(one, other, length) == 0 && strcmp(other + length, "s") == 0;
}

static bool find_topic(const char *name, struct topic *found) {
  struct text_nearest nearest = text_nearest_to(name);
  struct topic topic;
  for (size_t i = 0; (topic = topic_at(i)).name != NULL; i++) {
    *found = topic;
    if (strcmp(topic.name, name) == 0 || is_plural(topic.name, name) || is_plural(name, topic.name))
      return true;
    text_nearest_offer(&nearest, topic.name);
  }
  const char *meant = text_nearest_found(&nearest);
  if (meant != NULL) {
    console_error("there is nothing about \"%s\" (did you mean %s?)", name, meant);
  } else {
    console_error("there is nothing about \"%s\"; headroom doc lists what there is", name);
  }
  return false;
}

// ---- Printing ---------------------------------------------------------------------------------------------

static const char *const unit_names[] = {
    [METRIC_NUMBER] = "number",    [METRIC_FRACTION] = "share", [METRIC_PER_SECOND] = "per second",
    [METRIC_SECONDS] = "times, s", [METRIC_BYTES] = "bytes",    [METRIC_MONEY_PER_HOUR] = "money/h"};

// What a type reports in results.json, with the words of objectives.
static void print_reports(const struct table *table, const struct model *model) {
  fputs("\nreports, in results.json under components.NAME, and as `NAME.word` in objectives\n\n",
        table->stream);
  for (size_t row = 0; row < metric_count(model); row++) {
    const struct metric *metric = metric_at(model, row);
    char word[64] = "";
    if (metric->slo != NULL) snprintf(word, sizeof word, " (objectives: %s)", metric->slo);
    fputs("  ", table->stream);
    table_cell(table, -26, TABLE_BOLD, metric->key);
    table_cell(table, -11, TABLE_PLAIN, unit_names[metric->unit]);
    char text[256];
    snprintf(text, sizeof text, "%s%s", metric->doc, word);
    table_wrap(table, 39, text);
  }
}

static void print_report_rows(const struct metric *metrics, size_t count) {
  fputs("| key | unit | in objectives | what |\n|---|---|---|---|\n", stdout);
  for (size_t i = 0; i < count; i++) {
    const struct metric *metric = &metrics[i];
    printf("| `%s` | %s | %s%s%s | %s |\n", metric->key, unit_names[metric->unit],
           metric->slo != NULL ? "`" : "", metric->slo != NULL ? metric->slo : "",
           metric->slo != NULL ? "`" : "", metric->doc);
  }
}

static void print_report_page(const struct model *model, unsigned level) {
  printf("\n%.*s What a %s reports\n\nBeside what [every component](#what-every-component-reports) does:\n\n",
         (int)level, "######", model->form.name);
  print_report_rows(model->metrics, model->metric_count);
}

static void print_report_pages(void) {
  fputs(
      "\n## What every component reports\n\n"
      "In `results.json` under `components.NAME`, where dots are levels; objectives write\n"
      "`NAME.word < limit`, and `NAME.p99` for a percentile of `sojourn_s`. Times have `mean`, `std`, `max`\n"
      "and, where they are kept, percentiles.\n\n",
      stdout);
  print_report_rows(metric_common, metric_common_count);
  for (size_t i = 0; models[i] != NULL; i++) {
    if (models[i]->metric_count > 0) print_report_page(models[i], 3);
  }
}

static void print_topic(const struct table *table, const struct topic *topic) {
  if (topic->network) {
    network_document(stdout);
  } else if (topic->choice != NULL) {
    field_document_choice(topic->name, topic->choice, stdout);
  } else {
    field_document(topic->table, stdout);
  }
  if (topic->more != NULL) {
    fputc('\n', stdout);
    topic->more(stdout);
  }
  if (topic->model != NULL) print_reports(table, topic->model);
}

static void print_fenced(void (*document)(FILE *stream)) {
  fputs("```\n", stdout);
  document(stdout);
  fputs("```\n", stdout);
}

static void print_page(const struct topic *topic, unsigned level) {
  if (topic->network) {
    print_fenced(network_document);
  } else if (topic->choice != NULL) {
    field_reference_choice(topic->name, topic->choice, level, stdout);
  } else {
    field_reference(topic->table, level, stdout);
  }
  if (topic->more != NULL) print_fenced(topic->more);
  if (topic->model != NULL && topic->model->metric_count > 0) print_report_page(topic->model, level + 1);
}

static void print_list(const struct table *table) {
  struct topic topic;
  table_say(table, TABLE_PLAIN, "headroom doc TYPE tells about:\n\n");
  for (size_t i = 0; (topic = topic_at(i)).name != NULL; i++) {
    fputs("  ", table->stream);
    table_cell(table, -16, TABLE_BOLD, topic.name);
    table_wrap(table, 18, topic.doc);
  }
}

// The whole language, each table once; what no table holds follows.
static void print_all_pages(void) {
  fputs(
      "# Reference of the scenario language\n\n"
      "<!-- Made by `headroom doc --markdown`; a test holds the two together. -->\n\n"
      "Every key that a scenario may have, from the tables that read it. A key without a default is absent\n"
      "unless it is given. Live parameters may change while a run goes on, through the timeline's `set`.\n\n",
      stdout);
  field_reference(&scenario_table, 2, stdout);
  fputc('\n', stdout);
  field_reference_choice("distributions", &distributions_choice, 2, stdout);
  fputs("\n## Latencies, regions and access profiles\n\n", stdout);
  print_fenced(network_document);
  fputs("\n## Built-in machines\n\n", stdout);
  print_fenced(machine_catalogue_document);
  print_report_pages();
}

static int run(const struct options *options) {
  const struct doc_options *own = options->own;
  const struct table table = table_on(stdout, options->color);
  struct topic topic;
  if (options->path_count == 0) {
    if (own->markdown) {
      print_all_pages();
    } else {
      print_list(&table);
    }
    return STATUS_DONE;
  }
  if (!find_topic(options->paths[0], &topic)) return STATUS_WRONG;
  if (own->markdown) {
    print_page(&topic, 1);
  } else {
    print_topic(&table, &topic);
  }
  return STATUS_DONE;
}

const struct command doc_command = {
    .name = "doc",
    .arguments = "[TYPE]",
    .summary = "tells what may stand in a scenario",
    .details = "Without a TYPE: the list of what there is to know about.",
    .common = OPTIONS_TABLE,
    .options = doc_own_options,
    .own_size = sizeof(struct doc_options),
    .most = 1,
    .run = run,
};
