/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the service knows of itself, in the form in which the four-letter words tell it
 * (coord/server/words.h). What only the machine or the sockets know is added by others. Pure.
 */
#ifndef COORD_SERVER_FACTS_H
#define COORD_SERVER_FACTS_H

#include "coord/server/options.h"
#include "coord/server/service.h"
#include "coord/server/words.h"

/* Lives as long as the facts that were made with it. */
struct facts {
    struct service *service;
    uint64_t now_us; /* as the service was told */
    int64_t wall_ms;
    struct text *path; /* the caller's, for that of the item at hand */
};

/* Fills in all that the service and its options tell; the rest of *ret_facts is left as it is. */
void facts_gather(struct facts *facts, const struct options *options,
                  struct words_facts *ret_facts);

#endif
