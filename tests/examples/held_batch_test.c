/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The sink of this example, without a runtime: a probe gives it tuples and keeps their verdicts.
 */
#include "topologies/held_batch/held_batch.c"

#include <assert.h>
#include <string.h>

#include <gale/probe.h>

static void give_numbers(struct gale_probe *probe, uint64_t count)
{
    for (uint64_t i = 0; i < count; i++)
        (void)gale_probe_give(probe, gale_numbers, &(struct gale_number){.value = i});
}

int main(void)
{
    struct gale_probe *probe = gale_probe_new(&gale_topology, "sink");

    give_numbers(probe, BATCH_MAX - 1); /* one short of a batch: all of them wait */
    assert(gale_probe_held(probe) == BATCH_MAX - 1);
    assert(gale_probe_verdict(probe, 0) == GALE_HELD);
    gale_probe_tick(probe); /* stores what there is: attempt 1 */
    assert(gale_probe_verdict(probe, 0) == GALE_ACK);

    give_numbers(probe, 2 * BATCH_MAX); /* two batches: every third attempt fails */
    assert(gale_probe_verdict(probe, 3 * BATCH_MAX - 2) == GALE_FAIL);
    assert(strcmp(gale_probe_reason(probe), "attempt 3 to store failed") == 0);
    assert(gale_probe_counter(probe, "batches_failed") == 1);
    assert(gale_probe_error(probe) == NULL); /* and no rule was broken */
    gale_probe_destroy(&probe);
    return 0;
}
