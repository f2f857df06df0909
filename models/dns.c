// A name service: tells clients where to send their requests, and has them go on with what they were told.
//
// Models: resolvers in every region, each with a cache of its own; a user asks the same one each time, which
// stands at the edge of the user's region. What a resolver does not know it looks up, once for all who wait
// for it; what it has been told it tells everyone until the time to live is over, whatever has become of the
// place that the answer names. The dns itself never learns of a death, but knows at once what is deployed and
// scaled. A user with an open connection asks nobody.
// Leaves out: health checks, failures of the dns itself, caches of the clients' own systems, several answers
// at once, negative answers, names of name servers.
#include "deployment.h"
#include "flow.h"
#include "item.h"
#include "journey.h"
#include "pool.h"
#include "route.h"

#include <string.h>

enum dns_policy { DNS_SINGLE, DNS_ROUND_ROBIN, DNS_WEIGHTED, DNS_GEO, DNS_LATENCY, DNS_FAILOVER };
static const char *const policies[] = {"single",  "round-robin", "weighted", "geo",
                                       "latency", "failover",    NULL};

enum dns_start { DNS_COLD, DNS_WARM };
static const char *const starts[] = {"cold", "warm", NULL};

struct dns {
  struct deployment deployment;
  struct list answers;
  int policy;
  struct map weights;
  int64_t ttl;
  int64_t resolvers;
  const struct distribution *lookup; // NULL: the default of the network
  int start;
  const struct node *health_check;
};

static const struct field dns_fields[] = {
    FIELD_SPREAD(struct dns, deployment, struct deployment, &deployment_table,
                 .doc = "it is everywhere: takes nothing of this but tags"),
    FIELD_LIST(struct dns, answers, ITEM_REFERENCE("component"), .minimum = 1, .required = true,
               .doc = "where it may send clients"),
    FIELD_WORD(struct dns, policy, policies, .standard = "\"single\"",
               .doc =
                   "single: the first answer in its first place; round-robin: one after the other; weighted: "
                   "by `weights`; geo and latency: the nearest place that has one; failover: not yet"),
    FIELD_MAP(struct dns, weights, ITEM_NUMBER(.minimum = 0, .maximum = 1e9), .to = "data center",
              .live = true, .doc = "{place: weight}, for weighted; a place without one gets nobody"),
    FIELD_DURATION(struct dns, ttl, .standard = "\"60s\"", .maximum = 31536000e9, .live = true,
                   .doc = "how long an answer may be used (60s or less is advised for failover: Route 53)"),
    FIELD_COUNT(struct dns, resolvers, .standard = "10", .minimum = 1, .maximum = 100000,
                .doc = "in each region, each with a cache of its own (assumed)"),
    FIELD_DISTRIBUTION(struct dns, lookup, DURATION,
                       .doc =
                           "what a resolver takes to look up what it does not know; lognormal, median 60ms, "
                           "p99 584ms unless given (assumed); no time without a network"),
    FIELD_WORD(struct dns, start, starts, .standard = "\"warm\"",
               .doc = "warm: resolvers begin with an answer whose age is anything up to the time to live"),
    FIELD_RAW(struct dns, health_check, .doc = "not yet: leave it out, or set it to null"),
};
static const struct field_table dns_table =
    FIELD_TABLE("dns", struct dns, dns_fields, .doc = "Tells clients where to send their requests.");

// Compiled.
struct dns_plan {
  uint16_t count;
  struct call_site *sites; // of the components
  struct distribution lookup;
  uint64_t luck; // what it splits a request's luck by: of its name
};

// An answer: a component in one place, or one that chooses for itself where it answers.
enum { ANYWHERE = UINT16_MAX, NO_END = UINT16_MAX - 2 };
struct dns_end {
  const struct component *component;
  uint16_t fleet; // of its service; ANYWHERE
};

// What a resolver knows. Before `ready` it is on its way; from `expires` on it is of no use.
struct resolver {
  int64_t ready;
  int64_t expires;
  uint16_t end;
};

struct dns_state {
  struct dns_end *ends;
  double *weights;
  uint16_t count;
  uint16_t cursor;
  uint16_t *turns;           // by region: of answers that are equally near
  struct resolver **regions; // by region, then by number; NULL: nobody has asked there
};

struct dns_account {
  uint64_t asked;   // of resolvers
  uint64_t hits;    // of these: answered from a cache
  uint64_t lookups; // by resolvers
  uint64_t joined;  // the wait for a lookup that was under way
  uint64_t stale;   // answers out of caches that lead where nothing works, or nobody is sent any more
};

static const struct dns_plan *plan_of(const struct instance *instance) {
  return instance->component->compiled;
}

// ---- Compiling ----

static bool judge(const struct component *component, const struct dns *dns, struct field_context *context) {
  size_t before = context->diagnostics->errors;
  double sum = 0;
  for (size_t i = 0; i < dns->weights.count; i++) sum += *(const double *)dns->weights.entries[i].value;
  const struct node *weights = node_find(component->node, "weights");
  if (dns->health_check != NULL)
    diagnostic_error(context->diagnostics, dns->health_check,
                     "health checks are not there yet: leave it out, or set it to null");
  if (dns->policy == DNS_FAILOVER)
    diagnostic_error(context->diagnostics, node_find(component->node, "policy"),
                     "`failover` is not there yet: take another policy, or set it to null");
  if (dns->policy == DNS_WEIGHTED && sum <= 0)
    diagnostic_error(context->diagnostics, weights != NULL ? weights : component->node,
                     "`weighted` needs `weights`, of which one at least is more than 0");
  if (dns->policy != DNS_WEIGHTED && dns->weights.count > 0)
    diagnostic_warning(context->diagnostics, weights, "`%s` does not heed weights", policies[dns->policy]);
  if (dns->policy == DNS_SINGLE && dns->answers.count > 1)
    diagnostic_warning(context->diagnostics, node_find(component->node, "answers"),
                       "`single` gives the first answer alone");
  return context->diagnostics->errors == before;
}

static void compile_lookup(const struct dns *dns, const struct plan *plan, struct dns_plan *compiled) {
  const char *why = NULL;
  compiled->lookup = (struct distribution){.kind = DISTRIBUTION_CONSTANT};
  if (dns->lookup != NULL) {
    compiled->lookup = *dns->lookup;
  } else if (!plan->network.none) {
    bool right = distribution_lognormal_percentiles(&compiled->lookup, 60e6, 584e6, &why);
    ASSERT(right, "the default of a lookup");
  }
}

static bool compile(struct component *component, struct plan *plan, struct field_context *context) {
  const struct dns *dns = component->parameters;
  struct dns_plan *compiled = arena_take(plan->arena, sizeof *compiled);
  component->compiled = compiled;
  if (compiled == NULL || component->wrong) return false;
  compiled->sites = arena_array(plan->arena, dns->answers.count, sizeof *compiled->sites);
  if (compiled->sites == NULL) return false;
  compiled->luck = random_named(0, 0, component->name, "dns").state;
  compile_lookup(dns, plan, compiled);
  bool right = judge(component, dns, context);
  for (size_t i = 0; i < dns->answers.count; i++) {
    const struct reference *answer = &((const struct reference *)dns->answers.items)[i];
    struct component *callee = plan_component(plan, answer->name);
    if (callee == NULL || callee->model == NULL) return false;
    if (callee->model->everywhere) {
      diagnostic_error(context->diagnostics, answer->node,
                       "`%s` is everywhere itself: it is no place to go to", answer->name);
      return false;
    }
    compiled->sites[compiled->count++] =
        (struct call_site){.callee = callee, .request = PROGRAM_SAME_REQUEST, .number = plan_site(plan)};
  }
  return right;
}

// ---- Answers ----

// The answers stand in the order in which components and their places are written.
static uint16_t ends_of(const struct dns_plan *compiled, struct dns_end *ends) {
  uint16_t count = 0;
  for (uint16_t i = 0; i < compiled->count; i++) {
    const struct component *component = compiled->sites[i].callee;
    bool chooses = component->model->route != NULL;
    uint16_t fleets = chooses ? 1 : component->share_count;
    for (uint16_t f = 0; f < fleets && count < NO_END; f++) {
      if (ends != NULL) ends[count] = (struct dns_end){component, chooses ? ANYWHERE : f};
      count++;
    }
  }
  return count;
}

static double weight_in(const struct map *weights, const char *place) {
  for (size_t i = 0; i < weights->count; i++) {
    if (strcmp(weights->entries[i].name, place) == 0) return *(const double *)weights->entries[i].value;
  }
  return 0;
}

static const struct fleet *fleet_of(const struct sim *sim, const struct dns_end *end, uint16_t fleet) {
  return &sim->services[end->component->number].fleets[end->fleet == ANYWHERE ? fleet : end->fleet];
}

static uint16_t fleets_of(const struct sim *sim, const struct dns_end *end) {
  return end->fleet == ANYWHERE ? sim->services[end->component->number].fleet_count : 1;
}

static bool is_deployed(const struct sim *sim, const struct dns_end *end) {
  for (uint16_t f = 0; f < fleets_of(sim, end); f++) {
    if (route_deployed(fleet_of(sim, end, f)) > 0) return true;
  }
  return false;
}

static bool works(const struct sim *sim, const struct dns_end *end) {
  for (uint16_t f = 0; f < fleets_of(sim, end); f++) {
    if (fleet_of(sim, end, f)->healthy_count > 0) return true;
  }
  return false;
}

// Whatever chooses for itself has the weight of all its places.
static double weight_of(const struct sim *sim, const struct map *weights, const struct dns_end *end) {
  double weight = 0;
  for (uint16_t f = 0; f < fleets_of(sim, end); f++)
    weight += weight_in(weights, sim->plan->places[fleet_of(sim, end, f)->place].name);
  return weight;
}

static int64_t distance(const struct sim *sim, const struct network_end *from, const struct dns_end *end) {
  int64_t least = INT64_MAX;
  for (uint16_t f = 0; f < fleets_of(sim, end); f++) {
    uint16_t place = fleet_of(sim, end, f)->place;
    struct network_end to = {.region = sim->plan->places[place].region_number, .place = place};
    int64_t far = to.region == from->region ? -1 : network_delay(&sim->plan->network, from, &to);
    if (far < least) least = far;
  }
  return least;
}

// How far the nearest deployed answers are, and how many are as near.
static uint16_t count_nearest(const struct sim *sim, const struct dns_state *state,
                              const struct network_end *from, int64_t *least) {
  uint16_t equals = 0;
  for (uint16_t e = 0; e < state->count; e++) {
    if (!is_deployed(sim, &state->ends[e])) continue;
    int64_t far = distance(sim, from, &state->ends[e]);
    if (equals > 0 && far > *least) continue;
    equals = equals > 0 && far == *least ? (uint16_t)(equals + 1) : 1;
    *least = far;
  }
  return equals;
}

// Of those that are equally near, each in turn: a region's lookups alike.
static uint16_t nearest(const struct sim *sim, struct dns_state *state, const struct network_end *from) {
  int64_t least = 0;
  uint16_t equals = count_nearest(sim, state, from, &least);
  if (equals == 0) return NO_END;
  uint16_t turn = state->turns[from->region]++ % equals;
  for (uint16_t e = 0; e < state->count; e++) {
    if (!is_deployed(sim, &state->ends[e]) || distance(sim, from, &state->ends[e]) != least) continue;
    if (turn-- == 0) return e;
  }
  return NO_END;
}

static uint16_t next_in_turn(const struct sim *sim, struct dns_state *state) {
  for (uint16_t tries = 0; tries < state->count; tries++) {
    uint16_t end = state->cursor;
    state->cursor = (uint16_t)((state->cursor + 1) % state->count);
    if (is_deployed(sim, &state->ends[end])) return end;
  }
  return NO_END;
}

static uint16_t by_weight(const struct sim *sim, const struct dns_state *state, const struct map *weights,
                          struct random_stream *luck) {
  double sum = 0;
  for (uint16_t e = 0; e < state->count; e++) {
    state->weights[e] = is_deployed(sim, &state->ends[e]) ? weight_of(sim, weights, &state->ends[e]) : 0;
    sum += state->weights[e];
  }
  double at = random_unit(luck) * sum;
  uint16_t found = NO_END;
  for (uint16_t e = 0; e < state->count && at >= 0; e++) {
    if (state->weights[e] <= 0) continue;
    found = e;
    at -= state->weights[e];
  }
  return found;
}

// What whoever asks at `from` is told today.
static uint16_t answer(const struct sim *sim, const struct instance *instance, const struct network_end *from,
                       struct random_stream *luck) {
  const struct dns *dns = instance->parameters;
  struct dns_state *state = instance->volatile_state;
  switch ((enum dns_policy)dns->policy) {
  case DNS_ROUND_ROBIN:
    return next_in_turn(sim, state);
  case DNS_WEIGHTED:
    return by_weight(sim, state, &dns->weights, luck);
  case DNS_GEO:
  case DNS_LATENCY:
    return nearest(sim, state, from);
  default:
    return 0;
  }
}

static bool is_stale(const struct sim *sim, const struct instance *instance, uint16_t number) {
  const struct dns *dns = instance->parameters;
  const struct dns_state *state = instance->volatile_state;
  if (number == NO_END) return false;
  const struct dns_end *end = &state->ends[number];
  return !works(sim, end) || (dns->policy == DNS_WEIGHTED && weight_of(sim, &dns->weights, end) <= 0);
}

// ---- Resolvers ----

static bool start(struct sim *sim, struct instance *instance) {
  const struct dns_plan *compiled = plan_of(instance);
  struct dns_state *state = instance->volatile_state;
  state->count = ends_of(compiled, NULL);
  state->ends = arena_array(&sim->arena, state->count, sizeof *state->ends);
  state->weights = arena_array(&sim->arena, state->count, sizeof *state->weights);
  state->turns = arena_array(&sim->arena, sim->plan->network.region_count, sizeof *state->turns);
  state->regions = arena_array(&sim->arena, sim->plan->network.region_count, sizeof *state->regions);
  if (sim->budget.exhausted) return false;
  ends_of(compiled, state->ends);
  return true;
}

// As if they had been asked all the time.
static void warm(const struct sim *sim, const struct instance *instance, uint16_t region,
                 struct resolver *resolvers) {
  const struct dns *dns = instance->parameters;
  const struct network_end here = {.region = region, .place = NETWORK_CLIENT};
  struct random_stream stream = random_split(sim_stream(sim, instance->component->name, "resolvers"), region);
  for (int64_t i = 0; i < dns->resolvers; i++) {
    struct random_stream luck = random_split(stream, (uint64_t)i);
    resolvers[i].expires = (int64_t)(random_unit(&luck) * (double)dns->ttl);
    resolvers[i].end = answer(sim, instance, &here, &luck);
  }
}

// The one that a user asks, or an instance of the system's own.
static struct resolver *resolver_of(struct sim *sim, const struct visit *visit, uint16_t region) {
  const struct dns *dns = visit->instance->parameters;
  struct dns_state *state = visit->instance->volatile_state;
  if (state->regions[region] == NULL) {
    struct resolver *resolvers = arena_array(&sim->arena, (size_t)dns->resolvers, sizeof *resolvers);
    if (resolvers == NULL) return NULL;
    for (int64_t i = 0; i < dns->resolvers; i++) resolvers[i] = (struct resolver){-1, -1, NO_END};
    if (dns->start == DNS_WARM) warm(sim, visit->instance, region, resolvers);
    state->regions[region] = resolvers;
  }
  return &state->regions[region][random_mix(item_user(sim, visit)) % (uint64_t)dns->resolvers];
}

// Luck of a visit that takes nobody's: splits of the dns's own.
enum { LUCK_OF_QUERY, LUCK_OF_ANSWER, LUCK_OF_LOOKUP, LUCK_OF_CHOICE };

static struct random_stream luck_for(const struct visit *visit, uint64_t what) {
  return random_split(random_split(visit->strand.luck, plan_of(visit->instance)->luck), what);
}

// What the resolver has to say: from its cache, after what it is looking up already, or looked up now.
static void look_up(struct sim *sim, const struct visit *visit, struct resolver *resolver,
                    const struct network_end *here) {
  struct dns_account *account = visit->instance->durable_state;
  const struct dns *dns = visit->instance->parameters;
  int64_t now = sim->engine.now;
  if (now < resolver->ready) {
    account->joined++;
    return;
  }
  if (now < resolver->expires) {
    account->hits++;
    account->stale += is_stale(sim, visit->instance, resolver->end);
    return;
  }
  struct random_stream luck = luck_for(visit, LUCK_OF_CHOICE), time = luck_for(visit, LUCK_OF_LOOKUP);
  account->lookups++;
  resolver->end = answer(sim, visit->instance, here, &luck);
  resolver->ready = now + distribution_sample(&plan_of(visit->instance)->lookup, &time);
  resolver->expires = resolver->ready + dns->ttl;
}

// ---- The way ----

// Where a visit stands with it, in `awaited`, which a visit has no other use for before its program begins:
// the query is out, or the answer, whose number follows.
enum { QUERY_OUT = 1, ANSWER_OUT = 2 };

static bool takes_time(struct sim *sim, struct visit *visit, int64_t time) {
  if (time > 0) engine_arm(&sim->engine, visit_frame(visit), sim->engine.now + time, EVENT_COMPLETION);
  return time > 0;
}

// Untried instances first, as everywhere.
static struct instance *instance_at(struct sim *sim, struct visit *visit, const struct dns_end *end,
                                    const struct network_end *asker) {
  if (end->fleet == ANYWHERE) return end->component->model->route(sim, visit, end->component, asker, NULL);
  struct fleet *fleet = &sim->services[end->component->number].fleets[end->fleet];
  struct instance *instance = route_within(fleet);
  bool again = flow_tries_again(sim, visit);
  for (uint32_t i = 1; again && i < fleet->healthy_count && flow_tried(sim, visit, instance); i++)
    instance = route_within(fleet);
  return instance;
}

static enum verdict hand_on(struct sim *sim, struct visit *visit) {
  const struct dns_state *state = visit->instance->volatile_state;
  uint16_t end = (uint16_t)(visit->strand.awaited - ANSWER_OUT);
  struct network_end asker = {0};
  visit->strand.awaited = 0;
  bool waited_for = journey_asker(sim, visit, &asker);
  struct instance *target =
      waited_for && end < state->count ? instance_at(sim, visit, &state->ends[end], &asker) : NULL;
  if (target == NULL) {
    flow_fail(sim, OUTCOME_UNAVAILABLE);
    return VERDICT_FAIL;
  }
  flow_forward(sim, visit, target, UINT32_MAX);
  return VERDICT_FORWARD;
}

// Resolvers stand at the edges of regions, where access links end.
static struct network_end resolver_end(const struct network_end *asker) {
  return (struct network_end){.region = asker->region, .place = NETWORK_CLIENT};
}

static enum verdict at_resolver(struct sim *sim, struct visit *visit) {
  struct network_end asker = {0};
  if (!journey_asker(sim, visit, &asker)) return hand_on(sim, visit);
  struct network_end here = resolver_end(&asker);
  struct resolver *resolver = resolver_of(sim, visit, asker.region);
  if (resolver == NULL) return VERDICT_WAIT; // memory has run out
  struct dns_account *account = visit->instance->durable_state;
  account->asked++;
  look_up(sim, visit, resolver, &here);
  struct random_stream luck = luck_for(visit, LUCK_OF_ANSWER);
  int64_t wait = resolver->ready > sim->engine.now ? resolver->ready - sim->engine.now : 0;
  wait += network_message(&sim->plan->network, &here, &asker, &luck);
  visit->strand.awaited = (uint16_t)(ANSWER_OUT + resolver->end);
  return takes_time(sim, visit, wait) ? VERDICT_WAIT : hand_on(sim, visit);
}

// Whoever has a connection open knows where it leads.
static bool is_connected(const struct sim *sim, struct visit *visit) {
  bool of_client = (visit_frame(visit)->flags & FLAG_CLIENTS) != 0;
  const struct fleet *fleet = of_client ? journey_connected(sim, visit) : NULL;
  const struct dns_state *state = visit->instance->volatile_state;
  for (uint16_t e = 0; fleet != NULL && e < state->count; e++) {
    const struct dns_end *end = &state->ends[e];
    const struct service *service = &sim->services[end->component->number];
    if (end->component->number != fleet->component->number) continue; // in a place it may differ
    if (end->fleet != ANYWHERE && &service->fleets[end->fleet] != fleet) continue;
    visit->strand.awaited = (uint16_t)(ANSWER_OUT + e);
    return true;
  }
  return false;
}

static enum verdict enter(struct sim *sim, struct visit *visit) {
  struct network_end asker = {0};
  if (is_connected(sim, visit)) return hand_on(sim, visit);
  if (!journey_asker(sim, visit, &asker)) return hand_on(sim, visit);
  struct network_end there = resolver_end(&asker);
  struct random_stream luck = luck_for(visit, LUCK_OF_QUERY);
  visit->strand.awaited = QUERY_OUT;
  int64_t way = network_message(&sim->plan->network, &asker, &there, &luck);
  return takes_time(sim, visit, way) ? VERDICT_WAIT : at_resolver(sim, visit);
}

static enum verdict resume(struct sim *sim, struct visit *visit) {
  return visit->strand.awaited == QUERY_OUT ? at_resolver(sim, visit) : hand_on(sim, visit);
}

// ---- Identities ----

static void ledger(const struct sim *sim, const struct instance *instance, model_ledger_check *compare,
                   void *context) {
  const struct dns_account *account = instance->durable_state;
  (void)sim;
  compare(context, "asked = answered from caches + lookups + joined a lookup", account->asked,
          account->hits + account->lookups + account->joined);
}

// ---- Predictions and figures ----

// The part of the answers that name a component; of the nearest, as if they were spread over all alike.
static double share_of(const struct dns *dns, const struct dns_plan *compiled, uint16_t number) {
  double own = 0, all = 0;
  if (dns->policy == DNS_SINGLE) return number == 0 ? 1 : 0;
  for (uint16_t i = 0; i < compiled->count; i++) {
    const struct component *component = compiled->sites[i].callee;
    for (uint16_t s = 0; s < component->share_count; s++) {
      bool there = component->shares[s].count > 0;
      double part = there ? 1 : 0;
      all += part;
      own += i == number ? part : 0;
    }
  }
  return all > 0 ? own / all : 0;
}

static void demand(const struct component *component, uint16_t request, struct model_demand *demand,
                   program_call_visitor *visitor, void *context) {
  const struct dns_plan *compiled = component->compiled;
  (void)request;
  *demand = (struct model_demand){.workers = POOL_UNLIMITED, .backlog = POOL_UNLIMITED};
  for (uint16_t i = 0; i < compiled->count && visitor != NULL; i++)
    visitor(context, &compiled->sites[i], share_of(component->parameters, compiled, i));
}

static const struct metric dns_metrics[] = {
    {.key = "hit_ratio",
     .slo = "hit_ratio",
     .head = "hits",
     .kind = METRIC_SHARE,
     .unit = METRIC_FRACTION,
     .top = METRIC_COUNTER(struct dns_account, hits),
     .bottom = METRIC_COUNTER(struct dns_account, asked),
     .doc = "queries that resolvers answered from their caches"},
    {.key = "lookups_per_s",
     .slo = "lookups",
     .head = "lookups",
     .kind = METRIC_RATE,
     .unit = METRIC_PER_SECOND,
     .top = METRIC_COUNTER(struct dns_account, lookups),
     .doc = "what resolvers looked up"},
    {.key = "stale_answers",
     .slo = "stale_answers",
     .head = "stale",
     .kind = METRIC_SHARE,
     .unit = METRIC_FRACTION,
     .top = METRIC_COUNTER(struct dns_account, stale),
     .bottom = METRIC_COUNTER(struct dns_account, asked),
     .doc =
         "queries answered from a cache with a place where nothing works, or where nobody is sent any more"},
};

const struct model dns_model = {
    .form = {.name = "dns",
             .doc = "tells clients where to send their requests",
             .table = &dns_table,
             .user = &dns_model},
    .forwards = true,
    .everywhere = true,
    .volatile_size = sizeof(struct dns_state),
    .durable_size = sizeof(struct dns_account),
    .metrics = dns_metrics,
    .metric_count = sizeof dns_metrics / sizeof *dns_metrics,
    .compile = compile,
    .enter = enter,
    .resume = resume,
    .start = start,
    .ledger = ledger,
    .demand = demand,
};
