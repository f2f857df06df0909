#include "disk.h"
#include "random.h"
#include "reading.h"
#include "ziggurat.h"

#include <criterion/criterion.h>
#include <math.h>

enum { KIND_OPERATION = 1, KIND_ARRIVAL };
enum stage { TURNING, ACCESSING };

struct operation {
  struct job job;
  int64_t began;
  enum stage stage;
  int64_t bytes;
};
_Static_assert(sizeof(struct operation) <= FRAME_BYTES, "an operation is a frame");

static struct arena arena;
static struct diagnostics diagnostics;
static struct field_context context;
static struct memory_budget budget;
static struct engine engine;
static struct disk_type type;
static struct disk disk;
static int64_t ends[16];
static int ended, waits;
static double sojourn_sum;
static struct random_stream luck;
static double gap;
static int to_come;
static bool closed; // each end is followed by another operation

static void start(int64_t bytes);

static void finish(struct operation *operation) {
  if (ended < 16) ends[ended] = engine.now;
  ended++;
  sojourn_sum += (double)(engine.now - operation->began);
  int64_t bytes = operation->bytes;
  slab_give(&engine.frames, &operation->job.frame);
  if (closed) start(bytes);
}

static void access_it(struct operation *operation) {
  operation->stage = ACCESSING;
  if (!disk_access(&disk, &engine, &operation->job, &luck)) finish(operation);
}

static void start(int64_t bytes) {
  struct operation *operation = slab_take(&engine.frames, KIND_OPERATION);
  job_reset(&operation->job, 0);
  operation->began = engine.now;
  operation->stage = TURNING;
  operation->bytes = bytes;
  if (!disk_submit(&disk, &engine, &operation->job, bytes)) access_it(operation);
}

static void on_operation(void *unused, struct frame *frame) {
  (void)unused;
  struct operation *operation = (struct operation *)(void *)frame;
  cr_assert_eq(operation->job.standing, JOB_SERVED);
  waits++;
  station_finish(operation->job.at.station, &engine, &operation->job);
  if (operation->stage == TURNING) {
    access_it(operation);
  } else {
    finish(operation);
  }
}

static void on_arrival(void *unused, struct frame *frame) {
  (void)unused;
  start(0);
  if (--to_come > 0)
    engine_arm(&engine, frame, engine.now + (int64_t)(gap * ziggurat_exponential(&luck)), EVENT_ARRIVAL);
}

static engine_handler *const handlers[ENGINE_KINDS] = {
    [KIND_OPERATION] = on_operation, [KIND_ARRIVAL] = on_arrival};

static void begin(void) {
  reading_begin(&arena, &diagnostics, &context);
  memory_budget_init(&budget);
  engine_init(&engine, &budget, handlers, NULL);
  luck = (struct random_stream){7};
  ended = 0;
  closed = false;
}

static void end(void) {
  if (disk.type != NULL) disk_drop(&disk, &engine);
  engine_drop(&engine);
  cr_assert_eq(budget.used, 0);
  arena_drop(&arena);
}

TestSuite(disk, .init = begin, .fini = end);

// Single quotes for double ones.
static void build(const char *written) {
  const struct node *node = reading_nodes(&context, written);
  cr_assert(field_decode(&disk_table, node, &type, &context), "%s", written);
  disk_init(&disk, &engine, &type);
}

Test(disk, the_table_is_sound) {
  cr_assert_null(field_table_fault(&disk_table, &arena), "%s", field_table_fault(&disk_table, &arena));
}

Test(disk, the_defaults_are_a_gp3_volume) {
  build("{}");
  cr_assert_eq(type.iops, 3000);
  cr_assert_eq(type.bandwidth, 125e6);
  cr_assert_eq(type.depth, STATION_UNLIMITED);
  cr_assert_float_eq(distribution_quantile(&type.latency, 0.5), 0.5e6, 1);
  cr_assert_float_eq(distribution_quantile(&type.latency, 0.99), 2e6, 10);
  cr_assert_eq(disk_turn(&type, 0), 333333);
  cr_assert_eq(disk_turn(&type, 125000), 1333333, "a ms for its bytes");
}

// A turn of 1 ms and then 5 ms: three that come together have their turns one after the other, and their
// latencies side by side.
Test(disk, turns_queue_and_latencies_overlap) {
  build("{'iops': 1000, 'latency': '5ms'}");
  for (int i = 0; i < 3; i++) start(0);
  cr_assert_eq(disk.device.queued.inside, 2);
  engine_run(&engine, 1000000000);
  for (int i = 0; i < 3; i++) cr_assert_eq(ends[i], (6 + i) * 1000000, "%d: %ld", i, (long)ends[i]);
  cr_assert_eq(waits, 6, "two waits each");
}

// The same with a depth of one: the latencies follow each other, too.
Test(disk, the_depth_limits_how_many_overlap) {
  build("{'iops': 1000, 'latency': '5ms', 'depth': 1}");
  for (int i = 0; i < 3; i++) start(0);
  struct disk_areas from, until;
  disk_note(&disk, 0, &from);
  engine_run(&engine, 20000000);
  disk_note(&disk, 20000000, &until);
  for (int i = 0; i < 3; i++) cr_assert_eq(ends[i], (6 + 5 * i) * 1000000);
  cr_assert_float_eq(disk_utilization(&disk, &from, &until, 20000000), 0.75, 1e-12,
                     "its one place: 15 of 20 ms");
  // Turns: the second waits 1 ms, the third 2. Places: from 2 to 6, and from 3 to 11.
  cr_assert_float_eq(disk_queue(&from, &until, 20000000), (1 + 2 + 4 + 8) / 20.0, 1e-12);
  cr_assert_eq(until.operations, 3);
}

Test(disk, bytes_take_time_on_the_device) {
  build("{'iops': 'unlimited', 'latency': '0s', 'bandwidth': '8Mbps'}");
  start(1000); // 1 ms
  start(500);
  engine_run(&engine, 1000000000);
  cr_assert_eq(ends[0], 1000000);
  cr_assert_eq(ends[1], 1500000);
  cr_assert_eq(disk.bytes, 1500);
  cr_assert_eq(waits, 2, "no latency, no second wait");
}

Test(disk, what_is_unlimited_takes_no_wait_at_all) {
  build("{'iops': 'unlimited', 'latency': '0s', 'bandwidth': 'unlimited'}");
  start(1 << 30);
  cr_assert_eq(ended, 1);
  cr_assert_eq(waits, 0);
}

Test(disk, a_frozen_disk_holds_everything) {
  build("{'iops': 'unlimited', 'latency': '0s'}");
  disk_set_speed(&disk, &engine, 0);
  start(0);
  engine_run(&engine, 1000);
  cr_assert_eq(ended, 0);
  disk_set_speed(&disk, &engine, 1);
  engine_run(&engine, 1001);
  cr_assert_eq(ended, 1);
}

// Poisson arrivals before a turn of constant length are M/D/1: load / (2 (1 - load)) turns of waiting
// (Pollaczek & Khinchine). Load 0.8 of 1 ms: 2 ms, and then the turn and a mean latency of 3 ms.
Test(disk, operations_wait_as_pollaczek_and_khinchine_say) {
  build("{'iops': 1000, 'latency': {'exponential': {'mean': '3ms'}}}");
  to_come = 400000;
  gap = 1e6 / 0.8;
  engine_arm(&engine, slab_take(&engine.frames, KIND_ARRIVAL), 0, EVENT_ARRIVAL);
  engine_run(&engine, INT64_MAX / 4);
  cr_assert_eq(ended, 400000);
  double mean = sojourn_sum / ended;
  cr_assert_float_eq(mean, 6e6, 0.1e6, "%g", mean);
}

// Fifty that always have an operation outstanding: iops or depth / latency, whichever is less.
static double saturated(const char *written) {
  build(written);
  closed = true;
  for (int i = 0; i < 50; i++) start(0);
  engine_run(&engine, INT64_C(100000000000));
  closed = false;
  double rate = ended / 100.0;
  engine_run(&engine, INT64_MAX / 4);
  return rate;
}

Test(disk, a_saturated_disk_gives_its_operations_a_second) {
  double rate = saturated("{'iops': 2000, 'latency': {'exponential': {'mean': '2ms'}}}");
  cr_assert_float_eq(rate, 2000, 2);
}

Test(disk, or_its_depth_over_the_latency) {
  double rate = saturated("{'iops': 2000, 'latency': {'exponential': {'mean': '2ms'}}, 'depth': 2}");
  cr_assert_float_eq(rate, 1000, 10, "%g", rate); // of 100000 exponential times: 0.3%
}
