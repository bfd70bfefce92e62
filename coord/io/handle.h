/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A handle of the stock C client library: one session with its two threads. Calls go out, and what
 * comes back is put into a mailbox as mails (coord/io/errand.h). With coord/io/results.c this is
 * the only place that knows the library.
 *
 * Everything here is called by one thread, the keeper. A handle that said EXPIRED or REFUSED is
 * good for being closed.
 */
#ifndef COORD_IO_HANDLE_H
#define COORD_IO_HANDLE_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "coord/io/errand.h"
#include "coord/servers.h"

struct handle;

struct handle_options {
    const struct server_list *servers;
    uint32_t session_timeout_ms;
    const char *root;        /* "" or "/gale"; borrowed as long as the handle lives */
    struct mailbox *mailbox; /* the same */
    uint64_t generation;     /* for the notices */
};

/* Blocks while host names are resolved. ERR_NOT_FOUND if none of them is. */
enum err handle_open(const struct handle_options *options, struct handle **ret_handle,
                     struct error *error) MUST_USE;

/* Ends the session if it is connected, and waits a moment for it to be ended. Afterwards nothing
 * comes any more; errands and watches that have not come by then are the caller's. */
void handle_close(struct handle **handle);

/* COORD_OK: the errand will be put into the mailbox with its answer. Otherwise it was not sent. */
enum coord_error handle_send(struct handle *handle, struct errand *errand) MUST_USE;

/* Whether the library keeps the errand's watch after this answer. */
bool handle_keeps_watch(const struct errand *errand);

/* "127.0.0.1:2181", or "" if there is no connection. */
void handle_server_name(const struct handle *handle, char *ret_name, size_t size);

#endif
