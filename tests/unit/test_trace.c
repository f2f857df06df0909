#include "arriving.h"
#include "file.h"
#include "goodness.h"
#include "timestamp.h"
#include "trace.h"

// ------------------------------------------------------------------------------------------------- times

// Seconds since 1970 as date(1) has them.
Test(trace, times_in_all_forms) {
  static const struct {
    const char *text;
    enum timestamp_unit unit;
    enum timestamp_form form;
    int64_t ns;
  } cases[] = {
      {"12.5", TIMESTAMP_S, TIMESTAMP_NUMBER, INT64_C(12500000000)},
      {"0", TIMESTAMP_S, TIMESTAMP_NUMBER, 0},
      {"1.5e-05", TIMESTAMP_S, TIMESTAMP_NUMBER, 15000},
      {"1e-12", TIMESTAMP_S, TIMESTAMP_NUMBER, 0},
      {"1695943858.153000021", TIMESTAMP_S, TIMESTAMP_NUMBER, INT64_C(1695943858153000021)},
      {"1695943858153000", TIMESTAMP_US, TIMESTAMP_NUMBER, INT64_C(1695943858153000000)},
      {"17", TIMESTAMP_MS, TIMESTAMP_NUMBER, 17000000},
      {"17", TIMESTAMP_NS, TIMESTAMP_NUMBER, 17},
      {"2023-11-16 18:17:03.9799600", TIMESTAMP_S, TIMESTAMP_DATE, INT64_C(1700158623979960000)},
      {"2023-11-16T18:17:03.9799600Z", TIMESTAMP_S, TIMESTAMP_DATE, INT64_C(1700158623979960000)},
      {"2023-11-16T18:17:03+01:00", TIMESTAMP_S, TIMESTAMP_DATE, INT64_C(1700155023000000000)},
      {"2023-11-16T18:17:03 -0330", TIMESTAMP_S, TIMESTAMP_DATE, INT64_C(1700171223000000000)},
      {"2024-02-29 23:59", TIMESTAMP_S, TIMESTAMP_DATE, INT64_C(1709251140000000000)},
      {"2000-02-29", TIMESTAMP_S, TIMESTAMP_DATE, INT64_C(951782400000000000)},
      {"1970-01-01T00:00:00.0000000015Z", TIMESTAMP_S, TIMESTAMP_DATE, 2},
      {"1970-01-01T00:00:00.9999999999Z", TIMESTAMP_S, TIMESTAMP_DATE, 1000000000},
      {"1998-12-31 23:59:60", TIMESTAMP_S, TIMESTAMP_DATE, INT64_C(915148800000000000)},
      {"2261-12-31 00:00:00", TIMESTAMP_S, TIMESTAMP_DATE, INT64_C(9214560000000000000)},
      {"[17/May/2015:10:05:03 +0000]", TIMESTAMP_S, TIMESTAMP_APACHE, INT64_C(1431857103000000000)},
      {"17/May/2015:10:05:03 +0200", TIMESTAMP_S, TIMESTAMP_APACHE, INT64_C(1431849903000000000)},
      {"01/Jan/2016:00:00:00 -0800", TIMESTAMP_S, TIMESTAMP_APACHE, INT64_C(1451635200000000000)},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    enum timestamp_form form;
    int64_t ns = -1;
    const char *wrong = timestamp_read(cases[i].text, strlen(cases[i].text), cases[i].unit, &form, &ns);
    cr_assert_null(wrong, "%s %s", cases[i].text, wrong);
    cr_assert_eq(form, cases[i].form, "%s", cases[i].text);
    cr_assert_eq(ns, cases[i].ns, "%s: %lld", cases[i].text, (long long)ns);
  }
}

Test(trace, times_that_are_none) {
  const char *const cases[] = {"",
                               "-5",
                               "5s",
                               "0x10",
                               "1e400",
                               "nan",
                               "1695943858153000",
                               "2023-13-01",
                               "2023-02-29",
                               "1900-01-01",
                               "2262-01-01",
                               "2023-11-16 24:00:00",
                               "2023-11-16 18:17:03.",
                               "2023-11-16 18:17:03 PST",
                               "2023-11-16x18:17:03",
                               "2023-11-16 18:17:03+1:00",
                               "1970-01-01T00:00:00+01:00",
                               "[17/May/2015:10:05:03 +0000",
                               "17/Mai/2015:10:05:03 +0000",
                               "31/Apr/2015:10:05:03 +0000",
                               "[",
                               "[]"};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    enum timestamp_form form;
    int64_t ns = -7;
    cr_assert_not_null(timestamp_read(cases[i], strlen(cases[i]), TIMESTAMP_S, &form, &ns), "%s", cases[i]);
    cr_assert(strlen(cases[i]) > 10 || ns == -7);
  }
}

// Every day from 1970 to 2100 is a day after the one before.
Test(trace, days_follow_each_other) {
  static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  int64_t due = 0;
  for (int year = 1970; year <= 2100; year++) {
    for (int month = 1; month <= 12; month++) {
      bool leap = month == 2 && (year % 4 == 0) && (year % 100 != 0 || year % 400 == 0);
      for (int day = 1; day <= days[month - 1] + leap; day++) {
        char text[40];
        enum timestamp_form form;
        int64_t ns;
        snprintf(text, sizeof text, "%04d-%02d-%02d", year, month, day);
        cr_assert_null(timestamp_read(text, 10, TIMESTAMP_S, &form, &ns), "%s", text);
        cr_assert_eq(ns, due, "%s", text);
        due += INT64_C(86400000000000);
      }
    }
  }
}

// ------------------------------------------------------------------------------------------------- traces

static void decode(struct arriving *arriving, const char *choice, const char *file) {
  arriving_begin(arriving, file, strlen(file));
  cr_assert(arriving_decode(arriving, choice, arrival_alternative), "%s: %s", choice,
            arriving_message(arriving));
}

static void check_times(const struct arriving *arriving, double load, const int64_t *times, size_t count) {
  struct arriving_run run = arriving_start(arriving, load, 0);
  struct arrival arrival;
  for (size_t i = 0; i < count; i++) {
    cr_assert(arriving_next(&run, &arrival), "only %zu", i);
    cr_assert_eq(arrival.at, times[i], "%zu: %lld, not %lld", i, (long long)arrival.at, (long long)times[i]);
    cr_assert_eq(arrival.count, 1);
  }
  cr_assert_not(arriving_next(&run, &arrival));
  cr_assert_not(arriving_next(&run, &arrival));
}
#define CHECK_TIMES(arriving_, load_, ...)                                                                   \
  check_times(arriving_, load_, (const int64_t[]){__VA_ARGS__},                                              \
              sizeof((const int64_t[]){__VA_ARGS__}) / sizeof(int64_t))

#define MS INT64_C(1000000)
#define S  INT64_C(1000000000)

static const char combined_log[] =
    "10.0.0.1 - - [17/May/2015:10:05:03 +0000] \"GET /a?x=\\\"1 HTTP/1.1\" 200 1000 \"-\" \"Agent\"\n"
    "\n"
    "10.0.0.2 - frank [17/May/2015:10:05:05 +0000] \"GET /b HTTP/1.1\" 304 -\r\n"
    "10.0.0.1 - - [17/May/2015:12:05:03 +0200] \"POST /b HTTP/1.0\" 200 6000000000 \"http://x/\" \"A\"\n"
    "host.example - - [17/May/2015:10:05:03 +0000] \"-\" 408 0 \"-\" \"-\"\n"
    "10.0.0.3 - - [17/May/2015:10:05:04 +0000] \"\\x16\\x03\" 400 226 \"-\" \"-\"";

Test(trace, combined_logs) {
  struct arriving arriving;
  decode(&arriving, "{'trace': {'file': 'access.log', 'format': 'combined'}}", combined_log);
  // Three in the first second, in their order, then one and one.
  CHECK_TIMES(&arriving, 1, 0, S / 3, 2 * S / 3, S, 2 * S);
  struct arriving_run run = arriving_start(&arriving, 1, 0);
  struct arrival arrivals[5];
  for (int i = 0; i < 5; i++) cr_assert(arriving_next(&run, &arrivals[i]));
  const int64_t sizes[] = {1000, 6000000000, 0, 226, 0};
  for (int i = 0; i < 5; i++) {
    cr_assert_eq(arrivals[i].size, sizes[i]);
    cr_assert_eq(arrivals[i].request, -1);
    cr_assert(arrivals[i].user >= 0 && arrivals[i].key >= 0);
  }
  cr_assert_eq(arrivals[0].user, arrivals[1].user);
  cr_assert_neq(arrivals[0].user, arrivals[4].user);
  cr_assert_eq(arrivals[1].key, arrivals[4].key);
  cr_assert_neq(arrivals[0].key, arrivals[1].key);
  cr_assert_eq(run.process->requests(run.parameters).count, 0);
  // Five over two seconds and the mean gap after the last, half a second.
  cr_assert_float_eq(run.process->rate(run.parameters), 2, 1e-6);
  arriving_end(&arriving);
}

// Above are the bits by which stores tell datasets apart.
Test(trace, keys_are_below_2_to_the_48) {
  struct arriving arriving;
  decode(
      &arriving, "{'trace': {'file': 'a.csv', 'format': 'csv'}}",
      "time,key\n1,281474976710655\n2,281474976710656\n3,4000000000000000000\n4,item7\n5,item7\n6,item8\n");
  struct arriving_run run = arriving_start(&arriving, 1, 0);
  struct arrival a[6];
  for (int i = 0; i < 6; i++) {
    cr_assert(arriving_next(&run, &a[i]));
    cr_assert(a[i].key >= 0 && a[i].key < INT64_C(1) << 48, "row %d", i);
    for (int before = 0; before < i; before++) cr_assert_eq(a[before].key == a[i].key, i == 4 && before == 3);
  }
  cr_assert_eq(a[0].key, (INT64_C(1) << 48) - 1);
  arriving_end(&arriving);
}

Test(trace, csv_with_all_columns) {
  struct arriving arriving;
  decode(&arriving,
         "{'trace': {'file': 'a.csv', 'format': 'csv', 'speed': 2, 'columns': "
         "{'time': 'when', 'request': 'what', "
         "'user': 'who', 'key': 'item, no', 'size': 'bytes'}}}",
         "\xEF\xBB\xBFwhen,\"item, no\",what , who,bytes,\"a \"\"note\"\"\"\r\n"
         "10.5,17,view,alice,2048,x\r\n"
         "10,\"an \"\"item\"\"\",buy,7,,\"two\nlines, and\r\nmore\"\r\n"
         "\r\n"
         "11.25,,view,\"alice\",3.0,\n");
  CHECK_TIMES(&arriving, 1, 0, 250 * MS, 625 * MS);
  struct arriving_run run = arriving_start(&arriving, 1, 0);
  struct arrival a[3];
  for (int i = 0; i < 3; i++) cr_assert(arriving_next(&run, &a[i]));
  struct arrival_requests requests = run.process->requests(run.parameters);
  cr_assert_eq(requests.count, 2);
  cr_assert_str_eq(requests.names[a[0].request], "buy");
  cr_assert_str_eq(requests.names[a[1].request], "view");
  cr_assert(requests.weights[a[0].request] == 1 && requests.weights[a[1].request] == 2);
  cr_assert_eq(a[2].request, a[1].request);
  cr_assert(a[0].user == 7 && a[1].user == a[2].user && a[1].user != 7);
  cr_assert(a[0].key > 1000 && a[1].key == 17 && a[2].key == -1);
  cr_assert(a[0].size == -1 && a[1].size == 2048 && a[2].size == 3);
  arriving_end(&arriving);
}

Test(trace, names_that_no_request_has_are_none) {
  struct arriving arriving;
  decode(&arriving,
         "{'trace': {'file': 'a.csv', 'format': 'csv', 'columns': {'request': 'r', 'count': 'n'}}}",
         "time,r,n\n0,view,0\n1,,3\n");
  struct arriving_run run = arriving_start(&arriving, 1, 0);
  cr_assert_eq(run.process->requests(run.parameters).count, 0);
  arriving_end(&arriving);
}

Test(trace, csv_without_columns_takes_those_of_its_own_names) {
  struct arriving arriving;
  decode(&arriving, "{'trace': {'file': 'a.csv', 'format': 'csv', 'unit': 'ms'}}",
         "other,time,key\nx,1000,5\ny,1250,6\n");
  CHECK_TIMES(&arriving, 1, 0, 250 * MS);
  struct arriving_run run = arriving_start(&arriving, 1, 0);
  struct arrival arrival;
  cr_assert(arriving_next(&run, &arrival));
  cr_assert(arrival.key == 5 && arrival.user == -1 && arrival.size == -1 && arrival.request == -1);
  arriving_end(&arriving);
}

Test(trace, counts_are_spread_until_the_next_row) {
  struct arriving arriving;
  decode(&arriving,
         "{'trace': {'file': 'a.csv', 'format': 'csv', 'columns': {'time': 'period', 'count': 'n'}}}",
         "period,n\n1998-04-30 21:30:00,2\n1998-04-30 21:31:00,0\n1998-04-30 21:33:00,3\n1998-04-30 "
         "21:34:00,4\n");
  CHECK_TIMES(&arriving, 1, 0, 30 * S, 180 * S, 200 * S, 220 * S, 240 * S, 255 * S, 270 * S, 285 * S);
  const struct arrival_process *process = arrival_process_of(&arriving.variant);
  cr_assert_float_eq(process->rate(arriving.variant.value), 9.0 / 300, 1e-12);
  arriving_end(&arriving);
  // Rows of one time share the interval by their counts; a single time has one resolution.
  decode(&arriving, "{'trace': {'file': 'a.csv', 'format': 'csv'}}",
         "time,count,user\n5,1,1\n5,3,2\n6,1,3\n");
  CHECK_TIMES(&arriving, 1, 0, 250 * MS, 500 * MS, 750 * MS, S);
  arriving_end(&arriving);
  decode(&arriving, "{'trace': {'file': 'a.csv', 'format': 'csv'}}", "time,count\n0.001,4\n");
  CHECK_TIMES(&arriving, 1, 0, MS / 4, MS / 2, 3 * MS / 4);
  arriving_end(&arriving);
}

Test(trace, rows_of_one_time_are_spread_over_the_resolution) {
  struct arriving arriving;
  decode(&arriving, "{'trace': {'file': 'a.csv', 'format': 'csv'}}", "time\n1\n1\n9\n1\n1\n9\n");
  CHECK_TIMES(&arriving, 1, 0, S / 4, S / 2, 3 * S / 4, 8 * S, 8 * S + S / 2);
  arriving_end(&arriving);
  decode(&arriving, "{'trace': {'file': 'a.csv', 'format': 'csv'}}", "time\n1\n1\n9.002\n");
  CHECK_TIMES(&arriving, 1, 0, MS / 2, 8002 * MS);
  arriving_end(&arriving);
  decode(&arriving, "{'trace': {'file': 'a.csv', 'format': 'csv'}}", "time\n1\n1\n9.000000002\n");
  CHECK_TIMES(&arriving, 1, 0, 0, 8 * S + 2);
  arriving_end(&arriving);
}

Test(trace, json_lines) {
  struct arriving arriving;
  decode(
      &arriving,
      "{'trace': {'file': 'a.jsonl', 'format': 'jsonl', 'columns': {'time': 't', 'user': 'u', 'size': 's', "
      "'request': 'r', 'key': 'k'}}}",
      "{\"t\": 2.5, \"u\": \"bob\", \"x\": {\"deep\": [1, 2]}}\n"
      "   \n"
      "{\"t\": \"2\", \"u\": null, \"s\": 99, \"r\": \"view\", \"k\": \"\\u00e9\\n\"}\r\n"
      "{\"s\": 0, \"t\": 3e0}\n");
  CHECK_TIMES(&arriving, 1, 0, 500 * MS, 1000 * MS);
  struct arriving_run run = arriving_start(&arriving, 1, 0);
  struct arrival a[3];
  for (int i = 0; i < 3; i++) cr_assert(arriving_next(&run, &a[i]));
  cr_assert(a[0].size == 99 && a[0].request == 0 && a[0].user == -1 && a[0].key > 0);
  cr_assert(a[1].size == -1 && a[1].request == -1 && a[1].user >= 0 && a[1].key == -1);
  cr_assert(a[2].size == 0 && a[2].user == -1);
  arriving_end(&arriving);
}

// ------------------------------------------------------------------------------------------------ the load

enum { ROWS = 20000 };

static char *long_trace(void) {
  char *text = malloc(ROWS * 24 + 100);
  size_t used = (size_t)sprintf(text, "time,user,count\n");
  for (int i = 0; i < ROWS; i++) used += (size_t)sprintf(text + used, "%d.5,%d,%d\n", i, i % 100, i % 3);
  return text;
}

Test(trace, a_load_thins_and_clones) {
  char *text = long_trace();
  struct arriving arriving;
  decode(&arriving, "{'trace': {'file': 'a.csv', 'format': 'csv'}}", text);
  const double requests = 19999; // of 0, 1, 2, 0, 1, 2, … 20,000 times, the last two of which are 0 and 1
  cr_assert_eq(((const struct arrival_trace *)arriving.variant.value)->trace->requests, 19999);
  const double loads[] = {0.01, 0.5, 0.77, 1, 1.3, 2, 7.25};
  for (size_t l = 0; l < sizeof loads / sizeof *loads; l++) {
    struct arriving_run run = arriving_start(&arriving, loads[l], 0);
    struct arrival arrival;
    int64_t before = 0;
    double arrivals = 0;
    while (arriving_next(&run, &arrival)) {
      cr_assert(arrival.at >= before && arrival.at < ROWS * S && arrival.user >= 0);
      before = arrival.at;
      arrivals++;
    }
    double part = loads[l] - floor(loads[l]);
    cr_assert_leq(fabs(arrivals - requests * loads[l]), 5 * sqrt(requests * part * (1 - part)), "%g: %g",
                  loads[l], arrivals);
  }
  arriving_end(&arriving);
  free(text);
}

Test(trace, what_is_kept_under_a_load_is_kept_under_a_higher_one) {
  char *text = long_trace();
  struct arriving arriving;
  decode(&arriving, "{'trace': {'file': 'a.csv', 'format': 'csv'}}", text);
  struct arriving_run low = arriving_start(&arriving, 0.3, 0);
  struct arriving_run high = arriving_start(&arriving, 0.6, 1);
  struct arrival a;
  struct arrival b;
  while (arriving_next(&low, &a)) {
    do cr_assert(arriving_next(&high, &b));
    while (b.at < a.at);
    cr_assert(a.at == b.at && a.user == b.user);
  }
  arriving_end(&arriving);
  free(text);
}

Test(trace, clones_follow_evenly_as_other_users) {
  struct arriving arriving;
  decode(&arriving, "{'trace': {'file': 'a.csv', 'format': 'csv'}}", "time,user,key\n1,4,9\n4,5,8\n");
  CHECK_TIMES(&arriving, 3, 0, S, 2 * S, 3 * S, 4 * S, 5 * S);
  struct arriving_run run = arriving_start(&arriving, 3, 0);
  struct arrival a[3];
  for (int i = 0; i < 3; i++) cr_assert(arriving_next(&run, &a[i]));
  cr_assert(a[0].user == 4 && a[1].user != 4 && a[2].user != 4 && a[1].user != a[2].user);
  cr_assert(a[1].user >= 0 && a[1].key == 9 && a[2].key == 9);
  arriving_end(&arriving);
}

// Sorting is stable, against one by insertion.
Test(trace, unsorted_rows_are_sorted_stably) {
  enum { COUNT = 3000 };
  static char text[COUNT * 24];
  static int64_t times[COUNT];
  static int64_t users[COUNT];
  struct random_stream stream = random_named(5, 0, "trace", "test");
  size_t used = (size_t)sprintf(text, "time,user\n0,0\n0.000000001,0\n");
  size_t count = 0;
  for (int64_t i = 1; i <= COUNT - 2; i++) {
    int64_t time = 10 + (int64_t)random_below(&stream, 400);
    used += (size_t)sprintf(text + used, "%d.%09d,%d\n", 0, (int)time, (int)i);
    size_t place = count++;
    for (; place > 0 && times[place - 1] > time; place--) {
      times[place] = times[place - 1];
      users[place] = users[place - 1];
    }
    times[place] = time;
    users[place] = i;
  }
  struct arriving arriving;
  decode(&arriving, "{'trace': {'file': 'a.csv', 'format': 'csv'}}", text);
  struct arriving_run run = arriving_start(&arriving, 1, 0);
  struct arrival arrival;
  cr_assert(arriving_next(&run, &arrival) && arriving_next(&run, &arrival));
  for (size_t i = 0; i < count; i++) {
    cr_assert(arriving_next(&run, &arrival));
    cr_assert(arrival.at == times[i] && arrival.user == users[i], "%zu", i);
  }
  arriving_end(&arriving);
}

// ------------------------------------------------------------------------------------------------- mistakes

Test(trace, mistakes_name_the_line) {
  static const char csv[] = "{'trace': {'file': 'a', 'format': 'csv'}}";
  static const char mapped[] =
      "{'trace': {'file': 'a', 'format': 'csv', 'columns': {'time': 'when', 'user': 'person'}}}";
  static const char json[] = "{'trace': {'file': 'a', 'format': 'jsonl'}}";
  static const char log[] = "{'trace': {'file': 'a', 'format': 'combined'}}";
  static const struct {
    const char *choice;
    const char *file;
    const char *message;
    uint32_t line;
    uint32_t column;
  } cases[] = {
      {csv, "", "no header", 1, 1},
      {csv, "\n\n", "no header", 2, 1},
      {csv, "time\n", "no requests", 1, 1},
      {csv, "tine\n1\n", "did you mean \"tine\"", 1, 1},
      {csv, "zebra\n1\n", "no column \"time\" for the time", 1, 1},
      {mapped, "when,parson\n1,2\n", "no column \"person\" for the user (did you mean \"parson\"?)", 1, 1},
      {csv, "time,key\n1,2\n3\n", "1 fields, where the header has 2", 3, 1},
      {csv, "time\n1\n2,2\n", "2 fields", 3, 1},
      {csv, "key,time\n\"a\nb\",1\nc,x\n5,5\n6,y\n", "\"x\" is no time (1 more rows", 4, 3},
      {csv, "time\n1\n2023-11-16\n", "another form", 3, 1},
      {csv, "time\n-1\n", "negative", 2, 1},
      {csv, "time\n1695943858153000\n", "`unit`", 2, 1},
      {csv, "time,count\n1,1.5\n", "no count", 2, 3},
      {csv, "time,count\n1,\n", "no count", 2, 3},
      {csv, "time,count\n1,99999999999\n", "no count", 2, 3},
      {csv, "time,count\n1,0\n2,0\n", "all counts", 1, 1},
      {csv, "time,size\n1,-1\n", "no size", 2, 3},
      {csv, "time,request\n1,a b\n", "no name of a request", 2, 3},
      {csv, "time,key\n1,\"abc\n", "do not close", 2, 3},
      {csv, "time,key\n1,\"abc\"d\n", "something follows", 2, 8},
      {csv, "time,key\n1,ab\"c\"\n", "quotes in a field", 2, 3},
      {csv, "time\n0\n9000000000\n", "36 years", 1, 1},
      {json, "{\"time\": 1}\n[1]\n", "no JSON object", 2, 1},
      {json, "{\"time\": 1}\n{\"tim\": 1}\n", "no \"time\"", 2, 1},
      {json, "{\"time\": 1}\n\n{\"time\": [1]}\n", "neither a text nor a number", 3, 10},
      {json, "{\"time\": 1, }\n", "", 1, 0},
      {json, "{\"time\": 1} {\n", "", 1, 0},
      {json, "{\"time\": 1, \"count\": 2}\n{\"time\": 2}\n", "no count", 2, 1},
      {json, "{\"time\": 1}\n{\"time\": 2, \"count\": 2}\n", "first row does not have", 2, 1},
      {log, "nonsense\n", "no host", 1, 1},
      {log, "a - -\n", "no time in brackets", 1, 2},
      {log, "a - - [x] \"GET / HTTP/1.1\" 200 1\n", "no time such as", 1, 7},
      {log, "a - - [17/May/2015:10:05:03 +0000] GET\n", "no request in quotes", 1, 34},
      {log, "a - - [17/May/2015:10:05:03 +0000] \"GET\n", "do not close", 1, 37},
      {log, "a - - [17/May/2015:10:05:03 +0000] \"GET /\" 20 1\n", "no status", 1, 42},
      {log, "a - - [17/May/2015:10:05:03 +0000] \"GET /\" 200 x\n", "no number of bytes", 1, 48},
      {log, "a - - [17/May/2015:10:05:03 +0000] \"GET /\" 200\n", "no status", 1, 42},
      {log, "a - - [17/May/2015:10:05:03 +0000] \"GET /\" 200 1x\n", "no number of bytes", 1, 48},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    struct arriving arriving;
    arriving_begin(&arriving, cases[i].file, strlen(cases[i].file));
    cr_assert_not(arriving_decode(&arriving, cases[i].choice, arrival_alternative), "%zu: %s", i,
                  cases[i].file);
    const struct diagnostic *first = arriving.diagnostics.first;
    cr_assert_eq(arriving.diagnostics.errors, 1, "%zu", i);
    cr_assert_not_null(strstr(first->message, cases[i].message), "%zu: %s", i, first->message);
    cr_assert_str_eq(first->at.file, "a");
    cr_assert_eq(first->at.line, cases[i].line, "%zu: line %u: %s", i, first->at.line, first->message);
    if (cases[i].column > 0)
      cr_assert_eq(first->at.column, cases[i].column, "%zu: column %u: %s", i, first->at.column,
                   first->message);
    arriving_end(&arriving);
  }
}

Test(trace, limits_are_errors) {
  enum { LONG = TRACE_LINE_MOST + 100 };
  static char text[LONG + 100];
  size_t used = (size_t)sprintf(text, "time\n1\n\"");
  memset(text + used, 'x', LONG);
  strcpy(text + used + LONG, "\n2\n");
  struct arriving arriving;
  arriving_begin(&arriving, text, strlen(text));
  cr_assert_not(arriving_decode(&arriving, "{'trace': {'file': 'a', 'format': 'csv'}}", arrival_alternative));
  cr_assert_not_null(strstr(arriving_message(&arriving), "64 KiB"), "%s", arriving_message(&arriving));
  cr_assert_eq(arriving.diagnostics.first->at.line, 3);
  arriving_end(&arriving);
  used = (size_t)sprintf(text, "time,request\n");
  for (int i = 0; i <= TRACE_NAMES_MOST; i++) used += (size_t)sprintf(text + used, "1,r%d\n", i);
  arriving_begin(&arriving, text, strlen(text));
  cr_assert_not(arriving_decode(&arriving, "{'trace': {'file': 'a', 'format': 'csv'}}", arrival_alternative));
  cr_assert_not_null(strstr(arriving_message(&arriving), "1000"), "%s", arriving_message(&arriving));
  arriving_end(&arriving);
  used = (size_t)sprintf(text, "time\n");
  for (int i = 0; i < 300; i++) used += (size_t)sprintf(text + used, "x\n");
  arriving_begin(&arriving, text, strlen(text));
  cr_assert_not(arriving_decode(&arriving, "{'trace': {'file': 'a', 'format': 'csv'}}", arrival_alternative));
  cr_assert_not_null(strstr(arriving_message(&arriving), "99 or more"), "%s", arriving_message(&arriving));
  arriving_end(&arriving);
}

// Memory that runs out at any request leaves no trace and no false error.
Test(trace, memory_that_runs_out) {
  char *text = long_trace();
  memcpy(text + strlen("time,user,count\n"), "9", 1); // unsorted
  int failures = 0;
  for (uint64_t n = 1; n < 200; n++) {
    struct memory_budget budget;
    memory_budget_init(&budget);
    budget.fail_at = n;
    struct arena arena;
    arena_init(&arena, &budget);
    struct diagnostics diagnostics;
    diagnostics_init(&diagnostics, &arena);
    struct field_context context = {.arena = &arena, .diagnostics = &diagnostics};
    struct trace_source source = {
        .text = text, .length = strlen(text), .file = "a", .format = TRACE_CSV, .speed = 1};
    const struct trace *trace = trace_read(&source, &context);
    cr_assert_eq(diagnostics.errors, 0);
    cr_assert_eq(trace == NULL, budget.exhausted, "%d", (int)n);
    failures += trace == NULL;
    arena_drop(&arena);
    cr_assert_eq(budget.used, 0, "a leak");
    if (trace != NULL) break;
  }
  cr_assert_geq(failures, 3);
  free(text);
}

// --------------------------------------------------------------------------------------- real traces, if any

struct real {
  struct arena arena;
  struct diagnostics diagnostics;
  const struct trace *trace;
};

static bool read_real(struct real *real, const char *name, struct trace_source source) {
  const char *folder = getenv("HEADROOM_REFERENCE");
  if (folder == NULL) {
    // Not cr_log_warn(): a warning makes Criterion exit with 1.
    fprintf(stderr, "HEADROOM_REFERENCE is not set: %s is skipped\n", name);
    return false;
  }
  arena_init(&real->arena, NULL);
  diagnostics_init(&real->diagnostics, &real->arena);
  struct field_context context = {.arena = &real->arena, .diagnostics = &real->diagnostics};
  struct file_error error;
  char *path = arena_format(&real->arena, "%s/traces/%s", folder, name);
  source.text = file_read(path, 100 << 20, &real->arena, &source.length, &error);
  cr_assert_not_null(source.text, "%s", error.message);
  source.file = name;
  source.speed = 1;
  real->trace = trace_read(&source, &context);
  cr_assert_not_null(real->trace, "%s",
                     real->diagnostics.first != NULL ? real->diagnostics.first->message : "");
  return true;
}

// What Python's csv and datetime find in the same files.
Test(trace, a_real_access_log) {
  struct real real;
  if (!read_real(&real, "elastic_apache_access_10k.log", (struct trace_source){.format = TRACE_COMBINED}))
    return;
  cr_assert_eq(real.trace->count, 10000);
  int64_t bytes = 0;
  for (size_t i = 0; i < real.trace->count; i++) bytes += trace_size(&real.trace->rows[i]);
  cr_assert_eq(bytes, INT64_C(2747282740));
  cr_assert_float_eq((double)real.trace->rows[9999].at / 1e9, 298859, 1);
  arena_drop(&real.arena);
}

Test(trace, a_real_trace_of_dates) {
  struct real real;
  struct trace_columns columns = {.time = "TIMESTAMP", .size = "GeneratedTokens"};
  if (!read_real(&real, "azure_llm_code_2023.csv",
                 (struct trace_source){.format = TRACE_CSV, .columns = &columns}))
    return;
  cr_assert_eq(real.trace->count, 8819);
  cr_assert_eq(real.trace->rows[1].at, 52000000); // 03.9799600 to 04.0319600
  cr_assert_eq(trace_size(&real.trace->rows[2]), 27);
  cr_assert_eq(real.trace->rows[8818].at, INT64_C(3435948056000));
  arena_drop(&real.arena);
}

Test(trace, real_counts_per_minute) {
  struct real real;
  struct trace_columns columns = {.time = "period", .count = "count"};
  if (!read_real(&real, "worldcup98_requests_per_minute.csv",
                 (struct trace_source){.format = TRACE_CSV, .columns = &columns}))
    return;
  cr_assert_eq(real.trace->count, 125300);
  cr_assert_eq(real.trace->requests, INT64_C(1352804107));
  cr_assert_eq(real.trace->rows[1].at, INT64_C(60000000000));
  arena_drop(&real.arena);
}

Test(trace, real_times_in_microseconds) {
  struct real real;
  struct trace_columns columns = {.time = "startTime", .user = "childPod"};
  if (!read_real(&real, "dsb_socialnet_trace.csv",
                 (struct trace_source){.format = TRACE_CSV, .columns = &columns, .unit = TIMESTAMP_US}))
    return;
  cr_assert_eq(real.trace->count, 640);
  cr_assert_eq(real.trace->rows[639].at, INT64_C(1863554000));
  arena_drop(&real.arena);
}
