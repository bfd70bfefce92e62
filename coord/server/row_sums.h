/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One number for all that a store holds: every row has a checksum, and the total is the XOR of them
 * all. Stored with each commit and compared after loading, it finds what a database cannot find in
 * itself: flipped bits in data, rows that are gone, pages of an older state.
 *
 *     total = ... ^ content(slot, parent, name, data) ^ stat(slot, the numbers) ^ ...
 *
 * To take a row's old checksum out when it changes, that of each node is kept: 8 bytes a node, in
 * chunks that are made when a slot of theirs is used. Sessions and ACLs are few and change seldom:
 * for those the caller brings the old row. Pure; one thread at a time.
 */
#ifndef COORD_SERVER_ROW_SUMS_H
#define COORD_SERVER_ROW_SUMS_H

#include <stddef.h>
#include <stdint.h>

#include "coord/server/batch.h"
#include "coord/server/session.h"

struct row_sums;

struct row_sums *row_sums_new(void);
void row_sums_destroy(struct row_sums **sums);

/* Of all rows of nodes, sessions and ACLs. */
uint32_t row_sums_total(const struct row_sums *sums);

/* What is stored as the total is this one's XOR with it: zxid and secret count too. */
uint32_t row_sums_meta(int64_t zxid, const unsigned char secret[SESSION_SECRET_SIZE]);

/* Slots are below BATCH_SLOTS_MAX. A node of which only the stat is put has been put before. */
void row_sums_put_node(struct row_sums *sums, const struct batch_node *node);
void row_sums_put_stat(struct row_sums *sums, const struct batch_node *node);
void row_sums_delete_node(struct row_sums *sums, uint32_t slot);

/* Puts the row if it is not there, and takes it out if it is. */
void row_sums_flip_session(struct row_sums *sums, int64_t id, uint32_t timeout_ms);
void row_sums_flip_acl(struct row_sums *sums, uint32_t number, const void *encoded, size_t size);

/* Keeps what was done since the last call of either, or takes it back. */
void row_sums_keep(struct row_sums *sums);
void row_sums_undo(struct row_sums *sums);

#endif
