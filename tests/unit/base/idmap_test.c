/* SPDX-License-Identifier: Apache-2.0 */
#include <check.h>

#include "base/idmap.h"
#include "base/mem.h"
#include "base/rng.h"
#include "tests/support/suite.h"

START_TEST(an_empty_map_finds_nothing)
{
    struct idmap map = {0};

    ck_assert_ptr_null(idmap_find(&map, 0));
    ck_assert(!idmap_remove(&map, 0));
    idmap_done(&map);
}
END_TEST

START_TEST(a_value_is_found_changed_and_removed)
{
    struct idmap map = {0};

    idmap_put(&map, 0, 7);
    idmap_put(&map, UINT64_MAX, 8);
    *idmap_find(&map, 0) += 1;
    idmap_put(&map, UINT64_MAX, 9);
    ck_assert_uint_eq(*idmap_find(&map, 0), 8);
    ck_assert_uint_eq(*idmap_find(&map, UINT64_MAX), 9);
    ck_assert_uint_eq(map.count, 2);
    ck_assert(idmap_remove(&map, 0));
    ck_assert_ptr_null(idmap_find(&map, 0));
    ck_assert_uint_eq(map.count, 1);
    idmap_done(&map);
}
END_TEST

/* Against an array, with so few ids that they collide, come and go all the time. */
START_TEST(random_puts_and_removes_agree_with_an_array)
{
    enum {
        IDS = 300,
        STEPS = 100000
    };
    uint64_t values[IDS] = {0}; /* 0: not there */
    struct idmap map = {0};
    struct rng rng;

    rng_init(&rng, 1);
    for (int step = 0; step < STEPS; step++) {
        uint32_t index = rng_below(&rng, IDS);
        uint64_t id = (uint64_t)index << 20;
        if (rng_below(&rng, 2) == 0) {
            values[index] = rng_next(&rng) | 1;
            idmap_put(&map, id, values[index]);
        } else {
            ck_assert(idmap_remove(&map, id) == (values[index] != 0));
            values[index] = 0;
        }
        index = rng_below(&rng, IDS);
        const uint64_t *found = idmap_find(&map, (uint64_t)index << 20);
        ck_assert(values[index] == 0 ? found == NULL : found != NULL && *found == values[index]);
    }
    idmap_done(&map);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        an_empty_map_finds_nothing,
        a_value_is_found_changed_and_removed,
        random_puts_and_removes_agree_with_an_array,
    };

    return suite_run("idmap", tests, COUNT_OF(tests));
}
