#include "gm1.h"

#include <math.h>

double gm1_transform_deterministic(double s, const void *context) {
  const struct gm1_deterministic *law = context;
  return exp(-s * law->gap);
}

double gm1_transform_erlang(double s, const void *context) {
  const struct gm1_erlang *law = context;
  return pow(1 + s * law->mean / law->phases, -(double)law->phases);
}

double gm1_transform_hyperexponential(double s, const void *context) {
  const struct gm1_hyperexponential *law = context;
  return law->weight[0] * law->rate[0] / (law->rate[0] + s) +
         law->weight[1] * law->rate[1] / (law->rate[1] + s);
}

double gm1_root(gm1_transform *transform, const void *context, double arrival_rate, double service_rate) {
  if (arrival_rate >= service_rate) return 1;
  // The transform is convex: it lies above the diagonal before the root, below it between the root and 1.
  double low = 0;
  double high = 1;
  for (;;) {
    double middle = (low + high) / 2;
    if (middle <= low || middle >= high) return middle;
    if (transform(service_rate * (1 - middle), context) > middle)
      low = middle;
    else
      high = middle;
  }
}

double gm1_wait_mean(double root, double service_rate) {
  return root < 1 ? root / (service_rate * (1 - root)) : INFINITY;
}

double gm1_sojourn_mean(double root, double service_rate) {
  return root < 1 ? 1 / (service_rate * (1 - root)) : INFINITY;
}

double gm1_wait_quantile(double root, double service_rate, double q) {
  if (root >= 1) return INFINITY;
  return root <= 1 - q ? 0 : log(root / (1 - q)) / (service_rate * (1 - root));
}

double gm1_sojourn_quantile(double root, double service_rate, double q) {
  return root < 1 ? -log1p(-q) / (service_rate * (1 - root)) : INFINITY;
}

struct matrix {
  double at[2][2];
};

static struct matrix product(struct matrix a, struct matrix b) {
  struct matrix result;
  for (int i = 0; i < 2; i++)
    for (int j = 0; j < 2; j++) result.at[i][j] = a.at[i][0] * b.at[0][j] + a.at[i][1] * b.at[1][j];
  return result;
}

static struct matrix inverse(struct matrix a) {
  double determinant = a.at[0][0] * a.at[1][1] - a.at[0][1] * a.at[1][0];
  return (struct matrix){{{a.at[1][1] / determinant, -a.at[0][1] / determinant},
                          {-a.at[1][0] / determinant, a.at[0][0] / determinant}}};
}

static struct matrix identity_minus(struct matrix a) {
  return (struct matrix){{{1 - a.at[0][0], -a.at[0][1]}, {-a.at[1][0], 1 - a.at[1][1]}}};
}

static double difference(struct matrix a, struct matrix b) {
  double largest = 0;
  for (int i = 0; i < 2; i++)
    for (int j = 0; j < 2; j++) largest = fmax(largest, fabs(a.at[i][j] - b.at[i][j]));
  return largest;
}

// R = A0 (-A1 - R A2)^-1, from 0 upwards: A0 the arrivals, A1 the phase changes and all outflow, A2 service.
static struct matrix rate_matrix(const struct gm1_modulated *queue) {
  struct matrix rate = {{{0, 0}, {0, 0}}};
  double mu = queue->service_rate;
  for (long i = 0; i < 10000000; i++) {
    struct matrix out = {
        {{queue->leave[0] + queue->rate[0] + mu - rate.at[0][0] * mu, -queue->leave[0] - rate.at[0][1] * mu},
         {-queue->leave[1] - rate.at[1][0] * mu,
          queue->leave[1] + queue->rate[1] + mu - rate.at[1][1] * mu}}};
    struct matrix arrivals = {{{queue->rate[0], 0}, {0, queue->rate[1]}}};
    struct matrix next = product(arrivals, inverse(out));
    double change = difference(next, rate);
    rate = next;
    if (change < 1e-15) return rate;
  }
  return (struct matrix){{{NAN, NAN}, {NAN, NAN}}};
}

double gm1_modulated_arrival_rate(const struct gm1_modulated *queue) {
  double first = queue->leave[1] / (queue->leave[0] + queue->leave[1]); // share of time in phase 0
  return first * queue->rate[0] + (1 - first) * queue->rate[1];
}

double gm1_modulated_inside(const struct gm1_modulated *queue) {
  if (gm1_modulated_arrival_rate(queue) >= queue->service_rate) return INFINITY;
  struct matrix rate = rate_matrix(queue);
  struct matrix sums = inverse(identity_minus(rate));
  // Phases of the empty system: x (Q - Lambda + R A2) = 0, which is rank 1, so its first column suffices;
  // scaled by x (I - R)^-1 1 = 1.
  double down = -queue->leave[0] - queue->rate[0] + rate.at[0][0] * queue->service_rate;
  double across = queue->leave[1] + rate.at[1][0] * queue->service_rate;
  double empty[2] = {across, -down};
  struct matrix numbers = product(product(rate, sums), sums); // sum of n R^n
  double total = 0;
  double inside = 0;
  for (int i = 0; i < 2; i++) {
    total += empty[i] * (sums.at[i][0] + sums.at[i][1]);
    inside += empty[i] * (numbers.at[i][0] + numbers.at[i][1]);
  }
  return inside / total;
}

double gm1_modulated_sojourn_mean(const struct gm1_modulated *queue) {
  return gm1_modulated_inside(queue) / gm1_modulated_arrival_rate(queue);
}
