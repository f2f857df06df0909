#include "nic.h"

#include "assertion.h"

#include <math.h>
#include <string.h>

bool nic_init(struct nic *nic, struct engine *engine, double bandwidth, uint8_t timer_kind, uint32_t owner,
              uint8_t first) {
  memset(nic, 0, sizeof *nic);
  nic->bandwidth = bandwidth;
  for (uint8_t way = 0; way < NIC_WAYS; way++) {
    if (!station_init(&nic->ways[way], engine, STATION_PS, 1, 1, timer_kind)) return false;
    nic->ways[way].timer->link = owner;
    nic->ways[way].timer->state = (uint8_t)(first + way);
  }
  return true;
}

void nic_drop(struct nic *nic, struct engine *engine) {
  for (int way = 0; way < NIC_WAYS; way++) station_drop(&nic->ways[way], engine);
}

int64_t nic_time(const struct nic *nic, int64_t bytes) {
  double time = ceil((double)bytes * 1e9 / nic->bandwidth);
  return time < (double)EVENT_TIME_MOST ? (int64_t)time : EVENT_TIME_MOST;
}

bool nic_submit(struct nic *nic, struct engine *engine, enum nic_way way, struct job *job, int64_t bytes) {
  DEBUG_ASSERT(bytes >= 0, "a transfer of less than nothing");
  int64_t work = nic_time(nic, bytes);
  nic->bytes[way] += (uint64_t)bytes;
  nic->transfers[way]++;
  if (work == 0 && nic->ways[way].speed > 0) {
    nic->through[way] += (uint64_t)bytes;
    return false;
  }
  station_submit(&nic->ways[way], engine, job, work);
  return true;
}

// A job that had the interface to itself leaves it only now.
void nic_finish(struct nic *nic, struct engine *engine, enum nic_way way, struct job *job, int64_t bytes) {
  if (job->standing == JOB_SERVED) station_finish(&nic->ways[way], engine, job);
  nic->through[way] += (uint64_t)bytes;
}

void nic_break_off(struct nic *nic, struct engine *engine, enum nic_way way, struct job *job, int64_t bytes) {
  station_remove(&nic->ways[way], engine, job);
  nic->broken_off[way] += (uint64_t)bytes;
}

void nic_set_speed(struct nic *nic, struct engine *engine, double factor) {
  for (int way = 0; way < NIC_WAYS; way++) station_set_speed(&nic->ways[way], engine, factor);
}

void nic_note(const struct nic *nic, int64_t now, struct nic_areas *areas) {
  for (int way = 0; way < NIC_WAYS; way++) {
    areas->busy[way] = level_area(&nic->ways[way].busy, now);
    areas->bytes[way] = nic->bytes[way];
  }
}

double nic_utilization(const struct nic_areas *from, const struct nic_areas *until, enum nic_way way,
                       int64_t span) {
  return level_mean(until->busy[way] - from->busy[way], span);
}
