/* SPDX-License-Identifier: Apache-2.0 */
#include "sdk/log/fields.h"

#include <gale/gale.h>
#include <string.h>

#include "base/mem.h"
#include "base/rng.h"
#include "sdk/log/hex.h"
#include "sdk/log/utf8.h"
#include "tests/support/suite.h"

struct whole {
    struct gale_str text;
    struct gale_maybe_bytes key;
    struct gale_str topic;
    int64_t partition;
    uint64_t offset;
    int64_t timestamp_ms;
};

GALE_STREAM(wholes, struct whole, GALE_FIELD(struct whole, text), GALE_FIELD(struct whole, key),
            GALE_FIELD(struct whole, topic), GALE_FIELD(struct whole, partition),
            GALE_FIELD(struct whole, offset), GALE_FIELD(struct whole, timestamp_ms));

struct reading {
    struct gale_str name;
    double celsius;
    uint64_t count;
    int64_t change;
    bool is_new;
    struct gale_bytes blob;
    struct gale_maybe_str note;
    struct gale_maybe_f64 wind;
    struct gale_maybe_bool wet;
    struct gale_maybe_i64 depth;
    struct gale_maybe_bytes extra;
    int64_t offset;
};

GALE_STREAM(readings, struct reading, GALE_FIELD(struct reading, name),
            GALE_FIELD(struct reading, celsius), GALE_FIELD(struct reading, count),
            GALE_FIELD(struct reading, change), GALE_FIELD(struct reading, is_new),
            GALE_FIELD(struct reading, blob), GALE_FIELD(struct reading, note),
            GALE_FIELD(struct reading, wind), GALE_FIELD(struct reading, wet),
            GALE_FIELD(struct reading, depth), GALE_FIELD(struct reading, extra),
            GALE_FIELD(struct reading, offset));

struct odd {
    double offset;
};

GALE_STREAM(odds, struct odd, GALE_FIELD(struct odd, offset));

static struct fields_record record_of(const char *value)
{
    return (struct fields_record){.value = value,
                                  .value_size = value == NULL ? 0 : strlen(value),
                                  .topic = "lines",
                                  .partition = 3,
                                  .offset = 77,
                                  .timestamp_ms = 1700000000000};
}

static struct fields fields_of(const struct gale_stream *stream, enum fields_format format)
{
    struct fields fields;
    struct error error;

    ck_assert_int_eq(fields_init(stream, format, &fields, &error), ERR_OK);
    return fields;
}

static bool is(struct gale_str str, const char *text)
{
    return gale_str_equal(str, gale_str(text));
}

START_TEST(a_record_is_taken_apart_by_the_names_of_fields)
{
    AUTO(fields_done) struct fields fields = fields_of(&wholes.stream, FIELDS_TEXT);
    struct fields_record record = record_of("a line");
    struct whole whole;
    struct error error;

    record.key = "k\0y";
    record.key_size = 3;
    ck_assert_int_eq(fields_decode(&fields, &record, &whole, &error), ERR_OK);
    ck_assert(is(whole.text, "a line"));
    ck_assert(whole.key.has);
    ck_assert_uint_eq(whole.key.value.length, 3);
    ck_assert_mem_eq(whole.key.value.data, "k\0y", 3);
    ck_assert(is(whole.topic, "lines"));
    ck_assert_int_eq(whole.partition, 3);
    ck_assert_uint_eq(whole.offset, 77);
    ck_assert_int_eq(whole.timestamp_ms, 1700000000000);
}
END_TEST

START_TEST(what_is_not_there_is_null_or_empty)
{
    AUTO(fields_done) struct fields fields = fields_of(&wholes.stream, FIELDS_TEXT);
    struct fields_record record = record_of(NULL);
    struct whole whole;
    struct error error;

    ck_assert_int_eq(fields_decode(&fields, &record, &whole, &error), ERR_OK);
    ck_assert_uint_eq(whole.text.length, 0);
    ck_assert(!whole.key.has);
}
END_TEST

START_TEST(text_is_utf8_and_raw_is_anything)
{
    AUTO(fields_done) struct fields text = fields_of(&wholes.stream, FIELDS_TEXT);
    AUTO(fields_done) struct fields raw = fields_of(&wholes.stream, FIELDS_RAW);
    struct fields_record record = record_of("caf\xE9");
    struct whole whole;
    struct error error;

    ck_assert_int_eq(fields_decode(&text, &record, &whole, &error), ERR_INVALID);
    ck_assert_str_eq(error.text, "the value is not UTF-8");
    ck_assert_int_eq(fields_decode(&raw, &record, &whole, &error), ERR_OK);
    ck_assert(is(whole.text, "caf\xE9"));
}
END_TEST

START_TEST(members_of_an_object_fill_fields_of_their_names)
{
    AUTO(fields_done) struct fields fields = fields_of(&readings.stream, FIELDS_JSON);
    struct fields_record record =
        record_of("{\"name\":\"caf\\u00e9\",\"celsius\":20,\"count\":3,\"change\":-4,"
                  "\"is_new\":true,\"blob\":\"00fF\",\"wind\":1.5,\"wet\":false,\"depth\":null,"
                  "\"extra\":\"7a\",\"unknown\":[1,2]}");
    struct reading reading;
    struct error error;

    ck_assert_int_eq(fields_decode(&fields, &record, &reading, &error), ERR_OK);
    ck_assert(is(reading.name, "caf\xC3\xA9"));
    ck_assert(reading.celsius == 20);
    ck_assert_uint_eq(reading.count, 3);
    ck_assert_int_eq(reading.change, -4);
    ck_assert(reading.is_new);
    ck_assert_uint_eq(reading.blob.length, 2);
    ck_assert_mem_eq(reading.blob.data, "\x00\xFF", 2);
    ck_assert(!reading.note.has);
    ck_assert(reading.wind.has && reading.wind.value == 1.5);
    ck_assert(reading.wet.has && !reading.wet.value);
    ck_assert(!reading.depth.has);
    ck_assert(reading.extra.has);
    ck_assert_mem_eq(reading.extra.value.data, "z", 1);
    ck_assert_int_eq(reading.offset, 77);
}
END_TEST

#define REST "\"celsius\":1,\"change\":1,\"is_new\":true,\"blob\":\"\"}"

START_TEST(what_does_not_decode_says_why)
{
    static const struct {
        const char *value;
        const char *why;
    } cases[] = {
        {NULL, "there is no value"},
        {"", "not JSON"},
        {"{\"name\":", "not JSON"},
        {"[]", "not a JSON object"},
        {"{\"name\":\"a\",\"count\":-1," REST, "member 'count' is negative"},
        {"{\"name\":\"a\",\"count\":1.5," REST, "member 'count' is not a whole number"},
        {"{\"name\":\"a\",\"count\":\"1\"," REST, "member 'count' is not a whole number"},
        {"{\"name\":7,\"count\":1," REST, "member 'name' is not a string"},
        {"{\"count\":1," REST, "member 'name' is missing"},
        {"{\"name\":null,\"count\":1," REST, "member 'name' is null"},
        {"{\"name\":\"\",\"count\":1,\"extra\":\"0\"," REST,
         "member 'extra' is not in hexadecimal"},
        {"{\"name\":\"\",\"count\":1,\"extra\":\"0g\"," REST, "'extra' is not in hexadecimal"},
        {"{\"name\":\"\",\"count\":1,\"wet\":1," REST, "member 'wet' is not true or false"},
        {"{\"name\":\"\xFF\",\"count\":1," REST, "not JSON"},
    };
    AUTO(fields_done) struct fields fields = fields_of(&readings.stream, FIELDS_JSON);

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct fields_record record = record_of(cases[i].value);
        struct reading reading;
        struct error error;
        ck_assert_int_eq(fields_decode(&fields, &record, &reading, &error), ERR_INVALID);
        ck_assert_msg(strstr(error.text, cases[i].why) != NULL, "case %zu: %s", i, error.text);
    }
}
END_TEST

START_TEST(a_stream_that_asks_for_what_a_record_has_not_is_refused)
{
    static const struct gale_stream shapeless = {.name = "shapeless"};
    struct fields fields;
    struct error error;

    ck_assert_int_eq(fields_init(&readings.stream, FIELDS_TEXT, &fields, &error), ERR_INVALID);
    ck_assert(strstr(error.text, "has a field 'name'") != NULL);
    ck_assert_int_eq(fields_init(&odds.stream, FIELDS_JSON, &fields, &error), ERR_INVALID);
    ck_assert(strstr(error.text, "must be a int64_t or uint64_t") != NULL);
    ck_assert_int_eq(fields_init(&shapeless, FIELDS_RAW, &fields, &error), ERR_INVALID);
    ck_assert(strstr(error.text, "has no struct") != NULL);
}
END_TEST

/* ---- UTF-8, against a decoder by the definition ---- */

static bool is_scalar(uint32_t code, size_t length)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};

    return code >= least[length] && code <= 0x10FFFF && (code < 0xD800 || code > 0xDFFF);
}

static size_t naive_char(const unsigned char *at, size_t left)
{
    size_t length = at[0] < 0x80             ? 1
                    : (at[0] & 0xE0) == 0xC0 ? 2
                    : (at[0] & 0xF0) == 0xE0 ? 3
                    : (at[0] & 0xF8) == 0xF0 ? 4
                                             : 0;
    uint32_t code = length == 1 ? at[0] : at[0] & (0x7Fu >> length);

    if (length == 0 || length > left)
        return 0;
    for (size_t i = 1; i < length; i++) {
        if ((at[i] & 0xC0) != 0x80)
            return 0;
        code = code << 6 | (at[i] & 0x3Fu);
    }
    return is_scalar(code, length) ? length : 0;
}

static bool naive_is_valid(const unsigned char *data, size_t size)
{
    for (size_t at = 0; at < size;) {
        size_t length = naive_char(data + at, size - at);
        if (length == 0)
            return false;
        at += length;
    }
    return true;
}

START_TEST(every_sequence_of_three_bytes_is_judged_rightly)
{
    for (uint32_t number = 0; number < 1u << 24; number++) {
        unsigned char bytes[3] = {(unsigned char)(number >> 16), (unsigned char)(number >> 8),
                                  (unsigned char)number};
        if (utf8_is_valid((const char *)bytes, 3) != naive_is_valid(bytes, 3))
            ck_abort_msg("%06x", number); /* an assertion each time takes half a minute */
    }
}
END_TEST

START_TEST(texts_of_many_characters_are_judged_rightly)
{
    struct rng rng;

    rng_init(&rng, 7);
    for (int round = 0; round < 200000; round++) {
        unsigned char bytes[24];
        size_t size = rng_next(&rng) % sizeof bytes;
        for (size_t i = 0; i < size; i++) {
            static const unsigned char some[] = {'a', 0xF0, 0x9F, 0x98, 0x80, 0xF4, 0x8F, 0xBF};
            bytes[i] = rng_next(&rng) % 4 == 0 ? (unsigned char)rng_next(&rng)
                                               : some[(i + (size_t)round) % sizeof some];
        }
        ck_assert(utf8_is_valid((const char *)bytes, size) == naive_is_valid(bytes, size));
    }
}
END_TEST

START_TEST(hexadecimal_digits_come_back_as_the_bytes)
{
    char digits[512];
    char bytes[256];
    char back[256];

    for (int i = 0; i < 256; i++)
        bytes[i] = (char)i;
    hex_encode((const unsigned char *)bytes, sizeof bytes, digits);
    ck_assert(hex_decode(digits, sizeof digits, back));
    ck_assert_mem_eq(back, bytes, sizeof bytes);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        a_record_is_taken_apart_by_the_names_of_fields,
        what_is_not_there_is_null_or_empty,
        text_is_utf8_and_raw_is_anything,
        members_of_an_object_fill_fields_of_their_names,
        what_does_not_decode_says_why,
        a_stream_that_asks_for_what_a_record_has_not_is_refused,
        every_sequence_of_three_bytes_is_judged_rightly,
        texts_of_many_characters_are_judged_rightly,
        hexadecimal_digits_come_back_as_the_bytes,
    };

    return suite_run("fields", tests, sizeof tests / sizeof *tests);
}
