/* SPDX-License-Identifier: Apache-2.0 */
#include "worker/acker.h"

#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/mem.h"
#include "wire/tuple.h"

#define NO_SLOT         UINT32_MAX
#define FIRST_CAPACITY  64u
#define GENERATION_MASK ((1u << ACKER_GENERATION_BITS) - 1)
#define SLOT_MASK       ((1u << ACKER_SLOT_BITS) - 1)

enum tree_state {
    TREE_FREE,
    TREE_GROWING, /* planted, not sealed: its spout is still emitting the root */
    TREE_OPEN,
    TREE_COMPLETED,
    TREE_FAILED,
    TREE_TIMED_OUT,
};

/* 40 bytes; tens of thousands may be open, and their cache lines are what an ack costs. */
struct tree {
    union {
        uint64_t edges;                /* TREE_GROWING, TREE_OPEN: the XOR so far */
        struct acker_failure *failure; /* TREE_FAILED */
    } as;
    uint64_t id;
    uint64_t born_ns;
    uint32_t generation;
    uint16_t task;
    uint16_t state; /* enum tree_state */
    uint32_t older; /* by age */
    uint32_t newer; /* by age; next in the list of settled or free ones */
};

struct acker {
    _Alignas(128) struct acker_options options; /* no cache line shared with another loop's */
    struct tree *trees;
    uint32_t capacity;
    uint32_t open_count;
    uint32_t first_free;
    uint32_t oldest;
    uint32_t newest;
    uint32_t first_settled;
    uint32_t last_settled;
    struct acker_failure *taken; /* what the last verdict borrowed */
};

struct acker *acker_new(const struct acker_options *options)
{
    ASSERT(options->trees_max > 0 && options->trees_max <= ACKER_TREES_MAX);
    ASSERT(options->timeout_ns > 0);

    struct acker *acker = NEW(struct acker);
    acker->options = *options;
    acker->first_free = acker->oldest = acker->newest = NO_SLOT;
    acker->first_settled = acker->last_settled = NO_SLOT;
    return acker;
}

void acker_destroy(struct acker **acker)
{
    if (*acker == NULL)
        return;
    for (uint32_t i = 0; i < (*acker)->capacity; i++) {
        if ((*acker)->trees[i].state == TREE_FAILED)
            free((*acker)->trees[i].as.failure);
    }
    free((*acker)->taken);
    free((*acker)->trees);
    free(*acker);
    *acker = NULL;
}

/* It is never 0, so that no root is. */
static uint32_t first_generation(const struct acker *acker)
{
    return 1 + acker->options.generation % GENERATION_MASK;
}

/* Doubles the table, up to the limit. False if there is no more. */
static COLD bool grow(struct acker *acker)
{
    uint32_t wanted = acker->capacity == 0 ? FIRST_CAPACITY : acker->capacity * 2;
    uint32_t capacity = wanted < acker->options.trees_max ? wanted : acker->options.trees_max;

    if (capacity == acker->capacity)
        return false;
    acker->trees = mem_resize(acker->trees, capacity, sizeof *acker->trees);
    for (uint32_t slot = capacity; slot-- > acker->capacity;) {
        acker->trees[slot] = (struct tree){
            .generation = first_generation(acker), .state = TREE_FREE, .newer = acker->first_free};
        acker->first_free = slot;
    }
    acker->capacity = capacity;
    return true;
}

static uint64_t root_of(const struct acker *acker, uint32_t slot)
{
    return (uint64_t)acker->options.task << (ACKER_GENERATION_BITS + ACKER_SLOT_BITS) |
           (uint64_t)acker->trees[slot].generation << ACKER_SLOT_BITS | slot;
}

static void append_by_age(struct acker *acker, uint32_t slot)
{
    struct tree *tree = &acker->trees[slot];

    tree->older = acker->newest;
    tree->newer = NO_SLOT;
    if (acker->newest == NO_SLOT)
        acker->oldest = slot;
    else
        acker->trees[acker->newest].newer = slot;
    acker->newest = slot;
}

static void remove_by_age(struct acker *acker, const struct tree *tree)
{
    if (tree->older == NO_SLOT)
        acker->oldest = tree->newer;
    else
        acker->trees[tree->older].newer = tree->newer;
    if (tree->newer == NO_SLOT)
        acker->newest = tree->older;
    else
        acker->trees[tree->newer].older = tree->older;
}

uint64_t acker_plant(struct acker *acker, uint64_t now_ns, uint16_t task, uint64_t id)
{
    if (acker->first_free == NO_SLOT && !grow(acker))
        return 0;

    uint32_t slot = acker->first_free;
    struct tree *tree = &acker->trees[slot];
    acker->first_free = tree->newer;
    tree->as.edges = 0;
    tree->id = id;
    tree->born_ns = now_ns;
    tree->state = TREE_GROWING;
    tree->task = task;
    append_by_age(acker, slot);
    acker->open_count++;
    return root_of(acker, slot);
}

/* The tree of a root, if it is still undecided. */
static struct tree *find(struct acker *acker, uint64_t root)
{
    uint32_t slot = (uint32_t)root & SLOT_MASK;

    ASSERT(tuple_root_task(root) == acker->options.task);
    if (slot >= acker->capacity)
        return NULL;
    struct tree *tree = &acker->trees[slot];
    bool same = tree->generation == ((root >> ACKER_SLOT_BITS) & GENERATION_MASK);
    return same && (tree->state == TREE_OPEN || tree->state == TREE_GROWING) ? tree : NULL;
}

static void settle(struct acker *acker, struct tree *tree, uint16_t state)
{
    uint32_t slot = (uint32_t)(tree - acker->trees);

    remove_by_age(acker, tree);
    tree->state = state;
    tree->newer = NO_SLOT;
    if (acker->last_settled == NO_SLOT)
        acker->first_settled = slot;
    else
        acker->trees[acker->last_settled].newer = slot;
    acker->last_settled = slot;
}

void acker_seal(struct acker *acker, uint64_t root, uint64_t edges)
{
    struct tree *tree = find(acker, root);

    if (tree == NULL)
        return; /* failed while its root was being emitted */
    ASSERT(tree->state == TREE_GROWING);
    tree->as.edges ^= edges;
    tree->state = TREE_OPEN;
    if (tree->as.edges == 0)
        settle(acker, tree, TREE_COMPLETED);
}

void acker_ack(struct acker *acker, uint64_t root, uint64_t value)
{
    struct tree *tree = find(acker, root);

    if (tree == NULL)
        return;
    tree->as.edges ^= value;
    if (tree->as.edges == 0 && tree->state == TREE_OPEN)
        settle(acker, tree, TREE_COMPLETED);
}

static void fail_tree(struct acker *acker, struct tree *tree, const struct acker_report *report)
{
    struct acker_failure *failure = mem_alloc(sizeof *failure + report->length + 1);

    failure->kind = report->kind;
    failure->task = report->task;
    memcpy(failure->message, report->message, report->length);
    tree->as.failure = failure;
    settle(acker, tree, TREE_FAILED);
}

void acker_fail(struct acker *acker, uint64_t root, const struct acker_report *report)
{
    struct tree *tree = find(acker, root);

    if (tree != NULL)
        fail_tree(acker, tree, report);
}

uint32_t acker_fail_older(struct acker *acker, uint64_t born_ns, const struct acker_report *report)
{
    uint32_t count = 0;

    for (; acker->oldest != NO_SLOT && acker->trees[acker->oldest].born_ns <= born_ns; count++)
        fail_tree(acker, &acker->trees[acker->oldest], report);
    return count;
}

uint32_t acker_expire(struct acker *acker, uint64_t now_ns)
{
    uint32_t count = 0;

    for (; acker_deadline_ns(acker) <= now_ns; count++)
        settle(acker, &acker->trees[acker->oldest], TREE_TIMED_OUT);
    return count;
}

uint64_t acker_deadline_ns(const struct acker *acker)
{
    if (acker->oldest == NO_SLOT)
        return UINT64_MAX;
    return acker->trees[acker->oldest].born_ns + acker->options.timeout_ns;
}

static enum acker_outcome outcome_of(const struct tree *tree)
{
    return tree->state == TREE_COMPLETED ? ACKER_COMPLETED
           : tree->state == TREE_FAILED  ? ACKER_FAILED
                                         : ACKER_TIMED_OUT;
}

bool acker_take(struct acker *acker, struct acker_verdict *ret_verdict)
{
    uint32_t slot = acker->first_settled;

    if (slot == NO_SLOT)
        return false;
    struct tree *tree = &acker->trees[slot];
    acker->first_settled = tree->newer;
    if (tree->newer == NO_SLOT)
        acker->last_settled = NO_SLOT;

    *ret_verdict = (struct acker_verdict){
        .outcome = outcome_of(tree), .task = tree->task, .id = tree->id, .born_ns = tree->born_ns};
    if (tree->state == TREE_FAILED) {
        free(acker->taken);
        acker->taken = tree->as.failure;
        ret_verdict->why = acker->taken;
    }
    tree->state = TREE_FREE;
    /* Zero is left out: it would make root id 0 in stage 0, which means "no tree". */
    tree->generation = tree->generation == GENERATION_MASK ? 1 : tree->generation + 1;
    tree->newer = acker->first_free;
    acker->first_free = slot;
    acker->open_count--;
    return true;
}

bool acker_has_settled(const struct acker *acker)
{
    return acker->first_settled != NO_SLOT;
}

uint32_t acker_open_count(const struct acker *acker)
{
    return acker->open_count;
}

bool acker_is_full(const struct acker *acker)
{
    return acker->open_count == acker->options.trees_max;
}
