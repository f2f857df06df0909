// Reading takes two steps. cJSON takes much that is no JSON and knows no positions; so a strict scanner goes
// first: it is a complete recogniser of the grammar that builds the nodes with their kinds and positions but
// without values. Then cJSON parses the accepted text, and a walk over both trees moves its values (resolved
// escapes, numbers) into the nodes. That both see the same structure is asserted: two independent readings of
// each scenario. Everything from the arena is taken before cJSON's tree exists, so that nothing of it leaks
// when the arena's owner jumps away.
#include "json.h"

#include "assertion.h"
#include "node_edit.h"
#include "text.h"

#include <cjson/cJSON.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>

struct scan {
  const char *text;
  size_t length;
  size_t at; // of the next byte
  uint32_t line;
  size_t line_start;     // offset at which the line began
  uint32_t first_column; // of the first byte of the text
  const char *file;
  size_t values;
  size_t errors;
  bool ended; // wrong structure, a limit, or no memory: no use going on
  struct diagnostics *diagnostics;
  struct arena *arena;
};

static struct position place_of(const struct scan *scan, size_t offset) {
  uint32_t before = scan->line_start == 0 ? scan->first_column : 1;
  return (struct position){scan->file, scan->line, (uint32_t)(offset - scan->line_start) + before};
}

static struct position place(const struct scan *scan) {
  return place_of(scan, scan->at);
}

// Adds an error at an offset of this line and goes on, or (fail) ends the scan.
#define COMPLAIN(scan, offset, ...)                                                                          \
  ((scan)->errors++, diagnostic_error_at((scan)->diagnostics, place_of((scan), (offset)), __VA_ARGS__))
#define FAIL(scan, offset, ...) (COMPLAIN(scan, offset, __VA_ARGS__), (scan)->ended = true)

static bool at_end(const struct scan *scan) {
  return scan->at >= scan->length;
}

// The next byte, or 0 at the end (a 0 in the text is found by whoever sees that at_end() is false).
static char peek(const struct scan *scan) {
  return at_end(scan) ? '\0' : scan->text[scan->at];
}

static bool take(struct scan *scan, char wanted) {
  if (at_end(scan) || scan->text[scan->at] != wanted) return false;
  scan->at++;
  return true;
}

static void skip_space(struct scan *scan) {
  while (!at_end(scan)) {
    char byte = scan->text[scan->at];
    if (byte != ' ' && byte != '\t' && byte != '\r' && byte != '\n') return;
    scan->at++;
    if (byte == '\n') {
      scan->line++;
      scan->line_start = scan->at;
    }
  }
}

static bool is_digit(char byte) {
  return byte >= '0' && byte <= '9';
}
static bool is_letter(char byte) {
  return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
}

static bool is_word(char byte) {
  return is_digit(byte) || is_letter(byte) || (byte != '\0' && strchr("_.+-%/$", byte) != NULL);
}

// What stands at `at`, for a message.
static const char *describe_byte(const struct scan *scan) {
  if (at_end(scan)) return "the end of the text";
  const char *start = scan->text + scan->at;
  unsigned char byte = (unsigned char)*start;
  uint32_t code_point = 0;
  size_t bytes = text_decode(start, scan->length - scan->at, &code_point);
  const char *words = "a byte that is not UTF-8";
  if (byte == 0)
    words = "a zero byte";
  else if (bytes != 0 && code_point >= ' ')
    words = arena_format(scan->arena, "`%.*s`", (int)bytes, start);
  else if (bytes != 0)
    words = arena_format(scan->arena, "the control character U+%04" PRIX32, code_point);
  return words != NULL ? words : "a byte";
}

// ---- strings ----

static int hex_value(char byte) {
  if (is_digit(byte)) return byte - '0';
  if (byte >= 'a' && byte <= 'f') return byte - 'a' + 10;
  if (byte >= 'A' && byte <= 'F') return byte - 'A' + 10;
  return -1;
}

// The four hexadecimal digits at an offset, or -1.
static int32_t hex_four(const struct scan *scan, size_t offset) {
  if (scan->length < 4 || offset > scan->length - 4) return -1;
  int32_t value = 0;
  for (size_t i = 0; i < 4; i++) {
    int digit = hex_value(scan->text[offset + i]);
    if (digit < 0) return -1;
    value = value * 16 + digit;
  }
  return value;
}

static bool is_escape_of_second_half(const struct scan *scan, size_t offset) {
  if (scan->length < 2 || offset > scan->length - 2) return false;
  int32_t unit = hex_four(scan, offset + 2);
  return scan->text[offset] == '\\' && scan->text[offset + 1] == 'u' && unit >= 0xDC00 && unit <= 0xDFFF;
}

// Behind "\u" (whose backslash is at `start`): takes the digits, and those of a second half.
static const char *take_unicode_escape(struct scan *scan) {
  int32_t unit = hex_four(scan, scan->at);
  if (unit < 0) return "\\u needs four hexadecimal digits";
  scan->at += 4;
  if (unit == 0) return "the character U+0000 is not allowed in a text";
  if (unit >= 0xDC00 && unit <= 0xDFFF) return "half a surrogate pair: its first half is missing";
  if (unit < 0xD800 || unit > 0xDBFF) return NULL;
  if (!is_escape_of_second_half(scan, scan->at)) return "half a surrogate pair: its second half is missing";
  scan->at += 6;
  return NULL;
}

// At a backslash; gives what is wrong about the escape, or NULL.
static const char *take_escape(struct scan *scan) {
  scan->at++;
  if (at_end(scan)) return NULL; // the end of the text is complained of by the caller
  char kind = scan->text[scan->at];
  if (kind == 'u') {
    scan->at++;
    return take_unicode_escape(scan);
  }
  if (kind != '\0' && strchr("\"\\/bfnrt", kind) != NULL) {
    scan->at++;
    return NULL;
  }
  return "unknown escape; JSON has \\\" \\\\ \\/ \\b \\f \\n \\r \\t and \\uXXXX";
}

// One character of a string, neither quote nor line break; gives what is wrong about it, or NULL.
static const char *take_character(struct scan *scan) {
  unsigned char byte = (unsigned char)scan->text[scan->at];
  if (byte == '\\') return take_escape(scan);
  if (byte < ' ') {
    scan->at++;
    return byte == 0 ? "a zero byte in a text"
                     : "a control character in a text; write an escape (\\t, \\u001b)";
  }
  uint32_t code_point = 0;
  size_t bytes = byte < 0x80 ? 1 : text_decode(scan->text + scan->at, scan->length - scan->at, &code_point);
  scan->at += bytes != 0 ? bytes : 1;
  return bytes != 0 ? NULL : "this byte is not UTF-8";
}

// A string from its opening to its closing quote; reports the first thing wrong inside. Gives room for its
// value, which is never longer than what is written.
static char *scan_string(struct scan *scan) {
  size_t start = scan->at++;
  bool reported = false;
  while (!at_end(scan) && peek(scan) != '"') {
    size_t offset = scan->at;
    if (peek(scan) == '\n') break;
    const char *wrong = take_character(scan);
    if (wrong == NULL || reported) continue;
    COMPLAIN(scan, offset, "%s", wrong);
    reported = true;
  }
  if (!take(scan, '"')) {
    FAIL(scan, start, "a text begins here and has no closing quote on its line");
    return NULL;
  }
  return arena_take(scan->arena, scan->at - start);
}

// ---- numbers and words ----

static size_t digits_from(const char *word, size_t at, size_t length) {
  while (at < length && is_digit(word[at])) at++;
  return at;
}

// What is wrong about a word that begins like a number, or NULL: the grammar of RFC 8259, section 6.
static const char *number_fault(const char *word, size_t length) {
  size_t at = word[0] == '-' ? 1 : 0;
  size_t whole = digits_from(word, at, length);
  if (whole == at) return "a number begins with a digit (0.5, not .5; 5, not +5)";
  if (word[at] == '0' && whole > at + 1) return "a number has no leading zeros";
  at = whole;
  if (at < length && word[at] == '.') {
    size_t fraction = digits_from(word, at + 1, length);
    if (fraction == at + 1) return "the point of a number needs digits behind it";
    at = fraction;
  }
  if (at < length && (word[at] == 'e' || word[at] == 'E')) {
    size_t sign = at + 1 < length && (word[at + 1] == '+' || word[at + 1] == '-') ? at + 2 : at + 1;
    size_t exponent = digits_from(word, sign, length);
    if (exponent == sign) return "the exponent of a number needs digits";
    at = exponent;
  }
  if (at < length) return "this is no number; a quantity with a unit stands in quotes, as in \"5ms\"";
  return length > JSON_NUMBER_MAX ? "a number has at most 60 characters" : NULL;
}

static bool is_text(const char *word, size_t length, const char *wanted) {
  return strlen(wanted) == length && memcmp(word, wanted, length) == 0;
}

// A run of the characters of numbers and names: a number, true, false, null, or an error.
static void scan_word(struct scan *scan, struct node *node) {
  size_t start = scan->at;
  while (!at_end(scan) && is_word(scan->text[scan->at])) scan->at++;
  const char *word = scan->text + start;
  size_t length = scan->at - start;
  int shown = length > 40 ? 40 : (int)length;
  if (is_digit(word[0]) || strchr("+-.", word[0]) != NULL) {
    const char *fault = number_fault(word, length);
    if (fault != NULL) COMPLAIN(scan, start, "found %.*s: %s", shown, word, fault);
    node->kind = NODE_NUMBER;
    node->text = arena_text(scan->arena, word, length);
    if (node->text == NULL) scan->ended = true;
  } else if (is_text(word, length, "true") || is_text(word, length, "false")) {
    node->kind = NODE_BOOLEAN;
  } else if (!is_text(word, length, "null")) {
    COMPLAIN(scan, start, "found %.*s; a text stands in double quotes", shown, word);
  }
}

// ---- structure ----

static void scan_value(struct scan *scan, struct node *node, size_t depth);

static void fail_unexpected(struct scan *scan, const char *wanted) {
  if (peek(scan) == '/' || peek(scan) == '#') {
    FAIL(scan, scan->at, "JSON has no comments; a \"note\" in an object says it to the reader");
  } else if (peek(scan) == '\'') {
    FAIL(scan, scan->at, "a text stands in double quotes, not in single ones");
  } else {
    FAIL(scan, scan->at, "found %s, expected %s", describe_byte(scan), wanted);
  }
}

// Behind a member: true when a comma follows and another member is to come.
static bool scan_separator(struct scan *scan, const struct node *container, char close) {
  const char *what = container->kind == NODE_OBJECT ? "object" : "list";
  skip_space(scan);
  struct position comma_at = place(scan);
  if (take(scan, close)) return false;
  if (!take(scan, ',')) {
    if (at_end(scan)) {
      FAIL(scan, scan->at, "the text ends inside the %s that begins in line %" PRIu32 ", column %" PRIu32,
           what, container->at.line, container->at.column);
    } else {
      const char *wanted = arena_format(scan->arena, "`,` or `%c` of the %s that begins in line %" PRIu32,
                                        close, what, container->at.line);
      fail_unexpected(scan, wanted != NULL ? wanted : "`,`");
    }
    return false;
  }
  skip_space(scan);
  if (!take(scan, close)) return true;
  scan->errors++;
  diagnostic_error_at(scan->diagnostics, comma_at, "a comma without anything behind it");
  return false;
}

static bool scan_key(struct scan *scan, struct node *child) {
  struct position key_at = place(scan);
  if (peek(scan) != '"') {
    fail_unexpected(scan, "a key in double quotes");
    return false;
  }
  char *key = scan_string(scan);
  if (key == NULL) return false;
  node_name(child, key, key_at);
  skip_space(scan);
  if (take(scan, ':')) {
    skip_space(scan);
    return true;
  }
  fail_unexpected(scan, "`:` behind a key");
  return false;
}

static void scan_members(struct scan *scan, struct node *container, size_t depth) {
  char close = container->kind == NODE_OBJECT ? '}' : ']';
  scan->at++;
  if (depth > JSON_DEPTH_MAX) {
    FAIL(scan, scan->at - 1, "nested deeper than %d levels", JSON_DEPTH_MAX);
    return;
  }
  skip_space(scan);
  if (take(scan, close)) return;
  do {
    struct node *child = node_make(scan->arena, NODE_NULL, place(scan));
    if (child == NULL) {
      scan->ended = true;
      return;
    }
    if (container->kind == NODE_OBJECT && !scan_key(scan, child)) break;
    scan_value(scan, child, depth + 1);
    node_append(container, child);
  } while (!scan->ended && scan_separator(scan, container, close));
}

static void scan_value(struct scan *scan, struct node *node, size_t depth) {
  node->at = place(scan);
  if (++scan->values > JSON_VALUES_MAX) {
    FAIL(scan, scan->at, "more than %d values in one file", JSON_VALUES_MAX);
    return;
  }
  char byte = peek(scan);
  if (byte == '{' || byte == '[') {
    node->kind = byte == '{' ? NODE_OBJECT : NODE_ARRAY;
    scan_members(scan, node, depth);
  } else if (byte == '"') {
    node->kind = NODE_STRING;
    node->text = scan_string(scan);
    if (node->text == NULL) scan->ended = true;
  } else if (byte != '/' && is_word(byte)) {
    scan_word(scan, node);
  } else {
    fail_unexpected(scan, "a value");
  }
}

// Whether the text begins with something that is no JSON but looks like an encoding; reports it.
static bool is_encoded(struct scan *scan) {
  const char *text = scan->text;
  if (scan->length >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0) {
    return FAIL(scan, 0, "the file begins with a byte order mark; save it as UTF-8 without one");
  }
  bool marked = scan->length >= 2 && (memcmp(text, "\xFF\xFE", 2) == 0 || memcmp(text, "\xFE\xFF", 2) == 0);
  bool wide = scan->length >= 2 && (text[0] == '\0') != (text[1] == '\0');
  if (marked || wide) return FAIL(scan, 0, "the file is not UTF-8 (UTF-16?); save it as UTF-8");
  return false;
}

static struct node *scan_text(struct scan *scan) {
  if (scan->length > JSON_BYTES_MAX) {
    FAIL(scan, 0, "larger than %d MiB", JSON_BYTES_MAX / (1024 * 1024));
    return NULL;
  }
  if (is_encoded(scan)) return NULL;
  skip_space(scan);
  struct node *root = node_make(scan->arena, NODE_NULL, place(scan));
  if (root == NULL) return NULL;
  if (at_end(scan)) FAIL(scan, scan->at, "the text is empty; a scenario is an object, {...}");
  if (!scan->ended) scan_value(scan, root, 1);
  skip_space(scan);
  if (!scan->ended && !at_end(scan)) {
    FAIL(scan, scan->at, "found %s behind the end of the document", describe_byte(scan));
  }
  return scan->errors == 0 && !scan->ended ? root : NULL;
}

// ---- values ----

static bool is_same_kind(enum node_kind kind, const cJSON *item) {
  switch (kind) {
  case NODE_NULL:
    return cJSON_IsNull(item);
  case NODE_BOOLEAN:
    return cJSON_IsBool(item);
  case NODE_NUMBER:
    return cJSON_IsNumber(item);
  case NODE_STRING:
    return cJSON_IsString(item);
  case NODE_ARRAY:
    return cJSON_IsArray(item);
  case NODE_OBJECT:
    return cJSON_IsObject(item);
  }
  return false;
}

// Into the room that scan_string() took, which holds any value that its text can have. The texts of nodes are
// constant for everybody else.
static void fill_text(const char *room, const char *value) {
  memcpy((char *)room, value, strlen(value) + 1);
}

static void fill(struct node *node, const cJSON *item) {
  ASSERT(item != NULL && is_same_kind(node->kind, item), "both readings of a JSON text agree");
  if (node->key != NULL) fill_text(node->key, item->string);
  if (node->kind == NODE_STRING) fill_text(node->text, item->valuestring);
  if (node->kind == NODE_NUMBER) node->number = item->valuedouble;
  node->truth = cJSON_IsTrue(item);
  const cJSON *inner = item->child;
  for (struct node *child = node->first; child != NULL; child = child->next) {
    fill(child, inner);
    inner = inner->next;
  }
  ASSERT(inner == NULL, "both readings of a JSON text agree");
}

// Memory that cJSON could not get is missing as if the arena had asked for it.
static void report_no_memory(struct arena *arena) {
  struct memory_budget *budget = arena->budget != NULL ? arena->budget : &arena->own;
  budget->exhausted = true;
  if (arena->on_exhausted != NULL) arena->on_exhausted(arena->context);
}

static bool has_values(struct node *root, const struct scan *scan) {
  cJSON *values = cJSON_ParseWithLength(scan->text, scan->length);
  if (values == NULL) {
    report_no_memory(scan->arena);
    return false;
  }
  fill(root, values);
  cJSON_Delete(values);
  return true;
}

static void check_number(const struct node *node, struct diagnostics *diagnostics) {
  bool is_zero = strcspn(node->text, "123456789") >= strcspn(node->text, "eE");
  if (isinf(node->number)) diagnostic_error(diagnostics, node, "the number %s is too large", node->text);
  if (!is_zero && fabs(node->number) < 1e-300) {
    diagnostic_error(diagnostics, node, "the number %s is too small (not zero, but below 1e-300)",
                     node->text);
  }
}

// Reports every key that its object has already, at its later place. False: no memory.
static bool check_keys(const struct node *object, struct diagnostics *diagnostics, struct arena *arena) {
  const struct node **sorted = node_sorted(object, arena);
  if (sorted == NULL) return false;
  for (size_t i = 1; i < object->count; i++) {
    const struct position *first = &sorted[i - 1]->key_at;
    if (strcmp(sorted[i - 1]->key, sorted[i]->key) != 0) continue;
    diagnostic_key_error(diagnostics, sorted[i],
                         "the same key stands already in line %" PRIu32 ", column %" PRIu32, first->line,
                         first->column);
  }
  return true;
}

// What only the values can tell. False: no memory.
static bool check_values(const struct node *node, struct diagnostics *diagnostics, struct arena *arena) {
  if (node->kind == NODE_NUMBER) check_number(node, diagnostics);
  if (node->kind == NODE_OBJECT && !check_keys(node, diagnostics, arena)) return false;
  for (const struct node *child = node->first; child != NULL; child = child->next) {
    if (!check_values(child, diagnostics, arena)) return false;
  }
  return true;
}

struct node *json_read_at(const char *text, size_t length, struct position start,
                          struct diagnostics *diagnostics, struct arena *arena) {
  struct scan scan = {.text = text,
                      .length = length,
                      .line = start.line,
                      .first_column = start.column,
                      .file = start.file,
                      .diagnostics = diagnostics,
                      .arena = arena};
  size_t errors = diagnostics->errors;
  struct node *root = scan_text(&scan);
  if (root == NULL || !has_values(root, &scan)) return NULL;
  if (!check_values(root, diagnostics, arena)) return NULL;
  return diagnostics->errors == errors ? root : NULL;
}

struct node *json_read(const char *text, size_t length, const char *file, struct diagnostics *diagnostics,
                       struct arena *arena) {
  return json_read_at(text, length, (struct position){file, 1, 1}, diagnostics, arena);
}
