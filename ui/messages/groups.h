/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Consumer groups, as the log describes them, and what of them belongs to a topic. To know the groups of a topic each
 * group has to be asked for, so that is bounded in number and time.
 */
#ifndef UI_MESSAGES_GROUPS_H
#define UI_MESSAGES_GROUPS_H

#include <jansson.h>
#include <stdbool.h>

#include "base/attribute.h"
#include "ui/messages/session.h"

/* Descriptions of groups: those that could be had in time. The caller owns the list; *ret_is_complete says
 * whether they are all. */
json_t *groups_describe(struct handling *handling, struct session *session,
                        bool *ret_is_complete) MUST_USE;

/* TopicGroup of ui/api/schema.json, of each that has an offset or a member's partition in the topic. The caller owns it. Pure. */
json_t *groups_of_topic(const json_t *descriptions, const char *topic) MUST_USE;

/* GroupRow, of a description (NULL: only what `listed` says). The caller owns it. Pure. */
json_t *groups_row(const json_t *listed, const json_t *description) MUST_USE;

#endif
