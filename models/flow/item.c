#include "item.h"

#include "passage.h"

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

uint64_t item_of_request(const struct sim *sim, const struct visit *visit, uint16_t dataset) {
  struct random_stream luck = visit->strand.luck;
  if (visit->origin != FLOW_INTERNAL)
    luck = random_split(sim->clients[visit->origin].fixed, ~(uint64_t)visit->serial);
  luck = random_split(luck, ~(uint64_t)dataset);
  return draw(sim, dataset, visit, &luck);
}

static struct recalled *recalled_at(const struct sim *sim, uint16_t dataset, uint64_t user) {
  struct recalled *table = sim->datasets[dataset].recalled;
  return table == NULL ? NULL : &table[random_mix(user) >> (64 - RECALLED_BITS)];
}

void item_written(struct sim *sim, const struct visit *visit, uint16_t dataset, uint64_t key) {
  uint64_t user = item_user(sim, visit);
  struct recalled *recalled = recalled_at(sim, dataset, user);
  if (recalled != NULL) *recalled = (struct recalled){user + 1, key};
}

static uint64_t last_written(struct sim *sim, uint16_t dataset, const struct visit *visit,
                             struct random_stream *luck) {
  uint64_t user = item_user(sim, visit);
  if (sim->datasets[dataset].recalled == NULL)
    sim->datasets[dataset].recalled = arena_array(&sim->arena, RECALLED, sizeof(struct recalled));
  const struct recalled *recalled = recalled_at(sim, dataset, user);
  bool known = recalled != NULL && recalled->user == user + 1;
  return known ? recalled->key : draw(sim, dataset, visit, luck);
}

bool item_choose(struct sim *sim, struct strand *strand, const struct call_site *site,
                 struct random_stream *luck, uint64_t *key) {
  const struct visit *visit = strand->visit;
  struct extension *extension = NULL;
  if (site->keeps || site->key == KEY_HAND) {
    extension = strand_extension(sim, strand);
    if (extension == NULL) return false;
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
  if (site->keeps) extension->key = *key;
  return true;
}
