// What a table gets wrong that the compiler cannot see. For tests: a fault is a programmer's error.
#include "field_decoder.h"

#include <string.h>

enum { TABLES_MAX = 512 };

struct audit {
  struct arena *arena;
  const struct field_table
      *tables[TABLES_MAX]; // seen, in the order found; those not yet checked stand behind
  size_t count;
};

static void meet(struct audit *audit, const struct field_table *table) {
  for (size_t i = 0; i < audit->count; i++) {
    if (audit->tables[i] == table) return;
  }
  if (audit->count < TABLES_MAX) audit->tables[audit->count++] = table;
}

static void meet_row(struct audit *audit, const struct field *field, unsigned depth) {
  const struct field_alternative *alternative = NULL;
  if (depth > 16) return;
  if (field->table != NULL) meet(audit, field->table);
  if (field->item != NULL) meet_row(audit, field->item, depth + 1);
  for (size_t i = 0; (alternative = field_alternative_at(field, i)) != NULL; i++) {
    if (alternative->table != NULL) meet(audit, alternative->table);
    if (alternative->row != NULL) meet_row(audit, alternative->row, depth + 1);
  }
}

static bool has_alternatives(enum field_kind kind) {
  return kind == FIELD_KIND_VARIANT || kind == FIELD_KIND_TYPED || kind == FIELD_KIND_HEADED ||
         kind == FIELD_KIND_EITHER;
}

static const char *alternative_fault(const struct field *field, const struct field_alternative *alternative) {
  if (alternative->name == NULL || *alternative->name == '\0') return "an alternative has no name";
  if (alternative->doc == NULL || *alternative->doc == '\0') return "an alternative has no doc";
  if (alternative->table != NULL && alternative->row != NULL) {
    return "an alternative has a table and a row";
  }
  bool headed = field->kind == FIELD_KIND_HEADED;
  if (headed &&
      (alternative->table == NULL || field_row(alternative->table, alternative->name, NULL) == NULL)) {
    return "a head's table has no row for the head";
  }
  if (field->kind == FIELD_KIND_TYPED && alternative->table == NULL) return "a type has no table";
  if (field->kind == FIELD_KIND_EITHER && alternative->table == NULL && alternative->row == NULL) {
    return "a form has neither table nor row";
  }
  return NULL;
}

static const char *alternatives_fault(const struct field *field) {
  const struct field_alternative *alternative = NULL;
  if (!has_alternatives(field->kind)) return NULL;
  if (field_alternative_at(field, 0) == NULL) return "there are no alternatives";
  for (size_t i = 0; (alternative = field_alternative_at(field, i)) != NULL; i++) {
    size_t first = 0;
    const char *fault = alternative_fault(field, alternative);
    if (fault != NULL) return fault;
    if (field_alternative_named(field, alternative->name, &first) != NULL && first != i) {
      return "two alternatives have one name";
    }
  }
  return NULL;
}

static const char *form_fault(const struct field *field) {
  bool record =
      field->kind == FIELD_KIND_RECORD || field->kind == FIELD_KIND_SPREAD || field->kind == FIELD_KIND_TUPLE;
  if (record && field->table == NULL) return "there is no table";
  if (record && field->table->size != field->size) return "the table describes another struct";
  if ((field->kind == FIELD_KIND_LIST || field->kind == FIELD_KIND_MAP) && field->item == NULL) {
    return "there is no item";
  }
  if (field->kind == FIELD_KIND_WORD && (field->words == NULL || field->words[0] == NULL)) {
    return "there are no words";
  }
  if (field->kind == FIELD_KIND_REFERENCE && field->to == NULL) return "it does not say what it refers to";
  if (field->maximum != 0 && field->maximum < field->minimum) return "the range is empty";
  if (field->item != NULL) {
    const char *fault = form_fault(field->item);
    if (fault != NULL) return fault;
  }
  return alternatives_fault(field);
}

// A row that is neither required nor has a default must be able to say that it is absent.
static bool can_be_absent(const struct field *field) {
  switch (field->kind) {
  case FIELD_KIND_BOOLEAN:
  case FIELD_KIND_COUNT:
  case FIELD_KIND_NUMBER:
  case FIELD_KIND_FRACTION:
  case FIELD_KIND_DURATION:
  case FIELD_KIND_SIZE:
  case FIELD_KIND_BANDWIDTH:
  case FIELD_KIND_RATE:
  case FIELD_KIND_MONEY:
  case FIELD_KIND_WORD:
  case FIELD_KIND_DISTRIBUTION:
  case FIELD_KIND_TUPLE:
  case FIELD_KIND_PARAMETER:
    return field->pointer;
  default:
    return true;
  }
}

static const char *default_fault(const struct audit *audit, const struct field *field) {
  struct diagnostics diagnostics;
  struct node object = {.kind = NODE_OBJECT, .at = {.file = "default"}};
  struct field_context context = {.arena = audit->arena, .diagnostics = &diagnostics, .of = field->of};
  diagnostics_init(&diagnostics, audit->arena);
  const struct node *node = field_standard_node(field, &object, audit->arena);
  void *value = arena_take(audit->arena, field->size);
  if (node == NULL || value == NULL) return "there is no memory left";
  if (field_decode_value(field, node, value, &context)) return NULL;
  return diagnostics.first != NULL ? diagnostics.first->message : "the default does not read";
}

static const char *row_fault(const struct audit *audit, const struct field_table *table,
                             const struct field *field) {
  if (field->whole != table->size) return "the row is of another struct";
  if (field->kind != FIELD_KIND_SPREAD && (field->doc == NULL || *field->doc == '\0'))
    return "there is no doc";
  if (strcmp(field_key(field), "note") == 0) return "`note` is the reader's";
  if (field->required && field->standard != NULL) return "it is required and has a default";
  if (!field->required && field->standard == NULL && !can_be_absent(field)) {
    return "it is neither required nor has a default nor can be absent";
  }
  const char *fault = form_fault(field);
  if (fault != NULL || field->standard == NULL) return fault;
  return default_fault(audit, field);
}

static const char *table_fault(struct audit *audit, const struct field_table *table) {
  if (table->name == NULL || table->doc == NULL)
    return arena_format(audit->arena, "a table has no name or doc");
  for (size_t i = 0; i < table->count; i++) {
    const struct field *field = &table->fields[i];
    const char *fault = row_fault(audit, table, field);
    if (fault == NULL && field->kind != FIELD_KIND_SPREAD &&
        field_row(table, field_key(field), NULL) != field) {
      fault = "two rows have one key";
    }
    if (fault != NULL) return arena_format(audit->arena, "%s.%s: %s", table->name, field_key(field), fault);
    meet_row(audit, field, 0);
  }
  return NULL;
}

const char *field_table_fault(const struct field_table *table, struct arena *arena) {
  struct audit audit = {.arena = arena};
  meet(&audit, table);
  for (size_t i = 0; i < audit.count; i++) {
    const char *fault = table_fault(&audit, audit.tables[i]);
    if (fault != NULL) return fault;
  }
  return NULL;
}
