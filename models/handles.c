#include "handles.h"

#include "program_compile.h"

#include <string.h>

static const char *const all_requests = "*";

void handles_collect(const struct map *handles, struct plan *plan) {
  for (size_t i = 0; i < handles->count; i++) program_collect(handles->entries[i].value, plan);
}

bool handles_compile(const struct map *handles, struct component *component, struct plan *plan,
                     struct field_context *context) {
  const struct program **programs = arena_array(plan->arena, plan->request_count, sizeof(struct program *));
  const struct program *rest = NULL;
  bool right = true;
  for (size_t i = 0; i < handles->count; i++) {
    const struct map_entry *entry = &handles->entries[i];
    struct program *program = arena_take(plan->arena, sizeof *program);
    right &= program_compile(entry->value, entry->node, plan, context, program);
    uint16_t request = plan_request(plan, entry->name);
    if (strcmp(entry->name, all_requests) == 0) {
      rest = program;
    } else if (request != UINT16_MAX) {
      programs[request] = program;
    } else if (!names_of(plan->names, "request")->open) {
      diagnostic_warning(context->diagnostics, entry->node, "nobody sends the request `%s`", entry->name);
    }
  }
  for (uint16_t r = 0; r < plan->request_count; r++) {
    if (programs[r] == NULL) programs[r] = rest;
  }
  component->programs = programs;
  return right;
}

void handles_demand(const struct component *component, uint16_t request, struct model_demand *demand,
                    program_call_visitor *visitor, void *context) {
  const struct program *program = component->programs[request];
  if (program == NULL) return;
  demand->program = program_demand(program);
  if (visitor != NULL) program_calls(program, visitor, context);
}
