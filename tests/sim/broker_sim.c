/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Plays runs of a simulated broker, seed by seed. A seed decides everything: clients, faults and the order of events.
 *
 *     GALE_SIM_BROKER_SEEDS=n     how many seeds (default: what a sanitizer does in 20 s)
 *     GALE_SIM_SEED=n             this one alone
 *     GALE_SIM_TRACE=1            prints what happens, with the virtual time in milliseconds
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "tests/sim/broker_world.h"
#include "tests/sim/seeds.h"

enum {
    SEEDS_DEFAULT = 120,
    REPEAT_EVERY = 16, /* seeds, of which one is run twice to compare */
    BAD_MAX = 5,
};

struct totals {
    struct broker_coverage coverage;
    uint64_t steps;
    uint64_t acked;
    uint64_t seen;
    uint64_t cut_off;
    uint64_t compacted;
    uint64_t retired;
    uint64_t audits;
};

static void add_totals(struct totals *totals, const struct broker_world *world)
{
    /* All of its members are counters. */
    uint64_t *to = (uint64_t *)&totals->coverage;
    const uint64_t *from = (const uint64_t *)&world->coverage;

    for (size_t i = 0; i < sizeof world->coverage / sizeof *from; i++)
        to[i] += from[i];
    totals->steps += world->steps;
    totals->acked += world->model.acked;
    totals->seen += world->model.seen;
    totals->cut_off += world->model.cut_off;
    totals->compacted += world->model.compacted;
    totals->retired += world->model.retired;
    totals->audits += world->model.audits;
}

static void print_totals(const struct totals *totals, uint64_t seeds)
{
    const struct broker_coverage *seen = &totals->coverage;

    printf("%" PRIu64 " seeds, %" PRIu64 " steps: %" PRIu64 " calls answered, %" PRIu64
           " lost; %" PRIu64 " stops, %" PRIu64 " kills, %" PRIu64 " power cuts, %" PRIu64
           " of these in an operation, %" PRIu64 " at a start; %" PRIu64 " times full, %" PRIu64
           " times failed\n",
           seeds, totals->steps, seen->answered, seen->lost, seen->stops, seen->kills,
           seen->power_cuts, seen->struck, seen->start_faults, seen->full_disks,
           seen->failed_syncs);
    printf("%" PRIu64 " records acknowledged, %" PRIu64 " read, %" PRIu64
           " taken by power cuts, %" PRIu64 " by compaction, %" PRIu64 " by retention; %" PRIu64
           " batches refused, %" PRIu64 " sent twice; %" PRIu64 " commits, %" PRIu64
           " assignments, %" PRIu64 " looks by time, %" PRIu64 " audits\n",
           totals->acked, totals->seen, totals->cut_off, totals->compacted, totals->retired,
           seen->refused, seen->duplicates, seen->commits, seen->generations, seen->by_time,
           totals->audits);
}

static struct broker_world *play(uint64_t seed, enum coord_trace_mode mode)
{
    struct broker_world *world = NEW(struct broker_world);
    const struct broker_world_options options = {.seed = seed, .trace = mode};

    broker_world_init(world, &options);
    broker_world_run(world);
    return world;
}

static void end(struct broker_world *world)
{
    broker_world_done(world);
    free(world);
}

static void check_repetition(struct broker_world *world)
{
    struct broker_world *again = play(world->options.seed, COORD_TRACE_LAST);

    if (again->trace.hash != world->trace.hash)
        coord_trace_complain(&world->trace, "two runs of the same seed differ");
    end(again);
}

/* False, and the reason is printed, if the seed shows an error. */
static bool try_seed(uint64_t seed, enum coord_trace_mode mode, struct totals *totals)
{
    struct broker_world *world = play(seed, mode);

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
    struct seeds seeds = seeds_read("GALE_SIM_BROKER_SEEDS", SEEDS_DEFAULT);
    enum coord_trace_mode mode = seeds.is_traced ? COORD_TRACE_PRINT : COORD_TRACE_LAST;
    struct totals totals = {.steps = 0};
    uint64_t bad = 0;

    for (uint64_t seed = seeds.first; seed < seeds.first + seeds.count && bad < BAD_MAX; seed++)
        bad += !try_seed(seed, mode, &totals);
    print_totals(&totals, seeds.count);
    return bad == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
