#include "plot_script.h"

#include "console.h"
#include "plot_template.h"
#include "text.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const struct {
  const char *name;
  const char *file;
} formats[] = {[PLOT_PNG] = {"png", "plot.png"},
               [PLOT_SVG] = {"svg", "plot.svg"},
               [PLOT_PDF] = {"pdf", "plot.pdf"},
               [PLOT_TERMINAL] = {"dumb", "plot.txt"}};

// ---- Settings of a template -------------------------------------------------------------------------------

void plot_script_number(struct writer *script, const char *name, double value) {
  writer_format(script, "%s = %.9g\n", name, value);
}

void plot_script_text(struct writer *script, const char *name, const char *text) {
  writer_format(script, "%s = ", name);
  gnuplot_quote(script, text);
  writer_bytes(script, "\n", 1);
}

void plot_script_array(struct writer *script, const char *name, size_t count) {
  writer_format(script, "array %s[%zu]\n", name, count > 0 ? count : 1);
}

void plot_script_number_at(struct writer *script, const char *name, size_t index, double value) {
  writer_format(script, "%s[%zu] = %.9g\n", name, index + 1, value);
}

void plot_script_text_at(struct writer *script, const char *name, size_t index, const char *text) {
  writer_format(script, "%s[%zu] = ", name, index + 1);
  gnuplot_quote(script, text);
  writer_bytes(script, "\n", 1);
}

void plot_script_frame(const struct plot_drawing *drawing, struct writer *script, const char *heading,
                       size_t rows) {
  static const struct {
    double graph, head, row, foot, gap, title;
  } sizes[] = {{640, 60, 30, 85, 8, 28}, {24, 3, 1, 3.5, 0.5, 0.5}};
  bool terminal = drawing->format == PLOT_TERMINAL;
  double head = sizes[terminal].head + (double)rows * sizes[terminal].row;
  double height = head + sizes[terminal].graph + sizes[terminal].foot;
  if (terminal) height = ceil(height);
  plot_script_text(script, "Format", formats[drawing->format].name);
  plot_script_number(script, "Width", terminal ? (double)drawing->columns : 1200);
  plot_script_number(script, "Height", height);
  plot_script_number(script, "Top", 1 - head / height);
  plot_script_number(script, "Bottom", sizes[terminal].foot / height);
  plot_script_number(script, "HeadingAt", 1 - sizes[terminal].title / height);
  plot_script_number(script, "KeyGap", sizes[terminal].gap / height);
  plot_script_number(script, "RowHeight", sizes[terminal].row / height);
  plot_script_text(script, "Heading", heading);
}

void plot_script_lines(struct writer *script, size_t count) {
  plot_script_number(script, "Runs", (double)count);
  plot_script_array(script, "Name", count);
  plot_script_array(script, "Style", count);
}

void plot_script_line(struct writer *script, size_t index, const char *name, size_t scenario) {
  plot_script_text_at(script, "Name", index, name);
  plot_script_number_at(script, "Style", index, (double)scenario + 1);
}

void plot_script_panels(struct writer *script) {
  static const char *const names[] = {"PanelTitle", "PanelLabel", "PanelLog", "PanelLow",
                                      "PanelHigh",  "PanelFoot",  "PanelTics"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) plot_script_array(script, names[i], 4);
}

void plot_script_panel(struct writer *script, size_t index, const char *title, const char *label,
                       const struct plot_axis *axis, struct arena *arena) {
  plot_script_text_at(script, "PanelTitle", index, title);
  plot_script_text_at(script, "PanelLabel", index, label);
  plot_script_number_at(script, "PanelLog", index, axis->logarithmic);
  plot_script_number_at(script, "PanelLow", index, axis->low);
  plot_script_number_at(script, "PanelHigh", index, axis->high);
  plot_script_number_at(script, "PanelFoot", index, axis->foot);
  plot_script_text_at(script, "PanelTics", index, plot_axis_ticks(axis, arena));
}

void plot_script_row(struct writer *data, const double *numbers, size_t count) {
  for (size_t i = 0; i < count; i++) {
    if (isfinite(numbers[i])) {
      writer_format(data, "%s%.9g", i > 0 ? " " : "", numbers[i]);
    } else {
      writer_format(data, "%sNaN", i > 0 ? " " : "");
    }
  }
  writer_bytes(data, "\n", 1);
}

void plot_script_put_data(struct plot_drawing *drawing, const char *kind, size_t index, struct writer *data) {
  char name[64];
  snprintf(name, sizeof name, "%s-%zu.dat", kind, index + 1);
  // gnuplot refuses a file without any number, but not one where none is finite.
  if (data->length == 0) writer_bytes(data, "NaN NaN NaN NaN NaN NaN NaN NaN NaN\n", 36);
  gnuplot_put(drawing->gnuplot, name, data);
  writer_drop(data);
}

// ---- Carrying out -----------------------------------------------------------------------------------------

static void append_template(struct writer *script, const char *name) {
  for (const struct plot_template *row = plot_templates; row->name != NULL; row++) {
    if (strcmp(row->name, name) == 0) writer_bytes(script, (const char *)row->bytes, row->length);
  }
}

static bool report(const struct gnuplot *gnuplot) {
  console_error("%s", gnuplot->error.message);
  return false;
}

static bool show(struct plot_drawing *drawing, const char *picture, size_t length) {
  drawing->pictures++;
  fwrite(picture, 1, length, stdout);
  putchar('\n');
  return true;
}

bool plot_script_draw(struct plot_drawing *drawing, struct writer *script, const char *template,
                      const char *name) {
  size_t length = 0;
  append_template(script, "common");
  append_template(script, template);
  gnuplot_put(drawing->gnuplot, "plot.gp", script);
  gnuplot_run(drawing->gnuplot, "plot.gp");
  const char *made = formats[drawing->format].file;
  char *picture = gnuplot_take(drawing->gnuplot, made, drawing->arena, &length);
  writer_drop(script);
  if (picture == NULL) return report(drawing->gnuplot);
  if (drawing->format == PLOT_TERMINAL) return show(drawing, picture, length);
  const char *path =
      arena_format(drawing->arena, "%s/%s.%s", drawing->folder, name, formats[drawing->format].name);
  struct file_error error;
  if (!file_replace(path, picture, length, &error)) return console_error("%s", error.message), false;
  drawing->pictures++;
  text_print(stdout, path);
  putchar('\n');
  return true;
}

bool plot_draw_has_fonts(struct plot_drawing *drawing) {
  struct writer script;
  size_t wide_length = 0, narrow_length = 0;
  writer_init(&script, NULL);
  append_template(&script, "probe");
  gnuplot_put(drawing->gnuplot, "probe.gp", &script);
  writer_drop(&script);
  gnuplot_run(drawing->gnuplot, "probe.gp");
  char *wide = gnuplot_take(drawing->gnuplot, "wide.png", drawing->arena, &wide_length);
  char *narrow = gnuplot_take(drawing->gnuplot, "narrow.png", drawing->arena, &narrow_length);
  if (wide == NULL || narrow == NULL) return false;
  if (wide_length != narrow_length || memcmp(wide, narrow, wide_length) != 0) return true;
  console_error(
      "gnuplot finds no fonts, so the plots have no text; install DejaVu Sans (Debian and Ubuntu: apt-get "
      "install fonts-dejavu-core), or use --format svg");
  return false;
}

// ---- Words ------------------------------------------------------------------------------------------------

const char *plot_script_file_name(const struct plot_drawing *drawing, const char *what, size_t load) {
  const struct plot_set *set = drawing->set;
  if (set->load_count == 1) return what;
  return arena_format(drawing->arena, "%s-%s-%.9g", what, set->axis != NULL ? "at" : "load",
                      set->loads[load]);
}

size_t plot_script_runs_at(const struct plot_drawing *drawing, size_t load, const struct plot_run **runs) {
  const struct plot_set *set = drawing->set;
  size_t count = 0;
  for (size_t i = 0; i < set->count; i++) {
    if (set->runs[i].load == set->loads[load]) runs[count++] = &set->runs[i];
  }
  return count;
}

const struct plot_run **plot_script_room_for_runs(const struct plot_drawing *drawing) {
  return arena_array(drawing->arena, drawing->set->count + 1, sizeof(const struct plot_run *));
}

const char *plot_script_heading(const struct plot_drawing *drawing, const char *what,
                                const struct plot_run *run) {
  double offered = run->figures[PLOT_OFFERED].value;
  const char *text = what, *axis = drawing->set->axis;
  if (axis != NULL) {
    text = arena_format(drawing->arena, "%s, %s = %.6g", text, axis, run->load);
  } else if (drawing->set->load_count > 1)
    text = arena_format(drawing->arena, "%s, load × %.6g", text, run->load);
  if (!(offered > 0)) return text;
  char rate[PLOT_LABEL_BYTES];
  plot_number_text(offered, rate);
  return arena_format(drawing->arena, "%s (%s requests/s offered)", text, rate);
}
