/* SPDX-License-Identifier: Apache-2.0 */
#include "nimbus/figures/pressure.h"

#include "base/mem.h"
#include "tests/support/suite.h"

/* spout 0 -> 1 -> 2 -> 3; 1 -> 3 */
static int find(const struct pressure_component components[4], struct pressure_edge edges[4])
{
    const struct pressure_edge all[4] = {
        {0, 1, false}, {1, 2, false}, {2, 3, false}, {1, 3, false}};

    for (size_t i = 0; i < 4; i++)
        edges[i] = all[i];
    return pressure_find(components, 4, edges, 4);
}

struct row {
    const char *name;
    struct pressure_component components[4];
    int bottleneck;
    bool is_pressed[4];
};

static const struct row rows[] = {
    {"nothing is saturated",
     {{0, 0.5, 0, 0}, {1, 0.89, 0, 0}, {2, 0.1, 0, 0}, {3, 0.1, 0, 0}},
     -1,
     {false}},
    {"a busy one alone", {{0, 0, 0, 0}, {1, 0.9, 0, 0}, {2, 0, 0, 0}, {3, 0, 0, 0}}, 1, {false}},
    {"the one downstream of two",
     {{0, 0.95, 0, 0}, {1, 0.95, 0, 0}, {2, 0, 0, 0}, {3, 0.99, 0, 0}},
     3,
     {false}},
    {"a sender that is held back by a full queue",
     {{0, 0, 0.5, 0}, {1, 0.3, 0.4, 0.9}, {2, 0.6, 0, 0.8}, {3, 0.1, 0, 0}},
     2,
     {true, true, false, false}},
    {"held back a little is none",
     {{0, 0, 0.09, 0}, {1, 0, 0, 1}, {2, 0, 0, 0}, {3, 0, 0, 0}},
     -1,
     {false}},
    {"a full queue whose sender is not held back is none",
     {{0, 0, 0, 0}, {1, 0, 0, 1}, {2, 0, 0, 0}, {3, 0, 0, 0}},
     -1,
     {false}},
    {"only the edge to the full one",
     {{0, 0, 0, 0}, {1, 0, 0.1, 0}, {2, 0, 0, 0.1}, {3, 0, 0, 0.5}},
     3,
     {false, false, false, true}},
};

START_TEST(the_bottleneck_is_the_last_that_is_saturated)
{
    struct pressure_edge edges[4];

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        ck_assert_msg(find(rows[i].components, edges) == rows[i].bottleneck, "%s", rows[i].name);
        for (size_t e = 0; e < 4; e++)
            ck_assert_msg(edges[e].is_pressed == rows[i].is_pressed[e], "%s", rows[i].name);
    }
}
END_TEST

START_TEST(in_a_cycle_the_one_of_the_lowest_rank_is_it)
{
    const struct pressure_component components[3] = {
        {0, 0, 0, 0}, {1, 0.95, 0, 0}, {2, 0.95, 0, 0}};
    struct pressure_edge edges[3] = {{0, 1, false}, {1, 2, false}, {2, 1, false}};

    ck_assert_int_eq(pressure_find(components, 3, edges, 3), 1);
}
END_TEST

START_TEST(of_two_branches_the_one_of_the_lower_rank_is_it)
{
    const struct pressure_component components[3] = {
        {0, 0, 0, 0}, {2, 0.95, 0, 0}, {1, 0.95, 0, 0}};
    struct pressure_edge edges[2] = {{0, 1, false}, {0, 2, false}};

    ck_assert_int_eq(pressure_find(components, 3, edges, 2), 2);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        the_bottleneck_is_the_last_that_is_saturated,
        in_a_cycle_the_one_of_the_lowest_rank_is_it,
        of_two_branches_the_one_of_the_lower_rank_is_it,
    };

    return suite_run("pressure", tests, COUNT_OF(tests));
}
