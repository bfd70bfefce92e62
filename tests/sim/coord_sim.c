/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Plays runs of the simulated cluster state, seed by seed. A seed decides everything: clients,
 * faults and the order of events.
 *
 *     GALE_SIM_COORD_SEEDS=n      how many seeds (default: what a sanitizer does in 20 s)
 *     GALE_SIM_SEED=n             this one alone
 *     GALE_SIM_TRACE=1            prints what happens, with the virtual time in milliseconds
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "tests/sim/coord_world.h"
#include "tests/sim/seeds.h"

enum {
    SEEDS_DEFAULT = 120,
    REPEAT_EVERY = 16, /* seeds, of which one is run twice to compare */
    BAD_MAX = 5,
};

struct totals {
    uint64_t steps;
    uint64_t answered;
    uint64_t lost;
    uint64_t faults;
    uint64_t sessions;
    uint64_t expiries;
    uint64_t settle_max_us;
    uint64_t wins;
    uint64_t fenced_done;
    uint64_t fenced_out;
    uint64_t locks;
    uint64_t items;
    uint64_t rounds;
    struct coord_host_coverage host;
};

static void add_plays(struct totals *totals, const struct coord_club *club)
{
    totals->wins += club->wins;
    totals->fenced_done += club->fenced_done;
    totals->fenced_out += club->fenced_out;
    totals->locks += club->locks_taken;
    totals->items += club->items_taken;
    totals->rounds += club->rounds;
}

static void add_totals(struct totals *totals, const struct coord_world *world)
{
    totals->steps += world->steps;
    totals->answered += world->history.answered;
    totals->lost += world->history.lost;
    totals->faults += world->faults_done;
    totals->sessions += world->host.witness.session_count;
    totals->host.crashes += world->host.coverage.crashes;
    totals->host.torn += world->host.coverage.torn;
    totals->host.rollbacks += world->host.coverage.rollbacks;
    totals->expiries += world->host.witness.expiries;
    totals->host.slow_readers += world->host.coverage.slow_readers;
    totals->host.commits += world->host.coverage.commits;
    add_plays(totals, &world->club);
    if (world->settle_us > totals->settle_max_us)
        totals->settle_max_us = world->settle_us;
}

static struct coord_world *play(uint64_t seed, enum coord_trace_mode mode)
{
    struct coord_world *world = NEW(struct coord_world);
    struct coord_world_options options = coord_world_draw(seed);

    options.trace = mode;
    coord_world_init(world, &options);
    coord_world_run(world);
    return world;
}

static void end(struct coord_world *world)
{
    coord_world_done(world);
    free(world);
}

static void check_repetition(struct coord_world *world)
{
    struct coord_world *again = play(world->options.seed, COORD_TRACE_LAST);

    if (again->trace.hash != world->trace.hash)
        coord_trace_complain(&world->trace, "two runs of the same seed differ");
    end(again);
}

/* False, and the reason is printed, if the seed shows an error. */
static bool try_seed(uint64_t seed, enum coord_trace_mode mode, struct totals *totals)
{
    struct coord_world *world = play(seed, mode);

    add_totals(totals, world);
    if (!world->trace.has_complaint && seed % REPEAT_EVERY == 0 && mode == COORD_TRACE_LAST)
        check_repetition(world);
    bool is_good = !world->trace.has_complaint;
    if (!is_good) {
        if (mode == COORD_TRACE_LAST)
            coord_trace_print(&world->trace);
        fprintf(stderr, "seed %" PRIu64 ": %s\n", seed, world->trace.complaint);
        fprintf(stderr, "  again, with a trace: GALE_SIM_SEED=%" PRIu64 " GALE_SIM_TRACE=1\n",
                seed);
    }
    end(world);
    return is_good;
}

int main(void)
{
    struct seeds seeds = seeds_read("GALE_SIM_COORD_SEEDS", SEEDS_DEFAULT);
    uint64_t bad = 0;
    struct totals totals = {0};

    enum coord_trace_mode mode = seeds.is_traced ? COORD_TRACE_PRINT : COORD_TRACE_LAST;
    for (uint64_t seed = seeds.first; seed < seeds.first + seeds.count && bad < BAD_MAX; seed++)
        bad += !try_seed(seed, mode, &totals);
    printf("%" PRIu64 " seeds, %" PRIu64 " steps, %" PRIu64 " faults: %" PRIu64
           " calls answered, %" PRIu64 " lost; %" PRIu64 " sessions, %" PRIu64 " expired; %" PRIu64
           " commits, %" PRIu32 " found the disk full; %" PRIu32 " kills, %" PRIu32
           " in a commit; %" PRIu32 " slow readers dropped; at rest within %" PRIu64 " ms\n",
           seeds.count, totals.steps, totals.faults, totals.answered, totals.lost, totals.sessions,
           totals.expiries, totals.host.commits, totals.host.rollbacks, totals.host.crashes,
           totals.host.torn, totals.host.slow_readers, totals.settle_max_us / 1000);
    printf("%" PRIu64 " leaders, %" PRIu64 " locks taken, %" PRIu64
           " fenced writes done and %" PRIu64 " fenced off, %" PRIu64 " items taken, %" PRIu64
           " rounds at the double barrier\n",
           totals.wins, totals.locks, totals.fenced_done, totals.fenced_out, totals.items,
           totals.rounds);
    return bad == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
