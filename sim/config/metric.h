// What a component reports: one row a metric. Result keys, CSV headers, names in SLOs and labels of plots
// come from it.
#ifndef HEADROOM_METRIC_H
#define HEADROOM_METRIC_H

enum metric_kind {
  METRIC_COUNT,   // events in the measured time: a plain number
  METRIC_RATE,    // events per second
  METRIC_SHARE,   // of events, 0 to 1
  METRIC_LEVEL,   // mean over time of a number that stands (queue length, connections)
  METRIC_MAXIMUM, // the largest that it stood at: a plain number
  METRIC_TIMES,   // a distribution of times: mean, deviation, percentiles
  METRIC_VALUES   // the same of other quantities
};

// An array of these ends with a row without a name.
struct metric {
  const char *name; // the result key, with the unit behind it where it has one ("wait_s", "hit_ratio")
  const char *unit; // "s", "bytes", "1/s", "requests"; NULL: a share or a pure number
  const char *doc;
  enum metric_kind kind;
};

#endif
