/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sim/coord_world.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

enum {
    CALM_MAX_US = 30 * 1000 * 1000, /* in it everybody gets what it wants */
    LOOK_US = 20 * 1000,
    FAULT_MAX_US = 2 * 1000 * 1000,
    ABSENCE_US = 2700 * 1000, /* the longest timeout, and a little */
};

/* ---- what must hold of the tree ---- */

/* They are only set together. */
static void check_twins(struct coord_world *world)
{
    size_t size = 0;
    size_t other_size = 0;
    const char *one = coord_host_data(&world->host, COORD_RAW_TWIN, &size);
    const char *other = coord_host_data(&world->host, COORD_RAW_OTHER, &other_size);

    if (one == NULL || other == NULL)
        return;
    if (size != other_size || memcmp(one, other, size) != 0)
        coord_trace_complain(&world->trace, "of a multi a part was done: '%.*s' and '%.*s'",
                             (int)size, one, (int)other_size, other);
}

static void look(void *owner, const struct tree *tree)
{
    struct coord_world *world = owner;

    (void)tree;
    check_twins(world);
    coord_club_look(&world->club);
}

/* ---- faults ---- */

/* Who holds an office is hit more often: there is more to be seen. */
static struct coord_process *pick_process(struct coord_world *world)
{
    for (uint32_t i = 0; i < world->options.players && rng_below(&world->rng, 4) > 0; i++) {
        if (coord_player_is_in_office(&world->players[i]))
            return world->players[i].process;
    }
    return &world->processes[rng_below(&world->rng, world->process_count)];
}

/* Mostly short; one in four of those that hit one client is beyond any timeout. */
static uint64_t draw_length(struct coord_world *world, uint32_t fault)
{
    if (fault < COORD_FAULT_PAUSE && rng_below(&world->rng, 4) == 0)
        return ABSENCE_US + rng_below(&world->rng, ABSENCE_US);
    return 1000 + coord_agenda_pause(&world->agenda, FAULT_MAX_US);
}

static void start_server(void *owner, uint64_t number)
{
    struct coord_world *world = owner;

    (void)number;
    coord_host_start(&world->host);
}

static void mend_disk(void *owner, uint64_t number)
{
    struct coord_world *world = owner;

    (void)number;
    world->host.commit_us = 2000;
    if (world->host.is_disk_full)
        coord_host_fill_disk(&world->host, false);
}

static void unban(void *owner, uint64_t number)
{
    struct coord_world *world = owner;

    if (world->processes[number].is_banned)
        coord_process_ban(&world->processes[number], false);
}

static void cut(struct coord_world *world, uint64_t until_us)
{
    (void)until_us;
    coord_process_cut(pick_process(world));
}

static void hold(struct coord_world *world, uint64_t until_us)
{
    struct coord_process *process = pick_process(world);

    if (process->link != NULL)
        coord_link_hold(process->link, until_us);
}

static void stall(struct coord_world *world, uint64_t until_us)
{
    coord_process_stall(pick_process(world), until_us);
}

static void dream(struct coord_world *world, uint64_t until_us)
{
    coord_process_stall_owner(pick_process(world), until_us);
}

static void ban(struct coord_world *world, uint64_t until_us)
{
    struct coord_process *process = pick_process(world);

    if (process->is_banned)
        return;
    coord_process_ban(process, true);
    coord_agenda_add(&world->agenda, until_us, unban, world, process->number);
}

static void pause_server(struct coord_world *world, uint64_t until_us)
{
    coord_host_pause(&world->host, until_us);
}

static void crash(struct coord_world *world, uint64_t until_us)
{
    coord_host_crash(&world->host);
    coord_agenda_add(&world->agenda, until_us, start_server, world, 0);
}

static void fill_disk(struct coord_world *world, uint64_t until_us)
{
    coord_host_fill_disk(&world->host, true);
    coord_agenda_add(&world->agenda, until_us, mend_disk, world, 0);
}

static void slow_disk(struct coord_world *world, uint64_t until_us)
{
    world->host.commit_us = 200000;
    coord_agenda_add(&world->agenda, until_us, mend_disk, world, 0);
}

typedef void hurt(struct coord_world *world, uint64_t until_us);

static void strike(void *owner, uint64_t number)
{
    static hurt *const faults[] = {
        [COORD_FAULT_CUT] = cut,
        [COORD_FAULT_HOLD] = hold,
        [COORD_FAULT_STALL] = stall,
        [COORD_FAULT_DREAM] = dream,
        [COORD_FAULT_BAN] = ban,
        [COORD_FAULT_PAUSE] = pause_server,
        [COORD_FAULT_CRASH] = crash,
        [COORD_FAULT_DISK_FULL] = fill_disk,
        [COORD_FAULT_DISK_SLOW] = slow_disk,
    };
    struct coord_world *world = owner;
    uint32_t fault = rng_below(&world->rng, COUNT_OF(faults));

    (void)number;
    if (world->is_calm)
        return;
    /* The server's are rarer: each of them is everybody's, and gives all sessions more time. */
    if (fault >= COORD_FAULT_PAUSE && rng_below(&world->rng, 4) > 0)
        fault = rng_below(&world->rng, COORD_FAULT_PAUSE);
    if ((world->options.faults >> fault & 1) != 0) {
        world->faults_done++;
        faults[fault](world, world->agenda.now_us + draw_length(world, fault));
    }
    coord_agenda_add(&world->agenda,
                     world->agenda.now_us + 1 +
                         coord_agenda_pause(&world->agenda, world->options.fault_us),
                     strike, world, 0);
}

/* ---- calm ---- */

static void end_faults(struct coord_world *world)
{
    world->is_calm = true;
    world->club.is_calm = true;
    coord_trace_add(&world->trace, "all faults end");
    world->host.paused_until_us = 0;
    coord_host_start(&world->host);
    mend_disk(world, 0);
    for (uint32_t i = 0; i < world->process_count; i++) {
        struct coord_process *process = &world->processes[i];
        process->asleep_us = 0;
        process->dreaming_us = 0;
        unban(world, i);
    }
    for (uint32_t i = 0; i < world->options.raws; i++)
        world->raws[i].is_calm = true;
}

static bool is_settled(const struct coord_world *world)
{
    for (uint32_t i = 0; i < world->options.raws; i++) {
        if (!coord_raw_is_settled(&world->raws[i]))
            return false;
    }
    return coord_club_is_settled(&world->club) && !service_has_batch(world->host.service);
}

static void complain_unsettled(struct coord_world *world)
{
    for (uint32_t i = 0; i < world->process_count; i++) {
        const struct coord_process *process = &world->processes[i];
        if (!coord_process_is_connected(process))
            coord_trace_complain(&world->trace, "client %" PRIu32 " does not get a connection",
                                 process->number);
    }
    for (uint32_t i = 0; i < world->options.players; i++) {
        const char *trouble = coord_player_trouble(&world->players[i]);
        if (trouble != NULL)
            coord_trace_complain(&world->trace, "client %" PRIu32 ": %s does not come to rest",
                                 world->players[i].number, trouble);
    }
    coord_trace_complain(&world->trace, coord_offices_are_settled(&world->club)
                                            ? "the calm does not come to rest"
                                            : "nobody leads in the end, or several do");
}

void coord_world_pass(struct coord_world *world, uint64_t us)
{
    uint64_t until_us = world->agenda.now_us + us;

    while (!world->trace.has_complaint && coord_agenda_turn(&world->agenda, until_us))
        world->steps++;
    world->agenda.now_us = until_us;
    world->trace.now_us = until_us;
}

void coord_world_settle(struct coord_world *world)
{
    uint64_t begin_us = world->agenda.now_us;

    end_faults(world);
    while (!world->trace.has_complaint && !is_settled(world)) {
        if (world->agenda.now_us > begin_us + CALM_MAX_US)
            complain_unsettled(world);
        coord_world_pass(world, LOOK_US);
    }
    world->settle_us = world->agenda.now_us - begin_us;
}

/* ---- the end ---- */

/* What was acknowledged is there. */
static void check_line(struct coord_world *world)
{
    for (size_t i = 0; i < world->history.number_count; i++) {
        const struct coord_history_number *number = &world->history.numbers[i];
        char path[COORD_HISTORY_TEXT_MAX];
        size_t size;

        if (strcmp(number->parent, COORD_RAW_LINE) != 0)
            continue;
        (void)snprintf(path, sizeof path, COORD_RAW_LINE "/n%010" PRId32, number->number);
        const char *single = coord_host_data(&world->host, path, &size);
        (void)snprintf(path, sizeof path, COORD_RAW_LINE "/m%010" PRId32, number->number);
        if (single == NULL && coord_host_data(&world->host, path, &size) == NULL)
            coord_trace_complain(&world->trace, "number %" PRId32 " of the line is lost",
                                 number->number);
    }
}

void coord_world_run(struct coord_world *world)
{
    coord_world_pass(world, world->options.storm_us);
    coord_world_settle(world);
    if (world->trace.has_complaint)
        return;
    check_line(world);
    coord_club_check(&world->club);
    coord_history_check(&world->history);
}

/* ---- birth and end ---- */

struct coord_world_options coord_world_draw(uint64_t seed)
{
    static const uint32_t all = (1u << COORD_FAULTS) - 1;
    struct rng rng;

    rng_init(&rng, ~seed);
    struct coord_world_options options = {
        .seed = seed,
        .raws = rng_below(&rng, COORD_WORLD_RAWS_MAX),
        .players = rng_below(&rng, COORD_PLAYERS_MAX + 1),
        .storm_us = 2000000 + rng_below(&rng, 6000000),
        .act_us = 5000u << rng_below(&rng, 5),
        .fault_us = 100000u << rng_below(&rng, 5),
        .faults = all,
    };
    if (options.raws + options.players == 0)
        options.raws = options.players = 3;
    if (rng_below(&rng, 2) == 0)
        options.faults = 1 + (uint32_t)rng_next(&rng) % all;
    return options;
}

static void add_process(struct coord_world *world)
{
    struct coord_process_options options = {
        .network = &world->network,
        .host = &world->host,
        .history = &world->history,
        .number = world->process_count,
        .asks_ms = 300 + rng_below(&world->rng, 2000),
        .act_us = world->options.act_us,
    };

    coord_process_init(&world->processes[world->process_count++], &options);
}

/* One in three begins with a full disk: what is only done once is refused, too. */
static void begin_storm(struct coord_world *world)
{
    if ((world->options.faults >> COORD_FAULT_DISK_FULL & 1) != 0 && rng_below(&world->rng, 3) == 0)
        fill_disk(world, 500 * 1000);
    coord_agenda_add(&world->agenda, coord_agenda_pause(&world->agenda, world->options.fault_us),
                     strike, world, 0);
}

static void add_clients(struct coord_world *world)
{
    const struct coord_world_options *options = &world->options;
    uint32_t count = options->raws + options->players + options->others;

    world->processes = NEW_ARRAY(struct coord_process, count);
    while (world->process_count < count)
        add_process(world);
    for (uint32_t i = 0; i < options->raws; i++)
        coord_raw_init(&world->raws[i], &world->processes[i], rng_next(&world->rng));
    coord_club_init(&world->club, &world->trace, &world->host);
    world->club.players = world->players;
    world->club.count = options->players;
    for (uint32_t i = 0; i < options->players; i++)
        coord_player_init(&world->players[i], &world->club, &world->processes[options->raws + i],
                          rng_next(&world->rng));
}

void coord_world_init(struct coord_world *world, const struct coord_world_options *options)
{
    *world = (struct coord_world){.options = *options};
    rng_init(&world->rng, options->seed);
    coord_trace_init(&world->trace, options->trace);
    coord_agenda_init(&world->agenda, &world->trace, rng_next(&world->rng));
    coord_network_init(&world->network, &world->agenda);
    world->network.arrived[COORD_LINK_CLIENT] = coord_process_arrived;
    world->network.arrived[COORD_LINK_SERVER] = coord_host_arrived;
    world->network.delay_us = 200u << rng_below(&world->rng, 6);
    coord_history_init(&world->history, &world->trace);
    coord_host_init(&world->host, &world->agenda, rng_next(&world->rng));
    coord_host_plant(&world->host, coord_raw_paths, coord_raw_path_count);
    coord_host_plant(&world->host, coord_club_paths, coord_club_path_count);
    add_clients(world);
    world->host.look = look;
    world->host.look_owner = world;
    if (options->storm_us > 0 && options->faults != 0)
        begin_storm(world);
}

void coord_world_done(struct coord_world *world)
{
    for (uint32_t i = 0; i < world->options.players; i++)
        coord_player_done(&world->players[i]);
    coord_club_done(&world->club);
    for (uint32_t i = 0; i < world->process_count; i++)
        coord_process_done(&world->processes[i]);
    free(world->processes);
    coord_host_done(&world->host);
    coord_network_done(&world->network);
    coord_history_done(&world->history);
    coord_agenda_done(&world->agenda);
    coord_trace_done(&world->trace);
}
