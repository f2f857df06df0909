// Cores and memory of Amazon's types follow from their names: a large has two (hyper)threads, an xlarge four
// and so on; c types 2 GiB each, m types 4, r types 8; t types as in its list. Bandwidth is the baseline,
// without the bursts that Amazon allows for a while (the project karpenter-provider-aws,
// zz_generated.bandwidth.go). A t type's CPU credits are left out: it always has all of its cores. Amazon's
// machines have the disk that disk.c has by default, whose price is not in theirs; of the disks and
// bandwidths of the others nothing is known here, so that they have no limits.
//
// Sources of prices: pkg/providers/pricing/zz_generated.pricing_aws.go of aws/karpenter-provider-aws; gist
// colinwilson/cd31bde012f6727b24b2fc4ebee749c0, whose smallest price was confirmed on 2026-09-20; Hetzner's
// GET /v1/pricing as quoted in devantler-tech/platform, commit cb791c6f; skills/hetzner of
// ericrisco/rsc-harness, after the rise of April 2026.
//
// Booting: about 40 s until an on-demand machine of Amazon's is usable, 80 s at times (depot.dev, 2024); the
// others are assumed to be like it.
#include "machine_catalogue.h"

#include "assertion.h"

enum source { AWS, DIGITALOCEAN, HETZNER_API, HETZNER_LIST };

static const struct {
  const char *date;
  const char *text;
} sources[] = {
    [AWS] = {"2026-07-20", "us-east-1, on demand (karpenter-provider-aws)"},
    [DIGITALOCEAN] = {"2022-07", "price list (gist of colinwilson)"},
    [HETZNER_API] = {"2026-05-27", "fsn1, without VAT (its price API, in devantler-tech/platform)"},
    [HETZNER_LIST] = {"2026", "VAT not stated (ericrisco/rsc-harness)"},
};

static const struct entry {
  const char *name;
  int cores;
  double memory; // GiB
  int megabits;  // a second; 0: unknown
  struct units_money price;
  enum source source;
} entries[] = {
    {"aws:t3.nano", 2, 0.5, 32, {0.0052, UNITS_DOLLAR, UNITS_PER_HOUR}, AWS},
    {"aws:t3.micro", 2, 1, 64, {0.0104, UNITS_DOLLAR, UNITS_PER_HOUR}, AWS},
    {"aws:t3.small", 2, 2, 128, {0.0208, UNITS_DOLLAR, UNITS_PER_HOUR}, AWS},
    {"aws:t3.medium", 2, 4, 256, {0.0416, UNITS_DOLLAR, UNITS_PER_HOUR}, AWS},
    {"aws:t3.large", 2, 8, 512, {0.0832, UNITS_DOLLAR, UNITS_PER_HOUR}, AWS},
    {"aws:t3.xlarge", 4, 16, 1024, {0.1664, UNITS_DOLLAR, UNITS_PER_HOUR}, AWS},
    {"aws:t3.2xlarge", 8, 32, 2048, {0.3328, UNITS_DOLLAR, UNITS_PER_HOUR}, AWS},
    {"aws:t3a.nano", 2, 0.5, 32, {0.0047, UNITS_DOLLAR, UNITS_PER_HOUR}, AWS},
    {"aws:t3a.micro", 2, 1, 64, {0.0094, UNITS_DOLLAR, UNITS_PER_HOUR}, AWS},
    {"aws:t3a.small", 2, 2, 128, {0.0188, UNITS_DOLLAR, UNITS_PER_HOUR}, AWS},
    {"aws:t3a.medium", 2, 4, 256, {0.0376, UNITS_DOLLAR, UNITS_PER_HOUR}, AWS},
    {"aws:t3a.large", 2, 8, 512, {0.0752, UNITS_DOLLAR, UNITS_PER_HOUR}, AWS},
    {"aws:t3a.xlarge", 4, 16, 1024, {0.1504, UNITS_DOLLAR, UNITS_PER_HOUR}, AWS},
    {"aws:t3a.2xlarge", 8, 32, 2048, {0.3008, UNITS_DOLLAR, UNITS_PER_HOUR}, AWS},
    {"aws:t4g.nano", 2, 0.5, 32, {0.0042, UNITS_DOLLAR, UNITS_PER_HOUR}, AWS},
    {"aws:t4g.micro", 2, 1, 64, {0.0084, UNITS_DOLLAR, UNITS_PER_HOUR}, AWS},
    {"aws:t4g.small", 2, 2, 128, {0.0168, UNITS_DOLLAR, UNITS_PER_HOUR}, AWS},
    {"aws:t4g.medium", 2, 4, 256, {0.0336, UNITS_DOLLAR, UNITS_PER_HOUR}, AWS},
    {"aws:t4g.large", 2, 8, 512, {0.0672, UNITS_DOLLAR, UNITS_PER_HOUR}, AWS},
    {"aws:t4g.xlarge", 4, 16, 1024, {0.1344, UNITS_DOLLAR, UNITS_PER_HOUR}, AWS},
    {"aws:t4g.2xlarge", 8, 32, 2048, {0.2688, UNITS_DOLLAR, UNITS_PER_HOUR}, AWS},
    {"aws:m5.large", 2, 8, 750, {0.096, UNITS_DOLLAR, UNITS_PER_HOUR}, AWS},
    {"aws:m5.xlarge", 4, 16, 1250, {0.192, UNITS_DOLLAR, UNITS_PER_HOUR}, AWS},
    {"aws:m5.2xlarge", 8, 32, 2500, {0.384, UNITS_DOLLAR, UNITS_PER_HOUR}, AWS},
    {"aws:m5.4xlarge", 16, 64, 5000, {0.768, UNITS_DOLLAR, UNITS_PER_HOUR}, AWS},
    {"aws:m5.8xlarge", 32, 128, 10000, {1.536, UNITS_DOLLAR, UNITS_PER_HOUR}, AWS},
    {"aws:m5.16xlarge", 64, 256, 20000, {3.072, UNITS_DOLLAR, UNITS_PER_HOUR}, AWS},
    {"aws:m6i.large", 2, 8, 781, {0.096, UNITS_DOLLAR, UNITS_PER_HOUR}, AWS},
    {"aws:m6i.xlarge", 4, 16, 1562, {0.192, UNITS_DOLLAR, UNITS_PER_HOUR}, AWS},
    {"aws:m6i.2xlarge", 8, 32, 3125, {0.384, UNITS_DOLLAR, UNITS_PER_HOUR}, AWS},
    {"aws:m6i.4xlarge", 16, 64, 6250, {0.768, UNITS_DOLLAR, UNITS_PER_HOUR}, AWS},
    {"aws:m6i.8xlarge", 32, 128, 12500, {1.536, UNITS_DOLLAR, UNITS_PER_HOUR}, AWS},
    {"aws:m6i.16xlarge", 64, 256, 25000, {3.072, UNITS_DOLLAR, UNITS_PER_HOUR}, AWS},
    {"aws:m6g.medium", 1, 4, 500, {0.0385, UNITS_DOLLAR, UNITS_PER_HOUR}, AWS},
    {"aws:m6g.large", 2, 8, 750, {0.077, UNITS_DOLLAR, UNITS_PER_HOUR}, AWS},
    {"aws:m6g.xlarge", 4, 16, 1250, {0.154, UNITS_DOLLAR, UNITS_PER_HOUR}, AWS},
    {"aws:m6g.2xlarge", 8, 32, 2500, {0.308, UNITS_DOLLAR, UNITS_PER_HOUR}, AWS},
    {"aws:m6g.4xlarge", 16, 64, 5000, {0.616, UNITS_DOLLAR, UNITS_PER_HOUR}, AWS},
    {"aws:m6g.8xlarge", 32, 128, 12000, {1.232, UNITS_DOLLAR, UNITS_PER_HOUR}, AWS},
    {"aws:m6g.16xlarge", 64, 256, 25000, {2.464, UNITS_DOLLAR, UNITS_PER_HOUR}, AWS},
    {"aws:m7i.large", 2, 8, 781, {0.1008, UNITS_DOLLAR, UNITS_PER_HOUR}, AWS},
    {"aws:m7i.xlarge", 4, 16, 1562, {0.2016, UNITS_DOLLAR, UNITS_PER_HOUR}, AWS},
    {"aws:m7i.2xlarge", 8, 32, 3125, {0.4032, UNITS_DOLLAR, UNITS_PER_HOUR}, AWS},
    {"aws:m7i.4xlarge", 16, 64, 6250, {0.8064, UNITS_DOLLAR, UNITS_PER_HOUR}, AWS},
    {"aws:m7i.8xlarge", 32, 128, 12500, {1.6128, UNITS_DOLLAR, UNITS_PER_HOUR}, AWS},
    {"aws:m7i.16xlarge", 64, 256, 25000, {3.2256, UNITS_DOLLAR, UNITS_PER_HOUR}, AWS},
    {"aws:m7g.medium", 1, 4, 520, {0.0408, UNITS_DOLLAR, UNITS_PER_HOUR}, AWS},
    {"aws:m7g.large", 2, 8, 937, {0.0816, UNITS_DOLLAR, UNITS_PER_HOUR}, AWS},
    {"aws:m7g.xlarge", 4, 16, 1876, {0.1632, UNITS_DOLLAR, UNITS_PER_HOUR}, AWS},
    {"aws:m7g.2xlarge", 8, 32, 3750, {0.3264, UNITS_DOLLAR, UNITS_PER_HOUR}, AWS},
    {"aws:m7g.4xlarge", 16, 64, 7500, {0.6528, UNITS_DOLLAR, UNITS_PER_HOUR}, AWS},
    {"aws:m7g.8xlarge", 32, 128, 15000, {1.3056, UNITS_DOLLAR, UNITS_PER_HOUR}, AWS},
    {"aws:m7g.16xlarge", 64, 256, 30000, {2.6112, UNITS_DOLLAR, UNITS_PER_HOUR}, AWS},
    {"aws:m8g.medium", 1, 4, 520, {0.04488, UNITS_DOLLAR, UNITS_PER_HOUR}, AWS},
    {"aws:m8g.large", 2, 8, 937, {0.08976, UNITS_DOLLAR, UNITS_PER_HOUR}, AWS},
    {"aws:m8g.xlarge", 4, 16, 1875, {0.17952, UNITS_DOLLAR, UNITS_PER_HOUR}, AWS},
    {"aws:m8g.2xlarge", 8, 32, 3750, {0.35904, UNITS_DOLLAR, UNITS_PER_HOUR}, AWS},
    {"aws:m8g.4xlarge", 16, 64, 7500, {0.71808, UNITS_DOLLAR, UNITS_PER_HOUR}, AWS},
    {"aws:m8g.8xlarge", 32, 128, 15000, {1.43616, UNITS_DOLLAR, UNITS_PER_HOUR}, AWS},
    {"aws:m8g.16xlarge", 64, 256, 30000, {2.87232, UNITS_DOLLAR, UNITS_PER_HOUR}, AWS},
    {"aws:c5.large", 2, 4, 750, {0.085, UNITS_DOLLAR, UNITS_PER_HOUR}, AWS},
    {"aws:c5.xlarge", 4, 8, 1250, {0.17, UNITS_DOLLAR, UNITS_PER_HOUR}, AWS},
    {"aws:c5.2xlarge", 8, 16, 2500, {0.34, UNITS_DOLLAR, UNITS_PER_HOUR}, AWS},
    {"aws:c5.4xlarge", 16, 32, 5000, {0.68, UNITS_DOLLAR, UNITS_PER_HOUR}, AWS},
    {"aws:c6i.large", 2, 4, 781, {0.085, UNITS_DOLLAR, UNITS_PER_HOUR}, AWS},
    {"aws:c6i.xlarge", 4, 8, 1562, {0.17, UNITS_DOLLAR, UNITS_PER_HOUR}, AWS},
    {"aws:c6i.2xlarge", 8, 16, 3125, {0.34, UNITS_DOLLAR, UNITS_PER_HOUR}, AWS},
    {"aws:c6i.4xlarge", 16, 32, 6250, {0.68, UNITS_DOLLAR, UNITS_PER_HOUR}, AWS},
    {"aws:c6i.8xlarge", 32, 64, 12500, {1.36, UNITS_DOLLAR, UNITS_PER_HOUR}, AWS},
    {"aws:c6i.16xlarge", 64, 128, 25000, {2.72, UNITS_DOLLAR, UNITS_PER_HOUR}, AWS},
    {"aws:c6g.medium", 1, 2, 500, {0.034, UNITS_DOLLAR, UNITS_PER_HOUR}, AWS},
    {"aws:c6g.large", 2, 4, 750, {0.068, UNITS_DOLLAR, UNITS_PER_HOUR}, AWS},
    {"aws:c6g.xlarge", 4, 8, 1250, {0.136, UNITS_DOLLAR, UNITS_PER_HOUR}, AWS},
    {"aws:c6g.2xlarge", 8, 16, 2500, {0.272, UNITS_DOLLAR, UNITS_PER_HOUR}, AWS},
    {"aws:c6g.4xlarge", 16, 32, 5000, {0.544, UNITS_DOLLAR, UNITS_PER_HOUR}, AWS},
    {"aws:c6g.8xlarge", 32, 64, 12000, {1.088, UNITS_DOLLAR, UNITS_PER_HOUR}, AWS},
    {"aws:c6g.16xlarge", 64, 128, 25000, {2.176, UNITS_DOLLAR, UNITS_PER_HOUR}, AWS},
    {"aws:c7i.large", 2, 4, 781, {0.08925, UNITS_DOLLAR, UNITS_PER_HOUR}, AWS},
    {"aws:c7i.xlarge", 4, 8, 1562, {0.1785, UNITS_DOLLAR, UNITS_PER_HOUR}, AWS},
    {"aws:c7i.2xlarge", 8, 16, 3125, {0.357, UNITS_DOLLAR, UNITS_PER_HOUR}, AWS},
    {"aws:c7i.4xlarge", 16, 32, 6250, {0.714, UNITS_DOLLAR, UNITS_PER_HOUR}, AWS},
    {"aws:c7i.8xlarge", 32, 64, 12500, {1.428, UNITS_DOLLAR, UNITS_PER_HOUR}, AWS},
    {"aws:c7i.16xlarge", 64, 128, 25000, {2.856, UNITS_DOLLAR, UNITS_PER_HOUR}, AWS},
    {"aws:c7g.medium", 1, 2, 520, {0.0363, UNITS_DOLLAR, UNITS_PER_HOUR}, AWS},
    {"aws:c7g.large", 2, 4, 937, {0.0725, UNITS_DOLLAR, UNITS_PER_HOUR}, AWS},
    {"aws:c7g.xlarge", 4, 8, 1876, {0.145, UNITS_DOLLAR, UNITS_PER_HOUR}, AWS},
    {"aws:c7g.2xlarge", 8, 16, 3750, {0.29, UNITS_DOLLAR, UNITS_PER_HOUR}, AWS},
    {"aws:c7g.4xlarge", 16, 32, 7500, {0.58, UNITS_DOLLAR, UNITS_PER_HOUR}, AWS},
    {"aws:c7g.8xlarge", 32, 64, 15000, {1.16, UNITS_DOLLAR, UNITS_PER_HOUR}, AWS},
    {"aws:c7g.16xlarge", 64, 128, 30000, {2.32, UNITS_DOLLAR, UNITS_PER_HOUR}, AWS},
    {"aws:r5.large", 2, 16, 750, {0.126, UNITS_DOLLAR, UNITS_PER_HOUR}, AWS},
    {"aws:r5.xlarge", 4, 32, 1250, {0.252, UNITS_DOLLAR, UNITS_PER_HOUR}, AWS},
    {"aws:r5.2xlarge", 8, 64, 2500, {0.504, UNITS_DOLLAR, UNITS_PER_HOUR}, AWS},
    {"aws:r5.4xlarge", 16, 128, 5000, {1.008, UNITS_DOLLAR, UNITS_PER_HOUR}, AWS},
    {"aws:r5.8xlarge", 32, 256, 10000, {2.016, UNITS_DOLLAR, UNITS_PER_HOUR}, AWS},
    {"aws:r5.16xlarge", 64, 512, 20000, {4.032, UNITS_DOLLAR, UNITS_PER_HOUR}, AWS},
    {"aws:r6i.large", 2, 16, 781, {0.126, UNITS_DOLLAR, UNITS_PER_HOUR}, AWS},
    {"aws:r6i.xlarge", 4, 32, 1562, {0.252, UNITS_DOLLAR, UNITS_PER_HOUR}, AWS},
    {"aws:r6i.2xlarge", 8, 64, 3125, {0.504, UNITS_DOLLAR, UNITS_PER_HOUR}, AWS},
    {"aws:r6i.4xlarge", 16, 128, 6250, {1.008, UNITS_DOLLAR, UNITS_PER_HOUR}, AWS},
    {"aws:r6i.8xlarge", 32, 256, 12500, {2.016, UNITS_DOLLAR, UNITS_PER_HOUR}, AWS},
    {"aws:r6i.16xlarge", 64, 512, 25000, {4.032, UNITS_DOLLAR, UNITS_PER_HOUR}, AWS},
    {"aws:r6g.medium", 1, 8, 500, {0.0504, UNITS_DOLLAR, UNITS_PER_HOUR}, AWS},
    {"aws:r6g.large", 2, 16, 750, {0.1008, UNITS_DOLLAR, UNITS_PER_HOUR}, AWS},
    {"aws:r6g.xlarge", 4, 32, 1250, {0.2016, UNITS_DOLLAR, UNITS_PER_HOUR}, AWS},
    {"aws:r6g.2xlarge", 8, 64, 2500, {0.4032, UNITS_DOLLAR, UNITS_PER_HOUR}, AWS},
    {"aws:r6g.4xlarge", 16, 128, 5000, {0.8064, UNITS_DOLLAR, UNITS_PER_HOUR}, AWS},
    {"aws:r6g.8xlarge", 32, 256, 12000, {1.6128, UNITS_DOLLAR, UNITS_PER_HOUR}, AWS},
    {"aws:r6g.16xlarge", 64, 512, 25000, {3.2256, UNITS_DOLLAR, UNITS_PER_HOUR}, AWS},
    {"aws:r7g.medium", 1, 8, 520, {0.0536, UNITS_DOLLAR, UNITS_PER_HOUR}, AWS},
    {"aws:r7g.large", 2, 16, 937, {0.1071, UNITS_DOLLAR, UNITS_PER_HOUR}, AWS},
    {"aws:r7g.xlarge", 4, 32, 1876, {0.2142, UNITS_DOLLAR, UNITS_PER_HOUR}, AWS},
    {"aws:r7g.2xlarge", 8, 64, 3750, {0.4284, UNITS_DOLLAR, UNITS_PER_HOUR}, AWS},
    {"aws:r7g.4xlarge", 16, 128, 7500, {0.8568, UNITS_DOLLAR, UNITS_PER_HOUR}, AWS},
    {"aws:r7g.8xlarge", 32, 256, 15000, {1.7136, UNITS_DOLLAR, UNITS_PER_HOUR}, AWS},
    {"aws:r7g.16xlarge", 64, 512, 30000, {3.4272, UNITS_DOLLAR, UNITS_PER_HOUR}, AWS},
    {"do:s-1vcpu-512mb", 1, 0.5, 0, {4, UNITS_DOLLAR, UNITS_PER_MONTH}, DIGITALOCEAN},
    {"do:s-1vcpu-1gb", 1, 1, 0, {6, UNITS_DOLLAR, UNITS_PER_MONTH}, DIGITALOCEAN},
    {"do:s-1vcpu-2gb", 1, 2, 0, {12, UNITS_DOLLAR, UNITS_PER_MONTH}, DIGITALOCEAN},
    {"do:s-2vcpu-2gb", 2, 2, 0, {18, UNITS_DOLLAR, UNITS_PER_MONTH}, DIGITALOCEAN},
    {"do:s-2vcpu-4gb", 2, 4, 0, {24, UNITS_DOLLAR, UNITS_PER_MONTH}, DIGITALOCEAN},
    {"do:s-4vcpu-8gb", 4, 8, 0, {48, UNITS_DOLLAR, UNITS_PER_MONTH}, DIGITALOCEAN},
    {"do:s-8vcpu-16gb", 8, 16, 0, {96, UNITS_DOLLAR, UNITS_PER_MONTH}, DIGITALOCEAN},
    {"hetzner:cx33", 4, 8, 0, {6.49, UNITS_EURO, UNITS_PER_MONTH}, HETZNER_API},
    {"hetzner:cpx22", 2, 4, 0, {7.99, UNITS_EURO, UNITS_PER_MONTH}, HETZNER_LIST},
};
enum { ENTRIES = sizeof entries / sizeof *entries };

const char *machine_catalogue_name(size_t index) {
  return index < ENTRIES ? entries[index].name : NULL;
}

void machine_catalogue_names(struct names *names) {
  struct name_index *machines = &names_of(names, "machine")->index;
  struct name_index *built_in = &names_of(names, "built-in machine")->index;
  for (size_t i = 0; i < ENTRIES; i++) {
    name_index_add(machines, entries[i].name);
    name_index_add(built_in, entries[i].name);
  }
}

static const struct disk_type *default_disk(struct arena *arena) {
  struct diagnostics diagnostics;
  diagnostics_init(&diagnostics, arena);
  struct field_context context = {.arena = arena, .diagnostics = &diagnostics};
  struct disk_type *disk = arena_take(arena, sizeof *disk);
  if (disk != NULL) field_defaults(&disk_table, disk, &context);
  return disk;
}

bool machine_catalogue_type(size_t index, struct arena *arena, struct machine_type *type) {
  ASSERT(index < ENTRIES, "the number of a built-in machine");
  const struct entry *entry = &entries[index];
  const char *why = NULL;
  *type = machine_unlimited;
  type->discipline = STATION_PS;
  type->cores = entry->cores;
  type->memory = (int64_t)(entry->memory * 0x1p30);
  if (entry->megabits > 0) type->nic = entry->megabits * 125e3;
  type->price = price_per_time(entry->price);
  if (!distribution_lognormal_percentiles(&type->boot, 40e9, 80e9, &why)) return false;
  if (entry->source != AWS) return true;
  type->disk = default_disk(arena);
  return type->disk != NULL;
}

void machine_catalogue_document(FILE *stream) {
  fprintf(stream, "Built-in machines. They boot in about 40 s; those of aws have the default disk.\n");
  for (size_t i = 0; i < ENTRIES; i++) {
    const struct entry *entry = &entries[i];
    if (i == 0 || entry->source != entries[i - 1].source)
      fprintf(stream, "\n  %s: %s\n", sources[entry->source].date, sources[entry->source].text);
    fprintf(stream, "    %-20s %3d cores %6g GiB", entry->name, entry->cores, entry->memory);
    if (entry->megabits > 0) fprintf(stream, " %6d Mbps", entry->megabits);
    bool euros = entry->price.currency == UNITS_EURO, hourly = entry->price.per == UNITS_PER_HOUR;
    fprintf(stream, "%*s%s%g%s\n", entry->megabits > 0 ? 2 : 14, "", euros ? "\xe2\x82\xac" : "$",
            entry->price.amount, hourly ? "/h" : "/month");
  }
}
