/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sim/coord_player.h"

#include <string.h>

#include "base/mem.h"

struct entry {
    const char *name;
    const struct coord_play_operations *operations;
};

static const struct entry plays[COORD_PLAYS] = {
    [COORD_PLAY_ELECTION] = {"the election", &coord_offices_election},
    [COORD_PLAY_LOCK] = {"the lock", &coord_offices_lock},
    [COORD_PLAY_PUT] = {"the queue's producer", &coord_goods_put},
    [COORD_PLAY_TAKE] = {"the queue's consumer", &coord_goods_take},
    [COORD_PLAY_COUNTER] = {"the counter", &coord_goods_counter},
    [COORD_PLAY_LATCH] = {"the latch", &coord_meetings_latch},
    [COORD_PLAY_BARRIER] = {"the barrier", &coord_meetings_barrier},
    [COORD_PLAY_DOUBLE_BARRIER] = {"the double barrier", &coord_meetings_double_barrier},
    [COORD_PLAY_MEMBERSHIP] = {"the membership", &coord_notices_membership},
    [COORD_PLAY_WATCHED] = {"the watched node", &coord_notices_watched},
    [COORD_PLAY_DIRECTORY] = {"the directory", &coord_notices_directory},
};

uint32_t coord_play_number(enum coord_play play)
{
    return (uint32_t)play + 1;
}

bool coord_player_feels_like(struct coord_player *player, uint32_t once_in)
{
    return rng_below(&player->rng, once_in) == 0;
}

/* ---- the club ---- */

const char *const coord_club_paths[] = {"/office", "/office/ledger", "/office/vault", "/notices"};
const size_t coord_club_path_count = COUNT_OF(coord_club_paths);

void coord_club_init(struct coord_club *club, struct coord_trace *trace, struct coord_host *host)
{
    *club = (struct coord_club){.trace = trace, .host = host, .is_passable = true};
}

void coord_club_done(struct coord_club *club)
{
    idmap_done(&club->epochs);
    idmap_done(&club->items);
}

void coord_club_look(struct coord_club *club)
{
    coord_offices_look(club);
    coord_meetings_look(club);
}

void coord_club_check(struct coord_club *club)
{
    coord_goods_check(club);
}

/* ---- a player ---- */

static void step(void *self, const struct coord_event *event, struct coord_calls *calls)
{
    struct coord_player *player = self;

    for (int play = 0; play < COORD_PLAYS; play++)
        plays[play].operations->step(player->plays[play], event, calls);
    if (player->club->host->service != NULL)
        coord_offices_look(player->club);
}

static void act(void *self, struct coord_calls *calls)
{
    struct coord_player *player = self;

    for (int play = 0; play < COORD_PLAYS; play++) {
        if (coord_player_feels_like(player, 4))
            plays[play].operations->act(player->plays[play], calls);
    }
}

void coord_player_init(struct coord_player *player, struct coord_club *club,
                       struct coord_process *process, uint64_t seed)
{
    *player = (struct coord_player){
        .club = club,
        .process = process,
        .number = process->number,
    };
    rng_init(&player->rng, seed);
    for (int play = 0; play < COORD_PLAYS; play++)
        player->plays[play] = plays[play].operations->new (player);
    process->owner = (struct coord_owner){.self = player, .step = step, .act = act};
}

void coord_player_done(struct coord_player *player)
{
    for (int play = 0; play < COORD_PLAYS; play++)
        plays[play].operations->destroy(player->plays[play]);
}

const char *coord_player_trouble(const struct coord_player *player)
{
    for (int play = 0; play < COORD_PLAYS; play++) {
        if (player->plays[play] != NULL && !plays[play].operations->is_settled(player->plays[play]))
            return plays[play].name;
    }
    return NULL;
}

bool coord_club_is_settled(const struct coord_club *club)
{
    for (uint32_t i = 0; i < club->count; i++) {
        const struct coord_player *player = &club->players[i];
        if (!coord_process_is_connected(player->process) || coord_player_trouble(player) != NULL)
            return false;
    }
    return coord_offices_are_settled(club);
}
