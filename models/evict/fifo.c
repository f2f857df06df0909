// First in, first out: the order is that of coming in, whatever is used.
#include "eviction.h"

static const struct eviction eviction = {0};
const struct field_alternative eviction_fifo = {
    .name = "fifo", .doc = "the one that came first goes first", .user = &eviction};
