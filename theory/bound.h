// Bounds and approximations for queues that have no closed form, named as such.
#ifndef HEADROOM_BOUND_H
#define HEADROOM_BOUND_H

// Kingman's upper bound on the mean wait of GI/G/1 (J. Royal Statistical Society B 32, 1970, after 1962):
// lambda (variance of gaps + variance of service) / (2 (1 - rho)). Variances in s^2. INFINITY for rho >= 1.
double bound_wait_kingman(double arrival_rate, double gap_variance, double service_mean,
                          double service_variance);

// Allen & Cunneen's approximation of the mean wait of GI/G/c: that of M/M/c times (ca2 + cs2) / 2, the
// squared coefficients of variation of gaps and service (Allen, Probability, Statistics and Queueing Theory,
// 1990). Exact for M/M/c and M/G/1.
double bound_wait_allen_cunneen(double arrival_rate, double service_rate, unsigned servers, double gap_cv2,
                                double service_cv2);

// Variance of the mean of M/M/1 sojourns over a long run, times the number of requests: what one run of n
// requests can tell is sqrt(this / n). (2 + 5 rho - 4 rho^2 + rho^3) / (mu^2 (1 - rho)^4), Daley (1968).
double bound_mm1_asymptotic_variance(double arrival_rate, double service_rate);

#endif
