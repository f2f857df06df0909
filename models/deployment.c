#include "deployment.h"

#include <string.h>

static const struct field_alternative *const instance_forms[] = {
    ALTERNATIVE("count", .row = ITEM_COUNT(.minimum = 0, .maximum = DEPLOYMENT_INSTANCES_MOST),
                .doc = "in one place"),
    ALTERNATIVE("by place",
                .row = ITEM_MAP(ITEM_COUNT(.minimum = 0, .maximum = DEPLOYMENT_INSTANCES_MOST), .minimum = 1),
                .doc = "{place: count}"),
    NULL};

static const struct field deployment_fields[] = {
    FIELD_REFERENCE(struct deployment, on, "host", .doc = "the host that it shares with others"),
    FIELD_REFERENCE(struct deployment, machine, "machine",
                    .doc = "the type of machine that each instance has for itself"),
    FIELD_EITHER(struct deployment, instances, .alternatives = instance_forms, .standard = "1",
                 .doc = "how many, and where"),
    FIELD_LIST(struct deployment, in, ITEM_NAME(), .doc = "places; the first data center unless given"),
    FIELD_LIST(struct deployment, tags, ITEM_TEXT(), .doc = "free words for reports"),
};
const struct field_table deployment_table = FIELD_TABLE("deployment", struct deployment, deployment_fields,
                                                        .doc = "Where the instances of a component stand.");

static uint16_t find_place(const struct plan *plan, const char *name, const struct node *node,
                           struct field_context *context) {
  const char **names = arena_array(context->arena, plan->place_count, sizeof(char *));
  for (uint16_t i = 0; i < plan->place_count; i++) {
    if (strcmp(plan->places[i].name, name) == 0) return i;
    names[i] = plan->places[i].name;
  }
  diagnostic_error(context->diagnostics, node, "there is no data center `%s`%s", name,
                   diagnostic_nearest(context->diagnostics, name, names, plan->place_count));
  return UINT16_MAX;
}

static bool share_by_place(struct component *component, const struct map *map, const struct plan *plan,
                           struct field_context *context) {
  struct deployment_share *shares = arena_array(context->arena, map->count, sizeof *shares);
  bool right = true;
  for (size_t i = 0; i < map->count; i++) {
    shares[i].place = find_place(plan, map->entries[i].name, map->entries[i].node, context);
    shares[i].count = *(const int64_t *)map->entries[i].value;
    right &= shares[i].place != UINT16_MAX;
  }
  component->shares = shares;
  component->share_count = (uint16_t)map->count;
  return right;
}

static bool share_in_places(struct component *component, const struct deployment *deployment,
                            const struct plan *plan, struct field_context *context) {
  size_t count = deployment->in.count > 0 ? deployment->in.count : 1;
  struct deployment_share *shares = arena_array(context->arena, count, sizeof *shares);
  int64_t instances = *(const int64_t *)deployment->instances.value;
  bool right = true;
  shares[0] = (struct deployment_share){component->host != NULL ? component->host->place : 0, instances};
  for (size_t i = 0; i < deployment->in.count; i++) {
    const char *name = ((const char *const *)deployment->in.items)[i];
    shares[i] = (struct deployment_share){find_place(plan, name, node_find(component->node, "in"), context),
                                          instances};
    right &= shares[i].place != UINT16_MAX;
  }
  component->shares = shares;
  component->share_count = (uint16_t)count;
  return right;
}

static bool find_host(struct component *component, const struct reference *on, const struct plan *plan,
                      struct field_context *context) {
  if (on->name == NULL) return true;
  const char **names = arena_array(context->arena, plan->host_count + 1U, sizeof(char *));
  for (uint16_t i = 0; i < plan->host_count; i++) {
    names[i] = plan->hosts[i].name;
    if (strcmp(plan->hosts[i].name, on->name) == 0) component->host = &plan->hosts[i];
  }
  if (component->host != NULL) return true;
  diagnostic_error(context->diagnostics, on->node, "there is no host `%s`%s", on->name,
                   diagnostic_nearest(context->diagnostics, on->name, names, plan->host_count));
  return false;
}

static bool find_machine(struct component *component, const struct reference *machine,
                         const struct map *machines, struct field_context *context) {
  if (machine->name == NULL) return true;
  const char **names = arena_array(context->arena, machines->count + 1, sizeof(char *));
  for (size_t i = 0; i < machines->count; i++) {
    names[i] = machines->entries[i].name;
    if (strcmp(machines->entries[i].name, machine->name) == 0)
      component->machine = machines->entries[i].value;
  }
  if (component->machine != NULL) return true;
  diagnostic_error(context->diagnostics, machine->node, "there is no machine `%s`%s", machine->name,
                   diagnostic_nearest(context->diagnostics, machine->name, names, machines->count));
  return false;
}

bool deployment_compile(struct component *component, struct plan *plan, const struct map *machines,
                        struct field_context *context) {
  const struct deployment *deployment = component->parameters;
  if (deployment->on.name != NULL && deployment->machine.name != NULL) {
    diagnostic_error(context->diagnostics, deployment->machine.node,
                     "a component stands either `on` a host or has a `machine` of its own");
    return false;
  }
  if (!find_host(component, &deployment->on, plan, context) ||
      !find_machine(component, &deployment->machine, machines, context)) {
    return false;
  }
  bool by_place = deployment->instances.index == 1;
  if (component->host != NULL && (by_place || deployment->in.count > 0)) {
    diagnostic_error(context->diagnostics, node_find(component->node, by_place ? "instances" : "in"),
                     "`%s` stands where its host `%s` does; give the host another `in`", component->name,
                     component->host->name);
    return false;
  }
  if (by_place && deployment->in.count > 0) {
    diagnostic_error(context->diagnostics, node_find(component->node, "in"),
                     "`instances` says already how many stand where");
    return false;
  }
  return by_place ? share_by_place(component, deployment->instances.value, plan, context)
                  : share_in_places(component, deployment, plan, context);
}

int64_t component_instances(const struct component *component) {
  int64_t count = 0;
  for (uint16_t i = 0; i < component->share_count; i++) count += component->shares[i].count;
  return count;
}
