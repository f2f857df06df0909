// Servers, and queues with their workers.
#include "random_maker.h"

static void patch_server(struct maker *maker) {
  put(maker, "\"workers\": %u, \"backlog\": %u", 1 + choose(maker, 3), choose(maker, 4));
  if (maker->machines > 0) put(maker, ", \"machine\": \"m0\"");
}

static void put_workers_of_server(struct maker *maker) {
  static const char *const orders[] = {"fifo", "lifo", "priority", "adaptive-lifo"};
  put(maker, ", \"workers\": %u", 1 + choose(maker, 4));
  if (choose(maker, 2) == 0) put(maker, ", \"backlog\": %u", choose(maker, 6));
  put(maker, ", \"queue\": \"%s\"", CHOOSE(maker, orders));
  if (one_in(maker, 3)) {
    put(maker, ", \"patience\": ");
    put_duration(maker, 8000000);
  }
}

static void put_server(struct maker *maker, int number) {
  char name[20];
  snprintf(name, sizeof name, "c%d", number);
  struct part *part = add_part(maker, "server", name);
  if (choose(maker, 2) == 0) put_workers_of_server(maker);
  put_deployment(maker, part, patch_server);
  put(maker, ", ");
  put_handles(maker, (struct caller){.first = number + 1, .special = number});
  put(maker, "},\n");
}

void put_servers(struct maker *maker) {
  if (maker->options->unused)
    put(maker, "  \"a-nobody\": {\"type\": \"server\", \"on\": \"a-host\", \"workers\": 3, \"handles\": "
               "{\"*\": [{\"cpu\": \"5ms\"}]}},\n");
  for (int i = 0; i < maker->components; i++) {
    if (!maker->is_balancer[i]) put_server(maker, i);
  }
}

// ---- Queues -----------------------------------------------------------------------------------------------

static void patch_queue(struct maker *maker) {
  put(maker, "\"capacity\": {\"messages\": %u}, \"visibility_timeout\": ", 1 + choose(maker, 3));
  put_time(maker, some_time(maker, 15000000));
}

// A run that is to settle has a queue that does not grow.
static void put_limit(struct maker *maker) {
  static const char *const when_full[] = {"reject", "drop-oldest", "block"};
  bool calm = maker->options->calm;
  if (!calm && choose(maker, 3) == 0) return;
  put(maker, ", \"capacity\": {\"messages\": %u}, \"when_full\": \"%s\"", 1 + choose(maker, 5),
      when_full[choose(maker, calm ? 2 : 3)]);
}

// Where hops take no time, a job that fails in no time, as when it calls what is dead, would be delivered
// again at the same instant, without end, which ends a run (a livelock); so there it is given up some time.
static void put_messages(struct maker *maker) {
  bool calm = maker->options->calm;
  put(maker, ", \"delivery\": \"%s\"", choose(maker, 2) == 0 ? "at-least-once" : "at-most-once");
  if (one_in(maker, 5) && !calm) {
    put(maker, ", \"visibility_timeout\": \"unlimited\"");
  } else if (calm || choose(maker, 3) > 0) {
    put(maker, ", \"visibility_timeout\": ");
    put_time(maker, some_time(maker, 20000000));
  }
  put_limit(maker);
  if (calm || maker->free_hops || one_in(maker, 3))
    put(maker, ", \"dead_letter\": {\"after\": %u}", 1 + choose(maker, 4));
  if (choose(maker, 2) == 0) put(maker, ", \"durable\": %s", choose(maker, 2) == 0 ? "true" : "false");
  if (one_in(maker, 6)) put(maker, ", \"order\": \"none\"");
}

static void patch_worker(struct maker *maker) {
  put(maker, "\"workers\": %u", 1 + choose(maker, 3));
}

static void put_worker(struct maker *maker, int queue, int number) {
  char name[20];
  snprintf(name, sizeof name, "helper%d", number);
  int behind = maker->queues_at[queue] + 1;
  struct part *part = add_part(maker, "worker", name);
  put(maker, ", \"consumes\": \"jobs%d\"", queue);
  if (maker->options->calm || choose(maker, 4) > 0) put(maker, ", \"workers\": %u", 1 + choose(maker, 3));
  put_deployment(maker, part, patch_worker);
  put(maker, ", ");
  put_handles(maker, (struct caller){.first = behind, .special = behind});
  put(maker, "},\n");
}

static void put_queue(struct maker *maker, int number) {
  char name[20];
  snprintf(name, sizeof name, "jobs%d", number);
  struct part *part = add_part(maker, "queue", name);
  put_messages(maker);
  put_deployment(maker, part, patch_queue);
  put(maker, "},\n");
}

void put_queues(struct maker *maker) {
  for (int i = 0; i < QUEUES; i++) {
    if (maker->queues_at[i] == NOWHERE) continue;
    put_queue(maker, i);
    for (int j = 0; j < maker->workers[i]; j++) put_worker(maker, i, WORKERS_MOST * i + j);
  }
}
