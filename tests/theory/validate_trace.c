#include "validate_trace.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

enum { LINE_MOST = 4096 };

static const char *unpacker_of(const char *file) {
  const char *suffix = strrchr(file, '.');
  if (suffix && strcmp(suffix, ".xz") == 0) return "xz -dc";
  return suffix && strcmp(suffix, ".gz") == 0 ? "gzip -dc" : "cat";
}

struct wished {
  uint64_t key, size;
};

// One function for each form: the next request, or false at the end. What is no request is passed over.
typedef bool reader(FILE *from, struct wished *wished);

static bool next_line(FILE *from, const char *form, uint64_t *first, uint64_t *second, int wanted) {
  char line[LINE_MOST];
  while (fgets(line, sizeof line, from)) {
    if (sscanf(line, form, first, second) == wanted) return true;
  }
  return false;
}

static bool next_key(FILE *from, struct wished *wished) {
  wished->size = 1;
  return next_line(from, "%" SCNu64, &wished->key, NULL, 1);
}

static bool next_sized(FILE *from, struct wished *wished) {
  return next_line(from, "%*u %" SCNu64 " %" SCNu64, &wished->key, &wished->size, 2);
}

static bool next_comma(FILE *from, struct wished *wished) {
  return next_line(from, "%*u,%*u,%*[^,],%" SCNu64 ",%" SCNu64, &wished->size, &wished->key, 2);
}

static bool next_integer(FILE *from, struct wished *wished) {
  unsigned char bytes[4];
  if (fread(bytes, 1, sizeof bytes, from) < sizeof bytes) return false;
  wished->key = (uint64_t)bytes[0] << 24 | (uint64_t)bytes[1] << 16 | (uint64_t)bytes[2] << 8 | bytes[3];
  wished->size = 1;
  return true;
}

static uint64_t little_endian(const unsigned char *bytes, int count) {
  uint64_t value = 0;
  while (count-- > 0) value = value << 8 | bytes[count];
  return value;
}

// Records of 24 bytes: time, key, size, next.
static bool next_record(FILE *from, struct wished *wished) {
  unsigned char bytes[24];
  if (fread(bytes, 1, sizeof bytes, from) < sizeof bytes) return false;
  wished->key = little_endian(bytes + 4, 8);
  wished->size = little_endian(bytes + 12, 4);
  return true;
}

static reader *reader_of(const char *form) {
  static const struct {
    const char *form;
    reader *read;
  } readers[] = {{"keys", next_key},
                 {"sized", next_sized},
                 {"commas", next_comma},
                 {"integers", next_integer},
                 {"records", next_record}};
  for (size_t i = 0; i < sizeof readers / sizeof *readers; i++) {
    if (strcmp(readers[i].form, form) == 0) return readers[i].read;
  }
  return NULL;
}

enum { ROWS_PER_SECOND = 1000 }; // rows of one time are spread over its second

static bool copy(FILE *from, reader *read, FILE *to) {
  struct wished wished;
  fprintf(to, "time,key,size\n");
  for (uint64_t row = 0; read(from, &wished); row++) {
    fprintf(to, "%" PRIu64 ",%" PRIu64 ",", row / ROWS_PER_SECOND, wished.key);
    if (wished.size != 1) fprintf(to, "%" PRIu64, wished.size);
    fputc('\n', to);
  }
  return !ferror(to);
}

enum trace_state trace_prepare(const struct trial *trial, const char *path, char *why, size_t room) {
  const char *folder = getenv("HEADROOM_REFERENCE");
  snprintf(why, room, "HEADROOM_REFERENCE is not set: no %s", trial->trace_file);
  if (!folder) return TRACE_ABSENT;
  char command[LINE_MOST];
  const char *unpacker = unpacker_of(trial->trace_file);
  snprintf(command, sizeof command, "%s '%s/%s'", unpacker, folder, trial->trace_file);
  snprintf(why, room, "%s failed", command);
  reader *read = reader_of(trial->trace_form);
  FILE *from = read ? popen(command, "r") : NULL;
  FILE *to = fopen(path, "w");
  bool fine = from && to && copy(from, read, to);
  int status = from ? pclose(from) : 0;
  if (to) fine = fclose(to) == 0 && fine;
  if (from && WIFEXITED(status) && WEXITSTATUS(status) == 127) {
    snprintf(why, room, "%s is not here", unpacker);
    return TRACE_ABSENT;
  }
  return fine && status == 0 ? TRACE_READY : TRACE_BROKEN;
}
