#include "visit_trace.h"

void trace_visit(struct sim *sim, const struct visit *visit, enum trace_moment moment) {
  if (moment == TRACE_ENTER) return;
  const struct instance *instance = visit->instance;
  const struct job *job = &visit->strand.job;
  fprintf(sim->settings.trace,
          "{\"client\":\"%s\",\"serial\":%u,\"request\":\"%s\",\"component\":\"%s\",\"place\":\"%s\","
          "\"instance\":%u,"
          "\"enter\":%.9f,\"end\":%.9f,\"waited\":%.9f,\"served\":%.9f}\n",
          sim->plan->clients[visit->origin].name, visit->serial, sim->plan->requests[visit->request].name,
          instance->component->name, sim->plan->places[instance->fleet->place].name, instance->number,
          (double)visit->entered / 1e9, (double)sim->engine.now / 1e9, (double)job->waited / 1e9,
          (double)job->served / 1e9);
}
