/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Connections to nimbus and supervisors. A question takes one that is idle, or makes one, and gives it back when it was
 * answered; one whose answer did not come is closed. So there are as many to one address as there are questions at a
 * time, and LINKS_IDLE_MAX idle ones in all. Any thread.
 */
#ifndef UI_IO_LINKS_H
#define UI_IO_LINKS_H

#include <stdint.h>

#include "base/err.h"
#include "nimbus/client/io/asking.h"
#include "ui/backend.h"

enum {
    LINKS_IDLE_MAX = 32,
};

/* How long an answer is waited for. */
struct links_patience {
    uint64_t until_ns;
    const struct backend_asker *asker; /* NULL: he stays */
};

struct links;

/* The keys (NULL: none) are borrowed for life. `interrupt` is a descriptor that is readable when nobody is to wait any more. */
struct links *links_new(const struct keys *keys, int interrupt) MUST_USE;
void links_destroy(struct links **links);

/* ERR_OK with an answer, be it a fault of the other side; otherwise ERR_TIMEOUT, also when the asker has gone,
 * ERR_DENIED, ERR_INVALID or ERR_CANCELLED, and why. */
enum err links_ask(struct links *links, const char *address, const struct question *question,
                   const struct links_patience *patience, struct asked *ret_asked,
                   struct error *error) MUST_USE;

#endif
