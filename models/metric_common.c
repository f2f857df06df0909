// What every component reports, from what the flow counts of its visits and from its machines.
#include "cost.h"
#include "machine_walk.h"
#include "metric.h"
#include "nic.h"
#include "sim.h"

#include <math.h>

#define FLEET(member_, c_type_, type_) METRIC_MEMBER(METRIC_OF_FLEET, struct fleet, member_, c_type_, type_)
#define FLEET_COUNTER(member_)         FLEET(measure.member_, uint64_t, METRIC_UINT64)
#define FLEET_LEVEL(member_)           FLEET(member_, struct level, METRIC_A_LEVEL)
#define FLEET_TALLY(member_)           FLEET(measure.member_, struct tally, METRIC_TALLY)
#define FLEET_HISTOGRAM(member_)       FLEET(measure.member_, struct histogram, METRIC_HISTOGRAM)
#define MEASURE(function_)                                                                                   \
  { .place = METRIC_BY_MEASURE, .read_measure = (function_) }

// ---- Visits -----------------------------------------------------------------------------------------------

static double visits_ended(const struct component_measure *measure) {
  uint64_t visits = 0;
  for (int i = 0; i < OUTCOMES; i++) visits += measure->outcomes[i];
  return (double)visits;
}

// A cache that has not got the item has answered.
static double visits_failed(const struct component_measure *measure) {
  return visits_ended(measure) - (double)measure->outcomes[OUTCOME_DONE] -
         (double)measure->outcomes[OUTCOME_MISSED] - (double)measure->outcomes[OUTCOME_CANCELLED];
}

// ---- Machines ---------------------------------------------------------------------------------------------

static double sum_machines(const struct sim *sim, const struct component *component,
                           const struct fleet *fleet, double (*value)(const struct machine *, int64_t now)) {
  struct machine_walk walk = machine_walk(sim, component, fleet);
  const struct machine *machine;
  double sum = 0;
  while ((machine = machine_walk_next(&walk)) != NULL) sum += value(machine, sim->engine.now);
  return sum;
}

static bool shares_host(const struct component *component) {
  return component->host != NULL && component->host->components > 1;
}

// What visits have together of some time, over the fleets; of the window alone.
static double sum_fleets(const struct sim *sim, const struct component *component, const struct fleet *fleet,
                         double (*value)(const struct component_measure *)) {
  const struct service *service = &sim->services[component->number];
  double sum = 0;
  for (uint16_t f = 0; f < service->fleet_count; f++) {
    if (fleet == NULL || fleet == &service->fleets[f]) sum += value(&service->fleets[f].measure);
  }
  return sum;
}

// At cores: a visit's service is at its disk, too.
static double served(const struct component_measure *measure) {
  return (double)measure->service.sum - (double)measure->device_time;
}
static double waited(const struct component_measure *measure) {
  return (double)measure->wait.sum;
}

static double machine_busy(const struct machine *machine, int64_t now) {
  return (double)level_area(&machine->cores.busy, now);
}

static double machine_queued(const struct machine *machine, int64_t now) {
  return (double)level_area(&machine->cores.queued, now);
}

static double machine_alive(const struct machine *machine, int64_t now) {
  return (double)(machine->alive + (machine->alive_since >= 0 ? now - machine->alive_since : 0));
}

static double machine_capacity(const struct machine *machine, int64_t now) {
  if (machine->cores.servers == STATION_UNLIMITED) return 0;
  return machine_alive(machine, now) * (double)machine->cores.servers;
}

static const char *no_cores(const struct component *component) {
  const struct machine_type *type = component->host != NULL ? component->host->type : component->machine;
  return type == NULL || type->cores == STATION_UNLIMITED ? "its cores are unlimited" : NULL;
}

static double cores_there(const struct sim *sim, const struct component *component,
                          const struct fleet *fleet) {
  return sum_machines(sim, component, fleet, machine_capacity);
}

static double cores_busy_for_it(const struct sim *sim, const struct component *component,
                                const struct fleet *fleet) {
  return shares_host(component) ? sum_fleets(sim, component, fleet, served)
                                : sum_machines(sim, component, fleet, machine_busy);
}

// ---- Their devices: the part of the time in which each was at work ----

// Of what limits a disk, the device or the places in its queue, whichever was used more since the start.
static double machine_disk(const struct machine *machine, int64_t now) {
  const struct disk *disk = machine->disk;
  if (disk == NULL) return 0;
  double device = (double)level_area(&disk->device.busy, now);
  if (disk->type->depth == STATION_UNLIMITED) return device;
  return fmax(device, (double)level_area(&disk->slots.busy, now) / (double)disk->type->depth);
}

static double machine_has_disk(const struct machine *machine, int64_t now) {
  const struct disk *disk = machine->disk;
  bool limited = disk != NULL && (isfinite(disk->type->iops) || isfinite(disk->type->bandwidth) ||
                                  disk->type->depth != STATION_UNLIMITED);
  return limited ? machine_alive(machine, now) : 0;
}

static double machine_out(const struct machine *machine, int64_t now) {
  return machine->nic == NULL ? 0 : (double)level_area(&machine->nic->ways[NIC_OUT].busy, now);
}

static double machine_in(const struct machine *machine, int64_t now) {
  return machine->nic == NULL ? 0 : (double)level_area(&machine->nic->ways[NIC_IN].busy, now);
}

static double machine_has_nic(const struct machine *machine, int64_t now) {
  return machine->nic == NULL ? 0 : machine_alive(machine, now);
}

static double machine_memory(const struct machine *machine, int64_t now) {
  return (double)memory_pressure_area(&machine->memory, now);
}

static double machine_has_memory(const struct machine *machine, int64_t now) {
  if (machine->memory.size == MEMORY_UNLIMITED) return 0;
  return machine_alive(machine, now) * (double)machine->memory.size;
}

static double machine_failures(const struct machine *machine, int64_t now) {
  (void)now;
  return (double)machine->failures;
}

static double machine_may_fail(const struct machine *machine, int64_t now) {
  return machine->type->mtbf == MACHINE_NEVER ? 0 : machine_alive(machine, now);
}

static double machine_memory_kills(const struct machine *machine, int64_t now) {
  (void)now;
  return (double)machine->memory_kills;
}

static const struct machine_type *type_of(const struct component *component) {
  return component->host != NULL ? component->host->type : component->machine;
}

static const char *no_disk(const struct component *component) {
  const struct machine_type *type = type_of(component);
  return type == NULL || type->disk == NULL ? "its disk is unlimited" : NULL;
}

static const char *no_nic(const struct component *component) {
  const struct machine_type *type = type_of(component);
  return type == NULL || !isfinite(type->nic) ? "its network interface is unlimited" : NULL;
}

static const char *no_memory(const struct component *component) {
  const struct machine_type *type = type_of(component);
  return type == NULL || type->memory == MEMORY_UNLIMITED ? "its memory is unlimited" : NULL;
}

// In the window, of the machine where it is highest.
static double hottest_cores(const struct sim *sim, const struct component *component,
                            const struct fleet *fleet) {
  double hottest = 0;
  struct machine_walk walk = machine_walk(sim, component, fleet);
  const struct machine *machine;
  while ((machine = machine_walk_next(&walk)) != NULL) {
    int64_t now = sim->engine.now;
    double alive = machine_alive(machine, now) - (double)machine->from.alive;
    double capacity = alive * (double)machine->cores.servers;
    if (machine->cores.servers == STATION_UNLIMITED || !(capacity > 0)) continue;
    double busy = machine_busy(machine, now) - (double)machine->from.busy;
    if (busy / capacity > hottest) hottest = busy / capacity;
  }
  return hottest;
}

static bool is_in(const struct fleet *fleet, const struct instance *instance) {
  return fleet == NULL || instance->fleet == fleet;
}

// On a host that others use too, the part of a queue for cores that is its own follows from its visits'
// waits.
static double queued(const struct sim *sim, const struct component *component, const struct fleet *fleet) {
  if (shares_host(component)) return sum_fleets(sim, component, fleet, waited);
  double sum = sum_machines(sim, component, fleet, machine_queued);
  const struct instance *instance = sim->services[component->number].first;
  for (; instance != NULL; instance = instance->sibling) {
    if (instance->model->queued != NULL && is_in(fleet, instance))
      sum += instance->model->queued(sim, instance);
  }
  return sum;
}

static double longest_queue(const struct sim *sim, const struct component *component,
                            const struct fleet *fleet) {
  int64_t longest = 0;
  struct machine_walk walk = machine_walk(sim, component, fleet);
  const struct machine *machine;
  while ((machine = machine_walk_next(&walk)) != NULL) {
    if (machine->cores.queued.peak > longest) longest = machine->cores.queued.peak;
  }
  const struct instance *instance = sim->services[component->number].first;
  for (; instance != NULL; instance = instance->sibling) {
    struct model_tokens tokens;
    if (instance->model->tokens == NULL || !is_in(fleet, instance)) continue;
    if (instance->model->tokens(instance, &tokens) && tokens.pool->queued.peak > longest)
      longest = tokens.pool->queued.peak;
  }
  return (double)longest;
}

// ---- Money ------------------------------------------------------------------------------------------------

static double money(const struct sim *sim, const struct component *component, const struct fleet *fleet) {
  return fleet == NULL ? cost_so_far(sim, component) : 0;
}

// What is paid is not divided among places.
static double time_priced(const struct sim *sim, const struct component *component,
                          const struct fleet *fleet) {
  return fleet == NULL && cost_is_known(sim->plan, component) ? (double)sim->engine.now : 0;
}

// ---- Rows -------------------------------------------------------------------------------------------------

_Static_assert(OUTCOMES == 9, "every outcome of a visit but done and unfinished has a row below");
#define FAILED(word_, outcome_)                                                                              \
  {                                                                                                          \
    .key = "failed." word_, .kind = METRIC_TOTAL, .unit = METRIC_NUMBER,                                     \
    .top = FLEET_COUNTER(outcomes[outcome_]), .doc = "visits that ended so, over all replications"           \
  }

const struct metric metric_common[] = {
    {.key = "instances",
     .slo = "instances",
     .kind = METRIC_LEVEL,
     .unit = METRIC_NUMBER,
     .top = FLEET_LEVEL(serving_level),
     .doc = "instances that serve"},
    {.key = "throughput_per_s",
     .slo = "throughput",
     .kind = METRIC_RATE,
     .unit = METRIC_PER_SECOND,
     .top = FLEET_COUNTER(outcomes[OUTCOME_DONE]),
     .doc = "visits done"},
    {.key = "errors",
     .slo = "errors",
     .kind = METRIC_SHARE,
     .unit = METRIC_FRACTION,
     .top = MEASURE(visits_failed),
     .bottom = MEASURE(visits_ended),
     .doc = "visits that failed"},
    FAILED("timeout", OUTCOME_TIMEOUT),
    FAILED("rejected", OUTCOME_REJECTED),
    FAILED("unavailable", OUTCOME_UNAVAILABLE),
    FAILED("abandoned", OUTCOME_ABANDONED),
    FAILED("error", OUTCOME_ERROR),
    FAILED("missed", OUTCOME_MISSED),
    FAILED("cancelled", OUTCOME_CANCELLED),
    {.key = "duplicates",
     .kind = METRIC_TOTAL,
     .unit = METRIC_NUMBER,
     .top = FLEET_COUNTER(duplicates),
     .bottom = FLEET_COUNTER(duplicates),
     .optional = true,
     .doc =
         "attempts of calls that are not idempotent which were done, beyond the first of each call, over all "
         "replications"},
    {.key = "utilization.cpu.mean",
     .slo = "cpu",
     .missing = no_cores,
     .kind = METRIC_LEVEL,
     .unit = METRIC_FRACTION,
     .top = METRIC_READ_MACHINE(machine_busy),
     .bottom = METRIC_READ_MACHINE(machine_capacity),
     .optional = true,
     .doc = "busy cores of its machines, whoever uses them"},
    {.key = "utilization.cpu.own",
     .kind = METRIC_LEVEL,
     .unit = METRIC_FRACTION,
     .top = METRIC_READ_COMPONENT(cores_busy_for_it),
     .bottom = METRIC_READ_MACHINE(machine_capacity),
     .optional = true,
     .measured = true,
     .doc = "cores of its machines that are busy for it"},
    {.key = "utilization.cpu.hottest",
     .kind = METRIC_WHOLE,
     .unit = METRIC_FRACTION,
     .top = METRIC_READ_COMPONENT(hottest_cores),
     .bottom = METRIC_READ_COMPONENT(cores_there),
     .optional = true,
     .doc = "busy cores of the machine where most are"},
    {.key = "utilization.disk",
     .slo = "disk",
     .missing = no_disk,
     .kind = METRIC_LEVEL,
     .unit = METRIC_FRACTION,
     .top = METRIC_READ_MACHINE(machine_disk),
     .bottom = METRIC_READ_MACHINE(machine_has_disk),
     .optional = true,
     .doc = "disks of its machines at work, whoever uses them"},
    {.key = "utilization.nic",
     .slo = "nic",
     .missing = no_nic,
     .kind = METRIC_LEVEL,
     .unit = METRIC_FRACTION,
     .top = METRIC_READ_MACHINE(machine_out),
     .bottom = METRIC_READ_MACHINE(machine_has_nic),
     .optional = true,
     .doc = "network interfaces of its machines that send"},
    {.key = "utilization.nic_in",
     .slo = "nic_in",
     .missing = no_nic,
     .kind = METRIC_LEVEL,
     .unit = METRIC_FRACTION,
     .top = METRIC_READ_MACHINE(machine_in),
     .bottom = METRIC_READ_MACHINE(machine_has_nic),
     .optional = true,
     .doc = "network interfaces of its machines that receive"},
    {.key = "new_connections",
     .kind = METRIC_SHARE,
     .unit = METRIC_FRACTION,
     .top = FLEET_COUNTER(connected),
     .bottom = FLEET_COUNTER(came),
     .optional = true,
     .doc = "requests that came from clients over a connection set up for them"},
    {.key = "handshakes",
     .kind = METRIC_TOTAL,
     .unit = METRIC_NUMBER,
     .top = FLEET_COUNTER(handshakes),
     .bottom = FLEET_COUNTER(handshakes),
     .optional = true,
     .doc = "of TLS, with clients, over all replications"},
    {.key = "utilization.memory",
     .slo = "memory",
     .missing = no_memory,
     .kind = METRIC_LEVEL,
     .unit = METRIC_FRACTION,
     .top = METRIC_READ_MACHINE(machine_memory),
     .bottom = METRIC_READ_MACHINE(machine_has_memory),
     .optional = true,
     .doc = "memory of its machines that is held; more than all while they swap"},
    {.key = "memory_kills",
     .kind = METRIC_TOTAL,
     .unit = METRIC_NUMBER,
     .top = METRIC_READ_MACHINE(machine_memory_kills),
     .bottom = METRIC_READ_MACHINE(machine_has_memory),
     .optional = true,
     .doc = "processes on its machines that ended for want of memory"},
    {.key = "machine_failures",
     .kind = METRIC_TOTAL,
     .unit = METRIC_NUMBER,
     .top = METRIC_READ_MACHINE(machine_failures),
     .bottom = METRIC_READ_MACHINE(machine_may_fail),
     .optional = true,
     .doc = "times that one of its machines failed by itself"},
    {.key = "in_system",
     .slo = "in_system",
     .kind = METRIC_LEVEL,
     .unit = METRIC_NUMBER,
     .top = FLEET_LEVEL(measure.inside),
     .doc = "visits inside, those that wait for callees included"},
    {.key = "queue.mean",
     .slo = "queue",
     .kind = METRIC_LEVEL,
     .unit = METRIC_NUMBER,
     .top = METRIC_READ_COMPONENT(queued),
     .measured = true,
     .doc = "visits that wait for a worker or a core"},
    {.key = "queue.max",
     .kind = METRIC_PEAK,
     .unit = METRIC_NUMBER,
     .top = METRIC_READ_COMPONENT(longest_queue),
     .doc = "the longest queue of one instance or machine"},
    {.key = "waited",
     .slo = "waited",
     .kind = METRIC_SHARE,
     .unit = METRIC_FRACTION,
     .top = FLEET_COUNTER(waited),
     .bottom = FLEET_COUNTER(wait.count),
     .doc = "visits that waited at all"},
    {.key = "wait_s",
     .slo = "wait",
     .kind = METRIC_TIMES,
     .unit = METRIC_SECONDS,
     .top = FLEET_TALLY(wait),
     .bottom = FLEET_HISTOGRAM(wait_histogram),
     .doc = "waiting in all its own queues, also of those who gave up"},
    {.key = "service_s",
     .kind = METRIC_TIMES,
     .unit = METRIC_SECONDS,
     .top = FLEET_TALLY(service),
     .doc = "work at its cores and its disk, as it would take alone"},
    {.key = "residence_s",
     .kind = METRIC_TIMES,
     .unit = METRIC_SECONDS,
     .top = FLEET_TALLY(residence),
     .doc = "a visit's time here, without that of its callees"},
    {.key = "sojourn_s",
     .slo = "mean",
     .kind = METRIC_TIMES,
     .unit = METRIC_SECONDS,
     .top = FLEET_TALLY(sojourn),
     .bottom = FLEET_HISTOGRAM(sojourn_histogram),
     .doc =
         "a visit's time here, with that of its callees, also of those that failed, but for who was turned "
         "away at once"},
    {.key = "slowdown.mean",
     .kind = METRIC_RATIO,
     .unit = METRIC_NUMBER,
     .top = FLEET(measure.slowdown, double, METRIC_DOUBLE),
     .bottom = FLEET_COUNTER(slowdown_count),
     .doc = "residence over service"},
    {.key = "cost_per_hour",
     .slo = "cost",
     .kind = METRIC_LEVEL,
     .unit = METRIC_MONEY_PER_HOUR,
     .top = METRIC_READ_COMPONENT(money),
     .bottom = METRIC_READ_COMPONENT(time_priced),
     .optional = true,
     .doc =
         "its machines, what it charges itself, and what it sends to clients; where any of it has a price"},
};
const size_t metric_common_count = sizeof metric_common / sizeof *metric_common;
