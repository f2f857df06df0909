#include "timeline.h"

#include "control.h"
#include "flow.h"
#include "instance.h"
#include "machine.h"

#include <stdlib.h>
#include <string.h>

// ---- As it is written ----

static const char *const modes[] = {"reset", "hang", "pause", NULL};

struct moment {
  int64_t at;
  int64_t every;
  int64_t length;
};
static const struct field moment_fields[] = {
    FIELD_DURATION(struct moment, at, .required = true, .doc = "when, from the start of the run"),
    FIELD_DURATION(struct moment, every, .standard = "\"0s\"",
                   .doc = "again and again after this time; 0s: once"),
    FIELD_DURATION(struct moment, length, .key = "for", .standard = "\"0s\"",
                   .doc = "it ends by itself after this time; 0s: it does not"),
};
static const struct field_table moment_table =
    FIELD_TABLE("moment", struct moment, moment_fields, .doc = "When something happens.");

// Of what has no end.
static const struct field instant_fields[] = {
    FIELD_DURATION(struct moment, at, .required = true, .doc = "when, from the start of the run"),
    FIELD_DURATION(struct moment, every, .standard = "\"0s\"",
                   .doc = "again and again after this time; 0s: once"),
};
static const struct field_table instant_table =
    FIELD_TABLE("instant", struct moment, instant_fields, .doc = "When something happens.");

#define INSTANT(record_) FIELD_SPREAD(record_, moment, struct moment, &instant_table, .doc = "when")
#define MOMENT(record_)  FIELD_SPREAD(record_, moment, struct moment, &moment_table, .doc = "when")
#define ADDRESS_DOC                                                                                          \
  "web, web/virginia, web/virginia/3, db/virginia/shard2/primary, host:box, zone:virginia/a, "               \
  "datacenter:virginia"

struct fail_event {
  const char *fail;
  int mode;
  struct moment moment;
};
static const struct field fail_fields[] = {
    FIELD_TEXT(struct fail_event, fail, .required = true, .doc = ADDRESS_DOC),
    FIELD_WORD(
        struct fail_event, mode, modes, .standard = "\"reset\"",
        .doc =
            "reset: the process dies and callers are refused at once; hang: silence, volatile state is lost; "
            "pause: frozen, its state is kept"),
    MOMENT(struct fail_event),
};
struct recover_event {
  const char *recover;
  struct moment moment;
};
static const struct field recover_fields[] = {
    FIELD_TEXT(struct recover_event, recover, .required = true, .doc = ADDRESS_DOC),
    MOMENT(struct recover_event),
};
struct slow_event {
  const char *slow;
  double factor;
  struct moment moment;
};
static const struct field slow_fields[] = {
    FIELD_TEXT(struct slow_event, slow, .required = true, .doc = ADDRESS_DOC),
    FIELD_NUMBER(struct slow_event, factor, .required = true, .minimum = 1e-3, .maximum = 1e6,
                 .doc = "work takes so many times as long"),
    MOMENT(struct slow_event),
};
struct scale_event {
  const char *scale;
  int64_t to;
  struct moment moment;
};
static const struct field scale_fields[] = {
    FIELD_TEXT(struct scale_event, scale, .required = true,
               .doc = "a component, or a component in a place: web, web/virginia"),
    FIELD_COUNT(struct scale_event, to, .required = true, .minimum = 0, .maximum = 100000,
                .doc = "instances, in each place"),
    MOMENT(struct scale_event),
};
struct flush_event {
  const char *flush;
  struct moment moment;
};
static const struct field flush_fields[] = {
    FIELD_TEXT(struct flush_event, flush, .required = true,
               .doc = "a cache or a cdn, in a place, or one instance: edge, edge/eu-west, cache/virginia/0"),
    INSTANT(struct flush_event),
};
struct invalidate_event {
  struct reference invalidate;
  struct moment moment;
};
static const struct field invalidate_fields[] = {
    FIELD_REFERENCE(struct invalidate_event, invalidate, "dataset", .required = true,
                    .doc = "all its items, in all caches and edges"),
    INSTANT(struct invalidate_event),
};
struct set_event {
  struct map set;
  struct moment moment;
};
static const struct field set_fields[] = {
    FIELD_MAP(struct set_event, set, ITEM_RAW(), .any_key = true, .required = true, .minimum = 1,
              .maximum = 1000, .doc = "{path: value}, as components.web.workers; live parameters only"),
    MOMENT(struct set_event),
};

#define EVENT_TABLE(name_, doc_)                                                                             \
  static const struct field_table name_##_table =                                                            \
      FIELD_TABLE(#name_, struct name_##_event, name_##_fields, .doc = doc_)
EVENT_TABLE(fail, "Instances or machines fail.");
EVENT_TABLE(recover, "What failed serves again.");
EVENT_TABLE(slow, "Machines work more slowly.");
EVENT_TABLE(scale, "A component gets more or fewer instances.");
EVENT_TABLE(set, "Parameters change.");
EVENT_TABLE(flush, "A cache or a cdn forgets all its copies.");
EVENT_TABLE(invalidate, "Caches and edges forget their copies of a dataset.");

static const struct field_alternative *const events[] = {
    [TIMELINE_FAIL] = ALTERNATIVE("fail", .table = &fail_table, .doc = "instances or machines fail"),
    [TIMELINE_RECOVER] = ALTERNATIVE("recover", .table = &recover_table, .doc = "what failed serves again"),
    [TIMELINE_SLOW] = ALTERNATIVE("slow", .table = &slow_table, .doc = "machines work more slowly"),
    [TIMELINE_SCALE] = ALTERNATIVE("scale", .table = &scale_table, .doc = "more or fewer instances"),
    [TIMELINE_SET] = ALTERNATIVE("set", .table = &set_table, .doc = "parameters change"),
    [TIMELINE_FLUSH] =
        ALTERNATIVE("flush", .table = &flush_table, .doc = "a cache or a cdn forgets all its copies"),
    [TIMELINE_INVALIDATE] = ALTERNATIVE("invalidate", .table = &invalidate_table,
                                        .doc = "caches and edges forget their copies of a dataset"),
    NULL,
};
const struct field timeline_item = {
    .kind = FIELD_KIND_HEADED, .size = sizeof(struct variant), .alternatives = events};

// ---- Addresses ----

struct reader {
  struct plan *plan;
  const struct node *node; // of the address
  struct field_context *context;
};

static bool is_known(const struct reader *reader, const char *noun, const char *name) {
  struct field_context *context = reader->context;
  return names_check(reader->plan->names, noun, name, reader->node, false, context->diagnostics);
}

// What has edges stands nowhere else.
static bool read_edge(const struct reader *reader, const char *name, struct address *address) {
  const struct plan *plan = reader->plan;
  if (!is_known(reader, "region", name)) return false;
  for (uint16_t p = 0; p < plan->place_count && address->place < 0; p++) {
    if (plan->places[p].edge && strcmp(plan->places[p].name, name) == 0) address->place = p;
  }
  if (address->place >= 0) return true;
  diagnostic_error(reader->context->diagnostics, reader->node, "`%s` has no edge in `%s`",
                   address->component->name, name);
  return false;
}

static bool read_place(const struct reader *reader, const char *name, struct address *address) {
  const struct component *component = address->component;
  if (component != NULL && component->model != NULL && component->model->edges != NULL)
    return read_edge(reader, name, address);
  if (!is_known(reader, "data center", name)) return false;
  uint16_t place = plan_place(reader->plan, name);
  address->place = place;
  return place != UINT16_MAX;
}

static bool read_zone(const struct reader *reader, char *rest, struct address *address) {
  struct diagnostics *diagnostics = reader->context->diagnostics;
  char *slash = strchr(rest, '/');
  if (slash == NULL) {
    diagnostic_error(diagnostics, reader->node, "a zone is written zone:PLACE/ZONE");
    return false;
  }
  *slash = '\0';
  if (!read_place(reader, rest, address)) return false;
  const struct place *place = &reader->plan->places[address->place];
  for (uint16_t zone = 0; zone < place->zones && address->zone < 0; zone++) {
    if (strcmp(place->zone_names[zone], slash + 1) == 0) address->zone = zone;
  }
  if (address->zone >= 0) return true;
  diagnostic_error(diagnostics, reader->node, "there is no zone `%s` in `%s`%s", slash + 1, rest,
                   diagnostic_nearest(diagnostics, slash + 1, place->zone_names, place->zones));
  return false;
}

// Some instance there goes by the name.
static bool read_called(const struct reader *reader, const char *name, struct address *address) {
  const struct component *component = address->component;
  if (component->wrong || component->model == NULL) return false; // was reported
  address->called = name;
  for (uint16_t i = 0; component->model->called != NULL && i < component->share_count; i++) {
    const struct deployment_share *share = &component->shares[i];
    for (int64_t n = 0; share->place == address->place && n < share->count; n++) {
      if (component->model->called(component, share->place, n, name)) return true;
    }
  }
  diagnostic_error(reader->context->diagnostics, reader->node,
                   "no instance of `%s` in `%s` is called `%s`: instances are named by %s", component->name,
                   reader->plan->places[address->place].name, name,
                   component->model->called_as != NULL ? component->model->called_as : "a number");
  return false;
}

static bool read_instance(const struct reader *reader, char *rest, struct address *address) {
  char *slash = strchr(rest, '/');
  if (slash != NULL) *slash = '\0';
  if (!read_place(reader, rest, address)) return false;
  if (slash == NULL) return true;
  char *end;
  address->instance = strtoll(slash + 1, &end, 10);
  if (slash[1] >= '0' && slash[1] <= '9' && *end == '\0') return true;
  address->instance = -1;
  return read_called(reader, slash + 1, address);
}

static bool read_component(const struct reader *reader, char *text, struct address *address) {
  char *slash = strchr(text, '/');
  if (slash != NULL) *slash = '\0';
  if (!is_known(reader, "component", text)) return false;
  address->component = plan_component(reader->plan, text);
  if (address->component == NULL) return false;
  return slash == NULL || read_instance(reader, slash + 1, address);
}

static bool stands_somewhere(const struct reader *reader, const struct component *component) {
  if (component->model == NULL || !component->model->everywhere) return true;
  diagnostic_error(reader->context->diagnostics, reader->node,
                   "`%s` is everywhere: nothing happens to it as a whole", component->name);
  return false;
}

static bool read_host(const struct reader *reader, const char *name, struct address *address) {
  if (!is_known(reader, "host", name)) return false;
  address->host = plan_host(reader->plan, name);
  return address->host != NULL;
}

static bool read_address(const struct reader *reader, const char *written, struct address *address) {
  if (written == NULL) return false; // was reported
  *address = (struct address){.text = written, .place = -1, .zone = -1, .instance = -1};
  char *text = arena_text(reader->context->arena, written, strlen(written));
  if (strncmp(text, "host:", 5) == 0) {
    address->kind = ADDRESS_HOST;
    return read_host(reader, text + 5, address);
  }
  if (strncmp(text, "zone:", 5) == 0) {
    address->kind = ADDRESS_ZONE;
    return read_zone(reader, text + 5, address);
  }
  if (strncmp(text, "datacenter:", 11) == 0) {
    address->kind = ADDRESS_PLACE;
    return read_place(reader, text + 11, address);
  }
  address->kind = ADDRESS_COMPONENT;
  return read_component(reader, text, address) && stands_somewhere(reader, address->component);
}

// ---- Compiling ----

static struct timeline_event *add_event(struct plan *plan, const struct moment *moment,
                                        enum timeline_action action, const char *label) {
  struct timeline_event *event = &plan->timeline[plan->timeline_count++];
  *event = (struct timeline_event){.at = moment->at,
                                   .every = moment->every,
                                   .length = moment->length,
                                   .action = action,
                                   .label = label,
                                   .scale_place = -1};
  return event;
}

static const char *label(struct field_context *context, const char *verb, const char *subject) {
  return arena_format(context->arena, "%s %s", verb, subject);
}

// The path of `set`: components.NAME.ROW, where the row is live; its value is tried on a copy now, so that no
// run can fail of it.
static bool compile_set_row(const struct map_entry *entry, const struct moment *moment, struct plan *plan,
                            struct field_context *context) {
  struct reader reader = {plan, entry->node, context};
  static const char prefix[] = "components.";
  const char *rest = entry->name + sizeof prefix - 1;
  char *name = arena_text(context->arena, entry->name, strlen(entry->name));
  char *dot =
      strncmp(entry->name, prefix, sizeof prefix - 1) == 0 ? strchr(name + sizeof prefix - 1, '.') : NULL;
  if (dot == NULL) {
    diagnostic_key_error(context->diagnostics, entry->node,
                         "a path to a live parameter is written components.NAME.PARAMETER");
    return false;
  }
  *dot = '\0';
  struct address address = {.place = -1, .zone = -1, .instance = -1};
  if (!read_component(&reader, name + sizeof prefix - 1, &address)) return false;
  const struct component *component = address.component;
  if (component->model == NULL) return false; // was reported
  const struct field_table *table = component->model->form.table;
  void *copy = arena_take(context->arena, table->size);
  memcpy(copy, component->parameters, table->size);
  const char *path = rest + strlen(component->name) + 1;
  if (!field_assign(table, path, entry->node, copy, context)) return false;
  struct timeline_event *event = add_event(plan, moment, TIMELINE_SET, label(context, "set", rest));
  event->address = address;
  event->set_path = path;
  event->set_value = entry->node;
  return true;
}

static bool compile_set(const struct set_event *set, struct plan *plan, struct field_context *context) {
  bool right = true;
  for (size_t i = 0; i < set->set.count; i++) {
    right &= compile_set_row(&set->set.entries[i], &set->moment, plan, context);
  }
  return right;
}

static bool compile_flush(const struct reader *reader, const struct flush_event *flush,
                          struct field_context *context) {
  struct plan *plan = reader->plan;
  struct address address;
  if (!read_address(reader, flush->flush, &address)) return false;
  if (address.kind != ADDRESS_COMPONENT ||
      (address.component->model != NULL && address.component->model->flush == NULL)) {
    diagnostic_error(context->diagnostics, reader->node, "only a cache or a cdn can be flushed");
    return false;
  }
  add_event(plan, &flush->moment, TIMELINE_FLUSH, label(context, "flush", flush->flush))->address = address;
  return true;
}

static bool is_kept(const struct plan *plan, uint16_t dataset) {
  for (uint16_t c = 0; c < plan->component_count; c++) {
    const struct component *component = &plan->components[c];
    if (component->wrong || component->model == NULL) return true; // unknown
    if (component->model->keeps != NULL && component->model->keeps(component, dataset)) return true;
  }
  return false;
}

static bool compile_invalidate(const struct reader *reader, const struct invalidate_event *invalidate,
                               struct field_context *context) {
  struct plan *plan = reader->plan;
  const char *name = invalidate->invalidate.name;
  uint16_t dataset = plan_dataset(plan, name);
  if (dataset == UINT16_MAX) return false; // was reported
  if (!is_kept(plan, dataset)) {
    diagnostic_error(context->diagnostics, reader->node, "no cache and no cdn keeps copies of `%s`", name);
    return false;
  }
  struct timeline_event *event =
      add_event(plan, &invalidate->moment, TIMELINE_INVALIDATE, label(context, "invalidate", name));
  event->address = (struct address){.text = name, .place = -1, .zone = -1, .instance = -1};
  event->dataset = dataset;
  return true;
}

static bool compile_event(const struct variant *written, const struct node *node, struct plan *plan,
                          struct field_context *context) {
  struct reader reader = {plan, node_find(node, written->alternative->name), context};
  struct address address;
  struct timeline_event *event;
  switch ((enum timeline_action)written->index) {
  case TIMELINE_FAIL: {
    const struct fail_event *fail = written->value;
    if (!read_address(&reader, fail->fail, &address)) return false;
    event = add_event(plan, &fail->moment, TIMELINE_FAIL, label(context, "fail", fail->fail));
    event->mode = (enum failure_mode)fail->mode;
    break;
  }
  case TIMELINE_RECOVER: {
    const struct recover_event *recover = written->value;
    if (!read_address(&reader, recover->recover, &address)) return false;
    event = add_event(plan, &recover->moment, TIMELINE_RECOVER, label(context, "recover", recover->recover));
    break;
  }
  case TIMELINE_SLOW: {
    const struct slow_event *slow = written->value;
    if (!read_address(&reader, slow->slow, &address)) return false;
    event = add_event(plan, &slow->moment, TIMELINE_SLOW, label(context, "slow", slow->slow));
    event->factor = slow->factor;
    break;
  }
  case TIMELINE_SCALE: {
    const struct scale_event *scale = written->value;
    if (!read_address(&reader, scale->scale, &address)) return false;
    if (address.kind != ADDRESS_COMPONENT || address.instance >= 0 || address.called != NULL) {
      diagnostic_error(context->diagnostics, reader.node,
                       "only a component, or a component in a place, can be scaled");
      return false;
    }
    if (address.component->model != NULL && address.component->model->called != NULL) {
      diagnostic_error(context->diagnostics, reader.node,
                       "the instances of `%s` have roles: it cannot be scaled while it runs",
                       address.component->name);
      return false;
    }
    event = add_event(plan, &scale->moment, TIMELINE_SCALE, label(context, "scale", scale->scale));
    event->to = scale->to;
    break;
  }
  case TIMELINE_SET:
    return compile_set(written->value, plan, context);
  case TIMELINE_FLUSH:
    return compile_flush(&reader, written->value, context);
  case TIMELINE_INVALIDATE:
    return compile_invalidate(&reader, written->value, context);
  default:
    return false;
  }
  event->address = address;
  return true;
}

static size_t event_count(const struct list *written) {
  size_t count = 0;
  for (size_t i = 0; i < written->count; i++) {
    const struct variant *event = &((const struct variant *)written->items)[i];
    count += event->index == TIMELINE_SET && event->value != NULL
                 ? ((const struct set_event *)event->value)->set.count
                 : 1;
  }
  return count;
}

// ---- What never happens, and what happens too often ----

static bool is_scaled(const struct plan *plan, const struct address *address) {
  for (uint32_t i = 0; i < plan->timeline_count; i++) {
    const struct timeline_event *event = &plan->timeline[i];
    bool same = event->address.component == address->component &&
                (event->address.place < 0 || event->address.place == address->place);
    if (event->action == TIMELINE_SCALE && same) return true;
  }
  return false;
}

// Fleets are those of the start; instances beyond their first ones only come with a `scale`.
static bool judge_address(const struct timeline_event *event, const struct plan *plan,
                          struct field_context *context) {
  const struct address *address = &event->address;
  const struct component *component = address->component;
  if (component == NULL || component->wrong || component->share_count == 0 || address->place < 0) return true;
  const char *place = plan->places[address->place].name;
  const struct deployment_share *share = component->shares;
  while (share < component->shares + component->share_count && share->place != address->place) share++;
  if (share == component->shares + component->share_count) {
    diagnostic_error(context->diagnostics, event->node, "`%s` does not stand in `%s`", component->name,
                     place);
    return false;
  }
  if (address->instance < share->count || is_scaled(plan, address)) return true;
  diagnostic_error(context->diagnostics, event->node,
                   "there never is an instance %lld of `%s` in `%s`: they are numbered from 0 to %lld",
                   (long long)address->instance, component->name, place, (long long)share->count - 1);
  return false;
}

// The end of the measured time, after which the run goes on for `drain` at most; INT64_MAX where requests
// decide it. With a timeline there is no warm-up but a given one.
static int64_t end_of_run(const struct run_settings *run) {
  int64_t warmup = run->warmup_kind == WARMUP_FIXED ? run->warmup : 0;
  return run->duration == INT64_MAX ? INT64_MAX : run->duration + warmup;
}

static const double many_events = 1e9;

static bool judge_moment(const struct timeline_event *event, const struct plan *plan,
                         struct field_context *context) {
  int64_t end = end_of_run(&plan->run);
  if (end == INT64_MAX) return true;
  if (event->at >= end && event->at - end >= plan->run.drain) {
    diagnostic_error(context->diagnostics, event->node, "never happens: the run ends after %s",
                     units_write_duration(end).text);
    return false;
  }
  if (event->at >= end)
    diagnostic_warning(context->diagnostics, event->node,
                       "happens only if requests of the measured time, %s, are still inside",
                       units_write_duration(end).text);
  double often = event->every > 0 ? (double)(end - event->at) / (double)event->every : 1;
  if (often * (event->length > 0 ? 2 : 1) > many_events)
    diagnostic_warning(context->diagnostics, event->node, "happens %.2g times: the run will take long",
                       often);
  return true;
}

static bool judge(const struct plan *plan, struct field_context *context) {
  bool right = true;
  for (uint32_t i = 0; i < plan->timeline_count; i++) {
    right &= judge_address(&plan->timeline[i], plan, context);
    right &= judge_moment(&plan->timeline[i], plan, context);
  }
  return right;
}

bool timeline_compile(const struct list *written, const struct node *node, struct plan *plan,
                      struct field_context *context) {
  plan->timeline = arena_array(context->arena, event_count(written), sizeof *plan->timeline);
  const struct node *at = node != NULL ? node->first : NULL;
  bool right = true;
  for (size_t i = 0; i < written->count; i++, at = at->next) {
    const struct variant *event = &((const struct variant *)written->items)[i];
    uint32_t first = plan->timeline_count;
    if (event->value != NULL) right &= compile_event(event, at, plan, context);
    if (event->wrong) plan->timeline_count = first;
    for (uint32_t e = first; e < plan->timeline_count; e++) plan->timeline[e].node = at;
  }
  right &= judge(plan, context);
  if (written->count > 0) plan->terminating = true;
  return right;
}

// ---- Running ----

// A change that a timeline's event has made, over those that were made before it.
struct overlay {
  struct overlay *next;
  uint32_t event;
  uint32_t occurrence; // which of the event's, from 0
};

// What is for good buries what an earlier occurrence of the same event did; gives its place, or NULL.
static struct overlay *bury(const struct sim *sim, struct overlay **top, const struct timeline_event *event) {
  for (; *top != NULL; top = &(*top)->next) {
    struct overlay *overlay = *top;
    if (&sim->plan->timeline[overlay->event] != event) continue;
    *top = overlay->next;
    return overlay;
  }
  return NULL;
}

// Puts a change over all others.
static void cover(struct sim *sim, struct overlay **top, const struct timeline_event *event,
                  uint32_t occurrence) {
  uint32_t number = (uint32_t)(event - sim->plan->timeline);
  if (*top != NULL && (*top)->event == number && (*top)->occurrence == occurrence) return; // a shared machine
  struct overlay *overlay = event->length == 0 ? bury(sim, top, event) : NULL;
  if (overlay == NULL && sim->spare_overlays != NULL) {
    overlay = sim->spare_overlays;
    sim->spare_overlays = overlay->next;
  }
  if (overlay == NULL) overlay = arena_take(&sim->arena, sizeof *overlay);
  if (overlay == NULL) return;
  *overlay = (struct overlay){*top, number, occurrence};
  *top = overlay;
}

// Takes a change away wherever it lies; false where it was not there.
static bool uncover(struct sim *sim, struct overlay **top, uint32_t event, uint32_t occurrence) {
  for (; *top != NULL; top = &(*top)->next) {
    struct overlay *overlay = *top;
    if (overlay->event != event || overlay->occurrence != occurrence) continue;
    *top = overlay->next;
    overlay->next = sim->spare_overlays;
    sim->spare_overlays = overlay;
    return true;
  }
  return false;
}

static bool remember_scale(struct sim *sim, uint32_t number) {
  const struct component *component = sim->plan->timeline[number].address.component;
  if (sim->plan->timeline[number].action != TIMELINE_SCALE) return true;
  sim->scaled_from[number] = arena_array(&sim->arena, component->share_count, sizeof(int64_t));
  return sim->scaled_from[number] != NULL;
}

bool timeline_start(struct sim *sim) {
  sim->scaled_from = arena_array(&sim->arena, sim->plan->timeline_count, sizeof(int64_t *));
  sim->begun = arena_array(&sim->arena, sim->plan->timeline_count, sizeof(uint32_t));
  sim->ended = arena_array(&sim->arena, sim->plan->timeline_count, sizeof(uint32_t));
  if (sim->scaled_from == NULL || sim->begun == NULL || sim->ended == NULL) return false;
  for (uint32_t i = 0; i < sim->plan->timeline_count; i++) {
    if (!remember_scale(sim, i)) return false;
    if (!control_after(sim, sim->plan->timeline[i].at, CONTROL_TIMELINE, i)) return false;
  }
  return true;
}

static bool names_instance(const struct address *address, const struct instance *instance) {
  if (address->component != NULL && instance->component->number != address->component->number) return false;
  if (address->host != NULL && instance->component->host != address->host) return false;
  if (instance->model->everywhere) return false;
  if (address->place >= 0 && instance->fleet->place != address->place) return false;
  if (address->zone >= 0 && instance->machine->zone != address->zone) return false;
  if (address->called != NULL && !instance->model->called(instance->component, instance->fleet->place,
                                                          instance->number, address->called))
    return false;
  return address->instance < 0 || instance->number == address->instance;
}

// Failures that overlap each keep an instance down: it is up again when the last of them has ended. A
// `recover` ends them all.
static void fail(struct sim *sim, struct instance *instance, enum failure_mode mode) {
  instance->failures++;
  instance_fail(sim, instance, mode);
}

static void recover(struct sim *sim, struct instance *instance) {
  instance->failures = 0;
  instance_recover(sim, instance);
}

static bool is_alive(const struct instance *instance) {
  return instance->life == LIFE_SERVING || instance->life == LIFE_DRAINING || instance->life == LIFE_PAUSED;
}

static bool forgets(const struct instance *instance, const struct timeline_event *event) {
  if (instance->model->flush == NULL || !is_alive(instance)) return false;
  return event->action == TIMELINE_FLUSH || instance->model->keeps(instance->component, event->dataset);
}

static void forget(struct sim *sim, struct instance *instance, const struct timeline_event *event) {
  if (!forgets(instance, event)) return;
  instance->model->flush(sim, instance,
                         event->action == TIMELINE_FLUSH ? MODEL_ALL_DATASETS : event->dataset);
}

static void change_instance(struct sim *sim, struct instance *instance, const struct timeline_event *event,
                            bool begins) {
  if (event->action == TIMELINE_FLUSH || event->action == TIMELINE_INVALIDATE) {
    forget(sim, instance, event);
  } else if (event->action == TIMELINE_SLOW) {
    cover(sim, &instance->machine->slowed, event, sim->begun[event - sim->plan->timeline]);
    machine_slow(sim, instance->machine, 1 / event->factor);
  } else if (event->action == TIMELINE_RECOVER) {
    if (begins) recover(sim, instance);
  } else if (begins) {
    fail(sim, instance, event->mode);
  } else {
    instance_relent(sim, instance);
  }
}

// Machines go on as fast as the latest of what is left says, wherever they were slowed.
static void end_slow(struct sim *sim, const struct timeline_event *event) {
  uint32_t number = (uint32_t)(event - sim->plan->timeline);
  for (uint32_t i = 0; i < sim->machine_count; i++) {
    struct machine *machine = sim->machines[i];
    if (!uncover(sim, &machine->slowed, number, sim->ended[number])) continue;
    const struct overlay *top = machine->slowed;
    machine_slow(sim, machine, top != NULL ? 1 / sim->plan->timeline[top->event].factor : 1);
  }
}

static void change_instances(struct sim *sim, const struct timeline_event *event, bool begins) {
  const struct component *component = event->address.component;
  struct instance *own = component != NULL ? sim->services[component->number].first : NULL;
  for (; own != NULL; own = own->sibling) {
    if (names_instance(&event->address, own)) change_instance(sim, own, event, begins);
  }
  for (uint32_t i = 0; component == NULL && i < sim->instance_count; i++) {
    if (names_instance(&event->address, sim->instances[i]))
      change_instance(sim, sim->instances[i], event, begins);
  }
}

// What a scaling for a time ends with is what it found.
static void scale(struct sim *sim, const struct timeline_event *event, bool begins) {
  struct service *service = &sim->services[event->address.component->number];
  int64_t *before = sim->scaled_from[event - sim->plan->timeline];
  for (uint16_t f = 0; f < service->fleet_count; f++) {
    struct fleet *fleet = &service->fleets[f];
    if (event->address.place >= 0 && fleet->place != event->address.place) continue;
    if (begins) before[f] = fleet->listed_count;
    instance_scale(sim, fleet, begins ? event->to : before[f]);
  }
}

// The run's own copy of the parameters; instances share it.
static void *own_parameters(struct sim *sim, struct service *service) {
  const struct component *component = service->component;
  if (service->parameters != component->parameters) return service->own;
  service->own = arena_take(&sim->arena, component->model->form.table->size);
  if (service->own == NULL) return NULL;
  memcpy(service->own, component->parameters, component->model->form.table->size);
  service->parameters = service->own;
  for (struct instance *instance = service->first; instance != NULL; instance = instance->sibling) {
    if (instance->component == component) instance->parameters = service->own;
  }
  return service->own;
}

static void write_value(struct sim *sim, const struct timeline_event *event, void *parameters) {
  struct diagnostics unused;
  diagnostics_init(&unused, &sim->arena);
  struct field_context context = {.arena = &sim->arena, .diagnostics = &unused};
  bool right = field_assign(event->address.component->model->form.table, event->set_path, event->set_value,
                            parameters, &context);
  ASSERT(right, "a value of `set` was tried when the scenario was loaded");
}

// The latest change of that parameter which is left decides; else the scenario.
static void write_again(struct sim *sim, const struct service *service, const struct timeline_event *event,
                        void *parameters) {
  const struct component *component = event->address.component;
  const struct overlay *top = service->set;
  while (top != NULL && strcmp(sim->plan->timeline[top->event].set_path, event->set_path) != 0)
    top = top->next;
  struct field_place place;
  if (top != NULL) {
    write_value(sim, &sim->plan->timeline[top->event], parameters);
  } else if (field_find(component->model->form.table, event->set_path, &place)) {
    memcpy((char *)parameters + place.offset, (const char *)component->parameters + place.offset,
           place.field->size);
  }
}

static void assign(struct sim *sim, const struct timeline_event *event, void *parameters, bool begins) {
  uint32_t number = (uint32_t)(event - sim->plan->timeline);
  struct service *service = &sim->services[event->address.component->number];
  if (begins) {
    cover(sim, &service->set, event, sim->begun[number]);
    write_value(sim, event, parameters);
  } else if (uncover(sim, &service->set, number, sim->ended[number])) {
    write_again(sim, service, event, parameters);
  }
}

static void set(struct sim *sim, const struct timeline_event *event, bool begins) {
  const struct component *component = event->address.component;
  struct service *service = &sim->services[component->number];
  void *parameters = own_parameters(sim, service);
  if (parameters == NULL) return;
  assign(sim, event, parameters, begins);
  for (struct instance *instance = service->first; instance != NULL; instance = instance->sibling) {
    if (is_alive(instance) && instance->model->changed != NULL) instance->model->changed(sim, instance);
  }
}

static void act(struct sim *sim, const struct timeline_event *event, bool begins) {
  if (event->action == TIMELINE_SCALE) {
    scale(sim, event, begins);
  } else if (event->action == TIMELINE_SET) {
    set(sim, event, begins);
  } else if (event->action == TIMELINE_SLOW && !begins) {
    end_slow(sim, event);
  } else {
    change_instances(sim, event, begins);
  }
}

void timeline_begin(struct sim *sim, uint32_t number) {
  const struct timeline_event *event = &sim->plan->timeline[number];
  act(sim, event, true);
  sim->begun[number]++;
  if (event->length > 0) control_after(sim, event->length, CONTROL_TIMELINE_END, number);
  if (event->every > 0) control_after(sim, event->every, CONTROL_TIMELINE, number);
}

void timeline_end(struct sim *sim, uint32_t number) {
  act(sim, &sim->plan->timeline[number], false);
  sim->ended[number]++;
}
