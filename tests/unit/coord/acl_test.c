/* SPDX-License-Identifier: Apache-2.0 */
#include "coord/server/acl.h"

#include <string.h>

#include "base/mem.h"
#include "base/rng.h"
#include "tests/support/suite.h"

#define LISTS_MAX 1000

/* base64(sha1(...)) of "u:p" and of "super:pw" */
#define DIGEST_OF_U     "u:Jq7wMyA/w2Vd5WIDAKdu4OIIFEQ="
#define DIGEST_OF_SUPER "super:0bX78nEegDzJM3ju0iLBEJdWzjg="

/* An item of a list; a NULL text is null. */
struct item {
    int32_t permissions;
    const char *scheme;
    const char *id;
};

static struct jute_bytes bytes(const char *text)
{
    return (struct jute_bytes){.data = text, .size = text == NULL ? 0 : strlen(text)};
}

static void encode(struct text *out, const struct item *items, size_t count)
{
    jute_put_int(out, (int32_t)count);
    for (size_t i = 0; i < count; i++) {
        jute_put_int(out, items[i].permissions);
        jute_put_text(out, items[i].scheme);
        jute_put_text(out, items[i].id);
    }
}

static struct request_list list_of(const struct text *encoded)
{
    struct jute_in in = jute_in_of(text_data(encoded), text_size(encoded));
    int32_t count = jute_get_int(&in);

    return (struct request_list){.items = in, .count = (size_t)count};
}

/* "31 world anyone, 1 digest a:b" */
static void print(struct text *out, const void *encoded, size_t size)
{
    struct jute_in in = jute_in_of(encoded, size);
    int32_t count = jute_get_int(&in);

    for (int32_t i = 0; i < count; i++) {
        int permissions = jute_get_int(&in);
        struct jute_bytes scheme = jute_get_bytes(&in);
        struct jute_bytes id = jute_get_bytes(&in);
        text_add(out, "%s%d %.*s %.*s", i == 0 ? "" : ", ", permissions, (int)scheme.size,
                 scheme.data, (int)id.size, id.data);
    }
    ck_assert(!in.failed);
    ck_assert_ptr_eq(in.at, in.end);
}

static void expect_list(const void *encoded, size_t size, const char *wanted)
{
    AUTO(text_done) struct text printed = {0};

    print(&printed, encoded, size);
    ck_assert_str_eq(text_data(&printed), wanted);
}

static enum coord_error resolve(const struct item *items, size_t count,
                                const struct acl_identities *identities, struct text *ret_encoded)
{
    AUTO(text_done) struct text encoded = {0};

    encode(&encoded, items, count);
    return acl_resolve(list_of(&encoded), identities, ret_encoded);
}

static enum coord_error check(const char *scheme, const char *id)
{
    AUTO(acl_identities_done) struct acl_identities nobody;
    AUTO(text_done) struct text encoded = {0};
    struct item item = {.permissions = 31, .scheme = scheme, .id = id};

    acl_identities_init(&nobody, "127.0.0.1");
    enum coord_error error = resolve(&item, 1, &nobody, &encoded);
    ck_assert((error == COORD_OK) == (text_size(&encoded) > 0));
    return error;
}

static void authenticate(struct acl_identities *identities, const char *token)
{
    enum coord_error error =
        acl_authenticate(identities, bytes("digest"), bytes(token), DIGEST_OF_SUPER);

    ck_assert_int_eq(error, COORD_OK);
}

static void expect_identities(const struct acl_identities *identities, const char *wanted)
{
    AUTO(text_done) struct text printed = {0};

    for (size_t i = 0; i < identities->count; i++)
        text_add(&printed, "%s%s %s", i == 0 ? "" : ", ", identities->items[i].scheme,
                 identities->items[i].id);
    ck_assert_str_eq(text_data(&printed), wanted);
}

static uint32_t intern(struct acls *acls, const struct item *items, size_t count, bool is_new)
{
    AUTO(text_done) struct text encoded = {0};
    uint32_t number = UINT32_MAX;
    bool was_new = !is_new;

    encode(&encoded, items, count);
    ck_assert(acls_intern(acls, text_data(&encoded), text_size(&encoded), &number, &was_new));
    ck_assert(was_new == is_new);
    return number;
}

static bool has(const struct acls *acls, uint32_t number)
{
    return acls_get(acls, number).data != NULL;
}

/* ---- who one is ----------------------------------------------------------------------------- */

START_TEST(one_starts_as_an_address)
{
    AUTO(acl_identities_done) struct acl_identities identities;

    acl_identities_init(&identities, "10.1.2.3");
    expect_identities(&identities, "ip 10.1.2.3");
}
END_TEST

START_TEST(a_mapped_address_is_one_of_ipv4)
{
    AUTO(acl_identities_done) struct acl_identities mapped;
    AUTO(acl_identities_done) struct acl_identities other;

    acl_identities_init(&mapped, "::ffff:10.1.2.3");
    expect_identities(&mapped, "ip 10.1.2.3");
    acl_identities_init(&other, "::ffff:abcd");
    expect_identities(&other, "ip ::ffff:abcd");
}
END_TEST

START_TEST(a_password_makes_a_digest_once)
{
    AUTO(acl_identities_done) struct acl_identities identities;

    acl_identities_init(&identities, "1.1.1.1");
    authenticate(&identities, "u:p");
    authenticate(&identities, "u:p");
    authenticate(&identities, "nocolon");
    authenticate(&identities, "");
    authenticate(&identities, "a:b:c");
    expect_identities(&identities, "ip 1.1.1.1, digest " DIGEST_OF_U
                                   ", digest nocolon:Ra+cHr2ZoHvBjtNArFGNGlVie4g="
                                   ", digest :2jmj7l5rSw0yVb/vlWAYkK/YBwk="
                                   ", digest a:cLzgnoJ6mP5qz3w+mwvPE2vDgu0=");
}
END_TEST

START_TEST(the_super_digest_makes_super)
{
    AUTO(acl_identities_done) struct acl_identities identities;
    AUTO(acl_identities_done) struct acl_identities where_none_is_set;

    acl_identities_init(&identities, "1.1.1.1");
    authenticate(&identities, "super:pv");
    ck_assert_uint_eq(identities.count, 2);
    authenticate(&identities, "super:pw");
    ck_assert_uint_eq(identities.count, 4);
    ck_assert_str_eq(identities.items[2].scheme, "super");
    ck_assert_str_eq(identities.items[2].id, "");
    ck_assert_str_eq(identities.items[3].id, DIGEST_OF_SUPER);

    acl_identities_init(&where_none_is_set, "1.1.1.1");
    ck_assert_int_eq(acl_authenticate(&where_none_is_set, bytes("digest"), bytes("super:pw"), NULL),
                     COORD_OK);
    expect_identities(&where_none_is_set, "ip 1.1.1.1, digest " DIGEST_OF_SUPER);
}
END_TEST

START_TEST(other_proofs_are_refused)
{
    AUTO(acl_identities_done) struct acl_identities identities;
    static const char *const schemes[] = {"world", "auth", "super", "sasl",
                                          "x509",  "",     "dig",   NULL};
    static const char nul[] = "a\0b:c";
    static char long_token[ACL_TOKEN_MAX + 1];

    acl_identities_init(&identities, "1.1.1.1");
    for (size_t i = 0; i < COUNT_OF(schemes); i++)
        ck_assert_int_eq(acl_authenticate(&identities, bytes(schemes[i]), bytes("x"), NULL),
                         COORD_AUTH_FAILED);
    ck_assert_int_eq(acl_authenticate(&identities, bytes("digest"), bytes(NULL), NULL),
                     COORD_AUTH_FAILED);
    ck_assert_int_eq(acl_authenticate(&identities, bytes("digest"),
                                      (struct jute_bytes){nul, sizeof nul - 1}, NULL),
                     COORD_AUTH_FAILED);
    ck_assert_int_eq(acl_authenticate(&identities, bytes("digest"),
                                      (struct jute_bytes){long_token, sizeof long_token}, NULL),
                     COORD_AUTH_FAILED);
    ck_assert_int_eq(acl_authenticate(&identities, bytes("ip"), bytes("2.2.2.2"), NULL), COORD_OK);
    ck_assert_int_eq(acl_authenticate(&identities, bytes("ip"), bytes(NULL), NULL), COORD_OK);
    expect_identities(&identities, "ip 1.1.1.1");
}
END_TEST

START_TEST(nobody_is_more_than_so_many)
{
    AUTO(acl_identities_done) struct acl_identities identities;
    char token[] = "u:?";

    acl_identities_init(&identities, "1.1.1.1");
    for (int i = 0; identities.count < ACL_IDENTITIES_MAX - 1; i++) {
        token[2] = (char)('0' + i);
        authenticate(&identities, token);
    }
    ck_assert_int_eq(
        acl_authenticate(&identities, bytes("digest"), bytes("super:pw"), DIGEST_OF_SUPER),
        COORD_AUTH_FAILED); /* there is room for one, not for two */
    authenticate(&identities, "last:one");
    ck_assert_int_eq(acl_authenticate(&identities, bytes("digest"), bytes("new:one"), NULL),
                     COORD_AUTH_FAILED);
    authenticate(&identities, "last:one");
    ck_assert_uint_eq(identities.count, ACL_IDENTITIES_MAX);
}
END_TEST

/* ---- what may stand in a list --------------------------------------------------------------- */

/* As the server of ZooKeeper 3.8.0 answered. */
static const struct {
    const char *scheme;
    const char *id;
    enum coord_error error;
} verdicts[] = {
    {"world", "anyone", COORD_OK},
    {"world", "x", COORD_INVALID_ACL},
    {"world", "", COORD_INVALID_ACL},
    {NULL, "x", COORD_INVALID_ACL},
    {NULL, NULL, COORD_INVALID_ACL},
    {"", "x", COORD_INVALID_ACL},
    {"nix", NULL, COORD_INVALID_ACL},
    {"world", NULL, COORD_MARSHALLING_ERROR},
    {"digest", NULL, COORD_MARSHALLING_ERROR},
    {"ip", NULL, COORD_MARSHALLING_ERROR},
    {"x509", "a", COORD_INVALID_ACL},
    {"sasl", "a", COORD_INVALID_ACL},
    {"super", "", COORD_INVALID_ACL},
    {"auth", "", COORD_INVALID_ACL}, /* by one who proved nothing */
    {"digest", "a:b", COORD_OK},
    {"digest", "a:", COORD_INVALID_ACL},
    {"digest", ":b", COORD_OK},
    {"digest", "a:b:", COORD_OK},
    {"digest", "a:b::", COORD_OK},
    {"digest", "a::b", COORD_INVALID_ACL},
    {"digest", "::b", COORD_INVALID_ACL},
    {"digest", ":", COORD_INVALID_ACL},
    {"digest", "", COORD_INVALID_ACL},
    {"digest", "a", COORD_INVALID_ACL},
    {"digest", "a:\xC3\xA4", COORD_OK},
    {"digest", "a:b\n:c", COORD_INVALID_ACL},
    {"ip", "1.2.3.4", COORD_OK},
    {"ip", "1.2.3", COORD_INVALID_ACL},
    {"ip", "1.2.3.256", COORD_INVALID_ACL},
    {"ip", "+1.2.3.4", COORD_OK},
    {"ip", "-0.2.3.4", COORD_OK},
    {"ip", "-1.2.3.4", COORD_INVALID_ACL},
    {"ip", "01.2.3.0004", COORD_OK},
    {"ip", "1.2.3.4/", COORD_INVALID_ACL},
    {"ip", "1.2.3.4/0", COORD_OK},
    {"ip", "1.2.3.4/32", COORD_OK},
    {"ip", "1.2.3.4/33", COORD_INVALID_ACL},
    {"ip", "1.2.3.4/+8", COORD_OK},
    {"ip", "1.2.3.4/-0", COORD_OK},
    {"ip", "1.2.3.4/8/8", COORD_INVALID_ACL},
    {"ip", "", COORD_INVALID_ACL},
    {"ip", "1.2.3.4.", COORD_INVALID_ACL},
    {"ip", ".1.2.3.4", COORD_INVALID_ACL},
    {"ip", "1..3.4", COORD_INVALID_ACL},
    {"ip", " 1.2.3.4", COORD_INVALID_ACL},
    {"ip", "1.2.3.4/00000000000000000008", COORD_OK},
    {"ip", "1.2.3.+", COORD_INVALID_ACL},
    {"ip", "::1", COORD_OK}, /* here it follows 3.9 */
    {"ip", "fe80::/10", COORD_OK},
};

START_TEST(ids_are_valid_where_they_are_in_zookeeper)
{
    for (size_t i = 0; i < COUNT_OF(verdicts); i++) {
        enum coord_error error = check(verdicts[i].scheme, verdicts[i].id);
        ck_assert_msg(error == verdicts[i].error, "%s %s: %d", verdicts[i].scheme, verdicts[i].id,
                      error);
    }
}
END_TEST

START_TEST(an_empty_list_is_not_valid)
{
    AUTO(acl_identities_done) struct acl_identities identities;
    AUTO(text_done) struct text encoded = {0};

    acl_identities_init(&identities, "1.1.1.1");
    ck_assert_int_eq(resolve(NULL, 0, &identities, &encoded), COORD_INVALID_ACL);
    ck_assert_int_eq(acl_resolve((struct request_list){.is_null = true}, &identities, &encoded),
                     COORD_INVALID_ACL);
    ck_assert_uint_eq(text_size(&encoded), 0);
}
END_TEST

START_TEST(one_bad_item_spoils_the_list)
{
    AUTO(acl_identities_done) struct acl_identities identities;
    AUTO(text_done) struct text encoded = {0};
    static const struct item items[] = {{31, "world", "anyone"}, {31, "nix", "x"}};

    acl_identities_init(&identities, "1.1.1.1");
    ck_assert_int_eq(resolve(items, 2, &identities, &encoded), COORD_INVALID_ACL);
    ck_assert_uint_eq(text_size(&encoded), 0);
}
END_TEST

START_TEST(duplicates_are_dropped_and_the_order_stays)
{
    AUTO(acl_identities_done) struct acl_identities identities;
    AUTO(text_done) struct text encoded = {0};
    static const struct item items[] = {
        {31, "digest", "b:b"}, {-1, "world", "anyone"}, {31, "digest", "b:b"}, {1, "digest", "b:b"},
        {31, "digest", "a:a"}, {-1, "world", "anyone"}, {0, "ip", "1.2.3.4"},
    };

    acl_identities_init(&identities, "1.1.1.1");
    ck_assert_int_eq(resolve(items, COUNT_OF(items), &identities, &encoded), COORD_OK);
    expect_list(text_data(&encoded), text_size(&encoded),
                "31 digest b:b, -1 world anyone, 1 digest b:b, 31 digest a:a, 0 ip 1.2.3.4");
}
END_TEST

START_TEST(auth_stands_for_all_digests_of_the_caller)
{
    AUTO(acl_identities_done) struct acl_identities identities;
    AUTO(text_done) struct text encoded = {0};
    static const struct item items[] = {
        {3, "auth", ""},
        {8, "auth", NULL},
        {3, "digest", DIGEST_OF_U}, /* stays: duplicates went before */
    };

    acl_identities_init(&identities, "1.1.1.1");
    authenticate(&identities, "u:p");
    authenticate(&identities, "super:pw");
    ck_assert_int_eq(resolve(items, COUNT_OF(items), &identities, &encoded), COORD_OK);
    expect_list(text_data(&encoded), text_size(&encoded),
                "3 digest " DIGEST_OF_U ", 3 digest " DIGEST_OF_SUPER ", 8 digest " DIGEST_OF_U
                ", 8 digest " DIGEST_OF_SUPER ", 3 digest " DIGEST_OF_U);
}
END_TEST

START_TEST(a_list_is_appended_to_what_was_there)
{
    AUTO(acl_identities_done) struct acl_identities identities;
    AUTO(text_done) struct text encoded = {0};
    static const struct item item = {1, "world", "anyone"};

    text_add(&encoded, "before");
    acl_identities_init(&identities, "1.1.1.1");
    ck_assert_int_eq(resolve(&item, 1, &identities, &encoded), COORD_OK);
    ck_assert_mem_eq(text_data(&encoded), "before", 6);
    expect_list(text_data(&encoded) + 6, text_size(&encoded) - 6, "1 world anyone");
}
END_TEST

START_TEST(long_lists_and_texts_are_refused)
{
    AUTO(acl_identities_done) struct acl_identities identities;
    AUTO(text_done) struct text encoded = {0};
    static struct item items[ACL_ENTRIES_MAX + 1];
    static char long_text[ACL_TEXT_MAX + 2] = "a:";

    for (size_t i = 0; i < COUNT_OF(items); i++)
        items[i] = (struct item){(int32_t)i, "world", "anyone"};
    acl_identities_init(&identities, "1.1.1.1");
    ck_assert_int_eq(resolve(items, ACL_ENTRIES_MAX, &identities, &encoded), COORD_OK);
    ck_assert_int_eq(resolve(items, ACL_ENTRIES_MAX + 1, &identities, &encoded), COORD_INVALID_ACL);

    authenticate(&identities, "u:p");
    authenticate(&identities, "v:p");
    items[0] = (struct item){1, "auth", ""}; /* two items become one more than the limit */
    ck_assert_int_eq(resolve(items, ACL_ENTRIES_MAX, &identities, &encoded), COORD_INVALID_ACL);
    ck_assert_int_eq(resolve(items, ACL_ENTRIES_MAX - 1, &identities, &encoded), COORD_OK);

    memset(long_text + 2, 'x', ACL_TEXT_MAX - 2);
    ck_assert_int_eq(check("digest", long_text), COORD_OK);
    long_text[ACL_TEXT_MAX] = 'x';
    ck_assert_int_eq(check("digest", long_text), COORD_INVALID_ACL);
}
END_TEST

START_TEST(the_longest_token_makes_a_list_that_can_be_stored)
{
    AUTO(acl_identities_done) struct acl_identities identities;
    AUTO(acls_destroy) struct acls *acls = acls_new(LISTS_MAX);
    AUTO(text_done) struct text encoded = {0};
    static char token[ACL_TOKEN_MAX + 1];
    static const struct item item = {1, "auth", ""};

    memset(token, 'x', ACL_TOKEN_MAX);
    acl_identities_init(&identities, "1.1.1.1");
    authenticate(&identities, token);
    ck_assert_int_eq(resolve(&item, 1, &identities, &encoded), COORD_OK);
    ck_assert_int_eq(acls_restore(acls, 9, text_data(&encoded), text_size(&encoded)), ERR_OK);
}
END_TEST

/* ---- the table ------------------------------------------------------------------------------ */

START_TEST(two_lists_are_always_there)
{
    AUTO(acls_destroy) struct acls *acls = acls_new(0);
    static const struct item open = {31, "world", "anyone"};
    static const struct item read_only = {1, "world", "anyone"};

    ck_assert_uint_eq(intern(acls, &open, 1, false), ACL_OPEN);
    ck_assert_uint_eq(intern(acls, &read_only, 1, false), ACL_READ_ONLY);
    acls_take(acls, ACL_OPEN);
    ck_assert(!acls_drop(acls, ACL_OPEN));
    acls_take(acls, ACL_READ_ONLY);
    ck_assert(!acls_drop(acls, ACL_READ_ONLY));
    ck_assert(has(acls, ACL_OPEN) && has(acls, ACL_READ_ONLY) && !has(acls, 2));
    expect_list(acls_get(acls, ACL_OPEN).data, acls_get(acls, ACL_OPEN).size, "31 world anyone");
}
END_TEST

START_TEST(a_list_is_kept_once_while_it_has_users)
{
    AUTO(acls_destroy) struct acls *acls = acls_new(LISTS_MAX);
    static const struct item first = {1, "digest", "a:b"};
    static const struct item second = {2, "digest", "a:b"};

    uint32_t number = intern(acls, &first, 1, true);
    ck_assert_uint_ge(number, 2);
    ck_assert_uint_eq(intern(acls, &first, 1, false), number);
    acls_take(acls, number);
    acls_take(acls, number);
    ck_assert(!acls_drop(acls, number));
    ck_assert_uint_eq(intern(acls, &first, 1, false), number);
    ck_assert(acls_drop(acls, number));
    ck_assert(!has(acls, number));
    ck_assert_uint_ne(intern(acls, &first, 1, true), intern(acls, &second, 1, true));
}
END_TEST

START_TEST(lists_beyond_the_limit_are_refused)
{
    AUTO(acls_destroy) struct acls *acls = acls_new(2);
    AUTO(text_done) struct text encoded = {0};
    static const struct item items[] = {
        {1, "digest", "a:b"}, {2, "digest", "a:b"}, {3, "digest", "a:b"}};
    uint32_t number = 0;
    bool is_new = false;

    uint32_t first = intern(acls, &items[0], 1, true);
    (void)intern(acls, &items[1], 1, true);
    encode(&encoded, &items[2], 1);
    ck_assert(!acls_intern(acls, text_data(&encoded), text_size(&encoded), &number, &is_new));
    ck_assert_uint_eq(intern(acls, &items[0], 1, false), first);
    acls_take(acls, first);
    ck_assert(acls_drop(acls, first));
    (void)intern(acls, &items[2], 1, true);
}
END_TEST

START_TEST(lists_are_restored_with_their_numbers)
{
    AUTO(acls_destroy) struct acls *acls = acls_new(LISTS_MAX);
    AUTO(text_done) struct text first = {0};
    AUTO(text_done) struct text second = {0};
    static const struct item items[] = {{1, "digest", "a:b"}, {2, "nix", ""}, {3, "ip", "1.1.1.1"}};

    encode(&first, items, 2);
    encode(&second, items, 1);
    ck_assert_int_eq(acls_restore(acls, 2, text_data(&first), text_size(&first)), ERR_OK);
    ck_assert_int_eq(acls_restore(acls, UINT32_MAX, text_data(&second), text_size(&second)),
                     ERR_OK);
    expect_list(acls_get(acls, 2).data, acls_get(acls, 2).size, "1 digest a:b, 2 nix ");
    ck_assert_uint_eq(intern(acls, items, 2, false), 2);
    ck_assert_uint_eq(intern(acls, items, 1, false), UINT32_MAX);
    ck_assert_uint_eq(intern(acls, &items[2], 1, true), 3);
}
END_TEST

START_TEST(what_is_there_is_not_restored)
{
    AUTO(acls_destroy) struct acls *acls = acls_new(LISTS_MAX);
    AUTO(text_done) struct text list = {0};
    AUTO(text_done) struct text open = {0};
    static const struct item items[] = {{1, "digest", "a:b"}, {31, "world", "anyone"}};

    encode(&list, &items[0], 1);
    encode(&open, &items[1], 1);
    ck_assert_int_eq(acls_restore(acls, 5, text_data(&list), text_size(&list)), ERR_OK);
    ck_assert_int_eq(acls_restore(acls, 6, text_data(&list), text_size(&list)), ERR_EXISTS);
    ck_assert_int_eq(acls_restore(acls, 0, text_data(&list), text_size(&list)), ERR_EXISTS);
    ck_assert_int_eq(acls_restore(acls, 7, text_data(&open), text_size(&open)), ERR_EXISTS);
    ck_assert_int_eq(acls_restore(acls, ACL_OPEN, text_data(&open), text_size(&open)), ERR_EXISTS);
}
END_TEST

START_TEST(what_is_no_list_is_not_restored)
{
    AUTO(acls_destroy) struct acls *acls = acls_new(LISTS_MAX);
    AUTO(text_done) struct text list = {0};
    static const struct item items[] = {{1, "digest", "a:b"}, {2, "ip", "1.1.1.1"}};
    static const struct item null_id = {1, "digest", NULL};

    encode(&list, items, 2);
    for (size_t size = 0; size < text_size(&list); size++)
        ck_assert_int_eq(acls_restore(acls, 5, text_data(&list), size), ERR_CORRUPT);
    text_add_bytes(&list, "", 1);
    ck_assert_int_eq(acls_restore(acls, 5, text_data(&list), text_size(&list)), ERR_CORRUPT);

    text_clear(&list);
    encode(&list, &null_id, 1);
    ck_assert_int_eq(acls_restore(acls, 5, text_data(&list), text_size(&list)), ERR_CORRUPT);
    text_clear(&list);
    encode(&list, NULL, 0);
    ck_assert_int_eq(acls_restore(acls, 5, text_data(&list), text_size(&list)), ERR_CORRUPT);
    ck_assert(!has(acls, 5));
}
END_TEST

START_TEST(a_number_is_found_although_all_above_are_taken)
{
    AUTO(acls_destroy) struct acls *acls = acls_new(LISTS_MAX);
    AUTO(text_done) struct text encoded = {0};

    for (int32_t i = 0; i < 100; i++) { /* 2, and the last 99 numbers there are */
        struct item item = {i, "digest", "a:b"};
        uint32_t number = i == 0 ? 2 : UINT32_MAX - (uint32_t)i + 1;
        text_clear(&encoded);
        encode(&encoded, &item, 1);
        ck_assert_int_eq(acls_restore(acls, number, text_data(&encoded), text_size(&encoded)),
                         ERR_OK);
    }
    for (int32_t i = 100; i < 200; i++) {
        struct item item = {i, "digest", "a:b"};
        ck_assert_uint_eq(intern(acls, &item, 1, true), (uint32_t)i - 97);
    }
}
END_TEST

/* ---- who may what --------------------------------------------------------------------------- */

static bool allow(const struct item *items, size_t count, int32_t permissions,
                  const struct acl_identities *identities)
{
    AUTO(acls_destroy) struct acls *acls = acls_new(LISTS_MAX);

    return acls_allow(acls, intern(acls, items, count, true), permissions, identities);
}

START_TEST(any_entry_with_any_of_the_permissions_grants)
{
    AUTO(acl_identities_done) struct acl_identities somebody;
    AUTO(acl_identities_done) struct acl_identities nobody;
    static const struct item items[] = {
        {MESSAGE_WRITE, "digest", DIGEST_OF_U},
        {MESSAGE_READ, "world", "anyone"},
        {MESSAGE_ADMIN, "ip", "1.1.1.0/24"},
    };

    acl_identities_init(&nobody, "2.2.2.2");
    acl_identities_init(&somebody, "1.1.1.1");
    authenticate(&somebody, "u:p");
    ck_assert(allow(items, 3, MESSAGE_READ, &nobody));
    ck_assert(!allow(items, 3, MESSAGE_WRITE, &nobody));
    ck_assert(!allow(items, 3, MESSAGE_ADMIN, &nobody));
    ck_assert(allow(items, 3, MESSAGE_READ | MESSAGE_ADMIN, &nobody));
    ck_assert(allow(items, 3, MESSAGE_WRITE, &somebody));
    ck_assert(allow(items, 3, MESSAGE_ADMIN, &somebody));
    ck_assert(!allow(items, 3, MESSAGE_CREATE_CHILD, &somebody));
}
END_TEST

START_TEST(super_may_everything)
{
    AUTO(acl_identities_done) struct acl_identities identities;
    static const struct item item = {0, "digest", "a:b"};

    acl_identities_init(&identities, "1.1.1.1");
    ck_assert(!allow(&item, 1, MESSAGE_READ, &identities));
    authenticate(&identities, "super:pw");
    ck_assert(allow(&item, 1, MESSAGE_READ, &identities));
}
END_TEST

START_TEST(everybody_may_what_the_open_list_says)
{
    AUTO(acls_destroy) struct acls *acls = acls_new(LISTS_MAX);
    AUTO(acl_identities_done) struct acl_identities identities;

    acl_identities_init(&identities, "1.1.1.1");
    for (int32_t permission = 1; permission <= MESSAGE_ADMIN; permission *= 2) {
        ck_assert(acls_allow(acls, ACL_OPEN, permission, &identities));
        ck_assert(acls_allow(acls, ACL_READ_ONLY, permission, &identities) ==
                  (permission == MESSAGE_READ));
    }
}
END_TEST

START_TEST(digests_match_as_a_whole)
{
    AUTO(acl_identities_done) struct acl_identities identities;
    static const char *const others[] = {"u:Jq7wMyA/w2Vd5WIDAKdu4OIIFEQ", "u:x", DIGEST_OF_U ":",
                                         "U:Jq7wMyA/w2Vd5WIDAKdu4OIIFEQ=", DIGEST_OF_SUPER};

    acl_identities_init(&identities, "1.1.1.1");
    authenticate(&identities, "u:p");
    for (size_t i = 0; i < COUNT_OF(others); i++) {
        struct item item = {31, "digest", others[i]};
        ck_assert(!allow(&item, 1, MESSAGE_READ, &identities));
    }
    struct item of_another_scheme = {31, "ip", DIGEST_OF_U};
    ck_assert(!allow(&of_another_scheme, 1, MESSAGE_READ, &identities));
}
END_TEST

START_TEST(unknown_schemes_grant_nothing)
{
    AUTO(acl_identities_done) struct acl_identities identities;
    static const struct item items[] = {
        {31, "super", ""}, {31, "sasl", "x"}, {31, "auth", ""}, {31, "world", "x"}};

    acl_identities_init(&identities, "1.1.1.1");
    authenticate(&identities, "u:p");
    ck_assert(!allow(items, COUNT_OF(items), MESSAGE_ALL_PERMISSIONS, &identities));
}
END_TEST

START_TEST(masking_hides_the_hashes_of_digests)
{
    AUTO(acls_destroy) struct acls *acls = acls_new(LISTS_MAX);
    AUTO(text_done) struct text plain = {0};
    AUTO(text_done) struct text masked = {0};
    static const struct item items[] = {
        {31, "digest", "user:secret"},
        {1, "digest", ":b"},
        {1, "digest", "a:b:"},
        {2, "ip", "::1"},
        {1, "digest", "n"},
        {1, "world", "anyone"},
    };

    uint32_t number = intern(acls, items, COUNT_OF(items), true);
    acls_put(acls, number, false, &plain);
    acls_put(acls, number, true, &masked);
    expect_list(text_data(&plain), text_size(&plain),
                "31 digest user:secret, 1 digest :b, 1 digest a:b:, 2 ip ::1, 1 digest n, "
                "1 world anyone");
    expect_list(text_data(&masked), text_size(&masked),
                "31 digest user:x, 1 digest :x, 1 digest a:x, 2 ip ::1, 1 digest n, "
                "1 world anyone");
}
END_TEST

/* ---- against a naive table ------------------------------------------------------------------ */

enum {
    NAIVE_LISTS = 30, /* that there may be; the first two are the usual ones */
};

struct naive {
    bool is_there[NAIVE_LISTS];
    uint32_t numbers[NAIVE_LISTS];
    size_t users[NAIVE_LISTS];
    size_t count;
};

static void encode_naive(struct text *out, size_t which)
{
    struct item items[] = {{(int32_t)which, "digest", "a:b"}, {3, "world", "anyone"}};

    text_clear(out);
    encode(out, items, 1 + which % 2);
}

static void check_naive(const struct naive *naive, const struct acls *acls)
{
    AUTO(text_done) struct text encoded = {0};

    for (size_t i = 0; i < NAIVE_LISTS; i++) {
        if (!naive->is_there[i])
            continue;
        encode_naive(&encoded, i);
        struct jute_bytes found = acls_get(acls, naive->numbers[i]);
        ck_assert_uint_eq(found.size, text_size(&encoded));
        ck_assert_mem_eq(found.data, text_data(&encoded), found.size);
    }
}

static void intern_naively(struct naive *naive, struct acls *acls, size_t which, size_t lists_max)
{
    AUTO(text_done) struct text encoded = {0};
    uint32_t number = 0;
    bool is_new = false;

    encode_naive(&encoded, which);
    bool was_given = acls_intern(acls, text_data(&encoded), text_size(&encoded), &number, &is_new);
    ck_assert(was_given == (naive->is_there[which] || naive->count < lists_max));
    if (!was_given)
        return;
    ck_assert(is_new == !naive->is_there[which]);
    if (is_new) {
        naive->count++;
        naive->is_there[which] = true;
        naive->numbers[which] = number;
    }
    ck_assert_uint_eq(naive->numbers[which], number);
    acls_take(acls, number);
    naive->users[which]++;
}

START_TEST(it_agrees_with_a_naive_table)
{
    for (uint64_t seed = 1; seed <= 40; seed++) {
        AUTO(acls_destroy) struct acls *acls = acls_new(NAIVE_LISTS / 2);
        struct naive naive = {0};
        struct rng rng;

        rng_init(&rng, seed);
        for (int step = 0; step < 1000; step++) {
            size_t which = rng_below(&rng, NAIVE_LISTS);
            if (rng_below(&rng, 2) == 0) {
                intern_naively(&naive, acls, which, NAIVE_LISTS / 2);
            } else if (naive.is_there[which]) {
                bool is_last = --naive.users[which] == 0;
                ck_assert(acls_drop(acls, naive.numbers[which]) == is_last);
                naive.is_there[which] = !is_last;
                naive.count -= is_last;
            }
            check_naive(&naive, acls);
        }
    }
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        one_starts_as_an_address,
        a_mapped_address_is_one_of_ipv4,
        a_password_makes_a_digest_once,
        the_super_digest_makes_super,
        other_proofs_are_refused,
        nobody_is_more_than_so_many,
        ids_are_valid_where_they_are_in_zookeeper,
        an_empty_list_is_not_valid,
        one_bad_item_spoils_the_list,
        duplicates_are_dropped_and_the_order_stays,
        auth_stands_for_all_digests_of_the_caller,
        a_list_is_appended_to_what_was_there,
        long_lists_and_texts_are_refused,
        the_longest_token_makes_a_list_that_can_be_stored,
        two_lists_are_always_there,
        a_list_is_kept_once_while_it_has_users,
        lists_beyond_the_limit_are_refused,
        lists_are_restored_with_their_numbers,
        what_is_there_is_not_restored,
        what_is_no_list_is_not_restored,
        a_number_is_found_although_all_above_are_taken,
        any_entry_with_any_of_the_permissions_grants,
        super_may_everything,
        everybody_may_what_the_open_list_says,
        digests_match_as_a_whole,
        unknown_schemes_grant_nothing,
        masking_hides_the_hashes_of_digests,
        it_agrees_with_a_naive_table,
    };
    return suite_run("acl", tests, sizeof tests / sizeof *tests);
}
