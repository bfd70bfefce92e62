/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The scheduler's books: which slot belongs to which topology, how much CPU and memory of each
 * supervisor is spoken for, and whose machine it is. It knows nothing of what is best.
 * Private to the scheduler; pure.
 */
#ifndef NIMBUS_SCHEDULE_SCHEDULER_GROUND_H
#define NIMBUS_SCHEDULE_SCHEDULER_GROUND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attribute.h"
#include "nimbus/schedule/scheduler.h"

enum {
    GROUND_NOBODY = UINT32_MAX,
};

struct ground_slot {
    uint32_t topology; /* index; GROUND_NOBODY: free */
    uint32_t worker;   /* which of the topology's it is; kept by scheduler_crew.c */
};

/* A supervisor. */
struct ground_site {
    const struct scheduler_supervisor *supervisor;
    struct ground_slot *slots;
    uint32_t free_count;
    uint32_t lowest;      /* no slot below it is free */
    uint32_t owner;       /* the topology that has the machine for itself; GROUND_NOBODY */
    uint32_t held;        /* workers here of the topology that is being served */
    uint64_t cpu_percent; /* spoken for; counted only where the capacity is limited */
    uint64_t memory_mb;
};

struct ground {
    const struct scheduler_cluster *cluster;
    uint32_t site_count;
    struct ground_site *sites;
    struct ground_slot *slots; /* of all of them */
};

/* All slots are free. The cluster outlives it. */
struct ground *ground_new(const struct scheduler_cluster *cluster) MUST_USE;
void ground_destroy(struct ground **ground);

/* The component asks for something: labels, CPU or memory. */
bool ground_is_demanding(const struct scheduler_component *component);

/* The supervisor has all labels of the component. */
bool ground_has_labels(const struct ground_site *site, const struct scheduler_component *component);

/* There is room for one more executor of the component. */
bool ground_has_room(const struct ground_site *site, const struct scheduler_component *component);

/* The topology may have workers here, as far as isolation goes. */
bool ground_is_open(const struct ground *ground, uint32_t site, uint32_t topology);

/* There is a slot with this number. */
bool ground_is_slot(const struct ground *ground, struct scheduler_place place);

void ground_take_slot(struct ground *ground, struct scheduler_place place, uint32_t topology);
void ground_free_slot(struct ground *ground, struct scheduler_place place);

/* The lowest free slot; there is one. */
uint32_t ground_lowest_slot(struct ground_site *site);

void ground_take_room(struct ground_site *site, const struct scheduler_component *component);
void ground_give_room(struct ground_site *site, const struct scheduler_component *component);

/* Enters executors where they are, whether they fit or not; a slot that another topology has
 * stays that one's. Returns how many slots of the topology that makes. */
uint32_t ground_enter(struct ground *ground, uint32_t topology,
                      const struct scheduler_place *places);

#endif
