#include "validate_times.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { VISITS_MAX = 1000 };

struct served {
  double enter, start, end; // seconds
};

static double time_of(const cJSON *visit, const char *key) {
  const cJSON *item = cJSON_GetObjectItemCaseSensitive(visit, key);
  return cJSON_IsNumber(item) ? item->valuedouble : NAN;
}

static bool is_of(const cJSON *visit, const char *component) {
  const char *address = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(visit, "at"));
  size_t length = strlen(component);
  return address && strncmp(address, component, length) == 0 && strchr("/", address[length]);
}

static size_t take_visits(const cJSON *request, const struct timetable *timetable, struct served *all,
                          size_t count) {
  const cJSON *visit = NULL;
  cJSON_ArrayForEach(visit, cJSON_GetObjectItemCaseSensitive(request, "visits")) {
    struct served served = {time_of(visit, "enter_s"), time_of(visit, "start_s"), time_of(visit, "end_s")};
    if (!is_of(visit, timetable->component) || isnan(served.start) || !(served.end <= timetable->until))
      continue;
    if (count < VISITS_MAX) all[count++] = served;
  }
  return count;
}

static size_t take_lines(const char *trace, const struct timetable *timetable, struct served *all) {
  size_t count = 0;
  for (const char *line = trace; *line;) {
    size_t length = strcspn(line, "\n");
    cJSON *request = cJSON_ParseWithLength(line, length);
    count = take_visits(request, timetable, all, count);
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
