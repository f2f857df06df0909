// The tables of the steps of `handles`.
#include "step_form.h"

static const char *const wait_words[] = {"all", "any", NULL};

static const struct field_alternative *const wait_forms[] = {
    ALTERNATIVE("word", .row = ITEM_WORD(wait_words), .doc = "all of them, or the first"),
    ALTERNATIVE("count", .row = ITEM_COUNT(.minimum = 1, .maximum = 10000), .doc = "so many"), NULL};

static const struct field_alternative *const parallel_forms[] = {
    ALTERNATIVE("branches", .row = ITEM_LIST(ITEM_LIST(&program_step_item), .minimum = 1, .maximum = 10000),
                .doc = "a list of lists of steps"),
    ALTERNATIVE("count", .row = ITEM_COUNT(.minimum = 1, .maximum = 10000), .doc = "n times the same steps"),
    NULL};

static const char *const ignore_words[] = {"ignore", NULL};
static const struct field_alternative *const fallback_forms[] = {
    ALTERNATIVE("steps", .row = ITEM_LIST(&program_step_item), .doc = "what is done instead"),
    ALTERNATIVE("ignore", .row = ITEM_WORD(ignore_words), .doc = "go on as if it had answered"), NULL};

static const struct field cpu_fields[] = {
    FIELD_DISTRIBUTION(struct cpu_step, cpu, DURATION, .required = true, .doc = "time on a core, at speed 1"),
};
static const struct field_alternative *const disk_forms[] = {
    ALTERNATIVE("number", .row = ITEM_NUMBER(.minimum = 0, .maximum = 1e9),
                .doc = "so many operations, one after the other; the fraction is the chance of one more"),
    ALTERNATIVE("counts", .row = ITEM_DISTRIBUTION(COUNT), .doc = "a distribution of their number"),
    ALTERNATIVE("size", .row = ITEM_SIZE(.minimum = 1, .maximum = 1e15), .doc = "one transfer of that size"),
    NULL};

static const struct field disk_fields[] = {
    FIELD_EITHER(struct disk_step, disk, .alternatives = disk_forms, .required = true,
                 .doc = "what it asks of the machine's disk"),
};
static const struct field memory_fields[] = {
    FIELD_SIZE(struct memory_step, memory, .required = true, .minimum = 1, .maximum = 1e15,
               .doc = "memory of the machine, held until the request leaves"),
};
static const struct field wait_fields[] = {
    FIELD_DISTRIBUTION(struct wait_step, wait, DURATION, .required = true,
                       .doc = "time that passes without using anything"),
};
static const struct field call_fields[] = {
    FIELD_REFERENCE(struct call_step, call, "component", .required = true, .doc = "who is called"),
    FIELD_NAME(struct call_step, request, .doc = "with which request; its own name unless given"),
    FIELD_EITHER(struct call_step, fallback, .alternatives = fallback_forms,
                 .doc = "when it has failed for good: the answer is then a degraded one"),
    FIELD_SPREAD(struct call_step, policies, struct policy_settings, &policy_table,
                 .doc = "what the caller does about failures"),
};
// In the order of enum key_source, from KEY_DRAW.
static const char *const keyed_sources[] = {"draw", "request", "user", "last-written", "new", NULL};

#define KEYED_ROWS(doc_)                                                                                     \
  FIELD_WORD(struct keyed_step, key, keyed_sources, .standard = "\"draw\"",                                  \
             .doc = "which item: drawn by popularity each time, the request's own, the user's, what this "   \
                    "user wrote last, or a new one"),                                                        \
      FIELD_DISTRIBUTION(struct keyed_step, times, COUNT, .standard = "1", .maximum = 1e9,                   \
                         .doc = "how many items, one after the other"),                                      \
      FIELD_BOOLEAN(struct keyed_step, together, .standard = "false",                                        \
                    .doc = "all at once: one round trip for all, each item a request of its own"),           \
      FIELD_EITHER(struct keyed_step, fallback, .alternatives = fallback_forms, .doc = doc_),                \
      FIELD_SPREAD(struct keyed_step, policies, struct policy_settings, &policy_table,                       \
                   .doc = "what the caller does about failures")

static const struct field read_fields[] = {
    FIELD_REFERENCE(struct keyed_step, dataset, "dataset", .key = "read", .required = true,
                    .doc = "the dataset that is read"),
    FIELD_REFERENCE(struct keyed_step, component, "component", .key = "from",
                    .doc = "who is asked; the outermost component that holds the dataset unless given"),
    KEYED_ROWS("when it has failed for good: the answer is then a degraded one"),
};
static const struct field write_fields[] = {
    FIELD_REFERENCE(struct keyed_step, dataset, "dataset", .key = "write", .required = true,
                    .doc = "the dataset that is written to"),
    FIELD_REFERENCE(struct keyed_step, component, "component", .key = "to",
                    .doc = "who is told; the outermost component that holds the dataset unless given"),
    KEYED_ROWS("when it has failed for good: the answer is then a degraded one"),
};
static const struct field publish_fields[] = {
    FIELD_NAME(struct publish_step, publish, .required = true, .doc = "the name of the job"),
    FIELD_REFERENCE(struct publish_step, to, "component", .required = true, .doc = "the queue"),
    FIELD_EITHER(struct publish_step, fallback, .alternatives = fallback_forms,
                 .doc = "when the queue has refused it for good"),
    FIELD_SPREAD(struct publish_step, policies, struct policy_settings, &policy_table,
                 .doc = "what the caller does about failures"),
};
static const struct field parallel_fields[] = {
    FIELD_EITHER(struct parallel_step, parallel, .alternatives = parallel_forms, .required = true,
                 .doc = "branches that go on at once"),
    FIELD_LIST(struct parallel_step, steps, &program_step_item, .key = "do",
               .doc = "the steps, where `parallel` is a number"),
    FIELD_EITHER(struct parallel_step, wait_for, .alternatives = wait_forms, .standard = "\"all\"",
                 .doc = "how many must succeed"),
    FIELD_BOOLEAN(struct parallel_step, cancel, .standard = "false",
                  .doc = "the rest is cancelled then, instead of going on"),
};
static const struct field chance_fields[] = {
    FIELD_FRACTION(struct chance, chance, .required = true, .doc = "how likely"),
    FIELD_LIST(struct chance, steps, &program_step_item, .required = true,
               .doc = "what is done then; may be empty"),
};
static const struct field_table chance_table =
    FIELD_TABLE("chance", struct chance, chance_fields, .doc = "A branch by chance.");
static const struct field choose_fields[] = {
    FIELD_LIST(struct choose_step, choose, ITEM_TUPLE(struct chance, &chance_table), .required = true,
               .minimum = 1, .maximum = 1000, .doc = "[[chance, [steps]], …]; the chances sum to 1"),
};
static const struct field repeat_fields[] = {
    FIELD_DISTRIBUTION(struct repeat_step, repeat, COUNT, .required = true, .maximum = 1e9,
                       .doc = "how often"),
    FIELD_LIST(struct repeat_step, steps, &program_step_item, .key = "do", .required = true,
               .doc = "what is done, in sequence"),
};
static const struct field fail_fields[] = {
    FIELD_FRACTION(struct fail_step, fail, .required = true, .doc = "the chance of an application error"),
};
static const struct field_alternative *const respond_forms[] = {
    ALTERNATIVE("size", .row = ITEM_SIZE(.minimum = 0, .maximum = 1e15), .doc = "so large"),
    ALTERNATIVE("dataset", .row = ITEM_REFERENCE("dataset"),
                .doc = "as large as the item that was read, or that the request is about"),
    NULL};
static const struct field respond_fields[] = {
    FIELD_EITHER(struct respond_step, respond, .alternatives = respond_forms, .required = true,
                 .doc = "size of the reply; what follows is off the client's path"),
};

#define STEP_TABLE(name_, record_, fields_, doc_)                                                            \
  static const struct field_table name_##_table = FIELD_TABLE(#name_, struct record_, fields_, .doc = doc_)
STEP_TABLE(cpu, cpu_step, cpu_fields, "Computes on a core of the instance's machine.");
STEP_TABLE(disk, disk_step, disk_fields, "Waits for the disk of the instance's machine.");
STEP_TABLE(memory, memory_step, memory_fields, "Holds memory until the request leaves.");
STEP_TABLE(wait, wait_step, wait_fields, "Lets time pass without using anything.");
STEP_TABLE(call, call_step, call_fields, "Calls a component and waits for its answer.");
STEP_TABLE(read, keyed_step, read_fields, "Reads items of a dataset, from a cache or a database.");
STEP_TABLE(write, keyed_step, write_fields, "Writes items of a dataset.");
STEP_TABLE(publish, publish_step, publish_fields,
           "Hands a job to a queue, and goes on once the queue has it.");
STEP_TABLE(parallel, parallel_step, parallel_fields, "Goes on in several branches at once.");
STEP_TABLE(choose, choose_step, choose_fields, "Takes one of several ways, by chance.");
STEP_TABLE(repeat, repeat_step, repeat_fields, "Does steps several times, in sequence.");
STEP_TABLE(fail, fail_step, fail_fields, "Fails with a chance.");
STEP_TABLE(respond, respond_step, respond_fields, "Sends the reply.");

static const struct field_alternative *const step_alternatives[] = {
    [WRITTEN_CPU] = ALTERNATIVE("cpu", .table = &cpu_table, .doc = "compute"),
    [WRITTEN_DISK] = ALTERNATIVE("disk", .table = &disk_table, .doc = "use the disk"),
    [WRITTEN_MEMORY] = ALTERNATIVE("memory", .table = &memory_table, .doc = "hold memory"),
    [WRITTEN_WAIT] = ALTERNATIVE("wait", .table = &wait_table, .doc = "let time pass"),
    [WRITTEN_CALL] = ALTERNATIVE("call", .table = &call_table, .doc = "call a component"),
    [WRITTEN_READ] = ALTERNATIVE("read", .table = &read_table, .doc = "read items of a dataset"),
    [WRITTEN_WRITE] = ALTERNATIVE("write", .table = &write_table, .doc = "write items of a dataset"),
    [WRITTEN_PUBLISH] = ALTERNATIVE("publish", .table = &publish_table, .doc = "hand a job to a queue"),
    [WRITTEN_PARALLEL] = ALTERNATIVE("parallel", .table = &parallel_table, .doc = "branches at once"),
    [WRITTEN_CHOOSE] = ALTERNATIVE("choose", .table = &choose_table, .doc = "one of several ways, by chance"),
    [WRITTEN_REPEAT] = ALTERNATIVE("repeat", .table = &repeat_table, .doc = "several times in sequence"),
    [WRITTEN_FAIL] = ALTERNATIVE("fail", .table = &fail_table, .doc = "fail with a chance"),
    [WRITTEN_RESPOND] = ALTERNATIVE("respond", .table = &respond_table, .doc = "send the reply"),
    NULL,
};

const struct field program_step_item = {
    .kind = FIELD_KIND_HEADED, .size = sizeof(struct variant), .alternatives = step_alternatives};

const struct field_alternative *program_step_alternative(size_t index) {
  return index < sizeof step_alternatives / sizeof *step_alternatives ? step_alternatives[index] : NULL;
}
