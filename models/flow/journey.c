#include "journey.h"

#include "client_account.h"
#include "flow.h"
#include "instance.h"
#include "item.h"
#include "nic.h"
#include "passage.h"

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
    return header_size + dataset_item_bytes(&sim->plan->datasets[request->dataset], visit->key);
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

// The item that a reply brings: the one that the visit was asked for, the one that it has in hand, or that of
// its client's request.
static uint64_t item_in_reply(const struct sim *sim, const struct visit *visit, const struct step *step) {
  if (sim->plan->requests[visit->request].operation != OPERATION_PLAIN) return visit->key;
  if (step->in_hand && visit->strand.extension != 0)
    return ((const struct extension *)slab_at(&sim->engine.frames, visit->strand.extension))->key;
  return item_of_request(sim, visit, step->dataset);
}

int64_t journey_reply_bytes(const struct sim *sim, const struct visit *visit, const struct step *step) {
  if (!step->item) return step->size;
  return dataset_item_bytes(&sim->plan->datasets[step->dataset], item_in_reply(sim, visit, step));
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

bool journey_asker(const struct sim *sim, const struct visit *visit, struct network_end *end) {
  if ((visit->strand.job.frame.flags & FLAG_CLIENTS) != 0) {
    *end = client_end(sim, visit);
    return true;
  }
  const struct frame *caller = slab_find(&sim->engine.frames, visit->caller);
  if (caller == NULL) return false;
  if (caller->kind == FRAME_CALL) {
    uint32_t from = ((const struct call *)(const void *)caller)->from;
    *end = sim->instances[from - 1]->end;
  } else {
    *end = ((const struct strand *)(const void *)caller)->visit->instance->end;
  }
  return true;
}

// ---- Connections of clients ----

// Those between components are pooled and kept, and cost nothing. An end is a component's fleet.
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

// ---- The three parts of a way ----

// What a station has booked of a transfer is nobody's wait or service.
static void forget_transfer(struct job *job) {
  job->waited = 0;
  job->served = 0;
}

// In through the interface of the receiver. True: it waits there.
static bool receive(struct sim *sim, struct frame *frame, struct job *job, const struct network_end *to,
                    int64_t bytes) {
  struct nic *nic = nic_of(to);
  frame->flags |= FLAG_RECEIVING;
  return nic != NULL && nic_submit(nic, &sim->engine, NIC_IN, job, bytes);
}

// On its way for `delay`. True: that takes time.
static bool travel(struct sim *sim, struct frame *frame, int64_t delay) {
  frame->flags &= (uint16_t)~FLAG_SENDING;
  if (delay == 0) return false;
  engine_arm_perhaps(&sim->engine, frame, delay, EVENT_COMPLETION); // most ways take a constant time
  return true;
}

// Of a request that stands at the door of a paused instance, FLAG_RECEIVING still tells that it is there.
static bool arrived(struct frame *frame, struct job *job) {
  frame->flags |= FLAG_RECEIVING;
  forget_transfer(job);
  return false;
}

static void set_out(struct frame *frame, bool apart) {
  frame->flags &= (uint16_t) ~(FLAG_SENDING | FLAG_RECEIVING);
  frame->flags |= apart ? FLAG_SENDING : FLAG_RECEIVING; // within a machine: past all interfaces
}

// ---- Requests ----

// While it is on its way, visit->entered holds how long it travels after the sender's interface.
bool journey_send(struct sim *sim, struct visit *visit, const struct network_end *from) {
  struct frame *frame = visit_frame(visit);
  const struct network_end *to = &visit->instance->end;
  struct network_end client;
  int64_t before = 0;
  if (network_is_client(from)) {
    client = client_end(sim, visit);
    from = &client;
    before = set_up(sim, visit, from);
  }
  bool apart = from->machine == NULL || from->machine != to->machine;
  int64_t bytes = journey_request_bytes(sim, visit);
  struct random_stream luck = random_split(visit->strand.luck, LUCK_OF_REQUEST);
  visit->entered =
      before + network_message(&sim->plan->network, from, to, &luck) + network_transfer(from, to, bytes);
  frame->state = STRAND_TRAVELLING;
  set_out(frame, apart);
  struct nic *nic = apart ? nic_of(from) : NULL;
  if (nic != NULL && nic_submit(nic, &sim->engine, NIC_OUT, &visit->strand.job, bytes)) return true;
  if (travel(sim, frame, visit->entered)) return true;
  if (apart && receive(sim, frame, &visit->strand.job, to, bytes)) return true;
  return arrived(frame, &visit->strand.job);
}

bool journey_woken(struct sim *sim, struct visit *visit) {
  struct frame *frame = visit_frame(visit);
  if ((frame->flags & FLAG_SENDING) != 0 && travel(sim, frame, visit->entered)) return false;
  bool there =
      (frame->flags & FLAG_RECEIVING) != 0 ||
      !receive(sim, frame, &visit->strand.job, &visit->instance->end, journey_request_bytes(sim, visit));
  if (there) arrived(frame, &visit->strand.job);
  return there;
}

// ---- Replies ----

// The constant part of the way back by which the reply's is longer than the straight one: over balancers.
static int64_t detour_of(const struct sim *sim, const struct visit *carrier, struct network_end to) {
  int64_t lane = carrier->reply_lane == 0 ? 0 : sim->engine.lanes[carrier->reply_lane - 1].delay;
  to.access = 0; // a user's own, which no lane contains
  int64_t detour = lane - network_delay(&sim->plan->network, &carrier->instance->end, &to);
  return detour > 0 ? detour : 0;
}

// A carrier has no use for luck any more, and keeps its bytes there; in `entered`, how long it travels after
// the sender's interface.
bool journey_reply(struct sim *sim, struct visit *carrier, int64_t bytes) {
  struct frame *frame = visit_frame(carrier);
  struct job *job = &carrier->strand.job;
  const struct network_end *from = &carrier->instance->end;
  struct network_end to;
  if (!journey_asker(sim, carrier, &to)) to = *from;
  bool apart = to.machine == NULL || to.machine != from->machine;
  struct random_stream luck = random_split(carrier->strand.luck, LUCK_OF_REPLY);
  carrier->entered = network_message(&sim->plan->network, from, &to, &luck) + detour_of(sim, carrier, to) +
                     network_transfer(from, &to, bytes);
  carrier->strand.luck.state = (uint64_t)bytes;
  set_out(frame, apart);
  struct nic *nic = apart ? nic_of(from) : NULL;
  if (nic != NULL && nic_submit(nic, &sim->engine, NIC_OUT, job, bytes)) return true;
  if (travel(sim, frame, carrier->entered)) return true;
  return apart && receive(sim, frame, job, &to, bytes);
}

enum journey_state journey_reply_woken(struct sim *sim, struct visit *carrier) {
  struct frame *frame = visit_frame(carrier);
  bool sent = (frame->flags & FLAG_SENDING) != 0;
  if (sent && carrier->instance->silent) return JOURNEY_LOST;
  if (sent && travel(sim, frame, carrier->entered)) return JOURNEY_GOES_ON;
  if ((frame->flags & FLAG_RECEIVING) != 0) return JOURNEY_OVER;
  struct network_end to;
  if (!journey_asker(sim, carrier, &to)) return JOURNEY_LOST;
  return receive(sim, frame, &carrier->strand.job, &to, (int64_t)carrier->strand.luck.state) ? JOURNEY_GOES_ON
                                                                                             : JOURNEY_OVER;
}
