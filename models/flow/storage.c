#include "storage.h"

#include "model.h"
#include "plan.h"

#include <string.h>

static uint16_t find_dataset(const struct plan *plan, const char *name) {
  for (uint16_t d = 0; d < plan->dataset_count; d++) {
    if (strcmp(plan->datasets[d].name, name) == 0) return d;
  }
  return UINT16_MAX;
}

uint16_t storage_dataset(const struct plan *plan, const struct reference *reference,
                         struct field_context *context) {
  uint16_t found = find_dataset(plan, reference->name);
  if (found != UINT16_MAX) return found;
  const char **names = arena_array(context->arena, plan->dataset_count + 1U, sizeof(char *));
  for (uint16_t d = 0; d < plan->dataset_count; d++) names[d] = plan->datasets[d].name;
  diagnostic_error(context->diagnostics, reference->node, "there is no dataset `%s`%s", reference->name,
                   diagnostic_nearest(context->diagnostics, reference->name, names, plan->dataset_count));
  return UINT16_MAX;
}

static bool compile_form(const struct storage_form *form, struct storage *storage, struct plan *plan,
                         struct field_context *context) {
  storage->aside = form->aside;
  storage->through = form->through;
  storage->invalidates = form->invalidates;
  storage->holds = arena_array(plan->arena, plan->dataset_count + 1U, sizeof(bool));
  if (form->origin != NULL && form->origin->name != NULL) {
    storage->origin = plan_find_component(plan, form->origin, context);
    if (storage->origin == NULL) return false;
  }
  bool right = true;
  for (size_t i = 0; form->holds != NULL && i < form->holds->count; i++) {
    uint16_t dataset = storage_dataset(plan, &((const struct reference *)form->holds->items)[i], context);
    if (dataset == UINT16_MAX) {
      right = false;
    } else {
      storage->holds[dataset] = true;
    }
  }
  return right;
}

static bool holds_nothing(const struct storage *storage, uint16_t datasets) {
  for (uint16_t d = 0; d < datasets; d++) {
    if (storage->holds[d]) return false;
  }
  return true;
}

// What says nothing holds what its origin does; a chain is as long as there are components at most.
static void inherit(struct plan *plan) {
  bool changed = true;
  for (uint16_t round = 0; changed && round <= plan->component_count; round++) {
    changed = false;
    for (uint16_t c = 0; c < plan->component_count; c++) {
      struct storage *storage = &plan->storages[c];
      if (storage->holds == NULL || storage->origin == NULL) continue;
      const struct storage *origin = &plan->storages[storage->origin->number];
      if (origin->holds == NULL || !holds_nothing(storage, plan->dataset_count)) continue;
      memcpy(storage->holds, origin->holds, plan->dataset_count * sizeof(bool));
      changed = !holds_nothing(storage, plan->dataset_count);
    }
  }
}

bool storage_leads_to(const struct plan *plan, const struct component *component,
                      const struct component *origin) {
  for (uint16_t hops = 0; component != NULL && hops <= plan->component_count; hops++) {
    if (component == origin) return true;
    component = plan->storages[component->number].origin;
  }
  return false;
}

static bool refuse_circles(const struct plan *plan, struct field_context *context) {
  for (uint16_t c = 0; c < plan->component_count; c++) {
    const struct component *component = &plan->components[c];
    const struct component *origin = plan->storages[c].origin;
    if (origin == NULL || !storage_leads_to(plan, origin, component)) continue;
    diagnostic_error(context->diagnostics, node_find(component->node, "origin"),
                     "`%s` is its own origin, over `%s`: somebody must have what the others lack",
                     component->name, origin->name);
    return false;
  }
  return true;
}

static bool is_origin_of_another(const struct plan *plan, uint16_t component, uint16_t dataset) {
  for (uint16_t c = 0; c < plan->component_count; c++) {
    const struct storage *storage = &plan->storages[c];
    if (storage->holds != NULL && storage->holds[dataset] && storage->origin == &plan->components[component])
      return true;
  }
  return false;
}

static struct component *outermost(struct plan *plan, uint16_t dataset) {
  struct component *found = NULL;
  for (uint16_t c = 0; c < plan->component_count; c++) {
    const struct storage *storage = &plan->storages[c];
    if (storage->holds == NULL || !storage->holds[dataset] || is_origin_of_another(plan, c, dataset))
      continue;
    if (found != NULL) return NULL;
    found = &plan->components[c];
  }
  return found;
}

bool storage_compile(struct plan *plan, struct field_context *context) {
  plan->storages = arena_array(plan->arena, plan->component_count, sizeof *plan->storages);
  plan->holders = arena_array(plan->arena, plan->dataset_count + 1U, sizeof(struct component *));
  if (plan->storages == NULL || plan->holders == NULL) return false;
  bool right = true;
  for (uint16_t c = 0; c < plan->component_count; c++) {
    const struct component *component = &plan->components[c];
    struct storage_form form = {0};
    plan->storages[c].component = component;
    if (component->model->storage == NULL) continue;
    component->model->storage(component->parameters, &form);
    right &= compile_form(&form, &plan->storages[c], plan, context);
  }
  if (!right || !refuse_circles(plan, context)) return false;
  inherit(plan);
  for (uint16_t d = 0; d < plan->dataset_count; d++) plan->holders[d] = outermost(plan, d);
  return true;
}
