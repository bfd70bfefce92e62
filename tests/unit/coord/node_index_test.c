/* SPDX-License-Identifier: Apache-2.0 */
#include "coord/server/node_index.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/rng.h"
#include "tests/support/suite.h"

enum {
    NAMES = 5000,
    STEPS = 60000,
};

struct fixture {
    struct node_pool pool;
    struct node_index index;
};

static void set_up(struct fixture *fixture)
{
    node_pool_init(&fixture->pool);
    node_index_init(&fixture->index);
}

static void tear_down(struct fixture *fixture)
{
    node_index_done(&fixture->index);
    node_pool_done(&fixture->pool);
}

static uint32_t add(struct fixture *fixture, uint32_t parent, const char *name)
{
    uint32_t slot = node_pool_take(&fixture->pool);
    struct tree_node *node = node_pool_at(&fixture->pool, slot);

    node->parent = parent;
    node->bytes = mem_copy_text(name);
    node->name_size = (uint16_t)strlen(name);
    node->hash = node_index_hash(parent, name, strlen(name));
    node_index_add(&fixture->index, &fixture->pool, slot);
    return slot;
}

static void take_away(struct fixture *fixture, uint32_t slot)
{
    node_index_remove(&fixture->index, &fixture->pool, slot);
    mem_free_text(&node_pool_at(&fixture->pool, slot)->bytes);
    node_pool_give(&fixture->pool, slot);
}

static uint32_t find(const struct fixture *fixture, uint32_t parent, const char *name)
{
    return node_index_find(&fixture->index, &fixture->pool, parent, name, strlen(name));
}

START_TEST(a_name_is_found_below_its_parent_alone)
{
    struct fixture fixture;

    set_up(&fixture);
    ck_assert_uint_eq(find(&fixture, 0, "a"), TREE_NONE);
    uint32_t one = add(&fixture, 0, "a");
    uint32_t two = add(&fixture, 1, "a");
    uint32_t three = add(&fixture, 0, "ab");
    ck_assert_uint_eq(find(&fixture, 0, "a"), one);
    ck_assert_uint_eq(find(&fixture, 1, "a"), two);
    ck_assert_uint_eq(find(&fixture, 0, "ab"), three);
    ck_assert_uint_eq(find(&fixture, 2, "a"), TREE_NONE);
    ck_assert_uint_eq(find(&fixture, 0, ""), TREE_NONE);
    take_away(&fixture, one);
    ck_assert_uint_eq(find(&fixture, 0, "a"), TREE_NONE);
    ck_assert_uint_eq(find(&fixture, 1, "a"), two);
    tear_down(&fixture);
}
END_TEST

/* All in one chain: whatever the hash is worth. */
START_TEST(names_of_one_hash_are_told_apart)
{
    struct fixture fixture;
    const char *const names[] = {"a", "b", "c", "d"};
    uint32_t slots[COUNT_OF(names)];

    set_up(&fixture);
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        slots[i] = add(&fixture, 0, names[i]);
        node_index_remove(&fixture.index, &fixture.pool, slots[i]);
        node_pool_at(&fixture.pool, slots[i])->hash = node_index_hash(0, "d", 1);
        node_index_add(&fixture.index, &fixture.pool, slots[i]);
    }
    ck_assert_uint_eq(find(&fixture, 0, "d"), slots[3]);
    take_away(&fixture, slots[1]); /* in the middle */
    take_away(&fixture, slots[3]); /* at the front */
    ck_assert_uint_eq(find(&fixture, 0, "d"), TREE_NONE);
    take_away(&fixture, slots[0]); /* at the end */
    take_away(&fixture, slots[2]);
    tear_down(&fixture);
}
END_TEST

START_TEST(whatever_comes_and_goes_the_index_knows)
{
    struct fixture fixture;
    struct rng rng;
    uint32_t *slots = NEW_ARRAY(uint32_t, NAMES); /* of name i; TREE_NONE if it is not there */
    size_t count = 0;
    char name[16];

    set_up(&fixture);
    rng_init(&rng, 11);
    for (uint32_t i = 0; i < NAMES; i++)
        slots[i] = TREE_NONE;
    for (uint32_t step = 0; step < STEPS; step++) {
        uint32_t number = rng_below(&rng, NAMES);
        uint32_t parent = number % 3;
        (void)snprintf(name, sizeof name, "n%u", (unsigned)number);
        ck_assert_uint_eq(find(&fixture, parent, name), slots[number]);
        if (slots[number] == TREE_NONE) {
            slots[number] = add(&fixture, parent, name);
            count++;
        } else if (rng_below(&rng, 3) == 0) {
            take_away(&fixture, slots[number]);
            slots[number] = TREE_NONE;
            count--;
        }
        ck_assert_uint_eq(fixture.pool.live, count);
    }
    ck_assert_uint_ge(fixture.index.count, count); /* chains stay short */
    ck_assert_uint_le(fixture.pool.end, NAMES);    /* and slots dense */
    free(slots);
    tear_down(&fixture);
}
END_TEST

START_TEST(the_last_slot_that_was_given_back_comes_first)
{
    struct fixture fixture;

    set_up(&fixture);
    for (uint32_t i = 0; i < 3 * NODE_POOL_CHUNK; i++)
        ck_assert_uint_eq(node_pool_take(&fixture.pool), i);
    node_pool_give(&fixture.pool, 2000);
    node_pool_give(&fixture.pool, 5);
    ck_assert_uint_eq(node_pool_take(&fixture.pool), 5);
    ck_assert_uint_eq(node_pool_take(&fixture.pool), 2000);
    ck_assert_uint_eq(node_pool_take(&fixture.pool), 3 * NODE_POOL_CHUNK);
    tear_down(&fixture);
}
END_TEST

START_TEST(claimed_slots_leave_the_low_ones_free)
{
    struct fixture fixture;

    set_up(&fixture);
    ck_assert_ptr_nonnull(node_pool_claim(&fixture.pool, 3));
    ck_assert_ptr_nonnull(node_pool_claim(&fixture.pool, 1500));
    ck_assert_ptr_null(node_pool_claim(&fixture.pool, 3));
    node_pool_settle(&fixture.pool);
    const uint32_t wanted[] = {0, 1, 2, 4, 5};
    for (size_t i = 0; i < COUNT_OF(wanted); i++)
        ck_assert_uint_eq(node_pool_take(&fixture.pool), wanted[i]);
    ck_assert_uint_eq(fixture.pool.live, 7);
    ck_assert_uint_eq(fixture.pool.end, 1501);
    tear_down(&fixture);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        a_name_is_found_below_its_parent_alone,  names_of_one_hash_are_told_apart,
        whatever_comes_and_goes_the_index_knows, the_last_slot_that_was_given_back_comes_first,
        claimed_slots_leave_the_low_ones_free,
    };

    return suite_run("node_index", tests, COUNT_OF(tests));
}
