#include "storage.h"

#include "model.h"
#include "plan.h"

#include <string.h>

// What a form names is there: decoding has looked it up.
static void compile_form(const struct storage_form *form, struct storage *storage, const struct plan *plan) {
  storage->aside = form->aside;
  storage->through = form->through;
  storage->invalidates = form->invalidates;
  storage->holds = arena_array(plan->arena, plan->dataset_count + 1U, sizeof(bool));
  if (form->origin != NULL) storage->origin = plan_component(plan, form->origin->name);
  for (size_t i = 0; form->holds != NULL && i < form->holds->count; i++) {
    uint16_t dataset = plan_dataset(plan, ((const struct reference *)form->holds->items)[i].name);
    if (dataset != UINT16_MAX) storage->holds[dataset] = true;
  }
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

static void expect_hits(struct plan *plan) {
  for (uint16_t c = 0; c < plan->component_count; c++) {
    const struct component *component = &plan->components[c];
    struct storage_form form = {0};
    plan->storages[c].hits = 1;
    if (component->wrong || component->model == NULL || component->model->storage == NULL) continue;
    component->model->storage(component->parameters, &form);
    if (form.hits == NULL) continue;
    plan->storages[c].hits = form.hits(component->parameters, plan, plan->storages[c].holds);
  }
}

bool storage_compile(struct plan *plan, struct field_context *context) {
  plan->storages = arena_array(plan->arena, plan->component_count, sizeof *plan->storages);
  plan->holders = arena_array(plan->arena, plan->dataset_count + 1U, sizeof(struct component *));
  if (plan->storages == NULL || plan->holders == NULL) return false;
  for (uint16_t c = 0; c < plan->component_count; c++) {
    const struct component *component = &plan->components[c];
    struct storage_form form = {0};
    plan->storages[c].component = component;
    if (component->model == NULL || component->model->storage == NULL) continue;
    component->model->storage(component->parameters, &form);
    compile_form(&form, &plan->storages[c], plan);
  }
  if (!refuse_circles(plan, context)) return false;
  inherit(plan);
  expect_hits(plan);
  for (uint16_t d = 0; d < plan->dataset_count; d++) plan->holders[d] = outermost(plan, d);
  return true;
}
