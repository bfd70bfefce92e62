/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One client of coord against a real server: test_coord_client.py starts it as
 *
 *     coord_client_check SERVERS CASE
 *
 * and does what a case cannot do itself: it reads a request from standard output ("kill",
 * "freeze 1000a...") and answers with a line when that is done. A case that fails says where and
 * ends the process with 1.
 */
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "coord/client.h"

enum {
    PATIENCE_MS = 30000, /* with a server that does nothing */
    TIMEOUT_MS = 4000,   /* of sessions */
};

#define EXPECT(condition) expect((condition), #condition, __LINE__)

static void expect(bool holds, const char *condition, int line)
{
    if (holds)
        return;
    (void)fprintf(stderr, "%s:%d: %s\n", __FILE__, line, condition);
    exit(EXIT_FAILURE); /* NOLINT(concurrency-mt-unsafe): the library's threads call no exit() */
}

static void expect_number(int64_t number, int64_t wanted, int line)
{
    if (number == wanted)
        return;
    (void)fprintf(stderr, "%s:%d: %" PRId64 " instead of %" PRId64 "\n", __FILE__, line, number,
                  wanted);
    exit(EXIT_FAILURE); /* NOLINT(concurrency-mt-unsafe) */
}

#define EXPECT_NUMBER(number, wanted) expect_number((int64_t)(number), (int64_t)(wanted), __LINE__)

/* Has the test do it. */
static void request(const char *words)
{
    char line[16];

    (void)printf("%s\n", words);
    EXPECT(fflush(stdout) == 0);
    EXPECT(fgets(line, sizeof line, stdin) != NULL);
}

static void request_for_session(const char *word, int64_t session_id)
{
    char words[64];

    (void)snprintf(words, sizeof words, "%s 0x%" PRIx64, word, session_id);
    request(words);
}

/* ---- using a client ---- */

static struct coord_options options_for(const char *servers, const char *root)
{
    struct coord_options options = coord_options_default();

    options.servers = servers;
    options.root = root;
    options.session_timeout_ms = TIMEOUT_MS;
    options.seed = 1;
    return options;
}

static struct coord_client *open_with(const struct coord_options *options)
{
    struct coord_client *client = NULL;
    struct error error = {.text = ""};

    if (coord_open(options, &client, &error) != ERR_OK)
        (void)fprintf(stderr, "%s\n", error.text);
    EXPECT(client != NULL);
    return client;
}

static struct coord_event take(struct coord_client *client)
{
    struct coord_event event;

    EXPECT(coord_take(client, PATIENCE_MS, &event));
    return event;
}

/* The next event is of that kind. */
static struct coord_event take_kind(struct coord_client *client, enum coord_event_kind kind)
{
    struct coord_event event = take(client);

    EXPECT_NUMBER(event.kind, kind);
    return event;
}

static void pass(struct coord_client *client, enum coord_event_kind kind)
{
    struct coord_event event = take_kind(client, kind);

    coord_event_done(&event);
}

static struct coord_client *connect_to(const char *servers, const char *root)
{
    struct coord_options options = options_for(servers, root);
    struct coord_client *client = open_with(&options);

    pass(client, COORD_CONNECTED);
    return client;
}

/* The answer comes next. */
static struct coord_event ask(struct coord_client *client, const struct coord_call *call)
{
    struct coord_call tagged = *call;

    tagged.tag = 4711;
    coord_call(client, &tagged);
    struct coord_event event = take_kind(client, COORD_ANSWERED);
    EXPECT_NUMBER(event.tag, 4711);
    EXPECT_NUMBER(event.call, call->kind);
    return event;
}

static enum coord_error error_of(struct coord_client *client, const struct coord_call *call)
{
    struct coord_event event = ask(client, call);
    enum coord_error error = event.error;

    coord_event_done(&event);
    return error;
}

static void must(struct coord_client *client, const struct coord_call *call)
{
    EXPECT_NUMBER(error_of(client, call), COORD_OK);
}

static void must_create(struct coord_client *client, const char *path)
{
    must(client, &(struct coord_call){.kind = COORD_CREATE, .path = path});
}

static void must_set(struct coord_client *client, const char *path, const char *text)
{
    must(client, &(struct coord_call){.kind = COORD_SET,
                                      .path = path,
                                      .data = text,
                                      .size = strlen(text),
                                      .version = COORD_ANY_VERSION});
}

static void must_delete(struct coord_client *client, const char *path)
{
    must(client,
         &(struct coord_call){.kind = COORD_DELETE, .path = path, .version = COORD_ANY_VERSION});
}

static enum coord_error exists(struct coord_client *client, const char *path)
{
    return error_of(client, &(struct coord_call){.kind = COORD_EXISTS, .path = path});
}

/* A read that sets a watch with a tag of its own. */
static enum coord_error set_watch(struct coord_client *client, enum coord_call_kind kind,
                                  const char *path, uint64_t tag)
{
    coord_call(client, &(struct coord_call){.kind = kind, .path = path, .watch = true, .tag = tag});
    struct coord_event event = take_kind(client, COORD_ANSWERED);
    enum coord_error error = event.error;

    EXPECT_NUMBER(event.tag, tag);
    coord_event_done(&event);
    return error;
}

static void expect_change(struct coord_client *client, uint64_t tag, enum message_event change,
                          const char *path)
{
    struct coord_event event = take_kind(client, COORD_CHANGED);

    EXPECT_NUMBER(event.tag, tag);
    EXPECT_NUMBER(event.change, change);
    EXPECT(strcmp(event.path, path) == 0);
    coord_event_done(&event);
}

/* ---- cases: nodes ---- */

static void a_session_is_told_and_ends_with_the_client(const char *servers)
{
    struct coord_options options = options_for(servers, "/");
    struct coord_client *client = open_with(&options);
    struct coord_event event = take_kind(client, COORD_CONNECTED);
    char name[COORD_SERVER_NAME_MAX];

    EXPECT(event.is_new_session);
    EXPECT(event.session_id != 0);
    EXPECT_NUMBER(event.timeout_ms, TIMEOUT_MS);
    coord_server_name(client, name, sizeof name);
    EXPECT(strcmp(name, servers) == 0);
    request_for_session("alive", event.session_id);
    coord_close(&client);
    EXPECT(client == NULL);
    request_for_session("gone", event.session_id);
}

static void nodes_live_as_they_should(const char *servers)
{
    struct coord_client *client = connect_to(servers, "/");
    struct coord_event event;

    event =
        ask(client,
            &(struct coord_call){.kind = COORD_CREATE, .path = "/a", .data = "x\0y", .size = 3});
    EXPECT_NUMBER(event.error, COORD_OK);
    EXPECT(strcmp(event.path, "/a") == 0);
    EXPECT_NUMBER(event.stat.data_length, 3);
    EXPECT(event.stat.czxid > 0 && event.stat.ctime_ms > 0);
    coord_event_done(&event);

    event = ask(client, &(struct coord_call){.kind = COORD_GET, .path = "/a"});
    EXPECT_NUMBER(event.size, 3);
    EXPECT(memcmp(event.data, "x\0y", 4) == 0);
    EXPECT_NUMBER(event.stat.version, 0);
    coord_event_done(&event);

    event = ask(client,
                &(struct coord_call){.kind = COORD_SET, .path = "/a", .data = "", .version = 0});
    EXPECT_NUMBER(event.stat.version, 1);
    coord_event_done(&event);
    event = ask(client, &(struct coord_call){.kind = COORD_EXISTS, .path = "/a"});
    EXPECT_NUMBER(event.stat.version, 1);
    EXPECT_NUMBER(event.stat.data_length, 0);
    coord_event_done(&event);
    must(client, &(struct coord_call){.kind = COORD_SYNC, .path = "/a"});
    must(client, &(struct coord_call){.kind = COORD_DELETE, .path = "/a", .version = 1});
    EXPECT_NUMBER(exists(client, "/a"), COORD_NO_NODE);
    coord_close(&client);
}

static void null_data_and_empty_data_stay_apart(const char *servers)
{
    struct coord_client *client = connect_to(servers, "/");
    struct coord_event event;

    must_create(client, "/null");
    must(client, &(struct coord_call){.kind = COORD_CREATE, .path = "/empty", .data = ""});
    event = ask(client, &(struct coord_call){.kind = COORD_GET, .path = "/null"});
    EXPECT(event.data == NULL && event.size == 0);
    coord_event_done(&event);
    event = ask(client, &(struct coord_call){.kind = COORD_GET, .path = "/empty"});
    EXPECT(event.data != NULL && event.size == 0 && event.data[0] == '\0');
    coord_event_done(&event);
    must(client,
         &(struct coord_call){.kind = COORD_SET, .path = "/empty", .version = COORD_ANY_VERSION});
    event = ask(client, &(struct coord_call){.kind = COORD_GET, .path = "/empty"});
    EXPECT(event.data == NULL);
    coord_event_done(&event);
    coord_close(&client);
}

static void children_are_sorted(const char *servers)
{
    static const char *const paths[] = {"/p", "/p/delta", "/p/alpha", "/p/charlie", "/p/bravo"};
    struct coord_client *client = connect_to(servers, "/");
    struct coord_event event;

    for (size_t i = 0; i < COUNT_OF(paths); i++)
        must_create(client, paths[i]);
    event = ask(client, &(struct coord_call){.kind = COORD_CHILDREN, .path = "/p"});
    EXPECT_NUMBER(event.child_count, 4);
    EXPECT_NUMBER(event.stat.children, 4);
    EXPECT(strcmp(event.children[0], "alpha") == 0 && strcmp(event.children[1], "bravo") == 0);
    EXPECT(strcmp(event.children[2], "charlie") == 0 && strcmp(event.children[3], "delta") == 0);
    coord_event_done(&event);
    event = ask(client, &(struct coord_call){.kind = COORD_CHILDREN, .path = "/p/alpha"});
    EXPECT_NUMBER(event.error, COORD_OK);
    EXPECT_NUMBER(event.child_count, 0);
    coord_event_done(&event);
    coord_close(&client);
}

static void errors_are_those_of_the_protocol(const char *servers)
{
    struct coord_client *client = connect_to(servers, "/");

    must_create(client, "/a");
    must_create(client, "/a/b");
    must(client, &(struct coord_call){.kind = COORD_CREATE, .mode = COORD_EPHEMERAL, .path = "/e"});
    static const struct {
        struct coord_call call;
        enum coord_error error;
    } rows[] = {
        {{.kind = COORD_GET, .path = "/x"}, COORD_NO_NODE},
        {{.kind = COORD_CHILDREN, .path = "/x"}, COORD_NO_NODE},
        {{.kind = COORD_SET, .path = "/x", .version = -1}, COORD_NO_NODE},
        {{.kind = COORD_CREATE, .path = "/x/y"}, COORD_NO_NODE},
        {{.kind = COORD_CREATE, .path = "/a"}, COORD_NODE_EXISTS},
        {{.kind = COORD_CREATE, .path = "/e/x"}, COORD_NO_CHILDREN_FOR_EPHEMERALS},
        {{.kind = COORD_SET, .path = "/a", .version = 3}, COORD_BAD_VERSION},
        {{.kind = COORD_DELETE, .path = "/a/b", .version = 3}, COORD_BAD_VERSION},
        {{.kind = COORD_DELETE, .path = "/a", .version = -1}, COORD_NOT_EMPTY},
        {{.kind = COORD_GET, .path = "a"}, COORD_BAD_ARGUMENTS},
        {{.kind = COORD_GET, .path = NULL}, COORD_BAD_ARGUMENTS},
        {{.kind = COORD_CHECK, .path = "/a"}, COORD_BAD_ARGUMENTS},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        EXPECT_NUMBER(error_of(client, &rows[i].call), rows[i].error);
    coord_close(&client);
}

static void each_mode_of_create_makes_its_kind(const char *servers)
{
    struct coord_options options = options_for(servers, "/");
    struct coord_client *client = open_with(&options);
    struct coord_event event = take_kind(client, COORD_CONNECTED);
    int64_t session_id = event.session_id;

    event = ask(client,
                &(struct coord_call){.kind = COORD_CREATE, .mode = COORD_EPHEMERAL, .path = "/e"});
    EXPECT_NUMBER(event.stat.ephemeral_owner, session_id);
    coord_event_done(&event);
    must_create(client, "/s");
    event = ask(client, &(struct coord_call){.kind = COORD_CREATE,
                                             .mode = COORD_PERSISTENT_SEQUENTIAL,
                                             .path = "/s/n-"});
    EXPECT(strcmp(event.path, "/s/n-0000000000") == 0);
    coord_event_done(&event);
    event =
        ask(client, &(struct coord_call){
                        .kind = COORD_CREATE, .mode = COORD_EPHEMERAL_SEQUENTIAL, .path = "/s/"});
    EXPECT(strcmp(event.path, "/s/0000000001") == 0);
    EXPECT_NUMBER(event.stat.ephemeral_owner, session_id);
    coord_event_done(&event);
    event = ask(client,
                &(struct coord_call){.kind = COORD_CREATE, .mode = COORD_CONTAINER, .path = "/c"});
    EXPECT_NUMBER(event.error, COORD_OK);
    EXPECT(strcmp(event.path, "/c") == 0);
    coord_event_done(&event);
    coord_close(&client);
}

static void large_data_go_both_ways(const char *servers)
{
    struct coord_client *client = connect_to(servers, "/");
    char *data = mem_alloc(COORD_DATA_MAX_BYTES + 1);

    memset(data, 'x', COORD_DATA_MAX_BYTES);
    must(client,
         &(struct coord_call){
             .kind = COORD_CREATE, .path = "/a", .data = data, .size = COORD_DATA_MAX_BYTES});
    struct coord_event event = ask(client, &(struct coord_call){.kind = COORD_GET, .path = "/a"});
    EXPECT_NUMBER(event.size, COORD_DATA_MAX_BYTES);
    EXPECT(memcmp(event.data, data, COORD_DATA_MAX_BYTES + 1) == 0);
    coord_event_done(&event);
    EXPECT_NUMBER(error_of(client, &(struct coord_call){.kind = COORD_SET,
                                                        .path = "/a",
                                                        .data = data,
                                                        .size = COORD_DATA_MAX_BYTES + 1}),
                  COORD_BAD_ARGUMENTS);
    free(data);
    coord_close(&client);
}

static void all_is_below_the_root_which_is_made(const char *servers)
{
    struct coord_client *plain = connect_to(servers, NULL);
    EXPECT_NUMBER(exists(plain, "/gale"), COORD_NO_NODE);
    struct coord_client *client = connect_to(servers, "/gale/check");
    struct coord_event event;

    EXPECT_NUMBER(exists(plain, "/gale/check"), COORD_OK);
    EXPECT_NUMBER(exists(client, "/"), COORD_OK);
    event = ask(client, &(struct coord_call){.kind = COORD_CREATE, .path = "/a"});
    EXPECT(strcmp(event.path, "/a") == 0);
    coord_event_done(&event);
    event =
        ask(client, &(struct coord_call){
                        .kind = COORD_CREATE, .mode = COORD_PERSISTENT_SEQUENTIAL, .path = "/"});
    EXPECT(strcmp(event.path, "/0000000001") == 0);
    coord_event_done(&event);
    EXPECT_NUMBER(exists(plain, "/gale/check/a"), COORD_OK);

    EXPECT_NUMBER(set_watch(client, COORD_CHILDREN, "/", 1), COORD_OK);
    EXPECT_NUMBER(set_watch(client, COORD_GET, "/a", 2), COORD_OK);
    must_delete(plain, "/gale/check/a");
    expect_change(client, 2, MESSAGE_NODE_DELETED, "/a");
    expect_change(client, 1, MESSAGE_NODE_CHILDREN_CHANGED, "/");

    struct coord_call part = {.kind = COORD_CREATE, .path = "/m"};
    event = ask(client, &(struct coord_call){.kind = COORD_MULTI, .parts = &part, .part_count = 1});
    EXPECT(strcmp(event.part_paths[0], "/m") == 0);
    coord_event_done(&event);
    coord_close(&client);

    client = connect_to(servers, "/gale/check"); /* it is there already */
    EXPECT_NUMBER(exists(client, "/m"), COORD_OK);
    coord_close(&client);
    coord_close(&plain);
}

/* ---- cases: multi ---- */

static void a_multi_does_all_or_nothing(const char *servers)
{
    struct coord_client *client = connect_to(servers, "/");
    struct coord_event event;
    struct coord_call parts[] = {
        {.kind = COORD_CREATE, .path = "/a", .data = "one", .size = 3},
        {.kind = COORD_CREATE, .path = "/a/n-", .mode = COORD_EPHEMERAL_SEQUENTIAL},
        {.kind = COORD_SET, .path = "/a", .data = "two", .size = 3, .version = 0},
        {.kind = COORD_CHECK, .path = "/a", .version = 1},
    };
    struct coord_call multi = {.kind = COORD_MULTI, .parts = parts, .part_count = COUNT_OF(parts)};

    event = ask(client, &multi);
    EXPECT_NUMBER(event.error, COORD_OK);
    EXPECT_NUMBER(event.part_count, 4);
    EXPECT(strcmp(event.part_paths[0], "/a") == 0);
    EXPECT(strcmp(event.part_paths[1], "/a/n-0000000000") == 0);
    EXPECT(event.part_paths[2] == NULL && event.part_paths[3] == NULL);
    for (size_t i = 0; i < 4; i++)
        EXPECT_NUMBER(event.part_errors[i], COORD_OK);
    coord_event_done(&event);

    parts[0].path = "/b";
    event = ask(client, &multi);
    EXPECT_NUMBER(event.error, COORD_BAD_VERSION);
    EXPECT_NUMBER(event.part_errors[0], COORD_OK);
    EXPECT_NUMBER(event.part_errors[1], COORD_OK);
    EXPECT_NUMBER(event.part_errors[2], COORD_BAD_VERSION);
    EXPECT_NUMBER(event.part_errors[3], COORD_RUNTIME_INCONSISTENCY);
    EXPECT(event.part_paths[0] == NULL && event.part_paths[1] == NULL);
    coord_event_done(&event);
    EXPECT_NUMBER(exists(client, "/b"), COORD_NO_NODE);

    must(client, &(struct coord_call){.kind = COORD_MULTI});
    coord_close(&client);
}

/* ---- cases: watches ---- */

static void a_watch_fires_once_with_the_tag_of_its_call(const char *servers)
{
    struct coord_client *other = connect_to(servers, "/");
    struct coord_client *client = connect_to(servers, "/");

    must_create(other, "/a");
    EXPECT_NUMBER(set_watch(client, COORD_GET, "/a", 1), COORD_OK);
    EXPECT_NUMBER(set_watch(client, COORD_GET, "/a", 2), COORD_OK);
    EXPECT_NUMBER(set_watch(client, COORD_CHILDREN, "/a", 3), COORD_OK);
    EXPECT_NUMBER(set_watch(client, COORD_EXISTS, "/missing", 4), COORD_NO_NODE);
    must_set(other, "/a", "one");

    /* Two on the same node, in whatever order. */
    struct coord_event first = take_kind(client, COORD_CHANGED);
    struct coord_event second = take_kind(client, COORD_CHANGED);
    EXPECT_NUMBER(first.tag + second.tag, 3);
    EXPECT(first.tag != second.tag);
    EXPECT_NUMBER(first.change, MESSAGE_NODE_DATA_CHANGED);
    coord_event_done(&first);
    coord_event_done(&second);

    must_set(other, "/a", "two"); /* nobody watches any more */
    must_create(other, "/missing");
    expect_change(client, 4, MESSAGE_NODE_CREATED, "/missing");
    must_create(other, "/a/b");
    expect_change(client, 3, MESSAGE_NODE_CHILDREN_CHANGED, "/a");
    must_create(other, "/a/c");
    must_set(other, "/missing", "x");
    EXPECT_NUMBER(exists(client, "/a"), COORD_OK); /* its answer is the next event */
    coord_close(&client);
    coord_close(&other);
}

static void a_read_that_fails_sets_no_watch(const char *servers)
{
    struct coord_client *other = connect_to(servers, "/");
    struct coord_client *client = connect_to(servers, "/");

    EXPECT_NUMBER(set_watch(client, COORD_GET, "/a", 1), COORD_NO_NODE);
    EXPECT_NUMBER(set_watch(client, COORD_CHILDREN, "/a", 2), COORD_NO_NODE);
    must_create(other, "/a");
    must_create(other, "/a/b");
    EXPECT_NUMBER(exists(client, "/a/b"), COORD_OK);
    coord_close(&client);
    coord_close(&other);
}

static void a_deletion_fires_all_watches_of_the_node(const char *servers)
{
    struct coord_client *other = connect_to(servers, "/");
    struct coord_client *client = connect_to(servers, "/");
    uint64_t tags = 0;

    must_create(other, "/a");
    EXPECT_NUMBER(set_watch(client, COORD_GET, "/a", 1), COORD_OK);
    EXPECT_NUMBER(set_watch(client, COORD_EXISTS, "/a", 2), COORD_OK);
    EXPECT_NUMBER(set_watch(client, COORD_CHILDREN, "/a", 4), COORD_OK);
    must_delete(other, "/a");
    for (int i = 0; i < 3; i++) {
        struct coord_event event = take_kind(client, COORD_CHANGED);

        EXPECT_NUMBER(event.change, MESSAGE_NODE_DELETED);
        tags |= event.tag;
        coord_event_done(&event);
    }
    EXPECT_NUMBER(tags, 7);
    EXPECT_NUMBER(exists(client, "/a"), COORD_NO_NODE);
    coord_close(&client);
    coord_close(&other);
}

/* ---- cases: limits ---- */

static void beyond_calls_max_calls_are_throttled(const char *servers)
{
    struct coord_options options = options_for(servers, "/");
    bool seen[10] = {false};
    int throttled = 0;

    options.calls_max = 4;
    struct coord_client *client = open_with(&options);
    pass(client, COORD_CONNECTED);
    for (uint64_t i = 0; i < COUNT_OF(seen); i++)
        coord_call(client, &(struct coord_call){.kind = COORD_EXISTS, .path = "/", .tag = i});
    for (size_t i = 0; i < COUNT_OF(seen); i++) {
        struct coord_event event = take_kind(client, COORD_ANSWERED);

        EXPECT(event.tag < COUNT_OF(seen) && !seen[event.tag]);
        EXPECT_NUMBER(event.error, event.tag < 4 ? COORD_OK : COORD_THROTTLED);
        seen[event.tag] = true;
        throttled += event.error == COORD_THROTTLED;
        coord_event_done(&event);
    }
    EXPECT_NUMBER(throttled, 6);
    EXPECT_NUMBER(exists(client, "/"), COORD_OK);
    coord_close(&client);
}

static void a_full_inbox_loses_nothing(const char *servers)
{
    struct coord_options options = options_for(servers, "/");

    options.inbox_max = 2;
    struct coord_client *client = open_with(&options);
    pass(client, COORD_CONNECTED);
    for (uint64_t i = 0; i < 500; i++)
        coord_call(client, &(struct coord_call){.kind = COORD_EXISTS, .path = "/", .tag = i});
    for (uint64_t i = 0; i < 500; i++) {
        struct coord_event event = take_kind(client, COORD_ANSWERED);

        EXPECT_NUMBER(event.tag, i);
        coord_event_done(&event);
    }
    for (uint64_t i = 0; i < 500; i++) /* and a close does not wait for anybody to take them */
        coord_call(client, &(struct coord_call){.kind = COORD_EXISTS, .path = "/", .tag = i});
    coord_close(&client);
}

static void the_descriptor_tells_of_events(const char *servers)
{
    struct coord_options options = options_for(servers, "/");
    struct coord_client *client = open_with(&options);
    struct pollfd watched = {.fd = coord_fd(client), .events = POLLIN};
    struct coord_event event;

    EXPECT_NUMBER(poll(&watched, 1, PATIENCE_MS), 1);
    EXPECT(coord_take(client, 0, &event));
    EXPECT_NUMBER(event.kind, COORD_CONNECTED);
    EXPECT(!coord_take(client, 0, &event));
    EXPECT_NUMBER(poll(&watched, 1, 0), 0);
    coord_call(client, &(struct coord_call){.kind = COORD_EXISTS, .path = "/"});
    EXPECT_NUMBER(poll(&watched, 1, PATIENCE_MS), 1);
    pass(client, COORD_ANSWERED);
    coord_close(&client);
}

/* ---- cases: loss and expiry ---- */

enum {
    UNDER_WAY = 100,
};

/* The server is paused, so that nothing is answered; then it dies. */
static void calls_under_way_are_answered_once_when_the_connection_is_lost(const char *servers)
{
    struct coord_options options = options_for(servers, "/");
    struct coord_client *client = open_with(&options);
    struct coord_event event = take_kind(client, COORD_CONNECTED);
    int64_t session_id = event.session_id;
    char name[COORD_SERVER_NAME_MAX];

    request("pause");
    for (uint64_t i = 0; i < UNDER_WAY; i++)
        coord_call(client, &(struct coord_call){.kind = COORD_EXISTS, .path = "/", .tag = i});
    request("kill");
    pass(client, COORD_DISCONNECTED);
    for (uint64_t i = 0; i < UNDER_WAY; i++) {
        event = take_kind(client, COORD_ANSWERED);
        EXPECT_NUMBER(event.error, COORD_CONNECTION_LOSS);
        EXPECT_NUMBER(event.tag, i);
        coord_event_done(&event);
    }
    coord_server_name(client, name, sizeof name);
    EXPECT(name[0] == '\0');
    EXPECT_NUMBER(exists(client, "/"), COORD_CONNECTION_LOSS); /* without a server: at once */
    struct coord_call part = {.kind = COORD_CREATE, .path = "/m"};
    event = ask(client, &(struct coord_call){.kind = COORD_MULTI, .parts = &part, .part_count = 1});
    EXPECT_NUMBER(event.error, COORD_CONNECTION_LOSS);
    EXPECT_NUMBER(event.part_errors[0], COORD_CONNECTION_LOSS);
    coord_event_done(&event);

    request("restart");
    event = take_kind(client, COORD_CONNECTED);
    EXPECT(!event.is_new_session);
    EXPECT_NUMBER(event.session_id, session_id);
    EXPECT_NUMBER(exists(client, "/"), COORD_OK); /* nothing more comes from before */
    coord_close(&client);
}

static void watches_and_ephemerals_outlive_a_lost_connection(const char *servers)
{
    struct coord_client *client = connect_to(servers, "/gale");

    must_create(client, "/a");
    must(client, &(struct coord_call){.kind = COORD_CREATE, .mode = COORD_EPHEMERAL, .path = "/e"});
    EXPECT_NUMBER(set_watch(client, COORD_GET, "/a", 1), COORD_OK);
    request("kill");
    pass(client, COORD_DISCONNECTED);
    request("restart");
    pass(client, COORD_CONNECTED);
    EXPECT_NUMBER(exists(client, "/e"), COORD_OK);
    must_create(client, "/b");

    struct coord_client *other = connect_to(servers, "/gale");
    must_set(other, "/a", "x");
    expect_change(client, 1, MESSAGE_NODE_DATA_CHANGED, "/a");
    coord_close(&client);
    coord_close(&other);
}

/* The test stops this process until the server has ended the session. */
static void after_an_expiry_there_is_a_new_session(const char *servers)
{
    struct coord_options options = options_for(servers, "/gale");
    struct coord_client *client = open_with(&options);
    struct coord_event event = take_kind(client, COORD_CONNECTED);
    int64_t session_id = event.session_id;

    must(client, &(struct coord_call){.kind = COORD_CREATE, .mode = COORD_EPHEMERAL, .path = "/e"});
    must_create(client, "/a");
    EXPECT_NUMBER(set_watch(client, COORD_GET, "/a", 1), COORD_OK);
    EXPECT_NUMBER(set_watch(client, COORD_EXISTS, "/missing", 2), COORD_NO_NODE);
    EXPECT_NUMBER(set_watch(client, COORD_CHILDREN, "/a", 3), COORD_OK);
    request_for_session("freeze", session_id);

    pass(client, COORD_DISCONNECTED);
    pass(client, COORD_EXPIRED);
    event = take_kind(client, COORD_CONNECTED);
    EXPECT(event.is_new_session);
    EXPECT(event.session_id != session_id);
    EXPECT_NUMBER(exists(client, "/e"), COORD_NO_NODE);
    must_set(client, "/a", "x"); /* each of these would fire a watch of the old session */
    must_create(client, "/a/b");
    must_create(client, "/missing");
    EXPECT_NUMBER(exists(client, "/missing"), COORD_OK);
    coord_close(&client);
}

static void a_new_session_finds_its_root_made_again(const char *servers)
{
    struct coord_options options = options_for(servers, "/gale/check");
    struct coord_client *client = open_with(&options);
    struct coord_event event = take_kind(client, COORD_CONNECTED);

    request_for_session("freeze", event.session_id);
    pass(client, COORD_DISCONNECTED);
    pass(client, COORD_EXPIRED);
    pass(client, COORD_CONNECTED);
    must_create(client, "/a");
    struct coord_client *plain = connect_to(servers, "/");
    EXPECT_NUMBER(exists(plain, "/gale/check/a"), COORD_OK);
    coord_close(&plain);
    coord_close(&client);
}

static void without_a_server_nothing_comes_until_there_is_one(const char *servers)
{
    struct coord_options options = options_for(servers, "/gale");
    struct coord_event event;

    request("kill");
    struct coord_client *client = open_with(&options);
    EXPECT_NUMBER(exists(client, "/"), COORD_CONNECTION_LOSS);
    EXPECT(!coord_take(client, 100, &event));
    request("restart");
    pass(client, COORD_CONNECTED);
    EXPECT_NUMBER(exists(client, "/"), COORD_OK);
    coord_close(&client);
}

/* What the server does not answer is not waited for long. */
static void a_close_does_not_wait_for_a_server_that_hangs(const char *servers)
{
    struct coord_client *client = connect_to(servers, "/");

    request("pause");
    coord_call(client, &(struct coord_call){.kind = COORD_GET, .path = "/", .watch = true});
    coord_close(&client);
    request("resume");
}

static void a_host_without_an_address_is_tried_again(const char *servers)
{
    struct coord_options options = options_for("nowhere.invalid:2181", "/");
    struct coord_client *client = open_with(&options);

    EXPECT_NUMBER(exists(client, "/"), COORD_CONNECTION_LOSS);
    coord_close(&client);

    char both[256];
    (void)snprintf(both, sizeof both, "nowhere.invalid:2181,%s", servers);
    client = connect_to(both, "/");
    EXPECT_NUMBER(exists(client, "/"), COORD_OK);
    coord_close(&client);
}

static void options_that_make_no_sense_are_refused(const char *servers)
{
    struct coord_options options = options_for("a:b", "/");
    struct coord_client *client = NULL;
    struct error error;

    EXPECT_NUMBER(coord_open(&options, &client, &error), ERR_INVALID);
    EXPECT(strcmp(error.text, "server 'a:b' has no port from 1 to 65535 behind ':'") == 0);
    options = options_for(servers, "gale");
    EXPECT_NUMBER(coord_open(&options, &client, &error), ERR_INVALID);
    EXPECT(strcmp(error.text, "root 'gale' does not start with '/'") == 0);
    EXPECT(client == NULL);
}

/* ---- the list ---- */

#define CASE(name)  \
    {               \
#name, name \
    }

static const struct {
    const char *name;
    void (*run)(const char *servers);
} cases[] = {
    CASE(a_session_is_told_and_ends_with_the_client),
    CASE(nodes_live_as_they_should),
    CASE(null_data_and_empty_data_stay_apart),
    CASE(children_are_sorted),
    CASE(errors_are_those_of_the_protocol),
    CASE(each_mode_of_create_makes_its_kind),
    CASE(large_data_go_both_ways),
    CASE(all_is_below_the_root_which_is_made),
    CASE(a_multi_does_all_or_nothing),
    CASE(a_watch_fires_once_with_the_tag_of_its_call),
    CASE(a_read_that_fails_sets_no_watch),
    CASE(a_deletion_fires_all_watches_of_the_node),
    CASE(beyond_calls_max_calls_are_throttled),
    CASE(a_full_inbox_loses_nothing),
    CASE(the_descriptor_tells_of_events),
    CASE(calls_under_way_are_answered_once_when_the_connection_is_lost),
    CASE(watches_and_ephemerals_outlive_a_lost_connection),
    CASE(after_an_expiry_there_is_a_new_session),
    CASE(a_new_session_finds_its_root_made_again),
    CASE(without_a_server_nothing_comes_until_there_is_one),
    CASE(a_close_does_not_wait_for_a_server_that_hangs),
    CASE(a_host_without_an_address_is_tried_again),
    CASE(options_that_make_no_sense_are_refused),
};

/* Without arguments: the names of the cases. */
int main(int argc, char **argv)
{
    if (argc == 1) {
        for (size_t i = 0; i < COUNT_OF(cases); i++)
            (void)puts(cases[i].name);
        return EXIT_SUCCESS;
    }
    EXPECT_NUMBER(argc, 3);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        if (strcmp(cases[i].name, argv[2]) == 0) {
            cases[i].run(argv[1]);
            return EXIT_SUCCESS;
        }
    }
    (void)fprintf(stderr, "no case '%s'\n", argv[2]);
    return EXIT_FAILURE;
}
