// The account that clients keep of their requests: what was attempted, answered, ended. In line, since every
// request is booked in it.
#ifndef HEADROOM_CLIENT_ACCOUNT_H
#define HEADROOM_CLIENT_ACCOUNT_H

#include "flow.h"
#include "visit_trace.h"
#include "window.h"

// A request goes out by a call, which counts its attempts: others make one.
static inline void client_calls(struct sim *sim) {
  sim->window->further--;
}

// Where a user of the group stands: at the client's end, or in the region that is its own.
enum { CLIENT_REGION_LUCK = 0x7265 };

static inline struct network_end client_end_of(const struct client_run *client, uint32_t user) {
  struct network_end end = client->end;
  const struct client_group *group = client->group;
  if (group->region_count == 1) return end;
  struct random_stream own = random_split(random_split(client->fixed, user), CLIENT_REGION_LUCK);
  double at = random_unit(&own);
  uint16_t i = 0;
  while (i + 1 < group->region_count && at > group->regions_reached[i]) i++;
  end.region = group->regions[i];
  return end;
}

static inline void client_attempted(struct sim *sim, struct client_run *client, uint16_t request,
                                    bool measured) {
  sim->window->further++;
  if (measured) client->measures[request].attempts++;
}

static inline void client_answer(struct sim *sim, uint16_t origin, uint16_t request) {
  if (__builtin_expect(sim->measuring, 1)) sim->clients[origin].measures[request].answers++;
}

// What every answer is booked in, whenever its request was sent.
static inline void client_count_answer(struct sim *sim, struct client_run *client, int64_t latency) {
  struct window_measure *window = sim->window;
  client->answered_ever++;
  window->answered++;
  window->latency.sum += latency;
  if (latency > window->latency.largest) window->latency.largest = latency;
}

static inline void client_count_done(struct sim *sim, struct client_run *client, struct flow_ending ending,
                                     int64_t latency) {
  client_count_answer(sim, client, latency);
  if (__builtin_expect((ending.flags & FLAG_MEASURED) == 0, 0)) return;
  struct request_measure *measure = &client->measures[ending.request];
  measure->answered++;
  if (__builtin_expect((ending.flags & FLAG_DEGRADED) != 0, 0)) measure->degraded++;
  tally_add(&measure->latency, latency);
  histogram_record(&measure->latency_histogram, latency);
}

static inline void client_count_failed(struct sim *sim, struct client_run *client,
                                       struct flow_ending ending) {
  client->failed_ever++;
  sim->window->failed++;
  sim->window->failures[ending.outcome]++;
  if ((ending.flags & FLAG_MEASURED) != 0) client->measures[ending.request].failed[ending.outcome]++;
}

// A request has ended for its client, whoever waits for it.
static inline void client_count_end(struct sim *sim, struct flow_ending ending) {
  struct client_run *client = &sim->clients[ending.origin];
  client->inside--;
  if (__builtin_expect(ending.outcome == OUTCOME_DONE, 1)) {
    client_count_done(sim, client, ending, sim->engine.now - ending.born);
  } else {
    client_count_failed(sim, client, ending);
  }
  if (__builtin_expect((ending.flags & FLAG_MEASURED) != 0, 1)) window_request_ended(sim);
  if (__builtin_expect(sim->trace != NULL, 0))
    visit_trace_ended(sim, ending.origin, ending.serial, ending.outcome);
}

#endif
