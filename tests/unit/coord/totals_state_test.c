/* SPDX-License-Identifier: Apache-2.0 */
#include "coord/state/totals_state.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "coord/state/paths.h"
#include "tests/support/suite.h"

static struct totals_state make_totals(size_t metrics)
{
    struct totals_state totals = {.topology = mem_copy_text("wc-1"), .component_count = 2};

    totals.components = NEW_ARRAY(struct totals_component, 2);
    struct totals_component *reader = &totals.components[0];
    *reader = (struct totals_component){.name = mem_copy_text("reader"),
                                        .is_spout = true,
                                        .acked = 1,
                                        .failed = 2,
                                        .timed_out = 3,
                                        .refused = 4,
                                        .complete_ns = INT64_MAX};
    reader->outputs = NEW_ARRAY(struct totals_output, 1);
    reader->outputs[reader->output_count++] = (struct totals_output){mem_copy_text("lines"), 5, 6};
    reader->edges = NEW_ARRAY(struct totals_edge, 1);
    reader->edges[reader->edge_count++] =
        (struct totals_edge){mem_copy_text("lines"), mem_copy_text("splitter"), 7};
    reader->metrics = NEW_ARRAY(struct totals_metric, metrics);
    for (; reader->metric_count < metrics; reader->metric_count++) {
        char *metric = mem_alloc(TOTALS_STATE_NAME_MAX);
        (void)snprintf(metric, TOTALS_STATE_NAME_MAX, "%0200zu", reader->metric_count);
        reader->metrics[reader->metric_count] = (struct totals_metric){metric, 8};
    }
    struct totals_component *splitter = &totals.components[1];
    *splitter = (struct totals_component){.name = mem_copy_text("splitter")};
    splitter->inputs = NEW_ARRAY(struct totals_input, 1);
    splitter->inputs[splitter->input_count++] =
        (struct totals_input){mem_copy_text("reader"), mem_copy_text("lines"), 9, 10, 11, 12, 13};
    totals.places = NEW_ARRAY(struct totals_place, 1);
    totals.places[totals.place_count++] = (struct totals_place){mem_copy_text("s1"), 3, 1795000000};
    return totals;
}

START_TEST(totals_come_back_as_they_were)
{
    struct totals_state totals = make_totals(2);
    struct totals_state read;
    AUTO(mem_free_text) char *text = totals_state_encode(&totals);

    ck_assert_int_eq(totals_state_decode(text, strlen(text), &read, NULL), ERR_OK);
    AUTO(mem_free_text) char *again = totals_state_encode(&read);
    ck_assert_str_eq(text, again);
    ck_assert_uint_eq(read.components[0].complete_ns, INT64_MAX);
    ck_assert_uint_eq(read.components[1].inputs[0].process_ns, 13);
    ck_assert_uint_eq(read.places[0].incarnation, 1795000000);
    totals_state_done(&read);
    totals_state_done(&totals);
}
END_TEST

/* A counter of user code may go round, and a worker may say anything. */
START_TEST(counts_that_json_has_no_number_for_are_its_largest)
{
    struct totals_state totals = make_totals(1);
    struct totals_state read;

    totals.components[0].metrics[0].count = UINT64_MAX;
    totals.components[0].outputs[0].emitted = (uint64_t)INT64_MAX + 1;
    AUTO(mem_free_text) char *text = totals_state_encode(&totals);
    ck_assert_int_eq(totals_state_decode(text, strlen(text), &read, NULL), ERR_OK);
    ck_assert_uint_eq(read.components[0].metrics[0].count, INT64_MAX);
    ck_assert_uint_eq(read.components[0].outputs[0].emitted, INT64_MAX);
    ck_assert_uint_eq(read.components[0].outputs[0].sent, 6);
    totals_state_done(&read);
    totals_state_done(&totals);
}
END_TEST

START_TEST(totals_that_are_damaged_are_refused)
{
    static const char *const bad[] = {
        "",
        "[]",
        "{\"version\":2,\"topology\":\"t\",\"epoch\":1,\"components\":[],\"places\":[]}",
        "{\"version\":1,\"topology\":\"t\",\"epoch\":1,\"components\":[]}",
        "{\"version\":1,\"topology\":\"t\",\"epoch\":1,\"components\":[{}],\"places\":[]}",
        "{\"version\":1,\"topology\":\"t\",\"epoch\":1,\"components\":[],\"places\":[{"
        "\"supervisor\":\"no id\",\"slot\":0,\"incarnation\":1}]}",
        "{\"version\":1,\"topology\":\"t\",\"epoch\":1,\"components\":[],\"places\":[{"
        "\"supervisor\":\"s\",\"slot\":0,\"incarnation\":-1}]}",
    };

    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        struct totals_state read;
        struct error error = {.code = ERR_OK};
        ck_assert_msg(totals_state_decode(bad[i], strlen(bad[i]), &read, &error) != ERR_OK, "%s",
                      bad[i]);
        ck_assert_str_ne(error.text, "");
    }
}
END_TEST

/* What user code counts gives way; what is too large even so is not sent. */
START_TEST(totals_have_a_largest_size)
{
    struct fence fence = {.path = PATHS_LEADER, .version = 0, .epoch = 8};
    struct coord_calls calls = {.items = NULL};
    struct totals_state totals = make_totals(3000);

    ck_assert_int_eq(totals_state_create(&fence, &totals, 1, &calls), ERR_OK);
    ck_assert_uint_eq(totals.components[0].metric_count, 0);
    ck_assert_uint_eq(totals.epoch, 8);
    coord_calls_done(&calls);
    char *huge = mem_alloc(TOTALS_STATE_BYTES_MAX + 1);
    memset(huge, 'x', TOTALS_STATE_BYTES_MAX);
    huge[TOTALS_STATE_BYTES_MAX] = '\0';
    free(totals.components[0].name);
    totals.components[0].name = huge;
    ck_assert_int_eq(totals_state_set(&fence, &totals, 1, &calls), ERR_LIMIT);
    ck_assert_uint_eq(calls.begin, calls.end);
    coord_calls_done(&calls);
    totals_state_done(&totals);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        totals_come_back_as_they_were,
        counts_that_json_has_no_number_for_are_its_largest,
        totals_that_are_damaged_are_refused,
        totals_have_a_largest_size,
    };
    return suite_run("totals_state", tests, COUNT_OF(tests));
}
