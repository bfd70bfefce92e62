/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A recipe's line to the cluster state: it numbers the recipe's calls, knows which answer and which
 * watch are the recipe's own, and whether there is a connection. One call at a time is under way,
 * and one watch at a time is of interest; so a recipe is a loop: what do I know, what do I want,
 * hence which call comes next. An answer or a watch of an earlier call is nobody's and ignored.
 *
 * A tag is the recipe's number (upper 32 bits), the channel within the recipe (8 bits), and a serial
 * number of the call (24 bits). Pure; belongs to its recipe.
 */
#ifndef COORD_RECIPES_LINE_H
#define COORD_RECIPES_LINE_H

#include <stdbool.h>
#include <stdint.h>

#include "coord/call.h"
#include "coord/event.h"

enum line_news {
    LINE_QUIET,    /* not ours, or out of date */
    LINE_BACK,     /* there is a connection (again); the session is the one we know */
    LINE_AWAY,     /* there is none */
    LINE_OVER,     /* the session is over: what was ephemeral is gone, no watch is set */
    LINE_ANSWERED, /* the call under way was answered */
    LINE_LOST,     /* the call under way may have been done or not */
    LINE_CHANGED,  /* the watch fired */
};

struct line {
    uint64_t prefix;    /* of its tags */
    uint32_t serial;    /* of the last call */
    uint64_t call_tag;  /* 0: none under way */
    bool call_watches;  /* the call under way asks for a watch */
    uint64_t watch_tag; /* 0: none set */
    int64_t session_id; /* 0: none */
    bool is_connected;
};

/* Recipes that are used side by side have different numbers, not 0, and the lines of one recipe
 * different channels, below 256. */
void line_init(struct line *line, uint32_t number, uint32_t channel);

/* Whether a call answered with this may have been done or not. */
bool line_is_unknown(enum coord_error error);

/* ... and the session is of no use any more, which an event will say. */
bool line_is_dead(enum coord_error error);

/* Takes in what the event means for this line. */
enum line_news line_step(struct line *line, const struct coord_event *event);

/* Whether a call may be sent: connected, and none under way. */
bool line_is_free(const struct line *line);

/* Whether there is a watch that has not fired. */
bool line_has_watch(const struct line *line);

/* Nobody waits for the answer, or for the watch, any more. */
void line_drop_call(struct line *line);
void line_drop_watch(struct line *line);

/* Sends the call under a tag of this line. The line is free. A call that watches replaces the watch
 * of before. */
void line_send(struct line *line, const struct coord_call *call, struct coord_calls *calls);

#endif
