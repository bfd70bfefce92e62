/* SPDX-License-Identifier: Apache-2.0 */
#include "coord/server/address.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/rng.h"
#include "tests/support/suite.h"

static bool reads(const char *text, struct address *ret_address)
{
    return address_read(text, strlen(text), ret_address);
}

static bool matches(const char *address, const char *pattern)
{
    struct address left;
    struct address right;

    ck_assert_msg(reads(address, &left), "%s", address);
    ck_assert_msg(reads(pattern, &right), "%s", pattern);
    return address_matches(&left, &right);
}

START_TEST(addresses_of_ipv4_are_four_bytes)
{
    struct address address;

    ck_assert(reads("10.200.3.255", &address));
    ck_assert_uint_eq(address.size, 4);
    ck_assert_uint_eq(address.bits, 32);
    ck_assert_mem_eq(address.bytes, ((unsigned char[]){10, 200, 3, 255}), 4);
    ck_assert(reads("10.200.3.255/17", &address));
    ck_assert_uint_eq(address.bits, 17);
}
END_TEST

static const struct {
    const char *text;
    unsigned char bytes[16];
} ipv6[] = {
    {"::", {0}},
    {"::1", {[15] = 1}},
    {"1::", {[1] = 1}},
    {"0:0:0:0:0:0:0:0", {0}},
    {"1:2:3:4:5:6:7:8", {0, 1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 0, 7, 0, 8}},
    {"1:2:3:4:5:6:7::", {0, 1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 0, 7, 0, 0}},
    {"::2:3:4:5:6:7:8", {0, 0, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 0, 7, 0, 8}},
    {"1:2::7:8", {0, 1, 0, 2, [12] = 0, 7, 0, 8}},
    {"fe80::aBc:00de", {0xFE, 0x80, [12] = 0x0A, 0xBC, 0x00, 0xDE}},
};

START_TEST(addresses_of_ipv6_are_sixteen_bytes)
{
    for (size_t i = 0; i < COUNT_OF(ipv6); i++) {
        struct address address;
        ck_assert_msg(reads(ipv6[i].text, &address), "%s", ipv6[i].text);
        ck_assert_uint_eq(address.size, 16);
        ck_assert_uint_eq(address.bits, 128);
        ck_assert_mem_eq(address.bytes, ipv6[i].bytes, 16);
    }
}
END_TEST

START_TEST(what_is_no_address_is_refused)
{
    static const char *const texts[] = {
        "",
        "1",
        "1.2.3",
        "1.2.3.4.5",
        "1.2.3.256",
        "1.2.3.a",
        "1.2.3.4/",
        "1.2.3.4/33",
        "1.2.3.4/-1",
        "1.2.3.4/x",
        "/8",
        "1.2.3.4 ",
        ":",
        ":::",
        "1::2::3",
        "1:2:3:4:5:6:7",
        "1:2:3:4:5:6:7:8:9",
        "1:2:3:4:5:6:7:8::",
        "::1:2:3:4:5:6:7:8",
        "1:2:3:4::5:6:7:8",
        "12345::",
        "::g",
        "1:",
        ":1",
        "1:2:3:4:5:6:7:",
        ":1:2:3:4:5:6:7:8",
        "::1/129",
        "::1/",
        "::1.2.3.4",
        "fe80::1%eth0",
        "::+1",
    };

    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        struct address address;
        ck_assert_msg(!reads(texts[i], &address), "%s", texts[i]);
    }
}
END_TEST

START_TEST(the_first_bits_must_be_the_same)
{
    ck_assert(matches("127.0.0.1", "127.0.0.1"));
    ck_assert(matches("127.0.0.1", "127.0.0.0/8"));
    ck_assert(!matches("127.0.0.1", "127.0.0.2"));
    ck_assert(matches("127.0.0.1", "126.0.0.0/7"));
    ck_assert(!matches("127.0.0.1", "127.0.0.2/31"));
    ck_assert(matches("127.0.0.1", "127.0.0.2/30"));
    ck_assert(matches("127.0.0.1", "0.0.0.0/0"));
    ck_assert(matches("fe80::1", "fe80::/10"));
    ck_assert(matches("fe80::1", "febf::/10"));
    ck_assert(!matches("fe80::1", "fec0::/10"));
    ck_assert(matches("::1", "::/127"));
    ck_assert(!matches("::1", "::"));
}
END_TEST

START_TEST(the_kinds_do_not_match_each_other)
{
    ck_assert(!matches("127.0.0.1", "::/0"));
    ck_assert(!matches("::1", "0.0.0.0/0"));
}
END_TEST

START_TEST(only_a_mapped_address_has_a_mapped_prefix)
{
    ck_assert_uint_eq(address_mapped_prefix("::ffff:10.0.0.1"), 7);
    ck_assert_uint_eq(address_mapped_prefix("10.0.0.1"), 0);
    ck_assert_uint_eq(address_mapped_prefix("::ffff:a00:1"), 0);
    ck_assert_uint_eq(address_mapped_prefix("::ffff:10.0.0"), 0);
    ck_assert_uint_eq(address_mapped_prefix("::fffe:10.0.0.1"), 0);
    ck_assert_uint_eq(address_mapped_prefix("::"), 0);
}
END_TEST

static bool matches_naively(const unsigned char *left, const unsigned char *right, unsigned bits)
{
    for (unsigned i = 0; i < bits; i++)
        if (((left[i / 8] ^ right[i / 8]) >> (7 - i % 8) & 1) != 0)
            return false;
    return true;
}

START_TEST(random_addresses_match_bit_by_bit)
{
    struct rng rng;

    rng_init(&rng, 1);
    for (int round = 0; round < 20000; round++) {
        char left[20];
        char right[30];
        unsigned char bytes[2][4];
        unsigned bits = rng_below(&rng, 33);
        uint32_t common = (uint32_t)rng_next(&rng);
        uint32_t other = common ^ (1U << rng_below(&rng, 32));
        for (size_t i = 0; i < 4; i++) {
            bytes[0][i] = (unsigned char)(common >> (24 - 8 * i));
            bytes[1][i] = (unsigned char)(other >> (24 - 8 * i));
        }
        snprintf(left, sizeof left, "%d.%d.%d.%d", bytes[0][0], bytes[0][1], bytes[0][2],
                 bytes[0][3]);
        snprintf(right, sizeof right, "%d.%d.%d.%d/%u", bytes[1][0], bytes[1][1], bytes[1][2],
                 bytes[1][3], bits);
        ck_assert(matches(left, right) == matches_naively(bytes[0], bytes[1], bits));
    }
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        addresses_of_ipv4_are_four_bytes,  addresses_of_ipv6_are_sixteen_bytes,
        what_is_no_address_is_refused,     the_first_bits_must_be_the_same,
        the_kinds_do_not_match_each_other, only_a_mapped_address_has_a_mapped_prefix,
        random_addresses_match_bit_by_bit,
    };
    return suite_run("address", tests, sizeof tests / sizeof *tests);
}
