/* SPDX-License-Identifier: Apache-2.0 */
#include "nimbus/io/identity.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "coord/state/paths.h"
#include "tests/support/suite.h"

struct place {
    char root[64];
    char folder[96]; /* below it, not there yet */
};

static struct place set_up(void)
{
    struct place place = {.root = "/tmp/gale-identity-XXXXXX"};

    ck_assert_ptr_nonnull(mkdtemp(place.root));
    (void)snprintf(place.folder, sizeof place.folder, "%s/a", place.root);
    ck_assert_int_eq(file_make_folder(place.folder, NULL), ERR_OK);
    ck_assert_int_eq(file_make_folder(place.folder, NULL), ERR_OK);
    return place;
}

static void drop(const struct place *place, const char *name)
{
    char path[128];

    (void)snprintf(path, sizeof path, "%s/%s", place->folder, name);
    (void)unlink(path);
}

static void tear_down(const struct place *place)
{
    drop(place, "id");
    ck_assert_int_eq(rmdir(place->folder), 0);
    ck_assert_int_eq(rmdir(place->root), 0);
}

START_TEST(an_id_is_made_once)
{
    struct place place = set_up();
    AUTO(mem_free_text) char *first = NULL;
    AUTO(mem_free_text) char *second = NULL;

    ck_assert_int_eq(identity_get(place.folder, "", &first, NULL), ERR_OK);
    ck_assert(paths_id_is_valid(first));
    ck_assert_int_eq(identity_get(place.folder, "", &second, NULL), ERR_OK);
    ck_assert_str_eq(first, second);
    tear_down(&place);
}
END_TEST

START_TEST(an_id_that_is_named_counts)
{
    struct place place = set_up();
    AUTO(mem_free_text) char *id = NULL;

    ck_assert_int_eq(identity_get(place.folder, "mine", &id, NULL), ERR_OK);
    ck_assert_str_eq(id, "mine");
    tear_down(&place);
}
END_TEST

START_TEST(a_file_that_holds_no_id_is_named)
{
    struct place place = set_up();
    char path[128];
    char *id = NULL;
    struct error error;

    (void)snprintf(path, sizeof path, "%s/id", place.folder);
    FILE *file = fopen(path, "w");
    ck_assert_ptr_nonnull(file);
    ck_assert_int_gt(fprintf(file, "a b\n"), 0);
    ck_assert_int_eq(fclose(file), 0);
    ck_assert_int_eq(identity_get(place.folder, "", &id, &error), ERR_CORRUPT);
    ck_assert_ptr_nonnull(strstr(error.text, path));
    tear_down(&place);
}
END_TEST

START_TEST(a_folder_belongs_to_one)
{
    struct place place = set_up();
    int first = -1;
    int second = -1;
    struct error error;

    ck_assert_int_eq(identity_lock(place.folder, &first, NULL), ERR_OK);
    ck_assert_int_eq(identity_lock(place.folder, &second, &error), ERR_EXISTS);
    ck_assert_ptr_nonnull(strstr(error.text, place.folder));
    identity_unlock(place.folder, &first);
    ck_assert_int_eq(identity_lock(place.folder, &second, NULL), ERR_OK);
    identity_unlock(place.folder, &second);
    tear_down(&place); /* nothing is left in the folder */
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {an_id_is_made_once, an_id_that_is_named_counts,
                                  a_file_that_holds_no_id_is_named, a_folder_belongs_to_one};
    return suite_run("identity", tests, COUNT_OF(tests));
}
