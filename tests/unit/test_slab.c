#include "random.h"
#include "slab.h"

#include <criterion/criterion.h>
#include <stdlib.h>

static struct memory_budget budget;
static struct slab slab;

static void start(void) {
  memory_budget_init(&budget);
  slab_init(&slab, &budget);
}

static void finish(void) {
  slab_drop(&slab);
  cr_assert_eq(budget.used, 0, "every byte was given back");
}

TestSuite(slab, .init = start, .fini = finish);

static unsigned char *body(struct frame *frame) {
  return (unsigned char *)frame + sizeof(struct frame);
}

enum { BODY = FRAME_BYTES - (int)sizeof(struct frame) };

static void paint(struct frame *frame, unsigned char colour) {
  memset(body(frame), colour, BODY);
}

static bool is_painted(struct frame *frame, unsigned char colour) {
  for (int i = 0; i < BODY; i++)
    if (body(frame)[i] != colour) return false;
  return true;
}

Test(slab, frames_are_distinct_aligned_and_stay_where_they_are) {
  enum { MANY = 5000 };
  static struct frame *taken[MANY];
  for (uint32_t i = 0; i < MANY; i++) {
    taken[i] = slab_take(&slab, 3);
    cr_assert_not_null(taken[i]);
    cr_assert_eq((uintptr_t)taken[i] % 64, 0, "a frame begins a cache line");
    cr_assert_neq(taken[i]->index, 0, "index 0 refers to nothing");
    cr_assert_lt(taken[i]->index, FRAMES_MOST);
    paint(taken[i], (unsigned char)i);
  }
  cr_assert_eq(slab_live(&slab), MANY);
  for (uint32_t i = 0; i < MANY; i++) {
    cr_assert_eq(slab_at(&slab, taken[i]->index), taken[i], "frames never move");
    cr_assert(is_painted(taken[i], (unsigned char)i), "frames do not overlap");
  }
}

Test(slab, a_taken_frame_has_a_clean_head) {
  struct frame *frame = slab_take(&slab, 7);
  frame->armed = 77;
  frame->state = 5;
  frame->flags = 9;
  slab_give(&slab, frame);
  cr_assert_eq(frame->kind, 0);
  cr_assert_eq(frame->armed, 0, "whoever is given back waits for nothing");
  struct frame *again = slab_take(&slab, 8);
  cr_assert_eq(again, frame, "the slot last given back is the next");
  cr_assert_eq(again->kind, 8);
  cr_assert_eq(again->armed, 0);
  cr_assert_eq(again->state, 0);
  cr_assert_eq(again->flags, 0);
}

Test(slab, a_weak_reference_finds_its_frame_and_none_other) {
  struct frame *frame = slab_take(&slab, 1);
  struct frame_reference reference = frame_refer(frame);
  cr_assert_eq(slab_find(&slab, reference), frame);
  slab_give(&slab, frame);
  cr_assert_null(slab_find(&slab, reference), "it is gone");
  struct frame *other = slab_take(&slab, 1);
  cr_assert_eq(other->index, reference.index, "the slot is in use again");
  cr_assert_null(slab_find(&slab, reference), "and is someone else");
  cr_assert_eq(slab_find(&slab, frame_refer(other)), other);
  cr_assert_null(slab_find(&slab, (struct frame_reference){0}));
}

// Random takes and gives against a list of who should be there, with every reference ever made.
Test(slab, references_against_a_record_of_all_that_was_taken) {
  enum { ROUNDS = 40000, PAST = 4000 };
  struct owned {
    struct frame *frame;
    struct frame_reference reference;
  };
  static struct owned live[ROUNDS];
  static struct frame_reference dead[PAST];
  uint32_t count = 0, peak = 0, dead_count = 0;
  struct random_stream luck = random_named(1, 0, "slab", "test");
  for (int round = 0; round < ROUNDS; round++) {
    if (count == 0 || random_below(&luck, 100) < 54) {
      struct frame *frame = slab_take(&slab, (uint8_t)(1 + random_below(&luck, 15)));
      live[count++] = (struct owned){frame, frame_refer(frame)};
      if (count > peak) peak = count;
    } else {
      uint32_t victim = (uint32_t)random_below(&luck, count);
      dead[dead_count++ % PAST] = live[victim].reference;
      slab_give(&slab, live[victim].frame);
      live[victim] = live[--count];
    }
    if (round % 1000 != 0) continue;
    cr_assert_eq(slab_live(&slab), count);
    for (uint32_t i = 0; i < count; i++) cr_assert_eq(slab_find(&slab, live[i].reference), live[i].frame);
    for (uint32_t i = 0; i < dead_count && i < PAST; i++) cr_assert_null(slab_find(&slab, dead[i]));
  }
  cr_assert_leq(slab.chunk_count, peak / SLAB_CHUNK_FRAMES + 1, "no more than the most at once need");
  cr_assert_geq(count, 2 * SLAB_CHUNK_FRAMES, "several chunks were in use");
}

Test(slab, memory_is_bounded_by_the_peak_not_by_the_number_of_takes) {
  for (int i = 0; i < 100000; i++) slab_give(&slab, slab_take(&slab, 1));
  cr_assert_leq(budget.peak, 2 * SLAB_CHUNK_FRAMES * FRAME_BYTES);
  cr_assert_eq(slab.chunk_count, 1);
}

Test(slab, running_out_of_memory_is_told_and_leaves_the_frames_in_use) {
  struct frame *first = slab_take(&slab, 1);
  paint(first, 0xC3);
  budget.limit = budget.used + 8192;
  uint32_t taken = 1;
  while (slab_take(&slab, 2) != NULL) taken++;
  cr_assert(budget.exhausted);
  cr_assert_eq(slab_live(&slab), taken, "a refused one does not count");
  cr_assert(is_painted(first, 0xC3));
  budget.limit = SIZE_MAX;
  cr_assert_not_null(slab_take(&slab, 2), "with memory it goes on");
  cr_assert_eq(slab_live(&slab), taken + 1);
}

Test(slab, failure_at_every_request_leaves_no_leak) {
  for (uint64_t fail_at = 1; fail_at < 80; fail_at++) {
    struct memory_budget tight;
    struct slab other;
    memory_budget_init(&tight);
    tight.fail_at = fail_at;
    slab_init(&other, &tight);
    uint32_t taken = 0;
    while (taken < 70 * SLAB_CHUNK_FRAMES && slab_take(&other, 1) != NULL) taken++;
    cr_assert_eq(tight.exhausted, tight.requests >= fail_at);
    cr_assert_eq(tight.exhausted, taken < 70 * SLAB_CHUNK_FRAMES);
    cr_assert_eq(slab_live(&other), taken);
    slab_drop(&other);
    cr_assert_eq(tight.used, 0);
  }
}
