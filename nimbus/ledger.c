/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Totals that outlive the leader: once a second looks whether workers of a topology are over since it was written
 * last, and writes what they had counted into the cluster state (coord/state/totals_state.h), for the next leader.
 *
 * One write of a topology at a time, at most one in LEDGER_PAUSE_NS, and at most LEDGER_WRITES_MAX begun in a tick; the
 * first after a death at once. They are beside the writes that place and steer (nimbus/writes.c) and wait for
 * none of them, nor these for them. One that fails is made again after the pause. Totals of a topology that is
 * nowhere any more are deleted.
 */
#include <string.h>

#include "base/mem.h"
#include "nimbus/core_parts.h"

#define LEDGER_PAUSE_NS UINT64_C(10000000000)

enum {
    LEDGER_WRITES_MAX = 16, /* begun in a tick */
};

/* ---- taking over ---- */

static void inherit(struct core *core, struct topology *topology)
{
    struct directory_entry entry;
    struct totals_state kept;
    struct error error;

    topology->insight.is_inherited = true;
    if (!registry_totals(core->registry, topology->id, &entry))
        return;
    if (totals_state_decode(entry.data, entry.size, &kept, &error) != ERR_OK) {
        effects_log(core->effects, EFFECT_ERROR, "totals.unreadable", "topology=%s error=\"%s\"",
                    topology->id, error.text);
        return;
    }
    tally_inherit(&topology->insight.tally, &kept);
    totals_state_done(&kept);
}

void ledger_begin(struct core *core)
{
    const struct roll *topologies = registry_topologies(core->registry);

    for (size_t i = 0; i < topologies->count; i++) {
        struct topology *topology = topologies->items[i];
        topology->ledger = (struct ledger){.tag = 0};
        inherit(core, topology);
    }
}

/* ---- writing ---- */

static void give_up(struct core *core, struct topology *topology)
{
    topology->ledger.kept = topology->insight.tally.ends; /* until somebody dies again */
    effects_log(core->effects, EFFECT_WARN, "totals.too_large", "topology=%s", topology->id);
}

static void write(struct core *core, struct topology *topology)
{
    const struct fence *fence = office_fence(core->office);
    struct totals_state totals = tally_keep(&topology->insight.tally, topology->id);
    struct ledger *ledger = &topology->ledger;
    struct directory_entry entry;
    uint64_t tag = core_tag(core);

    ledger->written_ns = core->now_ns;
    enum err err = registry_totals(core->registry, topology->id, &entry)
                       ? totals_state_set(fence, &totals, tag, core->calls)
                       : totals_state_create(fence, &totals, tag, core->calls);
    totals_state_done(&totals);
    if (err != ERR_OK) {
        give_up(core, topology);
        return;
    }
    ledger->tag = tag;
    ledger->writing = topology->insight.tally.ends;
}

static bool is_due(const struct core *core, const struct topology *topology)
{
    const struct ledger *ledger = &topology->ledger;

    if (!topology->is_there || topology->is_removing || ledger->tag != 0)
        return false;
    return topology->insight.tally.ends != ledger->kept &&
           (ledger->written_ns == 0 || core->now_ns - ledger->written_ns >= LEDGER_PAUSE_NS);
}

/* Each tick begins where the last one has stopped, so that nobody is passed over for ever. */
static size_t write_due(struct core *core)
{
    const struct roll *topologies = registry_topologies(core->registry);
    size_t begun = 0;
    size_t seen = 0;

    for (; seen < topologies->count && begun < LEDGER_WRITES_MAX; seen++) {
        size_t index = (core->ledger_next + seen) % topologies->count;
        if (!is_due(core, topologies->items[index]))
            continue;
        write(core, topologies->items[index]);
        begun++;
    }
    core->ledger_next = topologies->count == 0 ? 0 : (core->ledger_next + seen) % topologies->count;
    return begun;
}

/* Its answer is of no use to anybody: what was not deleted is found again. */
static void delete_orphans(struct core *core, size_t begun)
{
    struct directory_entry entry;
    size_t position = 0;

    for (; begun < LEDGER_WRITES_MAX && registry_next_orphan(core->registry, &position, &entry);
         begun++)
        totals_state_delete(office_fence(core->office), entry.name, core_tag(core), core->calls);
}

void ledger_tick(struct core *core)
{
    delete_orphans(core, write_due(core));
}

/* ---- answers ---- */

static struct topology *find_tag(const struct core *core, uint64_t tag)
{
    const struct roll *topologies = registry_topologies(core->registry);

    for (size_t i = 0; i < topologies->count; i++) {
        struct topology *topology = topologies->items[i];
        if (topology->ledger.tag == tag)
            return topology;
    }
    return NULL;
}

bool ledger_step(struct core *core, const struct coord_event *event)
{
    struct topology *topology = event->tag == 0 ? NULL : find_tag(core, event->tag);
    enum coord_error error;
    size_t part;

    if (topology == NULL)
        return false;
    topology->ledger.tag = 0;
    switch (fence_read(event, &error, &part)) {
    case FENCE_DONE:
        topology->ledger.kept = topology->ledger.writing;
        break;
    case FENCE_OUT:
        office_resign(core->office, "another nimbus leads", core->calls, core->effects);
        break;
    case FENCE_REFUSED:
        effects_log(core->effects, EFFECT_WARN, "totals.refused", "topology=%s error=%d",
                    topology->id, (int)error);
        break;
    case FENCE_UNKNOWN:
        break;
    }
    return true;
}
