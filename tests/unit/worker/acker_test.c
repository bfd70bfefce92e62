/* SPDX-License-Identifier: Apache-2.0 */
#include "worker/acker.h"

#include <string.h>

#include "base/mem.h"
#include "base/rng.h"
#include "tests/support/suite.h"
#include "wire/tuple.h"

#define TIMEOUT_NS 1000
#define TASK       7
#define TREES_MAX  1000

static struct acker *new_acker(uint32_t trees_max)
{
    struct acker_options options = {.task = TASK, .trees_max = trees_max, .timeout_ns = TIMEOUT_NS};

    return acker_new(&options);
}

static void fail_with(struct acker *acker, uint64_t root, const char *message)
{
    struct acker_report report = {
        .kind = 1, .task = 42, .message = message, .length = strlen(message)};

    acker_fail(acker, root, &report);
}

static struct acker_verdict take(struct acker *acker)
{
    struct acker_verdict verdict = {.outcome = ACKER_TIMED_OUT};

    ck_assert(acker_take(acker, &verdict));
    return verdict;
}

static void expect_nothing(struct acker *acker)
{
    struct acker_verdict verdict;

    ck_assert(!acker_has_settled(acker));
    ck_assert(!acker_take(acker, &verdict));
}

START_TEST(a_tree_is_complete_when_all_its_edges_are)
{
    AUTO(acker_destroy) struct acker *acker = new_acker(TREES_MAX);
    uint64_t root = acker_plant(acker, 100, 3, 55);

    ck_assert_uint_eq(tuple_root_task(root), TASK);
    acker_seal(acker, root, 0xA ^ 0xB);
    acker_ack(acker, root, 0xA ^ 0xC); /* a done, c added */
    acker_ack(acker, root, 0xB);
    expect_nothing(acker);
    acker_ack(acker, root, 0xC);
    ck_assert(acker_has_settled(acker));

    struct acker_verdict verdict = take(acker);
    ck_assert_int_eq(verdict.outcome, ACKER_COMPLETED);
    ck_assert_uint_eq(verdict.task, 3);
    ck_assert_uint_eq(verdict.id, 55);
    ck_assert_uint_eq(verdict.born_ns, 100);
    ck_assert_ptr_null(verdict.why);
    expect_nothing(acker);
}
END_TEST

START_TEST(a_root_that_nobody_wants_is_complete_at_once)
{
    AUTO(acker_destroy) struct acker *acker = new_acker(TREES_MAX);

    acker_seal(acker, acker_plant(acker, 5, 0, 1), 0);
    ck_assert_int_eq(take(acker).outcome, ACKER_COMPLETED);
}
END_TEST

START_TEST(reports_may_overtake_the_seal)
{
    AUTO(acker_destroy) struct acker *acker = new_acker(TREES_MAX);
    uint64_t root = acker_plant(acker, 0, 0, 1);

    acker_ack(acker, root, 0xA);
    acker_ack(acker, root, 0xA); /* zero in between: the root is not sealed */
    acker_ack(acker, root, 0xA);
    expect_nothing(acker);
    acker_seal(acker, root, 0xA);
    ck_assert_int_eq(take(acker).outcome, ACKER_COMPLETED);

    root = acker_plant(acker, 0, 0, 2);
    fail_with(acker, root, "too early");
    acker_seal(acker, root, 0);
    ck_assert_int_eq(take(acker).outcome, ACKER_FAILED);
    expect_nothing(acker);
}
END_TEST

START_TEST(a_failure_says_why)
{
    AUTO(acker_destroy) struct acker *acker = new_acker(TREES_MAX);
    uint64_t first = acker_plant(acker, 0, 1, 1);
    uint64_t second = acker_plant(acker, 0, 2, 2);

    acker_seal(acker, first, 1);
    acker_seal(acker, second, 1);
    struct acker_report report = {.kind = 3, .task = 9, .message = "broken glass", .length = 6};
    acker_fail(acker, first, &report);
    fail_with(acker, second, "");

    struct acker_verdict verdict = take(acker);
    ck_assert_int_eq(verdict.outcome, ACKER_FAILED);
    ck_assert_uint_eq(verdict.why->kind, 3);
    ck_assert_uint_eq(verdict.why->task, 9);
    ck_assert_str_eq(verdict.why->message, "broken"); /* need not end in a zero byte */
    ck_assert_uint_eq(verdict.born_ns, 0);
    ck_assert_str_eq(take(acker).why->message, "");
}
END_TEST

START_TEST(the_first_verdict_counts)
{
    AUTO(acker_destroy) struct acker *acker = new_acker(TREES_MAX);
    uint64_t root = acker_plant(acker, 0, 0, 1);

    acker_seal(acker, root, 0xA);
    fail_with(acker, root, "first");
    fail_with(acker, root, "second");
    acker_ack(acker, root, 0xA);
    ck_assert_uint_eq(acker_expire(acker, TIMEOUT_NS * 9), 0);
    ck_assert_str_eq(take(acker).why->message, "first");
    expect_nothing(acker);

    root = acker_plant(acker, 0, 0, 2);
    acker_seal(acker, root, 0xA);
    acker_ack(acker, root, 0xA);
    fail_with(acker, root, "too late");
    ck_assert_int_eq(take(acker).outcome, ACKER_COMPLETED);
    expect_nothing(acker);
}
END_TEST

START_TEST(a_repeated_report_does_not_complete_a_tree)
{
    AUTO(acker_destroy) struct acker *acker = new_acker(TREES_MAX);
    uint64_t root = acker_plant(acker, 0, 0, 1);

    acker_seal(acker, root, 0xA ^ 0xB);
    acker_ack(acker, root, 0xA);
    acker_ack(acker, root, 0xA);
    acker_ack(acker, root, 0xB);
    expect_nothing(acker);
    ck_assert_uint_eq(acker_expire(acker, TIMEOUT_NS), 1);
    ck_assert_int_eq(take(acker).outcome, ACKER_TIMED_OUT);
}
END_TEST

START_TEST(deadlines_are_exact)
{
    AUTO(acker_destroy) struct acker *acker = new_acker(TREES_MAX);

    ck_assert_uint_eq(acker_deadline_ns(acker), UINT64_MAX);
    ck_assert_uint_eq(acker_expire(acker, UINT64_MAX - 1), 0);
    uint64_t roots[3];
    for (uint32_t i = 0; i < COUNT_OF(roots); i++) {
        roots[i] = acker_plant(acker, 100 * (i + 1), 0, i);
        acker_seal(acker, roots[i], 1);
    }
    ck_assert_uint_eq(acker_deadline_ns(acker), 100 + TIMEOUT_NS);
    ck_assert_uint_eq(acker_expire(acker, 99 + TIMEOUT_NS), 0);
    ck_assert_uint_eq(acker_expire(acker, 100 + TIMEOUT_NS), 1);
    ck_assert_uint_eq(acker_expire(acker, 100 + TIMEOUT_NS), 0);
    ck_assert_uint_eq(acker_deadline_ns(acker), 200 + TIMEOUT_NS);
    acker_ack(acker, roots[1], 1); /* the middle one leaves the row */
    ck_assert_uint_eq(acker_deadline_ns(acker), 300 + TIMEOUT_NS);
    ck_assert_uint_eq(acker_expire(acker, 5 * TIMEOUT_NS), 1);
    ck_assert_uint_eq(acker_deadline_ns(acker), UINT64_MAX);

    struct acker_verdict verdict = take(acker);
    ck_assert_uint_eq(verdict.id, 0);
    ck_assert_int_eq(verdict.outcome, ACKER_TIMED_OUT);
    ck_assert_uint_eq(verdict.born_ns, 100);
    ck_assert_uint_eq(take(acker).id, 1);
    verdict = take(acker);
    ck_assert_uint_eq(verdict.id, 2);
    ck_assert_uint_eq(verdict.born_ns, 300);
}
END_TEST

START_TEST(all_that_are_as_old_fail_together)
{
    AUTO(acker_destroy) struct acker *acker = new_acker(TREES_MAX);
    const struct acker_report report = {.kind = 3, .task = 9, .message = "lost", .length = 4};
    uint64_t roots[4];

    ck_assert_uint_eq(acker_fail_older(acker, UINT64_MAX, &report), 0);
    for (uint32_t i = 0; i < COUNT_OF(roots); i++) {
        roots[i] = acker_plant(acker, 100 * (i + 1), 0, i);
        acker_seal(acker, roots[i], 1);
    }
    ck_assert_uint_eq(acker_fail_older(acker, 99, &report), 0);
    acker_ack(acker, roots[1], 1);
    ck_assert_uint_eq(acker_fail_older(acker, 300, &report), 2); /* born then, or before */
    ck_assert_uint_eq(acker_fail_older(acker, 300, &report), 0);
    ck_assert_uint_eq(take(acker).id, 1);
    static const uint64_t failed[] = {0, 2};
    for (uint32_t i = 0; i < COUNT_OF(failed); i++) {
        struct acker_verdict verdict = take(acker);
        ck_assert_uint_eq(verdict.id, failed[i]);
        ck_assert_int_eq(verdict.outcome, ACKER_FAILED);
        ck_assert_uint_eq(verdict.why->kind, 3);
        ck_assert_uint_eq(verdict.why->task, 9);
        ck_assert_str_eq(verdict.why->message, "lost");
    }
    expect_nothing(acker);
    ck_assert_uint_eq(acker_deadline_ns(acker), 400 + TIMEOUT_NS);
    acker_ack(acker, roots[0], 1); /* too late */
    acker_ack(acker, roots[3], 1);
    ck_assert_int_eq(take(acker).outcome, ACKER_COMPLETED);
    expect_nothing(acker);
}
END_TEST

START_TEST(a_late_report_does_not_touch_the_next_tree_of_its_slot)
{
    AUTO(acker_destroy) struct acker *acker = new_acker(1);
    uint64_t old = acker_plant(acker, 0, 0, 1);

    acker_seal(acker, old, 0xA);
    (void)acker_expire(acker, TIMEOUT_NS);
    acker_ack(acker, old, 0xA); /* settled, not yet taken */
    ck_assert_int_eq(take(acker).outcome, ACKER_TIMED_OUT);
    acker_ack(acker, old, 0xA); /* free */
    fail_with(acker, old, "late");
    expect_nothing(acker);

    uint64_t young = acker_plant(acker, TIMEOUT_NS, 0, 2);
    ck_assert_uint_ne(old, young);
    ck_assert_uint_eq(old & 0xFFFFF, young & 0xFFFFF); /* the same slot */
    acker_seal(acker, young, 0xA);
    acker_ack(acker, old, 0xA);
    fail_with(acker, old, "late");
    expect_nothing(acker);
    acker_ack(acker, young, 0xA);
    ck_assert_uint_eq(take(acker).id, 2);
}
END_TEST

START_TEST(a_report_on_a_slot_that_never_was_is_ignored)
{
    AUTO(acker_destroy) struct acker *acker = new_acker(TREES_MAX);
    uint64_t root = acker_plant(acker, 0, 0, 1);

    acker_seal(acker, root, 1);
    acker_ack(acker, root + 500, 1);
    acker_ack(acker, root + 1, 1);
    fail_with(acker, root + 999, "nobody");
    expect_nothing(acker);
    ck_assert_uint_eq(acker_open_count(acker), 1);
}
END_TEST

START_TEST(a_tree_counts_as_open_until_it_is_taken)
{
    AUTO(acker_destroy) struct acker *acker = new_acker(2);
    uint64_t root = acker_plant(acker, 0, 0, 1);

    ck_assert_uint_eq(acker_open_count(acker), 1);
    acker_seal(acker, root, 0);
    ck_assert_uint_eq(acker_open_count(acker), 1);
    (void)take(acker);
    ck_assert_uint_eq(acker_open_count(acker), 0);
}
END_TEST

START_TEST(it_grows_to_its_limit_and_refuses_beyond)
{
    static const uint32_t limits[] = {1, 63, 64, 65, 1000};

    for (size_t l = 0; l < COUNT_OF(limits); l++) {
        AUTO(acker_destroy) struct acker *acker = new_acker(limits[l]);
        uint64_t roots[1000];

        for (uint32_t i = 0; i < limits[l]; i++) {
            roots[i] = acker_plant(acker, i, (uint16_t)i, i);
            ck_assert_uint_ne(roots[i], 0);
            acker_seal(acker, roots[i], i + 1);
        }
        ck_assert(acker_is_full(acker));
        ck_assert_uint_eq(acker_plant(acker, 1, 0, 1), 0);
        ck_assert_uint_eq(acker_open_count(acker), limits[l]);
        for (uint32_t i = 0; i < limits[l]; i++) {
            acker_ack(acker, roots[i], i + 1);
            struct acker_verdict verdict = take(acker);
            ck_assert_uint_eq(verdict.id, i);
            ck_assert_uint_eq(verdict.task, i);
            ck_assert_uint_eq(verdict.born_ns, i);
        }
        ck_assert_uint_ne(acker_plant(acker, 1, 0, 1), 0);
    }
}
END_TEST

START_TEST(no_root_is_zero_even_of_task_zero)
{
    struct acker_options options = {.task = 0, .trees_max = 4, .timeout_ns = 1};
    AUTO(acker_destroy) struct acker *acker = acker_new(&options);

    for (uint32_t i = 0; i < 100; i++) {
        uint64_t root = acker_plant(acker, 0, 0, i);
        ck_assert_uint_ne(root, 0);
        ck_assert_uint_eq(tuple_root_task(root), 0);
        acker_seal(acker, root, 0);
        (void)take(acker);
    }
}
END_TEST

/* ---- property: random trees against what is known of them ---- */

#define MODEL_TREES 200
#define EDGES_MAX   40

/* One tree: the reports that are still to be made. */
struct model {
    uint64_t root;
    uint64_t reports[EDGES_MAX];
    uint32_t left;
};

/* A tuple for each edge: when it is executed, it is done and some are added. */
static void grow(struct model *model, struct acker *acker, struct rng *rng, uint64_t id)
{
    uint64_t edges[EDGES_MAX];
    uint32_t count = 1 + rng_below(rng, 4);
    uint64_t first = 0;

    *model = (struct model){.root = acker_plant(acker, 0, 0, id)};
    for (uint32_t i = 0; i < count; i++)
        first ^= edges[i] = rng_next(rng);
    for (uint32_t i = 0; i < count; i++) {
        uint64_t report = edges[i];
        for (uint32_t more = rng_below(rng, 4); more > 0 && count < EDGES_MAX; more--) {
            edges[count] = rng_next(rng);
            report ^= edges[count++];
        }
        model->reports[model->left++] = report;
    }
    acker_seal(acker, model->root, first);
}

/* Makes one of the tree's reports, any; returns whether it was the last one. */
static bool report_any(struct model *model, struct acker *acker, struct rng *rng)
{
    uint32_t pick = rng_below(rng, model->left);
    uint64_t value = model->reports[pick];

    model->reports[pick] = model->reports[--model->left];
    acker_ack(acker, model->root, value);
    return model->left == 0;
}

START_TEST(random_trees_settle_exactly_at_their_last_report)
{
    struct rng rng;

    rng_init(&rng, 4711);
    for (uint32_t round = 0; round < 10; round++) {
        AUTO(acker_destroy) struct acker *acker = new_acker(MODEL_TREES);
        static struct model models[MODEL_TREES];

        for (uint32_t i = 0; i < MODEL_TREES; i++)
            grow(&models[i], acker, &rng, i);
        expect_nothing(acker);
        for (uint32_t left = MODEL_TREES; left > 0;) {
            uint32_t pick = rng_below(&rng, left);
            uint64_t root = models[pick].root;
            if (report_any(&models[pick], acker, &rng)) {
                ck_assert_uint_eq(take(acker).id, (root & 0xFFFFF));
                models[pick] = models[--left];
            }
            expect_nothing(acker);
        }
        ck_assert_uint_eq(acker_open_count(acker), 0);
    }
}
END_TEST

/* One of the reports never comes, or comes twice. True if the tree is left as it is. */
static bool spoil(struct model *model, struct acker *acker, struct rng *rng)
{
    uint32_t harm = rng_below(rng, 3);

    if (harm == 0 || model->left < 2)
        return true;
    uint64_t report = model->reports[--model->left];
    for (uint32_t i = 0; harm == 2 && i < 2; i++)
        acker_ack(acker, model->root, report);
    return false;
}

START_TEST(with_repeats_and_losses_none_settles_early)
{
    struct rng rng;

    rng_init(&rng, 815);
    for (uint32_t round = 0; round < 10; round++) {
        AUTO(acker_destroy) struct acker *acker = new_acker(MODEL_TREES);
        static struct model models[MODEL_TREES];
        uint32_t good = 0;

        for (uint32_t i = 0; i < MODEL_TREES; i++)
            grow(&models[i], acker, &rng, i);
        for (uint32_t i = 0; i < MODEL_TREES; i++) {
            bool is_good = spoil(&models[i], acker, &rng);
            while (models[i].left > 0)
                (void)report_any(&models[i], acker, &rng);
            ck_assert(acker_has_settled(acker) == is_good);
            if (is_good)
                ck_assert_uint_eq(take(acker).id, i);
            good += is_good;
        }
        ck_assert_uint_eq(acker_expire(acker, TIMEOUT_NS), MODEL_TREES - good);
        while (acker_open_count(acker) > 0)
            ck_assert_int_eq(take(acker).outcome, ACKER_TIMED_OUT);
    }
}
END_TEST

/* ---- property: any sequence of calls against a naive table ---- */

#define OPEN_MAX 100

struct naive {
    uint64_t root;
    uint64_t edges;
    uint64_t id;
    uint64_t born_ns;
    bool is_settled;
    enum acker_outcome outcome;
};

struct naive_acker {
    struct naive trees[OPEN_MAX]; /* by age */
    uint32_t count;
};

static void naive_remove(struct naive_acker *naive, uint32_t index)
{
    memmove(&naive->trees[index], &naive->trees[index + 1],
            (naive->count - index - 1) * sizeof naive->trees[0]);
    naive->count--;
}

static void naive_report(struct naive_acker *naive, uint64_t root, uint64_t value, bool fails)
{
    for (uint32_t i = 0; i < naive->count; i++) {
        struct naive *tree = &naive->trees[i];
        if (tree->root != root || tree->is_settled)
            continue;
        tree->edges ^= value;
        tree->is_settled = fails || tree->edges == 0;
        tree->outcome = fails ? ACKER_FAILED : ACKER_COMPLETED;
    }
}

static void naive_expire(struct naive_acker *naive, uint64_t now_ns)
{
    for (uint32_t i = 0; i < naive->count; i++) {
        struct naive *tree = &naive->trees[i];
        if (!tree->is_settled && now_ns - tree->born_ns >= TIMEOUT_NS) {
            tree->is_settled = true;
            tree->outcome = ACKER_TIMED_OUT;
        }
    }
}

static void expect_same(struct naive_acker *naive, struct acker *acker)
{
    struct acker_verdict verdict;

    while (acker_take(acker, &verdict)) {
        uint32_t i = 0;
        while (i < naive->count && naive->trees[i].id != verdict.id)
            i++;
        ck_assert_uint_lt(i, naive->count);
        ck_assert(naive->trees[i].is_settled);
        ck_assert_int_eq(naive->trees[i].outcome, verdict.outcome);
        ck_assert((verdict.why != NULL) == (verdict.outcome == ACKER_FAILED));
        naive_remove(naive, i);
    }
    bool any_settled = false;
    for (uint32_t i = 0; i < naive->count; i++)
        any_settled |= naive->trees[i].is_settled;
    ck_assert(!any_settled);
    ck_assert_uint_eq(acker_open_count(acker), naive->count);
    ck_assert_uint_eq(acker_deadline_ns(acker),
                      naive->count == 0 ? UINT64_MAX : naive->trees[0].born_ns + TIMEOUT_NS);
}

static void plant_one(struct naive_acker *naive, struct acker *acker, uint64_t id, uint64_t now_ns)
{
    uint64_t root = acker_plant(acker, now_ns, 0, id);

    ck_assert((root == 0) == (naive->count == OPEN_MAX));
    if (root == 0)
        return;
    naive->trees[naive->count++] =
        (struct naive){.root = root, .edges = 1 + id % 3, .id = id, .born_ns = now_ns};
    acker_seal(acker, root, 1 + id % 3);
}

START_TEST(it_agrees_with_a_naive_table)
{
    AUTO(acker_destroy) struct acker *acker = new_acker(OPEN_MAX);
    static struct naive_acker naive;
    uint64_t roots[64] = {0}; /* some that were planted at some time */
    struct rng rng;
    uint64_t now_ns = 0;

    rng_init(&rng, 99);
    for (uint64_t step = 1; step < 60000; step++) {
        uint32_t what = rng_below(&rng, 100);
        uint64_t *root = &roots[rng_below(&rng, COUNT_OF(roots))];
        uint64_t value = 1 + rng_below(&rng, 3);

        now_ns += rng_below(&rng, 20);
        if (what < 40) {
            uint32_t before = naive.count;
            plant_one(&naive, acker, step, now_ns);
            if (naive.count > before)
                *root = naive.trees[naive.count - 1].root;
        } else if (what < 80 && *root != 0) {
            acker_ack(acker, *root, value);
            naive_report(&naive, *root, value, false);
        } else if (what < 83 && *root != 0) {
            fail_with(acker, *root, "no");
            naive_report(&naive, *root, 0, true);
        } else if (what < 90) {
            (void)acker_expire(acker, now_ns);
            naive_expire(&naive, now_ns);
        }
        if (what % 10 == 0)
            expect_same(&naive, acker);
    }
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        a_tree_is_complete_when_all_its_edges_are,
        a_root_that_nobody_wants_is_complete_at_once,
        reports_may_overtake_the_seal,
        a_failure_says_why,
        the_first_verdict_counts,
        a_repeated_report_does_not_complete_a_tree,
        deadlines_are_exact,
        all_that_are_as_old_fail_together,
        a_late_report_does_not_touch_the_next_tree_of_its_slot,
        a_report_on_a_slot_that_never_was_is_ignored,
        a_tree_counts_as_open_until_it_is_taken,
        it_grows_to_its_limit_and_refuses_beyond,
        no_root_is_zero_even_of_task_zero,
        random_trees_settle_exactly_at_their_last_report,
        with_repeats_and_losses_none_settles_early,
        it_agrees_with_a_naive_table,
    };
    return suite_run("acker", tests, sizeof tests / sizeof *tests);
}
