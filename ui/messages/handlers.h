/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The handlers of topics, records and groups of the log; ui/messages/routes.c says which path is whose.
 */
#ifndef UI_MESSAGES_HANDLERS_H
#define UI_MESSAGES_HANDLERS_H

#include "ui/handler.h"

void messages_topics(struct handling *handling);  /* topics.c */
void messages_topic(struct handling *handling);   /* topics.c */
void messages_records(struct handling *handling); /* records.c */
void messages_groups(struct handling *handling);  /* groups.c */
void messages_group(struct handling *handling);   /* groups.c */
void messages_reset(struct handling *handling);   /* reset.c */

#endif
