/* SPDX-License-Identifier: Apache-2.0 */
#include "supervisor/report.h"

#include <string.h>

#include "base/mem.h"
#include "tests/support/suite.h"

static const struct slot_limits limits = {.backoff_min_ms = 100, .backoff_max_ms = 1000};

/* The arguments as text, of a supervisor with this slot. */
static char *write(const struct slot *slot, const struct report_beat *beat)
{
    AUTO(complaints_destroy) struct complaints *complaints = complaints_new(1, "s1");
    struct report report = {
        .supervisor = "s1",
        .address = "127.0.0.1:1",
        .is_healthy = false,
        .health_text = "disk: ERROR",
        .complaints = complaints,
    };
    struct report_slot of = {.slot = slot, .beat = beat};
    json_t *args = report_new(&report);

    report_add(args, &report, 2, &of, 5000);
    char *text = json_dumps(args, JSON_COMPACT);
    json_decref(args);
    return text;
}

static struct slot make(enum slot_state state)
{
    struct slot slot;

    slot_init(&slot, &limits, 9);
    slot.state = state;
    memcpy(slot.topology, "t", 2);
    return slot;
}

START_TEST(a_running_worker_is_described)
{
    struct slot slot = make(SLOT_RUNNING);
    struct report_beat beat = {
        .version = 3, .rss_bytes = 4, .cpu_ns = 5, .links = 7, .links_up = 6, .is_drained = true};

    slot.pid = 42;
    slot.starts = 3;
    slot.started_ms = 4000;
    memcpy(slot.phase, "linking", 8);
    memcpy(slot.last_exit, "exit 1", 7);
    AUTO(mem_free_text) char *whole = write(&slot, &beat);
    ck_assert_str_eq(whole, "{\"supervisor\":\"s1\",\"address\":\"127.0.0.1:1\",\"healthy\":false,"
                            "\"health_text\":\"disk: ERROR\",\"workers\":[{\"topology\":\"t\","
                            "\"slot\":2,\"incarnation\":9,\"pid\":42,\"phase\":\"linking\","
                            "\"restarts\":2,\"last_exit\":\"exit 1\",\"uptime_ms\":1000,"
                            "\"version\":3,\"drained\":true,\"ended\":false,\"rss_bytes\":4,"
                            "\"cpu_ns\":5,\"links\":{\"all\":7,\"up\":6},\"errors\":[]}]}");
}
END_TEST

START_TEST(trouble_is_said_in_last_exit)
{
    struct slot slot = make(SLOT_BACKOFF);
    struct report_beat beat = {.version = 0};

    AUTO(mem_free_text) char *fresh = write(&slot, &beat);
    ck_assert_ptr_nonnull(strstr(fresh, "\"last_exit\":null"));
    memcpy(slot.last_exit, "killed by SIGSEGV", 18);
    for (size_t i = 0; i < SLOT_LOOP_EXITS; i++)
        slot.exits_ms[i] = 4000;
    AUTO(mem_free_text) char *looping = write(&slot, &beat);
    ck_assert_ptr_nonnull(strstr(looping, "\"phase\":\"backoff\""));
    ck_assert_ptr_nonnull(
        strstr(looping, "\"crash loop (5 exits within 5 min): killed by SIGSEGV\""));
    slot.state = SLOT_FAILED;
    memcpy(slot.fault, "no room", 8);
    AUTO(mem_free_text) char *failed = write(&slot, &beat);
    ck_assert_ptr_nonnull(strstr(failed, "\"last_exit\":\"no room\""));
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        a_running_worker_is_described,
        trouble_is_said_in_last_exit,
    };

    return suite_run("report", tests, COUNT_OF(tests));
}
