/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sim/broker_commits.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "broker/server/service_parts.h"

enum {
    GENERATIONS = 1024,
};

static const char *const groups[BROKER_GROUPS_MAX] = {"solo-1", "solo-2", "party", "spare"};

struct kafka_string broker_commits_group(uint32_t group)
{
    return (struct kafka_string){groups[group], (int32_t)strlen(groups[group])};
}

static struct broker_commits_entry *entry_of(struct broker_commits *commits, uint32_t group,
                                             const struct broker_log *log)
{
    struct broker_commits_entry *entry = &commits->entries[group][log->topic][log->partition];

    if (!entry->is_used || entry->log != log->number) {
        entry->is_used = true;
        entry->log = log->number;
        entry->base = entry->last;
        entry->floor = -1;
        entry->durable = -1;
        entry->count = 0;
    }
    return entry;
}

int64_t broker_commits_begin(struct broker_commits *commits, uint32_t group,
                             const struct broker_log *log)
{
    return ++entry_of(commits, group, log)->last;
}

static const struct partition *log_of_group(const struct broker_commits *commits, uint32_t group)
{
    const struct replica *replica =
        service_find_replica(commits->model->rig->service, service_offsets_topic(),
                             groups_partition_of(broker_commits_group(group)));

    return replica == NULL ? NULL : replica->log;
}

int64_t broker_commits_end(const struct broker_commits *commits, uint32_t group)
{
    const struct partition *log = log_of_group(commits, group);

    return log == NULL ? 0 : partition_end_offset(log);
}

void broker_commits_acknowledge(struct broker_commits *commits, uint32_t group,
                                const struct broker_log *log, struct broker_commit commit)
{
    struct broker_commits_entry *entry = &commits->entries[group][log->topic][log->partition];

    coord_trace_add(commits->model->trace,
                    "group %s: commit %" PRId64 " of %s-%d is acknowledged, end %" PRId64,
                    groups[group], commit.number, broker_topic_name(log->topic), log->partition,
                    commit.end);
    if (entry->log != log->number)
        return;
    if (entry->count == BROKER_COMMITS_KEPT) {
        entry->count--;
        memmove(entry->acknowledged, entry->acknowledged + 1,
                entry->count * sizeof *entry->acknowledged);
    }
    entry->acknowledged[entry->count++] = commit;
}

static int64_t largest(const struct broker_commits_entry *entry, int64_t end_max)
{
    int64_t number = entry->floor;

    for (uint32_t i = 0; i < entry->count; i++) {
        if (entry->acknowledged[i].end <= end_max && entry->acknowledged[i].number > number)
            number = entry->acknowledged[i].number;
    }
    return number;
}

void broker_commits_check(struct broker_commits *commits, uint32_t group,
                          const struct broker_log *log, int64_t offset)
{
    struct broker_commits_entry *entry = entry_of(commits, group, log);
    int64_t least = largest(entry, INT64_MAX);
    bool is_stale = offset >= 0 && offset <= entry->base && !commits->may_be_stale;

    if (!commits->is_void && (offset < least || offset > entry->last || is_stale))
        coord_trace_complain(commits->model->trace,
                             "group %s has committed %" PRId64 " of %s-%d; acknowledged %" PRId64
                             ", last %" PRId64 ", of earlier ones up to %" PRId64,
                             groups[group], offset, broker_topic_name(log->topic), log->partition,
                             least, entry->last, entry->base);
}

static void each_entry(struct broker_commits *commits,
                       void (*visit)(struct broker_commits_entry *entry, int64_t flushed))
{
    for (uint32_t g = 0; g < BROKER_GROUPS_MAX; g++) {
        const struct partition *log =
            commits->model->rig->service == NULL ? NULL : log_of_group(commits, g);
        int64_t flushed = log == NULL ? 0 : partition_flushed_offset(log);
        for (int t = 0; t < BROKER_TOPICS; t++) {
            for (int p = 0; p < BROKER_PARTITIONS_MAX; p++)
                visit(&commits->entries[g][t][p], flushed);
        }
    }
}

static void keep_flushed(struct broker_commits_entry *entry, int64_t flushed)
{
    entry->durable = largest(entry, flushed);
}

static void keep_all(struct broker_commits_entry *entry, int64_t flushed)
{
    (void)flushed;
    entry->durable = largest(entry, INT64_MAX);
}

static void lose(struct broker_commits_entry *entry, int64_t flushed)
{
    (void)flushed;
    entry->floor = entry->durable;
    entry->count = 0;
}

void broker_commits_before_end(struct broker_commits *commits)
{
    each_entry(commits, keep_flushed);
}

void broker_commits_note_stopped(struct broker_commits *commits)
{
    each_entry(commits, keep_all);
}

void broker_commits_note_power_cut(struct broker_commits *commits)
{
    commits->may_be_stale = true;
    commits->is_void = commits->is_void || commits->is_doubtful;
    each_entry(commits, lose);
}

void broker_commits_begin_life(struct broker_commits *commits)
{
    memset(commits->generation_round, 0, sizeof commits->generation_round);
    memset(commits->generation_mask, 0, sizeof commits->generation_mask);
}

void broker_commits_assign(struct broker_commits *commits, int32_t generation, uint64_t round,
                           uint32_t mask)
{
    uint64_t *known = &commits->generation_round[generation % GENERATIONS];

    if (*known != 0 && *known != round)
        coord_trace_complain(commits->model->trace,
                             "generation %d has assignments %" PRIu64 " and %" PRIu64, generation,
                             *known, round);
    *known = round;
    commits->generation_mask[generation % GENERATIONS] |= mask;
}
