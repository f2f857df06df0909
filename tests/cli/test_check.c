// The commands that do not simulate: check with its messages, doc, schema, init; and that every model is
// listed, documented and used by a scenario.
#include "field.h"
#include "judging.h"
#include "model.h"
#include "scenario.h"

#include <cjson/cJSON.h>
#include <criterion/criterion.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PATH_BYTES = 4096, TEXT_BYTES = 1 << 21 };

static char folder[] = "check-XXXXXX";
static char out[TEXT_BYTES];
static char err[TEXT_BYTES];
static char text[TEXT_BYTES];

static void set_up(void) {
  cr_assert_not_null(getenv("HEADROOM_BIN"), "HEADROOM_BIN names the program to test");
  cr_assert_not_null(getenv("HEADROOM_SOURCE"), "HEADROOM_SOURCE names the tree");
  cr_assert_not_null(mkdtemp(folder));
  cr_assert_eq(chdir(folder), 0);
  setenv("NO_COLOR", "1", 1);
  unsetenv("HEADROOM_SEED");
  unsetenv("HEADROOM_REPLICATIONS");
}

static void tear_down(void) {
  char command[64];
  cr_assert_eq(chdir(".."), 0);
  snprintf(command, sizeof command, "rm -rf %s", folder);
  cr_assert_eq(system(command), 0);
}

TestSuite(check, .init = set_up, .fini = tear_down, .timeout = 300);

static void get(const char *name, char *into) {
  FILE *file = fopen(name, "r");
  cr_assert_not_null(file, "cannot open %s", name);
  size_t length = fread(into, 1, TEXT_BYTES - 1, file);
  into[length] = '\0';
  fclose(file);
}

static void put(const char *name, const char *content) {
  FILE *file = fopen(name, "w");
  cr_assert_not_null(file);
  fputs(content, file);
  fclose(file);
}

// Runs the program through the shell; what it said is in `out` and `err`.
static int headroom(const char *arguments) {
  char command[3 * PATH_BYTES];
  snprintf(command, sizeof command, "\"$HEADROOM_BIN\" %s >out 2>err", arguments);
  int status = system(command);
  get("out", out);
  get("err", err);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

// ---- Wrong scenarios --------------------------------------------------------------------------------------

// Written with ' for ".
static const char right[] = "{\n"
                            "  'network': 'none',\n"
                            "  'clients': { 'jobs': { 'arrivals': { 'poisson': { 'rate': '90/s' } },\n"
                            "    'entry': 'web' } },\n"
                            "  'hosts': { 'box': { 'cores': 1 } },\n"
                            "  'components': {\n"
                            "    'web': { 'type': 'server', 'on': 'box',\n"
                            "      'handles': { '*': [{ 'cpu': '5ms' }] } }\n"
                            "  }\n"
                            "}\n";

struct wrong {
  const char *old; // in the right one
  const char *replacement;
  const char *said; // a part of what must be said, from the place on
};

static const struct wrong wrongs[] = {
    // Names.
    {"'poisson'", "'poison'", "w.json:3:40: error: clients.jobs.arrivals.poison: unknown key `poison`"},
    {"'entry': 'web'", "'entry': 'wbe'",
     "w.json:4:14: error: clients.jobs.entry: there is no component `wbe` (did you mean `web`?)"},
    {"'entry'", "'enty'", "w.json:4:5: error: clients.jobs.enty: unknown key `enty` (did you mean `entry`?)"},
    {"'entry'", "'enty'", "w.json:3:24: error: clients.jobs: `entry` is missing"},
    {"'on': 'box'", "'on': 'bx'",
     "w.json:7:38: error: components.web.on: there is no host `bx` (did you mean `box`?)"},
    {"'server'", "'servre'", "w.json:7:22: error: components.web.type: found the text \"servre\""},
    {"'cpu': '5ms'", "'call': 'nobody'",
     "w.json:8:36: error: components.web.handles.*[0].call: there is no component `nobody`"},
    {"'cpu': '5ms'", "'call': 'nobody'", "`nobody`; allowed is `web`"},
    {"'cpu': '5ms'", "'cpu': '0'", "found the text \"0\", which"},
    {"'network': 'none'", "'nmae': 'x'",
     "w.json:2:3: error: nmae: unknown key `nmae` (did you mean `name`?)"},
    {"'jobs'", "'two words'", "w.json:3:16: error: clients[\"two words\"]: found the key \"two words\""},
    {"'entry': 'web'", "'entry': {'view': 'web'}",
     "w.json:4:15: error: clients.jobs.entry.view: there is no request `view`"},
    {"'entry': 'web'", "'entry': 'web', 'from': 'us-est'",
     "there is no region `us-est` (did you mean `us-east`?)"},
    {"'network': 'none'", "'network': { 'access': { '6g': { 'rtt': '1ms' } } }",
     "w.json:2:28: error: network.access.6g: there is no access profile `6g` (did you mean `4g`?)"},
    {"'*'", "'view'", "request `request` reaches `web`, which does not handle it"},
    {"'components': {\n    'web': { 'type': 'server',",
     "'machines': {'m': {}}, 'components': {'web': { 'type': 'server', 'machine': 'm',",
     "either `on` a host or has a `machine` of its own"},
    {"'box': { 'cores': 1 }", "'box': { 'cores': 1, 'in': 'man' }",
     "hosts.box.in: there is no data center `man` (did you mean `main`?)"},
    {"'entry': 'web'", "'entry': 'box'", "clients.jobs.entry: `box` is a host, not a component"},
    // Quantities.
    {"'90/s'", "90",
     "w.json:3:61: error: clients.jobs.arrivals.poisson.rate: found the number 90, which has no unit"},
    {"'90/s'", "'-1/s'", "found the text \"-1/s\", which has a sign"},
    {"'90/s'", "'0/s'", "more than 0"},
    {"'5ms'", "5",
     "w.json:8:35: error: components.web.handles.*[0].cpu: found the number 5, which has no unit"},
    {"'5ms'", "5", "(did you mean \"5s\" or \"5ms\"?)"},
    {"'5ms'", "'5 minutes'", "which has a space"},
    {"'5ms'", "{'exponential': {}}", "`mean` is missing"},
    {"'5ms'", "{'exponential': {'mean': '1s'}, 'gamma': {}}",
     "found several keys; allowed is exactly one of"},
    {"'5ms'", "{'lognormal': {'mean': '5ms', 'cv': -1}}",
     "handles.*[0].cpu.lognormal.cv: found the number -1"},
    {"'cores': 1", "'cores': 0",
     "w.json:5:32: error: hosts.box.cores: found the number 0; allowed is a whole number, 1 to 1000000"},
    {"'cores': 1", "'cores': 1.5", "found the number 1.5, which is not whole"},
    {"'network': 'none'", "'run': {'seed': 9007199254740993}",
     "run.seed: found the number 9007199254740993, which"},
    {"'network': 'none'", "'run': {'seed': 9007199254740992}", "whole numbers stay below 2^53"},
    {"'cores': 1", "'cores': 'many'", "found the text \"many\"; allowed is a whole number"},
    {"'entry': 'web'", "'entry': 'web', 'timeout': 5", "clients.jobs.timeout: found the number 5"},
    // Steps.
    {"{ 'cpu': '5ms' }", "{ 'choose': [[0.5, []]] }", "the chances sum to 0.5; they must sum to 1"},
    {"{ 'cpu': '5ms' }", "{ 'fail': 2 }", "found the number 2; allowed is a fraction"},
    {"{ 'cpu': '5ms' }", "{ 'parallel': 2 }", "a number of branches needs `do`"},
    {"{ 'cpu': '5ms' }", "{ 'cpu': '5ms', 'wait': '5ms' }", "has several of the keys that say what it is"},
    {"{ 'cpu': '5ms' }", "{ }", "has none of the keys that say what it is"},
    {"'cpu': '5ms'", "'respond': true",
     "w.json:8:39: error: components.web.handles.*[0].respond: found true"},
    {"'cpu': '5ms'", "'disk': []",
     "w.json:8:36: error: components.web.handles.*[0].disk: found an empty list"},
    {"'cpu': '5ms'", "'call': 'web'", "is in a circle of calls"},
    // The run, the timeline, objectives.
    {"'network': 'none'", "'run': {'duration': '1s', 'requests': 5}",
     "run.requests: stands instead of `duration`"},
    {"'network': 'none'", "'run': {'replications': 0}", "allowed is a whole number, 1 to 10000"},
    {"'network': 'none'", "'run': {'load': 0}", "run.load: found the number 0"},
    {"'network': 'none'", "'run': 1", "w.json:2:10: error: run: found the number 1; allowed is an object"},
    {"'network': 'none'", "'prices': []", "w.json:2:13: error: prices: found an empty list"},
    {"'network': 'none'", "'network': 'nothing'", "network: found the text \"nothing\"; allowed is \"none\""},
    {"'network': 'none'", "'timeline': [{'at': '1s', 'fail': 'wbe'}]",
     "timeline[0].fail: there is no component `wbe`"},
    {"'network': 'none'", "'timeline': [{'at': '1s', 'fail': 'web/x'}]", "there is no data center `x`"},
    {"'network': 'none'", "'timeline': [{'at': '1s', 'fail': 'web/main/1'}]",
     "timeline[0]: there never is an instance 1 of `web` in `main`: they are numbered from 0 to 0"},
    {"'network': 'none'",
     "'datacenters': {'a': {'region': 'us-east'}, 'b': {'region': 'eu-west'}}, 'timeline': "
     "[{'at': '1s', 'fail': 'web/b'}]",
     "timeline[0]: `web` does not stand in `b`"},
    {"'network': 'none'",
     "'run': {'duration': '10s', 'drain': '1s'}, 'timeline': [{'at': '11s', 'fail': 'web'}]",
     "timeline[0]: never happens: the run ends after 10s"},
    {"'network': 'none'", "'timeline': [{'fail': 'web'}]", "timeline[0]: `at` is missing"},
    {"'network': 'none'", "'timeline': [{'at': '1s', 'set': {'components.web.wokers': 5}}]",
     "server has no `wokers`"},
    {"'network': 'none'", "'timeline': [{'at': '1s', 'set': {'components.web.workers': -5}}]",
     "found the number -5"},
    {"'network': 'none'", "'slo': ['p99 < banana']", "slo[0]: \"banana\" does not begin with a number"},
    {"'network': 'none'", "'slo': ['wbe.p99 < 5ms']", "there is no request and no component `wbe`"},
    {"'entry': 'web'", "'entry': 'web', 'mix': {'a': 0}", "all weights are 0"},
    {"'entry': 'web'", "'entry': 'web', 'retries': {'max': 'unlimited'}", "would never leave the instant"},
    {"'entry': 'web'", "'entry': 'web', 'shape': {'diurnal': {'peak_to_mean': 0.5}}",
     "found the number 0.5; allowed is a number, 1 to 100"},
    // JSON.
    {"'network': 'none',", "'network': 'none'", "w.json:3:3: error: found `\"`, expected `,` or `}`"},
    {"'cores': 1", "'cores': 007", "a number has no leading zeros"},
    {"'on': 'box'", "'on': 'box', 'on': 'box'", "the same key stands already in line 7, column 32"},
    {"'none'", "'a\\u0000b'", "the character U+0000"},
    {"'network'", "'extends': 'nowhere.json', 'network'", "cannot read nowhere.json"},
    // Files.
    {"'5ms'", "{'empirical': {'file': '/etc/passwd'}}", "it lies outside the scenario's folder"},
    {"'poisson': { 'rate': '90/s' }", "'trace': {'file': '../secret', 'format': 'csv'}",
     "cannot read ../secret"},
    // Sizes that nothing could hold.
    {"'cores': 1", "'cores': 1e18", "found the number 1e18, which is too large"},
    {"'on': 'box'", "'on': 'box', 'instances': 1e18", "allowed is a whole number, 0 to 100000"},
    {"'on': 'box'", "'on': 'box', 'workers': 1e18", "allowed is a whole number, 1 to 1000000000"},
    {"'poisson': { 'rate': '90/s' }", "'closed': {'users': 1e18, 'think': '1s'}",
     "found the number 1e18, which is too large"},
    {"'poisson': { 'rate': '90/s' }", "'closed': {'users': 90000000, 'think': '1s'}", "at most 8000000"},
    {"'90/s'", "'1e30/s'", "at most 1000000000/s"},
    {"'network': 'none'", "'run': {'load': 1e9}", "comes to 9e+10/s under `run.load` 1e+09"},
    {"'network': 'none'", "'run': {'requests': 1e18}", "run.requests"},
    {"'network': 'none'", "'run': {'duration': '1e18d'}", "run.duration"},
};

static void with_quotes(char *from) {
  for (; *from != '\0'; from++) *from = *from == '\'' ? '"' : *from;
}

static void make(const struct wrong *wrong) {
  const char *place = strstr(right, wrong->old);
  cr_assert_not_null(place, "%s does not stand in the right scenario", wrong->old);
  snprintf(text, sizeof text, "%.*s%s%s", (int)(place - right), right, wrong->replacement,
           place + strlen(wrong->old));
  with_quotes(text);
  put("w.json", text);
}

// Errors of form and of names, wherever they stand and whatever else is wrong around them; each once, and
// nothing that only follows from another.
Test(check, all_errors_are_reported_in_one_run) {
  static const char *const lines[] = {
      "{ 'datacenters': { 'oslo': { 'region': 'eu-nroth' } },",
      "  'machines': { 'small': { 'cores': 0 } },",
      "  'hosts': { 'box': { 'speed': 'fast', 'in': 'olso' } },",
      "  'requests': { 'byu': { 'priority': 1 } },",
      "  'clients': { 'shop': { 'arrivals': { 'poisson': { 'rate': 5 } }, 'mix': { 'buy': 1 },",
      "    'entry': { 'bui': 'web', '*': 'wbe' } } },",
      "  'components': {",
      "    'web': { 'type': 'server', 'on': 'bx', 'workers': 'many', 'handles': { '*': [",
      "      { 'cpu': '5 ms' }, { 'repeat': 2, 'do': [{ 'call': 'dbb' }] } ] } },",
      "    'db': { 'type': 'servre', 'handles': { 'query': [] } },",
      ("    'store': { 'type': 'server', 'machine': 'smll', 'handles': { '*': [] }, 'instances': { 'osl': 1 "
       "} "
       "},"),
      "    'lb': { 'type': 'load-balancer', 'algorithm': 'fastest', 'targets': { 'wbe': 1, 'db': 2 } } },",
      "  'timeline': [{ 'at': 'soon', 'fail': 'wbe' }, { 'at': '1s', 'fail': 'zone:oslo/b' },",
      "    { 'at': '1s', 'set': { 'components.wb.workers': 5, 'components.db.workers': 5 } }],",
      "  'slo': ['p99 < soon', 'by.p99 < 1s', 'shpo:p99 < 1s', 'shop.p99 < 1s', 'db.cpu < 80%'] }"};
  static const char *const wanted[] = {
      "1:40: error: datacenters.oslo.region: there is no region `eu-nroth` (d",
      "2:37: error: machines.small.cores: found the number 0;",
      "3:32: error: hosts.box.speed: found the text \"fast\";",
      "3:46: error: hosts.box.in: there is no data center `olso` (did you",
      "4:17: error: requests.byu: nobody sends the request `byu` (did you",
      "5:61: error: clients.shop.arrivals.poisson.rate: found the number",
      "6:16: error: clients.shop.entry.bui: there is no request `bui` (did",
      "6:35: error: clients.shop.entry.*: there is no component `wbe` (did",
      "8:38: error: components.web.on: there is no host `bx` (did you mean",
      "8:55: error: components.web.workers: found the text \"many\";",
      "9:16: error: components.web.handles.*[0].cpu: found the text \"5 ms",
      "9:58: error: components.web.handles.*[1].do[0].call: there is no co",
      "10:21: error: components.db.type: found the text \"servre\";",
      "11:45: error: components.store.machine: there is no machine `smll`",
      "11:92: error: components.store.instances.osl: there is no data cent",
      "12:51: error: components.lb.algorithm: found the text \"fastest\";",
      "12:75: error: components.lb.targets.wbe: there is no component `wbe`",
      "13:24: error: timeline[0].at: found the text \"soon\"",
      "13:40: error: timeline[0].fail: there is no component `wbe` (did you",
      "13:71: error: timeline[1].fail: there is no zone `b` in `oslo`",
      "14:53: error: timeline[2].set[\"components.wb.workers\"]: there is no",
      "15:11: error: slo[0]: \"soon\" does not begin with a number",
      "15:25: error: slo[1]: there is no request and no component `by`",
      "15:40: error: slo[2]: there is no client group `shpo` (did you mean",
      "15:57: error: slo[3]: `shop` is a client group, not a request or a"};
  enum { WANTED = sizeof wanted / sizeof *wanted };
  text[0] = '\0';
  for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) strcat(strcat(text, lines[i]), "\n");
  for (char *at = text; *at != '\0'; at++) *at = *at == '\'' ? '"' : *at;
  put("w.json", text);
  cr_assert_eq(headroom("check w.json"), 2);
  char *line = strtok(err, "\n");
  for (size_t i = 0; i < WANTED; i++, line = strtok(NULL, "\n")) {
    cr_assert_not_null(line, "%s is missing", wanted[i]);
    cr_assert(strncmp(line, "w.json:", 7) == 0 && strncmp(line + 7, wanted[i], strlen(wanted[i])) == 0,
              "wanted: %s\nsaid: %s", wanted[i], line);
  }
  cr_assert_null(line, "nothing more: %s", line);
}

Test(check, wrong_scenarios_are_refused_where_they_are_wrong) {
  snprintf(text, sizeof text, "%s", right);
  with_quotes(text);
  put("w.json", text);
  cr_assert_eq(headroom("check w.json"), 0, "%s", err);
  for (size_t i = 0; i < sizeof wrongs / sizeof *wrongs; i++) {
    make(&wrongs[i]);
    int status = headroom("check w.json");
    cr_expect_eq(status, 2, "%s: status %d", wrongs[i].replacement, status);
    cr_expect_not_null(strstr(err, wrongs[i].said), "%s: `%s` is missing in\n%s", wrongs[i].replacement,
                       wrongs[i].said, err);
    cr_expect_str_eq(out, "", "%s: %s", wrongs[i].replacement, out);
  }
}

Test(check, who_is_never_there_is_warned_of) {
  static const char absent[] = "`web` has no instances";
  put("w.json",
      "{\"clients\": {\"a\": {\"arrivals\": {\"poisson\": {\"rate\": \"5/s\"}}, \"entry\": \"web\"}},\n"
      "\"components\": {\"web\": {\"type\": \"server\", \"instances\": 0, \"handles\": {\"*\": []}}}}");
  cr_assert_eq(headroom("check w.json"), 0, "%s", err);
  cr_expect_not_null(strstr(err, absent), "%s", err);
  cr_assert_eq(headroom("check w.json --set 'timeline=[{\"at\": \"9s\", \"scale\": \"web\", \"to\": 2}]'"),
               0);
  cr_expect_null(strstr(err, absent), "%s", err);
}

Test(check, all_errors_at_once) {
  put("w.json",
      "{\n \"clients\": {\"a\": {\"arrivals\": {\"poisson\": {\"rate\": 5}},\n  \"entry\": \"x\", \"kind\": "
      "\"webb\"}},\n \"components\": {\"x\": {\"type\": \"server\",\n  \"workers\": -1, \"handles\": "
      "{\"*\": [{\"cpu\": \"5\"}]}}}\n}\n");
  cr_assert_eq(headroom("check w.json"), 2);
  static const char *const places[] = {"w.json:2:", "w.json:3:", "w.json:5:14:", "w.json:5:"};
  const char *from = err;
  for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
    const char *found = strstr(from, places[i]);
    cr_assert_not_null(found, "%s is missing or out of order in\n%s", places[i], err);
    from = found + 1;
  }
}

Test(check, one_wrong_of_several_does_not_hide_the_others) {
  snprintf(text, sizeof text, "%s", right);
  with_quotes(text);
  put("right.json", text);
  put("wrong.json", "{}");
  cr_assert_eq(headroom("check right.json wrong.json right.json"), 2);
  const char *first = strstr(out, "valid");
  cr_assert_not_null(first);
  cr_assert_not_null(strstr(first + 1, "valid"));
}

// ---- Predictions ------------------------------------------------------------------------------------------

static double number_at(const cJSON *root, const char *path) {
  char keys[256];
  snprintf(keys, sizeof keys, "%s", path);
  char *rest = NULL;
  for (char *key = strtok_r(keys, "/", &rest); key != NULL; key = strtok_r(NULL, "/", &rest)) {
    root = cJSON_GetObjectItemCaseSensitive(root, key);
    cr_assert_not_null(root, "%s is missing", path);
  }
  cr_assert(cJSON_IsNumber(root), "%s is no number", path);
  return root->valuedouble;
}

Test(check, a_machine_reads_what_theory_says) {
  char command[PATH_BYTES];
  snprintf(command, sizeof command, "check --json '%s/scenarios/theory/mm1.json'", getenv("HEADROOM_SOURCE"));
  cr_assert_eq(headroom(command), 0, "%s", err);
  cJSON *root = cJSON_Parse(out);
  cr_assert_not_null(root);
  cr_expect_float_eq(number_at(root, "offered_per_s"), 90, 1e-9);
  cr_expect_float_eq(number_at(root, "components/station/utilization/cpu"), 0.9, 1e-12);
  cr_expect_float_eq(number_at(root, "components/station/wait_s"), 0.09, 1e-12);
  cr_expect_float_eq(number_at(root, "components/station/residence_s"), 0.1, 1e-12);
  cr_expect_float_eq(number_at(root, "bottleneck/requests_per_s"), 100, 1e-9);
  cJSON_Delete(root);
}

// Bytes, but no line has more columns than a terminal: a character of UTF-8 begins with no 10xxxxxx.
static void expect_narrow(const char *what, const char *of) {
  size_t columns = 0;
  for (const char *c = what; *c != '\0'; c++) {
    if ((*c & 0xC0) != 0x80) columns++;
    if (*c != '\n') continue;
    cr_expect_leq(columns, 81, "%s: a line of %zu columns", of, columns - 1);
    columns = 0;
  }
}

// ---- The scenarios of the tree ----------------------------------------------------------------------------

static void for_each_scenario(const char *under, void (*visit)(const char *path)) {
  char path[PATH_BYTES];
  snprintf(path, sizeof path, "%s/scenarios/%s", getenv("HEADROOM_SOURCE"), under);
  DIR *directory = opendir(path);
  cr_assert_not_null(directory, "%s", path);
  const struct dirent *entry = NULL;
  unsigned found = 0;
  while ((entry = readdir(directory)) != NULL) {
    size_t length = strlen(entry->d_name);
    if (length < 5 || strcmp(entry->d_name + length - 5, ".json") != 0) continue;
    snprintf(path, sizeof path, "%s/scenarios/%s/%s", getenv("HEADROOM_SOURCE"), under, entry->d_name);
    visit(path);
    found++;
  }
  closedir(directory);
  cr_assert_gt(found, 0, "no scenario under %s", under);
}

static void check_scenario(const char *path) {
  char command[2 * PATH_BYTES];
  snprintf(command, sizeof command, "check '%s'", path);
  cr_expect_eq(headroom(command), 0, "%s", err);
  cr_expect_str_eq(err, "", "%s", err);
  expect_narrow(out, path);
}

Test(check, every_scenario_of_the_tree_is_right) {
  for_each_scenario(".", check_scenario);
  for_each_scenario("theory", check_scenario);
  for_each_scenario("lessons", check_scenario);
}

static char used[1 << 16];

static void note_types(const char *path) {
  get(path, text);
  for (const char *at = text; (at = strstr(at, "\"type\": \"")) != NULL;) {
    at += strlen("\"type\": \"");
    size_t length = strcspn(at, "\"");
    cr_assert_lt(strlen(used) + length + 3, sizeof used);
    strcat(used, "|");
    strncat(used, at, length);
    strcat(used, "|");
  }
}

Test(check, every_model_is_listed_documented_and_used) {
  for_each_scenario(".", note_types);
  for_each_scenario("theory", note_types);
  for_each_scenario("lessons", note_types);
  struct arena arena;
  arena_init(&arena, NULL);
  cr_assert_eq(headroom("doc"), 0);
  static char list[TEXT_BYTES];
  snprintf(list, sizeof list, "%s", out);
  for (size_t i = 0; models[i] != NULL; i++) {
    const struct field_alternative *form = &models[i]->form;
    char name[128], command[160];
    cr_expect_null(field_table_fault(form->table, &arena), "%s: %s", form->name,
                   field_table_fault(form->table, &arena));
    cr_expect(form->doc != NULL && *form->doc != '\0', "%s", form->name);
    cr_expect_eq(form->user, models[i], "%s", form->name);
    snprintf(name, sizeof name, "|%s|", form->name);
    cr_expect_not_null(strstr(used, name), "no scenario uses %s", form->name);
    cr_expect_not_null(strstr(list, form->name), "doc does not list %s", form->name);
    snprintf(command, sizeof command, "doc %s", form->name);
    cr_expect_eq(headroom(command), 0);
    for (size_t row = 0; row < form->table->count; row++) {
      const struct field *field = &form->table->fields[row];
      if (field->kind == FIELD_KIND_SPREAD) continue;
      cr_expect_not_null(strstr(out, field_key(field)), "doc %s says nothing of %s", form->name,
                         field_key(field));
    }
  }
  // Every default reads by its own rules, in all tables that the language reaches.
  const char *fault = field_table_fault(&scenario_table, &arena);
  cr_expect_null(fault, "%s", fault);
  arena_drop(&arena);
}

// ---- doc, schema, init ------------------------------------------------------------------------------------

Test(check, doc_tells_about_every_topic) {
  static const char *const topics[] = {"scenario",      "run",      "machines", "hosts",
                                       "server",        "client",   "steps",    "policies",
                                       "distributions", "arrivals", "shapes",   "algorithms",
                                       "timeline",      "network",  "clients",  "load-balancer"};
  for (size_t i = 0; i < sizeof topics / sizeof *topics; i++) {
    char command[64];
    snprintf(command, sizeof command, "doc %s", topics[i]);
    cr_expect_eq(headroom(command), 0, "%s", topics[i]);
    cr_expect_gt(strlen(out), 200, "%s", topics[i]);
    expect_narrow(out, topics[i]);
  }
  cr_assert_eq(headroom("doc distributon"), 2);
  cr_assert_not_null(strstr(err, "did you mean distributions?"), "%s", err);
  cr_assert_eq(headroom("doc xylophone"), 2);
}

Test(check, the_reference_page_is_what_doc_says) {
  char path[PATH_BYTES];
  snprintf(path, sizeof path, "%s/docs/reference.md", getenv("HEADROOM_SOURCE"));
  cr_assert_eq(headroom("doc --markdown"), 0);
  get(path, text);
  cr_assert_str_eq(out, text, "docs/reference.md is old: headroom doc --markdown > docs/reference.md");
}

Test(check, the_schema_is_json_and_knows_clients) {
  cr_assert_eq(headroom("schema"), 0);
  cJSON *root = cJSON_Parse(out);
  cr_assert_not_null(root);
  cr_assert_not_null(strstr(out, "\"least-connections\""));
  cr_assert_not_null(strstr(out, "\"mmpp\""));
  cr_assert_not_null(strstr(out, "\"handles\""));
  cJSON_Delete(root);
}

static cJSON *schema;

static void judge_scenario(const char *path) {
  get(path, text);
  cJSON *document = cJSON_Parse(text);
  cr_expect(schema_accepts(schema, document), "%s is not as the schema has it", path);
  cJSON_AddTrueToObject(document, "nmae");
  cr_expect_not(schema_accepts(schema, document), "%s with a wrong key", path);
  cJSON_Delete(document);
}

// Patches too, of which there are both some that add components and some that take away with `null`.
Test(check, the_schema_takes_every_scenario_of_the_tree) {
  cr_assert_eq(headroom("schema"), 0);
  schema = cJSON_Parse(out);
  for_each_scenario(".", judge_scenario);
  for_each_scenario("theory", judge_scenario);
  for_each_scenario("lessons", judge_scenario);
  for_each_scenario("stages", judge_scenario);
  cJSON_Delete(schema);
}

Test(check, the_schema_refuses_what_is_wrong) {
  static const char *const patches[][2] = {
      {"{'extends': 'a.json', 'machines': {'m': null}}", "{'extends': 'a.json', 'machines': 5}"},
      {"{'extends': 'a.json', 'components': {'web': {'workers': 5}}}",
       "{'extends': 'a.json', 'components': {'web': {'wrokers': 5}}}"},
      {"{'extends': 'a.json', 'run': {'duration': '5s'}}", "{'extends': 'a.json', 'run': {'duration': 5}}"},
      {"{'extends': 'a.json', 'components': {'web': {'handles': {'*': [{'cpu': '5ms'}]}}}}",
       "{'extends': 'a.json', 'components': {'web': {'handles': {'*': [{'cpu': null}]}}}}"},
      {"{'extends': 'a.json'}", "{'name': 'without clients'}"}};
  cr_assert_eq(headroom("schema"), 0);
  schema = cJSON_Parse(out);
  for (size_t i = 0; i < 2 * sizeof patches / sizeof *patches; i++) {
    snprintf(text, sizeof text, "%s", patches[i / 2][i % 2]);
    with_quotes(text);
    cJSON *document = cJSON_Parse(text);
    cr_expect_eq(schema_accepts(schema, document), i % 2 == 0, "%s", text);
    cJSON_Delete(document);
  }
  cJSON_Delete(schema);
}

Test(check, init_writes_what_runs_and_never_overwrites) {
  cr_assert_eq(headroom("init shop"), 0, "%s", err);
  cr_assert_eq(headroom("check shop.json"), 0, "%s", err);
  cr_assert_eq(headroom("run shop.json --quiet --set run.duration=5s --replications 2"), 0, "%s", err);
  put("shop.json", "mine");
  cr_assert_eq(headroom("init shop"), 2);
  cr_assert_not_null(strstr(err, "does not overwrite"));
  get("shop.json", text);
  cr_assert_str_eq(text, "mine");
}

Test(check, init_takes_names_with_an_ending_or_a_folder) {
  cr_assert_eq(system("mkdir folder"), 0);
  static const char *const asked[] = {"shop.json", "3-tiers", "folder/shop", "./folder/other.json", "-- a_b"};
  static const char *const made[] = {"shop.json", "3-tiers.json", "folder/shop.json", "folder/other.json",
                                     "a_b.json"};
  for (size_t i = 0; i < sizeof asked / sizeof *asked; i++) {
    char command[PATH_BYTES];
    snprintf(command, sizeof command, "init %s", asked[i]);
    cr_assert_eq(headroom(command), 0, "%s: %s", asked[i], err);
    snprintf(command, sizeof command, "check %s", made[i]);
    cr_assert_eq(headroom(command), 0, "%s: %s", made[i], err);
  }
  static const char *const wrong_names[] = {"'a b'",    "''",     ".json",       "folder/",
                                            "-- -shop", "'a\"b'", "größe",       "shop.json.json",
                                            "a..b",     "..",     "folder/.json"};
  for (size_t i = 0; i < sizeof wrong_names / sizeof *wrong_names; i++) {
    char command[PATH_BYTES];
    snprintf(command, sizeof command, "init %s", wrong_names[i]);
    cr_assert_eq(headroom(command), 2, "%s", wrong_names[i]);
    cr_assert_not_null(strstr(err, "is no name"), "%s: %s", wrong_names[i], err);
  }
  cr_assert_eq(headroom("init nowhere/shop"), 1);
  cr_assert_not_null(strstr(err, "cannot write nowhere/shop.json: No such file"), "%s", err);
  cr_assert_eq(headroom("init a b"), 2);
}

// ---- Deaths -----------------------------------------------------------------------------------------------

Test(check, a_short_run_is_killed_at_each_event) {
  snprintf(text, sizeof text, "%s", right);
  with_quotes(text);
  put("right.json", text);
  const char *const few = "--set run.requests=20 --set run.warmup=0s --set run.drain=1s --seed 7";
  char command[PATH_BYTES];
  snprintf(command, sizeof command, "check --kill-each right.json %s", few);
  cr_assert_eq(headroom(command), 0, "%s", err);
  cr_expect_not_null(strstr(out, "everything was killed at each of"), "%s", out);
  cr_expect_str_eq(err, "");
  snprintf(command, sizeof command, "check --kill-each --json right.json %s", few);
  cr_assert_eq(headroom(command), 0, "%s", err);
  cJSON *root = cJSON_Parse(out);
  cr_assert_not_null(root);
  double events = number_at(root, "kill_each/events");
  cr_expect_gt(events, 40, "a request is sent and served");
  cr_expect_eq(number_at(root, "kill_each/killed_at"), events);
  cr_expect_eq(number_at(root, "kill_each/seed"), 7);
  const cJSON *deaths = cJSON_GetObjectItemCaseSensitive(root, "kill_each");
  cr_expect(cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(deaths, "whole")));
  cr_expect_eq(cJSON_GetArraySize(cJSON_GetObjectItemCaseSensitive(deaths, "findings")), 0);
  cJSON_Delete(root);
}

Test(check, of_a_long_run_its_beginning_is_killed_in_time) {
  snprintf(text, sizeof text, "%s", right);
  with_quotes(text);
  put("right.json", text);
  cr_assert_eq(headroom("check --kill-each --max-wall 1ns right.json"), 0, "%s", err);
  cr_expect_not_null(strstr(out, "killed at 0 of 20000 events"), "%s", out);
  cr_expect_not_null(strstr(out, "time ran out"), "%s", out);
  cr_assert_eq(headroom("check --kill-each --event 19999 right.json"), 0, "%s", err);
  cr_expect_not_null(strstr(out, "1 of 20000 events"), "%s", out);
  cr_assert_eq(headroom("check --kill-each --event 20001 right.json"), 1);
  cr_expect_not_null(strstr(err, "no such event"), "%s", err);
}

// ---- Words of the language that are ahead of the program
// ----------------------------------------------------

static const char ahead[] =
    "{ \"extends\": \"scaled-out.json\", \"components\": {\n"
    "  \"dns\": { \"health_check\": { \"interval\": \"10s\", \"fall\": 3 } },\n"
    "  \"balancer\": { \"health_check\": { \"interval\": \"5s\", \"timeout\": \"2s\", \"fall\": 2, \"rise\": "
    "3 } },\n"
    "  \"web\": { \"autoscale\": { \"metric\": \"cpu\", \"target\": 0.6, \"min\": 6, \"max\": 30 } },\n"
    "  \"db\": { \"replication\": { \"failover\": { \"detect\": \"10s\", \"promote\": \"20s\" } } } } }\n";

#define NULLS(balancer_)                                                                                     \
  "\"components\": { \"dns\": { \"health_check\": null }, \"" balancer_ "\": { \"health_check\": null },\n"  \
  "  \"web\": { \"autoscale\": null }, \"db\": { \"replication\": { \"failover\": null } } } }\n"

// Each of them is refused by its name, and a patch that sets them to null makes the scenario one that runs.
Test(check, what_is_ahead_of_the_program_can_be_patched_away) {
  cr_assert_eq(system("cp -r \"$HEADROOM_SOURCE\"/scenarios/*.json ."), 0);
  put("ahead.json", ahead);
  put("patch.json", "{ \"extends\": \"ahead.json\", " NULLS("balancer"));
  cr_expect_eq(headroom("check ahead.json"), 2);
  cr_expect_not_null(strstr(err, "components.web.autoscale"), "%s", err);
  cr_expect_not_null(strstr(err, "components.balancer.health_check"), "%s", err);
  int status = headroom("run patch.json --quiet --replications 1 --set run.duration=2s --set run.warmup=1s");
  cr_expect_eq(status, 0, "%d: %s", status, err);
}

// Scenarios that were written before the program was, where they are at hand.
Test(check, reference_examples_run) {
  const char *reference = getenv("HEADROOM_REFERENCE");
  char command[2 * PATH_BYTES];
  if (reference == NULL) cr_skip_test("HEADROOM_REFERENCE is not set");
  snprintf(command, sizeof command, "cp '%s'/../examples/*.json . 2>err", reference);
  if (system(command) != 0) cr_skip_test("there are no examples beside HEADROOM_REFERENCE");
  put("patch.json", "{ \"extends\": \"fully-scaled.json\", " NULLS("lb"));
  const char *const names[] = {"single-server.json", "patch.json"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    snprintf(command, sizeof command,
             "run %s --quiet --replications 1 --set run.duration=2s --set run.warmup=1s", names[i]);
    int status = headroom(command);
    cr_expect(status == 0 || status == 99, "%s: %d: %s", names[i], status, err);
  }
}
