// Traces of others, as this program reads traces.
#ifndef HEADROOM_VALIDATE_TRACE_H
#define HEADROOM_VALIDATE_TRACE_H

#include "validate_table.h"

enum trace_state {
  TRACE_READY,
  TRACE_ABSENT, // the folder of references, or the program that unpacks the file, is not here
  TRACE_BROKEN
};

// Writes the trace of a trial, which has one, to `path` as a table of time (s, a thousand requests each), key
// and size (none: 1). The file is looked for in the folder that HEADROOM_REFERENCE names. `why`, of `room`
// bytes, says what stands in the way.
enum trace_state trace_prepare(const struct trial *trial, const char *path, char *why, size_t room);

#endif
