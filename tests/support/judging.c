#include "judging.h"

#include <criterion/criterion.h>
#include <math.h>
#include <regex.h>
#include <string.h>

static bool accepts(const cJSON *root, const cJSON *schema, const cJSON *value);

static const cJSON *member(const cJSON *object, const char *name) {
  return cJSON_GetObjectItemCaseSensitive(object, name);
}

static bool is_of_type(const cJSON *value, const char *type) {
  if (strcmp(type, "object") == 0) return cJSON_IsObject(value);
  if (strcmp(type, "array") == 0) return cJSON_IsArray(value);
  if (strcmp(type, "string") == 0) return cJSON_IsString(value);
  if (strcmp(type, "boolean") == 0) return cJSON_IsBool(value);
  if (strcmp(type, "null") == 0) return cJSON_IsNull(value);
  if (strcmp(type, "number") == 0) return cJSON_IsNumber(value);
  cr_assert_str_eq(type, "integer");
  return cJSON_IsNumber(value) && floor(value->valuedouble) == value->valuedouble;
}

static bool matches(const char *pattern, const char *text) {
  regex_t expression;
  cr_assert_eq(regcomp(&expression, pattern, REG_EXTENDED | REG_NOSUB), 0, "%s", pattern);
  bool found = regexec(&expression, text, 0, NULL, 0) == 0;
  regfree(&expression);
  return found;
}

static bool is_one_of(const cJSON *list, const cJSON *value) {
  const cJSON *item = NULL;
  cJSON_ArrayForEach(item, list) {
    if (cJSON_Compare(item, value, true)) return true;
  }
  return false;
}

static bool accepts_one(const cJSON *root, const cJSON *schemas, const cJSON *value) {
  const cJSON *schema = NULL;
  cJSON_ArrayForEach(schema, schemas) {
    if (accepts(root, schema, value)) return true;
  }
  return false;
}

static bool accepts_items(const cJSON *root, const cJSON *schema, const cJSON *value) {
  const cJSON *first = member(schema, "prefixItems");
  const cJSON *rest = member(schema, "items");
  int place = 0;
  const cJSON *item = NULL;
  cJSON_ArrayForEach(item, value) {
    const cJSON *own = place < cJSON_GetArraySize(first) ? cJSON_GetArrayItem(first, place) : rest;
    if (own != NULL && !accepts(root, own, item)) return false;
    place++;
  }
  return true;
}

static bool accepts_members(const cJSON *root, const cJSON *schema, const cJSON *value) {
  const cJSON *others = member(schema, "additionalProperties");
  const cJSON *names = member(member(schema, "propertyNames"), "pattern");
  const cJSON *item = NULL;
  cJSON_ArrayForEach(item, value) {
    const cJSON *own = member(member(schema, "properties"), item->string);
    if (names != NULL && !matches(names->valuestring, item->string)) return false;
    if (own == NULL) own = others;
    if (own != NULL && !accepts(root, own, item)) return false;
  }
  cJSON_ArrayForEach(item, member(schema, "required")) {
    if (member(value, item->valuestring) == NULL) return false;
  }
  return true;
}

static const cJSON *referred(const cJSON *root, const cJSON *reference) {
  cr_assert_eq(strncmp(reference->valuestring, "#/$defs/", 8), 0, "%s", reference->valuestring);
  const cJSON *found = member(member(root, "$defs"), reference->valuestring + 8);
  cr_assert_not_null(found, "%s", reference->valuestring);
  return found;
}

static bool accepts_branch(const cJSON *root, const cJSON *schema, const cJSON *value) {
  const char *branch = accepts(root, member(schema, "if"), value) ? "then" : "else";
  return accepts(root, member(schema, branch), value);
}

static bool is_among(const char *const *words, const char *word) {
  while (*words != NULL && strcmp(*words, word) != 0) words++;
  return *words != NULL;
}

static bool keeps_limit(const cJSON *limit, const cJSON *value) {
  const char *word = limit->string;
  double most = limit->valuedouble;
  double size = cJSON_GetArraySize(value); // of an object, its members
  if (strcmp(word, "minItems") == 0) return !cJSON_IsArray(value) || size >= most;
  if (strcmp(word, "maxItems") == 0) return !cJSON_IsArray(value) || size <= most;
  if (strcmp(word, "minProperties") == 0) return !cJSON_IsObject(value) || size >= most;
  if (strcmp(word, "maxProperties") == 0) return !cJSON_IsObject(value) || size <= most;
  if (strcmp(word, "minLength") == 0)
    return !cJSON_IsString(value) || (double)strlen(value->valuestring) >= most;
  if (!cJSON_IsNumber(value)) return true;
  if (strcmp(word, "minimum") == 0) return value->valuedouble >= most;
  if (strcmp(word, "maximum") == 0) return value->valuedouble <= most;
  if (strcmp(word, "exclusiveMinimum") == 0) return value->valuedouble > most;
  cr_assert_str_eq(word, "exclusiveMaximum", "an unknown keyword");
  return value->valuedouble < most;
}

static bool keeps(const cJSON *root, const cJSON *schema, const cJSON *keyword, const cJSON *value) {
  static const char *const elsewhere[] = {
      "$schema", "$id",   "$defs",    "title",       "description", "default",       "then",
      "else",    "items", "required", "prefixItems", "properties",  "propertyNames", "additionalProperties",
      NULL};
  const char *word = keyword->string;
  if (is_among(elsewhere, word)) return true;
  if (strcmp(word, "$ref") == 0) return accepts(root, referred(root, keyword), value);
  if (strcmp(word, "type") == 0) return is_of_type(value, keyword->valuestring);
  if (strcmp(word, "const") == 0) return cJSON_Compare(keyword, value, true);
  if (strcmp(word, "enum") == 0) return is_one_of(keyword, value);
  if (strcmp(word, "anyOf") == 0) return accepts_one(root, keyword, value);
  if (strcmp(word, "if") == 0) return accepts_branch(root, schema, value);
  if (strcmp(word, "pattern") == 0)
    return !cJSON_IsString(value) || matches(keyword->valuestring, value->valuestring);
  return keeps_limit(keyword, value);
}

static bool accepts(const cJSON *root, const cJSON *schema, const cJSON *value) {
  if (cJSON_IsBool(schema)) return cJSON_IsTrue(schema);
  const cJSON *keyword = NULL;
  cJSON_ArrayForEach(keyword, schema) {
    if (!keeps(root, schema, keyword, value)) return false;
  }
  if (cJSON_IsArray(value)) return accepts_items(root, schema, value);
  return !cJSON_IsObject(value) || accepts_members(root, schema, value);
}

bool schema_accepts(const cJSON *schema, const cJSON *value) {
  return accepts(schema, schema, value);
}
