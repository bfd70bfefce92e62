/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/clock.h"
#include "base/mem.h"
#include "ui/io/stream_parts.h"

/* ---- what a viewer is to be told next ---- */

static void say(struct viewer *viewer, const char *event, struct frame *frame)
{
    struct sse_id id = {.tick = viewer->streams->tick, .event = viewer->seen_event};

    sse_add_head(event, id, &viewer->head);
    viewer->frame = frame;
}

static bool say_trouble(struct viewer *viewer)
{
    const struct streams *streams = viewer->streams;

    if (streams->trouble == NULL || viewer->seen_trouble == streams->trouble_version)
        return false;
    viewer->seen_trouble = streams->trouble_version;
    say(viewer, "trouble", frame_hold(streams->trouble));
    return true;
}

static bool say_panel(struct viewer *viewer, size_t index)
{
    const struct panel *panel = viewer->panels[index];
    struct streams *streams = viewer->streams;

    if (panel->what.kind == SSE_EVENTS && streams->events.last > viewer->seen_event) {
        struct frame *frame = stream_events_after(&streams->events, viewer->seen_event);

        viewer->seen_event = streams->events.last;
        say(viewer, sse_kind_name(SSE_EVENTS), frame);
        return true;
    }
    if (panel->frame == NULL || panel->version == viewer->seen[index])
        return false;
    viewer->seen[index] = panel->version;
    say(viewer, panel->event, frame_hold(panel->frame));
    return true;
}

static bool say_comment(struct viewer *viewer)
{
    if (!viewer->wants_comment)
        return false;
    sse_add_comment(&viewer->head);
    return true;
}

static bool say_something(struct viewer *viewer)
{
    bool is_said = say_trouble(viewer);

    for (size_t i = 0; i < viewer->count && !is_said; i++)
        is_said = say_panel(viewer, i);
    is_said = is_said || say_comment(viewer);
    if (is_said)
        viewer->wants_comment = false;
    return is_said;
}

bool viewer_has_news(const struct viewer *viewer)
{
    const struct streams *streams = viewer->streams;

    if (viewer->wants_comment || streams->is_ending ||
        (streams->trouble != NULL && viewer->seen_trouble != streams->trouble_version))
        return true;
    for (size_t i = 0; i < viewer->count; i++) {
        const struct panel *panel = viewer->panels[i];

        if ((panel->what.kind == SSE_EVENTS && streams->events.last > viewer->seen_event) ||
            (panel->frame != NULL && panel->version != viewer->seen[i]))
            return true;
    }
    return false;
}

/* ---- their life ---- */

static struct viewer *make_viewer(struct streams *streams, const struct sse_panel *panels,
                                  size_t count, struct sse_id seen)
{
    struct viewer *viewer = NEW(struct viewer);

    viewer->streams = streams;
    viewer->count = count;
    viewer->seen_event = seen.event;
    viewer->silent_since_ns = clock_now_ns();
    for (size_t i = 0; i < count; i++)
        viewer->panels[i] = board_join(streams, &panels[i]);
    list_push_last(&streams->viewers, &viewer->in_list);
    streams->viewer_count++;
    return viewer;
}

struct viewer *viewer_open(struct streams *streams, const struct sse_panel *panels, size_t count,
                           struct sse_id seen, const struct viewer_port *port)
{
    struct viewer *viewer = NULL;

    ASSERT(count <= SSE_PANELS_MAX);
    monitor_enter(&streams->monitor);
    if (streams->viewer_count < streams->options.viewers_max && !streams->is_ending) {
        viewer = make_viewer(streams, panels, count, seen);
        viewer->port = *port;
        monitor_tell(&streams->monitor);
    }
    monitor_leave(&streams->monitor);
    return viewer;
}

void viewer_close(struct viewer **viewer)
{
    struct viewer *old = TAKE(*viewer);

    if (old == NULL)
        return;
    struct streams *streams = old->streams;
    monitor_enter(&streams->monitor);
    list_remove(&old->in_list);
    streams->viewer_count--;
    for (size_t i = 0; i < old->count; i++)
        board_leave(old->panels[i]);
    frame_release(&old->frame);
    monitor_leave(&streams->monitor);
    text_done(&old->head);
    free(old);
}

/* ---- reading ---- */

static size_t copy(const struct text *from, size_t *at, char *bytes, size_t size)
{
    size_t left = text_size(from) - *at;
    size_t count = left < size ? left : size;

    memcpy(bytes, text_data(from) + *at, count);
    *at += count;
    return count;
}

/* 0: all of it was written before. */
static size_t write_some(struct viewer *viewer, char *bytes, size_t size)
{
    size_t count = copy(&viewer->head, &viewer->head_at, bytes, size);

    if (viewer->frame != NULL)
        count += copy(&viewer->frame->text, &viewer->frame_at, bytes + count, size - count);
    return count;
}

static void clear(struct viewer *viewer)
{
    text_clear(&viewer->head);
    viewer->head_at = 0;
    frame_release(&viewer->frame);
    viewer->frame_at = 0;
}

static long read_more(struct viewer *viewer, char *bytes, size_t size)
{
    size_t count = write_some(viewer, bytes, size);

    if (count == 0) {
        clear(viewer);
        if (viewer->streams->is_ending)
            return VIEWER_ENDED;
        if (say_something(viewer))
            count = write_some(viewer, bytes, size);
    }
    if (count > 0) {
        viewer->silent_since_ns = clock_now_ns();
        return (long)count;
    }
    viewer->is_paused = true;
    viewer->port.pause(viewer->port.context);
    return VIEWER_PAUSED;
}

long viewer_read(struct viewer *viewer, char *bytes, size_t size)
{
    struct streams *streams = viewer->streams;

    ASSERT(size > 0);
    monitor_enter(&streams->monitor);
    long count = read_more(viewer, bytes, size);
    monitor_leave(&streams->monitor);
    return count;
}
