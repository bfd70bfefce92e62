/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which partitions a task of a spout reads: of the topics in order of their names, partition p of the
 * t-th belongs to task (t + p) mod n.
 *
 * Every task finds its own by itself, so there is no group whose members must agree, and no pause while
 * they do. A topic that gets more partitions takes none from the task that has it: new ones are added
 * somewhere, old ones stay. With another number of tasks all are spread anew, which is why the topology
 * is started anew then: each begins where the group's offsets were committed.
 *
 * Pure.
 */
#ifndef BROKER_CLIENT_SPREAD_H
#define BROKER_CLIENT_SPREAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define SPREAD_TOPICS_MAX 256 /* of one spout */
#define SPREAD_NAME_MAX   249 /* bytes of a topic's name; Kafka's limit */

/* Topics in order of their names, each once. */
struct spread_topics {
    uint32_t count;
    char *names[SPREAD_TOPICS_MAX];
};

/* Reads "a,b"; spaces around names do not count. Errors: none, too many, or no name for a topic. */
enum err spread_topics_parse(const char *text, struct spread_topics *ret_topics,
                             struct error *error) MUST_USE;
void spread_topics_done(struct spread_topics *topics);

/* UINT32_MAX if it is none of them. */
uint32_t spread_topics_find(const struct spread_topics *topics, const char *name);

/* Whether a topic may be called so. */
bool spread_is_name(const char *name);

/* Of `tasks`, at least 1. partition >= 0. */
static inline uint32_t spread_owner(uint32_t topic, int32_t partition, uint32_t tasks)
{
    return (uint32_t)(((uint64_t)topic + (uint64_t)partition) % tasks);
}

#endif
