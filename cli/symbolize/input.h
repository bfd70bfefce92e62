/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a crashed process says about itself, read from the lines that worker/io/crash.c writes.
 *
 * The writer was dying: lines may be missing, cut or nonsense. What cannot be read is skipped, and
 * what is missing stays zero. Pure; any thread.
 */
#ifndef CLI_SYMBOLIZE_INPUT_H
#define CLI_SYMBOLIZE_INPUT_H

#include <stddef.h>
#include <stdint.h>

enum {
    INPUT_ARGS_MAX = 64,
    INPUT_FRAMES_MAX = 256,
    INPUT_BYTES_MAX = 16 * 1024 * 1024, /* maps of a large process may take a megabyte */
};

struct input {
    int signal;
    int code; /* si_code */
    uint64_t address;
    uint64_t stack;        /* the stack pointer at the fault; 0 if unknown */
    const char *component; /* NULL if no user code ran */
    const char *doing;     /* NULL, "next", "execute", ... */
    uint32_t task;
    uint32_t arg_count;
    const char *args[INPUT_ARGS_MAX]; /* the command line */
    const char *maps;                 /* as in /proc/PID/maps; "" if missing */
    uint32_t frame_count;
    uint64_t frames[INPUT_FRAMES_MAX]; /* innermost first */
};

/* Cuts `bytes`, which end in a zero byte, into lines; the result borrows them. */
void input_parse(char *bytes, struct input *ret_input);

#endif
