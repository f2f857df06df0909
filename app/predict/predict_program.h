// What one visit does, read off its compiled program: the parts that predictions need and the traffic
// equations do not.
#ifndef HEADROOM_PREDICT_PROGRAM_H
#define HEADROOM_PREDICT_PROGRAM_H

#include "plan.h"
#include "program.h"

#include <stdbool.h>
#include <stdint.h>

// Times are ns at speed 1; sums are means over one visit.
struct predict_program {
  double computes;    // cpu steps
  double work;        // of all cpu steps
  double work_square; // sum of the cpu steps' second moments
  double waits;       // wait steps
  double waited;      // of all wait steps
  double calls;       // made
  double disk_operations;
  double disk_bytes;   // that these transfer
  double sent;         // bytes of its answer
  uint16_t sent_of;    // whose items an answer is; UINT16_MAX: no dataset's
  bool exponential;    // every cpu step is, and
  bool alike;          // all have the same mean
  double mean;         // of a cpu step, where they are alike
  bool again;          // more than one cpu step, or one more than once
  bool computes_after; // a cpu step comes after a call
  bool depends;        // whether it does all of this depends on calls that it makes
  bool breaks_off;     // branches may be cancelled, or it may fail where the sums above do not know
  bool parallel;       // several branches at once
  bool fails;          // it may fail by itself
  bool loops;          // a repeat has calls inside
  bool shakes;         // clients' new connections take its cores as well
  bool decides;        // its model decides what it does, by what happened before
};

// Called for each call in the order of the program; `times` is how often a visit makes it on average.
typedef void predict_call_visitor(void *context, const struct call_site *site, double times);

struct predict_program predict_program(const struct plan *plan, const struct program *program,
                                       predict_call_visitor *visitor, void *context);

// How long a visit stays when `stay` tells how long each call takes: of parallel branches that all must end,
// the longest by their means; of others, the shortest. `stretch` is a factor on computing.
typedef double predict_call_time(void *context, const struct call_site *site);
double predict_program_time(const struct program *program, double stretch, predict_call_time *stay,
                            void *context);

#endif
