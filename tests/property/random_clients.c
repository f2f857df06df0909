// Who sends requests, when, and what is to be known about them.
#include "random_maker.h"

// ---- Arrivals ---------------------------------------------------------------------------------------------

static void put_mmpp(struct maker *maker, double rate) {
  put(maker, "{\"mmpp\": {\"rates\": [");
  put_rate(maker, rate * 2);
  put(maker, ", ");
  put_rate(maker, choose(maker, 2) == 0 ? 0 : rate / 3);
  put(maker, "], \"dwell\": [");
  put_time(maker, some_time(maker, 100000000));
  put(maker, ", ");
  put_time(maker, some_time(maker, 200000000));
  put(maker, "]}}");
}

static void put_sessions(struct maker *maker, double rate) {
  put(maker, "{\"sessions\": {\"length\": %s, \"rate\": ",
      choose(maker, 2) == 0 ? "3" : "{\"geometric\": {\"mean\": 2.5}}");
  put_rate(maker, rate / 3);
  put(maker, ", \"think\": ");
  put_duration(maker, 20000000);
  put(maker, "}}");
}

static void put_population(struct maker *maker, double rate) {
  static const char *const times[] = {"\"at\": \"mean\"", "\"at\": \"peak\", \"peak_to_mean\": 1.3",
                                      "\"at\": \"20:00\""};
  put(maker, "{\"population\": {\"daily_active\": 864000, \"requests_per_day\": %.17g, %s}}",
      rate / 10 / (double)maker->options->time, CHOOSE(maker, times));
}

// The files are random_scenario_file()'s.
static void put_trace(struct maker *maker) {
  static const char all_columns[] =
      "\"file\": \"trace.csv\", \"format\": \"csv\", \"columns\": {\"time\": \"at\", \"user\": \"who\", "
      "\"count\": \"many\", \"key\": \"item\", \"size\": \"bytes\", \"request\": \"what\"}, \"speed\": 1.5";
  const char *const traces[] = {
      "\"file\": \"trace.csv\", \"format\": \"csv\", \"columns\": {\"time\": \"at\", \"user\": \"who\"}",
      all_columns,
      "\"file\": \"trace.jsonl\", \"format\": \"jsonl\", \"unit\": \"ms\"",
      "\"file\": \"trace-us.jsonl\", \"format\": \"jsonl\", \"unit\": \"us\"",
      "\"file\": \"trace-ns.jsonl\", \"format\": \"jsonl\", \"unit\": \"ns\"",
      "\"file\": \"trace.csv\", \"format\": \"csv\", \"columns\": {\"time\": \"at\"}, \"unit\": \"s\"",
      "\"file\": \"access.log\", \"format\": \"combined\""};
  put(maker, "{\"trace\": {%s}}", CHOOSE(maker, traces));
}

// Whether a shape may change their rate.
static bool put_arrivals(struct maker *maker) {
  bool calm = maker->options->calm;
  double rate = (calm ? 20 : 60) + (calm ? 20 : 200) * choose(maker, 100) / 99.0;
  switch (choose(maker, calm ? 7 : 8)) {
  case 1:
    put(maker, "{\"constant\": {\"rate\": ");
    put_rate(maker, rate);
    put(maker, "}}");
    return true;
  case 2:
    put(maker, "{\"renewal\": {\"gap\": ");
    put_duration(maker, (int64_t)(1e9 / rate));
    put(maker, "}}");
    return true;
  case 3:
    put_mmpp(maker, rate);
    return true;
  case 4:
    put(maker, "{\"closed\": {\"users\": %u, \"think\": ", 1 + choose(maker, 8));
    put_duration(maker, 40000000);
    put(maker, "}}");
    return false;
  case 5:
    put_sessions(maker, rate);
    return true;
  case 6:
    put_population(maker, rate);
    return true;
  case 7:
    put_trace(maker);
    return false;
  default:
    put(maker, "{\"poisson\": {\"rate\": ");
    put_rate(maker, rate);
    put(maker, "}}");
    return true;
  }
}

// ---- Shapes -----------------------------------------------------------------------------------------------

static void put_points(struct maker *maker, const char *name, double first, double second) {
  put(maker, "{\"%s\": [[", name);
  put_time(maker, 0);
  put(maker, ", %g], [", first);
  put_time(maker, some_time(maker, 300000000));
  put(maker, ", %g]]}", second);
}

static void put_spike(struct maker *maker) {
  put(maker, "{\"spike\": {\"factor\": 4, ");
  put_named_time(maker, "at", some_time(maker, 100000000), ", ");
  put_named_time(maker, "rise", some_time(maker, 20000000), ", ");
  put_named_time(maker, "hold", some_time(maker, 100000000), ", ");
  put_named_time(maker, "fall", some_time(maker, 20000000), "}}");
}

static void put_diurnal(struct maker *maker) {
  put(maker, "{\"diurnal\": {\"peak_to_mean\": 1.6, ");
  if (choose(maker, 2) == 0) put_named_time(maker, "peak_at", some_time(maker, 100000000), ", ");
  put_named_time(maker, "period", some_time(maker, 300000000), "}}");
}

static void put_shape(struct maker *maker) {
  put(maker, ", \"shape\": ");
  switch (choose(maker, 7)) {
  case 0:
    put_points(maker, "piecewise", 0.5, 2.5);
    return;
  case 1:
    put_points(maker, "steps", 1, 3);
    return;
  case 2:
    put_diurnal(maker);
    return;
  case 3:
    put(maker, "{\"ramp\": {\"from\": 0.3, \"to\": 2, ");
    put_named_time(maker, "over", some_time(maker, 300000000), "}}");
    return;
  case 4:
    put(maker, "{\"growth\": {\"factor\": 1.4, ");
    put_named_time(maker, "per", some_time(maker, 200000000), "}}");
    return;
  case 5:
    put(maker, "\"none\"");
    return;
  default:
    put_spike(maker);
  }
}

// ---- Groups -----------------------------------------------------------------------------------------------

static void put_entry(struct maker *maker) {
  const struct caller whoever = {.first = 0, .special = 0};
  if (one_in(maker, 3)) {
    put(maker, ", \"entry\": {\"a\": ");
    put_target(maker, whoever);
    put(maker, ", \"*\": \"c0\"}");
  } else if (choose(maker, 2) == 0) {
    put(maker, ", \"entry\": ");
    put_target(maker, whoever);
  } else {
    put(maker, ", \"entry\": \"c0\"");
  }
}

static void put_whereabouts(struct maker *maker) {
  static const char *const profiles[] = {"lan", "broadband", "4g", "5g", "fibre", "3g"};
  if (one_in(maker, 4)) {
    put(maker, ", \"from\": {\"us-west\": 1, \"eu-west\": 2.5}");
  } else if (one_in(maker, 3)) {
    put(maker, ", \"from\": \"us-west\"");
  }
  if (one_in(maker, 3)) put(maker, ", \"access\": \"%s\"", CHOOSE(maker, profiles));
  if (one_in(maker, 3)) {
    put(maker, ", ");
    put_named_time(maker, "keep_alive", (int64_t)choose(maker, 3) * 40000000, "");
  }
}

static void put_client(struct maker *maker, int number) {
  static const char *const kinds[] = {"web", "mobile", "attacker"};
  put(maker, "  \"g%d\": {\"kind\": \"%s\", \"users\": %u, \"arrivals\": ", number, CHOOSE(maker, kinds),
      1 + choose(maker, 50));
  bool shapeable = put_arrivals(maker);
  if (!maker->options->calm && shapeable && one_in(maker, 4)) put_shape(maker);
  if (one_in(maker, 4)) {
    put(maker, ", \"batch\": ");
    put_count(maker, true);
  }
  put(maker, ", \"mix\": {\"a\": 1, \"b\": 2.5%s}", number == 0 ? ", \"c\": 0.5" : "");
  put_entry(maker);
  put_whereabouts(maker);
  put_policies(maker);
  put(maker, "}");
}

void put_clients(struct maker *maker) {
  int count = 1 + (int)choose(maker, 2);
  put(maker, "\"clients\": {\n");
  for (int i = 0; i < count; i++) {
    put_client(maker, i);
    put(maker, "%s\n", i + 1 < count ? "," : "");
  }
  put(maker, "},\n");
}

// ---- Requests ---------------------------------------------------------------------------------------------

// Whatever is retried may be done twice.
static void put_request(struct maker *maker, const char *name, const char *before) {
  static const char *const repeats[] = {"\"retry_unsafe\": true", "\"idempotent\": true",
                                        "\"idempotent\": false, \"retry_unsafe\": true"};
  static const char *const sizes[] = {"", ", \"size\": \"0B\"", ", \"size\": \"1KB\"",
                                      ", \"size\": \"60KB\""};
  put(maker, "%s\"%s\": {%s%s", before, name, CHOOSE(maker, repeats), CHOOSE(maker, sizes));
  if (choose(maker, 2) == 0) put(maker, ", \"priority\": %u", choose(maker, 16));
  if (maker->all_read || (maker->datasets > 0 && one_in(maker, 5)))
    put(maker, ", \"reads\": \"d%u\"", choose(maker, (uint32_t)maker->datasets));
  put(maker, "}");
}

void put_requests(struct maker *maker) {
  put(maker, "\"requests\": {");
  put_request(maker, "a", "");
  put_request(maker, "b", ", ");
  put_request(maker, "c", ", ");
  if (maker->inner) put_request(maker, "inner", ", ");
  if (maker->jobs) put_request(maker, "job", ", ");
  put(maker, "},\n");
}
