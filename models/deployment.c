#include "deployment.h"

#include "connection.h"
#include "machines.h"

#include <string.h>

static const struct field_alternative *const instance_forms[] = {
    ALTERNATIVE("count", .row = ITEM_COUNT(.minimum = 0, .maximum = DEPLOYMENT_INSTANCES_MOST),
                .doc = "in one place"),
    ALTERNATIVE("by place",
                .row = ITEM_MAP(ITEM_COUNT(.minimum = 0, .maximum = DEPLOYMENT_INSTANCES_MOST),
                                .to = "data center", .minimum = 1),
                .doc = "{place: count}"),
    NULL};

static const struct field deployment_fields[] = {
    FIELD_REFERENCE(struct deployment, on, "host", .doc = "the host that it shares with others"),
    FIELD_REFERENCE(struct deployment, machine, "machine",
                    .doc = "the type of machine that each instance has for itself"),
    FIELD_EITHER(struct deployment, instances, .alternatives = instance_forms, .standard = "1",
                 .doc = "how many, and where"),
    FIELD_LIST(struct deployment, in, ITEM_NAME(.to = "data center"),
               .doc = "places; the first data center unless given"),
    FIELD_MAP(struct deployment, overrides, ITEM_RAW(), .to = "data center",
              .doc = "{place: patch}: what differs in one place"),
    FIELD_LIST(struct deployment, tags, ITEM_TEXT(), .doc = "free words; results add its cost up by them"),
    FIELD_EITHER(struct deployment, price, .alternatives = price_forms,
                 .doc = "what it costs beside its machines; for a time: each instance"),
    FIELD_RECORD(struct deployment, tls, struct connection_tls, &connection_table,
                 .doc = "encryption of the connections of clients, who come to it first; none unless given"),
};
const struct field_table deployment_table = FIELD_TABLE("deployment", struct deployment, deployment_fields,
                                                        .doc = "Where the instances of a component stand.");

static bool share_by_place(struct component *component, const struct map *map, const struct plan *plan) {
  struct deployment_share *shares = arena_array(plan->arena, map->count, sizeof *shares);
  bool right = true;
  for (size_t i = 0; i < map->count; i++) {
    shares[i].place = plan_place(plan, map->entries[i].name);
    shares[i].count = *(const int64_t *)map->entries[i].value;
    right &= shares[i].place != UINT16_MAX;
  }
  component->shares = shares;
  component->share_count = (uint16_t)map->count;
  return right;
}

static bool share_in_places(struct component *component, const struct deployment *deployment,
                            const struct plan *plan) {
  size_t count = deployment->in.count > 0 ? deployment->in.count : 1;
  struct deployment_share *shares = arena_array(plan->arena, count, sizeof *shares);
  int64_t instances = *(const int64_t *)deployment->instances.value;
  bool right = true;
  shares[0] = (struct deployment_share){.place = component->host != NULL ? component->host->place : 0,
                                        .count = instances};
  for (size_t i = 0; i < deployment->in.count; i++) {
    const char *name = ((const char *const *)deployment->in.items)[i];
    shares[i] = (struct deployment_share){.place = plan_place(plan, name), .count = instances};
    right &= shares[i].place != UINT16_MAX;
  }
  component->shares = shares;
  component->share_count = (uint16_t)count;
  return right;
}

static bool is_among(const char *const *words, uint16_t count, const char *word) {
  for (uint16_t i = 0; i < count; i++) {
    if (strcmp(words[i], word) == 0) return true;
  }
  return false;
}

static bool compile_tags(struct component *component, const struct list *written, const struct plan *plan) {
  const char **tags = arena_array(plan->arena, written->count, sizeof *tags);
  component->tag_count = 0; // what differs in one place begins with those of the whole
  for (size_t i = 0; tags != NULL && i < written->count; i++) {
    const char *tag = ((const char *const *)written->items)[i];
    if (tag == NULL || is_among(tags, component->tag_count, tag)) continue;
    tags[component->tag_count++] = tag;
  }
  component->tags = tags;
  return tags != NULL;
}

static bool compile_price(struct component *component, struct plan *plan, struct field_context *context) {
  const struct deployment *deployment = component->parameters;
  const struct node *node = node_find(component->node, "price");
  if (!price_compile(&deployment->price, node, context, &component->price)) return false;
  price_book_note(&plan->prices, &component->price, node);
  return true;
}

// One share in the first place, which nobody looks at.
static bool share_nowhere(struct component *component, const struct plan *plan,
                          struct field_context *context) {
  static const char *const rows[] = {"on", "machine", "in", "instances", "overrides", "tls"};
  bool right = true;
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    const struct node *node = node_find(component->node, rows[i]);
    if (node == NULL || !field_is_given(node)) continue;
    diagnostic_key_error(context->diagnostics, node, "`%s` is everywhere: it takes no `%s`", component->name,
                         rows[i]);
    right = false;
  }
  struct deployment_share *share = arena_take(plan->arena, sizeof *share);
  if (share == NULL) return false;
  *share = (struct deployment_share){.place = 0, .count = 1};
  component->shares = share;
  component->share_count = 1;
  return right;
}

// What differs in one place is no further component.
static void note_on_host(const struct component *component, const struct plan *plan) {
  bool whole = component == &plan->components[component->number];
  if (component->host != NULL && whole) plan->hosts[component->host - plan->hosts].components++;
}

bool deployment_compile(struct component *component, struct plan *plan, struct field_context *context) {
  const struct deployment *deployment = component->parameters;
  if (!compile_tags(component, &deployment->tags, plan) || !compile_price(component, plan, context))
    return false;
  if (component->model->everywhere) return share_nowhere(component, plan, context);
  const struct node *own = node_find(component->node, "machine");
  if (node_find(component->node, "on") != NULL && own != NULL) {
    diagnostic_error(context->diagnostics, own,
                     "a component stands either `on` a host or has a `machine` of its own");
    return false;
  }
  component->machine = machines_find(plan, deployment->machine.name);
  component->host = plan_host(plan, deployment->on.name);
  note_on_host(component, plan);
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
  return by_place ? share_by_place(component, deployment->instances.value, plan)
                  : share_in_places(component, deployment, plan);
}

int64_t component_instances(const struct component *component) {
  int64_t count = 0;
  for (uint16_t i = 0; i < component->share_count; i++) count += component->shares[i].count;
  return count;
}
