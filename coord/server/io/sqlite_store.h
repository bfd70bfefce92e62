/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The store on SQLite: one file in WAL mode, synchronous=FULL, one transaction to a commit. Belongs
 * to one thread at a time.
 *
 * What power loss cuts off in the middle is dropped at the next start, by SQLite. A checksum over
 * all rows (coord/server/row_sums.h) is stored with each commit and compared by load, so a damaged
 * file is found, and refused with what to do about it; this costs no time beyond loading. Only the
 * tail of a damaged WAL looks as if power had cut it off: see docs/adr/0010.
 *
 *     coord.db, coord.db-wal     tables node, acl, session, meta; to be looked at with the sqlite3
 *                                shell while no server runs, for its lock lasts as long as it does
 *
 * Commits go to the WAL. tidy() copies them on to coord.db, each 1000 pages or when idle. After
 * that the WAL is written from its start again, so it does not grow (beyond 16 MiB it is cut back),
 * and commits write over old bytes, which is cheaper than growing a file.
 *
 * A commit that finds the disk full leaves everything as it was. Even on a full disk, commits that
 * need no new pages go on, because the WAL is emptied and used again. Memory is bounded: 4 MiB of
 * pages, and 8 bytes for each node's checksum.
 */
#ifndef COORD_SERVER_IO_SQLITE_STORE_H
#define COORD_SERVER_IO_SQLITE_STORE_H

#include "base/err.h"
#include "coord/server/store.h"

/* Opens `directory`/coord.db or makes both (0600, 0700; not its parent). Takes a lock that lets no
 * second server use it. A new store gets a secret from the system's random numbers. Errors name the
 * file and the remedy. Close it with store->operations->close(). */
enum err sqlite_store_open(const char *directory, struct store **ret_store,
                           struct error *error) MUST_USE;

#endif
