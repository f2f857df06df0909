// Times as logs write them.
#ifndef HEADROOM_TIMESTAMP_H
#define HEADROOM_TIMESTAMP_H

#include <stddef.h>
#include <stdint.h>

enum timestamp_unit { TIMESTAMP_S, TIMESTAMP_MS, TIMESTAMP_US, TIMESTAMP_NS };

enum timestamp_form {
  TIMESTAMP_NUMBER, // "1695943858.153": of a unit, from any zero
  TIMESTAMP_DATE,   // ISO 8601: "2023-11-16 18:17:03.9799600", "2023-11-16T18:17Z", "2023-11-16"
  TIMESTAMP_APACHE  // "17/May/2015:10:05:03 +0000", also in brackets
};

// Reads all `length` bytes of `text` into ns, at least 0; dates count from 1970 in UTC, which they are in
// where they name no offset. Fractions are rounded to ns. Stores the form that the text has. NULL, or what is
// wrong, as the end of a sentence that begins with the text ("is no time"); then nothing is stored.
const char *timestamp_read(const char *text, size_t length, enum timestamp_unit unit,
                           enum timestamp_form *form, int64_t *ns);

#endif
