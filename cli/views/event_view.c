/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/views/event_view.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "cli/answer.h"

/* As in logs, in UTC. */
static void add_time(uint64_t at_ms, struct text *text)
{
    time_t seconds = (time_t)(at_ms / 1000);
    struct tm parts;

    if (gmtime_r(&seconds, &parts) == NULL)
        return;
    text_add(text, "%04d-%02d-%02d %02d:%02d:%02d", parts.tm_year + 1900, parts.tm_mon + 1,
             parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec);
}

static void add_severity(const char *severity, struct text *text, enum style style)
{
    const char *word = strcmp(severity, "info") == 0 ? "" : severity;
    const char *begin = "";

    if (strcmp(word, "trouble") == 0)
        begin = style_red(style);
    else if (word[0] != '\0')
        begin = style_bold(style);
    text_add(text, "  %s", begin);
    answer_add_words(word, text);
    text_add(text, "%s%*s  ", begin[0] == '\0' ? "" : style_end(style),
             strlen(word) < 7 ? (int)(7 - strlen(word)) : 0, "");
}

static void add_actor(const json_t *event, struct text *text)
{
    const char *by = answer_text(event, "by");
    const char *via = answer_text(event, "via");

    if (by[0] == '\0' && via[0] == '\0')
        return;
    text_add(text, " (%s", by[0] == '\0' ? "" : "by ");
    answer_add_words(by, text);
    text_add(text, "%s", by[0] == '\0' || via[0] == '\0' ? "" : ", ");
    answer_add_words(via, text);
    text_add(text, ")");
}

void event_view_line(const json_t *event, struct text *text, enum style style)
{
    add_time(answer_count(event, "at_ms"), text);
    add_severity(answer_text(event, "severity"), text, style);
    answer_add_words(answer_text(event, "text"), text);
    add_actor(event, text);
    text_add(text, "\n");
}
