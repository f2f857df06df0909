// What the hand-written reference loops share: luck, the one heap, queues of waiting requests, and latency.
// Nothing of headroom is used here, so that the two can check each other. Times are int64 ns.
//
// The shape of the loops is the fair one: every pending thing (arrivals, services, constant delays, hops,
// timeouts) is an event of 16 bytes in one 4-ary heap; an event that follows from the one at the top replaces
// it; a timeout whose call has ended is recognised by its generation when it comes up, and skipped. Samplers
// are ziggurats. What is kept of a request is a count, a sum and a log-linear histogram of its latency.
#ifndef LOOP_H
#define LOOP_H

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LOOP_NONE UINT32_MAX

static inline void *loop_must(void *memory) {
  if (!memory) {
    fputs("bench_loop: out of memory\n", stderr);
    exit(1);
  }
  return memory;
}

// ---- Luck: xoshiro256++ (Blackman and Vigna 2021), seeded by splitmix64; exponential and normal by the
// ziggurat of 256 layers (Marsaglia and Tsang 2000), with 53 fresh bits for the value beside the 8 of the
// layer.

enum { LOOP_LAYERS = 256 };

// Layer i covers 0 ≤ x < edge[i]; below edge[i + 1] a point is under the curve whatever its height.
struct ziggurat {
  double width[LOOP_LAYERS];     // edge[i] / 2^53
  uint64_t inside[LOOP_LAYERS];  // 2^53 edge[i + 1] / edge[i]
  double edge[LOOP_LAYERS + 1];  // falling; edge[0] stands for the base layer with its tail
  double curve[LOOP_LAYERS + 1]; // the density at edge[i], without its constant
};

struct luck {
  uint64_t state[4];
  struct ziggurat exponential, normal;
};

static inline uint64_t luck_bits(struct luck *luck) {
  uint64_t *s = luck->state;
  uint64_t sum = s[0] + s[3];
  uint64_t result = ((sum << 23) | (sum >> 41)) + s[0];
  uint64_t shifted = s[1] << 17;
  s[2] ^= s[0];
  s[3] ^= s[1];
  s[1] ^= s[2];
  s[0] ^= s[3];
  s[2] ^= shifted;
  s[3] = (s[3] << 45) | (s[3] >> 19);
  return result;
}

// In (0, 1].
static inline double luck_uniform(struct luck *luck) {
  return ((double)(luck_bits(luck) >> 11) + 1) * 0x1p-53;
}

static double density_exponential(double x) {
  return exp(-x);
}
static double density_normal(double x) {
  return exp(-0.5 * x * x);
}
static double inverse_exponential(double y) {
  return -log(y);
}
static double inverse_normal(double y) {
  return sqrt(-2 * log(y));
}

// `last` is where the tail begins and `area` that of each layer; together they close the topmost layer at 0.
static inline void ziggurat_fill(struct ziggurat *ziggurat, double last, double area,
                                 double (*density)(double), double (*inverse)(double)) {
  ziggurat->edge[0] = area / density(last);
  ziggurat->edge[1] = last;
  for (int i = 1; i < LOOP_LAYERS - 1; i++) {
    double x = ziggurat->edge[i];
    ziggurat->edge[i + 1] = inverse(density(x) + area / x);
  }
  ziggurat->edge[LOOP_LAYERS] = 0;
  for (int i = 0; i <= LOOP_LAYERS; i++) ziggurat->curve[i] = density(ziggurat->edge[i]);
  for (int i = 0; i < LOOP_LAYERS; i++) {
    ziggurat->width[i] = ziggurat->edge[i] * 0x1p-53;
    ziggurat->inside[i] = (uint64_t)(ziggurat->edge[i + 1] / ziggurat->edge[i] * 0x1p53);
  }
}

static inline void luck_init(struct luck *luck, uint64_t seed) {
  for (int i = 0; i < 4; i++) {
    uint64_t z = seed += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    luck->state[i] = z ^ (z >> 31);
  }
  double tail = 7.69711747013104972;
  ziggurat_fill(&luck->exponential, tail, (tail + 1) * exp(-tail), density_exponential, inverse_exponential);
  tail = 3.6541528853610088;
  double half_root_pi = 1.25331413731550025; // sqrt(pi / 2)
  ziggurat_fill(&luck->normal, tail, tail * density_normal(tail) + half_root_pi * erfc(tail / sqrt(2)),
                density_normal, inverse_normal);
}

// Whether a point of layer i, at x, lies under the curve (the layer's part that needs its height).
static inline bool ziggurat_under(struct luck *luck, const struct ziggurat *ziggurat, int i, double x,
                                  double (*density)(double)) {
  double low = ziggurat->curve[i], high = ziggurat->curve[i + 1];
  return low + luck_uniform(luck) * (high - low) < density(x);
}

// Of mean 1.
static inline double luck_exponential(struct luck *luck) {
  const struct ziggurat *ziggurat = &luck->exponential;
  double passed = 0;
  for (;;) {
    uint64_t bits = luck_bits(luck);
    int i = (int)(bits & (LOOP_LAYERS - 1));
    double x = (double)(int64_t)(bits >> 11) * ziggurat->width[i];
    if (__builtin_expect((bits >> 11) < ziggurat->inside[i], 1)) return passed + x;
    if (i == 0)
      passed += ziggurat->edge[1]; // the tail has the shape of the whole
    else if (ziggurat_under(luck, ziggurat, i, x, density_exponential))
      return passed + x;
  }
}

static inline double luck_normal_tail(struct luck *luck, double last) {
  double x, y;
  do {
    x = -log(luck_uniform(luck)) / last;
    y = -log(luck_uniform(luck));
  } while (y + y < x * x);
  return last + x;
}

// Of mean 0 and variance 1. Bit 8 is the sign; bits 0 to 7 are the layer.
static inline double luck_normal(struct luck *luck) {
  const struct ziggurat *ziggurat = &luck->normal;
  for (;;) {
    uint64_t bits = luck_bits(luck);
    int i = (int)(bits & (LOOP_LAYERS - 1));
    double sign = 1.0 - (double)(int)((bits >> 7) & 2);
    double x = (double)(int64_t)(bits >> 11) * ziggurat->width[i];
    if (__builtin_expect((bits >> 11) < ziggurat->inside[i], 1)) return sign * x;
    if (i == 0) return sign * luck_normal_tail(luck, ziggurat->edge[1]);
    if (ziggurat_under(luck, ziggurat, i, x, density_normal)) return sign * x;
  }
}

// Zipf's law over 1 … count with exponent s, not 1: rejection-inversion (Hörmann and Derflinger 1996).
struct zipf {
  double s, count, low, area, sure;
};

// The integral of x^-s, and where it comes to so much.
static inline double zipf_integral(const struct zipf *zipf, double x) {
  return exp((1 - zipf->s) * log(x)) / (1 - zipf->s);
}
static inline double zipf_inverse(const struct zipf *zipf, double area) {
  return exp(log(area * (1 - zipf->s)) / (1 - zipf->s));
}

static inline void zipf_fill(struct zipf *zipf, double s, double count) {
  *zipf = (struct zipf){.s = s, .count = count};
  zipf->low = zipf_integral(zipf, 1.5) - 1;
  zipf->area = zipf_integral(zipf, count + 0.5) - zipf->low;
  zipf->sure = 2 - zipf_inverse(zipf, zipf_integral(zipf, 2.5) - pow(2, -s));
}

static inline uint32_t luck_zipf(struct luck *luck, const struct zipf *zipf) {
  for (;;) {
    double area = zipf->low + luck_uniform(luck) * zipf->area, x = zipf_inverse(zipf, area);
    double k = x < 1.5 ? 1 : x < zipf->count ? floor(x + 0.5) : zipf->count;
    if (k - x <= zipf->sure || area >= zipf_integral(zipf, k + 0.5) - exp(-zipf->s * log(k)))
      return (uint32_t)k;
  }
}

// ---- The one heap, 4-ary, least time first. The four children of an event share a cache line.

struct event {
  int64_t time;
  uint32_t generation; // of a timeout: the call that it was armed for
  uint32_t what;       // kind << 24 | slot
};

struct heap {
  struct event *events; // events[1] stands at the start of a cache line
  void *memory;
  uint32_t count, capacity;
};

enum { LOOP_LEAD = 3, LOOP_LINE = 64 };

static inline uint32_t event_what(unsigned kind, uint32_t slot) {
  return (uint32_t)kind << 24 | slot;
}
static inline unsigned event_kind(struct event event) {
  return event.what >> 24;
}
static inline uint32_t event_slot(struct event event) {
  return event.what & 0xffffff;
}

static inline void heap_grow(struct heap *heap) {
  uint32_t capacity = heap->capacity ? 2 * heap->capacity : 64;
  void *memory = loop_must(aligned_alloc(LOOP_LINE, (capacity + 4) * sizeof(struct event)));
  struct event *events = (struct event *)memory + LOOP_LEAD;
  if (heap->count) memcpy(events, heap->events, heap->count * sizeof *events);
  free(heap->memory);
  *heap = (struct heap){.events = events, .memory = memory, .count = heap->count, .capacity = capacity};
}

static inline void heap_push(struct heap *heap, struct event event) {
  if (__builtin_expect(heap->count == heap->capacity, 0)) heap_grow(heap);
  struct event *events = heap->events;
  uint32_t at = heap->count++;
  while (at > 0) {
    uint32_t parent = (at - 1) / 4;
    if (events[parent].time <= event.time) break;
    events[at] = events[parent];
    at = parent;
  }
  events[at] = event;
}

// Puts `event` in the place of the top.
static inline void heap_replace(struct heap *heap, struct event event) {
  struct event *events = heap->events;
  uint32_t count = heap->count, at = 0;
  for (;;) {
    uint32_t child = 4 * at + 1, least = child;
    if (child + 3 < count) {
      uint32_t left = child + (events[child + 1].time < events[child].time);
      uint32_t right = child + 2 + (events[child + 3].time < events[child + 2].time);
      least = events[right].time < events[left].time ? right : left;
    } else if (child < count) {
      for (uint32_t other = child + 1; other < count; other++) {
        if (events[other].time < events[least].time) least = other;
      }
    } else {
      break;
    }
    if (events[least].time >= event.time) break;
    events[at] = events[least];
    at = least;
  }
  events[at] = event;
}

static inline void heap_pop(struct heap *heap) {
  uint32_t last = --heap->count;
  if (last > 0) heap_replace(heap, heap->events[last]);
}

// ---- Requests inside, by slot; a free one is on the list of the free, a waiting one on its station's.

struct request {
  int64_t began; // when it arrived
  uint32_t next;
  uint16_t server, database; // where it is or waits
  uint32_t called;           // calls made
  uint32_t generation[2];    // of its armed timeouts: the client's, the cache call's
  uint32_t key;              // that the cache is asked for
};

struct requests {
  struct request *slots;
  uint32_t unused, count, capacity;
};

static inline uint32_t requests_take(struct requests *requests) {
  uint32_t slot = requests->unused;
  if (requests->count && slot != LOOP_NONE) {
    requests->unused = requests->slots[slot].next;
    return slot;
  }
  if (requests->count == requests->capacity) {
    requests->capacity = requests->capacity ? 2 * requests->capacity : 1024;
    requests->slots = loop_must(realloc(requests->slots, requests->capacity * sizeof *requests->slots));
  }
  requests->slots[requests->count] = (struct request){0};
  requests->unused = LOOP_NONE;
  return requests->count++;
}

static inline void requests_give(struct requests *requests, uint32_t slot) {
  requests->slots[slot].next = requests->unused;
  requests->unused = slot;
}

// A station of some idle servers and a queue, first come, first served.
struct station {
  uint32_t idle, first, last, waiting;
};

// True when a server takes the request at once; otherwise it waits.
static inline bool station_enter(struct station *station, struct request *slots, uint32_t slot) {
  if (station->idle > 0) {
    station->idle--;
    return true;
  }
  if (station->waiting++ > 0)
    slots[station->last].next = slot;
  else
    station->first = slot;
  station->last = slot;
  return false;
}

// A server has finished: the request that it takes next, or LOOP_NONE.
static inline uint32_t station_leave(struct station *station, const struct request *slots) {
  if (station->waiting == 0) {
    station->idle++;
    return LOOP_NONE;
  }
  uint32_t slot = station->first;
  station->first = slots[slot].next;
  station->waiting--;
  return slot;
}

// ---- Latency: count, sum, and bins of 1/128 octave.

enum { LOOP_BITS = 7, LOOP_BINS = (64 - LOOP_BITS + 1) << LOOP_BITS };

struct latency {
  uint64_t count;
  int64_t sum;
  uint64_t bins[LOOP_BINS];
};

static inline void latency_add(struct latency *latency, int64_t ns) {
  uint64_t value = (uint64_t)ns;
  int shift = 63 - LOOP_BITS - __builtin_clzll(value | 1 << LOOP_BITS);
  latency->count++;
  latency->sum += ns;
  latency->bins[((uint64_t)shift << LOOP_BITS) + (value >> shift)]++;
}

// The middle of the bin in which the sorted latencies pass the share, in seconds.
static inline double latency_quantile(const struct latency *latency, double share) {
  double wanted = share * (double)latency->count, seen = 0;
  for (int i = 0; i < LOOP_BINS; i++) {
    seen += (double)latency->bins[i];
    if (seen < wanted || latency->bins[i] == 0) continue;
    int shift = i >> (LOOP_BITS + 1) ? (i >> LOOP_BITS) - 1 : 0;
    return ldexp((double)(i - (shift << LOOP_BITS)) + 0.5, shift) * 1e-9;
  }
  return NAN;
}

// ---- A loop: all of the above, how many requests it is to see through, and what its cache has found.

struct loop {
  struct luck luck;
  struct heap heap;
  struct requests requests;
  uint64_t wanted, arrived, hits;
  struct latency latency;
};

static inline int64_t loop_exponential(struct loop *loop, double mean) {
  return (int64_t)(luck_exponential(&loop->luck) * mean);
}

static inline struct event *loop_top(struct loop *loop) {
  return &loop->heap.events[0];
}

#endif
