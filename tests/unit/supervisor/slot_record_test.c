/* SPDX-License-Identifier: Apache-2.0 */
#include "supervisor/slot_record.h"

#include <string.h>

#include "base/mem.h"
#include "tests/support/suite.h"

static const struct slot_limits limits = {.backoff_min_ms = 100, .backoff_max_ms = 1000};

START_TEST(what_is_written_is_read)
{
    struct slot slot, again;
    struct slot_record record;
    struct error error;

    slot_init(&slot, &limits, 41);
    memcpy(slot.topology, "t-1", 4);
    memcpy(slot.last_exit, "exit 1: \"no\"", 13);
    slot.pid = 4711;
    slot.born = 99;
    slot.starts = 6;
    slot.backoff_ms = 400;
    slot.has_ended = true;
    AUTO(mem_free_text) char *text = slot_record_encode(&slot, "boot-1");
    ck_assert_int_eq(slot_record_decode(text, strlen(text), &record, &error), ERR_OK);
    ck_assert_str_eq(record.boot, "boot-1");
    ck_assert_int_eq(record.pid, 4711);
    ck_assert_uint_eq(record.born, 99);

    slot_init(&again, &limits, 7);
    slot_record_restore(&record, &again);
    ck_assert_str_eq(again.topology, "t-1");
    ck_assert_str_eq(again.last_exit, "exit 1: \"no\"");
    ck_assert_uint_eq(again.incarnation, 41);
    ck_assert_uint_eq(again.starts, 6);
    ck_assert_uint_eq(again.backoff_ms, 400);
    ck_assert(again.has_ended);
    ck_assert_int_eq(again.pid, 0); /* whether it lives is another matter */
    slot_record_done(&record);
}
END_TEST

START_TEST(incarnations_never_go_back)
{
    struct slot slot, again;
    struct slot_record record;

    slot_init(&slot, &limits, 5);
    slot.backoff_ms = 5000; /* the limit was higher then */
    AUTO(mem_free_text) char *text = slot_record_encode(&slot, "");
    ck_assert_int_eq(slot_record_decode(text, strlen(text), &record, NULL), ERR_OK);
    slot_init(&again, &limits, 7);
    slot_record_restore(&record, &again);
    ck_assert_uint_eq(again.incarnation, 7);
    ck_assert_uint_eq(again.backoff_ms, limits.backoff_max_ms);
    slot_record_done(&record);
}
END_TEST

START_TEST(a_record_that_is_none_is_refused)
{
    static const char *const texts[] = {
        "",
        "{}",
        "{\"version\":2,\"topology\":\"t\"}",
        "{\"version\":1,\"topology\":\"../t\",\"boot\":\"\",\"last_exit\":\"\",\"incarnation\":1,"
        "\"pid\":0,\"born\":0,\"starts\":0,\"backoff_ms\":0,\"ended\":0}",
        "{\"version\":1,\"topology\":\"t\",\"boot\":\"\",\"last_exit\":\"\",\"incarnation\":1,"
        "\"pid\":-5,\"born\":0,\"starts\":0,\"backoff_ms\":0,\"ended\":0}",
    };

    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        struct slot_record record;
        struct error error;
        ck_assert_msg(slot_record_decode(texts[i], strlen(texts[i]), &record, &error) != ERR_OK,
                      "%s", texts[i]);
    }
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        what_is_written_is_read,
        incarnations_never_go_back,
        a_record_that_is_none_is_refused,
    };

    return suite_run("slot_record", tests, COUNT_OF(tests));
}
