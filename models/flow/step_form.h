// The steps of `handles` as they are written: what the tables decode, for the compiler.
#ifndef HEADROOM_STEP_FORM_H
#define HEADROOM_STEP_FORM_H

#include "field.h"
#include "policy.h"

#include <stdint.h>

// The item of a `handles` list: one step. For FIELD_LIST(…, program_step_item).
extern const struct field program_step_item;

// The names of the steps, for `headroom doc steps`.
const struct field_alternative *program_step_alternative(size_t index);

// The places of the alternatives of program_step_item.
enum written_step {
  WRITTEN_CPU,
  WRITTEN_DISK,
  WRITTEN_MEMORY,
  WRITTEN_WAIT,
  WRITTEN_CALL,
  WRITTEN_READ,
  WRITTEN_WRITE,
  WRITTEN_PUBLISH,
  WRITTEN_PARALLEL,
  WRITTEN_CHOOSE,
  WRITTEN_REPEAT,
  WRITTEN_FAIL,
  WRITTEN_RESPOND
};

struct cpu_step {
  struct distribution cpu;
};

struct disk_step {
  struct variant disk; // a count or a size
};

struct memory_step {
  int64_t memory;
};

struct wait_step {
  struct distribution wait;
};

struct call_step {
  struct reference call;
  const char *request;
  struct variant fallback;
  struct policy_settings policies;
};

// `read` and `write`: `dataset` is the head, `component` is "from" or "to".
struct keyed_step {
  struct reference dataset;
  struct reference component;
  int key; // the place in keyed_sources
  struct distribution times;
  bool together;
  struct variant fallback;
  struct policy_settings policies;
};

struct publish_step {
  const char *publish;
  struct reference to;
  struct variant fallback;
  struct policy_settings policies;
};

struct parallel_step {
  struct variant parallel;
  struct list steps;
  struct variant wait_for;
  bool cancel;
};

struct chance {
  double chance;
  struct list steps;
};

struct choose_step {
  struct list choose;
};

struct repeat_step {
  struct distribution repeat;
  struct list steps;
};

struct fail_step {
  double fail;
};

struct respond_step {
  struct variant respond; // a size or a dataset
};

#endif
