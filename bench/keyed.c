// A keyed step by hand: a request draws a hundred keys, Zipf(0.9) over 10^6, and asks an LRU of 10^5 objects
// for each (hand.h), which brings in what it lacks. Arrivals are Poisson; no time passes inside.
//
//   bench_keyed REQUESTS SEED
//
// One JSON line on standard output; times in seconds, memory in bytes. Exit 2: wrong usage.
#include "loop.h"

#define HAND_OBJECTS 100000
#define HAND_BITS    18
#include "hand.h"

#include <sys/resource.h>
#include <time.h>

enum { KEYS = 1000000, READS = 100 };

int main(int count, char **arguments) {
  uint64_t requests = count == 3 ? strtoull(arguments[1], NULL, 10) : 0;
  if (requests == 0) {
    fputs("usage: bench_keyed REQUESTS SEED\n", stderr);
    return 2;
  }
  struct loop *loop = loop_must(calloc(1, sizeof *loop));
  struct hand *hand = loop_must(calloc(1, sizeof *hand));
  struct zipf keys;
  luck_init(&loop->luck, strtoull(arguments[2], NULL, 10));
  zipf_fill(&keys, 0.9, KEYS);
  for (uint32_t key = HAND_OBJECTS; key > 0; key--) hand_ask(hand, key);
  int64_t now = 0;
  for (; loop->latency.count < requests; now += loop_exponential(loop, 1e6)) {
    for (int i = 0; i < READS; i++) hand_ask(hand, luck_zipf(&loop->luck, &keys));
    latency_add(&loop->latency, 0);
  }
  struct timespec cpu;
  struct rusage usage;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &cpu);
  getrusage(RUSAGE_SELF, &usage);
  double seconds = (double)cpu.tv_sec + (double)cpu.tv_nsec * 1e-9;
  printf("{\"workload\": \"keyed\", \"requests\": %llu, \"cpu_s\": %.6f, \"requests_per_cpu_s\": %.0f, "
         "\"simulated_s\": %.3f, \"hit_ratio\": %.6f, \"peak_rss_bytes\": %lld}\n",
         (unsigned long long)requests, seconds, (double)requests / seconds, (double)now * 1e-9,
         (double)hand->hits / ((double)requests * READS), (long long)usage.ru_maxrss * 1024);
  free(hand);
  free(loop);
  return 0;
}
