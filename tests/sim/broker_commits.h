/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Offsets that groups commit: each commit of a group to a partition has a number of its own, larger than all before it,
 * and that is the offset that is committed. One thread.
 */
#ifndef TESTS_SIM_BROKER_COMMITS_H
#define TESTS_SIM_BROKER_COMMITS_H

#include <stdbool.h>
#include <stdint.h>

#include "tests/sim/broker_model.h"

enum {
    BROKER_GROUPS_MAX = 4,
    BROKER_COMMITS_KEPT = 256, /* acknowledged ones, of a group and a partition */
};

struct broker_commit {
    int64_t number;
    int64_t end; /* of the partition of __consumer_offsets, behind its record */
};

/* Of a group to a partition. */
struct broker_commits_entry {
    uint32_t log; /* the incarnation that the rest is of */
    bool is_used;
    int64_t last;    /* number given out */
    int64_t base;    /* numbers up to here are of earlier incarnations */
    int64_t floor;   /* acknowledged, and to be there for ever; -1: none */
    int64_t durable; /* what the floor is after a power cut */
    struct broker_commit acknowledged[BROKER_COMMITS_KEPT];
    uint32_t count;
};

struct broker_commits {
    struct broker_model *model;
    struct broker_commits_entry entries[BROKER_GROUPS_MAX][BROKER_TOPICS][BROKER_PARTITIONS_MAX];
    bool is_doubtful;  /* a sync has failed: the next power cut may take anything */
    bool is_void;      /* that has happened */
    bool may_be_stale; /* what was deleted may be back: its deletion was not stored */
    uint64_t generation_round
        [1024]; /* of the members' group, by generation modulo: what its leader gave out */
    uint32_t generation_mask[1024];
};

struct kafka_string broker_commits_group(uint32_t group);

/* A number for the next commit of the log. */
int64_t broker_commits_begin(struct broker_commits *commits, uint32_t group,
                             const struct broker_log *log);

/* Where the records of the group end now. */
int64_t broker_commits_end(const struct broker_commits *commits, uint32_t group);

void broker_commits_acknowledge(struct broker_commits *commits, uint32_t group,
                                const struct broker_log *log, struct broker_commit commit);

/* What the broker says was committed. */
void broker_commits_check(struct broker_commits *commits, uint32_t group,
                          const struct broker_log *log, int64_t offset);

/* Before the broker ends; it was stopped in order; the power was cut; as in the model. */
void broker_commits_before_end(struct broker_commits *commits);
void broker_commits_note_stopped(struct broker_commits *commits);
void broker_commits_note_power_cut(struct broker_commits *commits);
void broker_commits_begin_life(struct broker_commits *commits);

/* A member is told its part, in which its leader has written the round. */
void broker_commits_assign(struct broker_commits *commits, int32_t generation, uint64_t round,
                           uint32_t mask);

#endif
