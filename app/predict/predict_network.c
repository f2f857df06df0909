// What a request spends on the network, without any waiting: the way to its entry and back at the median
// user's round trip, setting up a connection as often as it is expected to be closed, names, and the hops of
// calls inside. Transfers, jitter and losses are left out.
//
// A user who comes at rate r finds its connection open with the probability 1 - exp(-rk), and after that its
// ticket good with exp(-rk) - exp(-rt), for k the time that it may be idle and t the life of a ticket: exact
// for Poisson arrivals whose answers take no time. Users who think find it open if they think no longer.
#include "connection.h"
#include "predict_parts.h"

#include <math.h>

static const double nanosecond = 1e-9;

// The share of requests by the kind of connection that they find.
struct reuse {
  double full;
  double resumed;
};

static double share_of(const struct client_group *group, uint16_t mix) {
  return group->mix_cumulative[mix] - (mix > 0 ? group->mix_cumulative[mix - 1] : 0);
}

static double link_share(const struct client_group *group, uint16_t link) {
  double share = 0;
  for (uint16_t m = 0; m < group->mix_count; m++) {
    if (group->links[group->mix_requests[m]] == link) share += share_of(group, m);
  }
  return share;
}

// That nothing is heard of a user for longer than `time`, ns.
static double longer(const struct predictor *predictor, const struct client_group *group, uint16_t link,
                     double time) {
  double share = link_share(group, link);
  if (group->process->drive == ARRIVAL_CLOSED) {
    const struct arrival_closed *closed = group->process_parameters;
    return 1 - distribution_cdf(&closed->think, time);
  }
  double rate = demand_group_rate(group) * predictor->load * share / (double)group->users;
  return isfinite(rate) ? exp(-rate * time * nanosecond) : 1;
}

static struct reuse reuse_of(const struct predictor *predictor, const struct client_group *group,
                             uint16_t link, const struct connection_tls *tls) {
  double ticket = tls == NULL ? 0 : (double)tls->resumed, kept = (double)group->keep_alive;
  double closed = longer(predictor, group, link, kept);
  double full = ticket > kept ? longer(predictor, group, link, ticket) : closed;
  return (struct reuse){full, closed - full};
}

// One way from a region to the nearest place of a component, without the access link, ns.
static double nearest(const struct plan *plan, uint16_t region, const struct component *component) {
  const struct network_end from = {.region = region, .place = NETWORK_CLIENT};
  double least = INFINITY;
  for (uint16_t s = 0; s < component->share_count; s++) {
    uint16_t place = component->shares[s].place;
    const struct network_end to = {.region = plan->places[place].region_number, .place = place};
    if (component->shares[s].count > 0)
      least = fmin(least, (double)network_delay(&plan->network, &from, &to));
  }
  return isfinite(least) ? least : 0;
}

static double way(const struct plan *plan, const struct client_group *group,
                  const struct component *component) {
  double time = group->region_count > 1 ? 0 : nearest(plan, group->region_number, component);
  for (uint16_t i = 0; group->region_count > 1 && i < group->region_count; i++) {
    double share = group->regions_reached[i] - (i > 0 ? group->regions_reached[i - 1] : 0);
    time += share * nearest(plan, group->regions[i], component);
  }
  return plan->network.none ? 0 : time + (double)group->access;
}

struct sum {
  const struct predictor *predictor;
  const struct client_group *group;
  uint16_t request;
  double weight;
  struct predicted_network *network;
};

// One that clients come to: `times` of the requests.
static void add_target(void *context, const struct call_site *site, double times) {
  struct sum *sum = context;
  const struct plan *plan = sum->predictor->plan;
  const struct deployment *deployment = site->callee->parameters;
  struct reuse reuse = reuse_of(sum->predictor, sum->group, sum->group->links[sum->request], deployment->tls);
  double trip = 2 * way(plan, sum->group, site->callee) * nanosecond, weight = sum->weight * times;
  if (plan->network.none) return;
  double trips = reuse.full * connection_setup(deployment->tls, CONNECTION_FULL).round_trips +
                 reuse.resumed * connection_setup(deployment->tls, CONNECTION_RESUMED).round_trips;
  sum->network->way += weight * trip;
  sum->network->set_up += weight * trip * trips;
  sum->network->new_connections += weight * (reuse.full + reuse.resumed);
}

static void add_entry(struct sum *sum, const struct call_site *site) {
  const struct model *model = site->callee->model;
  if (!model->everywhere) {
    add_target(sum, site, 1);
    return;
  }
  double before = sum->network->new_connections;
  struct model_demand demand;
  model->demand(site->callee, sum->request, &demand, add_target, sum);
  double asked = sum->predictor->plan->network.none ? sum->weight : sum->network->new_connections - before;
  sum->network->names += asked * 2 * (double)sum->group->access * nanosecond;
}

static double weight_of(const struct predictor *predictor, const struct client_group *group) {
  double rate = demand_group_rate(group);
  return predictor->open_why == NULL && !predictor->closed && isfinite(rate) ? rate : 1;
}

// ---- Handshakes ----

struct shake_sum {
  const struct predictor *predictor;
  const struct client_group *group;
  uint16_t request;
  double rate;
  double *work; // by pair, ns per second
};

static void add_handshakes(void *context, const struct call_site *site, double times) {
  struct shake_sum *sum = context;
  const struct plan *plan = sum->predictor->plan;
  const struct connection_tls *tls = ((const struct deployment *)site->callee->parameters)->tls;
  if (tls == NULL || plan->network.none) return;
  struct reuse reuse = reuse_of(sum->predictor, sum->group, sum->group->links[sum->request], tls);
  double cpu = reuse.full * (double)tls->full + reuse.resumed * (double)tls->abbreviated;
  sum->work[(size_t)site->callee->number * plan->request_count + sum->request] += sum->rate * times * cpu;
}

static void add_group(const struct predictor *predictor, const struct client_group *group, double rate,
                      double *work) {
  for (uint16_t m = 0; m < group->mix_count; m++) {
    uint16_t request = group->mix_requests[m];
    const struct call_site *site = &group->entries[request];
    struct shake_sum sum = {predictor, group, request, rate * share_of(group, m), work};
    struct model_demand demand;
    if (site->callee == NULL) continue;
    if (site->callee->model->everywhere) {
      site->callee->model->demand(site->callee, request, &demand, add_handshakes, &sum);
    } else {
      add_handshakes(&sum, site, 1);
    }
  }
}

double *predict_handshakes(const struct predictor *predictor) {
  const struct plan *plan = predictor->plan;
  size_t pairs = (size_t)plan->component_count * plan->request_count;
  double *work = arena_array(predictor->arena, pairs, sizeof *work);
  bool open = !predictor->closed && predictor->open_why == NULL;
  const double *visits = open ? predictor->demand.visits : predictor->demand.one_group;
  if (work == NULL) return NULL;
  for (uint16_t c = 0; c < plan->client_count; c++) {
    const struct client_group *group = &plan->clients[c];
    add_group(predictor, group, open ? demand_group_rate(group) : 1, work);
  }
  for (size_t pair = 0; pair < pairs; pair++) work[pair] = visits[pair] > 0 ? work[pair] / visits[pair] : 0;
  return work;
}

// ---- The whole ----

static double hops(const struct predictor *predictor, const struct predict_visit *visit) {
  const struct plan *plan = predictor->plan;
  const struct component *from = &plan->components[visit->pair / plan->request_count];
  double time = 0;
  for (uint32_t i = 0; i < visit->call_count; i++)
    time += visit->calls[i].times * 2 * predict_hop(plan, from, visit->calls[i].site->callee);
  return time * nanosecond;
}

void predict_network(const struct predictor *predictor, struct predicted_network *network) {
  const struct plan *plan = predictor->plan;
  double weights = 0, inside = 0, entered = 0;
  *network = (struct predicted_network){0};
  for (uint16_t c = 0; c < plan->client_count; c++) {
    const struct client_group *group = &plan->clients[c];
    double weight = weight_of(predictor, group);
    weights += weight;
    for (uint16_t m = 0; m < group->mix_count; m++) {
      uint16_t request = group->mix_requests[m];
      const struct call_site *site = &group->entries[request];
      if (site->callee == NULL) continue;
      struct sum sum = {predictor, group, request, weight * share_of(group, m), network};
      add_entry(&sum, site);
    }
  }
  for (uint32_t v = 0; v < predictor->visit_count; v++)
    inside += predictor->visits[v].one * hops(predictor, &predictor->visits[v]);
  entered = (double)plan->client_count;
  if (weights <= 0) return;
  network->way /= weights;
  network->set_up /= weights;
  network->names /= weights;
  network->new_connections /= weights;
  network->inside = inside / entered;
  network->total = network->way + network->set_up + network->names + network->inside;
}
