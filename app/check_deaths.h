// What `headroom check --kill-each` runs and says.
#ifndef HEADROOM_CHECK_DEATHS_H
#define HEADROOM_CHECK_DEATHS_H

#include "kill_each.h"
#include "options.h"
#include "subject.h"
#include "writer.h"

// Runs all deaths, deaths->event as asked for, within `wall` ns (0: the standard), and prints what was found
// to standard error. Returns an enum exit_status.
int check_deaths(struct kill_each *deaths, const struct subject *subject, int64_t wall,
                 const struct options *options);

// The same in a sentence, and as "kill_each" of an object.
const char *check_deaths_text(const struct kill_each *deaths, struct arena *arena);
void check_deaths_write(struct writer *writer, const struct kill_each *deaths);

#endif
