/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A server, its clients, and the weather: a run in virtual time that one seed decides. First comes
 * the storm, in which connections are cut and held up, processes stall, clients are kept away, the
 * server is paused and killed, and its disk is slow and full. Then all faults end, and within a
 * bounded time everybody has to be connected and to have what it wants.
 */
#ifndef TESTS_SIM_COORD_WORLD_H
#define TESTS_SIM_COORD_WORLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tests/sim/coord_agenda.h"
#include "tests/sim/coord_history.h"
#include "tests/sim/coord_host.h"
#include "tests/sim/coord_link.h"
#include "tests/sim/coord_player.h"
#include "tests/sim/coord_process.h"
#include "tests/sim/coord_raw.h"
#include "tests/sim/coord_trace.h"

enum {
    COORD_WORLD_RAWS_MAX = 6,
};

enum coord_fault {
    COORD_FAULT_CUT,       /* a connection */
    COORD_FAULT_HOLD,      /* a connection, for a while */
    COORD_FAULT_STALL,     /* a client's process */
    COORD_FAULT_DREAM,     /* a client's owner */
    COORD_FAULT_BAN,       /* a client cannot connect for a while */
    COORD_FAULT_PAUSE,     /* the server */
    COORD_FAULT_CRASH,     /* the server */
    COORD_FAULT_DISK_FULL, /* for a while */
    COORD_FAULT_DISK_SLOW, /* for a while */
    COORD_FAULTS,
};

struct coord_world_options {
    uint64_t seed;
    enum coord_trace_mode trace;
    uint32_t raws;
    uint32_t players;
    uint32_t others;   /* clients whose owners are set by a story */
    uint64_t storm_us; /* 0: none */
    uint64_t act_us;   /* the longest usual time between two acts of a client */
    uint64_t fault_us; /* ... between two faults */
    uint32_t faults;   /* a bit for each kind that may happen */
};

struct coord_world {
    struct coord_world_options options;
    struct coord_trace trace;
    struct coord_agenda agenda;
    struct coord_network network;
    struct coord_host host;
    struct coord_history history;
    struct rng rng;
    bool is_calm;
    uint64_t steps;
    uint32_t faults_done;
    uint64_t settle_us; /* how long it took */
    uint32_t process_count;
    struct coord_process *processes; /* of all clients */
    struct coord_raw raws[COORD_WORLD_RAWS_MAX];
    struct coord_club club;
    struct coord_player players[COORD_PLAYERS_MAX];
};

/* What a seed stands for. */
struct coord_world_options coord_world_draw(uint64_t seed);

void coord_world_init(struct coord_world *world, const struct coord_world_options *options);
void coord_world_done(struct coord_world *world);

/* All of it; what goes wrong is a complaint in the trace. */
void coord_world_run(struct coord_world *world);

/* For stories: lets time go on until the moment. */
void coord_world_pass(struct coord_world *world, uint64_t us);

/* Ends all faults and waits until everybody has what it wants. */
void coord_world_settle(struct coord_world *world);

#endif
