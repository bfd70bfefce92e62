/* SPDX-License-Identifier: Apache-2.0 */
#include "base/lock_file.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"
#include "tests/support/suite.h"

enum {
    PROCESSES = 4,
    ROUNDS = 300,
};

struct place {
    char folder[40];
    char path[64];
};

static struct place set_up(void)
{
    struct place place = {.folder = "/tmp/gale-lock-XXXXXX"};

    ck_assert_ptr_nonnull(mkdtemp(place.folder));
    (void)snprintf(place.path, sizeof place.path, "%s/lock", place.folder);
    return place;
}

static void tear_down(const struct place *place)
{
    (void)unlink(place->path);
    ck_assert_int_eq(rmdir(place->folder), 0);
}

static bool is_there(const struct place *place)
{
    struct stat status;

    return lstat(place->path, &status) == 0;
}

START_TEST(one_at_a_time_holds_it)
{
    struct place place = set_up();
    struct error error;
    int first, second;

    ck_assert_int_eq(lock_file_take(place.path, &first, NULL), ERR_OK);
    ck_assert_int_eq(lock_file_take(place.path, &second, &error), ERR_EXISTS);
    ck_assert_ptr_nonnull(strstr(error.text, place.path));
    lock_file_release(place.path, &first);
    ck_assert_int_eq(lock_file_take(place.path, &second, NULL), ERR_OK);
    lock_file_release(place.path, &second);
    tear_down(&place);
}
END_TEST

START_TEST(who_ends_in_order_leaves_no_file)
{
    struct place place = set_up();
    int file;

    ck_assert_int_eq(lock_file_take(place.path, &file, NULL), ERR_OK);
    ck_assert(is_there(&place));
    lock_file_release(place.path, &file);
    ck_assert_int_eq(file, -1);
    ck_assert(!is_there(&place));
    lock_file_release(place.path, &file); /* has nothing to do */
    tear_down(&place);
}
END_TEST

START_TEST(a_file_that_was_left_behind_is_taken)
{
    struct place place = set_up();
    int file;

    ck_assert_int_eq(lock_file_take(place.path, &file, NULL), ERR_OK);
    ck_assert_int_eq(close(file), 0); /* as the end of a process does */
    ck_assert(is_there(&place));
    ck_assert_int_eq(lock_file_take(place.path, &file, NULL), ERR_OK);
    lock_file_release(place.path, &file);
    tear_down(&place);
}
END_TEST

START_TEST(the_file_of_another_holder_is_not_taken_away)
{
    struct place place = set_up();
    int first, second;

    ck_assert_int_eq(lock_file_take(place.path, &first, NULL), ERR_OK);
    ck_assert_int_eq(unlink(place.path), 0); /* by a person */
    ck_assert_int_eq(lock_file_take(place.path, &second, NULL), ERR_OK);
    lock_file_release(place.path, &first);
    ck_assert(is_there(&place));
    lock_file_release(place.path, &second);
    ck_assert(!is_there(&place));
    tear_down(&place);
}
END_TEST

/* Takes it and gives it back; whoever finds the file of a holder beside it has met another one. */
static int take_often(const char *path, const char *beside)
{
    for (int round = 0; round < ROUNDS;) {
        int file;

        if (lock_file_take(path, &file, NULL) != ERR_OK)
            continue;
        int holder = open(beside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
        if (holder < 0)
            return EXIT_FAILURE;
        (void)close(holder);
        (void)unlink(beside);
        lock_file_release(path, &file);
        round++;
    }
    return EXIT_SUCCESS;
}

START_TEST(there_is_never_more_than_one_holder)
{
    struct place place = set_up();
    char beside[80];

    (void)snprintf(beside, sizeof beside, "%s/holder", place.folder);
    for (int i = 0; i < PROCESSES; i++) {
        pid_t process = fork();
        ck_assert_int_ge(process, 0);
        if (process == 0)
            _exit(take_often(place.path, beside));
    }
    for (int i = 0; i < PROCESSES; i++) {
        int status;
        ck_assert_int_gt(wait(&status), 0);
        ck_assert_int_eq(status, 0);
    }
    ck_assert(!is_there(&place));
    tear_down(&place);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        one_at_a_time_holds_it,
        who_ends_in_order_leaves_no_file,
        a_file_that_was_left_behind_is_taken,
        the_file_of_another_holder_is_not_taken_away,
        there_is_never_more_than_one_holder,
    };

    return suite_run("lock_file", tests, COUNT_OF(tests));
}
