#include "experiment.h"

#include <math.h>

void experiment_drop(struct experiment *experiment) {
  for (size_t i = 0; i < experiment->count; i++) replication_drop(experiment->replications[i]);
  experiment->count = 0;
}

bool experiment_is_over(const struct experiment *experiment) {
  return experiment->interrupted || experiment->failed;
}

double experiment_rate(const struct experiment *experiment) {
  const struct plan *plan = experiment->plan;
  double rate = 0;
  for (uint16_t c = 0; c < plan->client_count; c++) {
    const struct client_group *group = &plan->clients[c];
    rate += group->process->drive == ARRIVAL_OPEN ? group->process->rate(group->process_parameters) : NAN;
  }
  return rate * plan->run.load * experiment->load;
}
