/* SPDX-License-Identifier: Apache-2.0 */
#include "net/address.h"

#include <string.h>

#include "base/mem.h"
#include "tests/support/suite.h"

static void expect(const char *text, const char *host, uint16_t port)
{
    struct error error = {.code = ERR_OK};
    struct address address;

    ck_assert_msg(address_parse(text, &address, &error) == ERR_OK, "%s", error.text);
    ck_assert_str_eq(address.host, host);
    ck_assert_uint_eq(address.port, port);
}

static void refuse(const char *text, const char *why)
{
    struct address address = {.host = "untouched"};
    struct error error = {.code = ERR_OK};

    ck_assert_int_eq(address_parse(text, &address, &error), ERR_INVALID);
    ck_assert_msg(strstr(error.text, why) != NULL, "%s", error.text);
    ck_assert_str_eq(address.host, "untouched");
    ck_assert_int_eq(address_parse(text, &address, NULL), ERR_INVALID);
}

START_TEST(an_address_is_a_host_and_a_port)
{
    expect("127.0.0.1:2181", "127.0.0.1", 2181);
    expect("localhost:0", "localhost", 0);
    expect("*:65535", "*", 65535);
    expect("[::1]:9092", "::1", 9092);
    expect("[::]:1", "::", 1);
}
END_TEST

START_TEST(the_longest_host_has_one_byte_less_than_there_is_room)
{
    char text[ADDRESS_HOST_MAX + 8];

    memset(text, 'h', sizeof text);
    memcpy(text + ADDRESS_HOST_MAX - 1, ":7", sizeof ":7");
    struct address address;
    ck_assert_int_eq(address_parse(text, &address, NULL), ERR_OK);
    ck_assert_uint_eq(strlen(address.host), ADDRESS_HOST_MAX - 1);

    memset(text, 'h', sizeof text);
    memcpy(text + ADDRESS_HOST_MAX, ":7", sizeof ":7");
    ck_assert_int_eq(address_parse(text, &address, NULL), ERR_INVALID);
}
END_TEST

START_TEST(what_is_wrong_with_an_address_is_said)
{
    refuse("localhost", "has no port");
    refuse("", "has no port");
    refuse("localhost:", "not a number from 0 to 65535");
    refuse("localhost:65536", "not a number from 0 to 65535");
    refuse("localhost:000000", "not a number from 0 to 65535");
    refuse("localhost:-1", "not a number from 0 to 65535");
    refuse("localhost:21 ", "not a number from 0 to 65535");
    refuse("localhost:0x10", "not a number from 0 to 65535");
    refuse("[::1]", "not a number from 0 to 65535");
    refuse(":2181", "has no proper host");
    refuse("[]:2181", "has no proper host");
    refuse("[:2181", "has no proper host");
    refuse("::1:2181", "has no proper host");
    refuse("[localhost]:2181", "has no proper host");
    refuse("[[::1]]:2181", "has no proper host");
    refuse("a]b:2181", "has no proper host");
}
END_TEST

START_TEST(this_machine_alone_is_reached_by_few_names)
{
    ck_assert(address_is_loopback("127.0.0.1"));
    ck_assert(address_is_loopback("127.9.9.9"));
    ck_assert(address_is_loopback("::1"));
    ck_assert(address_is_loopback("localhost"));
    ck_assert(!address_is_loopback("0.0.0.0"));
    ck_assert(!address_is_loopback("*"));
    ck_assert(!address_is_loopback("127.example.org"));
    ck_assert(!address_is_loopback("::"));
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        an_address_is_a_host_and_a_port,
        the_longest_host_has_one_byte_less_than_there_is_room,
        what_is_wrong_with_an_address_is_said,
        this_machine_alone_is_reached_by_few_names,
    };
    return suite_run("address", tests, COUNT_OF(tests));
}
