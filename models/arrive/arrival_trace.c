// Trace replay: the requests of a log at its times, from time 0 on (trace.h says how it is read). All
// replications replay the same rows.
//
// Under a load each request comes floor(load + u) times, where u in [0, 1) is a hash of its row: below 1 the
// trace is thinned, and what is kept under a load is kept under every higher one; above 1 it is cloned.
// Clones follow their original evenly until the next request, as other users with the same wish.
#include "arrival_list.h"
#include "int128.h"
#include "trace.h"

#include <math.h>

struct replay {
  double load;
  uint64_t row;
  uint64_t within; // the next request of the row
  int64_t from;    // the request in hand, and its successor's time
  int64_t to;
  int64_t copies; // of it
  int64_t copy;   // the next
};

static const struct trace *trace_of(const void *parameters) {
  return ((const struct arrival_trace *)parameters)->trace;
}

static void start(const void *parameters, void *state, double load, struct random_stream *stream) {
  (void)parameters;
  (void)stream;
  *(struct replay *)state = (struct replay){.load = load};
}

static int64_t row_end(const struct trace *trace, uint64_t row) {
  return row + 1 < trace->count ? trace->rows[row + 1].at : trace->end;
}

static int64_t time_within(const struct trace *trace, uint64_t row, uint64_t request) {
  int64_t at = trace->rows[row].at;
  int64_t width = row_end(trace, row) - at;
  return at + (int64_t)((int128)width * (int64_t)request / (int64_t)trace->rows[row].count);
}

static int64_t copies_of(uint64_t row, uint64_t within, double load) {
  uint64_t hash = random_mix(random_mix(row + RANDOM_INCREMENT) + within);
  return (int64_t)(load + (double)(hash >> 11) * 0x1p-53);
}

// Takes the next request in hand; false: there is none.
static bool take_request(const struct trace *trace, struct replay *replay) {
  while (replay->row < trace->count && replay->within >= trace->rows[replay->row].count) {
    replay->row++;
    replay->within = 0;
  }
  if (replay->row == trace->count) return false;
  replay->copies = copies_of(replay->row, replay->within, replay->load);
  replay->copy = 0;
  if (replay->copies > 0) {
    replay->from = time_within(trace, replay->row, replay->within);
    replay->to = time_within(trace, replay->row, replay->within + 1);
  }
  replay->within++;
  return true;
}

static int64_t user_of(const struct trace_row *row, int64_t copy) {
  if (row->user == TRACE_NO_USER) return -1;
  if (copy == 0) return row->user;
  return (int64_t)(random_mix(row->user + (uint64_t)copy * RANDOM_INCREMENT) >> 32);
}

static bool next(const void *parameters, void *state, struct random_stream *stream, struct arrival *arrival) {
  (void)stream;
  const struct trace *trace = trace_of(parameters);
  struct replay *replay = state;
  while (replay->copy == replay->copies)
    if (!take_request(trace, replay)) return false;
  const struct trace_row *row = &trace->rows[replay->row];
  int64_t size = trace_size(row);
  int64_t after = (int64_t)((int128)(replay->to - replay->from) * replay->copy / replay->copies);
  *arrival = (struct arrival){.at = replay->from + after,
                              .count = 1,
                              .request = row->request == TRACE_NO_REQUEST ? -1 : row->request,
                              .user = user_of(row, replay->copy),
                              .key = row->key,
                              .size = size == TRACE_NO_SIZE ? -1 : size};
  replay->copy++;
  return true;
}

static double rate(const void *parameters) {
  const struct trace *trace = trace_of(parameters);
  return (double)trace->requests * 1e9 / (double)trace->end;
}

static double variability(const void *parameters) {
  (void)parameters;
  return NAN;
}

static struct arrival_requests requests(const void *parameters) {
  const struct trace *trace = trace_of(parameters);
  return (struct arrival_requests){trace->name_count, trace->names, trace->weights};
}

// Memory that ran out is the arena's to report.
static void check(void *record, const struct node *object, struct field_context *context) {
  struct arrival_trace *trace = record;
  const struct node *node = node_find(object, "file");
  if (node == NULL) node = object;
  struct trace_source source = {.file = trace->file,
                                .format = (enum trace_format)trace->format,
                                .columns = trace->columns,
                                .unit = (enum timestamp_unit)trace->unit,
                                .speed = trace->speed};
  if (trace->format == TRACE_COMBINED && trace->columns != NULL) {
    const struct node *columns = node_find(object, "columns");
    diagnostic_error(context->diagnostics, columns != NULL ? columns : object,
                     "a combined log has no names of columns; leave `columns` out");
  } else if (context->read_file == NULL) {
    diagnostic_error(context->diagnostics, node, "files are not read here");
  } else if (context->read_file(node, context, &source.text, &source.length)) {
    size_t errors = context->diagnostics->errors;
    trace->trace = trace_read(&source, context);
    struct arena *arena = context->arena;
    if (trace->trace == NULL && context->diagnostics->errors == errors && arena->on_exhausted != NULL)
      arena->on_exhausted(arena->context);
  }
}

static const struct field column_fields[] = {
    FIELD_TEXT(struct trace_columns, time, .standard = "time",
               .doc = "when: seconds, ISO 8601 or Apache's form"),
    FIELD_TEXT(struct trace_columns, count, .doc = "how many requests until the next row, spread evenly"),
    FIELD_TEXT(struct trace_columns, request, .doc = "the name of the request; the mix gives it otherwise"),
    FIELD_TEXT(struct trace_columns, user, .doc = "who: a number, or a text that is hashed"),
    FIELD_TEXT(struct trace_columns, key, .doc = "what it is about: a number, or a text that is hashed"),
    FIELD_TEXT(struct trace_columns, size, .doc = "bytes of what it is about"),
};
static const struct field_table column_table =
    FIELD_TABLE("columns", struct trace_columns, column_fields, .doc = "which column of a trace says what");

static const char *const formats[] = {"combined", "csv", "jsonl", NULL};
static const char *const units[] = {"s", "ms", "us", "ns", NULL};

static const struct field fields[] = {
    FIELD_TEXT(struct arrival_trace, file, .required = true, .doc = "the trace, in the scenario's folder"),
    FIELD_WORD(struct arrival_trace, format, formats, .required = true,
               .doc = "an access log, comma-separated values with a header, or a JSON object a line"),
    FIELD_RECORD(struct arrival_trace, columns, struct trace_columns, &column_table,
                 .doc = "names of columns; those of the same name (time, count, …) if not given"),
    FIELD_WORD(struct arrival_trace, unit, units, .standard = "s", .doc = "of times that are bare numbers"),
    FIELD_NUMBER(struct arrival_trace, speed, .standard = "1", .above = true, .maximum = 1e9,
                 .doc = "how many times faster than it happened"),
};
static const struct field_table table = FIELD_TABLE("trace", struct arrival_trace, fields, .check = check,
                                                    .doc = "the requests of a log, at its times");

static const struct arrival_process process = {.drive = ARRIVAL_OPEN,
                                               .law = ARRIVAL_OTHER,
                                               .state_size = sizeof(struct replay),
                                               .start = start,
                                               .next = next,
                                               .rate = rate,
                                               .variability = variability,
                                               .requests = requests};

const struct field_alternative arrival_trace = {
    .name = "trace", .doc = "the requests of a log, at its times", .table = &table, .user = &process};
