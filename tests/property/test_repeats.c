// What is not to be done twice is not retried, nor hedged, unless the scenario says that it may be.
#include "scenario_run.h"

#include <criterion/criterion.h>
#include <string.h>

// Written with ' for ".
static const char pattern[] =
    "{'network': 'none', 'datasets': {'orders': {'items': 100, 'item_size': '1KB'}}, %s"
    "'clients': {'c': {'arrivals': {'poisson': {'rate': '1/s'}}, 'mix': {'view': 1, 'buy': 1}, 'entry': "
    "'web'%s}},"
    "'components': {'web': {'type': 'server', 'handles': {'view': [{'read': 'orders', 'from': 'db'}],"
    "'buy': [{'call': 'shop'%s}]}}, 'shop': {'type': 'server', 'handles': {'*': [{'write': 'orders', 'to': "
    "'db'%s}]}},"
    "'db': {'type': 'database', 'holds': ['orders']}}}";

static const struct {
  const char *requests, *client, *call, *write;
  int errors;
} cases[] = {
    {"", "", "", "", 0},
    {"", ", 'retries': {'max': 1}", "", "", 1},
    {"", ", 'hedge': {'after': '1s'}", "", "", 1},
    {"", ", 'retries': {'max': 0}", "", "", 0},
    {"", "", ", 'retries': {'max': 1}", "", 1},
    {"", "", "", ", 'retries': {'max': 1}", 1},
    {"", ", 'retries': {'max': 1}", ", 'retries': {'max': 1}", ", 'hedge': {'after': 'p95'}", 3},
    {"'requests': {'buy': {'retry_unsafe': true}},", ", 'retries': {'max': 1}", ", 'retries': {'max': 1}",
     ", 'retries': {'max': 1}", 0},
    {"'requests': {'buy': {'idempotent': true}},", ", 'retries': {'max': 1}", "", "", 0},
    {"'requests': {'buy': {'idempotent': false, 'retry_unsafe': true}},", ", 'retries': {'max': 1}", "", "",
     0},
    {"'requests': {'view': {'idempotent': false}},", "", "", "", 0},
    {"'requests': {'view': {'idempotent': false}, 'buy': {'idempotent': true}},", ", 'retries': {'max': 1}",
     "", "", 1},
    {"'requests': {'buy': {'value': '$40'}},", "", "", "", 0},
    {"'requests': {'buy': {'value': 40}},", "", "", "", 1},
    {"'requests': {'buy': {'value': null}},", "", "", "", 0},
};

Test(repeats, writes_are_not_repeated_unless_it_is_said) {
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    char text[4000];
    struct loaded loaded;
    snprintf(text, sizeof text, pattern, cases[i].requests, cases[i].client, cases[i].call, cases[i].write);
    for (char *at = text; *at != '\0'; at++) *at = *at == '\'' ? '"' : *at;
    loaded_text(&loaded, text);
    if ((int)loaded.diagnostics.errors != cases[i].errors) diagnostics_print(&loaded.diagnostics, stderr);
    cr_expect_eq(loaded.diagnostics.errors, (size_t)cases[i].errors, "case %zu: %zu errors", i,
                 loaded.diagnostics.errors);
    loaded_drop(&loaded);
  }
}
