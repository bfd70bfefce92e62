/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The server's process in virtual time: the real service with a store in memory, going through the
 * same steps as the loop of coord/server/io/daemon.c. Its commits take their time and may find the
 * disk full; it may be paused; it may crash, in the middle of a commit too, and then what was being
 * committed is on the disk as a whole or not at all.
 *
 * After everything that the service did it is looked at (tests/sim/coord_witness.h); what leaves
 * must be durable, and after a crash or a rollback the state must be that of the last durable batch.
 */
#ifndef TESTS_SIM_COORD_HOST_H
#define TESTS_SIM_COORD_HOST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/list.h"
#include "coord/server/batch.h"
#include "coord/server/service.h"
#include "tests/sim/coord_agenda.h"
#include "tests/sim/coord_link.h"
#include "tests/sim/coord_witness.h"
#include "tests/support/memory_store.h"

enum {
    COORD_HOST_TICK_MS = 100,
};

struct coord_host_coverage {
    uint32_t crashes;
    uint32_t torn; /* with a commit under way */
    uint32_t rollbacks;
    uint32_t slow_readers;
    uint64_t commits;
};

struct coord_host {
    struct coord_agenda *agenda;
    struct coord_trace *trace;
    struct rng rng;
    struct service_options options;
    struct memory_store *store;
    struct service *service; /* NULL while the process is not there */
    uint64_t life;           /* counts the starts */
    uint64_t turn;           /* number of the turn that is due */
    uint64_t turn_us;
    uint64_t paused_until_us;
    uint64_t retry_us; /* of a commit to a full disk */
    bool is_committing;
    bool has_outcome; /* the commit has ended, and the loop has not seen it */
    bool outcome_is_full;
    bool is_disk_full;
    uint64_t commit_us; /* the longest usual one */
    struct batch batch;
    struct list guests;

    int64_t told_zxid; /* the highest that has left */
    struct coord_image sealed;
    struct coord_image durable;
    struct coord_witness witness;
    struct coord_host_coverage coverage;

    /* What else must hold of the tree; called when it may have changed. */
    void (*look)(void *owner, const struct tree *tree);
    void *look_owner;
};

void coord_host_init(struct coord_host *host, struct coord_agenda *agenda, uint64_t seed);
void coord_host_done(struct coord_host *host);

/* Makes nodes with null data, at once, before anything else happens. */
void coord_host_plant(struct coord_host *host, const char *const *paths, size_t count);

/* The server's end of a new connection; false if nobody listens. */
bool coord_host_accept(struct coord_host *host, struct coord_link *link);

/* For the network: something has arrived at one of its ends. */
void coord_host_arrived(void *receiver);

void coord_host_crash(struct coord_host *host);
void coord_host_start(struct coord_host *host);
void coord_host_pause(struct coord_host *host, uint64_t until_us);
void coord_host_fill_disk(struct coord_host *host, bool is_full);

/* Whether the service has the session: it lives as far as anybody could know. */
bool coord_host_has_session(struct coord_host *host, int64_t id);

/* The data of a node as the service has it; NULL if there is none. Not ended by NUL. */
const char *coord_host_data(const struct coord_host *host, const char *path, size_t *ret_size);

#endif
