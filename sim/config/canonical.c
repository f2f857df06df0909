#include "canonical.h"

#include "int128.h"
#include "node_edit.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static bool write_object(const struct node *node, enum canonical_notes notes, struct writer *writer,
                         struct arena *arena) {
  const struct node **sorted = node_sorted(node, arena);
  if (sorted == NULL) return false;
  for (size_t i = 0; i < node->count; i++) {
    if (notes == CANONICAL_WITHOUT_NOTES && strcmp(sorted[i]->key, "note") == 0) continue;
    if (!canonical_write(sorted[i], sorted[i]->key, notes, writer, arena)) return false;
  }
  return true;
}

static bool write_array(const struct node *node, enum canonical_notes notes, struct writer *writer,
                        struct arena *arena) {
  for (const struct node *child = node->first; child != NULL; child = child->next) {
    if (!canonical_write(child, NULL, notes, writer, arena)) return false;
  }
  return true;
}

bool canonical_write(const struct node *node, const char *key, enum canonical_notes notes,
                     struct writer *writer, struct arena *arena) {
  bool is_written = true;
  switch (node->kind) {
  case NODE_NULL:
    writer_null(writer, key);
    break;
  case NODE_BOOLEAN:
    writer_flag(writer, key, node->truth);
    break;
  case NODE_NUMBER:
    writer_number(writer, key, node->number);
    break;
  case NODE_STRING:
    writer_text(writer, key, node->text);
    break;
  case NODE_ARRAY:
    writer_array(writer, key);
    is_written = write_array(node, notes, writer, arena);
    writer_end(writer);
    break;
  case NODE_OBJECT:
    writer_object(writer, key);
    is_written = write_object(node, notes, writer, arena);
    writer_end(writer);
    break;
  }
  return is_written;
}

void canonical_hash_bytes(const char *bytes, size_t length, char hash[CANONICAL_HASH_BYTES]) {
  const uint128 prime = ((uint128)1 << 88) + 0x13b;
  uint128 sum = (uint128)UINT64_C(0x6c62272e07bb0142) << 64 | UINT64_C(0x62b821756295c58d);
  for (size_t i = 0; i < length; i++) sum = (sum ^ (unsigned char)bytes[i]) * prime;
  snprintf(hash, CANONICAL_HASH_BYTES, "%016" PRIx64 "%016" PRIx64, (uint64_t)(sum >> 64), (uint64_t)sum);
}

bool canonical_hash(const struct node *node, char hash[CANONICAL_HASH_BYTES], struct memory_budget *budget) {
  struct arena scratch;
  struct writer writer;
  arena_init(&scratch, budget);
  writer_init(&writer, budget);
  writer.compact = true;
  bool is_written = canonical_write(node, NULL, CANONICAL_WITHOUT_NOTES, &writer, &scratch) && !writer.failed;
  if (is_written) canonical_hash_bytes(writer.bytes, writer.length - 1, hash);
  writer_drop(&writer);
  arena_drop(&scratch);
  return is_written;
}

bool canonical_same(const struct node *first, const struct node *second) {
  char one[CANONICAL_HASH_BYTES];
  char other[CANONICAL_HASH_BYTES];
  if (first == NULL || second == NULL) return first == second;
  if (!canonical_hash(first, one, NULL) || !canonical_hash(second, other, NULL)) return false;
  return strcmp(one, other) == 0;
}
