/* SPDX-License-Identifier: Apache-2.0 */
/* The typed records of the cluster state: what is written is read, and faults name their member. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "coord/state/assignment_state.h"
#include "coord/state/blob_state.h"
#include "coord/state/errors_state.h"
#include "coord/state/nimbus_state.h"
#include "coord/state/paths.h"
#include "coord/state/supervisor_state.h"
#include "coord/state/topology_state.h"
#include "coord/state/worker_state.h"
#include "tests/support/coord_model.h"
#include "tests/support/suite.h"

#define LEADER                          \
    "7 00ff00ff00ff00ff-x-0000000012\n" \
    "{\"version\":1,\"id\":\"n1\",\"address\":\"h:1\",\"gale\":\"0.1\",\"since_ms\":5}"

static char id[] = "wc-1";
static char name[] = "wc";
static char owner[] = "ann";
static char hash[] = "ab12";
static char other_hash[] = "cd34";
static char first_host[] = "s1";
static char second_host[] = "s2";
static char address[] = "127.0.0.1:4711";
static char first_argument[] = "--lines=5";
static char second_argument[] = "";
static char *arguments[] = {first_argument, second_argument};

/* The setting is in force, and pending, too. */
static struct topology_state topology_of(struct topology_setting *setting)
{
    return (struct topology_state){
        .id = id,
        .name = name,
        .owner = owner,
        .status = TOPOLOGY_REBALANCING,
        .plan_hash = hash,
        .so_hash = other_hash,
        .epoch = 3,
        .submitted_ms = 100,
        .deadline_ms = 30100,
        .status_before = TOPOLOGY_INACTIVE,
        .arg_count = 2,
        .args = arguments,
        .setting_count = 1,
        .settings = setting,
        .pending_count = 1,
        .pending = setting,
    };
}

START_TEST(ids_are_names_of_nodes)
{
    char longest[PATHS_ID_MAX + 2];

    memset(longest, 'a', sizeof longest - 1);
    longest[sizeof longest - 1] = '\0';
    ck_assert(!paths_id_is_valid(longest));
    longest[PATHS_ID_MAX] = '\0';
    ck_assert(paths_id_is_valid(longest));
    ck_assert(paths_id_is_valid("wc-1.2_X"));
    ck_assert(!paths_id_is_valid(""));
    ck_assert(!paths_id_is_valid("."));
    ck_assert(!paths_id_is_valid(".."));
    ck_assert(!paths_id_is_valid("a/b"));
    ck_assert(!paths_id_is_valid("a b"));
    ck_assert_str_eq(paths_errors_of("wc-1", "split").text, "/errors/wc-1/split");
    ck_assert_str_eq(paths_nimbus_member("n1").text, "/nimbus/members/n1");
    ck_assert_uint_eq(strlen(paths_errors_of(longest, longest).text), 2 * PATHS_ID_MAX + 9);
    ck_assert_str_eq(paths_worker("wc-1", "s1", 3).text, "/workers/wc-1/s1:3");
    ck_assert_uint_eq(strlen(paths_worker(longest, longest, UINT32_MAX).text),
                      2 * PATHS_ID_MAX + 21);
}
END_TEST

START_TEST(a_nimbus_and_a_leader_are_read_as_written)
{
    struct nimbus_state written = {.id = id, .address = name, .gale = hash, .since_ms = 99};
    AUTO(mem_free_text) char *text = nimbus_state_encode(&written);
    struct nimbus_state read;
    struct leader_state leader;
    struct error error;

    ck_assert_int_eq(nimbus_state_decode(text, strlen(text), &read, NULL), ERR_OK);
    ck_assert_str_eq(read.id, id);
    ck_assert_str_eq(read.address, name);
    ck_assert_str_eq(read.gale, hash);
    ck_assert_uint_eq(read.since_ms, 99);
    nimbus_state_done(&read);

    ck_assert_int_eq(leader_state_decode(LEADER, strlen(LEADER), &leader, NULL), ERR_OK);
    ck_assert_uint_eq(leader.epoch, 7);
    ck_assert_str_eq(leader.nimbus.address, "h:1");
    leader_state_done(&leader);
    ck_assert_int_eq(leader_state_decode(NULL, 0, &leader, &error), ERR_NOT_FOUND);
    ck_assert_int_eq(leader_state_decode("7 x", 3, &leader, &error), ERR_CORRUPT);
}
END_TEST

START_TEST(a_supervisor_is_read_as_written)
{
    struct supervisor_resource resources[] = {{name, 400}, {owner, 0}};
    char *labels[] = {hash, other_hash};
    struct supervisor_state written = {
        .id = id,
        .host = first_host,
        .address = address,
        .gale = hash,
        .since_ms = 1795000000000,
        .cores = 8,
        .slots = 4,
        .resource_count = 2,
        .resources = resources,
        .label_count = 2,
        .labels = labels,
    };
    AUTO(mem_free_text) char *text = supervisor_state_encode(&written);
    struct supervisor_state read;

    ck_assert_int_eq(supervisor_state_decode(text, strlen(text), &read, NULL), ERR_OK);
    ck_assert_str_eq(read.host, first_host);
    ck_assert_str_eq(read.address, address);
    ck_assert_str_eq(read.gale, hash);
    ck_assert_uint_eq(read.since_ms, 1795000000000);
    ck_assert_uint_eq(read.cores, 8);
    ck_assert_uint_eq(read.slots, 4);
    ck_assert_uint_eq(read.resource_count, 2);
    ck_assert_str_eq(read.resources[0].name, name);
    ck_assert_uint_eq(read.resources[0].amount, 400);
    ck_assert_uint_eq(read.label_count, 2);
    ck_assert_str_eq(read.labels[1], other_hash);
    supervisor_state_done(&read);
}
END_TEST

START_TEST(a_topology_is_read_as_written)
{
    char value[] = "\"quoted\"\n\xc3\xa9";
    struct topology_setting setting = {.key = name, .value = value};
    struct topology_state written = topology_of(&setting);
    AUTO(mem_free_text) char *text = topology_state_encode(&written);
    struct topology_state read;

    ck_assert_int_eq(topology_state_decode(text, strlen(text), &read, NULL), ERR_OK);
    ck_assert_str_eq(read.id, id);
    ck_assert_int_eq(read.status, TOPOLOGY_REBALANCING);
    ck_assert_str_eq(read.so_hash, other_hash);
    ck_assert_uint_eq(read.epoch, 3);
    ck_assert_uint_eq(read.submitted_ms, 100);
    ck_assert_uint_eq(read.deadline_ms, 30100);
    ck_assert_int_eq(read.status_before, TOPOLOGY_INACTIVE);
    ck_assert_uint_eq(read.arg_count, 2);
    ck_assert_str_eq(read.args[0], first_argument);
    ck_assert_str_eq(read.args[1], "");
    ck_assert_uint_eq(read.setting_count, 1);
    ck_assert_str_eq(read.settings[0].value, value);
    ck_assert_uint_eq(read.pending_count, 1);
    ck_assert_str_eq(read.pending[0].key, name);
    ck_assert_str_eq(read.pending[0].value, value);
    topology_state_done(&read);
}
END_TEST

START_TEST(what_steers_a_topology_is_written_only_if_it_is_set)
{
    struct topology_setting setting = {.key = name, .value = owner};
    struct topology_state plain = topology_of(&setting);
    AUTO(mem_free_text) char *text = topology_state_encode(&plain);

    ck_assert_ptr_null(strstr(text, "log_level"));
    ck_assert_ptr_null(strstr(text, "debug"));
    struct topology_state steered = topology_state_copy(&plain);
    ck_assert_int_eq(steered.log_level, TOPOLOGY_LOG_UNSET);
    steered.log_level = TOPOLOGY_LOG_WARN;
    steered.log_until_ms = 77;
    ck_assert_int_eq(topology_debug_set(&steered, "splitter", 5), ERR_OK);
    struct topology_state read = topology_state_copy(&steered);
    ck_assert_int_eq(read.log_level, TOPOLOGY_LOG_WARN);
    ck_assert_str_eq(topology_log_name(read.log_level), "warn");
    ck_assert_uint_eq(read.log_until_ms, 77);
    ck_assert_uint_eq(read.debug_count, 1);
    ck_assert_uint_eq(topology_debug_of(&read, "splitter"), 5);
    ck_assert_uint_eq(topology_debug_of(&read, "counter"), 0);
    topology_state_done(&read);
    topology_state_done(&steered);
}
END_TEST

START_TEST(debug_is_of_all_components_or_of_single_ones)
{
    struct topology_state topology = {.id = NULL};
    char component[32];

    ck_assert_int_eq(topology_debug_set(&topology, NULL, 0), ERR_OK);
    ck_assert_int_eq(topology_debug_set(&topology, "a", 0), ERR_OK);
    ck_assert_uint_eq(topology.debug_count, 0);
    ck_assert_int_eq(topology_debug_set(&topology, "a", 5), ERR_OK);
    ck_assert_int_eq(topology_debug_set(&topology, "a", 6), ERR_OK);
    ck_assert_uint_eq(topology.debug_count, 1);
    ck_assert_uint_eq(topology_debug_of(&topology, "a"), 6);
    ck_assert_int_eq(topology_debug_set(&topology, NULL, 10), ERR_OK);
    ck_assert_uint_eq(topology_debug_of(&topology, "a"), 10);
    ck_assert_int_eq(topology_debug_set(&topology, "a", 0), ERR_OK); /* all but this one */
    ck_assert_uint_eq(topology_debug_of(&topology, "a"), 0);
    ck_assert_uint_eq(topology_debug_of(&topology, "b"), 10);
    ck_assert_int_eq(topology_debug_set(&topology, NULL, 0), ERR_OK);
    ck_assert_uint_eq(topology.debug_count, 0);
    for (int i = 0; i < TOPOLOGY_STATE_DEBUG_MAX; i++) {
        (void)snprintf(component, sizeof component, "c%d", i);
        ck_assert_int_eq(topology_debug_set(&topology, component, 1), ERR_OK);
    }
    ck_assert_int_eq(topology_debug_set(&topology, "more", 1), ERR_LIMIT);
    ck_assert_int_eq(topology_debug_set(&topology, "c7", 0), ERR_OK);
    ck_assert_int_eq(topology_debug_set(&topology, "more", 1), ERR_OK);
    topology_state_done(&topology);
}
END_TEST

START_TEST(a_worker_is_read_as_written)
{
    struct worker_state written = {
        .supervisor = first_host, .slot = 3, .incarnation = 12, .address = address};
    AUTO(mem_free_text) char *text = worker_state_encode(&written);
    struct worker_state read;

    ck_assert_int_eq(worker_state_decode(text, strlen(text), &read, NULL), ERR_OK);
    ck_assert_str_eq(read.supervisor, first_host);
    ck_assert_uint_eq(read.slot, 3);
    ck_assert_uint_eq(read.incarnation, 12);
    ck_assert_str_eq(read.address, address);
    worker_state_done(&read);
}
END_TEST

START_TEST(the_name_of_a_worker_says_supervisor_and_slot)
{
    static const char *const bad[] = {"",     ":",     "s1",    "s1:",     ":3",   "s1:x",
                                      "s1:-", "s1:03", "s1: 3", "s1:1024", ".s:1", "s1:3:4"};
    AUTO(mem_free_text) char *supervisor = NULL;
    uint32_t slot = 0;

    ck_assert(worker_state_parse_name("s.1-a:1023", &supervisor, &slot));
    ck_assert_str_eq(supervisor, "s.1-a");
    ck_assert_uint_eq(slot, 1023);
    for (size_t i = 0; i < COUNT_OF(bad); i++)
        ck_assert_msg(!worker_state_parse_name(bad[i], &supervisor, &slot), "%s", bad[i]);
    ck_assert_str_eq(supervisor, "s.1-a");
    mem_free_text(&supervisor);
    ck_assert(worker_state_parse_name("s1:0", &supervisor, &slot));
    ck_assert_uint_eq(slot, 0);
}
END_TEST

START_TEST(a_text_that_is_not_utf8_is_written_all_the_same)
{
    char value[] = "a\xff\xfe";
    struct topology_setting setting = {.key = name, .value = value};
    struct topology_state written = topology_of(&setting);
    AUTO(mem_free_text) char *text = topology_state_encode(&written);
    struct topology_state read;

    ck_assert_int_eq(topology_state_decode(text, strlen(text), &read, NULL), ERR_OK);
    ck_assert_str_eq(read.settings[0].value, "a??");
    topology_state_done(&read);
}
END_TEST

START_TEST(the_largest_assignment_fits_into_a_node)
{
    uint32_t *executors = NEW_ARRAY(uint32_t, ASSIGNMENT_STATE_EXECUTORS_MAX);
    uint32_t half = ASSIGNMENT_STATE_EXECUTORS_MAX / 2;
    struct assignment_worker workers[] = {
        {.supervisor = first_host,
         .slot = 0,
         .loops = 64,
         .executor_count = half,
         .executors = executors},
        {.supervisor = first_host,
         .slot = 1,
         .loops = 1,
         .executor_count = half,
         .executors = executors + half},
    };
    uint32_t of_components[] = {1, 0, ASSIGNMENT_STATE_EXECUTORS_MAX - 1};
    struct assignment_state written = {
        .topology = id,
        .epoch = 3,
        .version = 17,
        .component_count = 3,
        .executors = of_components,
        .worker_count = 2,
        .workers = workers,
    };
    struct assignment_state read;

    for (uint32_t i = 0; i < half; i++) { /* the odd and the even: no runs at all */
        executors[i] = 2 * i;
        executors[half + i] = 2 * i + 1;
    }
    AUTO(mem_free_text) char *text = assignment_state_encode(&written);
    ck_assert_uint_lt(strlen(text), COORD_DATA_MAX_BYTES / 2);
    ck_assert_int_eq(assignment_state_decode(text, strlen(text), &read, NULL), ERR_OK);
    ck_assert_uint_eq(read.version, 17);
    ck_assert_uint_eq(read.component_count, 3);
    ck_assert_mem_eq(read.executors, of_components, sizeof of_components);
    ck_assert_uint_eq(read.workers[0].loops, 64);
    ck_assert_uint_eq(read.workers[1].loops, 1);
    ck_assert_uint_eq(read.workers[1].executor_count, half);
    ck_assert_uint_eq(assignment_state_find(&read, 4711)->slot, 1);
    ck_assert_uint_eq(assignment_state_find(&read, 4712)->slot, 0);
    ck_assert_ptr_null(assignment_state_find(&read, ASSIGNMENT_STATE_EXECUTORS_MAX));
    assignment_state_done(&read);
    free(executors);
}
END_TEST

START_TEST(errors_are_counted_bounded_and_cut)
{
    struct errors_state errors = {.count = 0};
    struct errors_state read;
    static char huge[2 * ERRORS_STATE_TEXT_MAX];

    for (size_t i = 0; i < sizeof huge - 1; i++)
        huge[i] = "x\xc3\xa9"[i % 3];
    for (uint32_t i = 0; i < 12; i++) {
        char text[16];
        (void)snprintf(text, sizeof text, "error %u", i);
        struct component_error happened = {
            .text = text, .supervisor = first_host, .task = i, .last_ms = 100 + i};
        errors_state_add(&errors, &happened);
    }
    ck_assert_uint_eq(errors.count, ERRORS_STATE_MAX);
    ck_assert_str_eq(errors.items[0].text, "error 2");
    char again[] = "error 2";
    errors_state_add(&errors, &(struct component_error){
                                  .text = again, .supervisor = second_host, .last_ms = 200});
    errors_state_add(&errors, &(struct component_error){.text = huge, .supervisor = second_host});
    ck_assert_str_eq(errors.items[0].text, "error 4"); /* "error 3" has made room */
    struct component_error *counted = &errors.items[ERRORS_STATE_MAX - 2];
    ck_assert_str_eq(counted->text, "error 2");
    ck_assert_uint_eq(counted->count, 2);
    ck_assert_uint_eq(counted->first_ms, 102);
    ck_assert_uint_eq(counted->last_ms, 200);
    ck_assert_str_eq(counted->supervisor, second_host);

    AUTO(mem_free_text) char *text = errors_state_encode(&errors);
    ck_assert_int_eq(errors_state_decode(text, strlen(text), &read, NULL), ERR_OK);
    ck_assert_uint_eq(read.count, ERRORS_STATE_MAX);
    const char *cut = read.items[ERRORS_STATE_MAX - 1].text;
    ck_assert_uint_le(strlen(cut), ERRORS_STATE_TEXT_MAX);
    ck_assert_uint_ge(strlen(cut), ERRORS_STATE_TEXT_MAX - 3);
    ck_assert_ptr_null(strchr(cut, '?')); /* between characters */
    errors_state_done(&read);
    errors_state_done(&errors);
}
END_TEST

START_TEST(a_blob_knows_its_holders)
{
    struct blob_state blob = {.hash = mem_copy_text(hash), .size_bytes = 4096};
    struct blob_state read;

    ck_assert(blob_state_add_holder(&blob, first_host));
    ck_assert(!blob_state_add_holder(&blob, first_host));
    ck_assert(blob_state_add_holder(&blob, second_host));
    ck_assert(blob_state_remove_holder(&blob, first_host));
    ck_assert(!blob_state_remove_holder(&blob, first_host));
    AUTO(mem_free_text) char *text = blob_state_encode(&blob);
    ck_assert_int_eq(blob_state_decode(text, strlen(text), &read, NULL), ERR_OK);
    ck_assert(blob_state_is_held_by(&read, second_host));
    ck_assert(!blob_state_is_held_by(&read, first_host));
    ck_assert_uint_eq(read.size_bytes, 4096);
    blob_state_done(&read);
    blob_state_done(&blob);
}
END_TEST

struct fault {
    const char *json;
    enum err err;
    const char *text;
};

static void expect_faults(const struct fault *faults, size_t count,
                          enum err (*decode)(const char *, struct error *))
{
    for (size_t i = 0; i < count; i++) {
        struct error error = {.code = ERR_OK};
        ck_assert_int_eq(decode(faults[i].json, &error), faults[i].err);
        ck_assert_str_eq(error.text, faults[i].text);
    }
}

static enum err decode_supervisor(const char *json, struct error *error)
{
    struct supervisor_state read;

    return supervisor_state_decode(json, strlen(json), &read, error);
}

START_TEST(a_fault_names_its_member)
{
    static const struct fault faults[] = {
        {"", ERR_CORRUPT, "supervisor: the node has no data"},
        {"{\"version\":", ERR_CORRUPT, "supervisor: line 1, column 11: not JSON"},
        {"[]", ERR_CORRUPT, "supervisor: not an object"},
        {"{}", ERR_CORRUPT, "supervisor: 'version' is missing"},
        {"{\"version\":2}", ERR_VERSION, "supervisor: 'version' is 2, only 1 is known"},
        {"{\"version\":1,\"id\":\"s1\",\"host\":\"h\",\"gale\":\"0\",\"address\":\"\",\"since_ms\":"
         "0,\"cores\":1}",
         ERR_CORRUPT, "supervisor: 'slots' is missing"},
        {"{\"version\":1,\"id\":\"s/1\"}", ERR_CORRUPT, "supervisor: 'id' is not an id"},
        {"{\"version\":1,\"id\":7}", ERR_CORRUPT, "supervisor: 'id' is not a text"},
        {"{\"version\":1,\"id\":\"s\",\"host\":\"h\",\"gale\":\"0\",\"address\":\"\",\"since_ms\":"
         "0,\"cores\":1,\"slots\":-1}",
         ERR_CORRUPT, "supervisor: 'slots' is not a number of 0 or more"},
        {"{\"version\":1,\"id\":\"s\",\"host\":\"h\",\"gale\":\"0\",\"address\":\"\",\"since_ms\":"
         "0,\"cores\":1,\"slots\":1025}",
         ERR_LIMIT, "supervisor: 'slots' is too large"},
        {"{\"version\":1,\"id\":\"s\",\"host\":\"h\",\"gale\":\"0\",\"address\":\"\",\"since_ms\":"
         "0,\"cores\":1,\"slots\":1,"
         "\"resources\":{}}",
         ERR_CORRUPT, "supervisor: 'resources' is not a list"},
        {"{\"version\":1,\"id\":\"s\",\"host\":\"h\",\"gale\":\"0\",\"address\":\"\",\"since_ms\":"
         "0,\"cores\":1,\"slots\":1,"
         "\"resources\":[7]}",
         ERR_CORRUPT, "supervisor: 'name' is looked for in what is not an object"},
        {"{\"version\":1,\"id\":\"s\",\"host\":\"h\",\"gale\":\"0\",\"address\":\"\",\"since_ms\":"
         "0,\"cores\":1,\"slots\":1,"
         "\"resources\":[],\"labels\":[1]}",
         ERR_CORRUPT, "supervisor: 'labels' has one that is not a short text"},
    };

    expect_faults(faults, COUNT_OF(faults), decode_supervisor);
}
END_TEST

#define STEERED(more) \
    "\"status\":\"active\",\"status_before\":\"active\",\"args\":[],\"pending\":[]," more

static enum err decode_topology(const char *members, struct error *error)
{
    struct topology_state read;
    char json[512];
    int size = snprintf(json, sizeof json,
                        "{\"version\":1,\"id\":\"t\",\"name\":\"t\",\"owner\":\"\","
                        "\"plan_hash\":\"a\",\"so_hash\":\"b\",\"epoch\":1,\"submitted_ms\":1,"
                        "\"deadline_ms\":1,\"settings\":[],%s}",
                        members);

    return topology_state_decode(json, (size_t)size, &read, error);
}

START_TEST(a_fault_of_a_topology_names_its_member)
{
    static const struct fault faults[] = {
        {"\"status\":\"sleeping\"", ERR_CORRUPT, "topology: 'status' is not a known one"},
        {"\"status\":\"active\"", ERR_CORRUPT, "topology: 'status_before' is missing"},
        {"\"status\":\"rebalancing\",\"status_before\":\"killed\"", ERR_CORRUPT,
         "topology: 'status_before' is neither active nor inactive"},
        {"\"status\":\"active\",\"status_before\":\"active\",\"args\":[1]", ERR_CORRUPT,
         "topology: 'args' has one that is not a short text"},
        {"\"status\":\"active\",\"status_before\":\"active\",\"args\":[]", ERR_CORRUPT,
         "topology: 'pending' is missing"},
        {"\"status\":\"active\",\"status_before\":\"active\",\"args\":[],\"pending\":[{}]",
         ERR_CORRUPT, "topology: 'key' is missing"},
        {STEERED("\"log_level\":\"loud\",\"log_until_ms\":0"), ERR_CORRUPT,
         "topology: 'log_level' is not a known one"},
        {STEERED("\"log_level\":\"info\""), ERR_CORRUPT, "topology: 'log_until_ms' is missing"},
        {STEERED("\"debug\":7"), ERR_CORRUPT, "topology: 'debug' is not a list"},
        {STEERED("\"debug\":[{\"component\":\"a\",\"percent\":101}]"), ERR_LIMIT,
         "topology: 'percent' is too large"},
        {STEERED("\"debug\":[{\"component\":\"a\"}]"), ERR_CORRUPT,
         "topology: 'percent' is missing"},
    };

    expect_faults(faults, COUNT_OF(faults), decode_topology);
}
END_TEST

START_TEST(a_topology_has_at_most_as_many_arguments_as_it_may)
{
    char *many[TOPOLOGY_STATE_ARGS_MAX + 1];
    struct topology_setting setting = {.key = name, .value = owner};
    struct topology_state written = topology_of(&setting);
    struct topology_state read;
    struct error error;

    for (size_t i = 0; i < COUNT_OF(many); i++)
        many[i] = first_argument;
    written.args = many;
    written.arg_count = TOPOLOGY_STATE_ARGS_MAX;
    AUTO(mem_free_text) char *good = topology_state_encode(&written);
    ck_assert_int_eq(topology_state_decode(good, strlen(good), &read, NULL), ERR_OK);
    ck_assert_uint_eq(read.arg_count, TOPOLOGY_STATE_ARGS_MAX);
    topology_state_done(&read);
    written.arg_count++;
    AUTO(mem_free_text) char *bad = topology_state_encode(&written);
    ck_assert_int_eq(topology_state_decode(bad, strlen(bad), &read, &error), ERR_LIMIT);
    ck_assert_str_eq(error.text, "topology: 'args' has too many elements");
}
END_TEST

static enum err decode_worker(const char *json, struct error *error)
{
    struct worker_state read;

    return worker_state_decode(json, strlen(json), &read, error);
}

START_TEST(a_fault_of_a_worker_names_its_member)
{
    static const struct fault faults[] = {
        {"{\"version\":2}", ERR_VERSION, "worker: 'version' is 2, only 1 is known"},
        {"{\"version\":1,\"supervisor\":\"a:b\"}", ERR_CORRUPT,
         "worker: 'supervisor' is not an id"},
        {"{\"version\":1,\"supervisor\":\"s\",\"slot\":1024}", ERR_LIMIT,
         "worker: 'slot' is too large"},
        {"{\"version\":1,\"supervisor\":\"s\",\"slot\":1,\"incarnation\":\"1\"}", ERR_CORRUPT,
         "worker: 'incarnation' is not a number of 0 or more"},
        {"{\"version\":1,\"supervisor\":\"s\",\"slot\":1,\"incarnation\":1}", ERR_CORRUPT,
         "worker: 'address' is missing"},
    };

    expect_faults(faults, COUNT_OF(faults), decode_worker);
}
END_TEST

static enum err decode_whole_assignment(const char *members, struct error *error)
{
    struct assignment_state read;
    char json[512];
    int size =
        snprintf(json, sizeof json, "{\"version\":1,\"topology\":\"t\",\"epoch\":1,%s}", members);

    return assignment_state_decode(json, (size_t)size, &read, error);
}

START_TEST(an_assignment_has_a_version_and_executors)
{
    static const struct fault faults[] = {
        {"\"assignment\":0", ERR_CORRUPT, "assignment: 'assignment' is 0"},
        {"\"assignment\":1", ERR_CORRUPT, "assignment: 'executors' is missing"},
        {"\"assignment\":1,\"executors\":[]", ERR_CORRUPT, "assignment: 'executors' come to none"},
        {"\"assignment\":1,\"executors\":[0,0]", ERR_CORRUPT,
         "assignment: 'executors' come to none"},
        {"\"assignment\":1,\"executors\":[1,-1]", ERR_CORRUPT,
         "assignment: 'executors' has what is not a number of 0 or more"},
        {"\"assignment\":1,\"executors\":[1,\"1\"]", ERR_CORRUPT,
         "assignment: 'executors' has what is not a number of 0 or more"},
        {"\"assignment\":1,\"executors\":[16384,1]", ERR_LIMIT,
         "assignment: 'executors' are too many"},
        {"\"assignment\":1,\"executors\":[9223372036854775807]", ERR_LIMIT,
         "assignment: 'executors' are too many"},
        {"\"assignment\":1,\"executors\":[16384]", ERR_CORRUPT, "assignment: 'workers' is missing"},
    };

    expect_faults(faults, COUNT_OF(faults), decode_whole_assignment);
}
END_TEST

#define WORKER(supervisor, slot, runs) \
    "{\"supervisor\":\"" supervisor "\",\"slot\":" slot ",\"loops\":1,\"executors\":" runs "}"

/* Of a topology with the executors 0 .. 6. */
static enum err decode_assignment(const char *workers, struct error *error)
{
    char members[384];

    (void)snprintf(members, sizeof members, "\"assignment\":1,\"executors\":[3,4],\"workers\":%s",
                   workers);
    return decode_whole_assignment(members, error);
}

START_TEST(an_assignment_that_contradicts_itself_is_refused)
{
    static const struct fault faults[] = {
        {"[{\"supervisor\":\"s\",\"slot\":0,\"loops\":0,\"executors\":[[0,0]]}]", ERR_CORRUPT,
         "assignment: 'loops' is 0"},
        {"[{\"supervisor\":\"s\",\"slot\":0,\"loops\":65,\"executors\":[[0,0]]}]", ERR_LIMIT,
         "assignment: 'loops' is too large"},
        {"[" WORKER("s", "0", "[]") "]", ERR_CORRUPT, "assignment: 'executors' is empty"},
        {"[" WORKER("s", "0", "[[3,2]]") "]", ERR_CORRUPT,
         "assignment: 'executors' has a run that is none"},
        {"[" WORKER("s", "0", "[[0,7]]") "]", ERR_CORRUPT,
         "assignment: 'executors' has a run that is none"},
        {"[" WORKER("s", "0", "[[5,6],[1,2]]") "]", ERR_CORRUPT,
         "assignment: 'executors' names one twice, or out of order"},
        {"[" WORKER("s", "0", "[[0,2]]") "," WORKER("s", "1", "[[2,3]]") "]", ERR_CORRUPT,
         "assignment: 'executors' names one twice, or out of order"},
        {"[" WORKER("s", "0", "[[0,2]]") "," WORKER("t", "0", "[[3,3]]") "," WORKER("s", "0",
                                                                                    "[[4,4]]") "]",
         ERR_CORRUPT, "assignment: 'workers' has a slot twice"},
    };

    expect_faults(faults, COUNT_OF(faults), decode_assignment);
}
END_TEST

/* ---- the calls, against a server ---- */

static enum coord_error do_next(struct coord_model *model, struct coord_calls *calls)
{
    struct coord_call call;

    ck_assert(coord_calls_pop(calls, &call));
    enum coord_error error = coord_model_do(model, &call);
    coord_call_done(&call);
    return error;
}

/* The first part that fails, without undoing the ones before. */
static enum coord_error do_multi(struct coord_model *model, struct coord_calls *calls)
{
    struct coord_call call;
    enum coord_error error = COORD_OK;

    ck_assert(coord_calls_pop(calls, &call));
    ck_assert_int_eq(call.kind, COORD_MULTI);
    ck_assert_str_eq(call.parts[0].path, PATHS_LEADER);
    for (size_t i = 0; i < call.part_count && error == COORD_OK; i++)
        error = coord_model_do(model, &call.parts[i]);
    coord_call_done(&call);
    return error;
}

START_TEST(a_topology_lives_from_submit_to_kill)
{
    struct coord_model *model = coord_model_new(1);
    struct coord_calls calls = {.items = NULL};
    struct topology_setting setting = {.key = name, .value = owner};
    struct topology_state topology = topology_of(&setting);
    uint32_t executors[] = {0, 1, 2};
    struct assignment_worker worker = {
        .supervisor = first_host, .loops = 1, .executor_count = 3, .executors = executors};
    uint32_t of_component = 3;
    struct assignment_state assignment = {
        .topology = id,
        .version = 1,
        .component_count = 1,
        .executors = &of_component,
        .worker_count = 1,
        .workers = &worker,
    };
    struct worker_state up = {
        .supervisor = first_host, .slot = 2, .incarnation = 1, .address = address};
    struct fence fence = {.path = PATHS_LEADER, .version = 0, .epoch = 8};
    struct fence old = {.path = PATHS_LEADER, .version = -2, .epoch = 7};
    struct errors_state errors = {.count = 0};

    paths_make(1, &calls);
    for (size_t i = 0; i < PATHS_DIRECTORIES; i++)
        ck_assert_int_eq(do_next(model, &calls), COORD_OK);
    ck_assert_int_eq(topology_state_create(&old, &topology, 1, &calls), ERR_OK);
    ck_assert_int_eq(do_multi(model, &calls), COORD_BAD_VERSION); /* fenced out */
    ck_assert_int_eq(topology_state_create(&fence, &topology, 1, &calls), ERR_OK);
    ck_assert_int_eq(do_multi(model, &calls), COORD_OK);
    struct topology_state read;
    const char *data = coord_model_data(model, "/topologies/wc-1");
    ck_assert_int_eq(topology_state_decode(data, strlen(data), &read, NULL), ERR_OK);
    ck_assert_uint_eq(read.epoch, 8); /* of the fence */
    topology_state_done(&read);

    ck_assert_int_eq(assignment_state_create(&fence, &assignment, 1, &calls), ERR_OK);
    ck_assert_int_eq(do_multi(model, &calls), COORD_OK);
    ck_assert_int_eq(assignment_state_set(&fence, &assignment, 5, 1, &calls), ERR_OK);
    ck_assert_int_eq(do_multi(model, &calls), COORD_BAD_VERSION);
    ck_assert_int_eq(assignment_state_set(&fence, &assignment, 0, 1, &calls), ERR_OK);
    ck_assert_int_eq(do_multi(model, &calls), COORD_OK);
    topology.status = TOPOLOGY_KILLED;
    ck_assert_int_eq(topology_state_set(&fence, &topology, 0, 1, &calls), ERR_OK);
    ck_assert_int_eq(do_multi(model, &calls), COORD_OK);

    worker_state_create(id, &up, 1, &calls);
    ck_assert_int_eq(do_next(model, &calls), COORD_OK);
    worker_state_create(id, &up, 1, &calls);
    ck_assert_int_eq(do_next(model, &calls), COORD_NODE_EXISTS);
    up.incarnation = 2;
    worker_state_set(id, &up, 1, &calls);
    ck_assert_int_eq(do_next(model, &calls), COORD_OK);
    struct worker_state read_up;
    data = coord_model_data(model, "/workers/wc-1/s1:2");
    ck_assert_int_eq(worker_state_decode(data, strlen(data), &read_up, NULL), ERR_OK);
    ck_assert_uint_eq(read_up.incarnation, 2);
    worker_state_done(&read_up);

    errors_state_create(id, "split", &errors, 1, &calls);
    ck_assert_int_eq(do_next(model, &calls), COORD_OK);
    errors_state_set(id, "split", &errors, 0, 1, &calls);
    ck_assert_int_eq(do_next(model, &calls), COORD_OK);
    assignment_state_delete(&fence, id, 1, 1, &calls);
    ck_assert_int_eq(do_multi(model, &calls), COORD_OK);
    topology_state_delete(&fence, id, 1, 1, &calls);
    ck_assert_int_eq(do_multi(model, &calls), COORD_NOT_EMPTY); /* errors are kept */
    errors_state_delete(&fence, id, "split", 1, &calls);
    ck_assert_int_eq(do_multi(model, &calls), COORD_OK);
    worker_state_delete(id, first_host, 2, 1, &calls);
    ck_assert_int_eq(do_next(model, &calls), COORD_OK);
    worker_state_create(id, &up, 1, &calls);
    ck_assert_int_eq(do_next(model, &calls), COORD_OK);
    worker_state_remove(&old, id, first_host, 2, 1, &calls);
    ck_assert_int_eq(do_multi(model, &calls), COORD_BAD_VERSION);
    worker_state_remove(&fence, id, first_host, 2, 1, &calls);
    ck_assert_int_eq(do_multi(model, &calls), COORD_OK);
    topology_state_delete(&fence, id, 1, 1, &calls);
    ck_assert_int_eq(do_multi(model, &calls), COORD_OK);
    worker_state_create(id, &up, 1, &calls);
    ck_assert_int_eq(do_next(model, &calls), COORD_NO_NODE); /* the topology is gone */
    errors_state_create(id, "split", &errors, 1, &calls);
    ck_assert_int_eq(do_next(model, &calls), COORD_NO_NODE); /* the topology is gone */
    coord_calls_done(&calls);
    coord_model_destroy(&model);
}
END_TEST

START_TEST(a_topology_with_a_worker_is_not_deleted)
{
    struct coord_model *model = coord_model_new(1);
    struct coord_calls calls = {.items = NULL};
    struct topology_state topology = {
        .id = id, .name = name, .owner = owner, .plan_hash = hash, .so_hash = other_hash};
    struct worker_state up = {.supervisor = first_host, .address = address};
    struct fence fence = {.path = PATHS_LEADER, .version = 0, .epoch = 8};

    paths_make(1, &calls);
    for (size_t i = 0; i < PATHS_DIRECTORIES; i++)
        (void)do_next(model, &calls);
    ck_assert_int_eq(topology_state_create(&fence, &topology, 1, &calls), ERR_OK);
    ck_assert_int_eq(do_multi(model, &calls), COORD_OK);
    worker_state_create(id, &up, 1, &calls);
    ck_assert_int_eq(do_next(model, &calls), COORD_OK);
    topology_state_delete(&fence, id, 0, 1, &calls);
    ck_assert_int_eq(do_multi(model, &calls), COORD_NOT_EMPTY);
    coord_calls_done(&calls);
    coord_model_destroy(&model);
}
END_TEST

START_TEST(a_blob_is_written_by_many_and_deleted_by_the_leader)
{
    struct coord_model *model = coord_model_new(1);
    struct coord_calls calls = {.items = NULL};
    struct blob_state blob = {.hash = hash, .size_bytes = 1};
    struct fence fence = {.path = PATHS_LEADER, .version = 0, .epoch = 8};

    paths_make(1, &calls);
    for (size_t i = 0; i < PATHS_DIRECTORIES; i++)
        (void)do_next(model, &calls);
    blob_state_create(&blob, 1, &calls);
    ck_assert_int_eq(do_next(model, &calls), COORD_OK);
    blob_state_set(&blob, 0, 1, &calls);
    ck_assert_int_eq(do_next(model, &calls), COORD_OK);
    blob_state_set(&blob, 0, 1, &calls);
    ck_assert_int_eq(do_next(model, &calls), COORD_BAD_VERSION);
    blob_state_delete(&fence, hash, 1, 1, &calls);
    ck_assert_int_eq(do_multi(model, &calls), COORD_OK);
    coord_calls_done(&calls);
    coord_model_destroy(&model);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        ids_are_names_of_nodes,
        a_nimbus_and_a_leader_are_read_as_written,
        a_supervisor_is_read_as_written,
        a_topology_is_read_as_written,
        what_steers_a_topology_is_written_only_if_it_is_set,
        debug_is_of_all_components_or_of_single_ones,
        a_worker_is_read_as_written,
        the_name_of_a_worker_says_supervisor_and_slot,
        a_text_that_is_not_utf8_is_written_all_the_same,
        the_largest_assignment_fits_into_a_node,
        errors_are_counted_bounded_and_cut,
        a_blob_knows_its_holders,
        a_fault_names_its_member,
        a_fault_of_a_topology_names_its_member,
        a_topology_has_at_most_as_many_arguments_as_it_may,
        a_fault_of_a_worker_names_its_member,
        an_assignment_has_a_version_and_executors,
        an_assignment_that_contradicts_itself_is_refused,
        a_topology_lives_from_submit_to_kill,
        a_topology_with_a_worker_is_not_deleted,
        a_blob_is_written_by_many_and_deleted_by_the_leader,
    };
    return suite_run("state", tests, sizeof tests / sizeof *tests);
}
