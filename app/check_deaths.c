#include "check_deaths.h"

#include "command.h"
#include "console.h"
#include "units.h"

#include <inttypes.h>
#include <unistd.h>

static const int64_t standard_wall = 60000000000;

static void tell(const struct kill_each *deaths, const char *path) {
  for (size_t i = 0; i < deaths->finding_count; i++) {
    const struct kill_finding *finding = &deaths->findings[i];
    console_error("%s: seed %" PRIu64 ", event %" PRIu64 ", %.9f s, %s: %s", path, deaths->plan->run.seed,
                  finding->event, (double)finding->time * 1e-9, finding->how, finding->what);
  }
  if (deaths->failed) console_error("%s: --kill-each: %s", path, deaths->stopped);
}

int check_deaths(struct kill_each *deaths, const struct subject *subject, int64_t wall,
                 const struct options *options) {
  deaths->plan = subject->plan;
  deaths->deadline = console_wall_time() + (wall > 0 ? wall : standard_wall);
  deaths->progress = !options->quiet && isatty(STDERR_FILENO);
  deaths->interrupt = options->interrupt;
  kill_each_run(deaths);
  tell(deaths, subject->path);
  if (deaths->failed || deaths->finding_count > 0) return STATUS_FAILED;
  return atomic_load(options->interrupt) ? STATUS_INTERRUPTED : STATUS_DONE;
}

const char *check_deaths_text(const struct kill_each *deaths, struct arena *arena) {
  const char *which =
      deaths->done == deaths->events
          ? arena_format(arena, "each of %" PRIu64 " events", deaths->events)
          : arena_format(arena, "%" PRIu64 " of %" PRIu64 " events", deaths->done, deaths->events);
  const char *left = deaths->finding_count > 0 ? "something is left"
                     : deaths->done > 0        ? "nothing is left, all books are right"
                                               : "nothing was looked at";
  const char *text =
      arena_format(arena, "everything was killed at %s of %s (%s, seed %" PRIu64 "): %s", which,
                   deaths->whole ? "the run" : "its beginning",
                   units_show_duration((double)deaths->length).text, deaths->plan->run.seed, left);
  return deaths->stopped == NULL ? text : arena_format(arena, "%s; %s", text, deaths->stopped);
}

static void write_finding(struct writer *writer, const struct kill_finding *finding) {
  writer_object(writer, NULL);
  writer_natural(writer, "event", finding->event);
  writer_number(writer, "time_s", (double)finding->time * 1e-9);
  writer_text(writer, "how", finding->how);
  writer_text(writer, "what", finding->what);
  writer_end(writer);
}

void check_deaths_write(struct writer *writer, const struct kill_each *deaths) {
  writer_object(writer, "kill_each");
  writer_natural(writer, "seed", deaths->plan->run.seed);
  writer_natural(writer, "events", deaths->events);
  writer_number(writer, "length_s", (double)deaths->length * 1e-9);
  writer_flag(writer, "whole", deaths->whole);
  writer_natural(writer, "killed_at", deaths->done);
  writer_text(writer, "stopped", deaths->stopped);
  writer_array(writer, "findings");
  for (size_t i = 0; i < deaths->finding_count; i++) write_finding(writer, &deaths->findings[i]);
  writer_end(writer);
  writer_end(writer);
}
