/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/sessions.h"

#include <jansson.h>
#include <string.h>

#include "base/mem.h"
#include "tests/support/suite.h"

/* As ZooKeeper 3.8 says it; the last connection is that of the question. */
static const char cons[] =
    " /127.0.0.1:40000[1](queued=0,recved=12,sent=12,sid=0x10000c8c1060002,lop=PING,"
    "est=1700000000000,to=4000,lcxid=0x1,lzxid=0x2,lresp=1,llat=0,minlat=0,avglat=0,maxlat=1)\n"
    " /[0:0:0:0:0:0:0:1]:40001[1](queued=0,recved=1,sent=1,sid=0x10000c8c1060001,lop=SESS,"
    "est=1700000001000,to=30000)\n"
    " /127.0.0.1:40002[0](queued=0,recved=1,sent=0)\n"
    "\n";

static const char dump[] = "SessionTracker dump:\n"
                           "Session Sets (3)/(3):\n"
                           "0 expire at Sun Nov 22 00:00:00 UTC 2026:\n"
                           "1 expire at Sun Nov 22 00:00:02 UTC 2026:\n"
                           "\t0x10000c8c1060001\n"
                           "2 expire at Sun Nov 22 00:00:04 UTC 2026:\n"
                           "\t0x10000c8c1060002\n"
                           "\t0x10000c8c1060000\n"
                           "ephemeral nodes dump:\n"
                           "Sessions with Ephemerals (2):\n"
                           "0x10000c8c1060002:\n"
                           "\t/a\n"
                           "\t/b/c\n"
                           "0x10000c8c1060000:\n"
                           "\t/d\n"
                           "Connections dump:\n"
                           "Connections Sets (1)/(1):\n"
                           "1 expire at Sun Nov 22 00:00:04 UTC 2026:\n"
                           "\tip: /127.0.0.1:40000 sessionId: 0x10000c8c1060002\n";

static void fill(struct session_table *table)
{
    sessions_read_cons(table, "one:2181", cons);
    sessions_read_dump(table, dump);
    sessions_sort(table);
}

START_TEST(connections_and_sessions_are_joined)
{
    struct session_table table = {.rows = NULL};

    fill(&table);
    ck_assert_uint_eq(table.count, 3);
    ck_assert_uint_eq(table.rows[0].id, 0x10000c8c1060000);
    ck_assert_str_eq(table.rows[0].address, "");
    ck_assert_uint_eq(table.rows[0].ephemerals, 1);
    ck_assert_str_eq(table.rows[1].address, "[0:0:0:0:0:0:0:1]:40001");
    ck_assert_uint_eq(table.rows[1].timeout_ms, 30000);
    ck_assert_uint_eq(table.rows[1].ephemerals, 0);
    ck_assert_str_eq(table.rows[2].address, "127.0.0.1:40000");
    ck_assert_str_eq(table.rows[2].server, "one:2181");
    ck_assert_uint_eq(table.rows[2].received, 12);
    ck_assert_uint_eq(table.rows[2].since_ms, 1700000000000);
    ck_assert_uint_eq(table.rows[2].ephemerals, 2);
    sessions_done(&table);
}
END_TEST

START_TEST(what_two_servers_tell_is_counted_once)
{
    struct session_table table = {.rows = NULL};

    fill(&table);
    sessions_read_dump(&table, dump);
    ck_assert_uint_eq(table.count, 3);
    ck_assert_uint_eq(table.rows[0].ephemerals, 1);
    ck_assert_uint_eq(table.rows[2].ephemerals, 2);
    sessions_done(&table);
}
END_TEST

START_TEST(nonsense_is_passed_over)
{
    struct session_table table = {.rows = NULL};

    sessions_read_cons(&table, "one:2181", "");
    sessions_read_cons(&table, "one:2181", "/\n/(\n(sid=0x1\n[](sid=)\n,sid=0x2)\n");
    sessions_read_dump(&table, "\n\n\t/a\n0x:\n/b");
    for (size_t i = 0; i < table.count; i++)
        ck_assert_str_eq(table.rows[i].address, "");
    sessions_done(&table);
}
END_TEST

START_TEST(a_refusal_is_known)
{
    ck_assert(sessions_is_refusal("cons is not executed because it is not in the whitelist.\n"));
    ck_assert(!sessions_is_refusal(cons));
}
END_TEST

START_TEST(sessions_are_a_table_or_json)
{
    struct session_table table = {.rows = NULL};
    struct text text;

    fill(&table);
    text_init(&text);
    sessions_view(&table, 1700000005000, &text);
    ck_assert_str_eq(
        text_data(&text),
        "session            client                   server    timeout  connected  requests"
        "  ephemerals\n"
        "0x10000c8c1060000  not connected            -               -          -         0"
        "           1\n"
        "0x10000c8c1060001  [0:0:0:0:0:0:0:1]:40001  one:2181     30 s        4 s         1"
        "           0\n"
        "0x10000c8c1060002  127.0.0.1:40000          one:2181      4 s        5 s        12"
        "           2\n");
    text_clear(&text);
    sessions_view_json(&table, &text);
    json_t *object = json_loads(text_data(&text), 0, NULL);
    const json_t *rows = json_object_get(object, "sessions");
    ck_assert_uint_eq(json_array_size(rows), 3);
    ck_assert(json_is_null(json_object_get(json_array_get(rows, 0), "client")));
    ck_assert_str_eq(json_string_value(json_object_get(json_array_get(rows, 2), "session")),
                     "0x10000c8c1060002");
    json_decref(object);
    text_done(&text);
    sessions_done(&table);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        connections_and_sessions_are_joined,
        what_two_servers_tell_is_counted_once,
        nonsense_is_passed_over,
        a_refusal_is_known,
        sessions_are_a_table_or_json,
    };
    return suite_run("sessions", tests, sizeof tests / sizeof *tests);
}
