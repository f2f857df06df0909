// The files of a folder of results.
#include "console.h"
#include "results.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>
#include <sys/resource.h>

struct writer *results_file_begin(struct results_file *file, const char *folder, const char *name) {
  char path[4096];
  int length =
      snprintf(path, sizeof path, "%s%s%s", folder != NULL ? folder : "", folder != NULL ? "/" : "", name);
  if (length < 0 || (size_t)length >= sizeof path) {
    file->output = (struct file_output){.descriptor = -1};
    snprintf(file->output.error.message, sizeof file->output.error.message, "the path of %s is too long",
             name);
  } else {
    file_begin(&file->output, path);
  }
  writer_init(&file->writer, NULL);
  file->writer.output = &file->output;
  return &file->writer;
}

bool results_file_finish(struct results_file *file, struct file_error *error) {
  writer_flush(&file->writer);
  bool whole = !file->writer.failed;
  writer_drop(&file->writer);
  if (!whole) {
    file_abandon(&file->output);
    console_out_of_memory(NULL);
  }
  bool done = file_finish(&file->output);
  *error = file->output.error;
  return done;
}

static size_t peak_memory(void) {
  struct rusage usage;
  if (getrusage(RUSAGE_SELF, &usage) != 0) return 0;
  return (size_t)usage.ru_maxrss * 1024; // KiB on Linux
}

static void write_engine(const struct results *results, const struct engine_report *engine,
                         struct writer *writer) {
  const struct experiment *experiment = results->experiment;
  double cpu = (double)engine->own_time / 1e9;
  writer_object(writer, NULL);
  writer_natural(writer, "events", experiment->events);
  writer_number(writer, "wall_s", (double)engine->wall / 1e9);
  writer_number(writer, "cpu_s", cpu);
  writer_natural(writer, "requests", experiment->issued);
  writer_number(writer, "requests_per_cpu_s", (double)experiment->issued / cpu);
  writer_natural(writer, "peak_rss_bytes", peak_memory());
  writer_natural(writer, "pilots", experiment->pilots);
  writer_end(writer);
}

static void write_bins(const char *client, const char *request, const struct histogram *histogram,
                       struct writer *writer) {
  unsigned cursor = 0;
  struct histogram_bin bin;
  while (histogram_next(histogram, &cursor, &bin)) {
    writer_cell_text(writer, client);
    writer_cell_text(writer, request);
    writer_cell_number(writer, (double)bin.lower / 1e9);
    writer_cell_number(writer, ((double)bin.upper + 1) / 1e9);
    writer_cell_integer(writer, (int64_t)bin.count);
    writer_row_end(writer);
  }
}

static void write_lost(const char *client, const char *request, uint64_t lost, struct writer *writer) {
  if (lost == 0) return;
  writer_cell_text(writer, client);
  writer_cell_text(writer, request);
  writer_cell_number(writer, NAN);
  writer_cell_number(writer, NAN);
  writer_cell_integer(writer, (int64_t)lost);
  writer_row_end(writer);
}

static void write_pooled(const struct experiment *experiment, int client, int request,
                         struct writer *writer) {
  const struct plan *plan = experiment->plan;
  struct scope scope;
  scope_open(&scope, experiment, client, request);
  const char *group = client == SCOPE_ALL ? "all" : plan->clients[client].name;
  const char *name = request == SCOPE_ALL ? "all" : plan->requests[request].name;
  write_bins(group, name, &scope.pooled.latency_histogram, writer);
  write_lost(group, name, scope.pooled.offered - scope.pooled.answered, writer);
  scope_close(&scope);
}

// Latencies of answered requests over all replications: of all, and by client group and request. What failed
// is a row without bounds.
static void write_distribution(const struct results *results, struct writer *writer) {
  const struct experiment *experiment = results->experiment;
  static const char *const heads[] = {"client", "request", "lower_s", "upper_s", "count"};
  for (size_t i = 0; i < sizeof heads / sizeof *heads; i++) writer_cell_text(writer, heads[i]);
  writer_row_end(writer);
  write_pooled(experiment, SCOPE_ALL, SCOPE_ALL, writer);
  for (uint16_t c = 0; c < experiment->plan->client_count; c++) {
    for (uint16_t r = 0; r < experiment->plan->request_count; r++) write_pooled(experiment, c, r, writer);
  }
}

static void write_manifest(const struct results *results, struct writer *writer) {
  writer_object(writer, NULL);
  writer_text(writer, "headroom", HEADROOM_VERSION);
  writer_text(writer, "kind", "run");
  writer_text(writer, "scenario", subject_name(results->subject));
  writer_number(writer, "load", results->experiment->load * results->experiment->plan->run.load);
  writer_flag(writer, "terminating", results->experiment->plan->terminating);
  writer_number(writer, "warmup_s", (double)results->experiment->warmup / 1e9);
  writer_end(writer);
}

static bool save(const char *folder, const char *name, const struct results *results,
                 void (*write)(const struct results *, struct writer *), struct file_error *error) {
  struct results_file file;
  write(results, results_file_begin(&file, folder, name));
  return results_file_finish(&file, error);
}

static bool save_engine(const char *folder, const struct results *results, const struct engine_report *engine,
                        struct file_error *error) {
  struct results_file file;
  write_engine(results, engine, results_file_begin(&file, folder, "engine.json"));
  return results_file_finish(&file, error);
}

// What the process has used comes after the tables that take most of it to write, and the manifest last: a
// folder that has one is whole.
bool results_save(const struct results *results, const struct engine_report *engine, const char *folder,
                  struct file_error *error) {
  return file_make_directories(folder, error) &&
         save(folder, "results.json", results, results_write, error) &&
         save(folder, "series.csv", results, results_write_series, error) &&
         save(folder, "distribution.csv", results, write_distribution, error) &&
         save_engine(folder, results, engine, error) &&
         save(folder, "manifest.json", results, write_manifest, error);
}
