#include "scenario_run.h"

#include "flow.h"
#include "instance.h"
#include "json.h"
#include "ledgers.h"
#include "measure.h"
#include "metric.h"
#include "metric_book.h"
#include "metric_table.h"
#include "nic.h"
#include "random_scenario.h"
#include "repetition.h"
#include "sim_run.h"
#include "transfer.h"
#include "visit.h"
#include "window.h"

#include <gsl/gsl_errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

// ---- Loading
// --------------------------------------------------------------------------------------------------------

static bool read_file(const struct node *name, struct field_context *context, const char **text,
                      size_t *length) {
  const struct loaded *loaded = context->user;
  char *content = random_scenario_file(name->text, loaded->time);
  if (content == NULL) return false;
  *length = strlen(content);
  *text = arena_text(context->arena, content, *length);
  free(content);
  return true;
}

void loaded_read(struct loaded *loaded, const char *text, int64_t time) {
  memset(loaded, 0, sizeof *loaded);
  arena_init(&loaded->arena, NULL);
  diagnostics_init(&loaded->diagnostics, &loaded->arena);
  loaded->time = time;
  loaded->context = (struct field_context){
      .arena = &loaded->arena, .diagnostics = &loaded->diagnostics, .read_file = read_file, .user = loaded};
  loaded->root = json_read(text, strlen(text), "text", &loaded->diagnostics, &loaded->arena);
}

void loaded_compile(struct loaded *loaded) {
  if (loaded->root != NULL) loaded->plan = scenario_compile(loaded->root, &loaded->context);
}

void loaded_text(struct loaded *loaded, const char *text) {
  loaded_read(loaded, text, 1);
  loaded_compile(loaded);
}

void loaded_drop(struct loaded *loaded) {
  arena_drop(&loaded->arena);
}

bool loaded_whole(struct loaded *loaded, const char *text) {
  gsl_set_error_handler_off();
  loaded_text(loaded, text);
  if (loaded->plan != NULL && loaded->diagnostics.errors == 0) return true;
  diagnostics_print(&loaded->diagnostics, stderr);
  return false;
}

struct sim_settings loaded_settings(const struct loaded *loaded) {
  const struct run_settings *run = &loaded->plan->run;
  return (struct sim_settings){.seed = run->seed,
                               .load = 1,
                               .warmup = run->warmup,
                               .duration = run->duration,
                               .requests = run->requests,
                               .drain = run->drain,
                               .window = run->window};
}

bool loaded_begin(struct loaded *loaded, struct sim *sim, const char *text) {
  if (!loaded_whole(loaded, text)) return false;
  struct sim_settings settings = loaded_settings(loaded);
  return sim_init(sim, loaded->plan, &settings);
}

struct instance *run_instance(const struct sim *sim, const char *component) {
  for (uint32_t i = 0; i < sim->instance_count; i++) {
    if (strcmp(sim->instances[i]->component->name, component) == 0) return sim->instances[i];
  }
  return NULL;
}

enum engine_outcome loaded_step(struct sim *sim, uint64_t most) {
  return engine_run_some(&sim->engine, EVENT_TIME_MOST - 1, most);
}

// ---- Counting frames
// ------------------------------------------------------------------------------------------------

struct census {
  uint64_t *inside;    // visits, by instance
  uint64_t *workers;   // taken or granted, by instance
  uint64_t *asking;    // by instance
  uint64_t *balanced;  // by slot
  uint64_t *roots;     // requests that have not been answered, by client group
  uint64_t *users;     // by client group
  int64_t *memory;     // that visits hold, by instance
  uint64_t *held;      // whatever else they hold of it
  uint64_t extensions; // that visits and branches hold
  uint64_t repeated;   // calls and visits that are counted in a repetition
  uint64_t claimed;    // what repetitions say of that
  uint64_t under_way;  // bytes at interfaces
  uint64_t astray;     // transfers that belong to nothing on its way
  uint64_t kinds[ENGINE_KINDS];
};

static bool census_make(struct census *census, const struct sim *sim) {
  memset(census, 0, sizeof *census);
  size_t instances = sim->instance_count + 1U, groups = sim->plan->client_count + 1U;
  census->inside = calloc(instances, sizeof(uint64_t));
  census->workers = calloc(instances, sizeof(uint64_t));
  census->asking = calloc(instances, sizeof(uint64_t));
  census->balanced = calloc(sim->balanced_count + 1U, sizeof(uint64_t));
  census->memory = calloc(instances, sizeof(int64_t));
  census->held = calloc(instances, sizeof(uint64_t));
  census->roots = calloc(groups, sizeof(uint64_t));
  census->users = calloc(groups, sizeof(uint64_t));
  return census->inside != NULL && census->workers != NULL && census->asking != NULL &&
         census->balanced != NULL && census->memory != NULL && census->held != NULL &&
         census->roots != NULL && census->users != NULL;
}

static void census_free(struct census *census) {
  free(census->inside);
  free(census->workers);
  free(census->asking);
  free(census->balanced);
  free(census->memory);
  free(census->held);
  free(census->roots);
  free(census->users);
}

static bool waits_for_client(const struct sim *sim, struct frame_reference caller) {
  if (caller.index == 0) return true;
  const struct frame *frame = slab_find(&sim->engine.frames, caller);
  return frame != NULL && frame->kind == FRAME_USER;
}

static void count_extensions(const struct sim *sim, const struct strand *strand, struct census *census) {
  for (uint32_t index = strand->extension; index != 0;) {
    const struct extension *extension = slab_at(&sim->engine.frames, index);
    census->extensions++;
    census->repeated += extension->repetition != 0;
    for (int i = 0; i < EXTENSION_HOLDINGS; i++) {
      const struct holding *holding = &extension->holdings[i];
      if (holding->instance == NULL) continue;
      if (holding->kind == HOLDING_MEMORY) {
        bool lives = holding->lives == holding->instance->lives;
        census->memory[holding->instance->index] += lives ? holding->amount : 0;
      } else if (holding->instance->model->forwards) {
        census->balanced[holding->subject]++;
      } else {
        census->held[holding->instance->index]++;
      }
    }
    index = extension->next;
  }
}

static void count_visit(const struct sim *sim, const struct visit *visit, struct census *census) {
  const struct frame *frame = &visit->strand.job.frame;
  uint32_t at = visit->instance->index;
  bool pooled = visit->strand.job.standing == JOB_GRANTED;
  census->inside[at] += (frame->flags & FLAG_ENTERED) != 0;
  census->workers[at] += (frame->flags & FLAG_WORKER) != 0 || pooled;
  census->asking[at] += visit->strand.job.standing == JOB_ASKING;
  if ((frame->flags & FLAG_BALANCED) != 0) census->balanced[frame->link]++;
  if ((frame->flags & FLAG_RESPONDED) == 0 && waits_for_client(sim, visit->caller))
    census->roots[visit->origin]++;
  count_extensions(sim, &visit->strand, census);
}

// Every transfer is one of its parcel's, which is on its way.
static void count_transfer(const struct sim *sim, const struct transfer *transfer, struct census *census) {
  const struct frame *parcel = &transfer->parcel->frame;
  bool carried = parcel->kind == FRAME_VISIT || parcel->kind == FRAME_REPLY || parcel->kind == FRAME_MESSAGE;
  uint32_t index = carried && (parcel->flags & FLAG_SENDING) != 0 ? transfer->parcel->place : 0;
  while (index != 0 && index != transfer->job.frame.index)
    index = ((const struct transfer *)slab_at(&sim->engine.frames, index))->next;
  census->under_way += (uint64_t)transfer->bytes;
  census->astray += index == 0;
}

static void count_frame(const struct sim *sim, const struct frame *frame, struct census *census) {
  census->kinds[frame->kind]++;
  const void *whole = frame;
  if (frame->kind == FRAME_VISIT) {
    count_visit(sim, whole, census);
  } else if (frame->kind == FRAME_BRANCH) {
    count_extensions(sim, &((const struct branch *)whole)->strand, census);
  } else if (frame->kind == FRAME_REPLY) {
    const struct visit *carrier = whole;
    if (waits_for_client(sim, carrier->caller)) census->roots[carrier->origin]++;
  } else if (frame->kind == FRAME_CALL) {
    const struct call *call = whole;
    if (waits_for_client(sim, call->caller)) census->roots[call->origin]++;
    census->repeated += frame->link != 0;
  } else if (frame->kind == FRAME_TRANSFER) {
    count_transfer(sim, whole, census);
  } else if (frame->kind == FRAME_REPETITION) {
    census->claimed += ((const struct repetition *)whole)->holders;
  }
}

static void count_frames(const struct sim *sim, struct census *census) {
  uint32_t frames = sim->engine.frames.chunk_count << SLAB_CHUNK_BITS;
  for (uint32_t index = 1; index < frames; index++) {
    const struct frame *frame = slab_at(&sim->engine.frames, index);
    if (frame->kind != FRAME_FREE) count_frame(sim, frame, census);
  }
}

// ---- Comparing
// ------------------------------------------------------------------------------------------------------

__attribute__((format(printf, 3, 4))) static bool differ(bool wrong, char *text, const char *format, ...) {
  if (!wrong) return false;
  va_list rest;
  va_start(rest, format);
  vsnprintf(text, RUN_FAULT_BYTES, format, rest);
  va_end(rest);
  return true;
}

static int64_t listed(const struct job_lists *lists, bool levels) {
  int64_t count = 0;
  for (int level = 0; level < JOB_LEVELS; level++) {
    const struct job *before = NULL;
    for (const struct job *job = lists->level[level].first; job != NULL; job = job->next) {
      if (job->previous != before) return -1;
      before = job;
      count++;
    }
    if (lists->level[level].last != before) return -1;
    if (levels && ((lists->occupied >> level & 1) != 0) != (before != NULL)) return -1;
  }
  return count;
}

// Those that stand where they say, and are somebody's.
static int64_t that_share(const struct station *station) {
  int64_t count = 0;
  for (uint32_t i = 0; i < station->heap_count; i++) {
    const struct job *job = station->jobs[i];
    count += job->standing == JOB_SHARING && job->at.station == station && job->place == i &&
             job->frame.kind != FRAME_FREE;
  }
  return count;
}

// Those that stand where they say; of a preemptive station, which are also those in its lists by level.
static int64_t in_service(const struct station *station) {
  int64_t count = 0;
  for (uint32_t i = 0; i < station->busy.inside && i < station->room; i++) {
    const struct job *job = station->jobs[i];
    count += job->standing == JOB_SERVED && job->at.station == station && job->place == i;
  }
  bool lists = station->discipline == STATION_PRIORITY_PREEMPTIVE;
  return lists && listed(&station->serving, true) != count ? -1 : count;
}

// Each change of an account rounds by at most one tick of the clock at the highest speed.
static bool accounts_differ(const struct station *station, int64_t now) {
  double given = station_given(station, now), received = station_received(station, now);
  double rounding = station->fastest * (double)(station->changes + (uint64_t)station->busy.inside);
  return fabs(given - received) > rounding + 1e-9 * given;
}

static bool station_differs(const struct sim *sim, const struct station *station, uint32_t number,
                            char *text) {
  bool sharing = station->heap_count > 0;
  int64_t expected = sharing
                         ? (station->heap_count < station->servers ? station->heap_count : station->servers)
                         : in_service(station);
  return differ(station->busy.inside != expected, text,
                "machine %u: %" PRId64 " busy, %" PRId64 " in service", number, station->busy.inside,
                expected) ||
         differ(sharing && that_share(station) != station->heap_count, text,
                "machine %u: not all that share stand there", number) ||
         differ(station->busy.inside > station->servers, text, "machine %u: more busy than there are",
                number) ||
         differ(station->queued.inside != listed(&station->waiting, station->levels), text,
                "machine %u: %" PRId64 " queued, %" PRId64 " in the list", number, station->queued.inside,
                listed(&station->waiting, station->levels)) ||
         differ(!sharing && station->queued.inside > 0 && station->busy.inside < station->servers &&
                    station->speed > 0,
                text, "machine %u: idle while jobs wait", number) ||
         differ(accounts_differ(station, sim->engine.now), text,
                "machine %u: gave %.3f, jobs received %.3f (%" PRIu64 " changes)", number,
                station_given(station, sim->engine.now), station_received(station, sim->engine.now),
                station->changes);
}

static bool devices_differ(const struct sim *sim, uint32_t number, char *text) {
  const struct machine *machine = sim->machines[number];
  const struct disk *disk = machine->disk;
  uint64_t operations = 0, bytes = 0;
  int64_t memory = 0;
  for (uint32_t i = 0; i < sim->instance_count; i++) {
    const struct instance *instance = sim->instances[i];
    if (instance->machine != machine) continue;
    operations += instance->disk_operations;
    bytes += instance->disk_bytes;
    memory += instance->memory;
  }
  if (differ(machine->memory.used.inside != memory, text,
             "machine %u: %" PRId64 " bytes in use, %" PRId64 " held", number, machine->memory.used.inside,
             memory))
    return true;
  if (disk != NULL && (station_differs(sim, &disk->device, number, text) ||
                       station_differs(sim, &disk->slots, number, text) ||
                       differ(disk->operations != operations || disk->bytes != bytes, text,
                              "machine %u: operations of its disk are not those asked for", number)))
    return true;
  return machine->nic != NULL && (station_differs(sim, &machine->nic->ways[NIC_OUT], number, text) ||
                                  station_differs(sim, &machine->nic->ways[NIC_IN], number, text));
}

static bool machine_differs(const struct sim *sim, uint32_t number, char *text) {
  return station_differs(sim, &sim->machines[number]->cores, number, text) ||
         devices_differ(sim, number, text);
}

static bool bytes_differ(const struct sim *sim, const struct census *census, char *text) {
  uint64_t sent = 0, received = 0, left = 0;
  for (uint32_t i = 0; i < sim->machine_count; i++) {
    const struct nic *nic = sim->machines[i]->nic;
    if (nic == NULL) continue;
    sent += nic->bytes[NIC_OUT] - nic->alone[NIC_OUT];
    received += nic->bytes[NIC_IN] - nic->alone[NIC_IN];
    for (int way = 0; way < NIC_WAYS; way++)
      left += nic->bytes[way] - nic->through[way] - nic->broken_off[way];
  }
  return differ(sent != received || left != census->under_way, text,
                "%" PRIu64 " bytes sent, %" PRIu64 " received; interfaces have %" PRIu64
                " to pass, transfers %" PRIu64,
                sent, received, left, census->under_way);
}

static bool is_server(const struct instance *instance) {
  return strcmp(instance->model->form.name, "server") == 0;
}

static bool has_workers(const struct instance *instance) {
  return instance->model->tokens != NULL;
}

static bool instance_differs(const struct sim *sim, uint32_t number, const struct census *census,
                             char *text) {
  const struct instance *instance = sim->instances[number];
  const char *name = instance->component->name;
  if (differ(instance->inside != (int64_t)census->inside[number], text,
             "%s/%u: %" PRId64 " inside, %" PRIu64 " visits", name, instance->number, instance->inside,
             census->inside[number])) {
    return true;
  }
  if (differ(is_server(instance) ? instance->memory != census->memory[number]
                                 : instance->memory < census->memory[number],
             text, "%s/%u: %" PRId64 " bytes of memory, %" PRId64 " held by visits", name, instance->number,
             instance->memory, census->memory[number]))
    return true;
  if (instance->life != LIFE_ORDERED && ledger_differs(instance, census->held[number], text, RUN_FAULT_BYTES))
    return true;
  if (!has_workers(instance) || instance->life == LIFE_ORDERED) return false;
  const struct pool *pool = instance_workers(instance);
  return differ(pool->taken.inside != (int64_t)census->workers[number], text,
                "%s/%u: %" PRId64 " workers taken, %" PRIu64 " held", name, instance->number,
                pool->taken.inside, census->workers[number]) ||
         differ(pool->queued.inside != (int64_t)census->asking[number] ||
                    pool->queued.inside != listed(&pool->waiting, true),
                text, "%s/%u: %" PRId64 " wait for a worker, %" PRIu64 " visits ask", name, instance->number,
                pool->queued.inside, census->asking[number]) ||
         differ(pool->queued.inside > 0 && pool->taken.inside < pool->tokens, text,
                "%s/%u: a worker is idle while visits wait", name, instance->number);
}

static bool fleet_differs(const struct sim *sim, const struct fleet *fleet, char *text) {
  const struct component_measure *measure = &fleet->measure;
  const char *name = fleet->component->name;
  int64_t inside = 0;
  for (uint32_t i = 0; i < sim->instance_count; i++) {
    if (sim->instances[i]->fleet == fleet) inside += sim->instances[i]->inside;
  }
  return differ(measure->inside.inside != inside, text, "%s: level %" PRId64 ", inside %" PRId64, name,
                measure->inside.inside, inside) ||
         differ((int64_t)(measure->entered - measure->left) != inside, text,
                "%s: %" PRIu64 " entered, %" PRIu64 " left, %" PRId64 " inside", name, measure->entered,
                measure->left, inside) ||
         differ(fleet->serving_level.inside != fleet->healthy_count, text,
                "%s: %" PRId64 " serve, %u are healthy", name, fleet->serving_level.inside,
                fleet->healthy_count);
}

// Some visits end without a word (silence): then the client's side may be more than what is still on its way.
static bool client_differs(const struct sim *sim, uint16_t number, const struct census *census, bool silence,
                           char *text) {
  const struct client_run *client = &sim->clients[number];
  uint64_t inside = client->arrived - client->answered_ever - client->failed_ever;
  return differ(inside != client->inside, text,
                "%s: %" PRIu64 " arrived, %" PRIu64 " answered, %" PRIu64 " failed, %" PRIu64 " inside",
                client->group->name, client->arrived, client->answered_ever, client->failed_ever,
                client->inside) ||
         differ(census->roots[number] > inside || (!silence && census->roots[number] != inside), text,
                "%s: %" PRIu64 " inside, %" PRIu64 " on their way", client->group->name, inside,
                census->roots[number]);
}

static bool measured_differ(const struct sim *sim, char *text) {
  uint64_t offered = 0, ended = 0;
  for (uint16_t c = 0; c < sim->plan->client_count; c++) {
    for (uint16_t r = 0; r < sim->plan->request_count; r++) {
      const struct request_measure *measure = &sim->clients[c].measures[r];
      offered += measure->offered;
      ended += measure->answered;
      for (int o = 0; o < OUTCOMES; o++) ended += measure->failed[o];
      if (differ(measure->answered != measure->latency.count, text, "answered differs from latencies"))
        return true;
      if (differ(measure->attempts < measure->offered, text, "fewer attempts than requests")) return true;
    }
  }
  return differ(offered != ended + window_requests_left(sim), text,
                "measured: %" PRIu64 " offered, %" PRIu64 " ended, %" PRIu64 " left", offered, ended,
                window_requests_left(sim));
}

static bool has_silence(const struct sim *sim) {
  for (uint32_t i = 0; i < sim->plan->timeline_count; i++) {
    const struct timeline_event *event = &sim->plan->timeline[i];
    if (event->action == TIMELINE_FAIL && event->mode == FAILURE_HANG) return true;
  }
  for (uint32_t i = 0; i < sim->machine_count; i++) {
    if (sim->machines[i]->type->mtbf != MACHINE_NEVER) return true;
  }
  return false;
}

static bool anything_differs(const struct sim *sim, const struct census *census, bool silence, char *text) {
  bool wrong =
      differ(census->astray > 0, text, "%" PRIu64 " transfers of nothing", census->astray) ||
      differ(census->kinds[FRAME_EXTENSION] != census->extensions, text,
             "%" PRIu64 " extensions, %" PRIu64 " held", census->kinds[FRAME_EXTENSION], census->extensions);
  if (!wrong)
    wrong = differ(census->repeated != census->claimed, text,
                   "%" PRIu64 " calls and attempts are counted, %" PRIu64 " said", census->repeated,
                   census->claimed);
  for (uint32_t i = 0; !wrong && i < sim->machine_count; i++) wrong = machine_differs(sim, i, text);
  if (!wrong) wrong = bytes_differ(sim, census, text);
  for (uint32_t i = 0; !wrong && i < sim->instance_count; i++) wrong = instance_differs(sim, i, census, text);
  for (uint16_t c = 0; !wrong && c < sim->plan->component_count; c++) {
    for (uint16_t f = 0; !wrong && f < sim->services[c].fleet_count; f++)
      wrong = fleet_differs(sim, &sim->services[c].fleets[f], text);
  }
  for (uint32_t s = 0; !wrong && s < sim->balanced_count; s++) {
    wrong = differ(sim->balanced[s] != census->balanced[s], text,
                   "slot %u of a balancer counts %u, %" PRIu64 " are outstanding", s, sim->balanced[s],
                   census->balanced[s]);
  }
  for (uint16_t c = 0; !wrong && c < sim->plan->client_count; c++)
    wrong = client_differs(sim, c, census, silence, text);
  return wrong || measured_differ(sim, text);
}

static const char *fault_of(const struct sim *sim, bool silence, char *text) {
  struct census census;
  bool wrong = !census_make(&census, sim);
  if (wrong) {
    snprintf(text, RUN_FAULT_BYTES, "no memory for the test");
  } else {
    count_frames(sim, &census);
    wrong = anything_differs(sim, &census, silence, text);
  }
  census_free(&census);
  return wrong ? text : NULL;
}

const char *run_fault(struct sim *sim, char *text) {
  measure_settle(sim);
  return fault_of(sim, has_silence(sim), text);
}

const char *run_end_fault(const struct sim *sim, char *text) {
  if (sim->phase != SIM_OVER) return NULL;
  for (uint16_t c = 0; c < sim->plan->component_count; c++) {
    for (uint16_t f = 0; f < sim->services[c].fleet_count; f++) {
      const struct fleet *fleet = &sim->services[c].fleets[f];
      int128 integral = fleet->until.inside - fleet->from.inside;
      if (differ(integral != fleet->measure.sojourn_sum, text, "%s: integral %.0f, sojourns %.0f",
                 fleet->component->name, (double)integral, (double)fleet->measure.sojourn_sum))
        return text;
    }
  }
  return NULL;
}

// ---- Killing
// ---------------------------------------------------------------------------------------------------------

void run_kill_all(struct sim *sim, bool silent) {
  for (uint32_t i = 0; i < sim->instance_count; i++) {
    struct instance *instance = sim->instances[i];
    if (instance->life == LIFE_PAUSED) instance_recover(sim, instance);
    instance_fail(sim, instance, silent ? FAILURE_HANG : FAILURE_RESET);
    if (instance->life == LIFE_DRAINING) flow_kill_all(sim, instance, silent);
  }
}

static bool is_left(const struct frame *frame) {
  if (frame->kind == FRAME_BRANCH) return true;
  if (frame->kind != FRAME_VISIT) return false;
  return frame->state != STRAND_TRAVELLING || (frame->flags & (FLAG_ENTERED | FLAG_PARKED)) != 0;
}

// A visit that is still on its way may carry a deadline.
static long extensions_of(const struct sim *sim, const struct visit *visit) {
  long count = 0;
  for (uint32_t index = visit->strand.extension; index != 0; count++) {
    index = ((const struct extension *)slab_at(&sim->engine.frames, index))->next;
  }
  return count;
}

const char *run_leftover(struct sim *sim, bool silent, char *text) {
  measure_settle(sim);
  uint32_t frames = sim->engine.frames.chunk_count << SLAB_CHUNK_BITS;
  long extensions = 0;
  for (uint32_t index = 1; index < frames; index++) {
    const struct frame *frame = slab_at(&sim->engine.frames, index);
    if (differ(is_left(frame), text, "a frame of kind %d, state %d, flags %#x is left", frame->kind,
               frame->state, (unsigned)frame->flags))
      return text;
    extensions += frame->kind == FRAME_EXTENSION;
    if (frame->kind == FRAME_VISIT)
      extensions -= extensions_of(sim, (const struct visit *)(const void *)frame);
  }
  if (differ(extensions != 0, text, "%ld extensions are left", extensions)) return text;
  for (uint32_t i = 0; i < sim->machine_count; i++) {
    const struct station *station = &sim->machines[i]->cores;
    if (differ(station->busy.inside + station->queued.inside + station->heap_count != 0, text,
               "machine %u is not empty", i))
      return text;
    const struct disk *disk = sim->machines[i]->disk;
    if (differ(disk != NULL && disk->device.busy.inside + disk->device.queued.inside +
                                       disk->slots.busy.inside + disk->slots.queued.inside !=
                                   0,
               text, "the disk of machine %u is not empty", i) ||
        differ(sim->machines[i]->memory.used.inside != 0, text, "machine %u: memory is not back", i))
      return text;
  }
  for (uint32_t i = 0; i < sim->instance_count; i++) {
    const struct instance *instance = sim->instances[i];
    if (!has_workers(instance) || instance->life == LIFE_ORDERED) continue;
    const struct pool *pool = instance_workers(instance);
    if (differ(pool->taken.inside + pool->queued.inside != 0, text, "%s/%u: workers are not back",
               instance->component->name, instance->number))
      return text;
  }
  return fault_of(sim, silent || has_silence(sim), text);
}

// ---- A hash of all results
// -----------------------------------------------------------------------------------------------

static void mix(uint64_t *hash, uint64_t bits) {
  *hash = random_mix(*hash ^ (bits + RANDOM_INCREMENT));
}

static void mix_wide(uint64_t *hash, int128 value) {
  mix(hash, (uint64_t)(uint128)value);
  mix(hash, (uint64_t)((uint128)value >> 64));
}

static void mix_tally(uint64_t *hash, const struct tally *tally) {
  mix_wide(hash, tally->sum);
  mix_wide(hash, (int128)tally->squares);
  mix(hash, tally->count);
  mix(hash, (uint64_t)tally->largest);
}

static void mix_histogram(uint64_t *hash, const struct histogram *histogram) {
  unsigned cursor = 0;
  struct histogram_bin bin;
  while (histogram_next(histogram, &cursor, &bin)) {
    mix(hash, (uint64_t)bin.lower);
    mix(hash, bin.count);
  }
}

static void mix_text(uint64_t *hash, const char *text) {
  for (; *text != '\0'; text++) mix(hash, (uint64_t)(unsigned char)*text);
}

static void mix_double(uint64_t *hash, double value) {
  uint64_t bits;
  memcpy(&bits, &value, sizeof bits);
  mix(hash, bits);
}

static void mix_machine(uint64_t *hash, const struct machine *machine) {
  mix(hash, machine->memory_kills);
  mix(hash, (uint64_t)machine->memory.used.inside);
  if (machine->disk != NULL) {
    mix(hash, machine->disk->operations);
    mix(hash, machine->disk->bytes);
  }
  for (int way = 0; machine->nic != NULL && way < NIC_WAYS; way++) mix(hash, machine->nic->bytes[way]);
}

static void mix_fleet(uint64_t *hash, const struct sim *sim, const struct fleet *fleet) {
  const struct component_measure *measure = &fleet->measure;
  mix_text(hash, fleet->component->name);
  mix_text(hash, sim->plan->places[fleet->place].name);
  mix(hash, measure->entered);
  mix(hash, measure->left);
  mix(hash, measure->waited);
  mix(hash, measure->bytes_out);
  mix(hash, (uint64_t)measure->inside.peak);
  mix_wide(hash, measure->sojourn_sum);
  mix_double(hash, measure->slowdown);
  for (int o = 0; o < OUTCOMES; o++) mix(hash, measure->outcomes[o]);
  mix_tally(hash, &measure->sojourn);
  mix_tally(hash, &measure->wait);
  mix_tally(hash, &measure->service);
  mix_tally(hash, &measure->residence);
  mix_histogram(hash, &measure->sojourn_histogram);
  mix_histogram(hash, &measure->wait_histogram);
  mix_wide(hash, fleet->until.inside - fleet->from.inside);
  mix_wide(hash, fleet->until.serving - fleet->from.serving);
  for (uint32_t i = 0; i < sim->instance_count; i++) {
    if (sim->instances[i]->fleet != fleet) continue;
    const struct machine *machine = sim->instances[i]->machine;
    mix(hash, sim->instances[i]->number);
    mix_wide(hash, machine->until.busy - machine->from.busy);
    mix_wide(hash, machine->until.queued - machine->from.queued);
    mix_machine(hash, machine);
    mix(hash, (uint64_t)(machine->until.alive - machine->from.alive));
  }
}

static void mix_client(uint64_t *hash, const struct sim *sim, const struct client_run *client) {
  mix_text(hash, client->group->name);
  mix(hash, client->arrived);
  mix(hash, client->answered_ever);
  mix(hash, client->failed_ever);
  for (uint16_t r = 0; r < sim->plan->request_count; r++) {
    const struct request_measure *measure = &client->measures[r];
    if (measure->offered == 0) continue;
    mix_text(hash, sim->plan->requests[r].name);
    mix(hash, measure->offered);
    mix(hash, measure->attempts);
    mix(hash, measure->answered);
    mix(hash, measure->answers);
    for (int o = 0; o < OUTCOMES; o++) mix(hash, measure->failed[o]);
    mix_tally(hash, &measure->latency);
    mix_histogram(hash, &measure->latency_histogram);
  }
}

// What the models themselves have counted.
static void mix_metrics(uint64_t *hash, const struct sim *sim) {
  struct arena arena;
  struct memory_budget budget;
  struct metric_book book;
  memory_budget_init(&budget);
  arena_init(&arena, NULL);
  if (!metric_book_open(&book, sim->plan, false, &arena, &budget) || !metric_book_read(&book, sim, false))
    abort();
  for (uint16_t c = 0; c < sim->plan->component_count; c++) {
    const struct component *component = &sim->plan->components[c];
    if (strncmp(component->name, "a-", 2) == 0) continue;
    const struct model *model = component->model;
    for (size_t row = metric_count(NULL); row < metric_count(model); row++) {
      const struct metric_raw *raw = &book.components[c][row];
      mix_double(hash, raw->top);
      mix_double(hash, raw->bottom);
      if (raw->times != NULL) mix_tally(hash, raw->times);
    }
  }
  metric_book_drop(&book);
  arena_drop(&arena);
}

uint64_t run_hash(const struct sim *sim) {
  uint64_t hash = 0;
  mix_metrics(&hash, sim);
  for (uint16_t c = 0; c < sim->plan->client_count; c++) mix_client(&hash, sim, &sim->clients[c]);
  for (uint16_t c = 0; c < sim->plan->component_count; c++) {
    if (strncmp(sim->plan->components[c].name, "a-", 2) == 0) continue;
    for (uint16_t f = 0; f < sim->services[c].fleet_count; f++)
      mix_fleet(&hash, sim, &sim->services[c].fleets[f]);
  }
  mix(&hash, (uint64_t)sim->engine.now);
  for (uint32_t i = 0; i < sim->window_count; i++) {
    mix(&hash, sim->windows[i].offered);
    mix(&hash, sim->windows[i].answered);
    mix(&hash, sim->windows[i].failed);
    mix(&hash, (uint64_t)sim->windows[i].latency.sum);
    mix(&hash, (uint64_t)sim->windows[i].latency.largest);
  }
  return hash;
}
