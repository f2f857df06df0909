#include "journey.h"

#include "client_account.h"
#include "flow.h"
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

// ---- The parts of a way ----

// What has been woken may have had an interface to itself, which it now leaves.
static void leave_interface(struct sim *sim, struct job *job) {
  if (job->standing == JOB_SERVED) station_finish(job->at.station, &sim->engine, job);
}

// What is on its way: a visit, a reply or a message, which all begin with a job.
struct parcel {
  struct job *job;
  const struct network_end *to;
  int64_t delay; // after the sender's interface, ns
  int64_t bytes;
};

// In through the interface of the receiver. True: it waits there.
static bool receive(struct sim *sim, const struct parcel *parcel) {
  struct frame *frame = &parcel->job->frame;
  struct nic *nic = nic_of(parcel->to);
  bool paired = (frame->flags & FLAG_PAIRED) != 0;
  frame->flags &= (uint16_t)~FLAG_PAIRED;
  frame->flags |= FLAG_RECEIVING;
  if (nic == NULL) return false;
  if (!paired) nic->alone[NIC_IN] += (uint64_t)parcel->bytes;
  return nic_submit(nic, &sim->engine, NIC_IN, parcel->job, parcel->bytes);
}

// True: that takes time.
static bool travel(struct sim *sim, struct frame *frame, int64_t delay) {
  frame->flags &= (uint16_t)~FLAG_SENDING;
  if (delay == 0) return false;
  engine_arm_perhaps(&sim->engine, frame, delay, EVENT_COMPLETION); // most ways take a constant time
  return true;
}

// Out through the interface of the sender. True: it waits there.
static bool send(struct sim *sim, const struct parcel *parcel, const struct network_end *from) {
  struct frame *frame = &parcel->job->frame;
  struct nic *nic = nic_of(from);
  frame->flags |= FLAG_SENDING;
  if (nic == NULL) return false;
  if (nic_of(parcel->to) != NULL) {
    frame->flags |= FLAG_PAIRED;
  } else {
    nic->alone[NIC_OUT] += (uint64_t)parcel->bytes;
  }
  return nic_submit(nic, &sim->engine, NIC_OUT, parcel->job, parcel->bytes);
}

// True: it is on its way. Within a machine it is past all interfaces from the start.
static bool set_out(struct sim *sim, const struct parcel *parcel, const struct network_end *from) {
  struct frame *frame = &parcel->job->frame;
  frame->flags &= (uint16_t) ~(FLAG_SENDING | FLAG_RECEIVING | FLAG_PAIRED);
  if (from->machine != NULL && from->machine == parcel->to->machine) {
    frame->flags |= FLAG_RECEIVING;
    return travel(sim, frame, parcel->delay);
  }
  return send(sim, parcel, from) || travel(sim, frame, parcel->delay) || receive(sim, parcel);
}

// It has been woken on its way. True: it goes on.
static bool proceed(struct sim *sim, const struct parcel *parcel) {
  struct frame *frame = &parcel->job->frame;
  if ((frame->flags & FLAG_SENDING) != 0 && travel(sim, frame, parcel->delay)) return true;
  return (frame->flags & FLAG_RECEIVING) == 0 && receive(sim, parcel);
}

int64_t journey_bytes(const struct sim *sim, const struct frame *frame) {
  const void *whole = frame;
  if ((frame->flags & FLAG_PAIRED) == 0) return 0;
  if (frame->kind == FRAME_VISIT) return journey_request_bytes(sim, whole);
  if (frame->kind == FRAME_REPLY) return (int64_t)((const struct visit *)whole)->strand.luck.state;
  return ((const struct message *)whole)->bytes;
}

void journey_lost(struct sim *sim, struct frame *frame) {
  sim->bytes_lost += (uint64_t)journey_bytes(sim, frame);
  frame->flags &= (uint16_t)~FLAG_PAIRED;
}

// ---- Requests ----

// While it is on its way, visit->entered holds how long it travels after the sender's interface. What the
// interfaces have booked of it is nobody's wait or service. Of a request that stands at the door of a paused
// instance, FLAG_RECEIVING still tells that it is there.
static void arrive(struct visit *visit) {
  visit_frame(visit)->flags |= FLAG_RECEIVING;
  visit->strand.job.waited = 0;
  visit->strand.job.served = 0;
}

static struct parcel request_parcel(const struct sim *sim, struct visit *visit) {
  return (struct parcel){.job = &visit->strand.job,
                         .to = &visit->instance->end,
                         .delay = visit->entered,
                         .bytes = journey_request_bytes(sim, visit)};
}

bool journey_send(struct sim *sim, struct visit *visit, const struct network_end *from) {
  struct network_end client;
  int64_t before = 0;
  if (network_is_client(from)) {
    client = client_end(sim, visit);
    from = &client;
    before = set_up(sim, visit, from);
  }
  struct parcel parcel = request_parcel(sim, visit);
  struct random_stream luck = random_split(visit->strand.luck, LUCK_OF_REQUEST);
  parcel.delay = before + network_message(&sim->plan->network, from, parcel.to, &luck) +
                 network_transfer(from, parcel.to, parcel.bytes);
  visit->entered = parcel.delay;
  visit_frame(visit)->state = STRAND_TRAVELLING;
  if (set_out(sim, &parcel, from)) return true;
  arrive(visit);
  return false;
}

bool journey_woken(struct sim *sim, struct visit *visit) {
  leave_interface(sim, &visit->strand.job);
  struct parcel parcel = request_parcel(sim, visit);
  if (proceed(sim, &parcel)) return false;
  arrive(visit);
  return true;
}

// ---- Replies ----

// By how much the constant part of the way back, over balancers, is longer than the straight one. It may be
// shorter, where a scenario says that a direct way is the longer one.
static int64_t detour_of(const struct sim *sim, const struct visit *carrier, struct network_end to) {
  int64_t lane = carrier->reply_lane == 0 ? 0 : sim->engine.lanes[carrier->reply_lane - 1].delay;
  to.access = 0; // a user's own, which no lane contains
  return lane - network_delay(&sim->plan->network, &carrier->instance->end, &to);
}

// A carrier has no use for luck any more, and keeps its bytes there; in `entered`, how long it travels after
// the sender's interface.
static struct parcel reply_parcel(struct visit *carrier, const struct network_end *to) {
  return (struct parcel){.job = &carrier->strand.job,
                         .to = to,
                         .delay = carrier->entered,
                         .bytes = (int64_t)carrier->strand.luck.state};
}

bool journey_reply(struct sim *sim, struct visit *carrier, int64_t bytes) {
  const struct network_end *from = &carrier->instance->end;
  struct network_end to;
  if (!journey_asker(sim, carrier, &to)) return false;
  struct random_stream luck = random_split(carrier->strand.luck, LUCK_OF_REPLY);
  int64_t delay = network_message(&sim->plan->network, from, &to, &luck) + detour_of(sim, carrier, to);
  carrier->entered = (delay > 0 ? delay : 0) + network_transfer(from, &to, bytes);
  carrier->strand.luck.state = (uint64_t)bytes;
  struct parcel parcel = reply_parcel(carrier, &to);
  return set_out(sim, &parcel, from);
}

// A client has no interface: no more need be known of it.
enum journey_state journey_reply_woken(struct sim *sim, struct visit *carrier) {
  static const struct network_end client = {.place = UINT16_MAX};
  const struct instance *caller = caller_of(sim, carrier);
  leave_interface(sim, &carrier->strand.job);
  struct parcel parcel = reply_parcel(carrier, caller == NULL ? &client : &caller->end);
  bool dead = (visit_frame(carrier)->flags & FLAG_SENDING) != 0 && carrier->instance->silent;
  if (dead || has_given_up(sim, carrier)) {
    journey_lost(sim, visit_frame(carrier));
    return JOURNEY_LOST;
  }
  return proceed(sim, &parcel) ? JOURNEY_GOES_ON : JOURNEY_OVER;
}

// ---- Messages ----

static struct parcel message_parcel(struct message *message) {
  return (struct parcel){
      .job = &message->job, .to = &message->to->end, .delay = message->delay, .bytes = message->bytes};
}

// What is lost on the way has left its sender.
enum journey_state journey_message(struct sim *sim, struct message *message) {
  const struct network_end *from = &message->from->end;
  struct service *service = &sim->services[message->from->component->number];
  struct random_stream luck = random_split(service->messages, service->message_count++);
  if (!network_datagram(&sim->plan->network, from, &message->to->end, &luck, &message->delay))
    message->delay = MESSAGE_LOST;
  struct parcel parcel = message_parcel(message);
  if (message->delay != MESSAGE_LOST) return set_out(sim, &parcel, from) ? JOURNEY_GOES_ON : JOURNEY_OVER;
  if (send(sim, &parcel, from)) return JOURNEY_GOES_ON;
  journey_lost(sim, &message->job.frame);
  return JOURNEY_LOST;
}

enum journey_state journey_message_woken(struct sim *sim, struct message *message) {
  struct frame *frame = &message->job.frame;
  leave_interface(sim, &message->job);
  struct parcel parcel = message_parcel(message);
  bool leaves = (frame->flags & FLAG_SENDING) != 0;
  if (leaves && (message->delay == MESSAGE_LOST || message->from->silent)) {
    journey_lost(sim, frame);
    return JOURNEY_LOST;
  }
  return proceed(sim, &parcel) ? JOURNEY_GOES_ON : JOURNEY_OVER;
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

// Whose a transfer is at one way of an interface; NULL: not known.
static const struct instance *owner_of(const struct sim *sim, const void *frame, enum nic_way way) {
  if (((const struct frame *)frame)->kind == FRAME_MESSAGE) {
    const struct message *message = frame;
    return way == NIC_OUT ? message->from : message->to;
  }
  const struct visit *visit = frame;
  bool near = (((const struct frame *)frame)->kind == FRAME_REPLY) == (way == NIC_OUT);
  return near ? visit->instance : caller_of(sim, visit);
}

static bool is_transfer(const struct frame *frame, const struct nic *nic, enum nic_way way) {
  if (frame->kind != FRAME_VISIT && frame->kind != FRAME_REPLY && frame->kind != FRAME_MESSAGE) return false;
  const struct job *job = (const struct job *)(const void *)frame;
  bool inside = job->standing == JOB_SHARING || job->standing == JOB_SERVED;
  return inside && job->at.station == &nic->ways[way];
}

static void lose(struct sim *sim, struct frame *frame) {
  struct job *job = (struct job *)(void *)frame;
  if (frame->kind == FRAME_VISIT) {
    visit_kill(sim, (struct visit *)(void *)frame, false);
    return;
  }
  station_remove(job->at.station, &sim->engine, job);
  journey_lost(sim, frame);
  slab_give(&sim->engine.frames, frame);
}

void journey_silence(struct sim *sim, const struct instance *instance) {
  const struct nic *nic = instance->machine->nic;
  if (nic == NULL) return;
  bool all = !others_live(sim, instance);
  uint32_t frames = sim->engine.frames.chunk_count << SLAB_CHUNK_BITS;
  for (uint32_t index = 1; index < frames; index++) {
    struct frame *frame = slab_at(&sim->engine.frames, index);
    for (enum nic_way way = NIC_OUT; way < NIC_WAYS; way++) {
      if (is_transfer(frame, nic, way) && (all || owner_of(sim, frame, way) == instance)) lose(sim, frame);
    }
  }
}
