#include "eviction.h"

static const struct field_alternative *const policies[] = {&eviction_lru, &eviction_lfu, &eviction_fifo,
                                                           &eviction_clock};

const struct field_alternative *eviction_alternative(size_t index) {
  return index < sizeof policies / sizeof *policies ? policies[index] : NULL;
}
