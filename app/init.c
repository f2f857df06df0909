// headroom init: a small scenario to start from.
#include "command.h"
#include "console.h"
#include "options.h"
#include "text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

// The name goes in where the text is cut: is_name() has seen to it that it needs no escapes.
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

enum { NAME_MOST = 100 };

static const char ending[] = ".json";

// Letters, digits, - and _, the first a letter or a digit.
static bool is_name(const char *name) {
  static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_";
  size_t length = strlen(name);
  if (length == 0 || length > NAME_MOST || name[0] == '-' || name[0] == '_') return false;
  return strspn(name, allowed) == length;
}

// What is asked for, as a file's path without its ending: "shop", "shop.json", "folder/shop".
static const char *stem_of(const char *wanted, struct arena *arena) {
  size_t length = strlen(wanted), tail = sizeof ending - 1;
  bool ended = length > tail && strcmp(wanted + length - tail, ending) == 0;
  return arena_text(arena, wanted, ended ? length - tail : length);
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
  const char *wanted = options->path_count > 0 ? options->paths[0] : "scenario";
  const char *stem = stem_of(wanted, options->arena);
  const char *slash = strrchr(stem, '/');
  const char *name = slash != NULL ? slash + 1 : stem;
  if (!is_name(name)) {
    console_error("\"%s\" is no name: at most %d letters, digits, - and _, the first a letter or a digit",
                  name, NAME_MOST);
    return STATUS_WRONG;
  }
  const char *file = arena_format(options->arena, "%s%s", stem, ending);
  int status = write_starter(file, name);
  if (status == STATUS_DONE && !options->quiet) {
    const char *shown = text_safe(options->arena, file);
    printf("%s is written. Next: headroom check %s; headroom run %s\n", shown, shown, shown);
  }
  return status;
}

const struct command init_command = {
    .name = "init",
    .arguments = "[NAME]",
    .summary = "writes a small scenario to start from",
    .details =
        "Writes NAME.json (scenario.json), into the present folder unless NAME has one in front of it.\n"
        "Never overwrites a file.",
    .common = OPTIONS_TABLE,
    .most = 1,
    .run = run,
};
