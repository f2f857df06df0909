#include "scenario_file.h"

#include "file.h"
#include "json.h"
#include "node_edit.h"
#include "override.h"

#include <string.h>

static const char standard_input[] = "standard input";

struct loading {
  struct scenario_file *file;
  const struct scenario_request *request;
  struct diagnostics *diagnostics;
  struct arena *arena;
};

// An error about a file as a whole, which has no line.
static bool fail_whole(const struct loading *loading, const char *file, const char *message) {
  diagnostic_error_at(loading->diagnostics, (struct position){file, 0, 0}, "%s", message);
  return false;
}

// "a/b" of "a/b/c.json", "." of "c.json", "/" of "/c.json".
static const char *folder_of(const char *path, struct arena *arena) {
  const char *slash = strrchr(path, '/');
  if (slash == NULL) return ".";
  if (slash == path) return "/";
  return arena_text(arena, path, (size_t)(slash - path));
}

// `name` as seen from where `path` lies, for people: "scenarios/base.json".
static const char *beside(const char *path, const char *name, struct arena *arena) {
  const char *slash = strrchr(path, '/');
  if (name[0] == '/' || slash == NULL) return name;
  return arena_format(arena, "%.*s%s", (int)(slash + 1 - path), path, name);
}

// A relative name, taken from a folder given by its real path.
static const char *join(const char *folder, const char *name, struct arena *arena) {
  if (name[0] == '/') return name;
  return arena_format(arena, "%s/%s", folder, name);
}

static bool is_standard_input(const char *path) {
  return strcmp(path, "-") == 0;
}

// ---- one file ----

static char *read_text(const struct loading *loading, const struct scenario_source *source, size_t *length,
                       struct file_error *error) {
  if (source->real != NULL) return file_read(source->real, JSON_BYTES_MAX, loading->arena, length, error);
  return file_read_descriptor(0, standard_input, JSON_BYTES_MAX, loading->arena, length, error);
}

// Of the document of a results.json; by itself, so that paths begin there. NULL: there is none.
static struct node *recorded_scenario(struct node *document) {
  struct node *scenario = node_child(document, "scenario");
  struct node *resolved = scenario != NULL ? node_child(scenario, "resolved") : NULL;
  if (resolved != NULL) node_remove(resolved);
  return resolved;
}

// Reads the document of a source; `name` is the node that names it, NULL for the scenario itself.
static bool read_document(const struct loading *loading, struct scenario_source *source,
                          const struct node *name) {
  struct file_error error;
  size_t length = 0;
  char *text = read_text(loading, source, &length, &error);
  if (text == NULL && name != NULL)
    diagnostic_error(loading->diagnostics, name, "%s", error.message);
  else if (text == NULL)
    fail_whole(loading, source->shown, error.message);
  if (text == NULL) return false;
  source->document = json_read(text, length, source->shown, loading->diagnostics, loading->arena);
  if (source->document == NULL) return false;
  if (loading->request->recorded) source->document = recorded_scenario(source->document);
  if (source->document == NULL) return fail_whole(loading, source->shown, "holds no `scenario.resolved`");
  if (source->document->kind == NODE_OBJECT) return true;
  diagnostic_error(loading->diagnostics, source->document, "a scenario is an object, {...}; found %s",
                   node_describe(source->document, loading->arena));
  return false;
}

// A path given by the user whose folder really is `folder`, links resolved; as it is when there is no such
// file, which is reported when it is read.
static const char *real_path(const char *path, const char *folder, struct arena *arena) {
  const char *slash = strrchr(path, '/');
  const char *joined = join(folder, slash != NULL ? slash + 1 : path, arena);
  const char *real = joined != NULL ? file_inside("/", joined, arena, NULL) : NULL;
  return real != NULL ? real : path;
}

// The scenario itself may lie anywhere; its folder, or --root, bounds all others.
static bool open_first(const struct loading *loading, struct scenario_source *source) {
  const char *path = loading->request->path;
  const char *root = loading->request->root;
  bool is_input = is_standard_input(path);
  const char *folder = is_input ? "." : folder_of(path, loading->arena);
  struct file_error error;
  if (folder == NULL) return false;
  source->shown = is_input ? standard_input : path;
  source->folder = file_inside(folder, ".", loading->arena, &error);
  if (source->folder == NULL) return fail_whole(loading, source->shown, error.message);
  source->real = is_input ? NULL : real_path(path, source->folder, loading->arena);
  loading->file->root = source->folder;
  if (root == NULL) return true;
  loading->file->root = file_inside(root, ".", loading->arena, &error);
  if (loading->request->recorded) source->folder = loading->file->root;
  return loading->file->root != NULL || fail_whole(loading, root, error.message);
}

static bool open_extended(const struct loading *loading, struct scenario_source *source,
                          const struct scenario_source *from, const struct node *name) {
  source->real = scenario_file_find(loading->file, name, loading->diagnostics, loading->arena);
  if (source->real == NULL) return false;
  source->shown = beside(from->real != NULL ? from->shown : "", name->text, loading->arena);
  source->folder = folder_of(source->real, loading->arena);
  return source->shown != NULL && source->folder != NULL;
}

// ---- the chain ----

// "a.json -> b.json -> a.json", from the place where the circle begins.
static const char *chain_text(const struct loading *loading, size_t begin, size_t end) {
  const struct scenario_source *sources = loading->file->sources;
  const char *text = sources[begin].shown;
  for (size_t i = begin + 1; i < end && text != NULL; i++) {
    text = arena_format(loading->arena, "%s -> %s", text, sources[i].shown);
  }
  if (text != NULL) text = arena_format(loading->arena, "%s -> %s", text, sources[begin].shown);
  return text != NULL ? text : "";
}

static bool is_circle(const struct loading *loading, size_t count, const struct node *name) {
  const struct scenario_source *sources = loading->file->sources;
  for (size_t i = 0; i < count; i++) {
    if (sources[i].real == NULL || strcmp(sources[i].real, sources[count].real) != 0) continue;
    diagnostic_error(loading->diagnostics, name, "these files extend one another in a circle: %s",
                     chain_text(loading, i, count));
    return true;
  }
  return false;
}

// The node that names the next file of the chain, taken out of its document; NULL: there is none.
static struct node *take_extends(struct node *document) {
  struct node *name = node_child(document, "extends");
  if (name != NULL) node_remove(name);
  return name;
}

static bool is_file_name(const struct loading *loading, const struct node *name) {
  if (name->kind == NODE_STRING && name->text[0] != '\0') return true;
  diagnostic_error(loading->diagnostics, name, "`extends` is the name of a file (\"base.json\"), not %s",
                   node_describe(name, loading->arena));
  return false;
}

// Opens and reads the file after the last one. False: an error.
static bool follow(const struct loading *loading, const struct node *name) {
  struct scenario_file *file = loading->file;
  size_t count = file->source_count;
  if (!is_file_name(loading, name)) return false;
  if (count == SCENARIO_CHAIN_MAX) {
    diagnostic_error(loading->diagnostics, name, "more than %d files extend one another", SCENARIO_CHAIN_MAX);
    return false;
  }
  struct scenario_source *source = &file->sources[count];
  if (!open_extended(loading, source, &file->sources[count - 1], name)) return false;
  if (is_circle(loading, count, name) || !read_document(loading, source, name)) return false;
  file->source_count++;
  return true;
}

static bool read_chain(const struct loading *loading) {
  struct scenario_file *file = loading->file;
  if (!open_first(loading, &file->sources[0]) || !read_document(loading, &file->sources[0], NULL))
    return false;
  file->source_count = 1;
  struct node *name = take_extends(file->sources[0].document);
  while (name != NULL) {
    if (!follow(loading, name)) return false;
    name = take_extends(file->sources[file->source_count - 1].document);
  }
  return true;
}

// From the last file, which extends nothing, to the scenario itself.
static struct node *merge_chain(const struct loading *loading) {
  const struct scenario_file *file = loading->file;
  struct node *document = file->sources[file->source_count - 1].document;
  for (size_t i = file->source_count - 1; i-- > 0 && document != NULL;) {
    document = merge_patch(document, file->sources[i].document, loading->request->rules, loading->diagnostics,
                           loading->arena);
  }
  return document;
}

// All of them, so that the errors of all are reported.
static bool apply_overrides(const struct loading *loading, struct node *document) {
  const struct scenario_request *request = loading->request;
  bool is_applied = true;
  for (size_t i = 0; i < request->override_count; i++) {
    const struct scenario_override *override = &request->overrides[i];
    is_applied &= override_apply(document, override->flag, override->text, request->rules,
                                 loading->diagnostics, loading->arena);
  }
  const struct node *extends = node_find(document, "extends");
  if (extends == NULL) return is_applied;
  diagnostic_key_error(loading->diagnostics, extends,
                       "an override cannot make a scenario extend another file");
  return false;
}

bool scenario_file_load(struct scenario_file *file, const struct scenario_request *request,
                        struct diagnostics *diagnostics, struct arena *arena) {
  const struct loading loading = {file, request, diagnostics, arena};
  *file = (struct scenario_file){.document = NULL};
  if (!read_chain(&loading)) return false;
  file->document = merge_chain(&loading);
  return file->document != NULL && apply_overrides(&loading, file->document);
}

// ---- the other files ----

// Positions share the very text of their file's name; what stands in no source is an override.
static const struct scenario_source *source_of(const struct scenario_file *file, const struct node *node) {
  for (size_t i = 0; i < file->source_count; i++) {
    if (file->sources[i].shown == node->at.file) return &file->sources[i];
  }
  return &file->sources[0];
}

const char *scenario_file_find(const struct scenario_file *file, const struct node *name,
                               struct diagnostics *diagnostics, struct arena *arena) {
  const char *folder = source_of(file, name)->folder;
  bool is_root = strcmp(folder, file->root) == 0;
  const char *path = is_root ? name->text : join(folder, name->text, arena);
  struct file_error error;
  if (path == NULL) return NULL;
  const char *real = file_inside(file->root, path, arena, &error);
  if (real == NULL) diagnostic_error(diagnostics, name, "%s", error.message);
  return real;
}

char *scenario_file_read(const struct scenario_file *file, const struct node *name, size_t limit,
                         size_t *length, struct diagnostics *diagnostics, struct arena *arena) {
  struct file_error error;
  const char *real = scenario_file_find(file, name, diagnostics, arena);
  if (real == NULL) return NULL;
  char *content = file_read(real, limit, arena, length, &error);
  if (content == NULL) diagnostic_error(diagnostics, name, "%s", error.message);
  return content;
}
