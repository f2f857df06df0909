#include "connections.h"

#include "assertion.h"

#include <string.h>

void connections_init(struct connections *connections, struct memory_budget *budget) {
  *connections = (struct connections){.budget = budget};
}

void connections_drop(struct connections *connections) {
  for (uint32_t page = 0; page < connections->page_room; page++) {
    memory_give(connections->budget, connections->pages[page], CONNECTIONS_PAGE_USERS * sizeof(int64_t));
  }
  memory_give(connections->budget, connections->pages, connections->page_room * sizeof(int64_t *));
  connections->pages = NULL;
  connections->page_room = 0;
}

static bool widen(struct connections *connections, uint32_t page) {
  uint32_t room = connections->page_room == 0 ? 8 : connections->page_room;
  while (room <= page) room *= 2;
  int64_t **pages = memory_take(connections->budget, room * sizeof(int64_t *));
  if (pages == NULL) return false;
  if (connections->page_room > 0)
    memcpy(pages, connections->pages, connections->page_room * sizeof(int64_t *));
  memory_give(connections->budget, connections->pages, connections->page_room * sizeof(int64_t *));
  connections->pages = pages;
  connections->page_room = room;
  return true;
}

// Where a user's last use stands, plus 1: 0 is never. NULL when memory runs out.
static int64_t *entry_of(struct connections *connections, uint32_t user) {
  uint32_t page = user / CONNECTIONS_PAGE_USERS;
  if (page >= connections->page_room && !widen(connections, page)) return NULL;
  if (connections->pages[page] == NULL) {
    connections->pages[page] = memory_take(connections->budget, CONNECTIONS_PAGE_USERS * sizeof(int64_t));
    if (connections->pages[page] == NULL) return NULL;
  }
  return &connections->pages[page][user % CONNECTIONS_PAGE_USERS];
}

static enum connection_kind judge(const struct connections *connections, int64_t entry, int64_t now,
                                  int64_t keep_alive, int64_t ticket) {
  if (entry == 0) return CONNECTION_FULL;
  int64_t last = entry - 1;
  DEBUG_ASSERT(last <= now, "a connection is used backwards in time");
  if (last >= connections->broken && now - last <= keep_alive) return CONNECTION_REUSED;
  return ticket > 0 && now - last <= ticket ? CONNECTION_RESUMED : CONNECTION_FULL;
}

enum connection_kind connections_take(struct connections *connections, uint32_t user, int64_t now,
                                      int64_t keep_alive, int64_t ticket) {
  int64_t *entry = entry_of(connections, user);
  enum connection_kind kind = CONNECTION_FULL;
  if (entry != NULL) {
    kind = judge(connections, *entry, now, keep_alive, ticket);
    *entry = now + 1;
  }
  connections->taken[kind]++;
  return kind;
}

void connections_used(struct connections *connections, uint32_t user, int64_t now) {
  int64_t *entry = entry_of(connections, user);
  if (entry != NULL && *entry - 1 < now) *entry = now + 1;
}

void connections_break(struct connections *connections, int64_t now) {
  connections->broken = now + 1;
}
