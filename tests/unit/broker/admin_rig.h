/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Asks a handler of broker/server/admin.h in any version that has a layout, advertised or not. The request is encoded
 * and decoded on its way to the handler, and so is the response on its way back: what a version does not have gets lost.
 * Catalog and logs are real, on files in memory; in the place of peers and slots (broker/server/service.c) there is this.
 */
#ifndef TESTS_UNIT_BROKER_ADMIN_RIG_H
#define TESTS_UNIT_BROKER_ADMIN_RIG_H

#include "base/settings.h"
#include "broker/protocol/apis.h"
#include "broker/protocol/arena.h"
#include "broker/protocol/errors.h"
#include "broker/protocol/messages.h"
#include "broker/server/admin.h"
#include "broker/server/service_parts.h"
#include "tests/support/sim_files.h"

#define RIG_HOST "broker.example"

enum {
    RIG_PORT = 9099,
    RIG_ID = 7,
    RIG_DEFAULT_PARTITIONS = 2,
    RIG_TOPICS_MAX = 20,
    RIG_PARTITIONS_MAX = 100,
};

struct rig {
    struct settings *settings;
    struct broker_options options;
    struct sim_files *sim;
    struct service *service;
    struct kafka_arena arena; /* of the handler, and then of what it answered */
    const struct kafka_api *api;
    int16_t version;
    void *response;  /* NULL: not answered yet */
    int changes;     /* that the shell was told of */
    char told[1024]; /* the last line that was told */
};

/* Begins with an empty data folder, in life 1. */
void rig_init(struct rig *rig);
void rig_done(struct rig *rig);

/* As after a power cut. */
void rig_restart(struct rig *rig);

/* The struct of the API's response, until the next question. */
const void *rig_ask(struct rig *rig, int16_t api, int16_t version, const void *request,
                    void (*handle)(struct service *service, const struct request *request));

/* Makes a topic, without asking for it. */
void rig_make_topic(struct rig *rig, const char *name, int32_t partitions);

/* Appends so many batches of one record to partition 0. */
void rig_append(struct rig *rig, const char *topic, int count);

struct kafka_string rig_text(const char *text);

/* Whether the text is this one, or, for NULL, null. */
bool rig_says(struct kafka_string text, const char *expected);
bool rig_mentions(struct kafka_string text, const char *part);

#endif
