// Latency classes and where they come from. RTTs are halved: a message takes one way.
//
// RFC 6298: Paxson, Allman, Chu & Sargent, Computing TCP's Retransmission Timer, 2011.
//
// Between regions: the backbone RTTs that Microsoft publishes for Azure (P95 over 30 days to 30 July 2026,
// "Azure network round-trip latency statistics"), a few ms above the mean on such backbones. Within a zone
// and between zones: IBM Cloud's published means (VPC network latency, 30 days to 16 August 2026). Access
// profiles: the medians of fixed broadband and mobile round trips from Ookla (2022), of 5G bandwidth from
// Ookla (2021), of 4G bandwidth under load from Ookla (2025); the other figures, and all spreads, are
// assumed. No profile loses messages unless a scenario says so: nothing that could be cited was found.
#include "network.h"

#include "assertion.h"

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
  double median; // of round trips to the edge of the region, ms
  double p99;    // assumed
  double down;   // Mbit/s
  double up;
  const char *source;
};
static const struct profile profiles[] = {
    {"broadband", 10, 55, 100, 20, "median: Ookla 2022"},
    {"4g", 28, 154, 20, 8, "median: Ookla 2022; down: Ookla 2025"},
    {"5g", 25, 130, 166, 21, "bandwidth: Ookla 2021"},
    {"fibre", 8, 40, 300, 100, ""},
    {"3g", 120, 658, 2, 0.5, ""},
    {"lan", 0.2, 0.2, 1000, 1000, ""},
};
enum { PROFILES = sizeof profiles / sizeof *profiles };
const char *const network_profiles[] = {"broadband", "4g", "5g", "fibre", "3g", "lan", NULL};

// Of whoever is connected under "none".
static const struct network_access free_access = {
    .round_trip = {.kind = DISTRIBUTION_CONSTANT}, .down = INFINITY, .up = INFINITY};

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
  const struct distribution *rtt;
  const double *down;
  const double *up;
  const double *loss;
};
static const struct field access_fields[] = {
    FIELD_DISTRIBUTION(struct access_settings, rtt, DURATION,
                       .doc = "round trip to the edge of the client's region; each user has its own"),
    FIELD_BANDWIDTH(struct access_settings, down, .unlimited = true, .minimum = 1, .doc = "to the client"),
    FIELD_BANDWIDTH(struct access_settings, up, .unlimited = true, .minimum = 1, .doc = "from the client"),
    FIELD_FRACTION(struct access_settings, loss, .maximum = 0.9,
                   .doc = "chance that a message is lost on the link"),
};
static const struct field_table access_table =
    FIELD_TABLE("access", struct access_settings, access_fields, .doc = "An access profile of clients.");

static const struct field_alternative *const jitter_forms[] = {
    ALTERNATIVE(
        "cv", .row = ITEM_NUMBER(.maximum = 10),
        .doc = "every time is multiplied by a lognormal factor of mean 1 and this coefficient of variation"),
    ALTERNATIVE("added", .row = ITEM_DISTRIBUTION(DURATION), .doc = "added to the time of every message"),
    NULL};

struct network_settings {
  int64_t within_host;
  int64_t within_zone;
  int64_t between_zones;
  struct variant jitter;
  double loss;
  int64_t retransmission;
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
    FIELD_EITHER(struct network_settings, jitter, .alternatives = jitter_forms,
                 .doc = "how much messages between machines, and to and from clients, vary"),
    FIELD_FRACTION(struct network_settings, loss, .standard = "0", .maximum = 0.9,
                   .doc = "chance that a message is lost: over a connection it comes later"),
    FIELD_DURATION(struct network_settings, retransmission, .standard = "\"1s\"", .minimum = 1000,
                   .maximum = 60e9,
                   .doc = "least timeout until a lost message is sent again (RFC 6298; Linux: 200ms)"),
    FIELD_LIST(struct network_settings, between, ITEM_TUPLE(struct pair, &pair_table),
               .doc = "[[region, region, one-way time], …]: overrides of the built-in matrix"),
    FIELD_MAP(struct network_settings, access, ITEM_RECORD(struct access_settings, &access_table),
              .to = "access profile", .any_key = true,
              .doc = "{profile: {rtt, down, up, loss}}: overrides of the built-in access profiles"),
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

static void fill_access(struct network *network) {
  for (size_t i = 0; i < PROFILES; i++) {
    const struct profile *profile = &profiles[i];
    const char *why = NULL;
    network->access[i] = (struct network_access){.down = profile->down * 125e3, .up = profile->up * 125e3};
    bool right = distribution_lognormal_percentiles(&network->access[i].round_trip, profile->median * 1e6,
                                                    profile->p99 * 1e6, &why);
    ASSERT(right, "a built-in access profile");
  }
}

static void apply_access(const struct access_settings *written, struct network_access *access) {
  if (written->rtt != NULL) access->round_trip = *written->rtt;
  if (written->down != NULL) access->down = *written->down;
  if (written->up != NULL) access->up = *written->up;
  if (written->loss != NULL) access->loss = *written->loss;
}

static bool override_access(const struct map *access, struct network *network) {
  bool right = true;
  for (size_t i = 0; i < access->count; i++) {
    size_t profile = profile_number(access->entries[i].name);
    if (profile < PROFILES) apply_access(access->entries[i].value, &network->access[profile]);
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

static void compile_jitter(const struct variant *written, struct network *network) {
  const char *why = NULL;
  if (written->alternative == NULL) return;
  if (written->index == 1) {
    network->jitter = *(const struct distribution *)written->value;
    network->jitters = distribution_maximum(&network->jitter) > 0;
    return;
  }
  network->jitter_cv = *(const double *)written->value;
  network->jitters = network->jitter_cv > 0;
  if (!network->jitters) return;
  bool right = distribution_lognormal(&network->jitter, 1, network->jitter_cv, &why);
  ASSERT(right, "the range of a coefficient of variation");
}

static void judge_variation(struct network *network) {
  network->varies = network->jitters || network->loss > 0;
  for (size_t i = 0; i < PROFILES; i++) network->varies |= network->access[i].loss > 0;
}

bool network_compile(const struct variant *settings, struct arena *arena, struct network *network) {
  *network = (struct network){.regions = built_in_regions,
                              .region_count = BUILT_IN_REGIONS,
                              .within_host = 20 * microsecond,
                              .retransmission = 1000 * millisecond,
                              .within_zone = 45 * microsecond,
                              .between_zones = 375 * microsecond};
  network->between = arena_array(arena, NETWORK_REGIONS_MOST, sizeof *network->between);
  network->access = arena_array(arena, PROFILES, sizeof *network->access);
  if (network->between == NULL || network->access == NULL) return false;
  fill_matrix(network);
  fill_access(network);
  judge_variation(network);
  if (settings->alternative == NULL) return true;
  network->none = settings->index == 0;
  if (network->none) {
    network->varies = false;
    return true;
  }
  const struct network_settings *written = settings->value;
  network->within_host = written->within_host;
  network->within_zone = written->within_zone;
  network->between_zones = written->between_zones;
  network->loss = written->loss;
  network->retransmission = written->retransmission;
  compile_jitter(&written->jitter, network);
  bool right = override_access(&written->access, network);
  for (size_t i = 0; i < written->between.count; i++) {
    right &= override_pair(&((const struct pair *)written->between.items)[i], network);
  }
  judge_variation(network);
  return right;
}

uint16_t network_region(const struct network *network, const char *name) {
  for (uint16_t i = 0; name != NULL && i < network->region_count; i++) {
    if (strcmp(network->regions[i], name) == 0) return i;
  }
  return UINT16_MAX;
}

const struct network_access *network_profile(const struct network *network, const char *name) {
  size_t number = profile_number(name);
  if (number == PROFILES) return NULL;
  return network->none ? &free_access : &network->access[number];
}

int64_t network_access(const struct network *network, const char *profile) {
  const struct network_access *access = network_profile(network, profile);
  if (access == NULL) return -1;
  return distribution_round(distribution_quantile(&access->round_trip, 0.5)) / 2;
}

int64_t network_user_delay(const struct network_access *access, struct random_stream user) {
  return distribution_sample(&access->round_trip, &user) / 2;
}

static bool on_one_machine(const struct network_end *from, const struct network_end *to) {
  return from->machine == to->machine && from->machine != NULL;
}

int64_t network_delay(const struct network *network, const struct network_end *from,
                      const struct network_end *to) {
  if (network->none || network_is_everywhere(from) || network_is_everywhere(to)) return 0;
  if (network_is_client(from) || network_is_client(to)) {
    return from->access + to->access + network->between[from->region][to->region];
  }
  if (on_one_machine(from, to)) return network->within_host;
  if (from->place != to->place) {
    int64_t between = network->between[from->region][to->region];
    return between > network->between_zones ? between : network->between_zones;
  }
  return from->zone == to->zone ? network->within_zone : network->between_zones;
}

// ---- Bandwidth, jitter, loss ----

static int64_t link_time(double bandwidth, int64_t bytes) {
  return distribution_round((double)bytes * 1e9 / bandwidth);
}

int64_t network_transfer(const struct network_end *from, const struct network_end *to, int64_t bytes) {
  int64_t time = from->profile != NULL ? link_time(from->profile->up, bytes) : 0;
  return to->profile != NULL ? time + link_time(to->profile->down, bytes) : time;
}

double network_loss(const struct network *network, const struct network_end *from,
                    const struct network_end *to) {
  if (network->none || on_one_machine(from, to)) return 0;
  if (network_is_everywhere(from) || network_is_everywhere(to)) return 0;
  double arrives = 1 - network->loss;
  if (from->profile != NULL) arrives *= 1 - from->profile->loss;
  if (to->profile != NULL) arrives *= 1 - to->profile->loss;
  return 1 - arrives;
}

static int64_t jitter(const struct network *network, const struct network_end *from,
                      const struct network_end *to, int64_t delay, struct random_stream *stream) {
  if (!network->jitters || on_one_machine(from, to)) return delay;
  if (network->jitter_cv == 0) return delay + distribution_sample(&network->jitter, stream);
  return distribution_round((double)delay * distribution_draw(&network->jitter, stream));
}

int64_t network_retransmission(const struct network *network, int64_t round_trip, unsigned tries) {
  const int64_t most = 60000 * millisecond;
  int64_t timeout = round_trip < most ? 3 * round_trip : most;
  if (timeout < network->retransmission) timeout = network->retransmission;
  for (unsigned i = 1; i < tries && timeout < most; i++) timeout *= 2;
  return timeout < most ? timeout : most;
}

int64_t network_message(const struct network *network, const struct network_end *from,
                        const struct network_end *to, struct random_stream *stream) {
  int64_t delay = network_delay(network, from, to);
  if (!network->varies) return delay;
  double loss = network_loss(network, from, to);
  int64_t lost = 0;
  for (unsigned tries = 1; loss > 0 && tries < NETWORK_TRIES_MOST && random_unit(stream) < loss; tries++)
    lost += network_retransmission(network, 2 * delay, tries);
  return lost + jitter(network, from, to, delay, stream);
}

bool network_datagram(const struct network *network, const struct network_end *from,
                      const struct network_end *to, struct random_stream *stream, int64_t *delay) {
  double loss = network->varies ? network_loss(network, from, to) : 0;
  if (loss > 0 && random_unit(stream) < loss) return false;
  *delay = jitter(network, from, to, network_delay(network, from, to), stream);
  return true;
}

double network_message_mean(const struct network *network, const struct network_end *from,
                            const struct network_end *to) {
  int64_t delay = network_delay(network, from, to);
  double mean = (double)delay, loss = network_loss(network, from, to), chance = loss;
  if (network->jitters && network->jitter_cv == 0 && !on_one_machine(from, to))
    mean += distribution_mean(&network->jitter);
  for (unsigned tries = 1; tries < NETWORK_TRIES_MOST; tries++, chance *= loss)
    mean += chance * (double)network_retransmission(network, 2 * delay, tries);
  return mean;
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
  fprintf(stream, "\nAccess profiles of clients: round trip to the edge of their region, Mbit/s\n");
  fprintf(stream, "  %-10s %7s %7s %6s %6s\n", "", "median", "p99", "down", "up");
  for (size_t i = 0; i < PROFILES; i++) {
    const struct profile *profile = &profiles[i];
    fprintf(stream, "  %-10s %4.4g ms %4.4g ms %6g %6g%s%s\n", profile->name, profile->median, profile->p99,
            profile->down, profile->up, *profile->source != '\0' ? "  " : "", profile->source);
  }
  fprintf(stream, "What has no source is assumed. Messages are lost where a scenario says so.\n");
  document_matrix(stream);
}
