// Groups of clients. They send requests by an arrival process (open), or are a fixed number of users who
// think, ask and wait (closed), or come for a while and go (sessions). They measure what they experience:
// from the request to its final answer.
//
// Luck: request n of an open group carries the n-th draw of the group's stream, so that two scenarios under
// the same traffic give the same requests the same demands, whatever becomes of them; a user's k-th request
// carries the k-th split of the user's.
//
// Leaves out: browsers' caches, pages as steps.
#include "client.h"

#include "flow.h"
#include "passage.h"
#include "rarely.h"
#include "request.h"
#include "visit.h"
#include "visit_trace.h"
#include "window.h"

#include <string.h>

// ---- As it is written ----

static const char *const kinds[] = {"web", "mobile", "attacker", NULL};
enum { KIND_MOBILE = 1, KIND_ATTACKER = 2, DEFAULT_USERS = 10000 };

static const struct field_alternative *const entry_forms[] = {
    ALTERNATIVE("component", .row = ITEM_REFERENCE("component"), .doc = "all requests go to one component"),
    ALTERNATIVE("by request", .row = ITEM_MAP(ITEM_REFERENCE("component"), .star = true, .minimum = 1),
                .doc = "{request: component, \"*\": component}"),
    NULL};

static const struct field_alternative *const from_forms[] = {
    ALTERNATIVE("region", .row = ITEM_NAME(.to = "region"), .doc = "all are in one region"),
    ALTERNATIVE("shares",
                .row = ITEM_MAP(ITEM_NUMBER(.minimum = 0, .maximum = 1e9), .to = "region", .minimum = 1),
                .doc = "{region: share}: each user is in one of them"),
    NULL};

static const struct field client_fields[] = {
    FIELD_EITHER(struct client_settings, from, .alternatives = from_forms,
                 .doc = "the region that they are in; the first data center's unless given"),
    FIELD_WORD(struct client_settings, kind, kinds, .standard = "\"web\"",
               .doc = "attackers are left out of `all` and of objectives"),
    FIELD_TEXT(struct client_settings, access, .to = "access profile",
               .doc = "how they reach the network: broadband for web, 4g for mobile unless given; see "
                      "`headroom doc network`"),
    FIELD_COUNT(struct client_settings, users, .standard = "10000", .minimum = 1, .maximum = 1e9,
                .doc = "distinct people; every request belongs to one"),
    FIELD_VARIANT(struct client_settings, arrivals, .each = arrival_alternative, .required = true,
                  .doc = "when requests come"),
    FIELD_VARIANT(struct client_settings, shape, .each = shape_alternative,
                  .doc = "a factor on the rate that changes over time"),
    FIELD_DISTRIBUTION(struct client_settings, batch, COUNT,
                       .doc = "requests that come at once at each arrival; 1 unless given"),
    FIELD_MAP(struct client_settings, mix, ITEM_NUMBER(.minimum = 0, .maximum = 1e9),
              .doc = "request: weight; unless given, the names of a trace, or one request called `request`"),
    FIELD_EITHER(struct client_settings, entry, .alternatives = entry_forms, .required = true,
                 .doc = "where requests go first"),
    FIELD_DURATION(struct client_settings, keep_alive, .standard = "\"60s\"", .maximum = 604800e9,
                   .doc = "how long a user's connection may be idle and be used again (assumed)"),
    FIELD_SPREAD(struct client_settings, policies, struct policy_settings, &policy_table,
                 .doc = "what clients do about slow or failed requests"),
};
const struct field_table client_table =
    FIELD_TABLE("client", struct client_settings, client_fields,
                .doc = "A group of clients: who sends requests, when, and where to.");

static const struct arrival_process *process_of(const struct client_settings *settings) {
  return arrival_process_of(&settings->arrivals);
}

static struct arrival_requests requests_of(const struct client_settings *settings) {
  const struct arrival_process *process = process_of(settings);
  if (process->requests == NULL) return (struct arrival_requests){0};
  return process->requests(settings->arrivals.value);
}

int64_t client_users(const void *decoded) {
  const struct client_settings *settings = decoded;
  return settings->users;
}

void client_collect(const void *decoded, struct plan *plan) {
  const struct client_settings *settings = decoded;
  bool wrong = settings->arrivals.alternative == NULL || settings->arrivals.wrong;
  struct arrival_requests said = wrong ? (struct arrival_requests){0} : requests_of(settings);
  for (size_t i = 0; i < said.count; i++) plan_add_request(plan, said.names[i]);
  for (size_t i = 0; i < settings->mix.count; i++) plan_add_request(plan, settings->mix.entries[i].name);
  if (settings->mix.count == 0 && said.count == 0) plan_add_request(plan, "request");
}

// ---- Compiled ----

struct mix {
  size_t count;
  uint16_t *requests;
  double *cumulative; // of weights
};

static void mix_add(struct mix *mix, uint16_t request, double weight) {
  double before = mix->count > 0 ? mix->cumulative[mix->count - 1] : 0;
  mix->requests[mix->count] = request;
  mix->cumulative[mix->count++] = before + weight;
}

// Without a mix requests are called as a trace calls them, as often as it does, or else `request`.
static void collect_mix(const struct client_settings *settings, const struct plan *plan, struct mix *mix) {
  struct arrival_requests said = requests_of(settings);
  size_t most = settings->mix.count + said.count + 1;
  mix->requests = arena_array(plan->arena, most, sizeof *mix->requests);
  mix->cumulative = arena_array(plan->arena, most, sizeof *mix->cumulative);
  for (size_t i = 0; i < settings->mix.count; i++) {
    const struct map_entry *entry = &settings->mix.entries[i];
    mix_add(mix, plan_request(plan, entry->name), *(const double *)entry->value);
  }
  for (size_t i = 0; i < said.count && settings->mix.count == 0; i++)
    mix_add(mix, plan_request(plan, said.names[i]), said.weights[i]);
  if (mix->count == 0) mix_add(mix, plan_request(plan, "request"), 1);
}

static bool compile_mix(const struct client_settings *settings, const struct node *node, struct plan *plan,
                        struct field_context *context, struct client_group *group) {
  struct mix mix = {0};
  collect_mix(settings, plan, &mix);
  double sum = mix.cumulative[mix.count - 1];
  if (sum <= 0) {
    diagnostic_error(context->diagnostics, node_find(node, "mix"),
                     "all weights are 0; at least one must be more");
    return false;
  }
  for (size_t i = 0; i < mix.count; i++) mix.cumulative[i] /= sum;
  group->mix_count = (uint16_t)mix.count;
  group->mix_requests = mix.requests;
  group->mix_cumulative = mix.cumulative;
  return true;
}

static bool compile_said(const struct client_settings *settings, struct plan *plan,
                         struct client_group *group) {
  struct arrival_requests said = requests_of(settings);
  if (said.count == 0) return true;
  uint16_t *numbers = arena_array(plan->arena, said.count, sizeof *numbers);
  for (size_t i = 0; i < said.count; i++) numbers[i] = plan_request(plan, said.names[i]);
  group->trace_requests = numbers;
  return true;
}

static const struct reference *entry_for(const struct variant *entry, const char *request) {
  if (entry->index == 0) return entry->value;
  const struct map *map = entry->value;
  const struct reference *any = NULL;
  for (size_t i = 0; i < map->count; i++) {
    if (strcmp(map->entries[i].name, request) == 0) return map->entries[i].value;
    if (strcmp(map->entries[i].name, "*") == 0) any = map->entries[i].value;
  }
  return any;
}

static void unknown_entries(const struct variant *entry, const struct plan *plan,
                            struct field_context *context) {
  const struct map *map = entry->index == 1 ? entry->value : NULL;
  for (size_t i = 0; map != NULL && i < map->count; i++) {
    const char *name = map->entries[i].name;
    if (strcmp(name, "*") != 0)
      names_check(plan->names, "request", name, map->entries[i].node, true, context->diagnostics);
  }
}

static bool sends(const struct client_group *group, uint16_t request, size_t said) {
  for (size_t i = 0; i < said; i++) {
    if (group->trace_requests[i] == request) return true;
  }
  for (uint16_t i = 0; i < group->mix_count; i++) {
    if (group->mix_requests[i] == request) return true;
  }
  return false;
}

// One connection of each user to each component that is named as an entry.
static bool compile_links(const struct plan *plan, struct client_group *group) {
  uint16_t *links = arena_array(plan->arena, plan->request_count, sizeof *links);
  if (links == NULL) return false;
  for (uint16_t r = 0; r < plan->request_count; r++) {
    const struct component *entry = group->entries[r].callee;
    uint16_t before = 0;
    if (entry == NULL) continue;
    while (group->entries[before].callee != entry) before++;
    links[r] = before < r ? links[before] : group->link_count++;
  }
  group->links = links;
  return true;
}

static bool compile_entries(const struct client_settings *settings, const struct node *node,
                            struct plan *plan, struct field_context *context, struct client_group *group) {
  size_t before = context->diagnostics->errors;
  size_t said = requests_of(settings).count;
  const struct policy *policy =
      policy_compile(&settings->policies, network_default_timeout(&plan->network), node, context);
  if (policy != NULL && policy->propagate) plan->propagates = true;
  struct call_site *sites = arena_array(plan->arena, plan->request_count, sizeof *sites);
  for (uint16_t r = 0; r < plan->request_count; r++) {
    if (!sends(group, r, said)) continue;
    const struct reference *entry = entry_for(&settings->entry, plan->requests[r].name);
    if (entry == NULL) {
      diagnostic_error(context->diagnostics, node_find(node, "entry"),
                       "request `%s` has no entry; name one, or a \"*\" for all others",
                       plan->requests[r].name);
      continue;
    }
    sites[r] = (struct call_site){.callee = plan_component(plan, entry->name),
                                  .request = r,
                                  .number = plan_site(plan),
                                  .policy = policy};
    // A component that chooses among its instances looks at a visit: the request goes the way of a call.
    const struct component *callee = sites[r].callee;
    bool routes = callee != NULL && callee->model != NULL && callee->model->route != NULL;
    if (policy == NULL && routes) sites[r].policy = &policy_none;
  }
  group->entries = sites;
  group->keep_alive = settings->keep_alive;
  return compile_links(plan, group) && context->diagnostics->errors == before;
}

// By the shares that are written, which need not sum to 1.
static bool compile_regions(const struct map *shares, const struct node *node, const struct plan *plan,
                            struct field_context *context, struct client_group *group) {
  uint16_t *regions = arena_array(plan->arena, shares->count, sizeof *regions);
  double *reached = arena_array(plan->arena, shares->count, sizeof *reached), sum = 0;
  if (regions == NULL || reached == NULL) return false;
  for (size_t i = 0; i < shares->count; i++) {
    double share = *(const double *)shares->entries[i].value;
    uint16_t region = network_region(&plan->network, shares->entries[i].name);
    if (region == UINT16_MAX) return false; // was reported
    if (share <= 0) continue;
    regions[group->region_count] = region;
    reached[group->region_count++] = sum += share;
  }
  if (group->region_count == 0) {
    diagnostic_error(context->diagnostics, node_find(node, "from"),
                     "all shares are 0; at least one must be more");
    return false;
  }
  for (uint16_t i = 0; i < group->region_count; i++) reached[i] /= sum;
  group->regions = regions;
  group->regions_reached = reached;
  return true;
}

static bool compile_from(const struct client_settings *settings, const struct node *node,
                         const struct plan *plan, struct field_context *context, struct client_group *group) {
  const struct variant *from = &settings->from;
  if (from->index == 1 && from->alternative != NULL) {
    if (!compile_regions(from->value, node, plan, context, group)) return false;
    group->region_number = group->regions[0];
    return true;
  }
  group->region_count = 1;
  group->region_number = from->alternative == NULL
                             ? plan->places[0].region_number
                             : network_region(&plan->network, *(const char *const *)from->value);
  return group->region_number != UINT16_MAX;
}

static bool compile_where(const struct client_settings *settings, const struct node *node,
                          const struct plan *plan, struct field_context *context,
                          struct client_group *group) {
  bool right = compile_from(settings, node, plan, context, group);
  const char *access = settings->access != NULL        ? settings->access
                       : settings->kind == KIND_MOBILE ? "4g"
                                                       : "broadband";
  group->access = network_access(&plan->network, access);
  group->profile = network_profile(&plan->network, access);
  return right && group->access >= 0;
}

bool client_compile(const struct map_entry *written, struct plan *plan, struct field_context *context,
                    struct client_group *group) {
  const struct client_settings *settings = written->value;
  const struct node *node = written->node;
  group->name = written->name;
  group->node = node;
  group->wrong = written->wrong;
  unknown_entries(&settings->entry, plan, context);
  if (group->wrong) return false;
  group->attacker = settings->kind == KIND_ATTACKER;
  group->users = settings->users;
  group->first_user = group->number == 0 ? 0 : (uint32_t)(group[-1].first_user + group[-1].users);
  group->process = process_of(settings);
  group->process_parameters = settings->arrivals.value;
  group->batch = settings->batch;
  struct shape *shape = arena_take(plan->arena, sizeof *shape);
  bool right = shape_compile(&settings->shape, node_find(node, "shape"), context, shape);
  if (right && !shape_is_constant(shape)) {
    group->shape = shape;
    plan->terminating = true;
  }
  if (right && group->shape != NULL && group->process->drive == ARRIVAL_CLOSED) {
    diagnostic_error(context->diagnostics, node_find(node, "shape"),
                     "a closed group has no rate that a shape could change");
    right = false;
  }
  if (group->process->requests != NULL) plan->terminating = true; // a trace
  right &= compile_where(settings, node, plan, context, group);
  right &= compile_mix(settings, node, plan, context, group) && compile_said(settings, plan, group);
  group->wrong = !(right && compile_entries(settings, node, plan, context, group));
  return !group->wrong;
}

// ---- Sending ----

// Someone who waits for answers: a user of a closed group, or a session.
struct user {
  struct frame frame;
  struct random_stream luck;
  uint64_t sent;
  int64_t left; // requests of the session; INT64_MAX
  uint32_t number;
  uint16_t group;
};
_Static_assert(sizeof(struct user) <= FRAME_BYTES, "a user fits a frame");

static inline uint16_t draw_request(const struct client_group *group, struct random_stream luck) {
  if (group->mix_count == 1) return group->mix_requests[0];
  struct random_stream own = random_split(luck, UINT64_C(1) << 41);
  double at = random_unit(&own);
  uint16_t i = 0;
  while (i + 1 < group->mix_count && at > group->mix_cumulative[i]) i++;
  return group->mix_requests[i];
}

// Any of the group's people. The state of the luck is itself a hash, which its draws only begin from.
static inline uint32_t draw_user(const struct client_group *group, struct random_stream luck) {
  return (uint32_t)(((uint128)luck.state * (uint64_t)group->users) >> 64);
}

static inline bool takes_measure(const struct sim *sim) {
  return sim->measuring && sim->measured_to_come > 0;
}

static inline void count_offered(struct sim *sim, struct client_run *client, uint16_t request,
                                 bool measured) {
  client->inside++;
  sim->window->offered++;
  if (!measured) return;
  sim->measured_to_come--;
  client->measures[request].offered++;
}

static IN_LINE void send(struct sim *sim, struct client_run *client, struct random_stream luck,
                         struct frame_reference caller, uint16_t request, uint32_t user) {
  const struct client_group *group = client->group;
  struct request_tag tag = {.serial = (uint32_t)client->arrived++,
                            .user = user,
                            .request = request,
                            .origin = group->number,
                            .measured = takes_measure(sim)};
  count_offered(sim, client, request, tag.measured);
  if (__builtin_expect(sim->trace != NULL, 0)) visit_trace_sent(sim, tag.origin, request, tag.serial);
  request_send(sim, client, &group->entries[request], caller, luck, tag);
  if (__builtin_expect(sim->measured_to_come == 0, 0) && tag.measured) window_close(sim);
}

// What the arrival says (-1: nothing) goes before what would be drawn.
static ASIDE void send_said(struct sim *sim, struct client_run *client, struct random_stream luck,
                            struct frame_reference caller, int64_t request_said, int64_t user_said) {
  const struct client_group *group = client->group;
  uint16_t request = draw_request(group, luck);
  if (request_said >= 0 && group->trace_requests != NULL) request = group->trace_requests[request_said];
  uint32_t user =
      user_said >= 0 ? (uint32_t)((uint64_t)user_said % (uint64_t)group->users) : draw_user(group, luck);
  send(sim, client, luck, caller, request, user);
}

static const struct frame_reference nobody = {0, 0};

static int64_t batch_of(struct client_run *client) {
  return client->group->batch == NULL ? 1 : distribution_sample(client->group->batch, &client->batches);
}

// A user begins by thinking, and thinks again after each answer.
static void think(struct sim *sim, struct user *user, const struct distribution *time) {
  int64_t wait = distribution_sample(time, &user->luck);
  engine_arm(&sim->engine, &user->frame, sim->engine.now + wait, EVENT_ARRIVAL);
}

static const struct distribution *thinking(const struct client_group *group) {
  return group->process->drive == ARRIVAL_CLOSED
             ? &((const struct arrival_closed *)group->process_parameters)->think
             : &((const struct arrival_sessions *)group->process_parameters)->think;
}

static struct user *make_user(struct sim *sim, struct client_run *client, uint64_t number) {
  struct user *user = slab_take(&sim->engine.frames, FRAME_USER);
  if (user == NULL) return NULL;
  user->luck = random_split(client->requests, number);
  user->sent = 0;
  user->left = INT64_MAX;
  user->number = (uint32_t)number;
  user->group = client->group->number;
  return user;
}

static void start_session(struct sim *sim, struct client_run *client) {
  const struct arrival_sessions *sessions = client->group->process_parameters;
  struct user *user = make_user(sim, client, client->sessions++);
  if (user == NULL) return;
  user->left = distribution_sample(&sessions->length, &user->luck);
  if (user->left == 0) {
    slab_give(&sim->engine.frames, &user->frame);
  } else {
    sim->sources++;
    engine_ready(&sim->engine, &user->frame);
  }
}

void client_user(struct sim *sim, struct frame *frame) {
  struct user *user = (struct user *)(void *)frame;
  struct client_run *client = &sim->clients[user->group];
  if (sim->phase == SIM_OVER) return;
  user->left -= user->left != INT64_MAX;
  struct random_stream luck = random_split(user->luck, UINT64_C(1) << 63 | user->sent++);
  send_said(sim, client, luck, frame_refer(frame), -1, user->number);
}

static void user_answered(struct sim *sim, struct frame_reference reference) {
  struct user *user = slab_find(&sim->engine.frames, reference);
  if (user == NULL) return;
  if (user->left == 0) {
    sim->sources--;
    slab_give(&sim->engine.frames, &user->frame);
  } else {
    think(sim, user, thinking(sim->clients[user->group].group));
  }
}

// ---- The clock of open arrivals ----

// Sets the clock to the next arrival; a process that has none left sends nothing more.
static void arm_next(struct sim *sim, struct client_run *client) {
  const struct client_group *group = client->group;
  if (!group->process->next(group->process_parameters, client->process_state, &client->arrivals,
                            &client->next)) {
    sim->sources--;
    return;
  }
  int64_t at = client->next.at;
  if (group->shape != NULL) {
    double warped = shape_inverse(group->shape, (double)at);
    if (!(warped < (double)EVENT_TIME_MOST)) {
      sim->sources--;
      return;
    }
    at = (int64_t)(warped + 0.5);
  }
  if (at < sim->engine.now) at = sim->engine.now;
  engine_arm_clock(&sim->engine, client->clock, client->clock_side, at, EVENT_ARRIVAL);
}

enum { GAPS = 64 };

// Many at once, so that one draw does not wait for another.
static ASIDE void draw_gaps(struct client_run *client) {
  struct random_stream stream = client->arrivals;
  double mean = client->poisson_gap;
  int64_t *gaps = client->gaps;
  for (int i = 0; i < GAPS; i++) gaps[i] = distribution_round(mean * ziggurat_exponential(&stream));
  client->arrivals = stream;
  client->gaps_used = 0;
}

// The common case, without the detour over a process that could say more than a time.
static inline void plain_arrival(struct sim *sim, struct client_run *client) {
  if (__builtin_expect(client->gaps_used == GAPS, 0)) draw_gaps(client);
  engine_arm_clock(&sim->engine, client->clock, client->clock_side,
                   sim->engine.now + client->gaps[client->gaps_used++], EVENT_ARRIVAL);
  struct random_stream luck = {random_bits(&client->requests)};
  send(sim, client, luck, nobody, draw_request(client->group, luck), draw_user(client->group, luck));
}

_Static_assert(ARRIVAL_KEY_BITS <= DATASET_KEY_BITS, "keys of traces are keys of datasets");

// What the next request is about, as its trace says: known by its number for as long as the run lasts.
static bool note_wish(struct sim *sim, struct client_run *client, struct wish wish) {
  if (client->arrived >= client->wishes_room) {
    uint64_t room = client->wishes_room == 0 ? 1024 : 2 * client->wishes_room;
    struct wish *wishes = memory_take(&sim->budget, room * sizeof *wishes);
    if (wishes == NULL) return false;
    if (client->wishes_room > 0) memcpy(wishes, client->wishes, client->wishes_room * sizeof *wishes);
    memory_give(&sim->budget, client->wishes, client->wishes_room * sizeof *wishes);
    client->wishes = wishes;
    client->wishes_room = room;
  }
  client->wishes[client->arrived] = wish;
  return true;
}

// A batch may be larger than memory, or than what may happen at one instant: the run ends then.
static bool goes_on(struct sim *sim) {
  if (sim->phase == SIM_OVER) return false;
  if (sim->budget.exhausted) {
    engine_stop(&sim->engine);
    return false;
  }
  return engine_activate(&sim->engine);
}

static ASIDE void arrive(struct sim *sim, struct client_run *client) {
  struct arrival arrival = client->next;
  arm_next(sim, client);
  bool sessions = client->group->process->drive == ARRIVAL_SESSIONS;
  for (int64_t i = 0; i < arrival.count; i++) {
    for (int64_t j = batch_of(client); j > 0 && goes_on(sim); j--) {
      if (sessions) {
        start_session(sim, client);
      } else {
        struct wish wish = {(uint64_t)arrival.key + 1, arrival.size};
        if (arrival.key >= 0 && !note_wish(sim, client, wish)) return;
        struct random_stream luck = {random_bits(&client->requests)};
        send_said(sim, client, luck, nobody, arrival.request, arrival.user);
      }
    }
  }
}

void client_clock(struct sim *sim, struct frame *frame) {
  struct client_run *client = &sim->clients[frame->link];
  if (client->gaps != NULL) {
    plain_arrival(sim, client);
  } else {
    arrive(sim, client);
  }
}

// ---- What they experience ----

void client_finished(struct sim *sim, const struct flow_ending *ending) {
  client_count_end(sim, *ending);
  if (ending->caller.index != 0) user_answered(sim, ending->caller);
}

// ---- The start ----

static bool start_users(struct sim *sim, struct client_run *client, double load) {
  const struct arrival_closed *closed = client->group->process_parameters;
  int64_t users = arrival_users(closed, load);
  for (int64_t i = 0; i < users; i++) {
    struct user *user = make_user(sim, client, (uint64_t)i);
    if (user == NULL) return false;
    think(sim, user, &closed->think);
  }
  return true;
}

static bool start_clock(struct sim *sim, struct client_run *client, double load) {
  const struct arrival_process *process = client->group->process;
  client->process_state = arena_take(&sim->arena, process->state_size);
  client->clock = slab_take(&sim->engine.frames, FRAME_CLOCK);
  client->clock_side = engine_clock(&sim->engine);
  if (client->process_state == NULL || client->clock == NULL || client->clock_side == UINT32_MAX)
    return false;
  client->clock->link = client->group->number;
  process->start(client->group->process_parameters, client->process_state, load, &client->arrivals);
  arm_next(sim, client);
  bool plain = process->drive == ARRIVAL_OPEN && process->law == ARRIVAL_POISSON &&
               client->group->shape == NULL && client->group->batch == NULL;
  if (!plain) return true;
  client->poisson_gap = 1e9 / (process->rate(client->group->process_parameters) * load);
  client->gaps = arena_array(&sim->arena, GAPS, sizeof *client->gaps);
  client->gaps_used = GAPS;
  return client->gaps != NULL;
}

// Without a network, connections are free.
static bool start_connections(struct sim *sim, struct client_run *client) {
  const struct client_group *group = client->group;
  if (sim->plan->network.none) return true;
  client->connections = arena_array(&sim->arena, group->link_count, sizeof *client->connections);
  if (client->connections == NULL) return false;
  for (uint16_t l = 0; l < group->link_count; l++) connections_init(&client->connections[l], &sim->budget);
  return true;
}

static bool start_group(struct sim *sim, struct client_run *client, const struct client_group *group) {
  client->group = group;
  sim->sources++;
  client->end = (struct network_end){.region = group->region_number,
                                     .place = UINT16_MAX,
                                     .access = group->access,
                                     .profile = group->profile};
  client->arrivals = sim_stream(sim, group->name, "arrivals");
  client->requests = sim_stream(sim, group->name, "requests");
  client->batches = sim_stream(sim, group->name, "batches");
  client->fixed = sim_stream(sim, group->name, "fixed");
  client->measures = arena_array(&sim->arena, sim->plan->request_count, sizeof *client->measures);
  if (client->measures == NULL) return false;
  client->soles = arena_array(&sim->arena, sim->plan->request_count, sizeof *client->soles);
  if (client->soles == NULL || !start_connections(sim, client)) return false;
  for (uint16_t r = 0; r < sim->plan->request_count; r++) {
    histogram_init(&client->measures[r].latency_histogram, &sim->budget);
    histogram_init(&client->soles[r].histogram, &sim->budget);
  }
  double load = sim->plan->run.load * sim->settings.load;
  return group->process->drive == ARRIVAL_CLOSED ? start_users(sim, client, load)
                                                 : start_clock(sim, client, load);
}

bool client_exhausted(const struct sim *sim) {
  if (sim->sources > 0) return false;
  for (uint16_t c = 0; c < sim->plan->client_count; c++) {
    if (sim->clients[c].inside > 0) return false;
  }
  return true;
}

bool client_start_all(struct sim *sim) {
  sim->clients = arena_array(&sim->arena, sim->plan->client_count, sizeof *sim->clients);
  if (sim->clients == NULL) return false;
  for (uint16_t c = 0; c < sim->plan->client_count; c++) {
    if (!start_group(sim, &sim->clients[c], &sim->plan->clients[c])) return false;
  }
  return true;
}

void client_drop_all(struct sim *sim) {
  for (uint16_t c = 0; sim->clients != NULL && c < sim->plan->client_count; c++) {
    for (uint16_t r = 0; sim->clients[c].soles != NULL && r < sim->plan->request_count; r++) {
      histogram_free(&sim->clients[c].measures[r].latency_histogram);
      histogram_free(&sim->clients[c].soles[r].histogram);
    }
    for (uint16_t l = 0; sim->clients[c].connections != NULL && l < sim->clients[c].group->link_count; l++)
      connections_drop(&sim->clients[c].connections[l]);
    memory_give(&sim->budget, sim->clients[c].wishes, sim->clients[c].wishes_room * sizeof(struct wish));
  }
}
