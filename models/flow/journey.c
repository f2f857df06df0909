#include "journey.h"

#include "client_account.h"
#include "flow.h"
#include "item.h"
#include "nic.h"
#include "passage.h"
#include "transfer.h"
#include "way.h"

#include <math.h>

// Luck of a message that takes nobody's: splits of its visit's.
enum { LUCK_OF_REQUEST = 0x6A6F7571, LUCK_OF_REPLY = 0x6A6F7572, LUCK_OF_SETUP = 0x6A6F7573 };

// Bytes of what carries an item besides the item itself, and of a request for one: headers. Assumed.
static const int64_t header_size = 200;

bool journey_needed(const struct plan *plan) {
  if (!plan->network.none) return true;
  for (uint16_t h = 0; h < plan->host_count; h++) {
    if (isfinite(plan->hosts[h].type->nic)) return true;
  }
  for (uint16_t c = 0; c < plan->component_count; c++) {
    const struct machine_type *type = plan->components[c].machine;
    if (type != NULL && isfinite(type->nic)) return true;
  }
  return false;
}

// ---- Sizes ----

int64_t journey_request_bytes(const struct sim *sim, const struct visit *visit) {
  const struct request_type *request = &sim->plan->requests[visit->request];
  switch ((enum operation)request->operation) {
  case OPERATION_PLAIN:
    return request->size;
  case OPERATION_WRITE:
  case OPERATION_SET:
    return header_size + item_bytes(sim, visit, request->dataset, visit->key);
  default:
    return header_size;
  }
}

double journey_mean_request_bytes(const struct plan *plan, uint16_t number) {
  const struct request_type *request = &plan->requests[number];
  if (request->operation == OPERATION_PLAIN) return (double)request->size;
  bool brings = request->operation == OPERATION_WRITE || request->operation == OPERATION_SET;
  return (double)header_size + (brings ? dataset_mean_bytes(&plan->datasets[request->dataset]) : 0);
}

static const struct extension *in_hand(const struct sim *sim, const struct strand *strand,
                                       const struct step *step) {
  if (!step->in_hand || strand->extension == 0) return NULL;
  const struct extension *extension = slab_at(&sim->engine.frames, strand->extension);
  return extension->hand == step->dataset ? extension : NULL;
}

// The item that a reply brings: the one that the visit was asked for, the one that the strand, or the visit's
// own, has in hand, or that of its client's request.
static uint64_t item_in_reply(const struct sim *sim, const struct strand *strand, const struct step *step) {
  const struct visit *visit = strand->visit;
  if (sim->plan->requests[visit->request].operation != OPERATION_PLAIN) return visit->key;
  const struct extension *own = in_hand(sim, strand, step);
  if (own == NULL) own = in_hand(sim, &visit->strand, step);
  return own != NULL ? own->key : item_of_request(sim, visit, step->dataset);
}

int64_t journey_reply_bytes(const struct sim *sim, const struct strand *strand, const struct step *step) {
  if (!step->item) return step->size;
  return item_bytes(sim, strand->visit, step->dataset, item_in_reply(sim, strand, step));
}

// ---- Ends ----

static struct network_end client_end(const struct sim *sim, const struct visit *visit) {
  const struct client_run *client = &sim->clients[visit->origin];
  struct network_end end = client_end_of(client, visit->user);
  if (end.profile != NULL)
    end.access = network_user_delay(end.profile, random_split(client->fixed, visit->user));
  return end;
}

static struct nic *nic_of(const struct network_end *end) {
  const struct machine *machine = end->machine;
  return machine == NULL ? NULL : machine->nic;
}

// Who waits for a visit: NULL for a client, and for who has given up or is dead.
static const struct instance *caller_of(const struct sim *sim, const struct visit *visit) {
  const struct frame *caller = slab_find(&sim->engine.frames, visit->caller);
  if (caller == NULL || (visit->strand.job.frame.flags & FLAG_CLIENTS) != 0) return NULL;
  if (caller->kind == FRAME_CALL)
    return sim->instances[((const struct call *)(const void *)caller)->from - 1];
  return ((const struct strand *)(const void *)caller)->visit->instance;
}

static bool has_given_up(const struct sim *sim, const struct visit *visit) {
  return visit->caller.index != 0 && slab_find(&sim->engine.frames, visit->caller) == NULL;
}

bool journey_asker(const struct sim *sim, const struct visit *visit, struct network_end *end) {
  if (has_given_up(sim, visit)) return false;
  const struct instance *caller = caller_of(sim, visit);
  *end = caller == NULL ? client_end(sim, visit) : caller->end;
  return true;
}

// ---- Connections of clients ----

// Those between components are pooled and kept, and cost nothing.

// An end of one is a component's fleet.
static uint32_t end_number(const struct sim *sim, const struct fleet *fleet) {
  uint32_t component = fleet->component->number;
  return component << 16 | (uint32_t)(fleet - sim->services[component].fleets);
}

static struct connections *connections_of(const struct sim *sim, const struct visit *visit) {
  const struct client_run *client = &sim->clients[visit->origin];
  return client->connections == NULL ? NULL : &client->connections[client->group->links[visit->request]];
}

static void count_connection(struct component_measure *measure, enum connection_kind kind, bool encrypted) {
  measure->came++;
  measure->connected += kind != CONNECTION_REUSED;
  measure->handshakes += kind != CONNECTION_REUSED && encrypted;
}

static int64_t round_trips(const struct sim *sim, const struct visit *visit, const struct network_end *from,
                           int trips) {
  struct random_stream luck = random_split(visit->strand.luck, LUCK_OF_SETUP);
  const struct network_end *to = &visit->instance->end;
  int64_t time = 0;
  for (int i = 0; i < trips; i++) {
    time += network_message(&sim->plan->network, from, to, &luck);
    time += network_message(&sim->plan->network, to, from, &luck);
  }
  return time;
}

static bool is_up(const struct instance *instance) {
  return instance->life != LIFE_FAILED && instance->life != LIFE_GONE;
}

// What a client's request waits for before it leaves. Who is dead refuses the first message.
static int64_t set_up(struct sim *sim, struct visit *visit, const struct network_end *from) {
  struct connections *connections = connections_of(sim, visit);
  struct fleet *fleet = visit->instance->fleet;
  const struct client_group *group = sim->clients[visit->origin].group;
  if (connections == NULL || !is_up(visit->instance)) return 0;
  const struct connection_tls *tls = instance_tls(visit->instance);
  const struct connections_rule rule = {
      .keep_alive = group->keep_alive, .ticket = tls != NULL ? tls->resumed : 0, .broken = fleet->broken};
  enum connection_kind kind =
      connections_take(connections, visit->user, end_number(sim, fleet), sim->engine.now, &rule);
  count_connection(&fleet->measure, kind, tls != NULL);
  struct connection_cost cost = connection_setup(tls, kind);
  if (cost.cpu > 0) visit_frame(visit)->flags |= FLAG_SHAKES;
  if (kind == CONNECTION_RESUMED) visit_frame(visit)->flags |= FLAG_RESUMES;
  return round_trips(sim, visit, from, cost.round_trips);
}

const struct fleet *journey_connected(const struct sim *sim, const struct visit *visit) {
  const struct connections *connections = connections_of(sim, visit);
  int64_t last = 0;
  uint32_t end = connections == NULL ? CONNECTIONS_NOWHERE : connections_end(connections, visit->user, &last);
  if (end == CONNECTIONS_NOWHERE) return NULL;
  const struct fleet *fleet = &sim->services[end >> 16].fleets[end & UINT16_MAX];
  bool open = last >= fleet->broken && fleet->healthy_count > 0 &&
              sim->engine.now - last <= sim->clients[visit->origin].group->keep_alive;
  return open ? fleet : NULL;
}

void journey_delivered(struct sim *sim, const struct visit *carrier) {
  struct connections *connections = connections_of(sim, carrier);
  int64_t last = 0;
  uint32_t end =
      connections == NULL ? CONNECTIONS_NOWHERE : connections_end(connections, carrier->user, &last);
  if (end == CONNECTIONS_NOWHERE) return;
  const struct fleet *fleet = &sim->services[end >> 16].fleets[end & UINT16_MAX];
  connections_used(connections, carrier->user, sim->engine.now, fleet->broken);
}

// ---- The parts of a way ----

// What is on its way: a visit, a reply or a message, which all begin with a job. That stands nowhere, and
// keeps, beside the first of its transfers (transfer.h),
//   since  when the client's own link is through with its bytes
//   work   the time that it travels when all its bytes are through, ns.

// Where a parcel is handed on, and by whom.
struct stop {
  const struct network_end *end;
  const struct instance *instance; // NULL: a client, or one who has given up
};

static struct stop stop_at(const struct instance *instance) {
  return (struct stop){&instance->end, instance};
}

// The bytes pass one of the two interfaces of a hop.
static void pass(struct sim *sim, struct job *parcel, enum nic_way way, const struct stop *at,
                 const struct stop *other, int64_t bytes) {
  struct nic *nic = nic_of(at->end);
  if (nic == NULL) return;
  if (other == NULL || nic_of(other->end) == NULL) nic->alone[way] += (uint64_t)bytes;
  transfer_begin(sim, parcel, nic, way, at->instance, bytes);
}

// Within a machine there is no interface to pass.
static void pass_both(struct sim *sim, struct job *parcel, const struct stop *from, const struct stop *to,
                      int64_t bytes) {
  if (from->end->machine != NULL && from->end->machine == to->end->machine) return;
  pass(sim, parcel, NIC_OUT, from, to, bytes);
  pass(sim, parcel, NIC_IN, to, from, bytes);
}

// One hop of a way: the bytes pass, and it is at the other end. What it travels, ns.
static int64_t hop(struct sim *sim, struct job *parcel, struct stop *at, struct stop to, int64_t bytes,
                   struct random_stream *luck) {
  int64_t delay = network_message(&sim->plan->network, at->end, to.end, luck);
  pass_both(sim, parcel, at, &to, bytes);
  *at = to;
  return delay;
}

// All its bytes are through. True: it travels.
static bool travel(struct sim *sim, struct job *parcel) {
  int64_t now = sim->engine.now;
  int64_t time = parcel->work + (parcel->since > now ? parcel->since - now : 0);
  parcel->frame.flags &= (uint16_t)~FLAG_SENDING;
  if (time == 0) return false;
  engine_arm_perhaps(&sim->engine, &parcel->frame, time, EVENT_COMPLETION);
  return true;
}

static void pack(const struct sim *sim, struct job *parcel, int64_t link) {
  parcel->frame.flags &= (uint16_t)~FLAG_SENDING;
  parcel->since = sim->engine.now + link;
  parcel->place = 0;
}

// Its transfers have begun, if it has any. True: it is on its way. Between machines all take one of a few
// delays, each of which has a lane; to and from clients there may be as many as users.
static bool set_out(struct sim *sim, struct job *parcel, int64_t delay, const struct network_end *far) {
  if (!sim->plan->network.varies && !network_is_client(far)) engine_lane(&sim->engine, delay);
  parcel->work = delay;
  if (parcel->place == 0) return travel(sim, parcel);
  parcel->frame.flags |= FLAG_SENDING;
  return true;
}

// It has been woken on its way. True: it goes on.
static bool proceed(struct sim *sim, struct job *parcel) {
  return (parcel->frame.flags & FLAG_SENDING) != 0 && travel(sim, parcel);
}

// ---- Requests ----

// Where it was before it came to where it is going.
bool journey_before(const struct sim *sim, const struct visit *visit, struct network_end *end) {
  if (visit->way == WAY_STRAIGHT) return journey_asker(sim, visit, end);
  *end = way_of(sim, visit->way)->through->end;
  return true;
}

static const struct instance *sender_of(const struct sim *sim, const struct visit *visit) {
  return visit->way == WAY_STRAIGHT ? caller_of(sim, visit) : way_of(sim, visit->way)->through;
}

// What stations have booked of it before is no wait or service of where it comes.
static void arrive(struct visit *visit) {
  visit->strand.job.waited = 0;
  visit->strand.job.served = 0;
}

bool journey_send(struct sim *sim, struct visit *visit, const struct network_end *from) {
  struct network_end client;
  struct job *parcel = &visit->strand.job;
  int64_t delay = 0, bytes = journey_request_bytes(sim, visit);
  if (network_is_client(from)) {
    client = client_end(sim, visit);
    from = &client;
    delay = set_up(sim, visit, from);
  }
  struct stop at = {from, sender_of(sim, visit)};
  struct random_stream luck = random_split(visit->strand.luck, LUCK_OF_REQUEST);
  pack(sim, parcel, network_transfer(from, &visit->instance->end, bytes));
  delay += hop(sim, parcel, &at, stop_at(visit->instance), bytes, &luck);
  visit_frame(visit)->state = STRAND_TRAVELLING;
  if (set_out(sim, parcel, delay, from)) return true;
  arrive(visit);
  return false;
}

bool journey_woken(struct sim *sim, struct visit *visit) {
  if (proceed(sim, &visit->strand.job)) return false;
  arrive(visit);
  return true;
}

// ---- Replies ----

static bool falls_silent(const struct sim *sim, uint16_t way) {
  while (way != WAY_STRAIGHT && !way_of(sim, way)->through->silent) way = way_of(sim, way)->before;
  return way != WAY_STRAIGHT;
}

// One after the other the hops back; the bytes are at the interfaces of all of them at once.
enum journey_state journey_reply(struct sim *sim, struct visit *carrier, int64_t bytes) {
  struct job *parcel = &carrier->strand.job;
  struct stop at = stop_at(carrier->instance);
  struct network_end asker;
  if (!journey_asker(sim, carrier, &asker)) return JOURNEY_OVER;
  if (falls_silent(sim, carrier->way)) return JOURNEY_LOST;
  struct random_stream luck = random_split(carrier->strand.luck, LUCK_OF_REPLY);
  int64_t delay = 0;
  pack(sim, parcel, network_transfer(at.end, &asker, bytes));
  for (uint16_t way = carrier->way; way != WAY_STRAIGHT; way = way_of(sim, way)->before)
    delay += hop(sim, parcel, &at, stop_at(way_of(sim, way)->through), bytes, &luck);
  delay += hop(sim, parcel, &at, (struct stop){&asker, caller_of(sim, carrier)}, bytes, &luck);
  return set_out(sim, parcel, delay, &asker) ? JOURNEY_GOES_ON : JOURNEY_OVER;
}

enum journey_state journey_reply_woken(struct sim *sim, struct visit *carrier) {
  bool dead = (visit_frame(carrier)->flags & FLAG_SENDING) != 0 && carrier->instance->silent;
  if (dead || has_given_up(sim, carrier)) return JOURNEY_LOST;
  return proceed(sim, &carrier->strand.job) ? JOURNEY_GOES_ON : JOURNEY_OVER;
}

// ---- Messages ----

// What is lost on the way has left its sender.
enum journey_state journey_message(struct sim *sim, struct message *message) {
  struct stop from = stop_at(message->from), to = stop_at(message->to);
  struct service *service = &sim->services[message->from->component->number];
  struct random_stream luck = random_split(service->messages, service->message_count++);
  int64_t delay = 0;
  pack(sim, &message->job, 0);
  message->lost = !network_datagram(&sim->plan->network, from.end, to.end, &luck, &delay);
  if (!message->lost) {
    pass_both(sim, &message->job, &from, &to, message->bytes);
  } else {
    pass(sim, &message->job, NIC_OUT, &from, NULL, message->bytes);
  }
  if (set_out(sim, &message->job, delay, to.end)) return JOURNEY_GOES_ON;
  return message->lost ? JOURNEY_LOST : JOURNEY_OVER;
}

enum journey_state journey_message_woken(struct sim *sim, struct message *message) {
  bool leaves = (message->job.frame.flags & FLAG_SENDING) != 0;
  if (leaves && (message->lost || message->from->silent)) return JOURNEY_LOST;
  return proceed(sim, &message->job) ? JOURNEY_GOES_ON : JOURNEY_OVER;
}

// ---- Silence ----

static bool is_alive(const struct instance *instance) {
  return instance->life == LIFE_SERVING || instance->life == LIFE_DRAINING || instance->life == LIFE_PAUSED;
}

static bool others_live(const struct sim *sim, const struct instance *instance) {
  for (uint32_t i = 0; i < sim->instance_count; i++) {
    const struct instance *other = sim->instances[i];
    if (other != instance && other->machine == instance->machine && is_alive(other)) return true;
  }
  return false;
}

static void lose(struct sim *sim, struct job *parcel) {
  if (parcel->frame.kind == FRAME_VISIT) {
    visit_kill(sim, (struct visit *)(void *)parcel, false);
    return;
  }
  transfer_drop_all(sim, parcel);
  slab_give(&sim->engine.frames, &parcel->frame);
}

void journey_silence(struct sim *sim, const struct instance *instance) {
  const struct nic *nic = instance->machine->nic;
  if (nic == NULL) return;
  bool all = !others_live(sim, instance);
  uint32_t frames = sim->engine.frames.chunk_count << SLAB_CHUNK_BITS;
  for (uint32_t index = 1; index < frames; index++) {
    const struct transfer *transfer = slab_at(&sim->engine.frames, index);
    if (transfer->job.frame.kind != FRAME_TRANSFER || transfer->nic != nic) continue;
    if (all || transfer->owner == instance) lose(sim, transfer->parcel);
  }
}
