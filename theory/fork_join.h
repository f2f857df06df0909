// A request that splits over parallel M/M/1 queues and ends with its last part.
#ifndef HEADROOM_FORK_JOIN_H
#define HEADROOM_FORK_JOIN_H

// Mean sojourn over two queues, each fed by every request: (12 - rho) / 8 / (mu - lambda), exact (Flatto &
// Hahn 1984; Nelson & Tantawi, IEEE Trans. Computers 37, 1988). INFINITY for rho >= 1.
double fork_join_two(double arrival_rate, double service_rate);

// An approximation for n >= 2 queues (same paper), exact for 2, within some 5% of simulation to 32:
// (H_n / H_2 + 4/11 (1 - H_n / H_2) rho) (12 - rho) / 8 / (mu - lambda).
double fork_join_approximation(double arrival_rate, double service_rate, unsigned queues);

// Without queueing: the mean of the k-th smallest of n exponential times with mean `mean`: mean (H_n -
// H_{n-k}), 1 <= k <= n.
double fork_join_order_mean(double mean, unsigned k, unsigned n);

// The share of requests slow when each of `parts` independent parts is slow with probability `slow`: 1 - (1 -
// slow)^parts. Dean & Barroso, CACM 56 (2013).
double fork_join_any_slow(double slow, unsigned parts);

#endif
