#include "machines.h"

#include "machine_catalogue.h"

static const struct machine_type *built_in(const struct plan *plan, const char *name) {
  uint32_t number = names_find(plan->names, "built-in machine", name);
  if (number == NAME_INDEX_NONE) return NULL;
  struct machine_type *type = arena_take(plan->arena, sizeof *type);
  return type != NULL && machine_catalogue_type(number, plan->arena, type) ? type : NULL;
}

const struct machine_type *machines_find(const struct plan *plan, const char *name) {
  uint32_t number = names_find(plan->names, "machine", name);
  return number < plan->machine_count ? &plan->machines[number] : built_in(plan, name);
}

static bool compile_types(const struct map *written, struct plan *plan) {
  struct machine_type *types = arena_array(plan->arena, written->count + 1, sizeof *types);
  if (types == NULL) return false;
  for (size_t i = 0; i < written->count; i++) {
    const struct map_entry *entry = &written->entries[i];
    const struct machine_written *machine = entry->value;
    machine_type_compile_written(machine, entry->node, built_in(plan, machine->machine.name), &types[i]);
  }
  plan->machines = types;
  plan->machine_count = (uint16_t)written->count;
  return true;
}

static bool compile_host(const struct map_entry *entry, struct plan *plan) {
  const struct machine_host *written = entry->value;
  struct machine_type *type = arena_take(plan->arena, sizeof *type);
  if (type == NULL) return false;
  machine_type_compile(&written->settings, entry->node, machines_find(plan, written->machine.name), type);
  type->boot = type->warm = machine_unlimited.boot; // a host is there from the start
  plan->hosts[plan->host_count++] =
      (struct host){.name = entry->name,
                    .type = type,
                    .place = written->in != NULL ? plan_place(plan, written->in) : 0,
                    .count = written->count};
  return true;
}

bool machines_compile(const struct map *machines, const struct map *hosts, struct plan *plan) {
  plan->hosts = arena_array(plan->arena, hosts->count, sizeof *plan->hosts);
  if (plan->hosts == NULL || !compile_types(machines, plan)) return false;
  bool room = true;
  for (size_t i = 0; i < hosts->count && room; i++) room = compile_host(&hosts->entries[i], plan);
  return room;
}

// A run in which machines fail has no steady state to warm up to.
static void note_use(struct plan *plan, const struct machine_type *type, const struct node *user) {
  price_book_note(&plan->prices, &type->price, type->price_node != NULL ? type->price_node : user);
  if (type->mtbf != MACHINE_NEVER) plan->terminating = true;
}

void machines_note_uses(struct plan *plan) {
  for (uint16_t i = 0; i < plan->host_count; i++) note_use(plan, plan->hosts[i].type, NULL);
  for (uint16_t i = 0; i < plan->component_count; i++) {
    const struct component *component = &plan->components[i];
    if (component->machine != NULL) note_use(plan, component->machine, component->node);
  }
}
