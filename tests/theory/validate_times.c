#include "validate_times.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { VISITS_MAX = 1000 };

struct served {
  double enter, start, end; // seconds
};

static double number_of(const cJSON *visit, const char *key) {
  const cJSON *item = cJSON_GetObjectItemCaseSensitive(visit, key);
  return cJSON_IsNumber(item) ? item->valuedouble : NAN;
}

static bool is_of(const cJSON *visit, const char *component) {
  const char *name = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(visit, "component"));
  return name && strcmp(name, component) == 0;
}

// A visit that was turned away has not been served. What waits does so before it is served: all handles of
// these cases begin with their one step at a core.
static size_t take_visit(const cJSON *visit, const struct timetable *timetable, struct served *all,
                         size_t count) {
  struct served served = {.enter = number_of(visit, "enter"), .end = number_of(visit, "end")};
  served.start = served.enter + number_of(visit, "waited");
  if (!is_of(visit, timetable->component) || !(number_of(visit, "served") > 0)) return count;
  if (!(served.end <= timetable->until) || count == VISITS_MAX) return count;
  all[count] = served;
  return count + 1;
}

static size_t take_lines(const char *trace, const struct timetable *timetable, struct served *all) {
  size_t count = 0;
  for (const char *line = trace; *line;) {
    size_t length = strcspn(line, "\n");
    cJSON *request = cJSON_ParseWithLength(line, length);
    const cJSON *visit = NULL;
    cJSON_ArrayForEach(visit, cJSON_GetObjectItemCaseSensitive(request, "visits")) {
      count = take_visit(visit, timetable, all, count);
    }
    cJSON_Delete(request);
    line += length + (line[length] == '\n');
  }
  return count;
}

static int by_end(const void *left, const void *right) {
  double a = ((const struct served *)left)->end, b = ((const struct served *)right)->end;
  return (a > b) - (a < b);
}

static bool is_at(const cJSON *list, int index, double time) {
  return !list || fabs(cJSON_GetArrayItem(list, index)->valuedouble - time) < 1.5e-9;
}

static bool fits(const cJSON *list, size_t count) {
  return !list || (size_t)cJSON_GetArraySize(list) == count;
}

bool times_match(const struct timetable *timetable, const char *trace) {
  struct served all[VISITS_MAX];
  size_t count = trace ? take_lines(trace, timetable, all) : 0;
  if (count == 0 || !fits(timetable->enters, count) || !fits(timetable->starts, count) ||
      !fits(timetable->ends, count))
    return false;
  qsort(all, count, sizeof *all, by_end);
  for (size_t i = 0; i < count; i++) {
    if (!is_at(timetable->enters, (int)i, all[i].enter) || !is_at(timetable->starts, (int)i, all[i].start) ||
        !is_at(timetable->ends, (int)i, all[i].end))
      return false;
  }
  return true;
}
