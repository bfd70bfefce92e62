/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The thread that keeps a client's session: opens handles, looks for the root in each new session
 * before the owner hears of it, opens a new session after an expiry, and keeps the account of calls
 * and watches, so that each call is answered once and each watch fires at most once whatever the
 * library does. All calls of the library are made here; so none of them can meet a handle that is
 * being closed, and nobody but this thread waits for names to be resolved or threads to end.
 *
 *               opened            connected          root is there
 *     WAITING ----------> CONNECTING -----> PREPARING -----> CONNECTED
 *        ^                  ^    |              |                |
 *        |                  |    |     lost     |                |
 *        |                  '----|--------------'----------------'
 *        '---- expired ----------'
 *
 * A call is refused with COORD_CONNECTION_LOSS in any state but CONNECTED, and so are those under
 * way when it is left. What the library brings later for one of these is dropped. A call that the
 * owner made while it believed in another session is refused as well: it was decided by what was
 * true in that one.
 */
#ifndef COORD_IO_KEEPER_H
#define COORD_IO_KEEPER_H

#include <stdint.h>

#include "base/err.h"
#include "base/mailbox.h"
#include "coord/client.h"
#include "coord/servers.h"

struct keeper;

/* Starts the thread. `root` and the servers are copied; letters go to `inbox`, which is shut before
 * keeper_stop(). */
enum err keeper_start(const struct coord_options *options, const struct server_list *servers,
                      struct mailbox *inbox, struct keeper **ret_keeper,
                      struct error *error) MUST_USE;

/* Waits a moment for calls under way, ends the session and the thread. */
void keeper_stop(struct keeper **keeper);

/* Copies the call, which has no fault (coord_call_fault()). `generation` is that of the letter
 * CONNECTED that tells of the session the owner knows; 0 if it knows none. Any thread. */
void keeper_call(struct keeper *keeper, const struct coord_call *call, uint64_t generation);

#endif
