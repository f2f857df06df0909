// The top level of a scenario, and the order in which it becomes a plan: places and machines first, then the
// names of requests, then components and clients, then what refers to them.
#include "scenario.h"

#include "client.h"
#include "demand.h"
#include "deployment.h"
#include "machine_catalogue.h"
#include "machines.h"
#include "model.h"
#include "node_edit.h"
#include "overrides.h"
#include "storage.h"
#include "timeline.h"

#include <math.h>
#include <string.h>

// ---- As it is written ----

static const char *const auto_words[] = {"auto", NULL};
static const struct field_alternative *const warmup_forms[] = {
    ALTERNATIVE("auto", .row = ITEM_WORD(auto_words), .doc = "found by pilot runs (MSER-5)"),
    ALTERNATIVE("time", .row = ITEM_DURATION(), .doc = "so long"), NULL};

// Known to app/estimates, too; a unit test compares.
static const char *const precision_words[] = {"mean",  "p50",    "p90",        "p95",     "p99",
                                              "p99.9", "errors", "throughput", "goodput", NULL};

struct precision_settings {
  double precision;
  int of;
  int64_t max;
};
static const struct field precision_fields[] = {
    FIELD_FRACTION(struct precision_settings, precision, .required = true, .minimum = 1e-4,
                   .doc = "half-width of the interval, relative"),
    FIELD_WORD(struct precision_settings, of, precision_words, .standard = "\"mean\"",
               .doc = "of what, over all requests but attackers'"),
    FIELD_COUNT(struct precision_settings, max, .standard = "50", .minimum = 10, .maximum = 10000,
                .doc = "replications at most"),
};
static const struct field_table precision_table =
    FIELD_TABLE("precision", struct precision_settings, precision_fields,
                .doc = "As many replications as a precision needs.");

static const struct field_alternative *const replication_forms[] = {
    ALTERNATIVE("count", .row = ITEM_COUNT(.minimum = 1, .maximum = 10000),
                .doc = "so many; 1: batch means of one long run"),
    ALTERNATIVE("precision", .table = &precision_table, .doc = "as many as a precision needs"), NULL};

struct written_run {
  const int64_t *duration;
  struct variant warmup;
  const int64_t *requests;
  double load;
  int64_t seed;
  struct variant replications;
  int64_t window;
  int64_t drain;
  bool audit;
};
static const struct field run_fields[] = {
    FIELD_DURATION(struct written_run, duration, .above = true, .maximum = 1e18,
                   .doc = "measured time; 10min unless given"),
    FIELD_EITHER(struct written_run, warmup, .alternatives = warmup_forms, .standard = "\"auto\"",
                 .doc = "time before the measurement; zero where the law of the run changes"),
    FIELD_COUNT(struct written_run, requests, .minimum = 1, .maximum = 1e12,
                .doc = "measured requests, instead of a duration"),
    FIELD_NUMBER(struct written_run, load, .standard = "1", .minimum = 1e-9, .maximum = 1e9,
                 .doc = "factor on every client's rate and population"),
    FIELD_COUNT(struct written_run, seed, .standard = "1", .minimum = 0, .doc = "of all random numbers"),
    FIELD_EITHER(struct written_run, replications, .alternatives = replication_forms, .standard = "5",
                 .doc = "independent runs"),
    FIELD_DURATION(struct written_run, window, .standard = "\"1s\"", .minimum = 1000, .maximum = 1e18,
                   .doc = "of the series; doubled while there are more than 2000"),
    FIELD_DURATION(struct written_run, drain, .standard = "\"60s\"", .minimum = 0, .maximum = 1e18,
                   .doc = "how long the measured requests may take to end"),
    FIELD_BOOLEAN(struct written_run, audit, .standard = "true",
                  .doc = "whether identities and laws are checked at the end"),
};
static const struct field_table run_table =
    FIELD_TABLE("run", struct written_run, run_fields, .doc = "How the scenario is simulated.");

struct written_place {
  const char *region;
  struct list zones;
};
static const struct field place_fields[] = {
    FIELD_NAME(struct written_place, region, .to = "region", .required = true,
               .doc = "see `headroom doc network`"),
    FIELD_LIST(struct written_place, zones, ITEM_NAME(), .maximum = 26,
               .doc = "names of its zones; one unless given"),
};
static const struct field_table place_table =
    FIELD_TABLE("datacenter", struct written_place, place_fields, .doc = "A data center.");

struct written_request {
  int64_t priority;
  int64_t size;
  struct reference reads;
  const bool *idempotent;
  bool retry_unsafe;
  const struct units_money *value;
};
static const struct field request_fields[] = {
    FIELD_COUNT(struct written_request, priority, .standard = "0", .minimum = 0, .maximum = JOB_LEVELS - 1,
                .doc = "0 is the most urgent"),
    FIELD_SIZE(struct written_request, size, .standard = "\"1KB\"", .minimum = 0, .maximum = 1e12,
               .doc = "of the request itself, on its way there"),
    FIELD_REFERENCE(struct written_request, reads, "dataset",
                    .doc = "whose item a CDN or an object store serves; the only one that its origin holds "
                           "unless given"),
    FIELD_BOOLEAN(
        struct written_request, idempotent,
        .doc = "whether doing it twice does no harm; unless given, it does none where nothing is written"),
    FIELD_BOOLEAN(struct written_request, retry_unsafe, .standard = "false",
                  .doc = "it may be retried and hedged though it is not idempotent; how often it is done "
                         "twice is counted as `duplicates`"),
    FIELD_MONEY(struct written_request, value, .once = true,
                .doc = "what one earns that is answered; those that are not are lost revenue"),
};
static const struct field_table request_table =
    FIELD_TABLE("request", struct written_request, request_fields, .doc = "A kind of request.");

// The data center that there is where none is named.
static const char *const only_place = "main";

static const struct field_alternative *component_alternative(size_t index);

struct scenario {
  const char *name;
  const char *extends;
  struct written_run run;
  struct map datacenters;
  struct variant network;
  struct map machines;
  struct map hosts;
  struct map datasets;
  struct map requests;
  struct map clients;
  struct map components;
  struct list timeline;
  struct list slo;
  struct price_settings prices;
};
static const struct field scenario_fields[] = {
    FIELD_TEXT(struct scenario, name, .doc = "free text"),
    FIELD_TEXT(struct scenario, extends, .doc = "a file that this one is a patch over"),
    FIELD_RECORD(struct scenario, run, struct written_run, &run_table, .doc = "how it is simulated"),
    FIELD_MAP(struct scenario, datacenters, ITEM_RECORD(struct written_place, &place_table), .maximum = 1000,
              .doc = "absent: one, `main`, in us-east"),
    FIELD_EITHER(struct scenario, network, .alternatives = network_forms,
                 .doc = "how long a message takes; \"none\": no time"),
    FIELD_MAP(struct scenario, machines, ITEM_RECORD(struct machine_written, &machine_table),
              .maximum = 10000, .doc = "types of machines"),
    FIELD_MAP(struct scenario, hosts, ITEM_RECORD(struct machine_host, &machine_host_table), .maximum = 10000,
              .doc = "machines that components share"),
    FIELD_MAP(struct scenario, datasets, ITEM_RECORD(struct dataset_settings, &dataset_table),
              .maximum = 1000, .doc = "what requests read and write: keyspaces"),
    FIELD_MAP(struct scenario, requests, ITEM_RECORD(struct written_request, &request_table),
              .maximum = PLAN_REQUESTS_MOST, .doc = "what is to be known about kinds of requests"),
    FIELD_MAP(struct scenario, clients, ITEM_RECORD(struct client_settings, &client_table), .required = true,
              .minimum = 1, .maximum = PLAN_CLIENTS_MOST, .doc = "groups of clients"),
    FIELD_MAP(struct scenario, components, ITEM_TYPED(.each = component_alternative, .tag = "type"),
              .required = true, .minimum = 1, .maximum = PLAN_COMPONENTS_MOST,
              .doc = "what the architecture is made of"),
    FIELD_LIST(struct scenario, timeline, &timeline_item, .maximum = 100000, .doc = "what happens, and when"),
    FIELD_LIST(struct scenario, slo, ITEM_TEXT(), .maximum = 1000, .doc = "objectives: \"p99 < 500ms\""),
    FIELD_RECORD(struct scenario, prices, struct price_settings, &price_table, .doc = "how prices add up"),
};
const struct field_table scenario_table =
    FIELD_TABLE("scenario", struct scenario, scenario_fields,
                .doc = "An architecture, its traffic, and how it is simulated.");

static const struct field_alternative *component_alternative(size_t index) {
  for (size_t i = 0; models[i] != NULL; i++) {
    if (i == index) return &models[i]->form;
  }
  return NULL;
}

const struct merge_rules scenario_merge_rules = {.is_choice = field_choice_rule, .context = &scenario_table};

// ---- Names ----

// A key of the document that no row has may be one of them, misspelt.
static bool has_strangers(const struct node *root) {
  for (const struct node *child = root->first; child != NULL; child = child->next) {
    struct field_place place;
    if (field_is_given(child) && !field_find(&scenario_table, child->key, &place)) return true;
  }
  return false;
}

// Numbered as the map will be that is read from the object: by strcmp().
static void gather(struct names *names, const char *noun, const struct node *root, const char *key) {
  struct names_kind *kind = names_of(names, noun);
  const struct node *object = node_find(root, key);
  kind->open = object == NULL ? has_strangers(root) : object->kind != NODE_OBJECT;
  if (object == NULL || object->kind != NODE_OBJECT) return;
  const struct node **sorted = node_sorted(object, names->arena);
  for (size_t i = 0; i < object->count; i++) {
    if (field_is_given(sorted[i])) name_index_add(&kind->index, sorted[i]->key);
  }
}

static struct names *gather_names(const struct node *root, struct arena *arena) {
  struct names *names = arena_take(arena, sizeof *names);
  names_init(names, arena);
  gather(names, "component", root, "components");
  gather(names, "host", root, "hosts");
  gather(names, "dataset", root, "datasets");
  gather(names, "machine", root, "machines");
  machine_catalogue_names(names);
  gather(names, "data center", root, "datacenters");
  gather(names, "client group", root, "clients");
  names_of(names, "component")->open |=
      node_find(root, "components") == NULL; // they are missing, which is said
  names_of(names, "request");
  network_names(names);
  struct name_index *places = &names_of(names, "data center")->index;
  if (places->count == 0) name_index_add(places, only_place);
  return names;
}

struct component *plan_component(const struct plan *plan, const char *name) {
  uint32_t number = names_find(plan->names, "component", name);
  return number < plan->component_count ? &plan->components[number] : NULL;
}

uint16_t plan_request(const struct plan *plan, const char *name) {
  uint32_t number = names_find(plan->names, "request", name);
  return number < plan->request_count ? (uint16_t)number : UINT16_MAX;
}

bool plan_sent(const struct plan *plan, uint16_t request) {
  for (uint16_t c = 0; c < plan->client_count; c++) {
    if (plan->clients[c].entries[request].callee != NULL) return true;
  }
  return false;
}

uint16_t plan_place(const struct plan *plan, const char *name) {
  uint32_t number = names_find(plan->names, "data center", name);
  return number < plan->place_count ? (uint16_t)number : UINT16_MAX;
}

uint16_t plan_dataset(const struct plan *plan, const char *name) {
  uint32_t number = names_find(plan->names, "dataset", name);
  return number < plan->dataset_count ? (uint16_t)number : UINT16_MAX;
}

const struct host *plan_host(const struct plan *plan, const char *name) {
  uint32_t number = names_find(plan->names, "host", name);
  return number < plan->host_count ? &plan->hosts[number] : NULL;
}

// Bytes of a request of which nothing is said: headers and a short body. Assumed.
static const int64_t default_request_size = 1000;

uint16_t plan_add_request(struct plan *plan, const char *name) {
  uint16_t found = plan_request(plan, name);
  if (found != UINT16_MAX || plan->request_count == PLAN_REQUESTS_MOST) return found;
  name_index_add(&names_of(plan->names, "request")->index, name);
  plan->requests[plan->request_count] =
      (struct request_type){.name = name, .dataset = UINT16_MAX, .size = default_request_size};
  return plan->request_count++;
}

// Their names hold a space, as no name of a scenario does.
void plan_add_operation(struct plan *plan, enum operation operation, uint16_t dataset) {
  static const char *const verbs[] = {"", "read ", "write ", "set ", "drop "};
  const char *name = arena_format(plan->arena, "%s%s", verbs[operation], plan->datasets[dataset].name);
  uint16_t number = plan_add_request(plan, name);
  if (number == UINT16_MAX) return;
  plan->requests[number].operation = (uint8_t)operation;
  plan->requests[number].dataset = dataset;
}

uint32_t plan_site(struct plan *plan) {
  return plan->site_count++;
}

// ---- Settings of the run ----

static bool compile_run(const struct written_run *written, const struct node *node, struct plan *plan,
                        struct field_context *context) {
  struct run_settings *run = &plan->run;
  if (written->duration != NULL && written->requests != NULL) {
    diagnostic_error(context->diagnostics, node_find(node, "requests"),
                     "stands instead of `duration`: only one of them may be given");
    return false;
  }
  run->requests = written->requests != NULL ? *written->requests : INT64_MAX;
  run->duration = written->duration != NULL   ? *written->duration
                  : written->requests != NULL ? INT64_MAX
                                              : INT64_C(600000000000);
  run->warmup_kind = written->warmup.index == 1 ? WARMUP_FIXED : WARMUP_AUTO;
  if (written->warmup.index == 1) run->warmup = *(const int64_t *)written->warmup.value;
  run->load = written->load;
  run->seed = (uint64_t)written->seed;
  run->window = written->window;
  run->drain = written->drain;
  run->audit = written->audit;
  if (written->replications.index == 0) {
    run->replications = *(const int64_t *)written->replications.value;
    run->replications_most = run->replications;
    return true;
  }
  const struct precision_settings *precision = written->replications.value;
  run->replications = 10;
  run->replications_most = precision->max;
  run->precision = precision->precision;
  run->precision_of = precision_words[precision->of];
  return true;
}

// ---- Places and machines ----

// Of a place whose zones nobody has named.
static const char *const only_zone[] = {"a"};

static bool compile_place(const struct map_entry *entry, struct plan *plan) {
  const struct written_place *written = entry->value;
  const char **zones = written->zones.items;
  for (size_t i = 0; i < written->zones.count; i++) zones[i] = zones[i] != NULL ? zones[i] : "";
  uint16_t region = network_region(&plan->network, written->region);
  plan->places[plan->place_count++] =
      (struct place){.name = entry->name,
                     .region = written->region,
                     .region_number = region,
                     .zones = (uint16_t)(written->zones.count > 0 ? written->zones.count : 1),
                     .zone_names = written->zones.count > 0 ? written->zones.items : only_zone};
  return region != UINT16_MAX;
}

static bool compile_places(const struct map *written, struct plan *plan) {
  plan->places = arena_array(plan->arena, written->count + 1, sizeof *plan->places);
  if (plan->places == NULL) return false;
  if (written->count == 0) {
    plan->places[0] = (struct place){.name = only_place,
                                     .region = "us-east",
                                     .region_number = network_region(&plan->network, "us-east"),
                                     .zones = 1,
                                     .zone_names = only_zone};
    plan->place_count = 1;
    return true;
  }
  bool right = true;
  for (size_t i = 0; i < written->count; i++) right &= compile_place(&written->entries[i], plan);
  return right;
}

// ---- Components and clients ----

static bool make_components(const struct map *written, struct plan *plan) {
  plan->components = arena_array(plan->arena, written->count, sizeof *plan->components);
  if (plan->components == NULL) return false;
  for (size_t i = 0; i < written->count; i++) {
    const struct variant *variant = written->entries[i].value;
    bool known = variant->alternative != NULL;
    plan->components[i] = (struct component){.name = written->entries[i].name,
                                             .node = written->entries[i].node,
                                             .model = known ? variant->alternative->user : NULL,
                                             .parameters = variant->value,
                                             .wrong = written->entries[i].wrong,
                                             .number = (uint16_t)i};
  }
  plan->component_count = (uint16_t)written->count;
  return true;
}

// ---- Edges ----

static bool has_edge(const struct plan *plan, const char *region) {
  for (uint16_t p = 0; p < plan->place_count; p++) {
    if (plan->places[p].edge && strcmp(plan->places[p].region, region) == 0) return true;
  }
  return false;
}

// There is one place in a region for the edges of all components.
static void add_edge_place(struct plan *plan, const char *region) {
  uint16_t number = network_region(&plan->network, region);
  if (number == UINT16_MAX || has_edge(plan, region)) return;
  plan->places[plan->place_count++] = (struct place){.name = region,
                                                     .region = region,
                                                     .region_number = number,
                                                     .zones = 1,
                                                     .zone_names = only_zone,
                                                     .edge = true};
}

static bool add_edges(struct plan *plan) {
  struct place *places =
      arena_array(plan->arena, (size_t)plan->place_count + plan->network.region_count, sizeof *places);
  if (places == NULL) return false;
  memcpy(places, plan->places, plan->place_count * sizeof *places);
  plan->places = places;
  for (uint16_t c = 0; c < plan->component_count; c++) {
    const struct component *component = &plan->components[c];
    if (component->wrong || component->model == NULL || component->model->edges == NULL) continue;
    const struct list *regions = component->model->edges(component->parameters);
    const char *const *names = regions->count > 0 ? regions->items : plan->network.regions;
    size_t count = regions->count > 0 ? regions->count : plan->network.region_count;
    for (size_t i = 0; i < count; i++) add_edge_place(plan, names[i]);
  }
  return true;
}

// ---- Datasets ----

static int64_t all_users(const struct map *clients) {
  int64_t users = 0;
  for (size_t i = 0; i < clients->count; i++) users += client_users(clients->entries[i].value);
  return users;
}

static bool compile_datasets(const struct scenario *scenario, struct plan *plan,
                             struct field_context *context) {
  const struct map *written = &scenario->datasets;
  plan->datasets = arena_array(plan->arena, written->count + 1, sizeof *plan->datasets);
  if (plan->datasets == NULL) return false;
  int64_t users = all_users(&scenario->clients);
  bool right = true;
  for (size_t i = 0; i < written->count; i++) {
    const struct map_entry *entry = &written->entries[i];
    uint16_t number = plan->dataset_count++;
    plan->datasets[number].name = entry->name;
    if (entry->wrong) continue;
    right &= dataset_compile(&plan->datasets[number], entry->name, number, entry->value, entry->node, users,
                             context);
  }
  return right;
}

// ---- Requests ----

// What a component sends that is too wrong to be read: any "request" or "publish" within.
static void collect_keyed(const struct node *node, bool reads, struct plan *plan) {
  uint16_t dataset = node->kind == NODE_STRING ? plan_dataset(plan, node->text) : UINT16_MAX;
  if (dataset == UINT16_MAX) return;
  plan_add_operation(plan, reads ? OPERATION_READ : OPERATION_WRITE, dataset);
  plan_add_operation(plan, reads ? OPERATION_SET : OPERATION_DROP, dataset);
}

static void collect_anyway(const struct node *node, struct plan *plan) {
  for (const struct node *child = node->first; child != NULL; child = child->next) {
    const char *key = child->key != NULL ? child->key : "";
    bool named = strcmp(key, "request") == 0 || strcmp(key, "publish") == 0;
    if (named && child->kind == NODE_STRING) plan_add_request(plan, child->text);
    if (strcmp(key, "read") == 0) collect_keyed(child, true, plan);
    if (strcmp(key, "write") == 0) collect_keyed(child, false, plan);
    collect_anyway(child, plan);
  }
}

// Whether a client's errors leave unknown what it sends.
static bool hides_requests(const struct map_entry *entry) {
  const struct client_settings *client = entry->value;
  const struct node *mix = node_find(entry->node, "mix");
  if (!entry->wrong) return false;
  return (mix != NULL && mix->count > 0 && client->mix.count == 0) || client->arrivals.alternative == NULL ||
         (client->arrivals.wrong && arrival_process_of(&client->arrivals)->requests != NULL);
}

static void collect_requests(const struct scenario *scenario, struct plan *plan) {
  plan->requests = arena_array(plan->arena, PLAN_REQUESTS_MOST, sizeof *plan->requests);
  for (size_t i = 0; i < scenario->clients.count; i++)
    client_collect(scenario->clients.entries[i].value, plan);
  for (uint16_t i = 0; i < plan->component_count; i++) {
    const struct component *component = &plan->components[i];
    if (component->wrong) collect_anyway(component->node, plan);
    const struct node *overrides = node_find(component->node, "overrides");
    if (overrides != NULL) collect_anyway(overrides, plan); // not decoded yet
    if (component->model == NULL || component->model->collect == NULL) continue;
    component->model->collect(component->parameters, plan);
  }
  for (size_t i = 0; i < scenario->clients.count; i++)
    names_of(plan->names, "request")->open |= hides_requests(&scenario->clients.entries[i]);
}

static uint8_t twice_of(const struct written_request *request) {
  if (!request->retry_unsafe) return TWICE_UNCOUNTED;
  if (request->idempotent == NULL) return TWICE_WHERE_IT_WRITES;
  return *request->idempotent ? TWICE_UNCOUNTED : TWICE_EVERYWHERE;
}

static bool describe_requests(const struct map *written, struct plan *plan, struct field_context *context) {
  bool right = true;
  for (size_t i = 0; i < written->count; i++) {
    const struct written_request *request = written->entries[i].value;
    const char *name = written->entries[i].name;
    const struct names_kind *sent = names_of(plan->names, "request");
    uint16_t number = plan_request(plan, name);
    if (number == UINT16_MAX && !sent->open) {
      diagnostic_key_error(
          context->diagnostics, written->entries[i].node, "nobody sends the request `%s`%s", name,
          diagnostic_nearest(context->diagnostics, name, sent->index.names, sent->index.count));
      right = false;
    } else if (number != UINT16_MAX) {
      plan->requests[number].priority = (uint8_t)request->priority;
      plan->requests[number].size = request->size;
      bool said = request->idempotent != NULL;
      plan->requests[number].repeatable = request->retry_unsafe || (said && *request->idempotent);
      plan->requests[number].unrepeatable = said && !*request->idempotent && !request->retry_unsafe;
      plan->requests[number].twice = twice_of(request);
      plan->requests[number].dataset = plan_dataset(plan, request->reads.name);
      plan->requests[number].worth = price_per_use(request->value);
      price_book_note(&plan->prices, &plan->requests[number].worth,
                      node_find(written->entries[i].node, "value"));
    }
  }
  return right;
}

static bool compile_components(struct plan *plan, struct field_context *context) {
  bool right = true;
  for (uint16_t i = 0; i < plan->component_count; i++) {
    struct component *component = &plan->components[i];
    bool fine = !component->wrong && component->model != NULL;
    if (component->model != NULL) {
      fine &= deployment_compile(component, plan, context);
      fine &= component->model->compile(component, plan, context);
      fine = fine && overrides_compile(component, plan, context);
    }
    component->wrong = !fine;
    right &= fine;
  }
  return right;
}

static void judge_components(const struct plan *plan, struct field_context *context) {
  for (uint16_t i = 0; i < plan->component_count; i++) {
    const struct component *component = &plan->components[i];
    if (component->model->judge != NULL) component->model->judge(component, plan, context);
  }
}

static bool compile_clients(const struct scenario *scenario, struct plan *plan,
                            struct field_context *context) {
  plan->clients = arena_array(plan->arena, scenario->clients.count, sizeof *plan->clients);
  if (plan->clients == NULL) return false;
  bool right = true;
  for (size_t i = 0; i < scenario->clients.count; i++) {
    struct client_group *group = &plan->clients[plan->client_count];
    group->number = plan->client_count++;
    right &= client_compile(&scenario->clients.entries[i], plan, context, group);
  }
  return right;
}

// ---- Sizes that no row can judge ----

// What one run can hold: a frame for each user, an instance and its machine, an entry for each target that a
// balancer sees.
enum { USERS_MOST = 8000000, INSTANCES_MOST = 1000000, VIEWS_MOST = 10000000 };

static bool judge_rates(const struct plan *plan, struct field_context *context) {
  bool right = true;
  for (uint16_t c = 0; c < plan->client_count; c++) {
    const struct client_group *group = &plan->clients[c];
    const struct node *node = node_find(group->node, "arrivals");
    if (group->wrong) continue;
    double rate = group->process->rate(group->process_parameters) * plan->run.load;
    if (rate > ARRIVAL_RATE_MOST) {
      diagnostic_error(context->diagnostics, node, "comes to %.3g/s under `run.load` %.9g; at most %.0f/s",
                       rate, plan->run.load, ARRIVAL_RATE_MOST);
      right = false;
    }
    if (group->process->drive != ARRIVAL_CLOSED) continue;
    int64_t users = arrival_users(group->process_parameters, plan->run.load);
    if (users <= USERS_MOST) continue;
    diagnostic_error(context->diagnostics, node, "comes to %.4g users under `run.load` %.9g; at most %d",
                     (double)users, plan->run.load, USERS_MOST);
    right = false;
  }
  return right;
}

static void count_targets(void *context, const struct call_site *site, double times) {
  (void)times;
  if (site->callee != NULL) *(double *)context += (double)component_instances(site->callee);
}

static bool judge_instances(const struct plan *plan, struct field_context *context) {
  double instances = 0, views = 0;
  for (uint16_t h = 0; h < plan->host_count; h++) instances += (double)plan->hosts[h].count;
  for (uint16_t c = 0; c < plan->component_count; c++) {
    const struct component *component = &plan->components[c];
    double own = (double)component_instances(component), targets = 0;
    instances += own;
    if (instances > INSTANCES_MOST) {
      diagnostic_error(context->diagnostics, component->node, "instances and hosts come to more than %d",
                       INSTANCES_MOST);
      return false;
    }
    if (!component->model->forwards) continue;
    component->model->demand(component, 0, &(struct model_demand){0}, count_targets, &targets);
    views += own * targets;
    if (views <= VIEWS_MOST) continue;
    diagnostic_error(context->diagnostics, component->node,
                     "%.0f balancers that each see %.0f targets; balancers times targets at most %d", own,
                     targets, VIEWS_MOST);
    return false;
  }
  return true;
}

static bool is_added(const struct plan *plan, const struct component *component) {
  for (uint32_t e = 0; e < plan->timeline_count; e++) {
    const struct timeline_event *event = &plan->timeline[e];
    if (event->action == TIMELINE_SCALE && event->address.component == component && event->to > 0)
      return true;
  }
  return false;
}

static void warn_of_absent(const struct plan *plan, struct field_context *context) {
  for (uint16_t c = 0; c < plan->component_count; c++) {
    const struct component *component = &plan->components[c];
    if (component_instances(component) > 0 || is_added(plan, component)) continue;
    diagnostic_warning(
        context->diagnostics, component->node,
        "`%s` has no instances, and no event of the timeline adds one: what is sent there fails",
        component->name);
  }
}

// ---- The whole ----

static void keep_objectives(const struct list *written, const struct node *node, struct plan *plan) {
  plan->objectives = arena_array(plan->arena, written->count, sizeof *plan->objectives);
  const struct node *at = node != NULL ? node->first : NULL;
  for (size_t i = 0; i < written->count; i++, at = at->next) {
    const char *text = ((const char *const *)written->items)[i];
    if (text != NULL) plan->objectives[plan->objective_count++] = (struct objective_text){text, at};
  }
}

// Goes on after errors, so that all are reported. False when memory runs out.
static bool build(struct scenario *scenario, const struct node *root, struct plan *plan,
                  struct field_context *context) {
  struct demand demand;
  bool known = network_compile(&scenario->network, plan->arena, &plan->network);
  compile_run(&scenario->run, node_find(root, "run"), plan, context);
  known &= compile_places(&scenario->datacenters, plan);
  price_book_init(&plan->prices, &scenario->prices);
  plan->traffic_out = price_per_gigabyte(scenario->prices.traffic_out);
  price_book_note(&plan->prices, &plan->traffic_out, node_find(node_find(root, "prices"), "traffic_out"));
  if (!machines_compile(&scenario->machines, &scenario->hosts, plan) ||
      !make_components(&scenario->components, plan) || !add_edges(plan))
    return false;
  known &= compile_datasets(scenario, plan, context);
  known &= storage_compile(plan, context);
  collect_requests(scenario, plan);
  describe_requests(&scenario->requests, plan, context);
  compile_components(plan, context);
  machines_note_uses(plan);
  price_book_close(&plan->prices, root, context);
  compile_clients(scenario, plan, context);
  timeline_compile(&scenario->timeline, node_find(root, "timeline"), plan, context);
  keep_objectives(&scenario->slo, node_find(root, "slo"), plan);
  judge_rates(plan, context);
  if (context->diagnostics->errors == 0) judge_instances(plan, context);
  if (context->diagnostics->errors == 0) warn_of_absent(plan, context);
  if (context->diagnostics->errors == 0) judge_components(plan, context);
  bool solved = demand_solve(plan, context, &demand);
  plan->writes = demand.writes;
  return (known && solved) || context->diagnostics->errors > 0;
}

const struct plan *scenario_draft(const struct node *root, struct field_context *context) {
  struct scenario scenario;
  struct plan *plan = arena_take(context->arena, sizeof *plan);
  if (plan == NULL) return NULL;
  context->names = plan->names = gather_names(root, context->arena);
  field_decode(&scenario_table, root, &scenario, context);
  if (root->kind != NODE_OBJECT) return NULL;
  plan->arena = context->arena;
  plan->root = root;
  plan->name = scenario.name != NULL ? scenario.name : "scenario";
  return build(&scenario, root, plan, context) ? plan : NULL;
}

const struct plan *scenario_compile(const struct node *root, struct field_context *context) {
  size_t before = context->diagnostics->errors;
  const struct plan *plan = scenario_draft(root, context);
  return context->diagnostics->errors == before ? plan : NULL;
}
