// Any row: which decoder reads it, and what decoders share.
#include "field_decoder.h"

#include <string.h>

void *field_take(const struct node *node, size_t count, size_t size, struct field_context *context) {
  void *memory = arena_array(context->arena, count, size);
  if (memory == NULL) diagnostic_error(context->diagnostics, node, "there is no memory left for this");
  return memory;
}

bool field_wrong(const struct field *field, const struct node *node, struct field_context *context) {
  diagnostic_error(context->diagnostics, node, "found %s; allowed is %s", node_describe(node, context->arena),
                   field_allowed(field, context->of, context->arena));
  return false;
}

bool field_resolves(const struct field *field, const char *name, const struct node *node, bool at_key,
                    struct field_context *context) {
  if (field->to == NULL || context->names == NULL) return true;
  return names_check(context->names, field->to, name, node, at_key, context->diagnostics);
}

static bool decode_raw(const struct field *field, const struct node *node, void *value,
                       struct field_context *context) {
  (void)field, (void)context;
  *(const struct node **)value = node;
  return true;
}

static field_decoder *decoder_of(enum field_kind kind) {
  switch (kind) {
  case FIELD_KIND_DISTRIBUTION:
    return field_decode_distribution;
  case FIELD_KIND_RECORD:
  case FIELD_KIND_SPREAD:
    return field_decode_record;
  case FIELD_KIND_TUPLE:
    return field_decode_tuple;
  case FIELD_KIND_LIST:
    return field_decode_list;
  case FIELD_KIND_MAP:
    return field_decode_map;
  case FIELD_KIND_VARIANT:
    return field_decode_variant;
  case FIELD_KIND_TYPED:
    return field_decode_typed;
  case FIELD_KIND_HEADED:
    return field_decode_headed;
  case FIELD_KIND_EITHER:
    return field_decode_either;
  case FIELD_KIND_RAW:
    return decode_raw;
  default:
    return field_decode_scalar;
  }
}

bool field_decode_value(const struct field *field, const struct node *node, void *value,
                        struct field_context *context) {
  if (context->depth >= FIELD_DEPTH_LIMIT) {
    diagnostic_error(context->diagnostics, node, "more than %d values inside each other", FIELD_DEPTH_LIMIT);
    return false;
  }
  context->depth++;
  bool right = decoder_of(field->kind)(field, node, value, context);
  context->depth--;
  return right;
}

bool field_decode(const struct field_table *table, const struct node *object, void *record,
                  struct field_context *context) {
  const struct field row = {.kind = FIELD_KIND_RECORD, .table = table, .size = table->size};
  memset(record, 0, table->size);
  return field_decode_value(&row, object, record, context);
}

void field_defaults(const struct field_table *table, void *record, struct field_context *context) {
  const struct node empty = {.kind = NODE_OBJECT, .at = {.file = "default"}};
  bool silent = context->silent;
  struct node *object = arena_take(context->arena, sizeof *object);
  if (object == NULL) return;
  *object = empty;
  context->silent = true;
  field_decode(table, object, record, context);
  context->silent = silent;
}
