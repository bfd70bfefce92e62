/* SPDX-License-Identifier: Apache-2.0 */
#include "coord/server/table.h"

#include <stdbool.h>

#include "base/mem.h"
#include "base/rng.h"
#include "tests/support/suite.h"

enum {
    ELEMENTS = 150,
};

struct element {
    struct table_node node;
    bool is_in;
    bool is_seen;
};

static struct element *element_of(struct table_node *node)
{
    return CONTAINER_OF(node, struct element, node);
}

/* Whether the element is among those of its hash, each of which has that hash. */
static bool has(const struct table *table, const struct element *wanted, uint64_t hash)
{
    bool is_found = false;

    for (struct table_node *node = table_find(table, hash); node != NULL; node = table_next(node)) {
        ck_assert_uint_eq(node->hash, hash);
        is_found = is_found || element_of(node) == wanted;
    }
    return is_found;
}

static void expect_walk(const struct table *table, struct element *elements)
{
    size_t count = 0;

    for (size_t i = 0; i < ELEMENTS; i++)
        elements[i].is_seen = false;
    for (struct table_node *node = table_walk(table, NULL); node != NULL;
         node = table_walk(table, node)) {
        ck_assert(element_of(node)->is_in);
        ck_assert(!element_of(node)->is_seen);
        element_of(node)->is_seen = true;
        count++;
    }
    ck_assert_uint_eq(count, table->count);
}

START_TEST(an_empty_table_has_nothing)
{
    struct table table = {0};

    ck_assert_ptr_null(table_find(&table, 5));
    ck_assert_ptr_null(table_walk(&table, NULL));
    table_done(&table);
}
END_TEST

/* `spread` hashes in all: with few, many elements share one. */
static void agree(uint64_t seed, uint32_t spread)
{
    AUTO(table_done) struct table table = {0};
    static struct element elements[ELEMENTS];
    struct rng rng;
    size_t count = 0;

    for (size_t i = 0; i < ELEMENTS; i++)
        elements[i] = (struct element){.is_in = false};
    rng_init(&rng, seed);
    for (int step = 0; step < 5000; step++) {
        struct element *element = &elements[rng_below(&rng, ELEMENTS)];
        uint64_t hash = (uint64_t)(element - elements) % spread;
        ck_assert(has(&table, element, hash) == element->is_in);
        if (element->is_in)
            table_remove(&table, &element->node);
        else
            table_put(&table, &element->node, hash);
        element->is_in = !element->is_in;
        count = element->is_in ? count + 1 : count - 1;
        ck_assert_uint_eq(table.count, count);
        if (step % 100 == 0)
            expect_walk(&table, elements);
    }
}

START_TEST(it_agrees_with_an_array)
{
    for (uint64_t seed = 1; seed <= 2; seed++) {
        agree(seed, 1);
        agree(seed, 7);
        agree(seed, ELEMENTS);
    }
}
END_TEST

START_TEST(neighbouring_numbers_differ_in_the_low_bits)
{
    size_t seen[64] = {0};

    for (uint64_t i = 0; i < 6400; i++)
        seen[table_hash_number(i << 16) % 64]++;
    for (size_t i = 0; i < 64; i++) {
        ck_assert_uint_gt(seen[i], 50);
        ck_assert_uint_lt(seen[i], 150);
    }
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        an_empty_table_has_nothing,
        it_agrees_with_an_array,
        neighbouring_numbers_differ_in_the_low_bits,
    };
    return suite_run("table", tests, sizeof tests / sizeof *tests);
}
