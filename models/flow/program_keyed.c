#include "program_keyed.h"

#include "plan.h"
#include "storage.h"

uint16_t program_operation(const struct plan *plan, enum operation operation, uint16_t dataset) {
  for (uint16_t r = 0; r < plan->request_count; r++) {
    if (plan->requests[r].operation == operation && plan->requests[r].dataset == dataset) return r;
  }
  return UINT16_MAX;
}

enum { LEVELS_MOST = 8 }; // of caches that one read brings something to

static void emit_call(const struct program_keyed *keyed, struct component *callee, enum operation operation,
                      enum key_source key, bool keeps) {
  struct plan *plan = keyed->plan;
  struct call_site *site = arena_take(plan->arena, sizeof *site);
  struct step *step = program_emit(keyed->builder, STEP_CALL);
  if (site == NULL) return;
  *site = (struct call_site){.callee = callee,
                             .request = program_operation(plan, operation, keyed->dataset),
                             .dataset = keyed->dataset,
                             .key = (uint8_t)key,
                             .keeps = keeps && key != KEY_HAND && key != KEY_SAME,
                             .number = plan_site(plan),
                             .policy = keyed->policy};
  step->call = site;
  if (key == KEY_LAST_WRITTEN) plan->datasets[keyed->dataset].recalled = true;
}

// A call whose failure changes nothing.
static void emit_attempt(const struct program_keyed *keyed, struct component *callee,
                         enum operation operation, enum key_source key) {
  uint32_t head = keyed->builder->count;
  emit_call(keyed, callee, operation, key, false);
  program_join(keyed->builder, program_turn_failed(keyed->builder, head));
}

static enum key_source again(enum key_source key) {
  return key == KEY_SAME ? KEY_SAME : KEY_HAND;
}

// Ends what began with the call `head`, whose failure is final unless there is a fallback.
static void close_last_resort(const struct program_keyed *keyed, uint32_t head) {
  if (keyed->fallback == NULL) return;
  uint32_t jump = program_turn_failed(keyed->builder, head);
  program_emit(keyed->builder, STEP_DEGRADED);
  keyed->fallback(keyed->context);
  program_join(keyed->builder, jump);
}

// Asks `holder`, and where it has missed its origins, one after the other; brings what was found to all that
// missed: `missed` counts them, the outermost first.
static void read_from(const struct program_keyed *keyed, struct component *holder, enum key_source key,
                      struct component *const *missed, uint32_t count) {
  const struct storage *storage = &keyed->plan->storages[holder->number];
  uint32_t head = keyed->builder->count;
  bool aside = storage->aside && storage->origin != NULL;
  emit_call(keyed, holder, OPERATION_READ, key, aside);
  if (!aside) {
    for (uint32_t i = count; i-- > 0;) emit_attempt(keyed, missed[i], OPERATION_SET, again(key));
    close_last_resort(keyed, head);
    return;
  }
  struct component *also[LEVELS_MOST];
  for (uint32_t i = 0; i < count; i++) also[i] = missed[i];
  for (uint32_t i = count; i-- > 0;) emit_attempt(keyed, missed[i], OPERATION_SET, again(key));
  uint32_t jump = program_turn_failed(keyed->builder, head);
  if (!keyed->builder->failed) keyed->builder->steps[head].chance = 1 - storage->hits;
  if (count < LEVELS_MOST) also[count++] = holder;
  read_from(keyed, storage->origin, again(key), also, count);
  program_join(keyed->builder, jump);
}

void program_read(const struct program_keyed *keyed, struct component *holder, enum key_source key) {
  read_from(keyed, holder, key, NULL, 0);
}

// Whether a write to `holder` went past this cache in front of it, which then forgets the item.
static bool must_forget(const struct program_keyed *keyed, const struct component *cache,
                        const struct component *holder) {
  const struct storage *storage = &keyed->plan->storages[cache->number];
  return storage->holds != NULL && storage->holds[keyed->dataset] && storage->invalidates &&
         cache != holder && cache != keyed->self && storage_leads_to(keyed->plan, cache, holder);
}

static bool any_must_forget(const struct program_keyed *keyed, const struct component *holder) {
  bool any = false;
  for (uint16_t c = 0; c < keyed->plan->component_count; c++)
    any |= must_forget(keyed, &keyed->plan->components[c], holder);
  return any;
}

static void drop_from_caches(const struct program_keyed *keyed, const struct component *holder,
                             enum key_source key) {
  for (uint16_t c = 0; c < keyed->plan->component_count; c++) {
    struct component *cache = &keyed->plan->components[c];
    if (must_forget(keyed, cache, holder)) emit_attempt(keyed, cache, OPERATION_DROP, again(key));
  }
}

void program_write(const struct program_keyed *keyed, struct component *holder, enum key_source key) {
  const struct storage *storage = &keyed->plan->storages[holder->number];
  while (storage->origin != NULL && !storage->through) {
    holder = storage->origin;
    storage = &keyed->plan->storages[holder->number];
  }
  uint32_t head = keyed->builder->count;
  emit_call(keyed, holder, OPERATION_WRITE, key, any_must_forget(keyed, holder));
  drop_from_caches(keyed, holder, key);
  close_last_resort(keyed, head);
}
