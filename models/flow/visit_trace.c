// A request is written when it has ended for its client and all its visits have left, so that work after the
// answer is seen too. Until then it stands in a table by group and number.
#include "visit_trace.h"

#include "demand.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

struct traced_visit {
  struct frame_reference frame;
  const struct instance *instance;
  uint16_t request;
  int64_t enter;
  int64_t start; // -1: its program never began
  int64_t end;   // -1: still inside
  int64_t waited;
  int64_t served;
  enum outcome outcome;
};

struct traced_request {
  uint32_t serial;
  uint16_t origin;
  uint16_t request;
  int64_t sent;
  int64_t ended; // -1: not yet
  enum outcome outcome;
  uint32_t inside; // visits that have not left
  uint32_t count;
  uint32_t room;
  struct traced_visit *visits;
  struct traced_request *next; // in its chain
};

enum { CHAINS = 4096 };

struct visit_trace {
  FILE *stream;
  uint32_t *every; // by group: of how many requests one is traced
  struct traced_request *chains[CHAINS];
};

// ---- The table ----

static uint32_t chain_of(uint16_t origin, uint32_t serial) {
  return (uint32_t)(random_mix((uint64_t)origin << 32 | serial) % CHAINS);
}

static struct traced_request *find(const struct visit_trace *trace, uint16_t origin, uint32_t serial) {
  struct traced_request *request = trace->chains[chain_of(origin, serial)];
  while (request != NULL && (request->serial != serial || request->origin != origin)) request = request->next;
  return request;
}

static void forget(struct sim *sim, struct traced_request *request) {
  struct traced_request **link = &sim->trace->chains[chain_of(request->origin, request->serial)];
  while (*link != request) link = &(*link)->next;
  *link = request->next;
  memory_give(&sim->budget, request->visits, request->room * sizeof *request->visits);
  memory_give(&sim->budget, request, sizeof *request);
}

static struct traced_visit *add_visit(struct sim *sim, struct traced_request *request) {
  if (request->count == request->room) {
    uint32_t room = request->room == 0 ? 4 : request->room * 2;
    struct traced_visit *visits = memory_take(&sim->budget, room * sizeof *visits);
    if (visits == NULL) return NULL;
    if (request->count > 0) memcpy(visits, request->visits, request->count * sizeof *visits);
    memory_give(&sim->budget, request->visits, request->room * sizeof *visits);
    request->visits = visits;
    request->room = room;
  }
  return &request->visits[request->count++];
}

// ---- Writing ----

static double seconds(int64_t time) {
  return (double)time / 1e9;
}

// Names are plain by the language's own rules, so nothing needs to be escaped.
static void write_visit(const struct sim *sim, const struct traced_visit *visit, bool first) {
  FILE *stream = sim->trace->stream;
  const struct instance *instance = visit->instance;
  fprintf(stream,
          "%s{\"component\":\"%s\",\"place\":\"%s\",\"instance\":%" PRIu32
          ",\"request\":\"%s\",\"enter\":%.9f",
          first ? "" : ",", instance->component->name, sim->plan->places[instance->fleet->place].name,
          instance->number, sim->plan->requests[visit->request].name, seconds(visit->enter));
  if (visit->start >= 0) fprintf(stream, ",\"start\":%.9f", seconds(visit->start));
  if (visit->end >= 0) {
    fprintf(stream, ",\"end\":%.9f,\"waited\":%.9f,\"served\":%.9f,\"outcome\":\"%s\"", seconds(visit->end),
            seconds(visit->waited), seconds(visit->served), outcome_names[visit->outcome]);
  }
  fputc('}', stream);
}

static void write_request(const struct sim *sim, const struct traced_request *request) {
  FILE *stream = sim->trace->stream;
  fprintf(stream, "{\"client\":\"%s\",\"number\":%" PRIu32 ",\"request\":\"%s\",\"sent\":%.9f",
          sim->plan->clients[request->origin].name, request->serial,
          sim->plan->requests[request->request].name, seconds(request->sent));
  if (request->ended >= 0) {
    fprintf(stream, ",\"ended\":%.9f,\"outcome\":\"%s\"", seconds(request->ended),
            outcome_names[request->outcome]);
  }
  fputs(",\"visits\":[", stream);
  for (uint32_t i = 0; i < request->count; i++) write_visit(sim, &request->visits[i], i == 0);
  fputs("]}\n", stream);
}

static void write_if_over(struct sim *sim, struct traced_request *request) {
  if (request->ended < 0 || request->inside > 0) return;
  write_request(sim, request);
  forget(sim, request);
}

// ---- Moments ----

void visit_trace_sent(struct sim *sim, uint16_t origin, uint16_t request, uint32_t serial) {
  struct visit_trace *trace = sim->trace;
  if (serial % trace->every[origin] != 0) return;
  struct traced_request *traced = memory_take(&sim->budget, sizeof *traced);
  if (traced == NULL) return;
  struct traced_request **chain = &trace->chains[chain_of(origin, serial)];
  *traced = (struct traced_request){.serial = serial,
                                    .origin = origin,
                                    .request = request,
                                    .sent = sim->engine.now,
                                    .ended = -1,
                                    .next = *chain};
  *chain = traced;
}

void visit_trace_ended(struct sim *sim, uint16_t origin, uint32_t serial, enum outcome outcome) {
  struct traced_request *request = find(sim->trace, origin, serial);
  if (request == NULL) return;
  request->ended = sim->engine.now;
  request->outcome = outcome;
  write_if_over(sim, request);
}

// The last one of that frame: a visit that was forwarded has one entry for each instance.
static struct traced_visit *visit_of(const struct traced_request *request, const struct visit *visit) {
  struct frame_reference frame = frame_refer(&visit->strand.job.frame);
  for (uint32_t i = request->count; i-- > 0;) {
    const struct frame_reference other = request->visits[i].frame;
    if (other.index == frame.index && other.generation == frame.generation) return &request->visits[i];
  }
  return NULL;
}

static void enter(struct sim *sim, struct traced_request *request, const struct visit *visit) {
  struct traced_visit *traced = add_visit(sim, request);
  if (traced == NULL) return;
  *traced = (struct traced_visit){.frame = frame_refer(&visit->strand.job.frame),
                                  .instance = visit->instance,
                                  .request = visit->request,
                                  .enter = sim->engine.now,
                                  .start = -1,
                                  .end = -1};
  request->inside++;
}

void visit_trace_moment(struct sim *sim, const struct visit *visit, enum visit_moment moment,
                        enum outcome outcome) {
  struct traced_request *request = find(sim->trace, visit->origin, visit->serial);
  if (request == NULL) return;
  if (moment == TRACE_ENTER) {
    enter(sim, request, visit);
    return;
  }
  struct traced_visit *traced = visit_of(request, visit);
  if (traced == NULL) return;
  if (moment == TRACE_START) {
    traced->start = sim->engine.now;
    return;
  }
  traced->end = sim->engine.now;
  traced->waited = visit->strand.job.waited;
  traced->served = visit->strand.job.served;
  traced->outcome = outcome;
  request->inside--;
  write_if_over(sim, request);
}

// ---- The whole ----

static uint32_t every_of(const struct sim *sim, const struct client_group *group) {
  double load = sim->plan->run.load * sim->settings.load;
  double expected = sim->settings.requests != INT64_MAX
                        ? (double)sim->settings.requests
                        : demand_group_rate(group) * load * seconds(sim->settings.duration);
  if (!isfinite(expected) || expected <= TRACE_REQUESTS_MOST) return 1;
  double every = ceil(expected / TRACE_REQUESTS_MOST);
  return every < UINT32_MAX ? (uint32_t)every : UINT32_MAX;
}

struct visit_trace *visit_trace_open(struct sim *sim) {
  struct visit_trace *trace = memory_take(&sim->budget, sizeof *trace);
  uint32_t *every = arena_array(&sim->arena, sim->plan->client_count, sizeof *every);
  if (trace == NULL || every == NULL) return NULL;
  for (uint16_t c = 0; c < sim->plan->client_count; c++) every[c] = every_of(sim, &sim->plan->clients[c]);
  trace->stream = sim->settings.trace;
  trace->every = every;
  return trace;
}

void visit_trace_close(struct sim *sim) {
  struct visit_trace *trace = sim->trace;
  if (trace == NULL) return;
  for (uint32_t chain = 0; chain < CHAINS; chain++) {
    while (trace->chains[chain] != NULL) {
      write_request(sim, trace->chains[chain]);
      forget(sim, trace->chains[chain]);
    }
  }
  memory_give(&sim->budget, trace, sizeof *trace);
  sim->trace = NULL;
}
