/* SPDX-License-Identifier: Apache-2.0 */
#include "coord/protocol/request.h"

#include <string.h>

#include "base/mem.h"
#include "base/rng.h"
#include "tests/support/suite.h"

#define PROPERTY_ROUNDS 200
#define TEXT_MAX        20
#define ITEMS_MAX       4
#define PARTS_MAX       6

/*
 * Every operation with a body, and its record, a letter for each field:
 * P path, D data, S scheme, A ACL, F flags, T ttl, V version, K kind, W watch, 0 a zero,
 * Z relative zxid, and the lists of watches d, e, c, p, r.
 */
struct record {
    enum message_op op;
    const char *fields;
};

static const struct record records[] = {
    {MESSAGE_CREATE, "PDAF"},
    {MESSAGE_CREATE2, "PDAF"},
    {MESSAGE_CREATE_CONTAINER, "PDAF"},
    {MESSAGE_CREATE_TTL, "PDAFT"},
    {MESSAGE_DELETE, "PV"},
    {MESSAGE_EXISTS, "PW"},
    {MESSAGE_GET_DATA, "PW"},
    {MESSAGE_SET_DATA, "PDV"},
    {MESSAGE_GET_ACL, "P"},
    {MESSAGE_SET_ACL, "PAV"},
    {MESSAGE_GET_CHILDREN, "PW"},
    {MESSAGE_GET_CHILDREN2, "PW"},
    {MESSAGE_SYNC, "P"},
    {MESSAGE_CHECK, "PV"},
    {MESSAGE_CHECK_WATCHES, "PK"},
    {MESSAGE_REMOVE_WATCHES, "PK"},
    {MESSAGE_ADD_WATCH, "PK"},
    {MESSAGE_AUTH, "0SD"},
    {MESSAGE_SET_WATCHES, "Zdec"},
    {MESSAGE_SET_WATCHES2, "Zdecpr"},
    {MESSAGE_GET_EPHEMERALS, "P"},
    {MESSAGE_GET_ALL_CHILDREN_NUMBER, "P"},
};

static const enum message_op writes[] = {
    MESSAGE_CREATE,   MESSAGE_CREATE2, MESSAGE_CREATE_CONTAINER, MESSAGE_CREATE_TTL, MESSAGE_DELETE,
    MESSAGE_SET_DATA, MESSAGE_CHECK,
};
static const enum message_op reads[] = {MESSAGE_GET_DATA, MESSAGE_GET_CHILDREN};

static const char *fields_of(int32_t op)
{
    for (size_t i = 0; i < COUNT_OF(records); i++) {
        if ((int32_t)records[i].op == op)
            return records[i].fields;
    }
    return "";
}

/* ---- writing records of random fields ---- */

static void put_random_bytes(struct text *out, struct rng *rng)
{
    char bytes[TEXT_MAX];
    size_t size = rng_below(rng, TEXT_MAX);

    for (size_t i = 0; i < size; i++)
        bytes[i] = (char)rng_next(rng);
    jute_put_bytes(out, (struct jute_bytes){rng_below(rng, 8) == 0 ? NULL : bytes, size});
}

static void put_random_list(struct text *out, struct rng *rng, bool acl)
{
    int32_t count = (int32_t)rng_below(rng, ITEMS_MAX) - 1;

    jute_put_int(out, count);
    for (int32_t i = 0; i < count; i++) {
        if (acl) {
            jute_put_int(out, (int32_t)rng_next(rng));
            put_random_bytes(out, rng);
        }
        put_random_bytes(out, rng);
    }
}

static void put_random_field(struct text *out, struct rng *rng, char field)
{
    if (strchr("PDS", field) != NULL)
        put_random_bytes(out, rng);
    else if (strchr("FVK", field) != NULL)
        jute_put_int(out, (int32_t)rng_next(rng));
    else if (strchr("TZ", field) != NULL)
        jute_put_long(out, (int64_t)rng_next(rng));
    else if (field == 'W')
        jute_put_bool(out, rng_below(rng, 2) == 1);
    else if (field == '0')
        jute_put_int(out, 0);
    else
        put_random_list(out, rng, field == 'A');
}

static void put_random_record(struct text *out, struct rng *rng, int32_t op)
{
    for (const char *field = fields_of(op); *field != '\0'; field++)
        put_random_field(out, rng, *field);
}

static void put_header(struct text *out, int32_t xid, int32_t op)
{
    jute_put_int(out, xid);
    jute_put_int(out, op);
}

static void put_part_header(struct text *out, int32_t op, bool done)
{
    jute_put_int(out, op);
    jute_put_bool(out, done);
    jute_put_int(out, -1);
}

static int random_part_count(struct rng *rng)
{
    return (int)rng_below(rng, PARTS_MAX);
}

static void put_random_parts(struct text *out, struct rng *rng, int32_t op)
{
    int count = random_part_count(rng);

    for (int i = 0; i < count; i++) {
        int32_t part = (int32_t)(op == MESSAGE_MULTI ? writes[rng_below(rng, COUNT_OF(writes))]
                                                     : reads[rng_below(rng, COUNT_OF(reads))]);
        put_part_header(out, part, false);
        put_random_record(out, rng, part);
    }
    put_part_header(out, -1, true);
}

/* ---- writing what was decoded ---- */

static void put_list(struct text *out, struct request_list list, bool acl)
{
    jute_put_int(out, list.is_null ? -1 : (int32_t)list.count);
    while (list.count > 0) {
        if (acl) {
            struct request_acl item = request_next_acl(&list);
            jute_put_int(out, item.permissions);
            jute_put_bytes(out, item.scheme);
            jute_put_bytes(out, item.id);
        } else {
            jute_put_bytes(out, request_next_path(&list));
        }
    }
    ck_assert(!list.items.failed);
    ck_assert_ptr_eq(list.items.at, list.items.end);
}

static void put_field(struct text *out, const struct request *request, char field)
{
    static const char lists[] = "decpr";

    switch (field) {
    case 'P':
        jute_put_bytes(out, request->path);
        return;
    case 'D':
        jute_put_bytes(out, request->data);
        return;
    case 'S':
        jute_put_bytes(out, request->scheme);
        return;
    case 'A':
        put_list(out, request->acl, true);
        return;
    case 'F':
        jute_put_int(out, request->flags);
        return;
    case 'T':
        jute_put_long(out, request->ttl_ms);
        return;
    case 'V':
        jute_put_int(out, request->version);
        return;
    case 'K':
        jute_put_int(out, request->kind);
        return;
    case 'W':
        jute_put_bool(out, request->watch);
        return;
    case 'Z':
        jute_put_long(out, request->relative_zxid);
        return;
    case '0':
        jute_put_int(out, 0);
        return;
    default:
        put_list(out, request->watches[strchr(lists, field) - lists], false);
    }
}

static void put_record(struct text *out, const struct request *request)
{
    for (const char *field = fields_of(request->op); *field != '\0'; field++)
        put_field(out, request, *field);
}

static void put_parts(struct text *out, const struct request *request)
{
    struct jute_in parts = request->parts;
    struct request part = {.xid = 1};
    enum request_part outcome;

    while ((outcome = request_next_part(&parts, &part)) == REQUEST_PART) {
        ck_assert_int_eq(part.xid, 0);
        put_part_header(out, part.op, false);
        put_record(out, &part);
    }
    ck_assert_int_eq(outcome, REQUEST_PARTS_END);
    put_part_header(out, -1, true);
}

/* ---- expectations ---- */

static enum request_outcome decode(const struct text *frame, struct request *ret_request)
{
    return request_decode(text_data(frame), text_size(frame), ret_request);
}

static bool is_zero_but_for_header(const struct request *request)
{
    return request->path.data == NULL && request->data.data == NULL &&
           request->scheme.data == NULL && request->acl.count == 0 && !request->acl.is_null &&
           request->flags == 0 && request->ttl_ms == 0 && request->version == 0 &&
           request->kind == 0 && !request->watch && request->relative_zxid == 0 &&
           request->watches[REQUEST_WATCH_DATA].count == 0 && request->parts.at == NULL;
}

static void expect_malformed(const struct text *frame)
{
    struct request request = {.version = 99};

    ck_assert_int_eq(decode(frame, &request), REQUEST_MALFORMED);
    ck_assert_int_eq(request.xid, 7);
    ck_assert(is_zero_but_for_header(&request));
}

/* A copy of its own, so that a read too far is seen by a sanitizer. */
static void expect_no_part_is_enough(const struct text *frame)
{
    for (size_t size = 0; size < text_size(frame); size++) {
        struct request request = {0};
        char *part = mem_alloc(size);
        memcpy(part, text_data(frame), size);
        enum request_outcome expected = size < 8 ? REQUEST_HEADERLESS : REQUEST_MALFORMED;
        ck_assert_int_eq(request_decode(part, size, &request), expected);
        ck_assert(is_zero_but_for_header(&request));
        mem_free_text(&part);
    }
}

static void expect_text(struct jute_bytes bytes, const char *text)
{
    ck_assert_ptr_nonnull(bytes.data);
    ck_assert_uint_eq(bytes.size, strlen(text));
    ck_assert_mem_eq(bytes.data, text, bytes.size);
}

static void expect_same(const struct text *left, const struct text *right)
{
    ck_assert_uint_eq(text_size(left), text_size(right));
    ck_assert_mem_eq(text_data(left), text_data(right), text_size(left));
}

/* ---- requests ---- */

START_TEST(any_request_is_decoded_as_it_was_written)
{
    struct rng rng;

    rng_init(&rng, 11);
    for (size_t round = 0; round < PROPERTY_ROUNDS * COUNT_OF(records); round++) {
        AUTO(text_done) struct text frame = {0};
        AUTO(text_done) struct text again = {0};
        const struct record *record = &records[round % COUNT_OF(records)];
        struct request request;

        put_header(&frame, 7, (int32_t)record->op);
        put_random_record(&frame, &rng, (int32_t)record->op);
        ck_assert_int_eq(decode(&frame, &request), REQUEST_DECODED);
        put_header(&again, request.xid, request.op);
        put_record(&again, &request);
        expect_same(&frame, &again);
        expect_no_part_is_enough(&frame);
    }
}
END_TEST

START_TEST(any_multi_is_decoded_as_it_was_written)
{
    struct rng rng;

    rng_init(&rng, 12);
    for (int round = 0; round < PROPERTY_ROUNDS; round++) {
        AUTO(text_done) struct text frame = {0};
        AUTO(text_done) struct text again = {0};
        int32_t op = round % 2 == 0 ? MESSAGE_MULTI : MESSAGE_MULTI_READ;
        struct request request;

        put_header(&frame, 7, op);
        put_random_parts(&frame, &rng, op);
        ck_assert_int_eq(decode(&frame, &request), REQUEST_DECODED);
        put_header(&again, request.xid, request.op);
        put_parts(&again, &request);
        expect_same(&frame, &again);
        expect_no_part_is_enough(&frame);
    }
}
END_TEST

START_TEST(bytes_behind_the_record_are_ignored)
{
    AUTO(text_done) struct text frame = {0};
    struct request request;

    put_header(&frame, 7, MESSAGE_DELETE);
    jute_put_text(&frame, "/a");
    jute_put_int(&frame, -1);
    text_add_bytes(&frame, "more", 4);
    ck_assert_int_eq(decode(&frame, &request), REQUEST_DECODED);
    expect_text(request.path, "/a");
    ck_assert_int_eq(request.version, -1);
}
END_TEST

START_TEST(operations_without_a_body_and_unknown_ones_have_none)
{
    const int32_t ops[] = {MESSAGE_PING,
                           MESSAGE_CLOSE_SESSION,
                           MESSAGE_WHO_AM_I,
                           MESSAGE_SASL,
                           MESSAGE_ERROR,
                           -10,
                           0,
                           10,
                           20,
                           INT32_MAX};

    for (size_t i = 0; i < COUNT_OF(ops); i++) {
        AUTO(text_done) struct text frame = {0};
        struct request request;

        put_header(&frame, -2, ops[i]);
        ck_assert_int_eq(decode(&frame, &request), REQUEST_DECODED);
        text_add_bytes(&frame, "\xff\xff", 2);
        ck_assert_int_eq(decode(&frame, &request), REQUEST_DECODED);
        ck_assert_int_eq(request.xid, -2);
        ck_assert_int_eq(request.op, ops[i]);
        ck_assert(is_zero_but_for_header(&request));
    }
}
END_TEST

START_TEST(a_reconfig_is_looked_at_for_its_form_alone)
{
    AUTO(text_done) struct text frame = {0};
    struct request request;

    put_header(&frame, 1, MESSAGE_RECONFIG);
    ck_assert_int_eq(decode(&frame, &request), REQUEST_MALFORMED);
    jute_put_text(&frame, "joining");
    jute_put_text(&frame, NULL);
    jute_put_text(&frame, "");
    jute_put_long(&frame, -1);
    ck_assert_int_eq(decode(&frame, &request), REQUEST_DECODED);
    ck_assert(is_zero_but_for_header(&request));
}
END_TEST

START_TEST(the_fields_of_a_create_are_where_they_belong)
{
    AUTO(text_done) struct text frame = {0};
    struct request request;

    put_header(&frame, 7, MESSAGE_CREATE_TTL);
    jute_put_text(&frame, "/a");
    jute_put_text(&frame, "data");
    jute_put_int(&frame, 2);
    jute_put_int(&frame, MESSAGE_ALL_PERMISSIONS);
    jute_put_text(&frame, "world");
    jute_put_text(&frame, "anyone");
    jute_put_int(&frame, MESSAGE_READ);
    jute_put_text(&frame, "auth");
    jute_put_text(&frame, "");
    jute_put_int(&frame, MESSAGE_TTL);
    jute_put_long(&frame, 60000);

    ck_assert_int_eq(decode(&frame, &request), REQUEST_DECODED);
    expect_text(request.path, "/a");
    expect_text(request.data, "data");
    ck_assert_int_eq(request.flags, MESSAGE_TTL);
    ck_assert_int_eq(request.ttl_ms, 60000);
    ck_assert_uint_eq(request.acl.count, 2);
    ck_assert(!request.acl.is_null);
    struct request_acl first = request_next_acl(&request.acl);
    ck_assert_int_eq(first.permissions, MESSAGE_ALL_PERMISSIONS);
    expect_text(first.scheme, "world");
    expect_text(first.id, "anyone");
    struct request_acl second = request_next_acl(&request.acl);
    ck_assert_int_eq(second.permissions, MESSAGE_READ);
    expect_text(second.scheme, "auth");
    expect_text(second.id, "");
    ck_assert_uint_eq(request.acl.count, 0);
}
END_TEST

START_TEST(a_null_list_and_an_empty_one_differ)
{
    for (int32_t count = -1; count <= 0; count++) {
        AUTO(text_done) struct text frame = {0};
        struct request request;

        put_header(&frame, 7, MESSAGE_SET_ACL);
        jute_put_text(&frame, "/a");
        jute_put_int(&frame, count);
        jute_put_int(&frame, 3);
        ck_assert_int_eq(decode(&frame, &request), REQUEST_DECODED);
        ck_assert_uint_eq(request.acl.count, 0);
        ck_assert_int_eq(request.acl.is_null, count == -1);
        ck_assert_int_eq(request.version, 3);
    }
}
END_TEST

START_TEST(counts_that_lie_are_malformed)
{
    const int32_t counts[] = {2, 3, 1000000, INT32_MAX, -2, INT32_MIN};

    for (size_t i = 0; i < COUNT_OF(counts); i++) {
        AUTO(text_done) struct text acl = {0};
        AUTO(text_done) struct text watches = {0};

        put_header(&acl, 7, MESSAGE_SET_ACL);
        jute_put_text(&acl, "/a");
        jute_put_int(&acl, counts[i]);
        jute_put_int(&acl, MESSAGE_READ);
        jute_put_text(&acl, "world");
        jute_put_text(&acl, "anyone");
        jute_put_int(&acl, 0);
        expect_malformed(&acl);

        put_header(&watches, 7, MESSAGE_SET_WATCHES);
        jute_put_long(&watches, 5);
        jute_put_int(&watches, counts[i]);
        jute_put_text(&watches, "/a");
        jute_put_int(&watches, 0);
        expect_malformed(&watches);
    }
}
END_TEST

/* The count is as many as the bytes could hold, but the items are longer. */
START_TEST(items_that_lie_are_malformed)
{
    AUTO(text_done) struct text frame = {0};

    put_header(&frame, 7, MESSAGE_SET_WATCHES);
    jute_put_long(&frame, 5);
    jute_put_int(&frame, 1);
    jute_put_int(&frame, 100);
    text_add_bytes(&frame, "/short", 6);
    expect_malformed(&frame);
}
END_TEST

START_TEST(lists_of_watches_are_kept_apart)
{
    AUTO(text_done) struct text frame = {0};
    const char *const paths[] = {"/data", "/exist", "/child", "/persistent", "/recursive"};
    struct request request;

    put_header(&frame, MESSAGE_XID_SET_WATCHES, MESSAGE_SET_WATCHES2);
    jute_put_long(&frame, 5);
    for (size_t i = 0; i < COUNT_OF(paths); i++) {
        jute_put_int(&frame, 2);
        jute_put_text(&frame, paths[i]);
        jute_put_text(&frame, "/");
    }
    ck_assert_int_eq(decode(&frame, &request), REQUEST_DECODED);
    ck_assert_int_eq(request.relative_zxid, 5);
    for (size_t i = 0; i < COUNT_OF(paths); i++) {
        ck_assert_uint_eq(request.watches[i].count, 2);
        expect_text(request_next_path(&request.watches[i]), paths[i]);
        expect_text(request_next_path(&request.watches[i]), "/");
    }
}
END_TEST

/* ---- multi ---- */

START_TEST(an_empty_multi_has_no_parts)
{
    AUTO(text_done) struct text frame = {0};
    struct request request;
    struct request part;

    put_header(&frame, 7, MESSAGE_MULTI);
    put_part_header(&frame, -1, true);
    ck_assert_int_eq(decode(&frame, &request), REQUEST_DECODED);
    ck_assert_int_eq(request_next_part(&request.parts, &part), REQUEST_PARTS_END);
}
END_TEST

/* A multi or multiRead of a getData and a delete, in the order asked for. */
static void put_mixed(struct text *frame, int32_t op, bool read_first)
{
    put_header(frame, 7, op);
    for (int i = 0; i < 2; i++) {
        bool is_read = (i == 0) == read_first;
        put_part_header(frame, is_read ? MESSAGE_GET_DATA : MESSAGE_DELETE, false);
        jute_put_text(frame, "/a");
        if (is_read)
            jute_put_bool(frame, false);
        else
            jute_put_int(frame, -1);
    }
    put_part_header(frame, -1, true);
}

START_TEST(reads_and_writes_do_not_mix)
{
    const int32_t ops[] = {MESSAGE_MULTI, MESSAGE_MULTI_READ};

    for (size_t i = 0; i < 4; i++) {
        AUTO(text_done) struct text frame = {0};
        put_mixed(&frame, ops[i / 2], i % 2 == 0);
        expect_malformed(&frame);
    }
}
END_TEST

START_TEST(a_part_of_another_operation_is_malformed)
{
    const int32_t ops[] = {MESSAGE_EXISTS,
                           MESSAGE_SET_ACL,
                           MESSAGE_MULTI,
                           MESSAGE_GET_CHILDREN2,
                           MESSAGE_PING,
                           MESSAGE_ERROR,
                           0,
                           12345};

    for (size_t i = 0; i < COUNT_OF(ops); i++) {
        AUTO(text_done) struct text frame = {0};
        put_header(&frame, 7, MESSAGE_MULTI);
        put_part_header(&frame, ops[i], false);
        jute_put_text(&frame, "/a");
        jute_put_long(&frame, 0);
        put_part_header(&frame, -1, true);
        expect_malformed(&frame);
    }
}
END_TEST

START_TEST(a_part_that_is_cut_says_so)
{
    AUTO(text_done) struct text parts = {0};
    struct request part;

    put_part_header(&parts, MESSAGE_CHECK, false);
    jute_put_text(&parts, "/a");
    struct jute_in in = jute_in_of(text_data(&parts), text_size(&parts));
    ck_assert_int_eq(request_next_part(&in, &part), REQUEST_PART_MALFORMED);
    ck_assert_int_eq(request_next_part(&in, &part), REQUEST_PART_MALFORMED);
}
END_TEST

START_TEST(an_end_that_is_cut_is_no_end)
{
    AUTO(text_done) struct text parts = {0};
    struct request part;

    put_part_header(&parts, -1, true);
    struct jute_in in = jute_in_of(text_data(&parts), text_size(&parts) - 1);
    ck_assert_int_eq(request_next_part(&in, &part), REQUEST_PART_MALFORMED);
}
END_TEST

/* ---- connect ---- */

static void put_connect(struct text *out, struct jute_bytes password)
{
    jute_put_int(out, 0);
    jute_put_long(out, 0x1122334455);
    jute_put_int(out, 10000);
    jute_put_long(out, -3);
    jute_put_bytes(out, password);
}

START_TEST(a_connect_request_may_lack_its_last_byte)
{
    AUTO(text_done) struct text frame = {0};
    struct request_connect connect;

    put_connect(&frame, (struct jute_bytes){"0123456789abcdef", 16});
    ck_assert(request_decode_connect(text_data(&frame), text_size(&frame), &connect));
    ck_assert_int_eq(connect.protocol_version, 0);
    ck_assert_int_eq(connect.last_zxid_seen, 0x1122334455);
    ck_assert_int_eq(connect.timeout_ms, 10000);
    ck_assert_int_eq(connect.session_id, -3);
    expect_text(connect.password, "0123456789abcdef");
    ck_assert(!connect.has_read_only);
    ck_assert(!connect.read_only);

    jute_put_bool(&frame, true);
    ck_assert(request_decode_connect(text_data(&frame), text_size(&frame), &connect));
    ck_assert(connect.has_read_only);
    ck_assert(connect.read_only);
}
END_TEST

START_TEST(a_password_may_be_null_or_of_any_length)
{
    AUTO(text_done) struct text without = {0};
    AUTO(text_done) struct text empty = {0};
    struct request_connect connect;

    put_connect(&without, (struct jute_bytes){NULL, 0});
    ck_assert(request_decode_connect(text_data(&without), text_size(&without), &connect));
    ck_assert_ptr_null(connect.password.data);
    put_connect(&empty, (struct jute_bytes){"", 0});
    ck_assert(request_decode_connect(text_data(&empty), text_size(&empty), &connect));
    expect_text(connect.password, "");
}
END_TEST

START_TEST(a_cut_connect_request_is_refused)
{
    AUTO(text_done) struct text frame = {0};

    put_connect(&frame, (struct jute_bytes){"0123456789abcdef", 16});
    for (size_t size = 0; size < text_size(&frame); size++) {
        struct request_connect connect = {.timeout_ms = 42};
        char *part = mem_alloc(size);
        memcpy(part, text_data(&frame), size);
        ck_assert(!request_decode_connect(part, size, &connect));
        ck_assert_int_eq(connect.timeout_ms, 42);
        mem_free_text(&part);
    }
}
END_TEST

/* ---- anything ---- */

static void walk_list(struct request_list list, bool acl)
{
    while (list.count > 0) {
        if (acl)
            (void)request_next_acl(&list);
        else
            (void)request_next_path(&list);
    }
    ck_assert(!list.items.failed);
}

static void walk(const struct request *request)
{
    struct jute_in parts = request->parts;
    struct request part;

    walk_list(request->acl, true);
    for (int i = 0; i < REQUEST_WATCH_LISTS; i++)
        walk_list(request->watches[i], false);
    if (request->op != MESSAGE_MULTI && request->op != MESSAGE_MULTI_READ)
        return;
    enum request_part outcome;
    while ((outcome = request_next_part(&parts, &part)) == REQUEST_PART)
        walk_list(part.acl, true);
    ck_assert_int_eq(outcome, REQUEST_PARTS_END);
}

START_TEST(a_frame_with_broken_bytes_is_walked_or_refused)
{
    struct rng rng;
    int decoded = 0;

    rng_init(&rng, 13);
    for (size_t round = 0; round < PROPERTY_ROUNDS * COUNT_OF(records); round++) {
        AUTO(text_done) struct text frame = {0};
        int32_t op = (int32_t)records[round % COUNT_OF(records)].op;
        struct request request;

        put_header(&frame, 7, round % 3 == 0 ? MESSAGE_MULTI : op);
        if (round % 3 == 0)
            put_random_parts(&frame, &rng, MESSAGE_MULTI);
        else
            put_random_record(&frame, &rng, op);
        for (int i = 0; i < 2; i++)
            frame.data[rng_below(&rng, (uint32_t)frame.size)] = (char)rng_next(&rng);
        if (decode(&frame, &request) == REQUEST_DECODED) {
            walk(&request);
            decoded++;
        }
    }
    ck_assert_int_gt(decoded, PROPERTY_ROUNDS);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        any_request_is_decoded_as_it_was_written,
        any_multi_is_decoded_as_it_was_written,
        bytes_behind_the_record_are_ignored,
        operations_without_a_body_and_unknown_ones_have_none,
        a_reconfig_is_looked_at_for_its_form_alone,
        the_fields_of_a_create_are_where_they_belong,
        a_null_list_and_an_empty_one_differ,
        counts_that_lie_are_malformed,
        items_that_lie_are_malformed,
        lists_of_watches_are_kept_apart,
        an_empty_multi_has_no_parts,
        reads_and_writes_do_not_mix,
        a_part_of_another_operation_is_malformed,
        a_part_that_is_cut_says_so,
        an_end_that_is_cut_is_no_end,
        a_connect_request_may_lack_its_last_byte,
        a_password_may_be_null_or_of_any_length,
        a_cut_connect_request_is_refused,
        a_frame_with_broken_bytes_is_walked_or_refused,
    };

    return suite_run("request", tests, COUNT_OF(tests));
}
