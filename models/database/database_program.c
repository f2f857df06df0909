// What a database does for each read and write: the costs of its steps, and the programs made of them.
#include "database.h"

#include "program_build.h"
#include "program_keyed.h"

// ---- Costs ----

// NULL: no memory, or no time at all.
static const struct distribution *constant(const struct plan *plan, double ns) {
  struct distribution *time = arena_take(plan->arena, sizeof *time);
  const char *why;
  return ns > 0 && time != NULL && distribution_constant(time, ns, &why) ? time : NULL;
}

static struct database_work work_of(const struct plan *plan, const struct database_cost *cost, double cpu,
                                    double disk) {
  bool free = plan->network.none;
  return (struct database_work){
      .cpu = cost->cpu != NULL ? cost->cpu : constant(plan, free ? 0 : cpu),
      .disk = cost->disk != NULL ? *cost->disk
              : free             ? 0
                                 : disk,
  };
}

void database_compile_costs(const struct component *component, const struct plan *plan,
                            struct database_plan *compiled) {
  const struct database *database = component->parameters;
  const struct database_engine *engine = compiled->engine;
  bool buffered = database->buffer.alternative != NULL;
  compiled->read = work_of(plan, &database->read, engine->read_cpu, buffered ? engine->read_disk : 0);
  compiled->write = work_of(plan, &database->write, engine->write_cpu, engine->write_disk);
  compiled->connections = database->connections != NULL ? *database->connections
                          : plan->network.none          ? POOL_UNLIMITED
                                                        : engine->connections;
  if (compiled->connections != POOL_UNLIMITED && !plan->network.none)
    compiled->memory += compiled->connections * engine->connection_bytes;
}

// ---- Programs ----

static void emit_cpu(struct program_builder *builder, const struct distribution *cpu) {
  if (cpu != NULL) program_emit(builder, STEP_CPU)->time = cpu;
}

// READ → other; operations; JUMP → other; other: cpu; the item. Without a buffer the operations are always
// done.
static void emit_read(struct program_builder *builder, const struct database_plan *plan, uint16_t dataset) {
  uint32_t head = program_emit_model(builder, DATABASE_READ, plan->buffered ? plan->misses : 0);
  if (plan->buffered) {
    program_emit_operations(builder, plan->read.disk);
    program_join(builder, program_turn(builder, head));
  } else {
    program_emit_operations(builder, plan->misses * plan->read.disk); // all are in a buffer, or none
  }
  emit_cpu(builder, plan->read.cpu);
  program_emit_item(builder, dataset);
}

static void emit_write(struct program_builder *builder, const struct database_plan *plan) {
  emit_cpu(builder, plan->write.cpu);
  program_emit_operations(builder, plan->write.disk);
  program_emit_model(builder, DATABASE_COMMIT, 0);
}

static bool compile_programs(struct component *component, const struct plan *plan,
                             struct database_plan *compiled) {
  const struct program **programs = arena_array(plan->arena, plan->request_count, sizeof *programs);
  bool *is_write = arena_array(plan->arena, plan->request_count, sizeof *is_write);
  double *hottest = arena_array(plan->arena, plan->request_count, sizeof *hottest);
  if (programs == NULL || is_write == NULL || hottest == NULL) return false;
  component->programs = programs;
  compiled->is_write = is_write;
  compiled->hottest_of = hottest;
  for (uint16_t r = 0; r < plan->request_count; r++) {
    const struct request_type *request = &plan->requests[r];
    bool reads = request->operation == OPERATION_READ, writes = request->operation == OPERATION_WRITE;
    is_write[r] = writes;
    if (request->operation != OPERATION_PLAIN) hottest[r] = compiled->hottest[request->dataset];
    if ((!reads && !writes) || !compiled->holds[request->dataset]) continue;
    struct program_builder builder = {.arena = plan->arena};
    if (reads) emit_read(&builder, compiled, request->dataset);
    if (writes) emit_write(&builder, compiled);
    programs[r] = program_finish_new(&builder);
    if (programs[r] == NULL) return false;
  }
  return true;
}

static bool find_writers(const struct plan *plan, struct database_plan *compiled) {
  uint16_t *requests = arena_array(plan->arena, plan->dataset_count + 1U, sizeof *requests);
  if (requests == NULL) return false;
  for (uint16_t d = 0; d < plan->dataset_count; d++)
    requests[d] = program_operation(plan, OPERATION_WRITE, d);
  compiled->write_requests = requests;
  compiled->dataset_count = plan->dataset_count;
  return true;
}

static bool compile_replication(const struct component *component, const struct plan *plan,
                                struct database_plan *compiled) {
  const struct database_replication *replication =
      ((const struct database *)component->parameters)->replication;
  struct program_builder builder = {.arena = plan->arena};
  if (compiled->nodes == 1) return true;
  compiled->mode = replication->mode.alternative->user;
  compiled->source = (enum database_source)replication->reads_from;
  compiled->threads = replication->apply.threads;
  const struct distribution *cpu = replication->apply.cpu;
  if (cpu == NULL && compiled->write.cpu != NULL)
    cpu = constant(plan, distribution_mean(compiled->write.cpu) / 2);
  if (cpu != NULL) compiled->apply_work = distribution_mean(cpu);
  emit_cpu(&builder, cpu);
  program_emit_model(&builder, DATABASE_APPLIED, 0);
  return program_finish(&builder, &compiled->apply);
}

bool database_compile_programs(struct component *component, const struct plan *plan,
                               struct database_plan *compiled) {
  return find_writers(plan, compiled) && compile_replication(component, plan, compiled) &&
         compile_programs(component, plan, compiled);
}
