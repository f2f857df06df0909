// The table of references, expected.json: what each case must give.
#ifndef HEADROOM_VALIDATE_TABLE_H
#define HEADROOM_VALIDATE_TABLE_H

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct figure {
  const char *path; // into results.json, e.g. "requests.all.latency_s.p99"
  double expected;
  double tolerance; // absolute, at the case's full size
  bool score;       // its z enters the test of all cases together
};

// The times of one component's visits, in order of time. Each list may be absent (NULL).
struct timetable {
  const char *component;
  const cJSON *enters, *starts, *ends; // seconds
  double until;                        // later ones are not looked at
};

// One run of one scenario. Several runs of a case differ in what is set.
struct trial {
  char name[80];  // the case's, and the run's after a slash
  const char *id; // of the case
  const char *group, *model;
  const char *reference;  // NULL: exact; else what it is
  const char *scenario;   // the name of its file in cases, without its suffix
  const cJSON *set;       // overrides, NULL without
  const char *trace_file; // in the folder of references; NULL: the scenario's own, or none
  const char *trace_form; // keys, sized, commas, integers or records: see validate_trace.c
  uint64_t full, quick; // requests, all replications together; 0: no number (a duration), or not in this tier
  uint64_t minimum;     // what the reference asks for; 0: nothing
  unsigned replications;
  bool settled; // nothing in it is random: within its tolerance, without an error of estimation
  bool in_quick;
  struct figure *figures;
  size_t figure_count;
  struct timetable *timetables;
  size_t timetable_count;
};

struct table {
  cJSON *document; // everything above points into it
  struct trial *trials;
  size_t count;
  const cJSON *left_out; // objects of id and why
};

// Reads FOLDER/expected.json and the sizes from the scenarios in FOLDER/cases. What is wrong with it goes to
// standard error and makes the result false. To be released by table_release, also then.
bool table_read(struct table *table, const char *folder);
void table_release(struct table *table);

// The path of a scenario of the folder. The text is the caller's to free.
char *table_scenario(const char *folder, const char *name);

// The whole of a file as text, the caller's to free; NULL (and a word on standard error) if it cannot be
// read.
char *table_file(const char *path);

// A value by its path: keys joined by dots (a key may hold dots itself), [2] an element, [-1] the last.
const cJSON *table_find(const cJSON *root, const char *path);

#endif
