/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "ui/io/stream_parts.h"

/* ---- panels ---- */

static struct panel *find(struct streams *streams, const struct sse_panel *what)
{
    for (struct list_node *node = list_first(&streams->panels); node != NULL;
         node = list_next(&streams->panels, node)) {
        struct panel *panel = CONTAINER_OF(node, struct panel, in_list);

        if (strcmp(panel->what.name, what->name) == 0)
            return panel;
    }
    return NULL;
}

struct panel *board_join(struct streams *streams, const struct sse_panel *what)
{
    struct panel *panel = find(streams, what);

    if (panel == NULL) {
        panel = NEW(struct panel);
        panel->what = *what;
        list_push_last(&streams->panels, &panel->in_list);
        streams->has_new_panel = true;
    }
    panel->users++;
    return panel;
}

void board_leave(struct panel *panel)
{
    if (--panel->users > 0)
        return;
    list_remove(&panel->in_list);
    frame_release(&panel->frame);
    free(panel);
}

size_t board_list(struct streams *streams, struct panel ***ret_panels)
{
    size_t count = 0;
    size_t capacity = 0;
    struct panel **panels = NULL;

    for (struct list_node *node = list_first(&streams->panels); node != NULL;
         node = list_next(&streams->panels, node)) {
        if (count == capacity) {
            capacity = capacity * 2 + 8;
            panels = mem_resize(panels, capacity, sizeof(struct panel *));
        }
        panels[count] = CONTAINER_OF(node, struct panel, in_list);
        panels[count++]->users++;
    }
    *ret_panels = panels;
    return count;
}

/* ---- what was seen ---- */

/* Takes the frame over. */
static void publish(struct streams *streams, struct panel *panel, const char *event,
                    struct frame *frame)
{
    if (frame_is_same(panel->frame, frame)) {
        frame_release(&frame);
        return;
    }
    frame_release(&panel->frame);
    panel->frame = frame;
    panel->event = event;
    panel->version = ++streams->last_version;
}

/* What nobody knows cannot have been seen: another nimbus counts its events anew. */
static void correct_viewers(struct streams *streams)
{
    for (struct list_node *node = list_first(&streams->viewers); node != NULL;
         node = list_next(&streams->viewers, node)) {
        struct viewer *viewer = CONTAINER_OF(node, struct viewer, in_list);

        if (viewer->seen_event > streams->events.last)
            viewer->seen_event = 0;
    }
}

static void take_events(struct streams *streams, const struct http_answer *answer, uint64_t after)
{
    json_t *json = json_loadb(text_data(&answer->body), text_size(&answer->body), 0, NULL);

    stream_events_take(&streams->events, json, after);
    correct_viewers(streams);
    json_decref(json);
}

/* The error's text, for who is told that something is gone, or that there is trouble. */
static struct text text_of(const struct http_answer *answer)
{
    json_t *json = json_loadb(text_data(&answer->body), text_size(&answer->body), 0, NULL);
    const char *said = json_string_value(json_object_get(json_object_get(json, "error"), "text"));
    json_t *object = json_pack("{s:s}", "text", said == NULL ? "no answer" : said);
    char *dumped = json_dumps(object, JSON_COMPACT);
    struct text text;

    text_init(&text);
    text_add(&text, "%s", dumped);
    free(dumped);
    json_decref(object);
    json_decref(json);
    return text;
}

/* What cannot be had at the moment stays as it was: of that the pulse tells. */
void board_take(struct streams *streams, struct panel *panel, uint64_t after,
                struct http_answer *answer)
{
    struct text text;

    if (answer->status == 200 && panel->what.kind == SSE_EVENTS) {
        take_events(streams, answer, after);
    } else if (answer->status == 200) {
        publish(streams, panel, sse_kind_name(panel->what.kind),
                frame_new(panel->what.name, &answer->body));
    } else if (answer->status < 500) {
        text = text_of(answer);
        publish(streams, panel, "gone", frame_new(panel->what.name, &text));
    }
}

void board_note_trouble(struct streams *streams, const struct http_answer *pulse)
{
    struct text text = text_of(pulse);
    struct frame *frame = frame_new(NULL, &text);

    if (frame_is_same(streams->trouble, frame)) {
        frame_release(&frame);
        return;
    }
    frame_release(&streams->trouble);
    streams->trouble = frame;
    streams->trouble_version = ++streams->last_version;
}

void board_end_trouble(struct streams *streams)
{
    if (streams->trouble == NULL)
        return;
    frame_release(&streams->trouble);
    for (struct list_node *node = list_first(&streams->panels); node != NULL;
         node = list_next(&streams->panels, node))
        frame_release(&CONTAINER_OF(node, struct panel, in_list)->frame);
}

/* ---- who is woken ---- */

void board_wake(struct streams *streams)
{
    uint64_t now_ns = clock_now_ns();

    for (struct list_node *node = list_first(&streams->viewers); node != NULL;
         node = list_next(&streams->viewers, node)) {
        struct viewer *viewer = CONTAINER_OF(node, struct viewer, in_list);

        if (now_ns >= viewer->silent_since_ns + streams->options.comment_ns)
            viewer->wants_comment = true;
        if (viewer->is_paused && viewer_has_news(viewer)) {
            viewer->is_paused = false;
            viewer->port.resume(viewer->port.context);
        }
    }
}
