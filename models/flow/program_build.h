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

// A reply with the item of a dataset that the visit was asked for: the last step of a model's program.
void program_emit_item(struct program_builder *builder, uint16_t dataset);

// Lets step `from` jump to step `to`, by number: jumps are relative, and steps move while more are added.
void program_aim(struct program_builder *builder, uint32_t from, uint32_t to);

// Lets call `from` go on at step `to` when it fails.
void program_otherwise(struct program_builder *builder, uint32_t from, uint32_t to);

// An operation of `bytes` on the machine's disk: its turn, and its latency.
void program_emit_transfer(struct program_builder *builder, int64_t bytes);

// `operations` ≥ 0 of them, one after the other; the fraction is the chance of one more. A loop deep.
void program_emit_operations(struct program_builder *builder, double operations);

// Ends the program. False when the builder has failed.
bool program_finish(struct program_builder *builder, struct program *program);

#endif
