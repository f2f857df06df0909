// M/G/infinity: every arrival has a server of its own; concurrency, and its tail.
#ifndef HEADROOM_INFINITE_H
#define HEADROOM_INFINITE_H

// The number inside is Poisson with mean `load` = arrival rate * mean service, whatever the law.

// P(more than `number` inside).
double infinite_above(double load, unsigned number);

// The smallest number that is not exceeded with probability at least `q` in [0, 1). Time sqrt(load).
unsigned infinite_quantile(double load, double q);

// M/M/infinity from empty: mean number inside at `time`, load (1 - exp(-time / mean)); times in s.
double infinite_transient(double load, double service_mean, double time);

#endif
