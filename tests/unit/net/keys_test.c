/* SPDX-License-Identifier: Apache-2.0 */
#include "net/keys.h"

#include <string.h>

#include "base/mem.h"
#include "tests/support/suite.h"

#define EXPECTED_SECRET "mn.Q{cu+ve-<T1DQW^]8M<R3nWKP:xZQ3Ht:Z0$t"
#define EXPECTED_PUBLIC "^H1zQhW]LHcUSX?HrfP?csvI7ju6rV:[0Lto[z?C"

static struct keys cluster_of(uint8_t seed)
{
    struct keys keys = {.clients = ""};

    for (size_t i = 0; i < KEY_BYTES; i++)
        keys.secret.bytes[i] = (uint8_t)(seed + i);
    return keys;
}

static struct keys derive(uint8_t seed, const char *topology)
{
    struct keys cluster = cluster_of(seed);
    struct keys keys;

    keys_derive(&cluster, topology, &keys);
    return keys;
}

START_TEST(a_key_is_written_and_read_back)
{
    struct keys keys = cluster_of(7);
    struct key again;
    char text[KEY_TEXT_SIZE];

    key_write(&keys.secret, text);
    ck_assert_uint_eq(strlen(text), KEY_TEXT_SIZE - 1);
    ck_assert(key_read(text, &again));
    ck_assert(key_is_same(&keys.secret, &again));
}
END_TEST

START_TEST(what_is_no_key_is_not_read)
{
    static const char *const texts[] = {
        "",
        "short",
        "0000000000000000000000000000000000000000 ",
        "000000000000000000000000000000000000000",
        "000000000000000000000000000000000000000 ",
        ("00000000000000000000000000000000000000\xff"
         "0"),
        "\"000000000000000000000000000000000000000",
        "#####000000000000000000000000000000000000",
    };
    struct key key;

    for (size_t i = 0; i < COUNT_OF(texts); i++)
        ck_assert_msg(!key_read(texts[i], &key), "%s", texts[i]);
}
END_TEST

START_TEST(keys_differ_if_a_single_bit_does)
{
    struct keys keys = cluster_of(1);
    struct key other = keys.secret;

    for (size_t i = 0; i < 8 * KEY_BYTES; i++) {
        other.bytes[i / 8] ^= (uint8_t)(1u << i % 8);
        ck_assert(!key_is_same(&keys.secret, &other));
        other.bytes[i / 8] ^= (uint8_t)(1u << i % 8);
    }
    ck_assert(key_is_same(&keys.secret, &other));
}
END_TEST

/* Computed by another program, with Python's hmac and the ladder of RFC 7748, for the secret 0, 1, ...,
 * 31. */
START_TEST(the_pair_of_a_topology_is_as_it_was_specified)
{
    struct keys keys = derive(0, "wc-1-1700000000");
    char secret[KEY_TEXT_SIZE], public[KEY_TEXT_SIZE];

    key_write(&keys.secret, secret);
    key_write(&keys.own, public);
    ck_assert_str_eq(secret, EXPECTED_SECRET);
    ck_assert_str_eq(public, EXPECTED_PUBLIC);
    ck_assert(key_is_same(&keys.own, &keys.server));
    ck_assert_str_eq(keys.clients, "");
}
END_TEST

START_TEST(each_topology_and_each_cluster_has_another_pair)
{
    const struct keys all[] = {derive(0, "a"), derive(0, "b"), derive(0, "a "), derive(1, "a"),
                               derive(0, "")};
    struct keys again = derive(0, "a");

    ck_assert(key_is_same(&all[0].own, &again.own));
    for (size_t i = 0; i < COUNT_OF(all); i++) {
        for (size_t j = 0; j < i; j++) {
            ck_assert(!key_is_same(&all[i].secret, &all[j].secret));
            ck_assert(!key_is_same(&all[i].own, &all[j].own));
        }
    }
}
END_TEST

START_TEST(a_secret_that_was_wiped_is_gone)
{
    struct keys keys = derive(3, "a");
    const struct key zero = {{0}};

    keys_wipe(&keys);
    ck_assert(key_is_same(&keys.secret, &zero));
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        a_key_is_written_and_read_back,
        what_is_no_key_is_not_read,
        keys_differ_if_a_single_bit_does,
        the_pair_of_a_topology_is_as_it_was_specified,
        each_topology_and_each_cluster_has_another_pair,
        a_secret_that_was_wiped_is_gone,
    };
    return suite_run("keys", tests, COUNT_OF(tests));
}
