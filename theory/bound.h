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

// The asymptotic variance of the mean of M/M/1 sojourns, s^2: what one run of n requests tells has a standard
// error of sqrt(this / n). (1 + rho)^2 / (mu^2 (1 - rho)^4): the sum of covariances of waits, rho (2 + 5 rho
// - 4 rho^2 + rho^3) / (1 - rho)^4 (Daley, J. Australian Mathematical Society 8, 1968), plus that of service,
// plus twice their covariance, which is minus the derivative of the mean wait by mu.
double bound_mm1_asymptotic_variance(double arrival_rate, double service_rate);

#endif
