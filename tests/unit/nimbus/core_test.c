/* SPDX-License-Identifier: Apache-2.0 */
#include "nimbus/core.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "coord/recipes/election.h"
#include "coord/state/assignment_state.h"
#include "coord/state/errors_state.h"
#include "coord/state/paths.h"
#include "coord/state/topology_state.h"
#include "tests/support/suite.h"
#include "tests/unit/nimbus/parts.h"
#include "tests/unit/nimbus/rig.h"

#define SUBMIT(name, more)                                                                \
    "{'name':'" name "','plan':'" RIG_PLAN "','so':'" RIG_SO "','settings':{},'args':[]," \
    "'owner':'me'" more "}"

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

static struct assignment_state read_assignment(struct rig *rig, const char *id)
{
    const char *data = coord_model_data(rig->model, paths_assignment(id).text);
    struct assignment_state assignment;

    ck_assert_ptr_nonnull(data);
    ck_assert_int_eq(assignment_state_decode(data, strlen(data), &assignment, NULL), ERR_OK);
    return assignment;
}

static struct rig *set_up(size_t nimbuses)
{
    struct rig *rig = rig_new(7, nimbuses);

    rig_settle(rig);
    return rig;
}

/* With one supervisor of four slots, and a topology that wants two workers. */
static struct rig *set_up_running(size_t nimbuses)
{
    struct rig *rig = set_up(nimbuses);

    rig_add_supervisor(rig, "s1", 4);
    rig_submit(rig, "wc", "{'topology.workers':'2'}");
    return rig;
}

/* ---- Submission ---------------------------------------------------------------------------- */

START_TEST(a_topology_without_supervisors_is_accepted_and_says_what_is_missing)
{
    struct rig *rig = set_up(1);

    rig_upload(rig);
    const json_t *ok = rig_do(rig, "topology.submit", SUBMIT("wc", ""));
    ck_assert_str_eq(text(ok, "id"), "wc-1-1700000000");
    ck_assert_int_eq(number(ok, "workers"), 0);
    ck_assert_int_eq(number(ok, "workers_wanted"), 1);
    ck_assert_int_eq(number(ok, "unplaced"), 7);
    ck_assert_ptr_nonnull(text(ok, "why_not"));
    ck_assert_str_eq(rig_status(rig, "wc"), "active");
    ck_assert_ptr_null(coord_model_data(rig->model, "/assignments/wc-1-1700000000"));
    rig_destroy(&rig);
}
END_TEST

START_TEST(it_is_placed_when_a_supervisor_comes)
{
    struct rig *rig = set_up(1);

    rig_submit(rig, "wc", "{'topology.workers':'2'}");
    rig_add_supervisor(rig, "s1", 4);
    rig_settle(rig);
    struct assignment_state assignment = read_assignment(rig, rig_id(rig, "wc"));
    ck_assert_uint_eq(assignment.worker_count, 2);
    ck_assert_uint_eq(assignment.version, 1);
    ck_assert_uint_eq(assignment.component_count, 3);
    assignment_state_done(&assignment);
    rig_destroy(&rig);
}
END_TEST

START_TEST(it_stays_when_its_supervisor_comes_back_in_time)
{
    struct rig *rig = set_up_running(1);

    rig_add_supervisor(rig, "s2", 4);
    rig_settle(rig);
    rig_remove_supervisor(rig, "s1");
    rig_settle(rig);
    rig_pass(rig, RIG_AWAY_MS / 2);
    rig_settle(rig);
    rig_add_supervisor(rig, "s1", 4);
    rig_pass(rig, RIG_AWAY_MS);
    rig_settle(rig);
    struct assignment_state assignment = read_assignment(rig, rig_id(rig, "wc"));
    ck_assert_uint_eq(assignment.version, 1);
    ck_assert_str_eq(assignment.workers[0].supervisor, "s1");
    assignment_state_done(&assignment);
    rig_destroy(&rig);
}
END_TEST

START_TEST(what_is_away_gets_nothing_new)
{
    struct rig *rig = set_up_running(1);

    rig_remove_supervisor(rig, "s1");
    rig_settle(rig);
    rig_submit(rig, "other", "{}");
    rig_settle(rig);
    ck_assert_ptr_null(coord_model_data(rig->model, paths_assignment(rig_id(rig, "other")).text));
    rig_destroy(&rig);
}
END_TEST

START_TEST(it_moves_when_its_supervisor_goes)
{
    struct rig *rig = set_up_running(1);

    rig_add_supervisor(rig, "s2", 4);
    rig_settle(rig);
    rig_remove_supervisor(rig, "s1");
    rig_settle(rig);
    rig_pass(rig, 2 * RIG_AWAY_MS);
    rig_settle(rig);
    struct assignment_state assignment = read_assignment(rig, rig_id(rig, "wc"));
    ck_assert_uint_eq(assignment.worker_count, 2);
    ck_assert_str_eq(assignment.workers[0].supervisor, "s2");
    ck_assert_str_eq(assignment.workers[1].supervisor, "s2");
    ck_assert_uint_gt(assignment.version, 1);
    assignment_state_done(&assignment);
    rig_destroy(&rig);
}
END_TEST

START_TEST(a_name_in_use_is_refused)
{
    struct rig *rig = set_up_running(1);

    ck_assert_int_eq(rig_refusal(rig, "topology.submit", SUBMIT("wc", "")), CONTROL_CONFLICT);
    (void)rig_do(rig, "topology.submit", SUBMIT("wc2", ""));
    (void)rig_do(rig, "topology.kill", "{'name':'wc','wait_ms':1000}");
    ck_assert_int_eq(rig_refusal(rig, "topology.submit", SUBMIT("wc", "")), CONTROL_CONFLICT);
    rig_destroy(&rig);
}
END_TEST

START_TEST(of_two_submissions_of_one_name_at_the_same_time_one_is_refused)
{
    struct rig *rig = set_up(1);

    rig_upload(rig);
    uint64_t first = rig_ask(rig, rig_leader(rig), "topology.submit", SUBMIT("wc", ""), NULL);
    uint64_t second = rig_ask(rig, rig_leader(rig), "topology.submit", SUBMIT("wc", ""), NULL);
    rig_settle(rig);
    ck_assert_int_eq(rig->answers[first].answer.fault.code, CONTROL_OK);
    ck_assert_int_eq(rig->answers[second].answer.fault.code, CONTROL_CONFLICT);
    ck_assert_uint_eq(coord_model_children(rig->model, PATHS_TOPOLOGIES), 1);
    rig_destroy(&rig);
}
END_TEST

START_TEST(what_cannot_be_run_is_refused)
{
    struct rig *rig = set_up(1);
    static const char *const invalid[] = {
        SUBMIT("a.b", ""),
        SUBMIT("a/b", ""),
        SUBMIT("", ""),
        "{'name':'wc','plan':'x','so':'" RIG_SO "'}",
        "{'name':'wc','plan':'" RIG_PLAN "','so':'" RIG_SO "','settings':{'no.such':'1'}}",
        "{'name':'wc','plan':'" RIG_PLAN "','so':'" RIG_SO "','settings':{'a b':'1'}}",
        "{'name':'wc','plan':'" RIG_PLAN "','so':'" RIG_SO "','settings':{'topology.workers':1}}",
        "{'name':'wc','plan':'" RIG_PLAN "','so':'" RIG_SO
        "','settings':{'splitter.executors':'99'}}",
        "{'name':'wc','plan':'" RIG_SO "','so':'" RIG_SO "'}",
    };

    ck_assert_int_eq(rig_refusal(rig, "topology.submit", SUBMIT("wc", "")), CONTROL_NOT_FOUND);
    rig_upload(rig);
    for (size_t i = 0; i < COUNT_OF(invalid); i++)
        ck_assert_int_eq(rig_refusal(rig, "topology.submit", invalid[i]), CONTROL_INVALID);
    ck_assert_uint_eq(coord_model_children(rig->model, PATHS_TOPOLOGIES), 0);
    rig_destroy(&rig);
}
END_TEST

START_TEST(a_dry_run_changes_nothing)
{
    struct rig *rig = set_up(1);

    rig_add_supervisor(rig, "s1", 4);
    rig_upload(rig);
    const json_t *ok = rig_do(rig, "topology.submit", SUBMIT("wc", ",'dry_run':true"));
    ck_assert_int_eq(number(ok, "workers"), 1);
    ck_assert_int_eq(number(ok, "unplaced"), 0);
    ck_assert_uint_eq(coord_model_children(rig->model, PATHS_TOPOLOGIES), 0);
    rig_destroy(&rig);
}
END_TEST

/* ---- Uploads ------------------------------------------------------------------------------- */

static int64_t put(struct rig *rig, const char *args, const char *body)
{
    uint64_t id = rig_ask(rig, rig_leader(rig), "blob.put", args, body);

    rig_settle(rig);
    return number(rig_result(rig, id), "have");
}

START_TEST(an_upload_goes_on_where_it_stopped)
{
    struct rig *rig = set_up(1);

    ck_assert_int_eq(put(rig, "{'hash':'" RIG_SO "','size':6,'offset':0}", NULL), 0);
    ck_assert_int_eq(put(rig, "{'hash':'" RIG_SO "','size':6,'offset':0}", "abc"), 3);
    ck_assert_int_eq(put(rig, "{'hash':'" RIG_SO "','size':6,'offset':0}", "abc"), 3);
    ck_assert_int_eq(put(rig, "{'hash':'" RIG_SO "','size':6}", NULL), 3);
    ck_assert_int_eq(put(rig, "{'hash':'" RIG_SO "','size':6,'offset':3}", "def"), 6);
    ck_assert_int_eq(put(rig, "{'hash':'" RIG_SO "','size':6}", NULL), 6);
    ck_assert_ptr_nonnull(coord_model_data(rig->model, "/blobs/" RIG_SO));
    rig_destroy(&rig);
}
END_TEST

static enum control_code refuse_put(struct rig *rig, const char *args, const char *body)
{
    uint64_t id = rig_ask(rig, rig_leader(rig), "blob.put", args, body);

    rig_settle(rig);
    return rig->answers[id].answer.fault.code;
}

START_TEST(uploads_have_limits)
{
    struct rig *rig = set_up(1);

    ck_assert_int_eq(refuse_put(rig, "{'hash':'" RIG_SO "','size':100001}", "a"), CONTROL_LIMIT);
    ck_assert_int_eq(refuse_put(rig, "{'hash':'" RIG_SO "','size':0}", NULL), CONTROL_INVALID);
    ck_assert_int_eq(refuse_put(rig, "{'hash':'../x','size':1}", "a"), CONTROL_INVALID);
    ck_assert_int_eq(refuse_put(rig, "{'hash':'" RIG_SO "','size':1}", "ab"), CONTROL_INVALID);
    rig->is_disk_full = true;
    ck_assert_int_eq(refuse_put(rig, "{'hash':'" RIG_SO "','size':2}", "a"), CONTROL_UNAVAILABLE);
    rig->is_disk_full = false;
    ck_assert_int_eq(put(rig, "{'hash':'" RIG_SO "','size':2}", "a"), 1);
    rig_pass(rig, 700000); /* it stops: dropped */
    ck_assert_int_eq(put(rig, "{'hash':'" RIG_SO "','size':2}", NULL), 0);
    rig_destroy(&rig);
}
END_TEST

START_TEST(a_blob_that_nobody_needs_is_deleted_after_a_delay)
{
    struct rig *rig = set_up_running(2);

    ck_assert_ptr_nonnull(coord_model_data(rig->model, "/blobs/" RIG_SO));
    (void)rig_do(rig, "topology.kill", "{'name':'wc','wait_ms':0}");
    rig_pass(rig, 2000);
    ck_assert_str_eq(rig_status(rig, "wc"), "");
    ck_assert_ptr_nonnull(coord_model_data(rig->model, "/blobs/" RIG_SO));
    rig_pass(rig, 60000);
    ck_assert_ptr_null(coord_model_data(rig->model, "/blobs/" RIG_SO));
    for (size_t n = 0; n < 2; n++)
        for (size_t i = 0; i < RIG_FILES_MAX; i++)
            ck_assert_ptr_null(rig->nimbuses[n].files[i].hash);
    rig_destroy(&rig);
}
END_TEST

/* ---- Life ---------------------------------------------------------------------------------- */

START_TEST(a_killed_topology_is_gone_when_it_is_drained)
{
    struct rig *rig = set_up_running(1);
    char id[64];

    (void)snprintf(id, sizeof id, "%s", rig_id(rig, "wc"));
    rig_report(rig, "s1", id, ",'drained':true"); /* before it was killed: of no meaning */
    ck_assert_str_eq(text(rig_do(rig, "topology.kill", "{'name':'wc'}"), "status"), "killed");
    rig_report(rig, "s1", id, "");
    ck_assert_str_eq(rig_status(rig, "wc"), "killed");
    rig_report(rig, "s1", id, ",'drained':true");
    ck_assert_str_eq(rig_status(rig, "wc"), "");
    ck_assert_ptr_null(coord_model_stat(rig->model, paths_topology(id).text));
    ck_assert_ptr_null(coord_model_stat(rig->model, paths_assignment(id).text));
    ck_assert_ptr_null(coord_model_stat(rig->model, paths_workers(id).text));
    ck_assert_ptr_null(coord_model_stat(rig->model, paths_errors(id).text));
    rig_destroy(&rig);
}
END_TEST

START_TEST(a_killed_topology_is_gone_at_its_deadline)
{
    struct rig *rig = set_up_running(1);

    (void)rig_do(rig, "topology.kill", "{'name':'wc','wait_ms':5000}");
    rig_report(rig, "s1", rig_id(rig, "wc"), "");
    rig_pass(rig, 4500);
    ck_assert_str_eq(rig_status(rig, "wc"), "killed");
    rig_pass(rig, 1000);
    ck_assert_str_eq(rig_status(rig, "wc"), "");
    rig_destroy(&rig);
}
END_TEST

START_TEST(what_workers_and_errors_have_left_goes_with_the_topology)
{
    struct rig *rig = set_up_running(1);
    char id[64];
    char path[128];

    (void)snprintf(id, sizeof id, "%s", rig_id(rig, "wc"));
    for (int i = 0; i < 70; i++) { /* more than one multi takes */
        (void)snprintf(path, sizeof path, "/workers/%s/s1:%d", id, i);
        struct coord_call call = {.kind = COORD_CREATE, .path = path};
        ck_assert_int_eq(coord_model_do(rig->model, &call), COORD_OK);
    }
    (void)snprintf(path, sizeof path, "/errors/%s/splitter", id);
    struct coord_call call = {.kind = COORD_CREATE, .path = path};
    ck_assert_int_eq(coord_model_do(rig->model, &call), COORD_OK);
    (void)rig_do(rig, "topology.kill", "{'name':'wc','wait_ms':0}");
    rig_pass(rig, 1000);
    ck_assert_ptr_null(coord_model_stat(rig->model, paths_topology(id).text));
    ck_assert_ptr_null(coord_model_stat(rig->model, paths_workers(id).text));
    ck_assert_ptr_null(coord_model_stat(rig->model, paths_errors(id).text));
    rig_destroy(&rig);
}
END_TEST

START_TEST(a_topology_that_has_ended_is_removed)
{
    struct rig *rig = set_up_running(1);

    rig_report(rig, "s1", rig_id(rig, "wc"), ",'ended':true");
    rig_settle(rig);
    ck_assert_str_eq(rig_status(rig, "wc"), "");
    rig_destroy(&rig);
}
END_TEST

START_TEST(who_does_not_say_that_it_has_ended_is_not_waited_for_for_ever)
{
    struct rig *rig = set_up(1);

    rig_add_supervisor(rig, "s1", 1);
    rig_add_supervisor(rig, "s2", 1);
    rig_submit(rig, "wc", "{'topology.workers':'2'}");
    AUTO(mem_free_text) char *id = mem_copy_text(rig_id(rig, "wc"));
    rig_report(rig, "s1", id, ",'ended':true");
    rig_report(rig, "s2", id, "");
    rig_pass(rig, 4000);
    rig_report(rig, "s1", id, ",'ended':true");
    ck_assert_str_eq(rig_status(rig, "wc"), "active");
    rig_pass(rig, 1100);
    rig_report(rig, "s2", id, "");
    rig_settle(rig);
    ck_assert_str_eq(rig_status(rig, "wc"), "");
    rig_destroy(&rig);
}
END_TEST

START_TEST(it_is_deactivated_and_activated)
{
    struct rig *rig = set_up_running(1);

    ck_assert_str_eq(text(rig_do(rig, "topology.deactivate", "{'name':'wc'}"), "status"),
                     "inactive");
    ck_assert_str_eq(rig_status(rig, "wc"), "inactive");
    ck_assert_str_eq(text(rig_do(rig, "topology.activate", "{'name':'wc'}"), "status"), "active");
    ck_assert_str_eq(text(rig_do(rig, "topology.activate", "{'name':'wc'}"), "status"), "active");
    ck_assert_int_eq(rig_refusal(rig, "topology.activate", "{'name':'no'}"), CONTROL_NOT_FOUND);
    ck_assert_int_eq(rig_refusal(rig, "topology.activate", "{}"), CONTROL_INVALID);
    (void)rig_do(rig, "topology.kill", "{'name':'wc','wait_ms':9000}");
    ck_assert_int_eq(rig_refusal(rig, "topology.activate", "{'name':'wc'}"), CONTROL_CONFLICT);
    rig_destroy(&rig);
}
END_TEST

START_TEST(a_rebalance_ends_when_it_is_drained_and_moves_what_it_must)
{
    struct rig *rig = set_up_running(1);
    char id[64];

    (void)snprintf(id, sizeof id, "%s", rig_id(rig, "wc"));
    struct assignment_state before = read_assignment(rig, id);
    const json_t *ok =
        rig_do(rig, "topology.rebalance", "{'name':'wc','workers':3,'executors':{'splitter':2}}");
    ck_assert_str_eq(text(ok, "status"), "rebalancing");
    ck_assert_int_ge(number(ok, "moves"), 1);
    rig_report(rig, "s1", id, ",'drained':true");
    ck_assert_str_eq(rig_status(rig, "wc"), "active");
    struct assignment_state after = read_assignment(rig, id);
    ck_assert_uint_eq(after.worker_count, 3);
    ck_assert_uint_eq(after.executors[1], 2);
    ck_assert_uint_gt(after.version, before.version);
    assignment_state_done(&before);
    assignment_state_done(&after);
    rig_destroy(&rig);
}
END_TEST

START_TEST(a_dry_rebalance_changes_nothing_and_a_wrong_one_is_refused)
{
    struct rig *rig = set_up_running(1);

    const json_t *ok =
        rig_do(rig, "topology.rebalance", "{'name':'wc','workers':4,'dry_run':true}");
    ck_assert_str_eq(text(ok, "status"), "active");
    ck_assert_int_ge(number(ok, "moves"), 2);
    ck_assert_str_eq(rig_status(rig, "wc"), "active");
    ck_assert_int_eq(
        rig_refusal(rig, "topology.rebalance", "{'name':'wc','executors':{'nobody':1}}"),
        CONTROL_INVALID);
    ck_assert_int_eq(
        rig_refusal(rig, "topology.rebalance", "{'name':'wc','executors':{'splitter':5}}"),
        CONTROL_INVALID);
    ck_assert_int_eq(rig_refusal(rig, "topology.rebalance", "{'name':'wc','workers':0}"),
                     CONTROL_INVALID);
    ck_assert_str_eq(rig_status(rig, "wc"), "active");
    rig_destroy(&rig);
}
END_TEST

START_TEST(an_unhealthy_supervisor_gets_nothing_new)
{
    struct rig *rig = set_up(1);

    rig_add_supervisor(rig, "s1", 4);
    rig_settle(rig);
    (void)rig_do(rig, "supervisor.report", "{'supervisor':'s1','healthy':false,'workers':[]}");
    rig_submit(rig, "wc", "{}");
    ck_assert_ptr_null(coord_model_data(rig->model, paths_assignment(rig_id(rig, "wc")).text));
    (void)rig_do(rig, "supervisor.report", "{'supervisor':'s1','healthy':true,'workers':[]}");
    ck_assert_ptr_nonnull(coord_model_data(rig->model, paths_assignment(rig_id(rig, "wc")).text));
    rig_destroy(&rig);
}
END_TEST

/* ---- Leaders ------------------------------------------------------------------------------- */

START_TEST(only_the_leader_acts_and_the_others_name_it)
{
    struct rig *rig = set_up_running(3);
    const char *leader = rig_leader(rig)->id;

    ck_assert_uint_eq(rig_count_leaders(rig), 1);
    for (size_t i = 0; i < rig->count; i++) {
        if (strcmp(rig->nimbuses[i].id, leader) == 0)
            continue;
        uint64_t id = rig_ask(rig, &rig->nimbuses[i], "topology.list", "{}", NULL);
        ck_assert_int_eq(rig->answers[id].answer.fault.code, CONTROL_NOT_LEADER);
        ck_assert_ptr_nonnull(strstr(rig->answers[id].answer.fault.text, leader));
    }
    rig_destroy(&rig);
}
END_TEST

START_TEST(a_standby_has_fetched_all_blobs_and_leads_on)
{
    struct rig *rig = set_up_running(2);
    struct rig_nimbus *first = rig_leader(rig);

    coord_model_expire(rig->model, first->client);
    rig_settle(rig);
    rig_settle(rig);
    struct rig_nimbus *second = rig_leader(rig);
    ck_assert_ptr_ne(first, second);
    uint64_t id = rig_ask(rig, second, "blob.get", "{'hash':'" RIG_SO "'}", NULL);
    ck_assert_int_eq(number(rig_result(rig, id), "size"), 3);
    ck_assert_uint_eq(rig->answers[id].body_size, 3);
    ck_assert_str_eq(rig_status(rig, "wc"), "active");
    (void)rig_do(rig, "topology.deactivate", "{'name':'wc'}");
    rig_destroy(&rig);
}
END_TEST

START_TEST(who_has_just_won_answers_nobody_before_it_has_read_all)
{
    struct rig *rig = set_up_running(2);
    struct rig_nimbus *first = rig_leader(rig);
    struct rig_nimbus *second = &rig->nimbuses[first == &rig->nimbuses[0] ? 1 : 0];
    size_t seen = 0;

    coord_model_expire(rig->model, first->client);
    while (coord_model_turn(rig->model, 0)) {
        if (core_state(second->core) != OFFICE_CATCHING_UP)
            continue;
        uint64_t id = rig_ask(rig, second, "topology.list", "{}", NULL);
        ck_assert_int_eq(rig->answers[id].answer.fault.code, CONTROL_UNAVAILABLE);
        seen++;
    }
    ck_assert_uint_gt(seen, 0);
    ck_assert_ptr_eq(rig_leader(rig), second);
    rig_destroy(&rig);
}
END_TEST

static void lose_files(struct rig_nimbus *nimbus)
{
    for (size_t i = 0; i < RIG_FILES_MAX; i++) {
        mem_free_text(&nimbus->files[i].hash);
        text_done(&nimbus->files[i].bytes);
        nimbus->files[i].is_whole = false;
    }
}

START_TEST(without_its_blobs_a_nimbus_is_no_candidate)
{
    struct rig *rig = set_up_running(1);

    lose_files(&rig->nimbuses[0]);
    rig_restart(rig, 0);
    rig_settle(rig);
    ck_assert_uint_eq(rig_count_leaders(rig), 0);
    ck_assert_int_eq(core_state(rig->nimbuses[0].core), OFFICE_PREPARING);
    ck_assert_uint_eq(coord_model_children(rig->model, PATHS_LEADER), 0);
    rig_destroy(&rig);
}
END_TEST

START_TEST(a_leader_that_is_replaced_is_refused_and_steps_down)
{
    struct rig *rig = set_up_running(1);
    struct rig_nimbus *leader = rig_leader(rig);
    struct coord_call take = {.kind = COORD_SET,
                              .path = PATHS_LEADER,
                              .data = "99 somebody\n",
                              .size = strlen("99 somebody\n"),
                              .version = COORD_ANY_VERSION};

    /* Its session lives, and it has not heard yet. */
    ck_assert_int_eq(coord_model_do(rig->model, &take), COORD_OK);
    uint64_t id = rig_ask(rig, leader, "topology.deactivate", "{'name':'wc'}", NULL);
    rig_settle(rig);
    ck_assert_int_eq(rig->answers[id].answer.fault.code, CONTROL_NOT_LEADER);
    ck_assert_ptr_nonnull(strstr(text_data(&leader->log), "leader.resigned"));
    ck_assert_str_eq(rig_status(rig, "wc"), "active"); /* it was elected anew */
    rig_destroy(&rig);
}
END_TEST

START_TEST(a_request_whose_write_is_lost_is_told_so)
{
    struct rig *rig = set_up_running(1);
    uint64_t id = rig_ask(rig, rig_leader(rig), "topology.deactivate", "{'name':'wc'}", NULL);

    coord_model_cut(rig->model, 0);
    while (coord_model_turn(rig->model, 0))
        continue;
    ck_assert_int_eq(rig->answers[id].answer.fault.code, CONTROL_UNAVAILABLE);
    uint64_t other = rig_ask(rig, &rig->nimbuses[0], "topology.list", "{}", NULL);
    ck_assert_int_eq(rig->answers[other].answer.fault.code, CONTROL_UNAVAILABLE);
    rig_settle(rig);
    (void)rig_do(rig, "topology.deactivate", "{'name':'wc'}");
    ck_assert_str_eq(rig_status(rig, "wc"), "inactive");
    rig_destroy(&rig);
}
END_TEST

START_TEST(a_restart_in_the_middle_of_a_kill_goes_on_with_it)
{
    struct rig *rig = set_up_running(1);

    (void)rig_do(rig, "topology.kill", "{'name':'wc','wait_ms':5000}");
    rig_restart(rig, 0);
    rig_settle(rig);
    ck_assert_str_eq(rig_status(rig, "wc"), "killed");
    rig_pass(rig, 6000);
    ck_assert_str_eq(rig_status(rig, "wc"), "");
    rig_destroy(&rig);
}
END_TEST

START_TEST(a_restart_in_the_middle_of_a_rebalance_goes_on_with_it)
{
    struct rig *rig = set_up_running(1);

    (void)rig_do(rig, "topology.rebalance", "{'name':'wc','workers':3,'wait_ms':5000}");
    rig_restart(rig, 0);
    rig_settle(rig);
    ck_assert_str_eq(rig_status(rig, "wc"), "rebalancing");
    rig_pass(rig, 6000);
    ck_assert_str_eq(rig_status(rig, "wc"), "active");
    struct assignment_state assignment = read_assignment(rig, rig_id(rig, "wc"));
    ck_assert_uint_eq(assignment.worker_count, 3);
    assignment_state_done(&assignment);
    rig_destroy(&rig);
}
END_TEST

START_TEST(who_closes_gives_the_seat_up)
{
    struct rig *rig = set_up_running(2);
    struct rig_nimbus *first = rig_leader(rig);

    core_close(first->core, &first->calls);
    ck_assert(!core_is_closed(first->core));
    rig_settle(rig);
    ck_assert(core_is_closed(first->core));
    ck_assert_ptr_ne(rig_leader(rig), first);
    rig_destroy(&rig);
}
END_TEST

/* ---- Views --------------------------------------------------------------------------------- */

/* Of the spout's task, which runs in the first of the workers on s1. */
static void count(struct rig *rig, const char *id, uint64_t acked)
{
    struct parts *parts = NEW(struct parts);
    struct histogram *latency = NEW(struct histogram);
    const struct figures_part *sent[] = {&parts->part};
    struct parts_task task = {.count = 100, .acked = acked, .open = 4};

    histogram_add_many(latency, 9, acked);
    parts_make_spout(parts, &(struct parts_worker){.uptime_ns = 1, .latency_ns = latency}, &task,
                     1);
    rig_figures(rig, &(struct rig_worker){"s1", id, 0, 1}, sent, COUNT_OF(sent));
    rig_pass(rig, 1000);
    free(latency);
    free(parts);
}

START_TEST(a_status_shows_workers_components_and_errors)
{
    struct rig *rig = set_up_running(1);
    char id[64];
    char path[128];
    char words[] = "broken";
    char supervisor[] = "s1";
    struct errors_state errors = {.count = 1};

    (void)snprintf(id, sizeof id, "%s", rig_id(rig, "wc"));
    errors.items[0] = (struct component_error){.text = words,
                                               .supervisor = supervisor,
                                               .task = 3,
                                               .count = 2,
                                               .first_ms = 1,
                                               .last_ms = 2};
    AUTO(mem_free_text) char *data = errors_state_encode(&errors);
    (void)snprintf(path, sizeof path, "/errors/%s/splitter", id);
    struct coord_call call = {
        .kind = COORD_CREATE, .path = path, .data = data, .size = strlen(data)};
    ck_assert_int_eq(coord_model_do(rig->model, &call), COORD_OK);
    rig_report(rig, "s1", id, "");
    count(rig, id, 80);
    const json_t *status = rig_do(rig, "topology.status", "{'name':'wc'}");
    const json_t *workers = json_object_get(status, "workers");
    ck_assert_uint_eq(json_array_size(workers), 2);
    ck_assert_str_eq(text(json_array_get(workers, 0), "phase"), "running");
    ck_assert_int_eq(number(json_array_get(workers, 0), "tasks") +
                         number(json_array_get(workers, 1), "tasks"),
                     11);
    const json_t *reader = json_array_get(json_object_get(status, "components"), 0);
    ck_assert_str_eq(text(reader, "name"), "reader");
    ck_assert_int_eq(number(reader, "acked"), 80);
    ck_assert_int_eq(number(reader, "open"), 4);
    ck_assert_int_eq(number(reader, "latency_p99_ns"), 9);
    ck_assert_int_eq(number(status, "completed"), 80);
    const json_t *error = json_array_get(json_object_get(status, "errors"), 0);
    ck_assert_str_eq(text(error, "component"), "splitter");
    ck_assert_str_eq(text(error, "text"), "broken");
    ck_assert_int_eq(number(error, "count"), 2);
    ck_assert_uint_eq(
        json_array_size(json_object_get(rig_do(rig, "topology.errors", "{'name':'wc'}"), "errors")),
        1);
    rig_destroy(&rig);
}
END_TEST

START_TEST(nodes_are_shown_with_their_workers)
{
    struct rig *rig = set_up_running(2);

    rig_report(rig, "s1", rig_id(rig, "wc"), "");
    const json_t *nodes = rig_do(rig, "cluster.nodes", "{}");
    ck_assert_uint_eq(json_array_size(json_object_get(nodes, "nimbuses")), 2);
    const json_t *supervisor = json_array_get(json_object_get(nodes, "supervisors"), 0);
    ck_assert_str_eq(text(supervisor, "id"), "s1");
    ck_assert_int_eq(number(supervisor, "used"), 2);
    ck_assert_uint_eq(json_array_size(json_object_get(supervisor, "workers")), 2);
    rig_destroy(&rig);
}
END_TEST

START_TEST(what_is_no_request_is_refused_or_dropped)
{
    struct rig *rig = set_up(1);
    struct rig_nimbus *nimbus = rig_leader(rig);

    ck_assert_int_eq(rig_refusal(rig, "no.such", "{}"), CONTROL_INVALID);
    ck_assert_int_eq(rig_refusal(rig, "supervisor.report", "{'supervisor':'s1'}"), CONTROL_INVALID);
    ck_assert_int_eq(
        rig_refusal(rig, "supervisor.report", "{'supervisor':'s1','workers':[{'slot':-1}]}"),
        CONTROL_INVALID);
    struct core_event garbage = {
        .kind = CORE_REQUEST, .peer = 1, .head = "]", .head_size = 1, .now_ns = rig->now_ns};
    core_step(nimbus->core, &garbage, &nimbus->calls, &nimbus->effects);
    rig_settle(rig);
    ck_assert(json_is_true(json_object_get(rig_do(rig, "info", "{}"), "leader")));
    rig_destroy(&rig);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        a_topology_without_supervisors_is_accepted_and_says_what_is_missing,
        it_is_placed_when_a_supervisor_comes,
        it_stays_when_its_supervisor_comes_back_in_time,
        what_is_away_gets_nothing_new,
        it_moves_when_its_supervisor_goes,
        a_name_in_use_is_refused,
        of_two_submissions_of_one_name_at_the_same_time_one_is_refused,
        what_cannot_be_run_is_refused,
        a_dry_run_changes_nothing,
        an_upload_goes_on_where_it_stopped,
        uploads_have_limits,
        a_blob_that_nobody_needs_is_deleted_after_a_delay,
        a_killed_topology_is_gone_when_it_is_drained,
        a_killed_topology_is_gone_at_its_deadline,
        what_workers_and_errors_have_left_goes_with_the_topology,
        a_topology_that_has_ended_is_removed,
        who_does_not_say_that_it_has_ended_is_not_waited_for_for_ever,
        it_is_deactivated_and_activated,
        a_rebalance_ends_when_it_is_drained_and_moves_what_it_must,
        a_dry_rebalance_changes_nothing_and_a_wrong_one_is_refused,
        an_unhealthy_supervisor_gets_nothing_new,
        only_the_leader_acts_and_the_others_name_it,
        a_standby_has_fetched_all_blobs_and_leads_on,
        who_has_just_won_answers_nobody_before_it_has_read_all,
        without_its_blobs_a_nimbus_is_no_candidate,
        a_leader_that_is_replaced_is_refused_and_steps_down,
        a_request_whose_write_is_lost_is_told_so,
        a_restart_in_the_middle_of_a_kill_goes_on_with_it,
        a_restart_in_the_middle_of_a_rebalance_goes_on_with_it,
        who_closes_gives_the_seat_up,
        a_status_shows_workers_components_and_errors,
        nodes_are_shown_with_their_workers,
        what_is_no_request_is_refused_or_dropped,
    };
    return suite_run("core", tests, COUNT_OF(tests));
}
