// What visits offer to disks and network interfaces: operations and bytes, added up as messages go. Answers
// go back through balancers, past those that have them go directly, and past name services; nothing within
// one machine passes an interface.
#include "journey.h"
#include "predict_parts.h"

#include <math.h>

static const double nanosecond = 1e-9;

struct traffic {
  struct predictor *predictor;
  double *answers; // bytes of the answer to each visit, by visit
  double *asked;   // visits per second that other visits cause, by visit
  double *near;    // of these, within its machine
};

static struct predict_part *part_of(const struct predictor *predictor, const struct predict_visit *visit) {
  return &predictor->parts[visit->pair / predictor->plan->request_count];
}

static bool is_forwarder(const struct predictor *predictor, const struct predict_visit *visit) {
  return part_of(predictor, visit)->component->model->forwards;
}

// Answers to what it asks do not come back to it, for others wait for them.
static bool is_passed_by(const struct predictor *predictor, const struct predict_visit *visit) {
  return is_forwarder(predictor, visit) && !part_of(predictor, visit)->component->answers_pass;
}

// Where a host has several machines, callers and callees mostly stand on different ones.
static bool one_machine(const struct predictor *predictor, const struct predict_visit *one,
                        const struct predict_visit *other) {
  uint32_t node = part_of(predictor, one)->node;
  const struct predict_station *station = &predictor->stations[node];
  return node == part_of(predictor, other)->node && station->machines == 1;
}

// ---- Disks ------------------------------------------------------------------------------------------------

static void use_disk(struct predictor *predictor, const struct predict_visit *visit) {
  struct predict_part *part = part_of(predictor, visit);
  struct predict_station *station = &predictor->stations[part->node];
  const struct disk_type *disk = station->type != NULL ? station->type->disk : NULL;
  part->operations += visit->rate * visit->does.disk_operations;
  if (disk == NULL || part->instances < 1) return;
  part->device +=
      visit->rate * (visit->does.disk_operations / disk->iops + visit->does.disk_bytes / disk->bandwidth);
  part->slots += visit->rate * visit->does.disk_operations * distribution_mean(&disk->latency) * nanosecond;
}

// ---- Interfaces -------------------------------------------------------------------------------------------

static void move_bytes(struct predictor *predictor, struct predict_part *part, enum nic_way way, double bytes,
                       const char *verb, const char *what) {
  if (!(bytes > 0)) return;
  part->bytes[way] += bytes;
  if (!(bytes > part->most[way])) return;
  part->most[way] = bytes;
  part->moves[way] = arena_format(predictor->arena, "%s `%s`", verb, what);
}

static const char *request_name(const struct predictor *predictor, const struct predict_visit *visit) {
  return predictor->plan->requests[visit->pair % predictor->plan->request_count].name;
}

static void move_answers(struct predictor *predictor, struct predict_part *part, enum nic_way way,
                         double rate, const struct predict_visit *visit, double bytes) {
  if (visit->does.sent_of != UINT16_MAX) {
    move_bytes(predictor, part, way, rate * bytes, "items of",
               predictor->plan->datasets[visit->does.sent_of].name);
  } else {
    move_bytes(predictor, part, way, rate * bytes, "answers to", request_name(predictor, visit));
  }
}

static void follow_call(struct traffic *traffic, const struct predict_visit *caller,
                        const struct predict_call *call) {
  struct predictor *predictor = traffic->predictor;
  uint32_t number = predictor->visit_of[call->to];
  if (number == UINT32_MAX) return;
  const struct predict_visit *callee = &predictor->visits[number];
  double rate = caller->rate * call->times;
  traffic->asked[number] += rate;
  bool near = one_machine(predictor, caller, callee), passed = is_passed_by(predictor, caller);
  if (near && !passed) traffic->near[number] += rate;
  if (near) return;
  double bytes =
      journey_mean_request_bytes(predictor->plan, (uint16_t)(call->to % predictor->plan->request_count));
  const char *name = request_name(predictor, callee);
  move_bytes(predictor, part_of(predictor, caller), NIC_OUT, rate * bytes, "requests", name);
  move_bytes(predictor, part_of(predictor, callee), NIC_IN, rate * bytes, "requests", name);
  if (!passed)
    move_answers(predictor, part_of(predictor, caller), NIC_IN, rate, callee, traffic->answers[number]);
}

// What nobody else asks comes from clients.
static void follow_clients(struct traffic *traffic, uint32_t number) {
  struct predictor *predictor = traffic->predictor;
  const struct predict_visit *visit = &predictor->visits[number];
  double rate = fmax(0, visit->rate - traffic->asked[number]);
  uint16_t request = (uint16_t)(visit->pair % predictor->plan->request_count);
  move_bytes(predictor, part_of(predictor, visit), NIC_IN,
             rate * journey_mean_request_bytes(predictor->plan, request), "requests",
             request_name(predictor, visit));
  if (is_passed_by(predictor, visit)) return;
  move_answers(predictor, part_of(predictor, visit), NIC_OUT, fmax(0, visit->rate - traffic->near[number]),
               visit, traffic->answers[number]);
}

// Callees come before callers. A balancer's answers are those of its targets.
static void find_answers(struct traffic *traffic) {
  struct predictor *predictor = traffic->predictor;
  for (uint32_t i = 0; i < predictor->visit_count; i++) {
    uint32_t number = predictor->ascending[i];
    const struct predict_visit *visit = &predictor->visits[number];
    traffic->answers[number] = visit->does.sent;
    for (uint32_t c = 0; c < visit->call_count && is_forwarder(predictor, visit); c++) {
      uint32_t target = predictor->visit_of[visit->calls[c].to];
      if (target != UINT32_MAX) traffic->answers[number] += visit->calls[c].times * traffic->answers[target];
    }
  }
}

// ---- Stations ---------------------------------------------------------------------------------------------

static void load_devices(struct predictor *predictor, const struct predict_part *part) {
  struct predict_station *station = &predictor->stations[part->node];
  if (station->type == NULL || part->instances < 1) return;
  double share = predict_busiest_share(predictor, station, part);
  const struct disk_type *disk = station->type->disk;
  bool deep = disk == NULL || disk->depth == STATION_UNLIMITED;
  station->disk += share * fmax(part->device, deep ? 0 : part->slots / (double)disk->depth);
  for (int way = 0; way < NIC_WAYS; way++) station->nic[way] += share * part->bytes[way] / station->type->nic;
}

static void forget(struct predict_part *part) {
  part->device = part->slots = part->operations = 0;
  for (int way = 0; way < NIC_WAYS; way++) {
    part->bytes[way] = part->most[way] = 0;
    part->moves[way] = NULL;
  }
}

bool predict_devices(struct predictor *predictor) {
  uint32_t count = predictor->visit_count;
  struct traffic traffic = {.predictor = predictor,
                            .answers = arena_array(predictor->arena, count, sizeof(double)),
                            .asked = arena_array(predictor->arena, count, sizeof(double)),
                            .near = arena_array(predictor->arena, count, sizeof(double))};
  if (traffic.answers == NULL || traffic.asked == NULL || traffic.near == NULL) return false;
  for (uint16_t c = 0; c < predictor->plan->component_count; c++) forget(&predictor->parts[c]);
  find_answers(&traffic);
  for (uint32_t v = 0; v < count; v++) {
    const struct predict_visit *visit = &predictor->visits[v];
    use_disk(predictor, visit);
    for (uint32_t i = 0; i < visit->call_count; i++) follow_call(&traffic, visit, &visit->calls[i]);
  }
  for (uint32_t v = 0; v < count; v++) follow_clients(&traffic, v);
  for (uint16_t c = 0; c < predictor->plan->component_count; c++)
    load_devices(predictor, &predictor->parts[c]);
  return true;
}
