/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What `gale doctor` finds: a line for each check, and the judgement of figures. Pure; any thread.
 */
#ifndef CLI_VIEWS_DOCTOR_VIEW_H
#define CLI_VIEWS_DOCTOR_VIEW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attribute.h"
#include "base/text.h"
#include "cli/views/style.h"

enum finding_grade {
    FINDING_OK,
    FINDING_WARN,
    FINDING_FAIL,
};

enum {
    FINDINGS_MAX = 32,
};

struct finding {
    const char *check; /* its name, a constant: "open files" */
    enum finding_grade grade;
    char *text; /* what is; owned */
    char *fix;  /* what to do; NULL if it is ok; owned */
};

struct findings {
    size_t count;
    struct finding items[FINDINGS_MAX];
};

void findings_done(struct findings *findings);

/* The fix is NULL if it is ok. */
void findings_add(struct findings *findings, const char *check, enum finding_grade grade,
                  const char *fix, const char *format, ...) PRINTF_LIKE(5, 6);

enum finding_grade findings_worst(const struct findings *findings);

void doctor_view_render(const struct findings *findings, struct text *text, enum style style);
void doctor_view_json(const struct findings *findings, struct text *text);

/* Judgements. */
void doctor_judge_files(struct findings *findings, uint64_t soft, uint64_t hard);
void doctor_judge_processes(struct findings *findings, uint64_t soft);
void doctor_judge_room(struct findings *findings, const char *folder, uint64_t free_bytes);
void doctor_judge_sync(struct findings *findings, const char *folder, uint64_t median_ns);
void doctor_judge_memory(struct findings *findings, uint64_t available_bytes);
void doctor_judge_kernel(struct findings *findings, const char *release);
void doctor_judge_core_pattern(struct findings *findings, const char *pattern, uint64_t core_limit);
void doctor_judge_cgroup(struct findings *findings, const char *controllers);
void doctor_judge_version(struct findings *findings, const char *check, const char *own,
                          const char *other);

#endif
