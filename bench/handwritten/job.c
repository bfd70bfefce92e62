/* SPDX-License-Identifier: Apache-2.0 */
#include "bench/handwritten/job.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/attribute.h"

static COLD _Noreturn void refuse(const char *why)
{
    (void)fprintf(stderr,
                  "handwritten: %s\n"
                  "usage: handwritten const|const-id [--acks] [--count N] [--threads 1|2]\n"
                  "       handwritten words FILE [--acks] [--passes N] [--threads 1|2]\n",
                  why);
    exit(2);
}

static uint64_t parse_number(const char *text)
{
    char *end = NULL;

    errno = 0;
    uint64_t number = text == NULL ? 0 : strtoull(text, &end, 10);
    if (number == 0 || errno != 0 || *end != '\0' || *text == '-')
        refuse("a number from 1 is missing");
    return number;
}

static enum job_kind parse_kind(const char *name)
{
    if (name != NULL && strcmp(name, "const") == 0)
        return JOB_CONST;
    if (name != NULL && strcmp(name, "const-id") == 0)
        return JOB_CONST_ID;
    if (name != NULL && strcmp(name, "words") == 0)
        return JOB_WORDS;
    refuse("which job?");
}

static uint64_t *find_number(struct job *job, const char *option)
{
    if (strcmp(option, "--count") == 0)
        return &job->count;
    if (strcmp(option, "--passes") == 0)
        return &job->passes;
    if (strcmp(option, "--threads") == 0)
        return &job->threads;
    return NULL;
}

static void parse_options(struct job *job, char *const *words)
{
    while (*words != NULL) {
        const char *option = *words++;
        uint64_t *number = find_number(job, option);

        if (number != NULL)
            *number = parse_number(*words++);
        else if (strcmp(option, "--acks") == 0)
            job->has_acks = true;
        else
            refuse("an option is unknown");
    }
    if (job->threads > 2)
        refuse("there are one or two threads");
}

struct job job_parse(char *const *words)
{
    struct job job = {.kind = parse_kind(*words), .threads = 2, .count = 10000000, .passes = 1};

    words++;
    if (job.kind == JOB_WORDS) {
        if (*words == NULL)
            refuse("which file?");
        job.path = *words++;
    }
    parse_options(&job, words);
    return job;
}
