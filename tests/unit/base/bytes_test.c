/* SPDX-License-Identifier: Apache-2.0 */
#include "base/bytes.h"

#include <stdlib.h>

#include "base/mem.h"
#include "tests/support/suite.h"

START_TEST(numbers_are_stored_with_the_low_byte_first)
{
    unsigned char bytes[8];

    bytes_put_u16(bytes, 0x0102);
    ck_assert_mem_eq(bytes, "\x02\x01", 2);
    bytes_put_u32(bytes, 0x01020304);
    ck_assert_mem_eq(bytes, "\x04\x03\x02\x01", 4);
    bytes_put_u64(bytes, UINT64_C(0x0102030405060708));
    ck_assert_mem_eq(bytes, "\x08\x07\x06\x05\x04\x03\x02\x01", 8);
}
END_TEST

START_TEST(numbers_come_back_from_any_address)
{
    unsigned char bytes[16];

    for (size_t at = 0; at < 8; at++) {
        bytes_put_u16(bytes + at, 0xFEDC);
        ck_assert_uint_eq(bytes_get_u16(bytes + at), 0xFEDC);
        bytes_put_u32(bytes + at, 0xFEDCBA98);
        ck_assert_uint_eq(bytes_get_u32(bytes + at), 0xFEDCBA98);
        bytes_put_u64(bytes + at, UINT64_C(0xFEDCBA9876543210));
        ck_assert_uint_eq(bytes_get_u64(bytes + at), UINT64_C(0xFEDCBA9876543210));
    }
}
END_TEST

/* The source has its own allocation of the exact size, so that a sanitizer sees a read too many. */
static void check_copy(size_t size)
{
    unsigned char *from = mem_alloc(size);
    unsigned char to[128];

    for (size_t i = 0; i < size; i++)
        from[i] = (unsigned char)(i + 1);
    memset(to, 0xEE, sizeof to);
    bytes_copy_short(to + 8, from, size);

    ck_assert_mem_eq(to + 8, from, size);
    for (size_t i = 0; i < 8; i++) {
        ck_assert_uint_eq(to[i], 0xEE);
        ck_assert_uint_eq(to[8 + size + i], 0xEE);
    }
    free(from);
}

START_TEST(a_short_copy_moves_exactly_its_bytes)
{
    for (size_t size = 0; size <= 100; size++)
        check_copy(size);
}
END_TEST

START_TEST(copying_nothing_may_come_with_null)
{
    unsigned char byte = 7;

    bytes_copy_short(&byte, NULL, 0);
    ck_assert_uint_eq(byte, 7);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        numbers_are_stored_with_the_low_byte_first,
        numbers_come_back_from_any_address,
        a_short_copy_moves_exactly_its_bytes,
        copying_nothing_may_come_with_null,
    };
    return suite_run("bytes", tests, sizeof tests / sizeof *tests);
}
