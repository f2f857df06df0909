#include "connections.h"

#include "assertion.h"

#include <math.h>
#include <string.h>

// Times of last use are kept plus 1: 0 is never.
struct connections_page {
  int64_t last[CONNECTIONS_PAGE_USERS];
  uint32_t ends[CONNECTIONS_PAGE_USERS];
};

void connections_init(struct connections *connections, struct memory_budget *budget) {
  *connections = (struct connections){.budget = budget};
}

void connections_drop(struct connections *connections) {
  for (uint32_t page = 0; page < connections->page_room; page++)
    memory_give(connections->budget, connections->pages[page], sizeof(struct connections_page));
  memory_give(connections->budget, connections->pages,
              connections->page_room * sizeof(struct connections_page *));
  connections->pages = NULL;
  connections->page_room = 0;
}

static bool widen(struct connections *connections, uint32_t page) {
  uint32_t room = connections->page_room == 0 ? 8 : connections->page_room;
  while (room <= page) room *= 2;
  struct connections_page **pages =
      memory_take(connections->budget, room * sizeof(struct connections_page *));
  if (pages == NULL) return false;
  size_t held = connections->page_room * sizeof(struct connections_page *);
  if (held > 0) memcpy(pages, connections->pages, held);
  memory_give(connections->budget, connections->pages, held);
  connections->pages = pages;
  connections->page_room = room;
  return true;
}

double connections_memory(double users, double uses) {
  double pages = ceil(users / CONNECTIONS_PAGE_USERS);
  double seen = pages * -expm1(-uses / pages);
  return seen * sizeof(struct connections_page) + 2 * pages * sizeof(struct connections_page *);
}

// NULL: nobody of the page has come yet.
static struct connections_page *page_of(const struct connections *connections, uint32_t user) {
  uint32_t page = user / CONNECTIONS_PAGE_USERS;
  return page < connections->page_room ? connections->pages[page] : NULL;
}

// NULL when memory runs out.
static struct connections_page *make_page(struct connections *connections, uint32_t user) {
  uint32_t page = user / CONNECTIONS_PAGE_USERS;
  if (page >= connections->page_room && !widen(connections, page)) return NULL;
  if (connections->pages[page] == NULL)
    connections->pages[page] = memory_take(connections->budget, sizeof(struct connections_page));
  return connections->pages[page];
}

static enum connection_kind judge(int64_t last, int64_t now, const struct connections_rule *rule) {
  DEBUG_ASSERT(last <= now, "a connection is used backwards in time");
  if (last >= rule->broken && now - last <= rule->keep_alive) return CONNECTION_REUSED;
  return rule->ticket > 0 && now - last <= rule->ticket ? CONNECTION_RESUMED : CONNECTION_FULL;
}

enum connection_kind connections_take(struct connections *connections, uint32_t user, uint32_t end,
                                      int64_t now, const struct connections_rule *rule) {
  struct connections_page *page = page_of(connections, user);
  if (page == NULL) page = make_page(connections, user);
  if (page == NULL) return CONNECTION_FULL;
  uint32_t at = user % CONNECTIONS_PAGE_USERS;
  bool known = page->last[at] > 0 && page->ends[at] == end;
  enum connection_kind kind = known ? judge(page->last[at] - 1, now, rule) : CONNECTION_FULL;
  page->last[at] = now + 1;
  page->ends[at] = end;
  return kind;
}

uint32_t connections_end(const struct connections *connections, uint32_t user, int64_t *last) {
  const struct connections_page *page = page_of(connections, user);
  uint32_t at = user % CONNECTIONS_PAGE_USERS;
  if (page == NULL || page->last[at] == 0) return CONNECTIONS_NOWHERE;
  *last = page->last[at] - 1;
  return page->ends[at];
}

void connections_used(struct connections *connections, uint32_t user, int64_t now, int64_t broken) {
  struct connections_page *page = page_of(connections, user);
  uint32_t at = user % CONNECTIONS_PAGE_USERS;
  if (page == NULL || page->last[at] == 0) return;
  int64_t last = page->last[at] - 1;
  if (last >= broken && last < now) page->last[at] = now + 1;
}
