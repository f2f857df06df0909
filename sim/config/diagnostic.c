#include "diagnostic.h"

#include "text.h"

#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

enum { KEPT_PER_SEVERITY = 100 };

void diagnostics_init(struct diagnostics *diagnostics, struct arena *arena) {
  *diagnostics = (struct diagnostics){.arena = arena};
}

static const char *format_message(struct arena *arena, const char *format, va_list arguments) {
  va_list again;
  va_copy(again, arguments);
  int length = vsnprintf(NULL, 0, format, arguments);
  char *message = length < 0 ? NULL : arena_take(arena, (size_t)length + 1);
  if (message != NULL) vsnprintf(message, (size_t)length + 1, format, again);
  va_end(again);
  return message != NULL ? message : "(no memory left for the message)";
}

// Counts always; keeps the text while there is room for it. `node` NULL: no path.
static void add(struct diagnostics *diagnostics, enum diagnostic_severity severity, struct position at,
                const struct node *node, const char *format, va_list arguments) {
  size_t *count = severity == DIAGNOSTIC_ERROR ? &diagnostics->errors : &diagnostics->warnings;
  if ((*count)++ >= KEPT_PER_SEVERITY) return;
  struct diagnostic *diagnostic = arena_take(diagnostics->arena, sizeof *diagnostic);
  if (diagnostic == NULL) return;
  *diagnostic = (struct diagnostic){.severity = severity, .at = at, .next = diagnostics->first};
  diagnostic->path = node != NULL ? node_path(node, diagnostics->arena) : NULL;
  diagnostic->message = format_message(diagnostics->arena, format, arguments);
  diagnostics->first = diagnostic;
}

void diagnostic_error(struct diagnostics *diagnostics, const struct node *node, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  add(diagnostics, DIAGNOSTIC_ERROR, node->at, node, format, arguments);
  va_end(arguments);
}

void diagnostic_key_error(struct diagnostics *diagnostics, const struct node *node, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  add(diagnostics, DIAGNOSTIC_ERROR, node->key != NULL ? node->key_at : node->at, node, format, arguments);
  va_end(arguments);
}

void diagnostic_error_at(struct diagnostics *diagnostics, struct position at, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  add(diagnostics, DIAGNOSTIC_ERROR, at, NULL, format, arguments);
  va_end(arguments);
}

void diagnostic_warning(struct diagnostics *diagnostics, const struct node *node, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  add(diagnostics, DIAGNOSTIC_WARNING, node->at, node, format, arguments);
  va_end(arguments);
}

const char *diagnostic_nearest(struct diagnostics *diagnostics, const char *word, const char *const *words,
                               size_t count) {
  const char *nearest = text_nearest_of(word, words, count);
  if (nearest == NULL) return "";
  const char *question = arena_format(diagnostics->arena, " (did you mean `%s`?)", nearest);
  return question != NULL ? question : "";
}

static int compare_text(const char *left, const char *right) {
  return strcmp(left != NULL ? left : "", right != NULL ? right : "");
}

static int compare_place(const struct diagnostic *left, const struct diagnostic *right) {
  int order = compare_text(left->at.file, right->at.file);
  if (order != 0) return order;
  if (left->at.line != right->at.line) return left->at.line < right->at.line ? -1 : 1;
  if (left->at.column != right->at.column) return left->at.column < right->at.column ? -1 : 1;
  return 0;
}

static bool is_same(const struct diagnostic *left, const struct diagnostic *right) {
  return compare_place(left, right) == 0 && left->severity == right->severity &&
         compare_text(left->path, right->path) == 0 && strcmp(left->message, right->message) == 0;
}

// Inserts into a sorted array, in front of what stands at the same place: the list runs from the newest to
// the oldest, so that those of one place come out in the order in which they were found.
static size_t insert(const struct diagnostic **sorted, size_t count, const struct diagnostic *diagnostic) {
  size_t place = 0;
  while (place < count && compare_place(sorted[place], diagnostic) < 0) place++;
  for (size_t same = place; same < count && compare_place(sorted[same], diagnostic) == 0; same++) {
    if (is_same(sorted[same], diagnostic)) return count;
  }
  memmove(sorted + place + 1, sorted + place, (count - place) * sizeof *sorted);
  sorted[place] = diagnostic;
  return count + 1;
}

static void print_one(const struct diagnostic *diagnostic, FILE *stream) {
  if (diagnostic->at.file != NULL) {
    text_print(stream, diagnostic->at.file);
    if (diagnostic->at.line != 0) {
      fprintf(stream, ":%" PRIu32 ":%" PRIu32, diagnostic->at.line, diagnostic->at.column);
    }
    fputs(": ", stream);
  }
  fputs(diagnostic->severity == DIAGNOSTIC_ERROR ? "error: " : "warning: ", stream);
  if (diagnostic->path != NULL && diagnostic->path[0] != '\0') {
    text_print(stream, diagnostic->path);
    fputs(": ", stream);
  }
  text_print(stream, diagnostic->message);
  fputc('\n', stream);
}

static void print_rest(size_t count, const char *what, FILE *stream) {
  if (count > KEPT_PER_SEVERITY) fprintf(stream, "and %zu more %s\n", count - KEPT_PER_SEVERITY, what);
}

void diagnostics_print(const struct diagnostics *diagnostics, FILE *stream) {
  const struct diagnostic *sorted[2 * KEPT_PER_SEVERITY];
  size_t count = 0;
  for (const struct diagnostic *one = diagnostics->first; one != NULL; one = one->next) {
    count = insert(sorted, count, one);
  }
  for (size_t i = 0; i < count; i++) print_one(sorted[i], stream);
  print_rest(diagnostics->errors, "errors", stream);
  print_rest(diagnostics->warnings, "warnings", stream);
}
