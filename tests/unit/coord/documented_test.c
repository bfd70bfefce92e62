/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The examples in docs/protocol/zookeeper.md: requests are decoded to what the page says they are,
 * and answers come out as the page has them, byte by byte.
 */
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "coord/protocol/reply.h"
#include "coord/protocol/request.h"
#include "tests/support/suite.h"

#define FRAME_MAX  256
#define FENCE      "```"
#define FRAME_MARK FENCE "frame "

struct example {
    unsigned char bytes[FRAME_MAX];
    size_t size;
};

/* ---- reading the page ---- */

static int digit(char character)
{
    static const char digits[] = "0123456789abcdef";
    const char *at = character == '\0' ? NULL : strchr(digits, character);

    return at == NULL ? -1 : (int)(at - digits);
}

/* A line is pairs of digits, one space between them; after another space come words. */
static void add_line(struct example *example, const char *line)
{
    while (digit(line[0]) >= 0 && digit(line[1]) >= 0 && (line[2] == ' ' || line[2] == '\n')) {
        ck_assert_uint_lt(example->size, FRAME_MAX);
        example->bytes[example->size++] = (unsigned char)(digit(line[0]) * 16 + digit(line[1]));
        line += 3;
    }
}

/* The name of the example that the line begins; NULL if it begins none. */
static const char *begins(char *line)
{
    if (strncmp(line, FRAME_MARK, strlen(FRAME_MARK)) != 0)
        return NULL;
    line[strcspn(line, "\n")] = '\0';
    return line + strlen(FRAME_MARK);
}

static void read_example(FILE *page, struct example *example)
{
    char line[256];

    while (fgets(line, sizeof line, page) != NULL && strncmp(line, FENCE, strlen(FENCE)) != 0)
        add_line(example, line);
}

static FILE *open_page(void)
{
    FILE *page = fopen(DOCUMENT, "r");

    ck_assert_msg(page != NULL, "cannot open %s", DOCUMENT);
    return page;
}

static struct example find_example(const char *name)
{
    FILE *page = open_page();
    struct example example = {.size = 0};
    char line[256];

    while (example.size == 0 && fgets(line, sizeof line, page) != NULL) {
        const char *found = begins(line);
        if (found != NULL && strcmp(found, name) == 0)
            read_example(page, &example);
    }
    ck_assert_int_eq(fclose(page), 0);
    ck_assert_msg(example.size > 4, "no example '%s'", name);
    return example;
}

/* ---- checking ---- */

/* The frame without its length, which must be true. */
static struct jute_in frame_of(const struct example *example)
{
    struct jute_in in = jute_in_of(example->bytes, example->size);

    ck_assert_int_eq(jute_get_int(&in), (int64_t)example->size - 4);
    return in;
}

/* The decoded request borrows from the example. */
static struct request decode(const struct example *example, int32_t xid, int32_t op)
{
    struct jute_in in = frame_of(example);
    struct request request = {0};

    ck_assert_int_eq(request_decode(in.at, (size_t)(in.end - in.at), &request), REQUEST_DECODED);
    ck_assert_int_eq(request.xid, xid);
    ck_assert_int_eq(request.op, op);
    return request;
}

static void expect_text(struct jute_bytes bytes, const char *text)
{
    ck_assert_uint_eq(bytes.size, strlen(text));
    ck_assert_mem_eq(bytes.data, text, bytes.size);
}

static void expect_example(const struct text *out, const char *name)
{
    struct example example = find_example(name);

    ck_assert_uint_eq(text_size(out), example.size);
    ck_assert_mem_eq(text_data(out), example.bytes, example.size);
}

START_TEST(the_page_has_no_example_that_is_not_checked)
{
    FILE *page = open_page();
    char line[256];
    int count = 0;

    while (fgets(line, sizeof line, page) != NULL)
        count += begins(line) != NULL;
    ck_assert_int_eq(fclose(page), 0);
    ck_assert_int_eq(count, 13);
}
END_TEST

START_TEST(the_documented_connect_request_is_decoded)
{
    struct example example = find_example("connect");
    struct jute_in in = frame_of(&example);
    struct request_connect connect = {.has_read_only = false};

    ck_assert(request_decode_connect(in.at, (size_t)(in.end - in.at), &connect));
    ck_assert_int_eq(connect.timeout_ms, 10000);
    ck_assert_int_eq(connect.session_id, 0);
    ck_assert_int_eq(connect.last_zxid_seen, 0);
    ck_assert_uint_eq(connect.password.size, MESSAGE_PASSWORD_SIZE);
    ck_assert(connect.has_read_only);
    ck_assert(!connect.read_only);
}
END_TEST

START_TEST(the_documented_ping_is_decoded)
{
    struct example example = find_example("ping");

    (void)decode(&example, MESSAGE_XID_PING, MESSAGE_PING);
}
END_TEST

START_TEST(the_documented_create_is_decoded)
{
    struct example example = find_example("create");
    struct request request = decode(&example, 5, MESSAGE_CREATE);

    expect_text(request.path, "/a");
    expect_text(request.data, "one");
    ck_assert_int_eq(request.flags, MESSAGE_PERSISTENT);
    ck_assert_uint_eq(request.acl.count, 1);
    struct request_acl acl = request_next_acl(&request.acl);
    ck_assert_int_eq(acl.permissions, MESSAGE_ALL_PERMISSIONS);
    expect_text(acl.scheme, "world");
    expect_text(acl.id, "anyone");
}
END_TEST

START_TEST(the_documented_get_data_is_decoded)
{
    struct example example = find_example("getData");
    struct request request = decode(&example, 6, MESSAGE_GET_DATA);

    expect_text(request.path, "/a");
    ck_assert(request.watch);
}
END_TEST

START_TEST(the_documented_multi_is_decoded)
{
    struct example example = find_example("multi");
    struct request request = decode(&example, 8, MESSAGE_MULTI);
    struct request part;

    ck_assert_int_eq(request_next_part(&request.parts, &part), REQUEST_PART);
    ck_assert_int_eq(part.op, MESSAGE_CHECK);
    expect_text(part.path, "/a");
    ck_assert_int_eq(part.version, 2);
    ck_assert_int_eq(request_next_part(&request.parts, &part), REQUEST_PART);
    ck_assert_int_eq(part.op, MESSAGE_SET_DATA);
    expect_text(part.path, "/a");
    expect_text(part.data, "no");
    ck_assert_int_eq(part.version, -1);
    ck_assert_int_eq(request_next_part(&request.parts, &part), REQUEST_PARTS_END);
    ck_assert_ptr_eq(request.parts.at, request.parts.end);
}
END_TEST

START_TEST(answers_to_connects_are_as_documented)
{
    AUTO(text_done) struct text accepted = {0};
    AUTO(text_done) struct text refused = {0};
    struct reply_connect connect = {
        .timeout_ms = 10000,
        .session_id = 0x010001935f2a0000,
        .password = {0x9a, 0x1f, 0x04, 0xc2, 0x77, 0xe0, 0x5b, 0xd8, 0x31, 0xaa, 0x6c, 0x90, 0x0e,
                     0xf3, 0x42, 0x8d},
        .has_read_only = true,
    };

    reply_put_connect(&accepted, &connect);
    expect_example(&accepted, "connect answer");
    reply_put_connect(&refused, &(struct reply_connect){.has_read_only = true});
    expect_example(&refused, "connect refused");
}
END_TEST

START_TEST(answers_without_a_body_are_as_documented)
{
    AUTO(text_done) struct text ping = {0};
    AUTO(text_done) struct text error = {0};

    reply_put_header(&ping, &(struct reply_header){.xid = MESSAGE_XID_PING, .zxid = 42});
    expect_example(&ping, "ping answer");
    reply_put_header(&error, &(struct reply_header){.xid = 7, .zxid = 42, .error = COORD_NO_NODE});
    expect_example(&error, "no node");
}
END_TEST

START_TEST(the_answer_to_a_create_is_as_documented)
{
    AUTO(text_done) struct text out = {0};

    size_t begin = reply_begin(&out, &(struct reply_header){.xid = 5, .zxid = 42});
    jute_put_text(&out, "/a");
    reply_end(&out, begin);
    expect_example(&out, "create answer");
}
END_TEST

START_TEST(the_answer_to_a_get_data_is_as_documented)
{
    AUTO(text_done) struct text out = {0};
    struct message_stat stat = {.czxid = 42,
                                .mzxid = 42,
                                .ctime_ms = 0x1935f2a1000,
                                .mtime_ms = 0x1935f2a1000,
                                .data_length = 3,
                                .pzxid = 42};

    size_t begin = reply_begin(&out, &(struct reply_header){.xid = 6, .zxid = 42});
    jute_put_text(&out, "one");
    reply_put_stat(&out, &stat);
    reply_end(&out, begin);
    expect_example(&out, "getData answer");
}
END_TEST

START_TEST(an_event_is_as_documented)
{
    AUTO(text_done) struct text out = {0};

    reply_put_event(&out, MESSAGE_NODE_DATA_CHANGED, "/a", 2);
    expect_example(&out, "event");
}
END_TEST

START_TEST(the_answer_to_a_multi_is_as_documented)
{
    AUTO(text_done) struct text out = {0};

    size_t begin = reply_begin(&out, &(struct reply_header){.xid = 8, .zxid = 43});
    reply_put_part(&out, MESSAGE_ERROR, COORD_BAD_VERSION);
    reply_put_part(&out, MESSAGE_ERROR, COORD_RUNTIME_INCONSISTENCY);
    reply_put_parts_end(&out);
    reply_end(&out, begin);
    expect_example(&out, "multi answer");
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        the_page_has_no_example_that_is_not_checked,
        the_documented_connect_request_is_decoded,
        the_documented_ping_is_decoded,
        the_documented_create_is_decoded,
        the_documented_get_data_is_decoded,
        the_documented_multi_is_decoded,
        answers_to_connects_are_as_documented,
        answers_without_a_body_are_as_documented,
        the_answer_to_a_create_is_as_documented,
        the_answer_to_a_get_data_is_as_documented,
        an_event_is_as_documented,
        the_answer_to_a_multi_is_as_documented,
    };

    return suite_run("documented", tests, COUNT_OF(tests));
}
