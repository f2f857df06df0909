#include "table.h"

#include "console.h"
#include "text.h"
#include "units.h"

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h> // TIOCGWINSZ: not POSIX, but wherever this runs
#include <unistd.h>

// ---- Columns ----------------------------------------------------------------------------------------------

static long asked_columns(FILE *stream) {
  struct winsize size = {0};
  const char *text = getenv("COLUMNS");
  long columns = text != NULL ? strtol(text, NULL, 10) : 0;
  if (columns > 0) return columns;
  int file = fileno(stream);
  return isatty(file) && ioctl(file, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

struct table table_on(FILE *stream, bool color) {
  long columns = asked_columns(stream);
  if (columns < TABLE_COLUMNS) columns = TABLE_COLUMNS;
  if (columns > TABLE_COLUMNS_MOST) columns = TABLE_COLUMNS_MOST;
  return (struct table){stream, color, (int)columns, 0};
}

void table_fit_name(struct table *table, int least, const char *name) {
  char safe[512];
  text_escape(safe, sizeof safe, name, strlen(name));
  int wanted = (int)text_width(safe) + 1;
  int most = least + table->columns - TABLE_COLUMNS;
  if (table->names < least) table->names = least;
  if (wanted > most) wanted = most;
  if (wanted > table->names) table->names = wanted;
}

// ---- Cells ------------------------------------------------------------------------------------------------

static const char *const styles[] = {
    [TABLE_PLAIN] = "",        [TABLE_BOLD] = "\033[1m", [TABLE_DIM] = "\033[2m",
    [TABLE_GOOD] = "\033[32m", [TABLE_BAD] = "\033[31m",
};

void table_begin(const struct table *table, enum table_style style) {
  if (table->color && style != TABLE_PLAIN) fputs(styles[style], table->stream);
}

void table_end(const struct table *table, enum table_style style) {
  if (table->color && style != TABLE_PLAIN) fputs("\033[0m", table->stream);
}

void table_pad(const struct table *table, size_t columns) {
  for (size_t i = 0; i < columns; i++) fputc(' ', table->stream);
}

void table_cell(const struct table *table, int width, enum table_style style, const char *text) {
  char safe[512];
  text_escape(safe, sizeof safe, text, strlen(text));
  size_t room = (size_t)(width < 0 ? -width : width);
  size_t bytes = text_fit(safe, room);
  safe[bytes] = '\0';
  size_t columns = text_width(safe);
  size_t rest = columns < room ? room - columns : 0;
  if (width > 0) table_pad(table, rest);
  table_begin(table, style);
  fputs(safe, table->stream);
  table_end(table, style);
  if (width < 0) table_pad(table, rest);
}

void table_say(const struct table *table, enum table_style style, const char *format, ...) {
  char line[1024];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(line, sizeof line, format, arguments);
  va_end(arguments);
  table_begin(table, style);
  fputs(line, table->stream);
  table_end(table, style);
}

void table_wrap(const struct table *table, int indent, const char *text) {
  char safe[2048];
  text_escape(safe, sizeof safe, text, strlen(text));
  size_t column = (size_t)indent;
  size_t room = indent < table->columns ? (size_t)(table->columns - indent) : 0;
  for (const char *word = safe; *word != '\0';) {
    size_t length = strcspn(word, " ");
    char one[2048];
    memcpy(one, word, length);
    one[length] = '\0';
    size_t width = text_width(one);
    if (column > (size_t)indent && column + 1 + width > (size_t)table->columns) {
      fputc('\n', table->stream);
      table_pad(table, (size_t)indent);
      column = (size_t)indent;
    } else if (column > (size_t)indent) {
      fputc(' ', table->stream);
      column++;
    }
    char *rest = one;
    for (; width > room && room > 0; width = text_width(rest)) { // wider than a whole line: broken
      size_t bytes = text_fit(rest, room);
      if (bytes == 0) break;
      fprintf(table->stream, "%.*s\n", (int)bytes, rest);
      table_pad(table, (size_t)indent);
      rest += bytes;
    }
    fputs(rest, table->stream);
    column += width;
    word += length;
    word += strspn(word, " ");
  }
  fputc('\n', table->stream);
}

struct units_text table_show(double value, enum table_show as) {
  switch (as) {
  case TABLE_SHOW_TIME:
    return units_show_duration(value * 1e9);
  case TABLE_SHOW_RATE:
    return units_show_rate(value);
  case TABLE_SHOW_SHARE:
    return units_show_share(value);
  case TABLE_SHOW_SIZE:
    return units_show_size(value);
  case TABLE_SHOW_BANDWIDTH:
    return units_show_bandwidth(value);
  case TABLE_SHOW_COUNT:
    break;
  }
  return units_show_count(value);
}

struct units_text table_spread(const struct estimate *estimate) {
  struct units_text text = {""};
  double half = estimate_half_width(estimate);
  if (!estimate->has_interval || !isfinite(half) || !isfinite(estimate->value)) return text;
  if (estimate->value == 0 && half == 0) return text;
  double percent = 100 * half / fabs(estimate->value);
  if (!isfinite(percent)) return text;
  snprintf(text.text, sizeof text.text,
           percent < 10     ? "±%.1f%%"
           : percent < 1000 ? "±%.0f%%"
                            : ">±999%%",
           percent);
  return text;
}
