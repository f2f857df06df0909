#include "trace_line.h"

#include "json.h"
#include "text.h"

#include <string.h>

static const char *const names[TRACE_COLUMNS] = {"time", "count", "request", "user", "key", "size"};

static bool blank(const char *from, const char *to) {
  for (; from < to; from++)
    if (*from != ' ' && *from != '\t' && *from != '\r') return false;
  return true;
}

static enum trace_result fault(struct trace_lines *lines, const char *at, const char *what) {
  lines->wrong = what;
  lines->column = at >= lines->row && at <= lines->row_end ? (uint32_t)(at - lines->row) + 1 : 1;
  return TRACE_WRONG;
}

// Takes the next line, or with `quotes` the next record, in which quoted fields may hold ends of lines.
static bool take_row(struct trace_lines *lines, bool quotes) {
  if (lines->at == lines->end) return false;
  bool inside = false;
  const char *at = lines->at;
  lines->line = lines->next_line;
  for (; at < lines->end && (*at != '\n' || inside); at++) {
    if (quotes && *at == '"') inside = !inside;
    if (*at == '\n') lines->next_line++;
    if (inside && at - lines->at > TRACE_LINE_MOST) inside = false; // a quote that nobody closed
  }
  lines->row = lines->at;
  lines->row_end = at > lines->at && at[-1] == '\r' ? at - 1 : at;
  lines->at = at < lines->end ? at + 1 : at;
  lines->next_line++;
  return true;
}

// ------------------------------------------------------------------------------------------------ combined

static const char *find(const char *from, const char *to, char wanted) {
  return from < to ? memchr(from, wanted, (size_t)(to - from)) : NULL;
}

// The end of a text in quotes, in which a backslash escapes; NULL: there is none.
static const char *end_of_quoted(const char *from, const char *to) {
  for (; from < to && *from != '"'; from++)
    if (*from == '\\') from++;
  return from < to ? from : NULL;
}

// The second word of "GET /path HTTP/1.1"; the whole where there are not two (garbage, "-").
static struct trace_text path_of(const char *from, const char *to) {
  const char *space = find(from, to, ' ');
  if (space == NULL || space + 1 == to) return (struct trace_text){from, (size_t)(to - from)};
  const char *last = find(space + 1, to, ' ');
  return (struct trace_text){space + 1, (size_t)((last != NULL ? last : to) - space - 1)};
}

static const char *digits(const char *from, const char *to) {
  while (from < to && *from >= '0' && *from <= '9') from++;
  return from;
}

// host ident user [time] "request" status bytes, and whatever follows.
static enum trace_result read_combined(struct trace_lines *lines) {
  const char *end = lines->row_end;
  const char *host = find(lines->row, end, ' ');
  if (host == NULL || host == lines->row) return fault(lines, lines->row, "no host at the start of the line");
  const char *time = find(host, end, '[');
  const char *after = time != NULL ? find(time, end, ']') : NULL;
  if (after == NULL) return fault(lines, host, "no time in brackets");
  if (end - after < 3 || after[1] != ' ' || after[2] != '"')
    return fault(lines, after, "no request in quotes");
  const char *request = after + 3;
  const char *quote = end_of_quoted(request, end);
  if (quote == NULL) return fault(lines, request, "the quotes of the request do not close");
  const char *status = quote + 2;
  if (end - quote < 5 || quote[1] != ' ' || digits(status, end) != status + 3 || status + 3 == end ||
      status[3] != ' ')
    return fault(lines, quote, "no status of three digits after the request");
  const char *bytes = status + 4;
  const char *last = digits(bytes, end);
  bool none = last == bytes && last < end && *last == '-';
  if ((last == bytes && !none) || (last + none < end && last[none] != ' '))
    return fault(lines, bytes, "no number of bytes after the status");
  lines->fields[TRACE_TIME] = (struct trace_text){time, (size_t)(after + 1 - time)};
  lines->fields[TRACE_USER] = (struct trace_text){lines->row, (size_t)(host - lines->row)};
  lines->fields[TRACE_KEY] = path_of(request, quote);
  lines->fields[TRACE_SIZE] =
      none ? (struct trace_text){"0", 1} : (struct trace_text){bytes, (size_t)(last - bytes)};
  return TRACE_ROW;
}

// ----------------------------------------------------------------------------------------------------- csv

// A field in quotes from behind the first to behind the last; doubled quotes are one.
static const char *take_quoted(struct trace_lines *lines, const char *at, struct trace_text *field) {
  char *copy = lines->unquoted + lines->used;
  field->start = copy;
  for (; at < lines->row_end; at++) {
    if (*at == '"') {
      if (++at == lines->row_end || *at != '"') {
        field->length = (size_t)(copy - field->start);
        lines->used += field->length;
        return at;
      }
    }
    *copy++ = *at;
  }
  return NULL;
}

// The field at `at`; returns the comma behind it, or the end of the row. NULL: wrong.
static const char *take_field(struct trace_lines *lines, const char *at, struct trace_text *field) {
  const char *end = lines->row_end;
  if (at < end && *at == '"') {
    const char *after = take_quoted(lines, at + 1, field);
    if (after == NULL)
      fault(lines, at, "the quotes do not close");
    else if (after < end && *after != ',')
      fault(lines, after, "something follows the quotes that close");
    else
      return after;
    return NULL;
  }
  const char *comma = find(at, end, ',');
  if (comma == NULL) comma = end;
  field->start = at;
  field->length = (size_t)(comma - at);
  if (find(at, comma, '"') == NULL) return comma;
  fault(lines, at, "quotes in a field that does not begin with them");
  return NULL;
}

static void trim(struct trace_text *field) {
  while (field->length > 0 && field->start[0] == ' ') field->start++, field->length--;
  while (field->length > 0 && field->start[field->length - 1] == ' ') field->length--;
}

static enum trace_result read_csv(struct trace_lines *lines) {
  size_t place = 0;
  lines->used = 0;
  for (const char *at = lines->row;; at++, place++) {
    struct trace_text field;
    if ((at = take_field(lines, at, &field)) == NULL) return TRACE_WRONG;
    trim(&field);
    for (int i = 0; i < TRACE_COLUMNS; i++)
      if (lines->places[i] == place) lines->fields[i] = field;
    if (at == lines->row_end) break;
  }
  if (place + 1 == lines->columns) return TRACE_ROW;
  return fault(lines, lines->row,
               arena_format(lines->arena, "%zu fields, where the header has %zu", place + 1, lines->columns));
}

static bool same(struct trace_text text, const char *name) {
  return text.length == strlen(name) && memcmp(text.start, name, text.length) == 0;
}

// Finds the place of every wanted column; offers all names to the nearest of each.
static bool read_header(struct trace_lines *lines, struct text_nearest *nearest) {
  lines->used = 0;
  lines->columns = 0;
  for (const char *at = lines->row;; at++) {
    struct trace_text field;
    if ((at = take_field(lines, at, &field)) == NULL) return false;
    trim(&field);
    const char *name = arena_text(lines->scratch, field.start, field.length);
    if (name == NULL) return false;
    for (int i = 0; i < TRACE_COLUMNS; i++) {
      if (lines->wanted[i] == NULL) continue;
      text_nearest_offer(&nearest[i], name);
      if (lines->places[i] == SIZE_MAX && same(field, lines->wanted[i])) lines->places[i] = lines->columns;
    }
    lines->columns++;
    if (at == lines->row_end) return true;
  }
}

static bool begin_csv(struct trace_lines *lines) {
  struct text_nearest nearest[TRACE_COLUMNS];
  if ((lines->unquoted = arena_take(lines->arena, TRACE_LINE_MOST)) == NULL) return false;
  for (int i = 0; i < TRACE_COLUMNS; i++) {
    lines->places[i] = SIZE_MAX;
    nearest[i] = text_nearest_to(lines->wanted[i] != NULL ? lines->wanted[i] : "");
  }
  do {
    if (!take_row(lines, true)) return fault(lines, lines->row, "no header") == TRACE_ROW;
  } while (blank(lines->row, lines->row_end));
  if (lines->row_end - lines->row > TRACE_LINE_MOST)
    return fault(lines, lines->row, "a header of more than 64 KiB") == TRACE_ROW;
  if (!read_header(lines, nearest)) return false;
  for (int i = 0; i < TRACE_COLUMNS; i++) {
    bool needed = lines->wanted[i] != NULL && (i == TRACE_TIME || lines->source->columns != NULL);
    if (!needed || lines->places[i] != SIZE_MAX) continue;
    const char *near = text_nearest_found(&nearest[i]);
    fault(lines, lines->row,
          near != NULL
              ? arena_format(lines->arena, "no column \"%s\" for the %s (did you mean \"%s\"?)",
                             lines->wanted[i], names[i], near)
              : arena_format(lines->arena, "no column \"%s\" for the %s", lines->wanted[i], names[i]));
    return false;
  }
  arena_drop(lines->scratch);
  return true;
}

// --------------------------------------------------------------------------------------------------- jsonl

static enum trace_result json_fault(struct trace_lines *lines, const struct diagnostics *diagnostics) {
  const struct diagnostic *first = diagnostics->first;
  if (first == NULL) return fault(lines, lines->row, "memory ran out");
  lines->wrong = arena_format(lines->arena, "%s", first->message);
  lines->column = first->at.column;
  return TRACE_WRONG;
}

static enum trace_result json_field(struct trace_lines *lines, const struct node *value, int column) {
  if (value == NULL || value->kind == NODE_NULL) return TRACE_ROW;
  if (value->kind == NODE_STRING || value->kind == NODE_NUMBER) {
    lines->fields[column] = (struct trace_text){value->text, strlen(value->text)};
    return TRACE_ROW;
  }
  lines->wrong = arena_format(lines->arena, "\"%s\" is neither a text nor a number", lines->wanted[column]);
  lines->column = value->at.column;
  return TRACE_WRONG;
}

enum { ROWS_AT_ONCE = 64 };

static enum trace_result read_json(struct trace_lines *lines) {
  if (lines->rows++ % ROWS_AT_ONCE == 0) arena_drop(lines->scratch);
  struct diagnostics diagnostics;
  diagnostics_init(&diagnostics, lines->scratch);
  struct position at = {.file = lines->source->file, .line = lines->line, .column = 1};
  const struct node *row =
      json_read_at(lines->row, (size_t)(lines->row_end - lines->row), at, &diagnostics, lines->scratch);
  if (row == NULL) return json_fault(lines, &diagnostics);
  if (row->kind != NODE_OBJECT) return fault(lines, lines->row, "no JSON object");
  for (int i = 0; i < TRACE_COLUMNS; i++)
    if (lines->wanted[i] != NULL && json_field(lines, node_find(row, lines->wanted[i]), i) == TRACE_WRONG)
      return TRACE_WRONG;
  if (lines->fields[TRACE_TIME].start != NULL) return TRACE_ROW;
  return fault(lines, lines->row, arena_format(lines->arena, "no \"%s\"", lines->wanted[TRACE_TIME]));
}

// ----------------------------------------------------------------------------------------------------- all

static void choose_columns(struct trace_lines *lines) {
  const struct trace_columns *columns = lines->source->columns;
  memcpy(lines->wanted, names, sizeof names);
  if (columns == NULL) return;
  if (columns->time != NULL) lines->wanted[TRACE_TIME] = columns->time;
  lines->wanted[TRACE_COUNT] = columns->count;
  lines->wanted[TRACE_REQUEST] = columns->request;
  lines->wanted[TRACE_USER] = columns->user;
  lines->wanted[TRACE_KEY] = columns->key;
  lines->wanted[TRACE_SIZE] = columns->size;
}

bool trace_lines_begin(struct trace_lines *lines) {
  const struct trace_source *source = lines->source;
  lines->at = source->text;
  lines->end = source->text + source->length;
  if (source->length >= 3 && memcmp(source->text, "\xEF\xBB\xBF", 3) == 0) lines->at += 3;
  lines->row = lines->row_end = lines->at;
  lines->line = lines->next_line = lines->column = 1;
  choose_columns(lines);
  return source->format != TRACE_CSV || begin_csv(lines);
}

enum trace_result trace_lines_next(struct trace_lines *lines) {
  do {
    if (!take_row(lines, lines->source->format == TRACE_CSV)) return TRACE_END;
  } while (blank(lines->row, lines->row_end));
  memset(lines->fields, 0, sizeof lines->fields);
  if (lines->row_end - lines->row > TRACE_LINE_MOST)
    return fault(lines, lines->row, "a row of more than 64 KiB (do quotes stay open?)");
  switch (lines->source->format) {
  case TRACE_COMBINED:
    return read_combined(lines);
  case TRACE_CSV:
    return read_csv(lines);
  case TRACE_JSONL:
    return read_json(lines);
  }
  return TRACE_END;
}
