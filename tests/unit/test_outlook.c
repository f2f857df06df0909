// What is warned of before a run, by arithmetic: 100 requests a second, two events each.
#include "experimenting.h"
#include "outlook.h"

#include <stdio.h>

static const struct {
  const char *run, *more, *warning; // NULL: none
} cases[] = {
    {"'requests': 1000000", "", NULL},
    {"'duration': '10d', 'replications': 1, 'warmup': '0s'", "", NULL},                        // 1.7e8 events
    {"'duration': '10000d', 'replications': 1, 'warmup': '0s'", "", "the run will take long"}, // 1.7e11
    {"'duration': '20d', 'replications': 1000, 'warmup': '0s'", "", "the run will take long"},
    // 10,000 requests are there after 100 s
    {"'requests': 10000", "'timeline': [{'at': '90s', 'flush': 'cache'}],", NULL},
    {"'requests': 10000", "'timeline': [{'at': '104s', 'flush': 'cache'}],", NULL},
    {"'requests': 10000", "'timeline': [{'at': '120s', 'flush': 'cache'}],",
     "only if requests are still inside"},
    {"'requests': 10000", "'timeline': [{'at': '170s', 'flush': 'cache'}],", "is not expected to happen"},
    {"'requests': 10000, 'warmup': '60s'", "'timeline': [{'at': '150s', 'flush': 'cache'}],", NULL},
    {"'requests': 10000, 'load': 2", "'timeline': [{'at': '120s', 'flush': 'cache'}],", "is not expected"},
    {"'requests': 10000", "'timeline': [{'at': '1s', 'every': '10ns', 'flush': 'cache'}],",
     "the run will take long"},
    {"'requests': 10000", "'timeline': [{'at': '1s', 'every': '1s', 'flush': 'cache'}],", NULL},
};

Test(outlook, warns_of_what_would_surprise) {
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    struct experimenting e;
    char text[2000];
    snprintf(text, sizeof text,
             "{'network': 'none', 'run': {%s}, %s 'datasets': {'d': {'items': 10, 'item_size': '1KB'}},"
             "'clients': {'c': {'arrivals': {'poisson': {'rate': '100/s'}}, 'entry': 'web'}}, 'components': {"
             "'web': {'type': 'server', 'handles': {'*': [{'wait': '1ms'}]}},"
             "'cache': {'type': 'cache', 'holds': ['d'], 'origin': 'db', 'capacity': '1MiB'},"
             "'db': {'type': 'database', 'holds': ['d']}}}",
             cases[i].run, cases[i].more);
    bool right = experimenting_load(&e, text);
    if (!right) diagnostics_print(&e.subject.diagnostics, stderr);
    cr_assert(right, "case %zu", i);
    struct diagnostics told;
    diagnostics_init(&told, &e.arena);
    outlook_judge(e.subject.plan, &told, &e.arena);
    cr_expect_eq(told.warnings, cases[i].warning != NULL, "case %zu: %zu warnings", i, told.warnings);
    if (told.first != NULL && cases[i].warning != NULL)
      cr_expect_not_null(strstr(told.first->message, cases[i].warning), "case %zu: %s", i,
                         told.first->message);
    experimenting_drop(&e);
  }
}
