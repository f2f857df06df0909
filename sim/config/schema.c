// The JSON Schema of field tables. What recurs (records, choices, distributions, rates and their like) stands
// once in "$defs"; the rest is written in place.
//
// A file that extends another is a patch: nothing is required of it, a component needs no type, and `null`
// takes away. It has definitions of its own, "patch-…"; what it replaces whole, the items of arrays, is as
// elsewhere. Outside of patches `null`, which is the same as leaving out, is not described.
#include "field_decoder.h"

#include <math.h>
#include <string.h>

enum { DEFINITIONS_MAX = 1024 };

enum definition_kind { DEFINITION_TABLE, DEFINITION_TYPED, DEFINITION_CHOICE, DEFINITION_DISTRIBUTION };

struct definition {
  enum definition_kind kind;
  const struct field_table *table;
  const char *tag;    // typed: the key of the type
  const char *type;   // typed: its value
  struct field field; // choice: a row with alternatives
  enum field_kind of; // distribution, and what its parameters are
  bool patch;
  const char *name;
};

struct schema {
  struct writer *writer;
  struct arena arena;
  struct definition *definitions;
  size_t count;
  enum field_kind of; // of the distribution that is being described; 0: none is
  bool patch;         // what is being described is a patch
};

static bool is_same(const struct definition *left, const struct definition *right) {
  if (left->kind != right->kind || left->of != right->of || left->patch != right->patch) return false;
  switch (left->kind) {
  case DEFINITION_TABLE:
    return left->table == right->table;
  case DEFINITION_TYPED:
    return left->table == right->table && strcmp(left->type, right->type) == 0;
  case DEFINITION_CHOICE:
    return left->field.kind == right->field.kind && left->field.each == right->field.each &&
           left->field.alternatives == right->field.alternatives;
  default:
    return true;
  }
}

static bool is_taken(const struct schema *schema, const char *name) {
  for (size_t i = 0; i < schema->count; i++) {
    if (strcmp(schema->definitions[i].name, name) == 0) return true;
  }
  return false;
}

// Writes "$ref" to what will be described under `base` or a name like it.
static void write_reference(struct schema *schema, struct definition definition, const char *base) {
  size_t place = 0;
  definition.patch = schema->patch;
  if (schema->patch) base = arena_format(&schema->arena, "patch-%s", base);
  while (place < schema->count && !is_same(&schema->definitions[place], &definition)) place++;
  if (place == schema->count) {
    const char *name = base;
    for (unsigned number = 2; name != NULL && is_taken(schema, name); number++) {
      name = arena_format(&schema->arena, "%s-%u", base, number);
    }
    if (place == DEFINITIONS_MAX || name == NULL) return;
    definition.name = name;
    schema->definitions[schema->count++] = definition;
  }
  const char *text = arena_format(&schema->arena, "#/$defs/%s", schema->definitions[place].name);
  if (text != NULL) writer_text(schema->writer, "$ref", text);
}

static void write_value(struct schema *schema, const struct field *field, const char *key);

// In the place of a member, which a patch may take away.
static void write_member(struct schema *schema, const struct field *field, const char *key);

static void write_type(struct schema *schema, const char *type) {
  writer_text(schema->writer, "type", type);
}

static void write_number_range(struct schema *schema, const struct field *field) {
  double maximum = field->maximum == 0 && field->kind == FIELD_KIND_FRACTION ? 1 : field->maximum;
  if (isfinite(field->minimum)) {
    writer_number(schema->writer, field->above ? "exclusiveMinimum" : "minimum", field->minimum);
  }
  if (maximum != 0) {
    writer_number(schema->writer, field->below ? "exclusiveMaximum" : "maximum", maximum);
  }
}

#define NUMBER "(0|[1-9][0-9]*)(\\.[0-9]+)?([eE][+-]?[0-9]+)?"

static const char *pattern_of(const struct field *field, enum field_kind kind) {
  switch (kind) {
  case FIELD_KIND_SIZE:
    return "^" NUMBER "([KMGT]i?)?B$";
  case FIELD_KIND_BANDWIDTH:
    return "^" NUMBER "([KMG]?bps|([KMG]i?)?B/s)$";
  case FIELD_KIND_RATE:
    return "^" NUMBER "/(s|min|h|d)$";
  case FIELD_KIND_MONEY:
    return field->once ? "^(\\$|\xe2\x82\xac)" NUMBER "$" : "^(\\$|\xe2\x82\xac)" NUMBER "/(h|d|month|year)$";
  case FIELD_KIND_FRACTION:
    return "^" NUMBER "%$";
  case FIELD_KIND_NAME:
    return "^[A-Za-z][A-Za-z0-9_-]*$";
  default:
    return "^" NUMBER "(ns|us|ms|s|min|h|d)$";
  }
}

static void write_word(struct schema *schema, const char *word) {
  writer_flat_object(schema->writer, NULL);
  writer_text(schema->writer, "const", word);
  writer_end(schema->writer);
}

static void write_text_form(struct schema *schema, const struct field *field, enum field_kind kind) {
  write_type(schema, "string");
  writer_text(schema->writer, "pattern", pattern_of(field, kind));
}

static void write_number_form(struct schema *schema, const struct field *field, enum field_kind kind) {
  write_type(schema, kind == FIELD_KIND_COUNT ? "integer" : "number");
  write_number_range(schema, field);
}

static void write_quantity_form(struct schema *schema, const struct field *field, enum field_kind kind) {
  if (kind == FIELD_KIND_COUNT || kind == FIELD_KIND_NUMBER) {
    write_number_form(schema, field, kind);
  } else {
    write_text_form(schema, field, kind);
  }
}

// A quantity, and the words that stand for none; a fraction is a number or a text.
static void write_quantity(struct schema *schema, const struct field *field, enum field_kind kind) {
  bool fraction = kind == FIELD_KIND_FRACTION;
  if (!fraction && !field->unlimited && !field->none) {
    write_quantity_form(schema, field, kind);
    return;
  }
  writer_array(schema->writer, "anyOf");
  if (fraction) {
    writer_flat_object(schema->writer, NULL);
    write_number_form(schema, field, kind);
    writer_end(schema->writer);
  }
  writer_flat_object(schema->writer, NULL);
  write_quantity_form(schema, field, kind);
  writer_end(schema->writer);
  if (field->unlimited) write_word(schema, "unlimited");
  if (field->none) write_word(schema, "none");
  writer_end(schema->writer);
}

static void write_words(struct schema *schema, const char *const *words) {
  writer_flat_array(schema->writer, "enum");
  for (size_t i = 0; words[i] != NULL; i++) writer_text(schema->writer, NULL, words[i]);
  writer_end(schema->writer);
}

static void write_length(struct schema *schema, const struct field *field, const char *least,
                         const char *most) {
  if (field->minimum > 0) writer_number(schema->writer, least, field->minimum);
  if (field->maximum > 0) writer_number(schema->writer, most, field->maximum);
}

static void write_list(struct schema *schema, const struct field *field) {
  bool patch = schema->patch;
  write_type(schema, "array");
  write_length(schema, field, "minItems", "maxItems");
  schema->patch = false;
  write_value(schema, field->item, "items");
  schema->patch = patch;
}

// A pattern of names that leaves out "note", which is the reader's.
static void write_map(struct schema *schema, const struct field *field) {
  write_type(schema, "object");
  if (!field->any_key) {
    writer_flat_object(schema->writer, "propertyNames");
    writer_text(schema->writer, "pattern",
                field->star ? "^([A-Za-z][A-Za-z0-9_-]*|\\*)$" : "^[A-Za-z][A-Za-z0-9_-]*$");
    writer_end(schema->writer);
  }
  writer_flat_object(schema->writer, "properties");
  writer_flag(schema->writer, "note", true);
  writer_end(schema->writer);
  if (field->minimum > 0 && !schema->patch) {
    writer_number(schema->writer, "minProperties", field->minimum);
  }
  write_member(schema, field->item, "additionalProperties");
}

static void write_tuple(struct schema *schema, const struct field *field) {
  bool patch = schema->patch;
  write_type(schema, "array");
  writer_array(schema->writer, "prefixItems");
  schema->patch = false;
  for (size_t i = 0; i < field->table->count; i++) write_value(schema, &field->table->fields[i], NULL);
  schema->patch = patch;
  writer_end(schema->writer);
  writer_integer(schema->writer, "minItems", (int64_t)field->table->count);
  writer_integer(schema->writer, "maxItems", (int64_t)field->table->count);
}

static void write_forms(struct schema *schema, const struct field *field) {
  const struct field_alternative *alternative = NULL;
  writer_array(schema->writer, "anyOf");
  for (size_t i = 0; (alternative = field_alternative_at(field, i)) != NULL; i++) {
    struct field row = field_alternative_row(alternative);
    row.doc = alternative->doc;
    write_value(schema, &row, NULL);
  }
  writer_end(schema->writer);
}

static const char *of_name(enum field_kind of) {
  switch (of) {
  case FIELD_KIND_SIZE:
    return "size";
  case FIELD_KIND_COUNT:
    return "count";
  case FIELD_KIND_NUMBER:
    return "number";
  default:
    return "duration";
  }
}

// Tables of distributions stand once for each kind of quantity.
static void write_table_reference(struct schema *schema, const struct field_table *table) {
  const char *name = table->name;
  if (schema->of != 0) name = arena_format(&schema->arena, "%s-of-%s", table->name, of_name(schema->of));
  write_reference(schema, (struct definition){.kind = DEFINITION_TABLE, .table = table, .of = schema->of},
                  name);
}

static void write_choice_reference(struct schema *schema, const struct field *field) {
  struct definition definition = {.kind = DEFINITION_CHOICE, .field = *field, .of = schema->of};
  const char *base = field->member != NULL || field->key != NULL ? field_key(field) : "choice";
  write_reference(schema, definition, field->to != NULL ? field->to : base);
}

static void write_distribution_reference(struct schema *schema, enum field_kind of) {
  struct definition definition = {.kind = DEFINITION_DISTRIBUTION, .of = of};
  write_reference(schema, definition, arena_format(&schema->arena, "distribution-of-%s", of_name(of)));
}

static void write_form(struct schema *schema, const struct field *field) {
  switch (field->kind) {
  case FIELD_KIND_BOOLEAN:
    write_type(schema, "boolean");
    break;
  case FIELD_KIND_TEXT:
    write_type(schema, "string");
    break;
  case FIELD_KIND_REFERENCE:
    write_type(schema, "string");
    writer_integer(schema->writer, "minLength", 1);
    break;
  case FIELD_KIND_NAME:
    write_text_form(schema, field, FIELD_KIND_NAME);
    break;
  case FIELD_KIND_WORD:
    write_words(schema, field->words);
    break;
  case FIELD_KIND_DISTRIBUTION:
    write_distribution_reference(schema, field->of == FIELD_KIND_PARAMETER ? schema->of : field->of);
    break;
  case FIELD_KIND_RECORD:
  case FIELD_KIND_SPREAD:
    write_table_reference(schema, field->table);
    break;
  case FIELD_KIND_TUPLE:
    write_tuple(schema, field);
    break;
  case FIELD_KIND_LIST:
    write_list(schema, field);
    break;
  case FIELD_KIND_MAP:
    write_map(schema, field);
    break;
  case FIELD_KIND_VARIANT:
  case FIELD_KIND_TYPED:
  case FIELD_KIND_HEADED:
    write_choice_reference(schema, field);
    break;
  case FIELD_KIND_EITHER:
    write_forms(schema, field);
    break;
  case FIELD_KIND_RAW:
    break;
  case FIELD_KIND_PARAMETER:
    write_quantity(schema, field, schema->of == FIELD_KIND_COUNT ? FIELD_KIND_NUMBER : schema->of);
    break;
  default:
    write_quantity(schema, field, field->kind);
    break;
  }
}

static void write_default(struct schema *schema, const struct field *field) {
  struct node object = {.kind = NODE_OBJECT};
  const struct node *node = field_standard_node(field, &object, &schema->arena);
  if (node == NULL) return;
  if (node->kind == NODE_BOOLEAN) writer_flag(schema->writer, "default", node->truth);
  if (node->kind == NODE_NUMBER) writer_number(schema->writer, "default", node->number);
  if (node->kind == NODE_STRING) writer_text(schema->writer, "default", node->text);
}

static void write_value(struct schema *schema, const struct field *field, const char *key) {
  writer_object(schema->writer, key);
  if (field->doc != NULL && *field->doc != '\0') writer_text(schema->writer, "description", field->doc);
  write_form(schema, field);
  if (field->standard != NULL) write_default(schema, field);
  writer_end(schema->writer);
}

static void write_member(struct schema *schema, const struct field *field, const char *key) {
  if (!schema->patch) {
    write_value(schema, field, key);
    return;
  }
  writer_object(schema->writer, key);
  writer_array(schema->writer, "anyOf");
  write_value(schema, field, NULL);
  writer_flat_object(schema->writer, NULL);
  write_type(schema, "null");
  writer_end(schema->writer);
  writer_end(schema->writer);
  writer_end(schema->writer);
}

static void write_properties(struct schema *schema, const struct field_table *table) {
  for (size_t i = 0; i < table->count; i++) {
    const struct field *field = &table->fields[i];
    if (field->kind == FIELD_KIND_SPREAD) {
      write_properties(schema, field->table);
    } else {
      write_member(schema, field, field_key(field));
    }
  }
}

static void write_required(struct schema *schema, const struct field_table *table) {
  for (size_t i = 0; i < table->count; i++) {
    const struct field *field = &table->fields[i];
    if (field->kind == FIELD_KIND_SPREAD) write_required(schema, field->table);
    if (field->required) writer_text(schema->writer, NULL, field_key(field));
  }
}

// The inside of a schema of an object. `tag`, unless NULL, is a key whose value must be `type`.
static void write_table(struct schema *schema, const struct field_table *table, const char *tag,
                        const char *type) {
  if (table->doc != NULL) writer_text(schema->writer, "description", table->doc);
  write_type(schema, "object");
  writer_object(schema->writer, "properties");
  writer_flag(schema->writer, "note", true);
  if (tag != NULL) {
    writer_flat_object(schema->writer, tag);
    writer_text(schema->writer, "const", type);
    writer_end(schema->writer);
  }
  write_properties(schema, table);
  writer_end(schema->writer);
  if (!schema->patch) {
    writer_flat_array(schema->writer, "required");
    if (tag != NULL) writer_text(schema->writer, NULL, tag);
    write_required(schema, table);
    writer_end(schema->writer);
  }
  writer_flag(schema->writer, "additionalProperties", false);
}

static bool has_required(const struct field_table *table) {
  for (size_t i = 0; i < table->count; i++) {
    const struct field *field = &table->fields[i];
    if (field->required) return true;
    if (field->kind == FIELD_KIND_SPREAD && has_required(field->table)) return true;
  }
  return false;
}

// {"name": value}, or the name alone.
static void write_alternative(struct schema *schema, const struct field_alternative *alternative) {
  struct field row = field_alternative_row(alternative);
  bool empty = alternative->table == NULL && alternative->row == NULL;
  if (empty || (alternative->table != NULL && !has_required(alternative->table))) {
    write_word(schema, alternative->name);
  }
  writer_object(schema->writer, NULL);
  if (alternative->doc != NULL) writer_text(schema->writer, "description", alternative->doc);
  write_type(schema, "object");
  writer_object(schema->writer, "properties");
  writer_flag(schema->writer, "note", true);
  if (empty) {
    writer_flat_object(schema->writer, alternative->name);
    write_type(schema, "object");
    writer_integer(schema->writer, "maxProperties", 0);
    writer_end(schema->writer);
  } else {
    write_value(schema, &row, alternative->name);
  }
  writer_end(schema->writer);
  writer_flat_array(schema->writer, "required");
  writer_text(schema->writer, NULL, alternative->name);
  writer_end(schema->writer);
  writer_flag(schema->writer, "additionalProperties", false);
  writer_end(schema->writer);
}

static void write_head(struct schema *schema, const struct field_alternative *alternative) {
  writer_object(schema->writer, NULL);
  if (alternative->doc != NULL) writer_text(schema->writer, "description", alternative->doc);
  write_table_reference(schema, alternative->table);
  writer_flat_array(schema->writer, "required");
  writer_text(schema->writer, NULL, alternative->name);
  writer_end(schema->writer);
  writer_end(schema->writer);
}

static void write_type_of(struct schema *schema, const struct field *field,
                          const struct field_alternative *alternative) {
  struct definition definition = {.kind = DEFINITION_TYPED,
                                  .table = alternative->table,
                                  .tag = field_tag(field),
                                  .type = alternative->name,
                                  .of = schema->of};
  writer_object(schema->writer, NULL);
  write_reference(schema, definition, alternative->name);
  writer_end(schema->writer);
}

static void write_choice(struct schema *schema, const struct field *field) {
  const struct field_alternative *alternative = NULL;
  writer_array(schema->writer, "anyOf");
  for (size_t i = 0; (alternative = field_alternative_at(field, i)) != NULL; i++) {
    if (field->kind == FIELD_KIND_HEADED) {
      write_head(schema, alternative);
    } else if (field->kind == FIELD_KIND_TYPED) {
      write_type_of(schema, field, alternative);
    } else {
      write_alternative(schema, alternative);
    }
  }
  writer_end(schema->writer);
}

static void write_distribution(struct schema *schema) {
  const struct field constant = {.kind = schema->of};
  const struct field_alternative *alternative = NULL;
  writer_array(schema->writer, "anyOf");
  write_value(schema, &constant, NULL);
  for (size_t i = 0; (alternative = field_distribution_at(i)) != NULL; i++) {
    if (field_distribution_fits(i, schema->of)) write_alternative(schema, alternative);
  }
  writer_end(schema->writer);
}

static void write_definition(struct schema *schema, const struct definition *definition) {
  schema->of = definition->of;
  schema->patch = definition->patch;
  writer_object(schema->writer, definition->name);
  switch (definition->kind) {
  case DEFINITION_TABLE:
    write_table(schema, definition->table, NULL, NULL);
    break;
  case DEFINITION_TYPED:
    write_table(schema, definition->table, definition->tag, definition->type);
    break;
  case DEFINITION_CHOICE:
    write_choice(schema, &definition->field);
    break;
  case DEFINITION_DISTRIBUTION:
    write_distribution(schema);
    break;
  }
  writer_end(schema->writer);
}

static void write_root_reference(struct schema *schema, const char *key, const struct field_table *table) {
  writer_object(schema->writer, key);
  write_table_reference(schema, table);
  writer_end(schema->writer);
}

// A whole document; where it may extend another, that or a patch.
static void write_root(struct schema *schema, const struct field_table *table) {
  if (field_row(table, "extends", NULL) == NULL) {
    write_table(schema, table, NULL, NULL);
    return;
  }
  writer_object(schema->writer, "if");
  writer_flat_array(schema->writer, "required");
  writer_text(schema->writer, NULL, "extends");
  writer_end(schema->writer);
  writer_end(schema->writer);
  schema->patch = true;
  write_root_reference(schema, "then", table);
  schema->patch = false;
  write_root_reference(schema, "else", table);
}

void field_schema(const struct field_table *table, const char *identifier, struct writer *writer) {
  struct schema schema = {.writer = writer};
  arena_init(&schema.arena, NULL);
  schema.definitions = arena_array(&schema.arena, DEFINITIONS_MAX, sizeof *schema.definitions);
  writer_object(writer, NULL);
  writer_text(writer, "$schema", "https://json-schema.org/draft/2020-12/schema");
  if (identifier != NULL) writer_text(writer, "$id", identifier);
  if (schema.definitions != NULL) {
    writer_text(writer, "title", table->name);
    write_root(&schema, table);
    writer_object(writer, "$defs");
    for (size_t i = 0; i < schema.count; i++) write_definition(&schema, &schema.definitions[i]);
    writer_end(writer);
  } else {
    writer->failed = true;
  }
  writer_end(writer);
  arena_drop(&schema.arena);
}
