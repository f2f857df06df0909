// Identities: both sides of each come from separate code paths of the run.
#include "audit.h"

#include "cost.h"
#include "nic.h"
#include "sim.h"
#include "transfer.h"
#include "visit.h"
#include "window.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>

const char *const identity_names[IDENTITIES] = {
    [IDENTITY_CLIENTS] = "clients: arrived = answered + failed + inside",
    [IDENTITY_REQUESTS] = "measured requests: offered = answered + failed + unfinished",
    [IDENTITY_VISITS] = "visits: entered = left + inside",
    [IDENTITY_SOJOURNS] = "integral of the number inside = sum of sojourns",
    [IDENTITY_WORK] = "work given = work received",
    [IDENTITY_PAID] = "machines paid for = lives of their instances",
    [IDENTITY_MONEY] = "money: sum over components = machines + services + traffic",
    [IDENTITY_TOKENS] = "workers taken, counts of balancers = visits that hold them",
    [IDENTITY_DISKS] = "operations and bytes of disks = those asked for",
    [IDENTITY_BYTES] = "bytes sent between interfaces = received + lost + on their way",
    [IDENTITY_MEMORY] = "memory in use = memory held",
    [IDENTITY_LEDGERS] = "books of components: messages of queues, reads of caches, questions to dns",
};

struct finding {
  const struct sim *sim;
  struct audit_identities *found;
};

static void expect(const struct finding *finding, enum identity which, bool holds, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

static void expect(const struct finding *finding, enum identity which, bool holds, const char *format, ...) {
  struct audit_identities *found = finding->found;
  found->checked[which]++;
  if (holds || found->broken) return;
  found->broken = true;
  found->which = which;
  char what[160];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(what, sizeof what, format, arguments);
  va_end(arguments);
  const struct sim *sim = finding->sim;
  snprintf(found->what, sizeof found->what,
           "%s (seed %" PRIu64 ", replication %" PRIu32 ", event %" PRIu64 ")", what, sim->settings.seed,
           sim->settings.replication, sim->engine.events);
}

static void audit_clients(const struct finding *finding) {
  const struct sim *sim = finding->sim;
  uint64_t out = 0;
  for (uint16_t c = 0; c < sim->plan->client_count; c++) {
    const struct client_run *client = &sim->clients[c];
    expect(finding, IDENTITY_CLIENTS,
           client->arrived == client->answered_ever + client->failed_ever + client->inside,
           "%s: %" PRIu64 " arrived, %" PRIu64 " answered, %" PRIu64 " failed, %" PRIu64 " inside",
           client->group->name, client->arrived, client->answered_ever, client->failed_ever, client->inside);
    for (uint16_t r = 0; r < sim->plan->request_count; r++) {
      const struct request_measure *measure = &client->measures[r];
      out += measure->offered - measure->answered;
      for (int i = 0; i < OUTCOMES; i++) out -= measure->failed[i];
    }
  }
  expect(finding, IDENTITY_REQUESTS, out == window_requests_left(sim),
         "%" PRIu64 " measured requests have no end, and %" PRIu64 " are known to be out", out,
         window_requests_left(sim));
}

static void audit_fleet(const struct finding *finding, const struct fleet *fleet) {
  const struct component_measure *measure = &fleet->measure;
  const char *name = fleet->component->name;
  expect(finding, IDENTITY_VISITS, measure->entered == measure->left + (uint64_t)measure->inside.inside,
         "%s: %" PRIu64 " entered, %" PRIu64 " left, %" PRId64 " inside", name, measure->entered,
         measure->left, measure->inside.inside);
  int128 area = fleet->until.inside - fleet->from.inside;
  expect(finding, IDENTITY_SOJOURNS, area == measure->sojourn_sum,
         "%s: the integral of the number inside is %.17g ns, the sum of sojourns %.17g ns", name,
         (double)area, (double)measure->sojourn_sum);
}

static const char *name_of(const struct sim *sim, const struct machine *machine) {
  return machine->host != NULL ? machine->host->name : sim->plan->components[machine->component].name;
}

static void audit_station(const struct finding *finding, const struct machine *machine,
                          const struct station *station, const char *what) {
  int64_t now = finding->sim->engine.now;
  double given = station_given(station, now), received = station_received(station, now);
  expect(finding, IDENTITY_WORK, fabs(given - received) <= station_rounding(station, now),
         "%s: the %s gave %.17g ns of work and jobs received %.17g ns", name_of(finding->sim, machine), what,
         given, received);
}

static void audit_machine(const struct finding *finding, const struct machine *machine) {
  audit_station(finding, machine, &machine->cores, "cores");
  if (machine->disk != NULL) {
    audit_station(finding, machine, &machine->disk->device, "disk's device");
    audit_station(finding, machine, &machine->disk->slots, "disk's queue");
  }
  if (machine->nic != NULL) {
    audit_station(finding, machine, &machine->nic->ways[NIC_OUT], "interface out");
    audit_station(finding, machine, &machine->nic->ways[NIC_IN], "interface in");
  }
}

// What instances say of the machines that they stand on, by machine.
struct asked {
  uint64_t operations;
  uint64_t bytes;
  int64_t memory;
};

static void compare_asked(const struct finding *finding, const struct asked *asked) {
  const struct sim *sim = finding->sim;
  for (uint32_t m = 0; m < sim->machine_count; m++) {
    const struct machine *machine = sim->machines[m];
    const struct disk *disk = machine->disk;
    expect(finding, IDENTITY_MEMORY, machine->memory.used.inside == asked[m].memory,
           "%s: %" PRId64 " bytes of memory are in use and %" PRId64 " are held", name_of(sim, machine),
           machine->memory.used.inside, asked[m].memory);
    if (disk == NULL) continue;
    expect(finding, IDENTITY_DISKS, disk->operations == asked[m].operations && disk->bytes == asked[m].bytes,
           "%s: the disk was given %" PRIu64 " operations on %" PRIu64 " bytes, and asked for %" PRIu64
           " on %" PRIu64,
           name_of(sim, machine), disk->operations, disk->bytes, asked[m].operations, asked[m].bytes);
  }
}

static void audit_asked(const struct finding *finding) {
  const struct sim *sim = finding->sim;
  struct arena arena;
  arena_init(&arena, NULL);
  struct asked *asked = arena_array(&arena, sim->machine_count + 1U, sizeof *asked);
  for (uint32_t i = 0; asked != NULL && i < sim->instance_count; i++) {
    const struct instance *instance = sim->instances[i];
    struct asked *of = &asked[instance->machine->number];
    of->operations += instance->disk_operations;
    of->bytes += instance->disk_bytes;
    of->memory += instance->memory;
  }
  if (asked != NULL) compare_asked(finding, asked);
  arena_drop(&arena);
}

// What one side of each hop sends the other receives, and what an interface was given is through, broken off
// or still there.
static void audit_bytes(const struct finding *finding) {
  const struct sim *sim = finding->sim;
  uint64_t sent = 0, received = 0, given = 0, ended = 0, under_way = 0;
  for (uint32_t m = 0; m < sim->machine_count; m++) {
    const struct nic *nic = sim->machines[m]->nic;
    if (nic == NULL) continue;
    sent += nic->bytes[NIC_OUT] - nic->alone[NIC_OUT];
    received += nic->bytes[NIC_IN] - nic->alone[NIC_IN];
    for (int way = 0; way < NIC_WAYS; way++) {
      given += nic->bytes[way];
      ended += nic->through[way] + nic->broken_off[way];
    }
  }
  uint32_t frames = sim->engine.frames.chunk_count << SLAB_CHUNK_BITS;
  for (uint32_t index = 1; index < frames; index++) {
    const struct transfer *transfer = slab_at(&sim->engine.frames, index);
    if (transfer->job.frame.kind == FRAME_TRANSFER) under_way += (uint64_t)transfer->bytes;
  }
  expect(finding, IDENTITY_BYTES, sent == received,
         "between interfaces %" PRIu64 " bytes were sent and %" PRIu64 " received", sent, received);
  expect(finding, IDENTITY_BYTES, given == ended + under_way,
         "interfaces were given %" PRIu64 " bytes; %" PRIu64 " have ended, %" PRIu64 " are under way", given,
         ended, under_way);
}

// An instance's own machine is paid for from when it was ordered until it is gone. The machine's account is
// kept by what starts and stops it, the instance's dates by its life; what has no machine of its own is not
// looked at.
static void audit_paid(const struct finding *finding, const struct component *component) {
  const struct sim *sim = finding->sim;
  const struct instance *instance = sim->services[component->number].first;
  int64_t now = sim->engine.now, paid = 0, lived = 0;
  if (component->machine == NULL) return;
  for (; instance != NULL; instance = instance->sibling) {
    const struct machine *machine = instance->machine;
    paid += machine->alive + (machine->alive_since >= 0 ? now - machine->alive_since : 0);
    lived += (instance->life == LIFE_GONE ? instance->gone : now) - instance->ordered;
  }
  expect(finding, IDENTITY_PAID, paid == lived,
         "%s: machines are paid for %" PRId64 " ns, and its instances have lived %" PRId64 " ns",
         component->name, paid, lived);
}

// Sums of products of doubles, in another order on either side.
static void audit_costs(const struct finding *finding) {
  const struct sim *sim = finding->sim;
  double by_component = 0, by_part = audit_money(sim);
  if (!cost_is_any_known(sim->plan)) return;
  for (uint16_t c = 0; c < sim->plan->component_count; c++)
    by_component += cost_so_far(sim, &sim->plan->components[c]);
  expect(finding, IDENTITY_MONEY, fabs(by_component - by_part) <= 1e-9 * fabs(by_part),
         "components have cost %.17g, and what is paid for %.17g", by_component, by_part);
}

// Visits by what they hold, counted over all frames.
struct held {
  uint32_t *workers;  // by instance
  uint32_t *balanced; // by slot
};

// What balancers behind other balancers count.
static void count_holdings(const struct sim *sim, const struct visit *visit, const struct held *held) {
  for (uint32_t index = visit->strand.extension; index != 0;) {
    const struct extension *extension = slab_at(&sim->engine.frames, index);
    for (int i = 0; i < EXTENSION_HOLDINGS; i++) {
      const struct holding *holding = &extension->holdings[i];
      if (holding->instance != NULL && holding->instance->model->forwards) held->balanced[holding->subject]++;
    }
    index = extension->next;
  }
}

static void count_held(const struct sim *sim, const struct held *held) {
  uint32_t frames = sim->engine.frames.chunk_count << SLAB_CHUNK_BITS;
  for (uint32_t index = 1; index < frames; index++) {
    const struct visit *visit = slab_at(&sim->engine.frames, index);
    const struct frame *frame = &visit->strand.job.frame;
    if (frame->kind != FRAME_VISIT) continue;
    bool granted = visit->strand.job.standing == JOB_GRANTED;
    if ((frame->flags & FLAG_WORKER) != 0 || granted) held->workers[visit->instance->index]++;
    if ((frame->flags & FLAG_BALANCED) != 0) held->balanced[frame->link]++;
    count_holdings(sim, visit, held);
  }
}

static void compare_held(const struct finding *finding, const struct held *held) {
  const struct sim *sim = finding->sim;
  for (uint32_t i = 0; i < sim->instance_count; i++) {
    const struct instance *instance = sim->instances[i];
    struct model_tokens tokens = {0};
    if (instance->model->tokens == NULL || !instance->model->tokens(instance, &tokens)) continue;
    expect(finding, IDENTITY_TOKENS, tokens.pool->taken.inside == held->workers[i],
           "%s/%" PRIu32 ": %" PRId64 " %s are taken and %" PRIu32 " visits hold one",
           instance->component->name, instance->number, tokens.pool->taken.inside, tokens.name,
           held->workers[i]);
  }
  for (uint32_t slot = 0; slot < sim->balanced_count; slot++) {
    expect(finding, IDENTITY_TOKENS, sim->balanced[slot] == held->balanced[slot],
           "a balancer counts %" PRIu32 " requests as out, and %" PRIu32 " are", sim->balanced[slot],
           held->balanced[slot]);
  }
}

static void audit_tokens(const struct finding *finding) {
  const struct sim *sim = finding->sim;
  struct arena arena;
  arena_init(&arena, NULL);
  struct held held = {.workers = arena_array(&arena, sim->instance_count, sizeof(uint32_t)),
                      .balanced = arena_array(&arena, sim->balanced_count, sizeof(uint32_t))};
  if (held.workers != NULL && held.balanced != NULL) {
    count_held(sim, &held);
    compare_held(finding, &held);
  }
  arena_drop(&arena);
}

struct ledger_finding {
  const struct finding *finding;
  const struct instance *instance;
};

static void check_ledger(void *context, const char *identity, uint64_t left, uint64_t right) {
  const struct ledger_finding *ledger = context;
  expect(ledger->finding, IDENTITY_LEDGERS, left == right, "%s/%" PRIu32 ": %s: %" PRIu64 " against %" PRIu64,
         ledger->instance->component->name, ledger->instance->number, identity, left, right);
}

static void audit_ledgers(const struct finding *finding) {
  const struct sim *sim = finding->sim;
  for (uint32_t i = 0; i < sim->instance_count; i++) {
    const struct instance *instance = sim->instances[i];
    struct ledger_finding ledger = {finding, instance};
    if (instance->model->ledger != NULL) instance->model->ledger(sim, instance, check_ledger, &ledger);
  }
}

void audit_identities(const struct sim *sim, struct audit_identities *found) {
  *found = (struct audit_identities){.broken = false};
  struct finding finding = {sim, found};
  audit_clients(&finding);
  for (uint16_t c = 0; c < sim->plan->component_count; c++) {
    for (uint16_t f = 0; f < sim->services[c].fleet_count; f++)
      audit_fleet(&finding, &sim->services[c].fleets[f]);
  }
  for (uint16_t c = 0; c < sim->plan->component_count; c++) audit_paid(&finding, &sim->plan->components[c]);
  for (uint32_t i = 0; i < sim->machine_count; i++) audit_machine(&finding, sim->machines[i]);
  audit_asked(&finding);
  if (sim->journeys) audit_bytes(&finding);
  audit_costs(&finding);
  audit_tokens(&finding);
  audit_ledgers(&finding);
}
