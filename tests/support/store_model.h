/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a store must hold, kept in the plainest way, and random batches that change it.
 */
#ifndef TESTS_STORE_MODEL_H
#define TESTS_STORE_MODEL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/rng.h"
#include "base/text.h"
#include "coord/server/batch.h"
#include "coord/server/store.h"

enum {
    STORE_MODEL_NODES = 48,
    STORE_MODEL_SESSIONS = 8,
    STORE_MODEL_ACLS = 8,
};

struct store_model_node {
    bool is_there;
    struct batch_node node; /* without its pointers */
    bool has_data;
    struct text name;
    struct text data;
};

struct store_model_acl {
    bool is_there;
    struct text list;
};

struct store_model {
    int64_t zxid;
    unsigned char secret[SESSION_SECRET_SIZE];
    struct store_model_node nodes[STORE_MODEL_NODES]; /* by slot */
    int64_t sessions[STORE_MODEL_SESSIONS];           /* by id - 1: timeout or -1 */
    struct store_model_acl acls[STORE_MODEL_ACLS];    /* by number */
};

struct store_model *store_model_new(void);
void store_model_destroy(struct store_model **model);

/* Makes the first one what the second is. */
void store_model_copy(struct store_model *to, const struct store_model *from);

/* Does the changes from *position on, and the zxid. */
void store_model_apply(struct store_model *model, const struct batch *batch, size_t *position);

/* Puts at most `changes_max` changes into the empty batch and does them; the next zxid. */
void store_model_step(struct store_model *model, struct rng *rng, uint32_t changes_max,
                      struct batch *batch);

/* Fills the empty model. Refuses with ERR_CORRUPT what has no place in it; aborts if anything is
 * loaded twice. */
struct store_sink store_model_sink(struct store_model *model);

/* All but the secret. */
bool store_model_equals(const struct store_model *one, const struct store_model *other);

#endif
