/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/tuple.h"

#include <string.h>

#include "base/mem.h"
#include "tests/support/suite.h"

#define TASKS 10

/* Stream 0: one field of each kind. Stream 1: two nullable ones. Stream 2: none. */
static const struct tuple_schema schemas[] = {
    {.field_count = 6, .kinds = {KIND_BOOL, KIND_I64, KIND_U64, KIND_F64, KIND_STR, KIND_BYTES}},
    {.field_count = 2,
     .has_nulls = true,
     .kinds = {KIND_BOOL | KIND_NULLABLE, KIND_STR | KIND_NULLABLE}},
    {.field_count = 0},
};

/* A record as 8-byte words, to be broken one word at a time. */
struct record {
    uint64_t words[16];
    size_t size;
};

static const struct tuple_head *head_of(const struct record *record)
{
    return (const struct tuple_head *)(const void *)record->words;
}

static bool accepted(const struct record *record)
{
    return tuple_check(head_of(record), record->size, schemas, COUNT_OF(schemas), TASKS);
}

static uint64_t slot(uint32_t offset, uint32_t length)
{
    return offset | (uint64_t)length << 32;
}

static struct record start(uint16_t stream, uint16_t roots, uint32_t size)
{
    struct record record = {.size = size};
    struct tuple_head head = {
        .size = size, .target = 1, .source = 2, .stream = stream, .roots = roots};

    memcpy(record.words, &head, sizeof head);
    return record;
}

/* One root; "hello" and three bytes behind the fields. */
static struct record full(void)
{
    struct record record = start(0, 1, 16 + 16 + 48 + 8);

    record.words[2] = 77; /* root */
    record.words[3] = 88; /* edge */
    record.words[4] = 1;
    record.words[5] = (uint64_t)-5;
    record.words[6] = 5;
    record.words[7] = 0x3FF0000000000000;
    record.words[8] = slot(80, 5);
    record.words[9] = slot(85, 3);
    memcpy(&record.words[10], "helloabc", 8);
    return record;
}

static struct record nullable(uint64_t nulls)
{
    struct record record = start(1, 0, 16 + 8 + 16 + 8);

    record.words[2] = nulls;
    record.words[3] = 1;
    record.words[4] = slot(40, 2);
    memcpy(&record.words[5], "hi", 2);
    return record;
}

START_TEST(fields_are_found_behind_head_roots_and_nulls)
{
    struct record record = full();

    ck_assert_uint_eq(tuple_fields_offset(&schemas[0], 0), 16);
    ck_assert_uint_eq(tuple_fields_offset(&schemas[0], 3), 64);
    ck_assert_uint_eq(tuple_fields_offset(&schemas[1], 3), 72);
    ck_assert_ptr_eq(tuple_fields(head_of(&record), &schemas[0]), &record.words[4]);
    ck_assert_uint_eq(tuple_roots(head_of(&record))[0].root, 77);
    ck_assert_uint_eq(tuple_roots(head_of(&record))[0].edge, 88);
    ck_assert_uint_eq(tuple_nulls(head_of(&record), &schemas[0]), 0);
}
END_TEST

START_TEST(the_null_bits_stand_right_before_the_fields)
{
    struct record record = nullable(2);

    ck_assert_ptr_eq(tuple_fields(head_of(&record), &schemas[1]), &record.words[3]);
    ck_assert_uint_eq(tuple_nulls(head_of(&record), &schemas[1]), 2);
}
END_TEST

START_TEST(sizes_are_padded_to_eight)
{
    ck_assert_uint_eq(tuple_padded(0), 0);
    ck_assert_uint_eq(tuple_padded(1), 8);
    ck_assert_uint_eq(tuple_padded(8), 8);
    ck_assert_uint_eq(tuple_padded(9), 16);
}
END_TEST

START_TEST(a_true_record_is_accepted)
{
    struct record whole = full();
    struct record without = start(2, 0, 16);

    ck_assert(accepted(&whole));
    ck_assert(accepted(&without));
    for (uint64_t nulls = 0; nulls < 4; nulls++) {
        struct record record = nullable(nulls);
        ck_assert(accepted(&record));
    }
}
END_TEST

START_TEST(a_record_that_is_cut_short_is_refused)
{
    struct record record = full();

    for (record.size = 0; record.size < 88; record.size++)
        ck_assert_msg(!accepted(&record), "%zu bytes", record.size);
    record.size = 96; /* what follows is the next record's business */
    ck_assert(accepted(&record));
}
END_TEST

START_TEST(a_head_that_lies_is_refused)
{
    const struct tuple_head good = {.size = 88, .target = 1, .source = 2, .stream = 0, .roots = 1};
    struct tuple_head bad[] = {good, good, good, good, good, good, good, good};

    bad[0].size = 80; /* the tail would stick out */
    bad[1].size = 87; /* not a multiple of 8 */
    bad[2].size = 8;  /* less than a head */
    bad[3].target = TASKS;
    bad[4].source = TASKS;
    bad[5].stream = COUNT_OF(schemas);
    bad[6].roots = TUPLE_ROOTS_MAX + 1;
    bad[7].size = 0; /* a walk would never end */
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        struct record record = full();
        memcpy(record.words, &bad[i], sizeof bad[i]);
        ck_assert_msg(!accepted(&record), "head %zu", i);
    }
}
END_TEST

START_TEST(a_value_that_lies_is_refused)
{
    static const struct {
        size_t word;
        uint64_t value;
        bool is_fine;
    } rows[] = {
        {2, 0, false}, /* no root has the number 0 */
        {4, 2, false}, /* a bool of 2 */
        {4, 0, true},
        {8, 0, false},                      /* text in the head */
        {8, (uint64_t)79, false},           /* text that begins among the fields, though empty */
        {8, (uint64_t)5 << 32 | 84, false}, /* one byte beyond the end */
        {8, (uint64_t)5 << 32 | 83, true},  /* parts may overlap: nobody is hurt */
        {8, (uint64_t)88, true},            /* nothing, at the very end */
        {8, (uint64_t)89, false},
        {8, (uint64_t)0xFFFFFFFF << 32 | 80, false}, /* offset + length wraps */
        {8, (uint64_t)0xFFFFFFB0 << 32 | 80, false},
        {9, (uint64_t)1 << 32 | 0xFFFFFFFF, false},
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct record record = full();
        record.words[rows[i].word] = rows[i].value;
        ck_assert_msg(accepted(&record) == rows[i].is_fine, "row %zu", i);
    }
}
END_TEST

START_TEST(nulls_are_only_where_they_may_be)
{
    struct record record = nullable(4); /* of a third field, which is not there */
    struct record mixed = start(0, 0, 16 + 8 + 8);
    const struct tuple_schema one_nullable = {
        .field_count = 2, .has_nulls = true, .kinds = {KIND_U64, KIND_U64 | KIND_NULLABLE}};

    ck_assert(!accepted(&record));
    record = nullable(UINT64_C(1) << 63);
    ck_assert(!accepted(&record));

    mixed = start(0, 0, 16 + 8 + 16);
    mixed.words[2] = 2;
    ck_assert(tuple_check(head_of(&mixed), mixed.size, &one_nullable, 1, TASKS));
    mixed.words[2] = 1; /* the first must not be null */
    ck_assert(!tuple_check(head_of(&mixed), mixed.size, &one_nullable, 1, TASKS));
}
END_TEST

START_TEST(the_place_of_a_null_may_hold_anything)
{
    struct record record = nullable(3);

    record.words[3] = 99;
    record.words[4] = slot(4000, 4000);
    ck_assert(accepted(&record));
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        fields_are_found_behind_head_roots_and_nulls,
        the_null_bits_stand_right_before_the_fields,
        sizes_are_padded_to_eight,
        a_true_record_is_accepted,
        a_record_that_is_cut_short_is_refused,
        a_head_that_lies_is_refused,
        a_value_that_lies_is_refused,
        nulls_are_only_where_they_may_be,
        the_place_of_a_null_may_hold_anything,
    };
    return suite_run("tuple", tests, sizeof tests / sizeof *tests);
}
