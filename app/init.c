// headroom init: a small scenario to start from.
#include "command.h"
#include "console.h"
#include "text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

// The name goes in where the text is cut: it holds letters, digits, - and _ alone.
static const char *const starter[] = {
    "{\n  \"name\": \"",
    "\",\n"
    "  \"note\": \"A small web service. Notes are for you; headroom ignores them.\",\n"
    "\n"
    "  \"run\": { \"duration\": \"2min\", \"replications\": 5 },\n"
    "\n"
    "  \"clients\": {\n"
    "    \"visitors\": {\n"
    "      \"note\": \"See `headroom doc arrivals` for other ways to come, `headroom doc shapes` for "
    "days.\",\n"
    "      \"arrivals\": { \"poisson\": { \"rate\": \"200/s\" } },\n"
    "      \"mix\": { \"view\": 9, \"buy\": 1 },\n"
    "      \"entry\": \"web\",\n"
    "      \"timeout\": \"2s\"\n"
    "    }\n"
    "  },\n"
    "\n"
    "  \"machines\": { \"small\": { \"cores\": 2 } },\n"
    "\n"
    "  \"components\": {\n"
    "    \"web\": {\n"
    "      \"type\": \"server\",\n"
    "      \"note\": \"One machine. Try --set components.web.instances=2 behind a load-balancer.\",\n"
    "      \"machine\": \"small\",\n"
    "      \"workers\": 64,\n"
    "      \"backlog\": 256,\n"
    "      \"handles\": {\n"
    "        \"view\": [\n"
    "          { \"cpu\": { \"lognormal\": { \"mean\": \"4ms\", \"cv\": 1 } } },\n"
    "          { \"call\": \"db\" }\n"
    "        ],\n"
    "        \"buy\": [\n"
    "          { \"cpu\": { \"lognormal\": { \"mean\": \"8ms\", \"cv\": 1 } } },\n"
    "          { \"repeat\": 3, \"do\": [{ \"call\": \"db\" }] }\n"
    "        ]\n"
    "      }\n"
    "    },\n"
    "    \"db\": {\n"
    "      \"type\": \"server\",\n"
    "      \"machine\": \"small\",\n"
    "      \"handles\": { \"*\": [{ \"cpu\": { \"exponential\": { \"mean\": \"3ms\" } } }] }\n"
    "    }\n"
    "  },\n"
    "\n"
    "  \"slo\": [\"p99 < 200ms\", \"errors < 0.1%\"]\n"
    "}\n",
};

static bool is_name(const char *name) {
  static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
  static const char others[] = "0123456789-_";
  if (*name == '\0' || strlen(name) > 100 || strchr(letters, *name) == NULL) return false;
  for (; *name != '\0'; name++) {
    if (strchr(letters, *name) == NULL && strchr(others, *name) == NULL) return false;
  }
  return true;
}

static int cannot(const char *file, int error) {
  if (error == EEXIST) {
    console_error("%s is there already; headroom init does not overwrite", file);
    return STATUS_WRONG;
  }
  console_error("cannot write %s: %s", file, strerror(error));
  return STATUS_FAILED;
}

static int write_starter(const char *file, const char *name) {
  int descriptor = open(file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  if (descriptor < 0) return cannot(file, errno);
  FILE *stream = fdopen(descriptor, "w");
  if (stream == NULL) {
    int error = errno;
    close(descriptor);
    return cannot(file, error);
  }
  fprintf(stream, "%s%s%s", starter[0], name, starter[1]);
  errno = 0;
  bool failed = fflush(stream) != 0 || ferror(stream) != 0;
  int error = errno;
  if (fclose(stream) != 0 && !failed) {
    failed = true;
    error = errno;
  }
  if (!failed) return STATUS_DONE;
  unlink(file);
  return cannot(file, error);
}

static int run(const struct options *options) {
  const char *name = options->path_count > 0 ? options->paths[0] : "scenario";
  if (!is_name(name)) {
    console_error("\"%s\" is no name: a letter, then letters, digits, - and _", name);
    return STATUS_WRONG;
  }
  const char *file = arena_format(options->arena, "%s.json", name);
  int status = write_starter(file, name);
  if (status == STATUS_DONE && !options->quiet) {
    printf("%s is written. Next: headroom check %s; headroom run %s\n", file, file, file);
  }
  return status;
}

const struct command init_command = {
    .name = "init",
    .arguments = "[NAME]",
    .summary = "writes a small scenario to start from",
    .details = "Writes NAME.json (scenario.json) into the present folder. Never overwrites a file.",
    .common = OPTIONS_TABLE,
    .most = 1,
    .run = run,
};
