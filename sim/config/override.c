#include "override.h"

#include "json.h"
#include "node_edit.h"
#include "text.h"

#include <string.h>

// A text that is read from left to right.
struct reader {
  const char *text;
  size_t length;
  size_t at;
  struct position start;
  struct diagnostics *diagnostics;
  struct arena *arena;
};

static struct position place(const struct reader *reader, size_t offset) {
  struct position position = reader->start;
  for (size_t i = 0; i < offset; i++) {
    bool is_break = reader->text[i] == '\n';
    position.column = is_break ? 1 : position.column + 1;
    position.line += is_break;
  }
  return position;
}

static char peek(const struct reader *reader) {
  return reader->at < reader->length ? reader->text[reader->at] : '\0';
}

static bool at_path_end(const struct reader *reader) {
  return reader->at >= reader->length || peek(reader) == '=';
}

static bool fail(const struct reader *reader, size_t offset, const char *message) {
  diagnostic_error_at(reader->diagnostics, place(reader, offset), "%s", message);
  return false;
}

// ---- paths ----

static bool read_plain_key(struct reader *reader, struct override_step *step) {
  size_t start = reader->at;
  while (reader->at < reader->length && strchr(".[]=\"\\ ", peek(reader)) == NULL) {
    unsigned char byte = (unsigned char)peek(reader);
    if (byte < ' ' || byte == 0x7f) break;
    reader->at++;
  }
  size_t length = reader->at - start;
  if (length == 0) return fail(reader, start, "a key is missing here (components.web.workers, view[2].from)");
  if (!text_is_utf8(reader->text + start, length, NULL)) return fail(reader, start, "this key is not UTF-8");
  step->key = arena_text(reader->arena, reader->text + start, length);
  return step->key != NULL;
}

static bool read_index(struct reader *reader, struct override_step *step) {
  size_t start = reader->at;
  size_t index = 0;
  while (reader->at < reader->length && peek(reader) >= '0' && peek(reader) <= '9') {
    if (index > JSON_VALUES_MAX) return fail(reader, start, "this index is larger than any list");
    index = index * 10 + (size_t)(peek(reader) - '0');
    reader->at++;
  }
  if (reader->at == start)
    return fail(reader, start, "brackets hold an index from 0, [2], or a key, [\"p99.9\"]");
  step->index = index;
  return true;
}

// A JSON string; its end is the first quote that no backslash precedes.
static bool read_quoted_key(struct reader *reader, struct override_step *step) {
  size_t start = reader->at++;
  while (reader->at < reader->length && peek(reader) != '"') reader->at += peek(reader) == '\\' ? 2 : 1;
  if (reader->at >= reader->length) return fail(reader, start, "this key has no closing quote");
  reader->at++;
  const struct node *key = json_read_at(reader->text + start, reader->at - start, place(reader, start),
                                        reader->diagnostics, reader->arena);
  if (key == NULL) return false;
  step->key = key->text;
  return true;
}

static bool read_bracket(struct reader *reader, struct override_step *step) {
  reader->at++;
  bool is_read = peek(reader) == '"' ? read_quoted_key(reader, step) : read_index(reader, step);
  if (!is_read) return false;
  if (peek(reader) != ']') return fail(reader, reader->at, "a `]` is missing here");
  reader->at++;
  return true;
}

static bool read_step(struct reader *reader, struct override_step *step, bool is_first) {
  step->at = place(reader, reader->at);
  if (peek(reader) == '[') return read_bracket(reader, step);
  if (!is_first && peek(reader) != '.') {
    return fail(reader, reader->at,
                "expected `.`, `[` or `=` here; a key with other characters is written [\"...\"]");
  }
  if (!is_first) reader->at++;
  step->at = place(reader, reader->at);
  return read_plain_key(reader, step);
}

const struct override_path *override_read_path(const char *text, size_t length, struct position at,
                                               size_t *used, struct diagnostics *diagnostics,
                                               struct arena *arena) {
  struct reader reader = {
      .text = text, .length = length, .start = at, .diagnostics = diagnostics, .arena = arena};
  struct override_path *path = arena_take(arena, sizeof *path);
  struct override_step *steps = arena_array(arena, JSON_DEPTH_MAX, sizeof *steps);
  if (path == NULL || steps == NULL) return NULL;
  path->steps = steps;
  do {
    if (path->count == JSON_DEPTH_MAX - 1) {
      fail(&reader, reader.at, "this path has too many steps");
      return NULL;
    }
    if (!read_step(&reader, &steps[path->count], path->count == 0)) return NULL;
    path->count++;
  } while (!at_path_end(&reader));
  if (used != NULL) *used = reader.at;
  return path;
}

// ---- where a path leads ----

static struct node *nth(const struct node *array, size_t index) {
  if (array->kind != NODE_ARRAY || index >= array->count) return NULL;
  struct node *child = array->first;
  while (index-- > 0) child = child->next;
  return child;
}

static struct node *descend(struct node *node, const struct override_step *step) {
  return step->key != NULL ? node_child(node, step->key) : nth(node, step->index);
}

const struct node *override_find(const struct node *root, const struct override_path *path) {
  const struct node *node = root;
  for (size_t i = 0; i < path->count && node != NULL; i++) {
    const struct override_step *step = &path->steps[i];
    node = step->key != NULL ? node_find(node, step->key) : nth(node, step->index);
  }
  return node;
}

// ---- setting ----

struct setting {
  const struct merge_rules *rules;
  struct diagnostics *diagnostics;
  struct arena *arena;
};

static const char *path_of(const struct setting *setting, const struct node *node) {
  const char *path = node_path(node, setting->arena);
  return path[0] != '\0' ? path : "the scenario";
}

static bool fail_step(const struct setting *setting, const struct override_step *step,
                      const struct node *node) {
  const char *path = path_of(setting, node);
  if (node->kind == NODE_ARRAY && step->key == NULL) {
    diagnostic_error_at(setting->diagnostics, step->at,
                        "%s has no [%zu]: it is a list of %zu, counted from 0", path, step->index,
                        node->count);
  } else if (node->kind == NODE_ARRAY) {
    diagnostic_error_at(setting->diagnostics, step->at,
                        "%s is a list; an index in brackets says which, as in [0]", path);
  } else if (node->kind == NODE_OBJECT && node->first == NULL) {
    diagnostic_error_at(setting->diagnostics, step->at,
                        "%s has nothing yet that an index could name: give the whole list, %s=[...]", path,
                        path);
  } else {
    diagnostic_error_at(setting->diagnostics, step->at, "%s is %s and has no index", path,
                        node_describe(node, setting->arena));
  }
  return false;
}

// Makes an object of a scalar, in place: the node stays where it is in its tree.
static void become_object(struct node *node, struct position at) {
  node->kind = NODE_OBJECT;
  node->at = at;
  node->text = NULL;
}

// Before `step` makes a new member of `object`: the other alternative of a choice goes, with its notes.
static void leave_choice(const struct setting *setting, struct node *object,
                         const struct override_step *step) {
  if (strcmp(step->key, "note") == 0) return;
  if (!merge_is_other_choice(object, step->key, setting->rules)) return;
  while (object->first != NULL) node_remove(object->first);
}

// The child of that key, made when it is missing. NULL: no memory.
static struct node *open_member(const struct setting *setting, struct node *object,
                                const struct override_step *step) {
  struct node *child = node_child(object, step->key);
  if (child != NULL) return child;
  leave_choice(setting, object, step);
  child = node_make(setting->arena, NODE_OBJECT, step->at);
  if (child == NULL) return NULL;
  node_name(child, step->key, step->at);
  node_append(object, child);
  return child;
}

// Whether `node` can be gone into by `step`; a scalar becomes an object for a key.
static bool is_open(const struct setting *setting, struct node *node, const struct override_step *step) {
  if (step->key == NULL) return nth(node, step->index) != NULL || fail_step(setting, step, node);
  if (node->kind == NODE_ARRAY) return fail_step(setting, step, node);
  if (node->kind != NODE_OBJECT) become_object(node, step->at);
  return true;
}

static bool remove_at(const struct setting *setting, struct node *root, const struct override_path *path) {
  struct node *node = root;
  for (size_t i = 0; i < path->count; i++) {
    const struct override_step *step = &path->steps[i];
    struct node *child = descend(node, step);
    if (child == NULL && step->key == NULL) return fail_step(setting, step, node);
    if (child == NULL) {
      diagnostic_error_at(setting->diagnostics, step->at, "%s has no `%s`, so there is nothing to take away",
                          path_of(setting, node), step->key);
      return false;
    }
    node = child;
  }
  node_remove(node);
  return true;
}

static bool set(struct node *root, const struct override_path *path, struct node *value,
                const struct merge_rules *rules, struct diagnostics *diagnostics, struct arena *arena) {
  const struct setting setting = {.rules = rules, .diagnostics = diagnostics, .arena = arena};
  if (value->kind == NODE_NULL) return remove_at(&setting, root, path);
  if (node_depth(value) + path->count > JSON_DEPTH_MAX) {
    diagnostic_error_at(diagnostics, value->at, "nested deeper than %d levels", JSON_DEPTH_MAX);
    return false;
  }
  struct node *node = root;
  for (size_t i = 0; i < path->count; i++) {
    const struct override_step *step = &path->steps[i];
    if (!is_open(&setting, node, step)) return false;
    node = step->key != NULL ? open_member(&setting, node, step) : nth(node, step->index);
    if (node == NULL) return false;
  }
  struct position key_at = path->steps[path->count - 1].at;
  node_replace(node, value);
  if (value->key != NULL) value->key_at = key_at;
  return true;
}

// ---- values ----

static bool must_be_json(const char *text, size_t length) {
  size_t at = 0;
  while (at < length && strchr(" \t\r\n", text[at]) != NULL && text[at] != '\0') at++;
  return at < length && text[at] != '\0' && strchr("\"[{", text[at]) != NULL;
}

static struct node *read_bare(const struct reader *reader) {
  size_t bad = 0;
  if (!text_is_utf8(reader->text, reader->length, &bad) ||
      memchr(reader->text, '\0', reader->length) != NULL) {
    fail(reader, bad, "this value is not UTF-8");
    return NULL;
  }
  struct node *value = node_make(reader->arena, NODE_STRING, reader->start);
  if (value == NULL) return NULL;
  value->text = arena_text(reader->arena, reader->text, reader->length);
  return value->text != NULL ? value : NULL;
}

struct node *override_read_value(const char *text, size_t length, struct position at,
                                 struct diagnostics *diagnostics, struct arena *arena) {
  const struct reader reader = {
      .text = text, .length = length, .start = at, .diagnostics = diagnostics, .arena = arena};
  if (length == 0) {
    fail(&reader, 0, "a value is missing here; \"\" is an empty text, null takes away");
    return NULL;
  }
  struct diagnostics silent;
  diagnostics_init(&silent, arena);
  struct diagnostics *heard = must_be_json(text, length) ? diagnostics : &silent;
  struct node *value = json_read_at(text, length, at, heard, arena);
  if (value != NULL || heard == diagnostics || silent.errors == 0) return value;
  return read_bare(&reader);
}

// ---- all of it ----

bool override_apply(struct node *root, const char *flag, const char *text, const struct merge_rules *rules,
                    struct diagnostics *diagnostics, struct arena *arena) {
  size_t length = strlen(text);
  const char *file = arena_format(arena, "%s %s", flag, text);
  if (file == NULL) return false;
  struct reader reader = {.text = text, .length = length, .diagnostics = diagnostics, .arena = arena};
  reader.start = (struct position){file, 1, (uint32_t)strlen(flag) + 2};
  const struct override_path *path =
      override_read_path(text, length, reader.start, &reader.at, diagnostics, arena);
  if (path == NULL) return false;
  if (reader.at >= length) return fail(&reader, reader.at, "`=` and a value are missing here");
  size_t equals = reader.at + 1;
  struct node *value =
      override_read_value(text + equals, length - equals, place(&reader, equals), diagnostics, arena);
  return value != NULL && set(root, path, value, rules, diagnostics, arena);
}
