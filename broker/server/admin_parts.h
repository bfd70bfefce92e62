/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the handlers of broker/server/admin.h share. What is handed out lives until the request is answered. Pure.
 */
#ifndef BROKER_SERVER_ADMIN_PARTS_H
#define BROKER_SERVER_ADMIN_PARTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attribute.h"
#include "base/err.h"
#include "broker/protocol/types.h"
#include "broker/server/service_parts.h"

/* What clients may do, which is all that Kafka knows: a bit 1 << n for each operation n. */
enum {
    ADMIN_TOPIC_OPERATIONS =
        0xdf8, /* read, write, create, delete, alter, describe, both of configs */
    ADMIN_CLUSTER_OPERATIONS =
        0x1fa0, /* create, alter, describe, cluster, both of configs, idempotent */
    ADMIN_OPERATIONS_UNASKED = INT32_MIN,
};

/* An array of zeroed elements; a count that is null or negative is 0. */
void *admin_array(struct service *service, const struct request *request, int32_t count,
                  size_t size) MUST_USE;

struct kafka_string admin_text(struct service *service, const struct request *request,
                               const char *format, ...) PRINTF_LIKE(3, 4);

/* Borrows it. */
struct kafka_string admin_string(const char *text);

/* A copy of the text with one character in front. */
struct kafka_string admin_join(struct service *service, const struct request *request, char first,
                               struct kafka_string rest);

bool admin_string_equals(struct kafka_string one, struct kafka_string other);

enum admin_occurrence {
    ADMIN_ONCE,
    ADMIN_FIRST, /* of several */
    ADMIN_AGAIN,
};

/* For each name whether it is there more than once: a small request must not ask for a huge answer by saying the same
 * over and over. A name that is null is there once. */
enum admin_occurrence *admin_find_repeated(struct service *service, const struct request *request,
                                           const struct kafka_string *names, int32_t count);

/* The code for clients of an error that the catalog or a log gave. */
int16_t admin_code(enum err err);

/* An answer to a part of a request: 0 and null if all is well. */
struct admin_verdict {
    int16_t code;
    struct kafka_string text; /* what to do about it */
};

struct admin_verdict admin_fine(void);
struct admin_verdict admin_refuse(struct service *service, const struct request *request,
                                  int16_t code, const char *format, ...) PRINTF_LIKE(4, 5);
struct admin_verdict admin_fail(struct service *service, const struct request *request,
                                const struct error *error);

/* ---- making topics (admin_make.c) ---- */

/* Looks at what is asked for, and stages it in the catalog. The name is one that the broker's clients may use. */
struct admin_verdict admin_stage_topic(struct service *service, const struct request *request,
                                       const struct catalog_new_topic *topic);

/* The staged topic is in the catalog: serves it. If its logs cannot be made it is taken out again. */
struct admin_verdict admin_host_topic(struct service *service, const struct request *request,
                                      struct kafka_string name);

/* The topics that were staged for deletion are out of the catalog: nobody is served any more, and the folders go. */
void admin_drop_topic(struct service *service, struct kafka_string name,
                      const struct kafka_uuid *id);

#endif
