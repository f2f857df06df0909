// Identities: both sides of each come from separate code paths of the run.
#include "audit_parts.h"
#include "cost.h"
#include "disk.h"
#include "nic.h"
#include "window.h"

#include <inttypes.h>
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
    [IDENTITY_BYTES] =
        "bytes: sent between interfaces = received, given to them = through + broken off + there",
    [IDENTITY_MEMORY] = "memory in use = memory held",
    [IDENTITY_LEDGERS] = "books of components: messages of queues, reads of caches, questions to dns",
    [IDENTITY_INSIDE] = "numbers inside = visits and requests that there are",
    [IDENTITY_LINES] = "numbers busy and queued = jobs in service and in line",
    [IDENTITY_PARTS] = "parts of visits = visits that have them",
    [IDENTITY_SERVING] = "instances that serve = those that are listed",
};

void audit_expect(const struct finding *finding, enum identity which, bool holds, const char *format, ...) {
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

const char *audit_machine_name(const struct sim *sim, const struct machine *machine) {
  return machine->host != NULL ? machine->host->name : sim->plan->components[machine->component].name;
}

static void audit_clients(const struct finding *finding) {
  const struct sim *sim = finding->sim;
  uint64_t out = 0;
  for (uint16_t c = 0; c < sim->plan->client_count; c++) {
    const struct client_run *client = &sim->clients[c];
    audit_expect(finding, IDENTITY_CLIENTS,
                 client->arrived == client->answered_ever + client->failed_ever + client->inside,
                 "%s: %" PRIu64 " arrived, %" PRIu64 " answered, %" PRIu64 " failed, %" PRIu64 " inside",
                 client->group->name, client->arrived, client->answered_ever, client->failed_ever,
                 client->inside);
    for (uint16_t r = 0; r < sim->plan->request_count; r++) {
      const struct request_measure *measure = &client->measures[r];
      out += measure->offered - measure->answered;
      for (int i = 0; i < OUTCOMES; i++) out -= measure->failed[i];
      audit_expect(finding, IDENTITY_REQUESTS,
                   measure->answered == measure->latency.count && measure->attempts >= measure->offered,
                   "%s: %" PRIu64 " offered in %" PRIu64 " attempts, %" PRIu64 " answered, %" PRIu64
                   " latencies",
                   client->group->name, measure->offered, measure->attempts, measure->answered,
                   measure->latency.count);
    }
  }
  audit_expect(finding, IDENTITY_REQUESTS, out == window_requests_left(sim),
               "%" PRIu64 " measured requests have no end, and %" PRIu64 " are known to be out", out,
               window_requests_left(sim));
}

static int64_t inside_instances(const struct sim *sim, const struct fleet *fleet) {
  int64_t inside = 0;
  const struct instance *instance = sim->services[fleet->component->number].first;
  for (; instance != NULL; instance = instance->sibling)
    inside += instance->fleet == fleet ? instance->inside : 0;
  return inside;
}

static void audit_fleet(const struct finding *finding, const struct fleet *fleet) {
  const struct component_measure *measure = &fleet->measure;
  const char *name = fleet->component->name;
  audit_expect(finding, IDENTITY_VISITS, measure->entered == measure->left + (uint64_t)measure->inside.inside,
               "%s: %" PRIu64 " entered, %" PRIu64 " left, %" PRId64 " inside", name, measure->entered,
               measure->left, measure->inside.inside);
  int64_t inside = inside_instances(finding->sim, fleet);
  audit_expect(finding, IDENTITY_INSIDE, measure->inside.inside == inside,
               "%s: %" PRId64 " are inside, and inside its instances %" PRId64, name, measure->inside.inside,
               inside);
  audit_expect(finding, IDENTITY_SERVING, fleet->serving_level.inside == fleet->healthy_count,
               "%s: %" PRId64 " serve and %" PRIu32 " are listed", name, fleet->serving_level.inside,
               fleet->healthy_count);
  if (finding->sim->phase == SIM_MEASURING) return; // the window is still open
  int128 area = fleet->until.inside - fleet->from.inside;
  audit_expect(finding, IDENTITY_SOJOURNS, area == measure->sojourn_sum,
               "%s: the integral of the number inside is %.17g ns, the sum of sojourns %.17g ns", name,
               (double)area, (double)measure->sojourn_sum);
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
    audit_expect(finding, IDENTITY_MEMORY, machine->memory.used.inside == asked[m].memory,
                 "%s: %" PRId64 " bytes of memory are in use and %" PRId64 " are held",
                 audit_machine_name(sim, machine), machine->memory.used.inside, asked[m].memory);
    if (disk == NULL) continue;
    audit_expect(
        finding, IDENTITY_DISKS, disk->operations == asked[m].operations && disk->bytes == asked[m].bytes,
        "%s: the disk was given %" PRIu64 " operations on %" PRIu64 " bytes, and asked for %" PRIu64
        " on %" PRIu64,
        audit_machine_name(sim, machine), disk->operations, disk->bytes, asked[m].operations, asked[m].bytes);
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
static void audit_bytes(const struct finding *finding, const struct census *census) {
  const struct sim *sim = finding->sim;
  uint64_t sent = 0, received = 0, given = 0, ended = 0;
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
  audit_expect(finding, IDENTITY_BYTES, sent == received,
               "between interfaces %" PRIu64 " bytes were sent and %" PRIu64 " received", sent, received);
  audit_expect(finding, IDENTITY_BYTES, given == ended + census->under_way,
               "interfaces were given %" PRIu64 " bytes; %" PRIu64 " have ended, %" PRIu64 " are under way",
               given, ended, census->under_way);
}

// An instance's own machine is paid for from when it was ordered until it is gone. The machine's account is
// kept by what starts and stops it, the instance's dates by its life; what has no machine of its own is not
// looked at.
static void audit_paid(const struct finding *finding, const struct component *component) {
  const struct sim *sim = finding->sim;
  const struct instance *instance = sim->services[component->number].first;
  int64_t now = sim->engine.now;
  int128 paid = 0, lived = 0; // many lives are longer than an int64_t tells
  if (component->machine == NULL) return;
  for (; instance != NULL; instance = instance->sibling) {
    const struct machine *machine = instance->machine;
    paid += machine->alive + (machine->alive_since >= 0 ? now - machine->alive_since : 0);
    lived += (instance->life == LIFE_GONE ? instance->gone : now) - instance->ordered;
  }
  audit_expect(finding, IDENTITY_PAID, paid == lived,
               "%s: machines are paid for %.17g ns, and its instances have lived %.17g ns", component->name,
               (double)paid, (double)lived);
}

// Sums of products of doubles, in another order on either side.
static void audit_costs(const struct finding *finding) {
  const struct sim *sim = finding->sim;
  double by_component = 0, by_part = audit_money(sim);
  if (!cost_is_any_known(sim->plan)) return;
  for (uint16_t c = 0; c < sim->plan->component_count; c++)
    by_component += cost_so_far(sim, &sim->plan->components[c]);
  audit_expect(finding, IDENTITY_MONEY, fabs(by_component - by_part) <= 1e-9 * fabs(by_part),
               "components have cost %.17g, and what is paid for %.17g", by_component, by_part);
}

// What is on the lists of visits against what instances and balancers count.
static void audit_balanced(const struct finding *finding, const struct census *census) {
  const struct sim *sim = finding->sim;
  for (uint32_t slot = 0; slot < sim->balanced_count; slot++) {
    audit_expect(finding, IDENTITY_TOKENS, sim->balanced[slot] == census->balanced[slot],
                 "a balancer counts %" PRIu32 " requests as out, and %" PRIu64 " are", sim->balanced[slot],
                 census->balanced[slot]);
  }
}

static void audit_instance(const struct finding *finding, const struct instance *instance,
                           const struct census_instance *counted) {
  const char *name = instance->component->name;
  audit_expect(finding, IDENTITY_INSIDE, instance->inside == (int64_t)counted->inside,
               "%s/%" PRIu32 ": %" PRId64 " are inside and there are %" PRIu64 " visits", name,
               instance->number, instance->inside, counted->inside);
  audit_expect(finding, IDENTITY_MEMORY, instance->memory == instance->kept + counted->memory,
               "%s/%" PRIu32 ": %" PRId64 " bytes of memory, %" PRId64 " its own, %" PRId64 " of visits",
               name, instance->number, instance->memory, instance->kept, counted->memory);
}

// Where visits have ended without a word, clients may wait for what is not on its way any more.
static void audit_roots(const struct finding *finding, const struct census *census) {
  const struct sim *sim = finding->sim;
  for (uint16_t c = 0; c < sim->plan->client_count; c++) {
    uint64_t inside = sim->clients[c].inside, roots = census->roots[c];
    audit_expect(finding, IDENTITY_INSIDE, roots == inside || (sim->silenced && roots < inside),
                 "%s: %" PRIu64 " requests are inside and %" PRIu64 " on their way",
                 sim->clients[c].group->name, inside, roots);
  }
}

// Whatever is counted frame by frame.
static void audit_census(const struct finding *finding, const struct census *census) {
  const struct sim *sim = finding->sim;
  audit_expect(finding, IDENTITY_PARTS, census->extensions == census->extended,
               "there are %" PRIu64 " extensions of visits, and they have %" PRIu64, census->extensions,
               census->extended);
  audit_expect(finding, IDENTITY_PARTS, census->repeated == census->claimed,
               "%" PRIu64 " calls and attempts are counted as repeated, and %" PRIu64 " are said to be",
               census->repeated, census->claimed);
  audit_expect(finding, IDENTITY_PARTS, census->astray == 0,
               "%" PRIu64 " transfers belong to nothing that is on its way", census->astray);
  for (uint32_t i = 0; i < sim->instance_count; i++)
    audit_instance(finding, sim->instances[i], &census->instances[i]);
  audit_roots(finding, census);
  audit_balanced(finding, census);
  audit_pools(finding, census);
  if (sim->journeys) audit_bytes(finding, census);
}

struct ledger_finding {
  const struct finding *finding;
  const struct instance *instance;
};

static void check_ledger(void *context, const char *identity, uint64_t left, uint64_t right) {
  const struct ledger_finding *ledger = context;
  audit_expect(ledger->finding, IDENTITY_LEDGERS, left == right,
               "%s/%" PRIu32 ": %s: %" PRIu64 " against %" PRIu64, ledger->instance->component->name,
               ledger->instance->number, identity, left, right);
}

static void audit_ledgers(const struct finding *finding, const struct census *census) {
  const struct sim *sim = finding->sim;
  for (uint32_t i = 0; i < sim->instance_count; i++) {
    const struct instance *instance = sim->instances[i];
    struct ledger_finding ledger = {finding, instance};
    if (instance->model->ledger != NULL)
      instance->model->ledger(instance, census->instances[i].held, check_ledger, &ledger);
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
  audit_stations(&finding);
  audit_asked(&finding);
  audit_costs(&finding);
  struct census census;
  if (census_take(&census, sim)) {
    audit_census(&finding, &census);
    audit_ledgers(&finding, &census);
  }
  census_drop(&census);
}
