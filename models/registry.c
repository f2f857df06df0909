// The one list of component types.
#include "model.h"
#include "pool.h"

#include <string.h>

extern const struct model cache_model;
extern const struct model cdn_model;
extern const struct model database_model;
extern const struct model dns_model;
extern const struct model load_balancer_model;
extern const struct model object_store_model;
extern const struct model queue_model;
extern const struct model server_model;
extern const struct model worker_model;

const struct model *const models[] = {
    &cache_model,        &cdn_model,   &database_model, &dns_model,    &load_balancer_model,
    &object_store_model, &queue_model, &server_model,   &worker_model, NULL};

const struct model *model_find(const char *type) {
  for (size_t i = 0; models[i] != NULL; i++) {
    if (strcmp(models[i]->form.name, type) == 0) return models[i];
  }
  return NULL;
}

void model_demand_of_program(const struct component *component, uint16_t request, struct model_demand *demand,
                             program_call_visitor *visitor, void *context) {
  const struct program *program = component->programs[request];
  *demand = (struct model_demand){.workers = POOL_UNLIMITED, .backlog = POOL_UNLIMITED};
  if (program == NULL) return;
  demand->program = program_demand(program);
  if (visitor != NULL) program_calls(program, visitor, context);
}
