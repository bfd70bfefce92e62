/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The settings of gale-coord: what they come to. Pure.
 */
#ifndef COORD_SERVER_OPTIONS_H
#define COORD_SERVER_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/settings.h"
#include "coord/server/service.h"

struct options {
    const char *listen; /* borrowed from the settings, like the other texts */
    const char *data;   /* folder; "" if nobody named one */
    const char *words;  /* four-letter words that are answered, "*" or "ruok,srvr" */
    uint32_t log_level; /* enum log_level */
    size_t connections_max;
    size_t connections_per_address_max; /* 0: no limit */
    size_t output_max_bytes;
    uint64_t handshake_timeout_ms;
    struct service_options service;
};

/* Checks all and reads them; keys of other programs, which may share the file, are checked and then
 * passed over. wire/coord_schema.h has the table. Errors name the place where a value was set, and the remedy: also for
 * an address beyond loopback that coord.public does not allow. The settings outlive the options. */
enum err options_make(const struct settings *settings, struct options *ret_options,
                      struct error *error) MUST_USE;

#endif
