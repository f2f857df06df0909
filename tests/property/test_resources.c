// Disks, interfaces and memory when things fail, to the nanosecond; the expected times are worked out by
// hand. There is no network, so that nothing else takes time.
#include "keyed_store.h"
#include "nic.h"
#include "scenario_run.h"
#include "sim_run.h"

#include <criterion/criterion.h>
#include <inttypes.h>
#include <string.h>

#define MS INT64_C(1000000)

static struct loaded loaded;
static struct sim sim;

// One request, at 1 s.
#define ONE(policies)                                                                                        \
  "{\"network\": \"none\", \"run\": {\"duration\": \"1900ms\", \"warmup\": \"0s\", \"drain\": \"20s\"},"     \
  "\"requests\": {\"r\": {\"size\": \"0B\"}}, \"clients\": {\"c\": {\"arrivals\": {\"constant\": "           \
  "{\"rate\": \"1/s\"}}, \"mix\": {\"r\": 1}, \"entry\": \"web\"" policies "}},"

static void begin(const char *text) {
  cr_assert(loaded_begin(&loaded, &sim, text));
}

static void look(void) {
  char fault[KILLING_TEXT_BYTES];
  const char *wrong = killing_fault(&sim, fault);
  cr_assert_null(wrong, "%.9f s: %s", (double)sim.engine.now / 1e9, wrong);
}

static const struct request_measure *run(const char *text) {
  begin(text);
  while (sim.phase != SIM_OVER) {
    loaded_step(&sim, 1);
    look();
  }
  return &sim.clients[0].measures[plan_request(loaded.plan, "r")];
}

static void end(void) {
  sim_drop(&sim);
  cr_assert_eq(sim.budget.used, 0);
  loaded_drop(&loaded);
}

static void answered_after(const char *text, int64_t time) {
  const struct request_measure *seen = run(text);
  cr_assert_eq(seen->answered, 1);
  cr_assert_eq((int64_t)seen->latency.sum, time, "%" PRId64 " ns", (int64_t)seen->latency.sum);
  end();
}

// ---- Memory ----

// Requests hold 400 KB each; 1.25 MB are the limit. The fourth is too many: at 4 s, 12 s and 20 s. The
// process is back 5 s later, before the request of that instant.
Test(resources, a_process_is_killed_and_restarts_when_it_must) {
  begin("{\"network\": \"none\", \"run\": {\"duration\": \"30s\", \"warmup\": \"0s\", \"drain\": \"1s\"},"
        "\"clients\": {\"c\": {\"arrivals\": {\"constant\": {\"rate\": \"1/s\"}}, \"entry\": \"web\"}},"
        "\"machines\": {\"m\": {\"cores\": 1, \"memory\": \"1MB\"}}, \"components\": {\"web\": {\"type\": "
        "\"server\", \"machine\": \"m\", \"handles\": {\"*\": [{\"memory\": \"400KB\"}, {\"wait\": "
        "\"100s\"}]}}}}");
  const struct machine *machine = sim.instances[0]->machine;
  for (int64_t second = 0; second < 24; second++) {
    int64_t in_cycle = second < 4 ? second + 5 : (second - 4) % 8; // since the last kill
    int64_t held = in_cycle < 5 ? 0 : (in_cycle - 4) * 400000;
    if (second < 4) held = second * 400000;
    engine_run(&sim.engine, second * 1000 * MS);
    cr_expect_eq(machine->memory.used.inside, held, "%" PRId64 " s: %" PRId64, second,
                 machine->memory.used.inside);
    cr_expect_eq(machine->memory_kills, (uint64_t)(second < 4 ? 0 : (second + 4) / 8), "%" PRId64 " s",
                 second);
    bool up = second < 4 || in_cycle >= 5;
    cr_expect_eq(sim.instances[0]->life, up ? LIFE_SERVING : LIFE_FAILED, "%" PRId64 " s", second);
    // 800 KB fit; of 1200 KB a sixth does not
    double speed = held > 1000000 ? 1 / (1 + 30 * 200000.0 / 1200000) : 1;
    cr_expect_float_eq(machine->cores.speed, speed, 1e-12);
    look();
  }
  end();
}

// A tick before each of these, nothing has happened yet.
Test(resources, not_a_nanosecond_before) {
  begin("{\"network\": \"none\", \"run\": {\"duration\": \"12s\", \"warmup\": \"0s\", \"drain\": \"1s\"},"
        "\"clients\": {\"c\": {\"arrivals\": {\"constant\": {\"rate\": \"1/s\"}}, \"entry\": \"web\"}},"
        "\"machines\": {\"m\": {\"cores\": 1, \"memory\": \"1MB\"}}, \"components\": {\"web\": {\"type\": "
        "\"server\", \"machine\": \"m\", \"handles\": {\"*\": [{\"memory\": \"400KB\"}, {\"wait\": "
        "\"100s\"}]}}}}");
  engine_run(&sim.engine, 4000 * MS - 1);
  cr_assert_eq(sim.instances[0]->life, LIFE_SERVING);
  engine_run(&sim.engine, 4000 * MS);
  cr_assert_eq(sim.instances[0]->life, LIFE_FAILED);
  engine_run(&sim.engine, 9000 * MS - 1);
  cr_assert_eq(sim.instances[0]->life, LIFE_FAILED);
  engine_run(&sim.engine, 9000 * MS);
  cr_assert_eq(sim.instances[0]->life, LIFE_SERVING);
  end();
}

// Items of 300 KB; of 1 MB and its swap of a quarter four have room, and with the fifth the process ends, to
// be back empty 5 s later. What is in the store is what the machine holds, at every event.
static void fills(const char *capacity) {
  char text[2000];
  snprintf(text, sizeof text,
           "{\"network\": \"none\", \"run\": {\"duration\": \"60s\", \"warmup\": \"0s\", \"drain\": \"1s\"},"
           "\"datasets\": {\"d\": {\"items\": 10, \"item_size\": \"300KB\"}},"
           "\"clients\": {\"c\": {\"arrivals\": {\"constant\": {\"rate\": \"4/s\"}}, \"entry\": \"web\"}},"
           "\"machines\": {\"m\": {\"cores\": 1, \"memory\": \"1MB\"}}, \"components\": {"
           "\"web\": {\"type\": \"server\", \"handles\": {\"*\": [{\"read\": \"d\"}]}},"
           "\"kept\": {\"type\": \"cache\", \"machine\": \"m\", \"origin\": \"files\","
           "\"strategy\": \"read-through\"%s},"
           "\"files\": {\"type\": \"object-store\", \"holds\": [\"d\"]}}}",
           capacity);
  begin(text);
}

static const struct instance *cache_of(void) {
  uint32_t i = 0;
  while (i < sim.instance_count && sim.instances[i]->machine->memory.size != 1000000) i++;
  cr_assert_lt(i, sim.instance_count, "no cache");
  return sim.instances[i];
}

Test(resources, items_of_a_cache_fill_the_memory) {
  fills(", \"capacity\": {\"items\": 100}");
  const struct instance *cache = cache_of();
  const struct keyed_account *account = cache->durable_state;
  int64_t most = 0;
  while (sim.phase != SIM_OVER) {
    loaded_step(&sim, 1);
    int64_t held = cache->machine->memory.used.inside;
    cr_expect_eq(held, account->items.inside * 300000, "%" PRId64, held);
    if (held > most) most = held;
    look();
  }
  cr_expect_eq(most, 1500000, "%" PRId64, most);
  cr_expect_geq(cache->machine->memory_kills, 3, "%" PRIu64, cache->machine->memory_kills);
  end();
}

// Three quarters of the memory, unless it is given: two items, and no more.
Test(resources, a_cache_leaves_room_by_default) {
  fills("");
  const struct instance *cache = cache_of();
  loaded_step(&sim, UINT64_MAX);
  cr_expect_eq(cache->machine->memory.used.inside, 600000);
  cr_expect_eq(cache->machine->memory_kills, 0);
  end();
}

// ---- Interfaces ----

// 100 KB at 1 MB/s.
#define SENDS                                                                                                \
  "\"machines\": {\"m\": {\"cores\": 1, \"nic\": \"8Mbps\"}}, \"components\": {\"web\": {\"type\": "         \
  "\"server\", \"machine\": \"m\", \"handles\": {\"*\": [{\"respond\": \"100KB\"}]}}}"

Test(resources, a_machine_that_hangs_loses_what_it_was_sending) {
  const struct request_measure *seen = run(
      ONE(", \"timeout\": \"3s\"") SENDS
      ", \"timeline\": [{\"fail\": \"web\", \"mode\": \"hang\", \"at\": \"1050ms\", \"for\": \"20ms\"}]}");
  cr_assert_eq(seen->answered, 0);
  cr_assert_eq(seen->failed[OUTCOME_TIMEOUT], 1);
  end();
}

Test(resources, the_kernel_sends_what_a_dead_process_has_written) {
  answered_after(ONE("") SENDS ", \"timeline\": [{\"fail\": \"web\", \"at\": \"1050ms\"}]}", 100 * MS);
}

Test(resources, the_interface_of_a_paused_machine_stands_still) {
  answered_after(ONE("") SENDS
                 ", \"timeline\": [{\"fail\": \"web\", \"mode\": \"pause\", \"at\": \"1050ms\", \"for\": "
                 "\"700ms\"}]}",
                 800 * MS);
}

// But it is the machine's, not the process's.
Test(resources, not_while_another_process_lives_on_it) {
  answered_after(ONE("") "\"hosts\": {\"m\": {\"cores\": 1, \"nic\": \"8Mbps\"}}, \"components\": {"
                         "\"other\": {\"type\": \"server\", \"on\": \"m\", \"handles\": {\"*\": []}},"
                         "\"web\": {\"type\": \"server\", \"on\": \"m\", \"handles\": {\"*\": [{\"respond\": "
                         "\"100KB\"}]}}}, \"timeline\": [{\"fail\": \"web\", \"mode\": \"pause\", \"at\": "
                         "\"1050ms\", \"for\": \"700ms\"}]}",
                 100 * MS);
}

// Two machines: the store's 100 KB leave one in 100 ms and enter the other in 50 ms, at once. The read is
// given up after 60 ms, when the bytes have come in and 40 KB have still to go out; they go all the same,
// beside the first of the second answer, whose last 60 KB have the interface to themselves from 140 ms on.
Test(resources, an_answer_that_nobody_awaits_goes_on) {
  answered_after(
      ONE("") "\"machines\": {\"slow\": {\"nic\": \"8Mbps\"}, \"fast\": {\"nic\": \"16Mbps\"}}, "
              "\"components\": {"
              "\"web\": {\"type\": \"server\", \"machine\": \"fast\", \"handles\": {\"*\": [{\"call\": "
              "\"store\", "
              "\"timeout\": \"60ms\", \"fallback\": \"ignore\"}, {\"call\": \"store\"}]}}, \"store\": "
              "{\"type\": "
              "\"server\", \"machine\": \"slow\", \"handles\": {\"*\": [{\"respond\": \"100KB\"}]}}}}",
      200 * MS);
}

// 100 KB from a store to a server over interfaces of so many Mbps.
static void between(int out, int in, int64_t time) {
  char text[2000];
  snprintf(
      text, sizeof text,
      ONE("") "\"machines\": {\"out\": {\"nic\": \"%dMbps\"}, \"in\": {\"nic\": \"%dMbps\"}}, "
              "\"components\": {\"web\": {\"type\": \"server\", \"machine\": \"in\", \"handles\": {\"*\": "
              "[{\"call\": \"store\"}]}}, \"store\": {\"type\": \"server\", \"machine\": \"out\", "
              "\"handles\": {\"*\": [{\"respond\": \"100KB\"}]}}}}",
      out, in);
  answered_after(text, time);
}

Test(resources, what_is_alone_takes_the_time_of_the_narrowest_interface) {
  between(8, 8, 100 * MS);
  between(8, 16, 100 * MS);
  between(16, 8, 100 * MS);
  between(1, 800, 800 * MS);
}

// Two answers at once from stores of 8 Mbps, each alone at its own interface; they share that of the server.
Test(resources, each_interface_is_shared_by_all_that_pass_it) {
  static const char pattern[] = ONE(
      "") "\"machines\": {\"out\": {\"nic\": \"8Mbps\"}, \"in\": {\"nic\": \"%dMbps\"}}, \"components\": {"
          "\"web\": {\"type\": \"server\", \"machine\": \"in\", \"handles\": {\"*\": [{\"parallel\": 2, "
          "\"do\": [{\"call\": \"store\"}]}]}}, \"store\": {\"type\": \"server\", \"machine\": \"out\", "
          "\"instances\": 2, \"handles\": {\"*\": [{\"respond\": \"100KB\"}]}}}}";
  char text[2000];
  snprintf(text, sizeof text, pattern, 8);
  answered_after(text, 200 * MS);
  snprintf(text, sizeof text, pattern, 16);
  answered_after(text, 100 * MS);
}

// A client's own link is as wide as 8 Mbps; a connection, the way there and back take 5 ms each time.
Test(resources, a_link_and_an_interface_pass_a_stream_at_once) {
  static const char pattern[] =
      "{\"network\": {\"access\": {\"broadband\": {\"rtt\": \"10ms\", \"down\": \"8Mbps\", \"up\": "
      "\"unlimited\"}}}, \"run\": {\"duration\": \"1900ms\", \"warmup\": \"0s\", \"drain\": \"20s\"},"
      "\"requests\": {\"r\": {\"size\": \"0B\"}}, \"clients\": {\"c\": {\"arrivals\": {\"constant\": "
      "{\"rate\": \"1/s\"}}, \"mix\": {\"r\": 1}, \"entry\": \"web\"}}, \"machines\": {\"m\": {\"nic\": "
      "\"%dMbps\"}}, \"components\": {\"web\": {\"type\": \"server\", \"machine\": \"m\", \"handles\": "
      "{\"*\": [{\"respond\": \"100KB\"}]}}}}";
  static const int mbps[] = {4, 8, 16};
  static const int64_t times[] = {200, 100, 100};
  for (int i = 0; i < 3; i++) {
    char text[2000];
    snprintf(text, sizeof text, pattern, mbps[i]);
    answered_after(text, (times[i] + 20) * MS);
  }
}

// ---- Balancers ----

// The server sends 100 KB in 100 ms, over a balancer, or two, with interfaces of their own.
#define FRONTS                                                                                               \
  "\"machines\": {\"m\": {\"nic\": \"8Mbps\"}, \"outer\": {\"nic\": \"2Mbps\"}, \"inner\": {\"nic\": "       \
  "\"4Mbps\"}}, \"components\": {\"back\": {\"type\": \"server\", \"machine\": \"m\", \"handles\": {\"*\": " \
  "[{\"wait\": \"100ms\"}, {\"respond\": \"100KB\"}]}}, "

Test(resources, answers_come_back_through_their_balancers) {
  answered_after(ONE("") FRONTS "\"web\": {\"type\": \"load-balancer\", \"machine\": \"inner\", \"targets\": "
                                "[\"back\"]}}}",
                 300 * MS);
  answered_after(ONE("") FRONTS "\"web\": {\"type\": \"load-balancer\", \"machine\": \"inner\", \"targets\": "
                                "[\"back\"], \"direct_return\": true}}}",
                 200 * MS);
  answered_after(ONE("") FRONTS "\"web\": {\"type\": \"load-balancer\", \"targets\": [\"back\"]}}}",
                 200 * MS);
}

// A balancer on the machine of what it balances sends once.
Test(resources, within_a_machine_answers_pass_no_interface) {
  answered_after(ONE("") "\"hosts\": {\"m\": {\"nic\": \"8Mbps\"}}, \"components\": {\"web\": {\"type\": "
                         "\"load-balancer\", \"on\": \"m\", \"targets\": [\"back\"]}, \"back\": {\"type\": "
                         "\"server\", \"on\": \"m\", \"handles\": {\"*\": [{\"respond\": \"100KB\"}]}}}}",
                 100 * MS);
}

// All at once, and each interface once each way, but for the last, which only sends.
Test(resources, a_row_of_balancers_takes_the_time_of_the_narrowest) {
  const struct request_measure *seen =
      run(ONE("") FRONTS "\"web\": {\"type\": \"load-balancer\", \"machine\": \"outer\", \"targets\": "
                         "[\"second\"]}, \"second\": {\"type\": \"load-balancer\", \"machine\": \"inner\", "
                         "\"targets\": [\"back\"]}}}");
  cr_assert_eq(seen->answered, 1);
  cr_assert_eq((int64_t)seen->latency.sum, 500 * MS, "%" PRId64, (int64_t)seen->latency.sum);
  for (uint32_t i = 0; i < sim.machine_count; i++) {
    const struct nic *nic = sim.machines[i]->nic;
    bool server = strcmp(sim.instances[i]->component->name, "back") == 0;
    cr_expect_eq(nic->through[NIC_OUT], 100000, "%d", (int)nic->through[NIC_OUT]);
    cr_expect_eq(nic->through[NIC_IN], server ? 0 : 100000, "%d", (int)nic->through[NIC_IN]);
  }
  end();
}

// At 50 ms, before the answer, or at 150 ms, when it passes; of a process that ends, the system sends on.
Test(resources, a_balancer_that_hangs_loses_its_answers) {
  static const char pattern[] =
      ONE(", \"timeout\": \"3s\"") FRONTS "\"web\": {\"type\": \"load-balancer\", %s \"targets\": "
                                          "[\"back\"]}}, \"timeline\": [{\"fail\": \"web\", "
                                          "\"mode\": \"%s\", \"at\": \"%s\", \"for\": \"5s\"}]}";
  static const struct {
    const char *machine, *mode, *at;
    uint64_t answered, broken;
  } cases[] = {{"\"machine\": \"inner\",", "hang", "1050ms", 0, 0},
               {"\"machine\": \"inner\",", "hang", "1150ms", 0, 300000},
               {"", "hang", "1050ms", 0, 0},
               {"\"machine\": \"inner\",", "reset", "1050ms", 1, 0},
               {"\"machine\": \"inner\",", "reset", "1150ms", 1, 0}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    char text[2000];
    snprintf(text, sizeof text, pattern, cases[i].machine, cases[i].mode, cases[i].at);
    const struct request_measure *seen = run(text);
    cr_expect_eq(seen->answered, cases[i].answered, "case %d", (int)i);
    uint64_t broken = 0;
    for (uint32_t m = 0; m < sim.machine_count; m++) {
      const struct nic *nic = sim.machines[m]->nic;
      for (int way = 0; nic != NULL && way < NIC_WAYS; way++) broken += nic->broken_off[way];
    }
    cr_expect_eq(broken, cases[i].broken, "case %d: %d", (int)i, (int)broken);
    end();
  }
}

// Of 8,100 pairs some hundred have requests on their way at any time. Each balancer hands on requests of no
// bytes and as many answers of 1,000: those that came back another way would be too many somewhere.
Test(resources, ways_that_nobody_goes_by_are_forgotten) {
  begin("{\"network\": \"none\", \"run\": {\"duration\": \"22s\", \"warmup\": \"0s\", \"drain\": \"5s\"}, "
        "\"requests\": {\"r\": {\"size\": \"0B\"}}, \"clients\": {\"c\": {\"arrivals\": {\"poisson\": "
        "{\"rate\": \"1000/s\"}}, \"shape\": {\"steps\": [[\"0s\", 1], [\"20s\", 0]]}, \"mix\": {\"r\": 1}, "
        "\"entry\": \"outer\"}}, \"machines\": {\"m\": {\"nic\": \"1Gbps\"}}, \"components\": {\"outer\": "
        "{\"type\": \"load-balancer\", \"machine\": \"m\", \"instances\": 90, \"targets\": [\"inner\"]}, "
        "\"inner\": {\"type\": \"load-balancer\", \"machine\": \"m\", \"instances\": 90, \"algorithm\": "
        "\"random\", \"targets\": [\"back\"]}, \"back\": {\"type\": \"server\", \"handles\": {\"*\": "
        "[{\"wait\": {\"exponential\": {\"mean\": \"100ms\"}}}, {\"respond\": \"1KB\"}]}}}}");
  sim_run(&sim);
  look();
  cr_expect_leq(sim.way_count, 4096, "%d", (int)sim.way_count);
  for (uint32_t i = 0; i < sim.machine_count; i++) {
    const struct nic *nic = sim.machines[i]->nic;
    if (nic == NULL) continue;
    cr_expect_gt(nic->bytes[NIC_IN], 0);
    cr_expect_eq(nic->transfers[NIC_IN] * 1000, 2 * nic->bytes[NIC_IN], "balancer %d: %d transfers, %d bytes",
                 (int)i, (int)nic->transfers[NIC_IN], (int)nic->bytes[NIC_IN]);
  }
  end();
}

// ---- Disks ----

Test(resources, the_disk_of_a_paused_machine_stands_still) {
  answered_after(
      ONE("") "\"machines\": {\"m\": {\"disk\": {\"iops\": 10, \"latency\": \"50ms\"}}}, \"components\": "
              "{\"web\": "
              "{\"type\": \"server\", \"machine\": \"m\", \"handles\": {\"*\": [{\"disk\": 1}]}}}, "
              "\"timeline\": "
              "[{\"fail\": \"web\", \"mode\": \"pause\", \"at\": \"1040ms\", \"for\": \"30ms\"}, {\"fail\": "
              "\"web\", \"mode\": \"pause\", \"at\": \"1150ms\", \"for\": \"30ms\"}]}",
      210 * MS);
}

// Turns follow each other, latencies pass together: four operations of one request each end at 100, 200, 300
// and 400 ms and 50 ms later.
Test(resources, turns_follow_each_other_and_latencies_do_not) {
  answered_after(ONE("") "\"machines\": {\"m\": {\"disk\": {\"iops\": 10, \"latency\": \"50ms\"}}}, "
                         "\"components\": {\"web\": {\"type\": \"server\", \"machine\": \"m\", \"handles\": "
                         "{\"*\": [{\"parallel\": 4, \"do\": [{\"disk\": 1}]}]}}}}",
                 450 * MS);
}

// At 50 ms on the device, at 120 ms in its latency.
Test(resources, the_turn_comes_before_the_latency) {
  begin(ONE("") "\"machines\": {\"m\": {\"disk\": {\"iops\": 10, \"latency\": \"50ms\"}}}, \"components\": "
                "{\"web\": {\"type\": \"server\", \"machine\": \"m\", \"handles\": {\"*\": [{\"disk\": "
                "1}]}}}}");
  const struct disk *disk = sim.instances[0]->machine->disk;
  engine_run(&sim.engine, 1050 * MS);
  cr_assert(disk->device.busy.inside == 1 && disk->slots.busy.inside == 0);
  engine_run(&sim.engine, 1120 * MS);
  cr_assert(disk->device.busy.inside == 0 && disk->slots.busy.inside == 1);
  end();
}

// ---- Pauses ----

// The store answers in the pause, after the timeout: nothing has timed out in a process that stands still.
Test(resources, a_paused_process_neither_gives_up_nor_tries_again) {
  answered_after(
      ONE("") "\"components\": {\"web\": {\"type\": \"server\", \"handles\": {\"*\": [{\"call\": "
              "\"store\", \"timeout\": \"10ms\", \"retries\": {\"max\": 2}}]}}, \"store\": "
              "{\"type\": \"server\", \"handles\": {\"*\": [{\"wait\": \"50ms\"}]}}}, \"timeline\": "
              "[{\"fail\": \"web\", \"mode\": \"pause\", \"at\": \"1005ms\", \"for\": \"100ms\"}]}",
      105 * MS);
}

// Not in it: the timeout is found at its end, and two more attempts fail after 10 ms each.
Test(resources, it_does_so_at_the_end_of_the_pause) {
  const struct request_measure *seen = run(
      ONE("") "\"components\": {\"web\": {\"type\": \"server\", \"handles\": {\"*\": [{\"call\": \"store\", "
              "\"timeout\": \"10ms\", \"retries\": {\"max\": 2}, \"fallback\": \"ignore\"}]}}, \"store\": "
              "{\"type\": \"server\", \"handles\": {\"*\": [{\"wait\": \"500ms\"}]}}}, \"timeline\": "
              "[{\"fail\": \"web\", \"mode\": \"pause\", \"at\": \"1005ms\", \"for\": \"100ms\"}]}");
  cr_assert_eq(seen->answered, 1);
  cr_assert_eq((int64_t)seen->latency.sum, 125 * MS, "%" PRId64, (int64_t)seen->latency.sum);
  end();
}
