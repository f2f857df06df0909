#include "item.h"

#include "passage.h"
#include "program_keyed.h"

// The last writes of users, direct-mapped: a newer one of another user may take the place of an older one,
// which is then forgotten.
enum { RECALLED_BITS = 14, RECALLED = 1 << RECALLED_BITS };

struct recalled {
  uint64_t user; // 1 more than the number; 0: none
  uint64_t key;
};

uint64_t item_user(const struct sim *sim, const struct visit *visit) {
  if (visit->origin == FLOW_INTERNAL) return visit->user;
  return (uint64_t)sim->plan->clients[visit->origin].first_user + visit->user;
}

uint64_t item_count(const struct sim *sim, uint16_t dataset) {
  return (uint64_t)sim->plan->datasets[dataset].items + sim->datasets[dataset].inserted;
}

static uint64_t draw(const struct sim *sim, uint16_t number, const struct visit *visit,
                     struct random_stream *luck) {
  const struct dataset *dataset = &sim->plan->datasets[number];
  return dataset->per_user ? item_user(sim, visit) : dataset_draw(dataset, luck);
}

static struct wish said(const struct sim *sim, const struct visit *visit) {
  const struct client_run *client = &sim->clients[visit->origin];
  return visit->serial < client->wishes_room ? client->wishes[visit->serial] : (struct wish){0, -1};
}

uint64_t item_of_request(const struct sim *sim, const struct visit *visit, uint16_t dataset) {
  struct random_stream luck = visit->strand.luck;
  if (visit->origin != FLOW_INTERNAL) {
    uint64_t key = said(sim, visit).key;
    if (key > 0) return key - 1;
    luck = random_split(sim->clients[visit->origin].fixed, ~(uint64_t)visit->serial);
  }
  luck = random_split(luck, ~(uint64_t)dataset);
  return draw(sim, dataset, visit, &luck);
}

int64_t item_bytes(const struct sim *sim, const struct visit *visit, uint16_t dataset, uint64_t key) {
  if (visit->origin != FLOW_INTERNAL) {
    struct wish wish = said(sim, visit);
    if (wish.key == key + 1 && wish.size >= 0) return wish.size;
  }
  return dataset_item_bytes(&sim->plan->datasets[dataset], key);
}

static struct recalled *recalled_at(const struct sim *sim, uint16_t dataset, uint64_t user) {
  struct recalled *table = sim->datasets[dataset].recalled;
  return table == NULL ? NULL : &table[random_mix(user) >> (64 - RECALLED_BITS)];
}

// ---- Versions ----

// The last acknowledged writes of items, direct-mapped. A table of its own for each dataset that is written.
enum { WRITTEN_BITS = 15, WRITTEN = 1 << WRITTEN_BITS };

struct written {
  uint64_t key; // 1 more than it; 0: none
  uint64_t position;
  uint64_t position_before; // of the one before; 0: not known
  int64_t at;
  int64_t at_before;
};

static struct written *written_at(const struct sim *sim, uint16_t dataset, uint64_t key) {
  struct written *table = sim->datasets[dataset].written;
  return table == NULL ? NULL : &table[random_mix(key) >> (64 - WRITTEN_BITS)];
}

size_t item_memory(const struct plan *plan, uint16_t dataset) {
  bool written = program_operation(plan, OPERATION_WRITE, dataset) != UINT16_MAX;
  if (!written) return 0;
  return WRITTEN * sizeof(struct written) +
         (plan->datasets[dataset].recalled ? RECALLED * sizeof(struct recalled) : 0);
}

uint64_t item_position(const struct sim *sim, uint16_t dataset) {
  return sim->datasets[dataset].position;
}

uint64_t item_write(struct sim *sim, uint16_t dataset) {
  return ++sim->datasets[dataset].position;
}

// Writes may be acknowledged in another order than that in which they took effect.
static void remember(const struct sim *sim, struct written *written, uint64_t key, uint64_t position) {
  if (written->key != key + 1) *written = (struct written){.key = key + 1};
  if (position <= written->position) return;
  written->position_before = written->position;
  written->at_before = written->at;
  written->position = position;
  written->at = sim->engine.now;
}

void item_written(struct sim *sim, const struct visit *visit, uint16_t dataset, uint64_t key,
                  uint64_t position) {
  uint64_t user = item_user(sim, visit);
  if (sim->plan->datasets[dataset].recalled && sim->datasets[dataset].recalled == NULL)
    sim->datasets[dataset].recalled = arena_array(&sim->arena, RECALLED, sizeof(struct recalled));
  struct recalled *recalled = recalled_at(sim, dataset, user);
  if (recalled != NULL) *recalled = (struct recalled){user + 1, key};
  if (sim->datasets[dataset].written == NULL)
    sim->datasets[dataset].written = arena_array(&sim->arena, WRITTEN, sizeof(struct written));
  struct written *written = written_at(sim, dataset, key);
  if (written != NULL) remember(sim, written, key, position);
}

bool item_newest(const struct sim *sim, uint16_t dataset, uint64_t key, int64_t at, uint64_t *position,
                 int64_t *acknowledged) {
  const struct written *written = written_at(sim, dataset, key);
  if (written == NULL || written->key != key + 1) return false;
  bool newest = written->at <= at;
  *position = newest ? written->position : written->position_before;
  *acknowledged = newest ? written->at : written->at_before;
  return *position > 0 && *acknowledged <= at;
}

// The strand that a visit answers to, over its call, if it is still there.
static struct strand *caller_of(const struct sim *sim, const struct visit *visit) {
  struct frame *frame = slab_find(&sim->engine.frames, visit->caller);
  if (frame != NULL && frame->kind == FRAME_CALL)
    frame = slab_find(&sim->engine.frames, ((const struct call *)(const void *)frame)->caller);
  bool runs = frame != NULL && (frame->kind == FRAME_VISIT || frame->kind == FRAME_BRANCH);
  return runs ? (struct strand *)(void *)frame : NULL;
}

void item_tell(struct sim *sim, const struct visit *visit, uint64_t position) {
  if (position == 0) return; // what is told nothing takes it as 0
  struct strand *caller = caller_of(sim, visit);
  struct extension *extension = caller == NULL ? NULL : strand_extension(sim, caller);
  if (extension != NULL) extension->told = position;
}

uint64_t item_told(const struct sim *sim, const struct strand *strand) {
  if (strand->extension == 0) return 0;
  return ((const struct extension *)slab_at(&sim->engine.frames, strand->extension))->told;
}

// A caller that has gone cannot be asked: its item is taken for a fresh one.
uint64_t item_told_caller(const struct sim *sim, const struct visit *visit, uint16_t dataset) {
  const struct strand *caller = caller_of(sim, visit);
  return caller == NULL ? item_position(sim, dataset) : item_told(sim, caller);
}

// ---- Choosing ----

static uint64_t last_written(struct sim *sim, uint16_t dataset, const struct visit *visit,
                             struct random_stream *luck) {
  uint64_t user = item_user(sim, visit);
  const struct recalled *recalled = recalled_at(sim, dataset, user);
  bool known = recalled != NULL && recalled->user == user + 1;
  return known ? recalled->key : draw(sim, dataset, visit, luck);
}

// Whether the answer tells a position; what brings an item hands on the one that was told.
static bool is_asked(const struct sim *sim, const struct call_site *site) {
  uint8_t operation = sim->plan->requests[site->request].operation;
  return operation == OPERATION_READ || operation == OPERATION_WRITE;
}

bool item_choose(struct sim *sim, struct strand *strand, const struct call_site *site,
                 struct random_stream *luck, uint64_t *key) {
  const struct visit *visit = strand->visit;
  bool needs = site->keeps || site->key == KEY_HAND;
  struct extension *extension = NULL;
  if (strand->extension != 0) {
    extension = slab_at(&sim->engine.frames, strand->extension);
    if (is_asked(sim, site)) extension->told = 0;
  } else if (needs && (extension = strand_extension(sim, strand)) == NULL) {
    return false;
  }
  switch ((enum key_source)site->key) {
  case KEY_NONE:
  case KEY_DRAW:
    *key = draw(sim, site->dataset, visit, luck);
    break;
  case KEY_REQUEST:
    *key = item_of_request(sim, visit, site->dataset);
    break;
  case KEY_USER:
    *key = item_user(sim, visit);
    break;
  case KEY_LAST_WRITTEN:
    *key = last_written(sim, site->dataset, visit, luck);
    break;
  case KEY_NEW:
    *key = (uint64_t)sim->plan->datasets[site->dataset].items + sim->datasets[site->dataset].inserted++;
    break;
  case KEY_HAND:
    *key = extension->key;
    break;
  case KEY_SAME:
    *key = visit->key;
    break;
  }
  if (site->keeps) {
    extension->key = *key;
    extension->hand = site->dataset;
  }
  return true;
}
