/* SPDX-License-Identifier: Apache-2.0 */
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
    MANY = 100000,
};

static void load_meta(void *owner, int64_t zxid, const unsigned char secret[SESSION_SECRET_SIZE])
{
    (void)owner;
    (void)zxid;
    (void)secret;
}

static enum err load_change(void *owner, const struct batch_change *change, struct error *error)
{
    ck_assert_int_eq(change->kind, BATCH_PUT_NODE); /* these trees have no lists of their own */
    return tree_restore(owner, &change->node, error);
}

/* What a new server would make of the store. */
static struct tree *recover(const struct memory_store *store, struct acls *acls)
{
    struct tree *tree = tree_new(acls, SIZE_MAX);
    struct store_sink sink = {.owner = tree, .meta = load_meta, .change = load_change};
    struct error error;

    ck_assert_int_eq(memory_store_load(store, &sink, &error), ERR_OK);
    ck_assert_int_eq(tree_link(tree, &error), ERR_OK);
    return tree;
}

static void commit(struct tree *tree, struct memory_store *store)
{
    struct batch batch;

    batch_init(&batch);
    tree_seal(tree, &batch);
    memory_store_apply(store, &batch);
    batch_done(&batch);
    tree_forget(tree, tree_mark(tree));
}

static uint32_t create(struct tree *tree, uint32_t parent, uint32_t number, int64_t owner)
{
    char name[16];
    int size = snprintf(name, sizeof name, "n%u", (unsigned)number);
    struct tree_seed seed = {
        .parent = parent,
        .name = {name, (size_t)size},
        .data = {number % 3 == 0 ? NULL : name, number % 3 == 0 ? 0 : number % 2},
        .owner = owner,
        .acl = number % 2,
    };
    struct tree_change change = {.zxid = number, .now_ms = 5};

    return tree_create(tree, &seed, change);
}

static void change_one(struct tree *tree, struct rng *rng, uint32_t number)
{
    static const int64_t owners[] = {0, 0, 7, 8, TREE_OWNER_CONTAINER, TREE_OWNER_TTL | 99};
    size_t count;
    uint32_t *slots = tree_print_slots(tree, &count);
    uint32_t slot = slots[rng_below(rng, (uint32_t)count)];
    struct tree_change change = {.zxid = number, .now_ms = number};
    uint32_t kind = rng_below(rng, 10);

    free(slots);
    if (kind < 5 && !tree_is_ephemeral(tree_node(tree, slot)))
        create(tree, slot, number, owners[rng_below(rng, COUNT_OF(owners))]);
    else if (kind < 6)
        tree_set_data(tree, slot, (struct jute_bytes){"new", 3}, change);
    else if (kind < 7)
        tree_set_acl(tree, slot, rng_below(rng, 2));
    else if (slot != TREE_ROOT && tree_child_count(tree_node(tree, slot)) == 0)
        tree_delete(tree, slot, change);
}

static void expect_equal(const struct tree *one, const struct tree *other, uint64_t seed)
{
    AUTO(text_done) struct text left = {.size = 0};
    AUTO(text_done) struct text right = {.size = 0};

    tree_print(one, &left);
    tree_print(other, &right);
    ck_assert_msg(strcmp(text_data(&left), text_data(&right)) == 0, "seed %" PRIu64 ":\n%s\n%s",
                  seed, text_data(&left), text_data(&right));
}

static void live(uint64_t seed)
{
    struct acls *acls = acls_new(10);
    struct tree *tree = tree_new(acls, 200);
    struct memory_store *store = memory_store_new();
    struct rng rng;

    rng_init(&rng, seed);
    tree_plant(tree);
    for (uint32_t number = 1; number < 300; number++) {
        change_one(tree, &rng, number);
        if (rng_below(&rng, 20) != 0)
            continue;
        commit(tree, store);
        ck_assert(!tree_is_dirty(tree));
        struct acls *others = acls_new(10);
        struct tree *again = recover(store, others);
        ck_assert(!tree_is_dirty(again));
        expect_equal(tree, again, seed);
        tree_destroy(&again);
        acls_destroy(&others);
    }
    tree_destroy(&tree);
    acls_destroy(&acls);
    memory_store_destroy(&store);
}

START_TEST(a_recovered_tree_is_the_same)
{
    for (uint64_t seed = 0; seed < 40; seed++)
        live(seed);
}
END_TEST

/* ---- What goes into a batch ---------------------------------------------------------------- */

static void expect_changes(struct tree *tree, const char *wanted)
{
    static const char *const names[] = {
        [BATCH_PUT_NODE] = "put", [BATCH_PUT_STAT] = "stat", [BATCH_DELETE_NODE] = "delete"};
    AUTO(text_done) struct text is = {.size = 0};
    struct batch batch;
    struct batch_change change;
    size_t position = 0;

    batch_init(&batch);
    size_t most = tree_dirty_count(tree);
    tree_seal(tree, &batch);
    ck_assert_uint_le(batch.changes, most);
    while (batch_next(&batch, &position, &change))
        text_add(&is, "%s %" PRIu32 "; ", names[change.kind], change.node.slot);
    ck_assert_str_eq(text_data(&is), wanted);
    batch_done(&batch);
}

START_TEST(a_node_is_in_the_batch_once)
{
    struct acls *acls = acls_new(10);
    struct tree *tree = tree_new(acls, 100);
    struct tree_change change = {.zxid = 9};

    tree_plant(tree);
    expect_changes(tree, "put 0; put 1; put 2; put 3; ");
    expect_changes(tree, "");
    uint32_t slot = create(tree, TREE_ROOT, 1, 0);
    for (int i = 0; i < 5; i++)
        tree_set_data(tree, slot, (struct jute_bytes){"x", 1}, change);
    expect_changes(tree, "put 4; stat 0; ");
    tree_set_acl(tree, slot, ACL_READ_ONLY);
    expect_changes(tree, "stat 4; ");
    tree_set_acl(tree, slot, ACL_OPEN);
    tree_set_data(tree, slot, (struct jute_bytes){"y", 1}, change);
    expect_changes(tree, "put 4; ");
    tree_delete(tree, slot, change);
    expect_changes(tree, "delete 4; stat 0; ");
    slot = create(tree, TREE_ROOT, 2, 0);
    tree_delete(tree, slot, change);
    ck_assert_uint_eq(create(tree, TREE_ROOT, 3, 0), slot); /* the slot is used again */
    expect_changes(tree, "put 4; stat 0; ");
    tree_destroy(&tree);
    acls_destroy(&acls);
}
END_TEST

/* ---- Recovery ------------------------------------------------------------------------------ */

START_TEST(after_recovery_low_slots_come_first)
{
    struct acls *acls = acls_new(10);
    struct tree *tree = tree_new(acls, MANY);
    struct memory_store *store = memory_store_new();
    struct tree_change change = {.zxid = 1};

    tree_plant(tree);
    for (uint32_t i = 0; i < 50; i++)
        create(tree, TREE_ROOT, i, 0);
    for (uint32_t slot = 10; slot < 50; slot += 3)
        tree_delete(tree, slot, change);
    commit(tree, store);
    struct acls *others = acls_new(10);
    struct tree *again = recover(store, others);
    for (uint32_t slot = 10; slot < 50; slot += 3)
        ck_assert_uint_eq(create(again, TREE_ROOT, 1000 + slot, 0), slot);
    ck_assert_uint_eq(create(again, TREE_ROOT, 2000, 0), 54);
    tree_destroy(&again);
    tree_destroy(&tree);
    acls_destroy(&others);
    acls_destroy(&acls);
    memory_store_destroy(&store);
}
END_TEST

START_TEST(a_hundred_thousand_nodes_are_recovered)
{
    struct acls *acls = acls_new(10);
    struct tree *tree = tree_new(acls, MANY);
    struct memory_store *store = memory_store_new();
    uint32_t slot = TREE_ROOT;

    tree_plant(tree);
    for (uint32_t i = 4; i < MANY; i++) {
        uint32_t child = create(tree, slot, i, i % 5 == 0 ? 7 : 0);
        slot = i % 5 == 0 ? tree_node(tree, slot)->parent : i % 7 == 0 ? TREE_ROOT : child;
    }
    commit(tree, store);
    ck_assert_uint_eq(memory_store_nodes(store), MANY);
    struct acls *others = acls_new(10);
    struct tree *again = recover(store, others);
    ck_assert_uint_eq(tree_counts(again).nodes, MANY);
    ck_assert_uint_eq(tree_counts(again).ephemerals, tree_counts(tree).ephemerals);
    ck_assert_uint_eq(tree_counts(again).data_bytes, tree_counts(tree).data_bytes);
    tree_destroy(&again);
    tree_destroy(&tree);
    acls_destroy(&others);
    acls_destroy(&acls);
    memory_store_destroy(&store);
}
END_TEST

/* ---- Damage -------------------------------------------------------------------------------- */

#define ROOT                                  \
    {                                         \
        .slot = 0, .name = "", .name_size = 0 \
    }
#define NODE(s, p)                                                 \
    {                                                              \
        .slot = (s), .parent = (p), .name = "n" #s, .name_size = 2 \
    }

struct damage {
    const char *what; /* in the message */
    struct batch_node rows[4];
    size_t count;
};

static enum err try_rows(const struct damage *damage, struct error *error)
{
    struct acls *acls = acls_new(10);
    struct tree *tree = tree_new(acls, 100);
    enum err err = ERR_OK;

    for (size_t i = 0; i < damage->count && err == ERR_OK; i++)
        err = tree_restore(tree, &damage->rows[i], error);
    if (err == ERR_OK)
        err = tree_link(tree, error);
    tree_destroy(&tree);
    acls_destroy(&acls);
    return err;
}

START_TEST(rows_that_are_no_tree_are_refused)
{
    static const struct damage damages[] = {
        {"root node is missing", {NODE(1, 0)}, 1},
        {"root node is missing", {ROOT}, 0},
        {"no parent", {ROOT, NODE(1, 5)}, 2},
        {"no parent", {ROOT, NODE(1, 2), NODE(3, 0)}, 3}, /* a free slot */
        {"no parent", {ROOT, NODE(1, UINT32_MAX)}, 2},
        {"no parent", {ROOT, {.slot = 1, .name = "e", .name_size = 1, .owner = 7}, NODE(2, 1)}, 3},
        {"not below the root", {ROOT, NODE(1, 1)}, 2},
        {"not below the root", {ROOT, NODE(1, 2), NODE(2, 1)}, 3},
        {"not below the root", {ROOT, NODE(1, 2), NODE(2, 3), NODE(3, 1)}, 4},
        {"sibling", {ROOT, NODE(1, 0), {.slot = 2, .name = "n1", .name_size = 2}}, 3},
        {"twice", {ROOT, NODE(1, 0), NODE(1, 0)}, 3},
        {"twice", {ROOT, ROOT}, 2},
        {"proper name", {ROOT, {.slot = 1, .name = "", .name_size = 0}}, 2},
        {"proper name", {{.slot = 0, .name = "r", .name_size = 1}}, 1},
        {"proper name", {{.slot = 0, .parent = 1, .name = "", .name_size = 0}, NODE(1, 0)}, 2},
        {"proper name", {ROOT, {.slot = 1, .name = "a/b", .name_size = 3}}, 2},
        {"proper name", {ROOT, {.slot = 1, .name = "..", .name_size = 2}}, 2},
        {"proper name", {ROOT, {.slot = 1, .name = "a\0b", .name_size = 3}}, 2},
        {"ACL 9", {ROOT, {.slot = 1, .name = "a", .name_size = 1, .acl = 9}}, 2},
        {"too large", {ROOT, NODE(TREE_NODES_LIMIT, 0)}, 2},
        {"too large", {ROOT, NODE(UINT32_MAX, 0)}, 2},
    };

    for (size_t i = 0; i < COUNT_OF(damages); i++) {
        struct error error = {.text = ""};
        enum err err = try_rows(&damages[i], &error);
        ck_assert_msg(err == ERR_CORRUPT, "damage %zu: %s", i, err_name(err));
        ck_assert_msg(strstr(error.text, damages[i].what) != NULL, "damage %zu: %s", i, error.text);
        ck_assert_int_eq(try_rows(&damages[i], NULL), ERR_CORRUPT);
    }
}
END_TEST

START_TEST(rows_in_any_order_are_a_tree)
{
    static const struct damage fine = {"", {NODE(3, 2), NODE(2, 1), NODE(1, 0), ROOT}, 4};
    struct error error;

    ck_assert_int_eq(try_rows(&fine, &error), ERR_OK);
}
END_TEST

/* Each name is good, and so is each parent; but paths must fit, for they are put together. */
START_TEST(rows_that_make_too_long_a_path_are_refused)
{
    enum {
        NAME_SIZE = MESSAGE_PATH_MAX / 3 + 100,
    };
    char *name = mem_alloc(NAME_SIZE);
    struct damage deep = {"too long", {ROOT}, 3};
    struct error error;

    memset(name, 'x', NAME_SIZE);
    for (uint32_t slot = 1; slot < 4; slot++)
        deep.rows[slot] = (struct batch_node){
            .slot = slot, .parent = slot - 1, .name = name, .name_size = NAME_SIZE};
    ck_assert_int_eq(try_rows(&deep, &error), ERR_OK);
    deep.count = 4;
    ck_assert_int_eq(try_rows(&deep, &error), ERR_CORRUPT);
    ck_assert_ptr_nonnull(strstr(error.text, deep.what));
    free(name);
}
END_TEST

/* Rows of a good tree with a few numbers changed: refused or not, but never a crash; and a tree that
 * is accepted is one. */
START_TEST(rows_at_random_do_no_harm)
{
    struct rng rng;

    rng_init(&rng, 3);
    for (int round = 0; round < 3000; round++) {
        struct acls *acls = acls_new(10);
        struct tree *tree = tree_new(acls, 100);
        enum err err = ERR_OK;
        for (uint32_t i = 0; i < 12 && err == ERR_OK; i++) {
            char name[2] = {(char)('a' + rng_below(&rng, 6)), 'x'};
            struct batch_node row = {
                .slot = rng_below(&rng, 10) == 0 ? rng_below(&rng, 12) : i,
                .parent = rng_below(&rng, i == 0                    ? 1
                                          : rng_below(&rng, 6) == 0 ? 12
                                                                    : i),
                .name = name,
                .name_size = i == 0 ? 0 : 1 + rng_below(&rng, 2),
                .owner = rng_below(&rng, 12) == 0 ? 5 : 0,
            };
            err = tree_restore(tree, &row, NULL);
        }
        if (err == ERR_OK)
            err = tree_link(tree, NULL);
        ck_assert(err == ERR_OK || err == ERR_CORRUPT);
        AUTO(text_done) struct text text = {.size = 0};
        if (err == ERR_OK)
            tree_print(tree, &text);
        tree_destroy(&tree);
        acls_destroy(&acls);
    }
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        a_recovered_tree_is_the_same,
        a_node_is_in_the_batch_once,
        after_recovery_low_slots_come_first,
        a_hundred_thousand_nodes_are_recovered,
        rows_that_are_no_tree_are_refused,
        rows_in_any_order_are_a_tree,
        rows_that_make_too_long_a_path_are_refused,
        rows_at_random_do_no_harm,
    };

    return suite_run("tree_store", tests, COUNT_OF(tests));
}
