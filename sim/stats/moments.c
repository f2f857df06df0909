#include "moments.h"

#include <math.h>

void moments_add(struct moments *moments, double value) {
  if (moments->count == 0) moments->smallest = moments->largest = value;
  moments->smallest = fmin(moments->smallest, value);
  moments->largest = fmax(moments->largest, value);
  moments->count++;
  double step = value - moments->mean;
  moments->mean += step / (double)moments->count;
  moments->deviations += step * (value - moments->mean);
}

void moments_merge(struct moments *into, const struct moments *other) {
  if (other->count == 0) return;
  if (into->count == 0) {
    *into = *other;
    return;
  }
  double count = (double)(into->count + other->count);
  double step = other->mean - into->mean;
  double share = (double)other->count / count;
  into->deviations += other->deviations + step * step * (double)into->count * share;
  into->mean += step * share;
  into->count += other->count;
  into->smallest = fmin(into->smallest, other->smallest);
  into->largest = fmax(into->largest, other->largest);
}

double moments_variance(const struct moments *moments) {
  return moments->count < 2 ? NAN : moments->deviations / (double)(moments->count - 1);
}

double moments_deviation(const struct moments *moments) {
  return sqrt(moments_variance(moments));
}
