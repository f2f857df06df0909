// Sessions: people come as a Poisson process, and each asks for some pages one after the other, thinking in
// between; half open and half closed (Schroeder, Wierman & Harchol-Balter 2006). What is told here is when
// sessions start; the client group drives them.
#include "arrival_list.h"
#include "poisson_clock.h"

static void start(const void *parameters, void *state, double load, struct random_stream *stream) {
  (void)stream;
  const struct arrival_sessions *sessions = parameters;
  poisson_clock_start(state, sessions->rate * load);
}

static bool next(const void *parameters, void *state, struct random_stream *stream, struct arrival *arrival) {
  (void)parameters;
  return poisson_clock_next(state, stream, arrival);
}

static double rate(const void *parameters) {
  const struct arrival_sessions *sessions = parameters;
  return sessions->rate * distribution_mean(&sessions->length);
}

static double variability(const void *parameters) {
  (void)parameters;
  return 1;
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

static const struct arrival_process process = {.drive = ARRIVAL_SESSIONS,
                                               .law = ARRIVAL_POISSON,
                                               .state_size = sizeof(struct poisson_clock),
                                               .start = start,
                                               .next = next,
                                               .rate = rate,
                                               .variability = variability};

const struct field_alternative arrival_sessions = {
    .name = "sessions", .doc = "people who come, ask a few times, and go", .table = &table, .user = &process};
