// The built-in types of machines, with the prices that their providers asked for on a date:
// "aws:c6i.2xlarge", "do:s-2vcpu-4gb", "hetzner:cx33".
#ifndef HEADROOM_MACHINE_CATALOGUE_H
#define HEADROOM_MACHINE_CATALOGUE_H

#include "machine_type.h"
#include "names.h"

#include <stddef.h>
#include <stdio.h>

// The name of one; NULL past the last.
const char *machine_catalogue_name(size_t index);

// Fills in the type of that number, whose disk lives in the arena. False when memory runs out.
bool machine_catalogue_type(size_t index, struct arena *arena, struct machine_type *type);

// Adds all names, in order, to the machines and to the built-in ones.
void machine_catalogue_names(struct names *names);

// Prints all with their prices, dates and sources.
void machine_catalogue_document(FILE *stream);

#endif
