#include "repeat.h"

#include "console.h"
#include "diagnostic.h"
#include "file.h"
#include "json.h"

#include <stdio.h>
#include <string.h>

static const struct node *read_document(const char *path, struct arena *arena) {
  struct file_error error;
  struct diagnostics diagnostics;
  size_t length = 0;
  diagnostics_init(&diagnostics, arena);
  const char *text = file_read(path, JSON_BYTES_MAX, arena, &length, &error);
  if (text == NULL) {
    console_error("%s", error.message);
    return NULL;
  }
  const struct node *document = json_read(text, length, path, &diagnostics, arena);
  diagnostics_print(&diagnostics, stderr);
  return document;
}

static bool is_text(const struct node *node) {
  return node != NULL && node->kind == NODE_STRING;
}

bool repeat_read(struct repeat *repeat, const char *path, struct arena *arena) {
  const struct node *document = read_document(path, arena);
  if (document == NULL) return false;
  const struct node *scenario = node_find(node_find(document, "scenario"), "resolved");
  const struct node *load = node_find(node_find(document, "simulated"), "load");
  const struct node *fingerprint = node_find(document, "fingerprint");
  const struct node *name = node_find(node_find(document, "scenario"), "name");
  const struct node *interrupted = node_find(document, "interrupted");
  if (scenario == NULL || load == NULL || load->kind != NODE_NUMBER || !is_text(fingerprint)) {
    console_error("%s is no results.json: --from repeats the run that wrote one", path);
    return false;
  }
  const struct node *written = node_find(node_find(scenario, "run"), "load");
  double own = written != NULL && written->kind == NODE_NUMBER ? written->number : 1;
  bool whole = interrupted != NULL && interrupted->kind == NODE_BOOLEAN && !interrupted->truth;
  *repeat = (struct repeat){.name = is_text(name) ? name->text : NULL,
                            .load = load->number,
                            .raised = load->number != own,
                            .fingerprint = whole ? fingerprint->text : NULL};
  return true;
}
