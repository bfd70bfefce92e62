/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/views/consume_view.h"

#include "tests/support/suite.h"

static const struct console_header headers[] = {{.name = "from", .value = "me", .size = 2},
                                                {.name = "none"},
                                                {.name = "raw", .value = "\xff", .size = 1}};

static struct console_record sample(void)
{
    return (struct console_record){.topic = "lines",
                                   .partition = 2,
                                   .offset = 17,
                                   .timestamp_ms = 1763791200000,
                                   .key = "k",
                                   .key_size = 1,
                                   .value = "one line",
                                   .value_size = 8};
}

static void expect_line(const struct console_record *record, enum consume_view_key key,
                        const char *wanted)
{
    struct text text;

    text_init(&text);
    consume_view_line(record, key, &text);
    ck_assert_str_eq(text_data(&text), wanted);
    text_done(&text);
}

static void expect_json(const struct console_record *record, const char *wanted)
{
    struct text text;

    text_init(&text);
    consume_view_json(record, &text);
    ck_assert_str_eq(text_data(&text), wanted);
    text_done(&text);
}

START_TEST(a_line_is_the_value_and_the_key_if_it_is_wanted)
{
    struct console_record record = sample();

    expect_line(&record, CONSUME_VIEW_WITHOUT_KEY, "one line\n");
    expect_line(&record, CONSUME_VIEW_WITH_KEY, "k\tone line\n");
    record.key = NULL;
    record.value = NULL;
    expect_line(&record, CONSUME_VIEW_WITH_KEY, "null\tnull\n");
}
END_TEST

START_TEST(an_object_has_everything)
{
    struct console_record record = sample();

    expect_json(&record, "{\"v\":1,\"topic\":\"lines\",\"partition\":2,\"offset\":17,"
                         "\"timestamp_ms\":1763791200000,\"key\":\"k\",\"value\":\"one line\","
                         "\"headers\":[]}\n");
}
END_TEST

START_TEST(what_is_no_text_is_marked)
{
    struct console_record record = sample();

    record.key = NULL;
    record.timestamp_ms = -1;
    record.value = "\xff\x00\x01";
    record.value_size = 3;
    record.headers = headers;
    record.header_count = 3;
    expect_json(&record, "{\"v\":1,\"topic\":\"lines\",\"partition\":2,\"offset\":17,"
                         "\"timestamp_ms\":null,\"key\":null,\"value_base64\":true,"
                         "\"value\":\"/wAB\",\"headers\":[{\"name\":\"from\",\"value\":\"me\"},"
                         "{\"name\":\"none\",\"value\":null},"
                         "{\"name\":\"raw\",\"value_base64\":true,\"value\":\"/w==\"}]}\n");
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        a_line_is_the_value_and_the_key_if_it_is_wanted,
        an_object_has_everything,
        what_is_no_text_is_marked,
    };
    return suite_run("consume_view", tests, sizeof tests / sizeof *tests);
}
