// Queues that turn arrivals away.
#ifndef HEADROOM_LOSS_H
#define HEADROOM_LOSS_H

// Erlang B: the share of arrivals lost by M/G/c/c, any law of service. `load` >= 0 erlangs, `servers` >= 0.
// B(0) = 1, B(k) = a B(k-1) / (k + a B(k-1)). Erlang (1917).
double loss_erlang_b(double load, unsigned servers);

// The steady state of a queue that loses arrivals.
struct loss_state {
  double blocked;     // probability that an arrival is turned away
  double inside;      // mean number in the system
  double waiting;     // mean number in the queue
  double throughput;  // served per second
  double sojourn;     // mean of those accepted, s
  double wait;        // mean of those accepted, s
  double utilization; // of the servers, 0 to 1
};

// M/M/c/K with `capacity` >= `servers` >= 1 places in all, those in service included; any load. Rates per
// second. Birth and death product form: Gross & Harris, 2.5.
struct loss_state loss_mmck(double arrival_rate, double service_rate, unsigned servers, unsigned capacity);

// M/M/c + M, Erlang A: exponential patience while waiting, then the arrival leaves. Palm (1957); Mandelbaum &
// Zeltyn (2007).
struct loss_impatience {
  double wait_probability; // an arrival finds all servers busy
  double abandoned;        // share of arrivals that give up
  double inside;           // mean number in the system
  double waiting;          // mean number in the queue
  double wait;             // mean time in the queue of all, served or not, s
  double throughput;       // served per second
  double utilization;      // 0 to 1
};

// All rates > 0, per second; `patience_rate` = 1 / mean patience. Any load.
struct loss_impatience loss_erlang_a(double arrival_rate, double service_rate, unsigned servers,
                                     double patience_rate);

// The share of Poisson requests that a token bucket lets through: continuous refill at `refill_rate` per
// second, 1 <= `burst` <= 2,000 whole tokens deep. The tokens missing are the workload of an M/D/1 that
// admits an arrival only while it is at most (burst - 1) / refill_rate; with w = P(N <= burst - 1) / P(N = 0)
// of the M/D/1 without limit, w / (1 + load w).
double loss_token_bucket_accepted(double arrival_rate, double refill_rate, unsigned burst);

#endif
