/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the command line asks for.
 */
#ifndef BENCH_HANDWRITTEN_JOB_H
#define BENCH_HANDWRITTEN_JOB_H

#include <stdbool.h>
#include <stdint.h>

enum job_kind {
    JOB_CONST,
    JOB_CONST_ID,
    JOB_WORDS,
};

struct job {
    enum job_kind kind;
    bool has_acks;
    uint64_t threads;
    uint64_t count;  /* tuples of the const jobs */
    uint64_t passes; /* over the file */
    const char *path;
};

/* `words` is the command line after the program's name; it ends with NULL. What is wrong with it
 * ends the program with status 2. */
struct job job_parse(char *const *words);

#endif
