// Items: which one of a dataset a call is about, and what a run remembers for that.
#ifndef HEADROOM_ITEM_H
#define HEADROOM_ITEM_H

#include "sim.h"
#include "visit.h"

// The item that a keyed call of the strand is about; with `keeps`, the strand has it in hand afterwards.
// False when memory has run out.
bool item_choose(struct sim *sim, struct strand *strand, const struct call_site *site,
                 struct random_stream *luck, uint64_t *key);

// The item of a dataset that a client's request is about: the same wherever on its way it is asked. Where a
// trace says which, it is that number, whether the dataset has so many items or not.
uint64_t item_of_request(const struct sim *sim, const struct visit *visit, uint16_t dataset);

// Bytes of an item, as the visit knows it: what a trace says where the item is the one that its client's
// request is about, else what the law of the dataset gives to its key.
int64_t item_bytes(const struct sim *sim, const struct visit *visit, uint16_t dataset, uint64_t key);

// The user of a visit among those of all groups.
uint64_t item_user(const struct sim *sim, const struct visit *visit);

// How many items a dataset has by now.
uint64_t item_count(const struct sim *sim, uint16_t dataset);

// ---- Versions ----
//
// Every write that takes effect has a position in the log of its dataset, 1 for the first. Whoever holds
// items tells with each read the position that its copy is as of: the whole log's where all writes take
// effect, what it has applied at a replica, what was told at its fetch in a cache. A copy is stale when its
// position is before that of a write that was acknowledged before the read began.

// Bytes that a run takes to remember the writes of a dataset, from the first one on.
size_t item_memory(const struct plan *plan, uint16_t dataset);

// The position of the newest write that has taken effect; 0: none has.
uint64_t item_position(const struct sim *sim, uint16_t dataset);

// A write takes effect now: its position.
uint64_t item_write(struct sim *sim, uint16_t dataset);

// A write has been acknowledged to the visit's caller; its user remembers it (KEY_LAST_WRITTEN).
void item_written(struct sim *sim, const struct visit *visit, uint16_t dataset, uint64_t key,
                  uint64_t position);

// The newest write of an item that was acknowledged at or before `at`: its position, and when that was.
// False: none is known. Writes are remembered by key in a table of fixed size, two for each key; a write of
// another key may take the place of an older one, which is then forgotten, so that what is said is right, and
// a stale copy of what was not written lately may go unnoticed.
bool item_newest(const struct sim *sim, uint16_t dataset, uint64_t key, int64_t at, uint64_t *position,
                 int64_t *acknowledged);

// Tells the strand that called `visit` the position that the item is as of which it gets; for the answers to
// reads and writes.
void item_tell(struct sim *sim, const struct visit *visit, uint64_t position);

// What this strand was told at its last read or write, and what the caller of `visit` was; 0: nothing.
uint64_t item_told(const struct sim *sim, const struct strand *strand);
uint64_t item_told_caller(const struct sim *sim, const struct visit *visit, uint16_t dataset);

#endif
