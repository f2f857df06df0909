// Poisson arrivals: many independent people, each of whom comes rarely (Palm 1943, Khintchine 1960).
#include "arrival_list.h"
#include "poisson_clock.h"

static const struct field fields[] = {
    FIELD_RATE(struct arrival_steady, rate, .required = true, .above = true, .maximum = ARRIVAL_RATE_MOST,
               .doc = "requests per time in the mean"),
};
static const struct field_table table =
    FIELD_TABLE("poisson", struct arrival_steady, fields, .doc = "independent people: exponential gaps");

static const struct arrival_process process = {
    .drive = ARRIVAL_OPEN, .rate = arrival_steady_rate, POISSON_CLOCK_HOOKS};

const struct field_alternative arrival_poisson = {
    .name = "poisson", .doc = "independent people: exponential gaps", .table = &table, .user = &process};
