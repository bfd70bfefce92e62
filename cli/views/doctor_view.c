/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/views/doctor_view.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/mem.h"
#include "cli/answer.h"

#define MIB (1024.0 * 1024)

enum {
    FILES_GOOD = 4096,
    FILES_NEEDED = 1024,
    PROCESSES_GOOD = 1024,
    ROOM_GOOD_MIB = 2048,
    ROOM_NEEDED_MIB = 200,
    MEMORY_GOOD_MIB = 512,
    SYNC_GOOD_MS = 20,
    SYNC_NEEDED_MS = 500,
    KERNEL_MAJOR = 5, /* pidfd_open() came with 5.3 */
    KERNEL_MINOR = 3,
    TEXT_MAX = 1024,
};

void findings_done(struct findings *findings)
{
    for (size_t i = 0; i < findings->count; i++) {
        free(findings->items[i].text);
        free(findings->items[i].fix);
    }
    findings->count = 0;
}

void findings_add(struct findings *findings, const char *check, enum finding_grade grade,
                  const char *fix, const char *format, ...)
{
    char text[TEXT_MAX];
    va_list arguments;

    ASSERT(findings->count < FINDINGS_MAX);
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    findings->items[findings->count++] =
        (struct finding){.check = check,
                         .grade = grade,
                         .text = mem_copy_text(text),
                         .fix = grade == FINDING_OK ? NULL : mem_copy_text(fix)};
}

enum finding_grade findings_worst(const struct findings *findings)
{
    enum finding_grade worst = FINDING_OK;

    for (size_t i = 0; i < findings->count; i++)
        worst = findings->items[i].grade > worst ? findings->items[i].grade : worst;
    return worst;
}

/* ---- showing ---- */

static const char *grade_name(enum finding_grade grade)
{
    static const char *const names[] = {"ok", "warn", "fail"};

    return names[grade];
}

static void add_finding(const struct finding *finding, struct text *text, enum style style)
{
    bool is_bad = finding->grade != FINDING_OK;

    text_add(text, "%s%-4s%s  %-16s  ", is_bad ? style_red(style) : "", grade_name(finding->grade),
             is_bad ? style_end(style) : "", finding->check);
    answer_add_words(finding->text, text);
    text_add(text, "\n");
    if (is_bad) {
        text_add(text, "%24s-> ", "");
        answer_add_words(finding->fix, text);
        text_add(text, "\n");
    }
}

void doctor_view_render(const struct findings *findings, struct text *text, enum style style)
{
    size_t bad = 0;

    for (size_t i = 0; i < findings->count; i++) {
        add_finding(&findings->items[i], text, style);
        bad += findings->items[i].grade != FINDING_OK ? 1 : 0;
    }
    text_add(text, "%zu checks, %zu to look at\n", findings->count, bad);
}

void doctor_view_json(const struct findings *findings, struct text *text)
{
    json_t *list = json_array();

    for (size_t i = 0; i < findings->count; i++) {
        const struct finding *finding = &findings->items[i];
        json_t *item =
            json_pack("{s:s, s:s, s:s, s:s?}", "check", finding->check, "grade",
                      grade_name(finding->grade), "text", finding->text, "fix", finding->fix);

        (void)json_array_append_new(list, item);
    }
    json_t *all =
        json_pack("{s:s, s:o}", "grade", grade_name(findings_worst(findings)), "findings", list);
    answer_add_json(all, text);
    json_decref(all);
}

/* ---- judging ---- */

static enum finding_grade grade_of(double value, double needed, double good)
{
    if (value < needed)
        return FINDING_FAIL;
    return value < good ? FINDING_WARN : FINDING_OK;
}

void doctor_judge_files(struct findings *findings, uint64_t soft, uint64_t hard)
{
    findings_add(findings, "open files", grade_of((double)hard, FILES_NEEDED, FILES_GOOD),
                 "raise the hard limit: LimitNOFILE= of the unit, or nofile in limits.conf",
                 "%" PRIu64 " at once, %" PRIu64 " if a program asks for more", soft, hard);
}

void doctor_judge_processes(struct findings *findings, uint64_t soft)
{
    findings_add(findings, "processes", grade_of((double)soft, 1, PROCESSES_GOOD),
                 "raise the limit: ulimit -u, or nproc in limits.conf",
                 "%" PRIu64 " processes and threads are allowed", soft);
}

void doctor_judge_room(struct findings *findings, const char *folder, uint64_t free_bytes)
{
    findings_add(findings, "room on disk",
                 grade_of((double)free_bytes / MIB, ROOM_NEEDED_MIB, ROOM_GOOD_MIB),
                 "make room, or keep the state elsewhere", "%.1f GiB are free for '%s'",
                 (double)free_bytes / MIB / 1024, folder);
}

void doctor_judge_sync(struct findings *findings, const char *folder, uint64_t median_ns)
{
    double ms = (double)median_ns / 1e6;
    enum finding_grade grade = ms > SYNC_NEEDED_MS ? FINDING_FAIL
                               : ms > SYNC_GOOD_MS ? FINDING_WARN
                                                   : FINDING_OK;

    findings_add(findings, "disk sync", grade,
                 "each change of the cluster state waits for it: keep the state on another disk",
                 "%.2f ms for 4 KiB in '%s'", ms, folder);
}

void doctor_judge_memory(struct findings *findings, uint64_t available_bytes)
{
    findings_add(findings, "memory", grade_of((double)available_bytes / MIB, 0, MEMORY_GOOD_MIB),
                 "end something else, or run fewer workers", "%.1f GiB are available",
                 (double)available_bytes / MIB / 1024);
}

void doctor_judge_kernel(struct findings *findings, const char *release)
{
    char *end;
    long major = strtol(release, &end, 10);
    long minor = *end == '.' ? strtol(end + 1, NULL, 10) : 0;
    bool is_new = major > KERNEL_MAJOR || (major == KERNEL_MAJOR && minor >= KERNEL_MINOR);

    findings_add(findings, "kernel", is_new ? FINDING_OK : FINDING_FAIL,
                 "supervisors need a Linux of 5.3 or later", "Linux %s", release);
}

void doctor_judge_core_pattern(struct findings *findings, const char *pattern, uint64_t core_limit)
{
    bool is_piped = pattern[0] == '|';

    findings_add(findings, "core dumps", is_piped || core_limit > 0 ? FINDING_OK : FINDING_WARN,
                 "for core files of workers that crash: ulimit -c unlimited", "%s%s", pattern,
                 is_piped || core_limit > 0 ? "" : ", but their size is limited to 0");
}

void doctor_judge_cgroup(struct findings *findings, const char *controllers)
{
    if (controllers == NULL) {
        findings_add(findings, "cgroup v2", FINDING_WARN,
                     "limits by cgroup are not possible here; rlimits are",
                     "not mounted at /sys/fs/cgroup");
        return;
    }
    bool is_whole = strstr(controllers, "memory") != NULL && strstr(controllers, "cpu") != NULL;

    findings_add(findings, "cgroup v2", is_whole ? FINDING_OK : FINDING_WARN,
                 "limits of memory and cpu by cgroup need these controllers", "controllers: %s",
                 controllers[0] == '\0' ? "none" : controllers);
}

void doctor_judge_version(struct findings *findings, const char *check, const char *own,
                          const char *other)
{
    bool is_same = strcmp(own, other) == 0;

    findings_add(findings, check, is_same ? FINDING_OK : FINDING_WARN,
                 "let all programs of a cluster be of one version", "%s%s%s", other,
                 is_same ? "" : ", but gale is ", is_same ? "" : own);
}
