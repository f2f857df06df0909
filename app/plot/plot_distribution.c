// The latency distribution of all scenarios at a load.
#include "plot_axis.h"
#include "plot_draw.h"
#include "plot_script.h"
#include "units.h"

#include <math.h>

static const char *percentile_text(const struct plot_run *run, enum plot_figure figure, const char *name,
                                   struct arena *arena) {
  const struct plot_estimate *estimate = &run->figures[figure];
  if (estimate->infinite) return arena_format(arena, "   %s ∞", name);
  if (isnan(estimate->value)) return "";
  return arena_format(arena, "   %s %s", name, units_show_duration(estimate->value * 1e9).text);
}

// "one server   p50 12.0 ms   p90 40.2 ms   p99 81.0 ms".
static const char *legend(const struct plot_run *run, struct arena *arena) {
  const char *p50 = percentile_text(run, PLOT_P50, "p50", arena);
  const char *p90 = percentile_text(run, PLOT_P90, "p90", arena);
  const char *p99 = percentile_text(run, PLOT_P99, "p99", arena);
  return arena_format(arena, "%s%s%s%s", run->name, p50, p90, p99);
}

static const struct {
  const char *name;
  double share;
} marks[] = {{"p50", 0.5}, {"p90", 0.1}, {"p99", 0.01}, {"p99.9", 0.001}, {"p99.99", 0.0001}};
enum { MARKS = sizeof marks / sizeof *marks };

static double total_of(const struct plot_run *run) {
  double total = run->lost;
  for (size_t i = 0; i < run->bin_count; i++) total += run->bins[i].count;
  return total;
}

// The latency that the share `share` of all requests exceeds: linear within a bin; NaN where it is infinite.
static double exceeded_by(const struct plot_run *run, double total, double share) {
  double above = total;
  for (size_t i = 0; i < run->bin_count; i++) {
    const struct plot_bin *bin = &run->bins[i];
    double after = above - bin->count;
    if (after <= share * total) {
      return bin->lower + (bin->upper - bin->lower) * (above - share * total) / bin->count;
    }
    above = after;
  }
  return NAN;
}

struct distribution_frame {
  double left;
  double right;
  double low; // the smallest share
};

static struct distribution_frame frame_distributions(const struct plot_run *const *runs, size_t count) {
  struct distribution_frame frame = {INFINITY, 0, 1e-2};
  for (size_t i = 0; i < count; i++) {
    const struct plot_run *run = runs[i];
    double total = total_of(run);
    if (run->bin_count == 0) continue;
    double left = exceeded_by(run, total, 0.995), right = run->bins[run->bin_count - 1].upper;
    if (left < frame.left) frame.left = left;
    if (right > frame.right) frame.right = right;
    double least = fmax(3, run->lost / 2); // a curve of which some never end has no lower end
    double low = pow(10, floor(log10(least / total)));
    if (low < frame.low) frame.low = low;
  }
  if (frame.low < 1e-6) frame.low = 1e-6;
  if (!(frame.left > frame.right * 1e-6)) frame.left = frame.right * 1e-6;
  if (frame.left > frame.right / 2) frame.left = frame.right / 2;
  return frame;
}

static void write_curve(const struct plot_run *run, double left, double right, struct writer *data) {
  double total = total_of(run), above = total;
  if (run->bin_count > 0 && run->bins[0].lower > left) plot_script_row(data, (double[]){left, 1}, 2);
  for (size_t i = 0; i < run->bin_count; i++) {
    const struct plot_bin *bin = &run->bins[i];
    if (i == 0 || bin->lower > run->bins[i - 1].upper)
      plot_script_row(data, (double[]){bin->lower, above / total}, 2);
    above -= bin->count;
    if (above > 0.5) plot_script_row(data, (double[]){bin->upper, above / total}, 2);
  }
  if (run->lost > 0) plot_script_row(data, (double[]){right, run->lost / total}, 2);
}

static void write_marks(const struct plot_run *run, double low, struct writer *data) {
  double total = total_of(run);
  for (int i = 0; i < MARKS; i++) {
    double at = exceeded_by(run, total, marks[i].share);
    if (marks[i].share >= low && isfinite(at)) plot_script_row(data, (double[]){at, marks[i].share}, 2);
  }
}

static void set_marks(struct writer *script, double low, struct arena *arena) {
  const char *ticks = "";
  size_t count = 0;
  plot_script_array(script, "Mark", MARKS);
  for (int i = 0; i < MARKS; i++) {
    if (marks[i].share < low * (1 - 1e-9)) continue;
    plot_script_number_at(script, "Mark", count++, marks[i].share);
    ticks = arena_format(arena, "%s%s\"%s\" %g", ticks, ticks[0] != '\0' ? ", " : "", marks[i].name,
                         marks[i].share);
  }
  plot_script_number(script, "MarkCount", (double)count);
  plot_script_text(script, "Marks", arena_format(arena, "(%s)", ticks));
}

bool plot_draw_distribution(struct plot_drawing *drawing, size_t load) {
  const struct plot_run **runs = plot_script_room_for_runs(drawing);
  size_t count = plot_script_runs_at(drawing, load, runs);
  struct distribution_frame frame = frame_distributions(runs, count);
  if (!(frame.right > 0)) return true;
  struct plot_axis across = plot_axis_logarithmic(frame.left, frame.right * 1.1, PLOT_SECONDS);
  struct plot_axis upwards = {.unit = PLOT_SHARE, .logarithmic = true, .low = frame.low, .high = 1};
  double lost = 0;
  struct writer script, data;
  writer_init(&script, NULL);
  plot_script_frame(drawing, &script, plot_script_heading(drawing, "Latency distribution", runs[0]), count);
  plot_script_lines(&script, count);
  for (size_t i = 0; i < count; i++) {
    plot_script_line(&script, i, legend(runs[i], drawing->arena), runs[i]->scenario);
    writer_init(&data, NULL);
    write_curve(runs[i], across.low, across.high, &data);
    plot_script_put_data(drawing, "run", i, &data);
    writer_init(&data, NULL);
    write_marks(runs[i], frame.low, &data);
    plot_script_put_data(drawing, "marks", i, &data);
    lost += runs[i]->lost;
  }
  plot_script_number(&script, "Left", across.low);
  plot_script_number(&script, "Right", across.high);
  plot_script_number(&script, "Low", frame.low);
  plot_script_text(&script, "XTics", plot_axis_ticks(&across, drawing->arena));
  plot_script_text(&script, "YTics", plot_axis_ticks(&upwards, drawing->arena));
  set_marks(&script, frame.low, drawing->arena);
  plot_script_text(&script, "Sub", lost > 0 ? "latency (a request that fails takes for ever)" : "latency");
  return plot_script_draw(drawing, &script, "distribution",
                          plot_script_file_name(drawing, "latency-distribution", load));
}
