/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the command line asks for.
 */
#ifndef BENCH_COORD_OPTIONS_H
#define BENCH_COORD_OPTIONS_H

#include <stdint.h>

enum options_mode {
    OPTIONS_LOAD,
    OPTIONS_FANOUT,
    OPTIONS_SESSIONS,
    OPTIONS_FILL,
    OPTIONS_EXPIRE,
    OPTIONS_READY,
    OPTIONS_MODES,
};

struct options {
    enum options_mode mode;
    uint16_t port;
    uint32_t clients;
    uint32_t window;       /* calls of a client that have no answer yet */
    uint32_t milliseconds; /* measured, for each operation */
    uint32_t warm_up_ms;   /* before that */
    uint32_t count;        /* of whatever the mode makes */
};

/* `words` is the command line after the program's name; it ends with NULL. What is wrong with it
 * ends the program with status 2. */
struct options options_parse(char *const *words);

#endif
