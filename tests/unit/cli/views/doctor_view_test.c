/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/views/doctor_view.h"

#include <jansson.h>
#include <string.h>

#include "base/mem.h"
#include "tests/support/suite.h"

static enum finding_grade last(struct findings *findings)
{
    const struct finding *finding = &findings->items[findings->count - 1];

    ck_assert_int_eq(finding->fix == NULL, finding->grade == FINDING_OK);
    return finding->grade;
}

START_TEST(figures_are_judged_by_their_bounds)
{
    const uint64_t mib = 1024 * 1024;
    struct findings findings = {.count = 0};

    doctor_judge_files(&findings, 1024, 1048576);
    ck_assert_int_eq(last(&findings), FINDING_OK);
    doctor_judge_files(&findings, 1024, 2048);
    ck_assert_int_eq(last(&findings), FINDING_WARN);
    doctor_judge_files(&findings, 256, 256);
    ck_assert_int_eq(last(&findings), FINDING_FAIL);
    doctor_judge_room(&findings, "/x", 5000 * mib);
    ck_assert_int_eq(last(&findings), FINDING_OK);
    doctor_judge_room(&findings, "/x", 300 * mib);
    ck_assert_int_eq(last(&findings), FINDING_WARN);
    doctor_judge_room(&findings, "/x", 100 * mib);
    ck_assert_int_eq(last(&findings), FINDING_FAIL);
    doctor_judge_sync(&findings, "/x", 1000000);
    ck_assert_int_eq(last(&findings), FINDING_OK);
    doctor_judge_sync(&findings, "/x", 30000000);
    ck_assert_int_eq(last(&findings), FINDING_WARN);
    doctor_judge_sync(&findings, "/x", 600000000);
    ck_assert_int_eq(last(&findings), FINDING_FAIL);
    doctor_judge_memory(&findings, 100 * mib);
    ck_assert_int_eq(last(&findings), FINDING_WARN);
    doctor_judge_processes(&findings, 100);
    ck_assert_int_eq(last(&findings), FINDING_WARN);
    ck_assert_int_eq(findings_worst(&findings), FINDING_FAIL);
    findings_done(&findings);
    ck_assert_int_eq(findings_worst(&findings), FINDING_OK);
}
END_TEST

START_TEST(texts_of_the_kernel_are_judged)
{
    struct findings findings = {.count = 0};

    doctor_judge_kernel(&findings, "6.1.0-18-amd64");
    ck_assert_int_eq(last(&findings), FINDING_OK);
    doctor_judge_kernel(&findings, "5.3");
    ck_assert_int_eq(last(&findings), FINDING_OK);
    doctor_judge_kernel(&findings, "5.2.9");
    ck_assert_int_eq(last(&findings), FINDING_FAIL);
    doctor_judge_kernel(&findings, "4.19.0");
    ck_assert_int_eq(last(&findings), FINDING_FAIL);
    doctor_judge_core_pattern(&findings, "|/lib/systemd/systemd-coredump", 0);
    ck_assert_int_eq(last(&findings), FINDING_OK);
    doctor_judge_core_pattern(&findings, "core", 0);
    ck_assert_int_eq(last(&findings), FINDING_WARN);
    doctor_judge_core_pattern(&findings, "core", 1000000);
    ck_assert_int_eq(last(&findings), FINDING_OK);
    doctor_judge_cgroup(&findings, "cpuset cpu io memory pids");
    ck_assert_int_eq(last(&findings), FINDING_OK);
    doctor_judge_cgroup(&findings, "");
    ck_assert_int_eq(last(&findings), FINDING_WARN);
    doctor_judge_cgroup(&findings, NULL);
    ck_assert_int_eq(last(&findings), FINDING_WARN);
    doctor_judge_version(&findings, "gale-coord", "1.0", "1.0");
    ck_assert_int_eq(last(&findings), FINDING_OK);
    doctor_judge_version(&findings, "gale-coord", "1.0", "1.1");
    ck_assert_int_eq(last(&findings), FINDING_WARN);
    findings_done(&findings);
}
END_TEST

START_TEST(what_is_not_ok_is_followed_by_what_to_do)
{
    struct findings findings = {.count = 0};
    struct text text;

    findings_add(&findings, "this", FINDING_OK, NULL, "is %s", "well");
    findings_add(&findings, "that", FINDING_WARN, "mend it", "is not");
    text_init(&text);
    doctor_view_render(&findings, &text, STYLE_PLAIN);
    ck_assert_str_eq(text_data(&text), "ok    this              is well\n"
                                       "warn  that              is not\n"
                                       "                        -> mend it\n"
                                       "2 checks, 1 to look at\n");
    text_clear(&text);
    doctor_view_json(&findings, &text);
    json_t *all = json_loads(text_data(&text), 0, NULL);
    json_t *list = json_object_get(all, "findings");
    ck_assert_str_eq(json_string_value(json_object_get(all, "grade")), "warn");
    ck_assert_uint_eq(json_array_size(list), 2);
    ck_assert(json_is_null(json_object_get(json_array_get(list, 0), "fix")));
    ck_assert_str_eq(json_string_value(json_object_get(json_array_get(list, 1), "fix")), "mend it");
    json_decref(all);
    text_done(&text);
    findings_done(&findings);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        figures_are_judged_by_their_bounds,
        texts_of_the_kernel_are_judged,
        what_is_not_ok_is_followed_by_what_to_do,
    };
    return suite_run("doctor_view", tests, sizeof tests / sizeof *tests);
}
