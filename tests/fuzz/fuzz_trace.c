// The readers of traces: no input crashes them, and what they accept replays in order.
#include "arrival.h"
#include "arrival_list.h"
#include "assertion.h"
#include "trace.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct trace_columns columns = {
    .time = "t", .count = "c", .request = "r", .user = "u", .key = "k", .size = "s"};

static void replay(const struct trace *trace, double load) {
  const struct arrival_process *process = arrival_trace.user;
  struct arrival_trace parameters = {.trace = trace};
  _Alignas(16) char state[256];
  struct random_stream stream = {1};
  struct arrival arrival;
  int64_t before = 0;
  ASSERT(process->state_size <= sizeof state, "room");
  process->start(&parameters, state, load, &stream);
  for (int i = 0; i < 3000 && process->next(&parameters, state, &stream, &arrival); i++) {
    ASSERT(arrival.at >= before && arrival.at <= trace->end, "order");
    ASSERT(arrival.count == 1 && arrival.user >= -1 && arrival.key >= -1 && arrival.size >= -1, "range");
    ASSERT(arrival.request >= -1 && arrival.request < (int64_t)trace->name_count, "a name");
    before = arrival.at;
  }
}

// The first byte says how the rest is to be read.
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (size == 0) return 0;
  struct arena arena;
  arena_init(&arena, NULL);
  struct diagnostics diagnostics;
  diagnostics_init(&diagnostics, &arena);
  struct field_context context = {.arena = &arena, .diagnostics = &diagnostics};
  struct trace_source source = {.text = (const char *)data + 1,
                                .length = size - 1,
                                .file = "fuzz",
                                .format = (enum trace_format)(data[0] % 3),
                                .columns = data[0] / 3 % 2 == 0 ? NULL : &columns,
                                .unit = (enum timestamp_unit)(data[0] / 6 % 4),
                                .speed = data[0] / 24 % 2 == 0 ? 1 : 3.7};
  const struct trace *trace = trace_read(&source, &context);
  ASSERT((trace == NULL) == (diagnostics.errors == 1), "an error or a trace");
  if (trace != NULL) {
    replay(trace, 1);
    replay(trace, 0.4);
    replay(trace, 2.3);
  }
  arena_drop(&arena);
  return 0;
}
