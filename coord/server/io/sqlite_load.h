/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads all rows of the SQLite store, once, in the order of the file. Part of sqlite_store. One
 * thread at a time.
 */
#ifndef COORD_SERVER_IO_SQLITE_LOAD_H
#define COORD_SERVER_IO_SQLITE_LOAD_H

#include "base/err.h"
#include "coord/server/io/sqlite_file.h"
#include "coord/server/row_sums.h"
#include "coord/server/store.h"

/* Puts every row into the empty `sums` and gives it to the sink; then compares the total with what
 * the last commit stored. A row that could not have been written by us is ERR_CORRUPT, whatever
 * SQLite thinks of it. A stored total of -1 is not compared: that is how a person accepts rows that
 * were repaired by hand. (NULL would not do: one flipped bit can make a number NULL.) */
enum err sqlite_load(const struct sqlite_file *file, struct row_sums *sums,
                     const struct store_sink *sink, unsigned char ret_secret[SESSION_SECRET_SIZE],
                     struct error *error) MUST_USE;

#endif
