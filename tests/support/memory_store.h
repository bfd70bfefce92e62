/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A store of the coordination server in memory, in the plainest way: what the rows would be if each
 * batch was on a disk. It aborts if a batch could not have been meant for the rows there are.
 */
#ifndef TESTS_MEMORY_STORE_H
#define TESTS_MEMORY_STORE_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/text.h"
#include "coord/server/batch.h"
#include "coord/server/store.h"

struct memory_store;

/* Empty: zxid 0, and a secret. */
struct memory_store *memory_store_new(void);
void memory_store_destroy(struct memory_store **store);

/* All the changes of the batch. */
void memory_store_apply(struct memory_store *store, const struct batch *batch);

/* Gives all rows to the sink. */
enum err memory_store_load(const struct memory_store *store, const struct store_sink *sink,
                           struct error *error) MUST_USE;

int64_t memory_store_zxid(const struct memory_store *store);
size_t memory_store_sessions(const struct memory_store *store);
size_t memory_store_acls(const struct memory_store *store);
size_t memory_store_nodes(const struct memory_store *store);

/* Appends all rows, a line for each, in the order of their keys: equal texts are equal stores. */
void memory_store_print(const struct memory_store *store, struct text *out);

#endif
