/* SPDX-License-Identifier: Apache-2.0 */
#include "sdk/src/describe.h"

#include <gale/gale.h>

#include <string.h>

#include "base/mem.h"
#include "tests/support/suite.h"

struct sentence {
    struct gale_str text;
    uint64_t line;
};

struct word {
    struct gale_str text;
    struct gale_maybe_i64 size;
};

GALE_STREAM(sentences, struct sentence, GALE_FIELD(struct sentence, text),
            GALE_FIELD(struct sentence, line));
GALE_STREAM(words, struct word, GALE_FIELD(struct word, text), GALE_FIELD(struct word, size));

static enum gale_next next(void *self, struct gale_task *task)
{
    (void)self;
    (void)task;
    return GALE_DONE;
}

static enum gale_verdict execute(void *self, struct gale_task *task, const struct gale_tuple *tuple)
{
    (void)self;
    (void)task;
    (void)tuple;
    return GALE_ACK;
}

static void choose(const struct gale_tuple *tuple, struct gale_targets *targets)
{
    (void)tuple;
    targets->add(targets, 0);
}

/* A topology whose every part a test may break: reader -> splitter -> counter. */
struct parts {
    struct gale_stream words;
    struct gale_component reader, splitter, counter;
    struct gale_topology topology;
};

static void build(struct parts *parts)
{
    *parts = (struct parts){
        .words = words.stream,
        .reader = {.name = "reader",
                   .max_pending = 100,
                   .spout = {.next = next},
                   .emits = {&sentences.stream},
                   .settings = {{"path", "in.txt", "what to read"}, {"limit", NULL, NULL}}},
        .splitter = {.name = "splitter",
                     .tasks = 4,
                     .tick_ms = 20,
                     .own_loop = true,
                     .bolt = {.execute = execute},
                     .inputs = {{.from = &parts->reader,
                                 .stream = &sentences.stream,
                                 .by = GALE_CUSTOM,
                                 .choose = choose}},
                     .emits = {&parts->words}},
        .counter = {.name = "counter",
                    .tasks = 6,
                    .executors = 2,
                    .bolt = {.execute = execute},
                    .inputs = {{.from = &parts->splitter,
                                .stream = &parts->words,
                                .by = GALE_FIELDS,
                                .keys = {GALE_FIELD(struct word, text)}}}},
        .topology = {.abi = GALE_ABI,
                     .name = "word-count",
                     .components = {&parts->reader, &parts->splitter, &parts->counter},
                     .settings = {{.key = "language", .value = "English"}}},
    };
}

static void expect_refused(const struct parts *parts, enum err err, const char *text)
{
    struct plan *plan = NULL;
    struct error error = {.code = ERR_OK};

    enum err got = describe(&parts->topology, &plan, &error);
    ck_assert_str_eq(error.text, text);
    ck_assert_int_eq(got, err);
    ck_assert_int_eq(error.code, err);
    ck_assert_ptr_null(plan);
    ck_assert_int_eq(describe(&parts->topology, &plan, NULL), err);
}

START_TEST(a_topology_becomes_a_plan_that_passes_its_check)
{
    struct parts parts;
    AUTO(plan_destroy) struct plan *plan = NULL;

    build(&parts);
    ck_assert_int_eq(describe(&parts.topology, &plan, NULL), ERR_OK);
    ck_assert_int_eq(plan_check(plan, NULL), ERR_OK);
    ck_assert_str_eq(plan->name, "word-count");
    ck_assert_uint_eq(plan->component_count, 3);
    ck_assert_uint_eq(plan->settings.count, 1);
    ck_assert_ptr_null(plan->settings.items[0].help);

    const struct plan_component *reader = &plan->components[0];
    ck_assert_int_eq(reader->role, PLAN_SPOUT);
    ck_assert_uint_eq(reader->max_pending, 100);
    ck_assert_uint_eq(reader->settings.count, 2);
    ck_assert_str_eq(reader->settings.items[0].help, "what to read");
    ck_assert_ptr_null(reader->settings.items[1].value);
    ck_assert_uint_eq(reader->streams[0].field_count, 2);
    ck_assert_int_eq(reader->streams[0].fields[1].kind, KIND_U64);

    const struct plan_component *splitter = &plan->components[1];
    ck_assert_int_eq(splitter->role, PLAN_BOLT);
    ck_assert_uint_eq(splitter->tick_ms, 20);
    ck_assert(splitter->own_loop);
    ck_assert_str_eq(splitter->inputs[0].from, "reader");
    ck_assert_int_eq(splitter->inputs[0].by, PLAN_CUSTOM);
    ck_assert_int_eq(splitter->streams[0].fields[1].kind, KIND_I64 | KIND_NULLABLE);

    const struct plan_input *input = &plan->components[2].inputs[0];
    ck_assert_str_eq(input->stream, "words");
    ck_assert_uint_eq(input->key_count, 1);
    ck_assert_str_eq(input->keys[0], "text");
}
END_TEST

START_TEST(tasks_and_executors_that_are_left_out_are_filled_in)
{
    struct parts parts;
    AUTO(plan_destroy) struct plan *plan = NULL;

    build(&parts);
    ck_assert_int_eq(describe(&parts.topology, &plan, NULL), ERR_OK);
    ck_assert_uint_eq(plan->components[0].tasks, 1);
    ck_assert_uint_eq(plan->components[0].executors, 1);
    ck_assert_uint_eq(plan->components[1].tasks, 4);
    ck_assert_uint_eq(plan->components[1].executors, 4);
    ck_assert_uint_eq(plan->components[2].tasks, 6);
    ck_assert_uint_eq(plan->components[2].executors, 2);
}
END_TEST

START_TEST(another_abi_is_refused_before_anything_is_read)
{
    struct parts parts = {.topology = {.abi = GALE_ABI + 1}};

    expect_refused(&parts, ERR_VERSION,
                   "this topology was built for ABI 2, this gale has 1: rebuild it against the "
                   "installed headers");
    parts.topology.abi = 0x1122334400000001ull;
    expect_refused(&parts, ERR_VERSION,
                   "it is not a Gale topology: set .abi of gale_topology to GALE_ABI");
}
END_TEST

START_TEST(what_has_no_name_is_counted)
{
    struct parts parts;

    build(&parts);
    parts.topology.name = NULL;
    expect_refused(&parts, ERR_INVALID, "the topology has no name: set .name");
    build(&parts);
    parts.reader.name = NULL;
    expect_refused(&parts, ERR_INVALID, "component 1 has no name: give it one");
    build(&parts);
    parts.words.fields[1].name = NULL;
    expect_refused(&parts, ERR_INVALID,
                   "component 'splitter': stream 'words': field 2 has no name: give it one");
    build(&parts);
    parts.words.name = NULL;
    expect_refused(&parts, ERR_INVALID, "component 'splitter': stream 1 has no name: give it one");
    build(&parts);
    parts.reader.settings[1] = (struct gale_setting){.value = "x"};
    expect_refused(&parts, ERR_INVALID, "component 'reader': setting 2 has no name: give it one");
}
END_TEST

START_TEST(a_text_that_is_too_long_is_refused)
{
    struct parts parts;
    AUTO(mem_free_text) char *text = mem_alloc(PLAN_TEXT_MAX + 2);
    char name[PLAN_NAME_MAX + 2] = "";

    memset(name, 'n', PLAN_NAME_MAX + 1);
    build(&parts);
    parts.counter.name = name;
    expect_refused(&parts, ERR_LIMIT,
                   "component 'nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn"
                   "...': the name is longer than 64 bytes");

    memset(text, 't', PLAN_TEXT_MAX + 1);
    build(&parts);
    parts.reader.settings[0].help = text;
    expect_refused(&parts, ERR_LIMIT,
                   "component 'reader': setting 'path': value or help is longer than 4096 bytes");
    build(&parts);
    parts.topology.settings[0].value = text;
    expect_refused(&parts, ERR_LIMIT,
                   "setting 'language': value or help is longer than 4096 bytes");
}
END_TEST

START_TEST(a_component_is_either_a_spout_or_a_bolt)
{
    struct parts parts;

    build(&parts);
    parts.reader.bolt.execute = execute;
    expect_refused(&parts, ERR_INVALID,
                   "component 'reader': it is a spout (.spout.next) and a bolt (.bolt.execute): "
                   "split it in two");
    build(&parts);
    parts.counter.bolt.execute = NULL;
    expect_refused(&parts, ERR_INVALID,
                   "component 'counter': it does nothing: set .spout.next for a spout or "
                   ".bolt.execute for a bolt");
}
END_TEST

START_TEST(a_field_must_lie_in_its_record)
{
    struct parts parts;

    build(&parts);
    parts.words.size = 24;
    expect_refused(&parts, ERR_INVALID,
                   "component 'splitter': stream 'words': field 'size', 16 bytes at 16, does not "
                   "lie in its record of 24 bytes: use GALE_FIELD()");
    build(&parts);
    parts.words.fields[0].offset = UINT32_MAX;
    expect_refused(&parts, ERR_INVALID,
                   "component 'splitter': stream 'words': field 'text', 16 bytes at 4294967295, "
                   "does not lie in its record of 32 bytes: use GALE_FIELD()");
    build(&parts);
    parts.words.fields[0].offset = 4;
    expect_refused(&parts, ERR_INVALID,
                   "component 'splitter': stream 'words': field 'text' at 4 is not aligned to 8 "
                   "bytes: use GALE_FIELD()");
    build(&parts);
    parts.words.size = DESCRIBE_RECORD_MAX + 1;
    expect_refused(&parts, ERR_LIMIT,
                   "component 'splitter': stream 'words': its record has 65537 bytes: at most "
                   "65536");
    build(&parts);
    parts.words.fields[0].kind = (enum gale_kind)99;
    expect_refused(&parts, ERR_INVALID,
                   "component 'splitter': stream 'words': field 'text' has the unknown kind 99: "
                   "use GALE_FIELD()");
}
END_TEST

START_TEST(a_stream_without_a_record_has_no_offsets)
{
    struct parts parts;
    AUTO(plan_destroy) struct plan *plan = NULL;

    build(&parts);
    parts.words.size = 0;
    parts.words.fields[0].offset = parts.words.fields[1].offset = 0;
    ck_assert_int_eq(describe(&parts.topology, &plan, NULL), ERR_OK);
}
END_TEST

START_TEST(an_input_must_come_from_a_component_of_the_topology)
{
    struct parts parts;

    build(&parts);
    parts.topology.components[0] = &parts.splitter;
    parts.topology.components[1] = &parts.counter;
    parts.topology.components[2] = NULL;
    expect_refused(&parts, ERR_NOT_FOUND,
                   "component 'splitter': input 1 is from component 'reader', which the topology "
                   "does not list: add it to .components");
    build(&parts);
    parts.counter.inputs[0].from = NULL;
    expect_refused(&parts, ERR_INVALID, "component 'counter': input 1 has no component: set .from");
    build(&parts);
    parts.counter.inputs[0].stream = NULL;
    expect_refused(&parts, ERR_INVALID, "component 'counter': input 1 has no stream: set .stream");
}
END_TEST

START_TEST(an_input_must_take_a_stream_that_its_sender_emits)
{
    struct parts parts;

    build(&parts);
    parts.counter.inputs[0].stream = &sentences.stream;
    expect_refused(&parts, ERR_NOT_FOUND,
                   "component 'counter': input 1 takes stream 'sentences', but 'splitter' emits no "
                   "such stream; there is: 'words'");
}
END_TEST

START_TEST(two_declarations_of_a_stream_must_agree)
{
    struct parts parts;
    struct gale_stream other = words.stream;
    AUTO(plan_destroy) struct plan *plan = NULL;

    build(&parts);
    parts.counter.inputs[0].stream = &other;
    ck_assert_int_eq(describe(&parts.topology, &plan, NULL), ERR_OK);

    other.fields[1].kind = GALE_KIND_I64;
    expect_refused(&parts, ERR_CONFLICT,
                   "component 'counter': input 1 takes another stream 'words' than its sender "
                   "emits: field 2 is 'size' (i64) here and 'size' (i64?) there; declare it once, "
                   "in a header");
    other.fields[1] = (struct gale_field){.name = NULL};
    expect_refused(&parts, ERR_CONFLICT,
                   "component 'counter': input 1 takes another stream 'words' than its sender "
                   "emits: field 2 is '' (none) here and 'size' (i64?) there; declare it once, in "
                   "a header");
}
END_TEST

START_TEST(a_custom_grouping_and_its_function_belong_together)
{
    struct parts parts;

    build(&parts);
    parts.splitter.inputs[0].choose = NULL;
    expect_refused(&parts, ERR_INVALID,
                   "component 'splitter': input 1 has a custom grouping but no function: set "
                   ".choose");
    build(&parts);
    parts.splitter.inputs[0].by = GALE_SHUFFLE;
    expect_refused(&parts, ERR_INVALID,
                   "component 'splitter': input 1 has .choose, which only a custom grouping calls: "
                   "set .by to GALE_CUSTOM");
}
END_TEST

START_TEST(a_key_must_be_of_the_kind_of_its_field)
{
    struct parts parts;

    build(&parts);
    parts.counter.inputs[0].keys[0].kind = GALE_KIND_U64;
    expect_refused(&parts, ERR_INVALID,
                   "component 'counter': input 1 has key 'text' as u64, but in stream 'words' it "
                   "is str: name the stream's struct in GALE_FIELD()");
    build(&parts);
    parts.counter.inputs[0].keys[0].name = NULL;
    expect_refused(&parts, ERR_INVALID,
                   "component 'counter': input 1 has a key without a name: use GALE_FIELD()");
}
END_TEST

START_TEST(full_lists_need_no_empty_entry_at_their_end)
{
    struct parts parts;
    AUTO(plan_destroy) struct plan *plan = NULL;
    char names[GALE_FIELDS_MAX][4];

    build(&parts);
    parts.words.size = 0;
    for (size_t i = 1; i < GALE_FIELDS_MAX; i++) {
        memcpy(names[i], (char[]){'f', (char)('a' + i / 10), (char)('a' + i % 10), '\0'}, 4);
        parts.words.fields[i] = (struct gale_field){.name = names[i], .kind = GALE_KIND_BOOL};
    }
    for (size_t i = 1; i < GALE_KEYS_MAX; i++)
        parts.counter.inputs[0].keys[i] = parts.words.fields[i];
    ck_assert_int_eq(describe(&parts.topology, &plan, NULL), ERR_OK);
    ck_assert_uint_eq(plan->components[1].streams[0].field_count, GALE_FIELDS_MAX);
    ck_assert_uint_eq(plan->components[2].inputs[0].key_count, GALE_KEYS_MAX);
    ck_assert_int_eq(plan_check(plan, NULL), ERR_OK);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        a_topology_becomes_a_plan_that_passes_its_check,
        tasks_and_executors_that_are_left_out_are_filled_in,
        another_abi_is_refused_before_anything_is_read,
        what_has_no_name_is_counted,
        a_text_that_is_too_long_is_refused,
        a_component_is_either_a_spout_or_a_bolt,
        a_field_must_lie_in_its_record,
        a_stream_without_a_record_has_no_offsets,
        an_input_must_come_from_a_component_of_the_topology,
        an_input_must_take_a_stream_that_its_sender_emits,
        two_declarations_of_a_stream_must_agree,
        a_custom_grouping_and_its_function_belong_together,
        a_key_must_be_of_the_kind_of_its_field,
        full_lists_need_no_empty_entry_at_their_end,
    };
    return suite_run("describe", tests, sizeof tests / sizeof *tests);
}
