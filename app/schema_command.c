// headroom schema: the JSON Schema of a scenario, for editors.
#include "command.h"
#include "console.h"
#include "field.h"
#include "options.h"
#include "scenario.h"
#include "writer.h"

static int run(const struct options *options) {
  (void)options;
  struct writer writer;
  writer_init(&writer, NULL);
  field_schema(&scenario_table, NULL, &writer);
  int status = writer.failed ? STATUS_FAILED : STATUS_DONE;
  if (writer.failed) {
    console_error("out of memory");
  } else {
    fwrite(writer.bytes, 1, writer.length, stdout);
  }
  writer_drop(&writer);
  return status;
}

const struct command schema_command = {
    .name = "schema",
    .arguments = "",
    .summary = "prints the JSON Schema of a scenario",
    .details = "Draft 2020-12. Editors that know it complete keys and mark mistakes while you write, in a "
               "file that\n"
               "extends another, too.",
    .run = run,
};
