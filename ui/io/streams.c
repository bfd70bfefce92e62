/* SPDX-License-Identifier: Apache-2.0 */
#include "ui/io/streams.h"

#include <stdlib.h>

#include "base/assert.h"
#include "base/clock.h"
#include "base/mem.h"
#include "ui/io/stream_parts.h"
#include "ui/read.h"

#define RETRY_NS 100000000ull /* after a look that came before the next tick */

enum {
    RETRIES_MAX = 15, /* in a row */
};

/* ---- looking ---- */

/* Outside of the monitor, as it takes as long as it takes. */
static void ask_panel(struct streams *streams, struct panel *panel, uint64_t after)
{
    struct text target;

    text_init(&target);
    sse_panel_target(&panel->what, after, &target);
    struct http_answer answer = dispatch_get(&streams->options.dispatch, text_data(&target));
    text_done(&target);

    monitor_enter(&streams->monitor);
    board_take(streams, panel, after, &answer);
    board_leave(panel);
    monitor_leave(&streams->monitor);
    http_answer_done(&answer);
}

static void ask_panels(struct streams *streams)
{
    struct panel **panels;

    monitor_enter(&streams->monitor);
    size_t count = board_list(streams, &panels);
    uint64_t after = streams->events.last;
    streams->has_new_panel = false;
    monitor_leave(&streams->monitor);
    for (size_t i = 0; i < count; i++)
        ask_panel(streams, panels[i], after);
    free(panels);
}

static void note_trouble(struct streams *streams, const struct http_answer *pulse)
{
    monitor_enter(&streams->monitor);
    streams->has_new_panel = false;
    board_note_trouble(streams, pulse);
    monitor_leave(&streams->monitor);
}

/* Whether the figures have gone on since the last look. Without ticks they always have. */
static bool note_pulse(struct streams *streams, const struct http_answer *pulse)
{
    json_t *json = json_loadb(text_data(&pulse->body), text_size(&pulse->body), 0, NULL);
    uint64_t tick = read_count(json, "tick");

    json_decref(json);
    monitor_enter(&streams->monitor);
    bool is_new = tick != streams->tick || tick == 0 || streams->trouble != NULL;
    bool is_wanted = is_new || streams->has_new_panel;
    streams->tick = tick;
    board_end_trouble(streams);
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
    board_wake(streams);
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
    stream_events_init(&streams->events);
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
    board_wake(streams);
    monitor_leave(&streams->monitor);
}

void streams_destroy(struct streams **streams)
{
    if (*streams == NULL)
        return;
    ASSERT((*streams)->is_ending && list_is_empty(&(*streams)->viewers));
    frame_release(&(*streams)->trouble);
    stream_events_done(&(*streams)->events);
    monitor_done(&(*streams)->monitor);
    free(*streams);
    *streams = NULL;
}

size_t streams_viewers(struct streams *streams)
{
    monitor_enter(&streams->monitor);
    size_t count = streams->viewer_count;
    monitor_leave(&streams->monitor);
    return count;
}
