/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writes names to stacks of threads that a worker has written down (worker/io/inspection.c), as a JSON
 * object on a line for each. After "stacks", in their order:
 *
 *     {"thread":"loop 0","component":"counter","task":2,"doing":"execute","cut":false,
 *      "frames":[{"function":"add","file":"x.c","line":17,"module":"x.so","offset":4660},...]}
 *
 * After "profile", the most frequent first, stacks of the same names being one:
 *
 *     {"thread":"loop 0","component":"counter","task":2,"count":17,"frames":["main",...,"add"]}
 *
 * Frames of the former are innermost first, of the latter outermost first. What would not fit into
 * THREADS_BYTES_MAX is left off: frames, which "cut" says, or in a profile rare stacks, which are counted
 * together as "(others)" of the thread "".
 */
#ifndef CLI_SYMBOLIZE_THREADS_H
#define CLI_SYMBOLIZE_THREADS_H

#include <stdbool.h>
#include <stdio.h>

enum {
    THREADS_BYTES_MAX = 640 * 1024, /* of all lines */
    THREADS_LINE_MAX = 48 * 1024,
    THREADS_FRAMES_MAX = 192, /* of a stack, with those that are inlined */
    THREADS_NAME_MAX = 200,
};

bool threads_are_meant(const char *bytes);

/* Cuts `bytes` into lines. False if it cannot be written. */
bool threads_print(char *bytes, FILE *file);

#endif
