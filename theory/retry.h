// Retries when every attempt fails independently with the same probability.
#ifndef HEADROOM_RETRY_H
#define HEADROOM_RETRY_H

// Mean attempts a request with at most `retries` further ones: (1 - p^(r+1)) / (1 - p). `failure` in [0, 1].
double retry_attempts(double failure, unsigned retries);

// P(some attempt succeeds): 1 - p^(r+1).
double retry_success(double failure, unsigned retries);

// Attempts at the bottom of `layers` that each retry, when everything fails: (retries + 1)^layers.
double retry_worst_amplification(unsigned retries, unsigned layers);

#endif
