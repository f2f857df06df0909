#include "sweep_store.h"

#include "console.h"
#include "json.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>
#include <sys/stat.h>

static bool ends_with(const char *text, const char *end) {
  size_t length = strlen(text), least = strlen(end);
  return length > least && strcmp(text + length - least, end) == 0;
}

void sweep_store_find(struct sweep_store *store, const char *out, struct arena *arena) {
  *store = (struct sweep_store){0};
  if (out == NULL) return;
  store->folder = out;
  store->table = arena_format(arena, "%s/sweep.csv", out);
  if (ends_with(out, ".csv")) {
    store->table = out;
    store->folder = arena_format(arena, "%.*s.points", (int)strlen(out) - 4, out);
  }
}

void sweep_store_key(const struct subject *subject, char key[CANONICAL_HASH_BYTES]) {
  char text[256];
  int length = snprintf(text, sizeof text, "%s %s %s %" PRIu64 " %" PRId64, HEADROOM_VERSION, subject->hash,
                        subject->files_hash, subject->plan->run.seed, subject->plan->run.replications);
  canonical_hash_bytes(text, (size_t)length, key);
}

const char *sweep_store_place(const char *key, struct arena *arena) {
  return arena_format(arena, "points/%s", key);
}

static const char *path_of(const struct sweep_store *store, const char *key, const char *name,
                           struct arena *arena) {
  return arena_format(arena, "%s/points/%s/%s", store->folder, key, name);
}

static bool is_file(const char *path) {
  struct stat status;
  return stat(path, &status) == 0 && S_ISREG(status.st_mode);
}

bool sweep_store_has(const struct sweep_store *store, const char *key, bool full, struct arena *arena) {
  return store->folder != NULL && is_file(path_of(store, key, "results.json", arena)) &&
         (!full || is_file(path_of(store, key, "manifest.json", arena)));
}

bool sweep_store_save(const struct sweep_store *store, const char *key, const struct results *results,
                      bool full, struct arena *arena, struct file_error *error) {
  const char *folder = arena_format(arena, "%s/%s", store->folder, sweep_store_place(key, arena));
  struct engine_report engine = {.wall = results->experiment->cpu_time,
                                 .own_time = results->experiment->cpu_time};
  if (full) return results_save(results, &engine, folder, error);
  if (!file_make_directories(folder, error)) return false;
  struct results_file file;
  results_write(results, results_file_begin(&file, folder, "results.json"));
  return results_file_finish(&file, error);
}

static const struct node *read_file(const char *path, struct diagnostics *diagnostics, struct arena *arena,
                                    struct file_error *error) {
  size_t length = 0;
  char *text = file_read(path, JSON_BYTES_MAX, arena, &length, error);
  return text != NULL ? json_read(text, length, path, diagnostics, arena) : NULL;
}

const struct node *sweep_store_read(const struct sweep_store *store, const char *key, struct arena *arena) {
  struct file_error error = {""};
  struct diagnostics diagnostics;
  diagnostics_init(&diagnostics, arena);
  const struct node *root =
      read_file(path_of(store, key, "results.json", arena), &diagnostics, arena, &error);
  if (error.message[0] != '\0') console_error("%s", error.message);
  if (root == NULL) diagnostics_print(&diagnostics, stderr);
  return root;
}

double sweep_store_speed(const struct sweep_store *store, struct arena *arena) {
  struct file_error error;
  struct diagnostics diagnostics;
  diagnostics_init(&diagnostics, arena);
  if (store->folder == NULL) return NAN;
  const char *path = arena_format(arena, "%s/manifest.json", store->folder);
  const struct node *speed = node_find(read_file(path, &diagnostics, arena, &error), "events_per_cpu_s");
  return speed != NULL && speed->kind == NODE_NUMBER && speed->number > 0 ? speed->number : (double)NAN;
}
