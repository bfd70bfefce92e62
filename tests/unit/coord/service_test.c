/* SPDX-License-Identifier: Apache-2.0 */
#include "coord/server/service.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "tests/support/rig.h"
#include "tests/support/suite.h"

#define TIMEOUT_MS 1000

static struct rig *new_rig(void)
{
    struct service_options options = rig_options();

    return rig_new(&options);
}

/* ---- What clients do and expect ------------------------------------------------------------ */

static void expect(struct rig_client *client, const char *wanted)
{
    AUTO(text_done) struct text line = {.size = 0};

    rig_pump(client->rig);
    ck_assert_msg(rig_next(client, &line), "'%s' did not come", wanted);
    ck_assert_str_eq(text_data(&line), wanted);
}

/* A reply of which the xid and the zxid do not matter: "path /a", "error -101". */
static void expect_reply(struct rig_client *client, const char *wanted)
{
    AUTO(text_done) struct text line = {.size = 0};

    rig_pump(client->rig);
    ck_assert_msg(rig_next(client, &line), "'%s' did not come", wanted);
    const char *colon = strchr(text_data(&line), ':');
    ck_assert_msg(colon != NULL, "'%s' is no reply", text_data(&line));
    ck_assert_str_eq(colon[1] == ' ' ? colon + 2 : colon + 1, wanted);
}

static void expect_nothing(struct rig_client *client)
{
    AUTO(text_done) struct text line = {.size = 0};

    rig_pump(client->rig);
    ck_assert_msg(!rig_next(client, &line), "'%s' came", text_data(&line));
}

static void expect_end(struct rig_client *client)
{
    expect_nothing(client);
    ck_assert_ptr_null(client->peer);
}

static void create(struct rig_client *client, const char *path, int32_t flags)
{
    struct ask ask = {.op = MESSAGE_CREATE, .path = path, .data = "", .flags = flags};

    rig_ask(client, &ask);
}

static void ask_path(struct rig_client *client, enum message_op op, const char *path)
{
    struct ask ask = {.op = op, .path = path, .version = -1, .data = "new"};

    rig_ask(client, &ask);
}

static void watch(struct rig_client *client, enum message_op op, const char *path)
{
    struct ask ask = {.op = op, .path = path, .watch = true};

    rig_ask(client, &ask);
}

static void delete_node(struct rig_client *client, const char *path)
{
    ask_path(client, MESSAGE_DELETE, path);
}

static void exists(struct rig_client *client, const char *path)
{
    ask_path(client, MESSAGE_EXISTS, path);
}

static bool has_node(const struct rig *rig, const char *path)
{
    return tree_find(service_tree(rig->service), path, strlen(path)) != TREE_NONE;
}

static void make(struct rig_client *client, const char *path, int32_t flags)
{
    create(client, path, flags);
    rig_settle(client->rig);
    AUTO(text_done) struct text line = {.size = 0};
    bool came = rig_next(client, &line);
    ck_assert(came);
    ck_assert_ptr_nonnull(strstr(text_data(&line), " path "));
}

/* ---- The handshake ------------------------------------------------------------------------- */

START_TEST(a_new_session_is_told_when_it_is_durable)
{
    AUTO(rig_destroy) struct rig *rig = new_rig();
    struct rig_client *client = rig_dial(rig);

    rig_greet(client, 50, NULL);
    expect_nothing(client);
    rig_seal(rig);
    expect_nothing(client);
    ck_assert_uint_eq(memory_store_sessions(rig->store), 0);
    rig_finish(rig);
    expect(client, "session");
    ck_assert_uint_eq(memory_store_sessions(rig->store), 1);
    ck_assert_int_gt(client->session_id, 0);
    ck_assert_int_eq(client->timeout_ms, 200);

    struct rig_client *other = rig_join(rig, 100000);
    ck_assert_int_ne(other->session_id, client->session_id);
    ck_assert_int_eq(other->timeout_ms, 2000);
    ck_assert_int_ne(memcmp(other->password, client->password, sizeof other->password), 0);
}
END_TEST

START_TEST(a_session_comes_back_with_its_password)
{
    AUTO(rig_destroy) struct rig *rig = new_rig();
    struct rig_client *first = rig_join(rig, TIMEOUT_MS);

    make(first, "/mine", MESSAGE_EPHEMERAL);
    rig_hang_up(first);
    struct rig_client *second = rig_dial(rig);
    rig_greet(second, 700, first);
    expect(second, "session");
    ck_assert_int_eq(second->session_id, first->session_id);
    ck_assert_int_eq(second->timeout_ms, 700);
    ask_path(second, MESSAGE_GET_EPHEMERALS, "/");
    expect_reply(second, "names 1 /mine");
}
END_TEST

START_TEST(who_comes_back_takes_the_session_from_the_other_connection)
{
    AUTO(rig_destroy) struct rig *rig = new_rig();
    struct rig_client *first = rig_join(rig, TIMEOUT_MS);
    struct rig_client *second = rig_dial(rig);

    watch(first, MESSAGE_EXISTS, "/a");
    expect_reply(first, "error -101");
    rig_greet(second, TIMEOUT_MS, first);
    expect(second, "session");
    expect_end(first);
    create(second, "/a", 0);
    rig_settle(rig);
    expect_reply(second, "path /a"); /* and no event: watches were the connection's */
}
END_TEST

START_TEST(who_does_not_know_the_password_is_refused_and_harms_nobody)
{
    AUTO(rig_destroy) struct rig *rig = new_rig();
    struct rig_client *owner = rig_join(rig, TIMEOUT_MS);
    struct rig_client *thief = rig_dial(rig);
    struct rig_client guess = {.session_id = owner->session_id};

    rig_greet(thief, TIMEOUT_MS, &guess);
    expect(thief, "refused");
    ck_assert_int_eq(thief->timeout_ms, 0);
    expect_end(thief);

    struct rig_client *stranger = rig_dial(rig);
    guess.session_id = 4711;
    rig_greet(stranger, TIMEOUT_MS, &guess);
    expect(stranger, "refused");
    expect_end(stranger);

    exists(owner, "/");
    rig_pump(rig);
    ck_assert_ptr_nonnull(owner->peer);
    ck_assert_uint_gt(text_size(&owner->in), owner->read);
}
END_TEST

START_TEST(an_expired_session_is_refused)
{
    AUTO(rig_destroy) struct rig *rig = new_rig();
    struct rig_client *first = rig_join(rig, TIMEOUT_MS);

    rig_hang_up(first);
    rig_pass(rig, TIMEOUT_MS + 100);
    service_expire(rig->service);
    struct rig_client *second = rig_dial(rig);
    rig_greet(second, TIMEOUT_MS, first);
    expect_nothing(second); /* that it is over is not durable yet */
    rig_settle(rig);
    expect(second, "refused");
    expect_end(second);
    ck_assert_uint_eq(memory_store_sessions(rig->store), 0);
}
END_TEST

static void greet_from_ahead(struct rig_client *client, int64_t zxid)
{
    AUTO(text_done) struct text frame = {.size = 0};

    jute_put_int(&frame, 0);
    jute_put_long(&frame, zxid);
    jute_put_int(&frame, TIMEOUT_MS);
    jute_put_long(&frame, 0);
    jute_put_bytes(&frame, (struct jute_bytes){"", 0});
    rig_send(client, text_data(&frame), text_size(&frame));
}

START_TEST(who_has_seen_more_than_is_durable_is_sent_away_without_a_word)
{
    AUTO(rig_destroy) struct rig *rig = new_rig();
    struct rig_client *first = rig_join(rig, TIMEOUT_MS);

    create(first, "/a", 0);
    rig_seal(rig);
    struct rig_client *ahead = rig_dial(rig);
    greet_from_ahead(ahead, service_zxid(rig->service) + 1);
    expect_end(ahead);
    ck_assert_uint_eq(text_size(&ahead->in), 0);
    ck_assert_uint_eq(service_counts(rig->service).clients_ahead, 1);
    rig_finish(rig);

    struct rig_client *level = rig_dial(rig);
    greet_from_ahead(level, service_zxid(rig->service));
    rig_settle(rig);
    rig_pump(rig);
    ck_assert_uint_gt(text_size(&level->in), 0); /* 36 bytes: it has not sent the last byte */
    ck_assert_uint_eq(text_size(&level->in), 4 + 36);
}
END_TEST

START_TEST(half_a_handshake_is_the_end)
{
    AUTO(rig_destroy) struct rig *rig = new_rig();
    struct rig_client *client = rig_dial(rig);

    rig_send(client, "1234567", 7);
    expect_end(client);
    struct rig_client *other = rig_join(rig, TIMEOUT_MS);
    rig_send(other, "1234567", 7);
    expect_end(other);
}
END_TEST

/* ---- Nothing before it is durable ---------------------------------------------------------- */

START_TEST(a_write_is_answered_when_it_is_durable)
{
    AUTO(rig_destroy) struct rig *rig = new_rig();
    struct rig_client *client = rig_join(rig, TIMEOUT_MS);
    int64_t zxid = service_zxid(rig->service);

    ck_assert(!service_has_batch(rig->service));
    create(client, "/a", 0);
    expect_nothing(client);
    ck_assert(service_has_batch(rig->service));
    rig_seal(rig);
    ck_assert(!service_has_batch(rig->service));
    expect_nothing(client);
    ck_assert_int_eq(service_zxid(rig->service), zxid);
    ck_assert_uint_eq(memory_store_nodes(rig->store), 4);
    rig_finish(rig);
    ck_assert_int_eq(service_zxid(rig->service), zxid + 1);
    ck_assert_uint_eq(memory_store_nodes(rig->store), 5);
    expect(client, "reply to 1 at 2: path /a");
}
END_TEST

START_TEST(reads_wait_for_what_they_saw_and_for_nothing_else)
{
    AUTO(rig_destroy) struct rig *rig = new_rig();
    struct rig_client *writer = rig_join(rig, TIMEOUT_MS);
    struct rig_client *reader = rig_join(rig, TIMEOUT_MS);

    exists(reader, "/a");
    expect_reply(reader, "error -101"); /* nothing is on its way */
    create(writer, "/a", 0);
    exists(reader, "/a"); /* sees the first batch */
    rig_seal(rig);
    exists(reader, "/b"); /* it, too */
    create(writer, "/b", 0);
    exists(reader, "/c"); /* sees the second */
    expect_nothing(reader);
    expect_nothing(writer);

    rig_finish(rig);
    expect(writer, "reply to 1 at 3: path /a");
    expect_nothing(writer);
    AUTO(text_done) struct text line = {.size = 0};
    ck_assert(rig_next(reader, &line));
    ck_assert_ptr_nonnull(strstr(text_data(&line), "reply to 2 at 3: stat"));
    expect(reader, "reply to 3 at 3: error -101");
    expect_nothing(reader);

    rig_settle(rig);
    expect(reader, "reply to 4 at 4: error -101");
    expect(writer, "reply to 2 at 4: path /b");
}
END_TEST

START_TEST(pings_overtake_and_tell_the_durable_zxid)
{
    AUTO(rig_destroy) struct rig *rig = new_rig();
    struct rig_client *client = rig_join(rig, TIMEOUT_MS);

    create(client, "/a", 0);
    rig_ping(client);
    expect(client, "reply to -2 at 1:");
    rig_seal(rig);
    create(client, "/b", 0);
    rig_ping(client);
    rig_ping(client);
    expect(client, "reply to -2 at 1:");
    rig_settle(rig); /* the last ping and the first create leave together */
    expect(client, "reply to -2 at 1:");
    expect(client, "reply to 1 at 2: path /a");
    expect(client, "reply to 2 at 3: path /b");
}
END_TEST

START_TEST(no_ping_overtakes_the_handshake)
{
    AUTO(rig_destroy) struct rig *rig = new_rig();
    struct rig_client *client = rig_dial(rig);

    rig_greet(client, TIMEOUT_MS, NULL);
    rig_ping(client);
    expect_nothing(client);
    rig_settle(rig);
    expect(client, "session");
    expect(client, "reply to -2 at 0:");
}
END_TEST

START_TEST(an_event_comes_before_the_reply_and_with_the_commit)
{
    AUTO(rig_destroy) struct rig *rig = new_rig();
    struct rig_client *writer = rig_join(rig, TIMEOUT_MS);
    struct rig_client *other = rig_join(rig, TIMEOUT_MS);

    watch(writer, MESSAGE_EXISTS, "/a");
    watch(other, MESSAGE_EXISTS, "/a");
    watch(other, MESSAGE_GET_CHILDREN, "/");
    expect_reply(writer, "error -101");
    expect_reply(other, "error -101");
    expect_reply(other, "names 1 zookeeper");
    create(writer, "/a", 0);
    ask_path(other, MESSAGE_GET_CHILDREN, "/");
    rig_seal(rig);
    expect_nothing(writer);
    expect_nothing(other);
    rig_finish(rig);
    expect(writer, "event 1 /a");
    expect_reply(writer, "path /a");
    expect(other, "event 1 /a");
    expect(other, "event 4 /");
    expect_reply(other, "names 2 a zookeeper");
}
END_TEST

START_TEST(a_multi_that_fails_is_as_if_it_had_not_been)
{
    AUTO(rig_destroy) struct rig *rig = new_rig();
    struct rig_client *client = rig_join(rig, TIMEOUT_MS);
    struct ask parts[] = {
        {.op = MESSAGE_CREATE, .path = "/a", .flags = MESSAGE_PERSISTENT_SEQUENTIAL},
        {.op = MESSAGE_SET_DATA, .path = "/", .data = "x", .version = -1},
        {.op = MESSAGE_CREATE, .path = "/none/b"},
        {.op = MESSAGE_DELETE, .path = "/a", .version = -1},
    };
    struct ask multi = {.op = MESSAGE_MULTI, .parts = parts, .part_count = COUNT_OF(parts)};

    watch(client, MESSAGE_GET_CHILDREN, "/");
    expect_reply(client, "names 1 zookeeper");
    rig_ask(client, &multi);
    expect_reply(client, "| -1 error 0 | -1 error 0 | -1 error -101 | -1 error -2");
    rig_settle(rig);
    expect_nothing(client);
    exists(client, "/");
    expect(client, "reply to 3 at 1: stat 0 0 0 0 0 -1 0 0 0 1 0");

    parts[2].path = "/b";
    parts[3].path = "/b";
    rig_ask(client, &multi);
    rig_settle(rig);
    expect(client, "event 4 /");
    AUTO(text_done) struct text line = {.size = 0};
    ck_assert(rig_next(client, &line));
    ck_assert_ptr_nonnull(strstr(text_data(&line), "at 2: | 1 path /a0000000000 | 5 stat"));
    ck_assert_ptr_nonnull(strstr(text_data(&line), " | 1 path /b | 2"));
}
END_TEST

/* ---- Closing ------------------------------------------------------------------------------- */

START_TEST(closing_a_session_takes_its_nodes_and_the_connection)
{
    AUTO(rig_destroy) struct rig *rig = new_rig();
    struct rig_client *client = rig_join(rig, TIMEOUT_MS);
    struct rig_client *other = rig_join(rig, TIMEOUT_MS);

    make(client, "/a", MESSAGE_EPHEMERAL);
    create(client, "/b", MESSAGE_EPHEMERAL); /* in the same batch as the end */
    watch(other, MESSAGE_EXISTS, "/a");
    ask_path(client, MESSAGE_CLOSE_SESSION, NULL);
    ask_path(client, MESSAGE_EXISTS, "/"); /* too late */
    expect_nothing(client);
    rig_settle(rig);
    expect_reply(client, "path /b");
    expect(client, "reply to 3 at 5:");
    expect_end(client);
    AUTO(text_done) struct text line = {.size = 0};
    ck_assert(rig_next(other, &line)); /* the stat */
    expect(other, "event 2 /a");
    ck_assert(!has_node(rig, "/a"));
    ck_assert(!has_node(rig, "/b"));
    ck_assert_uint_eq(memory_store_sessions(rig->store), 1);
}
END_TEST

START_TEST(unknown_operations_are_the_end_after_all_that_is_owed)
{
    AUTO(rig_destroy) struct rig *rig = new_rig();
    struct rig_client *client = rig_join(rig, TIMEOUT_MS);

    create(client, "/a", 0);
    ask_path(client, (enum message_op)99, NULL);
    create(client, "/b", 0);
    rig_pump(rig);
    ck_assert_ptr_nonnull(client->peer);
    rig_settle(rig);
    expect_reply(client, "path /a");
    expect(client, "reply to 2 at -1: error -6");
    expect_end(client);
    ck_assert(!has_node(rig, "/b"));
}
END_TEST

/* ---- A full disk --------------------------------------------------------------------------- */

START_TEST(a_full_disk_takes_back_the_tree_and_closes_whoever_was_owed)
{
    AUTO(rig_destroy) struct rig *rig = new_rig();
    struct rig_client *writer = rig_join(rig, TIMEOUT_MS);
    struct rig_client *watcher = rig_join(rig, TIMEOUT_MS);
    struct rig_client *reader = rig_join(rig, TIMEOUT_MS);
    struct rig_client *idle = rig_join(rig, TIMEOUT_MS);
    AUTO(text_done) struct text before = {.size = 0};
    AUTO(text_done) struct text after = {.size = 0};

    make(writer, "/a", 0);
    memory_store_print(rig->store, &before);
    int64_t zxid = service_zxid(rig->service);
    watch(watcher, MESSAGE_EXISTS, "/b");
    expect_reply(watcher, "error -101");
    ask_path(writer, MESSAGE_SET_DATA, "/a"); /* in flight */
    rig_seal(rig);
    create(writer, "/b", 0); /* and behind it */
    exists(reader, "/b");
    rig_ping(idle);
    rig_roll_back(rig);

    expect_end(writer);
    expect_end(watcher);
    expect_end(reader);
    ck_assert(service_is_read_only(rig->service));
    ck_assert(!has_node(rig, "/b"));
    expect(idle, "reply to -2 at 5:");
    exists(idle, "/a");
    expect_reply(idle, "stat 5 5 1700000000000 1700000000000 0 0 0 0 0 0 5");
    create(idle, "/c", 0);
    expect_reply(idle, "error -119");
    delete_node(idle, "/a");
    expect_reply(idle, "error -119");
    ck_assert_int_eq(service_zxid(rig->service), zxid);

    /* There is room again. */
    ck_assert(service_has_batch(rig->service));
    rig_seal(rig);
    rig_finish(rig);
    memory_store_print(rig->store, &after);
    ck_assert_str_eq(text_data(&before), text_data(&after));
    ck_assert(!service_is_read_only(rig->service));
    create(idle, "/c", 0);
    rig_settle(rig);
    expect_reply(idle, "path /c");
}
END_TEST

START_TEST(reads_are_served_while_committing_is_tried_again)
{
    AUTO(rig_destroy) struct rig *rig = new_rig();
    struct rig_client *writer = rig_join(rig, TIMEOUT_MS);
    struct rig_client *reader = rig_join(rig, TIMEOUT_MS);

    create(writer, "/a", 0);
    rig_seal(rig);
    rig_roll_back(rig);
    for (int i = 0; i < 3; i++) {
        rig_seal(rig);
        exists(reader, "/a");
        expect_reply(reader, "error -101");
        rig_roll_back(rig);
        ck_assert_ptr_nonnull(reader->peer);
    }
}
END_TEST

START_TEST(sessions_that_open_while_the_disk_is_full_live_on)
{
    AUTO(rig_destroy) struct rig *rig = new_rig();
    struct rig_client *writer = rig_join(rig, TIMEOUT_MS);
    struct rig_client *early = rig_dial(rig);
    struct rig_client *late = rig_dial(rig);
    struct rig_client *retry = rig_dial(rig);

    create(writer, "/a", 0);
    rig_seal(rig);
    rig_greet(early, TIMEOUT_MS, NULL);
    rig_roll_back(rig);
    expect_end(early);
    rig_greet(late, TIMEOUT_MS, NULL);
    expect(late, "session");
    rig_seal(rig);
    rig_greet(retry, TIMEOUT_MS, NULL);
    expect(retry, "session");
    rig_roll_back(rig);
    ck_assert_uint_eq(memory_store_sessions(rig->store), 1);
    ck_assert_uint_eq(sessions_count(service_sessions(rig->service)), 3);
    exists(late, "/a");
    expect_reply(late, "error -101");

    rig_seal(rig);
    rig_finish(rig);
    ck_assert_uint_eq(memory_store_sessions(rig->store), 3);
    create(late, "/mine", MESSAGE_EPHEMERAL);
    create(retry, "/too", MESSAGE_EPHEMERAL);
    rig_settle(rig);
    expect_reply(late, "path /mine");
    expect_reply(retry, "path /too");
}
END_TEST

START_TEST(a_session_whose_end_was_not_written_is_there_again)
{
    AUTO(rig_destroy) struct rig *rig = new_rig();
    struct rig_client *client = rig_join(rig, TIMEOUT_MS);

    make(client, "/mine", MESSAGE_EPHEMERAL);
    ask_path(client, MESSAGE_CLOSE_SESSION, NULL);
    rig_seal(rig);
    rig_roll_back(rig);
    expect_end(client);
    ck_assert(has_node(rig, "/mine"));
    ck_assert_uint_eq(sessions_count(service_sessions(rig->service)), 1);

    struct rig_client *again = rig_dial(rig);
    rig_greet(again, TIMEOUT_MS, client);
    expect(again, "session");
    ask_path(again, MESSAGE_CLOSE_SESSION, NULL); /* the disk is full still */
    expect_reply(again, "");
    expect_end(again);
    rig_pass(rig, 10 * TIMEOUT_MS);
    service_expire(rig->service); /* nor can it expire */
    ck_assert(has_node(rig, "/mine"));
    rig_seal(rig);
    rig_finish(rig);
    service_expire(rig->service);
    ck_assert(!has_node(rig, "/mine"));
    rig_settle(rig);
    ck_assert_uint_eq(memory_store_sessions(rig->store), 0);
    ck_assert_uint_eq(memory_store_nodes(rig->store), 4);
}
END_TEST

START_TEST(a_session_that_came_and_went_before_the_disk_was_full_never_was)
{
    AUTO(rig_destroy) struct rig *rig = new_rig();
    struct rig_client *client = rig_dial(rig);

    rig_greet(client, TIMEOUT_MS, NULL);
    rig_seal(rig);
    ask_path(client, MESSAGE_CLOSE_SESSION, NULL); /* in the batch behind the one that opens it */
    rig_roll_back(rig);
    expect_end(client);
    ck_assert_uint_eq(sessions_count(service_sessions(rig->service)), 0);
    rig_settle(rig);
    ck_assert_uint_eq(memory_store_sessions(rig->store), 0);
}
END_TEST

START_TEST(lists_that_were_given_up_before_the_disk_was_full_leave_it_later)
{
    AUTO(rig_destroy) struct rig *rig = new_rig();
    struct rig_client *client = rig_join(rig, TIMEOUT_MS);
    struct ask_acl acl = {.permissions = 31, .scheme = "ip", .id = "10.0.0.0/8"};
    struct ask ask = {.op = MESSAGE_CREATE, .path = "/a", .acl = &acl, .acl_count = 1};

    rig_ask(client, &ask);
    rig_settle(rig);
    delete_node(client, "/a");
    rig_seal(rig);
    rig_finish(rig); /* now the list has no user, and the next batch says so */
    ck_assert_uint_eq(memory_store_acls(rig->store), 1);
    rig_seal(rig);
    rig_roll_back(rig);
    rig_settle(rig);
    ck_assert_uint_eq(memory_store_acls(rig->store), 0);
}
END_TEST

START_TEST(a_full_disk_does_not_make_input_wait)
{
    struct service_options options = rig_options();
    options.batch_max_rows = 5;
    options.batch_max_bytes = 200;
    AUTO(rig_destroy) struct rig *rig = rig_new(&options);
    struct rig_client *client = rig_join(rig, TIMEOUT_MS);

    create(client, "/a", 0);
    rig_seal(rig);
    for (int i = 0; i < 10; i++) {
        char id[] = "10.0.0.0";
        id[3] = (char)('0' + i);
        struct ask_acl acl = {.permissions = 31, .scheme = "ip", .id = id};
        struct ask ask = {
            .op = MESSAGE_CREATE, .path = "/b", .acl = &acl, .acl_count = 1, .flags = 2};
        rig_ask(client, &ask);
    }
    ck_assert(service_is_congested(rig->service));
    rig_roll_back(rig);
    ck_assert(!service_is_congested(rig->service));
    rig_settle(rig);
    ck_assert_uint_eq(memory_store_acls(rig->store), 0);
}
END_TEST

/* ---- Recovery ------------------------------------------------------------------------------ */

START_TEST(a_killed_server_comes_back_with_what_was_durable)
{
    AUTO(rig_destroy) struct rig *rig = new_rig();
    struct rig_client *client = rig_join(rig, TIMEOUT_MS);
    AUTO(text_done) struct text before = {.size = 0};
    AUTO(text_done) struct text after = {.size = 0};

    make(client, "/a", 0);
    make(client, "/a/mine", MESSAGE_EPHEMERAL);
    memory_store_print(rig->store, &before);
    create(client, "/lost", 0);
    rig_seal(rig);
    rig_restart(rig);
    memory_store_print(rig->store, &after);
    ck_assert_str_eq(text_data(&before), text_data(&after));
    ck_assert(!service_has_batch(rig->service));

    struct rig_client *again = rig_dial(rig);
    rig_greet(again, TIMEOUT_MS, client);
    expect(again, "session");
    exists(again, "/lost");
    expect_reply(again, "error -101");
    ask_path(again, MESSAGE_GET_EPHEMERALS, "/");
    expect_reply(again, "names 1 /a/mine");
    create(again, "/a", MESSAGE_PERSISTENT_SEQUENTIAL);
    rig_settle(rig);
    expect_reply(again, "path /a0000000001"); /* the counter goes on where it was */
}
END_TEST

START_TEST(after_a_restart_sessions_live_for_a_whole_timeout)
{
    AUTO(rig_destroy) struct rig *rig = new_rig();
    struct rig_client *client = rig_join(rig, TIMEOUT_MS);

    rig_pass(rig, TIMEOUT_MS - 50);
    rig_restart(rig);
    rig_pass(rig, TIMEOUT_MS - 50);
    service_expire(rig->service);
    ck_assert_uint_eq(sessions_count(service_sessions(rig->service)), 1);
    rig_pass(rig, 200);
    service_expire(rig->service);
    ck_assert_uint_eq(sessions_count(service_sessions(rig->service)), 0);
    (void)client;
}
END_TEST

static enum err load_into(const struct rig *rig, const struct batch *damage, struct error *error)
{
    struct service *service = service_new(&rig->options);
    struct store_sink sink = service_sink(service);
    enum err err = memory_store_load(rig->store, &sink, error);
    struct batch_change change;
    size_t position = 0;

    while (err == ERR_OK && batch_next(damage, &position, &change))
        err = sink.change(sink.owner, &change, error);
    if (err == ERR_OK)
        err = service_start(service, rig->now_us, rig->wall_ms, error);
    service_destroy(&service);
    return err;
}

START_TEST(what_no_store_can_hold_is_refused)
{
    AUTO(rig_destroy) struct rig *rig = new_rig();
    struct rig_client *client = rig_join(rig, TIMEOUT_MS);
    struct error error;
    struct batch damage;

    batch_init(&damage);
    ck_assert_int_eq(load_into(rig, &damage, &error), ERR_OK);
    batch_put_session(&damage, client->session_id, 1000);
    ck_assert_int_eq(load_into(rig, &damage, &error), ERR_CORRUPT);
    ck_assert_ptr_nonnull(strstr(error.text, "session"));
    batch_clear(&damage);
    batch_put_session(&damage, 0, 1000);
    ck_assert_int_eq(load_into(rig, &damage, &error), ERR_CORRUPT);
    batch_clear(&damage);
    batch_put_acl(&damage, 7, "abc", 3);
    ck_assert_int_eq(load_into(rig, &damage, &error), ERR_CORRUPT);
    ck_assert_ptr_nonnull(strstr(error.text, "7"));
    batch_clear(&damage);
    batch_delete_node(&damage, 1);
    ck_assert_int_eq(load_into(rig, &damage, &error), ERR_INTERNAL);
    batch_done(&damage);
}
END_TEST

/* ---- Limits -------------------------------------------------------------------------------- */

START_TEST(nodes_have_a_limit)
{
    struct service_options options = rig_options();
    options.nodes_max = 6;
    AUTO(rig_destroy) struct rig *rig = rig_new(&options);
    struct rig_client *client = rig_join(rig, TIMEOUT_MS);

    make(client, "/a", 0);
    make(client, "/b", 0);
    create(client, "/c", 0);
    expect_reply(client, "error -125");
    delete_node(client, "/a");
    create(client, "/c", 0);
    rig_settle(rig);
    expect_reply(client, "");
    expect_reply(client, "path /c");
}
END_TEST

START_TEST(sessions_have_a_limit)
{
    struct service_options options = rig_options();
    options.sessions_max = 2;
    AUTO(rig_destroy) struct rig *rig = rig_new(&options);
    struct rig_client *first = rig_join(rig, TIMEOUT_MS);
    struct rig_client *second = rig_join(rig, TIMEOUT_MS);
    struct rig_client *third = rig_dial(rig);

    rig_greet(third, TIMEOUT_MS, NULL);
    expect_end(third);
    rig_hang_up(second);
    struct rig_client *back = rig_dial(rig);
    rig_greet(back, TIMEOUT_MS, second);
    expect(back, "session");
    ask_path(first, MESSAGE_CLOSE_SESSION, NULL);
    rig_settle(rig);
    (void)rig_join(rig, TIMEOUT_MS);
}
END_TEST

START_TEST(watches_have_a_limit)
{
    struct service_options options = rig_options();
    options.watches_max = 2;
    AUTO(rig_destroy) struct rig *rig = rig_new(&options);
    struct rig_client *client = rig_join(rig, TIMEOUT_MS);
    struct rig_client *other = rig_join(rig, TIMEOUT_MS);
    struct ask lasting = {.op = MESSAGE_ADD_WATCH, .path = "/a"};

    watch(client, MESSAGE_EXISTS, "/a");
    expect_reply(client, "error -101");
    rig_ask(other, &lasting); /* would be two */
    expect_reply(other, "error -125");
    watch(other, MESSAGE_EXISTS, "/a");
    expect_reply(other, "error -101");
    watch(other, MESSAGE_GET_CHILDREN, "/");
    expect_reply(other, "error -125");
    watch(client, MESSAGE_EXISTS, "/a"); /* no further one */
    expect_reply(client, "error -101");
    rig_hang_up(client);
    watch(other, MESSAGE_GET_CHILDREN, "/");
    expect_reply(other, "names 1 zookeeper");
}
END_TEST

START_TEST(acls_have_a_limit_and_are_given_back_when_that_is_durable)
{
    struct service_options options = rig_options();
    options.acls_max = 2;
    AUTO(rig_destroy) struct rig *rig = rig_new(&options);
    struct rig_client *client = rig_join(rig, TIMEOUT_MS);
    struct ask_acl acl = {.permissions = 1, .scheme = "ip", .id = "10.0.0.0/8"};
    struct ask ask = {.op = MESSAGE_CREATE, .path = "/a", .acl = &acl, .acl_count = 1};

    rig_ask(client, &ask);
    acl.permissions = 2;
    ask.path = "/b";
    rig_ask(client, &ask);
    acl.permissions = 3;
    ask.path = "/c";
    rig_ask(client, &ask);
    rig_settle(rig);
    expect_reply(client, "path /a");
    expect_reply(client, "path /b");
    expect_reply(client, "error -125");
    ck_assert_uint_eq(memory_store_acls(rig->store), 2);

    acl.permissions = 1; /* there already */
    rig_ask(client, &ask);
    delete_node(client, "/b");
    rig_settle(rig);
    expect_reply(client, "path /c");
    expect_reply(client, "");
    ck_assert_uint_eq(memory_store_acls(rig->store), 1);
    acl.permissions = 3;
    ask.path = "/d";
    rig_ask(client, &ask);
    rig_settle(rig);
    expect_reply(client, "path /d");
}
END_TEST

START_TEST(a_multi_of_many_parts_is_one_transaction)
{
    AUTO(rig_destroy) struct rig *rig = new_rig();
    struct rig_client *client = rig_join(rig, TIMEOUT_MS);
    size_t count = 20000; /* as many as a frame of a megabyte holds, about */
    struct ask *parts = NEW_ARRAY(struct ask, count + 1);
    struct ask multi = {.op = MESSAGE_MULTI, .parts = parts, .part_count = count};

    for (size_t i = 0; i <= count; i++)
        parts[i] = (struct ask){.op = MESSAGE_CREATE, .path = "/a", .flags = 2};
    rig_ask(client, &multi);
    rig_settle(rig);
    ck_assert_uint_eq(memory_store_nodes(rig->store), 4 + count);
    ck_assert_int_eq(service_zxid(rig->service), 2);
    ck_assert(has_node(rig, "/a0000019999"));

    parts[count] = (struct ask){.op = MESSAGE_CHECK, .path = "/none"};
    multi.part_count++;
    rig_ask(client, &multi);
    rig_settle(rig);
    ck_assert_uint_eq(tree_counts(service_tree(rig->service)).nodes, 4 + count);
    ck_assert_uint_eq(memory_store_nodes(rig->store), 4 + count);
    free(parts);
}
END_TEST

START_TEST(a_large_batch_makes_input_wait)
{
    struct service_options options = rig_options();
    options.batch_max_rows = 10;
    AUTO(rig_destroy) struct rig *rig = rig_new(&options);
    struct rig_client *client = rig_join(rig, TIMEOUT_MS);

    for (int i = 0; i < 9; i++)
        create(client, "/a", MESSAGE_PERSISTENT_SEQUENTIAL);
    ck_assert(!service_is_congested(rig->service)); /* 9 nodes and the root */
    create(client, "/a", MESSAGE_PERSISTENT_SEQUENTIAL);
    ck_assert(service_is_congested(rig->service));
    rig_seal(rig);
    ck_assert(!service_is_congested(rig->service));
    for (int i = 0; i < 10; i++)
        delete_node(client, "/a0000000000");
    ck_assert(!service_is_congested(rig->service));
    rig_finish(rig);
}
END_TEST

START_TEST(a_batch_that_came_of_many_bytes_makes_input_wait_too)
{
    struct service_options options = rig_options();
    options.batch_max_bytes = 2500; /* a set of 600 bytes counts three times, and some more */
    AUTO(rig_destroy) struct rig *rig = rig_new(&options);
    struct rig_client *client = rig_join(rig, TIMEOUT_MS);
    struct rig_client *watcher = rig_join(rig, TIMEOUT_MS);
    struct ask lasting = {.op = MESSAGE_ADD_WATCH, .path = "/"};
    char data[600] = {0};
    struct ask set = {.op = MESSAGE_SET_DATA, .path = "/", .data = data, .version = -1};

    memset(data, 'x', sizeof data - 1);
    rig_ask(client, &set); /* a single row, however often */
    ck_assert(!service_is_congested(rig->service));
    rig_ask(client, &set);
    ck_assert(service_is_congested(rig->service));
    rig_seal(rig);
    ck_assert(!service_is_congested(rig->service));
    rig_finish(rig);

    for (int i = 0; i < 100; i++)
        exists(client, "/");
    ck_assert(!service_is_congested(rig->service)); /* reads alone fill no batch */
    rig_ask(watcher, &lasting);
    set.data = "";
    for (int i = 0; i < 20; i++)
        rig_ask(client, &set); /* 20 x 25 bytes, and an event of 33 bytes each */
    ck_assert(service_is_congested(rig->service));
    rig_settle(rig);
    ck_assert(!service_is_congested(rig->service));
}
END_TEST

START_TEST(a_watcher_for_which_too_much_waits_goes)
{
    struct service_options options = rig_options();
    options.output_max_bytes = 100;
    AUTO(rig_destroy) struct rig *rig = rig_new(&options);
    struct rig_client *client = rig_join(rig, TIMEOUT_MS);
    struct rig_client *watcher = rig_join(rig, TIMEOUT_MS);
    struct ask lasting = {.op = MESSAGE_ADD_WATCH, .path = "/"};
    struct ask set = {.op = MESSAGE_SET_DATA, .path = "/", .data = "", .version = -1};

    rig_ask(watcher, &lasting);
    rig_settle(rig);
    for (int i = 0; i < 10; i++)
        rig_ask(client, &set); /* an event of 33 bytes each */
    rig_settle(rig);
    ck_assert(watcher->peer == NULL);
    ck_assert(client->peer != NULL);
}
END_TEST

/* ---- What goes by itself ------------------------------------------------------------------- */

START_TEST(a_session_of_which_nothing_is_heard_expires)
{
    AUTO(rig_destroy) struct rig *rig = new_rig();
    struct rig_client *client = rig_join(rig, TIMEOUT_MS);
    struct rig_client *other = rig_join(rig, 2 * TIMEOUT_MS);

    make(client, "/mine", MESSAGE_EPHEMERAL);
    watch(other, MESSAGE_EXISTS, "/mine");
    rig_pump(rig);
    other->read = text_size(&other->in);
    rig_pass(rig, TIMEOUT_MS);
    rig_ping(client);
    rig_pass(rig, TIMEOUT_MS);
    rig_ping(other);
    service_expire(rig->service);
    ck_assert(has_node(rig, "/mine"));
    ck_assert_uint_le(service_deadline_us(rig->service), rig->now_us + 100 * 1000);
    rig_pass(rig, 200);
    service_expire(rig->service);
    ck_assert(!has_node(rig, "/mine"));
    rig_settle(rig);
    expect(client, "reply to -2 at 3:");
    expect_end(client);
    expect(other, "reply to -2 at 3:");
    expect(other, "event 2 /mine");
    ck_assert_ptr_nonnull(other->peer);
}
END_TEST

START_TEST(containers_go_when_they_were_used_and_are_empty)
{
    struct service_options options = rig_options();
    options.container_check_ms = 1000;
    AUTO(rig_destroy) struct rig *rig = rig_new(&options);
    struct rig_client *client = rig_join(rig, 2000);
    struct ask ask = {.op = MESSAGE_CREATE_CONTAINER, .path = "/box", .flags = 4};

    rig_ask(client, &ask);
    ask.path = "/unused";
    rig_ask(client, &ask);
    create(client, "/box/a", 0);
    rig_pass(rig, 1000);
    service_expire(rig->service);
    ck_assert(has_node(rig, "/box"));
    delete_node(client, "/box/a");
    rig_pass(rig, 900);
    service_expire(rig->service);
    ck_assert(has_node(rig, "/box")); /* it is not time to look */
    rig_pass(rig, 100);
    ck_assert_uint_le(service_deadline_us(rig->service), rig->now_us);
    service_expire(rig->service);
    ck_assert(!has_node(rig, "/box"));
    ck_assert(has_node(rig, "/unused"));
    ck_assert_uint_gt(service_deadline_us(rig->service), rig->now_us);
}
END_TEST

START_TEST(nodes_with_a_time_to_live_go_when_nothing_touches_them)
{
    struct service_options options = rig_options();
    options.container_check_ms = 10;
    AUTO(rig_destroy) struct rig *rig = rig_new(&options);
    struct rig_client *client = rig_join(rig, 2000);
    struct ask ask = {.op = MESSAGE_CREATE_TTL, .path = "/t", .flags = 5, .ttl_ms = 500};

    rig_ask(client, &ask);
    rig_pass(rig, 400);
    ask_path(client, MESSAGE_SET_DATA, "/t");
    rig_pass(rig, 500);
    service_expire(rig->service);
    ck_assert(has_node(rig, "/t")); /* not longer than 500 ms */
    create(client, "/t/child", 0);
    rig_pass(rig, 500);
    service_expire(rig->service);
    ck_assert(has_node(rig, "/t")); /* has a child */
    delete_node(client, "/t/child");
    service_expire(rig->service);
    ck_assert(has_node(rig, "/t")); /* not looked at again yet */
    rig_pass(rig, 10);
    service_expire(rig->service);
    ck_assert(!has_node(rig, "/t"));
}
END_TEST

START_TEST(times_to_live_can_be_switched_off)
{
    struct service_options options = rig_options();
    options.extended_types = false;
    AUTO(rig_destroy) struct rig *rig = rig_new(&options);
    struct rig_client *client = rig_join(rig, TIMEOUT_MS);
    struct ask ask = {.op = MESSAGE_CREATE_TTL, .path = "/t", .flags = 5, .ttl_ms = 500};

    rig_ask(client, &ask);
    expect_reply(client, "error -6");
}
END_TEST

enum {
    CROWD = 1000,
    NODES_EACH = 100,
};

static void give_nodes(struct rig_client *client)
{
    struct ask parts[NODES_EACH];
    struct ask multi = {.op = MESSAGE_MULTI, .parts = parts, .part_count = NODES_EACH};

    for (size_t i = 0; i < NODES_EACH; i++)
        parts[i] = (struct ask){.op = MESSAGE_CREATE, .path = "/m/x", .flags = 3};
    rig_ask(client, &multi);
}

START_TEST(a_crowd_expires_in_turns_and_others_are_served_between_them)
{
    AUTO(rig_destroy) struct rig *rig = new_rig();
    struct rig_client *other = rig_join(rig, 2000);

    make(other, "/m", 0);
    for (int i = 0; i < CROWD; i++) {
        struct rig_client *client = rig_dial(rig);
        rig_greet(client, 200, NULL);
        give_nodes(client);
        if (i % 100 == 99)
            rig_settle(rig);
    }
    ck_assert_uint_eq(memory_store_nodes(rig->store), 5 + CROWD * NODES_EACH);
    rig_pass(rig, 400);
    size_t left = CROWD * NODES_EACH, turns = 0;
    while (left > 0) {
        ck_assert_uint_le(service_deadline_us(rig->service), rig->now_us);
        service_expire(rig->service);
        size_t now = tree_counts(service_tree(rig->service)).ephemerals;
        ck_assert_uint_lt(now, left);
        ck_assert_uint_le(left - now, 5000 + NODES_EACH);
        left = now;
        turns++;
        rig_ping(other);
        AUTO(text_done) struct text line = {.size = 0};
        rig_pump(rig);
        ck_assert(rig_next(other, &line));
        rig_settle(rig);
    }
    ck_assert_uint_ge(turns, 20);
    ck_assert_uint_eq(memory_store_nodes(rig->store), 5);
    ck_assert_uint_eq(memory_store_sessions(rig->store), 1);
}
END_TEST

START_TEST(a_crowd_without_nodes_expires_in_turns_as_well)
{
    AUTO(rig_destroy) struct rig *rig = new_rig();
    size_t crowd = 12000;

    for (size_t i = 0; i < crowd; i++)
        rig_greet(rig_dial(rig), 200, NULL);
    rig_settle(rig);
    rig_pass(rig, 400);
    service_expire(rig->service);
    size_t left = sessions_count(service_sessions(rig->service));
    ck_assert_uint_ge(left, crowd - 5000);
    ck_assert_uint_lt(left, crowd);
    ck_assert_uint_le(service_deadline_us(rig->service), rig->now_us);
    for (int i = 0; i < 3; i++)
        service_expire(rig->service);
    ck_assert_uint_eq(sessions_count(service_sessions(rig->service)), 0);
}
END_TEST

START_TEST(expiry_waits_while_a_batch_is_too_large)
{
    struct service_options options = rig_options();
    options.batch_max_rows = 5;
    AUTO(rig_destroy) struct rig *rig = rig_new(&options);
    struct rig_client *client = rig_join(rig, 200);

    make(client, "/mine", MESSAGE_EPHEMERAL);
    for (int i = 0; i < 6; i++)
        create(client, "/a", MESSAGE_PERSISTENT_SEQUENTIAL);
    rig_pass(rig, 400);
    ck_assert(service_is_congested(rig->service));
    ck_assert_uint_eq(service_deadline_us(rig->service), UINT64_MAX);
    service_expire(rig->service);
    ck_assert(has_node(rig, "/mine"));
    rig_settle(rig);
    service_expire(rig->service);
    ck_assert(!has_node(rig, "/mine"));
}
END_TEST

START_TEST(counts_tell_what_happened)
{
    AUTO(rig_destroy) struct rig *rig = new_rig();
    struct rig_client *client = rig_join(rig, TIMEOUT_MS);

    create(client, "/a", 0);
    create(client, "/b", 0);
    struct service_counts counts = service_counts(rig->service);
    ck_assert_uint_eq(counts.received, 3);
    ck_assert_uint_eq(counts.outstanding, 2);
    rig_pass(rig, 7);
    rig_settle(rig);
    counts = service_counts(rig->service);
    ck_assert_uint_eq(counts.outstanding, 0);
    ck_assert_uint_eq(counts.sent, 3);
    create(client, "/c", 0);
    rig_hang_up(client);
    ck_assert_uint_eq(service_counts(rig->service).outstanding, 0);
    rig_settle(rig);
    ck_assert(has_node(rig, "/c")); /* it was asked for */
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        a_new_session_is_told_when_it_is_durable,
        a_session_comes_back_with_its_password,
        who_comes_back_takes_the_session_from_the_other_connection,
        who_does_not_know_the_password_is_refused_and_harms_nobody,
        an_expired_session_is_refused,
        who_has_seen_more_than_is_durable_is_sent_away_without_a_word,
        half_a_handshake_is_the_end,
        a_write_is_answered_when_it_is_durable,
        reads_wait_for_what_they_saw_and_for_nothing_else,
        pings_overtake_and_tell_the_durable_zxid,
        no_ping_overtakes_the_handshake,
        an_event_comes_before_the_reply_and_with_the_commit,
        a_multi_that_fails_is_as_if_it_had_not_been,
        closing_a_session_takes_its_nodes_and_the_connection,
        unknown_operations_are_the_end_after_all_that_is_owed,
        a_full_disk_takes_back_the_tree_and_closes_whoever_was_owed,
        reads_are_served_while_committing_is_tried_again,
        sessions_that_open_while_the_disk_is_full_live_on,
        a_session_whose_end_was_not_written_is_there_again,
        a_session_that_came_and_went_before_the_disk_was_full_never_was,
        lists_that_were_given_up_before_the_disk_was_full_leave_it_later,
        a_full_disk_does_not_make_input_wait,
        a_killed_server_comes_back_with_what_was_durable,
        after_a_restart_sessions_live_for_a_whole_timeout,
        what_no_store_can_hold_is_refused,
        nodes_have_a_limit,
        sessions_have_a_limit,
        watches_have_a_limit,
        acls_have_a_limit_and_are_given_back_when_that_is_durable,
        a_multi_of_many_parts_is_one_transaction,
        a_large_batch_makes_input_wait,
        a_batch_that_came_of_many_bytes_makes_input_wait_too,
        a_watcher_for_which_too_much_waits_goes,
        a_session_of_which_nothing_is_heard_expires,
        containers_go_when_they_were_used_and_are_empty,
        nodes_with_a_time_to_live_go_when_nothing_touches_them,
        times_to_live_can_be_switched_off,
        a_crowd_expires_in_turns_and_others_are_served_between_them,
        a_crowd_without_nodes_expires_in_turns_as_well,
        expiry_waits_while_a_batch_is_too_large,
        counts_tell_what_happened,
    };

    return suite_run("service", tests, COUNT_OF(tests));
}
