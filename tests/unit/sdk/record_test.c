/* SPDX-License-Identifier: Apache-2.0 */
#include "sdk/src/record.h"

#include <gale/gale.h>
#include <gale/tuple.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/rng.h"
#include "tests/support/suite.h"

struct plain {
    bool b;
    int64_t i64;
    uint64_t u64;
    double f64;
    struct gale_str str;
    struct gale_bytes bytes;
};

struct maybe {
    struct gale_maybe_bool b;
    struct gale_maybe_i64 i64;
    struct gale_maybe_u64 u64;
    struct gale_maybe_f64 f64;
    struct gale_maybe_str str;
    struct gale_maybe_bytes bytes;
};

GALE_STREAM(plains, struct plain, GALE_FIELD(struct plain, b), GALE_FIELD(struct plain, i64),
            GALE_FIELD(struct plain, u64), GALE_FIELD(struct plain, f64),
            GALE_FIELD(struct plain, str), GALE_FIELD(struct plain, bytes));
GALE_STREAM(maybes, struct maybe, GALE_FIELD(struct maybe, b), GALE_FIELD(struct maybe, i64),
            GALE_FIELD(struct maybe, u64), GALE_FIELD(struct maybe, f64),
            GALE_FIELD(struct maybe, str), GALE_FIELD(struct maybe, bytes));

/* Without a struct: only by position. */
static const struct gale_stream loose = {.name = "loose",
                                         .fields = {{"key", GALE_KIND_STR, 0},
                                                    {"flag", GALE_KIND_MAYBE_BOOL, 0},
                                                    {"total", GALE_KIND_U64, 0}}};

enum {
    PLAIN_B,
    PLAIN_I64,
    PLAIN_U64,
    PLAIN_F64,
    PLAIN_STR,
    PLAIN_BYTES
};

static const struct plain some_plain = {
    .b = true,
    .i64 = INT64_MIN,
    .u64 = UINT64_MAX,
    .f64 = -0.5,
    .str = {"hello", 5},
    .bytes = {(const uint8_t *)"\0\xff", 2},
};

static const struct maybe some_maybe = {
    .b = {true, true},
    .i64 = {true, -7},
    .u64 = {true, 7},
    .f64 = {true, 1e300},
    .str = {true, {"text", 4}},
    .bytes = {true, {(const uint8_t *)"b", 1}},
};

static struct record_schema schema_of(const struct gale_stream *stream)
{
    struct record_schema schema;

    record_schema_init(&schema, stream);
    return schema;
}

/* The record as a tuple with so many roots, in a block of exactly its size; it passes the check
 * that is for strangers. */
static struct tuple_head *encode(const struct record_schema *schema, const void *record,
                                 uint16_t roots)
{
    uint32_t size = (uint32_t)(record_size(schema, record) + 16u * roots);
    struct tuple_head *tuple = mem_alloc(size);

    memset(tuple, 0xEE, size);
    *tuple = (struct tuple_head){.size = size, .roots = roots};
    for (uint32_t i = 0; i < roots; i++)
        ((struct tuple_root *)(void *)(tuple + 1))[i] = (struct tuple_root){1, 2};
    record_encode(schema, record, tuple);
    ck_assert(tuple_check(tuple, size, &schema->tuple, 1, 1));
    return tuple;
}

static void expect_str(struct gale_str got, struct gale_str wanted)
{
    ck_assert_uint_eq(got.length, wanted.length);
    ck_assert(got.length == 0 || memcmp(got.data, wanted.data, got.length) == 0);
}

static struct gale_str str_of(struct gale_bytes bytes)
{
    return (struct gale_str){(const char *)bytes.data, bytes.length};
}

static void expect_plain(const struct plain *got, const struct plain *wanted)
{
    ck_assert(got->b == wanted->b);
    ck_assert_int_eq(got->i64, wanted->i64);
    ck_assert_uint_eq(got->u64, wanted->u64);
    ck_assert(memcmp(&got->f64, &wanted->f64, sizeof got->f64) == 0);
    expect_str(got->str, wanted->str);
    expect_str(str_of(got->bytes), str_of(wanted->bytes));
}

START_TEST(a_schema_knows_kinds_and_tails)
{
    struct record_schema plain = schema_of(&plains.stream);
    struct record_schema maybe = schema_of(&maybes.stream);

    ck_assert_uint_eq(plain.tuple.field_count, 6);
    ck_assert(!plain.tuple.has_nulls);
    ck_assert_uint_eq(plain.tail_count, 2);
    ck_assert_uint_eq(plain.size, sizeof(struct plain));
    ck_assert(maybe.tuple.has_nulls);
    ck_assert_uint_eq(maybe.tail_count, 2);
}
END_TEST

START_TEST(every_kind_survives_the_way)
{
    struct record_schema schema = schema_of(&plains.stream);

    for (uint16_t roots = 0; roots < 4; roots++) {
        struct tuple_head *tuple = encode(&schema, &some_plain, roots);
        struct plain got;
        memset(&got, 0x55, sizeof got);
        record_decode(&schema, tuple, &got);
        expect_plain(&got, &some_plain);
        free(tuple);
    }
}
END_TEST

START_TEST(nothing_and_empty_survive_the_way)
{
    struct record_schema schema = schema_of(&plains.stream);
    const struct plain empty = {.str = {NULL, 0}, .f64 = -0.0};
    struct tuple_head *tuple = encode(&schema, &empty, 1);
    struct plain got;

    record_decode(&schema, tuple, &got);
    expect_plain(&got, &empty);
    ck_assert_ptr_nonnull(got.str.data); /* so that it may be printed, with its length */
    free(tuple);
}
END_TEST

START_TEST(nulls_survive_the_way_in_any_combination)
{
    struct record_schema schema = schema_of(&maybes.stream);

    for (uint32_t nulls = 0; nulls < 64; nulls++) {
        struct maybe record = some_maybe;
        record.b.has = (nulls & 1) == 0;
        record.i64.has = (nulls & 2) == 0;
        record.u64.has = (nulls & 4) == 0;
        record.f64.has = (nulls & 8) == 0;
        record.str.has = (nulls & 16) == 0;
        record.bytes.has = (nulls & 32) == 0;
        struct tuple_head *tuple = encode(&schema, &record, 0);
        ck_assert_uint_eq(tuple_nulls(tuple, &schema.tuple), nulls);
        struct maybe got;
        memset(&got, 0x01, sizeof got);
        record_decode(&schema, tuple, &got);
        ck_assert(got.b.has == record.b.has && (!got.b.has || got.b.value));
        ck_assert(got.i64.has == record.i64.has && got.i64.value == (got.i64.has ? -7 : 0));
        ck_assert(got.u64.has == record.u64.has && got.u64.value == (got.u64.has ? 7 : 0));
        ck_assert(got.f64.has == record.f64.has && (!got.f64.has || got.f64.value == 1e300));
        ck_assert(got.str.has == record.str.has && got.bytes.has == record.bytes.has);
        expect_str(got.str.value, got.str.has ? record.str.value : (struct gale_str){"", 0});
        expect_str(str_of(got.bytes.value),
                   got.bytes.has ? str_of(record.bytes.value) : (struct gale_str){"", 0});
        free(tuple);
    }
}
END_TEST

START_TEST(sizes_are_head_fields_and_padded_tail)
{
    struct record_schema plain = schema_of(&plains.stream);
    struct record_schema maybe = schema_of(&maybes.stream);
    struct plain record = {.str = {"", 0}};
    struct maybe nothing = {.b = {false, false}};

    ck_assert_uint_eq(record_size(&plain, &record), 16 + 48);
    record.str = (struct gale_str){"12345678", 1};
    ck_assert_uint_eq(record_size(&plain, &record), 16 + 48 + 8);
    record.str.length = 8;
    ck_assert_uint_eq(record_size(&plain, &record), 16 + 48 + 8);
    record.bytes = (struct gale_bytes){(const uint8_t *)"x", 1};
    ck_assert_uint_eq(record_size(&plain, &record), 16 + 48 + 16);
    ck_assert_uint_eq(record_size(&maybe, &nothing), 16 + 8 + 48);
    nothing.str.value.length = 1000; /* of a null: does not count */
    ck_assert_uint_eq(record_size(&maybe, &nothing), 16 + 8 + 48);
}
END_TEST

START_TEST(an_absurd_length_is_above_every_limit)
{
    struct record_schema schema = schema_of(&plains.stream);
    struct plain record = some_plain;
    static const size_t lengths[] = {(size_t)UINT32_MAX + 1, SIZE_MAX, SIZE_MAX / 2, SIZE_MAX - 7};

    for (size_t i = 0; i < COUNT_OF(lengths); i++) {
        record.str.length = lengths[i];
        record.bytes.length = SIZE_MAX;
        ck_assert_uint_gt(record_size(&schema, &record), UINT64_C(1) << 32);
        ck_assert_uint_lt(record_size(&schema, &record) + 16 * 1024, UINT64_MAX);
    }
    record.str.length = UINT32_MAX; /* more than any limit, but no lie */
    record.bytes.length = UINT32_MAX;
    ck_assert_uint_ge(record_size(&schema, &record), 2 * (uint64_t)UINT32_MAX);
}
END_TEST

START_TEST(the_padding_is_zero)
{
    struct record_schema schema = schema_of(&plains.stream);
    struct plain record = some_plain;

    record.bytes.length = 0;
    for (record.str.length = 0; record.str.length <= 5; record.str.length++) {
        struct tuple_head *tuple = encode(&schema, &record, 0);
        const uint8_t *bytes = (const uint8_t *)tuple;
        for (size_t at = 64 + record.str.length; at < tuple->size; at++)
            ck_assert_uint_eq(bytes[at], 0);
        free(tuple);
    }
}
END_TEST

START_TEST(fields_are_values_by_position)
{
    struct record_schema plain = schema_of(&plains.stream);
    struct tuple_head *tuple = encode(&plain, &some_plain, 2);

    ck_assert(record_value(&plain, tuple, PLAIN_B).as.b);
    ck_assert_int_eq(record_value(&plain, tuple, PLAIN_I64).as.i64, INT64_MIN);
    ck_assert_uint_eq(record_value(&plain, tuple, PLAIN_U64).as.u64, UINT64_MAX);
    ck_assert(record_value(&plain, tuple, PLAIN_F64).as.f64 == -0.5);
    expect_str(record_value(&plain, tuple, PLAIN_STR).as.str, some_plain.str);
    expect_str(str_of(record_value(&plain, tuple, PLAIN_BYTES).as.bytes), str_of(some_plain.bytes));
    for (uint32_t i = 0; i < 6; i++)
        ck_assert_int_eq(record_value(&plain, tuple, i).kind, GALE_KIND_BOOL + (int)i);
    ck_assert_int_eq(record_value(&plain, tuple, 6).kind, GALE_KIND_NONE);
    ck_assert_int_eq(record_value(&plain, tuple, UINT32_MAX).kind, GALE_KIND_NONE);
    free(tuple);

    struct record_schema maybe = schema_of(&maybes.stream);
    const struct maybe nothing = {.b = {false, false}};
    struct tuple_head *nulls = encode(&maybe, &nothing, 0);
    struct tuple_head *values = encode(&maybe, &some_maybe, 0);
    for (uint32_t i = 0; i < 6; i++) {
        ck_assert_int_eq(record_value(&maybe, nulls, i).kind, GALE_KIND_NONE);
        ck_assert_int_eq(record_value(&maybe, values, i).kind, GALE_KIND_BOOL + (int)i);
    }
    free(nulls);
    free(values);
}
END_TEST

START_TEST(a_record_is_made_of_values)
{
    struct record_schema schema = schema_of(&plains.stream);
    const struct gale_value values[] = {
        gale_value_bool(true), gale_value_i64(INT64_MIN),      gale_value_u64(UINT64_MAX),
        gale_value_f64(-0.5),  gale_value_str(some_plain.str), gale_value_bytes(some_plain.bytes),
    };
    struct plain record;

    ck_assert_ptr_null(record_from_values(&schema, values, 6, &record));
    expect_plain(&record, &some_plain);
}
END_TEST

START_TEST(a_stream_without_a_struct_goes_by_position)
{
    struct record_schema schema = schema_of(&loose);
    void *record = mem_alloc(schema.size);
    struct gale_value values[] = {gale_value_str((struct gale_str){"key", 3}), gale_null(),
                                  gale_value_u64(9)};

    for (int round = 0; round < 2; round++) {
        ck_assert_ptr_null(record_from_values(&schema, values, 3, record));
        struct tuple_head *tuple = encode(&schema, record, 1);
        expect_str(record_value(&schema, tuple, 0).as.str, values[0].as.str);
        ck_assert_int_eq(record_value(&schema, tuple, 1).kind, values[1].kind);
        ck_assert(round == 0 || record_value(&schema, tuple, 1).as.b);
        ck_assert_uint_eq(record_value(&schema, tuple, 2).as.u64, 9);
        free(tuple);
        values[1] = gale_value_bool(true);
    }
    free(record);
}
END_TEST

START_TEST(wrong_values_are_refused)
{
    struct record_schema schema = schema_of(&loose);
    const struct gale_value key = gale_value_str((struct gale_str){"key", 3});
    const struct gale_value values[][3] = {
        {key, gale_null(), gale_null()}, /* null where none may be */
        {gale_null(), gale_null(), gale_value_u64(1)},
        {key, gale_null(), gale_value_i64(1)}, /* another kind */
        {key, gale_value_u64(1), gale_value_u64(1)},
        {gale_value_bytes((struct gale_bytes){NULL, 0}), gale_null(), gale_value_u64(1)},
        {{.kind = GALE_KIND_MAYBE_STR}, gale_null(), gale_value_u64(1)},
        {{.kind = (enum gale_kind)99}, gale_null(), gale_value_u64(1)},
    };
    void *record = mem_alloc(schema.size);

    for (size_t i = 0; i < COUNT_OF(values); i++)
        ck_assert_msg(record_from_values(&schema, values[i], 3, record) != NULL, "row %zu", i);
    ck_assert_ptr_nonnull(record_from_values(&schema, values[0], 2, record));
    ck_assert_ptr_nonnull(record_from_values(&schema, values[0], 0, record));
    ck_assert_ptr_nonnull(record_from_values(&schema, values[0], 4, record));
    free(record);
}
END_TEST

START_TEST(random_records_survive_the_way)
{
    struct record_schema schema = schema_of(&plains.stream);
    static char noise[300];
    struct rng rng;

    rng_init(&rng, 8);
    for (size_t i = 0; i < sizeof noise; i++)
        noise[i] = (char)rng_next(&rng);
    for (uint32_t round = 0; round < 5000; round++) {
        struct plain record = {.b = rng_below(&rng, 2) == 1,
                               .i64 = (int64_t)rng_next(&rng),
                               .u64 = rng_next(&rng),
                               .f64 = (double)rng_next(&rng) / 3,
                               .str = {noise, rng_below(&rng, 100)},
                               .bytes = {(const uint8_t *)noise + 100, rng_below(&rng, 200)}};
        struct tuple_head *tuple = encode(&schema, &record, (uint16_t)rng_below(&rng, 3));
        struct plain got;
        record_decode(&schema, tuple, &got);
        expect_plain(&got, &record);
        free(tuple);
    }
}
END_TEST

/* ---- the hash decides where a key lives: it can never change ----
 *
 * The numbers are those of the definition in record.h, worked out with xxHash alone. */

static uint64_t hash_plain(struct plain record, uint32_t key)
{
    struct record_schema schema = schema_of(&plains.stream);

    return record_hash(&schema, &record, &key, 1);
}

START_TEST(the_hash_of_each_kind_is_fixed)
{
    static const uint8_t bytes[] = {0, 1, 255};
    static const struct {
        struct plain record;
        uint32_t key;
        uint64_t hash;
    } rows[] = {
        {{.b = false}, PLAIN_B, UINT64_C(0xC77B3ABB6F87ACD9)},
        {{.b = true}, PLAIN_B, UINT64_C(0x2FBC593564DB792E)},
        {{.i64 = 0}, PLAIN_I64, UINT64_C(0xC77B3ABB6F87ACD9)},
        {{.i64 = -1}, PLAIN_I64, UINT64_C(0x5111C7E47D784413)},
        {{.i64 = INT64_MIN}, PLAIN_I64, UINT64_C(0x828F2476789A0E5F)},
        {{.u64 = 42}, PLAIN_U64, UINT64_C(0xD5A6F8C838DF27C8)},
        {{.u64 = UINT64_MAX}, PLAIN_U64, UINT64_C(0x5111C7E47D784413)},
        {{.f64 = 0.0}, PLAIN_F64, UINT64_C(0xC77B3ABB6F87ACD9)},
        {{.f64 = 1.5}, PLAIN_F64, UINT64_C(0x2561A4889FF63458)},
        {{.f64 = -1e300}, PLAIN_F64, UINT64_C(0xD78D44D33F7C65FF)},
        {{.f64 = INFINITY}, PLAIN_F64, UINT64_C(0x359AFB8A3A239B72)},
        {{.f64 = NAN}, PLAIN_F64, UINT64_C(0x0AA61DCFA381C167)},
        {{.str = {"", 0}}, PLAIN_STR, UINT64_C(0x2D06800538D394C2)},
        {{.str = {NULL, 0}}, PLAIN_STR, UINT64_C(0x2D06800538D394C2)},
        {{.str = {"cow", 3}}, PLAIN_STR, UINT64_C(0x889C99BFA227A925)},
        {{.str = {"a text of more than sixteen bytes", 33}},
         PLAIN_STR,
         UINT64_C(0x9B35623127F32CF6)},
        {{.bytes = {bytes, 3}}, PLAIN_BYTES, UINT64_C(0x8AF97D207880C972)},
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        uint64_t hash = hash_plain(rows[i].record, rows[i].key);
        ck_assert_msg(hash == rows[i].hash, "row %zu: UINT64_C(0x%016" PRIX64 ")", i, hash);
    }
}
END_TEST

START_TEST(equal_numbers_have_equal_hashes)
{
    uint64_t bits[] = {UINT64_C(0x7FF8000000000001), UINT64_C(0xFFF8000000000000),
                       UINT64_C(0x7FF0000000000001), UINT64_C(0xFFFFFFFFFFFFFFFF)};
    uint64_t nan_hash = hash_plain((struct plain){.f64 = NAN}, PLAIN_F64);

    ck_assert_uint_eq(hash_plain((struct plain){.f64 = -0.0}, PLAIN_F64),
                      hash_plain((struct plain){.f64 = 0.0}, PLAIN_F64));
    for (size_t i = 0; i < COUNT_OF(bits); i++) {
        struct plain record = {.b = false};
        memcpy(&record.f64, &bits[i], sizeof bits[i]);
        ck_assert_uint_eq(hash_plain(record, PLAIN_F64), nan_hash);
    }
    ck_assert_uint_eq(
        hash_plain((struct plain){.str = {"abc", 3}}, PLAIN_STR),
        hash_plain((struct plain){.bytes = {(const uint8_t *)"abc", 3}}, PLAIN_BYTES));
}
END_TEST

START_TEST(the_hash_of_a_nullable_value_is_that_of_the_value)
{
    struct record_schema schema = schema_of(&maybes.stream);
    const struct plain same = {.b = true,
                               .i64 = -7,
                               .u64 = 7,
                               .f64 = 1e300,
                               .str = {"text", 4},
                               .bytes = {(const uint8_t *)"b", 1}};

    for (uint32_t key = 0; key < 6; key++)
        ck_assert_uint_eq(record_hash(&schema, &some_maybe, &key, 1), hash_plain(same, key));
}
END_TEST

START_TEST(the_hash_of_nulls_and_of_several_keys_is_fixed)
{
    struct record_schema plain = schema_of(&plains.stream);
    struct record_schema maybe = schema_of(&maybes.stream);
    const struct maybe nothing = {.b = {false, true}};
    static const uint32_t keys[] = {PLAIN_STR, PLAIN_U64, PLAIN_F64};
    static const uint32_t turned[] = {PLAIN_U64, PLAIN_STR};

    ck_assert_uint_eq(record_hash(&plain, &some_plain, keys, 0), 0);
    for (uint32_t key = 0; key < 6; key++)
        ck_assert_uint_eq(record_hash(&maybe, &nothing, &key, 1), UINT64_C(0x602B0E2CD6662C8B));
    ck_assert_uint_eq(record_hash(&maybe, &nothing, keys, 2), UINT64_C(0xC01B23CD49CFD0B0));
    ck_assert_uint_eq(record_hash(&plain, &some_plain, keys, 2), UINT64_C(0xA771440F9C9AE509));
    ck_assert_uint_eq(record_hash(&plain, &some_plain, keys, 3), UINT64_C(0xF03CC9E3B2F2E2AF));
    ck_assert_uint_eq(record_hash(&plain, &some_plain, turned, 2), UINT64_C(0xE945450D7C563247));
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        a_schema_knows_kinds_and_tails,
        every_kind_survives_the_way,
        nothing_and_empty_survive_the_way,
        nulls_survive_the_way_in_any_combination,
        sizes_are_head_fields_and_padded_tail,
        an_absurd_length_is_above_every_limit,
        the_padding_is_zero,
        fields_are_values_by_position,
        a_record_is_made_of_values,
        a_stream_without_a_struct_goes_by_position,
        wrong_values_are_refused,
        random_records_survive_the_way,
        the_hash_of_each_kind_is_fixed,
        equal_numbers_have_equal_hashes,
        the_hash_of_a_nullable_value_is_that_of_the_value,
        the_hash_of_nulls_and_of_several_keys_is_fixed,
    };
    return suite_run("record", tests, sizeof tests / sizeof *tests);
}
