/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Events for people, from what nimbus answers to `events`: a line each, with a word before what is to be
 * looked at, so that it can be seen without colours. Pure; any thread.
 */
#ifndef CLI_VIEWS_EVENT_VIEW_H
#define CLI_VIEWS_EVENT_VIEW_H

#include <jansson.h>

#include "base/text.h"
#include "cli/views/style.h"

/* "2026-11-22 09:31:07  trouble  worker s1:0 of wc failed: exit 1 (by ada, cli)" */
void event_view_line(const json_t *event, struct text *text, enum style style);

#endif
