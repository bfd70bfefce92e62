/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How Storm's REST API writes things: durations, latencies, windows, ids, links. docs/rest_v1.md has the whole, and
 * where we differ. Everything returned is new and the caller's. Pure; any thread.
 */
#ifndef UI_STORM_SHAPE_H
#define UI_STORM_SHAPE_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

enum {
    SHAPE_WINDOWS = 4,
    SHAPE_ALL_TIME = 3, /* index of the window */
    SHAPE_CAPACITY =
        0, /* and of the one that capacity is told of: Storm's is of ten minutes, whatever is asked */
    SHAPE_DURATION_MAX = 48,  /* bytes of one that is written out */
    SHAPE_DEBUG_PERCENT = 10, /* what Storm says while nothing is sampled */
};

struct shape_window {
    const char *name; /* "600", ":all-time" */
    const char *pretty;
    uint32_t seconds; /* as nimbus counts: 0 is all */
};

extern const struct shape_window shape_windows[SHAPE_WINDOWS];

/* json_pack() of a format that is right: never NULL. */
json_t *shape_new(const char *format, ...);

/* Adds the members of `more`, which is taken over. */
void shape_add(json_t *object, json_t *more);

/* "1d 2h 3m 4s"; "0s". */
void shape_duration(uint64_t seconds, char ret_text[SHAPE_DURATION_MAX]);

/* {"uptime", "uptimeSeconds"} */
json_t *shape_uptime(uint64_t uptime_ms);
uint64_t shape_since(uint64_t since_ms,
                     uint64_t now_ms); /* 0 if it is not known, or the clock went back */

/* Milliseconds with three decimals of a latency's mean in nanoseconds; "0" of null. */
json_t *shape_latency(const json_t *latency);
json_t *shape_milliseconds(double nanoseconds); /* "0" if it is not above 0 */
json_t *shape_share(double share);              /* "0.125" */

/* As in a URL's query: letters, digits, '-', '.', '_', '*'; a space is '+', and the rest %XX. */
json_t *shape_encoded(const char *text);

/* "ACTIVE" of "active". */
json_t *shape_status(const char *status);

/* As a number, truth or null if the text is one, else a text: Storm's configurations have types. */
json_t *shape_value(const char *text);

/* Where the log of a worker can be read, below this server. */
json_t *shape_log_link(const char *topology_id, const char *supervisor, uint64_t slot);

/* The resources that Storm's schedulers plan with, all 0: what is asked for and what is assigned. */
json_t *shape_resources(void);

#endif
