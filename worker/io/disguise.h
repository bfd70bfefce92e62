/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A worker becomes another user, for good, before it loads anybody's code: no groups, no way back, no
 * core file, nothing that it starts gets more than it has. What it has opened before stays open.
 *
 * The kernel keeps others of the same user from reading its memory then ("not dumpable"), which holds
 * the key of its topology; crash reports do not need it. For the start of a process.
 */
#ifndef WORKER_IO_DISGUISE_H
#define WORKER_IO_DISGUISE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

struct disguise {
    bool is_wanted;
    uint32_t uid;
    uint32_t gid;
};

/* Of "1000:1000"; neither is 0. ERR_INVALID. */
enum err disguise_parse(const char *text, struct disguise *ret_disguise,
                        struct error *error) MUST_USE;

/* ERR_DENIED if we may not; then the process must not go on. */
enum err disguise_put_on(const struct disguise *disguise, struct error *error) MUST_USE;

#endif
