// Defaults: 3000 operations a second and 125 MiB/s are the baseline of Amazon's gp3 volumes (EBS user guide,
// "General Purpose SSD volumes", which promises "single-digit millisecond latency" and no figure beyond it).
#include "disk.h"

#include "assertion.h"

#include <math.h>
#include <string.h>

static const struct field disk_fields[] = {
    FIELD_NUMBER(struct disk_type, iops, .standard = "3000", .unlimited = true, .minimum = 1e-3,
                 .maximum = 1e9, .doc = "operations a second (Amazon's gp3 volumes)"),
    FIELD_DISTRIBUTION(struct disk_type, latency, DURATION,
                       .standard = "{\"lognormal\": {\"median\": \"0.5ms\", \"p99\": \"2ms\"}}",
                       .doc = "of an operation, after its turn (assumed)"),
    FIELD_COUNT(struct disk_type, depth, .standard = "\"unlimited\"", .unlimited = true, .minimum = 1,
                .maximum = 1e6, .doc = "operations at most in their latency together"),
    FIELD_BANDWIDTH(struct disk_type, bandwidth, .standard = "\"1Gbps\"", .unlimited = true, .minimum = 1,
                    .doc = "of transfers, one after the other (gp3: 125 MiB/s)"),
};
const struct field_table disk_table =
    FIELD_TABLE("disk", struct disk_type, disk_fields, .doc = "The disk of a machine.");

void disk_init(struct disk *disk, struct engine *engine, const struct disk_type *type) {
  memset(disk, 0, sizeof *disk);
  disk->type = type;
  station_init(&disk->device, engine, STATION_FCFS, 1, 1, 0);
  station_init(&disk->slots, engine, STATION_FCFS, type->depth, 1, 0);
}

void disk_drop(struct disk *disk, struct engine *engine) {
  station_drop(&disk->device, engine);
  station_drop(&disk->slots, engine);
}

int64_t disk_turn(const struct disk_type *type, int64_t bytes) {
  return distribution_round(1e9 / type->iops + (double)bytes * 1e9 / type->bandwidth);
}

// What takes no time passes at once, unless the disk is frozen or others wait.
static bool passes(const struct station *station, int64_t work) {
  return work == 0 && station->speed > 0 && station->busy.inside < station->servers;
}

bool disk_submit(struct disk *disk, struct engine *engine, struct job *job, int64_t bytes) {
  DEBUG_ASSERT(bytes >= 0, "an operation on less than nothing");
  disk->operations++;
  disk->bytes += (uint64_t)bytes;
  int64_t turn = disk_turn(disk->type, bytes);
  if (passes(&disk->device, turn)) return false;
  station_submit(&disk->device, engine, job, turn);
  return true;
}

bool disk_access(struct disk *disk, struct engine *engine, struct job *job, struct random_stream *stream) {
  int64_t latency = distribution_sample(&disk->type->latency, stream);
  if (passes(&disk->slots, latency)) return false;
  station_submit(&disk->slots, engine, job, latency);
  return true;
}

void disk_set_speed(struct disk *disk, struct engine *engine, double factor) {
  station_set_speed(&disk->device, engine, factor);
  station_set_speed(&disk->slots, engine, factor);
}

void disk_note(const struct disk *disk, int64_t now, struct disk_areas *areas) {
  areas->device = level_area(&disk->device.busy, now);
  areas->slots = level_area(&disk->slots.busy, now);
  areas->queued = level_area(&disk->device.queued, now) + level_area(&disk->slots.queued, now);
  areas->operations = disk->operations;
  areas->bytes = disk->bytes;
}

double disk_utilization(const struct disk *disk, const struct disk_areas *from,
                        const struct disk_areas *until, int64_t span) {
  double device = level_mean(until->device - from->device, span);
  if (disk->type->depth == STATION_UNLIMITED) return device;
  return fmax(device, level_mean(until->slots - from->slots, span) / (double)disk->type->depth);
}

double disk_queue(const struct disk_areas *from, const struct disk_areas *until, int64_t span) {
  return level_mean(until->queued - from->queued, span);
}
