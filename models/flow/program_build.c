#include "program_build.h"

#include <string.h>

static bool make_room(struct program_builder *builder) {
  uint32_t room = builder->room == 0 ? 8 : builder->room * 2;
  struct step *steps = arena_array(builder->arena, room, sizeof *steps);
  if (steps == NULL) return false;
  if (builder->count > 0) memcpy(steps, builder->steps, builder->count * sizeof *steps);
  builder->steps = steps;
  builder->room = room;
  return true;
}

struct step *program_emit(struct program_builder *builder, enum step_operation operation) {
  if (builder->count == builder->room && !make_room(builder)) builder->failed = true;
  struct step *step = builder->failed ? &builder->spare : &builder->steps[builder->count++];
  *step = (struct step){.operation = (uint8_t)operation};
  return step;
}

void program_aim(struct program_builder *builder, uint32_t from, uint32_t to) {
  if (!builder->failed) builder->steps[from].target = (int32_t)to - (int32_t)from;
}

void program_otherwise(struct program_builder *builder, uint32_t from, uint32_t to) {
  if (!builder->failed) builder->steps[from].otherwise = (int32_t)to - (int32_t)from;
}

bool program_finish(struct program_builder *builder, struct program *program) {
  program_emit(builder, STEP_END);
  *program = (struct program){builder->steps, builder->count};
  return !builder->failed;
}
