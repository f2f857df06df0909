// The table of a run: its width, whatever the names, and what it leaves out.
#include "experimenting.h"
#include "table.h"
#include "text.h"

#include <stdlib.h>

static void print(struct experimenting *e, char **text) {
  size_t length = 0;
  FILE *stream = open_memstream(text, &length);
  struct table table = {stream, false, 80, 0};
  table_print(&table, &e->results);
  fclose(stream);
}

static void expect_narrow(char *text) {
  for (char *line = strtok(text, "\n"); line != NULL; line = strtok(NULL, "\n"))
    cr_expect_leq(text_width(line), 80, "%s", line);
}

static size_t occurrences(const char *text, const char *word) {
  size_t count = 0;
  for (const char *at = text; (at = strstr(at, word)) != NULL; at++) count++;
  return count;
}

// Number 7 and those from 20 on compute; each calls the next.
static const char *chain(struct arena *arena, int count) {
  const char *text = "";
  for (int i = 0; i < count; i++) {
    const char *call = i + 1 < count
                           ? arena_format(arena, "{'call': 'component-with-a-very-long-name-%d'}", i + 1)
                           : "{'wait': '1ms'}";
    text = arena_format(
        arena,
        "%s%s'component-with-a-very-long-name-%d': {'type': 'server', 'machine': 'm', 'handles': "
        "{'*': [{'cpu': '%s'}, %s]}}",
        text, i > 0 ? "," : "", i, i == 7 || i >= 20 ? "5ms" : "1us", call);
  }
  return arena_format(arena,
                      "{'network': 'none', 'run': {'duration': '5s', 'warmup': '0s', 'replications': 2},"
                      "'prices': {'traffic_out': '$1'}, 'machines': {'m': {'cores': 1}},"
                      "'clients': {'c': {'arrivals': {'poisson': {'rate': '20/s'}},"
                      "'entry': 'component-with-a-very-long-name-0'}}, 'components': {%s}}",
                      text);
}

Test(table, many_components_with_long_names_stay_readable) {
  struct experimenting e;
  struct arena arena;
  arena_init(&arena, NULL);
  experimenting_run(&e, chain(&arena, 45));
  char *text = NULL;
  print(&e, &text);
  cr_expect_not_null(strstr(text, "and 15 more that are less busy"));
  cr_expect_null(strstr(text, "receives"));
  cr_expect_not_null(strstr(text, "and 39 more"));
  cr_expect_geq(occurrences(text, "\ncomponent-with"), 30);
  cr_expect_leq(occurrences(text, "\ncomponent-with"), 30);
  expect_narrow(text);
  free(text);
  experimenting_drop(&e);
  arena_drop(&arena);
}

Test(table, devices_have_columns_where_they_are_used) {
  struct experimenting e;
  experimenting_run(&e,
                    "{'run': {'duration': '5s', 'warmup': '0s', 'replications': 2},"
                    "'machines': {'m': {'cores': 1, 'nic': '1Gbps', 'disk': {}, 'memory': '1GiB'}},"
                    "'clients': {'c': {'arrivals': {'poisson': {'rate': '20/s'}}, 'entry': 'web'}},"
                    "'components': {'web': {'type': 'server', 'machine': 'm', 'handles': {'*': [{'respond': "
                    "'100KB'}]}}, 'idle': {'type': 'server', 'machine': 'm', 'handles': {'*': []}}}}");
  char *text = NULL;
  print(&e, &text);
  const char *devices = strstr(text, "\ndevice");
  cr_assert_not_null(devices);
  cr_expect_not_null(strstr(devices, "sends"));
  cr_expect_not_null(strstr(devices, "receives"));
  cr_expect_null(strstr(devices, "disk"));
  cr_expect_not_null(strstr(devices, "\nweb"));
  cr_expect_null(strstr(devices, "\nidle"));
  expect_narrow(text);
  free(text);
  experimenting_drop(&e);
}
