// G/M/1: independent gaps between arrivals of any law, exponential service, one server.
#ifndef HEADROOM_GM1_H
#define HEADROOM_GM1_H

// E[exp(-s A)] of the gap A between arrivals, for s >= 0 per second. `context` is the law's parameters.
typedef double gm1_transform(double s, const void *context);

// Transforms for the common laws; the context of each.
struct gm1_deterministic {
  double gap; // s
};
struct gm1_erlang {
  unsigned phases; // k >= 1
  double mean;     // of the gap, s
};
struct gm1_hyperexponential {
  double weight[2]; // sum to 1
  double rate[2];   // per second
};
double gm1_transform_deterministic(double s, const void *context); // D/M/1
double gm1_transform_erlang(double s, const void *context);        // E_k/M/1: round robin over k servers
double gm1_transform_hyperexponential(double s, const void *context);

// The root in (0, 1) of sigma = A*(mu (1 - sigma)): the probability that an arrival waits. `arrival_rate` is
// 1 / E[A]; 1 when it is not below `service_rate`. Kleinrock I, 6.2. Bisection, to the last bits of a double.
double gm1_root(gm1_transform *transform, const void *context, double arrival_rate, double service_rate);

// From the root: mean wait sigma / (mu (1 - sigma)); the sojourn is exponential with rate mu (1 - sigma).
double gm1_wait_mean(double root, double service_rate);
double gm1_sojourn_mean(double root, double service_rate);
double gm1_wait_quantile(double root, double service_rate, double q);    // q in [0, 1)
double gm1_sojourn_quantile(double root, double service_rate, double q); // q in [0, 1)

// Poisson arrivals of two alternating rates, MMPP(2)/M/1.
struct gm1_modulated {
  double rate[2];      // of arrivals in each phase, per second, >= 0
  double leave[2];     // rate of leaving each phase, per second, > 0
  double service_rate; // per second
};

// The mean arrival rate, weighted by the time in each phase.
double gm1_modulated_arrival_rate(const struct gm1_modulated *queue);

// The mean number in the system by matrix-geometric solution (Neuts 1981; for two phases the rate matrix R is
// iterated to a change below 1e-14). INFINITY without a steady state; NaN should R not converge.
double gm1_modulated_inside(const struct gm1_modulated *queue);

// The mean sojourn: by Little's law.
double gm1_modulated_sojourn_mean(const struct gm1_modulated *queue);

#endif
