#include "program_build.h"

#include <math.h>
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

uint32_t program_emit_model(struct program_builder *builder, int32_t number, double chance) {
  uint32_t at = builder->count;
  struct step *step = program_emit(builder, STEP_MODEL);
  step->count = number;
  step->chance = chance;
  return at;
}

void program_emit_item(struct program_builder *builder, uint16_t dataset) {
  struct step *step = program_emit(builder, STEP_RESPOND);
  step->item = true;
  step->dataset = dataset;
}

void program_aim(struct program_builder *builder, uint32_t from, uint32_t to) {
  if (!builder->failed) builder->steps[from].target = (int32_t)to - (int32_t)from;
}

void program_otherwise(struct program_builder *builder, uint32_t from, uint32_t to) {
  if (!builder->failed) builder->steps[from].otherwise = (int32_t)to - (int32_t)from;
}

static uint32_t emit_jump(struct program_builder *builder) {
  uint32_t jump = builder->count;
  program_emit(builder, STEP_JUMP);
  return jump;
}

uint32_t program_turn(struct program_builder *builder, uint32_t head) {
  uint32_t jump = emit_jump(builder);
  program_aim(builder, head, builder->count);
  return jump;
}

uint32_t program_turn_failed(struct program_builder *builder, uint32_t head) {
  uint32_t jump = emit_jump(builder);
  program_otherwise(builder, head, builder->count);
  return jump;
}

void program_join(struct program_builder *builder, uint32_t jump) {
  program_aim(builder, jump, builder->count);
}

void program_emit_transfer(struct program_builder *builder, int64_t bytes) {
  program_emit(builder, STEP_DISK)->size = bytes;
  program_emit(builder, STEP_ACCESS);
}

static void emit_chance_of_one(struct program_builder *builder, double chance) {
  uint32_t head = builder->count;
  program_emit(builder, STEP_CHOOSE)->chance = chance;
  program_emit_transfer(builder, 0);
  program_join(builder, program_turn(builder, head));
}

static void emit_several(struct program_builder *builder, double times) {
  struct distribution *count = arena_take(builder->arena, sizeof *count);
  const char *why;
  builder->failed |= count == NULL || !distribution_constant(count, times, &why);
  uint32_t head = builder->count;
  program_emit(builder, STEP_REPEAT)->time = count;
  program_emit_transfer(builder, 0);
  uint32_t tail = builder->count;
  program_emit(builder, STEP_AGAIN);
  program_aim(builder, tail, head + 1);
  program_aim(builder, head, builder->count);
}

void program_emit_operations(struct program_builder *builder, double operations) {
  double whole = floor(operations);
  if (whole == 1) program_emit_transfer(builder, 0);
  if (whole > 1) emit_several(builder, whole);
  if (operations > whole) emit_chance_of_one(builder, operations - whole);
}

bool program_finish(struct program_builder *builder, struct program *program) {
  program_emit(builder, STEP_END);
  *program = (struct program){builder->steps, builder->count};
  return !builder->failed;
}

const struct program *program_finish_new(struct program_builder *builder) {
  struct program *program = arena_take(builder->arena, sizeof *program);
  return program != NULL && program_finish(builder, program) ? program : NULL;
}
