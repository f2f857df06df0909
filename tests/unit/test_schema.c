#include "field.h"
#include "json.h"
#include "writer.h"

#include <criterion/criterion.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// A language in small: components by type, with steps that hold steps.
static const struct field_alternative *step_at(size_t index);
static const struct field_table phase_table;

struct step_common {
  int64_t timeout;
};
static const struct field step_common_fields[] = {
    FIELD_DURATION(struct step_common, timeout, .standard = "1s", .none = true, .doc = "of each attempt"),
};
static const struct field_table step_common_table =
    FIELD_TABLE("common", struct step_common, step_common_fields, .doc = "Common rows.");

struct cpu_step {
  struct distribution cpu;
};
static const struct field cpu_fields[] = {
    FIELD_DISTRIBUTION(struct cpu_step, cpu, DURATION, .required = true, .doc = "compute"),
};
static const struct field_table cpu_table =
    FIELD_TABLE("cpu", struct cpu_step, cpu_fields, .doc = "Compute.");

struct repeat_step {
  struct distribution repeat;
  struct list steps;
  struct step_common common;
};
static const struct field repeat_fields[] = {
    FIELD_DISTRIBUTION(struct repeat_step, repeat, COUNT, .required = true, .doc = "so often"),
    FIELD_LIST(struct repeat_step, steps, ITEM_HEADED(.each = step_at, .to = "step"), .key = "do",
               .required = true, .doc = "what is repeated"),
    FIELD_SPREAD(struct repeat_step, common, struct step_common, &step_common_table, .doc = "common"),
};
static const struct field_table repeat_table =
    FIELD_TABLE("repeat", struct repeat_step, repeat_fields, .doc = "In sequence.");

static const struct field_alternative *step_at(size_t index) {
  static const struct field_alternative steps[] = {
      {.name = "cpu", .doc = "compute", .table = &cpu_table},
      {.name = "repeat", .doc = "in sequence", .table = &repeat_table},
  };
  return index < 2 ? &steps[index] : NULL;
}

struct phase {
  const struct phase *next;
  double share;
};
static const struct field phase_fields[] = {
    FIELD_RECORD(struct phase, next, struct phase, &phase_table, .doc = "what comes then"),
    FIELD_FRACTION(struct phase, share, .standard = "50%", .below = true, .doc = "a share"),
};
static const struct field_table phase_table =
    FIELD_TABLE("phase", struct phase, phase_fields, .doc = "Phases in a chain.");

static const char *const orders[] = {"fifo", "lifo", NULL};
static const struct field_alternative *const algorithms[] = {
    ALTERNATIVE("round-robin", .doc = "one after the other"),
    ALTERNATIVE("phased", .table = &phase_table, .doc = "in phases"),
    ALTERNATIVE("cpu", .table = &cpu_table, .doc = "needs a parameter"),
    NULL,
};
static const struct field_alternative *const forms[] = {
    ALTERNATIVE("count", .row = ITEM_COUNT(.minimum = 1), .doc = "so many"),
    ALTERNATIVE("places", .row = ITEM_MAP(ITEM_COUNT(), .minimum = 1), .doc = "in each place"),
    NULL,
};

struct server {
  int64_t workers;
  int order;
  struct map handles;
  struct variant algorithm;
  struct variant instances;
  struct units_money price;
};
static const struct field server_fields[] = {
    FIELD_COUNT(struct server, workers, .standard = "unlimited", .unlimited = true, .minimum = 1,
                .live = true,
                .doc = "requests inside at once; a text that is long enough to be wrapped on a terminal of "
                       "eighty columns"),
    FIELD_WORD(struct server, order, orders, .standard = "fifo", .doc = "who is next"),
    FIELD_MAP(struct server, handles, ITEM_LIST(ITEM_HEADED(.each = step_at, .to = "step")), .star = true,
              .required = true, .doc = "steps by request"),
    FIELD_VARIANT(struct server, algorithm, .alternatives = algorithms, .standard = "round-robin",
                  .doc = "an algorithm"),
    FIELD_EITHER(struct server, instances, .alternatives = forms, .standard = "1", .doc = "how many"),
    FIELD_MONEY(struct server, price, .standard = "$1/h", .doc = "of an instance"),
};
static const struct field_table server_table =
    FIELD_TABLE("server", struct server, server_fields, .doc = "A server.");
static const struct field_alternative *const types[] = {
    ALTERNATIVE("server", .table = &server_table, .doc = "a server"),
    ALTERNATIVE("chain", .table = &phase_table, .doc = "a chain of phases"),
    NULL,
};

struct scenario {
  struct map components;
};
static const struct field scenario_fields[] = {
    FIELD_MAP(struct scenario, components, ITEM_TYPED(.alternatives = types, .to = "component"),
              .required = true, .doc = "the components"),
};
static const struct field_table scenario_table =
    FIELD_TABLE("scenario", struct scenario, scenario_fields, .doc = "A scenario.");

struct schema_reading {
  struct arena arena;
  struct diagnostics diagnostics;
  const struct node *root;
  const struct node *definitions;
};

static void begin(struct schema_reading *reading, const char *identifier) {
  struct writer writer;
  arena_init(&reading->arena, NULL);
  diagnostics_init(&reading->diagnostics, &reading->arena);
  writer_init(&writer, NULL);
  field_schema(&scenario_table, identifier, &writer);
  cr_assert_not(writer.failed);
  reading->root = json_read(writer.bytes, writer.length, "schema", &reading->diagnostics, &reading->arena);
  cr_assert_not_null(reading->root, "the schema is no JSON: %s", writer.bytes);
  reading->definitions = node_find(reading->root, "$defs");
  writer_drop(&writer);
}

static const struct node *definition(const struct schema_reading *reading, const char *name) {
  const struct node *node = node_find(reading->definitions, name);
  cr_assert_not_null(node, "no definition of %s", name);
  return node;
}

static bool has_text(const struct node *array, const char *text) {
  for (const struct node *child = array != NULL ? array->first : NULL; child != NULL; child = child->next) {
    if (child->kind == NODE_STRING && strcmp(child->text, text) == 0) return true;
  }
  return false;
}

// All references lead somewhere, all records are closed and take a note.
static size_t walk(const struct schema_reading *reading, const struct node *node) {
  size_t references = 0;
  const struct node *reference = node_find(node, "$ref");
  if (reference != NULL && reference->kind == NODE_STRING) {
    cr_expect_eq(strncmp(reference->text, "#/$defs/", 8), 0, "%s", reference->text);
    definition(reading, reference->text + 8);
    references++;
  }
  if (node_find(node, "properties") != NULL) {
    cr_expect_not_null(node_find(node, "additionalProperties"));
    cr_expect_not_null(node_find(node_find(node, "properties"), "note"));
  }
  for (const struct node *child = node->first; child != NULL; child = child->next) {
    references += walk(reading, child);
  }
  return references;
}

static size_t count_uses(const struct node *node, const char *text) {
  const struct node *reference = node_find(node, "$ref");
  size_t uses = reference != NULL && reference->kind == NODE_STRING && strcmp(reference->text, text) == 0;
  for (const struct node *child = node->first; child != NULL; child = child->next)
    uses += count_uses(child, text);
  return uses;
}

Test(schema, is_closed_and_complete) {
  struct schema_reading reading;
  begin(&reading, "urn:headroom");
  cr_expect_str_eq(node_find(reading.root, "$schema")->text, "https://json-schema.org/draft/2020-12/schema");
  cr_expect_str_eq(node_find(reading.root, "$id")->text, "urn:headroom");
  cr_expect_geq(walk(&reading, reading.root), reading.definitions->count);
  for (const struct node *child = reading.definitions->first; child != NULL; child = child->next) {
    char text[128];
    snprintf(text, sizeof text, "#/$defs/%s", child->key);
    cr_expect_geq(count_uses(reading.root, text), 1, "nobody uses %s", child->key);
  }
  arena_drop(&reading.arena);
}

Test(schema, says_what_the_tables_say) {
  struct schema_reading reading;
  begin(&reading, NULL);
  cr_expect_null(node_find(reading.root, "$id"));
  const struct node *server = definition(&reading, "server");
  const struct node *rows = node_find(server, "properties");
  cr_expect_str_eq(node_find(node_find(rows, "type"), "const")->text, "server");
  cr_expect(has_text(node_find(server, "required"), "type") &&
            has_text(node_find(server, "required"), "handles"));
  cr_expect_not(has_text(node_find(server, "required"), "workers"));
  const struct node *workers = node_find(node_find(rows, "workers"), "anyOf");
  cr_expect_str_eq(node_find(workers->first, "type")->text, "integer");
  cr_expect_eq(node_find(workers->first, "minimum")->number, 1);
  cr_expect_str_eq(node_find(workers->last, "const")->text, "unlimited");
  cr_expect_str_eq(node_find(node_find(rows, "workers"), "default")->text, "unlimited");
  cr_expect(has_text(node_find(node_find(rows, "order"), "enum"), "lifo"));
  cr_expect_not_null(strstr(node_find(node_find(rows, "price"), "pattern")->text, "/(h|d|month|year)$"));
  cr_expect_eq(node_find(node_find(rows, "instances"), "anyOf")->count, 2);
  const struct node *algorithm = node_find(definition(&reading, "algorithm"), "anyOf");
  // Two forms for each alternative that may stand alone, one for the other.
  cr_expect_eq(algorithm->count, 5);
  const struct node *repeat = definition(&reading, "repeat");
  cr_expect_not_null(node_find(node_find(repeat, "properties"), "timeout"), "a spread row is missing");
  cr_expect_eq(count_uses(repeat, "#/$defs/step"), 1, "steps do not hold steps");
  cr_expect_eq(count_uses(definition(&reading, "phase"), "#/$defs/phase"), 1, "the chain does not recur");
  const struct node *share = node_find(node_find(definition(&reading, "phase"), "properties"), "share");
  cr_expect_eq(node_find(node_find(share, "anyOf")->first, "exclusiveMaximum")->number, 1);
  cr_expect_not_null(definition(&reading, "distribution-of-count"));
  cr_expect_null(node_find(reading.definitions, "geometric-of-duration"), "times are not counts");
  cr_expect_not_null(node_find(reading.definitions, "geometric-of-count"));
  arena_drop(&reading.arena);
}

Test(schema, tables_have_no_fault) {
  struct arena arena;
  arena_init(&arena, NULL);
  const char *fault = field_table_fault(&scenario_table, &arena);
  cr_expect_null(fault, "%s", fault);
  arena_drop(&arena);
}

// The reference on a terminal: each row with its kind, default, range and doc, in 80 columns.
Test(schema, reference_describes_each_row_once) {
  static const char *const wanted[] = {
      "  workers    count, 1 or more, or \"unlimited\"; default unlimited; live\n"
      "             requests inside at once; a text that is long enough to be wrapped\n"
      "             on a terminal of eighty columns\n",
      "  order      \"fifo\" or \"lifo\"; default fifo\n             who is next\n",
      "\n  timeout  duration, or \"none\"; default 1s\n",
      "  instances  count (1 or more), or object, each name: count (1 or more names);\n",
      "\n  round-robin  one after the other\n",
      "object whose type is \"server\" or \"chain\";\n              required\n",
  };
  char *text = NULL;
  size_t length = 0;
  FILE *stream = open_memstream(&text, &length);
  field_document(&scenario_table, stream);
  fclose(stream);
  for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
    const char *found = strstr(text, wanted[i]);
    cr_assert_not_null(found, "%s\nis missing in\n%s", wanted[i], text);
    cr_expect_null(strstr(found + 1, wanted[i]), "%s\nstands twice", wanted[i]);
  }
  for (char *line = text, *rest = NULL; (line = strtok_r(line, "\n", &rest)) != NULL; line = NULL) {
    cr_expect_leq(strlen(line), 80, "%s", line);
  }
  free(text);
}

Test(schema, markdown_reference_is_a_table) {
  char *text = NULL;
  size_t length = 0;
  FILE *stream = open_memstream(&text, &length);
  field_reference(&server_table, 2, stream);
  fclose(stream);
  cr_expect_eq(strncmp(text, "## server\n\nA server.\n\n| key |", 29), 0, "%s", text);
  cr_expect_not_null(
      strstr(text, "\n| `workers` | count | 1 or more, or \"unlimited\" | `unlimited` | yes | requests"));
  cr_expect_not_null(strstr(text, "\n### step\n"));
  cr_expect_not_null(strstr(text, "\n- `repeat`: in sequence\n"));
  free(text);
}
