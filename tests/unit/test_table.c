// The table of a run: its width, whatever the names, and what it leaves out.
#include "experimenting.h"
#include "table_results.h"
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

// Twenty a second, each worth a dollar, of which none is answered.
Test(table, lost_revenue_stands_in_the_column_of_texts) {
  struct experimenting e;
  experimenting_run(&e, "{'network': 'none', 'run': {'duration': '20s', 'warmup': '0s', 'replications': 2},"
                        "'requests': {'buy': {'value': '$1'}},"
                        "'clients': {'c': {'arrivals': {'constant': {'rate': '20/s'}}, 'mix': {'buy': 1},"
                        "'entry': 'web'}},"
                        "'components': {'web': {'type': 'server', 'handles': {'*': [{'fail': 1}]}}}}");
  char *text = NULL;
  print(&e, &text);
  cr_expect_not_null(strstr(text, "\nlost        $72000"), "%s", text);
  expect_narrow(text);
  free(text);
  experimenting_drop(&e);
}

// Of 20 reads a second of ten items, ten at most miss, and the rest hit: at least 90% of 100. Nobody writes,
// and nothing is copied, so databases have neither copies nor shards to tell of.
Test(table, a_type_has_columns_of_its_own) {
  struct experimenting e;
  experimenting_run(&e,
                    "{'network': 'none', 'run': {'duration': '20s', 'warmup': '5s', 'replications': 2},"
                    "'datasets': {'d': {'items': 10, 'item_size': '1KiB'}},"
                    "'clients': {'c': {'arrivals': {'constant': {'rate': '20/s'}}, 'entry': 'web'}},"
                    "'components': {'web': {'type': 'server', 'handles': {'*': [{'read': 'd'}]}},"
                    "'near': {'type': 'cache', 'origin': 'db', 'strategy': 'read-through', 'start': 'warm'},"
                    "'db': {'type': 'database', 'holds': ['d']}}}");
  char *text = NULL;
  print(&e, &text);
  const char *caches = strstr(text, "\ncache "), *databases = strstr(text, "\ndatabase ");
  cr_assert(caches != NULL && databases != NULL, "%s", text);
  cr_expect_null(strstr(text, "\nserver "), "a server reports nothing besides");
  char hits[16], fetches[16], items[16], bytes[32], reads[16], writes[16];
  cr_assert_eq(sscanf(caches, " cache hits fetches items bytes stale near %15s %15s %15s %31[0-9. KiB]", hits,
                      fetches, items, bytes),
               4, "%s", caches);
  cr_expect_str_eq(hits, "100%");
  cr_expect_str_eq(fetches, "0/s");
  cr_expect_str_eq(items, "10");
  cr_expect_eq(strncmp(bytes, "10.0 KiB ", 9), 0, "%s", bytes);
  cr_assert_eq(sscanf(databases, " database reads writes db %15s %15s", reads, writes), 2, "%s", databases);
  cr_expect_str_eq(reads, "0/s");
  expect_narrow(text);
  free(text);
  experimenting_drop(&e);
}
