/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The file under the SQLite store: made, locked, recognised and set up; and what SQLite's errors
 * mean here. Part of sqlite_store. One thread at a time.
 */
#ifndef COORD_SERVER_IO_SQLITE_FILE_H
#define COORD_SERVER_IO_SQLITE_FILE_H

#include <sqlite3.h>

#include "base/err.h"
#include "base/text.h"

struct sqlite_file {
    sqlite3 *db;
    struct text path; /* for messages */
};

/* Opens or makes `directory`/coord.db and locks it. What it is tells its header: a file of another
 * program, or of a newer Gale, is refused untouched. */
enum err sqlite_file_open(struct sqlite_file *file, const char *directory,
                          struct error *error) MUST_USE;

/* The caller has finalized its statements. Also closes what could not be opened. */
void sqlite_file_close(struct sqlite_file *file);

/* Turns what went wrong last on the connection into an error: ERR_FULL (only if nothing but room
 * is missing), ERR_CORRUPT, ERR_CONFLICT (locked by another process) or ERR_IO. `doing` as in
 * "cannot write". Names file and remedy. */
enum err sqlite_file_refuse(const struct sqlite_file *file, const char *doing,
                            struct error *error) MUST_USE;

/* What is stored makes no sense; `what` is wrong. ERR_CORRUPT. */
enum err sqlite_file_refuse_damage(const struct sqlite_file *file, const char *what,
                                   struct error *error) MUST_USE;

/* Runs statements without results. */
enum err sqlite_file_run(const struct sqlite_file *file, const char *sql,
                         struct error *error) MUST_USE;

#endif
