/* SPDX-License-Identifier: Apache-2.0 */
#include "coord/recipes/line.h"

#include "base/assert.h"

#define SERIAL_BITS 24
#define SERIAL_MASK ((1u << SERIAL_BITS) - 1)

void line_init(struct line *line, uint32_t number, uint32_t channel)
{
    ASSERT(number != 0);
    ASSERT(channel < 256);
    *line = (struct line){
        .prefix = (uint64_t)number << 32 | channel << SERIAL_BITS,
    };
}

static enum line_news connect(struct line *line, int64_t session_id)
{
    bool is_over = line->session_id != 0 && line->session_id != session_id;

    line->is_connected = true;
    line->session_id = session_id;
    if (!is_over)
        return LINE_BACK;
    line->call_tag = 0;
    line->watch_tag = 0;
    return LINE_OVER;
}

static enum line_news expire(struct line *line)
{
    line->is_connected = false;
    line->session_id = 0;
    line->call_tag = 0;
    line->watch_tag = 0;
    return LINE_OVER;
}

bool line_is_dead(enum coord_error error)
{
    return error == COORD_SESSION_EXPIRED || error == COORD_INVALID_STATE ||
           error == COORD_CLOSING || error == COORD_UNKNOWN_SESSION;
}

bool line_is_unknown(enum coord_error error)
{
    return error == COORD_CONNECTION_LOSS || error == COORD_OPERATION_TIMEOUT ||
           error == COORD_REQUEST_TIMEOUT || error == COORD_SESSION_MOVED || line_is_dead(error);
}

/* A node that does not exist is watched by EXISTS alone. */
static bool sets_watch(const struct coord_event *event)
{
    return event->error == COORD_OK ||
           (event->error == COORD_NO_NODE && event->call == COORD_EXISTS);
}

static enum line_news answer(struct line *line, const struct coord_event *event)
{
    if (line->call_tag == 0 || event->tag != line->call_tag)
        return LINE_QUIET;
    line->call_tag = 0;
    if (line_is_dead(event->error))
        line->is_connected = false; /* until an event says so, nothing is sent */
    if (line_is_unknown(event->error))
        return LINE_LOST;
    if (line->call_watches && sets_watch(event))
        line->watch_tag = event->tag;
    return LINE_ANSWERED;
}

static enum line_news change(struct line *line, const struct coord_event *event)
{
    if (event->tag != 0 && event->tag == line->watch_tag) {
        line->watch_tag = 0;
        return LINE_CHANGED;
    }
    if (event->tag != 0 && event->tag == line->call_tag)
        line->call_watches = false; /* fired before its answer was seen: it is not set any more */
    return LINE_QUIET;
}

enum line_news line_step(struct line *line, const struct coord_event *event)
{
    switch (event->kind) {
    case COORD_CONNECTED:
        return connect(line, event->session_id);
    case COORD_DISCONNECTED:
    case COORD_REFUSED:
        line->is_connected = false;
        return LINE_AWAY;
    case COORD_EXPIRED:
        return expire(line);
    case COORD_ANSWERED:
        return answer(line, event);
    case COORD_CHANGED:
        return change(line, event);
    }
    return LINE_QUIET;
}

bool line_is_free(const struct line *line)
{
    return line->is_connected && line->call_tag == 0;
}

bool line_has_watch(const struct line *line)
{
    return line->watch_tag != 0;
}

void line_drop_call(struct line *line)
{
    line->call_tag = 0;
}

void line_drop_watch(struct line *line)
{
    line->watch_tag = 0;
}

void line_send(struct line *line, const struct coord_call *call, struct coord_calls *calls)
{
    struct coord_call tagged = *call;

    ASSERT(line_is_free(line));
    line->serial = line->serial % SERIAL_MASK + 1; /* never 0 */
    tagged.tag = line->prefix | line->serial;
    line->call_tag = tagged.tag;
    line->call_watches = call->watch;
    if (call->watch)
        line->watch_tag = 0;
    coord_calls_push(calls, &tagged);
}
