// Builds a program step by step: for the steps of the language, and for models that have programs of their
// own. A program nests as those of the language do, since predictions walk over it: a choice is
//   CHOOSE → other;  …way…;  JUMP → after;  other: …;  after:
// and a call with a way for its failure likewise (program.h).
#ifndef HEADROOM_PROGRAM_BUILD_H
#define HEADROOM_PROGRAM_BUILD_H

#include "arena.h"
#include "program.h"

#include <stdint.h>

struct program_builder {
  struct arena *arena;
  struct step *steps;
  uint32_t count; // the number of the next step
  uint32_t room;
  bool failed;       // memory has run out, or an error was reported: nothing is added any more
  struct step spare; // what is written to then
};

// Adds a step; valid until the next one is added.
struct step *program_emit(struct program_builder *builder, enum step_operation operation);

// A decision of the component's model: its step() with that number. `chance`, where it may branch, is the
// expected one of going on. Returns the number of the step.
uint32_t program_emit_model(struct program_builder *builder, int32_t number, double chance);

// A reply with the item of a dataset that the visit was asked for: the last step of a model's program.
void program_emit_item(struct program_builder *builder, uint16_t dataset);

// Lets step `from` jump to step `to`, by number: jumps are relative, and steps move while more are added.
void program_aim(struct program_builder *builder, uint32_t from, uint32_t to);

// Lets call `from` go on at step `to` when it fails.
void program_otherwise(struct program_builder *builder, uint32_t from, uint32_t to);

// Ends the first way of the choice `head`, or what follows the success of the call `head`, with a jump, which
// it returns for program_join(): what is added next is the other way.
uint32_t program_turn(struct program_builder *builder, uint32_t head);
uint32_t program_turn_failed(struct program_builder *builder, uint32_t head);

// Ends the other way: the first goes on with what is added next, too.
void program_join(struct program_builder *builder, uint32_t jump);

// An operation of `bytes` on the machine's disk: its turn, and its latency.
void program_emit_transfer(struct program_builder *builder, int64_t bytes);

// `operations` ≥ 0 of them, one after the other; the fraction is the chance of one more. A loop deep.
void program_emit_operations(struct program_builder *builder, double operations);

// Ends the program. False when the builder has failed.
bool program_finish(struct program_builder *builder, struct program *program);

// The same for a program in the builder's arena. NULL: it has failed.
const struct program *program_finish_new(struct program_builder *builder);

#endif
