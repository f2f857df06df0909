// Balancing by choice.
#ifndef HEADROOM_CHOICES_H
#define HEADROOM_CHOICES_H

#include <stddef.h>

// The mean sojourn of power of `choices` as the number of exponential servers goes to infinity: sum over i >=
// 1 of rho^((d^i - d) / (d - 1)), in mean services; for one choice 1 / (1 - rho). `load` a server in [0, 1).
// Vvedenskaya, Dobrushin & Karpelevich (1996); Mitzenmacher (2001).
double choices_limit(double load, unsigned choices);

// Random split by `shares` (sum to 1) of `arrival_rate` over exponential servers of equal rate: the mean
// sojourn over requests, sum of p_i / (mu - lambda p_i). INFINITY when one is overloaded.
double choices_split_sojourn_mean(double arrival_rate, double service_rate, const double *shares,
                                  size_t count);

#endif
