// A station: servers, a discipline and a queue. It serves the cores of a machine, and later disks, network
// interfaces, quotas and logs. It stores work and turns it into time, so that a change of speed or of the
// number of servers acts on the jobs in progress.
#ifndef HEADROOM_STATION_H
#define HEADROOM_STATION_H

#include "job.h"
#include "level.h"

#include <stdint.h>

enum station_discipline {
  STATION_PS,       // processor sharing (Kleinrock 1967): n jobs on c servers run at min(1, c/n) each
  STATION_FCFS,     // first come, first served
  STATION_LIFO,     // the last to come is the next; nobody is interrupted
  STATION_PRIORITY, // the most urgent is the next; nobody is interrupted
  STATION_PRIORITY_PREEMPTIVE // the most urgent runs; an interrupted job keeps what it has received
};

// The words of the language, in the order of the enumeration, ended by NULL.
extern const char *const station_disciplines[];

#define STATION_UNLIMITED INT64_MAX

struct station {
  enum station_discipline discipline;
  int64_t servers;     // STATION_UNLIMITED: as many as there are jobs
  double speed;        // work per unit of time at one server; 0: frozen
  bool plain;          // first come, first served, at speed 1: what most stations are
  bool levels;         // its queue goes by priority; those of others have the one level 0
  struct level busy;   // servers at work
  struct level queued; // jobs waiting
  // Called for a job that announces itself when it leaves the queue for a server; it may cancel others but
  // must not touch this station. NULL: nobody is told. The context is engine->context.
  void (*started)(void *context, struct job *job);
  struct job_lists waiting;
  struct job **jobs; // in service, busy.inside of them; or sharing, heap_count of them
  uint32_t room;
  struct job_lists serving; // STATION_PRIORITY_PREEMPTIVE: those in service by level, the last to start last

  // While they share: jobs are a heap by the virtual time at which they will be done.
  struct frame *timer; // the one event of a sharing station; NULL for the other disciplines
  uint32_t heap_count; // 0: nobody shares
  double virtual_time; // work that each job has received, ns, since it was last set to 0
  int64_t virtual_at;  // when it was last brought up to date

  // The audit's two sides: what the jobs say they received, and what the servers gave.
  int128 received;  // ns of work, of those who have left or been interrupted
  double given;     // ns of work up to the last change of speed
  int128 given_at;  // the area of busy at that change
  uint64_t changes; // completions (not of a plain station) and changes: each may round by `fastest` ns
  double fastest;   // the highest speed so far, at least 1: the work of one tick of the clock
  double farthest;  // the latest end of a job in virtual time so far
  double longest;   // the most that virtual time had come to when it was set to 0
};

// `timer_kind` is the kind of frame that wakes station_timer(); used by STATION_PS only. False when memory
// runs out.
bool station_init(struct station *station, struct engine *engine, enum station_discipline discipline,
                  int64_t servers, double speed, uint8_t timer_kind);

// Hands `work` ≥ 0 (ns at speed 1) to the station at the priority job->level. When the job is done, its frame
// is woken: JOB_SERVED (then station_finish() must be called) or JOB_NOWHERE (it has left already).
static inline void station_submit(struct station *station, struct engine *engine, struct job *job,
                                  int64_t work);

// The job's completion has come due: it leaves and the next one starts.
static inline void station_finish(struct station *station, struct engine *engine, struct job *job);

// Takes out a job that waits or is served, wherever it stands; what it received stays counted.
void station_remove(struct station *station, struct engine *engine, struct job *job);

// The timer of a sharing station came due: makes all jobs that are done ready.
void station_timer(struct station *station, struct engine *engine);

// Changes the speed (0 freezes) or the number of servers; jobs in progress keep what they have received.
// Fewer servers than jobs in service: those go on, and no other starts before one of the remaining is free.
void station_set_speed(struct station *station, struct engine *engine, double speed);
void station_set_servers(struct station *station, struct engine *engine, int64_t servers);

// What the servers have given and what the jobs have received by now, ns of work: equal within
// station_rounding(), and exactly where the speed has always been 1 and nobody shares.
double station_given(const struct station *station, int64_t now);
double station_received(const struct station *station, int64_t now);

// Ns of work by which the two may differ: every change, and every job still at a server, by one tick of the
// clock, in which the servers do `fastest` ns; under sharing also by what a double of the size of its end in
// virtual time cannot tell apart, and all that share by what one of the size of virtual time itself cannot;
// and by what one of the size of `given` cannot.
double station_rounding(const struct station *station, int64_t now);

void station_drop(struct station *station, struct engine *engine);

// ---- What every job of a plain station goes through, in line ----

// Parts of station_submit() and station_finish(), for stations that are not plain; and more room for jobs,
// false when memory runs out.
void station_submit_otherwise(struct station *station, struct engine *engine, struct job *job);
void station_finish_otherwise(struct station *station, struct engine *engine, struct job *job);
bool station_grow(struct station *station, struct engine *engine);

// Gives a server to a job. Without memory for it, the job is nowhere, and the run ends.
static inline bool station_seat(struct station *station, struct engine *engine, struct job *job) {
  uint32_t place = (uint32_t)station->busy.inside;
  job->standing = JOB_NOWHERE;
  if (__builtin_expect(place == station->room, 0) && !station_grow(station, engine)) return false;
  job->standing = JOB_SERVED;
  job->place = place;
  station->jobs[place] = job;
  level_up(&station->busy, engine->now);
  return true;
}

// Takes a job's server away; the last of those in service moves to its place.
static inline void station_unseat(struct station *station, const struct engine *engine,
                                  const struct job *job) {
  level_down(&station->busy, engine->now);
  struct job *last = station->jobs[station->busy.inside];
  last->place = job->place;
  station->jobs[last->place] = last;
}

static inline void station_plain_arm(struct engine *engine, struct job *job) {
  job->due.ends = engine->now + job->work;
  engine_arm(engine, &job->frame, job->due.ends, EVENT_COMPLETION);
}

// The first that waits takes over the server of one that leaves: the level of busy ones does not move.
static inline void station_plain_succeed(struct station *station, struct engine *engine,
                                         const struct job *job) {
  struct job *next = station->waiting.level[0].first;
  job_list_remove_first(&station->waiting.level[0]);
  level_down(&station->queued, engine->now);
  next->waited += engine->now - next->since;
  next->standing = JOB_SERVED;
  next->place = job->place;
  station->jobs[next->place] = next;
  if (__builtin_expect(next->announces, 0) && station->started != NULL)
    station->started(engine->context, next);
  station_plain_arm(engine, next);
}

static inline void station_submit(struct station *station, struct engine *engine, struct job *job,
                                  int64_t work) {
  DEBUG_ASSERT(job->standing == JOB_NOWHERE, "a job stands in one place at a time");
  job->at.station = station;
  job->work = work;
  if (!station->plain) {
    station_submit_otherwise(station, engine, job);
  } else if (station->busy.inside < station->servers) {
    if (station_seat(station, engine, job)) station_plain_arm(engine, job);
  } else {
    job->standing = JOB_WAITING;
    job->since = engine->now;
    level_up(&station->queued, engine->now);
    job_list_append(&station->waiting.level[0], job);
  }
}

static inline void station_finish(struct station *station, struct engine *engine, struct job *job) {
  job->standing = JOB_NOWHERE;
  job->served += job->work;
  station->received += job->work;
  if (!station->plain || station->busy.inside > station->servers) {
    station_finish_otherwise(station, engine, job);
  } else if (station->queued.inside == 0) {
    engine_settle(engine);
    station_unseat(station, engine, job);
  } else {
    station_plain_succeed(station, engine, job);
  }
}

#endif
