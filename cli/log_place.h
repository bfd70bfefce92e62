/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Places in a log as they are typed: offsets and times. Pure; any thread.
 */
#ifndef CLI_LOG_PLACE_H
#define CLI_LOG_PLACE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attribute.h"
#include "broker/client/console.h"

/* "17" is an offset, "-17" the last 17 records. */
MUST_USE bool log_place_offset(const char *text, struct console_place *ret_place);

/* Milliseconds since 1970, or ISO 8601: "2026-11-22", "2026-11-22T06:00", "2026-11-22 06:00:00.5Z",
 * "2026-11-22T06:00:00+02:00". Without a zone it is UTC. */
MUST_USE bool log_place_time(const char *text, int64_t *ret_ms);

/* "earliest", "latest", an offset or an ISO time; a plain number is an offset. */
MUST_USE bool log_place_any(const char *text, struct console_place *ret_place);

#endif
