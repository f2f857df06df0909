#include "random.h"
#include "station.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>

enum { KIND_JOB = 1, KIND_TIMER };
enum { JOBS = 160 };

struct task {
  struct job job;
  int number;
};
_Static_assert(sizeof(struct task) <= FRAME_BYTES, "a task is a frame");

static struct memory_budget budget;
static struct engine engine;
static struct station station;
static struct random_stream luck;
static struct task *tasks[JOBS];
static int64_t ended[JOBS]; // when it was woken, or -1
static int wakes[JOBS];
static int order_of_ends[JOBS];
static int ends;

static void on_job(void *context, struct frame *frame) {
  (void)context;
  struct task *task = (struct task *)(void *)frame;
  if (task->job.standing == JOB_NOWHERE) {
    cr_assert_eq(station.discipline, STATION_PS, "only who shared has left already");
  } else {
    cr_assert_eq(task->job.standing, JOB_SERVED);
    station_finish(&station, &engine, &task->job);
    cr_assert_eq(task->job.standing, JOB_NOWHERE);
  }
  ended[task->number] = engine.now;
  wakes[task->number]++;
  order_of_ends[ends++] = task->number;
}

static void on_timer(void *context, struct frame *frame) {
  (void)context;
  cr_assert_eq(frame, station.timer);
  station_timer(&station, &engine);
}

static engine_handler *const handlers[ENGINE_KINDS] = {[KIND_JOB] = on_job, [KIND_TIMER] = on_timer};

static void begin_with(enum station_discipline discipline, int64_t servers, double speed) {
  memory_budget_init(&budget);
  engine_init(&engine, &budget, handlers, NULL);
  cr_assert(station_init(&station, &engine, discipline, servers, speed, KIND_TIMER));
  ends = 0;
  for (int i = 0; i < JOBS; i++) {
    tasks[i] = NULL;
    ended[i] = -1;
    wakes[i] = 0;
  }
}

static void end(void) {
  uint32_t frames = slab_live(&engine.frames) - (station.timer != NULL);
  station_drop(&station, &engine);
  cr_assert_eq(slab_live(&engine.frames), frames,
               "the timer of a sharing station was given back, and nothing else");
  engine_drop(&engine);
  cr_assert_eq(budget.used, 0, "every byte was given back");
}

static struct job *job_new(int number, uint8_t level) {
  struct task *task = slab_take(&engine.frames, KIND_JOB);
  cr_assert_not_null(task);
  job_reset(&task->job, level);
  task->number = number;
  tasks[number] = task;
  return &task->job;
}

static struct job *submit(int number, uint8_t level, int64_t work) {
  struct job *job = job_new(number, level);
  station_submit(&station, &engine, job, work);
  return job;
}

// ---- By hand
// ------------------------------------------------------------------------------------------------------

static void expect_ends(const int64_t *times, int count) {
  for (int i = 0; i < count; i++)
    cr_assert_eq(ended[i], times[i], "job %d ended at %ld, expected %ld", i, (long)ended[i], (long)times[i]);
}

Test(station, the_words_of_the_language) {
  const char *const words[] = {"ps", "fcfs", "lifo", "priority", "priority-preemptive"};
  for (int i = STATION_PS; i <= STATION_PRIORITY_PREEMPTIVE; i++)
    cr_assert_str_eq(station_disciplines[i], words[i]);
  cr_assert_null(station_disciplines[STATION_PRIORITY_PREEMPTIVE + 1]);
}

// Three jobs of 100, 50 and 10 ns come at 0, 10 and 20; levels 2, 1, 0.
static void three(enum station_discipline discipline, const int64_t *times) {
  begin_with(discipline, 1, 1);
  submit(0, 2, 100);
  engine_run(&engine, 10);
  submit(1, 1, 50);
  engine_run(&engine, 20);
  submit(2, 0, 10);
  engine_run(&engine, 1000);
  expect_ends(times, 3);
  end();
}

Test(station, three_jobs_under_each_discipline) {
  three(STATION_FCFS, (int64_t[]){100, 150, 160});
  three(STATION_LIFO, (int64_t[]){100, 160, 110});
  three(STATION_PRIORITY, (int64_t[]){100, 160, 110});
  three(STATION_PRIORITY_PREEMPTIVE, (int64_t[]){160, 70, 30});
  // Shares: 10 alone, then 5 each to 20 (85, 45, 10 are left), thirds to 50 (75, 35), halves to 120, alone.
  three(STATION_PS, (int64_t[]){160, 120, 50});
}

Test(station, an_interrupted_job_goes_before_its_equals) {
  begin_with(STATION_PRIORITY_PREEMPTIVE, 1, 1);
  struct job *victim = submit(0, 3, 100);
  engine_run(&engine, 10);
  submit(1, 3, 5);
  submit(2, 1, 20);
  cr_assert_eq(victim->standing, JOB_WAITING);
  cr_assert_eq(victim->served, 10, "it keeps what it has received");
  engine_run(&engine, 1000);
  expect_ends((int64_t[]){120, 125, 30}, 3);
  cr_assert_eq(victim->waited, 20);
  cr_assert_eq(victim->served, 100);
  end();
}

Test(station, equals_do_not_interrupt_and_the_last_to_start_is_interrupted) {
  begin_with(STATION_PRIORITY_PREEMPTIVE, 2, 1);
  submit(0, 4, 100);
  submit(1, 4, 100);
  submit(2, 4, 100);
  cr_assert_eq(tasks[2]->job.standing, JOB_WAITING);
  submit(3, 3, 10);
  cr_assert_eq(tasks[0]->job.standing, JOB_SERVED);
  cr_assert_eq(tasks[1]->job.standing, JOB_WAITING);
  engine_run(&engine, 1000);
  expect_ends((int64_t[]){100, 110, 200, 10}, 4);
  end();
}

// ---- Against lists
// ---------------------------------------------------------------------------------------------------

// The reference holds everyone in one array and looks through all of it for each decision. Works, times and
// speeds are such that its doubles are exact: whole multiples of 2^36 and powers of two.
enum standing { OUT, WAITS, SERVES };

struct like {
  enum standing standing;
  uint8_t level;
  double left;
  double served;
  int64_t since;
  int64_t waited;
  int64_t ended;
  int64_t rank; // of those that wait: the lowest goes first; of those served: the order of starting
};

static struct reference {
  enum station_discipline discipline;
  struct like jobs[JOBS];
  int64_t servers;
  double speed;
  int64_t now;
  int64_t ranks;
  double busy_area, queued_area, received;
} reference;

static int count_of(enum standing standing) {
  int count = 0;
  for (int i = 0; i < JOBS; i++) count += reference.jobs[i].standing == standing;
  return count;
}

static uint8_t urgency(const struct like *like) {
  return reference.discipline >= STATION_PRIORITY ? like->level : 0;
}

static struct like *next_waiting(void) {
  struct like *best = NULL;
  for (int i = 0; i < JOBS; i++) {
    struct like *like = &reference.jobs[i];
    if (like->standing != WAITS) continue;
    if (best == NULL || urgency(like) < urgency(best) ||
        (urgency(like) == urgency(best) && like->rank < best->rank)) {
      best = like;
    }
  }
  return best;
}

static void like_starts(struct like *like) {
  like->standing = SERVES;
  like->rank = ++reference.ranks;
}

static void like_fill(void) {
  while (count_of(WAITS) > 0 && count_of(SERVES) < reference.servers && reference.speed > 0) {
    struct like *like = next_waiting();
    like->waited += reference.now - like->since;
    like_starts(like);
  }
}

// Whoever waits goes in at the back, or at the front where the last come is the next or it was interrupted.
static void like_waits(struct like *like, bool front) {
  like->standing = WAITS;
  like->since = reference.now;
  like->rank = front ? -++reference.ranks : ++reference.ranks;
}

static void like_submit(int number, uint8_t level, double work) {
  struct like *like = &reference.jobs[number];
  *like = (struct like){.level = level, .left = work, .ended = -1};
  if (count_of(SERVES) < reference.servers && reference.speed > 0) {
    like_starts(like);
    return;
  }
  struct like *victim = NULL;
  for (int i = 0; i < JOBS && reference.discipline == STATION_PRIORITY_PREEMPTIVE; i++) {
    struct like *other = &reference.jobs[i];
    if (other->standing != SERVES || other->level <= level) continue;
    if (victim == NULL || other->level > victim->level ||
        (other->level == victim->level && other->rank > victim->rank)) {
      victim = other;
    }
  }
  if (victim != NULL) {
    like_waits(victim, true);
    like_starts(like);
  } else {
    like_waits(like, reference.discipline == STATION_LIFO);
  }
}

static void like_pass(int64_t to) {
  double span = (double)(to - reference.now);
  reference.busy_area += span * count_of(SERVES);
  reference.queued_area += span * count_of(WAITS);
  for (int i = 0; i < JOBS; i++) {
    struct like *like = &reference.jobs[i];
    if (like->standing != SERVES) continue;
    like->left -= span * reference.speed;
    like->served += span * reference.speed;
    reference.received += span * reference.speed;
  }
  reference.now = to;
}

static void like_run(int64_t until) {
  for (;;) {
    struct like *first = NULL;
    for (int i = 0; i < JOBS && reference.speed > 0; i++) {
      struct like *like = &reference.jobs[i];
      if (like->standing == SERVES && (first == NULL || like->left < first->left)) first = like;
    }
    double due = first == NULL ? INFINITY : (double)reference.now + first->left / reference.speed;
    if (due > (double)until) break;
    like_pass((int64_t)due);
    first->standing = OUT;
    first->ended = reference.now;
    like_fill();
  }
  like_pass(until);
}

static void like_remove(int number) {
  struct like *like = &reference.jobs[number];
  if (like->standing == WAITS) like->waited += reference.now - like->since;
  bool served = like->standing == SERVES;
  like->standing = OUT;
  if (served) like_fill();
}

static void compare(uint64_t seed, int submitted) {
  unsigned long of = (unsigned long)seed;
  for (int i = 0; i < submitted; i++) {
    const struct like *like = &reference.jobs[i];
    const struct job *job = &tasks[i]->job;
    enum job_standing standing = like->standing == OUT     ? JOB_NOWHERE
                                 : like->standing == WAITS ? JOB_WAITING
                                                           : JOB_SERVED;
    cr_assert_eq(job->standing, standing, "seed %lu job %d stands %d, expected %d", of, i, job->standing,
                 standing);
    cr_assert_eq(ended[i], like->ended, "seed %lu job %d ended at %ld, expected %ld", of, i, (long)ended[i],
                 (long)like->ended);
    cr_assert_leq(wakes[i], 1);
    cr_assert_eq(job->waited, like->waited, "seed %lu job %d", of, i);
    if (like->standing != SERVES) cr_assert_eq((double)job->served, like->served, "seed %lu job %d", of, i);
  }
  cr_assert_eq(station.busy.inside, count_of(SERVES));
  cr_assert_eq(station.queued.inside, count_of(WAITS));
  cr_assert_eq((double)level_area(&station.busy, engine.now), reference.busy_area, "seed %lu", of);
  cr_assert_eq((double)level_area(&station.queued, engine.now), reference.queued_area, "seed %lu", of);
  double allowed = 1e-12 * reference.received;
  cr_assert(fabs(station_given(&station, engine.now) - reference.received) <= allowed,
            "seed %lu: given %g of %g", of, station_given(&station, engine.now), reference.received);
  cr_assert(fabs(station_received(&station, engine.now) - reference.received) <= allowed,
            "seed %lu: received %g of %g", of, station_received(&station, engine.now), reference.received);
}

static const int64_t grain = INT64_C(1) << 36;

static void one_history(enum station_discipline discipline, uint64_t seed) {
  luck = random_named(seed, (uint32_t)discipline, "station", "lists");
  int64_t servers = 1 + (int64_t)random_below(&luck, 4);
  double speed = ldexp(1, (int)random_below(&luck, 3) - 1);
  begin_with(discipline, servers, speed);
  reference = (struct reference){.discipline = discipline, .servers = servers, .speed = speed};
  int submitted = 0, speeds = 0;
  uint64_t levels = 1 + random_below(&luck, JOB_LEVELS);
  while (submitted < JOBS) {
    int64_t until = engine.now + grain * (int64_t)random_below(&luck, 6);
    engine_run(&engine, until);
    like_run(until);
    uint64_t choice = random_below(&luck, 20);
    int victim = submitted == 0 ? 0 : (int)random_below(&luck, (uint64_t)submitted);
    if (choice == 0 && speeds < 7) {
      speed = random_below(&luck, 4) == 0 ? 0 : ldexp(1, (int)random_below(&luck, 5) - 2);
      station_set_speed(&station, &engine, speed);
      reference.speed = speed;
      like_fill();
      speeds++;
    } else if (choice == 1) {
      servers = (int64_t)random_below(&luck, 6);
      if (servers == 5) servers = STATION_UNLIMITED;
      station_set_servers(&station, &engine, servers);
      reference.servers = servers;
      like_fill();
    } else if (choice <= 4 && submitted > 0) {
      // Whoever has left already is not minded.
      station_remove(&station, &engine, &tasks[victim]->job);
      if (reference.jobs[victim].standing != OUT) like_remove(victim);
    } else {
      uint8_t level = (uint8_t)random_below(&luck, levels);
      int64_t work = random_below(&luck, 6) == 0 ? 0 : grain * (int64_t)random_below(&luck, 20);
      submit(submitted, level, work);
      like_submit(submitted, level, (double)work);
      submitted++;
    }
    compare(seed, submitted);
  }
  station_set_servers(&station, &engine, 3);
  reference.servers = 3;
  like_fill();
  station_set_speed(&station, &engine, 1);
  reference.speed = 1;
  like_fill();
  int64_t until = engine.now + 20000 * grain;
  engine_run(&engine, until);
  like_run(until);
  compare(seed, submitted);
  cr_assert_eq(count_of(SERVES) + count_of(WAITS), 0, "all have left");
  cr_assert_eq(station.waiting.occupied, 0);
  cr_assert_eq(station.serving.occupied, 0);
  end();
}

static void many_histories(enum station_discipline discipline) {
  for (uint64_t seed = 0; seed < 150; seed++) one_history(discipline, seed);
}

Test(station, fcfs_against_lists) {
  many_histories(STATION_FCFS);
}

Test(station, lifo_against_lists) {
  many_histories(STATION_LIFO);
}

Test(station, priority_against_lists) {
  many_histories(STATION_PRIORITY);
}

Test(station, priority_preemptive_against_lists) {
  many_histories(STATION_PRIORITY_PREEMPTIVE);
}

// ---- Sharing, by integration
// --------------------------------------------------------------------------------------------

// Every job's remaining work as a long double; between two ends all rates are constant. The clock of the
// station is whole: an end may be off by a nanosecond, or by the time that half a nanosecond of work takes,
// and passes that on to those that stay.
static struct shares {
  long double left[JOBS];
  long double work[JOBS];
  long double ended[JOBS];
  bool inside[JOBS];
  int64_t servers;
  double speed;
  long double now;
  long double allowed; // by how many ns an end may be off by now
  long double busy_area;
  long double received;
} shares;

static int sharing(void) {
  int count = 0;
  for (int i = 0; i < JOBS; i++) count += shares.inside[i];
  return count;
}

static long double share(void) {
  int count = sharing();
  return count == 0               ? 0
         : count < shares.servers ? (long double)shares.speed
                                  : (long double)shares.speed * (long double)shares.servers / count;
}

static void shares_pass(long double to) {
  int count = sharing();
  long double busy = count < shares.servers ? count : (long double)shares.servers;
  shares.busy_area += busy * (to - shares.now);
  long double each = share() * (to - shares.now);
  for (int i = 0; i < JOBS; i++) {
    if (!shares.inside[i]) continue;
    shares.left[i] -= each;
    shares.received += each;
  }
  shares.now = to;
}

static void shares_run(int64_t until) {
  for (;;) {
    int first = -1;
    for (int i = 0; i < JOBS; i++)
      if (shares.inside[i] && (first < 0 || shares.left[i] < shares.left[first])) first = i;
    long double rate = share();
    long double due = first < 0 || rate <= 0 ? INFINITY : shares.now + fmaxl(0, shares.left[first]) / rate;
    if (due > (long double)until) break;
    shares_pass(due);
    shares.allowed += 2 + 2 / rate;
    shares.inside[first] = false;
    shares.ended[first] = due;
  }
  shares_pass((long double)until);
}

static void shares_compare(uint64_t seed, int submitted) {
  unsigned long of = (unsigned long)seed;
  for (int i = 0; i < submitted; i++) {
    bool inside = tasks[i]->job.standing != JOB_NOWHERE;
    bool near = shares.inside[i] ? shares.left[i] <= shares.allowed * (1 + shares.speed)
                                 : shares.ended[i] >= shares.now - shares.allowed;
    cr_assert(inside == shares.inside[i] || near, "seed %lu job %d is %d inside", of, i, inside);
    cr_assert_eq(tasks[i]->job.waited, 0, "sharing makes nobody wait");
    if (inside || shares.inside[i]) continue;
    cr_assert_leq(wakes[i], 1);
    if (ended[i] < 0) continue; // removed
    cr_assert(fabsl((long double)ended[i] - shares.ended[i]) <= shares.allowed,
              "seed %lu job %d ended at %ld, expected %Lf within %Lf", of, i, (long)ended[i], shares.ended[i],
              shares.allowed);
    cr_assert_eq((long double)tasks[i]->job.served, shares.work[i]);
  }
  double given = station_given(&station, engine.now), received = station_received(&station, engine.now);
  // A job that has a server of its own ends at a whole nanosecond.
  long double whole = (1 + shares.speed) * (long double)station.busy.inside;
  long double allowed = shares.allowed * (1 + shares.speed) * 8 + whole + 1e-12L * shares.received;
  cr_assert(fabsl(given - shares.received) <= allowed, "seed %lu: given %f of %Lf", of, given,
            shares.received);
  cr_assert(fabsl(received - shares.received) <= allowed, "seed %lu: received %f of %Lf", of, received,
            shares.received);
  cr_assert(fabsl((long double)level_area(&station.busy, engine.now) - shares.busy_area) <=
                shares.allowed * 8 + 1e-12L * shares.busy_area,
            "seed %lu", of);
}

static void one_sharing(uint64_t seed) {
  luck = random_named(seed, 0, "station", "shares");
  // The longest pass the 2^40 ns of virtual time at which it is set back.
  int64_t unit = seed % 4 == 0 ? INT64_C(40000000000) : seed % 4 == 1 ? 1000000 : INT64_C(100000000);
  int64_t servers = 1 + (int64_t)random_below(&luck, 5);
  double speed = 0.25 + 2 * random_unit(&luck);
  begin_with(STATION_PS, servers, speed);
  shares = (struct shares){.servers = servers, .speed = speed};
  int submitted = 0;
  bool shared = false;
  while (submitted < JOBS) {
    int64_t until = engine.now + (int64_t)random_below(&luck, (uint64_t)unit);
    engine_run(&engine, until);
    shares_run(until);
    uint64_t choice = random_below(&luck, 20);
    int victim = submitted == 0 ? 0 : (int)random_below(&luck, (uint64_t)submitted);
    if (choice == 0) {
      speed = random_below(&luck, 4) == 0 ? 0 : 0.1 + 3 * random_unit(&luck);
      station_set_speed(&station, &engine, speed);
      shares.speed = speed;
      shares.allowed += 1; // what was received before is booked whole
    } else if (choice == 1) {
      servers = (int64_t)random_below(&luck, 7);
      if (servers == 6) servers = STATION_UNLIMITED;
      station_set_servers(&station, &engine, servers);
      shares.servers = servers;
    } else if (choice <= 4 && submitted > 0) {
      // Only of one that is clearly inside can be said that it is removed and has not ended.
      if (!shares.inside[victim] || shares.left[victim] < shares.allowed * 4 + 100) continue;
      station_remove(&station, &engine, &tasks[victim]->job);
      shares.inside[victim] = false;
      shares.ended[victim] = shares.now;
      shares.allowed += 1; // what it received is booked whole
      long double got = shares.work[victim] - shares.left[victim];
      cr_assert(fabsl((long double)tasks[victim]->job.served - got) <=
                    shares.allowed * (1 + shares.speed) + 1,
                "seed %lu job %d was served %ld, expected %Lf", (unsigned long)seed, victim,
                (long)tasks[victim]->job.served, got);
      cr_assert_eq(tasks[victim]->job.served + tasks[victim]->job.work, (int64_t)shares.work[victim],
                   "what it has received and what is left make the whole");
    } else {
      int64_t work = random_below(&luck, 8) == 0 ? 0 : (int64_t)random_below(&luck, 2 * (uint64_t)unit);
      submit(submitted, 0, work);
      shares.inside[submitted] = true;
      shares.left[submitted] = shares.work[submitted] = (long double)work;
      submitted++;
    }
    if ((station.heap_count > 0) != shared) shares.allowed += 1; // who changes over is booked whole
    shared = station.heap_count > 0;
    shares_compare(seed, submitted);
  }
  station_set_servers(&station, &engine, 2);
  station_set_speed(&station, &engine, 1);
  shares.servers = 2;
  shares.speed = 1;
  int64_t until = engine.now + 400 * unit;
  engine_run(&engine, until);
  shares_run(until);
  shares_compare(seed, submitted);
  cr_assert_eq(station.busy.inside, 0, "all have left");
  end();
}

Test(station, sharing_against_integration) {
  for (uint64_t seed = 0; seed < 400; seed++) one_sharing(seed);
}

Test(station, equal_shares_end_together_in_the_order_of_arrival) {
  begin_with(STATION_PS, 2, 1);
  for (int i = 0; i < 20; i++) submit(i, 0, 1000);
  engine_run(&engine, 100000);
  for (int i = 0; i < 20; i++) {
    cr_assert_eq(ended[i], 10000);
    cr_assert_eq(order_of_ends[i], i);
  }
  end();
}

// A double of 2^58 cannot tell less than 32 ns apart: whoever comes late is served as exactly all the same.
Test(station, sharing_is_exact_however_long_the_station_has_been_busy) {
  begin_with(STATION_PS, 2, 1);
  int64_t long_since = INT64_C(1) << 58;
  submit(0, 0, 2 * long_since);
  engine_run(&engine, long_since);
  for (int i = 1; i <= 5; i++) {
    submit(i, 0, 1000 + i);
    engine_run(&engine, engine.now + 5000);
    cr_assert_eq(ended[i] - (engine.now - 5000), 1000 + i, "job %d took %ld", i,
                 (long)(ended[i] - (engine.now - 5000)));
  }
  engine_run(&engine, 2 * long_since + 1000);
  cr_assert(llabs(ended[0] - 2 * long_since) <= 128, "the long one ended %ld ns off",
            (long)(ended[0] - 2 * long_since));
  end();
}

// ---- What the servers give is what the jobs receive
// ---------------------------------------------------------------------

// As the audit of a run compares them; a nanosecond of the clock is `speed` ns of work.
static void one_account(enum station_discipline discipline, uint64_t seed) {
  luck = random_named(seed, (uint32_t)discipline, "station", "account");
  begin_with(discipline, 1 + (int64_t)random_below(&luck, 4), 0.2 + 6 * random_unit(&luck));
  double fastest = fmax(1, station.speed);
  for (int submitted = 0; submitted < JOBS;) {
    engine_run(&engine, engine.now + (int64_t)random_below(&luck, 60));
    uint64_t choice = random_below(&luck, 12);
    if (choice == 0) {
      station_set_speed(&station, &engine, random_below(&luck, 5) == 0 ? 0 : 0.2 + 6 * random_unit(&luck));
      fastest = fmax(fastest, station.speed);
    } else if (choice == 1) {
      station_set_servers(&station, &engine, 1 + (int64_t)random_below(&luck, 4));
    } else if (choice == 2 && submitted > 0) {
      station_remove(&station, &engine, &tasks[random_below(&luck, (uint64_t)submitted)]->job);
    } else {
      submit(submitted++, (uint8_t)random_below(&luck, JOB_LEVELS), (int64_t)random_below(&luck, 200));
    }
    cr_assert_eq(station.fastest, fastest);
    double given = station_given(&station, engine.now), received = station_received(&station, engine.now);
    double roundings = (double)station.changes + (double)station.busy.inside;
    cr_assert(fabs(given - received) <= roundings * fastest, "seed %lu: given %f, received %f, %lu changes",
              (unsigned long)seed, given, received, (unsigned long)station.changes);
  }
  end();
}

Test(station, given_is_received_at_any_speed) {
  for (uint64_t seed = 0; seed < 100; seed++)
    for (int i = STATION_PS; i <= STATION_PRIORITY_PREEMPTIVE; i++)
      one_account((enum station_discipline)i, seed);
}

Test(station, at_speed_one_the_account_is_exact) {
  for (int d = STATION_FCFS; d <= STATION_PRIORITY_PREEMPTIVE; d++) {
    luck = random_named(1, (uint32_t)d, "station", "exact");
    begin_with((enum station_discipline)d, 3, 1);
    int64_t whole = 0;
    for (int i = 0; i < JOBS; i++) {
      engine_run(&engine, engine.now + (int64_t)random_below(&luck, 100));
      int64_t work = (int64_t)random_below(&luck, 500);
      whole += work;
      submit(i, (uint8_t)random_below(&luck, JOB_LEVELS), work);
      cr_assert_eq(station_given(&station, engine.now), station_received(&station, engine.now));
    }
    engine_run(&engine, engine.now + 100000);
    cr_assert_eq((int64_t)station.received, whole);
    cr_assert_eq((int64_t)level_area(&station.busy, engine.now), whole);
    for (int i = 0; i < JOBS; i++) cr_assert_eq(wakes[i], 1);
    end();
  }
}

// ---- At the edges
// ------------------------------------------------------------------------------------------------

Test(station, a_frozen_station_keeps_its_jobs_and_goes_on_where_it_was) {
  for (int d = STATION_PS; d <= STATION_PRIORITY_PREEMPTIVE; d++) {
    begin_with((enum station_discipline)d, 1, 1);
    submit(0, 0, 100);
    engine_run(&engine, 30);
    station_set_speed(&station, &engine, 0);
    engine_run(&engine, 1000000);
    cr_assert_eq(ends, 0, "nothing ends while it is frozen");
    submit(1, 0, 10);
    engine_run(&engine, 2000000);
    cr_assert_eq(ends, 0);
    station_set_speed(&station, &engine, 1);
    engine_run(&engine, 3000000);
    int64_t first = d == STATION_PS ? 2000080 : 2000070, second = d == STATION_PS ? 2000020 : 2000080;
    expect_ends((int64_t[]){first, second}, 2);
    end();
  }
}

Test(station, unlimited_servers_make_nobody_wait) {
  for (int d = STATION_PS; d <= STATION_PRIORITY_PREEMPTIVE; d++) {
    begin_with((enum station_discipline)d, STATION_UNLIMITED, 1);
    for (int i = 0; i < JOBS; i++) submit(i, (uint8_t)(i % JOB_LEVELS), 1000 - i);
    cr_assert_eq(station.busy.inside, JOBS);
    engine_run(&engine, 1000);
    for (int i = 0; i < JOBS; i++) {
      cr_assert_eq(ended[i], 1000 - i);
      cr_assert_eq(tasks[i]->job.waited, 0);
    }
    end();
  }
}

Test(station, absurd_work_neither_overflows_nor_ends) {
  for (int d = STATION_PS; d <= STATION_PRIORITY_PREEMPTIVE; d++) {
    begin_with((enum station_discipline)d, 1, 1e-9);
    submit(0, 3, INT64_C(1) << 58);
    engine_run(&engine, INT64_C(1) << 50);
    cr_assert_eq(ends, 0);
    station_remove(&station, &engine, &tasks[0]->job);
    cr_assert_eq(tasks[0]->job.standing, JOB_NOWHERE);
    submit(1, 0, 0);
    engine_run(&engine, engine.now);
    cr_assert_eq(ended[1], engine.now, "no work takes no time at any speed");
    end();
  }
}

Test(station, sharing_without_memory_says_so) {
  for (uint64_t fail_at = 1; fail_at < 12; fail_at++) {
    memory_budget_init(&budget);
    budget.fail_at = fail_at;
    engine_init(&engine, &budget, handlers, NULL);
    bool made = station_init(&station, &engine, STATION_PS, 1, 1, KIND_TIMER);
    cr_assert(made || budget.exhausted);
    for (int i = 0; made && i < JOBS; i++) {
      struct task *task = slab_take(&engine.frames, KIND_JOB);
      if (task == NULL) break;
      job_reset(&task->job, 0);
      task->number = i;
      station_submit(&station, &engine, &task->job, 10);
    }
    cr_assert_eq(budget.exhausted, budget.requests >= fail_at);
    if (budget.exhausted) cr_assert_eq(engine_run(&engine, 5), ENGINE_EXHAUSTED);
    end();
  }
}
