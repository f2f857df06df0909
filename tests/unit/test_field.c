#include "field.h"
#include "json.h"

#include <criterion/criterion.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// A machine for tests: a text, a table, and what decoding says.
struct reading {
  struct arena arena;
  struct diagnostics diagnostics;
  struct field_context context;
  struct node *root;
  bool right;
  char *said;
};

static bool read_samples(const struct node *name, struct field_context *context, const char **text,
                         size_t *length) {
  const char *content = context->user;
  if (strcmp(name->text, "samples.txt") != 0) {
    diagnostic_error(context->diagnostics, name, "there is no such file");
    return false;
  }
  *text = content;
  *length = strlen(content);
  return true;
}

static void begin(struct reading *reading) {
  *reading = (struct reading){.right = false};
  arena_init(&reading->arena, NULL);
  diagnostics_init(&reading->diagnostics, &reading->arena);
  reading->context = (struct field_context){
      .arena = &reading->arena, .diagnostics = &reading->diagnostics, .read_file = read_samples};
}

static void collect(struct reading *reading) {
  size_t length = 0;
  free(reading->said);
  reading->said = NULL;
  FILE *stream = open_memstream(&reading->said, &length);
  diagnostics_print(&reading->diagnostics, stream);
  fclose(stream);
}

static struct node *parse(struct reading *reading, const char *text) {
  struct node *root = json_read(text, strlen(text), "s.json", &reading->diagnostics, &reading->arena);
  cr_assert_not_null(root, "the test's own JSON is wrong: %s", text);
  return root;
}

static void decode(struct reading *reading, const struct field_table *table, const char *text, void *record) {
  reading->root = parse(reading, text);
  reading->right = field_decode(table, reading->root, record, &reading->context);
  cr_expect_eq(reading->right, reading->diagnostics.errors == 0, "the verdict differs from the errors: %s",
               text);
  collect(reading);
}

static void end(struct reading *reading) {
  free(reading->said);
  arena_drop(&reading->arena);
}

// One of each kind.
struct inner {
  int64_t target;
  double share;
};
static const struct field inner_fields[] = {
    FIELD_DURATION(struct inner, target, .standard = "5ms", .above = true, .live = true, .doc = "a time"),
    FIELD_FRACTION(struct inner, share, .standard = "50%", .doc = "a share"),
};
static const struct field_table inner_table =
    FIELD_TABLE("inner", struct inner, inner_fields, .doc = "A record within.");

struct common {
  const char *comment;
  int64_t priority;
};
static const struct field common_fields[] = {
    FIELD_TEXT(struct common, comment, .doc = "any text"),
    FIELD_COUNT(struct common, priority, .standard = "3", .maximum = 9, .live = true, .doc = "an urgency"),
};
static const struct field_table common_table =
    FIELD_TABLE("common", struct common, common_fields, .doc = "What all have.");

static const char *const orders[] = {"fifo", "lifo", "priority", NULL};
enum order { FIFO, LIFO, PRIORITY };

struct pair {
  double weight;
  const char *name;
};
static const struct field pair_fields[] = {
    FIELD_NUMBER(struct pair, weight, .required = true, .doc = "how much"),
    FIELD_NAME(struct pair, name, .required = true, .doc = "of what"),
};
static const struct field_table pair_table = FIELD_TABLE("pair", struct pair, pair_fields, .doc = "A pair.");

struct choices {
  int64_t choices;
};
static const struct field choices_fields[] = {
    FIELD_COUNT(struct choices, choices, .required = true, .minimum = 2, .doc = "how many are looked at"),
};
static const struct field_table choices_table =
    FIELD_TABLE("power-of-d", struct choices, choices_fields, .doc = "The best of d.");

static const struct field_alternative *const algorithms[] = {
    ALTERNATIVE("round-robin", .doc = "one after the other"),
    ALTERNATIVE("power-of-d", .table = &choices_table, .doc = "the best of d"),
    ALTERNATIVE("weights", .row = ITEM_LIST(ITEM_NUMBER()), .doc = "by weight"),
    ALTERNATIVE("inner", .table = &inner_table, .doc = "all has defaults"),
    NULL,
};

static const struct field_alternative *const counts[] = {
    ALTERNATIVE("everywhere", .row = ITEM_COUNT(.minimum = 1), .doc = "so many"),
    ALTERNATIVE("by_place", .row = ITEM_MAP(ITEM_COUNT()), .doc = "so many in each place"),
    NULL,
};
static const struct field_alternative *const answers[] = {
    ALTERNATIVE("size", .row = ITEM_SIZE(), .doc = "so many bytes"),
    ALTERNATIVE("dataset", .row = ITEM_REFERENCE("dataset"), .doc = "the size of its items"),
    NULL,
};

struct all {
  bool flag;
  int64_t workers;
  double factor;
  double share;
  int64_t wait;
  int64_t memory;
  double nic;
  double rate;
  struct units_money price;
  struct units_money fee;
  const char *text;
  const char *name;
  struct reference target;
  enum order order;
  struct distribution lookup;
  const struct distribution *times;
  struct inner inner;
  const struct inner *maybe;
  struct common common;
  struct pair pair;
  struct list list;
  struct list pairs;
  struct map map;
  struct variant algorithm;
  struct variant instances;
  struct variant answer;
  const struct node *raw;
  const bool *idempotent;
  const int64_t *patience;
};

static const struct field all_fields[] = {
    FIELD_BOOLEAN(struct all, flag, .standard = "true", .doc = "a flag"),
    FIELD_COUNT(struct all, workers, .standard = "unlimited", .unlimited = true, .minimum = 1, .live = true,
                .doc = "requests inside at once"),
    FIELD_NUMBER(struct all, factor, .standard = "1.5", .above = true, .maximum = 10, .doc = "a factor"),
    FIELD_FRACTION(struct all, share, .standard = "0.25", .doc = "a share"),
    FIELD_DURATION(struct all, wait, .key = "for", .standard = "10min", .none = true, .minimum = 1e6,
                   .maximum = 3.6e12, .doc = "a time"),
    FIELD_SIZE(struct all, memory, .standard = "512MiB", .doc = "a size"),
    FIELD_BANDWIDTH(struct all, nic, .standard = "1Gbps", .doc = "a bandwidth"),
    FIELD_RATE(struct all, rate, .standard = "300/min", .doc = "a rate"),
    FIELD_MONEY(struct all, price, .standard = "$24/month", .doc = "a price"),
    FIELD_MONEY(struct all, fee, .standard = "$0.085", .once = true, .doc = "a fee"),
    FIELD_TEXT(struct all, text, .standard = "free text", .doc = "a text"),
    FIELD_NAME(struct all, name, .standard = "main", .doc = "a name"),
    FIELD_REFERENCE(struct all, target, "component", .standard = "web", .doc = "a component"),
    FIELD_WORD(struct all, order, orders, .standard = "fifo", .doc = "an order"),
    FIELD_DISTRIBUTION(struct all, lookup, DURATION, .standard = "{\"exponential\": {\"mean\": \"20ms\"}}",
                       .doc = "times"),
    FIELD_DISTRIBUTION(struct all, times, COUNT, .above = true, .doc = "counts"),
    FIELD_RECORD(struct all, inner, struct inner, &inner_table, .doc = "a record"),
    FIELD_RECORD(struct all, maybe, struct inner, &inner_table, .doc = "a record or none"),
    FIELD_SPREAD(struct all, common, struct common, &common_table, .doc = "what all have"),
    FIELD_TUPLE(struct all, pair, struct pair, &pair_table, .standard = "[1, \"one\"]", .doc = "a pair"),
    FIELD_LIST(struct all, list, ITEM_COUNT(.minimum = 1), .maximum = 3, .standard = "[4, 5]",
               .doc = "counts"),
    FIELD_LIST(struct all, pairs, ITEM_TUPLE(struct pair, &pair_table), .doc = "pairs"),
    FIELD_MAP(struct all, map, ITEM_RATE(), .star = true, .doc = "rates by name"),
    FIELD_VARIANT(struct all, algorithm, .alternatives = algorithms, .standard = "round-robin",
                  .doc = "an algorithm"),
    FIELD_EITHER(struct all, instances, .alternatives = counts, .standard = "1", .doc = "how many"),
    FIELD_EITHER(struct all, answer, .alternatives = answers, .doc = "what is answered"),
    FIELD_RAW(struct all, raw, .doc = "kept"),
    FIELD_BOOLEAN(struct all, idempotent, .doc = "may be repeated"),
    FIELD_DURATION(struct all, patience, .live = true, .doc = "the longest wait"),
};
static const struct field_table all_table =
    FIELD_TABLE("all", struct all, all_fields, .doc = "One of each kind.");

Test(field, tables_have_no_fault) {
  struct arena arena;
  arena_init(&arena, NULL);
  const char *fault = field_table_fault(&all_table, &arena);
  cr_expect_null(fault, "%s", fault);
  arena_drop(&arena);
}

Test(field, defaults_are_what_a_user_writes) {
  struct reading reading;
  struct all all;
  begin(&reading);
  decode(&reading, &all_table, "{}", &all);
  cr_assert(reading.right, "%s", reading.said);
  cr_expect(all.flag);
  cr_expect_eq(all.workers, INT64_MAX);
  cr_expect_eq(all.factor, 1.5);
  cr_expect_eq(all.share, 0.25);
  cr_expect_eq(all.wait, INT64_C(600000000000));
  cr_expect_eq(all.memory, 536870912);
  cr_expect_eq(all.nic, 125e6);
  cr_expect_eq(all.rate, 5.0);
  cr_expect(all.price.amount == 24 && all.price.per == UNITS_PER_MONTH);
  cr_expect(all.fee.amount == 0.085 && all.fee.per == UNITS_ONCE);
  cr_expect_str_eq(all.text, "free text");
  cr_expect_str_eq(all.name, "main");
  cr_expect_str_eq(all.target.name, "web");
  cr_expect_eq(all.target.node->at.line, 1);
  cr_expect_eq(all.order, FIFO);
  cr_expect_eq(all.lookup.kind, DISTRIBUTION_EXPONENTIAL);
  cr_expect_float_eq(distribution_mean(&all.lookup), 20e6, 1e-6);
  cr_expect_null(all.times);
  cr_expect(all.inner.target == 5000000 && all.inner.share == 0.5);
  cr_expect_null(all.maybe);
  cr_expect(all.common.comment == NULL && all.common.priority == 3);
  cr_expect(all.pair.weight == 1 && strcmp(all.pair.name, "one") == 0);
  cr_expect(all.list.count == 2 && ((int64_t *)all.list.items)[1] == 5);
  cr_expect(all.pairs.count == 0 && all.map.count == 0);
  cr_expect_str_eq(all.algorithm.alternative->name, "round-robin");
  cr_expect_str_eq(all.instances.alternative->name, "everywhere");
  cr_expect_eq(*(int64_t *)all.instances.value, 1);
  cr_expect_null(all.answer.alternative);
  cr_expect(all.raw == NULL && all.idempotent == NULL && all.patience == NULL);
  end(&reading);
}

// Every default, written out in the scenario, gives the same as leaving it out.
Test(field, each_default_can_be_written) {
  size_t written = 0;
  for (size_t i = 0; i < sizeof all_fields / sizeof all_fields[0]; i++) {
    const struct field *field = &all_fields[i];
    if (field->standard == NULL) continue;
    char text[256];
    bool json = strchr("{[0123456789", field->standard[0]) != NULL || strcmp(field->standard, "true") == 0;
    if (strpbrk(field->standard, "%m/") != NULL && field->standard[0] != '{') json = false;
    if (strcmp(field->standard, "512MiB") == 0 || strcmp(field->standard, "1Gbps") == 0) json = false;
    snprintf(text, sizeof text, json ? "{\"%s\": %s}" : "{\"%s\": \"%s\"}", field_key(field),
             field->standard);
    struct reading reading;
    struct all left_out;
    struct all given;
    begin(&reading);
    decode(&reading, &all_table, "{}", &left_out);
    decode(&reading, &all_table, text, &given);
    cr_expect(reading.right, "%s: %s", text, reading.said);
    if (field->kind < FIELD_KIND_TEXT || field->kind == FIELD_KIND_WORD) {
      cr_expect_eq(memcmp((char *)&left_out + field->offset, (char *)&given + field->offset,
                          field->kind == FIELD_KIND_MONEY ? sizeof(double) : field->size),
                   0, "%s", text);
    }
    written++;
    end(&reading);
  }
  cr_expect_eq(written, 19);
}

Test(field, reads_every_kind) {
  struct reading reading;
  struct all all;
  begin(&reading);
  decode(
      &reading, &all_table,
      "{\"flag\": false, \"workers\": 8, \"factor\": 2, \"share\": \"99.9%\", \"for\": \"none\",\n"
      " \"memory\": \"2KB\", \"nic\": \"8Kbps\", \"rate\": \"7200/h\", \"price\": \"\xe2\x82\xac"
      "1/h\", \"fee\": \"$40\", \"text\": \"a b\", \"name\": \"x-1\", \"target\": \"db\",\n"
      " \"order\": \"priority\", \"lookup\": \"3us\", \"times\": {\"geometric\": {\"mean\": 2.5}},\n"
      " \"inner\": {\"note\": \"n\", \"share\": 1}, \"maybe\": {\"target\": \"1s\"}, \"note\": [1],\n"
      " \"comment\": \"c\", \"priority\": 0, \"pair\": [2, \"two\"], \"list\": [],\n"
      " \"pairs\": [[0.5, \"a\"], [0.25, \"b\"]], \"map\": {\"z\": \"1/s\", \"*\": \"2/s\", \"a\": \"3/s\",\n"
      " \"note\": \"x\"}, \"algorithm\": {\"note\": \"n\", \"power-of-d\": {\"choices\": 3}},\n"
      " \"instances\": {\"virginia\": 2}, \"answer\": \"4KiB\", \"raw\": {\"any\": [1]},\n"
      " \"idempotent\": false, \"patience\": \"1s\"}",
      &all);
  cr_assert(reading.right, "%s", reading.said);
  cr_expect_not(all.flag);
  cr_expect_eq(all.workers, 8);
  cr_expect_eq(all.factor, 2);
  cr_expect_float_eq(all.share, 0.999, 1e-15);
  cr_expect_eq(all.wait, INT64_MAX);
  cr_expect_eq(all.memory, 2000);
  cr_expect_eq(all.nic, 1000);
  cr_expect_eq(all.rate, 2);
  cr_expect(all.price.currency == UNITS_EURO && all.price.per == UNITS_PER_HOUR);
  cr_expect_eq(all.fee.amount, 40);
  cr_expect_str_eq(all.text, "a b");
  cr_expect_str_eq(all.name, "x-1");
  cr_expect_str_eq(all.target.name, "db");
  cr_expect_eq(all.order, PRIORITY);
  cr_expect(distribution_is_constant(&all.lookup) && distribution_mean(&all.lookup) == 3000);
  cr_expect_eq(all.times->kind, DISTRIBUTION_GEOMETRIC);
  cr_expect(all.inner.target == 5000000 && all.inner.share == 1);
  cr_expect(all.maybe->target == 1000000000 && all.maybe->share == 0.5);
  cr_expect_str_eq(all.common.comment, "c");
  cr_expect_eq(all.common.priority, 0);
  cr_expect(all.pair.weight == 2 && strcmp(all.pair.name, "two") == 0);
  cr_expect_eq(all.list.count, 0);
  const struct pair *pairs = all.pairs.items;
  cr_expect(all.pairs.count == 2 && pairs[1].weight == 0.25 && strcmp(pairs[1].name, "b") == 0);
  cr_assert_eq(all.map.count, 3);
  cr_expect_str_eq(all.map.entries[0].name, "*");
  cr_expect_str_eq(all.map.entries[1].name, "a");
  cr_expect_eq(*(double *)all.map.entries[1].value, 3);
  cr_expect_str_eq(all.map.entries[2].name, "z");
  cr_expect_str_eq(all.algorithm.alternative->name, "power-of-d");
  cr_expect_eq(all.algorithm.index, 1);
  cr_expect_eq(((struct choices *)all.algorithm.value)->choices, 3);
  cr_expect_str_eq(all.instances.alternative->name, "by_place");
  cr_expect_eq(((struct map *)all.instances.value)->count, 1);
  cr_expect_str_eq(all.answer.alternative->name, "size");
  cr_expect_eq(all.raw->kind, NODE_OBJECT);
  cr_expect_not(*all.idempotent);
  cr_expect_eq(*all.patience, 1000000000);
  end(&reading);
}

// Each wrong text, and what must be said: position, path, and what is found and allowed.
static const struct {
  const char *text;
  const char *said;
} wrong[] = {
    {"[]", "s.json:1:1: error: found an empty list; allowed is an object"},
    {"{\"flag\": 1}", "s.json:1:10: error: flag: found the number 1; allowed is true or false"},
    {"{\"workers\": 2.5}",
     "workers: found the number 2.5, which is not whole; allowed is a whole number, 1 or "
     "more, or \"unlimited\""},
    {"{\"workers\": 0}", "workers: found the number 0; allowed is a whole number, 1 or more"},
    {"{\"workers\": -1}", "workers: found the number -1; allowed is"},
    {"{\"workers\": 1e18}",
     "workers: found the number 1e18, which is too large (whole numbers stay below 2^53"},
    {"{\"workers\": \"8\"}",
     "found the text \"8\"; allowed is a whole number, 1 or more, or \"unlimited\" (a "
     "number stands without quotes)"},
    {"{\"workers\": \"none\"}", "found the text \"none\"; allowed is a whole number"},
    {"{\"factor\": 0}", "factor: found the number 0; allowed is a number, more than 0 and at most 10"},
    {"{\"factor\": 11}", "found the number 11; allowed is"},
    {"{\"factor\": true}", "factor: found true; allowed is a number"},
    {"{\"share\": 50}",
     "found the number 50; allowed is a fraction such as 0.5 or \"50%\", 0 to 1 (did you mean "
     "\"50%\"?)"},
    {"{\"share\": \"150%\"}", "share: found the text \"150%\"; allowed is a fraction"},
    {"{\"for\": 5}",
     "s.json:1:9: error: for: found the number 5, which has no unit; allowed is a duration such as "
     "\"5ms\" (ns, us, ms, s, min, h, d), 1ms to 1h, or \"none\" (did you mean \"5s\" or "
     "\"5ms\"?)"},
    {"{\"for\": \"5 sec\"}", "for: found the text \"5 sec\", which"},
    {"{\"for\": \"5GB\"}", "for: found the text \"5GB\", which"},
    {"{\"for\": \"1us\"}", "for: found the text \"1us\"; allowed is a duration"},
    {"{\"for\": \"2h\"}", "for: found the text \"2h\"; allowed is a duration"},
    {"{\"memory\": \"5s\"}", "memory: found the text \"5s\", which"},
    {"{\"nic\": 5}", "nic: found the number 5, which has no unit; allowed is"},
    {"{\"rate\": 300}", "rate: found the number 300, which has no unit; allowed is"},
    {"{\"price\": \"$24\"}",
     "price: found the text \"$24\", which says no time; allowed is a price per time such "
     "as \"$24/month\""},
    {"{\"fee\": \"$1/h\"}", "fee: found the text \"$1/h\", which is per time; allowed is an amount"},
    {"{\"text\": 1}", "text: found the number 1; allowed is a text"},
    {"{\"name\": \"1x\"}", "name: found the text \"1x\"; allowed is a name (a letter, then"},
    {"{\"name\": \"\"}", "allowed is a name"},
    {"{\"name\": \"a b\"}", "allowed is a name"},
    {"{\"target\": \"\"}", "target: found the text \"\"; allowed is the name of a component"},
    {"{\"target\": 3}", "target: found the number 3; allowed is the name of a component"},
    {"{\"order\": \"fifi\"}",
     "order: found the text \"fifi\"; allowed is \"fifo\", \"lifo\" or \"priority\" (did "
     "you mean `fifo`?)"},
    {"{\"order\": 0}", "order: found the number 0; allowed is \"fifo\", \"lifo\" or \"priority\""},
    {"{\"lookup\": 5}",
     "lookup: found the number 5, which has no unit; allowed is a duration such as \"5ms\" (ns, "
     "us, ms, s, min, h, d), or a distribution such as {\"exponential\": {\"mean\": "
     "\"5ms\"}} (did you mean \"5s\" or \"5ms\"?)"},
    {"{\"lookup\": \"fast\"}", "lookup: found the text \"fast\", which"},
    {"{\"lookup\": []}", "lookup: found an empty list; allowed is a duration"},
    {"{\"times\": 1.5}", "times: found the number 1.5, which is not whole; allowed is a whole number"},
    {"{\"times\": 0}", "times: found a mean of 0; allowed is a mean more than 0"},
    {"{\"inner\": {\"targt\": \"5ms\"}}",
     "s.json:1:12: error: inner.targt: unknown key `targt` (did you mean "
     "`target`?)"},
    {"{\"inner\": {\"qqq\": 1}}", "inner.qqq: unknown key `qqq`; allowed are target or share"},
    {"{\"inner\": {\"target\": \"0s\"}}",
     "inner.target: found the text \"0s\"; allowed is a duration such as "
     "\"5ms\" (ns, us, ms, s, min, h, d), more than 0"},
    {"{\"inner\": []}", "inner: found an empty list; allowed is an object"},
    {"{\"maybe\": 1}", "maybe: found the number 1; allowed is an object"},
    {"{\"priority\": 10}", "priority: found the number 10; allowed is a whole number, 0 to 9"},
    {"{\"pair\": [1]}", "pair: found a list of 1; allowed is a list of 2: [weight, name]"},
    {"{\"pair\": [1, 2]}", "s.json:1:14: error: pair[1]: found the number 2; allowed is a name"},
    {"{\"pair\": {}}", "pair: found an empty object; allowed is a list of 2: [weight, name]"},
    {"{\"list\": [1, 2, 3, 4]}", "list: found 4; allowed is 0 to 3 items"},
    {"{\"list\": [1, 0]}", "list[1]: found the number 0; allowed is a whole number, 1 or more"},
    {"{\"list\": 1}",
     "list: found the number 1; allowed is a list of which each is a whole number, 1 or more"},
    {"{\"list\": [null]}", "list[0]: found null; allowed is a whole number"},
    {"{\"pairs\": [[1, \"a\"], [2]]}", "pairs[1]: found a list of 1"},
    {"{\"map\": {\"a b\": \"1/s\"}}",
     "s.json:1:10: error: map[\"a b\"]: found the key \"a b\"; allowed is a name"},
    {"{\"map\": {\"a\": \"1\"}}", "map.a: found the text \"1\", which has no unit"},
    {"{\"map\": []}", "map: found an empty list; allowed is an object, each name with a rate"},
    {"{\"algorithm\": \"round-robbin\"}", "algorithm: found the text \"round-robbin\"; allowed is one of "
                                          "round-robin, power-of-d, weights or inner (did "
                                          "you mean `round-robin`?)"},
    {"{\"algorithm\": {\"power-of-f\": {}}}",
     "s.json:1:16: error: algorithm.power-of-f: unknown key `power-of-f`; "
     "allowed is one of round-robin, power-of-d, weights or inner (did "
     "you mean `power-of-d`?)"},
    {"{\"algorithm\": \"power-of-d\"}", "algorithm: `power-of-d` needs parameters: {\"power-of-d\": ...}"},
    {"{\"algorithm\": {\"power-of-d\": {}}}",
     "algorithm.power-of-d: `choices` is missing: a whole number, 2 or "
     "more"},
    {"{\"algorithm\": {\"round-robin\": {\"x\": 1}}}",
     "`round-robin` takes no parameters; write \"round-robin\" "
     "alone"},
    {"{\"algorithm\": {}}", "algorithm: found no keys; allowed is exactly one of round-robin"},
    {"{\"algorithm\": {\"weights\": [1], \"inner\": {}}}",
     "algorithm: found several keys; allowed is exactly one"},
    {"{\"algorithm\": 5}",
     "algorithm: found the number 5; allowed is an object with one of the keys round-robin"},
    {"{\"instances\": 0}", "instances: found the number 0; allowed is a whole number, 1 or more"},
    {"{\"instances\": {\"a\": -1}}", "instances.a: found the number -1; allowed is a whole number"},
    {"{\"instances\": \"two\"}",
     "instances: found the text \"two\"; allowed is a whole number, 1 or more; or an "
     "object, each name with a whole number"},
    {"{\"answer\": 5}", "answer: found the number 5, which has no unit; allowed is a size"},
    {"{\"answer\": \"5 KB\"}", "answer: found the text \"5 KB\"; allowed is a size such as"},
    {"{\"idempotent\": \"yes\"}", "idempotent: found the text \"yes\"; allowed is true or false"},
    {"{\"patience\": {}}", "patience: found an empty object; allowed is a duration"},
};

Test(field, says_what_is_wrong) {
  for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
    struct reading reading;
    struct all all;
    begin(&reading);
    decode(&reading, &all_table, wrong[i].text, &all);
    cr_expect_not(reading.right, "%s is taken", wrong[i].text);
    cr_expect_eq(reading.diagnostics.errors, 1, "%s: %s", wrong[i].text, reading.said);
    cr_expect_not_null(strstr(reading.said, wrong[i].said), "%s\n  says   %s  wanted %s", wrong[i].text,
                       reading.said, wrong[i].said);
    end(&reading);
  }
}

// A wrong value leaves the default in its place, and what follows is still looked at.
Test(field, reports_all_errors_in_one_run) {
  struct reading reading;
  struct all all;
  begin(&reading);
  decode(&reading, &all_table,
         "{\n\"flag\": 1,\n\"workers\": 0,\n\"wrokers\": 1,\n\"list\": [0, 1, \"x\"],\n"
         "\"inner\": {\"share\": 2, \"target\": 3},\n\"map\": {\"a\": 1, \"b\": 2},\n\"order\": \"x\"}",
         &all);
  cr_expect_eq(reading.diagnostics.errors, 10, "%s", reading.said);
  cr_expect(all.flag);
  cr_expect_eq(all.workers, INT64_MAX);
  cr_expect_eq(all.list.count, 3, "a list keeps what was right");
  cr_expect_eq(((const int64_t *)all.list.items)[1], 1);
  const char *at = reading.said;
  for (int line = 2; line <= 8; line++) {
    char place[24];
    snprintf(place, sizeof place, "s.json:%d:", line);
    at = strstr(at, place);
    cr_assert_not_null(at, "nothing about line %d: %s", line, reading.said);
  }
  end(&reading);
}

Test(field, a_record_that_is_no_object_leaves_its_defaults) {
  struct reading reading;
  struct all all;
  begin(&reading);
  decode(&reading, &all_table, "{\"inner\": 7}", &all);
  cr_expect_eq(reading.diagnostics.errors, 1, "%s", reading.said);
  cr_expect_eq(all.inner.target, 5000000);
  cr_expect_float_eq(all.inner.share, 0.5, 0);
  end(&reading);
}

Test(field, null_is_left_out_and_note_is_nobodys) {
  struct reading reading;
  struct all all;
  begin(&reading);
  decode(
      &reading, &all_table,
      "{\"note\": {\"x\": 1}, \"workers\": null, \"maybe\": null, \"patience\": null, \"map\": {\"a\": null},"
      "\"algorithm\": {\"weights\": null, \"inner\": {\"note\": 7}}}",
      &all);
  cr_assert(reading.right, "%s", reading.said);
  cr_expect_eq(all.workers, INT64_MAX);
  cr_expect(all.maybe == NULL && all.patience == NULL && all.map.count == 0);
  cr_expect_str_eq(all.algorithm.alternative->name, "inner");
  cr_expect_eq(((struct inner *)all.algorithm.value)->target, 5000000);
  end(&reading);
}

// Writes all that was decoded, names and numbers, so that two readings can be compared.
static void print_all(const struct all *all, FILE *out) {
  fprintf(out, "%d %lld %g %s %d;", all->flag, (long long)all->workers, all->factor, all->target.name,
          (int)all->order);
  for (size_t i = 0; i < all->map.count; i++) {
    fprintf(out, "%s=%g,", all->map.entries[i].name, *(double *)all->map.entries[i].value);
  }
  fprintf(out, "%s %g", all->algorithm.alternative->name, distribution_cdf(&all->lookup, 7e6));
}

Test(field, order_of_keys_decides_nothing) {
  static const char *const parts[] = {
      "\"flag\": false",
      "\"workers\": 7",
      "\"target\": \"t\"",
      "\"map\": {\"c\": \"1/s\", \"a\": \"2/s\", \"B\": \"3/s\"}",
      "\"algorithm\": {\"power-of-d\": {\"choices\": 2}}",
      "\"lookup\": {\"quantiles\": {\"p99\": \"9ms\", \"p0\": \"1ms\", \"p50\": \"5ms\", \"p9\": \"2ms\"}}",
      "\"map\": {\"B\": \"3/s\", \"c\": \"1/s\", \"a\": \"2/s\"}",
      "\"lookup\": {\"quantiles\": {\"p9\": \"2ms\", \"p50\": \"5ms\", \"p0\": \"1ms\", \"p99\": \"9ms\"}}",
  };
  static const int sequences[][6] = {
      {0, 1, 2, 3, 4, 5}, {5, 4, 3, 2, 1, 0}, {7, 2, 6, 0, 4, 1}, {6, 7, 4, 2, 1, 0}};
  char *printed[4] = {NULL};
  for (size_t i = 0; i < 4; i++) {
    struct reading reading;
    struct all all;
    size_t length = 0;
    char text[1024] = "{";
    for (size_t k = 0; k < 6; k++) {
      if (k > 0) strcat(text, ", ");
      strcat(text, parts[sequences[i][k]]);
    }
    strcat(text, "}");
    begin(&reading);
    decode(&reading, &all_table, text, &all);
    cr_assert(reading.right, "%s", reading.said);
    FILE *out = open_memstream(&printed[i], &length);
    print_all(&all, out);
    fclose(out);
    cr_expect_str_eq(printed[i], printed[0]);
    end(&reading);
  }
  for (size_t i = 0; i < 4; i++) free(printed[i]);
}

// Steps within steps: headed records in a recursive table.
static const struct field_alternative *step_at(size_t index);

struct cpu_step {
  struct distribution cpu;
  struct common common;
};
static const struct field cpu_fields[] = {
    FIELD_DISTRIBUTION(struct cpu_step, cpu, DURATION, .required = true, .doc = "compute"),
    FIELD_SPREAD(struct cpu_step, common, struct common, &common_table, .doc = "what all have"),
};
static const struct field_table cpu_table =
    FIELD_TABLE("cpu", struct cpu_step, cpu_fields, .doc = "Compute.");

struct repeat_step {
  struct distribution times;
  struct list steps;
};
static const struct field repeat_fields[] = {
    FIELD_DISTRIBUTION(struct repeat_step, times, COUNT, .key = "repeat", .required = true,
                       .doc = "so often"),
    FIELD_LIST(struct repeat_step, steps, ITEM_HEADED(.each = step_at, .to = "step"), .key = "do",
               .required = true, .doc = "what is repeated"),
};
static const struct field_table repeat_table =
    FIELD_TABLE("repeat", struct repeat_step, repeat_fields, .doc = "In sequence.");

struct call_step {
  struct reference call;
  const char *repeat;
};
static const struct field call_fields[] = {
    FIELD_REFERENCE(struct call_step, call, "component", .required = true, .doc = "whom"),
    FIELD_NAME(struct call_step, repeat, .doc = "a key that is a head of others"),
};
static const struct field_table call_table =
    FIELD_TABLE("call", struct call_step, call_fields, .doc = "A call.");

static const struct field_alternative *step_at(size_t index) {
  static const struct field_alternative steps[] = {
      {.name = "cpu", .doc = "compute", .table = &cpu_table},
      {.name = "repeat", .doc = "in sequence", .table = &repeat_table},
      {.name = "call", .doc = "a call", .table = &call_table},
  };
  return index < 3 ? &steps[index] : NULL;
}

struct lone {
  int64_t size;
};
static const struct field lone_fields[] = {
    FIELD_SIZE(struct lone, size, .required = true, .doc = "a size"),
};
static const struct field_table lone_table = FIELD_TABLE("lone", struct lone, lone_fields, .doc = "A type.");
static const struct field_alternative *const types[] = {
    ALTERNATIVE("lone", .table = &lone_table, .doc = "a type"),
    ALTERNATIVE("repeat", .table = &repeat_table, .doc = "another"),
    NULL,
};

struct plan {
  struct map handles;
  struct map components;
};
static const struct field plan_fields[] = {
    FIELD_MAP(struct plan, handles, ITEM_LIST(ITEM_HEADED(.each = step_at, .to = "step")),
              .doc = "steps by request"),
    FIELD_MAP(struct plan, components, ITEM_TYPED(.alternatives = types, .to = "component"),
              .doc = "components"),
};
static const struct field_table plan_table = FIELD_TABLE("plan", struct plan, plan_fields, .doc = "Steps.");

Test(field, headed_records_nest) {
  struct reading reading;
  struct plan plan;
  begin(&reading);
  decode(
      &reading, &plan_table,
      "{\"handles\": {\"view\": [{\"cpu\": \"5ms\", \"priority\": 1},\n"
      "{\"repeat\": 3, \"do\": [{\"call\": \"db\", \"repeat\": \"x\"}, {\"repeat\": {\"poisson\": {\"mean\": "
      "2}}, \"do\": []}]}]},\n"
      "\"components\": {\"b\": {\"type\": \"lone\", \"size\": \"1KB\"}, \"a\": {\"size\": \"2KB\", \"type\": "
      "\"lone\"}}}",
      &plan);
  cr_assert(reading.right, "%s", reading.said);
  const struct list *steps = plan.handles.entries[0].value;
  const struct variant *step = steps->items;
  cr_assert_eq(steps->count, 2);
  cr_expect_str_eq(step[0].alternative->name, "cpu");
  cr_expect_eq(((struct cpu_step *)step[0].value)->common.priority, 1);
  const struct repeat_step *repeat = step[1].value;
  const struct variant *inside = repeat->steps.items;
  cr_assert_eq(repeat->steps.count, 2);
  cr_expect_str_eq(inside[0].alternative->name, "call");
  cr_expect_str_eq(((struct call_step *)inside[0].value)->repeat, "x");
  cr_expect_eq(((struct repeat_step *)inside[1].value)->times.kind, DISTRIBUTION_POISSON);
  cr_expect_str_eq(plan.components.entries[0].name, "a");
  cr_expect_eq(((struct lone *)((struct variant *)plan.components.entries[0].value)->value)->size, 2000);
  cr_expect_null(field_table_fault(&plan_table, &reading.arena));
  end(&reading);
}

Test(field, headed_and_typed_say_what_is_wrong) {
  static const struct {
    const char *text;
    const char *said;
  } cases[] = {
      {"{\"handles\": {\"v\": [{\"cpus\": \"5ms\"}]}}",
       "s.json:1:20: error: handles.v[0]: has none of the keys that say what it is; allowed is one of cpu, "
       "repeat or "
       "call; found `cpus` (did you mean `cpu`?)"},
      {"{\"handles\": {\"v\": [{\"cpu\": \"5ms\", \"call\": \"x\"}]}}",
       "handles.v[0]: has several of the keys that say what it is"},
      {"{\"handles\": {\"v\": [{\"repeat\": 2}]}}", "handles.v[0]: `do` is missing: a list of which each is"},
      {"{\"handles\": {\"v\": [{\"cpu\": \"5ms\", \"do\": []}]}}", "handles.v[0].do: unknown key `do`"},
      {"{\"handles\": {\"v\": [{\"repeat\": 2, \"do\": [{\"cpu\": \"1s\"}, {\"cpu\": 1}]}]}}",
       "handles.v[0].do[1].cpu: found the number 1, which has no unit"},
      {"{\"handles\": {\"v\": [\"cpu\"]}}", "handles.v[0]: found the text \"cpu\"; allowed is an object"},
      {"{\"components\": {\"a\": {\"size\": \"1B\"}}}",
       "components.a: `type` is missing: \"lone\" or \"repeat\""},
      {"{\"components\": {\"a\": {\"type\": \"lune\"}}}",
       "components.a.type: found the text \"lune\"; allowed is one of lone or repeat (did you mean `lone`?)"},
      {"{\"components\": {\"a\": {\"type\": 3}}}",
       "components.a.type: found the number 3; allowed is \"lone\""},
      {"{\"components\": {\"a\": {\"type\": \"lone\"}}}", "components.a: `size` is missing: a size"},
      {"{\"components\": {\"a\": {\"type\": \"lone\", \"size\": \"1B\", \"do\": 1}}}",
       "components.a.do: unknown key `do`; allowed are size"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    struct reading reading;
    struct plan plan;
    begin(&reading);
    decode(&reading, &plan_table, cases[i].text, &plan);
    cr_expect_not(reading.right, "%s is taken", cases[i].text);
    cr_expect_eq(reading.diagnostics.errors, 1, "%s: %s", cases[i].text, reading.said);
    cr_expect_not_null(strstr(reading.said, cases[i].said), "%s\n  says   %s  wanted %s", cases[i].text,
                       reading.said, cases[i].said);
    end(&reading);
  }
}

// The JSON reader stops deep texts first; nodes that merging made are stopped here.
Test(field, recursion_has_a_limit) {
  struct reading reading;
  struct plan plan;
  begin(&reading);
  struct node *nodes = arena_array(&reading.arena, 4000, sizeof *nodes);
  struct node *inner = NULL;
  size_t used = 0;
  for (int level = 0; level < 1000; level++) {
    struct node *list = &nodes[used++];
    *list = (struct node){.kind = NODE_ARRAY, .key = "do"};
    if (inner != NULL) {
      list->first = list->last = inner;
      list->count = 1;
      inner->parent = list;
    }
    struct node *times = &nodes[used++];
    *times = (struct node){.kind = NODE_NUMBER, .key = "repeat", .number = 1, .text = "1", .next = list};
    struct node *step = &nodes[used++];
    *step = (struct node){.kind = NODE_OBJECT, .first = times, .last = list, .count = 2};
    list->parent = times->parent = step;
    inner = step;
  }
  struct node view = {.kind = NODE_ARRAY, .key = "view", .first = inner, .last = inner, .count = 1};
  struct node handles = {.kind = NODE_OBJECT, .key = "handles", .first = &view, .last = &view, .count = 1};
  struct node root = {.kind = NODE_OBJECT, .first = &handles, .last = &handles, .count = 1};
  inner->parent = &view;
  view.parent = &handles;
  handles.parent = &root;
  cr_expect_not(field_decode(&plan_table, &root, &plan, &reading.context));
  collect(&reading);
  cr_expect_not_null(strstr(reading.said, "values inside each other"), "%s", reading.said);
  cr_expect_eq(reading.context.depth, 0);
  end(&reading);
}

// All forms of distributions: what is written, its mean, and its cdf at a point, from the formulas.
struct one {
  struct distribution time;
  const struct distribution *count;
};
static const struct field one_fields[] = {
    FIELD_DISTRIBUTION(struct one, time, DURATION, .standard = "1ms", .doc = "a time"),
    FIELD_DISTRIBUTION(struct one, count, COUNT, .doc = "a count"),
};
static const struct field_table one_table =
    FIELD_TABLE("one", struct one, one_fields, .doc = "Distributions.");

Test(field, reads_every_distribution) {
  static const struct {
    const char *text;
    double mean;
    double at;  // a point in ns
    double cdf; // there
  } cases[] = {
      {"\"250us\"", 250e3, 249e3, 0},
      {"{\"exponential\": {\"mean\": \"10ms\"}}", 10e6, 10e6, 0.63212055882855767},
      {"{\"lognormal\": {\"mean\": \"4ms\", \"cv\": 1}}", 4e6, 4e6 / 1.4142135623730951, 0.5},
      {"{\"lognormal\": {\"median\": \"45ms\", \"p99\": \"120ms\"}}", 0, 120e6, 0.99},
      {"{\"gamma\": {\"mean\": \"6ms\", \"cv\": 1}}", 6e6, 6e6, 0.63212055882855767},
      {"{\"erlang\": {\"mean\": \"6ms\", \"k\": 2}}", 6e6, 3e6, 0.26424111765711533},
      {"{\"weibull\": {\"mean\": \"3ms\", \"shape\": 1}}", 3e6, 3e6, 0.63212055882855767},
      {"{\"pareto\": {\"min\": \"1ms\", \"alpha\": 2}}", 2e6, 2e6, 0.75},
      {"{\"pareto\": {\"min\": \"1ms\", \"alpha\": 2, \"max\": \"4ms\"}}", 1.6e6, 2e6, 0.8},
      {"{\"uniform\": {\"min\": \"1ms\", \"max\": \"3ms\"}}", 2e6, 1.5e6, 0.25},
      {"{\"normal\": {\"mean\": \"100ms\", \"sd\": \"1ms\"}}", 100e6, 100e6, 0.5},
      {"{\"hyperexponential\": {\"mean\": \"5ms\", \"cv\": 2}}", 5e6, 0, 0},
      {"{\"quantiles\": {\"p0\": \"1ms\", \"p50\": \"4ms\", \"p100\": \"4ms\"}}", 0, 2e6, 0.25},
      {"{\"empirical\": {\"file\": \"samples.txt\"}}", 2.5e6, 2e6, 0.5},
      {"{\"note\": \"n\", \"mixture\": [[3, \"1ms\"], [1, {\"mixture\": [[1, \"5ms\"], [1, {\"uniform\": "
       "{\"min\": "
       "\"1ms\", \"max\": \"3ms\"}}]]}]]}",
       1.625e6, 1.5e6, 0.78125},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    struct reading reading;
    struct one one;
    char text[512];
    begin(&reading);
    reading.context.user = (char[]){"1ms\n2ms\n\n3ms\r\n4000us"};
    snprintf(text, sizeof text, "{\"time\": %s}", cases[i].text);
    decode(&reading, &one_table, text, &one);
    cr_assert(reading.right, "%s: %s", text, reading.said);
    if (cases[i].mean > 0) {
      cr_expect_float_eq(distribution_mean(&one.time) / cases[i].mean, 1, 1e-9, "%s", text);
    }
    cr_expect_float_eq(distribution_cdf(&one.time, cases[i].at), cases[i].cdf, 1e-9, "%s", text);
    end(&reading);
  }
}

Test(field, refuses_impossible_distributions) {
  static const struct {
    const char *text;
    const char *said;
  } cases[] = {
      {"{\"time\": {\"exponential\": {\"mean\": \"0s\"}}}", "time.exponential: exponential: mean must be"},
      {"{\"time\": {\"exponential\": {\"mean\": 5}}}",
       "time.exponential.mean: found the number 5, which has no unit; allowed is a duration"},
      {"{\"time\": {\"exponential\": {}}}", "time.exponential: `mean` is missing: a duration such as"},
      {"{\"time\": {\"exponential\": {\"mean\": \"1s\", \"cv\": 1}}}", "unknown key `cv`; allowed are mean"},
      {"{\"time\": {\"exponentail\": {\"mean\": \"1s\"}}}", "(did you mean `exponential`?)"},
      {"{\"time\": {\"exponential\": {\"mean\": \"1s\"}, \"gamma\": {}}}", "time: found several keys"},
      {"{\"time\": {\"lognormal\": {\"mean\": \"1s\", \"p99\": \"2s\"}}}",
       "time.lognormal: a lognormal takes either mean and cv, or median and p99"},
      {"{\"time\": {\"lognormal\": {\"mean\": \"1s\", \"cv\": -1}}}",
       "time.lognormal.cv: found the number -1"},
      {"{\"time\": {\"lognormal\": {\"median\": \"2s\", \"p99\": \"1s\"}}}", "time.lognormal: lognormal: "},
      {"{\"time\": {\"erlang\": {\"mean\": \"1s\", \"k\": 1.5}}}", "time.erlang: erlang: k must be"},
      {"{\"time\": {\"uniform\": {\"min\": \"2s\", \"max\": \"1s\"}}}", "time.uniform: uniform: "},
      {"{\"time\": {\"hyperexponential\": {\"mean\": \"1s\", \"cv\": 0.5}}}", "hyperexponential: cv must be"},
      {"{\"time\": {\"quantiles\": {\"p50\": \"1s\"}}}",
       "time.quantiles: found 1; allowed is 2 or more names"},
      {"{\"time\": {\"quantiles\": {\"p0\": \"1s\", \"p101\": \"2s\"}}}",
       "found the key \"p101\"; allowed are"},
      {"{\"time\": {\"quantiles\": {\"p0\": \"1s\", \"median\": \"2s\"}}}",
       "found the key \"median\"; allowed are"},
      {"{\"time\": {\"quantiles\": {\"p0\": \"2s\", \"p100\": \"1s\"}}}", "time.quantiles: quantiles: "},
      {"{\"time\": {\"mixture\": []}}", "time.mixture: found 0; allowed is 1 or more items"},
      {"{\"time\": {\"mixture\": [[0, \"1s\"]]}}", "time.mixture: mixture: "},
      {"{\"time\": {\"mixture\": [[1, 5]]}}", "time.mixture[0][1]: found the number 5, which has no unit"},
      {"{\"time\": {\"mixture\": [[1]]}}",
       "time.mixture[0]: found a list of 1; allowed is a list of 2: [weight, "},
      {"{\"time\": {\"empirical\": {\"file\": \"other.txt\"}}}",
       "time.empirical.file: there is no such file"},
      {"{\"time\": {\"empirical\": {\"file\": 5}}}",
       "time.empirical.file: found the number 5; allowed is the name of a file"},
      {"{\"time\": {\"empirical\": {\"file\": \"samples.txt\"}}}",
       "samples.txt:3:1: error: found the text \"5\", which has no unit; allowed is a duration"},
      {"{\"time\": {\"poisson\": {\"mean\": \"1s\"}}}",
       "time.poisson: `poisson` is of counts; allowed here is"},
      {"{\"count\": {\"exponential\": {\"mean\": \"5\"}}}",
       "count.exponential.mean: found the text \"5\"; allowed is"},
      {"{\"count\": \"5ms\"}",
       "count: found the text \"5ms\"; allowed is a whole number, or a distribution such as "
       "{\"exponential\": {\"mean\": 5}}"},
      {"{\"count\": -1}", "count: found the number -1; allowed is a whole number"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    struct reading reading;
    struct one one;
    begin(&reading);
    reading.context.user = (char[]){"1ms\n\n5\n6\n"};
    decode(&reading, &one_table, cases[i].text, &one);
    cr_expect_not(reading.right, "%s is taken", cases[i].text);
    cr_expect_eq(reading.diagnostics.errors, 1, "%s: %s", cases[i].text, reading.said);
    cr_expect_not_null(strstr(reading.said, cases[i].said), "%s\n  says   %s  wanted %s", cases[i].text,
                       reading.said, cases[i].said);
    cr_expect(distribution_is_constant(&one.time) && distribution_mean(&one.time) == 1e6,
              "%s: the default is not in place", cases[i].text);
    end(&reading);
  }
}

Test(field, samples_may_be_counts) {
  struct reading reading;
  struct one one;
  begin(&reading);
  reading.context.user = (char[]){"1\n2\n6"};
  decode(&reading, &one_table, "{\"count\": {\"empirical\": {\"file\": \"samples.txt\"}}}", &one);
  cr_assert(reading.right, "%s", reading.said);
  cr_expect_float_eq(distribution_mean(one.count), 3, 1e-12);
  end(&reading);
}

// Conditions across rows.
struct range {
  int64_t low;
  int64_t high;
};
static const struct field range_fields[] = {
    FIELD_COUNT(struct range, low, .standard = "1", .live = true, .doc = "the least"),
    FIELD_COUNT(struct range, high, .standard = "9", .doc = "the most"),
};
static void check_range(void *record, const struct node *object, struct field_context *context) {
  const struct range *range = record;
  if (range->low > range->high) {
    diagnostic_error(context->diagnostics, object, "low is above high");
  }
}
static const struct field_table range_table =
    FIELD_TABLE("range", struct range, range_fields, .doc = "A range.", .check = check_range);

Test(field, checks_across_rows_when_the_rows_are_right) {
  static const struct {
    const char *text;
    bool checked;
  } cases[] = {{"{\"low\": 10}", true}, {"{\"low\": 10, \"high\": \"x\"}", false}, {"{\"low\": -2}", false}};
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    struct reading reading;
    struct range range;
    begin(&reading);
    decode(&reading, &range_table, cases[i].text, &range);
    cr_expect_not(reading.right);
    cr_expect_eq(strstr(reading.said, "low is above high") != NULL, cases[i].checked, "%s", reading.said);
    end(&reading);
  }
}

Test(field, live_rows_can_be_assigned) {
  struct reading reading;
  struct all all;
  begin(&reading);
  decode(&reading, &all_table, "{}", &all);
  struct node *values = parse(&reading, "{\"workers\": 5, \"inner.target\": \"2ms\", \"priority\": 7, "
                                        "\"patience\": \"3s\", \"flag\": true, \"inner.targt\": 1}");
  const struct node *value = values->first;
  const struct all before = all;
  cr_expect(field_assign(&all_table, "workers", value, &all, &reading.context));
  cr_expect_eq(all.workers, 5);
  cr_expect(field_assign(&all_table, "inner.target", value = value->next, &all, &reading.context));
  cr_expect_eq(all.inner.target, 2000000);
  cr_expect_eq(all.inner.share, before.inner.share);
  cr_expect(field_assign(&all_table, "priority", value = value->next, &all, &reading.context));
  cr_expect_eq(all.common.priority, 7);
  cr_expect(field_assign(&all_table, "patience", value = value->next, &all, &reading.context));
  cr_expect_eq(*all.patience, INT64_C(3000000000));
  cr_expect_eq(reading.diagnostics.errors, 0);
  cr_expect_not(field_assign(&all_table, "flag", value = value->next, &all, &reading.context));
  cr_expect_not(field_assign(&all_table, "inner.targt", value->next, &all, &reading.context));
  cr_expect_not(field_assign(&all_table, "workers", values, &all, &reading.context));
  cr_expect_eq(all.workers, 5);
  collect(&reading);
  cr_expect_not_null(strstr(reading.said,
                            "all's `flag` cannot change while running; what may change while running: "
                            "workers, inner.target, priority or patience"),
                     "%s", reading.said);
  cr_expect_not_null(strstr(reading.said,
                            "all has no `inner.targt`; what may change while running: workers, "
                            "inner.target, priority or patience (did you mean `inner.target`?)"),
                     "%s", reading.said);
  end(&reading);
}

Test(field, finds_rows_by_path) {
  struct field_place place;
  cr_assert(field_find(&all_table, "inner.share", &place));
  cr_expect_eq(place.offset, offsetof(struct all, inner) + offsetof(struct inner, share));
  cr_assert(field_find(&all_table, "priority", &place));
  cr_expect_eq(place.offset, offsetof(struct all, common) + offsetof(struct common, priority));
  cr_assert(field_find(&all_table, "for", &place));
  cr_expect_eq(place.offset, offsetof(struct all, wait));
  static const char *const absent[] = {"wait", "inner.x", "maybe.target", "workers.x", "", ".", "inner."};
  for (size_t i = 0; i < sizeof absent / sizeof absent[0]; i++) {
    cr_expect_not(field_find(&all_table, absent[i], &place), "%s", absent[i]);
  }
}

Test(field, all_defaults_without_a_document) {
  struct reading reading;
  struct repeat_step repeat;
  struct all all;
  begin(&reading);
  field_defaults(&all_table, &all, &reading.context);
  field_defaults(&repeat_table, &repeat, &reading.context);
  cr_expect_eq(reading.diagnostics.errors, 0);
  cr_expect_eq(all.common.priority, 3);
  cr_expect_eq(repeat.steps.count, 0);
  end(&reading);
}

static const struct node *at(const struct node *node, const char *path) {
  char copy[128];
  snprintf(copy, sizeof copy, "%s", path);
  for (char *rest = copy, *key; (key = strtok_r(rest, "/", &rest)) != NULL;) {
    if (node->kind == NODE_ARRAY) {
      const struct node *child = node->first;
      for (int i = atoi(key); i > 0; i--) child = child->next;
      node = child;
    } else {
      node = node_find(node, key);
    }
    cr_assert_not_null(node, "%s", path);
  }
  return node;
}

Test(field, tells_choices_from_other_objects) {
  struct reading reading;
  begin(&reading);
  const struct node *all = parse(
      &reading,
      "{\"algorithm\": {\"power-of-d\": {\"choices\": 1}}, \"lookup\": {\"exponential\": {\"mean\": 1}}, "
      "\"inner\": {\"target\": 1}, \"instances\": {\"a\": 1}, \"map\": {\"x\": 1}, \"pair\": [1, {}],"
      "\"times\": {\"mixture\": [[1, {\"gamma\": {}}]]}, \"raw\": {\"exponential\": {}}, \"zzz\": {}}");
  static const struct {
    const char *path;
    bool choice;
  } cases[] = {
      {"algorithm", true},
      {"algorithm/power-of-d", false},
      {"lookup", true},
      {"lookup/exponential", false},
      {"inner", false},
      {"instances", false},
      {"map", false},
      {"times", true},
      {"times/mixture/0/1", true},
      {"times/mixture/0/1/gamma", false},
      {"raw", false},
      {"raw/exponential", false},
      {"zzz", false},
      {"", false},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    cr_expect_eq(field_is_choice(&all_table, at(all, cases[i].path)), cases[i].choice, "%s", cases[i].path);
  }
  const struct node *plan =
      parse(&reading,
            "{\"handles\": {\"v\": [{\"repeat\": {\"poisson\": {}}, \"do\": [{\"cpu\": {\"gamma\": {}}}]}]},"
            "\"components\": {\"a\": {\"type\": \"repeat\", \"repeat\": {\"poisson\": {}}}}}");
  const char *tag = NULL;
  cr_expect(field_is_choice(&plan_table, at(plan, "handles/v/0/repeat")));
  cr_expect_not(field_is_choice(&plan_table, at(plan, "handles/v/0")));
  cr_expect(field_is_choice(&plan_table, at(plan, "handles/v/0/do/0/cpu")));
  cr_expect(field_is_choice(&plan_table, at(plan, "components/a/repeat")));
  cr_expect(field_is_typed(&plan_table, at(plan, "components/a"), &tag));
  cr_expect_str_eq(tag, "type");
  cr_expect_not(field_is_typed(&plan_table, at(plan, "components"), &tag));
  end(&reading);
}

// As merging uses it: another alternative replaces the choice, parameters of the same are patched.
Test(field, merging_asks_the_tables) {
  static const struct {
    const char *target;
    const char *patch;
    int64_t choices; // 0: the algorithm is another
  } cases[] = {
      {"{\"algorithm\": {\"power-of-d\": {\"choices\": 2}}}",
       "{\"algorithm\": {\"power-of-d\": {\"choices\": 4}}}", 4},
      {"{\"algorithm\": {\"power-of-d\": {\"choices\": 2}}}", "{\"algorithm\": {\"inner\": {}}}", 0},
      {"{\"algorithm\": {\"inner\": {}}}", "{\"algorithm\": {\"power-of-d\": {\"choices\": 3}}}", 3},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    struct reading reading;
    struct all all;
    begin(&reading);
    const struct merge_rules rules = field_merge_rules(&all_table);
    const struct node *merged = merge_patch(parse(&reading, cases[i].target), parse(&reading, cases[i].patch),
                                            &rules, &reading.diagnostics, &reading.arena);
    cr_assert(field_decode(&all_table, merged, &all, &reading.context));
    bool same = strcmp(all.algorithm.alternative->name, "power-of-d") == 0;
    cr_expect_eq(same ? ((struct choices *)all.algorithm.value)->choices : 0, cases[i].choices);
    end(&reading);
  }
}

// What a programmer gets wrong is found by the audit of tables.
Test(field, audit_of_tables_finds_faults) {
  static const struct field no_default[] = {FIELD_COUNT(struct range, low, .doc = "x")};
  static const struct field bad_default[] = {FIELD_COUNT(struct range, low, .standard = "5ms", .doc = "x")};
  static const struct field outside[] = {
      FIELD_COUNT(struct range, low, .standard = "0", .minimum = 1, .doc = "x")};
  static const struct field no_doc[] = {FIELD_COUNT(struct range, low, .standard = "0")};
  static const struct field other[] = {FIELD_COUNT(struct lone, size, .standard = "0", .doc = "x")};
  static const struct field twice[] = {
      FIELD_COUNT(struct range, low, .standard = "0", .doc = "x"),
      FIELD_COUNT(struct range, high, .key = "low", .standard = "0", .doc = "x")};
  static const struct field_table tables[] = {
      FIELD_TABLE("t", struct range, no_default, .doc = "d"),
      FIELD_TABLE("t", struct range, bad_default, .doc = "d"),
      FIELD_TABLE("t", struct range, outside, .doc = "d"),
      FIELD_TABLE("t", struct range, no_doc, .doc = "d"),
      FIELD_TABLE("t", struct range, other, .doc = "d"),
      FIELD_TABLE("t", struct range, twice, .doc = "d"),
  };
  static const char *const faults[] = {"neither required nor", "found the text \"5ms\"",
                                       "found the number 0",   "there is no doc",
                                       "of another struct",    "two rows have one key"};
  for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++) {
    struct arena arena;
    arena_init(&arena, NULL);
    const char *fault = field_table_fault(&tables[i], &arena);
    cr_assert_not_null(fault, "wanted: %s", faults[i]);
    cr_expect_not_null(strstr(fault, faults[i]), "%s", fault);
    arena_drop(&arena);
  }
}

// Decodes with `room` bytes left in the only chunk that the budget allows; returns whether it was enough.
static bool decode_in(size_t room, const char *text) {
  struct reading reading;
  struct memory_budget budget;
  struct arena small;
  struct all all;
  begin(&reading);
  const struct node *root = parse(&reading, text);
  memory_budget_init(&budget);
  budget.limit = 65536;
  arena_init(&small, &budget);
  arena_take(&small, 65536 - 64 - room);
  reading.context.arena = &small;
  bool right = field_decode(&all_table, root, &all, &reading.context);
  cr_expect(right || reading.diagnostics.errors > 0 || budget.exhausted, "nothing says what is wrong");
  arena_drop(&small);
  end(&reading);
  return right;
}

Test(field, survives_without_memory) {
  static const char *const text =
      "{\"list\": [1, 2], \"map\": {\"a\": \"1/s\"}, \"maybe\": {}, \"algorithm\": {\"inner\": {}}, "
      "\"times\": "
      "{\"mixture\": [[1, 2], [3, {\"quantiles\": {\"p0\": 1, \"p100\": 3}}]]}, \"pairs\": [[1, \"a\"]]}";
  cr_expect_not(decode_in(0, text));
  cr_expect(decode_in(32768, text));
  for (size_t room = 0; room < 8192; room += 16) {
    decode_in(room, text);
    decode_in(room,
              "{\"wrokers\": 1, \"algorithm\": \"x\", \"instances\": \"y\", \"lookup\": {\"gamma\": {}}}");
  }
}
