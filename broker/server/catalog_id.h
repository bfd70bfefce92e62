/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ids of 16 bytes as text: 22 characters of letters, digits, '-' and '_'. Pure; any thread.
 */
#ifndef BROKER_SERVER_CATALOG_ID_H
#define BROKER_SERVER_CATALOG_ID_H

#include <stdbool.h>

#include "base/attribute.h"
#include "base/rng.h"
#include "broker/protocol/types.h"

enum {
    CATALOG_ID_LENGTH = 22,
};

struct catalog_id_text {
    char text[CATALOG_ID_LENGTH + 1];
};

struct catalog_id_text catalog_id_write(const struct kafka_uuid *id);

/* False if it is not the text of an id. */
bool catalog_id_read(struct kafka_string text, struct kafka_uuid *ret_id) MUST_USE;

/* A random one, never all zero; its text does not begin with '-', which options of commands do. */
struct kafka_uuid catalog_id_make(struct rng *rng);

bool catalog_id_is_zero(const struct kafka_uuid *id);
bool catalog_id_equals(const struct kafka_uuid *one, const struct kafka_uuid *other);

#endif
