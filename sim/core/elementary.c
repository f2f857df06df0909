#include "elementary.h"

const double elementary_powers[32] = {0x1p+0,
                                      0x1.059b0d3158574p+0,
                                      0x1.0b5586cf9890fp+0,
                                      0x1.11301d0125b51p+0,
                                      0x1.172b83c7d517bp+0,
                                      0x1.1d4873168b9aap+0,
                                      0x1.2387a6e756238p+0,
                                      0x1.29e9df51fdee1p+0,
                                      0x1.306fe0a31b715p+0,
                                      0x1.371a7373aa9cbp+0,
                                      0x1.3dea64c123422p+0,
                                      0x1.44e086061892dp+0,
                                      0x1.4bfdad5362a27p+0,
                                      0x1.5342b569d4f82p+0,
                                      0x1.5ab07dd485429p+0,
                                      0x1.6247eb03a5585p+0,
                                      0x1.6a09e667f3bcdp+0,
                                      0x1.71f75e8ec5f74p+0,
                                      0x1.7a11473eb0187p+0,
                                      0x1.82589994cce13p+0,
                                      0x1.8ace5422aa0dbp+0,
                                      0x1.93737b0cdc5e5p+0,
                                      0x1.9c49182a3f090p+0,
                                      0x1.a5503b23e255dp+0,
                                      0x1.ae89f995ad3adp+0,
                                      0x1.b7f76f2fb5e47p+0,
                                      0x1.c199bdd85529cp+0,
                                      0x1.cb720dcef9069p+0,
                                      0x1.d5818dcfba487p+0,
                                      0x1.dfc97337b9b5fp+0,
                                      0x1.ea4afa2a490dap+0,
                                      0x1.f50765b6e4540p+0};

// What rounding takes from 1 + x is put back to first order.
double elementary_log1p(double x) {
  double sum = 1.0 + x;
  double lost = sum > 2.0 ? 1.0 - (sum - x) : x - (sum - 1.0);
  return elementary_log(sum) + lost / sum;
}

double elementary_growth(double x) {
  if (fabs(x) > 0.05) return (elementary_exp(x) - 1.0) / x;
  double sum = 1.0;
  for (int n = 8; n > 1; n--) sum = 1.0 + sum * x / n;
  return sum;
}

// Stirling's series, after the recurrence has carried x to where it is accurate.
double elementary_log_gamma(double x) {
  double product = 1.0;
  for (; x < 16.0; x += 1.0) product *= x;
  double inverse = 1.0 / x;
  double square = inverse * inverse;
  double series = inverse * (1.0 / 12 - square * (1.0 / 360 - square * (1.0 / 1260 - square / 1680)));
  double half_log_two_pi = 0.91893853320467274178;
  return (x - 0.5) * elementary_log(x) - x + half_log_two_pi + series - elementary_log(product);
}
