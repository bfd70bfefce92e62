/* SPDX-License-Identifier: Apache-2.0 */
#include "ui/logs/store.h"

#include "base/mem.h"
#include "tests/support/canned_backend.h"
#include "tests/support/suite.h"

START_TEST(only_what_supervisors_name_so_is_a_file)
{
    static const char *const right[] = {"worker.log", "worker.log.1", "worker.log.10"};
    static const char *const wrong[] = {
        "",
        "worker.lo",
        "worker.log.",
        "worker.log.0",
        "worker.log.01",
        "worker.log/",
        "worker.log.1/../x",
        "../worker.log",
        "/etc/passwd",
        "worker.log.x",
        "worker.log.-1",
        "worker.log.1234567",
        "worker.logs",
        "WORKER.LOG",
    };

    for (size_t i = 0; i < COUNT_OF(right); i++)
        ck_assert(store_is_name(right[i]));
    for (size_t i = 0; i < COUNT_OF(wrong); i++)
        ck_assert_msg(!store_is_name(wrong[i]), "%s", wrong[i]);
    ck_assert_uint_eq(store_number("worker.log"), 0);
    ck_assert_uint_eq(store_number("worker.log.12"), 12);
}
END_TEST

START_TEST(ids_have_no_way_out_of_their_folder)
{
    static const char *const wrong[] = {"",    ".",    "..",   "../a",     "a/b", ".a",
                                        "a b", "a\\b", "a%2f", "\xC3\xBC", "a\nb"};

    ck_assert(store_is_id("wc-1-1795000000"));
    ck_assert(store_is_id("a..b"));
    for (size_t i = 0; i < COUNT_OF(wrong); i++)
        ck_assert_msg(!store_is_id(wrong[i]), "%s", wrong[i]);
}
END_TEST

START_TEST(files_of_all_supervisors_are_listed_the_newest_first)
{
    AUTO(canned_backend_destroy) struct canned_backend *canned = canned_backend_new();
    const struct backend *backend = canned_backend_get(canned);
    json_t *supervisors = json_pack("[{s:s}, {s:s}, {s:s}]", "id", "t", "id", "s", "id", "gone");
    struct store_list list;
    struct text seen = {.data = NULL};

    canned_backend_put_supervisor(canned, "t", "logs.list", "{\"topology\": \"wc-1\"}",
                                  "{\"files\": [{\"slot\": 0, \"file\": \"worker.log\"}]}", NULL);
    canned_backend_put_supervisor(
        canned, "s", "logs.list", "{\"topology\": \"wc-1\"}",
        "{\"files\": [{\"slot\": 1, \"file\": \"worker.log.10\"},"
        "{\"slot\": 1, \"file\": \"worker.log.2\"}, {\"slot\": 1, \"file\": \"worker.log\"},"
        "{\"slot\": 0, \"file\": \"worker.log\", \"size\": 7, \"modified_ms\": 9},"
        "{\"slot\": 0, \"file\": \"../secret\"}, {\"slot\": 0}]}",
        NULL);
    store_list(backend, supervisors, "wc-1", &list);
    for (size_t i = 0; i < list.count; i++)
        text_add(&seen, "%s:%d:%s ", list.files[i].supervisor, (int)list.files[i].slot,
                 list.files[i].name);
    ck_assert_str_eq(text_data(&seen), "s:0:worker.log s:1:worker.log s:1:worker.log.2 "
                                       "s:1:worker.log.10 t:0:worker.log ");
    ck_assert_uint_eq(list.files[0].size, 7);
    /* one that has no such topology is not missing */
    ck_assert_uint_eq(json_array_size(list.missing), 0);
    store_list_done(&list);
    store_list(backend, supervisors, "../wc-1", &list);
    ck_assert_uint_eq(list.count, 0);
    store_list_done(&list);
    text_done(&seen);
    json_decref(supervisors);
}
END_TEST

START_TEST(nobody_is_asked_for_a_name_that_is_none)
{
    AUTO(canned_backend_destroy) struct canned_backend *canned = canned_backend_new();
    static const struct store_file files[] = {
        {.topology = "..", .supervisor = "s", .name = "worker.log"},
        {.topology = "wc", .supervisor = "../s", .name = "worker.log"},
        {.topology = "wc", .supervisor = "s", .name = "worker.log/../../x"},
        {.topology = "wc", .supervisor = "s", .name = "worker.log", .slot = UINT64_MAX},
    };
    struct store_piece piece;
    struct control_fault fault;

    for (size_t i = 0; i < COUNT_OF(files); i++)
        ck_assert_int_eq(store_read(canned_backend_get(canned), &files[i], 0, 10, &piece, &fault),
                         CONTROL_NOT_FOUND);
    ck_assert_ptr_null(canned_backend_asked(canned, 0));
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        only_what_supervisors_name_so_is_a_file,
        ids_have_no_way_out_of_their_folder,
        files_of_all_supervisors_are_listed_the_newest_first,
        nobody_is_asked_for_a_name_that_is_none,
    };

    return suite_run("store", tests, COUNT_OF(tests));
}
