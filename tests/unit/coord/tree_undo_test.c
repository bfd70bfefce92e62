/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two trees live the same life; one of them does more at times, and takes it back. Afterwards
 * nothing may tell them apart: neither what they hold, nor what they write to their stores, nor what
 * becomes of them.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/rng.h"
#include "coord/server/tree.h"
#include "tests/support/memory_store.h"
#include "tests/support/suite.h"
#include "tests/support/tree_print.h"

enum {
    RUNS = 60,
    ROUNDS = 20,
    CHANGES_MAX = 30,
    LISTS = 6,
    NODES_MAX = 120,
};

struct twin {
    struct acls *acls;
    struct tree *tree;
    struct memory_store *store;
    struct batch batch;
    uint32_t lists[LISTS]; /* each with a user besides the nodes */
};

static uint32_t new_list(struct twin *twin, int32_t permissions)
{
    AUTO(text_done) struct text list = {.size = 0};
    uint32_t number;
    bool is_new;

    jute_put_int(&list, 1);
    jute_put_int(&list, permissions);
    jute_put_text(&list, "world");
    jute_put_text(&list, "anyone");
    bool has_room = acls_intern(twin->acls, text_data(&list), text_size(&list), &number, &is_new);
    ck_assert(has_room);
    tree_note_acl(twin->tree, number);
    return number;
}

static void set_up(struct twin *twin)
{
    twin->acls = acls_new(100);
    twin->tree = tree_new(twin->acls, NODES_MAX);
    twin->store = memory_store_new();
    batch_init(&twin->batch);
    tree_plant(twin->tree);
    for (int32_t i = 0; i < LISTS; i++) {
        twin->lists[i] = new_list(twin, i + 2);
        acls_take(twin->acls, twin->lists[i]);
    }
}

/* Whoever undid too much or forgot too little has left users behind, or taken ours. */
static void expect_no_users(struct twin *twin)
{
    for (uint32_t slot; (slot = tree_next_below(twin->tree, TREE_ROOT, TREE_ROOT)) != TREE_NONE;) {
        while (tree_first_child(twin->tree, slot) != TREE_NONE)
            slot = tree_first_child(twin->tree, slot);
        tree_delete(twin->tree, slot, (struct tree_change){.zxid = 1});
    }
    tree_set_acl(twin->tree, TREE_ROOT, ACL_OPEN);
    tree_forget(twin->tree, UINT64_MAX);
    for (size_t i = 0; i < LISTS; i++)
        ck_assert(acls_drop(twin->acls, twin->lists[i]));
}

static void tear_down(struct twin *twin)
{
    expect_no_users(twin);
    tree_destroy(&twin->tree);
    acls_destroy(&twin->acls);
    memory_store_destroy(&twin->store);
    batch_done(&twin->batch);
}

/* ---- Random changes ------------------------------------------------------------------------ */

static int64_t pick_owner(struct rng *rng)
{
    static const int64_t owners[] = {0, 0, 0, 11, 12, TREE_OWNER_CONTAINER, TREE_OWNER_TTL | 77};

    return owners[rng_below(rng, COUNT_OF(owners))];
}

static struct jute_bytes pick_data(struct rng *rng)
{
    static const char bytes[] = "0123456789012345678901234567890123456789";
    uint32_t size = rng_below(rng, sizeof bytes);

    return (struct jute_bytes){.data = rng_below(rng, 4) == 0 ? NULL : bytes, .size = size};
}

static void create_one(struct twin *twin, struct rng *rng, uint32_t parent,
                       struct tree_change change)
{
    char name[24];
    int size = snprintf(name, sizeof name, "n%u", (unsigned)rng_below(rng, 100));
    struct jute_bytes data = pick_data(rng);
    int64_t owner = pick_owner(rng);

    if (data.data == NULL)
        data.size = 0;
    if (tree_counts(twin->tree).nodes >= NODES_MAX ||
        tree_is_ephemeral(tree_node(twin->tree, parent)) ||
        tree_find_child(twin->tree, parent, name, (size_t)size) != TREE_NONE)
        return;
    struct tree_seed seed = {
        .parent = parent,
        .name = {name, (size_t)size},
        .data = data,
        .owner = owner,
        .acl = twin->lists[rng_below(rng, LISTS)],
    };
    ck_assert_uint_ne(tree_create(twin->tree, &seed, change), TREE_NONE);
}

static void change_one(struct twin *twin, struct rng *rng, int64_t zxid)
{
    struct tree_change change = {.zxid = zxid, .now_ms = zxid * 10};
    size_t count;
    uint32_t *slots = tree_print_slots(twin->tree, &count);
    uint32_t slot = slots[rng_below(rng, (uint32_t)count)];
    uint32_t kind = rng_below(rng, 10);
    struct jute_bytes data = pick_data(rng);

    free(slots);
    if (data.data == NULL)
        data.size = 0;
    if (kind < 4)
        create_one(twin, rng, slot, change);
    else if (kind < 6)
        tree_set_data(twin->tree, slot, data, change);
    else if (kind < 7)
        tree_set_acl(twin->tree, slot, twin->lists[rng_below(rng, LISTS)]);
    else if (slot != TREE_ROOT && tree_child_count(tree_node(twin->tree, slot)) == 0)
        tree_delete(twin->tree, slot, change);
}

static void change_some(struct twin *twin, uint64_t seed, int64_t zxid)
{
    struct rng rng;

    rng_init(&rng, seed);
    uint32_t count = rng_below(&rng, CHANGES_MAX);
    for (uint32_t i = 0; i < count; i++)
        change_one(twin, &rng, zxid + i);
}

/* ---- Comparing ----------------------------------------------------------------------------- */

static void expect_twins(const struct twin *one, const struct twin *other, uint64_t seed)
{
    AUTO(text_done) struct text left = {.size = 0};
    AUTO(text_done) struct text right = {.size = 0};

    tree_print(one->tree, &left);
    tree_print(other->tree, &right);
    ck_assert_msg(strcmp(text_data(&left), text_data(&right)) == 0,
                  "seed %" PRIu64 ": trees differ:\n%s\n%s", seed, text_data(&left),
                  text_data(&right));
}

static void expect_twin_stores(const struct twin *one, const struct twin *other, uint64_t seed)
{
    AUTO(text_done) struct text left = {.size = 0};
    AUTO(text_done) struct text right = {.size = 0};

    memory_store_print(one->store, &left);
    memory_store_print(other->store, &right);
    ck_assert_msg(strcmp(text_data(&left), text_data(&right)) == 0,
                  "seed %" PRIu64 ": stores differ:\n%s\n%s", seed, text_data(&left),
                  text_data(&right));
}

static void seal(struct twin *twin, int64_t zxid)
{
    tree_seal(twin->tree, &twin->batch);
    twin->batch.zxid = zxid;
    ck_assert(!tree_is_dirty(twin->tree));
}

static void commit(struct twin *twin)
{
    memory_store_apply(twin->store, &twin->batch);
    batch_clear(&twin->batch);
}

/* ---- Tests --------------------------------------------------------------------------------- */

/* As a multi that fails: in the middle of a batch that is being filled. */
static void live_with_failed_multis(uint64_t seed)
{
    struct twin steady, moody;
    struct rng rng;
    int64_t zxid = 1;

    rng_init(&rng, seed);
    set_up(&steady);
    set_up(&moody);
    for (int round = 0; round < ROUNDS; round++, zxid += CHANGES_MAX) {
        uint64_t common = rng_next(&rng);
        change_some(&steady, common, zxid);
        change_some(&moody, common, zxid);
        uint64_t mark = tree_mark(moody.tree);
        change_some(&moody, rng_next(&rng), 1000000);
        tree_undo(moody.tree, mark);
        ck_assert_uint_eq(tree_mark(moody.tree), mark);
        expect_twins(&steady, &moody, seed);
        if (rng_below(&rng, 3) != 0)
            continue;
        seal(&steady, zxid);
        seal(&moody, zxid);
        commit(&steady);
        commit(&moody);
        expect_twin_stores(&steady, &moody, seed);
        if (rng_below(&rng, 2) == 0)
            continue;
        tree_forget(steady.tree, tree_mark(steady.tree));
        tree_forget(moody.tree, tree_mark(moody.tree));
    }
    tear_down(&steady);
    tear_down(&moody);
}

START_TEST(what_is_undone_leaves_no_trace)
{
    for (uint64_t seed = 0; seed < RUNS; seed++)
        live_with_failed_multis(seed);
}
END_TEST

/* As commits that find the disk full: all that came after the last durable one goes, from the batch
 * that is under way and from the one that is being filled. */
static void live_with_full_disks(uint64_t seed)
{
    struct twin steady, moody;
    struct rng rng;
    int64_t zxid = 1;

    rng_init(&rng, seed);
    set_up(&steady);
    set_up(&moody);
    for (int round = 0; round < ROUNDS; round++, zxid += CHANGES_MAX) {
        uint64_t common = rng_next(&rng);
        change_some(&steady, common, zxid);
        change_some(&moody, common, zxid);
        seal(&steady, zxid);
        seal(&moody, zxid);
        commit(&steady);
        commit(&moody);
        tree_forget(steady.tree, tree_mark(steady.tree));
        tree_forget(moody.tree, tree_mark(moody.tree));
        if (rng_below(&rng, 2) == 0)
            continue;
        change_some(&moody, rng_next(&rng), 1000000);
        seal(&moody, zxid);
        change_some(&moody, rng_next(&rng), 2000000);
        tree_undo(moody.tree, 0);
        tree_drop_dirt(moody.tree);
        batch_clear(&moody.batch);
        expect_twins(&steady, &moody, seed);
    }
    seal(&steady, zxid);
    seal(&moody, zxid);
    commit(&steady);
    commit(&moody);
    expect_twin_stores(&steady, &moody, seed);
    tear_down(&steady);
    tear_down(&moody);
}

START_TEST(a_full_disk_leaves_no_trace)
{
    for (uint64_t seed = 0; seed < RUNS; seed++)
        live_with_full_disks(seed);
}
END_TEST

START_TEST(what_is_forgotten_is_not_undone)
{
    struct twin twin;
    AUTO(text_done) struct text before = {.size = 0};
    AUTO(text_done) struct text after = {.size = 0};

    set_up(&twin);
    change_some(&twin, 5, 1);
    uint64_t durable = tree_mark(twin.tree);
    tree_print(twin.tree, &before);
    change_some(&twin, 6, 100);
    ck_assert_uint_gt(tree_mark(twin.tree), durable);
    tree_forget(twin.tree, durable);
    tree_undo(twin.tree, 0);
    ck_assert_uint_eq(tree_mark(twin.tree), durable);
    tree_print(twin.tree, &after);
    ck_assert_str_eq(text_data(&before), text_data(&after));
    tree_undo(twin.tree, 0);
    tree_forget(twin.tree, UINT64_MAX);
    tear_down(&twin);
}
END_TEST

START_TEST(a_list_is_kept_until_nobody_can_want_it_back)
{
    struct twin twin;
    struct tree_change change = {.zxid = 1};

    set_up(&twin);
    uint32_t list = new_list(&twin, 31 - MESSAGE_WRITE);
    struct tree_seed seed = {.name = {"a", 1}, .acl = list};
    uint32_t slot = tree_create(twin.tree, &seed, change);
    tree_set_acl(twin.tree, slot, ACL_OPEN);
    tree_undo(twin.tree, tree_mark(twin.tree) - 1);
    ck_assert_uint_eq(tree_node(twin.tree, slot)->acl, list);
    tree_delete(twin.tree, slot, change);
    ck_assert_ptr_nonnull(acls_get(twin.acls, list).data);
    seal(&twin, 1);
    tree_forget(twin.tree, tree_mark(twin.tree));
    ck_assert_ptr_null(acls_get(twin.acls, list).data);
    ck_assert_uint_eq(tree_dirty_count(twin.tree), 1); /* that it is gone */
    tear_down(&twin);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        what_is_undone_leaves_no_trace,
        a_full_disk_leaves_no_trace,
        what_is_forgotten_is_not_undone,
        a_list_is_kept_until_nobody_can_want_it_back,
    };

    return suite_run("tree_undo", tests, COUNT_OF(tests));
}
