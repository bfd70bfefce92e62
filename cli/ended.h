/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Topologies that have ended, by what is left of them: the ids under which supervisors have logs. An id
 * is NAME-COUNTER-SECONDS. Pure; any thread.
 */
#ifndef CLI_ENDED_H
#define CLI_ENDED_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/attribute.h"

/* Whether that is the id of a topology of this name, or the name is the id itself. */
MUST_USE bool ended_is_of(const char *id, const char *name);

struct ended {
    char *id;             /* NULL: none was found */
    uint64_t modified_ms; /* when something was last written to its logs */
};

/* Looks through {"topologies":[{id, modified_ms}, ...]}, the answer of a supervisor, for a topology of
 * this name whose logs are newer than those found before. NULL is an empty answer. */
void ended_look(struct ended *ended, const char *name, const json_t *answer);
void ended_done(struct ended *ended);

#endif
