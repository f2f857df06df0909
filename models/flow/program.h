// What a request does at a component, compiled: one flat array of steps in which branches and loops are
// jumps.
#ifndef HEADROOM_PROGRAM_H
#define HEADROOM_PROGRAM_H

#include "field.h"
#include "policy.h"

#include <stdint.h>

struct plan;
struct component;

enum step_operation {
  STEP_CPU,      // `time` on a core of the machine
  STEP_DISK,     // the turn of one operation of `size` bytes on the machine's disk
  STEP_ACCESS,   // the latency of that operation
  STEP_MEMORY,   // holds `size` bytes of the machine's memory until the visit leaves
  STEP_WAIT,     // `time` passes, by `lane` where it is constant
  STEP_CALL,     // `call`; failed: `otherwise` where there is a fallback
  STEP_CHOOSE,   // with `chance` go on, else jump to `target`
  STEP_JUMP,     // to `target`
  STEP_REPEAT,   // draw `time` (a count); none: jump to `target`; else remember it
  STEP_AGAIN,    // one round less; rounds left: jump to `target`
  STEP_PARALLEL, // start the `count` branches that follow as STEP_BRANCH rows, wait for `needed`
  STEP_BRANCH,   // (data of STEP_PARALLEL) a branch starts at `target`, `count` times
  STEP_END,      // of a branch or of the program
  STEP_FAIL,     // with `chance` the visit fails
  STEP_RESPOND,  // reply now; what follows is off the caller's path
  STEP_DEGRADED, // from here on the answer is a degraded one
  STEP_MODEL // the component's model decides: its step() with the number `count`; BRANCH jumps to `target`
};

// Jumps are relative: `target` counts from the step that jumps.
struct step {
  uint8_t operation; // enum step_operation
  bool cancel;       // parallel: those not waited for are cancelled
  int32_t target;
  int32_t count;
  int32_t needed;
  int32_t otherwise; // call: 0, or where it goes on when it has failed
  double chance;     // model: expected, of going on; call: expected, of `otherwise`; both for predictions
  int64_t size;      // respond: bytes, unless `item`; disk, memory: bytes
  uint16_t dataset;  // respond: of the item whose size it has
  bool item;         // respond: it has an item's size
  bool in_hand;      // which is the one in the strand's hand, if that has one
  const struct distribution *time;
  const struct call_site *call;
};

// What a request asks of a component that holds items. Each pair of an operation and a dataset is a request
// of its own in the plan ("read products"), so that a component's programs are found as ever.
enum operation {
  OPERATION_PLAIN, // what clients and `call` send
  OPERATION_READ,
  OPERATION_WRITE,
  OPERATION_SET, // brings a cache an item that it has missed
  OPERATION_DROP // makes a cache forget one
};

// Which item of its dataset a call is about.
enum key_source {
  KEY_NONE,         // the call is about no item
  KEY_DRAW,         // by popularity, anew each time
  KEY_REQUEST,      // the client's request's own: the same whenever it asks about this dataset
  KEY_USER,         // the number of the user
  KEY_LAST_WRITTEN, // what this user wrote last, if the run still knows; else drawn
  KEY_NEW,          // one more than there were
  KEY_HAND,         // the item that this strand has in hand
  KEY_SAME          // the one that the calling visit is about itself
};

// A call as it is written at one place: whom, with which request, under which policies.
struct call_site {
  struct component *callee;
  uint16_t request;            // number; PROGRAM_SAME_REQUEST: the caller's own
  uint16_t dataset;            // of a keyed call
  uint8_t key;                 // enum key_source
  bool keeps;                  // the item stays in the caller's hand, for what follows (KEY_HAND)
  uint32_t number;             // of the site, for what a run keeps about it (budgets, running percentiles)
  const struct policy *policy; // NULL: none, the call is its one attempt
};

enum { PROGRAM_SAME_REQUEST = UINT16_MAX, PROGRAM_STEPS_MOST = 1000000, PROGRAM_NESTING_MOST = 16 };

struct program {
  const struct step *steps;
  uint32_t count;
};

// Expected use of one visit, for predictions: means per visit, as far as the program itself says.
struct program_demand {
  double cpu;               // ns
  double cpu_square;        // second moment of the sum, where the program is one cpu step; else NAN
  double wait;              // ns
  bool one_exponential_cpu; // the program is one exponential cpu step (and a respond at the end)
  bool one_cpu;             // the same with any law
};

// Reports the calls of a program: how often a visit makes each, on average, and whether it stays inside
// until they answer.
typedef void program_call_visitor(void *context, const struct call_site *site, double times);

// What one visit that follows the program uses on average; and a visitor for each call that it makes, with
// how often it does, in the order of the program.
struct program_demand program_demand(const struct program *program);
void program_calls(const struct program *program, program_call_visitor *visitor, void *context);

// Whether some visit that follows the program answers: not all of them fail by a `fail` before.
bool program_may_answer(const struct program *program);

// Whether no step of it can take time: it computes, waits, moves, and asks nobody.
bool program_is_instant(const struct program *program);

#endif
