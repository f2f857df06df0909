// What the pictures of plot_draw.h share: settings that stand before a template, data files, and the drawing.
#ifndef HEADROOM_PLOT_SCRIPT_H
#define HEADROOM_PLOT_SCRIPT_H

#include "plot_axis.h"
#include "plot_draw.h"

// ---- Settings of a template, as its comment names them ----------------------------------------------------

// NAME = VALUE; a text is quoted, so that nothing in it is a command.
void plot_script_number(struct writer *script, const char *name, double value);
void plot_script_text(struct writer *script, const char *name, const char *text);

// An array of `count` entries, one at least; entries count from 0 here and from 1 there.
void plot_script_array(struct writer *script, const char *name, size_t count);
void plot_script_number_at(struct writer *script, const char *name, size_t index, double value);
void plot_script_text_at(struct writer *script, const char *name, size_t index, const char *text);

// The size of a picture with so many rows of a legend above its graphs, in pixels or in lines of a terminal,
// and where its parts stand, as shares of its height.
void plot_script_frame(const struct plot_drawing *drawing, struct writer *script, const char *heading,
                       size_t rows);

// Lines, each with its name and the style of its scenario; the panels, of which there may be four.
void plot_script_lines(struct writer *script, size_t count);
void plot_script_line(struct writer *script, size_t index, const char *name, size_t scenario);
void plot_script_panels(struct writer *script);
void plot_script_panel(struct writer *script, size_t index, const char *title, const char *label,
                       const struct plot_axis *axis, struct arena *arena);

// ---- Data -------------------------------------------------------------------------------------------------

// A row of numbers; what is not finite is missing.
void plot_script_row(struct writer *data, const double *numbers, size_t count);

// Puts the data into KIND-N.dat, N counted from 1, and drops the writer.
void plot_script_put_data(struct plot_drawing *drawing, const char *kind, size_t index, struct writer *data);

// ---- Drawing ----------------------------------------------------------------------------------------------

// Runs settings and template, puts the picture into the folder under that name, prints its path, and drops
// the writer. False after an error was printed.
bool plot_script_draw(struct plot_drawing *drawing, struct writer *script, const char *template,
                      const char *name);

// "latency-over-time", or with several loads "latency-over-time-load-4".
const char *plot_script_file_name(const struct plot_drawing *drawing, const char *what, size_t load);

// "Latency over time, load × 4 (400 requests/s offered)".
const char *plot_script_heading(const struct plot_drawing *drawing, const char *what,
                                const struct plot_run *run);

// The runs at a load, in order; room for all.
size_t plot_script_runs_at(const struct plot_drawing *drawing, size_t load, const struct plot_run **runs);
const struct plot_run **plot_script_room_for_runs(const struct plot_drawing *drawing);

#endif
