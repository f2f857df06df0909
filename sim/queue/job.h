// What stands in a queue: a frame with the links and times that a station or a pool needs. A job stands in at
// most one place at a time.
#ifndef HEADROOM_JOB_H
#define HEADROOM_JOB_H

#include "engine.h"

#include <stdint.h>

struct station;
struct pool;

enum job_standing {
  JOB_NOWHERE,
  JOB_WAITING, // in a station's queue
  JOB_SERVED,  // at a server of a station
  JOB_SHARING, // at a station that shares its servers among all its jobs
  JOB_ASKING,  // in a pool's queue
  JOB_GRANTED  // has a token of a pool and has not been woken yet
};

enum { JOB_LEVELS = 16 }; // priorities; 0 is the most urgent

struct job {
  struct frame frame;
  struct job *previous;
  struct job *next;
  union {
    struct station *station;
    struct pool *pool;
  } at;
  int64_t work;  // what is still to do, ns at speed 1 (of a sharing station: the whole)
  int64_t since; // when it began to wait or to be served
  union {
    int64_t ends; // JOB_SERVED: when it will be done at the present speed
    double tag;   // JOB_SHARING: the virtual time at which it will be done
  } due;
  int64_t waited;   // ns, over all queues since job_reset()
  int64_t served;   // ns of work received since job_reset()
  uint32_t place;   // JOB_SERVED, JOB_SHARING: its place among the station's jobs
  uint8_t level;    // its priority
  uint8_t standing; // enum job_standing
  bool announces;   // station.started is called when it gets a server after waiting
};

static inline void job_reset(struct job *job, uint8_t level) {
  job->waited = 0;
  job->served = 0;
  job->level = level;
  job->standing = JOB_NOWHERE;
  job->announces = false;
}

// A doubly linked list through `previous` and `next`.
struct job_list {
  struct job *first;
  struct job *last;
};

static inline void job_list_append(struct job_list *list, struct job *job) {
  job->previous = list->last;
  job->next = NULL;
  if (list->last != NULL) {
    list->last->next = job;
  } else {
    list->first = job;
  }
  list->last = job;
}

static inline void job_list_prepend(struct job_list *list, struct job *job) {
  job->previous = NULL;
  job->next = list->first;
  if (list->first != NULL) {
    list->first->previous = job;
  } else {
    list->last = job;
  }
  list->first = job;
}

static inline void job_list_remove(struct job_list *list, struct job *job) {
  if (job->previous != NULL) {
    job->previous->next = job->next;
  } else {
    list->first = job->next;
  }
  if (job->next != NULL) {
    job->next->previous = job->previous;
  } else {
    list->last = job->previous;
  }
}

// The list must not be empty.
static inline void job_list_remove_first(struct job_list *list) {
  list->first = list->first->next;
  if (list->first != NULL) {
    list->first->previous = NULL;
  } else {
    list->last = NULL;
  }
}

// Puts `next`, which stands in no list, in the place of `job`.
static inline void job_list_replace(struct job_list *list, const struct job *job, struct job *next) {
  next->previous = job->previous;
  next->next = job->next;
  if (job->previous != NULL) {
    job->previous->next = next;
  } else {
    list->first = next;
  }
  if (job->next != NULL) {
    job->next->previous = next;
  } else {
    list->last = next;
  }
}

// One list for each priority, and which of them are not empty.
struct job_lists {
  struct job_list level[JOB_LEVELS];
  uint32_t occupied; // bit i: level i has jobs
};

static inline void job_lists_append(struct job_lists *lists, struct job *job, uint8_t level) {
  job_list_append(&lists->level[level], job);
  lists->occupied |= UINT32_C(1) << level;
}

static inline void job_lists_prepend(struct job_lists *lists, struct job *job, uint8_t level) {
  job_list_prepend(&lists->level[level], job);
  lists->occupied |= UINT32_C(1) << level;
}

static inline void job_lists_remove(struct job_lists *lists, struct job *job, uint8_t level) {
  job_list_remove(&lists->level[level], job);
  if (lists->level[level].first == NULL) lists->occupied &= ~(UINT32_C(1) << level);
}

// The first job of the most urgent level; the lists must not all be empty.
static inline struct job *job_lists_first(const struct job_lists *lists) {
  return lists->level[__builtin_ctz(lists->occupied)].first;
}

#endif
