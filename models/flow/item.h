// Items: which one of a dataset a call is about, and what a run remembers for that.
#ifndef HEADROOM_ITEM_H
#define HEADROOM_ITEM_H

#include "sim.h"
#include "visit.h"

// The item that a keyed call of the strand is about; with `keeps`, the strand has it in hand afterwards.
// False when memory has run out.
bool item_choose(struct sim *sim, struct strand *strand, const struct call_site *site,
                 struct random_stream *luck, uint64_t *key);

// The item of a dataset that a client's request is about: the same wherever on its way it is asked.
uint64_t item_of_request(const struct sim *sim, const struct visit *visit, uint16_t dataset);

// The user of a visit among those of all groups.
uint64_t item_user(const struct sim *sim, const struct visit *visit);

// How many items a dataset has by now.
uint64_t item_count(const struct sim *sim, uint16_t dataset);

// A user's write has been acknowledged: KEY_LAST_WRITTEN.
void item_written(struct sim *sim, const struct visit *visit, uint16_t dataset, uint64_t key);

#endif
