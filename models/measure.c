#include "measure.h"

void measure_restart(struct component_measure *measure) {
  struct component_measure fresh = {.inside = measure->inside,
                                    .entered = measure->entered,
                                    .left = measure->left,
                                    .bytes_out = measure->bytes_out,
                                    .bytes_to_clients = measure->bytes_to_clients,
                                    .sojourn_histogram = measure->sojourn_histogram,
                                    .wait_histogram = measure->wait_histogram};
  histogram_clear(&fresh.sojourn_histogram);
  histogram_clear(&fresh.wait_histogram);
  level_restart_peak(&fresh.inside);
  *measure = fresh;
}

static void settle_sole_visits(struct sole_visits *sole, struct request_measure *client) {
  if (sole->sojourn.count == 0) return;
  struct component_measure *component = &sole->fleet->measure;
  client->answers += sole->sojourn.count;
  client->answered += sole->sojourn.count;
  tally_merge(&client->latency, &sole->sojourn);
  histogram_merge(&client->latency_histogram, &sole->histogram);
  component->outcomes[OUTCOME_DONE] += sole->sojourn.count;
  tally_merge(&component->sojourn, &sole->sojourn);
  histogram_merge(&component->sojourn_histogram, &sole->histogram);
  sole->sojourn = (struct tally){0};
  histogram_clear(&sole->histogram);
}

// A request that needs no call makes one attempt.
void measure_settle(struct sim *sim) {
  for (uint16_t c = 0; c < sim->plan->client_count; c++) {
    struct client_run *client = &sim->clients[c];
    for (uint16_t r = 0; r < sim->plan->request_count; r++) {
      if (client->group->entries[r].policy == NULL)
        client->measures[r].attempts = client->measures[r].offered;
      settle_sole_visits(&client->soles[r], &client->measures[r]);
    }
  }
}

void measure_complete(struct component_measure *measure) {
  tally_merge(&measure->residence, &measure->sojourn);
  tally_merge(&measure->sojourn, &measure->sojourn_called);
  measure->sojourn_sum += measure->sojourn.sum;
  histogram_record_times(&measure->sojourn_histogram, 0, measure->passed);
  measure->sojourn.count += measure->passed;
  measure->residence.count += measure->passed;
  measure->outcomes[OUTCOME_DONE] += measure->passed;
  uint64_t visits = measure->sojourn.count;
  measure->waited = measure->wait.count;
  measure->slowdown_count = measure->service.count;
  histogram_record_times(&measure->wait_histogram, 0, visits - measure->wait.count);
  measure->wait.count = visits;
  measure->service.count = visits;
}
