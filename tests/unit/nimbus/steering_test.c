/* SPDX-License-Identifier: Apache-2.0 */
/* What changes a running topology, and the events of it all: nimbus as a whole, on the rig. */
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "coord/state/paths.h"
#include "coord/state/topology_state.h"
#include "tests/support/suite.h"
#include "tests/unit/nimbus/rig.h"

#define BY ",'by':'ada','via':'cli'}"

static int64_t number(const json_t *object, const char *member)
{
    const json_t *value = json_object_get(object, member);

    ck_assert_msg(json_is_integer(value), "'%s' is no number", member);
    return (int64_t)json_integer_value(value);
}

static const char *text(const json_t *object, const char *member)
{
    const char *value = json_string_value(json_object_get(object, member));

    ck_assert_msg(value != NULL, "'%s' is no text", member);
    return value;
}

/* With one supervisor of four slots, and a topology that wants two workers. */
static struct rig *set_up(size_t nimbuses)
{
    struct rig *rig = rig_new(7, nimbuses);

    rig_settle(rig);
    rig_add_supervisor(rig, "s1", 4);
    rig_submit(rig, "wc", "{'topology.workers':'2'}");
    return rig;
}

/* The kinds of all events, ','-separated; only those of the supervisors and topologies, if `after` is that
 * of the last one before them. */
static void expect_events(struct rig *rig, int64_t after, const char *kinds)
{
    char args[64];
    char found[512] = "";
    size_t index;
    json_t *event;

    (void)snprintf(args, sizeof args, "{'after':%lld}", (long long)after);
    const json_t *ok = rig_do(rig, "events", args);
    json_array_foreach(json_object_get(ok, "events"), index, event)
    {
        size_t size = strlen(found);
        (void)snprintf(found + size, sizeof found - size, "%s%s", size == 0 ? "" : ",",
                       text(event, "kind"));
    }
    ck_assert_str_eq(found, kinds);
}

static int64_t last_id(struct rig *rig)
{
    return number(rig_do(rig, "events", "{}"), "last_id");
}

static const json_t *last_event(struct rig *rig)
{
    const json_t *list = json_object_get(rig_do(rig, "events", "{'limit':1}"), "events");

    ck_assert_uint_eq(json_array_size(list), 1);
    return json_array_get(list, 0);
}

static struct topology_state read_record(struct rig *rig)
{
    const char *data = coord_model_data(rig->model, paths_topology(rig_id(rig, "wc")).text);
    struct topology_state state;

    ck_assert_ptr_nonnull(data);
    ck_assert_int_eq(topology_state_decode(data, strlen(data), &state, NULL), ERR_OK);
    return state;
}

/* ---- Events -------------------------------------------------------------------------------- */

START_TEST(a_life_is_told_with_who_did_what)
{
    struct rig *rig = set_up(1);
    char id[64];

    (void)snprintf(id, sizeof id, "%s", rig_id(rig, "wc"));
    expect_events(rig, 0, "leading,supervisor_joined,submitted,placed");
    rig_report(rig, "s1", id, "");
    int64_t after = last_id(rig);
    (void)rig_do(rig, "topology.deactivate", "{'name':'wc'" BY);
    const json_t *event = last_event(rig);
    ck_assert_str_eq(text(event, "kind"), "deactivated");
    ck_assert_str_eq(text(event, "by"), "ada");
    ck_assert_str_eq(text(event, "via"), "cli");
    ck_assert_str_eq(text(event, "topology"), "wc");
    (void)rig_do(rig, "topology.deactivate", "{'name':'wc'" BY); /* is so already */
    (void)rig_do(rig, "topology.activate", "{'name':'wc'}");
    (void)rig_do(rig, "topology.rebalance", "{'name':'wc','wait_ms':1000,'workers':3" BY);
    rig_pass(rig, 2000);
    rig_settle(rig);
    (void)rig_do(rig, "topology.kill", "{'name':'wc','wait_ms':1000" BY);
    rig_pass(rig, 3000);
    rig_settle(rig);
    expect_events(rig, after, "deactivated,activated,rebalancing,rebalanced,placed,killed,removed");
    rig_destroy(&rig);
}
END_TEST

START_TEST(the_submission_names_the_owner_unless_somebody_else_is_named)
{
    struct rig *rig = set_up(1);

    const json_t *event =
        json_array_get(json_object_get(rig_do(rig, "events", "{'topology':'wc'}"), "events"), 0);
    ck_assert_str_eq(text(event, "kind"), "submitted");
    ck_assert_str_eq(text(event, "by"), "me");
    rig_destroy(&rig);
}
END_TEST

START_TEST(what_was_refused_or_only_tried_is_no_event)
{
    struct rig *rig = set_up(1);
    int64_t after = last_id(rig);

    (void)rig_do(rig, "topology.rebalance", "{'name':'wc','workers':3,'dry_run':true}");
    ck_assert_int_eq(rig_refusal(rig, "topology.kill", "{'name':'no'}"), CONTROL_NOT_FOUND);
    ck_assert_int_eq(rig_refusal(rig, "topology.kill", "{'name':'wc','via':'phone'}"),
                     CONTROL_INVALID);
    ck_assert_int_eq(rig_refusal(rig, "topology.kill", "{'name':'wc','by':7}"), CONTROL_INVALID);
    expect_events(rig, after, "");
    ck_assert_str_eq(rig_status(rig, "wc"), "active");
    rig_destroy(&rig);
}
END_TEST

START_TEST(supervisors_come_go_and_are_lost_with_what_they_have)
{
    struct rig *rig = set_up(1);
    char id[64];

    (void)snprintf(id, sizeof id, "%s", rig_id(rig, "wc"));
    rig_report(rig, "s1", id, "");
    int64_t after = last_id(rig);
    rig_remove_supervisor(rig, "s1");
    rig_settle(rig);
    ck_assert_str_eq(text(last_event(rig), "kind"), "supervisor_lost");
    ck_assert_str_eq(text(last_event(rig), "severity"), "trouble");
    rig_add_supervisor(rig, "s1", 4);
    rig_settle(rig);
    rig_remove_supervisor(rig, "s1");
    rig_pass(rig, 2 * RIG_AWAY_MS);
    rig_settle(rig);
    expect_events(rig, after,
                  "supervisor_lost,supervisor_joined,supervisor_lost,worker_lost,placed");
    rig_destroy(&rig);
}
END_TEST

START_TEST(health_is_told_when_it_changes)
{
    struct rig *rig = set_up(1);
    int64_t after = last_id(rig);
    const char *ill = "{'supervisor':'s1','healthy':false,'health_text':'disk full','workers':[]}";

    (void)rig_do(rig, "supervisor.report", ill);
    (void)rig_do(rig, "supervisor.report", ill);
    ck_assert_str_eq(text(last_event(rig), "text"), "supervisor s1 is unhealthy: disk full");
    (void)rig_do(rig, "supervisor.report", "{'supervisor':'s1','workers':[]}");
    expect_events(rig, after, "supervisor_unhealthy,supervisor_healthy");
    rig_destroy(&rig);
}
END_TEST

static void say(struct rig *rig, const char *id, int incarnation, const char *phase,
                const char *last_exit)
{
    char args[512];

    (void)snprintf(args, sizeof args,
                   "{'supervisor':'s1','workers':[{'topology':'%s','slot':0,'incarnation':%d,"
                   "'restarts':%d,'pid':9,'phase':'%s','last_exit':%s}]}",
                   id, incarnation, incarnation - 1, phase, last_exit);
    (void)rig_do(rig, "supervisor.report", args);
}

START_TEST(a_worker_that_fails_and_comes_back_is_told_of)
{
    struct rig *rig = set_up(1);
    char id[64];

    (void)snprintf(id, sizeof id, "%s", rig_id(rig, "wc"));
    (void)rig_do(rig, "supervisor.report", "{'supervisor':'s1','workers':[]}");
    int64_t after = last_id(rig);
    say(rig, id, 1, "starting", "null");
    say(rig, id, 1, "running", "null");
    say(rig, id, 2, "starting", "'killed by SIGKILL'");
    (void)rig_do(rig, "supervisor.report", "{'supervisor':'s1','workers':[]}");
    const json_t *list = json_object_get(rig_do(rig, "events", "{'limit':3}"), "events");
    ck_assert_str_eq(text(json_array_get(list, 0), "text"),
                     "worker s1:0 of wc failed: killed by SIGKILL");
    expect_events(rig, after, "worker_started,worker_failed,worker_restarted,worker_lost");
    rig_destroy(&rig);
}
END_TEST

START_TEST(a_new_leader_begins_anew)
{
    struct rig *rig = set_up(2);
    int64_t before = last_id(rig);
    char id[64];

    (void)snprintf(id, sizeof id, "%s", rig_id(rig, "wc"));
    rig_pass(rig, 1000);
    core_close(rig_leader(rig)->core, &rig_leader(rig)->calls);
    rig_settle(rig);
    rig_pass(rig, 1000);
    rig_settle(rig);
    expect_events(rig, 0, "leading");
    ck_assert_int_gt(last_id(rig), before);
    rig_report(rig, "s1", id, "");
    expect_events(rig, before, "leading");
    rig_destroy(&rig);
}
END_TEST

START_TEST(a_note_is_of_a_known_kind)
{
    struct rig *rig = set_up(1);

    ck_assert_int_eq(rig_refusal(rig, "event.note", "{'kind':'killed','text':'x'}"),
                     CONTROL_INVALID);
    ck_assert_int_eq(rig_refusal(rig, "event.note", "{'kind':'reset_offsets'}"), CONTROL_INVALID);
    ck_assert_int_eq(
        rig_refusal(rig, "event.note", "{'kind':'reset_offsets','text':'x','args':[]}"),
        CONTROL_INVALID);
    (void)rig_do(rig, "event.note",
                 "{'kind':'reset_offsets','text':'group g was reset','args':{'group':'g'}" BY);
    ck_assert_str_eq(text(last_event(rig), "kind"), "reset_offsets");
    ck_assert_str_eq(text(json_object_get(last_event(rig), "args"), "group"), "g");
    ck_assert_str_eq(text(last_event(rig), "by"), "ada");
    rig_destroy(&rig);
}
END_TEST

START_TEST(events_are_asked_for_within_bounds)
{
    static const char *const wrong[] = {"{'after':-1}", "{'limit':0}", "{'limit':1001}",
                                        "{'topology':7}"};
    struct rig *rig = set_up(1);

    for (size_t i = 0; i < COUNT_OF(wrong); i++)
        ck_assert_int_eq(rig_refusal(rig, "events", wrong[i]), CONTROL_INVALID);
    rig_destroy(&rig);
}
END_TEST

/* ---- The level of the log ------------------------------------------------------------------ */

START_TEST(a_log_level_stands_in_the_record_until_it_is_taken_back)
{
    struct rig *rig = set_up(1);

    const json_t *ok = rig_do(rig, "topology.log_level", "{'name':'wc','level':'debug'" BY);
    ck_assert_str_eq(text(ok, "level"), "debug");
    ck_assert_int_eq(number(ok, "until_ms"), 0);
    ck_assert_str_eq(text(last_event(rig), "text"), "the log level of wc is debug");
    struct topology_state state = read_record(rig);
    ck_assert_int_eq(state.log_level, TOPOLOGY_LOG_DEBUG);
    topology_state_done(&state);
    const json_t *status = rig_do(rig, "topology.status", "{'name':'wc'}");
    ck_assert_str_eq(text(json_object_get(status, "log_level"), "level"), "debug");
    int64_t after = last_id(rig);
    (void)rig_do(rig, "topology.log_level", "{'name':'wc','level':'debug'}"); /* is so already */
    expect_events(rig, after, "");
    ok = rig_do(rig, "topology.log_level", "{'name':'wc','level':null}");
    ck_assert(json_is_null(json_object_get(ok, "level")));
    status = rig_do(rig, "topology.status", "{'name':'wc'}");
    ck_assert(json_is_null(json_object_get(status, "log_level")));
    state = read_record(rig);
    ck_assert_int_eq(state.log_level, TOPOLOGY_LOG_UNSET);
    topology_state_done(&state);
    rig_destroy(&rig);
}
END_TEST

START_TEST(a_log_level_for_a_time_goes_back_by_itself)
{
    struct rig *rig = set_up(1);

    (void)rig_do(rig, "topology.log_level", "{'name':'wc','level':'error','for_ms':5000}");
    int64_t after = last_id(rig);
    rig_pass(rig, 4000);
    struct topology_state state = read_record(rig);
    ck_assert_int_eq(state.log_level, TOPOLOGY_LOG_ERROR);
    topology_state_done(&state);
    rig_pass(rig, 1500);
    rig_settle(rig);
    state = read_record(rig);
    ck_assert_int_eq(state.log_level, TOPOLOGY_LOG_UNSET);
    topology_state_done(&state);
    expect_events(rig, after, "log_level");
    ck_assert(json_is_null(json_object_get(last_event(rig), "by")));
    rig_pass(rig, 5000);
    expect_events(rig, after, "log_level");
    rig_destroy(&rig);
}
END_TEST

START_TEST(another_leader_takes_a_log_level_back)
{
    struct rig *rig = set_up(2);

    (void)rig_do(rig, "topology.log_level", "{'name':'wc','level':'warn','for_ms':3000}");
    core_close(rig_leader(rig)->core, &rig_leader(rig)->calls);
    rig_settle(rig);
    rig_pass(rig, 4000);
    rig_settle(rig);
    struct topology_state state = read_record(rig);
    ck_assert_int_eq(state.log_level, TOPOLOGY_LOG_UNSET);
    topology_state_done(&state);
    rig_destroy(&rig);
}
END_TEST

/* ---- Tuples in the log --------------------------------------------------------------------- */

START_TEST(debug_is_of_one_component_or_of_all)
{
    struct rig *rig = set_up(1);

    (void)rig_do(rig, "topology.debug", "{'name':'wc','component':'splitter','percent':5" BY);
    ck_assert_str_eq(text(last_event(rig), "component"), "splitter");
    const json_t *status = rig_do(rig, "topology.status", "{'name':'wc'}");
    const json_t *debug = json_array_get(json_object_get(status, "debug"), 0);
    ck_assert_str_eq(text(debug, "component"), "splitter");
    ck_assert_int_eq(number(debug, "percent"), 5);
    (void)rig_do(rig, "topology.debug", "{'name':'wc','percent':1}");
    struct topology_state state = read_record(rig);
    ck_assert_uint_eq(topology_debug_of(&state, "splitter"), 1);
    ck_assert_uint_eq(topology_debug_of(&state, "reader"), 1);
    topology_state_done(&state);
    (void)rig_do(rig, "topology.debug", "{'name':'wc','percent':0}");
    status = rig_do(rig, "topology.status", "{'name':'wc'}");
    ck_assert_uint_eq(json_array_size(json_object_get(status, "debug")), 0);
    rig_destroy(&rig);
}
END_TEST

START_TEST(what_cannot_be_steered_is_refused)
{
    static const struct {
        const char *op;
        const char *args;
        enum control_code code;
    } cases[] = {
        {"topology.log_level", "{'name':'no','level':'info'}", CONTROL_NOT_FOUND},
        {"topology.log_level", "{'name':'wc','level':'loud'}", CONTROL_INVALID},
        {"topology.log_level", "{'name':'wc','level':7}", CONTROL_INVALID},
        {"topology.log_level", "{'name':'wc','level':'info','for_ms':-1}", CONTROL_INVALID},
        {"topology.debug", "{'name':'no','percent':1}", CONTROL_NOT_FOUND},
        {"topology.debug", "{'name':'wc'}", CONTROL_INVALID},
        {"topology.debug", "{'name':'wc','percent':101}", CONTROL_INVALID},
        {"topology.debug", "{'name':'wc','component':'no','percent':1}", CONTROL_NOT_FOUND},
        {"worker.restart", "{'name':'wc','slot':0}", CONTROL_INVALID},
        {"worker.restart", "{'name':'wc','supervisor':'s9','slot':0}", CONTROL_NOT_FOUND},
        {"worker.restart", "{'name':'wc','supervisor':'s1','slot':0}", CONTROL_UNAVAILABLE},
    };
    struct rig *rig = set_up(1);
    int64_t after = last_id(rig);

    for (size_t i = 0; i < COUNT_OF(cases); i++)
        ck_assert_int_eq(rig_refusal(rig, cases[i].op, cases[i].args), cases[i].code);
    expect_events(rig, after, "");
    (void)rig_do(rig, "topology.kill", "{'name':'wc','wait_ms':60000}");
    ck_assert_int_eq(rig_refusal(rig, "topology.log_level", "{'name':'wc','level':'info'}"),
                     CONTROL_CONFLICT);
    ck_assert_int_eq(rig_refusal(rig, "topology.debug", "{'name':'wc','percent':1}"),
                     CONTROL_CONFLICT);
    rig_destroy(&rig);
}
END_TEST

/* ---- Restarts ------------------------------------------------------------------------------ */

static size_t count_orders(struct rig *rig, const char *report)
{
    const json_t *orders = json_object_get(rig_do(rig, "supervisor.report", report), "restart");

    ck_assert(json_is_array(orders));
    return json_array_size(orders);
}

START_TEST(a_restart_is_told_until_the_incarnation_is_another)
{
    struct rig *rig = set_up(1);
    char old[256];
    char new[256];

    (void)snprintf(old, sizeof old,
                   "{'supervisor':'s1','workers':[{'topology':'%s','slot':0,'incarnation':7,"
                   "'restarts':0,'pid':9,'phase':'running','last_exit':null}]}",
                   rig_id(rig, "wc"));
    (void)snprintf(new, sizeof new,
                   "{'supervisor':'s1','workers':[{'topology':'%s','slot':0,'incarnation':8,"
                   "'restarts':1,'pid':9,'phase':'starting','last_exit':'restarted on request'}]}",
                   rig_id(rig, "wc"));
    ck_assert_uint_eq(count_orders(rig, old), 0);
    int64_t after = last_id(rig);
    const json_t *ok = rig_do(rig, "worker.restart", "{'name':'wc','supervisor':'s1','slot':0" BY);
    ck_assert_int_eq(number(ok, "incarnation"), 7);
    ck_assert_str_eq(text(last_event(rig), "by"), "ada");
    ck_assert_uint_eq(count_orders(rig, "{'supervisor':'s2','workers':[]}"), 0);
    ck_assert_uint_eq(count_orders(rig, old), 1);
    ck_assert_uint_eq(count_orders(rig, old), 1);
    ck_assert_uint_eq(count_orders(rig, new), 0);
    ck_assert_uint_eq(count_orders(rig, new), 0);
    expect_events(rig, after, "restart_asked,worker_restarted");
    rig_destroy(&rig);
}
END_TEST

START_TEST(a_restart_that_nobody_fetches_is_forgotten)
{
    struct rig *rig = set_up(1);
    char report[256];

    (void)snprintf(report, sizeof report,
                   "{'supervisor':'s1','workers':[{'topology':'%s','slot':0,'incarnation':7,"
                   "'restarts':0,'pid':9,'phase':'running','last_exit':null}]}",
                   rig_id(rig, "wc"));
    (void)rig_do(rig, "supervisor.report", report);
    (void)rig_do(rig, "worker.restart", "{'name':'wc','supervisor':'s1','slot':0}");
    rig_pass(rig, 61000);
    ck_assert_uint_eq(count_orders(rig, report), 0);
    rig_destroy(&rig);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        a_life_is_told_with_who_did_what,
        the_submission_names_the_owner_unless_somebody_else_is_named,
        what_was_refused_or_only_tried_is_no_event,
        supervisors_come_go_and_are_lost_with_what_they_have,
        health_is_told_when_it_changes,
        a_worker_that_fails_and_comes_back_is_told_of,
        a_new_leader_begins_anew,
        a_note_is_of_a_known_kind,
        events_are_asked_for_within_bounds,
        a_log_level_stands_in_the_record_until_it_is_taken_back,
        a_log_level_for_a_time_goes_back_by_itself,
        another_leader_takes_a_log_level_back,
        debug_is_of_one_component_or_of_all,
        what_cannot_be_steered_is_refused,
        a_restart_is_told_until_the_incarnation_is_another,
        a_restart_that_nobody_fetches_is_forgotten,
    };

    return suite_run("steering", tests, COUNT_OF(tests));
}
