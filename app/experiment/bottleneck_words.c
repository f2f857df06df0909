#include "bottleneck_parts.h"

#include "units.h"

#include <math.h>
#include <string.h>

static const double nearly_always = 0.98; // from there on a part is hardly ever idle
static const double differs = 0.02;       // by so much the fullest instance must, to be told from the mean

static const struct {
  const char *name;
  const char *were; // "its … never idle"
  const char *are;
} words[RESOURCES] = {
    [RESOURCE_CPU] = {"cpu", "cores were", "cores are"},
    [RESOURCE_DISK] = {"disk", "disk was", "disk is"},
    [RESOURCE_NIC] = {"nic", NULL, NULL},
    [RESOURCE_NIC_IN] = {"nic_in", NULL, NULL},
    [RESOURCE_POOL] = {NULL, "were", "are"}, // after the word for its tokens
};

const char *bottleneck_resource(const struct usage *usage, enum resource resource) {
  return resource == RESOURCE_POOL ? usage->tokens : words[resource].name;
}

static const char *joined(const char *reason, const char *more, struct arena *arena) {
  return more == NULL ? reason : arena_format(arena, "%s; %s", reason, more);
}

// ---- What visits pay --------------------------------------------------------------------------------------

// What those wait that do, not what all do on average: a few may wait for long. NULL: nothing to speak of.
static const char *price_of_waiting(const struct usage *usage, struct arena *arena) {
  if (!(usage->waited > 0.01) || usage->wait < usage->service / 100) return NULL;
  return arena_format(arena, "%s of its visits wait, %s on average", units_show_share(usage->waited).text,
                      units_show_duration(usage->wait / usage->waited).text);
}

// Under processor sharing visits go slower instead of waiting. With a pool in front, the wait for its tokens
// stands aside, and that for cores is part of what makes them slow.
static const char *price_of_sharing(const struct finding *finding, const struct usage *usage) {
  bool pool = bottleneck_taken(usage);
  double here = pool ? usage->held - usage->away : usage->sojourn - usage->away - usage->wait;
  double stretched = here / usage->service;
  if (!(stretched > 1.1) || !(usage->service > 0) || usage->pauses) return NULL;
  const char *with = pool ? arena_format(finding->arena, ", once its %s let them in", usage->tokens) : "";
  return arena_format(finding->arena, "its visits take %.1f times as long as they would alone%s", stretched,
                      with);
}

static const char *price(const struct finding *finding, const struct usage *usage) {
  const char *waiting = price_of_waiting(usage, finding->arena);
  bool device = finding->limit.resource != RESOURCE_POOL;
  if (waiting != NULL && !(device && bottleneck_taken(usage))) return waiting;
  const char *sharing = price_of_sharing(finding, usage);
  return sharing == NULL ? waiting : joined(sharing, waiting, finding->arena);
}

// ---- Interfaces -------------------------------------------------------------------------------------------

// The wait for an interface is not in the visits' own times: transfers go on after them.
static const char *price_of_sending(double utilization, const char *paid) {
  if (utilization > nearly_always) return "transfers pile up before it";
  return utilization > 0.7 ? "transfers slow each other down" : paid;
}

static const char *explain_interface(const struct finding *finding, double full, const char *paid) {
  const struct predicted_component *predicted = &finding->prediction->components[finding->limit.component];
  bool out = finding->limit.resource == RESOURCE_NIC;
  const char *what = out ? predicted->sends : predicted->receives;
  const char *mostly = what == NULL ? "" : arena_format(finding->arena, ", mostly %s", what);
  return arena_format(finding->arena, "its network interface %s %s of the time%s; %s",
                      out ? "sends" : "receives", units_show_share(full).text, mostly,
                      price_of_sending(full, paid));
}

// ---- Pools ------------------------------------------------------------------------------------------------

// The callee where visits spend most of their time, behind those that only hand on.
static const struct component *main_callee(const struct finding *finding, uint16_t component) {
  const struct plan *plan = finding->experiment->plan;
  uint16_t at = component;
  for (uint16_t steps = 0; steps < plan->component_count; steps++) {
    const struct predicted_component *predicted = &finding->prediction->components[at];
    double most = -1;
    for (uint32_t i = 0; i < predicted->call_count; i++) {
      double spent = predicted->calls[i].times * bottleneck_stay(finding, predicted->calls[i].callee);
      if (!(spent > most)) continue;
      most = spent;
      at = predicted->calls[i].callee;
    }
    if (most < 0 || !plan->components[at].model->forwards) break;
  }
  return at == component ? NULL : &plan->components[at];
}

static const char *explain_holding(const struct finding *finding, const struct usage *usage) {
  const struct component *callee = main_callee(finding, finding->limit.component);
  return arena_format(finding->arena, "its %s are held while waiting for %s, %s of a visit", usage->tokens,
                      callee != NULL ? callee->name : "callees", units_show_duration(usage->away).text);
}

static const char *explain_rejections(const struct finding *finding, const struct usage *usage) {
  return arena_format(finding->arena,
                      "turns away %s of what arrives: its %s are taken and its backlog is full",
                      units_show_share(usage->rejected).text, usage->tokens);
}

// ---- All of it --------------------------------------------------------------------------------------------

static const char *never_idle(const struct finding *finding, const struct usage *usage, double full) {
  enum resource resource = finding->limit.resource;
  bool pool = resource == RESOURCE_POOL;
  bool always = full > 1 - 1e-9;
  const char *what = always ? words[resource].were : words[resource].are;
  return arena_format(finding->arena, "%s %s%s%s %s idle", always ? "saturated: its" : "its",
                      pool ? usage->tokens : "", pool ? " " : "", what, always ? "never" : "hardly ever");
}

// Who is hardly ever idle has no room left even where its visits pay nothing: jobs wait in their queue.
static const char *room(const struct finding *finding, const struct usage *usage, double full) {
  const struct usage *holder = finding->holder;
  if (full > nearly_always) return NULL;
  if (holder == NULL || holder->full[RESOURCE_POOL] <= nearly_always) return "with room left";
  if (holder != usage) return "with hardly any room left";
  return arena_format(finding->arena, "its %s are hardly ever free", holder->tokens);
}

static const char *explain_limit(const struct finding *finding, const struct usage *usage) {
  struct arena *arena = finding->arena;
  enum resource resource = finding->limit.resource;
  double full = usage->full[resource];
  const char *paid = price(finding, usage);
  if (resource == RESOURCE_POOL && usage->rejected > 0) return explain_rejections(finding, usage);
  if (resource == RESOURCE_POOL && usage->away > usage->held / 2)
    return joined(explain_holding(finding, usage), paid, arena);
  const char *price_or_room = paid == NULL ? room(finding, usage, full) : paid;
  if (resource == RESOURCE_NIC || resource == RESOURCE_NIC_IN)
    return explain_interface(finding, full, price_or_room);
  if (full > nearly_always) return joined(never_idle(finding, usage, full), paid, arena);
  const struct host *host = usage->component->host;
  if (resource == RESOURCE_CPU && host != NULL && usage->own < full - differs)
    return arena_format(arena, "the busiest of those that share the host %s: %s", host->name, price_or_room);
  return arena_format(arena, "the busiest: %s", price_or_room);
}

// The pool that is full because of it.
static const char *whom_it_holds(const struct finding *finding, const struct usage *usage) {
  const struct usage *holder = finding->holder;
  if (holder == NULL || holder == usage) return NULL;
  return arena_format(finding->arena, "the %s of %s are held meanwhile", holder->tokens,
                      holder->component->name);
}

// Whom the pool before it has no place for.
static const char *whom_it_keeps_out(const struct finding *finding, const struct usage *usage) {
  const struct usage *door = finding->holder != NULL ? finding->holder : usage;
  if (finding->limit.resource == RESOURCE_POOL || !(door->rejected > 0)) return NULL;
  return arena_format(finding->arena, "%s turns away %s of what arrives", door->component->name,
                      units_show_share(door->rejected).text);
}

static const char *spread(const struct finding *finding, const struct usage *usage) {
  enum resource resource = finding->limit.resource;
  if (!(usage->full[resource] > usage->mean[resource] + differs)) return NULL;
  return arena_format(finding->arena, "hottest instance %s, mean %s",
                      units_show_share(usage->full[resource]).text,
                      units_show_share(usage->mean[resource]).text);
}

const char *bottleneck_explain(const struct finding *finding) {
  const struct usage *usage = &finding->usage[finding->limit.component];
  const char *why = explain_limit(finding, usage);
  why = joined(why, whom_it_holds(finding, usage), finding->arena);
  why = joined(why, whom_it_keeps_out(finding, usage), finding->arena);
  return joined(why, spread(finding, usage), finding->arena);
}
