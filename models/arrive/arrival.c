#include "arrival.h"

#include "arrival_list.h"
#include "assertion.h"

static const struct field_alternative *const arrivals[] = {
    &arrival_poisson, &arrival_constant, &arrival_renewal,    &arrival_mmpp,
    &arrival_closed,  &arrival_sessions, &arrival_population, &arrival_trace,
};

const struct field_alternative *arrival_alternative(size_t index) {
  return index < sizeof arrivals / sizeof *arrivals ? arrivals[index] : NULL;
}

const struct arrival_process *arrival_process_of(const struct variant *variant) {
  ASSERT(variant->alternative != NULL, "a client without arrivals");
  return variant->alternative->user;
}
