/* SPDX-License-Identifier: Apache-2.0 */
#include "coord/server/digest.h"

#include <string.h>

#include "base/mem.h"
#include "tests/support/suite.h"

static struct digest_bytes bytes(const char *text)
{
    return (struct digest_bytes){.data = text, .size = strlen(text)};
}

/* The examples of RFC 4648. */
static const struct {
    const char *plain;
    const char *encoded;
} pairs[] = {
    {"", ""},
    {"f", "Zg=="},
    {"fo", "Zm8="},
    {"foo", "Zm9v"},
    {"foob", "Zm9vYg=="},
    {"fooba", "Zm9vYmE="},
    {"foobar", "Zm9vYmFy"},
    {"\xFB\xFF\xBF", "+/+/"},
};

START_TEST(base64_is_padded_and_on_one_line)
{
    for (size_t i = 0; i < COUNT_OF(pairs); i++) {
        AUTO(text_done) struct text out = {0};
        digest_put_base64(bytes(pairs[i].plain), &out);
        ck_assert_str_eq(text_data(&out), pairs[i].encoded);
    }
}
END_TEST

START_TEST(sha1_is_that_of_the_standard)
{
    static const unsigned char wanted[DIGEST_SHA1_SIZE] = {0xA9, 0x99, 0x3E, 0x36, 0x47, 0x06, 0x81,
                                                           0x6A, 0xBA, 0x3E, 0x25, 0x71, 0x78, 0x50,
                                                           0xC2, 0x6C, 0x9C, 0xD0, 0xD8, 0x9D};
    unsigned char hash[DIGEST_SHA1_SIZE];

    digest_sha1(bytes("abc"), hash);
    ck_assert_mem_eq(hash, wanted, sizeof wanted);
}
END_TEST

/* The second example of RFC 4231. */
START_TEST(hmac_is_that_of_the_standard)
{
    static const unsigned char wanted[DIGEST_HMAC_SIZE] = {
        0x5B, 0xDC, 0xC1, 0x46, 0xBF, 0x60, 0x75, 0x4E, 0x6A, 0x04, 0x24,
        0x26, 0x08, 0x95, 0x75, 0xC7, 0x5A, 0x00, 0x3F, 0x08, 0x9D, 0x27,
        0x39, 0x83, 0x9D, 0xEC, 0x58, 0xB9, 0x64, 0xEC, 0x38, 0x43};
    unsigned char hash[DIGEST_HMAC_SIZE];

    digest_hmac(bytes("Jefe"), bytes("what do ya want for nothing?"), hash);
    ck_assert_mem_eq(hash, wanted, sizeof wanted);
}
END_TEST

START_TEST(equal_is_equal_in_every_byte)
{
    char left[] = "0123456789abcdef";
    char right[] = "0123456789abcdef";

    ck_assert(digest_is_equal(left, right, sizeof left));
    ck_assert(digest_is_equal(left, right, 0));
    for (size_t i = 0; i < sizeof left - 1; i++) {
        right[i] ^= 1;
        ck_assert(!digest_is_equal(left, right, sizeof left));
        right[i] ^= 1;
    }
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        base64_is_padded_and_on_one_line,
        sha1_is_that_of_the_standard,
        hmac_is_that_of_the_standard,
        equal_is_equal_in_every_byte,
    };
    return suite_run("digest", tests, sizeof tests / sizeof *tests);
}
