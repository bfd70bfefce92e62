/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether anybody listens where brokers are said to be: the client library would try for ever, and not
 * say why it fails.
 */
#ifndef BROKER_CLIENT_IO_REACH_H
#define BROKER_CLIENT_IO_REACH_H

#include <stdint.h>

#include "base/err.h"

enum {
    REACH_BROKERS_MAX = 64,
    REACH_PORT = 9092, /* of a broker that is named without one */
};

/* Takes connections one of "host:port,..."? ERR_INVALID if the list is wrong; ERR_CLOSED with what the
 * last of them did instead. Each may take `timeout_ms`. */
MUST_USE enum err reach_any(const char *brokers, uint64_t timeout_ms, struct error *error);

#endif
