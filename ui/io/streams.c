/* SPDX-License-Identifier: Apache-2.0 */
#include "ui/io/streams.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/clock.h"
#include "base/list.h"
#include "base/mem.h"
#include "base/monitor.h"

#define RETRY_NS 100000000ull /* after a look that came before the next tick */

enum {
    RETRIES_MAX = 15, /* in a row */
};

/* Data that several viewers write at their own pace. */
struct frame {
    size_t users;
    struct text text;
};

/* Something that is looked at, by one or many. */
struct panel {
    struct list_node in_list;
    struct sse_panel what;
    size_t users;     /* viewers, and the thread while it asks */
    uint64_t version; /* of the frame; 0: there is none yet */
    const char *event;
    struct frame *frame;
};

/* The events behind one that a viewer has seen. */
struct news {
    uint64_t after;
    uint64_t last;
    struct frame *frame; /* NULL: none were put together yet */
};

struct viewer {
    struct streams *streams;
    struct viewer_port port;
    struct list_node in_list;
    size_t count;
    struct panel *panels[SSE_PANELS_MAX];
    uint64_t seen[SSE_PANELS_MAX]; /* versions */
    uint64_t seen_event;
    uint64_t seen_trouble; /* version */
    uint64_t silent_since_ns;
    bool is_paused;
    bool wants_comment;
    struct text head;    /* is written first */
    size_t head_at;      /* of it, what was written */
    struct frame *frame; /* and then this; NULL: none */
    size_t frame_at;
};

struct streams {
    struct streams_options options;
    pthread_t thread;
    struct monitor monitor; /* of all below */
    struct list viewers;
    struct list panels;
    size_t viewer_count;
    bool is_ending;
    bool has_new_panel;
    uint64_t last_version; /* of any panel, and of the trouble */
    uint64_t tick;
    json_t *events; /* the last ones, oldest first */
    uint64_t first_event;
    uint64_t last_event;
    struct news news;      /* what was asked for last: nearly all have seen the same */
    struct frame *trouble; /* NULL: none */
    uint64_t trouble_version;
};

/* ---- frames ---- */

static void release(struct frame **frame)
{
    struct frame *old = TAKE(*frame);

    if (old == NULL || --old->users > 0)
        return;
    text_done(&old->text);
    free(old);
}

static struct frame *hold(struct frame *frame)
{
    frame->users++;
    return frame;
}

/* Takes the object over. */
static struct frame *make_frame(const char *panel, struct text *object)
{
    struct frame *frame = NEW(struct frame);
    struct text data;

    text_init(&data);
    if (panel == NULL)
        text_add(&data, "%s", text_data(object));
    else
        sse_add_data(panel, object, &data);
    sse_add_tail(text_data(&data), &frame->text);
    text_done(&data);
    text_done(object);
    frame->users = 1;
    return frame;
}

static bool is_same(const struct frame *left, const struct frame *right)
{
    return left != NULL && right != NULL && text_size(&left->text) == text_size(&right->text) &&
           memcmp(text_data(&left->text), text_data(&right->text), text_size(&left->text)) == 0;
}

static uint64_t number_of(const json_t *object, const char *name)
{
    json_int_t number = json_integer_value(json_object_get(object, name));

    return number < 0 ? 0 : (uint64_t)number;
}

/* ---- events ---- */

static void add_events(struct streams *streams, const json_t *answer)
{
    json_t *event;
    size_t index;

    json_array_foreach(json_object_get(answer, "events"), index, event)
    {
        (void)json_array_append(streams->events, event);
        streams->last_event = number_of(event, "id");
    }
    while (json_array_size(streams->events) > STREAMS_EVENTS_MAX)
        (void)json_array_remove(streams->events, 0);
    streams->first_event = number_of(answer, "first_id");
}

/* What nobody knows cannot have been seen: another nimbus counts its events anew. */
static void correct_viewers(struct streams *streams)
{
    for (struct list_node *node = list_first(&streams->viewers); node != NULL;
         node = list_next(&streams->viewers, node)) {
        struct viewer *viewer = CONTAINER_OF(node, struct viewer, in_list);

        if (viewer->seen_event > streams->last_event)
            viewer->seen_event = 0;
    }
}

static void restart_events(struct streams *streams)
{
    (void)json_array_clear(streams->events);
    streams->last_event = 0;
}

static struct frame *make_news(const struct streams *streams, uint64_t after)
{
    json_t *events = json_array();
    struct text object;
    json_t *event;
    size_t index;

    json_array_foreach(streams->events, index, event)
    {
        if (number_of(event, "id") > after)
            (void)json_array_append(events, event);
    }
    json_t *json =
        json_pack("{s:o, s:I, s:I}", "events", events, "first_id", (json_int_t)streams->first_event,
                  "last_id", (json_int_t)streams->last_event);
    char *dumped = json_dumps(json, JSON_COMPACT);
    json_decref(json);
    text_init(&object);
    text_add(&object, "%s", dumped);
    free(dumped);
    return make_frame(sse_kind_name(SSE_EVENTS), &object);
}

static struct frame *find_news(struct streams *streams, uint64_t after)
{
    struct news *news = &streams->news;

    if (news->frame == NULL || news->after != after || news->last != streams->last_event) {
        release(&news->frame);
        *news = (struct news){
            .after = after, .last = streams->last_event, .frame = make_news(streams, after)};
    }
    return hold(news->frame);
}

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
    say(viewer, "trouble", hold(streams->trouble));
    return true;
}

static bool say_panel(struct viewer *viewer, size_t index)
{
    const struct panel *panel = viewer->panels[index];
    struct streams *streams = viewer->streams;

    if (panel->what.kind == SSE_EVENTS && streams->last_event > viewer->seen_event) {
        struct frame *frame = find_news(streams, viewer->seen_event);

        viewer->seen_event = streams->last_event;
        say(viewer, sse_kind_name(SSE_EVENTS), frame);
        return true;
    }
    if (panel->frame == NULL || panel->version == viewer->seen[index])
        return false;
    viewer->seen[index] = panel->version;
    say(viewer, panel->event, hold(panel->frame));
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

static bool has_something(const struct viewer *viewer)
{
    const struct streams *streams = viewer->streams;

    if (viewer->wants_comment || streams->is_ending ||
        (streams->trouble != NULL && viewer->seen_trouble != streams->trouble_version))
        return true;
    for (size_t i = 0; i < viewer->count; i++) {
        const struct panel *panel = viewer->panels[i];

        if ((panel->what.kind == SSE_EVENTS && streams->last_event > viewer->seen_event) ||
            (panel->frame != NULL && panel->version != viewer->seen[i]))
            return true;
    }
    return false;
}

/* Who waits, and has something to read now, goes on. */
static void wake_viewers(struct streams *streams)
{
    uint64_t now_ns = clock_now_ns();

    for (struct list_node *node = list_first(&streams->viewers); node != NULL;
         node = list_next(&streams->viewers, node)) {
        struct viewer *viewer = CONTAINER_OF(node, struct viewer, in_list);

        if (now_ns >= viewer->silent_since_ns + streams->options.comment_ns)
            viewer->wants_comment = true;
        if (viewer->is_paused && has_something(viewer)) {
            viewer->is_paused = false;
            viewer->port.resume(viewer->port.context);
        }
    }
}

/* ---- looking ---- */

/* Takes the frame over. */
static void publish(struct streams *streams, struct panel *panel, const char *event,
                    struct frame *frame)
{
    if (is_same(panel->frame, frame)) {
        release(&frame);
        return;
    }
    release(&panel->frame);
    panel->frame = frame;
    panel->event = event;
    panel->version = ++streams->last_version;
}

static void take_events(struct streams *streams, const struct http_answer *answer, uint64_t after)
{
    json_t *json = json_loadb(text_data(&answer->body), text_size(&answer->body), 0, NULL);

    if (number_of(json, "last_id") < after)
        restart_events(streams);
    else
        add_events(streams, json);
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
static void take_answer(struct streams *streams, struct panel *panel, uint64_t after,
                        struct http_answer *answer)
{
    struct text text;

    if (answer->status == 200 && panel->what.kind == SSE_EVENTS) {
        take_events(streams, answer, after);
    } else if (answer->status == 200) {
        publish(streams, panel, sse_kind_name(panel->what.kind),
                make_frame(panel->what.name, &answer->body));
    } else if (answer->status < 500) {
        text = text_of(answer);
        publish(streams, panel, "gone", make_frame(panel->what.name, &text));
    }
}

static void leave_panel(struct panel *panel)
{
    if (--panel->users > 0)
        return;
    list_remove(&panel->in_list);
    release(&panel->frame);
    free(panel);
}

/* Outside of the monitor, as it takes as long as it takes. */
static void ask_panel(struct streams *streams, struct panel *panel, uint64_t after)
{
    struct text target;

    text_init(&target);
    sse_panel_target(&panel->what, after, &target);
    struct http_answer answer = dispatch_get(&streams->options.dispatch, text_data(&target));
    text_done(&target);

    monitor_enter(&streams->monitor);
    take_answer(streams, panel, after, &answer);
    leave_panel(panel);
    monitor_leave(&streams->monitor);
    http_answer_done(&answer);
}

/* The panels that are looked at; each is held. */
static size_t list_panels(struct streams *streams, struct panel ***ret_panels)
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

static void ask_panels(struct streams *streams)
{
    struct panel **panels;

    monitor_enter(&streams->monitor);
    size_t count = list_panels(streams, &panels);
    uint64_t after = streams->last_event;
    streams->has_new_panel = false;
    monitor_leave(&streams->monitor);
    for (size_t i = 0; i < count; i++)
        ask_panel(streams, panels[i], after);
    free(panels);
}

static void note_trouble(struct streams *streams, const struct http_answer *pulse)
{
    struct text text = text_of(pulse);
    struct frame *frame = make_frame(NULL, &text);

    monitor_enter(&streams->monitor);
    streams->has_new_panel = false;
    if (is_same(streams->trouble, frame)) {
        release(&frame);
    } else {
        release(&streams->trouble);
        streams->trouble = frame;
        streams->trouble_version = ++streams->last_version;
    }
    monitor_leave(&streams->monitor);
}

/* After trouble everything is said again: whoever was told of it sees that it is over. */
static void end_trouble(struct streams *streams)
{
    if (streams->trouble == NULL)
        return;
    release(&streams->trouble);
    for (struct list_node *node = list_first(&streams->panels); node != NULL;
         node = list_next(&streams->panels, node))
        release(&CONTAINER_OF(node, struct panel, in_list)->frame);
}

/* Whether the figures have gone on since the last look. Without ticks they always have. */
static bool note_pulse(struct streams *streams, const struct http_answer *pulse)
{
    json_t *json = json_loadb(text_data(&pulse->body), text_size(&pulse->body), 0, NULL);
    uint64_t tick = number_of(json, "tick");

    json_decref(json);
    monitor_enter(&streams->monitor);
    bool is_new = tick != streams->tick || tick == 0 || streams->trouble != NULL;
    bool is_wanted = is_new || streams->has_new_panel;
    streams->tick = tick;
    end_trouble(streams);
    monitor_leave(&streams->monitor);
    if (is_wanted)
        ask_panels(streams);
    return is_new;
}

/* False if it is too early: nothing has changed. */
static bool look(struct streams *streams)
{
    bool is_new = true;

    streams->options.forget(streams->options.context);
    struct http_answer pulse = dispatch_get(&streams->options.dispatch, "/api/v2/pulse");
    if (pulse.status == 200)
        is_new = note_pulse(streams, &pulse);
    else
        note_trouble(streams, &pulse);
    http_answer_done(&pulse);
    return is_new;
}

/* Until there is something to be looked at, at that time or at once. False: it is over. */
static bool await(struct streams *streams, uint64_t next_ns)
{
    monitor_enter(&streams->monitor);
    wake_viewers(streams);
    while (!streams->is_ending && !streams->has_new_panel &&
           (streams->viewer_count == 0 || clock_now_ns() < next_ns))
        (void)monitor_wait(&streams->monitor, streams->viewer_count == 0 ? UINT64_MAX : next_ns);
    bool goes_on = !streams->is_ending;
    monitor_leave(&streams->monitor);
    return goes_on;
}

/* The looks fall into step with nimbus: one that comes too early is soon repeated. */
static void *run(void *context)
{
    struct streams *streams = context;
    uint64_t next_ns = 0;
    unsigned retries = 0;

    while (await(streams, next_ns)) {
        uint64_t begin_ns = clock_now_ns();
        bool is_new = look(streams);

        retries = is_new ? 0 : retries + 1;
        next_ns = retries > 0 && retries < RETRIES_MAX ? clock_now_ns() + RETRY_NS
                                                       : begin_ns + streams->options.interval_ns;
    }
    return NULL;
}

/* ---- their life ---- */

enum err streams_start(const struct streams_options *options, struct streams **ret_streams,
                       struct error *error)
{
    struct streams *streams = NEW(struct streams);

    streams->options = *options;
    streams->events = json_array();
    list_init(&streams->viewers);
    list_init(&streams->panels);
    monitor_init(&streams->monitor);
    enum err err = monitor_start_thread(run, streams, &streams->thread, error);
    if (err == ERR_OK) {
        *ret_streams = streams;
    } else {
        streams->is_ending = true;
        streams_destroy(&streams);
    }
    return err;
}

void streams_end(struct streams *streams)
{
    monitor_enter(&streams->monitor);
    streams->is_ending = true;
    monitor_tell(&streams->monitor);
    monitor_leave(&streams->monitor);
    (void)pthread_join(streams->thread, NULL);
    monitor_enter(&streams->monitor);
    wake_viewers(streams);
    monitor_leave(&streams->monitor);
}

void streams_destroy(struct streams **streams)
{
    if (*streams == NULL)
        return;
    ASSERT((*streams)->is_ending && list_is_empty(&(*streams)->viewers));
    release(&(*streams)->trouble);
    release(&(*streams)->news.frame);
    json_decref((*streams)->events);
    monitor_done(&(*streams)->monitor);
    free(*streams);
    *streams = NULL;
}

/* ---- viewers ---- */

static struct panel *find_panel(struct streams *streams, const struct sse_panel *what)
{
    for (struct list_node *node = list_first(&streams->panels); node != NULL;
         node = list_next(&streams->panels, node)) {
        struct panel *panel = CONTAINER_OF(node, struct panel, in_list);

        if (strcmp(panel->what.name, what->name) == 0)
            return panel;
    }
    struct panel *panel = NEW(struct panel);
    panel->what = *what;
    list_push_last(&streams->panels, &panel->in_list);
    streams->has_new_panel = true;
    return panel;
}

static struct viewer *make_viewer(struct streams *streams, const struct sse_panel *panels,
                                  size_t count, struct sse_id seen)
{
    struct viewer *viewer = NEW(struct viewer);

    viewer->streams = streams;
    viewer->count = count;
    viewer->seen_event = seen.event;
    viewer->silent_since_ns = clock_now_ns();
    for (size_t i = 0; i < count; i++) {
        viewer->panels[i] = find_panel(streams, &panels[i]);
        viewer->panels[i]->users++;
    }
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
        leave_panel(old->panels[i]);
    release(&old->frame);
    monitor_leave(&streams->monitor);
    text_done(&old->head);
    free(old);
}

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
    release(&viewer->frame);
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

size_t streams_viewers(struct streams *streams)
{
    monitor_enter(&streams->monitor);
    size_t count = streams->viewer_count;
    monitor_leave(&streams->monitor);
    return count;
}
