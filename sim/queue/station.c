// Order within one instant: a job that leaves frees its server before the next one starts, and the next one
// starts before whoever left goes on.
//
// Processor sharing: as long as there are no more jobs than servers, each has one of its own, and its end is
// an event. When there are more, they share, and that follows virtual time (Parekh & Gallager 1993 for the
// idea): it runs at the rate at which each job is served, so that the moment of a job's end in virtual time
// never changes after its arrival, whoever comes and goes. Only the earliest is an event. They share until
// there are half as many as servers, so that a station on the border does not change over all the time.
#include "station.h"

#include "rarely.h"

#include <float.h>
#include <math.h>
#include <string.h>

const char *const station_disciplines[] = {"ps", "fcfs", "lifo", "priority", "priority-preemptive", NULL};

// Virtual time is set back to 0 whenever a station empties, and by force past this: 2^40 ns leaves a double a
// resolution of 2^-12 ns.
static const double virtual_time_most = 0x1p40;

// Jobs whose end is this near (ns of work) are done: half of the clock's resolution.
static const double sharing_slack = 0.5;

enum { FIRST_ROOM = 16 };

static void take_speed(struct station *station, double speed) {
  station->speed = speed;
  station->fastest = fmax(station->fastest, speed);
  station->plain = station->discipline == STATION_FCFS && speed == 1;
}

bool station_init(struct station *station, struct engine *engine, enum station_discipline discipline,
                  int64_t servers, double speed, uint8_t timer_kind) {
  memset(station, 0, sizeof *station);
  station->discipline = discipline;
  station->servers = servers;
  station->levels = discipline >= STATION_PRIORITY;
  station->fastest = 1;
  take_speed(station, speed);
  if (discipline != STATION_PS) return true;
  station->timer = slab_take(&engine->frames, timer_kind);
  return station->timer != NULL;
}

void station_drop(struct station *station, struct engine *engine) {
  memory_give(engine->budget, station->jobs, station->room * sizeof *station->jobs);
  if (station->timer != NULL) slab_give(&engine->frames, station->timer);
  station->jobs = NULL;
  station->timer = NULL;
}

// ---- Servers of their own ----

static int64_t time_for(const struct station *station, int64_t work) {
  if (station->speed == 1) return work;
  double time = ceil((double)work / station->speed);
  return time < (double)EVENT_TIME_MOST ? (int64_t)time : EVENT_TIME_MOST;
}

static inline void arm_end(struct station *station, struct engine *engine, struct job *job) {
  if (station->speed <= 0) {
    engine_cancel(&job->frame);
    job->due.ends = INT64_MAX;
    return;
  }
  job->due.ends = engine->now + time_for(station, job->work);
  engine_arm(engine, &job->frame, job->due.ends, EVENT_COMPLETION);
}

bool station_grow(struct station *station, struct engine *engine) {
  uint32_t room = station->room == 0 ? FIRST_ROOM : station->room * 2;
  struct job **jobs = memory_take(engine->budget, room * sizeof(struct job *));
  if (jobs == NULL) return false;
  if (station->room > 0) memcpy(jobs, station->jobs, station->room * sizeof(struct job *));
  memory_give(engine->budget, station->jobs, station->room * sizeof(struct job *));
  station->jobs = jobs;
  station->room = room;
  return true;
}

// A queue of the one level 0 needs no note of which levels have jobs.
static inline void queue_append(struct station *station, struct job *job) {
  if (station->levels) {
    job_lists_append(&station->waiting, job, job->level);
  } else {
    job_list_append(&station->waiting.level[0], job);
  }
}

static inline void queue_remove(struct station *station, struct job *job) {
  if (station->levels) {
    job_lists_remove(&station->waiting, job, job->level);
  } else {
    job_list_remove(&station->waiting.level[0], job);
  }
}

static inline struct job *first_waiting(const struct station *station) {
  return station->levels ? job_lists_first(&station->waiting) : station->waiting.level[0].first;
}

static inline bool preempts(const struct station *station) {
  return station->discipline == STATION_PRIORITY_PREEMPTIVE;
}

static void start(struct station *station, struct engine *engine, struct job *job) {
  if (!station_seat(station, engine, job)) return;
  if (preempts(station)) job_lists_append(&station->serving, job, job->level);
  arm_end(station, engine, job);
}

static void leave_server(struct station *station, const struct engine *engine, struct job *job) {
  if (preempts(station)) job_lists_remove(&station->serving, job, job->level);
  station_unseat(station, engine, job);
}

static inline void leave_queue(struct station *station, struct engine *engine, struct job *job) {
  queue_remove(station, job);
  level_down(&station->queued, engine->now);
  job->waited += engine->now - job->since;
}

static inline void announce(const struct station *station, const struct engine *engine, struct job *job) {
  if (__builtin_expect(job->announces, 0) && station->started != NULL) station->started(engine->context, job);
}

static void start_waiting(struct station *station, struct engine *engine) {
  while (station->queued.inside > 0 && station->busy.inside < station->servers && station->speed > 0) {
    struct job *job = first_waiting(station);
    leave_queue(station, engine, job);
    start(station, engine, job);
    announce(station, engine, job);
  }
}

static inline void join_queue(struct station *station, struct engine *engine, struct job *job) {
  job->standing = JOB_WAITING;
  job->since = engine->now;
  level_up(&station->queued, engine->now);
  if (station->discipline == STATION_LIFO) {
    job_list_prepend(&station->waiting.level[0], job);
  } else {
    queue_append(station, job);
  }
}

// What a job in service has still to do by now.
static int64_t remaining(const struct station *station, const struct engine *engine, const struct job *job) {
  if (job->due.ends == INT64_MAX) return job->work;
  double left = (double)(job->due.ends - engine->now) * station->speed;
  if (left <= 0) return 0; // due now; or its event was lost when memory ran out
  return left < (double)job->work ? (int64_t)left : job->work;
}

// Books what a job in service has received so far, and leaves the rest in job->work.
static void settle(struct station *station, struct engine *engine, struct job *job) {
  int64_t left = remaining(station, engine, job);
  job->served += job->work - left;
  station->received += job->work - left;
  station->changes++;
  job->work = left;
}

static struct job *least_urgent(const struct station *station) {
  return station->serving.level[31 - __builtin_clz(station->serving.occupied)].last;
}

// Makes room for a more urgent job by sending the least urgent one, the last to start among its equals, back
// to the head of its queue. False when nobody in service is less urgent.
static bool preempt(struct station *station, struct engine *engine, const struct job *job) {
  if (station->serving.occupied == 0) return false;
  struct job *victim = least_urgent(station);
  if (victim->level <= job->level) return false;
  settle(station, engine, victim);
  engine_cancel(&victim->frame);
  leave_server(station, engine, victim);
  victim->standing = JOB_WAITING;
  victim->since = engine->now;
  level_up(&station->queued, engine->now);
  job_lists_prepend(&station->waiting, victim, victim->level);
  return true;
}

static void sharing_submit(struct station *station, struct engine *engine, struct job *job);

void station_submit_otherwise(struct station *station, struct engine *engine, struct job *job) {
  if (station->discipline == STATION_PS) {
    sharing_submit(station, engine, job);
  } else if ((station->busy.inside < station->servers && station->speed > 0) ||
             (preempts(station) && preempt(station, engine, job))) {
    start(station, engine, job);
  } else {
    join_queue(station, engine, job);
  }
}

// Where another job waits, it takes the server over: the level of busy ones does not move.
static void succeed(struct station *station, struct engine *engine, struct job *job) {
  struct job *next = first_waiting(station);
  leave_queue(station, engine, next);
  if (preempts(station)) {
    job_lists_remove(&station->serving, job, job->level);
    job_lists_append(&station->serving, next, next->level);
  }
  next->standing = JOB_SERVED;
  next->place = job->place;
  station->jobs[next->place] = next;
  arm_end(station, engine, next);
  announce(station, engine, next);
}

void station_finish_otherwise(struct station *station, struct engine *engine, struct job *job) {
  station->changes++;
  if (station->queued.inside == 0 || station->busy.inside > station->servers) {
    leave_server(station, engine, job);
  } else {
    succeed(station, engine, job);
  }
}

// ---- Sharing ----

// What each job receives per unit of time.
static double sharing_rate(const struct station *station) {
  if (station->heap_count <= station->servers) return station->speed;
  return station->speed * (double)station->servers / station->heap_count;
}

static void sharing_advance(struct station *station, const struct engine *engine) {
  station->virtual_time += (double)(engine->now - station->virtual_at) * sharing_rate(station);
  station->virtual_at = engine->now;
}

static inline void heap_put(struct station *station, uint32_t place, struct job *job) {
  station->jobs[place] = job;
  job->place = place;
}

// Equal ends keep the order of arrival.
static inline bool heap_before(const struct job *a, const struct job *b) {
  return a->due.tag < b->due.tag || (a->due.tag == b->due.tag && a->since < b->since);
}

static void heap_up(struct station *station, uint32_t place, struct job *job) {
  while (place > 0 && heap_before(job, station->jobs[(place - 1) / 2])) {
    heap_put(station, place, station->jobs[(place - 1) / 2]);
    place = (place - 1) / 2;
  }
  heap_put(station, place, job);
}

static void heap_down(struct station *station, uint32_t place, struct job *job) {
  for (;;) {
    uint32_t child = place * 2 + 1;
    if (child >= station->heap_count) break;
    if (child + 1 < station->heap_count && heap_before(station->jobs[child + 1], station->jobs[child])) {
      child++;
    }
    if (!heap_before(station->jobs[child], job)) break;
    heap_put(station, place, station->jobs[child]);
    place = child;
  }
  heap_put(station, place, job);
}

static void heap_remove(struct station *station, struct job *job) {
  uint32_t place = job->place;
  struct job *last = station->jobs[--station->heap_count];
  if (last == job) return;
  if (place > 0 && heap_before(last, station->jobs[(place - 1) / 2])) {
    heap_up(station, place, last);
  } else {
    heap_down(station, place, last);
  }
}

// Brings the level of busy servers up to date after the number of jobs or servers has changed.
static void sharing_level(struct station *station, const struct engine *engine) {
  int64_t busy = station->heap_count < station->servers ? station->heap_count : station->servers;
  level_change(&station->busy, busy - station->busy.inside, engine->now);
}

static void sharing_arm(struct station *station, struct engine *engine) {
  engine_cancel(station->timer);
  if (station->heap_count == 0 || station->speed <= 0 || station->servers == 0) return;
  double left = station->jobs[0]->due.tag - station->virtual_time;
  double time = left > 0 ? ceil(left / sharing_rate(station)) : 0;
  int64_t at = time < (double)EVENT_TIME_MOST ? engine->now + (int64_t)time : EVENT_TIME_MOST;
  engine_arm(engine, station->timer, at, EVENT_COMPLETION);
}

static void sharing_rebase(struct station *station) {
  station->longest = fmax(station->longest, station->virtual_time);
  for (uint32_t i = 0; i < station->heap_count; i++) station->jobs[i]->due.tag -= station->virtual_time;
  station->virtual_time = 0;
}

static void sharing_join(struct station *station, struct job *job, int64_t work) {
  job->standing = JOB_SHARING;
  job->due.tag = station->virtual_time + (double)work;
  if (job->due.tag > station->farthest) station->farthest = job->due.tag;
  heap_up(station, station->heap_count++, job);
}

// Those who had a server each share from now on.
static void sharing_gather(struct station *station, struct engine *engine) {
  station->virtual_time = 0;
  station->virtual_at = engine->now;
  for (int64_t i = 0; i < station->busy.inside; i++) {
    struct job *job = station->jobs[i];
    settle(station, engine, job);
    engine_cancel(&job->frame);
    sharing_join(station, job, job->work); // its place is not beyond its own so far
  }
}

static void sharing_submit(struct station *station, struct engine *engine, struct job *job) {
  job->since = (int64_t)station->changes++; // only breaks ties
  if (station->heap_count == 0) {
    if (station->busy.inside < station->servers && station->speed > 0) {
      start(station, engine, job);
      return;
    }
    sharing_gather(station, engine);
  }
  if (station->heap_count == station->room && !station_grow(station, engine)) return;
  sharing_advance(station, engine);
  if (station->virtual_time > virtual_time_most) sharing_rebase(station);
  sharing_join(station, job, job->work);
  sharing_level(station, engine);
  // An event that is now too early wakes the station once for nothing; a later one would be wrong.
  if (job->place == 0 || station->timer->armed == 0) sharing_arm(station, engine);
}

static void sharing_leave(struct station *station, struct engine *engine, struct job *job, int64_t left) {
  heap_remove(station, job);
  sharing_level(station, engine);
  job->standing = JOB_NOWHERE;
  job->served += job->work - left;
  station->received += job->work - left;
  job->work = left;
}

// What a sharing job has still to do, ns of work.
static double sharing_left(const struct station *station, const struct job *job) {
  double left = job->due.tag - station->virtual_time;
  return left <= 0 ? 0 : left < (double)job->work ? left : (double)job->work;
}

static bool sharing_is_over(const struct station *station) {
  return station->heap_count > 0 && station->heap_count <= station->servers / 2 && station->speed > 0;
}

// Few are left: each has a server of its own again, and an event.
static void sharing_dissolve(struct station *station, struct engine *engine) {
  uint32_t count = station->heap_count;
  station->heap_count = 0;
  engine_cancel(station->timer);
  for (uint32_t i = 0; i < count; i++) {
    struct job *job = station->jobs[i];
    int64_t left = (int64_t)ceil(sharing_left(station, job));
    job->served += job->work - left;
    station->received += job->work - left;
    station->changes++;
    job->work = left;
    job->standing = JOB_SERVED;
    arm_end(station, engine, job);
  }
}

void station_timer(struct station *station, struct engine *engine) {
  sharing_advance(station, engine);
  while (station->heap_count > 0 && station->jobs[0]->due.tag <= station->virtual_time + sharing_slack) {
    struct job *job = station->jobs[0];
    sharing_leave(station, engine, job, 0);
    engine_ready(engine, &job->frame);
  }
  if (sharing_is_over(station)) {
    sharing_dissolve(station, engine);
  } else {
    sharing_arm(station, engine);
  }
}

// ---- Changes ----

void station_remove(struct station *station, struct engine *engine, struct job *job) {
  switch ((enum job_standing)job->standing) {
  case JOB_WAITING:
    leave_queue(station, engine, job);
    break;
  case JOB_SERVED:
    settle(station, engine, job);
    engine_cancel(&job->frame);
    leave_server(station, engine, job);
    job->standing = JOB_NOWHERE; // whoever is told that another starts may remove this one, too
    start_waiting(station, engine);
    break;
  case JOB_SHARING:
    sharing_advance(station, engine);
    sharing_leave(station, engine, job, (int64_t)sharing_left(station, job));
    sharing_arm(station, engine);
    break;
  case JOB_NOWHERE:
  case JOB_ASKING:
  case JOB_GRANTED:
    break;
  }
  job->standing = JOB_NOWHERE;
}

// Closes the account of what the servers gave at the speed that ends now.
static void close_speed(struct station *station, const struct engine *engine) {
  station->given = station_given(station, engine->now);
  station->given_at = level_area(&station->busy, engine->now);
}

void station_set_speed(struct station *station, struct engine *engine, double speed) {
  bool shares = station->heap_count > 0;
  int64_t served = shares ? 0 : station->busy.inside;
  if (shares) sharing_advance(station, engine);
  for (int64_t i = 0; i < served; i++) settle(station, engine, station->jobs[i]);
  close_speed(station, engine);
  take_speed(station, speed);
  for (int64_t i = 0; i < served; i++) arm_end(station, engine, station->jobs[i]);
  start_waiting(station, engine);
  if (shares) sharing_arm(station, engine);
}

void station_set_servers(struct station *station, struct engine *engine, int64_t servers) {
  bool crowded = station->discipline == STATION_PS && station->busy.inside > servers;
  if (station->heap_count > 0) {
    sharing_advance(station, engine);
  } else if (crowded) {
    sharing_gather(station, engine);
  }
  station->servers = servers;
  if (station->heap_count > 0) {
    sharing_level(station, engine);
    sharing_arm(station, engine);
  } else {
    start_waiting(station, engine);
  }
}

double station_given(const struct station *station, int64_t now) {
  return station->given + (double)(level_area(&station->busy, now) - station->given_at) * station->speed;
}

static double sharing_received(const struct station *station, int64_t now) {
  double virtual_now = station->virtual_time + (double)(now - station->virtual_at) * sharing_rate(station);
  double received = 0;
  for (uint32_t i = 0; i < station->heap_count; i++) {
    const struct job *job = station->jobs[i];
    received += (double)job->work - (job->due.tag - virtual_now);
  }
  return received;
}

double station_received(const struct station *station, int64_t now) {
  double received = (double)station->received;
  if (station->heap_count > 0) return received + sharing_received(station, now);
  for (int64_t i = 0; i < station->busy.inside; i++) {
    const struct job *job = station->jobs[i];
    if (job->due.ends == INT64_MAX) continue;
    received += (double)job->work - (double)(job->due.ends - now) * station->speed;
  }
  return received;
}

double station_rounding(const struct station *station, int64_t now) {
  double changes = (double)station->changes + (double)station->busy.inside + 2;
  double longest = fmax(station->longest, station->virtual_time);
  double each = station->fastest + DBL_EPSILON * (station->farthest + longest * station->room);
  return changes * each + 1e-12 * station_given(station, now);
}
