// A judge of documents by a JSON Schema, for tests: written from the standard (draft 2020-12), not from what
// writes ours, and so far as ours goes. A keyword that it does not know fails the test.
#ifndef HEADROOM_JUDGING_H
#define HEADROOM_JUDGING_H

#include <cjson/cJSON.h>
#include <stdbool.h>

// Whether `value` is as `schema`, a whole document with its "$defs", wants it.
bool schema_accepts(const cJSON *schema, const cJSON *value);

#endif
