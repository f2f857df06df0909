#include "subject.h"

#include "console.h"
#include "node_edit.h"
#include "outlook.h"
#include "override.h"
#include "scenario.h"

#include <string.h>

enum { SIDE_FILE_MOST = 1 << 30 }; // bytes; the most rows of a trace need about as many

// A hash over those of the files so far and of this one.
static void add_side_file(struct subject *subject, const char *text, size_t length) {
  char both[2 * CANONICAL_HASH_BYTES] = "";
  size_t before = strlen(subject->files_hash);
  memcpy(both, subject->files_hash, before);
  canonical_hash_bytes(text, length, both + before);
  canonical_hash_bytes(both, strlen(both), subject->files_hash);
}

// The context is a subject's first member.
static bool read_side_file(const struct node *name, struct field_context *context, const char **text,
                           size_t *length) {
  struct subject *subject = (struct subject *)(void *)context;
  *text = scenario_file_read(&subject->file, name, SIDE_FILE_MOST, length, &subject->diagnostics,
                             &subject->arena);
  if (*text != NULL) add_side_file(subject, *text, *length);
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

// The `entry` that all groups have, or NULL: then a group that is new here enters there too.
static const struct node *common_entry(const struct node *clients) {
  const struct node *common = NULL;
  for (const struct node *group = clients != NULL ? clients->first : NULL; group != NULL;
       group = group->next) {
    const struct node *entry = node_find(group, "entry");
    if (entry == NULL) continue;
    if (common != NULL && !canonical_same(common, entry)) return NULL;
    common = entry;
  }
  return common;
}

// Where a group's `entry` (a component, or one for each request) is left as the other scenario has it, this
// one must have what it names.
static void check_foreign_entry(struct subject *subject, const char *group, const struct node *entry) {
  const struct node *components = node_find(subject->file.document, "components");
  for (const struct node *part = entry->first; part != NULL; part = part->next) {
    check_foreign_entry(subject, group, part);
  }
  if (entry->kind != NODE_STRING || node_find(components, entry->text) != NULL) return;
  diagnostic_error(&subject->diagnostics, entry,
                   "%s has no component `%s`; to say where this traffic enters there, name one of its client "
                   "groups `%s`",
                   subject->path, entry->text, group);
}

// Another scenario's clients in place of a scenario's own. Where they enter stays: at the `entry` of the
// group of the same name, or at the one that all of the scenario's groups have.
static void impose_traffic(struct subject *subject, const struct node *traffic) {
  struct node *clients = node_child(subject->file.document, "clients");
  const struct node *theirs = node_find(traffic, "clients");
  if (theirs == NULL) return;
  struct node *imposed = node_copy(theirs, &subject->arena);
  if (clients != NULL) {
    node_replace(clients, imposed);
  } else {
    node_name(imposed, "clients", imposed->at);
    node_append(subject->file.document, imposed);
  }
  const struct node *common = common_entry(clients);
  for (struct node *group = imposed->first; group != NULL; group = group->next) {
    const struct node *own = node_find(clients, group->key);
    const struct node *entry = own != NULL ? node_find(own, "entry") : common;
    struct node *old = node_child(group, "entry");
    if (old == NULL) continue;
    if (entry == NULL) {
      check_foreign_entry(subject, group->key, old);
    } else {
      node_replace(old, node_copy(entry, &subject->arena));
    }
  }
}

static bool open_parts(struct subject *subject, const struct options *options, const struct node *traffic) {
  struct merge_rules rules = field_merge_rules(&scenario_table);
  struct scenario_request request = {.path = subject->path,
                                     .root = options->root,
                                     .recorded = options->from != NULL,
                                     .overrides = options->overrides,
                                     .override_count = options->override_count,
                                     .rules = &rules};
  if (!scenario_file_load(&subject->file, &request, &subject->diagnostics, &subject->arena)) return false;
  if (traffic != NULL) impose_traffic(subject, traffic);
  if (subject->diagnostics.errors > 0) return false;
  subject->plan = scenario_draft(subject->file.document, &subject->context);
  if (subject->plan == NULL) return false;
  if (!objectives_compile(&subject->objectives, subject->plan, &subject->context)) return false;
  if (subject->diagnostics.errors > 0) return false;
  return canonical_hash(subject->file.document, subject->hash, NULL);
}

static bool read_subject(struct subject *subject, const char *path, const struct options *options,
                         const struct node *traffic) {
  prepare(subject, path);
  return open_parts(subject, options, traffic) && subject->diagnostics.errors == 0;
}

bool subject_read(struct subject *subject, const char *path, const struct options *options) {
  return read_subject(subject, path, options, NULL);
}

static bool open_subject(struct subject *subject, const char *path, const struct options *options,
                         const struct node *traffic) {
  bool right = read_subject(subject, path, options, traffic);
  if (right) outlook_judge(subject->plan, &subject->diagnostics, &subject->arena);
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
  if (subject->title != NULL) return subject->title;
  return slash != NULL ? slash + 1 : subject->path;
}

static const char *slug_of(const struct subject *subject, struct arena *arena) {
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
  const char *plain = slug_of(subject, arena);
  const char *slug = plain;
  for (size_t number = 2; is_among(slug, taken, count); number++) {
    slug = arena_format(arena, "%s-%zu", plain, number);
  }
  return slug;
}
