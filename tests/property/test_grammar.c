// The random scenarios are over the whole language: every row, word and alternative of every table that a
// scenario is read by occurs in some of them. What is new in the language is so missed here until
// random_scenario() makes it, or a reason says why not.
#include "field.h"
#include "random_scenario.h"
#include "scenario.h"
#include "scenario_run.h"

#include <criterion/criterion.h>
#include <gsl/gsl_errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum { LABEL_BYTES = 96, ITEMS_MOST = 2000, TABLES_MOST = 200 };

// Something of the language. `detail`: a word or an alternative, or that a live row is set; NULL: the row
// itself.
struct item {
  const struct field_table *table; // the outermost, where rows are spread
  const struct field *field;
  const void *detail;
  char label[LABEL_BYTES];
  uint64_t seen;
  size_t next; // in its bucket, 1 more than its number
};
static struct item items[ITEMS_MOST];
static size_t item_count;
static const struct field_table *tables[TABLES_MOST];
static size_t table_count;

static size_t buckets[4096];

static size_t *bucket_of(const struct field_table *table, const struct field *field, const void *detail) {
  uint64_t hash = random_mix((uint64_t)(uintptr_t)field ^ random_mix((uint64_t)(uintptr_t)table));
  return &buckets[random_mix(hash ^ (uint64_t)(uintptr_t)detail) % (sizeof buckets / sizeof *buckets)];
}

static const char is_set[] = "set", is_other[] = "not as by default";

// The rows of lists and maps, which have no member, are the same wherever they stand: a step is a step.
static struct item *find(const struct field_table *table, const struct field *field, const void *detail) {
  if (field->member == NULL) table = NULL;
  for (size_t i = *bucket_of(table, field, detail); i > 0; i = items[i - 1].next) {
    struct item *item = &items[i - 1];
    if (item->table == table && item->field == field && item->detail == detail) return item;
  }
  return NULL;
}

__attribute__((format(printf, 4, 5))) static void
add(const struct field_table *table, const struct field *field, const void *detail, const char *format, ...) {
  struct item *item = &items[item_count];
  if (field->member == NULL) table = NULL;
  size_t *bucket = bucket_of(table, field, detail);
  cr_assert_lt(item_count, ITEMS_MOST);
  if (find(table, field, detail) != NULL) return;
  *item = (struct item){.table = table, .field = field, .detail = detail, .next = *bucket};
  *bucket = ++item_count;
  va_list rest;
  va_start(rest, format);
  vsnprintf(item->label, sizeof item->label, format, rest);
  va_end(rest);
}

static void mark(const struct field_table *table, const struct field *field, const void *detail) {
  struct item *item = find(table, field, detail);
  if (item != NULL) item->seen++;
}

// ---- What there is ----------------------------------------------------------------------------------------

static const struct field distribution_row = {
    .kind = FIELD_KIND_VARIANT, .size = sizeof(struct variant), .each = field_distribution_at};

static void collect_table(const struct field_table *table);

static bool has_alternatives(const struct field *field) {
  return field->kind == FIELD_KIND_VARIANT || field->kind == FIELD_KIND_TYPED ||
         field->kind == FIELD_KIND_HEADED || field->kind == FIELD_KIND_EITHER;
}

// Unless it is given.
static bool is_true(const struct field *field) {
  return field->standard != NULL && strcmp(field->standard, "true") == 0;
}

// What may stand as the value of a row, or of an item of a list.
static void collect_value(const struct field_table *table, const struct field *field, const char *label) {
  if (field->kind == FIELD_KIND_WORD) {
    for (size_t i = 0; field->words[i] != NULL; i++)
      add(table, field, field->words[i], "%s=%s", label, field->words[i]);
  } else if (field->kind == FIELD_KIND_BOOLEAN) {
    add(table, field, is_other, "%s=%s", label, is_true(field) ? "false" : "true");
  } else if (field->kind == FIELD_KIND_LIST || field->kind == FIELD_KIND_MAP) {
    collect_value(table, field->item, label);
  } else if (field->kind == FIELD_KIND_RECORD || field->kind == FIELD_KIND_TUPLE) {
    collect_table(field->table);
  } else if (has_alternatives(field)) {
    const struct field_alternative *alternative;
    for (size_t i = 0; (alternative = field_alternative_at(field, i)) != NULL; i++) {
      char inner[LABEL_BYTES];
      snprintf(inner, sizeof inner, "%s:%s", label, alternative->name);
      add(table, field, alternative, "%s", inner);
      if (alternative->table != NULL) collect_table(alternative->table);
      if (alternative->row != NULL) collect_value(table, alternative->row, inner);
    }
  }
}

static void collect_rows(const struct field_table *outer, const struct field_table *table) {
  for (size_t i = 0; i < table->count; i++) {
    const struct field *field = &table->fields[i];
    if (field->kind == FIELD_KIND_SPREAD) {
      collect_rows(outer, field->table);
      continue;
    }
    char label[LABEL_BYTES];
    snprintf(label, sizeof label, "%s.%s", outer->name, field_key(field));
    add(outer, field, NULL, "%s", label);
    if (field->live) add(outer, field, is_set, "%s, set", label);
    collect_value(outer, field, label);
  }
}

// Each once: steps hold steps.
static void collect_table(const struct field_table *table) {
  for (size_t i = 0; i < table_count; i++) {
    if (tables[i] == table) return;
  }
  cr_assert_lt(table_count, TABLES_MOST);
  tables[table_count++] = table;
  collect_rows(table, table);
}

// ---- What a scenario has ----------------------------------------------------------------------------------

static void mark_table(const struct field_table *table, const struct node *object,
                       struct field_context *context);

static void mark_alternative(const struct field_table *table, const struct field *field,
                             const struct node *node, struct field_context *context);

static void mark_value(const struct field_table *table, const struct field *field, const struct node *node,
                       struct field_context *context) {
  const struct node *child = node->first;
  size_t place = 0;
  switch (field->kind) {
  case FIELD_KIND_WORD:
    for (size_t i = 0; field->words[i] != NULL; i++) {
      if (node->kind == NODE_STRING && strcmp(node->text, field->words[i]) == 0)
        mark(table, field, field->words[i]);
    }
    return;
  case FIELD_KIND_BOOLEAN:
    if (node->truth != is_true(field)) mark(table, field, is_other);
    return;
  case FIELD_KIND_LIST:
  case FIELD_KIND_MAP:
    for (; child != NULL; child = child->next) mark_value(table, field->item, child, context);
    return;
  case FIELD_KIND_RECORD:
    mark_table(field->table, node, context);
    return;
  case FIELD_KIND_TUPLE:
    for (; child != NULL; child = child->next, place++) {
      mark(field->table, &field->table->fields[place], NULL);
      mark_value(field->table, &field->table->fields[place], child, context);
    }
    return;
  case FIELD_KIND_DISTRIBUTION:
    if (node->kind == NODE_OBJECT) mark_alternative(NULL, &distribution_row, node, context);
    return;
  default:
    if (has_alternatives(field)) mark_alternative(table, field, node, context);
  }
}

// The one that its key, its tag or its head names.
static const struct field_alternative *named(const struct field *field, const struct node *node) {
  const struct field_alternative *alternative;
  const struct node *tag = field->kind == FIELD_KIND_TYPED ? node_find(node, "type") : node;
  for (size_t i = 0; (alternative = field_alternative_at(field, i)) != NULL; i++) {
    bool found = tag->kind == NODE_STRING ? strcmp(tag->text, alternative->name) == 0
                                          : node_find(node, alternative->name) != NULL;
    if (found) return alternative;
  }
  return NULL;
}

static const struct field_alternative *fitting(const struct field *field, const struct node *node,
                                               struct field_context *context) {
  struct variant variant = {.alternative = NULL};
  return field_decode_value(field, node, &variant, context) ? variant.alternative : NULL;
}

static void mark_alternative(const struct field_table *table, const struct field *field,
                             const struct node *node, struct field_context *context) {
  const struct field_alternative *alternative =
      field->kind == FIELD_KIND_EITHER ? fitting(field, node, context) : named(field, node);
  cr_assert_not_null(alternative);
  mark(table, field, alternative);
  bool keyed = field->kind == FIELD_KIND_VARIANT;
  const struct node *value = keyed ? node_find(node, alternative->name) : node;
  if (value == NULL) return;
  if (alternative->table != NULL) mark_table(alternative->table, value, context);
  if (alternative->row != NULL) mark_value(table, alternative->row, value, context);
}

static void mark_rows(const struct field_table *outer, const struct field_table *table,
                      const struct node *object, struct field_context *context) {
  for (size_t i = 0; i < table->count; i++) {
    const struct field *field = &table->fields[i];
    if (field->kind == FIELD_KIND_SPREAD) {
      mark_rows(outer, field->table, object, context);
      continue;
    }
    const struct node *child = node_find(object, field_key(field));
    if (child == NULL) continue;
    mark(outer, field, NULL);
    mark_value(outer, field, child, context);
  }
}

static void mark_table(const struct field_table *table, const struct node *object,
                       struct field_context *context) {
  if (object->kind == NODE_OBJECT) mark_rows(table, table, object, context);
}

// "components.NAME.ROW" of the timeline's `set`.
static void mark_set(const char *path, const struct plan *plan) {
  char name[LABEL_BYTES];
  struct field_place place;
  cr_assert_eq(sscanf(path, "components.%95[^.]", name), 1);
  const struct component *component = plan_component(plan, name);
  const struct field_table *table = component->model->form.table;
  cr_assert(field_find(table, path + strlen("components.") + strlen(name) + 1, &place));
  mark(table, place.field, is_set);
}

static void mark_scenario(const struct loaded *loaded, struct field_context *context) {
  mark_table(&scenario_table, loaded->root, context);
  const struct node *timeline = node_find(loaded->root, "timeline");
  for (const struct node *event = timeline->first; event != NULL; event = event->next) {
    const struct node *set = node_find(event, "set");
    for (const struct node *path = set == NULL ? NULL : set->first; path != NULL; path = path->next)
      mark_set(path->key, loaded->plan);
  }
}

// ---- What is left out -------------------------------------------------------------------------------------

static const struct exception {
  const char *label, *reason;
} exceptions[] = {
    {"scenario.extends", "is resolved before the language is read"},
    {"request.value", "not yet"},
    {"database.engine=document", "not yet"},
    {"database.engine=wide-column", "not yet"},
    {"database.engine=graph", "not yet"},
    {"database.engine=newsql", "not yet"},
    {"database replication.mode:semi-sync", "not yet"},
    {"database replication.mode:sync", "not yet"},
    {"database replication.mode:quorum", "not yet"},
    {"database replication.mode:raft", "not yet"},
    {"database replication.mode:multi-primary", "not yet"},
    {"database replication.failover", "not yet"},
    {"database replication.conflicts", "not yet"},
    {"database shards.by=range", "not yet"},
    {"database shards.by=directory", "not yet"},
    {"database shards.rebalance", "not yet"},
    {"dns.policy=failover", "not yet"},
    {"dns.health_check", "not yet"},
    {"queue.order=key", "not yet"},
    {"queue.partitions", "not yet"},
    {"queue.retention", "not yet"},
    {"read.key=new", "nobody has written a new item"},
    {"database.instances*", "follow from shards and replicas"},
    {"cdn.on", "stands at its edges"},
    {"cdn.in", "stands at its edges"},
    {"cdn.instances:by place", "stands at its edges"},
    {"cdn.overrides", "is the same in all places"},
    {"dns.on", "is everywhere"},
    {"dns.machine", "is everywhere"},
    {"dns.in", "is everywhere"},
    {"dns.instances*", "is everywhere"},
    {"dns.overrides", "is everywhere"},
    {"dns.tls", "is everywhere"},
};
enum { EXCEPTIONS = sizeof exceptions / sizeof *exceptions };

// With a star at the end: all that begin so.
static bool excuses(const struct exception *exception, const struct item *item) {
  size_t length = strlen(exception->label);
  bool all = exception->label[length - 1] == '*';
  return all ? strncmp(exception->label, item->label, length - 1) == 0
             : strcmp(exception->label, item->label) == 0;
}

static bool is_excused(const struct item *item, bool *used) {
  bool found = false;
  for (size_t i = 0; i < EXCEPTIONS; i++) {
    if (!excuses(&exceptions[i], item)) continue;
    used[i] = found = true;
  }
  return found;
}

static void look_at(uint64_t seed, const struct random_scenario_options *options) {
  struct loaded loaded;
  struct choices choices = choices_of_seed(seed);
  char *text = random_scenario(&choices, options);
  cr_assert_not_null(text);
  loaded_text(&loaded, text);
  cr_assert_not_null(loaded.plan, "seed %" PRIu64, seed);
  struct field_context context = loaded.context;
  mark_scenario(&loaded, &context);
  loaded_drop(&loaded);
  free(text);
}

Test(grammar, random_scenarios_have_all_that_the_language_has) {
  static const struct random_scenario_options ordinary = {.time = 1}, calm = {.time = 1, .calm = true};
  gsl_set_error_handler_off();
  collect_table(&scenario_table);
  collect_value(NULL, &distribution_row, "distribution");
  for (uint64_t seed = 0; seed < 900; seed++) look_at(seed, seed % 10 == 9 ? &calm : &ordinary);
  bool used[EXCEPTIONS] = {false};
  for (size_t i = 0; i < item_count; i++) {
    bool excused = is_excused(&items[i], used);
    cr_expect(items[i].seen > 0 || excused, "never: %s", items[i].label);
    cr_expect(items[i].seen == 0 || !excused, "is there after all: %s", items[i].label);
  }
  for (size_t i = 0; i < EXCEPTIONS; i++) cr_expect(used[i], "there is no %s", exceptions[i].label);
  cr_assert_gt(item_count, 500);
}
