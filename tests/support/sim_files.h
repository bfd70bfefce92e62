/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files in memory that lose power, run full and fail when told to (broker/log/files.h).
 *
 * What is written is seen at once and stored by a sync of the file; names are stored by a sync of
 * their folder. When the power is cut, of what was not stored each piece is kept, lost, or, the
 * last one, torn; what is lost in the middle reads as zeros, and so may a lost tail. Of the names
 * made, renamed and removed in a folder, the first few are kept, or any. All by seed.
 *
 * Operations that change something (create, write, truncate, reserve, sync, rename, remove,
 * discard, make_folder, sync_folder) are counted, so that a test can let each fail in turn:
 *
 *     for (uint64_t at = 0;; at++) {
 *         struct sim_files *sim = sim_files_new(seed);
 *         sim_files_plan(sim, SIM_FILES_POWER_CUT, at);
 *         ... work on sim_files_of(sim), and drop what is open ...
 *         bool has_struck = sim_files_has_struck(sim);
 *         sim_files_restart(sim);
 *         ... open again and look ...
 *         sim_files_destroy(&sim);
 *         if (!has_struck)
 *             break;
 *     }
 *
 * One thread. Wrong use (a write to what was opened to be read, a reference given back twice or never)
 * is asserted.
 */
#ifndef TESTS_SIM_FILES_H
#define TESTS_SIM_FILES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "broker/log/files.h"

struct sim_files;

enum sim_files_fault {
    SIM_FILES_FINE,
    SIM_FILES_POWER_CUT, /* the operation is done or not, and is the last: all fail, until a restart */
    SIM_FILES_KILL,      /* the same, but only the process dies: what was done is there */
    SIM_FILES_ERROR,     /* the operation fails with ERR_IO; a sync loses what it was to store */
    SIM_FILES_FULL_ONCE, /* a write, create or reserve fails with ERR_FULL; the first from there on */
    SIM_FILES_FULL,      /* all of these do, until the next plan */
    SIM_FILES_READ_ERROR, /* read number `at` fails with ERR_IO; counts reads only */
};

struct sim_files *sim_files_new(uint64_t seed);

/* All references to files were given back. */
void sim_files_destroy(struct sim_files **sim);

/* Borrowed. */
struct files *sim_files_of(struct sim_files *sim);

/* Names are kept in the order of their changes, as file systems with a journal do; without, in any. */
void sim_files_keep_name_order(struct sim_files *sim);

/* Plans for the operation number `at`, counted from now. */
void sim_files_plan(struct sim_files *sim, enum sim_files_fault fault, uint64_t at);

/* Whether the fault that was planned has come. */
bool sim_files_has_struck(const struct sim_files *sim);

/* Since the last plan, or since the beginning. */
uint64_t sim_files_operations(const struct sim_files *sim);
uint64_t sim_files_reads(const struct sim_files *sim);

/* After a kill: goes on with all that was done. Else cuts the power now, if it is on, and comes up
 * with what was stored. Files that are still open fail; they are only good for give(). */
void sim_files_restart(struct sim_files *sim);

/* Limits what all files hold together, reserved room included; 0: no limit. */
void sim_files_set_room(struct sim_files *sim, uint64_t bytes);
uint64_t sim_files_used(const struct sim_files *sim);

/* Files that somebody has a reference to. */
size_t sim_files_open_count(const struct sim_files *sim);

/* The bytes of a file as they are seen, until the next change; NULL if there is no such file. */
const unsigned char *sim_files_bytes(const struct sim_files *sim, const char *path,
                                     size_t *ret_size);

/* Damage: overwrites bytes of a file, or gives it a size. All that is seen of it is stored then. */
void sim_files_damage(struct sim_files *sim, const char *path, uint64_t at, const void *bytes,
                      size_t size);
void sim_files_resize(struct sim_files *sim, const char *path, uint64_t size);

/* Makes or replaces a file, stored with all names of its folder, which exists. */
void sim_files_put(struct sim_files *sim, const char *path, const void *bytes, size_t size);

bool sim_files_has(const struct sim_files *sim, const char *path);

#endif
