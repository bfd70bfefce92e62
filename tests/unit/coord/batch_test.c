/* SPDX-License-Identifier: Apache-2.0 */
#include "coord/server/batch.h"

#include <string.h>

#include "base/mem.h"
#include "base/rng.h"
#include "tests/support/store_model.h"
#include "tests/support/suite.h"

static void expect_end(const struct batch *batch, size_t *position)
{
    struct batch_change change;

    ck_assert(!batch_next(batch, position, &change));
    ck_assert(!batch_next(batch, position, &change));
}

START_TEST(a_new_batch_is_empty)
{
    AUTO(batch_done) struct batch batch;
    size_t position = 0;

    batch_init(&batch);
    ck_assert_uint_eq(batch.changes, 0);
    expect_end(&batch, &position);
}
END_TEST

static const struct batch_node NODE = {
    .slot = 7,
    .parent = 3,
    .acl = 2,
    .version = -1,
    .aversion = 5,
    .creations = INT32_MIN,
    .czxid = INT64_MIN,
    .mzxid = 11,
    .pzxid = 12,
    .ctime_ms = 13,
    .mtime_ms = 14,
    .owner = INT64_MAX,
    .name = "name",
    .name_size = 4,
    .data = "d\0ta",
    .data_size = 4,
};

static void expect_stat(const struct batch_node *node)
{
    ck_assert_uint_eq(node->slot, NODE.slot);
    ck_assert_uint_eq(node->acl, NODE.acl);
    ck_assert_int_eq(node->version, NODE.version);
    ck_assert_int_eq(node->aversion, NODE.aversion);
    ck_assert_int_eq(node->creations, NODE.creations);
    ck_assert_int_eq(node->czxid, NODE.czxid);
    ck_assert_int_eq(node->mzxid, NODE.mzxid);
    ck_assert_int_eq(node->pzxid, NODE.pzxid);
    ck_assert_int_eq(node->ctime_ms, NODE.ctime_ms);
    ck_assert_int_eq(node->mtime_ms, NODE.mtime_ms);
    ck_assert_int_eq(node->owner, NODE.owner);
}

START_TEST(a_node_comes_out_as_it_went_in)
{
    AUTO(batch_done) struct batch batch;
    struct batch_change change;
    size_t position = 0;

    batch_init(&batch);
    batch_put_node(&batch, &NODE);
    ck_assert_uint_eq(batch.changes, 1);
    ck_assert(batch_next(&batch, &position, &change));
    ck_assert_int_eq(change.kind, BATCH_PUT_NODE);
    expect_stat(&change.node);
    ck_assert_uint_eq(change.node.parent, 3);
    ck_assert_uint_eq(change.node.name_size, 4);
    ck_assert_mem_eq(change.node.name, "name", 4);
    ck_assert_uint_eq(change.node.data_size, 4);
    ck_assert_mem_eq(change.node.data, "d\0ta", 4);
    ck_assert_ptr_ne(change.node.name, NODE.name); /* a copy */
    expect_end(&batch, &position);
}
END_TEST

START_TEST(a_stat_has_no_name_and_no_data)
{
    AUTO(batch_done) struct batch batch;
    struct batch_change change;
    size_t position = 0;

    batch_init(&batch);
    batch_put_stat(&batch, &NODE);
    ck_assert(batch_next(&batch, &position, &change));
    ck_assert_int_eq(change.kind, BATCH_PUT_STAT);
    expect_stat(&change.node);
    ck_assert_ptr_null(change.node.name);
    ck_assert_ptr_null(change.node.data);
    expect_end(&batch, &position);
}
END_TEST

START_TEST(null_data_and_empty_data_are_not_the_same)
{
    AUTO(batch_done) struct batch batch;
    struct batch_node node = {.slot = 1, .name = "", .data = ""};
    struct batch_change change;
    size_t position = 0;

    batch_init(&batch);
    batch_put_node(&batch, &node);
    node.data = NULL;
    batch_put_node(&batch, &node);
    ck_assert(batch_next(&batch, &position, &change));
    ck_assert_ptr_nonnull(change.node.data);
    ck_assert_uint_eq(change.node.data_size, 0);
    ck_assert(batch_next(&batch, &position, &change));
    ck_assert_ptr_null(change.node.data);
    ck_assert_ptr_nonnull(change.node.name);
    expect_end(&batch, &position);
}
END_TEST

START_TEST(the_other_kinds_come_out_in_their_order)
{
    AUTO(batch_done) struct batch batch;
    struct batch_change change;
    size_t position = 0;

    batch_init(&batch);
    batch_delete_node(&batch, 9);
    batch_put_session(&batch, -5, 4000);
    batch_delete_session(&batch, 6);
    batch_put_acl(&batch, 3, "list", 4);
    batch_delete_acl(&batch, 4);
    ck_assert_uint_eq(batch.changes, 5);

    ck_assert(batch_next(&batch, &position, &change));
    ck_assert_int_eq(change.kind, BATCH_DELETE_NODE);
    ck_assert_uint_eq(change.node.slot, 9);
    ck_assert(batch_next(&batch, &position, &change));
    ck_assert_int_eq(change.kind, BATCH_PUT_SESSION);
    ck_assert_int_eq(change.session_id, -5);
    ck_assert_uint_eq(change.session_timeout_ms, 4000);
    ck_assert(batch_next(&batch, &position, &change));
    ck_assert_int_eq(change.kind, BATCH_DELETE_SESSION);
    ck_assert_int_eq(change.session_id, 6);
    ck_assert(batch_next(&batch, &position, &change));
    ck_assert_int_eq(change.kind, BATCH_PUT_ACL);
    ck_assert_uint_eq(change.acl_number, 3);
    ck_assert_uint_eq(change.acl_size, 4);
    ck_assert_mem_eq(change.acl, "list", 4);
    ck_assert(batch_next(&batch, &position, &change));
    ck_assert_int_eq(change.kind, BATCH_DELETE_ACL);
    ck_assert_uint_eq(change.acl_number, 4);
    expect_end(&batch, &position);
}
END_TEST

START_TEST(clearing_gives_up_large_memory_only)
{
    AUTO(batch_done) struct batch batch;
    AUTO(mem_free_text) char *large = mem_alloc(BATCH_KEPT_BYTES_MAX);
    size_t position = 0;

    batch_init(&batch);
    batch.zxid = 5;
    batch_put_node(&batch, &NODE);
    batch_clear(&batch);
    ck_assert_uint_eq(batch.changes, 0);
    ck_assert_int_eq(batch.zxid, 0);
    ck_assert_uint_gt(batch.bytes.capacity, 0);
    expect_end(&batch, &position);

    batch_put_acl(&batch, 1, large, BATCH_KEPT_BYTES_MAX);
    batch_clear(&batch);
    ck_assert_uint_eq(batch.bytes.capacity, 0);
    batch_put_node(&batch, &NODE);
    ck_assert_uint_eq(batch.changes, 1);
}
END_TEST

/* The model applies each change when it is put, and all of them once more at the end. */
START_TEST(any_changes_read_the_same_while_and_after_they_are_put)
{
    for (uint64_t seed = 0; seed < 50; seed++) {
        AUTO(store_model_destroy) struct store_model *growing = store_model_new();
        AUTO(store_model_destroy) struct store_model *whole = store_model_new();
        AUTO(batch_done) struct batch batch;
        struct rng rng;
        size_t position = 0;

        batch_init(&batch);
        rng_init(&rng, seed);
        store_model_step(growing, &rng, 200, &batch);
        store_model_apply(whole, &batch, &position);
        ck_assert_msg(store_model_equals(growing, whole), "seed %d", (int)seed);
        ck_assert_uint_eq(position, text_size(&batch.bytes));
    }
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        a_new_batch_is_empty,
        a_node_comes_out_as_it_went_in,
        a_stat_has_no_name_and_no_data,
        null_data_and_empty_data_are_not_the_same,
        the_other_kinds_come_out_in_their_order,
        clearing_gives_up_large_memory_only,
        any_changes_read_the_same_while_and_after_they_are_put,
    };

    return suite_run("batch", tests, sizeof tests / sizeof *tests);
}
