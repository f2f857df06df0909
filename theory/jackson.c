#include "jackson.h"

#include "mmc.h"

#include <math.h>

// The traffic equations as rows of coefficients of lambda with the external rate behind them.
struct equations {
  double rows[JACKSON_LARGEST][JACKSON_LARGEST + 1];
  size_t count;
};

static void write_equations(struct equations *equations, const struct jackson_station *stations,
                            const double *routing) {
  size_t count = equations->count;
  for (size_t j = 0; j < count; j++) {
    for (size_t i = 0; i < count; i++) equations->rows[j][i] = (i == j ? 1 : 0) - routing[i * count + j];
    equations->rows[j][count] = stations[j].external;
  }
}

// Each column's diagonal outweighs the rest of it by the share that leaves there, so that no pivoting is
// needed; a diagonal that vanishes belongs to stations that nobody leaves.
static bool eliminate(struct equations *equations) {
  size_t count = equations->count;
  for (size_t k = 0; k < count; k++) {
    if (equations->rows[k][k] < 1e-12) return false;
    for (size_t j = 0; j < count; j++) {
      if (j == k) continue;
      double factor = equations->rows[j][k] / equations->rows[k][k];
      for (size_t i = k; i <= count; i++) equations->rows[j][i] -= factor * equations->rows[k][i];
    }
  }
  return true;
}

bool jackson_solve(struct jackson_station *stations, size_t count, const double *routing) {
  struct equations equations = {.count = count};
  if (count < 1 || count > JACKSON_LARGEST) return false;
  write_equations(&equations, stations, routing);
  if (!eliminate(&equations)) return false;
  for (size_t i = 0; i < count; i++) {
    struct jackson_station *station = &stations[i];
    station->arrival_rate = equations.rows[i][count] / equations.rows[i][i];
    station->utilization = station->arrival_rate / station->service_rate / station->servers;
    station->sojourn = mmc_sojourn_mean(station->arrival_rate, station->service_rate, station->servers);
    station->inside = station->arrival_rate * station->sojourn;
  }
  return true;
}

double jackson_sojourn_mean(const struct jackson_station *stations, size_t count) {
  double inside = 0;
  double external = 0;
  for (size_t i = 0; i < count; i++) {
    inside += stations[i].inside;
    external += stations[i].external;
  }
  return inside / external;
}

double jackson_tandem_mean(double arrival_rate, const double *service_rates, size_t count) {
  double mean = 0;
  for (size_t i = 0; i < count; i++) mean += mmc_sojourn_mean(arrival_rate, service_rates[i], 1);
  return mean;
}

double jackson_tandem_deviation(double arrival_rate, const double *service_rates, size_t count) {
  double deviation = 0;
  for (size_t i = 0; i < count; i++)
    deviation = hypot(deviation, mmc_sojourn_mean(arrival_rate, service_rates[i], 1));
  return deviation;
}
