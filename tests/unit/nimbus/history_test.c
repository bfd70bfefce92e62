/* SPDX-License-Identifier: Apache-2.0 */
#include "nimbus/history.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "tests/support/suite.h"

static void put(struct history *history, const char *id, const char *name)
{
    history_put(history, json_pack("{s:s, s:s}", "id", id, "name", name), NULL);
}

static void expect(const struct history *history, const char *name, const char *id)
{
    const json_t *found = history_find(history, name);

    if (id == NULL) {
        ck_assert_ptr_null(found);
        return;
    }
    ck_assert_ptr_nonnull(found);
    ck_assert_str_eq(json_string_value(json_object_get(found, "id")), id);
}

START_TEST(one_is_found_by_its_name_or_its_id_and_the_newest_of_a_name)
{
    struct history history = {.items = {NULL}};

    expect(&history, "wc", NULL);
    put(&history, "wc-1-1", "wc");
    put(&history, "other-2-2", "other");
    expect(&history, "wc", "wc-1-1");
    put(&history, "wc-3-3", "wc");
    expect(&history, "wc", "wc-3-3");
    expect(&history, "wc-1-1", "wc-1-1");
    expect(&history, "other", "other-2-2");
    expect(&history, "wc-1", NULL);
    history_done(&history);
    expect(&history, "wc", NULL);
}
END_TEST

START_TEST(the_oldest_goes_when_there_are_too_many)
{
    struct history history = {.items = {NULL}};
    char id[32];

    for (int i = 0; i <= HISTORY_MAX; i++) {
        (void)snprintf(id, sizeof id, "t-%d", i);
        put(&history, id, id);
    }
    expect(&history, "t-0", NULL);
    for (int i = 1; i <= HISTORY_MAX; i++) {
        (void)snprintf(id, sizeof id, "t-%d", i);
        expect(&history, id, id);
    }
    history_done(&history);
}
END_TEST

START_TEST(one_that_is_put_again_takes_no_other_place)
{
    struct history history = {.items = {NULL}};
    char id[32];

    for (int i = 0; i < HISTORY_MAX; i++) {
        (void)snprintf(id, sizeof id, "t-%d", i);
        put(&history, id, id);
    }
    put(&history, "t-5", "again");
    expect(&history, "again", "t-5");
    for (int i = 0; i < HISTORY_MAX; i++) {
        (void)snprintf(id, sizeof id, "t-%d", i);
        expect(&history, id, id);
    }
    history_done(&history);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        one_is_found_by_its_name_or_its_id_and_the_newest_of_a_name,
        the_oldest_goes_when_there_are_too_many,
        one_that_is_put_again_takes_no_other_place,
    };

    return suite_run("history", tests, COUNT_OF(tests));
}
