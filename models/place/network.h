// The network: how long a message takes from one place to another. Latency classes are constant; jitter and
// loss are drawn for each message where a scenario has them. Clients stand behind an access link of their
// own, with a round trip, a bandwidth each way and a loss. `"none"` makes every hop free and removes every
// default timeout, for textbook models. What setting up a connection costs is in connection.h, what a
// machine's interface shares in nic.h.
//
// Leaves out: routes and shared links between machines, packets (a message is lost or not, whatever its
// size), the ramp of a TCP stream (slow start) and its fast retransmit, the order of messages that jitter
// overtakes.
#ifndef HEADROOM_NETWORK_H
#define HEADROOM_NETWORK_H

#include "field.h"

#include <stdint.h>

enum { NETWORK_REGIONS_MOST = 32 };

// How clients of a kind are connected.
struct network_access {
  struct distribution round_trip; // to the edge of the region, ns; each user has its own
  double down;                    // bytes/s to the client; INFINITY: no limit
  double up;                      // bytes/s from it
  double loss;                    // chance that a message is lost on the link, either way
};

// One-way times, ns.
struct network {
  bool none;
  bool varies;                // network_message() has something to draw; else it is network_delay()
  bool jitters;               // by one of the two below
  double jitter_cv;           // more than 0: every time is multiplied by a lognormal factor of mean 1
  struct distribution jitter; // else: added to every message, ns
  double loss;                // chance that a message between machines, or on the way to one, is lost
  int64_t retransmission;     // the least timeout after which a lost message is sent again, ns
  int64_t within_host;
  int64_t within_zone;
  int64_t between_zones;
  uint16_t region_count;
  const char *const *regions;
  int64_t (*between)[NETWORK_REGIONS_MOST]; // by region numbers
  struct network_access *access;            // by profile, as network_profiles
};

// What is at hand wherever one stands (a name service) is no end of its own: it costs no hop.
enum { NETWORK_CLIENT = UINT16_MAX, NETWORK_EVERYWHERE = UINT16_MAX - 1 };

// Where one end of a message stands. A client has no zone and no host.
struct network_end {
  uint16_t region;
  uint16_t place; // or NETWORK_CLIENT, or NETWORK_EVERYWHERE
  uint16_t zone;
  int64_t access;                       // a client's: one way to the edge of its region, ns
  const struct network_access *profile; // a client's, for bandwidth and loss; NULL: without either
  const void *machine;                  // the same pointer: the same machine
};

// As it is written under "network".
extern const struct field_alternative *const network_forms[];

static inline bool network_is_client(const struct network_end *end) {
  return end->place == NETWORK_CLIENT;
}
static inline bool network_is_everywhere(const struct network_end *end) {
  return end->place == NETWORK_EVERYWHERE;
}

// The names of regions and access profiles, for what refers to them.
void network_names(struct names *names);

// Compiles the settings (absent: the built-in classes). False when they name a region or profile that there
// is not (which decoding reports), or memory ran out.
bool network_compile(const struct variant *settings, struct arena *arena, struct network *network);

// The number of a region, UINT16_MAX if it is unknown or NULL.
uint16_t network_region(const struct network *network, const char *name);

// An access profile by its name ("broadband", "4g", …); NULL if it is unknown. Under "none" a free one.
const struct network_access *network_profile(const struct network *network, const char *name);
extern const char *const network_profiles[];

// The one-way latency of a profile's median user, ns; -1 if it is unknown.
int64_t network_access(const struct network *network, const char *profile);

// The one-way latency of one user, ns: half a round trip drawn from `user`, a stream that is the user's own,
// so that all its messages take the same.
int64_t network_user_delay(const struct network_access *access, struct random_stream user);

// One-way time of a message but for jitter, loss and its transfer, ns.
int64_t network_delay(const struct network *network, const struct network_end *from,
                      const struct network_end *to);

// What `bytes` ≥ 0 take on the access link of the end that is a client, ns: going up if it is `from`, else
// down. Nothing between machines, whose interfaces are shared (nic.h).
int64_t network_transfer(const struct network_end *from, const struct network_end *to, int64_t bytes);

// The chance that a message is lost: none on one machine.
double network_loss(const struct network *network, const struct network_end *from,
                    const struct network_end *to);

// One-way time of a message over a connection, ns, with its jitter. A lost one is sent again after the
// retransmission timeout, twice that, and so on; the NETWORK_TRIES_MOST-th is not lost.
enum { NETWORK_TRIES_MOST = 16 };
int64_t network_message(const struct network *network, const struct network_end *from,
                        const struct network_end *to, struct random_stream *stream);

// The same of a message that nobody repeats: false if it is lost; `*delay` is set otherwise.
bool network_datagram(const struct network *network, const struct network_end *from,
                      const struct network_end *to, struct random_stream *stream, int64_t *delay);

// The mean of network_message(), ns, for predictions.
double network_message_mean(const struct network *network, const struct network_end *from,
                            const struct network_end *to);

// After how long a message is sent again, ns, `tries` ≥ 1 having been lost: three round trips, as RFC 6298
// has it after one measurement (2.2), at least network->retransmission (2.4: a second; Linux takes 200 ms),
// twice as long each time (5.5), at most a minute (2.5).
int64_t network_retransmission(const struct network *network, int64_t round_trip, unsigned tries);

// The default timeout of a remote call, ns, or INT64_MAX under "none".
int64_t network_default_timeout(const struct network *network);

// Prints the latency classes, regions and access profiles, for `headroom doc network`.
void network_document(FILE *stream);

#endif
