// What the tests of arrivals, shapes and traces share: reading a choice as a scenario writes it, with single
// quotes for double ones.
#ifndef HEADROOM_ARRIVING_H
#define HEADROOM_ARRIVING_H

#include "arrival.h"
#include "field.h"
#include "json.h"
#include "shape.h"

#include <criterion/criterion.h>
#include <string.h>

// `file`: the text of whatever file is named; NULL: there is none.
struct arriving {
  struct arena arena;
  struct diagnostics diagnostics;
  struct field_context context;
  const char *file;
  size_t length;
  struct variant variant;
  const struct node *node;
};

struct arriving_choices {
  struct variant arrivals;
  struct variant shape;
};

static inline bool arriving_read(const struct node *name, struct field_context *context, const char **text,
                                 size_t *length) {
  struct arriving *arriving = context->user;
  if (arriving->file == NULL) {
    diagnostic_error(context->diagnostics, name, "no such file");
    return false;
  }
  *text = arriving->file;
  *length = arriving->length;
  return true;
}

static inline void arriving_begin(struct arriving *arriving, const char *file, size_t length) {
  *arriving = (struct arriving){.file = file, .length = length};
  arena_init(&arriving->arena, NULL);
  diagnostics_init(&arriving->diagnostics, &arriving->arena);
  arriving->context = (struct field_context){.arena = &arriving->arena,
                                             .diagnostics = &arriving->diagnostics,
                                             .read_file = arriving_read,
                                             .user = arriving};
}

static inline bool arriving_decode(struct arriving *arriving, const char *choice,
                                   const struct field_alternative *(*each)(size_t index)) {
  char *text = arena_text(&arriving->arena, choice, strlen(choice));
  for (char *c = text; *c != '\0'; c++)
    if (*c == '\'') *c = '"';
  arriving->node = json_read(text, strlen(text), "test", &arriving->diagnostics, &arriving->arena);
  cr_assert_not_null(arriving->node, "%s", text);
  const struct field row = {.kind = FIELD_KIND_VARIANT, .size = sizeof(struct variant), .each = each};
  return field_decode_value(&row, arriving->node, &arriving->variant, &arriving->context);
}

static inline const char *arriving_message(const struct arriving *arriving) {
  return arriving->diagnostics.first != NULL ? arriving->diagnostics.first->message : "";
}

static inline void arriving_end(struct arriving *arriving) {
  arena_drop(&arriving->arena);
}

// A process at work.
struct arriving_run {
  const struct arrival_process *process;
  const void *parameters;
  _Alignas(16) char state[256];
  struct random_stream stream;
};

static inline struct arriving_run arriving_start(const struct arriving *arriving, double load,
                                                 uint32_t replication) {
  struct arriving_run run = {.process = arrival_process_of(&arriving->variant),
                             .parameters = arriving->variant.value,
                             .stream = random_named(20240607, replication, "clients", "arrivals")};
  cr_assert_leq(run.process->state_size, sizeof run.state);
  cr_assert_eq(run.process->state_size % 8, 0);
  run.process->start(run.parameters, run.state, load, &run.stream);
  return run;
}

static inline bool arriving_next(struct arriving_run *run, struct arrival *arrival) {
  memset(arrival, 0x5A, sizeof *arrival);
  return run->process->next(run->parameters, run->state, &run->stream, arrival);
}

#endif
