#include "validate_table.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *allocate(size_t count, size_t size) {
  void *memory = calloc(count ? count : 1, size);
  if (!memory) {
    fputs("validate: out of memory\n", stderr);
    exit(1);
  }
  return memory;
}

char *table_file(const char *path) {
  FILE *file = fopen(path, "rb");
  if (!file) {
    perror(path);
    return NULL;
  }
  size_t room = 1 << 16, length = 0;
  char *text = allocate(room, 1);
  for (;;) {
    length += fread(text + length, 1, room - length - 1, file);
    if (length < room - 1) break;
    char *larger = allocate(room *= 2, 1);
    memcpy(larger, text, length);
    free(text);
    text = larger;
  }
  text[length] = '\0';
  fclose(file);
  return text;
}

char *table_scenario(const char *folder, const char *name) {
  size_t size = strlen(folder) + strlen(name) + sizeof "/cases/.json";
  char *path = allocate(size, 1);
  snprintf(path, size, "%s/cases/%s.json", folder, name);
  return path;
}

static const cJSON *element(const cJSON *array, int index) {
  return cJSON_GetArrayItem(array, index < 0 ? cJSON_GetArraySize(array) + index : index);
}

const cJSON *table_find(const cJSON *root, const char *path) {
  if (!root || *path == '\0') return root;
  if (*path == '.') path++;
  if (*path == '[') {
    char *end = NULL;
    long index = strtol(path + 1, &end, 10);
    return *end == ']' && cJSON_IsArray(root) ? table_find(element(root, (int)index), end + 1) : NULL;
  }
  if (!cJSON_IsObject(root)) return NULL;
  for (const cJSON *child = root->child; child; child = child->next) {
    size_t length = strlen(child->string);
    if (strncmp(path, child->string, length) != 0 || !strchr(".[", path[length])) continue;
    const cJSON *found = table_find(child, path + length); // strchr finds the closing '\0' too
    if (found) return found;
  }
  return NULL;
}

static const char *text_of(const cJSON *object, const char *key) {
  return cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, key));
}

static double number_of(const cJSON *object, const char *key, double otherwise) {
  const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, key);
  return cJSON_IsNumber(item) ? item->valuedouble : otherwise;
}

static bool read_figure(struct figure *figure, const cJSON *row) {
  figure->path = text_of(row, "path");
  figure->expected = number_of(row, "expected", NAN);
  figure->tolerance = number_of(row, "absolute", number_of(row, "relative", NAN) * fabs(figure->expected));
  figure->score = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(row, "score"));
  return figure->path && isfinite(figure->expected) && figure->tolerance > 0;
}

static bool read_figures(struct trial *trial, const cJSON *rows) {
  trial->figures = allocate((size_t)cJSON_GetArraySize(rows), sizeof *trial->figures);
  const cJSON *row = NULL;
  cJSON_ArrayForEach(row, rows) {
    if (!read_figure(&trial->figures[trial->figure_count++], row)) return false;
  }
  return true;
}

static bool read_timetables(struct trial *trial, const cJSON *rows) {
  trial->timetables = allocate((size_t)cJSON_GetArraySize(rows), sizeof *trial->timetables);
  const cJSON *row = NULL;
  cJSON_ArrayForEach(row, rows) {
    struct timetable *times = &trial->timetables[trial->timetable_count++];
    times->component = text_of(row, "component");
    times->enters = cJSON_GetObjectItemCaseSensitive(row, "enters_s");
    times->starts = cJSON_GetObjectItemCaseSensitive(row, "starts_s");
    times->ends = cJSON_GetObjectItemCaseSensitive(row, "ends_s");
    times->until = number_of(row, "until_s", INFINITY);
    if (!times->component) return false;
  }
  return true;
}

// What the scenario itself says about its size.
static bool read_size(struct trial *trial, const char *folder) {
  char *path = table_scenario(folder, trial->scenario), *text = table_file(path);
  cJSON *scenario = text ? cJSON_Parse(text) : NULL;
  const cJSON *run = cJSON_GetObjectItemCaseSensitive(scenario, "run");
  trial->replications = (unsigned)number_of(run, "replications", 0);
  double requests = number_of(run, "requests", 0);
  if (trial->full == 0) trial->full = (uint64_t)requests * trial->replications;
  trial->settled = trial->replications == 1;
  bool fine = trial->replications > 0 && trial->full >= trial->minimum;
  if (!fine) fprintf(stderr, "%s: no replications, or fewer requests than the reference asks for\n", path);
  cJSON_Delete(scenario);
  free(text);
  free(path);
  return fine;
}

static bool read_trial(struct trial *trial, const cJSON *row, const cJSON *run, const char *folder) {
  trial->id = text_of(row, "id");
  trial->group = text_of(row, "group");
  trial->model = text_of(row, "model");
  if (!trial->id || !trial->group || !trial->model) return false;
  const char *name = text_of(run, "name");
  snprintf(trial->name, sizeof trial->name, "%s%s%s", trial->id, name ? "/" : "", name ? name : "");
  if (!cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(row, "exact"))) {
    trial->reference = text_of(row, "reference");
    if (!trial->reference) return false;
  }
  trial->scenario = text_of(row, "scenario") ? text_of(row, "scenario") : trial->id;
  const cJSON *trace = cJSON_GetObjectItemCaseSensitive(row, "trace");
  trial->trace_file = text_of(trace, "file");
  trial->trace_form = text_of(trace, "form");
  if (trace && (!trial->trace_file || !trial->trace_form)) return false;
  trial->set = cJSON_GetObjectItemCaseSensitive(run, "set");
  trial->full = (uint64_t)number_of(run, "requests", 0);
  trial->quick = (uint64_t)number_of(row, "quick", 0);
  trial->minimum = (uint64_t)number_of(row, "minimum", 0);
  if (!read_figures(trial, cJSON_GetObjectItemCaseSensitive(run, "figures")) ||
      !read_timetables(trial, cJSON_GetObjectItemCaseSensitive(run, "visits")) || !read_size(trial, folder))
    return false;
  bool small = trial->quick > 0 || trial->full == 0; // runs of a duration are small
  trial->in_quick = small && !cJSON_IsFalse(cJSON_GetObjectItemCaseSensitive(run, "quick"));
  return true;
}

static size_t count_runs(const cJSON *cases) {
  size_t count = 0;
  const cJSON *row = NULL;
  cJSON_ArrayForEach(row, cases) {
    count += (size_t)cJSON_GetArraySize(cJSON_GetObjectItemCaseSensitive(row, "runs"));
  }
  return count;
}

static bool read_cases(struct table *table, const cJSON *cases, const char *folder) {
  table->trials = allocate(count_runs(cases), sizeof *table->trials);
  const cJSON *row = NULL, *run = NULL;
  cJSON_ArrayForEach(row, cases) {
    cJSON_ArrayForEach(run, cJSON_GetObjectItemCaseSensitive(row, "runs")) {
      struct trial *trial = &table->trials[table->count++];
      if (read_trial(trial, row, run, folder)) continue;
      fprintf(stderr, "expected.json: case %s is not as it should be\n",
              trial->id ? trial->id : "without id");
      return false;
    }
  }
  return table->count > 0;
}

bool table_read(struct table *table, const char *folder) {
  *table = (struct table){0};
  size_t size = strlen(folder) + sizeof "/expected.json";
  char *path = allocate(size, 1);
  snprintf(path, size, "%s/expected.json", folder);
  char *text = table_file(path);
  table->document = text ? cJSON_Parse(text) : NULL;
  bool fine = table->document != NULL;
  if (text && !fine) fprintf(stderr, "%s: not JSON\n", path);
  free(text);
  free(path);
  table->left_out = cJSON_GetObjectItemCaseSensitive(table->document, "left_out");
  return fine && read_cases(table, cJSON_GetObjectItemCaseSensitive(table->document, "cases"), folder);
}

void table_release(struct table *table) {
  for (size_t i = 0; i < table->count; i++) {
    free(table->trials[i].figures);
    free(table->trials[i].timetables);
  }
  free(table->trials);
  cJSON_Delete(table->document);
}
