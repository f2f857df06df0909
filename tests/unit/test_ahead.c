// What the language has and the program has not yet is refused as that.
#include "ahead.h"
#include "running.h"

static const struct {
  const char *where, *text; // whose %s is the word
} places[] = {
    {"type", "'x': {'type': '%s'}"},
    {"strategy", "'x': {'type': 'cache', 'strategy': '%s'}"},
    {"algorithm", "'x': {'type': 'load-balancer', 'targets': ['web'], 'algorithm': '%s'}"},
    {"cache", "'x': {'type': 'cache', '%s': 2}"},
    {"load-balancer", "'x': {'type': 'load-balancer', 'targets': ['web'], '%s': {}}"},
    {"server", "'x': {'type': 'server', 'handles': {'*': []}, '%s': {}}"},
    {"worker", "'x': {'type': 'worker', 'consumes': 'q', 'handles': {'*': []}, '%s': {}}"},
    {"database", "'x': {'type': 'database', '%s': {}}"},
    {"client", "'x': {'type': 'server', 'handles': {'*': []}}}, 'clients': {'c': {'arrivals': {'poisson': "
               "{'rate': '1/s'}}, 'entry': 'web', '%s': {}}"},
    {"timeline", "'x': {'type': 'server', 'handles': {'*': []}}}, 'timeline': [{'at': '1s', '%s': 'web'}], "
                 "'datacenters': {'main': {'region': 'us-east'}"},
    {"*", "'x': {'type': 'server', 'handles': {'*': [{'call': 'web', '%s': {}}]}}"},
};

Test(ahead, words_are_refused_as_such) {
  for (size_t i = 0; i < ahead_word_count; i++) {
    size_t p = 0;
    while (strcmp(places[p].where, ahead_words[i].where) != 0) p++;
    char format[600], text[600], wanted[100];
    snprintf(format, sizeof format, "{'components': {'web': {'type': 'server', 'handles': {'*': []}}, %s}}",
             places[p].text);
    char *at = strstr(format, "%s");
    snprintf(text, sizeof text, "%.*s%s%s", (int)(at - format), format, ahead_words[i].word, at + 2);
    snprintf(wanted, sizeof wanted, "`%s` is not there yet", ahead_words[i].word);
    struct running running;
    running_only_load(&running, "%s", text);
    bool found = false;
    for (const struct diagnostic *d = running.diagnostics.first; d != NULL; d = d->next)
      found |= strcmp(d->message, wanted) == 0;
    if (!found) diagnostics_print(&running.diagnostics, stderr);
    cr_expect(found, "%s of %s", ahead_words[i].word, ahead_words[i].where);
    running_drop(&running);
  }
}

Test(ahead, a_word_is_ahead_only_where_it_belongs) {
  cr_expect_not(ahead_has("server", "health_check"));
  cr_expect_not(ahead_has(NULL, "autoscale"));
  cr_expect(ahead_has(NULL, "bulkhead"));
}
