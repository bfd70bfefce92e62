/* SPDX-License-Identifier: Apache-2.0 */
#include "base/crc32c.h"

#include <string.h>

#include "base/mem.h"
#include "base/rng.h"
#include "tests/support/suite.h"

/* RFC 3720, B.4, and the check value of the catalogues. */
START_TEST(published_vectors_are_right)
{
    unsigned char bytes[48];

    ck_assert_uint_eq(crc32c_of("123456789", 9), 0xE3069283U);
    ck_assert_uint_eq(crc32c_of("", 0), 0);
    memset(bytes, 0, 32);
    ck_assert_uint_eq(crc32c_of(bytes, 32), 0x8A9136AAU);
    memset(bytes, 0xFF, 32);
    ck_assert_uint_eq(crc32c_of(bytes, 32), 0x62A8AB43U);
    for (unsigned i = 0; i < 32; i++)
        bytes[i] = (unsigned char)i;
    ck_assert_uint_eq(crc32c_of(bytes, 32), 0x46DD794EU);
    for (unsigned i = 0; i < 32; i++)
        bytes[i] = (unsigned char)(31 - i);
    ck_assert_uint_eq(crc32c_of(bytes, 32), 0x113FDB5CU);
    ck_assert_uint_eq(crc32c_extend_by_table(0, bytes, 32), 0x113FDB5CU);
    const unsigned char read_command[48] = {
        0x01, 0xc0, [16] = 0x14, [22] = 0x04, [27] = 0x14, [31] = 0x18, [32] = 0x28, [40] = 0x02};
    ck_assert_uint_eq(crc32c_of(read_command, 48), 0xD9963A56U);
    ck_assert_uint_eq(crc32c_extend_by_table(0, read_command, 48), 0xD9963A56U);
}
END_TEST

/* All the ways through: no, one, several rounds of long and of short lanes, and what is left. */
START_TEST(the_instruction_and_the_table_agree)
{
    enum {
        SIZE = 3 * 4096 * 2 + 3 * 256 * 2 + 64
    };
    AUTO(mem_free_text) char *bytes = mem_alloc(SIZE);
    struct rng rng;

    rng_init(&rng, 1);
    for (size_t i = 0; i < SIZE; i++)
        bytes[i] = (char)rng_next(&rng);
    for (size_t size = 0; size < 2400; size++)
        ck_assert_uint_eq(crc32c_of(bytes + size % 9, size),
                          crc32c_extend_by_table(0, bytes + size % 9, size));
    for (unsigned i = 0; i < 300; i++) {
        size_t from = rng_below(&rng, 64);
        size_t size = rng_below(&rng, (uint32_t)(SIZE - from));

        ck_assert_uint_eq(crc32c_of(bytes + from, size),
                          crc32c_extend_by_table(0, bytes + from, size));
    }
    ck_assert_uint_eq(crc32c_of(bytes, SIZE), crc32c_extend_by_table(0, bytes, SIZE));
}
END_TEST

START_TEST(a_crc_can_be_extended_at_any_place)
{
    enum {
        SIZE = 1600
    };
    char bytes[SIZE];
    struct rng rng;

    rng_init(&rng, 2);
    for (size_t i = 0; i < SIZE; i++)
        bytes[i] = (char)rng_next(&rng);
    uint32_t whole = crc32c_of(bytes, SIZE);
    for (size_t cut = 0; cut <= SIZE; cut++)
        ck_assert_uint_eq(crc32c_extend(crc32c_of(bytes, cut), bytes + cut, SIZE - cut), whole);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        published_vectors_are_right,
        the_instruction_and_the_table_agree,
        a_crc_can_be_extended_at_any_place,
    };

    return suite_run("crc32c", tests, sizeof tests / sizeof *tests);
}
