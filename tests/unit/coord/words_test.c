/* SPDX-License-Identifier: Apache-2.0 */
#include "coord/server/words.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "tests/support/suite.h"

#define FIRST_ID  INT64_C(0x10000c6e9f8000a)
#define SECOND_ID INT64_C(0x10000c6e9f8000b)

/* 22 November 2026, 00:06:20 UTC */
#define EXPIRES_MS INT64_C(1795305980000)

/* ---- lists out of arrays -------------------------------------------------------------------- */

struct lists {
    const struct words_connection *connections;
    size_t connection_count;
    const struct words_session *sessions;
    size_t session_count;
    const struct words_path *paths; /* ephemerals and watches */
    size_t path_count;
};

/* The place of the item that is next; moves on. */
static bool step(struct words_cursor *cursor, size_t count, size_t *ret_place)
{
    static const char places[10000];

    *ret_place = cursor->outer == NULL ? 0 : (size_t)((const char *)cursor->outer - places) + 1;
    if (*ret_place >= count)
        return false;
    cursor->outer = places + *ret_place;
    return true;
}

static bool next_connection(const void *context, struct words_cursor *cursor,
                            struct words_connection *ret_connection)
{
    const struct lists *lists = context;
    size_t place = 0;

    if (!step(cursor, lists->connection_count, &place))
        return false;
    *ret_connection = lists->connections[place];
    return true;
}

static bool next_session(const void *context, struct words_cursor *cursor,
                         struct words_session *ret_session)
{
    const struct lists *lists = context;
    size_t place = 0;

    if (!step(cursor, lists->session_count, &place))
        return false;
    *ret_session = lists->sessions[place];
    return true;
}

static bool next_path(const void *context, struct words_cursor *cursor, struct words_path *ret_path)
{
    const struct lists *lists = context;
    size_t place = 0;

    if (!step(cursor, lists->path_count, &place))
        return false;
    *ret_path = lists->paths[place];
    return true;
}

static struct words_lists lists_of(const struct lists *lists)
{
    return (struct words_lists){
        .context = lists,
        .next_connection = next_connection,
        .next_session = next_session,
        .next_ephemeral = next_path,
        .next_watch_of_session = next_path,
        .next_watch_of_path = next_path,
    };
}

static struct words_path path_of(int64_t session_id, const char *path)
{
    return (struct words_path){.session_id = session_id, .path = path, .path_size = strlen(path)};
}

/* ---- facts ---------------------------------------------------------------------------------- */

static struct words_facts facts_of(const struct lists *lists)
{
    return (struct words_facts){
        .allowed = "*",
        .version = "3.8.0-gale-0.1, built on 2026-11-21 17:54 UTC",
        .mode = "standalone",
        .uptime_ms = 368953,
        .latency = {.min_us = 120, .max_us = 102900, .total_us = 230997, .count = 118},
        .commit = {.min_us = 250, .max_us = 10400, .total_us = 13000, .count = 76},
        .received = 135,
        .sent = 134,
        .outstanding = 2,
        .zxid = 0x52,
        .connections = 3,
        .sessions = 2,
        .nodes = 36,
        .ephemerals = 4,
        .data_size = 172,
        .watches = {.watchers = 2, .paths = 3, .watches = 5},
        .files_open = 268,
        .files_max = 20000,
        .sessions_expired = 8,
        .connections_refused = 1,
        .auth_failures = 7,
        .data_folder = "/var/lib/gale",
        .data_folder_size = 67109337,
        .port = 2181,
        .tick_ms = 2000,
        .timeout_min_ms = 4000,
        .timeout_max_ms = 40000,
        .connections_per_address_max = 60,
        .host_name = "one",
        .os_name = "Linux",
        .os_architecture = "x86_64",
        .os_version = "6.1",
        .user_name = "gale",
        .user_home = "/home",
        .lists = lists_of(lists),
    };
}

static const struct lists no_lists = {0};

static void expect_answer(const char *word, const struct words_facts *facts, const char *wanted)
{
    AUTO(text_done) struct text out = {0};

    ck_assert(words_answer(word, facts, &out));
    ck_assert_str_eq(text_data(&out), wanted);
    ck_assert_uint_eq(text_size(&out), strlen(wanted));
}

/* ---- the server ----------------------------------------------------------------------------- */

START_TEST(ruok_and_isro_have_no_line_end)
{
    struct words_facts facts = facts_of(&no_lists);

    expect_answer("ruok", &facts, "imok");
    expect_answer("isro", &facts, "rw");
    facts.is_read_only = true;
    expect_answer("isro", &facts, "ro");
}
END_TEST

#define STATISTICS                        \
    "Latency min/avg/max: 0/1.9576/102\n" \
    "Received: 135\n"                     \
    "Sent: 134\n"                         \
    "Connections: 3\n"                    \
    "Outstanding: 2\n"                    \
    "Zxid: 0x52\n"                        \
    "Mode: standalone\n"                  \
    "Node count: 36\n"

START_TEST(srvr_describes_the_server)
{
    struct words_facts facts = facts_of(&no_lists);

    expect_answer("srvr", &facts,
                  "Zookeeper version: 3.8.0-gale-0.1, built on 2026-11-21 17:54 UTC\n" STATISTICS);
}
END_TEST

static const struct {
    uint64_t total_us;
    uint64_t count;
    const char *text;
} averages[] = {
    {0, 0, "0.0"},        {0, 5, "0.0"},       {1000, 1, "1.0"},
    {2500, 1, "2.5"},     {2000, 3, "0.6667"}, {1, 1, "0.001"},
    {1, 10, "0.0001"},    {1, 21, "0.0"},      {123456789, 1, "123456.789"},
    {10250, 10, "1.025"},
};

START_TEST(an_average_is_rounded_to_four_places)
{
    for (size_t i = 0; i < COUNT_OF(averages); i++) {
        struct words_facts facts = facts_of(&no_lists);
        AUTO(text_done) struct text out = {0};
        char line[100];
        facts.latency.total_us = averages[i].total_us;
        facts.latency.count = averages[i].count;
        ck_assert(words_answer("srvr", &facts, &out));
        snprintf(line, sizeof line, "\nLatency min/avg/max: 0/%s/102\n", averages[i].text);
        ck_assert_msg(strstr(text_data(&out), line) != NULL, "%s: %s", line, text_data(&out));
    }
}
END_TEST

START_TEST(mntr_gives_names_and_values_with_tabs_between)
{
    struct words_facts facts = facts_of(&no_lists);

    expect_answer("mntr", &facts,
                  "zk_version\t3.8.0-gale-0.1, built on 2026-11-21 17:54 UTC\n"
                  "zk_server_state\tstandalone\n"
                  "zk_uptime\t368953\n"
                  "zk_avg_latency\t1.9576\n"
                  "zk_min_latency\t0\n"
                  "zk_max_latency\t102\n"
                  "zk_packets_received\t135\n"
                  "zk_packets_sent\t134\n"
                  "zk_num_alive_connections\t3\n"
                  "zk_outstanding_requests\t2\n"
                  "zk_znode_count\t36\n"
                  "zk_watch_count\t5\n"
                  "zk_ephemerals_count\t4\n"
                  "zk_approximate_data_size\t172\n"
                  "zk_global_sessions\t2\n"
                  "zk_local_sessions\t0\n"
                  "zk_open_file_descriptor_count\t268\n"
                  "zk_max_file_descriptor_count\t20000\n"
                  "zk_stale_sessions_expired\t8\n"
                  "zk_connection_rejected\t1\n"
                  "zk_auth_failed_count\t7\n"
                  "zk_avg_fsynctime\t0.1711\n"
                  "zk_min_fsynctime\t0\n"
                  "zk_max_fsynctime\t10\n"
                  "zk_cnt_fsynctime\t76\n"
                  "zk_sum_fsynctime\t13\n");
}
END_TEST

START_TEST(mntr_leaves_out_what_is_not_known)
{
    struct words_facts facts = facts_of(&no_lists);
    AUTO(text_done) struct text out = {0};

    facts.files_open = -1;
    facts.files_max = -1;
    ck_assert(words_answer("mntr", &facts, &out));
    ck_assert_ptr_null(strstr(text_data(&out), "file_descriptor"));
}
END_TEST

START_TEST(conf_tells_the_settings)
{
    struct words_facts facts = facts_of(&no_lists);

    expect_answer("conf", &facts,
                  "clientPort=2181\n"
                  "secureClientPort=-1\n"
                  "dataDir=/var/lib/gale\n"
                  "dataDirSize=67109337\n"
                  "dataLogDir=/var/lib/gale\n"
                  "dataLogSize=67109337\n"
                  "tickTime=2000\n"
                  "maxClientCnxns=60\n"
                  "minSessionTimeout=4000\n"
                  "maxSessionTimeout=40000\n"
                  "clientPortListenBacklog=-1\n"
                  "serverId=0\n");
    expect_answer("dirs", &facts, "datadir_size: 67109337\nlogdir_size: 67109337\n");
}
END_TEST

START_TEST(envi_tells_the_surroundings)
{
    struct words_facts facts = facts_of(&no_lists);

    expect_answer("envi", &facts,
                  "Environment:\n"
                  "zookeeper.version=3.8.0-gale-0.1, built on 2026-11-21 17:54 UTC\n"
                  "host.name=one\n"
                  "os.name=Linux\n"
                  "os.arch=x86_64\n"
                  "os.version=6.1\n"
                  "user.name=gale\n"
                  "user.home=/home\n"
                  "user.dir=<NA>\n");
}
END_TEST

/* ---- connections ---------------------------------------------------------------------------- */

static const struct words_connection connections[] = {
    {
        .address = "127.0.0.1",
        .port = 37246,
        .is_read = true,
        .received = 3,
        .sent = 4,
        .session_id = SECOND_ID,
        .last_op = MESSAGE_GET_CHILDREN,
        .last_xid = 2,
        .last_zxid = 0x58,
        .established_ms = 1795305969812,
        .timeout_ms = 10000,
        .last_response_ms = 13432960,
        .last_latency_us = 2999,
        .latency = {.min_us = 900, .max_us = 2999, .total_us = 5900, .count = 4},
    },
    {.address = "127.0.0.1", .port = 37268, .received = 1},
    {
        .address = "::1",
        .port = 5,
        .is_read = true,
        .queued = 7,
        .session_id = INT64_C(-1),
        .last_xid = -1,
        .last_zxid = 0x57,
    },
};

static const struct lists some_connections = {
    .connections = connections,
    .connection_count = COUNT_OF(connections),
};

START_TEST(cons_lists_the_connections)
{
    struct words_facts facts = facts_of(&some_connections);

    expect_answer("cons", &facts,
                  " /127.0.0.1:37246[1](queued=0,recved=3,sent=4,sid=0x10000c6e9f8000b,lop=GETC,"
                  "est=1795305969812,to=10000,lcxid=0x2,lzxid=0x58,lresp=13432960,llat=2,"
                  "minlat=0,avglat=1,maxlat=2)\n"
                  " /127.0.0.1:37268[0](queued=0,recved=1,sent=0)\n"
                  " /[::1]:5[1](queued=7,recved=0,sent=0,sid=0xffffffffffffffff,lop=SESS,"
                  "est=0,to=0,lzxid=0x57,lresp=0,llat=0,minlat=0,avglat=0,maxlat=0)\n"
                  "\n");
}
END_TEST

START_TEST(stat_lists_them_in_brief)
{
    struct words_facts facts = facts_of(&some_connections);

    expect_answer("stat", &facts,
                  "Zookeeper version: 3.8.0-gale-0.1, built on 2026-11-21 17:54 UTC\n"
                  "Clients:\n"
                  " /127.0.0.1:37246[1](queued=0,recved=3,sent=4)\n"
                  " /127.0.0.1:37268[0](queued=0,recved=1,sent=0)\n"
                  " /[::1]:5[1](queued=7,recved=0,sent=0)\n"
                  "\n" STATISTICS);
}
END_TEST

/* As the server of ZooKeeper 3.8.0 showed them. */
static const struct {
    int32_t op;
    const char *name;
} ops[] = {
    {1, "CREA"},   {2, "DELE"},   {3, "EXIS"},   {4, "GETD"},   {5, "SETD"},   {6, "GETA"},
    {7, "SETA"},   {8, "GETC"},   {9, "SYNC"},   {11, "PING"},  {12, "GETC"},  {13, "CHEC"},
    {14, "MULT"},  {15, "CREA"},  {16, "RECO"},  {17, "CHKW"},  {18, "REMW"},  {19, "CREA"},
    {21, "CREA"},  {22, "MLTR"},  {101, "SETW"}, {103, "GETE"}, {105, "STW2"}, {104, "GETACN"},
    {106, "ADDW"}, {107, "HOMI"}, {-11, "CLOS"}, {0, "SESS"},   {100, "NA"},   {9999, "NA"},
};

START_TEST(operations_have_their_names)
{
    for (size_t i = 0; i < COUNT_OF(ops); i++) {
        struct words_connection connection = connections[0];
        struct lists lists = {.connections = &connection, .connection_count = 1};
        struct words_facts facts = facts_of(&lists);
        AUTO(text_done) struct text out = {0};
        char field[20];
        connection.last_op = ops[i].op;
        ck_assert(words_answer("cons", &facts, &out));
        snprintf(field, sizeof field, ",lop=%s,", ops[i].name);
        ck_assert_msg(strstr(text_data(&out), field) != NULL, "%s: %s", field, text_data(&out));
    }
}
END_TEST

/* ---- watches -------------------------------------------------------------------------------- */

START_TEST(wchs_counts)
{
    struct words_facts facts = facts_of(&no_lists);

    expect_answer("wchs", &facts, "2 connections watching 3 paths\nTotal watches:5\n");
}
END_TEST

START_TEST(wchc_lists_paths_by_session)
{
    struct words_path paths[] = {path_of(SECOND_ID, "/eph"), path_of(FIRST_ID, "/eph2"),
                                 path_of(FIRST_ID, "/eph")};
    struct lists lists = {.paths = paths, .path_count = 3};
    struct words_facts facts = facts_of(&lists);

    expect_answer("wchc", &facts,
                  "0x10000c6e9f8000b\n\t/eph\n0x10000c6e9f8000a\n\t/eph2\n\t/eph\n\n");
}
END_TEST

START_TEST(wchp_lists_sessions_by_path)
{
    struct words_path paths[] = {path_of(FIRST_ID, "/eph2"), path_of(FIRST_ID, "/eph"),
                                 path_of(SECOND_ID, "/eph"), path_of(SECOND_ID, "/ep")};
    struct lists lists = {.paths = paths, .path_count = 4};
    struct words_facts facts = facts_of(&lists);

    paths[3].path = paths[2].path; /* a shorter one at the same place */
    expect_answer("wchp", &facts,
                  "/eph2\n\t0x10000c6e9f8000a\n/eph\n\t0x10000c6e9f8000a\n\t0x10000c6e9f8000b\n"
                  "/ep\n\t0x10000c6e9f8000b\n\n");
}
END_TEST

START_TEST(a_list_without_end_is_cut_off)
{
    enum {
        PATHS = 1200
    };
    static char path[MESSAGE_PATH_MAX];
    static struct words_path paths[PATHS];
    AUTO(text_done) struct text out = {0};

    memset(path, 'x', sizeof path);
    for (size_t i = 0; i < PATHS; i++)
        paths[i] = (struct words_path){FIRST_ID, path, sizeof path};
    struct lists lists = {.paths = paths, .path_count = PATHS};
    struct words_facts facts = facts_of(&lists);
    ck_assert(words_answer("wchc", &facts, &out));
    ck_assert_uint_gt(text_size(&out), WORDS_ANSWER_MAX);
    ck_assert_uint_lt(text_size(&out), WORDS_ANSWER_MAX + MESSAGE_PATH_MAX + 100);
    ck_assert_str_eq(text_data(&out) + text_size(&out) - 12, "\n(cut off)\n\n");
}
END_TEST

START_TEST(empty_lists_are_empty)
{
    struct words_facts facts = facts_of(&no_lists);
    struct words_facts without_lists = facts;
    static const char *const words[] = {"cons", "wchc", "wchp"};

    without_lists.lists = (struct words_lists){0};
    for (size_t i = 0; i < COUNT_OF(words); i++) {
        expect_answer(words[i], &facts, "\n");
        expect_answer(words[i], &without_lists, "\n");
    }
    expect_answer("dump", &without_lists,
                  "SessionTracker dump:\n"
                  "Session Sets (0)/(0):\n"
                  "ephemeral nodes dump:\n"
                  "Sessions with Ephemerals (0):\n"
                  "Connections dump:\n"
                  "Connections (3):\n");
}
END_TEST

/* ---- dump ----------------------------------------------------------------------------------- */

START_TEST(dump_lists_sessions_by_their_ends_and_ephemerals_by_session)
{
    static const struct words_session sessions[] = {
        {SECOND_ID, EXPIRES_MS},
        {FIRST_ID + 5, EXPIRES_MS + 2000},
        {FIRST_ID, EXPIRES_MS},
    };
    struct words_path paths[] = {path_of(FIRST_ID, "/eph2"), path_of(FIRST_ID, "/eph"),
                                 path_of(SECOND_ID, "/a")};
    struct lists lists = some_connections;
    lists.sessions = sessions;
    lists.session_count = COUNT_OF(sessions);
    lists.paths = paths;
    lists.path_count = COUNT_OF(paths);
    struct words_facts facts = facts_of(&lists);

    expect_answer("dump", &facts,
                  "SessionTracker dump:\n"
                  "Session Sets (2)/(3):\n"
                  "2 expire at Sun Nov 22 00:06:20 UTC 2026:\n"
                  "\t0x10000c6e9f8000a\n"
                  "\t0x10000c6e9f8000b\n"
                  "1 expire at Sun Nov 22 00:06:22 UTC 2026:\n"
                  "\t0x10000c6e9f8000f\n"
                  "ephemeral nodes dump:\n"
                  "Sessions with Ephemerals (2):\n"
                  "0x10000c6e9f8000a:\n"
                  "\t/eph2\n"
                  "\t/eph\n"
                  "0x10000c6e9f8000b:\n"
                  "\t/a\n"
                  "Connections dump:\n"
                  "Connections (3):\n"
                  "\tip: /127.0.0.1:37246 sessionId: 0x10000c6e9f8000b\n"
                  "\tip: /127.0.0.1:37268 sessionId: 0x0\n"
                  "\tip: /[::1]:5 sessionId: 0xffffffffffffffff\n");
}
END_TEST

/* From `date -u -d @...` */
static const struct {
    int64_t seconds;
    const char *text;
} dates[] = {
    {0, "Thu Jan 01 00:00:00 UTC 1970"},
    {-5, "Thu Jan 01 00:00:00 UTC 1970"},
    {86399, "Thu Jan 01 23:59:59 UTC 1970"},
    {86400, "Fri Jan 02 00:00:00 UTC 1970"},
    {951782400, "Tue Feb 29 00:00:00 UTC 2000"},
    {951868800, "Wed Mar 01 00:00:00 UTC 2000"},
    {68169600, "Tue Feb 29 00:00:00 UTC 1972"},
    {1709164800, "Thu Feb 29 00:00:00 UTC 2024"},
    {1709251199, "Thu Feb 29 23:59:59 UTC 2024"},
    {1709251200, "Fri Mar 01 00:00:00 UTC 2024"},
    {1735689599, "Tue Dec 31 23:59:59 UTC 2024"},
    {1735689600, "Wed Jan 01 00:00:00 UTC 2025"},
    {1795305980, "Sun Nov 22 00:06:20 UTC 2026"},
    {4107542400, "Mon Mar 01 00:00:00 UTC 2100"},
    {4102444799, "Thu Dec 31 23:59:59 UTC 2099"},
    {13569465600, "Sat Jan 01 00:00:00 UTC 2400"},
    {13574649600, "Wed Mar 01 00:00:00 UTC 2400"},
    {32503680000, "Wed Jan 01 00:00:00 UTC 3000"},
    {253402300799, "Fri Dec 31 23:59:59 UTC 9999"},
};

START_TEST(dates_are_those_of_the_calendar)
{
    for (size_t i = 0; i < COUNT_OF(dates); i++) {
        struct words_session session = {FIRST_ID, dates[i].seconds * 1000 + 999};
        struct lists lists = {.sessions = &session, .session_count = 1};
        struct words_facts facts = facts_of(&lists);
        AUTO(text_done) struct text out = {0};
        char line[60];
        ck_assert(words_answer("dump", &facts, &out));
        snprintf(line, sizeof line, "1 expire at %s:\n", dates[i].text);
        ck_assert_msg(strstr(text_data(&out), line) != NULL, "%s: %s", line, text_data(&out));
    }
}
END_TEST

/* ---- which words there are ------------------------------------------------------------------ */

START_TEST(other_bytes_are_no_word)
{
    struct words_facts facts = facts_of(&no_lists);
    AUTO(text_done) struct text out = {0};
    static const char others[][5] = {"abcd", "RUOK", "ruo\n", "\0\0\0\x2C", "telc"};

    for (size_t i = 0; i < COUNT_OF(others); i++) {
        ck_assert(!words_is_known(others[i]));
        ck_assert(!words_answer(others[i], &facts, &out));
    }
    ck_assert_uint_eq(text_size(&out), 0);
    ck_assert(words_is_known("ruok"));
    ck_assert(words_is_known("srst"));
}
END_TEST

START_TEST(a_word_that_is_not_allowed_says_so)
{
    struct words_facts facts = facts_of(&no_lists);

    facts.allowed = "isro, wchs";
    expect_answer("ruok", &facts, "ruok is not executed because it is not in the whitelist.\n");
    expect_answer("isro", &facts, "rw");
    facts.allowed = NULL;
    expect_answer("isro", &facts, "isro is not executed because it is not in the whitelist.\n");
}
END_TEST

START_TEST(words_that_change_something_are_never_allowed)
{
    struct words_facts facts = facts_of(&no_lists);

    expect_answer("srst", &facts, "srst is not executed because it is not in the whitelist.\n");
    expect_answer("stmk", &facts, "stmk is not executed because it is not in the whitelist.\n");
}
END_TEST

START_TEST(a_list_allows_its_words_and_srvr)
{
    static const char *const lists[] = {"ruok", " ruok", "ruok ,conf", "conf,\truok\t,stat",
                                        "*",    "a, * ", ",,ruok",     "conf,ruok"};
    static const char *const others[] = {"",          ",",  "ruo",  "ruokk", "ru ok",
                                         "conf,stat", "**", "RUOK", NULL};

    for (size_t i = 0; i < COUNT_OF(lists); i++)
        ck_assert_msg(words_allow(lists[i], "ruok"), "%s", lists[i]);
    for (size_t i = 0; i < COUNT_OF(others); i++) {
        ck_assert_msg(!words_allow(others[i], "ruok"), "%s", others[i]);
        ck_assert(words_allow(others[i], "srvr"));
    }
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        ruok_and_isro_have_no_line_end,
        srvr_describes_the_server,
        an_average_is_rounded_to_four_places,
        mntr_gives_names_and_values_with_tabs_between,
        mntr_leaves_out_what_is_not_known,
        conf_tells_the_settings,
        envi_tells_the_surroundings,
        cons_lists_the_connections,
        stat_lists_them_in_brief,
        operations_have_their_names,
        wchs_counts,
        wchc_lists_paths_by_session,
        wchp_lists_sessions_by_path,
        a_list_without_end_is_cut_off,
        empty_lists_are_empty,
        dump_lists_sessions_by_their_ends_and_ephemerals_by_session,
        dates_are_those_of_the_calendar,
        other_bytes_are_no_word,
        a_word_that_is_not_allowed_says_so,
        words_that_change_something_are_never_allowed,
        a_list_allows_its_words_and_srvr,
    };
    return suite_run("words", tests, sizeof tests / sizeof *tests);
}
