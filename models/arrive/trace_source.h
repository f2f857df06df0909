// What a trace is read from.
//
// Three formats. `combined`: the access logs of Apache and nginx (also the common format, without referer and
// agent): the host is the user, the hash of the path is the key, the bytes sent are the size; method and path
// are no name of a request, so the client's mix gives that. `csv`: RFC 4180 with a header. `jsonl`: an object
// a line. Empty lines are skipped; anything else that cannot be read is an error that names the first such
// line.
#ifndef HEADROOM_TRACE_SOURCE_H
#define HEADROOM_TRACE_SOURCE_H

#include "arrival.h"
#include "timestamp.h"

enum trace_format { TRACE_COMBINED, TRACE_CSV, TRACE_JSONL };

enum {
  TRACE_ROWS_MOST = 50000000,
  TRACE_LINE_MOST = 65536, // bytes of a row
  TRACE_NAMES_MOST = 1000  // different names of requests
};

// Requests that a row says nothing of have these.
#define TRACE_NO_USER    UINT32_MAX
#define TRACE_NO_REQUEST UINT16_MAX
#define TRACE_NO_KEY     INT64_C(-1)
#define TRACE_NO_SIZE    ((INT64_C(1) << 48) - 1)

struct trace_source {
  const char *text;
  size_t length;
  const char *file; // for positions; kept
  enum trace_format format;
  // Of csv and jsonl. NULL: the columns "time", "count", "request", "user", "key" and "size", as far as there
  // are such. Otherwise those that are not NULL, which must be there (in a line of JSON, the time and the
  // count must, the others may be missing).
  const struct trace_columns *columns;
  enum timestamp_unit unit; // of times that are bare numbers
  double speed;             // > 0: times are divided by it
};

#endif
