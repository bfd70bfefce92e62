/* SPDX-License-Identifier: Apache-2.0 */
#include "ui/io/stream_events.h"

#include <stdlib.h>

#include "ui/http/sse.h"
#include "ui/io/streams.h"
#include "ui/read.h"

void stream_events_init(struct stream_events *events)
{
    *events = (struct stream_events){.list = json_array()};
}

void stream_events_done(struct stream_events *events)
{
    frame_release(&events->news.frame);
    json_decref(events->list);
}

static void add(struct stream_events *events, const json_t *answer)
{
    json_t *event;
    size_t index;

    json_array_foreach(json_object_get(answer, "events"), index, event)
    {
        (void)json_array_append(events->list, event);
        events->last = read_count(event, "id");
    }
    while (json_array_size(events->list) > STREAMS_EVENTS_MAX)
        (void)json_array_remove(events->list, 0);
    events->first = read_count(answer, "first_id");
}

static void restart(struct stream_events *events)
{
    (void)json_array_clear(events->list);
    events->last = 0;
}

void stream_events_take(struct stream_events *events, const json_t *answer, uint64_t after)
{
    if (read_count(answer, "last_id") < after)
        restart(events);
    else
        add(events, answer);
}

static struct frame *make_news(const struct stream_events *events, uint64_t after)
{
    json_t *shown = json_array();
    struct text object;
    json_t *event;
    size_t index;

    json_array_foreach(events->list, index, event)
    {
        if (read_count(event, "id") > after)
            (void)json_array_append(shown, event);
    }
    json_t *json = json_pack("{s:o, s:I, s:I}", "events", shown, "first_id",
                             (json_int_t)events->first, "last_id", (json_int_t)events->last);
    char *dumped = json_dumps(json, JSON_COMPACT);
    json_decref(json);
    text_init(&object);
    text_add(&object, "%s", dumped);
    free(dumped);
    return frame_new(sse_kind_name(SSE_EVENTS), &object);
}

struct frame *stream_events_after(struct stream_events *events, uint64_t after)
{
    struct stream_news *news = &events->news;

    if (news->frame == NULL || news->after != after || news->last != events->last) {
        frame_release(&news->frame);
        *news = (struct stream_news){
            .after = after, .last = events->last, .frame = make_news(events, after)};
    }
    return frame_hold(news->frame);
}
