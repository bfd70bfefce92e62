/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/block.h"

#include <string.h>

#include "base/mem.h"
#include "tests/support/suite.h"

#define TASKS 4

static const struct tuple_schema schema = {.field_count = 1, .kinds = {KIND_U64}};

static bool accepted(const struct block *block)
{
    return block_check(&block->head, sizeof block->head + block->head.used, &schema, 1, TASKS);
}

static void add_tuple(struct block *block, uint64_t value)
{
    struct tuple_head *tuple = block_append(block, 24);

    ck_assert_ptr_nonnull(tuple);
    *tuple = (struct tuple_head){.size = 24, .target = 1, .source = 0};
    memcpy(tuple + 1, &value, sizeof value);
}

static void add_ack(struct block *block, uint64_t root)
{
    struct block_ack *ack = block_append(block, sizeof *ack);

    ck_assert_ptr_nonnull(ack);
    *ack = (struct block_ack){.root = root, .value = 5};
}

static void add_fail(struct block *block, const char *text)
{
    uint32_t length = (uint32_t)strlen(text);
    struct block_fail *fail = block_append(block, block_fail_size(length));

    ck_assert_ptr_nonnull(fail);
    *fail = (struct block_fail){.root = 9, .task = 3, .kind = 1, .length = (uint16_t)length};
    memcpy(fail + 1, text, length);
}

static struct block *new_block(enum block_kind kind)
{
    struct block *block = block_new(4096);

    block_reset(block, kind, kind == BLOCK_DATA ? 2 : 0);
    return block;
}

START_TEST(records_are_appended_until_the_block_is_full)
{
    AUTO(block_destroy) struct block *block = block_new(64);

    block_reset(block, BLOCK_DATA, 7);
    ck_assert_uint_eq(block->head.component, 7);
    ck_assert_ptr_eq(block_append(block, 40), block->bytes);
    ck_assert_ptr_null(block_append(block, 32));
    ck_assert_ptr_eq(block_append(block, 24), block->bytes + 40);
    ck_assert_ptr_null(block_append(block, 8));
    ck_assert_uint_eq(block->head.used, 64);
    ck_assert_uint_eq(block->head.count, 2);

    block_reset(block, BLOCK_ACKS, 0);
    ck_assert_uint_eq(block->head.used, 0);
    ck_assert_uint_eq(block->head.count, 0);
    ck_assert_uint_eq(block->head.kind, BLOCK_ACKS);
    ck_assert_ptr_nonnull(block_append(block, 64));
}
END_TEST

START_TEST(records_in_a_block_are_aligned)
{
    static const uint32_t capacities[] = {8, 4096, 32768, 1000008};

    for (size_t i = 0; i < COUNT_OF(capacities); i++) {
        AUTO(block_destroy) struct block *block = block_new(capacities[i]);
        ck_assert_uint_eq((uintptr_t)block->bytes % 8, 0);
        ck_assert_uint_eq(block->capacity, capacities[i]);
        memset(block->bytes, 1, capacities[i]);
    }
}
END_TEST

START_TEST(whole_blocks_of_each_kind_are_accepted)
{
    AUTO(block_destroy) struct block *data = new_block(BLOCK_DATA);
    AUTO(block_destroy) struct block *acks = new_block(BLOCK_ACKS);
    AUTO(block_destroy) struct block *fails = new_block(BLOCK_FAILS);

    ck_assert(accepted(data)); /* empty ones, too */
    ck_assert(accepted(acks));
    ck_assert(accepted(fails));
    add_tuple(data, 1);
    add_tuple(data, 2);
    add_ack(acks, 1);
    add_ack(acks, (UINT64_C(1) << 48) - 1);
    add_fail(fails, "");
    add_fail(fails, "because");
    add_fail(fails, "of this and that");
    ck_assert(accepted(data));
    ck_assert(accepted(acks));
    ck_assert(accepted(fails));
}
END_TEST

START_TEST(a_head_that_lies_is_refused)
{
    AUTO(block_destroy) struct block *block = new_block(BLOCK_DATA);

    add_tuple(block, 1);
    add_tuple(block, 2);
    const struct block_head good = block->head;
    struct block_head bad[] = {good, good, good, good, good, good, good, good};
    bad[0].count = 1;
    bad[1].count = 3;
    bad[2].kind = 0;
    bad[3].kind = 4;
    bad[4].version = BLOCK_VERSION + 1;
    bad[5].zero = 1;
    bad[6].used = 40;
    bad[7].kind = BLOCK_ACKS;
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        block->head = bad[i];
        ck_assert_msg(!block_check(&block->head, sizeof good + good.used, &schema, 1, TASKS),
                      "head %zu", i);
    }
    block->head = good;
    ck_assert(accepted(block));
}
END_TEST

START_TEST(a_block_has_exactly_the_size_it_says)
{
    AUTO(block_destroy) struct block *block = new_block(BLOCK_DATA);

    add_tuple(block, 1);
    for (size_t size = 0; size < 64; size++) {
        bool is_right = size == sizeof block->head + 24;
        ck_assert_msg(block_check(&block->head, size, &schema, 1, TASKS) == is_right, "%zu", size);
    }
}
END_TEST

START_TEST(a_tuple_that_is_not_true_spoils_its_block)
{
    AUTO(block_destroy) struct block *block = new_block(BLOCK_DATA);

    add_tuple(block, 1);
    add_tuple(block, 2);
    struct tuple_head *second = (struct tuple_head *)(void *)(block->bytes + 24);
    second->size = 32;
    ck_assert(!accepted(block));
    second->size = 16;
    ck_assert(!accepted(block));
    second->size = 24;
    second->target = TASKS;
    ck_assert(!accepted(block));
}
END_TEST

START_TEST(reports_that_are_not_true_spoil_their_block)
{
    AUTO(block_destroy) struct block *acks = new_block(BLOCK_ACKS);
    AUTO(block_destroy) struct block *fails = new_block(BLOCK_FAILS);

    add_ack(acks, UINT64_C(1) << 63); /* no such task */
    ck_assert(!accepted(acks));
    block_reset(acks, BLOCK_ACKS, 0);
    add_ack(acks, 0);
    ck_assert(!accepted(acks));
    add_fail(fails, "text");
    struct block_fail *fail = (struct block_fail *)(void *)fails->bytes;
    fail->length = 9; /* reaches beyond its 8 bytes */
    ck_assert(!accepted(fails));
    fail->length = 8;
    ck_assert(accepted(fails));
    fail->root = 0;
    ck_assert(!accepted(fails));
    fail->root = 1;
    fail->task = TASKS;
    ck_assert(!accepted(fails));
}
END_TEST

START_TEST(the_text_of_a_fail_has_a_limit)
{
    char text[BLOCK_FAIL_TEXT_MAX + 2];

    memset(text, 'x', sizeof text);
    text[BLOCK_FAIL_TEXT_MAX] = '\0';
    AUTO(block_destroy) struct block *fails = new_block(BLOCK_FAILS);
    add_fail(fails, text);
    ck_assert(accepted(fails));
    text[BLOCK_FAIL_TEXT_MAX] = 'x';
    text[BLOCK_FAIL_TEXT_MAX + 1] = '\0';
    block_reset(fails, BLOCK_FAILS, 0);
    add_fail(fails, text);
    ck_assert(!accepted(fails));
}
END_TEST

START_TEST(reports_belong_to_no_component)
{
    AUTO(block_destroy) struct block *acks = new_block(BLOCK_ACKS);

    acks->head.component = 1;
    ck_assert(!accepted(acks));
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        records_are_appended_until_the_block_is_full,
        records_in_a_block_are_aligned,
        whole_blocks_of_each_kind_are_accepted,
        a_head_that_lies_is_refused,
        a_block_has_exactly_the_size_it_says,
        a_tuple_that_is_not_true_spoils_its_block,
        reports_that_are_not_true_spoil_their_block,
        the_text_of_a_fail_has_a_limit,
        reports_belong_to_no_component,
    };
    return suite_run("block", tests, sizeof tests / sizeof *tests);
}
