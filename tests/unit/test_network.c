#include "json.h"
#include "network.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static struct arena arena;
static struct diagnostics diagnostics;
static struct field_context context;
static struct network network;

static void begin(void) {
  arena_init(&arena, NULL);
  diagnostics_init(&diagnostics, &arena);
  context = (struct field_context){.arena = &arena, .diagnostics = &diagnostics};
}

static void end(void) {
  arena_drop(&arena);
}

TestSuite(network, .init = begin, .fini = end);

// Reads and compiles what stands under "network"; NULL: nothing does. Single quotes for double ones.
static bool compile(const char *written) {
  struct variant settings = {0};
  const struct node *node = NULL;
  struct names names;
  names_init(&names, &arena);
  network_names(&names);
  context.names = &names;
  if (written != NULL) {
    char *text = arena_text(&arena, written, strlen(written));
    for (char *c = text; *c != '\0'; c++)
      if (*c == '\'') *c = '"';
    node = json_read(text, strlen(text), "test", &diagnostics, &arena);
    cr_assert_not_null(node, "%s", text);
    const struct field row = {
        .kind = FIELD_KIND_EITHER, .size = sizeof(struct variant), .alternatives = network_forms};
    if (!field_decode_value(&row, node, &settings, &context)) return false;
  }
  return network_compile(&settings, context.arena, &network);
}

static struct network_end server_at(uint16_t region, uint16_t place, uint16_t zone, const void *machine) {
  return (struct network_end){.region = region, .place = place, .zone = zone, .machine = machine};
}

static struct network_end client_at(uint16_t region, int64_t access) {
  return (struct network_end){.region = region, .place = UINT16_MAX, .access = access};
}

// The same in both directions.
static int64_t delay(struct network_end a, struct network_end b) {
  int64_t there = network_delay(&network, &a, &b);
  cr_assert_eq(network_delay(&network, &b, &a), there);
  return there;
}

static const int64_t microsecond = 1000, millisecond = 1000000;
static const char machine_one, machine_two;

Test(network, classes_by_where_the_ends_stand) {
  cr_assert(compile(NULL));
  struct network_end here = server_at(0, 0, 0, &machine_one);
  cr_assert_eq(delay(here, server_at(0, 0, 0, &machine_one)), 20 * microsecond, "one machine");
  cr_assert_eq(delay(here, server_at(0, 0, 0, &machine_two)), 45 * microsecond, "one zone");
  cr_assert_eq(delay(here, server_at(0, 0, 1, &machine_two)), 375 * microsecond, "two zones");
  cr_assert_eq(delay(here, server_at(0, 1, 0, &machine_two)), 375 * microsecond,
               "two places of a region are no nearer than two zones");
  // Virginia to Dublin: 76 ms there and back (Microsoft 2026).
  uint16_t ireland = network_region(&network, "eu-west");
  cr_assert_eq(delay(here, server_at(ireland, 1, 0, &machine_two)), 38 * millisecond);
  cr_assert_eq(delay(server_at(0, 0, 0, NULL), server_at(0, 0, 0, NULL)), 45 * microsecond,
               "no machine is not the same machine");
}

Test(network, a_client_pays_its_access_and_the_way_between_regions) {
  cr_assert(compile("{}"));
  uint16_t ireland = network_region(&network, "eu-west");
  int64_t access = network_access(&network, "4g");
  cr_assert_eq(access, 14 * millisecond, "half of 28 ms (Ookla 2022)");
  cr_assert_eq(delay(client_at(0, access), server_at(0, 0, 2, &machine_one)), 14 * millisecond);
  cr_assert_eq(delay(client_at(0, access), server_at(ireland, 0, 0, &machine_one)), 52 * millisecond);
  cr_assert_eq(network_access(&network, "broadband"), 5 * millisecond);
  cr_assert_eq(network_access(&network, "pigeon"), -1);
  for (size_t i = 0; network_profiles[i] != NULL; i++)
    cr_assert_gt(network_access(&network, network_profiles[i]), 0, "%s", network_profiles[i]);
}

Test(network, none_makes_every_hop_free) {
  cr_assert(compile("'none'"));
  cr_assert(network.none);
  cr_assert_eq(network_default_timeout(&network), INT64_MAX);
  cr_assert_eq(delay(server_at(0, 0, 0, &machine_one), server_at(4, 1, 1, &machine_two)), 0);
  cr_assert_eq(delay(client_at(0, 7), server_at(4, 1, 1, &machine_two)), 0);
  cr_assert_eq(network_access(&network, "3g"), 0);
  cr_assert_eq(network_access(&network, "pigeon"), -1, "unknown is unknown");
}

Test(network, settings_are_followed) {
  cr_assert(compile("{'within_host': '1us', 'within_zone': '2us', 'between_zones': '3us', "
                    "'between': [['sa-east', 'us-east', '7ms'], ['eu-west', 'eu-west', '9ms']]}"));
  cr_assert_not(network.none);
  cr_assert_lt(network_default_timeout(&network), INT64_MAX);
  struct network_end here = server_at(0, 0, 0, &machine_one);
  cr_assert_eq(delay(here, server_at(0, 0, 0, &machine_one)), 1 * microsecond);
  cr_assert_eq(delay(here, server_at(0, 0, 0, &machine_two)), 2 * microsecond);
  cr_assert_eq(delay(here, server_at(0, 0, 1, &machine_two)), 3 * microsecond);
  uint16_t brazil = network_region(&network, "sa-east"), ireland = network_region(&network, "eu-west");
  cr_assert_eq(delay(here, server_at(brazil, 1, 0, &machine_two)), 7 * millisecond);
  cr_assert_eq(delay(server_at(ireland, 0, 0, NULL), server_at(ireland, 1, 0, NULL)), 9 * millisecond);
  cr_assert_eq(delay(here, server_at(ireland, 1, 0, &machine_two)), 38 * millisecond, "the others stay");
}

Test(network, an_unknown_region_is_an_error_with_a_suggestion) {
  cr_assert_not(compile("{'between': [['us-east', 'eu-wets', '7ms'], ['mars', 'us-east', '9min']]}"));
  cr_assert_eq(diagnostics.errors, 2, "each is told");
  bool suggested = false;
  for (const struct diagnostic *found = diagnostics.first; found != NULL; found = found->next)
    suggested |= strstr(found->message, "eu-wets") != NULL && strstr(found->message, "eu-west`") != NULL;
  cr_assert(suggested);
}

Test(network, without_memory_nothing_is_compiled) {
  struct memory_budget budget;
  memory_budget_init(&budget);
  budget.limit = 0;
  struct arena tight;
  arena_init(&tight, &budget);
  context.arena = &tight;
  cr_assert_not(compile(NULL));
  cr_assert(budget.exhausted);
  arena_drop(&tight);
}

// ---- The built-in matrix
// ----------------------------------------------------------------------------------------

// Degrees north and east of the cities, in the order of the regions.
static const double cities[][2] = {{38.9, -77.5}, {41.6, -93.6}, {47.2, -119.9}, {-23.5, -46.6}, {53.3, -6.3},
                                   {52.4, 4.9},   {50.1, 8.7},   {-26.2, 28.0},  {25.2, 55.3},   {18.5, 73.9},
                                   {1.35, 103.8}, {35.7, 139.8}, {-33.9, 151.2}};

static double kilometres(const double *a, const double *b) {
  double turn = acos(-1) / 180;
  double half_latitude = sin((b[0] - a[0]) * turn / 2), half_longitude = sin((b[1] - a[1]) * turn / 2);
  double chord =
      half_latitude * half_latitude + cos(a[0] * turn) * cos(b[0] * turn) * half_longitude * half_longitude;
  return 2 * 6371 * asin(sqrt(chord));
}

// Light in glass goes 204 km a millisecond; cables take detours, but on the way between two of these never
// more than five times the great circle.
Test(network, no_message_is_faster_than_light_in_glass) {
  cr_assert(compile(NULL));
  cr_assert_eq(network.region_count, sizeof cities / sizeof *cities);
  for (uint16_t i = 0; i < network.region_count; i++) {
    cr_assert_eq(network_region(&network, network.regions[i]), i, "names are distinct");
    cr_assert_eq(network.between[i][i], 0);
    for (uint16_t j = 0; j < i; j++) {
      cr_assert_eq(network.between[i][j], network.between[j][i]);
      double ms = (double)network.between[i][j] / 1e6, least = kilometres(cities[i], cities[j]) / 204;
      cr_assert(ms >= least && ms <= 5 * least + 1, "%s to %s: %g ms, light takes %g", network.regions[i],
                network.regions[j], ms, least);
    }
  }
  cr_assert_eq(network_region(&network, "atlantis"), UINT16_MAX);
}

Test(network, the_document_names_all_regions_and_profiles) {
  cr_assert(compile(NULL));
  char *text = NULL;
  size_t size = 0;
  FILE *stream = open_memstream(&text, &size);
  network_document(stream);
  fclose(stream);
  for (uint16_t i = 0; i < network.region_count; i++)
    cr_assert_not_null(strstr(text, network.regions[i]), "%s", network.regions[i]);
  for (size_t i = 0; network_profiles[i] != NULL; i++)
    cr_assert_not_null(strstr(text, network_profiles[i]), "%s", network_profiles[i]);
  cr_assert_not_null(strstr(text, "within_zone"));
  free(text);
}
