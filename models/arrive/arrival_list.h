// What arrival.c lists: the alternative at the bottom of each process's file.
#ifndef HEADROOM_ARRIVAL_LIST_H
#define HEADROOM_ARRIVAL_LIST_H

#include "field.h"

extern const struct field_alternative arrival_poisson;
extern const struct field_alternative arrival_constant;
extern const struct field_alternative arrival_renewal;
extern const struct field_alternative arrival_mmpp;
extern const struct field_alternative arrival_closed;
extern const struct field_alternative arrival_sessions;
extern const struct field_alternative arrival_population;
extern const struct field_alternative arrival_trace;

#endif
