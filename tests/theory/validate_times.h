// Compares single visits with a timetable worked out by hand.
#ifndef HEADROOM_VALIDATE_TIMES_H
#define HEADROOM_VALIDATE_TIMES_H

#include "validate_table.h"

// Whether the visits in a --trace file that were served and had ended by timetable->until are those of the
// timetable, to within a nanosecond.
bool times_match(const struct timetable *timetable, const char *trace);

#endif
