// What the engines cost where a scenario does not say.
//
// relational: PostgreSQL 15, prepared point reads of data in memory: 29,400 transactions per second on two
// cores (pgbench -S, scale 50, 8 clients: measured for headroom), so 68 us on a core, the client's own part
// included. A small durable write: 1 to 2 thousand per second and core (a rule of thumb), so 500 us; one
// operation for the flush of the log, which no other commit shares (assumed). 100 connections (PostgreSQL's
// default), 9,531,392 bytes each (by so much RDS divides the memory for its default; unverified).
//
// key-value: Redis, 72,000 operations per second without pipelines on the one core that it uses (redis-doc,
// benchmarks), so 14 us, reads and writes alike; its append-only file is flushed every second, off the
// writes' way; 10,000 clients (its default), 20 KiB each (assumed).
#include "database.h"

const struct database_engine database_engines[] = {
    {.word = "relational",
     .there = true,
     .connections = 100,
     .connection_bytes = 9531392,
     .read_cpu = 68e3,
     .read_disk = 1,
     .write_cpu = 500e3,
     .write_disk = 1},
    {.word = "key-value",
     .there = true,
     .connections = 10000,
     .connection_bytes = 20480,
     .read_cpu = 14e3,
     .read_disk = 1,
     .write_cpu = 14e3,
     .write_disk = 0},
    {.word = "document"},
    {.word = "wide-column"},
    {.word = "graph"},
    {.word = "newsql"},
    {0},
};

const char *const database_engine_words[] = {"relational", "key-value", "document", "wide-column",
                                             "graph",      "newsql",    NULL};
