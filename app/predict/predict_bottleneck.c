// What fills up first as the load grows.
#include "predict_parts.h"

#include <math.h>

// Of those who share the busiest cores, the one who uses them most.
void predict_offer_bottleneck(struct prediction *prediction, double *most, const struct component *component,
                              const char *resource, double utilization) {
  struct predicted_bottleneck *found = &prediction->bottleneck;
  if (!(utilization >= *most) || !(utilization > 0)) return;
  if (utilization == *most && found->component != NULL) {
    bool together = found->component->host != NULL && found->component->host == component->host;
    double own = prediction->components[component->number].load;
    if (!together || !(own > prediction->components[found->component->number].load)) return;
  }
  *most = utilization;
  prediction->bottleneck.component = component;
  prediction->bottleneck.resource = resource;
}

// In the order in which they are named where they are as full.
enum predicted_resource { PREDICTED_CORES, PREDICTED_DISK, PREDICTED_OUT, PREDICTED_IN, PREDICTED_WORKERS };
enum { PREDICTED_RESOURCES = PREDICTED_WORKERS + 1 };
static const char *const resources[] = {"cores", "disk", "nic", "nic_in", "workers"};

static double offered_of(const struct predicted_component *predicted, int resource) {
  const double offered[] = {[PREDICTED_CORES] = predicted->utilization,
                            [PREDICTED_DISK] = predicted->disk,
                            [PREDICTED_OUT] = predicted->nic,
                            [PREDICTED_IN] = predicted->nic_in,
                            [PREDICTED_WORKERS] = predicted->workers};
  return offered[resource];
}

void predict_bottleneck(const struct predictor *predictor, struct prediction *prediction) {
  struct predicted_bottleneck *found = &prediction->bottleneck;
  double most = 0;
  for (int r = 0; r < PREDICTED_RESOURCES; r++) {
    for (uint16_t c = 0; c < predictor->plan->component_count; c++) {
      predict_offer_bottleneck(prediction, &most, &predictor->plan->components[c], resources[r],
                               offered_of(&prediction->components[c], r));
    }
  }
  found->load = found->rate = NAN;
  if (found->component == NULL) return;
  const struct predicted_component *predicted = &prediction->components[found->component->number];
  found->why = predictor->parts[found->component->number].doubt;
  if (found->why == NULL && found->resource == resources[PREDICTED_WORKERS] && predicted->workers_least) {
    found->why = arena_format(predictor->arena, "workers of `%s` are also held while their visits wait",
                              found->component->name);
  }
  found->certain = found->why == NULL;
  if (predictor->closed) {
    found->load = predictor->load * found->users / (double)predict_users(predictor);
    return;
  }
  found->load = predictor->load / most;
  found->rate = prediction->offered / most;
}
