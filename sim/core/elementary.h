// exp, log and relatives of our own: the same bits with every compiler and C library (where floating point is
// IEEE double without contraction), which those of libm do not promise.
#ifndef HEADROOM_ELEMENTARY_H
#define HEADROOM_ELEMENTARY_H

#include <math.h>
#include <stdint.h>
#include <string.h>

// 2^(i / 32).
extern const double elementary_powers[32];

#define ELEMENTARY_LN2_HIGH 0x1.62e42feep-1 // few enough bits that a product with an exponent is exact
#define ELEMENTARY_LN2_LOW  0x1.a39ef35793c76p-33

// e^x to a relative 1e-14; INFINITY above 709, 0 below -708 (no subnormal results).
static inline double elementary_exp(double x) {
  if (!(x < 709.0)) return INFINITY;
  if (!(x > -708.0)) return 0.0;
  double rounding = x * 0x1.71547652b82fep+5 + 0x1.8p52; // x 32 / ln 2; the integer is left in the low bits
  double steps = rounding - 0x1.8p52;
  double rest = (x - steps * (ELEMENTARY_LN2_HIGH / 32)) - steps * (ELEMENTARY_LN2_LOW / 32);
  double square = rest * rest;
  double series =
      (1.0 + rest) + square * ((0.5 + rest * (1.0 / 6)) + square * ((1.0 / 24) + rest * (1.0 / 120)));
  int64_t whole = (int64_t)steps;
  uint64_t bits = (uint64_t)(1023 + ((whole + 65536) >> 5) - 2048) << 52; // floor(whole / 32)
  double power;
  memcpy(&power, &bits, sizeof power);
  return series * elementary_powers[whole & 31] * power;
}

// ln x to a relative 1e-14 for normal positive x; -INFINITY for 0.
static inline double elementary_log(double x) {
  if (!(x > 0.0)) return -INFINITY;
  uint64_t bits;
  memcpy(&bits, &x, sizeof bits);
  int64_t exponent = (int64_t)(bits >> 52) - 1023;
  bits = (bits & UINT64_C(0xFFFFFFFFFFFFF)) | UINT64_C(0x3FF0000000000000);
  double fraction;
  memcpy(&fraction, &bits, sizeof fraction);
  if (fraction > 1.4142135623730951) {
    fraction *= 0.5;
    exponent++;
  }
  // ln((1 + s) / (1 - s)) = 2 (s + s^3 / 3 + s^5 / 5 + …), |s| < 0.172
  double s = (fraction - 1.0) / (fraction + 1.0);
  double q = s * s;
  double q2 = q * q;
  double q4 = q2 * q2;
  double low = (2.0 / 3 + q * (2.0 / 5)) + q2 * (2.0 / 7 + q * (2.0 / 9));
  double high = (2.0 / 11 + q * (2.0 / 13)) + q2 * (2.0 / 15 + q * (2.0 / 17)) + q4 * (2.0 / 19);
  double series = 2.0 * s + s * q * (low + q4 * high);
  return (double)exponent * ELEMENTARY_LN2_HIGH + ((double)exponent * ELEMENTARY_LN2_LOW + series);
}

// c, about 1 over the middle of the i-th of 32 equal parts of [1, 2), and -log2(c).
struct elementary_root {
  double factor;
  double logarithm;
};
extern const struct elementary_root elementary_roots[32];

// x^y for normal positive x and a result from 2^-1000 to 2^1000, to a relative 3e-15 times the larger of 1, y
// and the result's logarithm; without a quotient, for where speed counts.
static inline double elementary_power(double x, double y) {
  uint64_t bits;
  memcpy(&bits, &x, sizeof bits);
  const struct elementary_root *root = &elementary_roots[bits >> 47 & 31];
  double whole = (double)((int64_t)(bits >> 52) - 1023) + root->logarithm;
  bits = (bits & UINT64_C(0xFFFFFFFFFFFFF)) | UINT64_C(0x3FF0000000000000);
  double fraction;
  memcpy(&fraction, &bits, sizeof fraction);
  double r = fraction * root->factor - 1.0; // below 1 / 64
  double r2 = r * r;
  double low = (1.0 - r * (1.0 / 2)) + r2 * ((1.0 / 3) - r * (1.0 / 4));
  double high = ((1.0 / 5) - r * (1.0 / 6)) + r2 * ((1.0 / 7) - r * (1.0 / 8));
  double logarithm = whole + r * 0x1.71547652b82fep+0 * (low + r2 * r2 * high);
  double exponent = y * logarithm;
  double rounding = exponent + 0x1.8p47; // in steps of 1 / 32
  memcpy(&bits, &rounding, sizeof bits);
  int64_t steps = (int64_t)(bits << 13) >> 13;
  double g = (exponent - (rounding - 0x1.8p47)) * 0x1.62e42fefa39efp-1;
  double g2 = g * g;
  double series = (1.0 + g) + g2 * ((0.5 + g * (1.0 / 6)) + g2 * ((1.0 / 24) + g * (1.0 / 120)));
  memcpy(&bits, &elementary_powers[steps & 31], sizeof bits);
  bits += (uint64_t)(steps >> 5) << 52;
  double power;
  memcpy(&power, &bits, sizeof power);
  return series * power;
}

// ln(1 + x) for x > -1, also where x is tiny.
double elementary_log1p(double x);

// (e^x - 1) / x, 1 at 0.
double elementary_growth(double x);

// ln Γ(x) for x > 0, to 1e-13 of the larger of 1 and itself.
double elementary_log_gamma(double x);

#endif
