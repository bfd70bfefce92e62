/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Topics of the log for people; the answers are those of broker/client/console.h. Pure; any thread.
 */
#ifndef CLI_VIEWS_TOPIC_VIEW_H
#define CLI_VIEWS_TOPIC_VIEW_H

#include <jansson.h>

#include "base/text.h"

void topic_view_list(const json_t *answer, struct text *text);

/* One topic after the other, parted by an empty line. */
void topic_view_topics(const json_t *answer, struct text *text);

#endif
