// What `headroom compare` writes: comparison.json, and the folder of --out.
#include "compare_parts.h"
#include "console.h"
#include "file.h"
#include "writer.h"

static const char *client_name(const struct match *match, int client) {
  return client == SCOPE_ALL ? "all" : match->subjects[0].plan->clients[client].name;
}

static void write_difference(const struct match *match, const struct difference *difference,
                             struct writer *writer) {
  writer_object(writer, NULL);
  writer_number(writer, "load", match->loads[difference->load]);
  writer_text(writer, "first", match->slugs[0]);
  writer_text(writer, "second", match->slugs[difference->scenario]);
  writer_text(writer, "clients", client_name(match, difference->client));
  writer_text(writer, "metric", difference->metric);
  results_write_estimate(writer, "first_estimate", &difference->first);
  results_write_estimate(writer, "second_estimate", &difference->second);
  results_write_estimate(writer, "difference", &difference->comparison.difference);
  results_write_estimate(writer, "change", &difference->change);
  writer_number(writer, "p_value", difference->comparison.p_value);
  writer_number(writer, "p_holm", difference->adjusted);
  writer_number(writer, "correlation", difference->comparison.correlation);
  writer_flag(writer, "significant", difference->adjusted < 0.05);
  writer_end(writer);
}

static const char *folder_of(const struct match *match, size_t load, size_t scenario, struct arena *arena) {
  char number[WRITER_NUMBER_BYTES];
  writer_number_text(number, match->loads[load]);
  return arena_format(arena, "%s/load-%s", match->slugs[scenario], number);
}

void compare_write(const struct match *match, const struct differences *all, struct writer *writer) {
  writer_object(writer, NULL);
  writer_text(writer, "headroom", HEADROOM_VERSION);
  writer_array(writer, "scenarios");
  for (size_t s = 0; s < match->count; s++) {
    writer_flat_object(writer, NULL);
    writer_text(writer, "name", subject_name(&match->subjects[s]));
    writer_text(writer, "slug", match->slugs[s]);
    writer_text(writer, "hash", match->subjects[s].hash);
    writer_end(writer);
  }
  writer_end(writer);
  writer_flag(writer, "paired", match->paired);
  writer_text(writer, "unpaired_because", match->unpaired_why);
  writer_flat_array(writer, "loads");
  for (size_t l = 0; l < match->load_count; l++) writer_number(writer, NULL, match->loads[l]);
  writer_end(writer);
  writer_array(writer, "differences");
  for (size_t i = 0; i < all->count; i++) write_difference(match, &all->list[i], writer);
  writer_end(writer);
  writer_end(writer);
}

static void write_manifest(const struct match *match, struct writer *writer, struct arena *arena) {
  writer_object(writer, NULL);
  writer_text(writer, "headroom", HEADROOM_VERSION);
  writer_text(writer, "kind", "comparison");
  writer_array(writer, "runs");
  for (size_t l = 0; l < match->load_count; l++) {
    for (size_t s = 0; s < match->count; s++) {
      if (match_experiment(match, l, s)->count == 0) continue;
      writer_flat_object(writer, NULL);
      writer_text(writer, "folder", folder_of(match, l, s, arena));
      writer_text(writer, "scenario", subject_name(&match->subjects[s]));
      writer_number(writer, "load", match->loads[l]);
      writer_end(writer);
    }
  }
  writer_end(writer);
  writer_end(writer);
}

static bool save_runs(const struct match *match, const char *out, struct arena *arena,
                      struct file_error *error) {
  for (size_t l = 0; l < match->load_count; l++) {
    for (size_t s = 0; s < match->count; s++) {
      size_t at = l * match->count + s;
      const struct experiment *experiment = &match->experiments[at];
      if (experiment->count == 0) continue;
      struct engine_report engine = {.wall = console_wall_time() - match->started,
                                     .own_time = experiment->cpu_time};
      const char *folder = arena_format(arena, "%s/%s", out, folder_of(match, l, s, arena));
      if (!results_save(&match->results[at], &engine, folder, error)) return false;
    }
  }
  return true;
}

static bool save_comparison(const struct match *match, const struct differences *all, const char *out,
                            struct file_error *error) {
  struct results_file file;
  compare_write(match, all, results_file_begin(&file, out, "comparison.json"));
  return results_file_finish(&file, error);
}

static bool save_manifest(const struct match *match, const char *out, struct arena *arena,
                          struct file_error *error) {
  struct results_file file;
  write_manifest(match, results_file_begin(&file, out, "manifest.json"), arena);
  return results_file_finish(&file, error);
}

bool compare_save(const struct match *match, const struct differences *all, const char *out,
                  struct arena *arena) {
  struct file_error error = {""};
  bool saved = file_make_directories(out, &error) && save_runs(match, out, arena, &error) &&
               save_comparison(match, all, out, &error) && save_manifest(match, out, arena, &error);
  if (!saved) console_error("%s", error.message);
  return saved;
}
