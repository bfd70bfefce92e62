/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How the topologies were that ended last: of each what nimbus showed of it at its end, kept by the
 * nimbus that removed it, until it ends itself or HISTORY_MAX others have ended. Pure; belongs to its
 * owner's thread.
 */
#ifndef NIMBUS_HISTORY_H
#define NIMBUS_HISTORY_H

#include <stddef.h>

#include <jansson.h>

#include "base/attribute.h"
#include "nimbus/figures/chart.h"

enum {
    HISTORY_MAX = 20,
};

/* Zero is empty. */
struct history {
    json_t *items[HISTORY_MAX];        /* the newest first; the rest is NULL */
    struct chart *charts[HISTORY_MAX]; /* their figures' history; NULL: there was none */
};

/* Takes over an object with the members "id" and "name", and the chart, which may be NULL. One of the
 * same id goes. */
void history_put(struct history *history, json_t *status, struct chart *chart);
void history_done(struct history *history);

/* The newest of that name or id; NULL. Borrowed until the next is put. */
json_t *history_find(const struct history *history, const char *name) MUST_USE;
const struct chart *history_find_chart(const struct history *history, const char *name) MUST_USE;

#endif
