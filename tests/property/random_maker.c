#include "random_maker.h"

#include <inttypes.h>
#include <stdarg.h>

struct choices choices_of_seed(uint64_t seed) {
  return (struct choices){.stream = random_named(seed, 0, "scenario", "choices")};
}

struct choices choices_of_bytes(const uint8_t *bytes, size_t count) {
  return (struct choices){.bytes = bytes, .count = count};
}

uint32_t choose(struct maker *maker, uint32_t count) {
  struct choices *choices = maker->choices;
  if (choices->bytes == NULL) return (uint32_t)random_below(&choices->stream, count);
  return choices->at < choices->count ? choices->bytes[choices->at++] % count : 0;
}

bool one_in(struct maker *maker, uint32_t count) {
  return choose(maker, count) == count - 1;
}

void put(struct maker *maker, const char *format, ...) {
  va_list rest;
  va_start(rest, format);
  vfprintf(maker->out, format, rest);
  va_end(rest);
}

void put_time(struct maker *maker, int64_t nanoseconds) {
  put(maker, "\"%" PRId64 "ns\"", nanoseconds * maker->options->time);
}

void put_named_time(struct maker *maker, const char *name, int64_t nanoseconds, const char *after) {
  put(maker, "\"%s\": ", name);
  put_time(maker, nanoseconds);
  put(maker, "%s", after);
}

void put_rate(struct maker *maker, double per_second) {
  put(maker, "\"%.17g/s\"", per_second / (double)maker->options->time);
}

void put_bandwidth(struct maker *maker, double megabits) {
  put(maker, "\"%.6fMbps\"", megabits / (double)maker->options->time);
}

int64_t some_time(struct maker *maker, int64_t about) {
  return about / 4 + about * (int64_t)choose(maker, 251) / 100 + 137;
}

// ---- Distributions ----------------------------------------------------------------------------------------

static void put_simple_duration(struct maker *maker, uint32_t which, int64_t mean) {
  static const char *const with_ratio[] = {"\"cv\": 1.7}}", "\"cv\": 0.6}}", "\"k\": 3}}", "\"shape\": 0.8}}",
                                           "\"cv\": 2.3}}"};
  static const char *const names[] = {"lognormal", "gamma", "erlang", "weibull", "hyperexponential"};
  if (which < 5) {
    put(maker, "{\"%s\": {", names[which]);
    put_named_time(maker, "mean", mean, ", ");
    put(maker, "%s", with_ratio[which]);
  } else {
    put(maker, "{\"exponential\": {");
    put_named_time(maker, "mean", mean, "}}");
  }
}

static void put_pair(struct maker *maker, const char *name, const char *first, int64_t a, const char *second,
                     int64_t b) {
  put(maker, "{\"%s\": {", name);
  put_named_time(maker, first, a, ", ");
  put_named_time(maker, second, b, "}}");
}

static void put_pareto(struct maker *maker, int64_t mean) {
  put(maker, "{\"pareto\": {\"alpha\": 1.6, ");
  put_named_time(maker, "max", mean * 20, ", ");
  put_named_time(maker, "min", mean / 3 + 1, "}}");
}

static void put_quantiles(struct maker *maker, int64_t mean) {
  put(maker, "{\"quantiles\": {");
  put_named_time(maker, "p0", mean / 4 + 1, ", ");
  put_named_time(maker, "p50", mean / 2 + 2, ", ");
  put_named_time(maker, "p99", mean * 4, "}}");
}

static void put_mixture(struct maker *maker, int64_t mean) {
  put(maker, "{\"mixture\": [[0.3, ");
  put_time(maker, mean / 5);
  put(maker, "], [0.7, ");
  put_simple_duration(maker, choose(maker, 6), mean);
  put(maker, "]]}");
}

void put_duration(struct maker *maker, int64_t about) {
  int64_t mean = some_time(maker, about);
  uint32_t which = choose(maker, 15);
  switch (which) {
  case 0:
  case 1:
    put_time(maker, mean);
    return;
  case 2:
    put_pair(maker, "lognormal", "median", mean / 2, "p99", mean * 3);
    return;
  case 3:
    put_pareto(maker, mean);
    return;
  case 4:
    put_pair(maker, "uniform", "min", mean / 3, "max", mean * 2);
    return;
  case 5:
    put_pair(maker, "normal", "mean", mean, "sd", mean / 4 + 1);
    return;
  case 6:
    put_quantiles(maker, mean);
    return;
  case 7:
    put_mixture(maker, mean);
    return;
  case 8: // of one size, which is that of most steps
    put(maker, "{\"empirical\": {\"file\": \"samples.txt\"}}");
    return;
  default:
    put_simple_duration(maker, which - 9, mean);
  }
}

void put_count(struct maker *maker, bool some) {
  static const char *const counts[] = {"1",
                                       "2",
                                       "3",
                                       "0",
                                       "{\"geometric\": {\"mean\": 1.3}}",
                                       "{\"poisson\": {\"mean\": 1.4}}",
                                       "{\"uniform\": {\"min\": 1, \"max\": 3}}"};
  const char *count = CHOOSE(maker, counts);
  put(maker, "%s", some && count == counts[3] ? counts[0] : count);
}

void put_size(struct maker *maker) {
  static const char *const sizes[] = {"\"1.3KB\"", "\"400B\"", "{\"exponential\": {\"mean\": \"5KB\"}}",
                                      "{\"lognormal\": {\"mean\": \"3KB\", \"cv\": 1.2}}",
                                      "{\"uniform\": {\"min\": \"1B\", \"max\": \"9KB\"}}"};
  put(maker, "%s", CHOOSE(maker, sizes));
}

// ---- Policies ---------------------------------------------------------------------------------------------

static void put_backoff(struct maker *maker) {
  static const char *const jitters[] = {"none", "full", "decorrelated"};
  put(maker, ", \"backoff\": ");
  if (choose(maker, 2) == 0) {
    put_duration(maker, 8000000);
    return;
  }
  put(maker, "{\"growing\": {\"factor\": 1.5, \"jitter\": \"%s\", ", CHOOSE(maker, jitters));
  put_named_time(maker, "base", some_time(maker, 4000000), ", ");
  put_named_time(maker, "max", some_time(maker, 60000000), "}}");
}

static void put_retries(struct maker *maker) {
  static const char *const on[] = {
      "", ", \"on\": [\"error\", \"timeout\"]", ", \"on\": [\"rejected\", \"unavailable\", \"abandoned\"]",
      ", \"on\": [\"timeout\", \"rejected\", \"unavailable\", \"abandoned\", \"error\"]"};
  bool unlimited = one_in(maker, 8);
  put(maker, ", \"retries\": {\"max\": %s", unlimited ? "\"unlimited\"" : choose(maker, 2) == 0 ? "1" : "3");
  if (unlimited || choose(maker, 2) == 0) put_backoff(maker);
  if (!maker->options->plain && one_in(maker, 3)) put(maker, ", \"budget\": \"20%%\"");
  put(maker, "%s}", CHOOSE(maker, on));
}

static void put_hedge(struct maker *maker) {
  static const char *const after[] = {"p50", "p90", "p95", "p99"};
  put(maker, ", \"hedge\": {\"copies\": %u, \"tied\": %s, \"cancel\": %s, \"after\": ", 1 + choose(maker, 3),
      one_in(maker, 3) ? "true" : "false", one_in(maker, 3) ? "true" : "false");
  if (one_in(maker, 4)) {
    put(maker, "\"%s\"}", CHOOSE(maker, after));
  } else {
    put_time(maker, one_in(maker, 6) ? 0 : some_time(maker, 3000000));
    put(maker, "}");
  }
}

void put_policies(struct maker *maker) {
  if (choose(maker, 2) == 0) return;
  if (one_in(maker, 5)) {
    put(maker, ", \"timeout\": \"none\"");
  } else if (choose(maker, 3) > 0) {
    put(maker, ", \"timeout\": ");
    put_time(maker, some_time(maker, 25000000));
  }
  if (one_in(maker, 4)) {
    put(maker, ", \"deadline\": ");
    put_time(maker, some_time(maker, 40000000));
    if (choose(maker, 2) == 0) put(maker, ", \"propagate\": true");
  }
  if (one_in(maker, 3)) put(maker, ", \"on_timeout\": \"%s\"", one_in(maker, 4) ? "abandon" : "cancel");
  if (choose(maker, 2) == 0) put_retries(maker);
  if (one_in(maker, 3)) put_hedge(maker);
}
