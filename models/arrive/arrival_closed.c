// A fixed number of users, each of whom waits for the answer before thinking of the next request, so that a
// slow system slows its own load: the terminals of Scherr (1967) and of load generators with virtual users.
// The client group drives the loop; here are only its parameters.
#include "arrival.h"
#include "arrival_list.h"

#include <math.h>

#define USERS_MOST 1e8

int64_t arrival_users(const struct arrival_closed *closed, double load) {
  int64_t users = distribution_round((double)closed->users * load);
  return users > 1 ? users : 1;
}

static double unknown(const void *parameters) {
  (void)parameters;
  return NAN;
}

static const struct field fields[] = {
    FIELD_COUNT(struct arrival_closed, users, .required = true, .minimum = 1, .maximum = USERS_MOST,
                .doc = "people who ask, wait and think, over and over"),
    FIELD_DISTRIBUTION(struct arrival_closed, think, DURATION, .required = true,
                       .doc = "time between an answer and the next request, and before the first"),
};
static const struct field_table table = FIELD_TABLE(
    "closed", struct arrival_closed, fields, .doc = "a fixed number of users who wait for their answers");

static const struct arrival_process process = {
    .drive = ARRIVAL_CLOSED, .law = ARRIVAL_OTHER, .rate = unknown, .variability = unknown};

const struct field_alternative arrival_closed = {.name = "closed",
                                                 .doc = "a fixed number of users who wait for their answers",
                                                 .table = &table,
                                                 .user = &process};
