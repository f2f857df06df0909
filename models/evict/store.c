#include "store.h"

#include "assertion.h"
#include "eviction.h"

#include <string.h>

enum { FIRST_ROOM = 64, DOUBLING_MOST = 4096 };

bool store_init(struct store *store, const struct store_settings *settings, struct memory_budget *budget) {
  ASSERT(settings->items >= 0 && settings->bytes >= 0, "a capacity below 0");
  *store = (struct store){.settings = *settings, .eviction = settings->eviction, .budget = budget};
  if (settings->eviction->state_size == 0) return true;
  store->state = memory_take(budget, settings->eviction->state_size);
  return store->state != NULL;
}

// ---- Memory ----

static const size_t element_sizes[STORE_ARRAYS] = {[STORE_LINKS] = sizeof(struct store_link),
                                                   [STORE_SIZES] = sizeof(uint32_t),
                                                   [STORE_EXPIRIES] = sizeof(int64_t),
                                                   [STORE_STAMPS] = sizeof(uint64_t),
                                                   [STORE_MARKS] = sizeof(uint32_t)};

void store_drop(struct store *store) {
  struct memory_budget *budget = store->budget;
  void *arrays[STORE_ARRAYS] = {store->links, store->sizes, store->expiries, store->stamps, store->marks};
  for (int i = 0; i < STORE_ARRAYS; i++) memory_give(budget, arrays[i], store->rooms[i] * element_sizes[i]);
  memory_give(budget, store->slots, store->slot_count * sizeof *store->slots);
  if (store->eviction->dropped != NULL && store->state != NULL) store->eviction->dropped(store);
  memory_give(budget, store->state, store->eviction->state_size);
  *store = (struct store){.settings = store->settings, .eviction = store->eviction, .budget = budget};
}

// Half of the slots are taken at most, so that one that is not stands near any other; three of five where
// entries have marks, which cost as much.
static double slots_of_entry(const struct eviction *eviction) {
  return eviction->marks ? 5.0 / 3 : 2;
}

double store_entry_memory(const struct store_settings *settings) {
  size_t bytes = element_sizes[STORE_LINKS] + element_sizes[STORE_SIZES];
  if (settings->expires) bytes += element_sizes[STORE_EXPIRIES];
  if (settings->stamps) bytes += element_sizes[STORE_STAMPS];
  if (settings->eviction->marks) bytes += element_sizes[STORE_MARKS];
  return (double)bytes + slots_of_entry(settings->eviction) * sizeof(uint32_t);
}

size_t store_memory(const struct store *store) {
  size_t bytes = store->slot_count * sizeof *store->slots + store->eviction->state_size;
  for (int i = 0; i < STORE_ARRAYS; i++) bytes += store->rooms[i] * element_sizes[i];
  return bytes + (store->eviction->memory != NULL ? store->eviction->memory(store) : 0);
}

// The array with room for more, or as it was: then its room tells.
static void *extended(struct store *store, void *array, enum store_array which, uint32_t room) {
  size_t size = element_sizes[which];
  void *larger = store->rooms[which] < room ? memory_take(store->budget, room * size) : NULL;
  if (larger == NULL) return array;
  if (array != NULL) memcpy(larger, array, store->rooms[which] * size);
  memory_give(store->budget, array, store->rooms[which] * size);
  store->rooms[which] = room;
  return larger;
}

// A slot, unless 0, is an entry, above it some bits of the hash, and in the uppermost how far the entry is
// from its home, where the last value means so far or farther.
enum { AWAY_SHIFT = 28, AWAY_FAR = 15 };
_Static_assert(STORE_ITEMS_MOST < 1 << AWAY_SHIFT, "entries that fit beside how far they are from home");

static uint32_t tag_of(uint64_t hash, uint32_t entry_mask) {
  return (uint32_t)hash & ~entry_mask & ((UINT32_C(1) << AWAY_SHIFT) - 1);
}

static uint32_t at_distance(uint32_t word, uint32_t away) {
  word &= (UINT32_C(1) << AWAY_SHIFT) - 1;
  return word | (away < AWAY_FAR ? away : AWAY_FAR) << AWAY_SHIFT;
}

static uint32_t slot_after(const struct store *store, uint32_t slot) {
  return slot + 1 < store->slot_count ? slot + 1 : 0;
}

// Of an entry whose key is set.
static void place(struct store *store, uint32_t entry) {
  uint64_t hash = store_hash(store->links[entry].key);
  uint32_t slot = store_home(store, hash), away = 0;
  for (; store->slots[slot] != 0; away++) slot = slot_after(store, slot);
  store->slots[slot] = at_distance(tag_of(hash, store->entry_mask) | entry, away);
}

static bool extend_index(struct store *store, uint32_t room) {
  uint32_t count = 5 + (uint32_t)(slots_of_entry(store->eviction) * room);
  uint32_t *slots = memory_take(store->budget, count * sizeof *slots);
  if (slots == NULL) return false;
  uint32_t *old = store->slots;
  uint32_t old_count = store->slot_count, old_mask = store->entry_mask;
  store->slots = slots;
  store->slot_count = count;
  store->entry_mask = UINT32_MAX >> __builtin_clz(room);
  for (uint32_t i = 0; i < old_count; i++)
    if (old[i] != 0) place(store, old[i] & old_mask);
  memory_give(store->budget, old, old_count * sizeof *old);
  return true;
}

// `room` counts entry 0, which is none.
static bool extend(struct store *store, uint32_t room) {
  store->links = extended(store, store->links, STORE_LINKS, room);
  store->sizes = extended(store, store->sizes, STORE_SIZES, room);
  bool right = store->rooms[STORE_LINKS] >= room && store->rooms[STORE_SIZES] >= room;
  if (right && store->settings.expires) {
    store->expiries = extended(store, store->expiries, STORE_EXPIRIES, room);
    right = store->rooms[STORE_EXPIRIES] >= room;
  }
  if (right && store->settings.stamps) {
    store->stamps = extended(store, store->stamps, STORE_STAMPS, room);
    right = store->rooms[STORE_STAMPS] >= room;
  }
  if (right && store->eviction->marks) {
    store->marks = extended(store, store->marks, STORE_MARKS, room);
    right = store->rooms[STORE_MARKS] >= room;
  }
  if (!right || !extend_index(store, room)) return false;
  store->room = room;
  if (store->fresh == 0) store->fresh = 1;
  return true;
}

bool store_reserve(struct store *store, int64_t items) {
  if (items > store->settings.items) items = store->settings.items;
  if (items > STORE_ITEMS_MOST - 1) items = STORE_ITEMS_MOST - 1;
  return items < (int64_t)store->room || extend(store, (uint32_t)items + 1);
}

// More room: twice as much while it is little, then by sixteenths, so that little is ever left empty.
static bool grow(struct store *store) {
  int64_t room = store->room;
  int64_t items = room == 0 ? FIRST_ROOM : room < DOUBLING_MOST ? 2 * room : room + room / 16;
  if (room < STORE_ITEMS_MOST) return store_reserve(store, items);
  store->budget->exhausted = true;
  return false;
}

// ---- Sizes ----

#define LARGE UINT32_C(0x80000000) // then in pages
enum { PAGE_BITS = 12 };

// What does not fit 31 bits of pages is too large for any store: false.
static bool encode_size(int64_t bytes, uint32_t *size) {
  int64_t pages = (bytes >> PAGE_BITS) + ((bytes & ((1 << PAGE_BITS) - 1)) != 0);
  *size = bytes < (int64_t)LARGE ? (uint32_t)bytes : LARGE | (uint32_t)pages;
  return bytes < (int64_t)LARGE || pages < (int64_t)LARGE;
}

static int64_t decode_size(uint32_t size) {
  return size < LARGE ? (int64_t)size : (int64_t)(size & ~LARGE) << PAGE_BITS;
}

int64_t store_entry_bytes(const struct store *store, uint32_t entry) {
  return decode_size(store->sizes[entry]);
}

// ---- The index ----

// The entry of a key and its slot; STORE_NOTHING if it is not there.
static inline uint32_t find(const struct store *store, uint64_t key, uint32_t *at) {
  uint64_t hash = store_hash(key);
  uint32_t mask = store->entry_mask, wanted = tag_of(hash, mask), tag = tag_of(UINT64_MAX, mask);
  uint32_t slot = store_home(store, hash);
  for (uint32_t word; (word = store->slots[slot]) != 0; slot = slot_after(store, slot)) {
    if (((word ^ wanted) & tag) != 0 || store->links[word & mask].key != key) continue;
    *at = slot;
    return word & mask;
  }
  return STORE_NOTHING;
}

// The first that may be it by its tag: another one seldom is.
void store_prefetch_entry(const struct store *store, uint64_t key) {
  if (store->items == 0) return;
  uint64_t hash = store_hash(key);
  uint32_t mask = store->entry_mask, wanted = tag_of(hash, mask), tag = tag_of(UINT64_MAX, mask);
  uint32_t slot = store_home(store, hash), word = store->slots[slot];
  while (word != 0 && ((word ^ wanted) & tag) != 0) word = store->slots[slot = slot_after(store, slot)];
  __builtin_prefetch(&store->links[word & mask], 1);
  if (store->expiries != NULL) __builtin_prefetch(&store->expiries[word & mask]);
}

static uint32_t slot_of(const struct store *store, uint32_t entry) {
  uint32_t slot = store_home(store, store_hash(store->links[entry].key));
  while ((store->slots[slot] & store->entry_mask) != entry) slot = slot_after(store, slot);
  return slot;
}

// How far the entry of a slot is from its home.
static uint32_t distance(const struct store *store, uint32_t slot) {
  uint32_t word = store->slots[slot];
  if (word >> AWAY_SHIFT < AWAY_FAR) return word >> AWAY_SHIFT;
  uint32_t home = store_home(store, store_hash(store->links[word & store->entry_mask].key));
  return slot >= home ? slot - home : slot + store->slot_count - home;
}

// Empties a slot. Those behind it that may stand there move up, so that no search ends too early (Knuth, The
// Art of Computer Programming 3, 6.4, algorithm R).
static void vacate(struct store *store, uint32_t hole) {
  uint32_t *slots = store->slots;
  uint32_t gap = 1;
  for (uint32_t slot = slot_after(store, hole); slots[slot] != 0; slot = slot_after(store, slot), gap++) {
    uint32_t away = distance(store, slot);
    if (away < gap) continue;
    slots[hole] = at_distance(slots[slot], away - gap);
    hole = slot;
    gap = 0;
  }
  slots[hole] = 0;
}

// ---- Entries ----

// Takes an entry out of policy, index and counts.
static void discard(struct store *store, uint32_t entry, uint32_t slot) {
  if (store->eviction->removed != NULL)
    store->eviction->removed(store, entry);
  else
    eviction_unlink(store, entry);
  vacate(store, slot);
  store->items--;
  store->bytes -= decode_size(store->sizes[entry]);
  store->links[entry].after = store->free;
  store->free = entry;
}

static uint32_t victim_of(struct store *store) {
  return store->eviction->victim != NULL ? store->eviction->victim(store) : eviction_back(store);
}

static void evict(struct store *store) {
  uint32_t entry = victim_of(store);
  store->counters.evictions++;
  discard(store, entry, slot_of(store, entry));
}

uint32_t store_get(struct store *store, uint64_t key, int64_t now) {
  if (store->items == 0) {
    store->counters.misses++;
    return STORE_NOTHING;
  }
  uint32_t slot;
  uint32_t entry = find(store, key, &slot);
  if (entry == STORE_NOTHING) {
    store->counters.misses++;
    return STORE_NOTHING;
  }
  if (store->expiries != NULL && now >= store->expiries[entry]) {
    store->counters.misses++;
    store->counters.expired++;
    discard(store, entry, slot);
    return STORE_NOTHING;
  }
  store->counters.hits++;
  if (store->eviction->touched != NULL) store->eviction->touched(store, entry);
  return entry;
}

uint32_t store_peek(const struct store *store, uint64_t key, int64_t now) {
  if (store->items == 0) return STORE_NOTHING;
  uint32_t slot;
  uint32_t entry = find(store, key, &slot);
  return entry != STORE_NOTHING && now < store_expiry(store, entry) ? entry : STORE_NOTHING;
}

static void describe(struct store *store, uint32_t entry, uint32_t size, int64_t expiry, uint64_t stamp) {
  store->sizes[entry] = size;
  if (store->expiries != NULL) store->expiries[entry] = expiry;
  if (store->stamps != NULL) store->stamps[entry] = stamp;
}

// The policy may choose the entry itself, whose size has grown: it is then gone.
static uint32_t replace(struct store *store, uint32_t entry, uint32_t size, int64_t expiry, uint64_t stamp) {
  store->bytes += decode_size(size) - decode_size(store->sizes[entry]);
  describe(store, entry, size, expiry, stamp);
  if (store->eviction->touched != NULL) store->eviction->touched(store, entry);
  bool stays = true;
  while (store->bytes > store->settings.bytes) {
    stays &= victim_of(store) != entry;
    evict(store);
  }
  return stays ? entry : STORE_NOTHING;
}

// Puts an entry into the order of the policy.
static bool enter(struct store *store, uint32_t entry) {
  if (store->marks != NULL) store->marks[entry] = 0;
  if (store->eviction->inserted != NULL) return store->eviction->inserted(store, entry);
  eviction_link_front(store, entry);
  return true;
}

static uint32_t insert(struct store *store, uint64_t key, uint32_t size, int64_t expiry, uint64_t stamp) {
  int64_t bytes = decode_size(size);
  while (store->items >= store->settings.items || store->bytes > store->settings.bytes - bytes) evict(store);
  if (store->free == 0 && store->fresh >= store->room && !grow(store)) return STORE_NOTHING;
  uint32_t entry = store->free;
  if (entry != 0)
    store->free = store->links[entry].after;
  else
    entry = store->fresh++;
  store->links[entry].key = key;
  if (!enter(store, entry)) {
    store->links[entry].after = store->free;
    store->free = entry;
    return STORE_NOTHING;
  }
  describe(store, entry, size, expiry, stamp);
  place(store, entry);
  store->items++;
  store->bytes += bytes;
  store->counters.inserted++;
  return entry;
}

uint32_t store_put(struct store *store, uint64_t key, int64_t bytes, int64_t now, int64_t expiry,
                   uint64_t stamp) {
  DEBUG_ASSERT(bytes >= 0, "an item of less than no bytes");
  DEBUG_ASSERT(expiry == STORE_FOREVER || store->settings.expires, "an end of life where nothing expires");
  uint32_t size, slot = 0;
  uint32_t entry = store->items == 0 ? STORE_NOTHING : find(store, key, &slot);
  if (entry != STORE_NOTHING && now >= store_expiry(store, entry)) {
    store->counters.expired++;
    discard(store, entry, slot);
    entry = STORE_NOTHING;
  }
  if (!encode_size(bytes, &size) || decode_size(size) > store->settings.bytes || store->settings.items == 0) {
    store->counters.refused++;
    if (entry != STORE_NOTHING) discard(store, entry, slot);
    return STORE_NOTHING;
  }
  if (entry != STORE_NOTHING) return replace(store, entry, size, expiry, stamp);
  return insert(store, key, size, expiry, stamp);
}

bool store_remove(struct store *store, uint64_t key) {
  if (store->items == 0) return false;
  uint32_t slot;
  uint32_t entry = find(store, key, &slot);
  if (entry == STORE_NOTHING) return false;
  discard(store, entry, slot);
  return true;
}

void store_remove_all(struct store *store, uint64_t mask, uint64_t bits) {
  if (store->items == 0) return;
  for (uint32_t entry = eviction_front(store), after; entry != STORE_NOTHING; entry = after) {
    after = store->links[entry].after;
    if ((store->links[entry].key & mask) == bits) discard(store, entry, slot_of(store, entry));
  }
}

void store_clear(struct store *store) {
  if (store->room == 0) return;
  memset(store->slots, 0, store->slot_count * sizeof *store->slots);
  store->links[0] = (struct store_link){0};
  store->free = 0;
  store->fresh = 1;
  store->items = 0;
  store->bytes = 0;
  if (store->eviction->cleared != NULL) store->eviction->cleared(store);
}
