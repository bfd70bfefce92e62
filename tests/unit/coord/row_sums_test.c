/* SPDX-License-Identifier: Apache-2.0 */
#include "coord/server/row_sums.h"

#include "base/mem.h"
#include "tests/support/suite.h"

static struct batch_node make_node(uint32_t slot)
{
    return (struct batch_node){
        .slot = slot, .parent = 1, .name = "name", .name_size = 4, .data = "data", .data_size = 4};
}

static uint32_t sum_of(const struct batch_node *node)
{
    AUTO(row_sums_destroy) struct row_sums *sums = row_sums_new();

    row_sums_put_node(sums, node);
    return row_sums_total(sums);
}

START_TEST(nothing_sums_up_to_nothing)
{
    AUTO(row_sums_destroy) struct row_sums *sums = row_sums_new();

    ck_assert_uint_eq(row_sums_total(sums), 0);
    row_sums_delete_node(sums, 5);
    ck_assert_uint_eq(row_sums_total(sums), 0);
}
END_TEST

START_TEST(the_total_depends_on_every_field)
{
    const struct batch_node node = make_node(2);
    struct batch_node others[17];

    for (size_t i = 0; i < COUNT_OF(others); i++)
        others[i] = node;
    others[0].slot = 3;
    others[1].parent = 2;
    others[2].acl = 1;
    others[3].version = 1;
    others[4].aversion = 1;
    others[5].creations = 1;
    others[6].czxid = 1;
    others[7].mzxid = 1;
    others[8].pzxid = 1;
    others[9].ctime_ms = 1;
    others[10].mtime_ms = 1;
    others[11].owner = INT64_MIN;
    others[12].name = "nAme";
    others[13].name_size = 3;
    others[14].data = "dat\0";
    others[15].data_size = 0;
    others[16].data = NULL;
    others[16].data_size = 0;
    for (size_t i = 0; i < COUNT_OF(others); i++) {
        ck_assert_uint_ne(sum_of(&others[i]), sum_of(&node));
        for (size_t j = 0; j < i; j++)
            ck_assert_uint_ne(sum_of(&others[i]), sum_of(&others[j]));
    }
}
END_TEST

START_TEST(the_total_depends_on_the_state_and_not_on_the_way_to_it)
{
    AUTO(row_sums_destroy) struct row_sums *straight = row_sums_new();
    AUTO(row_sums_destroy) struct row_sums *winding = row_sums_new();
    struct batch_node one = make_node(1);
    struct batch_node far = make_node(BATCH_SLOTS_MAX - 1);

    far.version = 9;
    row_sums_put_node(straight, &one);
    row_sums_put_node(straight, &far);
    row_sums_flip_session(straight, 7, 4000);
    row_sums_flip_acl(straight, 3, "acl", 3);

    row_sums_flip_acl(winding, 3, "acl", 3);
    far.version = 2;
    row_sums_put_node(winding, &far);
    row_sums_delete_node(winding, far.slot);
    row_sums_put_node(winding, &far);
    far.version = 9;
    row_sums_put_stat(winding, &far);
    row_sums_flip_session(winding, 7, 5000);
    row_sums_put_node(winding, &one);
    row_sums_flip_session(winding, 7, 5000);
    row_sums_flip_session(winding, 7, 4000);
    ck_assert_uint_eq(row_sums_total(straight), row_sums_total(winding));
}
END_TEST

START_TEST(sessions_and_lists_count)
{
    AUTO(row_sums_destroy) struct row_sums *sums = row_sums_new();

    row_sums_flip_session(sums, 1, 2);
    uint32_t with_session = row_sums_total(sums);
    ck_assert_uint_ne(with_session, 0);
    row_sums_flip_acl(sums, 1, "", 0);
    ck_assert_uint_ne(row_sums_total(sums), with_session);
    row_sums_flip_session(sums, 1, 2);
    row_sums_flip_acl(sums, 1, "", 0);
    ck_assert_uint_eq(row_sums_total(sums), 0);
}
END_TEST

START_TEST(zxid_and_secret_count)
{
    static const unsigned char secret[SESSION_SECRET_SIZE] = {1};
    static const unsigned char other[SESSION_SECRET_SIZE] = {2};

    ck_assert_uint_ne(row_sums_meta(1, secret), row_sums_meta(2, secret));
    ck_assert_uint_ne(row_sums_meta(1, secret), row_sums_meta(1, other));
    ck_assert_uint_eq(row_sums_meta(1, secret), row_sums_meta(1, secret));
}
END_TEST

START_TEST(what_is_undone_leaves_no_trace)
{
    AUTO(row_sums_destroy) struct row_sums *sums = row_sums_new();
    struct batch_node one = make_node(1);
    struct batch_node two = make_node(2);

    row_sums_put_node(sums, &one);
    row_sums_flip_session(sums, 5, 6);
    row_sums_keep(sums);
    uint32_t before = row_sums_total(sums);

    one.version = 5;
    row_sums_put_stat(sums, &one);
    one.data = NULL;
    one.data_size = 0;
    row_sums_put_node(sums, &one);
    row_sums_delete_node(sums, 1);
    row_sums_put_node(sums, &two);
    row_sums_flip_session(sums, 5, 6);
    ck_assert_uint_ne(row_sums_total(sums), before);
    row_sums_undo(sums);
    ck_assert_uint_eq(row_sums_total(sums), before);

    row_sums_delete_node(sums, 1); /* of the row as it was kept */
    row_sums_delete_node(sums, 2);
    row_sums_flip_session(sums, 5, 6);
    ck_assert_uint_eq(row_sums_total(sums), 0);
}
END_TEST

/* The numbers are stored: another function here would refuse all stores there are. */
START_TEST(the_function_stays_what_it_is)
{
    AUTO(row_sums_destroy) struct row_sums *sums = row_sums_new();
    struct batch_node node = make_node(1);

    row_sums_put_node(sums, &node);
    ck_assert_uint_eq(row_sums_total(sums), UINT32_C(4002478108));
    row_sums_delete_node(sums, 1);
    row_sums_flip_session(sums, 1, 2);
    ck_assert_uint_eq(row_sums_total(sums), UINT32_C(4032726134));
    row_sums_flip_session(sums, 1, 2);
    row_sums_flip_acl(sums, 1, "list", 4);
    ck_assert_uint_eq(row_sums_total(sums), UINT32_C(3589250865));
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        nothing_sums_up_to_nothing,
        the_total_depends_on_every_field,
        the_total_depends_on_the_state_and_not_on_the_way_to_it,
        sessions_and_lists_count,
        zxid_and_secret_count,
        what_is_undone_leaves_no_trace,
        the_function_stays_what_it_is,
    };

    return suite_run("row_sums", tests, sizeof tests / sizeof *tests);
}
