/* SPDX-License-Identifier: Apache-2.0 */
#include "base/file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/text.h"
#include "tests/support/suite.h"

struct scratch {
    char path[64];
};

static struct scratch write_file(const char *bytes, size_t size)
{
    struct scratch scratch = {.path = "/tmp/gale-file-test-XXXXXX"};
    int file = mkstemp(scratch.path);

    ck_assert_int_ge(file, 0);
    ck_assert_int_eq(write(file, bytes, size), (ssize_t)size);
    ck_assert_int_eq(close(file), 0);
    return scratch;
}

static void remove_file(const struct scratch *scratch)
{
    ck_assert_int_eq(unlink(scratch->path), 0);
}

START_TEST(a_file_comes_whole_and_ends_in_nul)
{
    struct scratch scratch = write_file("a\0b\n", 4);
    AUTO(mem_free_text) char *bytes = NULL;
    size_t size = 0;

    ck_assert_int_eq(file_read(scratch.path, 100, &bytes, &size, NULL), ERR_OK);
    ck_assert_uint_eq(size, 4);
    ck_assert_mem_eq(bytes, "a\0b\n", 5);
    remove_file(&scratch);
}
END_TEST

START_TEST(an_empty_file_is_an_empty_text)
{
    struct scratch scratch = write_file("", 0);
    AUTO(mem_free_text) char *bytes = NULL;
    size_t size = 1;

    ck_assert_int_eq(file_read(scratch.path, 0, &bytes, &size, NULL), ERR_OK);
    ck_assert_uint_eq(size, 0);
    ck_assert_str_eq(bytes, "");
    remove_file(&scratch);
}
END_TEST

START_TEST(a_file_larger_than_a_chunk_is_read_to_the_end)
{
    enum {
        SIZE = 100 * 1000
    };
    AUTO(mem_free_text) char *written = mem_alloc(SIZE);
    for (size_t i = 0; i < SIZE; i++)
        written[i] = (char)(i * 7);
    struct scratch scratch = write_file(written, SIZE);
    AUTO(mem_free_text) char *bytes = NULL;
    size_t size = 0;

    ck_assert_int_eq(file_read(scratch.path, SIZE, &bytes, &size, NULL), ERR_OK);
    ck_assert_uint_eq(size, SIZE);
    ck_assert_mem_eq(bytes, written, SIZE);
    remove_file(&scratch);
}
END_TEST

START_TEST(a_file_beyond_the_limit_is_refused)
{
    struct scratch scratch = write_file("12345", 5);
    char expected[128];
    char *bytes = NULL;
    size_t size = 7;
    struct error error;

    ck_assert_int_eq(file_read(scratch.path, 4, &bytes, &size, &error), ERR_LIMIT);
    (void)snprintf(expected, sizeof expected, "cannot read '%s': larger than 4 bytes",
                   scratch.path);
    ck_assert_str_eq(error.text, expected);
    ck_assert_ptr_null(bytes);
    ck_assert_uint_eq(size, 7);

    ck_assert_int_eq(file_read(scratch.path, 5, &bytes, &size, &error), ERR_OK);
    free(bytes);
    remove_file(&scratch);
}
END_TEST

START_TEST(a_size_that_the_system_does_not_know_is_no_obstacle)
{
    AUTO(mem_free_text) char *bytes = NULL;
    size_t size = 0;

    ck_assert_int_eq(file_read("/proc/self/stat", 64 * 1024, &bytes, &size, NULL), ERR_OK);
    ck_assert_uint_gt(size, 0);
}
END_TEST

struct failure {
    const char *path;
    enum err code;
    const char *text;
};

START_TEST(errors_say_what_and_why)
{
    static const struct failure failures[] = {
        {"/none/x", ERR_NOT_FOUND, "cannot read '/none/x': No such file or directory"},
        {"", ERR_NOT_FOUND, "cannot read '': No such file or directory"},
        {"/dev/null/x", ERR_NOT_FOUND, "cannot read '/dev/null/x': Not a directory"},
        {"/tmp", ERR_IO, "cannot read '/tmp': Is a directory"},
    };

    for (size_t i = 0; i < COUNT_OF(failures); i++) {
        char *bytes = NULL;
        size_t size = 0;
        struct error error;
        ck_assert_int_eq(file_read(failures[i].path, 10, &bytes, &size, &error), failures[i].code);
        ck_assert_str_eq(error.text, failures[i].text);
        ck_assert_ptr_null(bytes);
    }
}
END_TEST

START_TEST(a_folder_is_made_with_those_above_it)
{
    char root[] = "/tmp/gale-file-XXXXXX";
    AUTO(text_done) struct text path;
    struct error error;

    ck_assert_ptr_nonnull(mkdtemp(root));
    text_init(&path);
    text_add(&path, "%s/a/b/c", root);
    ck_assert_int_eq(file_make_folder(text_data(&path), &error), ERR_OK);
    ck_assert_int_eq(access(text_data(&path), W_OK), 0);
    ck_assert_int_eq(file_make_folder(text_data(&path), &error), ERR_OK);
    while (strcmp(text_data(&path), root) != 0) {
        ck_assert_int_eq(rmdir(text_data(&path)), 0);
        *strrchr(path.data, '/') = '\0';
    }
    ck_assert_int_eq(rmdir(root), 0);
    ck_assert_int_eq(file_make_folder("/dev/null/x", &error), ERR_NOT_FOUND);
    ck_assert_str_eq(error.text, "cannot make the folder '/dev/null/x': Not a directory");
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        a_file_comes_whole_and_ends_in_nul,
        an_empty_file_is_an_empty_text,
        a_file_larger_than_a_chunk_is_read_to_the_end,
        a_file_beyond_the_limit_is_refused,
        a_size_that_the_system_does_not_know_is_no_obstacle,
        errors_say_what_and_why,
        a_folder_is_made_with_those_above_it,
    };
    return suite_run("file", tests, sizeof tests / sizeof *tests);
}
