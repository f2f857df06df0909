// A queue: takes jobs from those who publish them and hands them to workers.
//
// Models: messages in the order in which they came, each kept until its job is acknowledged; capacity, and
// what happens to a publisher beyond it (waits, is rejected, or the oldest message that waits makes room);
// delivery to a free slot of a consumer, the nearest place first, there to the worker that has been in line
// longest (worker.c). At least once: a delivery
// that fails, is refused, or is not acknowledged within the visibility timeout (Amazon SQS) is followed by
// another, the message back at its place in line; the late acknowledgement of an earlier delivery counts for
// nothing. At most once: a message is gone when it is delivered, whatever becomes of it. A queue that dies
// keeps its messages when it is durable; those in flight wait for a new delivery when it is back, as
// unacknowledged ones do in RabbitMQ.
//
// Leaves out: time and work of the queue itself (its broker's disk and cores), partitions, order by key, an
// end of retention, the copies that its own machines keep of each other's messages.
#include "queue.h"

#include "deployment.h"
#include "flow.h"
#include "program_build.h"
#include "route.h"

#include <string.h>

enum delivery { AT_LEAST_ONCE, AT_MOST_ONCE };
static const char *const deliveries[] = {"at-least-once", "at-most-once", NULL};

enum when_full { BLOCK, REJECT, DROP_OLDEST };
static const char *const when_full[] = {"block", "reject", "drop-oldest", NULL};

enum order { ORDER_NONE, ORDER_KEY };
static const char *const orders[] = {"none", "key", NULL};

struct queue_capacity {
  int64_t messages;
};

struct queue_dead_letter {
  int64_t after;
};

struct queue {
  struct deployment deployment;
  int delivery;
  int64_t visibility_timeout;
  const struct queue_capacity *capacity;
  int when_full;
  const struct queue_dead_letter *dead_letter;
  bool durable;
  int order;
  const struct node *partitions;
  const struct node *retention;
};

static const struct field capacity_fields[] = {
    FIELD_COUNT(struct queue_capacity, messages, .required = true, .minimum = 1, .maximum = 1e9,
                .doc = "that wait; those in flight are not counted"),
};
static const struct field_table capacity_table =
    FIELD_TABLE("queue capacity", struct queue_capacity, capacity_fields, .doc = "How much it holds.");

static const struct field dead_letter_fields[] = {
    FIELD_COUNT(struct queue_dead_letter, after, .required = true, .minimum = 1, .maximum = 1e9,
                .doc = "deliveries"),
};
static const struct field_table dead_letter_table =
    FIELD_TABLE("dead letters", struct queue_dead_letter, dead_letter_fields,
                .doc = "When a message is given up and set apart.");

// 30 s: Amazon SQS, developer guide.
static const struct field queue_fields[] = {
    FIELD_SPREAD(struct queue, deployment, struct deployment, &deployment_table, .doc = "where it stands"),
    FIELD_WORD(struct queue, delivery, deliveries, .standard = "\"at-least-once\"",
               .doc = "until it is acknowledged, or once whatever happens"),
    FIELD_DURATION(struct queue, visibility_timeout, .standard = "\"30s\"", .above = true, .unlimited = true,
                   .doc = "a delivery that is not acknowledged by then has failed"),
    FIELD_RECORD(struct queue, capacity, struct queue_capacity, &capacity_table,
                 .doc = "of each instance; unlimited unless given"),
    FIELD_WORD(struct queue, when_full, when_full, .standard = "\"block\"",
               .doc = "publishers wait for room, are rejected, or the oldest message that waits is dropped"),
    FIELD_RECORD(struct queue, dead_letter, struct queue_dead_letter, &dead_letter_table,
                 .doc = "delivered without end unless given"),
    FIELD_BOOLEAN(struct queue, durable, .standard = "true", .doc = "its messages survive its crash"),
    FIELD_WORD(struct queue, order, orders, .standard = "\"none\"",
               .doc = "what is handed out one after the other; not yet: key"),
    FIELD_RAW(struct queue, partitions, .doc = "not yet"),
    FIELD_RAW(struct queue, retention, .doc = "not yet: messages are kept until they are acknowledged"),
};
static const struct field_table queue_table =
    FIELD_TABLE("queue", struct queue, queue_fields, .doc = "Hands jobs to workers.");

// Compiled.
struct queue_plan {
  const struct component **consumers;
  const struct program *deliveries; // by consumer: what a delivery does
  uint16_t consumer_count;
  uint16_t request_count; // of the plan
  int64_t capacity;       // INT64_MAX: unlimited
  int64_t dead_after;     // deliveries; INT64_MAX
};

struct queue_state {
  bool taking;   // a delivery sets out, and has not taken its message yet
  bool woken;    // a timer is on its way that lets the queue deliver
  uint16_t turn; // the consumer that is asked first
};

enum { HOLDS_MESSAGE, HOLDS_PLACE_IN_LINE };

static const struct queue *parameters_of(const struct instance *instance) {
  return instance->parameters;
}
static const struct queue_plan *plan_of(const struct instance *instance) {
  return instance->component->compiled;
}
static struct queue_state *state_of(const struct instance *instance) {
  return instance->volatile_state;
}
static struct queue_account *account_of(const struct instance *instance) {
  return instance->durable_state;
}

// ---- Compiling ----

enum { STEP_PUT, STEP_ACKNOWLEDGE, STEP_FAILED, STEP_TAKE }; // the last one's number: STEP_TAKE + consumer

// TAKE, or to the end; CALL; ACKNOWLEDGE, or FAILED.
static bool build_delivery(struct plan *plan, const struct queue *queue, struct component *consumer,
                           uint16_t number, struct program *program) {
  struct policy *policy = arena_take(plan->arena, sizeof *policy);
  struct call_site *site = arena_take(plan->arena, sizeof *site);
  if (policy == NULL || site == NULL) return false;
  *policy = policy_none;
  policy->timeout = queue->visibility_timeout;
  *site = (struct call_site){
      .callee = consumer, .request = PROGRAM_SAME_REQUEST, .number = plan_site(plan), .policy = policy};
  struct program_builder builder = {.arena = plan->arena};
  program_emit(&builder, STEP_MODEL)->count = STEP_TAKE + number;
  uint32_t call = builder.count;
  program_emit(&builder, STEP_CALL)->call = site;
  program_emit(&builder, STEP_MODEL)->count = STEP_ACKNOWLEDGE;
  uint32_t jump = builder.count;
  program_emit(&builder, STEP_JUMP);
  program_otherwise(&builder, call, builder.count);
  program_emit(&builder, STEP_MODEL)->count = STEP_FAILED;
  program_aim(&builder, jump, builder.count);
  program_aim(&builder, 0, builder.count);
  return program_finish(&builder, program);
}

static bool consumes(const struct component *component, const char *queue) {
  if (component->wrong || component->model != &worker_model) return false;
  const char *name = worker_consumes(component);
  return name != NULL && strcmp(name, queue) == 0;
}

static bool find_consumers(const struct component *component, struct plan *plan,
                           struct queue_plan *compiled) {
  uint16_t count = 0;
  for (uint16_t c = 0; c < plan->component_count; c++)
    count += consumes(&plan->components[c], component->name);
  struct program *programs = arena_array(plan->arena, count, sizeof *programs);
  compiled->consumers = arena_array(plan->arena, count, sizeof *compiled->consumers);
  compiled->deliveries = programs;
  if (programs == NULL || compiled->consumers == NULL) return false;
  for (uint16_t c = 0; c < plan->component_count; c++) {
    struct component *consumer = &plan->components[c];
    if (!consumes(consumer, component->name)) continue;
    uint16_t number = compiled->consumer_count++;
    compiled->consumers[number] = consumer;
    if (!build_delivery(plan, component->parameters, consumer, number, &programs[number])) return false;
  }
  return true;
}

static bool refuse(const struct component *component, const char *key, bool given,
                   struct field_context *context) {
  if (!given) return true;
  diagnostic_error(context->diagnostics, node_find(component->node, key),
                   "`%s` of a queue is not there yet: leave it out", key);
  return false;
}

static bool check(const struct component *component, struct field_context *context) {
  const struct queue *queue = component->parameters;
  bool right = refuse(component, "partitions", queue->partitions != NULL, context);
  right &= refuse(component, "retention", queue->retention != NULL, context);
  right &= refuse(component, "order", queue->order == ORDER_KEY, context);
  return right;
}

// What is published: any request that is no read or write.
static const struct program **take_all(const struct plan *plan) {
  const struct program **programs = arena_array(plan->arena, plan->request_count, sizeof *programs);
  struct program *program = arena_take(plan->arena, sizeof *program);
  struct program_builder builder = {.arena = plan->arena};
  program_emit(&builder, STEP_MODEL)->count = STEP_PUT;
  if (programs == NULL || program == NULL || !program_finish(&builder, program)) return NULL;
  for (uint16_t r = 0; r < plan->request_count; r++) {
    if (plan->requests[r].operation == OPERATION_PLAIN) programs[r] = program;
  }
  return programs;
}

static bool compile(struct component *component, struct plan *plan, struct field_context *context) {
  const struct queue *queue = component->parameters;
  struct queue_plan *compiled = arena_take(plan->arena, sizeof *compiled);
  component->programs = take_all(plan);
  component->compiled = compiled;
  if (compiled == NULL || component->programs == NULL || component->wrong) return false;
  compiled->request_count = plan->request_count;
  compiled->capacity = queue->capacity != NULL ? queue->capacity->messages : INT64_MAX;
  compiled->dead_after = queue->dead_letter != NULL ? queue->dead_letter->after : INT64_MAX;
  if (!check(component, context) || !find_consumers(component, plan, compiled)) return false;
  if (compiled->consumer_count == 0)
    diagnostic_warning(context->diagnostics, component->node, "no worker consumes `%s`", component->name);
  return true;
}

// Where a component is told what to do with a request.
static const struct node *handles_node(const struct component *component, const char *request) {
  const struct node *handles = node_find(component->node, "handles"), *own = node_find(handles, request);
  if (own == NULL) own = node_find(handles, "*");
  return own != NULL ? own : component->node;
}

// `*` has one program for many requests.
static bool is_first(const struct component *consumer, uint16_t request) {
  for (uint16_t r = 0; r < request; r++) {
    if (consumer->programs[r] == consumer->programs[request]) return false;
  }
  return true;
}

// A job that fails whatever comes is delivered for ever; where that takes no time, at one instant.
static void judge_consumer(const struct component *component, const struct component *consumer,
                           const struct plan *plan, struct field_context *context) {
  for (uint16_t r = 0; r < plan->request_count; r++) {
    const struct program *program = consumer->programs[r];
    if (program == NULL || program_may_answer(program) || !is_first(consumer, r)) continue;
    const struct node *node = handles_node(consumer, plan->requests[r].name);
    if (plan->network.none && program_is_instant(program)) {
      diagnostic_error(context->diagnostics, node,
                       "each job fails at once, and `%s` delivers it again without end at one instant: give "
                       "`%s` a `dead_letter`, or let jobs take time",
                       component->name, component->name);
    } else {
      diagnostic_warning(context->diagnostics, node,
                         "each job fails, and `%s`, without a `dead_letter`, delivers it again without end",
                         component->name);
    }
  }
}

static void judge(const struct component *component, const struct plan *plan, struct field_context *context) {
  const struct queue *queue = component->parameters;
  const struct queue_plan *compiled = component->compiled;
  bool again = queue->delivery == AT_LEAST_ONCE && compiled->dead_after == INT64_MAX;
  for (uint16_t c = 0; again && c < compiled->consumer_count; c++)
    judge_consumer(component, compiled->consumers[c], plan, context);
}

// ---- Messages ----

static struct queue_message *message_at(const struct queue_account *account, uint32_t place) {
  return &account->messages[place - 1];
}

static uint32_t take_place(struct sim *sim, struct queue_account *account) {
  uint32_t place = account->message_free;
  if (place != 0) {
    account->message_free = message_at(account, place)->next;
    return place;
  }
  void *array = account->messages;
  if (!memory_room(&sim->budget, &array, account->message_count, &account->message_room,
                   sizeof *account->messages))
    return 0;
  account->messages = array;
  return ++account->message_count;
}

static void give_place(struct queue_account *account, uint32_t place) {
  message_at(account, place)->next = account->message_free;
  account->message_free = place;
}

// By number: what is new goes to the end, and what comes back to its place, which is near the front.
static void wait_in_order(struct sim *sim, struct queue_account *account, uint32_t place, bool is_new) {
  struct queue_message *message = message_at(account, place);
  uint32_t next = is_new ? 0 : account->first;
  while (next != 0 && message_at(account, next)->number < message->number)
    next = message_at(account, next)->next;
  message->next = next;
  message->before = next != 0 ? message_at(account, next)->before : account->last;
  *(message->before != 0 ? &message_at(account, message->before)->next : &account->first) = place;
  *(next != 0 ? &message_at(account, next)->before : &account->last) = place;
  level_up(&account->waiting, sim->engine.now);
}

static uint32_t take_first(struct sim *sim, struct queue_account *account) {
  uint32_t place = account->first;
  account->first = message_at(account, place)->next;
  *(account->first != 0 ? &message_at(account, account->first)->before : &account->last) = 0;
  level_down(&account->waiting, sim->engine.now);
  return place;
}

static bool publish(struct sim *sim, struct queue_account *account, struct visit *visit) {
  uint32_t place = take_place(sim, account);
  if (place == 0) return false;
  *message_at(account, place) = (struct queue_message){.published = sim->engine.now,
                                                       .luck = {random_bits(&visit->strand.luck)},
                                                       .number = account->published++,
                                                       .serial = visit->serial,
                                                       .user = visit->user,
                                                       .request = visit->request,
                                                       .origin = visit->origin};
  wait_in_order(sim, account, place, true);
  return true;
}

static void drop_first(struct sim *sim, struct queue_account *account, uint64_t *counter) {
  give_place(account, take_first(sim, account));
  ++*counter;
}

// ---- Blocked publishers ----

static bool join_line(struct sim *sim, struct queue_account *account, struct frame_reference who) {
  if (account->line_count == account->line_room) {
    uint32_t room = account->line_room == 0 ? 8 : 2 * account->line_room;
    struct frame_reference *line = memory_take(&sim->budget, room * sizeof *line);
    if (line == NULL) return false;
    for (uint32_t i = 0; i < account->line_count; i++)
      line[i] = account->line[(account->line_first + i) % account->line_room];
    memory_give(&sim->budget, account->line, account->line_room * sizeof *line);
    account->line = line;
    account->line_room = room;
    account->line_first = 0;
  }
  account->line[(account->line_first + account->line_count++) % account->line_room] = who;
  return true;
}

static struct frame_reference leave_line(struct queue_account *account) {
  struct frame_reference who = account->line[account->line_first];
  account->line_first = (account->line_first + 1) % account->line_room;
  account->line_count--;
  return who;
}

static bool has_room(const struct instance *instance) {
  return account_of(instance)->waiting.inside < plan_of(instance)->capacity;
}

// Those who waited longest publish while there is room. Who has vanished, or will at this instant, does not.
static void admit(struct sim *sim, const struct instance *instance) {
  struct queue_account *account = account_of(instance);
  while (account->line_count > 0 && has_room(instance)) {
    struct frame_reference who = leave_line(account);
    struct frame *frame = slab_find(&sim->engine.frames, who);
    if (frame == NULL || (frame->flags & FLAG_CANCELLED) != 0) continue;
    struct visit *visit = (struct visit *)(void *)frame;
    struct holding holding;
    flow_keep(sim, visit, HOLDS_PLACE_IN_LINE, 0, &holding);
    level_down(&account->blocked, sim->engine.now);
    if (!publish(sim, account, visit)) return;
    flow_wake_strand(sim, who);
  }
}

// ---- Delivering ----

// The nearest instance of a consumer with a free slot, and how far it is.
static struct instance *nearest(const struct sim *sim, const struct instance *queue,
                                const struct component *consumer, int64_t *far) {
  const struct service *service = &sim->services[consumer->number];
  struct instance *found = NULL;
  for (uint16_t f = 0; f < service->fleet_count; f++) {
    struct instance *candidate = worker_next(&service->fleets[f]);
    if (candidate == NULL) continue;
    int64_t distance = route_distance(sim, &queue->end, &service->fleets[f]);
    if (found != NULL && distance >= *far) continue;
    found = candidate;
    *far = distance;
  }
  return found;
}

// Whose turn it is among the consumers with the nearest free slot; their number: there is none.
static uint16_t whose_turn(const struct sim *sim, const struct instance *queue) {
  const struct queue_plan *plan = plan_of(queue);
  uint16_t found = plan->consumer_count;
  int64_t least = INT64_MAX;
  for (uint16_t i = 0; i < plan->consumer_count; i++) {
    uint16_t c = (uint16_t)((state_of(queue)->turn + i) % plan->consumer_count);
    int64_t far = 0;
    if (nearest(sim, queue, plan->consumers[c], &far) == NULL ||
        (found < plan->consumer_count && far >= least))
      continue;
    found = c;
    least = far;
  }
  return found;
}

// By a timer, so that a paused queue finds it when it goes on, and so that who frees a slot may still be
// leaving it.
static void wake(struct sim *sim, struct instance *instance) {
  if (state_of(instance)->woken || account_of(instance)->first == 0) return;
  state_of(instance)->woken = flow_timer(sim, instance, 0, 0);
}

// A delivery sets out; when it has its message, the next one does.
static void deliver(struct sim *sim, struct instance *instance) {
  struct queue_state *state = state_of(instance);
  const struct queue_account *account = account_of(instance);
  if (account->first == 0 || state->taking) return;
  if (instance->life == LIFE_PAUSED) {
    wake(sim, instance);
    return;
  }
  uint16_t consumer = whose_turn(sim, instance);
  if (consumer == plan_of(instance)->consumer_count) return;
  const struct queue_message *message = message_at(account, account->first);
  state->taking =
      flow_spawn(sim, instance, &plan_of(instance)->deliveries[consumer], message->request, message->luck, 0);
}

static void timer(struct sim *sim, struct instance *instance, uint64_t number) {
  (void)number;
  state_of(instance)->woken = false;
  deliver(sim, instance);
}

void queue_wake(struct sim *sim, const struct component *queue) {
  const struct service *service = &sim->services[queue->number];
  for (uint16_t f = 0; f < service->fleet_count; f++) {
    for (uint32_t i = 0; i < service->fleets[f].listed_count; i++) {
      struct instance *instance = service->fleets[f].listed[i];
      if (instance->life == LIFE_SERVING || instance->life == LIFE_PAUSED) wake(sim, instance);
    }
  }
}

const struct queue_message *queue_delivery(const struct sim *sim, const struct call *call) {
  if (call == NULL || call->from == 0) return NULL;
  const struct instance *queue = sim->instances[call->from - 1];
  if (queue->model != &queue_model) return NULL;
  const struct visit *caller = slab_find(&sim->engine.frames, call->caller);
  return caller == NULL ? NULL : message_at(account_of(queue), (uint32_t)caller->key);
}

static void count_delivery(const struct sim *sim, struct queue_account *account,
                           struct queue_message *message) {
  account->delivered++;
  level_up(&account->in_flight, sim->engine.now);
  if (message->deliveries++ > 0) {
    account->redelivered++;
    return;
  }
  int64_t waited = sim->engine.now - message->published;
  tally_add(&account->wait, waited);
  histogram_record(&account->wait_histogram, waited);
}

// A further delivery has luck of its own, so that it takes nobody's.
static struct random_stream luck_of(const struct queue_message *message) {
  return message->deliveries == 1 ? message->luck : random_split(message->luck, message->deliveries);
}

static void give_message(const struct sim *sim, struct strand *strand, uint32_t place,
                         struct instance *target) {
  struct visit *visit = strand->visit;
  struct queue_account *account = account_of(visit->instance);
  struct queue_message *message = message_at(account, place);
  count_delivery(sim, account, message);
  message->target = target;
  visit->key = place;
  visit->request = message->request;
  strand->job.level = sim->plan->requests[message->request].priority;
  strand->luck = luck_of(message);
}

// The call that follows at once is the delivery: nothing happens in between.
static enum verdict take(struct sim *sim, struct strand *strand, uint16_t consumer) {
  struct instance *instance = strand->visit->instance;
  struct queue_account *account = account_of(instance);
  int64_t far = 0;
  struct instance *target = nearest(sim, instance, plan_of(instance)->consumers[consumer], &far);
  state_of(instance)->taking = false;
  if (account->first == 0 || target == NULL) {
    deliver(sim, instance);
    return VERDICT_BRANCH;
  }
  uint32_t place = take_first(sim, account);
  give_message(sim, strand, place, target);
  worker_chosen(target);
  state_of(instance)->turn = (uint16_t)((consumer + 1) % plan_of(instance)->consumer_count);
  flow_hold(sim, strand->visit,
            (struct holding){.instance = instance, .kind = HOLDS_MESSAGE, .subject = place});
  admit(sim, instance);
  wake(sim, instance);
  return VERDICT_NEXT;
}

// ---- Ends of deliveries ----

static void acknowledged(const struct sim *sim, struct queue_account *account, uint32_t place) {
  int64_t time = sim->engine.now - message_at(account, place)->published;
  account->acknowledged++;
  tally_add(&account->job, time);
  histogram_record(&account->job_histogram, time);
  level_down(&account->in_flight, sim->engine.now);
  give_place(account, place);
}

static void failed(struct sim *sim, const struct instance *instance, uint32_t place) {
  const struct queue *queue = parameters_of(instance);
  struct queue_account *account = account_of(instance);
  bool forgotten = instance->life == LIFE_FAILED && !queue->durable;
  level_down(&account->in_flight, sim->engine.now);
  if (queue->delivery == AT_MOST_ONCE || forgotten) {
    account->lost++;
    give_place(account, place);
  } else if (message_at(account, place)->deliveries >= plan_of(instance)->dead_after) {
    account->dead++;
    give_place(account, place);
  } else {
    wait_in_order(sim, account, place, false);
  }
}

static enum verdict end_delivery(struct sim *sim, struct strand *strand, bool done) {
  struct instance *instance = strand->visit->instance;
  uint32_t place = (uint32_t)strand->visit->key;
  struct holding holding;
  if (flow_keep(sim, strand->visit, HOLDS_MESSAGE, place, &holding)) {
    if (done) {
      acknowledged(sim, account_of(instance), place);
    } else {
      failed(sim, instance, place);
    }
  }
  deliver(sim, instance);
  return VERDICT_NEXT;
}

// Who blocks has vanished, or a delivery has with its queue.
static void release(struct sim *sim, struct instance *instance, const struct holding *holding) {
  if (holding->kind == HOLDS_MESSAGE) {
    failed(sim, instance, holding->subject);
  } else {
    level_down(&account_of(instance)->blocked, sim->engine.now);
  }
}

// ---- Publishing ----

static enum verdict block(struct sim *sim, struct strand *strand) {
  struct instance *instance = strand->visit->instance;
  struct queue_account *account = account_of(instance);
  if (!flow_hold(sim, strand->visit, (struct holding){.instance = instance, .kind = HOLDS_PLACE_IN_LINE}))
    return VERDICT_WAIT;
  level_up(&account->blocked, sim->engine.now);
  join_line(sim, account, frame_refer(&strand->job.frame));
  return VERDICT_WAIT;
}

static enum verdict put(struct sim *sim, struct strand *strand) {
  struct instance *instance = strand->visit->instance;
  struct queue_account *account = account_of(instance);
  if (!has_room(instance)) {
    switch ((enum when_full)parameters_of(instance)->when_full) {
    case BLOCK:
      return block(sim, strand);
    case REJECT:
      flow_fail(sim, OUTCOME_REJECTED);
      return VERDICT_FAIL;
    case DROP_OLDEST:
      drop_first(sim, account, &account->dropped);
      break;
    }
  }
  publish(sim, account, strand->visit);
  deliver(sim, instance);
  return VERDICT_NEXT;
}

static enum verdict enter(struct sim *sim, struct visit *visit) {
  (void)sim;
  (void)visit;
  return VERDICT_NEXT;
}

static enum verdict step(struct sim *sim, struct strand *strand, int32_t number) {
  switch (number) {
  case STEP_PUT:
    return put(sim, strand);
  case STEP_ACKNOWLEDGE:
  case STEP_FAILED:
    return end_delivery(sim, strand, number == STEP_ACKNOWLEDGE);
  default:
    return take(sim, strand, (uint16_t)(number - STEP_TAKE));
  }
}

// ---- Life ----

// It is back, and what it kept is delivered.
static bool start(struct sim *sim, struct instance *instance) {
  deliver(sim, instance);
  return true;
}

// Publishers in line are about to be refused. Of an instance that is taken away nothing stays.
static void stop(struct sim *sim, struct instance *instance, enum stop_reason reason) {
  struct queue_account *account = account_of(instance);
  account->line_count = 0;
  if (reason == STOP_CRASH && parameters_of(instance)->durable) return;
  while (account->first != 0) drop_first(sim, account, &account->lost);
}

static void drop(struct sim *sim, struct instance *instance) {
  struct queue_account *account = account_of(instance);
  memory_give(&sim->budget, account->messages, account->message_room * sizeof *account->messages);
  memory_give(&sim->budget, account->line, account->line_room * sizeof *account->line);
}

// ---- Identities ----

// A message waits, is in flight with a visit, or is over; a blocked publisher is a visit, too.
static void ledger(const struct instance *instance, uint64_t held, model_ledger_check *compare,
                   void *context) {
  const struct queue_account *account = instance->durable_state;
  uint64_t listed = 0, waiting = (uint64_t)account->waiting.inside;
  uint64_t in_flight = (uint64_t)account->in_flight.inside;
  for (uint32_t place = account->first; place != 0; place = message_at(account, place)->next) listed++;
  compare(context, "published = acknowledged + waiting + in flight + dropped + dead + lost",
          account->published,
          account->acknowledged + listed + in_flight + account->dropped + account->dead + account->lost);
  compare(context, "waiting = in line", waiting, listed);
  compare(context, "in flight + blocked = held by visits", in_flight + (uint64_t)account->blocked.inside,
          held);
}

// ---- What is expected ----

// Whether a visit may fail, as far as its program says.
static bool may_fail(const struct program *program) {
  for (uint32_t i = 0; program != NULL && i < program->count; i++) {
    uint8_t operation = program->steps[i].operation;
    if (operation == STEP_FAIL || operation == STEP_CALL) return true;
  }
  return false;
}

static bool any_may_fail(const struct component *consumer, uint16_t requests) {
  for (uint16_t r = 0; consumer->programs != NULL && r < requests; r++) {
    if (may_fail(consumer->programs[r])) return true;
  }
  return false;
}

static bool is_uncertain(const struct component *component) {
  const struct queue *queue = component->parameters;
  const struct queue_plan *compiled = component->compiled;
  bool uncertain = compiled->capacity != INT64_MAX && queue->when_full != BLOCK;
  for (uint16_t c = 0; c < compiled->consumer_count && !uncertain; c++)
    uncertain = any_may_fail(compiled->consumers[c], compiled->request_count);
  return uncertain;
}

// Each job goes to one of the consumers, who share them by their instances.
static void demand(const struct component *component, uint16_t request, struct model_demand *demand,
                   program_call_visitor *visitor, void *context) {
  const struct queue_plan *compiled = component->compiled;
  (void)request;
  *demand = (struct model_demand){
      .workers = POOL_UNLIMITED, .backlog = POOL_UNLIMITED, .uncertain = is_uncertain(component)};
  double all = 0;
  for (uint16_t c = 0; c < compiled->consumer_count; c++)
    all += (double)component_instances(compiled->consumers[c]);
  for (uint16_t c = 0; visitor != NULL && all > 0 && c < compiled->consumer_count; c++) {
    visitor(context, compiled->deliveries[c].steps[1].call,
            (double)component_instances(compiled->consumers[c]) / all);
  }
}

#define TOTAL(word_, member_, doc_)                                                                          \
  {                                                                                                          \
    .key = "messages." word_, .kind = METRIC_TOTAL, .unit = METRIC_NUMBER,                                   \
    .top = METRIC_COUNTER(struct queue_account, member_), .doc = doc_                                        \
  }

static const struct metric queue_metrics[] = {
    {.key = "depth.mean",
     .slo = "depth",
     .head = "waiting",
     .kind = METRIC_LEVEL,
     .unit = METRIC_NUMBER,
     .top = METRIC_LEVEL_OF(struct queue_account, waiting),
     .doc = "messages that wait"},
    {.key = "depth.max",
     .head = "peak",
     .kind = METRIC_PEAK,
     .unit = METRIC_NUMBER,
     .top = METRIC_LEVEL_OF(struct queue_account, waiting),
     .doc = "the most that waited in one instance"},
    {.key = "in_flight",
     .slo = "in_flight",
     .head = "in flight",
     .kind = METRIC_LEVEL,
     .unit = METRIC_NUMBER,
     .top = METRIC_LEVEL_OF(struct queue_account, in_flight),
     .doc = "messages that are delivered and neither acknowledged nor given up"},
    {.key = "blocked",
     .slo = "blocked",
     .head = "blocked",
     .kind = METRIC_LEVEL,
     .unit = METRIC_NUMBER,
     .top = METRIC_LEVEL_OF(struct queue_account, blocked),
     .doc = "publishers that wait for room"},
    {.key = "job_s",
     .slo = "job",
     .head = "job",
     .kind = METRIC_TIMES,
     .unit = METRIC_SECONDS,
     .top = METRIC_TALLY_OF(struct queue_account, job),
     .bottom = METRIC_HISTOGRAM_OF(struct queue_account, job_histogram),
     .doc = "a job, from its publish to its acknowledgement"},
    {.key = "waiting_s",
     .slo = "waiting",
     .head = "to start",
     .kind = METRIC_TIMES,
     .unit = METRIC_SECONDS,
     .top = METRIC_TALLY_OF(struct queue_account, wait),
     .bottom = METRIC_HISTOGRAM_OF(struct queue_account, wait_histogram),
     .doc = "of it, up to the first delivery"},
    {.key = "acknowledged_per_s",
     .slo = "acknowledged",
     .kind = METRIC_RATE,
     .unit = METRIC_PER_SECOND,
     .top = METRIC_COUNTER(struct queue_account, acknowledged),
     .doc = "jobs done"},
    TOTAL("published", published, "messages that came in; all these over all replications"),
    TOTAL("delivered", delivered, "deliveries"),
    TOTAL("redelivered", redelivered, "of these, further ones of the same message"),
    TOTAL("done", acknowledged, "acknowledged"),
    TOTAL("dropped", dropped, "dropped to make room"),
    TOTAL("dead", dead, "delivered as often as may be, and set apart"),
    TOTAL("lost", lost, "delivered at most once and never acknowledged, or lost with their queue"),
};

const struct model queue_model = {
    .form = {.name = "queue", .doc = "hands jobs to workers", .table = &queue_table, .user = &queue_model},
    .postpones = true,
    .volatile_size = sizeof(struct queue_state),
    .durable_size = sizeof(struct queue_account),
    .metrics = queue_metrics,
    .metric_count = sizeof queue_metrics / sizeof *queue_metrics,
    .compile = compile,
    .judge = judge,
    .enter = enter,
    .step = step,
    .timer = timer,
    .start = start,
    .stop = stop,
    .ledger = ledger,
    .drop = drop,
    .release = release,
    .demand = demand,
};
