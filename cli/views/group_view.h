/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Groups of consumers for people; the answers are those of broker/client/console.h. Pure; any thread.
 */
#ifndef CLI_VIEWS_GROUP_VIEW_H
#define CLI_VIEWS_GROUP_VIEW_H

#include <jansson.h>

#include "base/text.h"

void group_view_list(const json_t *answer, struct text *text);

/* `answer` has "lag", the sum over all partitions, too. */
void group_view_group(const json_t *answer, struct text *text);

/* {"group", "topic", "partitions": [{"partition", "before" or null, "after"}]} */
void group_view_reset(const json_t *answer, struct text *text);

#endif
