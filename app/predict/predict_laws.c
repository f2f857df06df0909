// The closed forms, each where its assumptions are met.
#include "predict_laws.h"

#include "closed.h"
#include "gm1.h"
#include "loss.h"
#include "mg1.h"
#include "mmc.h"
#include "pool.h"

#include <math.h>
#include <string.h>

// More servers or places than this are not worth a recursion over all of them.
static const double SERVERS_MOST = 1e6;

// One queue of several servers, as a component's visits see it.
struct queue {
  double rate;    // arrivals at it (cpu steps), per second
  double mean;    // s
  double square;  // E[S^2], s^2
  double servers; // INFINITY
  double places;  // in all, those in service included; INFINITY
  bool exponential;
  bool shares;  // processor sharing
  bool ordered; // whoever waits does so in front of all servers, so that waiting can be seen
  double turns; // instances that do not get their visits at random; 1: there is but one, or they do
  bool in_turn; // they get them strictly in turn
  bool poisson; // else product form
};

static const char *servers_text(const struct predictor *predictor, double servers) {
  return arena_format(predictor->arena, "%.0f", servers);
}

static void set_law(struct predicted_component *predicted, const char *law, double wait, double factor) {
  predicted->law = law;
  predicted->wait = wait;
  predicted->residence = factor;
}

// In what follows `predicted->residence` is first that of one step; the caller adds the rest.
static bool share_law(const struct predictor *predictor, const struct queue *queue,
                      struct predicted_component *predicted) {
  double sojourn = queue->servers <= 1
                       ? mg1_shared_sojourn_mean(queue->rate, queue->mean)
                       : mmc_sojourn_mean(queue->rate, 1 / queue->mean, (unsigned)queue->servers);
  const char *kind = queue->exponential ? "M" : "G";
  set_law(predicted, arena_format(predictor->arena, "M/%s/%.0f-PS", kind, queue->servers), NAN, sojourn);
  return true;
}

static bool loss_law(const struct predictor *predictor, const struct queue *queue,
                     struct predicted_component *predicted) {
  bool full = queue->places <= queue->servers;
  if (queue->places > SERVERS_MOST) return false;
  if (!queue->exponential && !(full && queue->poisson) && !queue->shares) return false;
  struct loss_state state =
      loss_mmck(queue->rate, 1 / queue->mean, (unsigned)queue->servers, (unsigned)queue->places);
  predicted->lost = state.blocked;
  set_law(predicted,
          arena_format(predictor->arena, "M/%s/%s/%.0f", queue->exponential ? "M" : "G",
                       servers_text(predictor, queue->servers), queue->places),
          queue->ordered ? state.wait : NAN, state.sojourn);
  return true;
}

static bool turn_law(const struct predictor *predictor, const struct queue *queue,
                     struct predicted_component *predicted) {
  bool simple = queue->exponential && queue->servers <= 1 && !queue->shares;
  if (!simple || !queue->poisson || !queue->in_turn) return false;
  struct gm1_erlang gaps = {(unsigned)queue->turns, 1 / queue->rate};
  double root = gm1_root(gm1_transform_erlang, &gaps, queue->rate, 1 / queue->mean);
  double wait = gm1_wait_mean(root, 1 / queue->mean);
  set_law(predicted, arena_format(predictor->arena, "E%.0f/M/1", queue->turns), wait, wait + queue->mean);
  return true;
}

static bool line_law(const struct predictor *predictor, const struct queue *queue,
                     struct predicted_component *predicted) {
  double wait = NAN;
  if (queue->exponential) {
    wait = mmc_wait_mean(queue->rate, 1 / queue->mean, (unsigned)queue->servers);
  } else if (queue->servers <= 1 && queue->poisson && isfinite(queue->square)) {
    wait = mg1_wait_mean(queue->rate, queue->mean, queue->square);
  } else {
    return false;
  }
  set_law(predicted,
          arena_format(predictor->arena, "M/%s/%s", queue->exponential ? "M" : "G",
                       servers_text(predictor, queue->servers)),
          queue->ordered ? wait : NAN, wait + queue->mean);
  return true;
}

static const char *no_law(const struct predictor *predictor, const struct queue *queue, const char *name) {
  struct arena *arena = predictor->arena;
  if (queue->turns > 1)
    return arena_format(arena, "the instances of `%s` do not get their visits at random", name);
  if (queue->servers > SERVERS_MOST) return arena_format(arena, "`%s` has too many servers", name);
  if (!queue->poisson)
    return arena_format(arena, "visits come back to `%s`, whose service is not exponential", name);
  if (isfinite(queue->places))
    return arena_format(arena, "`%s` is a queue of limited length whose service is not exponential", name);
  if (queue->servers > 1)
    return arena_format(arena, "`%s` is an M/G/c queue, which has no closed form", name);
  return arena_format(arena, "the service time of `%s` has no finite variance", name);
}

static bool apply(const struct predictor *predictor, const struct queue *queue, const char *name,
                  struct predicted_component *predicted) {
  bool right = false;
  if (queue->servers <= SERVERS_MOST) {
    right = queue->turns > 1          ? isinf(queue->places) && turn_law(predictor, queue, predicted)
            : isfinite(queue->places) ? loss_law(predictor, queue, predicted)
            : queue->shares           ? share_law(predictor, queue, predicted)
                                      : line_law(predictor, queue, predicted);
  }
  if (!right) predicted->why = no_law(predictor, queue, name);
  return right;
}

// ---- What stands in the way -------------------------------------------------------------------------------

static const struct distribution *patience_of(const struct component *component) {
  struct field_place place;
  const struct field_table *table = component->model->form.table;
  if (!field_find(table, "patience", &place) || place.field->kind != FIELD_KIND_DISTRIBUTION) return NULL;
  if (!place.field->pointer) return NULL;
  return *(const struct distribution *const *)(const void *)((const char *)component->parameters +
                                                             place.offset);
}

// Erlang A: who waits too long leaves.
static bool patience_law(const struct predictor *predictor, const struct queue *queue,
                         const struct component *component, struct predicted_component *predicted) {
  const struct distribution *patience = patience_of(component);
  bool fits = patience != NULL && distribution_is_exponential(patience) && queue->exponential &&
              queue->ordered && isinf(queue->places) && queue->turns <= 1 && queue->servers <= SERVERS_MOST;
  if (!fits) {
    predicted->why = arena_format(predictor->arena, "visits of `%s` give up waiting", component->name);
    return false;
  }
  struct loss_impatience state = loss_erlang_a(queue->rate, 1 / queue->mean, (unsigned)queue->servers,
                                               1e9 / distribution_mean(patience));
  predicted->lost = state.abandoned;
  set_law(predicted, arena_format(predictor->arena, "M/M/%.0f+M", queue->servers), state.wait,
          state.wait + (1 - state.abandoned) * queue->mean);
  return true;
}

static const char *obstacle(const struct predictor *predictor, const struct predict_part *part) {
  struct arena *arena = predictor->arena;
  const char *name = part->component->name;
  if (predictor->open_why != NULL) return predictor->open_why;
  if (predictor->changes) return "the run changes while it lasts: it has no steady state";
  if (part->instances < 1) return arena_format(arena, "`%s` has no instances", name);
  if (part->stream == STREAM_UNKNOWN) return part->stream_why;
  if (part->component->share_count > 1) return arena_format(arena, "`%s` stands in several places", name);
  return NULL;
}

static bool by_urgency(const struct predictor *predictor, const struct predict_part *part) {
  const struct predict_station *station = &predictor->stations[part->node];
  const char *order = predict_choice(part->component, "queue");
  bool pool = part->demand.workers != POOL_UNLIMITED && order != NULL && strcmp(order, "priority") == 0;
  bool cores = station->type != NULL && station->type->discipline >= STATION_PRIORITY;
  return (pool || cores) && station->urgency == -2;
}

// ---- Components -------------------------------------------------------------------------------------------

// Only the cores: everyone is let in.
static bool open_queue(const struct predictor *predictor, const struct predict_part *part,
                       struct queue *queue, const char **why) {
  const struct predict_station *station = &predictor->stations[part->node];
  if (!station->even) {
    *why = arena_format(predictor->arena, "the machines of `%s` are not offered the same load",
                        part->component->name);
    return false;
  }
  *queue =
      (struct queue){.rate = station->rate / station->machines,
                     .mean = station->work / station->rate,
                     .square = station->square / station->rate,
                     .servers = (double)station->type->cores,
                     .places = INFINITY,
                     .exponential = station->exponential && station->alike,
                     .shares = station->type->discipline == STATION_PS,
                     .ordered = station->type->discipline != STATION_PS,
                     .turns = station->machines > 1 && part->split != SPLIT_RANDOM ? station->machines : 1,
                     .in_turn = part->split == SPLIT_TURNS,
                     .poisson = part->stream == STREAM_POISSON};
  return true;
}

// Workers that are simply servers, or that stand in front of the cores of a machine of their own.
static bool gated_queue(const struct predictor *predictor, const struct predict_part *part,
                        struct queue *queue, const char **why) {
  const struct predict_station *station = &predictor->stations[part->node];
  const char *name = part->component->name;
  const struct predict_program *does = &part->does;
  if (part->calls > 0 || does->waits > 0 || does->computes != 1 || does->again || does->parallel) {
    *why = arena_format(predictor->arena, "visits of `%s` hold a worker while they do more than compute once",
                        name);
    return false;
  }
  bool own = station->components == 1 && station->machines == part->instances;
  double cores = station->type != NULL && station->type->cores != STATION_UNLIMITED
                     ? (double)station->type->cores
                     : INFINITY;
  double workers = (double)part->demand.workers;
  if (isfinite(cores) && !own) {
    *why = arena_format(predictor->arena, "`%s` has limited workers on cores that it shares", name);
    return false;
  }
  bool inner = workers > cores; // the cores are what is waited for
  bool ps = station->type != NULL && station->type->discipline == STATION_PS;
  const char *order = predict_choice(part->component, "queue");
  if (inner && !ps && order != NULL && strcmp(order, "fifo") != 0 && !(does->exponential && does->alike)) {
    *why = arena_format(predictor->arena, "`%s` has two queues of different order", name);
    return false;
  }
  double backlog = part->demand.backlog == POOL_UNLIMITED ? INFINITY : (double)part->demand.backlog;
  if (inner && ps && isinf(backlog) && !(does->exponential && does->alike)) {
    *why = arena_format(predictor->arena, "`%s` shares its cores among a limited number of visits", name);
    return false;
  }
  *queue = (struct queue){.rate = station->rate / part->instances,
                          .mean = station->work / station->rate,
                          .square = station->square / station->rate,
                          .servers = fmin(workers, cores),
                          .places = workers + backlog,
                          .exponential = does->exponential && does->alike,
                          .shares = inner && ps && backlog == 0,
                          .ordered = !(inner && ps),
                          .turns = part->instances > 1 && part->split != SPLIT_RANDOM ? part->instances : 1,
                          .in_turn = part->split == SPLIT_TURNS,
                          .poisson = part->stream == STREAM_POISSON};
  return true;
}

static void overload(struct predicted_component *predicted) {
  predicted->law = "overloaded";
  predicted->wait = predicted->shares ? NAN : INFINITY;
  predicted->residence = INFINITY;
}

// From one step to a visit: its steps, and the waits between.
static void complete(struct predicted_component *predicted, const struct predict_part *part,
                     const struct queue *queue) {
  double waited = part->does.waited * 1e-9;
  double work = predicted->work;
  if (queue->shares && isinf(queue->places)) {
    predicted->residence = work * predicted->residence / queue->mean + waited;
    return;
  }
  double delay = predicted->residence - queue->mean; // of one step
  if (isfinite(predicted->wait)) predicted->wait *= part->does.computes;
  predicted->residence = work + part->does.computes * delay + waited;
}

static void unlimited(const struct predict_part *part, struct predicted_component *predicted) {
  predicted->law = "no queue";
  predicted->wait = 0;
  predicted->residence = predicted->work + part->does.waited * 1e-9;
}

void predict_law(const struct predictor *predictor, const struct predict_part *part,
                 struct predicted_component *predicted) {
  const struct predict_station *station = &predictor->stations[part->node];
  struct arena *arena = predictor->arena;
  const char *name = part->component->name;
  bool gated = part->demand.workers != POOL_UNLIMITED;
  bool cores = station->type != NULL && station->type->cores != STATION_UNLIMITED;
  predicted->shares = cores && station->type->discipline == STATION_PS;
  if (part->component->model->forwards || !(predicted->visits > 0)) return;
  if (part->device > 0 || part->slots > 0) {
    predicted->why = arena_format(arena, "visits of `%s` use a disk, of whose queue no law is known", name);
    return;
  }
  if (part->does.parallel) {
    predicted->why = arena_format(arena, "visits of `%s` go on in parallel branches", name);
    return;
  }
  if (!gated && (!cores || part->does.computes <= 0)) {
    unlimited(part, predicted);
    return;
  }
  predicted->why = obstacle(predictor, part);
  if (predicted->why != NULL) return;
  if (by_urgency(predictor, part)) {
    predicted->why = arena_format(arena, "requests of several priorities meet at `%s`", name);
    return;
  }
  struct queue queue;
  bool fits = gated ? gated_queue(predictor, part, &queue, &predicted->why)
                    : open_queue(predictor, part, &queue, &predicted->why);
  if (!fits) return;
  predicted->shares = !queue.ordered;
  if (part->demand.has_patience && gated) {
    patience_law(predictor, &queue, part->component, predicted);
    return;
  }
  if (isinf(queue.places) && queue.rate * queue.mean >= queue.servers) {
    overload(predicted);
    return;
  }
  if (!apply(predictor, &queue, name, predicted)) return;
  complete(predicted, part, &queue);
}
