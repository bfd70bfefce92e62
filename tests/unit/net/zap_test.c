/* SPDX-License-Identifier: Apache-2.0 */
#include "net/zap.h"

#include <string.h>

#include "base/mem.h"
#include "tests/support/suite.h"

static struct key key_of(uint8_t fill)
{
    struct key key;

    memset(key.bytes, fill, sizeof key.bytes);
    return key;
}

static const struct key_client clients[] = {
    {.name = "ann", .key = {{1}}},
    {.name = "bob", .key = {{2}}},
};

static struct zap_list usual_list(void)
{
    return (struct zap_list){
        .own = key_of(9), .clients = clients, .client_count = COUNT_OF(clients)};
}

static struct zap_frame frame(const void *bytes, size_t size)
{
    return (struct zap_frame){bytes, size};
}

static void fill(struct zap_frame frames[ZAP_FRAMES], const struct key *key)
{
    frames[0] = frame("1.0", 3);
    frames[1] = frame("1", 1);
    frames[2] = frame(ZAP_DOMAIN, strlen(ZAP_DOMAIN));
    frames[3] = frame("10.0.0.7", 8);
    frames[4] = frame("", 0);
    frames[5] = frame("CURVE", 5);
    frames[6] = frame(key->bytes, KEY_BYTES);
}

static struct zap_answer ask(const struct key *key)
{
    struct zap_list list = usual_list();
    struct zap_frame frames[ZAP_FRAMES];

    fill(frames, key);
    return zap_decide(&list, frames, ZAP_FRAMES);
}

START_TEST(who_has_our_own_key_is_of_the_cluster)
{
    struct key own = key_of(9);
    struct zap_answer answer = ask(&own);

    ck_assert(answer.is_allowed);
    ck_assert_int_eq(answer.role, ROLE_CLUSTER);
}
END_TEST

START_TEST(who_is_listed_is_a_client)
{
    struct zap_answer answer = ask(&clients[1].key);

    ck_assert(answer.is_allowed);
    ck_assert_int_eq(answer.role, ROLE_CLIENT);
    ck_assert_str_eq(answer.name, "bob");
}
END_TEST

START_TEST(nobody_else_comes_in)
{
    const struct key strangers[] = {key_of(0), key_of(1), key_of(8), {{3}}, {{1, 0, 0, 1}}};

    for (size_t i = 0; i < COUNT_OF(strangers); i++) {
        struct zap_answer answer = ask(&strangers[i]);
        ck_assert(!answer.is_allowed);
        ck_assert_str_eq(answer.why_not, "its key is not listed");
        ck_assert_str_eq(answer.address, "10.0.0.7");
    }
}
END_TEST

START_TEST(an_empty_list_lets_our_own_key_in_alone)
{
    struct zap_list list = {.own = key_of(9)};
    struct zap_frame frames[ZAP_FRAMES];

    fill(frames, &list.own);
    ck_assert(zap_decide(&list, frames, ZAP_FRAMES).is_allowed);
    fill(frames, &clients[0].key);
    ck_assert(!zap_decide(&list, frames, ZAP_FRAMES).is_allowed);
}
END_TEST

/* Each frame of a good question in turn is made shorter, longer, and another. */
START_TEST(what_is_no_such_question_is_refused)
{
    static const size_t told[] = {0, 2, 5, 6};
    struct zap_list list = usual_list();
    unsigned char longer[64];
    struct zap_frame frames[ZAP_FRAMES + 1];

    for (size_t i = 0; i < COUNT_OF(told); i++) {
        struct zap_frame *changed = &frames[told[i]];
        for (int how = 0; how < 4; how++) {
            fill(frames, &list.own);
            memset(longer, 0, sizeof longer);
            memcpy(longer, changed->bytes, changed->size);
            size_t size = changed->size;
            if (how == 0)
                size--;
            else if (how == 1)
                size++;
            else if (how == 2)
                size = 0;
            else
                longer[0] ^= 1;
            *changed = frame(longer, size);
            ck_assert_msg(!zap_decide(&list, frames, ZAP_FRAMES).is_allowed, "%zu %d", told[i],
                          how);
        }
    }
    fill(frames, &list.own);
    frames[ZAP_FRAMES] = frame("", 0);
    for (size_t count = 0; count <= ZAP_FRAMES + 1; count++)
        ck_assert_int_eq(zap_decide(&list, frames, count).is_allowed, count == ZAP_FRAMES);
}
END_TEST

START_TEST(the_address_that_is_logged_has_no_surprises)
{
    struct zap_list list = usual_list();
    struct zap_frame frames[ZAP_FRAMES];
    char hostile[200];

    fill(frames, &clients[0].key);
    frames[3] = frame("1\n2\"3\033", 6);
    ck_assert_str_eq(zap_decide(&list, frames, ZAP_FRAMES).address, "1?2?3?");
    memset(hostile, 'a', sizeof hostile);
    frames[3] = frame(hostile, sizeof hostile);
    ck_assert_uint_eq(strlen(zap_decide(&list, frames, ZAP_FRAMES).address), ZAP_ADDRESS_MAX - 1);
}
END_TEST

START_TEST(a_role_has_a_name_and_other_names_are_none)
{
    enum role role = ROLE_LOCAL;

    ck_assert(zap_read_role(zap_role_name(ROLE_CLUSTER), &role));
    ck_assert_int_eq(role, ROLE_CLUSTER);
    ck_assert(zap_read_role(zap_role_name(ROLE_CLIENT), &role));
    ck_assert_int_eq(role, ROLE_CLIENT);
    ck_assert(!zap_read_role(NULL, &role));
    ck_assert(!zap_read_role("", &role));
    ck_assert(!zap_read_role("local", &role));
    ck_assert(!zap_read_role("clusters", &role));
}
END_TEST

START_TEST(a_role_may_what_names_it)
{
    ck_assert(role_may(ROLE_CLIENT, ROLES_CLIENT));
    ck_assert(!role_may(ROLE_CLUSTER, ROLES_CLIENT));
    ck_assert(role_may(ROLE_CLUSTER, ROLES_CLIENT | ROLES_CLUSTER));
    ck_assert(role_may(ROLE_LOCAL, ROLES_CLUSTER));
    ck_assert(!role_may(ROLE_LOCAL, 0));
    ck_assert(!role_may(ROLE_NONE, ROLES_CLIENT | ROLES_CLUSTER | 1));
    ck_assert(!role_may(ROLE_CLUSTER, 0));
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        who_has_our_own_key_is_of_the_cluster,
        who_is_listed_is_a_client,
        nobody_else_comes_in,
        an_empty_list_lets_our_own_key_in_alone,
        what_is_no_such_question_is_refused,
        the_address_that_is_logged_has_no_surprises,
        a_role_has_a_name_and_other_names_are_none,
        a_role_may_what_names_it,
    };
    return suite_run("zap", tests, COUNT_OF(tests));
}
