/* SPDX-License-Identifier: Apache-2.0 */
#include "nimbus/lifecycle.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "tests/support/suite.h"

#define NOW_MS  1000000
#define WAIT_MS 30000

enum {
    ACTIVE = TOPOLOGY_ACTIVE,
    INACTIVE = TOPOLOGY_INACTIVE,
    KILLED = TOPOLOGY_KILLED,
    REBALANCING = TOPOLOGY_REBALANCING,
    NOTHING = -1,
};

struct row {
    int from; /* NOTHING: there is no topology */
    int before;
    enum lifecycle_event event;
    int to; /* NOTHING: refused */
    int to_before;
    uint64_t deadline_ms;
    enum lifecycle_effect effect;
    bool is_applied;
    const char *refusal; /* part of it */
};

#define SOON  (NOW_MS + 50) /* the deadline of what is waiting already */
#define LATER (NOW_MS + WAIT_MS)
#define NONE  LIFECYCLE_NO_EFFECT
#define GO    LIFECYCLE_SCHEDULE
#define GONE  LIFECYCLE_REMOVE

static const struct row rows[] = {
    {NOTHING, 0, LIFECYCLE_SUBMIT, ACTIVE, ACTIVE, 0, GO, false, NULL},
    {NOTHING, 0, LIFECYCLE_SUBMIT_INACTIVE, INACTIVE, INACTIVE, 0, GO, false, NULL},
    {NOTHING, 0, LIFECYCLE_ACTIVATE, NOTHING, 0, 0, NONE, false, "gale list"},
    {NOTHING, 0, LIFECYCLE_DEACTIVATE, NOTHING, 0, 0, NONE, false, "gale list"},
    {NOTHING, 0, LIFECYCLE_KILL, NOTHING, 0, 0, NONE, false, "gale list"},
    {NOTHING, 0, LIFECYCLE_REBALANCE, NOTHING, 0, 0, NONE, false, "gale list"},

    {ACTIVE, ACTIVE, LIFECYCLE_SUBMIT, NOTHING, 0, 0, NONE, false, "--name"},
    {ACTIVE, ACTIVE, LIFECYCLE_SUBMIT_INACTIVE, NOTHING, 0, 0, NONE, false, "--name"},
    {ACTIVE, ACTIVE, LIFECYCLE_ACTIVATE, ACTIVE, ACTIVE, 0, NONE, false, NULL},
    {ACTIVE, ACTIVE, LIFECYCLE_DEACTIVATE, INACTIVE, INACTIVE, 0, NONE, false, NULL},
    {ACTIVE, ACTIVE, LIFECYCLE_KILL, KILLED, KILLED, LATER, NONE, false, NULL},
    {ACTIVE, ACTIVE, LIFECYCLE_REBALANCE, REBALANCING, ACTIVE, LATER, NONE, false, NULL},
    {ACTIVE, ACTIVE, LIFECYCLE_DRAINED, ACTIVE, ACTIVE, 0, NONE, false, NULL},
    {ACTIVE, ACTIVE, LIFECYCLE_DEADLINE, ACTIVE, ACTIVE, 0, NONE, false, NULL},
    {ACTIVE, ACTIVE, LIFECYCLE_ENDED, KILLED, KILLED, NOW_MS, GONE, false, NULL},

    {INACTIVE, INACTIVE, LIFECYCLE_SUBMIT, NOTHING, 0, 0, NONE, false, "--name"},
    {INACTIVE, INACTIVE, LIFECYCLE_SUBMIT_INACTIVE, NOTHING, 0, 0, NONE, false, "--name"},
    {INACTIVE, INACTIVE, LIFECYCLE_ACTIVATE, ACTIVE, ACTIVE, 0, NONE, false, NULL},
    {INACTIVE, INACTIVE, LIFECYCLE_DEACTIVATE, INACTIVE, INACTIVE, 0, NONE, false, NULL},
    {INACTIVE, INACTIVE, LIFECYCLE_KILL, KILLED, KILLED, LATER, NONE, false, NULL},
    {INACTIVE, INACTIVE, LIFECYCLE_REBALANCE, REBALANCING, INACTIVE, LATER, NONE, false, NULL},
    {INACTIVE, INACTIVE, LIFECYCLE_DRAINED, INACTIVE, INACTIVE, 0, NONE, false, NULL},
    {INACTIVE, INACTIVE, LIFECYCLE_DEADLINE, INACTIVE, INACTIVE, 0, NONE, false, NULL},
    {INACTIVE, INACTIVE, LIFECYCLE_ENDED, KILLED, KILLED, NOW_MS, GONE, false, NULL},

    {KILLED, KILLED, LIFECYCLE_SUBMIT, NOTHING, 0, 0, NONE, false, "until it is gone"},
    {KILLED, KILLED, LIFECYCLE_SUBMIT_INACTIVE, NOTHING, 0, 0, NONE, false, "until it is gone"},
    {KILLED, KILLED, LIFECYCLE_ACTIVATE, NOTHING, 0, 0, NONE, false, "once it is gone"},
    {KILLED, KILLED, LIFECYCLE_DEACTIVATE, NOTHING, 0, 0, NONE, false, "once it is gone"},
    {KILLED, KILLED, LIFECYCLE_KILL, KILLED, KILLED, LATER, NONE, false, NULL},
    {KILLED, KILLED, LIFECYCLE_REBALANCE, NOTHING, 0, 0, NONE, false, "once it is gone"},
    {KILLED, KILLED, LIFECYCLE_DRAINED, KILLED, KILLED, NOW_MS, GONE, false, NULL},
    {KILLED, KILLED, LIFECYCLE_DEADLINE, KILLED, KILLED, NOW_MS, GONE, false, NULL},
    {KILLED, KILLED, LIFECYCLE_ENDED, KILLED, KILLED, NOW_MS, GONE, false, NULL},

    {REBALANCING, INACTIVE, LIFECYCLE_SUBMIT, NOTHING, 0, 0, NONE, false, "--name"},
    {REBALANCING, ACTIVE, LIFECYCLE_SUBMIT_INACTIVE, NOTHING, 0, 0, NONE, false, "--name"},
    {REBALANCING, INACTIVE, LIFECYCLE_ACTIVATE, REBALANCING, ACTIVE, SOON, NONE, false, NULL},
    {REBALANCING, ACTIVE, LIFECYCLE_ACTIVATE, REBALANCING, ACTIVE, SOON, NONE, false, NULL},
    {REBALANCING, ACTIVE, LIFECYCLE_DEACTIVATE, REBALANCING, INACTIVE, SOON, NONE, false, NULL},
    {REBALANCING, ACTIVE, LIFECYCLE_KILL, KILLED, KILLED, LATER, NONE, false, NULL},
    {REBALANCING, ACTIVE, LIFECYCLE_REBALANCE, NOTHING, 0, 0, NONE, false, "try again"},
    {REBALANCING, ACTIVE, LIFECYCLE_DRAINED, ACTIVE, ACTIVE, 0, GO, true, NULL},
    {REBALANCING, INACTIVE, LIFECYCLE_DRAINED, INACTIVE, INACTIVE, 0, GO, true, NULL},
    {REBALANCING, INACTIVE, LIFECYCLE_DEADLINE, INACTIVE, INACTIVE, 0, GO, true, NULL},
    {REBALANCING, ACTIVE, LIFECYCLE_ENDED, KILLED, KILLED, NOW_MS, GONE, false, NULL},
};

static struct topology_state topology_in(int status, int before)
{
    bool is_waiting = status == KILLED || status == REBALANCING;

    return (struct topology_state){
        .status = (enum topology_status)status,
        .status_before = (enum topology_status)before,
        .deadline_ms = is_waiting ? SOON : 0,
    };
}

static void check_refusal(const struct row *row, enum err err, const struct error *error)
{
    ck_assert_int_eq(err, row->from == NOTHING ? ERR_NOT_FOUND : ERR_CONFLICT);
    ck_assert_ptr_nonnull(strstr(error->text, "topology 'wc' "));
    ck_assert_ptr_nonnull(strstr(error->text, row->refusal));
}

static void check_change(const struct row *row, const struct topology_state *topology,
                         const struct lifecycle_change *change)
{
    bool is_same = topology != NULL && row->to == row->from && row->to_before == row->before &&
                   row->deadline_ms == topology->deadline_ms;

    ck_assert_int_eq(change->status, row->to);
    ck_assert_int_eq(change->status_before, row->to_before);
    ck_assert_uint_eq(change->deadline_ms, row->deadline_ms);
    ck_assert_int_eq(change->effect, row->effect);
    ck_assert_int_eq(change->is_applied, row->is_applied);
    ck_assert_int_eq(change->is_changed, !is_same);
}

START_TEST(the_table_of_moves)
{
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct topology_state topology = topology_in(rows[i].from, rows[i].before);
        const struct topology_state *it = rows[i].from == NOTHING ? NULL : &topology;
        struct lifecycle_request request = {
            .event = rows[i].event, .name = "wc", .now_ms = NOW_MS, .wait_ms = WAIT_MS};
        struct lifecycle_change change;
        struct error error;
        enum err err = lifecycle_step(it, &request, &change, &error);

        if (rows[i].to == NOTHING) {
            check_refusal(&rows[i], err, &error);
            continue;
        }
        ck_assert_int_eq(err, ERR_OK);
        check_change(&rows[i], it, &change);
    }
}
END_TEST

START_TEST(the_table_has_every_event_of_every_status)
{
    bool is_there[5][LIFECYCLE_EVENT_COUNT] = {{false}};

    for (size_t i = 0; i < COUNT_OF(rows); i++)
        is_there[rows[i].from + 1][rows[i].event] = true;
    for (int from = NOTHING; from <= REBALANCING; from++) {
        for (int event = 0; event < LIFECYCLE_EVENT_COUNT; event++) {
            bool is_possible = from != NOTHING || event < LIFECYCLE_DRAINED;
            ck_assert_int_eq(is_there[from + 1][event], is_possible);
        }
    }
}
END_TEST

START_TEST(what_happens_to_a_topology_that_is_gone_means_nothing)
{
    struct lifecycle_change change;
    struct error error;

    for (int event = LIFECYCLE_DRAINED; event < LIFECYCLE_EVENT_COUNT; event++) {
        struct lifecycle_request request = {.event = (enum lifecycle_event)event, .name = "wc"};
        ck_assert_int_eq(lifecycle_step(NULL, &request, &change, &error), ERR_OK);
        ck_assert(!change.is_changed);
        ck_assert_int_eq(change.effect, LIFECYCLE_NO_EFFECT);
    }
}
END_TEST

START_TEST(removing_again_writes_nothing_again)
{
    struct topology_state topology = topology_in(KILLED, KILLED);
    struct lifecycle_request request = {.event = LIFECYCLE_DRAINED, .name = "wc", .now_ms = NOW_MS};
    struct lifecycle_change change;
    struct error error;

    ck_assert_int_eq(lifecycle_step(&topology, &request, &change, &error), ERR_OK);
    ck_assert(change.is_changed);
    lifecycle_apply(&topology, &change);
    request.now_ms += 10;
    ck_assert_int_eq(lifecycle_step(&topology, &request, &change, &error), ERR_OK);
    ck_assert(!change.is_changed);
    ck_assert_int_eq(change.effect, LIFECYCLE_REMOVE);
}
END_TEST

START_TEST(a_wait_beyond_all_time_is_for_ever)
{
    struct topology_state topology = topology_in(ACTIVE, ACTIVE);
    struct lifecycle_request request = {
        .event = LIFECYCLE_KILL, .name = "wc", .now_ms = NOW_MS, .wait_ms = UINT64_MAX};
    struct lifecycle_change change;
    struct error error;

    ck_assert_int_eq(lifecycle_step(&topology, &request, &change, &error), ERR_OK);
    ck_assert_uint_eq(change.deadline_ms, INT64_MAX);
}
END_TEST

START_TEST(what_is_due_follows_from_workers_and_clock)
{
    static const struct {
        int status;
        struct lifecycle_workers workers;
        uint64_t now_ms;
        int event; /* NOTHING */
    } cases[] = {
        {ACTIVE, {.count = 2, .drained = 2}, LATER, NOTHING},
        {ACTIVE, {.count = 0}, LATER, NOTHING},
        {ACTIVE, {.count = 2, .drained = 1, .ended = 1}, NOW_MS, NOTHING},
        {ACTIVE, {.count = 2, .drained = 2, .ended = 2}, NOW_MS, LIFECYCLE_ENDED},
        {INACTIVE, {.count = 1, .drained = 1}, LATER, NOTHING},
        {KILLED, {.count = 2, .drained = 1}, SOON - 1, NOTHING},
        {KILLED, {.count = 2, .drained = 1}, SOON, LIFECYCLE_DEADLINE},
        {KILLED, {.count = 2, .drained = 2}, NOW_MS, LIFECYCLE_DRAINED},
        {KILLED, {.count = 0}, NOW_MS, LIFECYCLE_DRAINED},
        {REBALANCING, {.count = 3, .drained = 3, .ended = 1}, NOW_MS, LIFECYCLE_DRAINED},
        {REBALANCING, {.count = 3, .drained = 2}, SOON - 1, NOTHING},
        {REBALANCING, {.count = 3}, SOON + 1, LIFECYCLE_DEADLINE},
        {REBALANCING, {.count = 1, .drained = 1, .ended = 1}, NOW_MS, LIFECYCLE_ENDED},
    };

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct topology_state topology = topology_in(cases[i].status, ACTIVE);
        enum lifecycle_event event;
        bool is_due = lifecycle_due(&topology, &cases[i].workers, cases[i].now_ms, &event);

        ck_assert_int_eq(is_due, cases[i].event != NOTHING);
        if (is_due)
            ck_assert_int_eq(event, cases[i].event);
    }
}
END_TEST

/* ---- pending settings ---- */

static const char *value_of(const struct topology_state *topology, const char *key)
{
    for (size_t i = 0; i < topology->setting_count; i++) {
        if (strcmp(topology->settings[i].key, key) == 0)
            return topology->settings[i].value;
    }
    return "";
}

static struct topology_state new_topology(size_t settings)
{
    struct topology_state topology = {.status = TOPOLOGY_REBALANCING};

    topology.settings = NEW_ARRAY(struct topology_setting, settings);
    for (size_t i = 0; i < settings; i++) {
        char key[32];
        snprintf(key, sizeof key, "key.%zu", i);
        topology.settings[i] =
            (struct topology_setting){.key = mem_copy_text(key), .value = mem_copy_text("old")};
    }
    topology.setting_count = settings;
    return topology;
}

static void put(struct topology_state *topology, const char *key, const char *value)
{
    struct error error;

    ck_assert_int_eq(lifecycle_put_pending(topology, key, value, &error), ERR_OK);
}

START_TEST(pending_settings_replace_and_add)
{
    struct topology_state topology = new_topology(2);
    struct lifecycle_change change = {.status = TOPOLOGY_ACTIVE, .is_applied = true};

    put(&topology, "key.1", "draft");
    put(&topology, "key.1", "new");
    put(&topology, "more", "added");
    ck_assert_uint_eq(topology.pending_count, 2);
    lifecycle_apply(&topology, &change);
    ck_assert_uint_eq(topology.pending_count, 0);
    ck_assert_uint_eq(topology.setting_count, 3);
    ck_assert_str_eq(value_of(&topology, "key.0"), "old");
    ck_assert_str_eq(value_of(&topology, "key.1"), "new");
    ck_assert_str_eq(value_of(&topology, "more"), "added");
    ck_assert_int_eq(topology.status, TOPOLOGY_ACTIVE);
    topology_state_done(&topology);
}
END_TEST

START_TEST(a_kill_drops_pending_settings)
{
    struct topology_state topology = new_topology(1);
    struct lifecycle_change change = {.status = TOPOLOGY_KILLED};

    put(&topology, "key.0", "new");
    lifecycle_apply(&topology, &change);
    ck_assert_uint_eq(topology.pending_count, 0);
    ck_assert_str_eq(value_of(&topology, "key.0"), "old");
    topology_state_done(&topology);
}
END_TEST

START_TEST(other_changes_leave_pending_settings)
{
    struct topology_state topology = new_topology(1);
    struct lifecycle_change change = {
        .status = TOPOLOGY_REBALANCING, .status_before = TOPOLOGY_INACTIVE, .deadline_ms = 5};

    put(&topology, "key.0", "new");
    lifecycle_apply(&topology, &change);
    ck_assert_uint_eq(topology.pending_count, 1);
    ck_assert_int_eq(topology.status_before, TOPOLOGY_INACTIVE);
    ck_assert_uint_eq(topology.deadline_ms, 5);
    topology_state_done(&topology);
}
END_TEST

START_TEST(there_are_never_more_settings_than_a_topology_may_have)
{
    struct topology_state topology = new_topology(TOPOLOGY_STATE_SETTINGS_MAX - 1);
    struct lifecycle_change change = {.status = TOPOLOGY_ACTIVE, .is_applied = true};
    struct error error;

    put(&topology, "last", "fits");
    ck_assert_int_eq(lifecycle_put_pending(&topology, "one more", "x", &error), ERR_LIMIT);
    ck_assert_ptr_nonnull(strstr(error.text, "'one more'"));
    put(&topology, "last", "still fits");
    put(&topology, "key.3", "was there");
    lifecycle_apply(&topology, &change);
    ck_assert_uint_eq(topology.setting_count, TOPOLOGY_STATE_SETTINGS_MAX);
    topology_state_done(&topology);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        the_table_of_moves,
        the_table_has_every_event_of_every_status,
        what_happens_to_a_topology_that_is_gone_means_nothing,
        removing_again_writes_nothing_again,
        a_wait_beyond_all_time_is_for_ever,
        what_is_due_follows_from_workers_and_clock,
        pending_settings_replace_and_add,
        a_kill_drops_pending_settings,
        other_changes_leave_pending_settings,
        there_are_never_more_settings_than_a_topology_may_have,
    };
    return suite_run("lifecycle", tests, COUNT_OF(tests));
}
