// The one list of commands.
#include "command.h"

const struct command *const commands[] = {
    &run_command,
    &compare_command,
    &plot_command,
    NULL,
};
