/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A process that uses the cluster state, in virtual time: its owner, who takes events and makes
 * calls, and below it what stands behind coord/client.h: one session that is kept by pings, that
 * comes back on new connections with its watches, and that is opened anew when it has expired.
 *
 * The process can stall as a whole, its owner can stall alone (then the session is kept and events
 * pile up), and it can be kept from connecting.
 *
 * What one client must never see is checked here: replies out of order, a zxid that goes back, an
 * event that nobody waits for, and something new before the event of a watch on it.
 */
#ifndef TESTS_SIM_COORD_PROCESS_H
#define TESTS_SIM_COORD_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/list.h"
#include "coord/call.h"
#include "coord/event.h"
#include "coord/protocol/message.h"
#include "tests/sim/coord_agenda.h"
#include "tests/sim/coord_history.h"
#include "tests/sim/coord_host.h"
#include "tests/sim/coord_link.h"

enum coord_process_state {
    COORD_PROCESS_AWAY, /* tries again later */
    COORD_PROCESS_GREETING,
    COORD_PROCESS_CONNECTED,
};

struct coord_owner {
    void *self;
    /* The process is at an event; the calls that are filled in are sent. */
    void (*step)(void *self, const struct coord_event *event, struct coord_calls *calls);
    /* The owner's own doing, from time to time. */
    void (*act)(void *self, struct coord_calls *calls);
};

struct coord_process {
    struct coord_agenda *agenda;
    struct coord_trace *trace;
    struct coord_network *network;
    struct coord_host *host;
    struct coord_history *history;
    uint32_t number;
    struct coord_owner owner;
    uint64_t act_us;      /* the longest usual time between two acts; 0: none */
    uint32_t asks_ms;     /* session timeout */
    bool is_banned;       /* cannot connect */
    uint64_t asleep_us;   /* the process stands still until then */
    uint64_t dreaming_us; /* the owner does */

    enum coord_process_state state;
    struct coord_link *link; /* NULL when AWAY */
    uint64_t generation;     /* of the link, for timers */
    uint64_t sent_us;
    uint64_t heard_us;
    bool owner_is_due;

    int64_t session_id; /* 0: none */
    unsigned char password[MESSAGE_PASSWORD_SIZE];
    uint32_t timeout_ms; /* as negotiated */
    bool is_known;       /* the owner was told of the session */
    int64_t last_zxid;
    int32_t last_xid;
    struct list asked; /* calls under way, in their order */
    struct list watches;
    struct list inbox; /* events that the owner has not taken */
    size_t inbox_count;
};

struct coord_process_options {
    struct coord_network *network;
    struct coord_host *host;
    struct coord_history *history;
    uint32_t number;
    uint32_t asks_ms;
    uint64_t act_us;
};

/* Starts to connect. The owner is to be set before time goes on. */
void coord_process_init(struct coord_process *process, const struct coord_process_options *options);
void coord_process_done(struct coord_process *process);

/* For the network. */
void coord_process_arrived(void *receiver);

/* For owners, outside of their step: sends the calls and empties the queue. */
void coord_process_send(struct coord_process *process, struct coord_calls *calls);

/* Faults. */
void coord_process_stall(struct coord_process *process, uint64_t until_us);
void coord_process_stall_owner(struct coord_process *process, uint64_t until_us);
void coord_process_cut(struct coord_process *process);
void coord_process_ban(struct coord_process *process, bool is_banned);

bool coord_process_is_connected(const struct coord_process *process);

#endif
