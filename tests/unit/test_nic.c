#include "nic.h"
#include "random.h"
#include "ziggurat.h"

#include <criterion/criterion.h>
#include <math.h>

enum { KIND_TRANSFER = 1, KIND_TIMER, KIND_ARRIVAL };
enum { OWNER = 77, FIRST = 5 };

struct transfer {
  struct job job;
  int64_t began;
  int64_t bytes;
};
_Static_assert(sizeof(struct transfer) <= FRAME_BYTES, "a transfer is a frame");

static struct memory_budget budget;
static struct engine engine;
static struct nic nic;
static int64_t ends[16];
static int ended;
static double slowdown_sum[2]; // by size: short, long
static int slowdown_count[2];
static struct random_stream luck;
static double gap;
static int to_come;

static const int64_t short_bytes = 1000, long_bytes = 9000;

static void on_transfer(void *context, struct frame *frame) {
  (void)context;
  struct transfer *transfer = (struct transfer *)(void *)frame;
  if (transfer->job.standing == JOB_SERVED) station_finish(transfer->job.at.station, &engine, &transfer->job);
  cr_assert_eq(transfer->job.standing, JOB_NOWHERE);
  if (ended < 16) ends[ended] = engine.now;
  ended++;
  int size = transfer->bytes == long_bytes;
  slowdown_sum[size] += (double)(engine.now - transfer->began) / (double)nic_time(&nic, transfer->bytes);
  slowdown_count[size]++;
  slab_give(&engine.frames, frame);
}

static void on_timer(void *context, struct frame *frame) {
  (void)context;
  cr_assert_eq(frame->link, OWNER);
  cr_assert(frame->state == FIRST + NIC_OUT || frame->state == FIRST + NIC_IN);
  struct station *way = &nic.ways[frame->state - FIRST];
  cr_assert_eq(way->timer, frame, "the timer of each way names it");
  station_timer(way, &engine);
}

static struct job *send(enum nic_way way, int64_t bytes) {
  struct transfer *transfer = slab_take(&engine.frames, KIND_TRANSFER);
  job_reset(&transfer->job, 0);
  transfer->began = engine.now;
  transfer->bytes = bytes;
  cr_assert(nic_submit(&nic, &engine, way, &transfer->job, bytes));
  return &transfer->job;
}

static void on_arrival(void *context, struct frame *frame) {
  (void)context;
  send(NIC_OUT, random_unit(&luck) < 0.5 ? short_bytes : long_bytes);
  if (--to_come > 0)
    engine_arm(&engine, frame, engine.now + (int64_t)(gap * ziggurat_exponential(&luck)), EVENT_ARRIVAL);
}

static engine_handler *const handlers[ENGINE_KINDS] = {
    [KIND_TRANSFER] = on_transfer, [KIND_TIMER] = on_timer, [KIND_ARRIVAL] = on_arrival};

static void begin(void) {
  memory_budget_init(&budget);
  engine_init(&engine, &budget, handlers, NULL);
  cr_assert(nic_init(&nic, &engine, 125e6, KIND_TIMER, OWNER, FIRST)); // 1 Gbps: 8 ns a byte
  ended = 0;
}

static void end(void) {
  nic_drop(&nic, &engine);
  engine_drop(&engine);
  cr_assert_eq(budget.used, 0);
}

TestSuite(nic, .init = begin, .fini = end);

// 8000 ns and 24000 ns of work; the second comes at 4000: both at half speed until 12000, when the first is
// through; the second has had 4000 and needs 20000 more.
Test(nic, transfers_share_one_way) {
  send(NIC_OUT, 1000);
  engine_run(&engine, 4000);
  send(NIC_OUT, 3000);
  engine_run(&engine, 1000000);
  cr_assert_eq(ends[0], 12000);
  cr_assert_eq(ends[1], 32000);
  cr_assert_eq(nic.bytes[NIC_OUT], 4000);
  cr_assert_eq(nic.transfers[NIC_OUT], 2);
  cr_assert_eq(nic.bytes[NIC_IN], 0);
}

Test(nic, the_two_ways_do_not_disturb_each_other) {
  send(NIC_OUT, 1000);
  send(NIC_IN, 1000);
  struct nic_areas from, until;
  nic_note(&nic, 0, &from);
  engine_run(&engine, 32000);
  nic_note(&nic, 32000, &until);
  cr_assert_eq(ends[0], 8000);
  cr_assert_eq(ends[1], 8000);
  cr_assert_float_eq(nic_utilization(&from, &until, NIC_OUT, 32000), 0.25, 1e-12);
  cr_assert_float_eq(nic_utilization(&from, &until, NIC_IN, 32000), 0.25, 1e-12);
}

Test(nic, work_is_a_time_and_rounds_up) {
  cr_assert_eq(nic_time(&nic, 0), 0);
  cr_assert_eq(nic_time(&nic, 1), 8);
  nic.bandwidth = 3e9; // a third of a ns for a byte
  cr_assert_eq(nic_time(&nic, 1), 1);
  cr_assert_eq(nic_time(&nic, 7), 3);
  struct job *job = send(NIC_IN, 7);
  engine_run(&engine, 2);
  cr_assert_eq(ended, 0);
  cr_assert_eq(job->work, 3);
  engine_run(&engine, 3);
  cr_assert_eq(ended, 1);
}

Test(nic, without_limit_nothing_waits) {
  struct nic free_of_limits;
  cr_assert(nic_init(&free_of_limits, &engine, INFINITY, KIND_TIMER, OWNER, FIRST));
  struct job job = {.work = 0};
  cr_assert_not(nic_submit(&free_of_limits, &engine, NIC_OUT, &job, INT64_C(1) << 50));
  cr_assert_eq(job.standing, JOB_NOWHERE);
  cr_assert_eq(free_of_limits.bytes[NIC_OUT], UINT64_C(1) << 50, "the bytes count all the same");
  nic_drop(&free_of_limits, &engine);
}

Test(nic, a_slower_cable_takes_longer_and_a_cut_one_holds) {
  send(NIC_OUT, 1000);
  engine_run(&engine, 4000);
  nic_set_speed(&nic, &engine, 0.5);
  engine_run(&engine, 6000); // half of the rest
  nic_set_speed(&nic, &engine, 0);
  engine_run(&engine, 100000);
  cr_assert_eq(ended, 0);
  nic_set_speed(&nic, &engine, 1);
  engine_run(&engine, 200000);
  cr_assert_eq(ends[0], 103000);
}

Test(nic, a_transfer_that_is_given_up_leaves_the_rest_to_others) {
  struct job *given_up = send(NIC_OUT, 1000);
  send(NIC_OUT, 1000);
  engine_run(&engine, 4000); // each has had 2000 ns of 8000
  station_remove(&nic.ways[NIC_OUT], &engine, given_up);
  slab_give(&engine.frames, &given_up->frame);
  engine_run(&engine, 100000);
  cr_assert_eq(ended, 1);
  cr_assert_eq(ends[0], 10000);
}

// M/G/1 under processor sharing: whatever the law of sizes, a transfer takes 1 / (1 - load) times as long as
// alone (Sakata, Noguchi & Oizumi 1971). Load 0.6: 2.5.
Test(nic, sharing_slows_large_and_small_alike) {
  luck = (struct random_stream){42};
  to_come = 200000;
  gap = 5000 * 8 / 0.6;
  engine_arm(&engine, slab_take(&engine.frames, KIND_ARRIVAL), 0, EVENT_ARRIVAL);
  engine_run(&engine, INT64_MAX / 4);
  cr_assert_eq(ended, 200000);
  for (int size = 0; size < 2; size++) {
    double mean = slowdown_sum[size] / slowdown_count[size];
    cr_assert_float_eq(mean, 2.5, 0.1, "size %d: %g", size, mean);
  }
  double given = station_given(&nic.ways[NIC_OUT], engine.now);
  cr_assert_float_eq(given, (double)nic.bytes[NIC_OUT] * 8, 2.0 * ended,
                     "8 ns a byte; each end rounds by one");
}
