#include "node.h"

#include "text.h"
#include "writer.h"

#include <stdio.h>
#include <string.h>

enum { SHOWN_BYTES = 40 };

const struct node *node_find(const struct node *object, const char *key) {
  if (object == NULL || object->kind != NODE_OBJECT) return NULL;
  for (const struct node *child = object->first; child != NULL; child = child->next) {
    if (strcmp(child->key, key) == 0) return child;
  }
  return NULL;
}

// Whether a key can stand in a path as it is. Others ("p99.9") are quoted: quantiles["p99.9"].
static bool is_plain(const char *key) {
  for (const unsigned char *at = (const unsigned char *)key; *at != '\0'; at++) {
    if (*at <= ' ' || *at == 0x7f || strchr(".[]=\"\\", *at) != NULL) return false;
  }
  return *key != '\0';
}

// Writes one step of a path at `target`, or only measures it where `target` is NULL.
static size_t step_write(char *target, size_t size, const struct node *node) {
  if (node->key == NULL) return (size_t)snprintf(target, size, "[%zu]", node->index);
  if (is_plain(node->key)) {
    bool below = node->parent->parent != NULL;
    return (size_t)snprintf(target, size, "%s%s", below ? "." : "", node->key);
  }
  size_t length = 2;
  if (size != 0) memcpy(target, "[\"", 2);
  for (const char *at = node->key; *at != '\0'; at++) {
    if (strchr("\"\\", *at) != NULL) {
      if (size != 0) target[length] = '\\';
      length++;
    }
    if (size != 0) target[length] = *at;
    length++;
  }
  if (size != 0) memcpy(target + length, "\"]", 3);
  return length + 2;
}

const char *node_path(const struct node *node, struct arena *arena) {
  size_t length = 0;
  for (const struct node *step = node; step->parent != NULL; step = step->parent) {
    length += step_write(NULL, 0, step);
  }
  char *path = arena_take(arena, length + 1);
  if (path == NULL) return "";
  // From the end: each step overwrites with its zero the first byte of the step behind it, which is restored.
  for (const struct node *step = node; step->parent != NULL; step = step->parent) {
    size_t size = step_write(NULL, 0, step);
    length -= size;
    char behind = path[length + size];
    step_write(path + length, size + 1, step);
    path[length + size] = behind;
  }
  return path;
}

// The longest start of `text` of at most SHOWN_BYTES bytes that does not cut a character.
static int shown_length(const char *text) {
  size_t length = strlen(text);
  if (length <= SHOWN_BYTES) return (int)length;
  length = SHOWN_BYTES;
  while (length > 0 && ((unsigned char)text[length] & 0xC0U) == 0x80U) length--;
  return (int)length;
}

static const char *describe_text(const char *text, struct arena *arena) {
  int length = shown_length(text);
  return arena_format(arena, "the text \"%.*s%s\"", length, text, text[length] != '\0' ? "..." : "");
}

static const char *describe_number(const struct node *node, struct arena *arena) {
  char digits[WRITER_NUMBER_BYTES];
  if (node->text != NULL && strlen(node->text) <= SHOWN_BYTES) {
    return arena_format(arena, "the number %s", node->text);
  }
  writer_number_text(digits, node->number);
  return arena_format(arena, "the number %s", digits);
}

const char *node_describe(const struct node *node, struct arena *arena) {
  const char *words = NULL;
  switch (node->kind) {
  case NODE_NULL:
    return "null";
  case NODE_BOOLEAN:
    return node->truth ? "true" : "false";
  case NODE_NUMBER:
    words = describe_number(node, arena);
    break;
  case NODE_STRING:
    words = describe_text(node->text, arena);
    break;
  case NODE_ARRAY:
    return node->count == 0 ? "an empty list" : "a list";
  case NODE_OBJECT:
    return node->count == 0 ? "an empty object" : "an object";
  }
  return words != NULL ? words : "a value";
}
