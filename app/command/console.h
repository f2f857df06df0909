// What the program says outside of its results.
#ifndef HEADROOM_CONSOLE_H
#define HEADROOM_CONSOLE_H

#include <stdbool.h>
#include <stdint.h>

// "headroom: …" on standard error, in one line that is safe on a terminal.
void console_error(const char *format, ...) __attribute__((format(printf, 1, 2)));

// For arenas of the main thread: says that memory ran out and ends the process with status 1.
_Noreturn void console_out_of_memory(void *context);

// Flushes standard output. False after saying why it could not be written, but for a pipe that was closed.
bool console_flush(void);

// ns of a clock that never goes back; of this process's processors; of this thread's.
int64_t console_wall_time(void);
int64_t console_process_time(void);
int64_t console_thread_time(void);

#endif
