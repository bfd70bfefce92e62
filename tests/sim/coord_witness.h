/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who looks at the server from outside, after everything that it did: sessions end in time and not
 * before, none comes back, no ephemeral is without its session and no watch without its connection.
 * And what makes one state of the server comparable with another.
 */
#ifndef TESTS_SIM_COORD_WITNESS_H
#define TESTS_SIM_COORD_WITNESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "coord/server/service.h"
#include "tests/sim/coord_trace.h"

enum {
    COORD_WITNESS_SESSIONS = 512, /* that one run may open */
};

/* What is known of a session from outside. */
struct coord_witness_session {
    int64_t id;
    uint32_t timeout_ms;
    uint64_t heard_us; /* of its last frame, or of the server's start if that was later */
    bool is_live;
    bool is_ending; /* its client has asked for the end */
    bool was_told;  /* its client knows it */
    bool is_firm;   /* opened while the disk was full: a crash may take it */
    bool was_seen;  /* in the present look */
};

struct coord_witness {
    struct coord_trace *trace;
    uint32_t tick_ms;
    uint64_t looked_mark; /* of the tree, at the last look */
    bool must_look;
    uint64_t excused_us;    /* until then sessions may live on: the server could not end them */
    bool may_have_sessions; /* a rollback or a restart may bring sessions back, or take them */
    struct coord_witness_session sessions[COORD_WITNESS_SESSIONS];
    size_t session_count;
    uint32_t expiries;
};

/* Sums over all nodes and sessions: equal images are, as good as certainly, equal states. */
struct coord_image {
    int64_t zxid; /* for complaints */
    uint64_t nodes;
    uint64_t sessions;
};

struct coord_image coord_witness_image(struct service *service);

/* True if the tree may have changed. */
bool coord_witness_look(struct coord_witness *witness, struct service *service);

/* Sessions that should have ended. */
void coord_witness_check_ages(struct coord_witness *witness);

/* A frame of the session came; of a session that is not known: nothing happens. */
void coord_witness_hear(struct coord_witness *witness, int64_t id, bool is_end);

/* Its client is told of the session. */
void coord_witness_tell(struct coord_witness *witness, int64_t id);

/* Up to that moment the server cannot end sessions. */
void coord_witness_excuse(struct coord_witness *witness, uint64_t until_us);

/* The state goes back to what is durable. */
void coord_witness_take_back(struct coord_witness *witness);

/* ... and the server is a new one: all sessions have their whole timeout again. */
void coord_witness_restart(struct coord_witness *witness);

#endif
