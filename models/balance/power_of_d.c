// The least loaded of d targets drawn without replacement (Mitzenmacher 2001).
#include "balance.h"

struct power_of_d {
  int64_t choices;
};

static const struct field fields[] = {
    FIELD_COUNT(struct power_of_d, choices, .standard = "2", .minimum = 1, .maximum = 64,
                .doc = "how many are drawn"),
};
static const struct field_table table = FIELD_TABLE(
    "power-of-d", struct power_of_d, fields, .doc = "The least loaded of some targets drawn at random.");

static uint32_t pick(const void *parameters, const struct balance_view *view, struct random_stream *luck) {
  const struct power_of_d *power_of_d = parameters;
  return balance_of_some(view, (uint32_t)power_of_d->choices, luck);
}

static const struct balance_algorithm algorithm = {.pick = pick, .draws = true};
const struct field_alternative balance_power_of_d = {
    .name = "power-of-d",
    .doc = "the one with the fewest requests outstanding of some drawn at random",
    .table = &table,
    .user = &algorithm};
