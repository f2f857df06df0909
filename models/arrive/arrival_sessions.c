// Sessions: people come as a Poisson process, and each asks for some pages one after the other, thinking in
// between; half open and half closed (Schroeder, Wierman & Harchol-Balter 2006). What is told here is when
// sessions start; the client group drives them.
#include "arrival_list.h"
#include "poisson_clock.h"

static double rate(const void *parameters) {
  const struct arrival_sessions *sessions = parameters;
  return sessions->rate * distribution_mean(&sessions->length);
}

static const struct field fields[] = {
    FIELD_RATE(struct arrival_sessions, rate, .required = true, .above = true, .maximum = ARRIVAL_RATE_MOST,
               .doc = "sessions that start per time"),
    FIELD_DISTRIBUTION(struct arrival_sessions, length, COUNT, .required = true, .above = true,
                       .doc = "requests of a session"),
    FIELD_DISTRIBUTION(struct arrival_sessions, think, DURATION, .required = true,
                       .doc = "time between an answer and the next request"),
};
static const struct field_table table = FIELD_TABLE("sessions", struct arrival_sessions, fields,
                                                    .doc = "people who come, ask a few times, and go");

static const struct arrival_process process = {.drive = ARRIVAL_SESSIONS, .rate = rate, POISSON_CLOCK_HOOKS};

const struct field_alternative arrival_sessions = {
    .name = "sessions", .doc = "people who come, ask a few times, and go", .table = &table, .user = &process};
