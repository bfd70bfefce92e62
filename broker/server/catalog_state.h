/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is in the catalog, as a value: of broker/server/catalog.c and of the file's format. Pure.
 */
#ifndef BROKER_SERVER_CATALOG_STATE_H
#define BROKER_SERVER_CATALOG_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "broker/protocol/types.h"
#include "broker/server/catalog.h"

/* Zero bytes are an empty one. */
struct catalog_state {
    struct kafka_uuid cluster_id;
    int32_t life;                  /* 0: none has begun */
    int64_t next_producer_id;      /* all below may have been given out */
    struct catalog_topic **topics; /* sorted */
    size_t topic_count;
    size_t topic_capacity;
    uint32_t partition_count; /* of all topics */
    struct catalog_deleted *deleted;
    size_t deleted_count;
    size_t deleted_capacity;
};

void catalog_state_done(struct catalog_state *state);

/* A topic with a copy of the name; to be put, or freed by catalog_topic_destroy(). */
struct catalog_topic *catalog_topic_new(const struct catalog_new_topic *from) MUST_USE;
void catalog_topic_destroy(struct catalog_topic **topic);

/* Where the topic is, or, if it is not there, where it would be. */
bool catalog_state_find(const struct catalog_state *state, struct kafka_string name,
                        size_t *ret_place);

/* The topic at the place or beside it whose name collides with this one, which is not there. NULL: none. */
struct catalog_topic *catalog_state_find_colliding(const struct catalog_state *state,
                                                   struct kafka_string name);

/* Takes the topic over. No topic of this name is there. */
void catalog_state_put(struct catalog_state *state, struct catalog_topic *topic);

/* Takes it out, and hands it over. */
struct catalog_topic *catalog_state_take(struct catalog_state *state, struct kafka_string name);

void catalog_state_resize(struct catalog_state *state, struct catalog_topic *topic,
                          int32_t partition_count);

/* The name is copied. */
void catalog_state_put_deleted(struct catalog_state *state, const struct catalog_deleted *deleted);

/* NULL if there is none. */
const struct catalog_deleted *catalog_state_find_deleted(const struct catalog_state *state,
                                                         struct kafka_string name);

/* Nothing if it is not there. */
void catalog_state_remove_deleted(struct catalog_state *state, const struct kafka_uuid *id);

#endif
