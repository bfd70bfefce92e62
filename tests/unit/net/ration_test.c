/* SPDX-License-Identifier: Apache-2.0 */
#include "net/ration.h"

#include <stdint.h>

#include "base/mem.h"
#include "base/rng.h"
#include "tests/support/suite.h"

#define SHARE  ((size_t)16 * 1024) /* the least there is */
#define PARTS  ((size_t)8)
#define BUDGET ((size_t)100000)

START_TEST(the_share_is_a_part_of_the_budget_but_not_too_little)
{
    struct ration ration;

    ration_init(&ration, BUDGET, PARTS);
    ck_assert_uint_eq(ration.share_bytes, SHARE);
    ration_init(&ration, PARTS * 100000, PARTS);
    ck_assert_uint_eq(ration.share_bytes, 100000);
}
END_TEST

START_TEST(without_a_budget_nobody_is_limited)
{
    struct ration ration;
    struct ration_part parts[2] = {{.held_bytes = 0}};

    ration_init(&ration, 0, PARTS);
    ration_hold(&ration, &parts[0], SIZE_MAX / 4);
    ration_hold(&ration, &parts[1], SIZE_MAX / 4);
    ck_assert_uint_eq(ration_room(&ration, &parts[0]), SIZE_MAX);
    ck_assert_uint_eq(ration_room(&ration, &parts[1]), SIZE_MAX);
    ck_assert_ptr_null(ration_feed(&ration));
}
END_TEST

START_TEST(the_first_has_no_limit_and_the_others_have_what_is_left_or_their_share)
{
    struct ration ration;
    struct ration_part first = {.held_bytes = 0};
    struct ration_part second = {.held_bytes = 0};
    struct ration_part third = {.held_bytes = 0};

    ration_init(&ration, BUDGET, PARTS);
    ration_hold(&ration, &first, 1);
    ck_assert_uint_eq(ration_room(&ration, &first), SIZE_MAX);
    ck_assert_uint_eq(ration_room(&ration, &second), BUDGET - 1);
    ration_hold(&ration, &second, 50000);
    ck_assert_uint_eq(ration_room(&ration, &second), BUDGET - 50001);
    ration_hold(&ration, &first, BUDGET);
    ck_assert_uint_eq(ration_room(&ration, &first), SIZE_MAX);
    ck_assert_uint_eq(ration_room(&ration, &second), 0);
    ck_assert_uint_eq(ration_room(&ration, &third), SHARE);
    ration_hold(&ration, &third, SHARE - 1);
    ck_assert_uint_eq(ration_room(&ration, &third), 1);
    ration_rest(&ration, &second, 0);
    ck_assert_uint_eq(ration.held_bytes, BUDGET + SHARE - 1);
}
END_TEST

START_TEST(who_starves_is_fed_when_there_is_budget_or_when_it_is_first)
{
    struct ration ration;
    struct ration_part first = {.held_bytes = 0};
    struct ration_part second = {.held_bytes = 0};
    struct ration_part third = {.held_bytes = 0};

    ration_init(&ration, BUDGET, PARTS);
    ration_hold(&ration, &first, BUDGET / 2);
    ration_hold(&ration, &second, BUDGET);
    ration_hold(&ration, &third, BUDGET);
    ration_starve(&ration, &third);
    ration_starve(&ration, &second);
    ck_assert(!ration_can_feed(&ration));
    ck_assert_ptr_null(ration_feed(&ration));

    ration_hold(&ration, &first, 0); /* its frame is done, and there is still too much */
    ck_assert(ration_can_feed(&ration));
    ck_assert_ptr_eq(ration_feed(&ration), &second);
    ck_assert(!ration_is_starving(&second));
    ck_assert(ration_is_starving(&third));
    ck_assert_ptr_null(ration_feed(&ration));

    ration_hold(&ration, &third, BUDGET / 2); /* as if it had used some */
    ration_hold(&ration, &second, BUDGET / 3);
    ck_assert_ptr_eq(ration_feed(&ration), &third);
    ck_assert_ptr_null(ration_feed(&ration));
}
END_TEST

START_TEST(who_rests_counts_but_is_neither_first_nor_fed)
{
    struct ration ration;
    struct ration_part resting = {.held_bytes = 0};
    struct ration_part other = {.held_bytes = 0};

    ration_init(&ration, BUDGET, PARTS);
    ration_hold(&ration, &resting, BUDGET / 2);
    ration_hold(&ration, &other, BUDGET);
    ration_starve(&ration, &other);
    ration_rest(&ration, &resting, BUDGET / 2);
    ck_assert_uint_eq(ration.held_bytes, BUDGET + BUDGET / 2);
    ck_assert_ptr_eq(ration_feed(&ration), &other);
    ration_hold(&ration, &resting, BUDGET / 2); /* now it is behind */
    ck_assert_uint_eq(ration_room(&ration, &resting), 0);
    ck_assert_uint_eq(ration_room(&ration, &other), SIZE_MAX);
    ration_starve(&ration, &resting);
    ration_rest(&ration, &resting, 0);
    ck_assert(!ration_is_starving(&resting));
}
END_TEST

/* ---- a server of frames ---- */

#define FRAME_MAX ((size_t)300000)
#define FRAMES    3000

struct office {
    struct ration ration;
    struct ration_part parts[PARTS];
    size_t left[PARTS]; /* of the frame that each sends */
    size_t done_count;
    struct rng rng;
};

/* What is held never exceeds the budget, the shares and one frame. */
static void expect_bounds(const struct office *office)
{
    size_t held_bytes = 0;

    for (size_t i = 0; i < PARTS; i++)
        held_bytes += office->parts[i].held_bytes;
    ck_assert_uint_eq(office->ration.held_bytes, held_bytes);
    ck_assert_uint_le(held_bytes, BUDGET + PARTS * SHARE + FRAME_MAX);
}

static void receive(struct office *office, size_t i, size_t room)
{
    struct ration_part *part = &office->parts[i];
    size_t size = rng_below(&office->rng, 60000) + 1;

    size = size < room ? size : room;
    if (size >= office->left[i]) {
        office->left[i] = rng_below(&office->rng, FRAME_MAX) + 1;
        office->done_count++;
        ration_hold(&office->ration, part, 0);
    } else {
        office->left[i] -= size;
        ration_hold(&office->ration, part, part->held_bytes + size);
    }
}

static void serve(struct office *office)
{
    size_t i = rng_below(&office->rng, PARTS);
    struct ration_part *part = &office->parts[i];
    size_t room = ration_room(&office->ration, part);

    if (!ration_is_starving(part) && room > 0)
        receive(office, i, room);
    else if (!ration_is_starving(part))
        ration_starve(&office->ration, part);
    (void)ration_feed(&office->ration);
}

START_TEST(all_frames_get_through_within_the_bounds)
{
    static struct office office;
    size_t turns = 0;

    rng_init(&office.rng, 5);
    ration_init(&office.ration, BUDGET, PARTS);
    for (size_t i = 0; i < PARTS; i++)
        office.left[i] = rng_below(&office.rng, FRAME_MAX) + 1;
    while (office.done_count < FRAMES) {
        serve(&office);
        expect_bounds(&office);
        ck_assert_uint_lt(++turns, 100 * FRAMES);
    }
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        the_share_is_a_part_of_the_budget_but_not_too_little,
        without_a_budget_nobody_is_limited,
        the_first_has_no_limit_and_the_others_have_what_is_left_or_their_share,
        who_starves_is_fed_when_there_is_budget_or_when_it_is_first,
        who_rests_counts_but_is_neither_first_nor_fed,
        all_frames_get_through_within_the_bounds,
    };
    return suite_run("ration", tests, COUNT_OF(tests));
}
