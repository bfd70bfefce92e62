/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Latches, barriers, double barriers: nobody goes on too early, and everybody in the end.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "coord/recipes/barrier.h"
#include "coord/recipes/double_barrier.h"
#include "coord/recipes/latch.h"
#include "tests/sim/coord_player.h"

#define LATCH   "/meetings/latch"
#define BARRIER "/meetings/barrier"
#define DOUBLE  "/meetings/double"

struct latecomer {
    struct coord_player *player;
    struct latch latch;
    bool has_counted;
    bool is_open;
    bool must_retry;
};

/* The first player raises and lowers, the others wait. */
struct walker {
    struct coord_player *player;
    struct barrier barrier;
    bool is_busy;
    bool is_raised; /* the first player: or is to be */
    bool must_retry;
    uint64_t since; /* step in which it began to wait */
};

enum stand {
    STAND_OUT,
    STAND_ENTERING,
    STAND_IN,
    STAND_LEAVING,
};

struct party {
    struct coord_player *player;
    struct double_barrier *barrier;
    enum stand stand;
    bool must_retry;
    uint64_t tried; /* to enter */
    uint64_t entered;
};

/* ---- the latch ---- */

static void *new_latecomer(struct coord_player *player)
{
    struct latecomer *latecomer = NEW(struct latecomer);
    char name[24];

    (void)snprintf(name, sizeof name, "party-%" PRIu32, player->number);
    latecomer->player = player;
    latch_init(&latecomer->latch, coord_play_number(COORD_PLAY_LATCH), LATCH, name,
               player->club->count);
    return latecomer;
}

static void step_latecomer(void *self, const struct coord_event *event, struct coord_calls *calls)
{
    struct latecomer *latecomer = self;
    struct coord_club *club = latecomer->player->club;

    switch (latch_step(&latecomer->latch, event, calls)) {
    case LATCH_OPEN:
        if (latecomer->is_open || club->counted_down < club->count)
            coord_trace_complain(club->trace, "the latch opens after %" PRIu32 " of %" PRIu32,
                                 club->counted_down, club->count);
        latecomer->is_open = true;
        break;
    case LATCH_FAILED:
        latecomer->must_retry = true;
        break;
    case LATCH_NO_NEWS:
    case LATCH_COUNTED:
        break;
    }
}

static void act_latecomer(void *self, struct coord_calls *calls)
{
    struct latecomer *latecomer = self;
    struct coord_club *club = latecomer->player->club;

    if (latecomer->must_retry) {
        latecomer->must_retry = false;
        latch_retry(&latecomer->latch, calls);
    }
    if (latecomer->has_counted ||
        !(club->is_calm || coord_player_feels_like(latecomer->player, 20)))
        return;
    latecomer->has_counted = true;
    club->counted_down++;
    latch_count_down(&latecomer->latch, calls);
    latch_wait(&latecomer->latch, calls);
}

static bool is_latecomer_settled(const void *self)
{
    const struct latecomer *latecomer = self;

    return latecomer->is_open;
}

const struct coord_play_operations coord_meetings_latch = {
    .new = new_latecomer,
    .destroy = free,
    .step = step_latecomer,
    .act = act_latecomer,
    .is_settled = is_latecomer_settled,
};

/* ---- the barrier ---- */

static void *new_walker(struct coord_player *player)
{
    struct walker *walker = NEW(struct walker);

    walker->player = player;
    barrier_init(&walker->barrier, coord_play_number(COORD_PLAY_BARRIER), BARRIER);
    return walker;
}

static void step_walker(void *self, const struct coord_event *event, struct coord_calls *calls)
{
    struct walker *walker = self;
    struct coord_club *club = walker->player->club;

    switch (barrier_step(&walker->barrier, event, calls)) {
    case BARRIER_PASSED:
        if (!club->is_passable && club->passable_step < walker->since)
            coord_trace_complain(club->trace, "client %" PRIu32 " passes the raised barrier",
                                 walker->player->number);
        walker->is_busy = false;
        break;
    case BARRIER_RAISED:
    case BARRIER_LOWERED:
        walker->is_busy = false;
        break;
    case BARRIER_FAILED:
        walker->must_retry = true;
        break;
    case BARRIER_NO_NEWS:
        break;
    }
}

static void act_first(struct walker *walker, struct coord_calls *calls)
{
    if (walker->player->club->is_calm && !walker->is_raised)
        return;
    walker->is_busy = true;
    if (walker->is_raised)
        barrier_lower(&walker->barrier, calls);
    else
        barrier_raise(&walker->barrier, calls);
    walker->is_raised = !walker->is_raised;
}

static void act_walker(void *self, struct coord_calls *calls)
{
    struct walker *walker = self;
    struct coord_club *club = walker->player->club;

    if (walker->must_retry) {
        walker->must_retry = false;
        barrier_retry(&walker->barrier, calls);
    }
    if (walker->is_busy)
        return;
    if (walker->player == &club->players[0]) {
        act_first(walker, calls);
    } else if (!club->is_calm) {
        walker->is_busy = true;
        walker->since = club->trace->step;
        barrier_wait(&walker->barrier, calls);
    }
}

static bool is_walker_settled(const void *self)
{
    const struct walker *walker = self;

    return !walker->is_busy && !walker->is_raised;
}

const struct coord_play_operations coord_meetings_barrier = {
    .new = new_walker,
    .destroy = free,
    .step = step_walker,
    .act = act_walker,
    .is_settled = is_walker_settled,
};

/* Is called when the tree has changed. */
void coord_meetings_look(struct coord_club *club)
{
    size_t size;
    bool is_down = coord_host_data(club->host, BARRIER, &size) == NULL;

    if (is_down || club->is_passable)
        club->passable_step = club->trace->step;
    club->is_passable = is_down;
}

/* ---- the double barrier ---- */

static void *new_party(struct coord_player *player)
{
    struct party *party = NEW(struct party);

    party->player = player;
    party->barrier = double_barrier_new(coord_play_number(COORD_PLAY_DOUBLE_BARRIER), DOUBLE,
                                        player->club->count, &player->rng);
    return party;
}

static void destroy_party(void *self)
{
    struct party *party = self;

    double_barrier_destroy(&party->barrier);
    free(party);
}

/* While no party dies, none can be a round ahead. */
static void enter(struct party *party)
{
    struct coord_club *club = party->player->club;

    party->stand = STAND_IN;
    party->entered++;
    club->rounds++;
    for (uint32_t i = 0; i < club->count && !club->has_lost_party; i++) {
        const struct party *other = club->players[i].plays[COORD_PLAY_DOUBLE_BARRIER];
        if (other->tried < party->entered)
            coord_trace_complain(club->trace, "client %" PRIu32 " enters without client %" PRIu32,
                                 party->player->number, other->player->number);
    }
}

static void step_party(void *self, const struct coord_event *event, struct coord_calls *calls)
{
    struct party *party = self;

    if (event->kind == COORD_EXPIRED)
        party->player->club->has_lost_party = true;
    switch (double_barrier_step(party->barrier, event, calls)) {
    case DOUBLE_BARRIER_ENTERED:
        enter(party);
        break;
    case DOUBLE_BARRIER_LEFT:
    case DOUBLE_BARRIER_LOST:
        party->stand = STAND_OUT;
        break;
    case DOUBLE_BARRIER_FAILED:
        party->must_retry = true;
        break;
    case DOUBLE_BARRIER_NO_NEWS:
        break;
    }
}

static void leave(struct party *party, struct coord_calls *calls)
{
    party->stand = STAND_LEAVING;
    if (double_barrier_leave(party->barrier, calls))
        party->stand = STAND_OUT;
}

static void act_party(void *self, struct coord_calls *calls)
{
    struct party *party = self;
    bool is_calm = party->player->club->is_calm;

    if (party->must_retry) {
        party->must_retry = false;
        double_barrier_retry(party->barrier, calls);
    }
    if (party->stand == STAND_OUT && !is_calm) {
        party->stand = STAND_ENTERING;
        party->tried++;
        double_barrier_enter(party->barrier, calls);
    } else if (party->stand == STAND_IN || (party->stand == STAND_ENTERING && is_calm)) {
        leave(party, calls);
    }
}

static bool is_party_settled(const void *self)
{
    const struct party *party = self;

    return party->stand == STAND_OUT;
}

const struct coord_play_operations coord_meetings_double_barrier = {
    .new = new_party,
    .destroy = destroy_party,
    .step = step_party,
    .act = act_party,
    .is_settled = is_party_settled,
};
