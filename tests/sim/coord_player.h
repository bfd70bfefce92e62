/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A process that plays recipes: several at a time, all through one client, as a daemon would. The
 * club is what all players of a run know together, and what is held against the promises of the
 * recipes:
 *
 *     coord_offices.c    elections and locks, and what their holders write behind fences
 *     coord_goods.c      queues and counters
 *     coord_meetings.c   latches, barriers and double barriers
 *     coord_notices.c    memberships, watched nodes, directories
 */
#ifndef TESTS_SIM_COORD_PLAYER_H
#define TESTS_SIM_COORD_PLAYER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/idmap.h"
#include "base/rng.h"
#include "tests/sim/coord_process.h"

enum coord_play {
    COORD_PLAY_ELECTION,
    COORD_PLAY_LOCK,
    COORD_PLAY_PUT,
    COORD_PLAY_TAKE,
    COORD_PLAY_COUNTER,
    COORD_PLAY_LATCH,
    COORD_PLAY_BARRIER,
    COORD_PLAY_DOUBLE_BARRIER,
    COORD_PLAY_MEMBERSHIP,
    COORD_PLAY_WATCHED,
    COORD_PLAY_DIRECTORY,
    COORD_PLAYS,
};

enum {
    COORD_PLAYERS_MAX = 6,
    COORD_PLAYER_OWN_TAGS = 1000, /* numbers of tags from here on are no recipe's */
};

struct coord_player;

/* One recipe of one player. */
struct coord_play_operations {
    void *(*new)(struct coord_player *player);
    void (*destroy)(void *self);
    void (*step)(void *self, const struct coord_event *event, struct coord_calls *calls);
    void (*act)(void *self, struct coord_calls *calls);

    /* In the calm: it has what it wants, and wants nothing more. */
    bool (*is_settled)(const void *self);
};

struct coord_club {
    struct coord_trace *trace;
    struct coord_host *host;
    struct coord_player *players;
    uint32_t count;
    bool is_calm;

    struct idmap epochs;  /* of the election: who has won it */
    int64_t vault_mzxid;  /* of what holders of the lock write */
    uint64_t vault_epoch; /* that stood there */
    struct idmap items;   /* of the queue: 1 once it was put, 2 once it was taken as well */
    uint64_t items_put;
    uint64_t items_taken;
    int64_t sum;            /* of all that was added */
    uint32_t counted_down;  /* parties of the latch */
    bool is_passable;       /* the barrier was down at the last look */
    uint64_t passable_step; /* the last moment at which it was */
    bool has_lost_party;    /* of the double barrier: a session has ended */

    /* What was seen of it, so that it can be told whether the seeds are any good. */
    uint64_t wins;
    uint64_t fenced_done;
    uint64_t fenced_out;
    uint64_t locks_taken;
    uint64_t rounds; /* entered at the double barrier */
};

struct coord_player {
    struct coord_club *club;
    struct coord_process *process;
    struct rng rng;
    uint32_t number;
    void *plays[COORD_PLAYS];
};

/* What must be there before; the rest is made by the recipes. */
extern const char *const coord_club_paths[];
extern const size_t coord_club_path_count;

void coord_club_init(struct coord_club *club, struct coord_trace *trace, struct coord_host *host);
void coord_club_done(struct coord_club *club);

/* What must hold of the tree and the players at any time. */
void coord_club_look(struct coord_club *club);

/* All players have what they want, and one of them leads. */
bool coord_club_is_settled(const struct coord_club *club);

/* What must hold when they are settled. */
void coord_club_check(struct coord_club *club);

void coord_player_init(struct coord_player *player, struct coord_club *club,
                       struct coord_process *process, uint64_t seed);
void coord_player_done(struct coord_player *player);

/* It leads, or holds the lock, as far as it knows. */
bool coord_player_is_in_office(const struct coord_player *player);

/* The first recipe that is not settled; for complaints. */
const char *coord_player_trouble(const struct coord_player *player);

/* ---- For the files of recipes -------------------------------------------------------------- */

/* The number of a recipe, for its tags. */
uint32_t coord_play_number(enum coord_play play);

/* True once in so many times. */
bool coord_player_feels_like(struct coord_player *player, uint32_t once_in);

extern const struct coord_play_operations coord_offices_election;
extern const struct coord_play_operations coord_offices_lock;
extern const struct coord_play_operations coord_goods_put;
extern const struct coord_play_operations coord_goods_take;
extern const struct coord_play_operations coord_goods_counter;
extern const struct coord_play_operations coord_meetings_latch;
extern const struct coord_play_operations coord_meetings_barrier;
extern const struct coord_play_operations coord_meetings_double_barrier;
extern const struct coord_play_operations coord_notices_membership;
extern const struct coord_play_operations coord_notices_watched;
extern const struct coord_play_operations coord_notices_directory;

void coord_offices_look(struct coord_club *club);
bool coord_offices_are_settled(const struct coord_club *club);
void coord_goods_check(struct coord_club *club);
void coord_meetings_look(struct coord_club *club);

#endif
