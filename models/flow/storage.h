// Who holds what: which components hold items of which datasets, and whom they ask for what they lack. A read
// that names no component goes to the outermost holder, and what a read or a write does on its way follows
// from the forms of the caches that it meets (program_keyed.h).
#ifndef HEADROOM_STORAGE_H
#define HEADROOM_STORAGE_H

#include "field.h"

#include <stdint.h>

struct plan;
struct component;

// As a model tells it of its decoded parameters; see model.storage.
struct storage_form {
  const struct list *holds;       // of references to datasets; NULL or empty: whatever its origin holds
  const struct reference *origin; // who has what it lacks; NULL or no name: it has everything
  bool aside;                     // it does not ask its origin: the caller does, and brings what it found
  bool through;                   // a write goes through it to its origin; else past it, to the origin
  bool invalidates;               // a write that went past it makes it forget the item
  // The share of reads that it is expected to answer itself, for predictions, where `holds` says by dataset
  // what it holds. NULL: all.
  double (*hits)(const void *parameters, const struct plan *plan, const bool *holds);
};

struct storage {
  const struct component *component;
  struct component *origin; // NULL: none
  bool *holds;              // by dataset; NULL: the component stores nothing
  bool aside;
  bool through;
  bool invalidates;
  double hits; // expected share of reads that it answers itself
};

// Fills plan->storages and plan->holders (the outermost holder of each dataset, NULL where there is none or
// more than one). False after errors were reported.
bool storage_compile(struct plan *plan, struct field_context *context);

// Whether asking `component` may lead to `origin`, over any number of origins.
bool storage_leads_to(const struct plan *plan, const struct component *component,
                      const struct component *origin);

#endif
