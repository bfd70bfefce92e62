/* SPDX-License-Identifier: Apache-2.0 */
#include "coord/protocol/path.h"

#include <stdint.h>
#include <string.h>

#include "base/mem.h"
#include "base/rng.h"
#include "coord/protocol/message.h"
#include "tests/support/suite.h"

#define PROPERTY_ROUNDS 20000

static bool is_good(const char *path)
{
    return path_is_valid(path, strlen(path));
}

static void expect_fault(const char *path, const char *fault)
{
    ck_assert_str_eq(path_fault(path, strlen(path)), fault);
    ck_assert(!is_good(path));
}

START_TEST(ordinary_paths_are_good)
{
    const char *const paths[] = {
        "/",          "/a", "/a/b", "/a b", "/~!@#$%^&*()_+`-={}[]|\\:\";'<>?,", "/gale/nimbus",
        "/0000000001"};

    for (size_t i = 0; i < COUNT_OF(paths); i++)
        ck_assert_msg(is_good(paths[i]), "%s", paths[i]);
}
END_TEST

START_TEST(faults_are_told)
{
    expect_fault("", "is empty");
    ck_assert_str_eq(path_fault(NULL, 0), "is empty");
    expect_fault("a", "does not start with '/'");
    expect_fault("a/b", "does not start with '/'");
    expect_fault("/a/", "ends in '/'");
    expect_fault("//", "ends in '/'");
    expect_fault("//a", "has an empty component");
    expect_fault("/a//b", "has an empty component");
    expect_fault("/a\tb", "has a character that paths may not have");
}
END_TEST

START_TEST(dots_alone_are_no_name)
{
    const char *const bad[] = {"/.", "/..", "/./a", "/../a", "/a/.", "/a/..", "/a/./b", "/a/../b"};
    const char *const good[] = {"/...",  "/.a",    "/..a", "/a.",      "/a..",
                                "/a..b", "/.../b", "/. ",  "/a/...b/c"};

    for (size_t i = 0; i < COUNT_OF(bad); i++)
        expect_fault(bad[i], "has a component '.' or '..'");
    for (size_t i = 0; i < COUNT_OF(good); i++)
        ck_assert_msg(is_good(good[i]), "%s", good[i]);
}
END_TEST

START_TEST(a_nul_is_refused_wherever_it_stands)
{
    ck_assert(!path_is_valid("/a\0b", 4));
    ck_assert(!path_is_valid("/a\0", 3));
    ck_assert(!path_is_valid("\0/a", 3));
}
END_TEST

START_TEST(the_longest_path_is_as_long_as_the_limit)
{
    char path[MESSAGE_PATH_MAX + 1];

    memset(path, 'a', sizeof path);
    path[0] = '/';
    ck_assert(path_is_valid(path, MESSAGE_PATH_MAX));
    ck_assert_str_eq(path_fault(path, sizeof path), "is longer than 8192 bytes");
}
END_TEST

/* As UTF-8 would have it, also where it has no right to. */
static size_t put_character(char *to, uint32_t point, size_t size)
{
    static const unsigned char firsts[] = {0, 0, 0xC0, 0xE0, 0xF0};

    if (size == 1) {
        to[0] = (char)point;
        return 1;
    }
    for (size_t i = size - 1; i > 0; i--) {
        to[i] = (char)(0x80 | (point & 0x3F));
        point >>= 6;
    }
    to[0] = (char)(firsts[size] | point);
    return size;
}

static size_t size_of(uint32_t point)
{
    if (point < 0x80)
        return 1;
    if (point < 0x800)
        return 2;
    return point < 0x10000 ? 3 : 4;
}

/* The rule as it is written. */
static bool may_stand_in_a_path(uint32_t point)
{
    return point > 0x1F && !(point >= 0x7F && point <= 0x9F) &&
           !(point >= 0xD800 && point <= 0xF8FF) && !(point >= 0xFFF0 && point <= 0xFFFF) &&
           point <= 0xFFFF;
}

START_TEST(every_character_is_judged_by_the_rule)
{
    for (uint32_t point = 0; point <= 0x10FFFF; point++) {
        char path[8] = "/x";
        size_t size = 2 + put_character(path + 2, point, size_of(point));
        bool expected = may_stand_in_a_path(point) && point != '/';
        if (path_is_valid(path, size) != expected)
            ck_abort_msg("U+%04X", point);
    }
}
END_TEST

/* Also those that are looked at eight at a time. */
START_TEST(a_character_is_judged_the_same_wherever_it_stands)
{
    for (int byte = 1; byte < 0x100; byte++) {
        for (size_t place = 1; place < 20; place++) {
            char path[22] = "/xxxxxxxxxxxxxxxxxxxx";
            path[place] = (char)byte;
            bool expected = byte < 0x80 && byte != '/' && may_stand_in_a_path((uint32_t)byte);
            if (byte == '/')
                expected = place > 1; /* the end of a component */
            ck_assert_msg(is_good(path) == expected, "%d at %zu", byte, place);
        }
    }
}
END_TEST

START_TEST(a_character_has_one_spelling)
{
    for (uint32_t point = 0; point <= 0xFFFF; point++) {
        for (size_t size = size_of(point) + 1; size <= 4; size++) {
            char path[8] = "/x";
            size_t end = 2 + put_character(path + 2, point, size);
            if (path_is_valid(path, end))
                ck_abort_msg("U+%04X in %zu bytes", point, size);
        }
    }
}
END_TEST

START_TEST(a_cut_or_broken_character_is_refused)
{
    const char *const paths[] = {"/\xC3",      "/\xE2\x82",  "/\xE2", "/\xC3(",
                                 "/\xE2(\xA1", "/\xE2\x82(", "/\x80", "/\xBF",
                                 "/\xC0\xAF",  "/\xFF",      "/\xFE", "/\xF8\x88\x80\x80\x80",
                                 "/\xC3/\xA4"};

    for (size_t i = 0; i < COUNT_OF(paths); i++)
        ck_assert_msg(!is_good(paths[i]), "number %zu", i);
    ck_assert(is_good("/\xC3\xA4/\xE2\x82\xAC"));
}
END_TEST

/* Bytes behind the size must not be looked at, whatever a character's first byte promises. */
START_TEST(a_path_ends_at_its_size)
{
    for (size_t size = 2; size < 6; size++) {
        char *path = mem_alloc(size);
        memcpy(path, "/\xE2\x82\xAC\xE2\x82", size);
        ck_assert_int_eq(path_is_valid(path, size), size == 4);
        mem_free_text(&path);
    }
}
END_TEST

START_TEST(parents_and_names_are_found)
{
    const struct {
        const char *path;
        size_t parent_size;
        size_t name_begin;
    } cases[] = {
        {"/", 0, 1}, {"/a", 1, 1}, {"/a/b", 2, 3}, {"/ab/c/d", 5, 6}, {"/a/", 2, 3},
        {"", 0, 0},  {"a", 0, 0},  {"a/b", 1, 2},  {"//", 1, 2},      {"/a//", 3, 4},
    };

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        size_t size = strlen(cases[i].path);
        ck_assert_uint_eq(path_parent_size(cases[i].path, size), cases[i].parent_size);
        ck_assert_uint_eq(path_name_begin(cases[i].path, size), cases[i].name_begin);
    }
    ck_assert_uint_eq(path_parent_size(NULL, 0), 0);
}
END_TEST

static void expect_components(const char *path, const char *const expected[], size_t count)
{
    size_t position = 0;
    size_t size = 0;

    for (size_t i = 0; i < count; i++) {
        const char *name = path_next(path, strlen(path), &position, &size);
        ck_assert_ptr_nonnull(name);
        ck_assert_uint_eq(size, strlen(expected[i]));
        ck_assert_mem_eq(name, expected[i], size);
    }
    ck_assert_ptr_null(path_next(path, strlen(path), &position, &size));
    ck_assert_ptr_null(path_next(path, strlen(path), &position, &size));
}

START_TEST(components_come_in_order)
{
    const char *const one[] = {"a"};
    const char *const three[] = {"gale", "x", "y z"};

    expect_components("/", NULL, 0);
    expect_components("/a", one, COUNT_OF(one));
    expect_components("/gale/x/y z", three, COUNT_OF(three));
}
END_TEST

/* The rules once more, in the plainest way: name by name. */
static bool naive_is_valid(const char *path, size_t size)
{
    char copy[32] = "";
    size_t begin = 1;

    if (size == 0 || path[0] != '/')
        return false;
    memcpy(copy, path, size);
    while (begin < size) {
        size_t length = strcspn(copy + begin, "/");
        copy[begin + length] = '\0';
        const char *name = copy + begin;
        if (length == 0 || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
            return false;
        begin += length + 1;
    }
    return size == 1 || path[size - 1] != '/';
}

START_TEST(any_path_of_few_letters_is_judged_as_by_hand)
{
    struct rng rng;
    int good = 0;

    rng_init(&rng, 3);
    for (int round = 0; round < PROPERTY_ROUNDS; round++) {
        char path[12];
        size_t size = rng_below(&rng, sizeof path);
        for (size_t i = 0; i < size; i++)
            path[i] = "/./.ab"[rng_below(&rng, 6)];
        if (size > 0 && rng_below(&rng, 4) > 0)
            path[0] = '/';
        bool expected = naive_is_valid(path, size);
        ck_assert_msg(path_is_valid(path, size) == expected, "%.*s", (int)size, path);
        good += expected;
    }
    ck_assert_int_gt(good, PROPERTY_ROUNDS / 20);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        ordinary_paths_are_good,
        faults_are_told,
        dots_alone_are_no_name,
        a_nul_is_refused_wherever_it_stands,
        the_longest_path_is_as_long_as_the_limit,
        every_character_is_judged_by_the_rule,
        a_character_is_judged_the_same_wherever_it_stands,
        a_character_has_one_spelling,
        a_cut_or_broken_character_is_refused,
        a_path_ends_at_its_size,
        parents_and_names_are_found,
        components_come_in_order,
        any_path_of_few_letters_is_judged_as_by_hand,
    };

    return suite_run("path", tests, COUNT_OF(tests));
}
