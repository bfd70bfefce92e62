/* SPDX-License-Identifier: Apache-2.0 */
#include "coord/protocol/jute.h"

#include <string.h>

#include "base/mem.h"
#include "base/rng.h"
#include "tests/support/suite.h"

#define PROPERTY_ROUNDS 2000
#define FIELDS_MAX      12

static struct jute_in in_of(const struct text *text)
{
    return jute_in_of(text_data(text), text_size(text));
}

static void expect_bytes(const struct text *text, const char *bytes, size_t size)
{
    ck_assert_uint_eq(text_size(text), size);
    ck_assert_mem_eq(text_data(text), bytes, size);
}

static void expect_text(struct jute_bytes bytes, const char *text)
{
    ck_assert_ptr_nonnull(bytes.data);
    ck_assert_uint_eq(bytes.size, strlen(text));
    ck_assert_mem_eq(bytes.data, text, bytes.size);
}

static void expect_null(struct jute_bytes bytes)
{
    ck_assert_ptr_null(bytes.data);
    ck_assert_uint_eq(bytes.size, 0);
}

START_TEST(numbers_are_big_endian)
{
    AUTO(text_done) struct text out = {0};

    jute_put_int(&out, 0x01020304);
    jute_put_int(&out, -2);
    jute_put_long(&out, 0x0102030405060708);
    jute_put_bool(&out, true);
    jute_put_bool(&out, false);
    expect_bytes(&out, "\1\2\3\4\xff\xff\xff\xfe\1\2\3\4\5\6\7\10\1\0", 18);
}
END_TEST

START_TEST(texts_have_a_length_and_no_nul)
{
    AUTO(text_done) struct text out = {0};

    jute_put_text(&out, "ab");
    jute_put_text(&out, "");
    jute_put_text(&out, NULL);
    jute_put_bytes(&out, (struct jute_bytes){"\0x", 2});
    jute_put_bytes(&out, (struct jute_bytes){NULL, 0});
    expect_bytes(&out, "\0\0\0\2ab\0\0\0\0\xff\xff\xff\xff\0\0\0\2\0x\xff\xff\xff\xff", 24);
}
END_TEST

START_TEST(what_is_stored_in_an_array_is_what_is_put)
{
    AUTO(text_done) struct text out = {0};
    unsigned char bytes[12];

    unsigned char *end = jute_store_long(jute_store_int(bytes, -7), INT64_MIN + 3);
    ck_assert_ptr_eq(end, bytes + sizeof bytes);
    jute_put_int(&out, -7);
    jute_put_long(&out, INT64_MIN + 3);
    expect_bytes(&out, (const char *)bytes, sizeof bytes);
}
END_TEST

START_TEST(what_was_put_is_got)
{
    AUTO(text_done) struct text out = {0};

    jute_put_int(&out, INT32_MIN);
    jute_put_long(&out, INT64_MAX);
    jute_put_bool(&out, true);
    jute_put_text(&out, "path");
    jute_put_text(&out, "");
    jute_put_text(&out, NULL);

    struct jute_in in = in_of(&out);
    ck_assert_int_eq(jute_get_int(&in), INT32_MIN);
    ck_assert_int_eq(jute_get_long(&in), INT64_MAX);
    ck_assert(jute_get_bool(&in));
    expect_text(jute_get_bytes(&in), "path");
    expect_text(jute_get_bytes(&in), "");
    expect_null(jute_get_bytes(&in));
    ck_assert(!in.failed);
    ck_assert_ptr_eq(in.at, in.end);
}
END_TEST

START_TEST(bytes_borrow_from_the_frame)
{
    const char frame[] = "\0\0\0\2ab";
    struct jute_in in = jute_in_of(frame, 6);

    ck_assert_ptr_eq(jute_get_bytes(&in).data, frame + 4);
}
END_TEST

START_TEST(any_byte_but_zero_is_true)
{
    struct jute_in in = jute_in_of("\0\1\2\xff", 4);

    ck_assert(!jute_get_bool(&in));
    ck_assert(jute_get_bool(&in));
    ck_assert(jute_get_bool(&in));
    ck_assert(jute_get_bool(&in));
    ck_assert(!in.failed);
}
END_TEST

START_TEST(a_cursor_that_failed_yields_zeros_and_nulls)
{
    struct jute_in in = jute_in_of("\1\1\1", 3);

    ck_assert_int_eq(jute_get_int(&in), 0);
    ck_assert(in.failed);
    ck_assert(!jute_get_bool(&in)); /* although three bytes were left */
    ck_assert_int_eq(jute_get_long(&in), 0);
    expect_null(jute_get_bytes(&in));
    ck_assert_uint_eq(jute_get_count(&in, 1), 0);
    ck_assert(in.failed);
}
END_TEST

START_TEST(an_empty_frame_can_be_read)
{
    struct jute_in in = jute_in_of(NULL, 0);

    ck_assert(!in.failed);
    ck_assert_int_eq(jute_get_int(&in), 0);
    ck_assert(in.failed);
}
END_TEST

START_TEST(lengths_of_bytes_that_lie_fail)
{
    const char *const frames[] = {
        "\0\0\0\3ab",      /* one more than there is */
        "\x7f\xff\xff\xff" /* as many as there can be */
        "ab",              /* */
        "\xff\xff\xff\xfe" /* below -1 */
        "ab",              /* */
        "\x80\0\0\0ab",    /* the least */
    };

    for (size_t i = 0; i < COUNT_OF(frames); i++) {
        struct jute_in in = jute_in_of(frames[i], 6);
        expect_null(jute_get_bytes(&in));
        ck_assert(in.failed);
    }
}
END_TEST

START_TEST(a_count_is_what_the_rest_can_hold_at_most)
{
    struct jute_in in = jute_in_of("\0\0\0\2abcdefgh", 12);
    struct jute_in same = in;

    ck_assert_uint_eq(jute_get_count(&in, 4), 2);
    ck_assert(!in.failed);
    ck_assert_uint_eq(jute_get_count(&same, 5), 0);
    ck_assert(same.failed);
}
END_TEST

START_TEST(a_null_vector_has_no_items)
{
    struct jute_in in = jute_in_of("\xff\xff\xff\xff", 4);

    ck_assert_uint_eq(jute_get_count(&in, 4), 0);
    ck_assert(!in.failed);
}
END_TEST

START_TEST(counts_that_lie_fail)
{
    const char *const frames[] = {"\0\0\0\2\1", "\x7f\xff\xff\xff\1", "\xff\xff\xff\xfe\1",
                                  "\x80\0\0\0\1"};

    for (size_t i = 0; i < COUNT_OF(frames); i++) {
        struct jute_in in = jute_in_of(frames[i], 5);
        ck_assert_uint_eq(jute_get_count(&in, 1), 0);
        ck_assert(in.failed);
    }
}
END_TEST

START_TEST(a_frame_knows_its_length)
{
    AUTO(text_done) struct text out = {0};

    size_t empty = jute_begin_frame(&out);
    jute_end_frame(&out, empty);
    size_t full = jute_begin_frame(&out);
    jute_put_text(&out, "abc");
    jute_end_frame(&out, full);
    ck_assert_uint_eq(empty, 0);
    ck_assert_uint_eq(full, 4);
    expect_bytes(&out, "\0\0\0\0\0\0\0\7\0\0\0\3abc", 15);
}
END_TEST

/* A record of random fields, and what they are. */
struct sample {
    int count;
    enum {
        INT,
        LONG,
        BOOL,
        BYTES,
        NULL_BYTES,
        KINDS
    } kinds[FIELDS_MAX];
    int64_t values[FIELDS_MAX]; /* of bytes: their length; they are all 'x' */
};

static void put_sample(struct text *out, const struct sample *sample)
{
    char bytes[40];

    memset(bytes, 'x', sizeof bytes);
    for (int i = 0; i < sample->count; i++) {
        int64_t value = sample->values[i];
        switch (sample->kinds[i]) {
        case INT:
            jute_put_int(out, (int32_t)value);
            break;
        case LONG:
            jute_put_long(out, value);
            break;
        case BOOL:
            jute_put_bool(out, value != 0);
            break;
        case BYTES:
            jute_put_bytes(out, (struct jute_bytes){bytes, (size_t)value});
            break;
        case NULL_BYTES:
        case KINDS:
            jute_put_bytes(out, (struct jute_bytes){NULL, 0});
            break;
        }
    }
}

static bool get_bytes_of(struct jute_in *in, int64_t size)
{
    struct jute_bytes bytes = jute_get_bytes(in);

    return bytes.data != NULL && bytes.size == (size_t)size &&
           (size == 0 || (bytes.data[0] == 'x' && bytes.data[size - 1] == 'x'));
}

/* Whether the fields are what was put. */
static bool get_sample(struct jute_in *in, const struct sample *sample)
{
    bool good = true;

    for (int i = 0; i < sample->count; i++) {
        int64_t value = sample->values[i];
        switch (sample->kinds[i]) {
        case INT:
            good &= jute_get_int(in) == (int32_t)value;
            break;
        case LONG:
            good &= jute_get_long(in) == value;
            break;
        case BOOL:
            good &= jute_get_bool(in) == (value != 0);
            break;
        case BYTES:
            good &= get_bytes_of(in, value);
            break;
        case NULL_BYTES:
        case KINDS:
            good &= jute_get_bytes(in).data == NULL;
            break;
        }
    }
    return good;
}

static struct sample random_sample(struct rng *rng)
{
    struct sample sample = {.count = 1 + (int)rng_below(rng, FIELDS_MAX)};

    for (int i = 0; i < sample.count; i++) {
        sample.kinds[i] = rng_below(rng, KINDS);
        sample.values[i] =
            sample.kinds[i] == BYTES ? (int64_t)rng_below(rng, 40) : (int64_t)rng_next(rng);
        if (sample.kinds[i] == BOOL)
            sample.values[i] &= 1;
    }
    return sample;
}

START_TEST(any_record_is_read_as_written_and_no_part_of_it_is)
{
    struct rng rng;

    rng_init(&rng, 20);
    for (int round = 0; round < PROPERTY_ROUNDS; round++) {
        AUTO(text_done) struct text out = {0};
        struct sample sample = random_sample(&rng);
        put_sample(&out, &sample);

        struct jute_in whole = in_of(&out);
        ck_assert_msg(get_sample(&whole, &sample) && !whole.failed, "round %d", round);
        ck_assert_ptr_eq(whole.at, whole.end);
        for (size_t size = 0; size < text_size(&out); size++) {
            /* A copy of its own, so that a read too far is seen by a sanitizer. */
            char *part = mem_alloc(size);
            memcpy(part, text_data(&out), size);
            struct jute_in in = jute_in_of(part, size);
            (void)get_sample(&in, &sample);
            ck_assert_msg(in.failed, "round %d, %zu bytes", round, size);
            mem_free_text(&part);
        }
    }
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        numbers_are_big_endian,
        texts_have_a_length_and_no_nul,
        what_is_stored_in_an_array_is_what_is_put,
        what_was_put_is_got,
        bytes_borrow_from_the_frame,
        any_byte_but_zero_is_true,
        a_cursor_that_failed_yields_zeros_and_nulls,
        an_empty_frame_can_be_read,
        lengths_of_bytes_that_lie_fail,
        a_count_is_what_the_rest_can_hold_at_most,
        a_null_vector_has_no_items,
        counts_that_lie_fail,
        a_frame_knows_its_length,
        any_record_is_read_as_written_and_no_part_of_it_is,
    };

    return suite_run("jute", tests, COUNT_OF(tests));
}
