/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the coordinator reads of a consumer's metadata, which is else opaque to it: the topics that it subscribes to.
 *
 *     version:i16 topics:[str] and more that does not matter here, big-endian, null texts refused
 *
 * Pure; any thread.
 */
#ifndef BROKER_GROUP_SUBSCRIPTION_H
#define BROKER_GROUP_SUBSCRIPTION_H

#include <stdbool.h>
#include <stdint.h>

#include "broker/protocol/types.h"

struct subscription {
    const unsigned char *data; /* the topics that were not taken yet */
    int32_t size;
    int32_t count;
};

/* False if it cannot be the metadata of a consumer. Borrows the bytes. */
bool subscription_open(struct kafka_bytes metadata, struct subscription *ret_subscription);

/* The next topic; false at the end, or where the bytes end too early. */
bool subscription_next(struct subscription *subscription, struct kafka_string *ret_topic);

/* Both can be read and name the same topics, in the same order. */
bool subscription_has_same_topics(struct kafka_bytes one, struct kafka_bytes other);

#endif
