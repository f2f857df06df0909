// The one list of commands.
#include "command.h"

const struct command *const commands[] = {
    &run_command, &compare_command, &sweep_command, &plot_command, &check_command,
    &doc_command, &schema_command,  &init_command,  NULL,
};
