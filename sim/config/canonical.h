// The one text of a document: the same for two that differ only in the order of keys, in space, in how
// numbers and characters are written, and (without notes) in notes.
#ifndef HEADROOM_CANONICAL_H
#define HEADROOM_CANONICAL_H

#include "node.h"
#include "writer.h"

enum canonical_notes { CANONICAL_WITHOUT_NOTES, CANONICAL_WITH_NOTES };

// Writes `node` as JSON, keys sorted by their bytes; `key` as in writer_object(). `arena` holds the sorted
// order meanwhile. False: memory ran out (the writer's own failures show in writer->failed).
bool canonical_write(const struct node *node, const char *key, enum canonical_notes notes,
                     struct writer *writer, struct arena *arena);

enum { CANONICAL_HASH_BYTES = 33 };

// The hash of a document without its notes, as 32 hexadecimal digits: FNV-1a of 128 bits (Fowler, Noll, Vo)
// of its compact canonical text without the line break at its end. Tells scenarios apart; proves nothing
// against somebody who wants two to look alike. Memory is taken from `budget` (NULL: without a limit) and
// given back. False: it ran out.
bool canonical_hash(const struct node *node, char hash[CANONICAL_HASH_BYTES], struct memory_budget *budget);

// Whether two values are the same but for notes and the order of keys: both are absent (NULL), or their
// hashes agree. False also when memory runs out.
bool canonical_same(const struct node *first, const struct node *second);

// FNV-1a of 128 bits over any bytes, in the same form.
void canonical_hash_bytes(const char *bytes, size_t length, char hash[CANONICAL_HASH_BYTES]);

#endif
