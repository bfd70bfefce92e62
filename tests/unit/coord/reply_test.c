/* SPDX-License-Identifier: Apache-2.0 */
#include "coord/protocol/reply.h"

#include <string.h>

#include "base/mem.h"
#include "tests/support/suite.h"

static void expect_bytes(const struct text *text, const char *bytes, size_t size)
{
    ck_assert_uint_eq(text_size(text), size);
    ck_assert_mem_eq(text_data(text), bytes, size);
}

/* The cursor behind the length of the one frame that the text holds. */
static struct jute_in open_frame(const struct text *out)
{
    struct jute_in in = jute_in_of(text_data(out), text_size(out));

    ck_assert_int_eq(jute_get_int(&in), (int64_t)text_size(out) - 4);
    return in;
}

static void expect_end(const struct jute_in *in)
{
    ck_assert(!in->failed);
    ck_assert_ptr_eq(in->at, in->end);
}

START_TEST(a_reply_without_body_is_its_header)
{
    AUTO(text_done) struct text out = {0};
    struct reply_header header = {.xid = 5, .zxid = 0x0102030405060708, .error = COORD_NO_NODE};

    reply_put_header(&out, &header);
    expect_bytes(&out, "\0\0\0\20\0\0\0\5\1\2\3\4\5\6\7\10\xff\xff\xff\x9b", 20);
}
END_TEST

START_TEST(a_reply_is_appended_as_one_frame)
{
    AUTO(text_done) struct text out = {0};
    struct reply_header header = {.xid = 6, .zxid = 9, .error = COORD_OK};

    text_add(&out, "before");
    size_t begin = reply_begin(&out, &header);
    ck_assert_uint_eq(begin, 6);
    jute_put_text(&out, "/a");
    reply_end(&out, begin);
    expect_bytes(&out, "before\0\0\0\26\0\0\0\6\0\0\0\0\0\0\0\11\0\0\0\0\0\0\0\2/a", 32);
}
END_TEST

START_TEST(a_stat_has_its_fields_in_order)
{
    AUTO(text_done) struct text out = {0};
    struct message_stat stat = {.czxid = 1,
                                .mzxid = 2,
                                .ctime_ms = 3,
                                .mtime_ms = 4,
                                .version = 5,
                                .cversion = -6,
                                .aversion = 7,
                                .ephemeral_owner = INT64_MIN,
                                .data_length = 9,
                                .children = 10,
                                .pzxid = 11};

    reply_put_stat(&out, &stat);
    ck_assert_uint_eq(text_size(&out), MESSAGE_STAT_SIZE);
    struct jute_in in = jute_in_of(text_data(&out), text_size(&out));
    for (int64_t i = 1; i <= 4; i++)
        ck_assert_int_eq(jute_get_long(&in), i);
    ck_assert_int_eq(jute_get_int(&in), 5);
    ck_assert_int_eq(jute_get_int(&in), -6);
    ck_assert_int_eq(jute_get_int(&in), 7);
    ck_assert_int_eq(jute_get_long(&in), INT64_MIN);
    ck_assert_int_eq(jute_get_int(&in), 9);
    ck_assert_int_eq(jute_get_int(&in), 10);
    ck_assert_int_eq(jute_get_long(&in), 11);
    expect_end(&in);
}
END_TEST

START_TEST(the_last_byte_of_a_connect_answer_is_for_those_who_know_it)
{
    for (int known = 0; known < 2; known++) {
        AUTO(text_done) struct text out = {0};
        struct reply_connect connect = {
            .timeout_ms = 6000, .session_id = INT64_MAX, .has_read_only = known == 1};
        memcpy(connect.password, "0123456789abcdef", MESSAGE_PASSWORD_SIZE);

        reply_put_connect(&out, &connect);
        ck_assert_uint_eq(text_size(&out), 4 + 36 + (size_t)known);
        struct jute_in in = open_frame(&out);
        ck_assert_int_eq(jute_get_int(&in), 0);
        ck_assert_int_eq(jute_get_int(&in), 6000);
        ck_assert_int_eq(jute_get_long(&in), INT64_MAX);
        struct jute_bytes password = jute_get_bytes(&in);
        ck_assert_uint_eq(password.size, MESSAGE_PASSWORD_SIZE);
        ck_assert_mem_eq(password.data, "0123456789abcdef", MESSAGE_PASSWORD_SIZE);
        if (known == 1)
            ck_assert(!jute_get_bool(&in));
        expect_end(&in);
    }
}
END_TEST

START_TEST(a_refused_connect_is_all_zeros)
{
    AUTO(text_done) struct text out = {0};
    char expected[40] = {[3] = 36, [23] = 16};

    reply_put_connect(&out, &(struct reply_connect){0});
    expect_bytes(&out, expected, sizeof expected);
}
END_TEST

START_TEST(an_event_carries_the_path)
{
    AUTO(text_done) struct text out = {0};

    reply_put_event(&out, MESSAGE_NODE_CHILDREN_CHANGED, "/gale/x", 5);
    struct jute_in in = open_frame(&out);
    ck_assert_int_eq(jute_get_int(&in), MESSAGE_XID_NOTIFICATION);
    ck_assert_int_eq(jute_get_long(&in), -1);
    ck_assert_int_eq(jute_get_int(&in), 0);
    ck_assert_int_eq(jute_get_int(&in), 4);
    ck_assert_int_eq(jute_get_int(&in), 3);
    struct jute_bytes path = jute_get_bytes(&in);
    ck_assert_uint_eq(path.size, 5);
    ck_assert_mem_eq(path.data, "/gale", 5);
    expect_end(&in);
}
END_TEST

START_TEST(parts_of_a_multi_have_headers_and_errors_have_bodies)
{
    AUTO(text_done) struct text out = {0};

    reply_put_part(&out, MESSAGE_CREATE, COORD_OK);
    jute_put_text(&out, "/a");
    reply_put_part(&out, MESSAGE_DELETE, COORD_OK);
    reply_put_part(&out, MESSAGE_ERROR, COORD_BAD_VERSION);
    reply_put_part(&out, MESSAGE_ERROR, COORD_OK);
    reply_put_parts_end(&out);
    expect_bytes(&out,
                 "\0\0\0\1\0\0\0\0\0\0\0\0\2/a"
                 "\0\0\0\2\0\0\0\0\0"
                 "\xff\xff\xff\xff\0\xff\xff\xff\x99\xff\xff\xff\x99"
                 "\xff\xff\xff\xff\0\0\0\0\0\0\0\0\0"
                 "\xff\xff\xff\xff\1\xff\xff\xff\xff",
                 59);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        a_reply_without_body_is_its_header,
        a_reply_is_appended_as_one_frame,
        a_stat_has_its_fields_in_order,
        the_last_byte_of_a_connect_answer_is_for_those_who_know_it,
        a_refused_connect_is_all_zeros,
        an_event_carries_the_path,
        parts_of_a_multi_have_headers_and_errors_have_bodies,
    };

    return suite_run("reply", tests, COUNT_OF(tests));
}
