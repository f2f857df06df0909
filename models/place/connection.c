// CPU of handshakes: HAProxy's introduction (3.5) measures 1,300 full handshakes a second with RSA 2048 and
// 13,100 resumed ones on one core of 3.7 GHz. Life of a ticket: OpenSSL's default, 300 seconds
// (SSL_CTX_set_timeout(3)).
#include "connection.h"

static const char *const versions[] = {"1.2", "1.3", NULL};

static const struct field connection_fields[] = {
    FIELD_WORD(struct connection_tls, version, versions, .standard = "\"1.3\"", .doc = "of TLS"),
    FIELD_DURATION(struct connection_tls, resumed, .standard = "\"5min\"", .maximum = 604800e9,
                   .doc = "how long a user's ticket lasts (OpenSSL's default); \"0s\": nobody resumes"),
    FIELD_BOOLEAN(struct connection_tls, early_data, .standard = "false",
                  .doc = "whether resumed sessions of 1.3 send the request at once"),
    FIELD_DURATION(struct connection_tls, full, .standard = "\"770us\"",
                   .doc = "CPU of a full handshake (HAProxy, RSA 2048: 1300/s a core)"),
    FIELD_DURATION(struct connection_tls, abbreviated, .standard = "\"76us\"",
                   .doc = "CPU of a resumed handshake (HAProxy: 13100/s a core)"),
};
const struct field_table connection_table = FIELD_TABLE("tls", struct connection_tls, connection_fields,
                                                        .doc = "Encryption of a service's connections.");

static int handshake(const struct connection_tls *tls, bool resumed) {
  if (tls->version == CONNECTION_TLS_1_2) return resumed ? 1 : 2;
  return resumed && tls->early_data ? 0 : 1;
}

struct connection_cost connection_setup(const struct connection_tls *tls, enum connection_kind kind) {
  if (kind == CONNECTION_REUSED) return (struct connection_cost){0, 0};
  if (tls == NULL) return (struct connection_cost){1, 0};
  bool resumed = kind == CONNECTION_RESUMED;
  return (struct connection_cost){1 + handshake(tls, resumed), resumed ? tls->abbreviated : tls->full};
}
