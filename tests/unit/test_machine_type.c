#include "machine_catalogue.h"
#include "machine_type.h"
#include "reading.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static struct arena arena;
static struct diagnostics diagnostics;
static struct field_context context;
static struct names names;
static struct machine_type type;

static void begin(void) {
  reading_begin(&arena, &diagnostics, &context);
  names_init(&names, &arena);
  machine_catalogue_names(&names);
  context.names = &names;
}

static void end(void) {
  arena_drop(&arena);
}

TestSuite(machine_type, .init = begin, .fini = end);

static bool compile(const char *written, const struct machine_type *base) {
  const struct node *node = reading_nodes(&context, written);
  struct machine_written machine;
  if (!field_decode(&machine_table, node, &machine, &context)) return false;
  machine_type_compile_written(&machine, node, base, &type);
  return true;
}

Test(machine_type, tables_are_sound) {
  cr_assert_null(field_table_fault(&machine_table, &arena), "%s", field_table_fault(&machine_table, &arena));
  cr_assert_null(field_table_fault(&machine_host_table, &arena));
}

Test(machine_type, what_is_not_said_has_no_limit) {
  cr_assert(compile("{}", NULL));
  cr_assert_eq(type.cores, STATION_UNLIMITED);
  cr_assert_eq(type.discipline, STATION_PS);
  cr_assert_eq(type.speed, 1);
  cr_assert_eq(type.memory, INT64_MAX);
  cr_assert_null(type.disk);
  cr_assert(isinf(type.nic));
  cr_assert_not(type.price.given);
  cr_assert_eq(type.mtbf, MACHINE_NEVER);
  cr_assert_eq(distribution_maximum(&type.boot), 0);
  cr_assert_eq(distribution_maximum(&type.warm), 0);
}

Test(machine_type, everything_can_be_said) {
  cr_assert(
      compile("{'cores': 2, 'discipline': 'fcfs', 'speed': 1.5, 'memory': '4GiB', 'disk': {'iops': 2000}, "
              "'nic': '1Gbps', 'price': '$24/month', 'boot': '45s', 'warm': '5s', 'mtbf': '90d', "
              "'mttr': '1h'}",
              NULL));
  cr_assert_eq(type.cores, 2);
  cr_assert_eq(type.discipline, STATION_FCFS);
  cr_assert_eq(type.speed, 1.5);
  cr_assert_eq(type.memory, INT64_C(4) << 30);
  cr_assert_eq(type.disk->iops, 2000);
  cr_assert_eq(type.nic, 125e6);
  cr_assert_float_eq(type.price.per_hour, 24.0 / 730, 1e-12);
  cr_assert_eq(distribution_mean(&type.boot), 45e9);
  cr_assert_eq(distribution_mean(&type.warm), 5e9);
  cr_assert_eq(type.mtbf, INT64_C(90) * 86400 * 1000000000);
  cr_assert_eq(type.mttr, INT64_C(3600) * 1000000000);
}

static void built_in(const char *name) {
  uint32_t number = names_find(&names, "built-in machine", name);
  cr_assert_neq(number, NAME_INDEX_NONE, "%s", name);
  cr_assert_str_eq(machine_catalogue_name(number), name);
  cr_assert(machine_catalogue_type(number, &arena, &type));
}

Test(machine_type, what_is_written_stands_over_the_base) {
  built_in("aws:c6i.2xlarge");
  struct machine_type base = type;
  cr_assert(compile("{'machine': 'aws:c6i.2xlarge', 'memory': '8GiB', 'price': null, 'boot': '1s'}", &base));
  cr_assert_eq(type.cores, 8);
  cr_assert_eq(type.discipline, STATION_PS);
  cr_assert_eq(type.memory, INT64_C(8) << 30);
  cr_assert_eq(type.nic, base.nic);
  cr_assert_eq(type.price.per_hour, 0.34);
  cr_assert_eq(distribution_mean(&type.boot), 1e9);
  cr_assert_eq(type.disk, base.disk);
  cr_assert(compile("{'machine': 'aws:c6i.2xlarge', 'price': '$0.2/h'}", &base));
  cr_assert_eq(type.price.per_hour, 0.2);
  cr_assert_not_null(type.price_node);
}

Test(machine_type, an_unknown_machine_is_an_error) {
  cr_assert_not(compile("{'machine': 'aws:c6i.3xlarge'}", NULL));
  cr_assert_eq(diagnostics.errors, 1);
  cr_assert_not_null(strstr(diagnostics.first->message, "aws:c6i.xlarge"), "%s", diagnostics.first->message);
}

// By hand from the providers' lists: cores, GiB, Mbit/s (0: unknown), and the price of a month of 730 hours.
static const struct {
  const char *name;
  int cores;
  double memory, megabits, month;
  enum units_currency currency;
} known[] = {
    {"aws:t3.nano", 2, 0.5, 32, 3.796, UNITS_DOLLAR},
    {"aws:t3.medium", 2, 4, 256, 30.368, UNITS_DOLLAR},
    {"aws:t4g.2xlarge", 8, 32, 2048, 196.224, UNITS_DOLLAR},
    {"aws:m5.large", 2, 8, 750, 70.08, UNITS_DOLLAR},
    {"aws:m7g.medium", 1, 4, 520, 29.784, UNITS_DOLLAR},
    {"aws:c6i.2xlarge", 8, 16, 3125, 248.2, UNITS_DOLLAR},
    {"aws:c6i.16xlarge", 64, 128, 25000, 1985.6, UNITS_DOLLAR},
    {"aws:r6i.4xlarge", 16, 128, 6250, 735.84, UNITS_DOLLAR},
    {"do:s-1vcpu-512mb", 1, 0.5, 0, 4, UNITS_DOLLAR},
    {"do:s-2vcpu-4gb", 2, 4, 0, 24, UNITS_DOLLAR},
    {"hetzner:cx33", 4, 8, 0, 6.49, UNITS_EURO},
};

Test(machine_type, built_in_ones_are_as_their_providers_list_them) {
  for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
    built_in(known[i].name);
    cr_assert_eq(type.cores, known[i].cores, "%s", known[i].name);
    cr_assert_eq((double)type.memory, known[i].memory * 0x1p30, "%s", known[i].name);
    if (known[i].megabits == 0) cr_assert(isinf(type.nic));
    if (known[i].megabits > 0) cr_assert_float_eq(type.nic * 8e-6, known[i].megabits, 1e-6);
    cr_assert(type.price.given);
    cr_assert_eq(type.price.currency, known[i].currency);
    cr_assert_float_eq(type.price.per_hour * 730, known[i].month, 1e-6, "%s", known[i].name);
  }
}

// Within a family a type of twice the cores has twice the memory and costs twice as much (t types: the next
// size has twice the memory), to a cent in the dollar; so that no digit of the list was mistyped.
Test(machine_type, families_double) {
  struct machine_type last = {.cores = 0};
  const char *family = "";
  int pairs = 0;
  for (size_t i = 0; machine_catalogue_name(i) != NULL; i++) {
    const char *name = machine_catalogue_name(i);
    cr_assert(machine_catalogue_type(i, &arena, &type));
    cr_assert_eq(names_find(&names, "machine", name), i, "no name stands twice");
    if (strncmp(name, "aws:", 4) == 0) {
      cr_assert_not_null(type.disk);
      if (strncmp(name, family, strcspn(family, ".") + 1) == 0) {
        double more = (double)type.memory / (double)last.memory;
        cr_assert(more == 2 || more == 4, "%s: %g", name, more);
        cr_assert_float_eq(type.price.per_hour / last.price.per_hour, more, 0.02 * more, "%s", name);
        cr_assert(type.nic > 1.2 * last.nic && type.nic < 3 * more * last.nic, "%s", name);
        pairs++;
      }
      family = name;
      last = type;
    }
  }
  cr_assert_gt(pairs, 80);
}

Test(machine_type, the_document_lists_them_with_dates) {
  char *text = NULL;
  size_t size = 0;
  FILE *stream = open_memstream(&text, &size);
  machine_catalogue_document(stream);
  fclose(stream);
  for (size_t i = 0; machine_catalogue_name(i) != NULL; i++)
    cr_assert_not_null(strstr(text, machine_catalogue_name(i)));
  cr_assert_not_null(strstr(text, "2026-07-20"));
  cr_assert_not_null(strstr(text, "\xe2\x82\xac"
                                  "6.49/month"),
                     "%s", text);
  free(text);
}
