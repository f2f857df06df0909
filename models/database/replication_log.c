#include "replication_log.h"

enum { ROOM_LEAST = 64 };

static bool grow(struct replication_log *log, struct memory_budget *budget) {
  uint64_t room = log->room == 0 ? ROOM_LEAST : 2 * log->room;
  struct log_entry *wider = memory_take(budget, room * sizeof *wider);
  if (wider == NULL) return false;
  for (uint64_t number = log->first; number != 0 && number <= log->newest; number++)
    wider[number & (room - 1)] = *replication_log_at(log, number);
  memory_give(budget, log->entries, log->room * sizeof *log->entries);
  log->entries = wider;
  log->room = room;
  return true;
}

uint64_t replication_log_add(struct replication_log *log, struct log_entry entry,
                             struct memory_budget *budget) {
  if (log->first == 0) log->first = 1;
  if (log->newest + 1 - log->first == log->room && !grow(log, budget)) return 0;
  log->newest++;
  log->entries[log->newest & (log->room - 1)] = entry;
  return log->newest;
}

void replication_log_trim(struct replication_log *log, uint64_t number) {
  if (number >= log->first) log->first = number + 1;
}

void replication_log_drop(struct replication_log *log, struct memory_budget *budget) {
  memory_give(budget, log->entries, log->room * sizeof *log->entries);
  *log = (struct replication_log){0};
}
