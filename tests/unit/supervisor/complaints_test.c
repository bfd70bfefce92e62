/* SPDX-License-Identifier: Apache-2.0 */
#include "supervisor/complaints.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "coord/state/errors_state.h"
#include "coord/state/paths.h"
#include "tests/support/coord_model.h"
#include "tests/support/suite.h"

static void step(void *actor, const struct coord_event *event, struct coord_calls *calls)
{
    complaints_step(actor, event, calls);
}

static void make_node(struct coord_model *model, const char *path)
{
    struct coord_call call = {.kind = COORD_CREATE, .path = path, .mode = COORD_PERSISTENT};

    ck_assert_int_eq(coord_model_do(model, &call), COORD_OK);
}

/* Two supervisors write to the same topology. */
struct stage {
    struct coord_model *model;
    struct complaints *complaints[2];
    uint64_t now_ms;
};

static struct stage set_up(uint64_t seed)
{
    struct stage stage = {.model = coord_model_new(seed), .now_ms = 1};

    for (size_t i = 0; i < 2; i++) {
        stage.complaints[i] = complaints_new(4, i == 0 ? "s1" : "s2");
        (void)coord_model_add(stage.model, step, stage.complaints[i]);
    }
    make_node(stage.model, PATHS_ERRORS);
    make_node(stage.model, paths_errors("t").text);
    return stage;
}

static void tear_down(struct stage *stage)
{
    complaints_destroy(&stage->complaints[0]);
    complaints_destroy(&stage->complaints[1]);
    coord_model_destroy(&stage->model);
}

static void add(struct stage *stage, size_t who, const char *text)
{
    struct complaint complaint = {
        .topology = "t", .component = "count", .slot = 1, .task = 3, .text = text};

    complaints_add(stage->complaints[who], &complaint, 1000);
}

static void tick(struct stage *stage)
{
    stage->now_ms += COMPLAINTS_PERIOD_MS;
    for (size_t i = 0; i < 2; i++) {
        struct coord_calls calls = {.items = NULL};
        complaints_tick(stage->complaints[i], stage->now_ms, &calls);
        coord_model_send(stage->model, i, &calls);
        coord_calls_done(&calls);
    }
}

static void settle(struct stage *stage)
{
    for (int i = 0; i < 20; i++) {
        ck_assert(coord_model_calm(stage->model, 10000));
        tick(stage);
    }
    ck_assert(coord_model_calm(stage->model, 10000));
}

/* How often the text is counted in the cluster state. */
static uint64_t count_of(const struct stage *stage, const char *text)
{
    struct path path = paths_errors_of("t", "count");
    const char *data = coord_model_data(stage->model, path.text);
    struct errors_state errors;
    uint64_t count = 0;

    if (data == NULL)
        return 0;
    ck_assert_int_eq(errors_state_decode(data, strlen(data), &errors, NULL), ERR_OK);
    for (size_t i = 0; i < errors.count; i++) {
        if (strcmp(errors.items[i].text, text) == 0)
            count = errors.items[i].count;
    }
    errors_state_done(&errors);
    return count;
}

START_TEST(errors_are_counted_and_kept)
{
    struct stage stage = set_up(1);

    for (int i = 0; i < 5; i++)
        add(&stage, 0, "broken");
    add(&stage, 0, "torn");
    settle(&stage);
    add(&stage, 1, "broken");
    settle(&stage);
    ck_assert_uint_eq(count_of(&stage, "broken"), 6);
    ck_assert_uint_eq(count_of(&stage, "torn"), 1);
    tear_down(&stage);
}
END_TEST

START_TEST(a_flood_is_written_once_a_period)
{
    struct stage stage = set_up(1);

    settle(&stage);
    size_t before = coord_model_served(stage.model, COORD_SET);
    for (int i = 0; i < 10000; i++)
        add(&stage, 0, "broken");
    settle(&stage);
    ck_assert_uint_eq(count_of(&stage, "broken"), 10000);
    ck_assert_uint_le(coord_model_served(stage.model, COORD_SET) - before, 1);
    tear_down(&stage);
}
END_TEST

START_TEST(nothing_is_written_of_a_topology_that_is_gone)
{
    struct stage stage = set_up(1);
    struct complaint complaint = {.topology = "gone", .component = "c", .text = "late"};

    complaints_add(stage.complaints[0], &complaint, 1);
    settle(&stage);
    ck_assert_ptr_null(coord_model_stat(stage.model, paths_errors("gone").text));
    add(&stage, 0, "broken");
    complaints_forget(stage.complaints[0], "t");
    settle(&stage);
    ck_assert_uint_eq(count_of(&stage, "broken"), 0);
    tear_down(&stage);
}
END_TEST

START_TEST(what_does_not_fit_is_counted)
{
    struct stage stage = set_up(1);
    char component[16];

    for (int i = 0; i < COMPLAINTS_COMPONENTS_MAX + 3; i++) {
        (void)snprintf(component, sizeof component, "c%d", i);
        struct complaint complaint = {.topology = "t", .component = component, .text = "x"};
        complaints_add(stage.complaints[0], &complaint, 1);
    }
    ck_assert_uint_eq(complaints_count_dropped(stage.complaints[0]), 3);
    tear_down(&stage);
}
END_TEST

START_TEST(the_report_has_what_was_not_answered_yet)
{
    struct stage stage = set_up(1);
    struct complaints *complaints = stage.complaints[0];

    add(&stage, 0, "broken");
    add(&stage, 0, "broken");
    uint64_t mark = complaints_mark(complaints);
    json_t *list = complaints_encode(complaints, "t", 1);
    ck_assert_uint_eq(json_array_size(list), 1);
    const json_t *item = json_array_get(list, 0);
    ck_assert_str_eq(json_string_value(json_object_get(item, "component")), "count");
    ck_assert_str_eq(json_string_value(json_object_get(item, "text")), "broken");
    ck_assert_int_eq(json_integer_value(json_object_get(item, "task")), 3);
    ck_assert_int_eq(json_integer_value(json_object_get(item, "count")), 2);
    json_decref(list);
    list = complaints_encode(complaints, "t", 2);
    ck_assert_uint_eq(json_array_size(list), 0);
    json_decref(list);

    add(&stage, 0, "torn"); /* after the report was written */
    complaints_confirm(complaints, mark);
    list = complaints_encode(complaints, "t", 1);
    ck_assert_uint_eq(json_array_size(list), 1);
    ck_assert_str_eq(json_string_value(json_object_get(json_array_get(list, 0), "text")), "torn");
    json_decref(list);
    tear_down(&stage);
}
END_TEST

START_TEST(under_faults_nothing_is_counted_too_low)
{
    for (uint64_t seed = 1; seed <= 60; seed++) {
        struct stage stage = set_up(seed);
        struct rng *rng = coord_model_rng(stage.model);
        uint64_t right = 0;

        coord_model_connect(stage.model, 0);
        coord_model_connect(stage.model, 1);
        for (int i = 0; i < 400; i++) {
            if (rng_below(rng, 5) == 0) {
                add(&stage, rng_below(rng, 2), "broken");
                right++;
            }
            if (rng_below(rng, 10) == 0)
                tick(&stage);
            (void)coord_model_turn(stage.model, 20);
        }
        settle(&stage);
        ck_assert_msg(count_of(&stage, "broken") >= right, "seed %" PRIu64, seed);
        tear_down(&stage);
    }
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        errors_are_counted_and_kept,
        a_flood_is_written_once_a_period,
        nothing_is_written_of_a_topology_that_is_gone,
        what_does_not_fit_is_counted,
        the_report_has_what_was_not_answered_yet,
        under_faults_nothing_is_counted_too_low,
    };

    return suite_run("complaints", tests, COUNT_OF(tests));
}
