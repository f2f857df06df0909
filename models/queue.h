// What queues and the workers that consume them know of each other.
#ifndef HEADROOM_QUEUE_H
#define HEADROOM_QUEUE_H

#include "sim.h"

// A message: a job from its publish to its acknowledgement, with what makes it one of its client's request.
struct queue_message {
  int64_t published; // ns
  struct random_stream luck;
  struct instance *target; // in flight: the worker that was chosen for it
  uint64_t number;         // in the order of publishing
  uint32_t before, next;   // waiting: its neighbours; free: `next` alone
  uint32_t serial;
  uint32_t user;
  uint32_t deliveries;
  uint16_t request;
  uint16_t origin;
};

// What an instance of a queue has and has done since the start: its durable state. At any moment
//   published = acknowledged + waiting + in flight + dropped + dead + lost.
struct queue_account {
  uint64_t published;
  uint64_t delivered; // deliveries, further ones included
  uint64_t redelivered;
  uint64_t acknowledged;
  uint64_t dropped; // to make room
  uint64_t dead;    // delivered as often as dead_letter allows
  uint64_t lost;    // delivered at most once and never acknowledged; or its queue has lost it
  struct level waiting;
  struct level in_flight;
  struct level blocked; // publishers
  struct tally job;     // from publish to acknowledgement, ns
  struct tally wait;    // from publish to the first delivery, ns
  struct histogram job_histogram;
  struct histogram wait_histogram;

  struct queue_message *messages;
  uint32_t message_count, message_room, message_free; // message_free: 1 more than the first free one
  uint32_t first, last;                               // that wait, 1 more than their places; 0: none
  struct frame_reference *line;                       // blocked publishers, a ring
  uint32_t line_first, line_count, line_room;
};

// The worker that a delivery goes to, for the route() of workers, and the message that it brings; NULL: the
// call is no delivery.
const struct queue_message *queue_delivery(const struct sim *sim, const struct call *call);

// A worker that consumes the queue has a free slot: its instances deliver, at this instant, what waits.
void queue_wake(struct sim *sim, const struct component *queue);

extern const struct model queue_model;

// ---- In worker.c ----

extern const struct model worker_model;

// The name of the queue that a worker consumes; NULL where it was not understood.
const char *worker_consumes(const struct component *worker);

// How many more jobs an instance of a worker can be given: its workers that neither do a job nor have one on
// its way to them.
int64_t worker_free(const struct instance *instance);

// The first in line of a fleet of workers that can be given a job; NULL: nobody can. In constant time, but
// for those who have died in line.
struct instance *worker_next(const struct fleet *fleet);

// That one gets a job: it goes to the end of the line, or, with its last free slot, out of it.
void worker_chosen(struct instance *instance);

#endif
