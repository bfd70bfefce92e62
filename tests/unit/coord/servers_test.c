/* SPDX-License-Identifier: Apache-2.0 */
#include "coord/servers.h"

#include <string.h>

#include "base/mem.h"
#include "tests/support/suite.h"

START_TEST(a_list_is_read_in_its_order)
{
    struct server_list list;
    struct error error;

    ck_assert_int_eq(servers_parse("coord1:2182,10.0.0.1,[::1]:9,[fe80::2]", &list, &error),
                     ERR_OK);
    ck_assert_uint_eq(list.count, 4);
    ck_assert_str_eq(list.items[0].host, "coord1");
    ck_assert_uint_eq(list.items[0].port, 2182);
    ck_assert_str_eq(list.items[1].host, "10.0.0.1");
    ck_assert_uint_eq(list.items[1].port, SERVERS_PORT);
    ck_assert_str_eq(list.items[2].host, "::1");
    ck_assert_uint_eq(list.items[2].port, 9);
    ck_assert_str_eq(list.items[3].host, "fe80::2");
    ck_assert_uint_eq(list.items[3].port, SERVERS_PORT);
}
END_TEST

START_TEST(a_server_is_written_as_it_is_read)
{
    static const char *const names[] = {"coord1:2182", "127.0.0.1:65535", "[::1]:1"};

    for (size_t i = 0; i < COUNT_OF(names); i++) {
        struct server_list list;
        struct error error;
        struct text text;

        ck_assert_int_eq(servers_parse(names[i], &list, &error), ERR_OK);
        text_init(&text);
        servers_name(&list.items[0], &text);
        ck_assert_str_eq(text_data(&text), names[i]);
        text_done(&text);
    }
}
END_TEST

START_TEST(each_mistake_has_its_text)
{
    static const char *const rows[][2] = {
        {"", "server '' has no host"},
        {"a:1,", "server '' has no host"},
        {",a:1", "server '' has no host"},
        {":2181", "server ':2181' has no host"},
        {"a:", "server 'a:' has no port from 1 to 65535 behind ':'"},
        {"a:0", "server 'a:0' has no port from 1 to 65535 behind ':'"},
        {"a:65536", "server 'a:65536' has no port from 1 to 65535 behind ':'"},
        {"a:99999999999", "server 'a:99999999999' has no port from 1 to 65535 behind ':'"},
        {"a:x", "server 'a:x' has no port from 1 to 65535 behind ':'"},
        {"[::1]:", "server '[::1]:' has no port from 1 to 65535 behind ':'"},
        {"::1:2181", "server '::1:2181' is an IPv6 address: write it in brackets, [ADDRESS]:PORT"},
        {"[::1", "server '[::1' has no ']'"},
        {"[]:1", "server '[]:1' has no host"},
        {"[::1]x", "server '[::1]x' has something else than ':PORT' behind ']'"},
        {"a:2181/gale", "server 'a:2181/gale' has a path: a root is given apart from the servers"},
        {"a/b", "server 'a/b' has a path: a root is given apart from the servers"},
        {"a:1 b:2", "server 'a:1 b:2' is an IPv6 address: write it in brackets, [ADDRESS]:PORT"},
        {"a b", "server 'a b' has a character that hosts do not have; servers are parted by ','"},
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct server_list list = {.count = 77};
        struct error error;

        ck_assert_int_eq(servers_parse(rows[i][0], &list, &error), ERR_INVALID);
        ck_assert_str_eq(error.text, rows[i][1]);
        ck_assert_uint_eq(list.count, 77);
    }
}
END_TEST

START_TEST(what_is_too_long_is_refused)
{
    char text[4 * (SERVERS_MAX + 1)];
    struct server_list list;
    struct error error;

    memset(text, 'a', SERVERS_HOST_MAX);
    text[SERVERS_HOST_MAX] = '\0';
    ck_assert_int_eq(servers_parse(text, &list, &error), ERR_INVALID);
    text[SERVERS_HOST_MAX - 1] = '\0';
    ck_assert_int_eq(servers_parse(text, &list, &error), ERR_OK);

    for (size_t i = 0; i <= SERVERS_MAX; i++)
        memcpy(text + 4 * i, "a:1,", 4);
    text[4 * SERVERS_MAX + 3] = '\0';
    ck_assert_int_eq(servers_parse(text, &list, &error), ERR_LIMIT);
    text[4 * SERVERS_MAX - 1] = '\0';
    ck_assert_int_eq(servers_parse(text, &list, &error), ERR_OK);
    ck_assert_uint_eq(list.count, SERVERS_MAX);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        a_list_is_read_in_its_order,
        a_server_is_written_as_it_is_read,
        each_mistake_has_its_text,
        what_is_too_long_is_refused,
    };
    return suite_run("servers", tests, sizeof tests / sizeof *tests);
}
