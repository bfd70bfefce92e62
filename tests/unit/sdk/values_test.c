/* SPDX-License-Identifier: Apache-2.0 */
#include "sdk/log/values.h"

#include <jansson.h>
#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "base/rng.h"
#include "tests/support/suite.h"

static struct gale_value str_of(const char *data, size_t length)
{
    return (struct gale_value){.kind = GALE_KIND_STR, .as.str = {.data = data, .length = length}};
}

static void expect_bytes(const struct gale_value *value, const char *expected)
{
    AUTO(text_done) struct text scratch;

    text_init(&scratch);
    struct gale_str bytes = values_bytes(value, &scratch);
    ck_assert_uint_eq(bytes.length, strlen(expected));
    ck_assert_mem_eq(bytes.data, expected, bytes.length);
}

START_TEST(a_value_is_its_bytes_or_its_digits)
{
    struct gale_value text = str_of("a b", 3);
    struct gale_value empty = str_of(NULL, 0);
    struct gale_value number = {.kind = GALE_KIND_U64, .as.u64 = UINT64_MAX};
    struct gale_value negative = {.kind = GALE_KIND_I64, .as.i64 = INT64_MIN};
    struct gale_value half = {.kind = GALE_KIND_F64, .as.f64 = 0.5};
    struct gale_value yes = {.kind = GALE_KIND_BOOL, .as.b = true};
    struct gale_value bytes = {.kind = GALE_KIND_BYTES,
                               .as.bytes = {.data = (const uint8_t *)"xy", .length = 2}};

    expect_bytes(&text, "a b");
    expect_bytes(&empty, "");
    expect_bytes(&number, "18446744073709551615");
    expect_bytes(&negative, "-9223372036854775808");
    expect_bytes(&half, "0.5");
    expect_bytes(&yes, "true");
    expect_bytes(&bytes, "xy");
}
END_TEST

START_TEST(null_has_no_bytes_and_empty_text_has_none_of_length_zero)
{
    AUTO(text_done) struct text scratch;
    struct gale_value null = {.kind = GALE_KIND_NONE};
    struct gale_value empty = str_of(NULL, 0);

    text_init(&scratch);
    ck_assert_ptr_null(values_bytes(&null, &scratch).data);
    ck_assert_ptr_nonnull(values_bytes(&empty, &scratch).data);
}
END_TEST

START_TEST(an_object_has_its_members_in_order)
{
    AUTO(text_done) struct text text;
    const struct gale_value values[] = {
        str_of("say \"hi\"\n\x01\\", 11),
        {.kind = GALE_KIND_NONE},
        {.kind = GALE_KIND_BYTES, .as.bytes = {.data = (const uint8_t *)"\x00\xab", .length = 2}},
        {.kind = GALE_KIND_F64, .as.f64 = NAN},
        {.kind = GALE_KIND_BOOL, .as.b = false},
        str_of("caf\xE9", 4),
    };
    static const char *const names[] = {"a", "b", "c", "d", "e", "f"};

    text_init(&text);
    for (size_t i = 0; i < COUNT_OF(values); i++)
        values_add_member(&text, names[i], &values[i]);
    values_end_object(&text);
    ck_assert_str_eq(text_data(&text),
                     "{\"a\":\"say \\\"hi\\\"\\n\\u0001\\\\\",\"b\":null,\"c\":\"00ab\",\"d\":null,"
                     "\"e\":false,\"f\":\"caf\xEF\xBF\xBD\"}");
}
END_TEST

START_TEST(no_members_are_an_empty_object)
{
    AUTO(text_done) struct text text;

    text_init(&text);
    values_end_object(&text);
    ck_assert_str_eq(text_data(&text), "{}");
}
END_TEST

/* Whatever the bytes, a JSON parser reads the object; numbers come back as they were. */
START_TEST(a_parser_reads_what_is_written)
{
    AUTO(text_done) struct text text;
    struct rng rng;

    rng_init(&rng, 3);
    text_init(&text);
    for (int round = 0; round < 20000; round++) {
        char data[20];
        size_t size = rng_next(&rng) % sizeof data;
        for (size_t i = 0; i < size; i++)
            data[i] = (char)rng_next(&rng);
        uint64_t bits = rng_next(&rng);
        struct gale_value string = str_of(data, size);
        struct gale_value real = {.kind = GALE_KIND_F64};
        memcpy(&real.as.f64, &bits, sizeof bits);
        text_clear(&text);
        values_add_member(&text, "s", &string);
        values_add_member(&text, "r", &real);
        values_end_object(&text);
        json_t *object = json_loadb(text_data(&text), text_size(&text), JSON_ALLOW_NUL, NULL);
        ck_assert_msg(object != NULL, "round %d: %s", round, text_data(&text));
        if (isfinite(real.as.f64))
            ck_assert(json_number_value(json_object_get(object, "r")) == real.as.f64);
        json_decref(object);
    }
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        a_value_is_its_bytes_or_its_digits,
        null_has_no_bytes_and_empty_text_has_none_of_length_zero,
        an_object_has_its_members_in_order,
        no_members_are_an_empty_object,
        a_parser_reads_what_is_written,
    };

    return suite_run("values", tests, sizeof tests / sizeof *tests);
}
