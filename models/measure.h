// What a run has measured of components and clients, as it must stand at the ends of the window: in between,
// what follows from other counters is left out, and what is one for several is kept once.
#ifndef HEADROOM_MEASURE_H
#define HEADROOM_MEASURE_H

#include "sim.h"

// The window begins: what is not counted since the start is forgotten.
void measure_restart(struct component_measure *measure);

// What was kept once for several is booked for each: before measures are read while the window is open.
void measure_settle(struct sim *sim);

// The window has closed: what the end of a visit left out is booked, and all members mean what they say.
void measure_complete(struct component_measure *measure);

#endif
