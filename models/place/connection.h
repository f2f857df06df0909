// What setting up a connection costs: round trips before the first byte of a request, and the server's CPU.
//
// TCP takes one round trip (RFC 9293). TLS 1.2 takes two more, one where a session is resumed (RFC
// 5246, 7.3); TLS 1.3 takes one, resumed or not, and none where a resumed session sends early data (RFC
// 8446, 2.2 and 2.3).
//
// Leaves out: the client's CPU, the bytes of certificates, QUIC, TCP Fast Open, early data that is refused.
#ifndef HEADROOM_CONNECTION_H
#define HEADROOM_CONNECTION_H

#include "field.h"

#include <stdint.h>

enum connection_version { CONNECTION_TLS_1_2, CONNECTION_TLS_1_3 };

// As it is written: "tls": {"version": "1.3"}.
struct connection_tls {
  int version;     // enum connection_version
  int64_t resumed; // how long a ticket lasts, ns; 0: no session is resumed
  bool early_data;
  int64_t full;        // the server's CPU for a full handshake, ns
  int64_t abbreviated; // and for a resumed one
};
extern const struct field_table connection_table;

enum connection_kind {
  CONNECTION_REUSED, // it was still open
  CONNECTION_FULL,   // new, nothing is known of the user
  CONNECTION_RESUMED // new, with a ticket
};

struct connection_cost {
  int round_trips;
  int64_t cpu; // of the server, ns
};

// `tls` NULL: TCP alone.
struct connection_cost connection_setup(const struct connection_tls *tls, enum connection_kind kind);

#endif
