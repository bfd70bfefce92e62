/* SPDX-License-Identifier: Apache-2.0 */
#include "coord/server/tree.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "tests/support/suite.h"
#include "tests/support/tree_print.h"

#define SESSION INT64_C(0x0100000000000001)

struct fixture {
    struct acls *acls;
    struct tree *tree;
};

static void set_up(struct fixture *fixture, size_t nodes_max)
{
    fixture->acls = acls_new(10);
    fixture->tree = tree_new(fixture->acls, nodes_max);
    tree_plant(fixture->tree);
}

static void tear_down(struct fixture *fixture)
{
    tree_destroy(&fixture->tree);
    acls_destroy(&fixture->acls);
}

static struct jute_bytes bytes_of(const char *text)
{
    return (struct jute_bytes){.data = text, .size = text == NULL ? 0 : strlen(text)};
}

static uint32_t find(const struct fixture *fixture, const char *path)
{
    return tree_find(fixture->tree, path, strlen(path));
}

static struct tree_change at(int64_t zxid)
{
    return (struct tree_change){.zxid = zxid, .now_ms = zxid * 1000};
}

static uint32_t create(struct fixture *fixture, uint32_t parent, const char *name, int64_t owner,
                       int64_t zxid)
{
    struct tree_seed seed = {
        .parent = parent,
        .name = bytes_of(name),
        .data = bytes_of("abc"),
        .acl = ACL_OPEN,
        .owner = owner,
    };

    return tree_create(fixture->tree, &seed, at(zxid));
}

static void expect_path(const struct fixture *fixture, uint32_t slot, const char *path)
{
    AUTO(text_done) struct text text = {.size = 0};

    tree_put_path(fixture->tree, slot, &text);
    ck_assert_str_eq(text_data(&text), path);
    ck_assert_uint_eq(find(fixture, path), slot);
}

/* czxid mzxid pzxid ctime mtime version cversion aversion owner length children */
static void expect_stat(const struct fixture *fixture, uint32_t slot, const char *wanted)
{
    struct message_stat stat;
    char is[256];

    tree_stat(tree_node(fixture->tree, slot), &stat);
    (void)snprintf(is, sizeof is,
                   "%" PRId64 " %" PRId64 " %" PRId64 " %" PRId64 " %" PRId64 " %" PRId32
                   " %" PRId32 " %" PRId32 " %" PRIx64 " %" PRId32 " %" PRId32,
                   stat.czxid, stat.mzxid, stat.pzxid, stat.ctime_ms, stat.mtime_ms, stat.version,
                   stat.cversion, stat.aversion, (uint64_t)stat.ephemeral_owner, stat.data_length,
                   stat.children);
    ck_assert_str_eq(is, wanted);
}

START_TEST(a_new_tree_has_what_every_server_is_born_with)
{
    struct fixture fixture;

    set_up(&fixture, 100);
    ck_assert_uint_eq(find(&fixture, "/"), TREE_ROOT);
    expect_stat(&fixture, find(&fixture, "/"), "0 0 0 0 0 0 -1 0 0 0 1");
    expect_stat(&fixture, find(&fixture, "/zookeeper"), "0 0 0 0 0 0 -2 0 0 0 2");
    expect_stat(&fixture, find(&fixture, "/zookeeper/quota"), "0 0 0 0 0 0 0 0 0 0 0");
    expect_stat(&fixture, find(&fixture, "/zookeeper/config"), "0 0 0 0 0 0 0 -1 0 0 0");
    uint32_t config = find(&fixture, "/zookeeper/config");
    ck_assert_uint_eq(tree_node(fixture.tree, config)->acl, ACL_READ_ONLY);
    ck_assert_ptr_nonnull(tree_data(tree_node(fixture.tree, config)).data); /* empty, not null */
    ck_assert_uint_eq(tree_counts(fixture.tree).nodes, 4);
    expect_path(&fixture, TREE_ROOT, "/");
    expect_path(&fixture, config, "/zookeeper/config");
    ck_assert_uint_eq(find(&fixture, "/zookeeper/none"), TREE_NONE);
    ck_assert_uint_eq(find(&fixture, "/none/quota"), TREE_NONE);
    tear_down(&fixture);
}
END_TEST

START_TEST(a_create_changes_the_node_and_its_parent)
{
    struct fixture fixture;

    set_up(&fixture, 100);
    uint32_t a = create(&fixture, TREE_ROOT, "a", 0, 7);
    expect_stat(&fixture, a, "7 7 7 7000 7000 0 0 0 0 3 0");
    expect_stat(&fixture, TREE_ROOT, "0 0 7 0 0 0 0 0 0 0 2");
    expect_path(&fixture, a, "/a");
    uint32_t b = create(&fixture, a, "b", SESSION, 8);
    expect_stat(&fixture, b, "8 8 8 8000 8000 0 0 0 100000000000001 3 0");
    expect_stat(&fixture, a, "7 7 8 7000 7000 0 1 0 0 3 1");
    expect_stat(&fixture, TREE_ROOT, "0 0 7 0 0 0 0 0 0 0 2");
    expect_path(&fixture, b, "/a/b");
    tear_down(&fixture);
}
END_TEST

START_TEST(a_delete_changes_the_parent)
{
    struct fixture fixture;

    set_up(&fixture, 100);
    uint32_t a = create(&fixture, TREE_ROOT, "a", 0, 7);
    uint32_t b = create(&fixture, a, "b", 0, 8);
    uint32_t c = create(&fixture, a, "c", 0, 9);
    tree_delete(fixture.tree, b, at(10));
    expect_stat(&fixture, a, "7 7 10 7000 7000 0 3 0 0 3 1");
    ck_assert_int_eq(tree_node(fixture.tree, a)->creations, 2); /* goes never down */
    ck_assert_uint_eq(find(&fixture, "/a/b"), TREE_NONE);
    ck_assert_uint_eq(tree_first_child(fixture.tree, a), c);
    ck_assert_uint_eq(tree_next_sibling(fixture.tree, c), TREE_NONE);
    tear_down(&fixture);
}
END_TEST

START_TEST(new_data_change_their_node_alone)
{
    struct fixture fixture;

    set_up(&fixture, 100);
    uint32_t a = create(&fixture, TREE_ROOT, "a", 0, 7);
    tree_set_data(fixture.tree, a, bytes_of("hello"), at(8));
    expect_stat(&fixture, a, "7 8 7 7000 8000 1 0 0 0 5 0");
    expect_stat(&fixture, TREE_ROOT, "0 0 7 0 0 0 0 0 0 0 2");
    ck_assert_mem_eq(tree_data(tree_node(fixture.tree, a)).data, "hello", 5);
    expect_path(&fixture, a, "/a");
    tree_set_data(fixture.tree, a, bytes_of(NULL), at(9));
    expect_stat(&fixture, a, "7 9 7 7000 9000 2 0 0 0 0 0");
    ck_assert_ptr_null(tree_data(tree_node(fixture.tree, a)).data);
    tree_set_data(fixture.tree, a, bytes_of(""), at(10));
    ck_assert_ptr_nonnull(tree_data(tree_node(fixture.tree, a)).data);
    ck_assert_uint_eq(tree_data(tree_node(fixture.tree, a)).size, 0);
    tear_down(&fixture);
}
END_TEST

START_TEST(a_new_acl_changes_its_version_alone)
{
    struct fixture fixture;

    set_up(&fixture, 100);
    uint32_t a = create(&fixture, TREE_ROOT, "a", 0, 7);
    tree_set_acl(fixture.tree, a, ACL_READ_ONLY);
    expect_stat(&fixture, a, "7 7 7 7000 7000 0 0 1 0 3 0");
    ck_assert_uint_eq(tree_node(fixture.tree, a)->acl, ACL_READ_ONLY);
    tear_down(&fixture);
}
END_TEST

START_TEST(versions_wrap_around)
{
    struct acls *acls = acls_new(10);
    struct tree *tree = tree_new(acls, 10);
    struct batch_node root = {
        .name = "", .version = INT32_MAX, .aversion = INT32_MAX, .creations = INT32_MAX};

    ck_assert_int_eq(tree_restore(tree, &root, NULL), ERR_OK);
    ck_assert_int_eq(tree_link(tree, NULL), ERR_OK);
    tree_set_data(tree, TREE_ROOT, bytes_of("x"), at(1));
    tree_set_acl(tree, TREE_ROOT, ACL_OPEN);
    struct tree_seed seed = {.name = bytes_of("a")};
    tree_create(tree, &seed, at(2));
    ck_assert_int_eq(tree_node(tree, TREE_ROOT)->version, INT32_MIN);
    ck_assert_int_eq(tree_node(tree, TREE_ROOT)->aversion, INT32_MIN);
    ck_assert_int_eq(tree_node(tree, TREE_ROOT)->creations, INT32_MIN);
    struct message_stat stat;
    tree_stat(tree_node(tree, TREE_ROOT), &stat);
    ck_assert_int_eq(stat.cversion, -1);
    tree_destroy(&tree);
    acls_destroy(&acls);
}
END_TEST

START_TEST(owners_tell_what_a_node_is)
{
    struct fixture fixture;

    set_up(&fixture, 100);
    uint32_t plain = create(&fixture, TREE_ROOT, "a", 0, 1);
    uint32_t mortal = create(&fixture, TREE_ROOT, "b", SESSION, 2);
    uint32_t box = create(&fixture, TREE_ROOT, "c", TREE_OWNER_CONTAINER, 3);
    uint32_t timed = create(&fixture, TREE_ROOT, "d", TREE_OWNER_TTL | TREE_TTL_MAX_MS, 4);
    const struct {
        uint32_t slot;
        bool is_ephemeral, is_container, has_ttl;
    } cases[] = {
        {plain, false, false, false},
        {mortal, true, false, false},
        {box, false, true, false},
        {timed, false, false, true},
    };

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        const struct tree_node *node = tree_node(fixture.tree, cases[i].slot);
        ck_assert_int_eq(tree_is_ephemeral(node), cases[i].is_ephemeral);
        ck_assert_int_eq(tree_is_container(node), cases[i].is_container);
        ck_assert_int_eq(tree_has_ttl(node), cases[i].has_ttl);
    }
    ck_assert_int_eq(tree_ttl_ms(tree_node(fixture.tree, timed)), TREE_TTL_MAX_MS);
    ck_assert_uint_eq(tree_counts(fixture.tree).ephemerals, 1);
    ck_assert_uint_eq(tree_counts(fixture.tree).reapable, 2);
    expect_stat(&fixture, box, "3 3 3 3000 3000 0 0 0 0 3 0");
    expect_stat(&fixture, timed, "4 4 4 4000 4000 0 0 0 0 3 0");
    tear_down(&fixture);
}
END_TEST

START_TEST(a_session_finds_its_nodes_the_latest_first)
{
    struct fixture fixture;

    set_up(&fixture, 100);
    uint32_t a = create(&fixture, TREE_ROOT, "a", SESSION, 1);
    uint32_t b = create(&fixture, TREE_ROOT, "b", SESSION, 2);
    uint32_t other = create(&fixture, TREE_ROOT, "o", SESSION + 1, 3);
    uint32_t c = create(&fixture, TREE_ROOT, "c", SESSION, 4);
    ck_assert_uint_eq(tree_first_owned(fixture.tree, SESSION), c);
    ck_assert_uint_eq(tree_next_owned(fixture.tree, c), b);
    tree_delete(fixture.tree, b, at(5));
    ck_assert_uint_eq(tree_next_owned(fixture.tree, c), a);
    ck_assert_uint_eq(tree_next_owned(fixture.tree, a), TREE_NONE);
    tree_delete(fixture.tree, c, at(6));
    tree_delete(fixture.tree, a, at(7));
    ck_assert_uint_eq(tree_first_owned(fixture.tree, SESSION), TREE_NONE);
    ck_assert_uint_eq(tree_first_owned(fixture.tree, SESSION + 1), other);
    tear_down(&fixture);
}
END_TEST

START_TEST(a_walk_sees_all_below_a_node_and_nothing_else)
{
    struct fixture fixture;

    set_up(&fixture, 100);
    uint32_t a = create(&fixture, TREE_ROOT, "a", 0, 1);
    uint32_t b = create(&fixture, a, "b", 0, 2);
    uint32_t c = create(&fixture, b, "c", 0, 3);
    uint32_t d = create(&fixture, a, "d", SESSION, 4);
    create(&fixture, TREE_ROOT, "e", 0, 5);
    ck_assert_uint_eq(tree_next_below(fixture.tree, a, a), d); /* the latest comes first */
    ck_assert_uint_eq(tree_next_below(fixture.tree, a, d), b);
    ck_assert_uint_eq(tree_next_below(fixture.tree, a, b), c);
    ck_assert_uint_eq(tree_next_below(fixture.tree, a, c), TREE_NONE);
    ck_assert_uint_eq(tree_next_below(fixture.tree, d, d), TREE_NONE);
    tear_down(&fixture);
}
END_TEST

START_TEST(reapable_nodes_are_found_bit_by_bit)
{
    struct fixture fixture;

    set_up(&fixture, 100);
    uint32_t cursor = 0;
    size_t budget = 100;
    ck_assert_uint_eq(tree_next_reapable(fixture.tree, &cursor, &budget), TREE_NONE);
    ck_assert_uint_eq(budget, 100); /* nothing to look for */
    uint32_t box = create(&fixture, TREE_ROOT, "box", TREE_OWNER_CONTAINER, 1);
    uint32_t full = create(&fixture, TREE_ROOT, "full", TREE_OWNER_CONTAINER, 2);
    create(&fixture, full, "a", 0, 3);
    uint32_t timed = create(&fixture, TREE_ROOT, "timed", TREE_OWNER_TTL | 5, 4);

    ck_assert_uint_eq(tree_next_reapable(fixture.tree, &cursor, &budget), box);
    ck_assert_uint_eq(tree_next_reapable(fixture.tree, &cursor, &budget), timed);
    ck_assert_uint_eq(tree_next_reapable(fixture.tree, &cursor, &budget), TREE_NONE);
    ck_assert_uint_eq(cursor, 0);

    size_t rounds = 0;
    uint32_t found = TREE_NONE;
    while (found == TREE_NONE) { /* two nodes at a time */
        budget = 2;
        found = tree_next_reapable(fixture.tree, &cursor, &budget);
        rounds++;
    }
    ck_assert_uint_eq(found, box);
    ck_assert_uint_eq(rounds, 3);
    tear_down(&fixture);
}
END_TEST

START_TEST(a_full_tree_creates_nothing)
{
    struct fixture fixture;

    set_up(&fixture, 5);
    uint32_t a = create(&fixture, TREE_ROOT, "a", 0, 1);
    uint64_t mark = tree_mark(fixture.tree);
    ck_assert_uint_eq(create(&fixture, TREE_ROOT, "b", 0, 2), TREE_NONE);
    ck_assert_uint_eq(tree_mark(fixture.tree), mark);
    expect_stat(&fixture, TREE_ROOT, "0 0 1 0 0 0 0 0 0 0 2");
    tree_delete(fixture.tree, a, at(3));
    ck_assert_uint_eq(create(&fixture, TREE_ROOT, "b", 0, 4), a);
    tear_down(&fixture);
}
END_TEST

START_TEST(slots_stay_dense)
{
    struct fixture fixture;
    uint32_t slots[1000];
    char name[16];

    set_up(&fixture, 2000);
    for (int round = 0; round < 3; round++) {
        for (uint32_t i = 0; i < 1000; i++) {
            (void)snprintf(name, sizeof name, "n%u", (unsigned)i);
            slots[i] = create(&fixture, TREE_ROOT, name, 0, 1);
            ck_assert_uint_lt(slots[i], 1004);
        }
        for (uint32_t i = 0; i < 1000; i++)
            tree_delete(fixture.tree, slots[(i * 7) % 1000], at(2));
    }
    ck_assert_uint_eq(tree_counts(fixture.tree).nodes, 4);
    ck_assert_uint_eq(tree_counts(fixture.tree).data_bytes, 20); /* zookeeper, quota, config */
    tear_down(&fixture);
}
END_TEST

START_TEST(a_path_may_be_as_long_as_paths_may_be)
{
    struct fixture fixture;
    AUTO(text_done) struct text path = {.size = 0};
    uint32_t slot = TREE_ROOT;

    set_up(&fixture, 100000);
    while (text_size(&path) < MESSAGE_PATH_MAX) {
        slot = create(&fixture, slot, "x", 0, 1);
        text_add(&path, "/x");
    }
    expect_path(&fixture, slot, text_data(&path));
    tear_down(&fixture);
}
END_TEST

/* ---- Many ---------------------------------------------------------------------------------- */

enum {
    MANY = 100000,
};

START_TEST(a_hundred_thousand_nodes_come_and_go)
{
    struct fixture fixture;
    char name[16];

    set_up(&fixture, MANY + 10);
    uint32_t parents[10];
    for (uint32_t i = 0; i < 10; i++) {
        (void)snprintf(name, sizeof name, "p%u", (unsigned)i);
        parents[i] = i == 0 ? create(&fixture, TREE_ROOT, name, 0, 1)
                            : create(&fixture, parents[i / 2], name, 0, 1);
    }
    for (uint32_t i = 0; i < MANY - 10; i++) {
        (void)snprintf(name, sizeof name, "n%u", (unsigned)i);
        create(&fixture, parents[i % 10], name, i % 3 == 0 ? SESSION + i % 7 : 0, 2);
    }
    tree_forget(fixture.tree, tree_mark(fixture.tree));
    ck_assert_uint_eq(tree_counts(fixture.tree).nodes, MANY + 4);
    for (uint32_t i = 0; i < MANY - 10; i++) {
        (void)snprintf(name, sizeof name, "n%u", (unsigned)i);
        uint32_t slot = tree_find_child(fixture.tree, parents[i % 10], name, strlen(name));
        ck_assert_uint_ne(slot, TREE_NONE);
        if (i % 2 == 0)
            tree_delete(fixture.tree, slot, at(3));
    }
    for (int64_t session = SESSION; session < SESSION + 7; session++) {
        uint32_t slot;
        while ((slot = tree_first_owned(fixture.tree, session)) != TREE_NONE)
            tree_delete(fixture.tree, slot, at(4));
    }
    ck_assert_uint_eq(tree_counts(fixture.tree).ephemerals, 0);
    AUTO(text_done) struct text text = {.size = 0};
    tree_print(fixture.tree, &text); /* checks links, index and counts */
    tree_forget(fixture.tree, tree_mark(fixture.tree));
    tear_down(&fixture);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        a_new_tree_has_what_every_server_is_born_with,
        a_create_changes_the_node_and_its_parent,
        a_delete_changes_the_parent,
        new_data_change_their_node_alone,
        a_new_acl_changes_its_version_alone,
        versions_wrap_around,
        owners_tell_what_a_node_is,
        a_session_finds_its_nodes_the_latest_first,
        a_walk_sees_all_below_a_node_and_nothing_else,
        reapable_nodes_are_found_bit_by_bit,
        a_full_tree_creates_nothing,
        slots_stay_dense,
        a_path_may_be_as_long_as_paths_may_be,
        a_hundred_thousand_nodes_come_and_go,
    };

    return suite_run("tree", tests, COUNT_OF(tests));
}
