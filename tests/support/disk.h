/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A disk in memory for SQLite that fails when told to. While it exists it is SQLite's default file
 * system, so code that knows nothing of it runs on it.
 *
 * What is written is seen at once and stored by a sync. When the power is cut, each write that was
 * not synced is stored, lost, or torn: some of its sectors are stored. Names of files are lost too
 * unless their file was synced. All by seed.
 *
 * Operations that change something (write, truncate, sync, delete) are counted, so that a test can
 * let each of them fail in turn:
 *
 *     for (uint64_t at = 0;; at++) {
 *         disk_plan(disk, DISK_POWER_CUT, at);
 *         ...
 *         if (!disk_has_struck(disk))
 *             break;
 *         disk_restart(disk);
 *     }
 */
#ifndef TESTS_DISK_H
#define TESTS_DISK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct disk;

enum disk_fault {
    DISK_FINE,
    DISK_POWER_CUT, /* the operation is the last; all fail until disk_restart() */
    DISK_FULL,      /* from the operation on, no file can grow until disk_plan(DISK_FINE) */
    DISK_FULL_ONCE, /* the first write from there on fails, half done; later ones do not */
    DISK_QUOTA,     /* the same, but said in the way of a quota */
    DISK_ERROR,     /* the operation fails; a sync that does loses what it was to store */
};

struct disk *disk_new(uint64_t seed);
void disk_destroy(struct disk **disk);

/* Plans for the operation number `at`, counted from now. */
void disk_plan(struct disk *disk, enum disk_fault fault, uint64_t at);

/* Whether the fault that was planned has come. */
bool disk_has_struck(const struct disk *disk);

/* Since the last plan. */
uint64_t disk_operations(const struct disk *disk);

/* Cuts the power now if it is on, and comes up with what was stored. No file is open. */
void disk_restart(struct disk *disk);

/* The bytes of the file whose name ends so, to be changed at will; NULL if there is none. */
unsigned char *disk_bytes(struct disk *disk, const char *suffix, size_t *ret_size);

/* Makes the file shorter. */
void disk_truncate(struct disk *disk, const char *suffix, size_t size);

#endif
