// Latency classes and where they come from. RTTs are halved: a message takes one way.
//
// Between regions: the backbone RTTs that Microsoft publishes for Azure (P95 over 30 days to 30 July 2026,
// "Azure network round-trip latency statistics"), a few ms above the mean on such backbones. Within a zone
// and between zones: IBM Cloud's published means (VPC network latency, 30 days to 16 August 2026). Access
// profiles: fixed broadband and mobile medians from Ookla (2022); the others are assumed.
#include "network.h"

#include <math.h>
#include <string.h>

static const int64_t microsecond = 1000;
static const int64_t millisecond = 1000000;

static const char *const built_in_regions[] = {
    "us-east",  "us-central", "us-west",  "sa-east",      "eu-west",      "eu-central", "eu-north",
    "af-south", "me-central", "ap-south", "ap-southeast", "ap-northeast", "ap-sydney",  NULL};
enum { BUILT_IN_REGIONS = 13 };

// Round trips in ms, the upper triangle: Virginia, Iowa, Washington, São Paulo, Dublin, Amsterdam, Frankfurt,
// Johannesburg, Dubai, Pune, Singapore, Tokyo, Sydney.
static const int16_t round_trips[BUILT_IN_REGIONS][BUILT_IN_REGIONS] = {
    {0, 35, 76, 121, 76, 91, 97, 225, 191, 218, 229, 165, 206},
    {0, 0, 41, 155, 107, 114, 125, 251, 212, 245, 201, 139, 178},
    {0, 0, 0, 179, 136, 153, 159, 285, 256, 218, 165, 103, 180},
    {0, 0, 0, 0, 176, 189, 199, 326, 288, 320, 337, 275, 298},
    {0, 0, 0, 0, 0, 19, 28, 178, 131, 160, 236, 232, 272},
    {0, 0, 0, 0, 0, 0, 14, 171, 123, 153, 181, 242, 282},
    {0, 0, 0, 0, 0, 0, 0, 172, 122, 150, 179, 250, 290},
    {0, 0, 0, 0, 0, 0, 0, 0, 104, 134, 190, 254, 347},
    {0, 0, 0, 0, 0, 0, 0, 0, 0, 35, 90, 155, 179},
    {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 59, 129, 151},
    {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 74, 98},
    {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 105},
    {0},
};

struct profile {
  const char *name;
  int64_t round_trip; // ns, to the edge of the client's region
  const char *source;
};
static const struct profile profiles[] = {
    {"broadband", 10000000, "median of fixed broadband, Ookla 2022"},
    {"4g", 28000000, "median of mobile, Ookla 2022"},
    {"5g", 25000000, "assumed"},
    {"fibre", 8000000, "assumed"},
    {"3g", 120000000, "assumed"},
    {"lan", 200000, "assumed"},
};
enum { PROFILES = sizeof profiles / sizeof *profiles };
const char *const network_profiles[] = {"broadband", "4g", "5g", "fibre", "3g", "lan", NULL};

// ---- As it is written ----

struct pair {
  const char *from;
  const char *to;
  int64_t time;
};
static const struct field pair_fields[] = {
    FIELD_NAME(struct pair, from, .to = "region", .required = true, .doc = "a region"),
    FIELD_NAME(struct pair, to, .to = "region", .required = true, .doc = "another"),
    FIELD_DURATION(struct pair, time, .required = true, .doc = "one way"),
};
static const struct field_table pair_table =
    FIELD_TABLE("pair", struct pair, pair_fields, .doc = "The one-way latency between two regions.");

struct access_settings {
  int64_t rtt;
};
static const struct field access_fields[] = {
    FIELD_DURATION(struct access_settings, rtt, .required = true,
                   .doc = "round trip to the edge of the client's region"),
};
static const struct field_table access_table =
    FIELD_TABLE("access", struct access_settings, access_fields, .doc = "An access profile of clients.");

struct network_settings {
  int64_t within_host;
  int64_t within_zone;
  int64_t between_zones;
  struct list between;
  struct map access;
};
static const struct field network_fields[] = {
    FIELD_DURATION(struct network_settings, within_host, .standard = "\"20us\"",
                   .doc = "one way between components on one machine (assumed)"),
    FIELD_DURATION(struct network_settings, within_zone, .standard = "\"45us\"",
                   .doc = "one way within a zone (half of 0.09 ms, IBM Cloud 2026)"),
    FIELD_DURATION(struct network_settings, between_zones, .standard = "\"375us\"",
                   .doc = "one way between zones of a data center (half of 0.75 ms, IBM Cloud 2026)"),
    FIELD_LIST(struct network_settings, between, ITEM_TUPLE(struct pair, &pair_table),
               .doc = "[[region, region, one-way time], …]: overrides of the built-in matrix"),
    FIELD_MAP(struct network_settings, access, ITEM_RECORD(struct access_settings, &access_table),
              .to = "access profile", .doc = "{profile: {rtt}}: overrides of the built-in access profiles"),
};
static const struct field_table network_table =
    FIELD_TABLE("network", struct network_settings, network_fields, .doc = "How long a message takes.");

static const char *const none_words[] = {"none", NULL};
const struct field_alternative *const network_forms[] = {
    ALTERNATIVE("none", .row = ITEM_WORD(none_words),
                .doc = "every hop is free and there is no default timeout: textbook models"),
    ALTERNATIVE("classes", .table = &network_table, .doc = "latency classes"), NULL};

// ---- Compiled ----

static size_t profile_number(const char *name) {
  size_t i = 0;
  while (i < PROFILES && strcmp(profiles[i].name, name) != 0) i++;
  return i;
}

static void fill_matrix(struct network *network) {
  for (int i = 0; i < BUILT_IN_REGIONS; i++) {
    for (int j = 0; j < BUILT_IN_REGIONS; j++) {
      int16_t trip = round_trips[i < j ? i : j][i < j ? j : i];
      network->between[i][j] = trip * millisecond / 2;
    }
  }
}

static bool override_pair(const struct pair *pair, struct network *network) {
  uint16_t from = network_region(network, pair->from);
  uint16_t to = network_region(network, pair->to);
  if (from == UINT16_MAX || to == UINT16_MAX) return false;
  network->between[from][to] = network->between[to][from] = pair->time;
  return true;
}

static bool override_access(const struct map *access, struct network *network) {
  bool right = true;
  for (size_t i = 0; i < access->count; i++) {
    size_t profile = profile_number(access->entries[i].name);
    if (profile < PROFILES)
      network->access[profile] = ((const struct access_settings *)access->entries[i].value)->rtt / 2;
    right &= profile < PROFILES;
  }
  return right;
}

void network_names(struct names *names) {
  struct name_index *regions = &names_of(names, "region")->index;
  struct name_index *access = &names_of(names, "access profile")->index;
  for (size_t i = 0; built_in_regions[i] != NULL; i++) name_index_add(regions, built_in_regions[i]);
  for (size_t i = 0; network_profiles[i] != NULL; i++) name_index_add(access, network_profiles[i]);
}

bool network_compile(const struct variant *settings, struct arena *arena, struct network *network) {
  *network = (struct network){.regions = built_in_regions,
                              .region_count = BUILT_IN_REGIONS,
                              .within_host = 20 * microsecond,
                              .within_zone = 45 * microsecond,
                              .between_zones = 375 * microsecond};
  network->between = arena_array(arena, NETWORK_REGIONS_MOST, sizeof *network->between);
  network->access = arena_array(arena, PROFILES, sizeof *network->access);
  if (network->between == NULL || network->access == NULL) return false;
  fill_matrix(network);
  for (size_t i = 0; i < PROFILES; i++) network->access[i] = profiles[i].round_trip / 2;
  if (settings->alternative == NULL) return true;
  network->none = settings->index == 0;
  if (network->none) return true;
  const struct network_settings *written = settings->value;
  network->within_host = written->within_host;
  network->within_zone = written->within_zone;
  network->between_zones = written->between_zones;
  bool right = override_access(&written->access, network);
  for (size_t i = 0; i < written->between.count; i++) {
    right &= override_pair(&((const struct pair *)written->between.items)[i], network);
  }
  return right;
}

uint16_t network_region(const struct network *network, const char *name) {
  for (uint16_t i = 0; name != NULL && i < network->region_count; i++) {
    if (strcmp(network->regions[i], name) == 0) return i;
  }
  return UINT16_MAX;
}

int64_t network_access(const struct network *network, const char *profile) {
  size_t number = profile_number(profile);
  if (number == PROFILES) return -1;
  return network->none ? 0 : network->access[number];
}

static bool is_client(const struct network_end *end) {
  return end->place == UINT16_MAX;
}

int64_t network_delay(const struct network *network, const struct network_end *from,
                      const struct network_end *to) {
  if (network->none) return 0;
  if (is_client(from) || is_client(to)) {
    return from->access + to->access + network->between[from->region][to->region];
  }
  if (from->machine == to->machine && from->machine != NULL) return network->within_host;
  if (from->place != to->place) {
    int64_t between = network->between[from->region][to->region];
    return between > network->between_zones ? between : network->between_zones;
  }
  return from->zone == to->zone ? network->within_zone : network->between_zones;
}

int64_t network_default_timeout(const struct network *network) {
  return network->none ? INT64_MAX : 30000 * millisecond;
}

// ---- Documented ----

static void document_matrix(FILE *stream) {
  fprintf(stream, "\nRound trips between regions, ms:\n%-13s", "");
  for (int j = 0; j < BUILT_IN_REGIONS; j++) fprintf(stream, "%5.4s", built_in_regions[j] + (j > 2 ? 0 : 3));
  fprintf(stream, "\n");
  for (int i = 0; i < BUILT_IN_REGIONS; i++) {
    fprintf(stream, "%-13s", built_in_regions[i]);
    for (int j = 0; j < BUILT_IN_REGIONS; j++) {
      fprintf(stream, "%5d", (int)round_trips[i < j ? i : j][i < j ? j : i]);
    }
    fprintf(stream, "\n");
  }
  fprintf(stream, "Azure backbone, P95 of 30 days to 30 July 2026 (Microsoft).\n");
}

void network_document(FILE *stream) {
  field_document(&network_table, stream);
  fprintf(stream, "\nAccess profiles of clients, round trip to the edge of their region:\n");
  for (size_t i = 0; i < PROFILES; i++) {
    fprintf(stream, "  %-10s %6.1f ms  %s\n", profiles[i].name, (double)profiles[i].round_trip / 1e6,
            profiles[i].source);
  }
  document_matrix(stream);
}
