// Traces: requests of a log, read once into a compact array that all replications share.
#ifndef HEADROOM_TRACE_H
#define HEADROOM_TRACE_H

#include "field.h"
#include "trace_source.h"

// `count` requests, spread evenly from `at` to the next row's.
struct trace_row {
  int64_t at; // ns from the first, divided by the speed
  int64_t key;
  uint32_t user;
  uint32_t count;
  uint32_t size_low;
  uint16_t size_high;
  uint16_t request; // a place in `names`
};
_Static_assert(sizeof(struct trace_row) == 32, "a row of a trace is 32 bytes");

// Rows in order of time (of one time: as in the file), which begin at 0 and reach to `end`.
struct trace {
  const struct trace_row *rows;
  size_t count;
  int64_t end;      // more than 0
  int64_t requests; // the sum of counts
  const char *const *names;
  const double *weights; // how many requests have each name
  size_t name_count;     // 0: no request has one
};

// Reads a trace into the context's arena. Columns:
//   time     see timestamp.h; all rows in the same form. Sorted, and counted from the first.
//   count    a whole number, 0 allowed; spread evenly until the time of the next row (the last: for as long
//   as
//            the one before; a single one: over one resolution). Without this column, rows of one time are
//            spread evenly over the resolution of the trace: the largest of 1 s, 1 ms, 1 us that divides all
//            times.
//   request  the name of a request
//   user     a whole number below 2^32 - 1 stays, any other text is hashed to one
//   key      the same below 2^48: of 50 million different texts about four pairs get the same number
//   size     bytes, a whole number below 2^48 - 1
// Empty fields, but those of time and count, say nothing.
// NULL: the error is in the context's diagnostics, or memory ran out (without one).
const struct trace *trace_read(const struct trace_source *source, struct field_context *context);

static inline int64_t trace_size(const struct trace_row *row) {
  return ((int64_t)row->size_high << 32) | row->size_low;
}

#endif
