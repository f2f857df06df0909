// The model interface: what a type of component gives to the flow. What a model does not need is NULL.
// Architecture.md: a component is one file and one line in registry.c.
#ifndef HEADROOM_MODEL_H
#define HEADROOM_MODEL_H

#include "int128.h"
#include "metric.h"
#include "plan.h"
#include "program.h"

#include <stdint.h>

struct sim;
struct visit;
struct instance;
struct call;
struct holding;
struct pool;
struct storage_form;
struct strand;

// What a handler tells the flow to do next; one loop in flow/ carries it out, so that no handler ever calls
// another.
enum verdict {
  VERDICT_NEXT,    // go on with the program of the visit's request
  VERDICT_WAIT,    // something else will wake the visit
  VERDICT_FORWARD, // the visit goes on to the instance that flow_forward() named
  VERDICT_REPLY,   // it is done
  VERDICT_FAIL,    // it has failed with the outcome that flow_fail() named
  VERDICT_BRANCH   // (of step() alone) the program goes on at the step's target
};

// Why an instance stops.
enum stop_reason { STOP_CRASH, STOP_REMOVED };

// How much one visit with a request uses, on average; for predictions and the audit. The function adds the
// visits that one visit causes elsewhere through `program_call_visitor`.
enum { MODEL_KINDS = 2, MODEL_ALL_DATASETS = UINT16_MAX };
struct model_demand {
  struct program_demand program;
  int64_t workers; // inside at once; POOL_UNLIMITED
  int64_t backlog;
  bool has_patience;
  bool uncertain;    // what it hands on may be less than what it takes, or more: lost, or sent again
  double background; // ns on cores of other instances of the component that it causes, off its own path
  // Where machines of the component are not offered the same: of what one visit uses and causes, ns on cores
  // of the busiest machine of each kind (primaries, replicas). All 0: they are.
  double busiest[MODEL_KINDS];
};

// A pool of an instance's tokens, for utilization, bottlenecks and the audit; integrals over the window.
struct model_tokens {
  const char *name; // "workers"
  const struct pool *pool;
  int128 taken;
  int128 queued;
};

// "published = acknowledged + waiting": how much stands on its left, and on its right.
typedef void model_ledger_check(void *context, const char *identity, uint64_t left, uint64_t right);

struct model {
  // Its word in the language, what it is, its table (whose record begins with a struct deployment), and, as
  // `user`, itself.
  struct field_alternative form;
  bool forwards;      // it hands visits on and has no programs of its own
  bool postpones;     // it hands on later what it takes: who sends it something does not wait for that
  bool one_of_a_kind; // its instances know of each other: no place overrides it
  // Keys of parameters that are the same in all places, since others build upon them; ends with NULL. NULL:
  // none.
  const char *const *common;
  bool everywhere;        // it stands nowhere: it is at hand for whoever asks, without a hop; one instance
  uint32_t volatile_size; // bytes of an instance's state that a crash loses
  uint32_t durable_size;  // bytes that survive it

  // What it reports beside what every component does (metric.h), and how many rows these are.
  const struct metric *metrics;
  size_t metric_count;

  // At load time, before anything is compiled: adds the request names that the component may send to the
  // plan.
  void (*collect)(const void *parameters, struct plan *plan);
  // At load time, once: resolves references, compiles programs, checks what rows cannot say. Fills
  // component->programs and component->compiled. Of a component that is `wrong`, parameters may be missing,
  // as field_decode() says; what is left is compiled for the sake of its errors.
  bool (*compile)(struct component *component, struct plan *plan, struct field_context *context);
  // Once all components are compiled and none is wrong: what only the programs of others tell.
  void (*judge)(const struct component *component, const struct plan *plan, struct field_context *context);
  // A visit has arrived at a serving instance.
  enum verdict (*enter)(struct sim *sim, struct visit *visit);
  // A visit that was told to WAIT has been woken (granted a token, its patience over, its timer due).
  enum verdict (*resume)(struct sim *sim, struct visit *visit);
  // A STEP_MODEL of one of the component's programs: NEXT, BRANCH, FAIL, or WAIT, after which
  // flow_wake_strand() lets the program go on at its next step.
  enum verdict (*step)(struct sim *sim, struct strand *strand, int32_t number);
  // Which instance of the component a visit goes to, which comes from `from`; `call` (NULL: none) knows those
  // that were tried. The visit may take a holding. NULL: none can be named. Without this function: the
  // nearest place, round robin.
  struct instance *(*route)(struct sim *sim, struct visit *visit, const struct component *component,
                            const struct network_end *from, const struct call *call);
  // Whether the instance of that number in a place goes by a name beside its number, where instances have
  // roles: what stands in an address of the timeline after the place. Such a component is not scaled while it
  // runs. `called_as` says which names there are.
  bool (*called)(const struct component *component, uint16_t place, int64_t number, const char *name);
  const char *called_as;
  // What it holds, as its parameters say; of a component that stores items.
  void (*storage)(const void *parameters, struct storage_form *form);
  // Corrects what it has used since the start, as it charges for it; NULL: instances, visits, bytes of
  // answers.
  void (*used)(const struct sim *sim, const struct component *component, struct price_use *use);
  // The regions where it stands besides any data center, a list of names; empty: all. Of what has edges.
  const struct list *(*edges)(const void *parameters);
  // A timer of the instance, set by flow_timer(), has come due.
  void (*timer)(struct sim *sim, struct instance *instance, uint64_t number);
  // An instance begins to serve (its volatile state is zero), stops, or comes back after a crash (then start
  // follows).
  bool (*start)(struct sim *sim, struct instance *instance);
  void (*stop)(struct sim *sim, struct instance *instance, enum stop_reason reason);
  void (*recover)(struct sim *sim, struct instance *instance);
  // It keeps copies of items of that dataset, which flush() forgets; of a component that is not `wrong`.
  bool (*keeps)(const struct component *component, uint16_t dataset);
  // It forgets its copies of a dataset, or all (MODEL_ALL_DATASETS), at the wish of the timeline; of an
  // instance that is alive.
  void (*flush)(struct sim *sim, struct instance *instance, uint16_t dataset);
  // The run is over: memory of the instance, and of its fleet's routing, that is not the run's arena's is
  // given back.
  void (*drop)(struct sim *sim, struct instance *instance);
  // A visit leaves (or a store lets go of) a holding that the model made.
  void (*release)(struct sim *sim, struct instance *instance, const struct holding *holding);
  // A one-way message of the model's own has arrived.
  void (*message)(struct sim *sim, struct instance *instance, const void *content);
  // A live parameter has changed.
  void (*changed)(struct sim *sim, struct instance *instance);
  // The window begins (`from`) or ends: integrals are noted down.
  void (*note)(struct sim *sim, struct instance *instance, bool from);
  // The tokens of an instance; false when it has none, or they are unlimited.
  bool (*tokens)(const struct instance *instance, struct model_tokens *tokens);
  // Bytes of what all its instances store beside their states, once so many visits have come to them in a
  // run; NULL: next to nothing. For predictions.
  double (*memory)(const struct component *component, const struct plan *plan, double visits);
  // Calls `check` with the two sides of each identity of its own that must hold at any instant, by what it
  // has counted since the start: counted apart from each other.
  void (*ledger)(const struct sim *sim, const struct instance *instance, model_ledger_check *check,
                 void *context);
  // The integral since the start of the run, ns, of the number that waits in queues of an instance's own.
  double (*queued)(const struct sim *sim, const struct instance *instance);
  // What one visit with `request` uses and causes.
  void (*demand)(const struct component *component, uint16_t request, struct model_demand *demand,
                 program_call_visitor *visitor, void *context);
};

// The one list, in registry.c; ended by NULL.
extern const struct model *const models[];
const struct model *model_find(const char *type);

// A model's demand() where visits do what their programs say, as many at once as come.
void model_demand_of_program(const struct component *component, uint16_t request, struct model_demand *demand,
                             program_call_visitor *visitor, void *context);

// How many instances a component has at the start.
int64_t component_instances(const struct component *component);

// The rows that every component has: where it stands, and what it costs.
struct deployment {
  struct reference on;      // a host
  struct reference machine; // a type of machine, each instance its own
  struct variant instances; // a number, or {place: number}
  struct list in;           // places
  struct map overrides;     // place: patch, as raw nodes
  struct list tags;
  struct variant price;
  const struct connection_tls *tls; // NULL: none
};
extern const struct field_table deployment_table;

#endif
