/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tells why the executors of a component are where they are: for each worker that has some of them
 * how many stayed and how many are new there, then what drove the new ones from where they were,
 * then why the rest has no place. All of it can be seen from what was and what is.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/mem.h"
#include "nimbus/schedule/scheduler.h"
#include "nimbus/schedule/scheduler_ground.h"
#include "nimbus/schedule/scheduler_reason.h"

/* Why an executor is not where it was. */
enum drive {
    DRIVE_NEW, /* it had no place */
    DRIVE_GONE,
    DRIVE_ISOLATION,
    DRIVE_LABELS,
    DRIVE_SPREAD, /* the workers' number or load asked for it, or their supervisor's room */
    DRIVE_COUNT,
};

static const char *const drive_texts[DRIVE_COUNT] = {
    [DRIVE_NEW] = "had no place before",
    [DRIVE_GONE] = "moved: the slot that it had is gone",
    [DRIVE_ISOLATION] = "moved: machines belong to topologies that asked for their own",
    [DRIVE_LABELS] = "moved: the supervisor no longer has the labels that the component needs",
    [DRIVE_SPREAD] = "moved: workers share executors evenly, as CPU and memory allow",
};

struct story {
    const struct ground *ground;
    uint32_t topology;
    const struct scheduler_component *component;
    uint32_t first;                       /* executor */
    const struct scheduler_place *before; /* of all executors; NULL: none had a place */
    const struct scheduler_place *after;
};

static struct scheduler_place before(const struct story *story, uint32_t executor)
{
    if (story->before == NULL)
        return (struct scheduler_place){.supervisor = SCHEDULER_NOWHERE};
    return story->before[executor];
}

static bool is_at(struct scheduler_place place, struct scheduler_place other)
{
    return place.supervisor == other.supervisor && place.slot == other.slot;
}

static enum drive drive_of(const struct story *story, uint32_t executor)
{
    struct scheduler_place place = before(story, executor);

    if (place.supervisor == SCHEDULER_NOWHERE)
        return DRIVE_NEW;
    if (!ground_is_slot(story->ground, place))
        return DRIVE_GONE;
    if (!ground_is_open(story->ground, place.supervisor, story->topology))
        return DRIVE_ISOLATION;
    if (!ground_has_labels(&story->ground->sites[place.supervisor], story->component))
        return DRIVE_LABELS;
    return DRIVE_SPREAD;
}

static int compare(const void *left, const void *right)
{
    const struct scheduler_place *a = left;
    const struct scheduler_place *b = right;

    if (a->supervisor != b->supervisor)
        return a->supervisor < b->supervisor ? -1 : 1;
    return (a->slot > b->slot) - (a->slot < b->slot);
}

/* A line for each worker, in the order of supervisors and slots. */
static void tell_workers(const struct story *story, struct text *out)
{
    uint32_t count = story->component->executors;
    struct scheduler_place *places = NEW_ARRAY(struct scheduler_place, count);
    struct scheduler_place *kept = NEW_ARRAY(struct scheduler_place, count);
    uint32_t placed = 0;
    uint32_t kept_count = 0;

    for (uint32_t i = 0; i < count; i++) {
        struct scheduler_place place = story->after[story->first + i];
        if (!ground_is_slot(story->ground, place))
            continue;
        places[placed++] = place;
        if (is_at(place, before(story, story->first + i)))
            kept[kept_count++] = place;
    }
    qsort(places, placed, sizeof *places, compare);
    qsort(kept, kept_count, sizeof *kept, compare);
    for (uint32_t i = 0, k = 0; i < placed;) {
        struct scheduler_place at = places[i];
        uint32_t here = 0;
        uint32_t stayed = 0;
        for (; i < placed && is_at(places[i], at); i++)
            here++;
        for (; k < kept_count && is_at(kept[k], at); k++)
            stayed++;
        text_add(out,
                 "supervisor '%s' slot %" PRIu32 ": %" PRIu32 " of %" PRIu32 ", %" PRIu32
                 " of which stayed where they were\n",
                 story->ground->sites[at.supervisor].supervisor->id, at.slot, here, count, stayed);
    }
    free(places);
    free(kept);
}

static void tell_drives(const struct story *story, struct text *out)
{
    uint32_t counts[DRIVE_COUNT] = {0};

    for (uint32_t i = 0; i < story->component->executors; i++) {
        struct scheduler_place place = story->after[story->first + i];
        if (ground_is_slot(story->ground, place) && !is_at(place, before(story, story->first + i)))
            counts[drive_of(story, story->first + i)]++;
    }
    for (int i = 0; i < DRIVE_COUNT; i++) {
        if (counts[i] > 0)
            text_add(out, "%" PRIu32 " %s\n", counts[i], drive_texts[i]);
    }
}

static void tell_unplaced(const struct story *story, struct text *out)
{
    uint32_t unplaced = 0;

    for (uint32_t i = 0; i < story->component->executors; i++)
        unplaced += !ground_is_slot(story->ground, story->after[story->first + i]);
    if (unplaced == 0)
        return;
    text_add(out, "%" PRIu32 " without a place: ", unplaced);
    reason_of_component(story->ground, story->topology, story->component, out);
    text_add(out, "\n");
}

/* The books as they are after the results; a topology with machines of its own has those where it
 * is. */
static struct ground *ground_after(const struct scheduler_cluster *cluster,
                                   const struct scheduler_result *results)
{
    struct ground *ground = ground_new(cluster);

    for (uint32_t i = 0; i < cluster->topology_count; i++) {
        const struct scheduler_topology *topology = &cluster->topologies[i];
        (void)ground_enter(ground, i, results[i].places);
        for (size_t e = 0; topology->isolate_machines > 0 && e < topology->executor_count; e++) {
            if (ground_is_slot(ground, results[i].places[e]))
                ground->sites[results[i].places[e].supervisor].owner = i;
        }
    }
    return ground;
}

void scheduler_explain(const struct scheduler_cluster *cluster, size_t topology,
                       const struct scheduler_result *results, const char *component,
                       struct text *out)
{
    ASSERT(topology < cluster->topology_count);

    AUTO(ground_destroy) struct ground *ground = ground_after(cluster, results);
    const struct scheduler_topology *it = &cluster->topologies[topology];
    struct story story = {
        .ground = ground,
        .topology = (uint32_t)topology,
        .before = it->current,
        .after = results[topology].places,
    };

    for (size_t i = 0; i < it->component_count; i++) {
        story.component = &it->components[i];
        if (strcmp(story.component->name, component) == 0) {
            tell_workers(&story, out);
            tell_drives(&story, out);
            tell_unplaced(&story, out);
            return;
        }
        story.first += story.component->executors;
    }
}
