#include "subject.h"

#include "console.h"
#include "node_edit.h"
#include "override.h"
#include "scenario.h"

#include <string.h>

enum { SIDE_FILE_MOST = 64 << 20 };

// The context is a subject's first member.
static bool read_side_file(const struct node *name, struct field_context *context, const char **text,
                           size_t *length) {
  struct subject *subject = (struct subject *)(void *)context;
  *text = scenario_file_read(&subject->file, name, SIDE_FILE_MOST, length, &subject->diagnostics,
                             &subject->arena);
  return *text != NULL;
}

static void prepare(struct subject *subject, const char *path) {
  memset(subject, 0, sizeof *subject);
  arena_init(&subject->arena, NULL);
  subject->arena.on_exhausted = console_out_of_memory;
  diagnostics_init(&subject->diagnostics, &subject->arena);
  subject->path = path;
  subject->context = (struct field_context){
      .arena = &subject->arena, .diagnostics = &subject->diagnostics, .read_file = read_side_file};
}

// Another scenario's clients in place of a group's own; where both have a group of that name, its `entry`
// stays.
static void impose_traffic(struct subject *subject, const struct node *traffic) {
  struct node *clients = node_child(subject->file.document, "clients");
  const struct node *theirs = node_find(traffic, "clients");
  if (theirs == NULL) return;
  struct node *imposed = node_copy(theirs, &subject->arena);
  for (struct node *group = imposed->first; group != NULL; group = group->next) {
    const struct node *own = clients != NULL ? node_find(clients, group->key) : NULL;
    if (own == NULL && clients != NULL && clients->count == 1) own = clients->first;
    const struct node *entry = own != NULL ? node_find(own, "entry") : NULL;
    struct node *old = node_child(group, "entry");
    if (entry == NULL || old == NULL) continue;
    node_replace(old, node_copy(entry, &subject->arena));
  }
  if (clients != NULL) {
    node_replace(clients, imposed);
  } else {
    node_name(imposed, "clients", imposed->at);
    node_append(subject->file.document, imposed);
  }
}

static bool open_parts(struct subject *subject, const struct options *options, const struct node *traffic) {
  struct merge_rules rules = field_merge_rules(&scenario_table);
  struct scenario_request request = {.path = subject->path,
                                     .root = options->root,
                                     .overrides = options->overrides,
                                     .override_count = options->override_count,
                                     .rules = &rules};
  if (!scenario_file_load(&subject->file, &request, &subject->diagnostics, &subject->arena)) return false;
  if (traffic != NULL) impose_traffic(subject, traffic);
  subject->plan = scenario_compile(subject->file.document, &subject->context);
  if (subject->plan == NULL || subject->diagnostics.errors > 0) return false;
  if (!objectives_compile(&subject->objectives, subject->plan, &subject->context)) return false;
  return canonical_hash(subject->file.document, subject->hash, NULL);
}

static bool open_subject(struct subject *subject, const char *path, const struct options *options,
                         const struct node *traffic) {
  prepare(subject, path);
  bool right = open_parts(subject, options, traffic) && subject->diagnostics.errors == 0;
  diagnostics_print(&subject->diagnostics, stderr);
  if (!right && subject->diagnostics.errors == 0) console_error("%s: out of memory", path);
  return right;
}

bool subject_open(struct subject *subject, const char *path, const struct options *options) {
  return open_subject(subject, path, options, NULL);
}

bool subject_open_with_traffic(struct subject *subject, const char *path, const struct subject *traffic,
                               const struct options *options) {
  return open_subject(subject, path, options, traffic->file.document);
}

void subject_close(struct subject *subject) {
  arena_drop(&subject->arena);
}

const char *subject_name(const struct subject *subject) {
  const char *slash = strrchr(subject->path, '/');
  if (node_find(subject->file.document, "name") != NULL) return subject->plan->name;
  return slash != NULL ? slash + 1 : subject->path;
}

const char *subject_slug(const struct subject *subject, struct arena *arena) {
  const char *name = subject_name(subject);
  char *slug = arena_text(arena, name, strlen(name));
  size_t length = 0;
  for (; *name != '\0'; name++) {
    char letter = *name;
    if (letter >= 'A' && letter <= 'Z') letter = (char)(letter - 'A' + 'a');
    bool plain = (letter >= 'a' && letter <= 'z') || (letter >= '0' && letter <= '9');
    if (plain) slug[length++] = letter;
    if (!plain && length > 0 && slug[length - 1] != '-') slug[length++] = '-';
  }
  while (length > 0 && slug[length - 1] == '-') length--;
  slug[length] = '\0';
  return length > 0 ? slug : "scenario";
}

static bool is_among(const char *slug, const char *const *taken, size_t count) {
  for (size_t i = 0; i < count; i++) {
    if (strcmp(taken[i], slug) == 0) return true;
  }
  return false;
}

const char *subject_free_slug(const struct subject *subject, const char *const *taken, size_t count,
                              struct arena *arena) {
  const char *plain = subject_slug(subject, arena);
  const char *slug = plain;
  for (size_t number = 2; is_among(slug, taken, count); number++) {
    slug = arena_format(arena, "%s-%zu", plain, number);
  }
  return slug;
}
