#include "trace.h"

#include "int128.h"
#include "trace_line.h"

#include <string.h>

#define SECOND    INT64_C(1000000000)
#define TIME_MOST (INT64_C(1) << 60)

enum { BAD_MOST = 100, SHOWN = 60 };

// A trace being read. Times of rows are absolute until they are placed.
struct reading {
  struct trace_lines lines;
  struct field_context *context;
  struct arena scratch; // of lines
  struct arena more;    // messages, and what sorting needs
  struct trace_row *rows;
  size_t count;
  size_t room;
  bool counted;
  enum timestamp_form form;
  char **names;
  uint64_t hashes[TRACE_NAMES_MOST];
  size_t name_count;
  size_t recent; // the name that was found last
  size_t bad;    // rows
  const char *wrong;
  struct position at;
};

// ------------------------------------------------------------------------------------- what a field says

static uint64_t hash_of(struct trace_text text) {
  uint64_t hash = UINT64_C(0xCBF29CE484222325); // FNV-1a (Fowler, Noll & Vo)
  for (size_t i = 0; i < text.length; i++)
    hash = (hash ^ (unsigned char)text.start[i]) * UINT64_C(0x100000001B3);
  return random_mix(hash);
}

// A whole number below `limit`, perhaps written as "3.0".
static bool whole(struct trace_text text, int64_t limit, int64_t *number) {
  int64_t value = 0;
  size_t i = 0;
  for (; i < text.length && text.start[i] >= '0' && text.start[i] <= '9'; i++) {
    if (value > (limit - 1) / 10) return false;
    value = value * 10 + (text.start[i] - '0');
    if (value >= limit) return false;
  }
  if (i == 0) return false;
  if (i + 1 < text.length && text.start[i] == '.')
    for (i++; i < text.length && text.start[i] == '0';) i++;
  if (i < text.length) return false;
  *number = value;
  return true;
}

static enum trace_result wrong_field(struct reading *reading, enum trace_column column, const char *what) {
  struct trace_lines *lines = &reading->lines;
  struct trace_text field = lines->fields[column];
  bool inside = field.start >= lines->row && field.start <= lines->row_end; // not copied from elsewhere
  lines->column = inside ? (uint32_t)(field.start - lines->row) + 1 : 1;
  lines->wrong =
      arena_format(&reading->more, "\"%.*s%s\" %s", (int)(field.length < SHOWN ? field.length : SHOWN),
                   field.start != NULL ? field.start : "", field.length > SHOWN ? "…" : "", what);
  return TRACE_WRONG;
}

static enum trace_result read_time(struct reading *reading, struct trace_row *row) {
  struct trace_text field = reading->lines.fields[TRACE_TIME];
  enum timestamp_form form;
  const char *wrong = timestamp_read(field.start, field.length, reading->lines.source->unit, &form, &row->at);
  if (wrong != NULL) return wrong_field(reading, TRACE_TIME, wrong);
  if (reading->count == 0) reading->form = form;
  if (form == reading->form) return TRACE_ROW;
  return wrong_field(reading, TRACE_TIME, "is another form of time than the rows before have");
}

static enum trace_result read_count(struct reading *reading, struct trace_row *row) {
  struct trace_text field = reading->lines.fields[TRACE_COUNT];
  int64_t number = 1;
  if (reading->count == 0) reading->counted = field.start != NULL;
  if (reading->counted && !whole(field, UINT32_MAX, &number))
    return wrong_field(reading, TRACE_COUNT, "is no count, a whole number below 2^32 - 1");
  if (!reading->counted && field.start != NULL)
    return wrong_field(reading, TRACE_COUNT, "is a count, which the first row does not have");
  row->count = (uint32_t)number;
  return TRACE_ROW;
}

static bool letter(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

static bool is_name(struct trace_text text) {
  if (text.length > FIELD_NAME_LIMIT || !letter(text.start[0])) return false;
  for (size_t i = 1; i < text.length; i++) {
    char c = text.start[i];
    if (!letter(c) && !(c >= '0' && c <= '9') && c != '_' && c != '-') return false;
  }
  return true;
}

static size_t find_name(struct reading *reading, struct trace_text text, uint64_t hash) {
  for (size_t i = 0; i < reading->name_count; i++) {
    size_t place = (reading->recent + i) % reading->name_count;
    const char *name = reading->names[place];
    if (reading->hashes[place] == hash && strlen(name) == text.length &&
        memcmp(name, text.start, text.length) == 0)
      return place;
  }
  return SIZE_MAX;
}

static enum trace_result read_request(struct reading *reading, struct trace_row *row) {
  struct trace_text field = reading->lines.fields[TRACE_REQUEST];
  row->request = TRACE_NO_REQUEST;
  if (field.length == 0) return TRACE_ROW;
  uint64_t hash = hash_of(field);
  size_t place = find_name(reading, field, hash);
  if (place == SIZE_MAX) {
    if (!is_name(field))
      return wrong_field(reading, TRACE_REQUEST,
                         "is no name of a request: a letter, then letters, digits, _ and -");
    if (reading->name_count == TRACE_NAMES_MOST)
      return wrong_field(reading, TRACE_REQUEST, "is the name of one request more than the 1000 that may be");
    place = reading->name_count;
    reading->names[place] = arena_text(reading->context->arena, field.start, field.length);
    if (reading->names[place] == NULL)
      return wrong_field(reading, TRACE_REQUEST, "is more than memory holds");
    reading->hashes[place] = hash;
    reading->name_count++;
  }
  reading->recent = place;
  row->request = (uint16_t)place;
  return TRACE_ROW;
}

static enum trace_result read_size(struct reading *reading, struct trace_row *row) {
  struct trace_text field = reading->lines.fields[TRACE_SIZE];
  int64_t size = TRACE_NO_SIZE;
  if (field.length > 0 && !whole(field, TRACE_NO_SIZE, &size))
    return wrong_field(reading, TRACE_SIZE, "is no size, a whole number of bytes");
  row->size_low = (uint32_t)size;
  row->size_high = (uint16_t)(size >> 32);
  return TRACE_ROW;
}

static void read_identities(const struct trace_text *fields, struct trace_row *row) {
  int64_t number;
  row->user = TRACE_NO_USER;
  row->key = TRACE_NO_KEY;
  if (fields[TRACE_USER].length > 0) {
    if (!whole(fields[TRACE_USER], TRACE_NO_USER, &number))
      number = (int64_t)(hash_of(fields[TRACE_USER]) % TRACE_NO_USER);
    row->user = (uint32_t)number;
  }
  if (fields[TRACE_KEY].length > 0) {
    if (!whole(fields[TRACE_KEY], INT64_C(1) << ARRIVAL_KEY_BITS, &number))
      number = (int64_t)(hash_of(fields[TRACE_KEY]) >> (64 - ARRIVAL_KEY_BITS));
    row->key = number;
  }
}

static enum trace_result read_row(struct reading *reading) {
  enum trace_result result = trace_lines_next(&reading->lines);
  if (result != TRACE_ROW) return result;
  if (reading->count == TRACE_ROWS_MOST) {
    reading->lines.wrong = "more than 50,000,000 rows";
    return TRACE_WRONG;
  }
  struct trace_row *row = &reading->rows[reading->count];
  if (read_time(reading, row) == TRACE_WRONG || read_count(reading, row) == TRACE_WRONG ||
      read_request(reading, row) == TRACE_WRONG || read_size(reading, row) == TRACE_WRONG)
    return TRACE_WRONG;
  read_identities(reading->lines.fields, row);
  reading->count++;
  return TRACE_ROW;
}

// ------------------------------------------------------------------------------------------------- reading

static bool ran_out(const struct arena *arena) {
  return arena->budget != NULL ? arena->budget->exhausted : arena->own.exhausted;
}

static void keep_fault(struct reading *reading) {
  if (reading->bad++ > 0) return;
  reading->wrong = reading->lines.wrong;
  reading->at = (struct position){reading->lines.source->file, reading->lines.line, reading->lines.column};
}

static bool exhausted(const struct reading *reading) {
  return ran_out(reading->context->arena) || ran_out(&reading->scratch) || ran_out(&reading->more);
}

static void report(struct reading *reading) {
  struct diagnostics *diagnostics = reading->context->diagnostics;
  if (exhausted(reading)) return;
  if (reading->bad == 1)
    diagnostic_error_at(diagnostics, reading->at, "%s", reading->wrong);
  else
    diagnostic_error_at(diagnostics, reading->at, "%s (%zu%s more rows cannot be read)", reading->wrong,
                        reading->bad - 1, reading->bad == BAD_MOST ? " or" : "");
}

static size_t rows_at_most(const struct trace_source *source) {
  size_t rows = 1;
  const char *end = source->text + source->length;
  for (const char *at = source->text; at < end && rows <= TRACE_ROWS_MOST; rows++) {
    const char *line = memchr(at, '\n', (size_t)(end - at));
    if (line == NULL) break;
    at = line + 1;
  }
  return rows;
}

static bool read_rows(struct reading *reading) {
  reading->room = rows_at_most(reading->lines.source);
  reading->rows = arena_array(reading->context->arena, reading->room, sizeof *reading->rows);
  reading->names = arena_array(reading->context->arena, TRACE_NAMES_MOST, sizeof *reading->names);
  if (reading->rows == NULL || reading->names == NULL) return false;
  if (!trace_lines_begin(&reading->lines)) {
    keep_fault(reading);
    return false;
  }
  for (;;) {
    enum trace_result result = read_row(reading);
    if (result == TRACE_END) break;
    if (result == TRACE_WRONG) keep_fault(reading);
    if (reading->bad == BAD_MOST || exhausted(reading)) break;
  }
  return reading->bad == 0;
}

// ------------------------------------------------------------------------------------------------- sorting

static void merge(const struct trace_row *from, size_t low, size_t middle, size_t high,
                  struct trace_row *to) {
  size_t left = low;
  size_t right = middle;
  for (size_t i = low; i < high; i++)
    to[i] =
        left < middle && (right >= high || from[left].at <= from[right].at) ? from[left++] : from[right++];
}

// Stable, from the bottom up. False: no memory.
static bool sort_rows(struct trace_row *rows, size_t count, struct arena *scratch) {
  bool sorted = true;
  for (size_t i = 1; i < count; i++) sorted &= rows[i - 1].at <= rows[i].at;
  if (sorted) return true;
  struct trace_row *from = rows;
  struct trace_row *to = arena_array(scratch, count, sizeof *to);
  if (to == NULL) return false;
  for (size_t width = 1; width < count; width *= 2) {
    for (size_t low = 0; low < count; low += 2 * width) {
      size_t middle = low + width < count ? low + width : count;
      merge(from, low, middle, middle + width < count ? middle + width : count, to);
    }
    struct trace_row *other = from;
    from = to;
    to = other;
  }
  if (from != rows) memcpy(rows, from, count * sizeof *rows);
  return true;
}

// ------------------------------------------------------------------------------------------------- placing

static int64_t resolution_of(const struct trace_row *rows, size_t count) {
  int64_t resolution = SECOND;
  for (size_t i = 0; i < count; i++)
    while (rows[i].at % resolution != 0) resolution /= 1000;
  return resolution;
}

// Spreads rows of one time over `width` in proportion to their counts.
static void spread(struct trace_row *rows, size_t count, int64_t width) {
  int64_t total = 0;
  int64_t before = 0;
  for (size_t i = 0; i < count; i++) total += rows[i].count;
  for (size_t i = 0; i < count; i++) {
    if (total > 0) rows[i].at += (int64_t)((int128)width * before / total);
    before += rows[i].count;
  }
}

// Gives every row its place, and returns where the last ends.
static int64_t place_rows(struct trace_row *rows, size_t count, int64_t resolution, bool counted) {
  int64_t width = resolution;
  int64_t last = 0;
  for (size_t i = 0, next; i < count; i = next) {
    for (next = i + 1; next < count && rows[next].at == rows[i].at;) next++;
    if (counted && next < count) width = rows[next].at - rows[i].at;
    last = rows[i].at;
    if (next - i > 1) spread(&rows[i], next - i, width);
  }
  if (counted) return last + width;
  int64_t span = rows[count - 1].at;
  return rows[count - 1].at + (span > 0 ? span / (int64_t)(count - 1) : resolution); // one mean gap more
}

static bool quicken(struct trace_row *rows, size_t count, double speed, int64_t *end) {
  double span = (double)*end / speed;
  if (!(span < (double)TIME_MOST)) return false;
  if (speed == 1) return true;
  for (size_t i = 0; i < count; i++) rows[i].at = (int64_t)((double)rows[i].at / speed);
  *end = (int64_t)span;
  return true;
}

static const char too_long[] = "this trace is longer than can be simulated, 36 years";

static bool refuse(struct reading *reading, const char *why) {
  reading->bad = 1;
  reading->wrong = why;
  reading->at = (struct position){reading->lines.source->file, 1, 1};
  return false;
}

// Counts of 0 may leave a name without a request, or all of them.
static bool name_requests(struct reading *reading, struct trace *trace) {
  double *weights = arena_array(reading->context->arena, reading->name_count, sizeof *weights), sum = 0;
  if (weights == NULL) return false;
  for (size_t i = 0; i < trace->count; i++) {
    const struct trace_row *row = &trace->rows[i];
    if (row->request == TRACE_NO_REQUEST) continue;
    weights[row->request] += row->count;
    sum += row->count;
  }
  trace->names = (const char *const *)reading->names;
  trace->weights = weights;
  trace->name_count = sum > 0 ? reading->name_count : 0;
  return true;
}

static bool finish(struct reading *reading, struct trace *trace) {
  struct trace_row *rows = reading->rows;
  size_t count = reading->count;
  if (count == 0) return refuse(reading, "there are no requests in this trace");
  if (!sort_rows(rows, count, &reading->more)) return false;
  int64_t resolution = resolution_of(rows, count); // of the times as written
  int64_t first = rows[0].at;
  *trace = (struct trace){.rows = rows, .count = count};
  for (size_t i = 0; i < count; i++) {
    rows[i].at -= first;
    trace->requests += rows[i].count;
  }
  if (rows[count - 1].at > INT64_MAX / 2 - SECOND) return refuse(reading, too_long);
  int64_t end = place_rows(rows, count, resolution, reading->counted);
  if (trace->requests == 0) return refuse(reading, "all counts of this trace are 0");
  if (!quicken(rows, count, reading->lines.source->speed, &end)) return refuse(reading, too_long);
  trace->end = end > 0 ? end : 1;
  return name_requests(reading, trace);
}

const struct trace *trace_read(const struct trace_source *source, struct field_context *context) {
  struct trace *trace = arena_take(context->arena, sizeof *trace);
  struct reading *reading = arena_take(context->arena, sizeof *reading);
  if (trace == NULL || reading == NULL) return NULL;
  // Not the context's arena, whose handler may leave by a jump.
  arena_init(&reading->scratch, context->arena->budget);
  arena_init(&reading->more, context->arena->budget);
  reading->context = context;
  reading->lines.source = source;
  reading->lines.scratch = &reading->scratch;
  reading->lines.arena = &reading->more;
  bool right = read_rows(reading) && finish(reading, trace);
  if (!right && reading->bad > 0) report(reading);
  arena_drop(&reading->scratch);
  arena_drop(&reading->more);
  return right ? trace : NULL;
}
