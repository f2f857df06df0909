#include "ahead.h"

#include <string.h>

const struct ahead_word ahead_words[] = {
    {"type", "api-gateway"},
    {"type", "function"},
    {"type", "stream"},
    {"type", "external"},
    {"type", "monitor"},
    {"strategy", "write-back"},
    {"algorithm", "bounded-hash"},
    {"algorithm", "least-latency"},
    {"cache", "replicas"},
    {"cache", "flush"},
    {"load-balancer", "health_check"},
    {"load-balancer", "sticky"},
    {"load-balancer", "drain"},
    {"load-balancer", "max_connections"},
    {"server", "autoscale"},
    {"server", "shed"},
    {"server", "pools"},
    {"server", "concurrency"},
    {"worker", "autoscale"},
    {"worker", "shed"},
    {"worker", "pools"},
    {"worker", "concurrency"},
    {"client", "cache"},
    {"client", "visit"},
    {"client", "fallback"},
    {"database", "transactions"},
    {"database", "locks"},
    {"database", "backup"},
    {"timeline", "partition"},
    {"timeline", "errors"},
    {"timeline", "deploy"},
    {"timeline", "attack"},
    {"timeline", "backup"},
    {"timeline", "random_failures"},
    {"*", "circuit_breaker"},
    {"*", "bulkhead"},
};
const size_t ahead_word_count = sizeof ahead_words / sizeof *ahead_words;

bool ahead_has(const char *where, const char *word) {
  for (size_t i = 0; i < ahead_word_count; i++) {
    if (strcmp(ahead_words[i].word, word) != 0) continue;
    if (where != NULL && strcmp(ahead_words[i].where, where) == 0) return true;
    if (strcmp(ahead_words[i].where, "*") == 0) return true;
  }
  return false;
}
