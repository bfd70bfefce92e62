/* SPDX-License-Identifier: Apache-2.0 */
#include "ui/api/coord_node.h"

#include <stdbool.h>

#include "base/base64.h"
#include "base/mem.h"
#include "tests/support/suite.h"

static json_t *node_of(const char *data, size_t size, json_t *owner)
{
    struct text base64 = {.data = NULL};

    base64_add(&base64, data, size);
    json_t *node = json_pack("{s:s, s:I, s:s, s:{s:o}}", "path", "/a", "size", (json_int_t)size,
                             "data", text_data(&base64), "stat", "ephemeral_owner", owner);
    text_done(&base64);
    return node;
}

static json_t *show(const char *data, size_t size, json_t *owner)
{
    json_t *node = node_of(data, size, owner);
    json_t *shown = coord_node_show(node);

    json_decref(node);
    return shown;
}

START_TEST(text_is_shown_and_json_is_said_to_be_json)
{
    static const struct {
        const char *data;
        size_t size;
        const char *text; /* NULL: none */
        bool json;
    } cases[] = {
        {"{\"v\":1}", 7, "{\"v\":1}", true},
        {"17", 2, "17", true},
        {"gr\xC3\xBC\xC3\x9F", 6, "gr\xC3\xBC\xC3\x9F", false},
        {"", 0, "", false},
        {"\xFF\x00", 2, NULL, false},
        {"a\0b", 3, NULL, false},
    };

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        json_t *shown = show(cases[i].data, cases[i].size, json_integer(0));
        const char *text = json_string_value(json_object_get(shown, "text"));
        if (cases[i].text == NULL)
            ck_assert_ptr_null(text);
        else
            ck_assert_str_eq(text, cases[i].text);
        ck_assert(json_is_true(json_object_get(shown, "json")) == cases[i].json);
        json_decref(shown);
    }
}
END_TEST

START_TEST(the_session_of_a_node_is_text_of_all_its_bits)
{
    json_t *shown = show("", 0, json_integer(0x1234567890abcdef));
    const json_t *stat = json_object_get(shown, "stat");

    ck_assert_str_eq(json_string_value(json_object_get(stat, "ephemeral_owner")),
                     "0x1234567890abcdef");
    json_decref(shown);
    shown = show("", 0, json_integer(0));
    ck_assert(json_is_null(json_object_get(json_object_get(shown, "stat"), "ephemeral_owner")));
    json_decref(shown);
    shown = show("", 0, json_string("0x17"));
    stat = json_object_get(shown, "stat");
    ck_assert_str_eq(json_string_value(json_object_get(stat, "ephemeral_owner")), "0x17");
    json_decref(shown);
}
END_TEST

START_TEST(a_record_is_read_from_its_node)
{
    json_t *node = node_of("{\"port\":9092}", 13, json_null());
    json_t *record = coord_node_record(node);

    ck_assert_int_eq(json_integer_value(json_object_get(record, "port")), 9092);
    json_decref(record);
    json_decref(node);
    node = node_of("{\"port\"", 7, json_null());
    ck_assert_ptr_null(coord_node_record(node));
    json_decref(node);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        text_is_shown_and_json_is_said_to_be_json,
        the_session_of_a_node_is_text_of_all_its_bits,
        a_record_is_read_from_its_node,
    };

    return suite_run("coord_node", tests, COUNT_OF(tests));
}
