// Identities of stations and pools: levels against the lists that they are the lengths of.
#include "audit_parts.h"
#include "disk.h"
#include "instance.h"
#include "nic.h"

#include <inttypes.h>
#include <math.h>

// ---- Lists ------------------------------------------------------------------------------------------------

enum { BROKEN_LIST = -1 };

// The length of a list, looked at from both ends.
static int64_t length_of(const struct job_list *list) {
  const struct job *before = NULL;
  int64_t count = 0;
  for (const struct job *job = list->first; job != NULL; job = job->next) {
    if (job->previous != before) return BROKEN_LIST;
    before = job;
    count++;
  }
  return list->last == before ? count : BROKEN_LIST;
}

// Of all levels together. `levels`: a bit says of each whether anybody is there.
static int64_t listed(const struct job_lists *lists, bool levels) {
  int64_t count = 0;
  for (int level = 0; level < JOB_LEVELS; level++) {
    int64_t length = length_of(&lists->level[level]);
    if (length == BROKEN_LIST) return BROKEN_LIST;
    if (levels && ((lists->occupied >> level & 1) != 0) != (length > 0)) return BROKEN_LIST;
    count += length;
  }
  return count;
}

// ---- Stations ---------------------------------------------------------------------------------------------

// Those that share and stand where they say.
static int64_t that_share(const struct station *station) {
  int64_t count = 0;
  for (uint32_t i = 0; i < station->heap_count; i++) {
    const struct job *job = station->jobs[i];
    count += job->standing == JOB_SHARING && job->at.station == station && job->place == i &&
             job->frame.kind != FRAME_FREE;
  }
  return count;
}

// Those in service that stand where they say; of a preemptive station, which are also those in its lists by
// level.
static int64_t in_service(const struct station *station) {
  int64_t count = 0;
  for (uint32_t i = 0; i < station->busy.inside && i < station->room; i++) {
    const struct job *job = station->jobs[i];
    count += job->standing == JOB_SERVED && job->at.station == station && job->place == i;
  }
  bool lists = station->discipline == STATION_PRIORITY_PREEMPTIVE;
  return lists && listed(&station->serving, true) != count ? BROKEN_LIST : count;
}

static void audit_station(const struct finding *finding, const struct machine *machine,
                          const struct station *station, const char *what) {
  const char *name = audit_machine_name(finding->sim, machine);
  int64_t now = finding->sim->engine.now;
  double given = station_given(station, now), received = station_received(station, now);
  audit_expect(finding, IDENTITY_WORK, fabs(given - received) <= station_rounding(station, now),
               "%s: the %s gave %.17g ns of work and jobs received %.17g ns", name, what, given, received);
  bool sharing = station->heap_count > 0;
  int64_t most = station->servers, sharers = station->heap_count;
  int64_t at_work = !sharing ? in_service(station) : sharers < most ? sharers : most;
  int64_t busy = station->busy.inside, queued = station->queued.inside;
  int64_t in_line = listed(&station->waiting, station->levels);
  bool right = busy == at_work && busy <= most && (!sharing || that_share(station) == sharers);
  audit_expect(finding, IDENTITY_LINES, right,
               "%s: the %s has %" PRId64 " servers busy, %" PRId64 " jobs in service, %" PRId64 " sharing",
               name, what, busy, at_work, sharers);
  audit_expect(finding, IDENTITY_LINES, queued == in_line,
               "%s: the %s has %" PRId64 " queued, %" PRId64 " in line", name, what, queued, in_line);
  bool idles = !sharing && queued > 0 && busy < most && station->speed > 0;
  audit_expect(finding, IDENTITY_LINES, !idles, "%s: the %s is idle while jobs wait", name, what);
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

void audit_stations(const struct finding *finding) {
  for (uint32_t m = 0; m < finding->sim->machine_count; m++)
    audit_machine(finding, finding->sim->machines[m]);
}

// ---- Pools ------------------------------------------------------------------------------------------------

static void audit_pool(const struct finding *finding, const struct instance *instance,
                       const struct census_instance *counted) {
  const struct pool *pool = instance_workers(instance);
  const char *name = instance->component->name;
  int64_t taken = pool->taken.inside, queued = pool->queued.inside;
  int64_t in_line = listed(&pool->waiting, true);
  audit_expect(finding, IDENTITY_TOKENS, taken == (int64_t)counted->workers,
               "%s/%" PRIu32 ": %" PRId64 " workers are taken and %" PRIu64 " visits hold one", name,
               instance->number, taken, counted->workers);
  audit_expect(finding, IDENTITY_LINES, queued == in_line && queued == (int64_t)counted->asking,
               "%s/%" PRIu32 ": %" PRId64 " wait for a worker, %" PRId64 " are in line, %" PRIu64
               " visits ask",
               name, instance->number, queued, in_line, counted->asking);
  audit_expect(finding, IDENTITY_LINES, queued == 0 || taken >= pool->tokens,
               "%s/%" PRIu32 ": a worker is idle while visits wait", name, instance->number);
}

// One that is only ordered has no pool yet.
void audit_pools(const struct finding *finding, const struct census *census) {
  const struct sim *sim = finding->sim;
  for (uint32_t i = 0; i < sim->instance_count; i++) {
    const struct instance *instance = sim->instances[i];
    if (instance->model->tokens == NULL || instance->life == LIFE_ORDERED) continue;
    audit_pool(finding, instance, &census->instances[i]);
  }
}
