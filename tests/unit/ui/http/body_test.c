/* SPDX-License-Identifier: Apache-2.0 */
#include "ui/http/body.h"

#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "tests/support/suite.h"

START_TEST(an_object_is_read)
{
    static const char *const texts[] = {"{}",
                                        " {\"a\": [1, {\"b\": null}], \"c\": \"\\u00e4]}{[\"} ",
                                        "{\"a\": \"\\\"{{{{{{{{{{{{{{{{{{{{\"}"};

    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        json_t *json;
        struct error error;

        ck_assert_int_eq(body_read(texts[i], strlen(texts[i]), &json, &error), ERR_OK);
        ck_assert(json_is_object(json));
        json_decref(json);
    }
}
END_TEST

START_TEST(anything_else_is_refused)
{
    static const char *const texts[] = {
        "",
        "[]",
        "1",
        "null",
        "{",
        "{\"a\": 1, \"a\": 2}",
        "{} {}",
        "{\"a\": \"\xFF\"}",
        "{'a': 1}",
        "{\"a\": 1,}",
        "{\"a\": \"\\u0000\"}",
        "{\"a\": NaN}",
    };

    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        json_t *json = NULL;
        struct error error;

        ck_assert_msg(body_read(texts[i], strlen(texts[i]), &json, &error) == ERR_INVALID, "%s",
                      texts[i]);
        ck_assert_ptr_null(json);
    }
}
END_TEST

static enum err read_nested(size_t depth)
{
    struct text text;
    json_t *json = NULL;

    text_init(&text);
    text_add(&text, "{\"a\":");
    for (size_t i = 1; i < depth; i++)
        text_add(&text, "[");
    text_add(&text, "1");
    for (size_t i = 1; i < depth; i++)
        text_add(&text, "]");
    text_add(&text, "}");
    enum err err = body_read(text_data(&text), text_size(&text), &json, NULL);
    text_done(&text);
    json_decref(json);
    return err;
}

START_TEST(depth_is_limited)
{
    ck_assert_int_eq(read_nested(BODY_DEPTH_MAX), ERR_OK);
    ck_assert_int_eq(read_nested(BODY_DEPTH_MAX + 1), ERR_INVALID);
    ck_assert_int_eq(read_nested(30000), ERR_INVALID);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {an_object_is_read, anything_else_is_refused, depth_is_limited};

    return suite_run("body", tests, COUNT_OF(tests));
}
