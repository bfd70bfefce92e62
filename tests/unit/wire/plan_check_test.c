/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/plan.h"

#include <stdlib.h>

#include "base/rng.h"
#include "tests/support/plans.h"
#include "tests/support/suite.h"

/* The good plan with `find` replaced by `put`, and what is said of it. */
struct broken {
    const char *find;
    const char *put;
    enum err err;
    const char *text;
};

static void expect_broken(const struct broken rows[], size_t count)
{
    for (size_t i = 0; i < count; i++) {
        AUTO(mem_free_text) char *text = plan_text_edit(PLAN_WORD_COUNT, rows[i].find, rows[i].put);
        AUTO(plan_destroy) struct plan *plan = plan_text_plan(text);
        struct error error = {.code = ERR_OK};

        enum err err = plan_check(plan, &error);
        ck_assert_msg(err == rows[i].err, "row %zu: %s: %s", i, err_name(err), error.text);
        ck_assert_str_eq(error.text, rows[i].text);
        ck_assert_int_eq(error.code, err);
    }
}

START_TEST(a_good_plan_is_resolved)
{
    AUTO(plan_destroy) struct plan *plan = plan_text_plan(PLAN_WORD_COUNT);

    ck_assert_int_eq(plan_check(plan, NULL), ERR_OK);
    const struct plan_component *counter = &plan->components[2];
    ck_assert_uint_eq(counter->inputs[0].from_index, 1);
    ck_assert_uint_eq(counter->inputs[0].stream_index, 0);
    ck_assert_uint_eq(counter->inputs[0].key_indices[0], 0);
    ck_assert(!counter->inputs[0].closes_cycle);
    ck_assert_uint_eq(plan->components[0].rank, 0);
    ck_assert_uint_eq(counter->rank, 2);
    ck_assert_uint_eq(counter->first_task, 5);
    ck_assert_uint_eq(counter->streams[0].id, 2);
    ck_assert_uint_eq(plan->stream_count, 3);
    ck_assert_uint_eq(plan->task_count, 11);
}
END_TEST

START_TEST(a_plan_may_be_checked_again_after_its_numbers_were_changed)
{
    AUTO(plan_destroy) struct plan *plan = plan_text_plan(PLAN_WORD_COUNT);

    ck_assert_int_eq(plan_check(plan, NULL), ERR_OK);
    plan->components[1].tasks = 10;
    ck_assert_int_eq(plan_check(plan, NULL), ERR_OK);
    ck_assert_uint_eq(plan->components[2].first_task, 11);
    ck_assert_uint_eq(plan->task_count, 17);
    ck_assert_uint_eq(plan->stream_count, 3);
}
END_TEST

#define LONG_NAME "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" /* 65 bytes */

START_TEST(a_bad_name_is_named)
{
    const struct broken rows[] = {
        {"'word-count'", "''", ERR_INVALID, "the topology has no name: give it one"},
        {"'word-count'", "'word count'", ERR_INVALID,
         "topology 'word count': a name consists of letters, digits, '_' and '-'"},
        {"'word-count'", "'__word'", ERR_INVALID,
         "topology '__word': names that start with '__' are Gale's own: choose another"},
        {"'reader'", "''", ERR_INVALID, "component 1 has no name: give it one"},
        {"'reader'", "'r\\u0007'", ERR_INVALID,
         "component 'r?': a name consists of letters, digits, '_' and '-'"},
        {"'reader'", "'worker'", ERR_INVALID,
         "component 'worker': Gale's own settings start with 'worker.': choose another name"},
        {"'reader'", "'log'", ERR_INVALID,
         "component 'log': Gale's own settings start with 'log.': choose another name"},
        {"'reader'", "'splitter'", ERR_INVALID, "two components are named 'splitter': rename one"},
        {"'sentences'", "'a.b'", ERR_INVALID,
         "component 'reader': stream 'a.b': a name consists of letters, digits, '_' and '-'"},
        {"'text'", "''", ERR_INVALID,
         "component 'reader': stream 'sentences': field 1 has no name: give it one"},
        {"'line'", "'text'", ERR_INVALID,
         "component 'reader': stream 'sentences': two fields are named 'text': rename one"},
        {"'streams': [", "'streams': [{'name': 'sentences', 'direct': true, 'fields': []},",
         ERR_INVALID, "component 'reader': it emits two streams named 'sentences': rename one"},
    };
    expect_broken(rows, COUNT_OF(rows));
}
END_TEST

START_TEST(a_bad_setting_is_named)
{
    const struct broken rows[] = {
        {"'path'", "'the path'", ERR_INVALID,
         "component 'reader': setting 'the path': a name consists of letters, digits, '_', '-' "
         "and '.'"},
        {"'path'", "'path.'", ERR_INVALID,
         "component 'reader': setting 'path.' has nothing before or after a dot: remove the dot"},
        {"'path'", "'limit'", ERR_INVALID,
         "component 'reader': setting 'limit' is declared twice: remove one"},
        {"'path'", "'tasks'", ERR_INVALID,
         "component 'reader': setting 'tasks' is a property of every component: choose another "
         "name"},
        {"'path'", "'labels'", ERR_INVALID,
         "component 'reader': setting 'labels' is a property of every component: choose another "
         "name"},
        {"'language'", "''", ERR_INVALID,
         "topology 'word-count': setting 1 has no name: give it one"},
    };
    expect_broken(rows, COUNT_OF(rows));
}
END_TEST

START_TEST(a_bad_number_is_named)
{
    const struct broken rows[] = {
        {"'tasks': 4", "'tasks': 0", ERR_INVALID,
         "component 'splitter': it has no task: set tasks to 1 or more"},
        {"'tasks': 4", "'tasks': 16385", ERR_LIMIT,
         "component 'splitter': 16385 tasks: at most 16384"},
        {"'tasks': 4", "'tasks': 16384", ERR_LIMIT,
         "topology 'word-count' has 16391 tasks in all: at most 16384"},
        {"'executors': 4", "'executors': 0", ERR_INVALID,
         "component 'splitter': it has no executor: set executors to 1 or more"},
        {"'executors': 4", "'executors': 5", ERR_INVALID,
         "component 'splitter': 5 executors for 4 tasks: lower executors or raise tasks"},
        {"'max_pending': 0", "'max_pending': 1", ERR_INVALID,
         "component 'splitter': max_pending is for spouts only: remove it"},
        {"'max_pending': 1000", "'max_pending': 1000001", ERR_LIMIT,
         "component 'reader': max_pending is 1000001: at most 1000000"},
        {"'tick_ms': 500", "'tick_ms': 86400001", ERR_LIMIT,
         "component 'counter': tick_ms is 86400001: at most 86400000"},
        {"'reserve_bytes': 0", "'reserve_bytes': 1099511627777", ERR_LIMIT,
         "component 'splitter': input 1 reserve_bytes is 1099511627777: at most 1099511627776"},
    };
    expect_broken(rows, COUNT_OF(rows));
}
END_TEST

#define READER_INPUT \
    "{'from': 'reader', 'stream': 'sentences', 'by': 'all', 'keys': [], 'reserve_bytes': 0}"

START_TEST(a_bad_role_is_named)
{
    const struct broken rows[] = {
        {"'bolt'", "'spout'", ERR_INVALID,
         "component 'splitter': a spout has no inputs: remove them or make it a bolt"},
        {"'role': 'spout', 'tasks': 1, 'executors': 1, 'max_pending': 1000",
         "'role': 'bolt', 'tasks': 1, 'executors': 1, 'max_pending': 0", ERR_INVALID,
         "component 'reader': a bolt needs an input: give it one"},
    };
    expect_broken(rows, COUNT_OF(rows));
}
END_TEST

START_TEST(an_input_that_refers_to_nothing_is_named)
{
    const struct broken rows[] = {
        {"'from': 'splitter'", "'from': 'spliter'", ERR_NOT_FOUND,
         "component 'counter': input 1 is from component 'spliter', which does not exist; did you "
         "mean 'splitter'?"},
        {"'from': 'splitter'", "'from': '\\u0001'", ERR_NOT_FOUND,
         "component 'counter': input 1 is from component '?', which does not exist; there is: "
         "'reader', 'splitter', 'counter'"},
        {"'stream': 'words'", "'stream': 'wrods'", ERR_NOT_FOUND,
         "component 'counter': input 1 takes stream 'wrods', but 'splitter' emits no such stream; "
         "did you mean 'words'?"},
        {"['text']", "['txt']", ERR_NOT_FOUND,
         "component 'counter': input 1 groups by key 'txt', but stream 'words' of 'splitter' has "
         "no such field; did you mean 'text'?"},
        {"['text']", "['colour']", ERR_NOT_FOUND,
         "component 'counter': input 1 groups by key 'colour', but stream 'words' of 'splitter' "
         "has no such field; there is: 'text', 'size'"},
        {"'stream': 'words', 'by': 'fields', 'keys': ['text'], 'reserve_bytes': 0}",
         "'stream': 'words', 'by': 'fields', 'keys': ['text'], 'reserve_bytes': 0}, " READER_INPUT
         ", " READER_INPUT,
         ERR_INVALID,
         "component 'counter': input 3 takes stream 'sentences' of 'reader', as input 2 does "
         "already: remove one"},
    };
    expect_broken(rows, COUNT_OF(rows));
}
END_TEST

START_TEST(a_grouping_that_does_not_fit_is_named)
{
    const struct broken rows[] = {
        {"['text']", "[]", ERR_INVALID,
         "component 'counter': input 1 groups by fields, but has no keys: give it at least one"},
        {"'by': 'fields'", "'by': 'shuffle'", ERR_INVALID,
         "component 'counter': input 1 has keys, but groups by shuffle: remove them or group by "
         "fields"},
        {"'by': 'fields', 'keys': ['text']", "'by': 'partial-key', 'keys': []", ERR_INVALID,
         "component 'counter': input 1 groups by partial-key, but has no keys: give it at least "
         "one"},
        {"['text']", "['text', 'text']", ERR_INVALID,
         "component 'counter': input 1 groups by key 'text' twice: remove one"},
        {"'by': 'shuffle'", "'by': 'direct'", ERR_INVALID,
         "component 'splitter': input 1 groups by direct, but stream 'sentences' of 'reader' is "
         "not a direct one: declare it so or group otherwise"},
        {"'direct': false", "'direct': true", ERR_INVALID,
         "component 'splitter': input 1 groups by shuffle, but stream 'sentences' of 'reader' is "
         "a direct one: group by direct"},
    };
    expect_broken(rows, COUNT_OF(rows));
}
END_TEST

#define INPUT(from, stream, reserve)          \
    "{'from': '" from "', 'stream': '" stream \
    "', 'by': 'shuffle', 'keys': [], 'reserve_bytes': " reserve "}"

/* What feeds the splitter in the good plan. */
#define SPLITTER_INPUTS \
    "[{'from': 'reader', 'stream': 'sentences', 'by': 'shuffle', 'keys': [], 'reserve_bytes': 0}]"

START_TEST(a_graph_that_cannot_work_is_named)
{
    const struct broken rows[] = {
        {SPLITTER_INPUTS,
         "[" INPUT("reader", "sentences", "0") ", " INPUT("counter", "tallies", "0") "]",
         ERR_INVALID,
         "component 'splitter': input 2 (stream 'tallies' of 'counter') closes a cycle: give it "
         "reserve_bytes, how much may wait on it"},
        {SPLITTER_INPUTS,
         "[" INPUT("reader", "sentences", "0") ", " INPUT("splitter", "words", "0") "]",
         ERR_INVALID,
         "component 'splitter': input 2 (stream 'words' of 'splitter') closes a cycle: give it "
         "reserve_bytes, how much may wait on it"},
        {SPLITTER_INPUTS, "[" INPUT("reader", "sentences", "4096") "]", ERR_INVALID,
         "component 'splitter': input 1 (stream 'sentences' of 'reader') has reserve_bytes, but "
         "closes no cycle: remove them"},
        {SPLITTER_INPUTS, "[" INPUT("counter", "tallies", "4096") "]", ERR_INVALID,
         "component 'splitter': no spout reaches it, its inputs only come from each other: "
         "connect it to a spout or remove it"},
        {"'inputs': [], 'settings'", "'inputs': [" INPUT("counter", "tallies", "1") "], 'settings'",
         ERR_INVALID, "component 'reader': a spout has no inputs: remove them or make it a bolt"},
        {"'role': 'spout', 'tasks': 1, 'executors': 1, 'max_pending': 1000, 'tick_ms': 0, "
         "'own_loop': false, 'streams': [{'name': 'sentences', 'direct': false, 'fields': "
         "[{'name': 'text', 'kind': 'str'}, {'name': 'line', 'kind': 'u64'}]}], 'inputs': []",
         "'role': 'bolt', 'tasks': 1, 'executors': 1, 'max_pending': 0, 'tick_ms': 0, "
         "'own_loop': false, 'streams': [{'name': 'sentences', 'direct': false, 'fields': []}], "
         "'inputs': [" INPUT("counter", "tallies", "1") "]",
         ERR_INVALID, "the topology has no spout: a component with a `next` function must feed it"},
    };
    expect_broken(rows, COUNT_OF(rows));
}
END_TEST

START_TEST(a_cycle_with_a_reserve_is_cut_where_it_closes)
{
    AUTO(mem_free_text)
    char *text = plan_text_edit(
        PLAN_WORD_COUNT, SPLITTER_INPUTS,
        "[" INPUT("reader", "sentences", "0") ", " INPUT("counter", "tallies", "4096") "]");
    AUTO(plan_destroy) struct plan *plan = plan_text_plan(text);

    ck_assert_int_eq(plan_check(plan, NULL), ERR_OK);
    ck_assert(!plan->components[1].inputs[0].closes_cycle);
    ck_assert(plan->components[1].inputs[1].closes_cycle);
    ck_assert(!plan->components[2].inputs[0].closes_cycle);
    ck_assert_uint_eq(plan->components[1].rank, 1);
    ck_assert_uint_eq(plan->components[2].rank, 2);
}
END_TEST

/* What JSON cannot carry, but a descriptor can. */
START_TEST(what_was_built_by_hand_is_not_trusted)
{
    AUTO(plan_destroy) struct plan *plan = plan_text_plan(PLAN_WORD_COUNT);
    struct plan_component *counter = &plan->components[2];
    struct error error;

    counter->inputs[0].by = (enum plan_grouping)0;
    ck_assert_int_eq(plan_check(plan, &error), ERR_INVALID);
    ck_assert_str_eq(error.text, "component 'counter': input 1 has no known grouping: set one, "
                                 "such as shuffle");

    free(TAKE(counter->inputs[0].stream));
    ck_assert_int_eq(plan_check(plan, &error), ERR_NOT_FOUND);
    free(TAKE(counter->inputs[0].from));
    ck_assert_int_eq(plan_check(plan, &error), ERR_NOT_FOUND);

    counter->streams[0].fields[0].kind = (enum kind)42;
    ck_assert_int_eq(plan_check(plan, &error), ERR_INVALID);
    ck_assert_str_eq(error.text,
                     "component 'counter': stream 'tallies': field 'word' has the unknown kind 42");

    free(counter->name);
    counter->name = mem_copy_text(LONG_NAME);
    ck_assert_int_eq(plan_check(plan, &error), ERR_LIMIT);

    free(TAKE(plan->name));
    ck_assert_int_eq(plan_check(plan, &error), ERR_INVALID);
    ck_assert_str_eq(error.text, "the topology has no name: give it one");
}
END_TEST

START_TEST(a_text_that_is_not_utf8_is_refused)
{
    static const char *const bad[] = {"\x80",         "\xc0\xaf",         "\xc3",
                                      "\xc3(",        "\xe2\x82",         "\xe0\x80\xaf",
                                      "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xff"};
    static const char *const good[] = {"", "plain", "\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x8c\x80"};
    AUTO(plan_destroy) struct plan *plan = plan_text_plan(PLAN_WORD_COUNT);
    char **value = &plan->settings.items[0].value;
    struct error error;

    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        free(*value);
        *value = mem_copy_text(bad[i]);
        ck_assert_msg(plan_check(plan, &error) == ERR_INVALID, "row %zu", i);
        ck_assert_str_eq(error.text, "topology 'word-count': setting 'language': the value is not "
                                     "UTF-8: write it so");
    }
    for (size_t i = 0; i < COUNT_OF(good); i++) {
        free(*value);
        *value = mem_copy_text(good[i]);
        ck_assert_msg(plan_check(plan, &error) == ERR_OK, "row %zu", i);
    }
}
END_TEST

START_TEST(a_plan_without_components_is_refused)
{
    AUTO(plan_destroy) struct plan *plan = plan_new(0);
    struct error error;

    plan->name = mem_copy_text("empty");
    ck_assert_int_eq(plan_check(plan, &error), ERR_INVALID);
    ck_assert_str_eq(error.text, "topology 'empty' has no components: list them");
}
END_TEST

/* ---- random graphs against a naive model ---- */

#define NODES_MAX 12

/* Each component emits one stream; a bolt takes it from one before it, so that all are reached, and
 * from some others, each at most once. */
static struct plan *random_plan(struct rng *rng)
{
    struct plan *plan = plan_new(2 + rng_below(rng, NODES_MAX - 1));
    uint32_t spouts = 1 + rng_below(rng, 2);

    plan->name = mem_copy_text("random");
    for (uint32_t i = 0; i < plan->component_count; i++) {
        struct plan_component *component = &plan->components[i];
        char name[] = {'c', (char)('a' + i), '\0'};

        component->name = mem_copy_text(name);
        component->role = i < spouts ? PLAN_SPOUT : PLAN_BOLT;
        component->tasks = component->executors = 1;
        component->stream_count = 1;
        component->streams[0].name = mem_copy_text("s");
        uint32_t always = i < spouts ? 0 : rng_below(rng, i);
        for (uint32_t j = 0; i >= spouts && j < plan->component_count; j++) {
            if (j != always && rng_below(rng, 5) != 0)
                continue;
            struct plan_input *input = &component->inputs[component->input_count++];
            char from[] = {'c', (char)('a' + j), '\0'};
            *input = (struct plan_input){
                .from = mem_copy_text(from), .stream = mem_copy_text("s"), .by = PLAN_SHUFFLE};
        }
    }
    return plan;
}

/* Gives reserves where the first check, which may fail for the want of them, found a cycle. */
static void reserve(struct plan *plan)
{
    for (uint32_t i = 0; i < plan->component_count; i++) {
        for (uint32_t j = 0; j < plan->components[i].input_count; j++) {
            struct plan_input *input = &plan->components[i].inputs[j];
            input->reserve_bytes = input->closes_cycle ? 1 : 0;
        }
    }
}

/* reach[a][b]: there is a way from a to b, of one edge or more. */
static void close_over(const struct plan *plan, bool reach[NODES_MAX][NODES_MAX])
{
    for (uint32_t i = 0; i < plan->component_count; i++) {
        for (uint32_t j = 0; j < plan->components[i].input_count; j++)
            reach[plan->components[i].inputs[j].from_index][i] = true;
    }
    for (uint32_t via = 0; via < NODES_MAX; via++) {
        for (uint32_t a = 0; a < NODES_MAX; a++) {
            for (uint32_t b = 0; b < NODES_MAX; b++)
                reach[a][b] = reach[a][b] || (reach[a][via] && reach[via][b]);
        }
    }
}

/* The longest ways, by relaxing all edges until nothing changes; false if it never ends. */
static bool relax(const struct plan *plan, uint32_t ranks[NODES_MAX])
{
    for (uint32_t round = 0; round <= NODES_MAX; round++) {
        bool changed = false;

        for (uint32_t i = 0; i < plan->component_count; i++) {
            for (uint32_t j = 0; j < plan->components[i].input_count; j++) {
                const struct plan_input *input = &plan->components[i].inputs[j];
                if (input->closes_cycle || ranks[i] > ranks[input->from_index])
                    continue;
                ranks[i] = ranks[input->from_index] + 1;
                changed = true;
            }
        }
        if (!changed)
            return true;
    }
    return false;
}

START_TEST(ranks_and_cycles_agree_with_a_naive_model)
{
    struct rng rng;

    rng_init(&rng, 7);
    for (int round = 0; round < 3000; round++) {
        AUTO(plan_destroy) struct plan *plan = random_plan(&rng);
        bool reach[NODES_MAX][NODES_MAX] = {{false}};
        uint32_t ranks[NODES_MAX] = {0};

        enum err first = plan_check(plan, NULL);
        ck_assert(first == ERR_OK || first == ERR_INVALID);
        reserve(plan);
        ck_assert_int_eq(plan_check(plan, NULL), ERR_OK);

        close_over(plan, reach);
        ck_assert_msg(relax(plan, ranks), "round %d: a cycle is left", round);
        for (uint32_t i = 0; i < plan->component_count; i++) {
            ck_assert_uint_eq(plan->components[i].rank, ranks[i]);
            for (uint32_t j = 0; j < plan->components[i].input_count; j++) {
                const struct plan_input *input = &plan->components[i].inputs[j];
                ck_assert(!input->closes_cycle || reach[i][input->from_index] ||
                          i == input->from_index);
            }
        }
    }
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        a_good_plan_is_resolved,
        a_plan_may_be_checked_again_after_its_numbers_were_changed,
        a_bad_name_is_named,
        a_bad_setting_is_named,
        a_bad_number_is_named,
        a_bad_role_is_named,
        an_input_that_refers_to_nothing_is_named,
        a_grouping_that_does_not_fit_is_named,
        a_graph_that_cannot_work_is_named,
        a_cycle_with_a_reserve_is_cut_where_it_closes,
        what_was_built_by_hand_is_not_trusted,
        a_text_that_is_not_utf8_is_refused,
        a_plan_without_components_is_refused,
        ranks_and_cycles_agree_with_a_naive_model,
    };
    return suite_run("plan_check", tests, sizeof tests / sizeof *tests);
}
