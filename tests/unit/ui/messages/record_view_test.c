/* SPDX-License-Identifier: Apache-2.0 */
#include "ui/messages/record_view.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "tests/support/canned_ask.h"
#include "tests/support/suite.h"

static void check(const void *bytes, size_t size, size_t max, const char *expected)
{
    AUTO(give_back) json_t *view = record_view_bytes(bytes, size, max);
    char *text = json_dumps(view, JSON_COMPACT | JSON_SORT_KEYS | JSON_ENCODE_ANY);

    ck_assert_str_eq(text, expected);
    free(text);
}

START_TEST(text_json_and_bytes_are_told_apart)
{
    check(NULL, 0, 10, "null");
    check("", 0, 10, "{\"base64\":null,\"cut\":false,\"kind\":\"text\",\"size\":0,\"text\":\"\"}");
    check("plain", 5, 10,
          "{\"base64\":null,\"cut\":false,\"kind\":\"text\",\"size\":5,\"text\":\"plain\"}");
    check(" [1]\n", 5, 10,
          "{\"base64\":null,\"cut\":false,\"kind\":\"json\",\"size\":5,\"text\":\" [1]\\n\"}");
    check("[1", 2, 10,
          "{\"base64\":null,\"cut\":false,\"kind\":\"text\",\"size\":2,\"text\":\"[1\"}");
    check("17", 2, 10,
          "{\"base64\":null,\"cut\":false,\"kind\":\"text\",\"size\":2,\"text\":\"17\"}");
    check("\0\xFF", 2, 10,
          "{\"base64\":\"AP8=\",\"cut\":false,\"kind\":\"bytes\",\"size\":2,\"text\":null}");
    check("a\0b", 3, 10,
          "{\"base64\":\"YQBi\",\"cut\":false,\"kind\":\"bytes\",\"size\":3,\"text\":null}");
}
END_TEST

START_TEST(what_is_large_is_cut_between_two_characters)
{
    check("abcdef", 6, 4,
          "{\"base64\":null,\"cut\":true,\"kind\":\"text\",\"size\":6,\"text\":\"abcd\"}");
    check("abc\xC3\xBC", 5, 4,
          "{\"base64\":null,\"cut\":true,\"kind\":\"text\",\"size\":5,\"text\":\"abc\"}");
    check("a\xE2\x82\xACz", 5, 4,
          "{\"base64\":null,\"cut\":true,\"kind\":\"text\",\"size\":5,\"text\":\"a\xE2\x82\xAC\"}");
    check("[1,2]", 5, 3,
          "{\"base64\":null,\"cut\":true,\"kind\":\"text\",\"size\":5,\"text\":\"[1,\"}");
    check("\xFF\xFF\xFF\xFF", 4, 3,
          "{\"base64\":\"////\",\"cut\":true,\"kind\":\"bytes\",\"size\":4,\"text\":null}");
}
END_TEST

START_TEST(a_record_has_all_that_the_log_knows)
{
    const struct console_header headers[] = {{"h", "v", 1}, {"n", NULL, 0}, {"\xFF", "", 0}};
    const struct console_record record = {
        .partition = 3,
        .offset = 7,
        .timestamp_ms = -1,
        .value = "x",
        .value_size = 1,
        .headers = headers,
        .header_count = COUNT_OF(headers),
    };
    AUTO(give_back) json_t *view = record_view(&record);

    ck_assert(json_is_null(json_object_get(view, "timestamp_ms")));
    ck_assert(json_is_null(json_object_get(view, "key")));
    const json_t *shown = json_object_get(view, "headers");
    ck_assert_uint_eq(json_array_size(shown), 3);
    ck_assert(json_is_null(json_object_get(json_array_get(shown, 1), "value")));
    ck_assert_uint_gt(record_view_size(&record), 1);
}
END_TEST

START_TEST(key_and_value_are_searched)
{
    const struct console_record record = {
        .key = "ab", .key_size = 2, .value = "cd", .value_size = 2};
    struct needle needle;

    ck_assert(needle_init(&needle, "ab", true) && record_view_has(&record, &needle));
    ck_assert(needle_init(&needle, "d", true) && record_view_has(&record, &needle));
    ck_assert(needle_init(&needle, "bc", true) && !record_view_has(&record, &needle));
}
END_TEST

START_TEST(records_come_by_time_and_those_of_a_partition_by_offset)
{
    static const struct {
        int partition;
        int offset;
        int at;
    } made[] = {{1, 5, 20}, {0, 2, 10}, {0, 1, 30}, {1, 6, 40}, {0, 3, 35}};
    AUTO(give_back) json_t *records = json_array();
    struct text seen = {.data = NULL};

    for (size_t i = 0; i < COUNT_OF(made); i++)
        json_array_append_new(records,
                              json_pack("{s:i, s:i, s:i}", "partition", made[i].partition, "offset",
                                        made[i].offset, "timestamp_ms", made[i].at));
    AUTO(give_back) json_t *last = record_view_last(records, 4);
    for (size_t i = 0; i < json_array_size(last); i++)
        text_add(&seen, "%d ",
                 (int)json_integer_value(json_object_get(json_array_get(last, i), "offset")));
    ck_assert_str_eq(text_data(&seen), "1 2 3 6 ");
    text_done(&seen);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        text_json_and_bytes_are_told_apart,
        what_is_large_is_cut_between_two_characters,
        a_record_has_all_that_the_log_knows,
        key_and_value_are_searched,
        records_come_by_time_and_those_of_a_partition_by_offset,
    };

    return suite_run("record_view", tests, COUNT_OF(tests));
}
