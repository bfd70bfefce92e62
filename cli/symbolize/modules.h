/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The files that a process had mapped, and which functions stand at an address of it, with libdw.
 * Downloads nothing.
 */
#ifndef CLI_SYMBOLIZE_MODULES_H
#define CLI_SYMBOLIZE_MODULES_H

#include <elfutils/libdwfl.h>
#include <stdbool.h>
#include <stdint.h>

/* Texts are borrowed for the call. */
struct modules_frame {
    uint64_t address;
    const char *module;   /* NULL: no code is there */
    uint64_t offset;      /* in the module */
    const char *function; /* NULL if unknown */
    const char *file;     /* without its folder; NULL if unknown */
    int line;
    bool is_source; /* the debug information knows it */
};

struct modules_visitor {
    void (*visit)(void *context, const struct modules_frame *frame);
    void *context;
};

/* `maps` are as in /proc/PID/maps. NULL if there is nothing to be known; ended by dwfl_end(). */
Dwfl *modules_open(const char *maps);

/* Shows the function at the address, and before it those that are inlined there, innermost first; once
 * at least. A return address is to be lessened by one. */
void modules_look_up(Dwfl *dwfl, uint64_t address, const struct modules_visitor *visitor);

#endif
