/* SPDX-License-Identifier: Apache-2.0 */
#include "ui/io/streams.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/monitor.h"
#include "tests/support/suite.h"

#define SOON_NS  1000000ull
#define NEVER_NS (3600ull * 1000000000)

/* ---- a cluster that is what the test says ---- */

static struct monitor monitor; /* NOLINT(*-non-const-global-variables): handlers have no context */
static unsigned tick;          /* NOLINT(*-non-const-global-variables) */
static unsigned last_event;    /* NOLINT(*-non-const-global-variables) */
static unsigned asked;         /* NOLINT(*-non-const-global-variables): for figures of "a" */
static bool is_down;           /* NOLINT(*-non-const-global-variables) */

static void answer_pulse(struct handling *handling)
{
    monitor_enter(&monitor);
    if (is_down)
        answer_refuse(handling, CONTROL_UNAVAILABLE, "nimbus gives no answer");
    else
        answer_json(handling, json_pack("{s:i}", "tick", (int)++tick));
    monitor_leave(&monitor);
}

static void answer_figures(struct handling *handling)
{
    const char *name = request_param(handling->request, "name");

    monitor_enter(&monitor);
    asked += strcmp(name, "a") == 0;
    if (strcmp(name, "none") == 0)
        answer_refuse(handling, CONTROL_NOT_FOUND, "there is no topology 'none'");
    else
        answer_json(handling, json_pack("{s:i, s:s}", "tick", (int)tick, "name", name));
    monitor_leave(&monitor);
}

static void answer_events(struct handling *handling)
{
    json_t *events = json_array();
    int64_t after = 0;

    monitor_enter(&monitor);
    if (request_number(handling, "after", 0, INT32_MAX, 0, &after)) {
        for (unsigned id = (unsigned)after + 1; id <= last_event; id++)
            json_array_append_new(events, json_pack("{s:i}", "id", (int)id));
        answer_json(handling, json_pack("{s:o, s:i, s:i}", "events", events, "first_id", 1,
                                        "last_id", (int)last_event));
    }
    monitor_leave(&monitor);
}

static const struct route routes[] = {
    {HTTP_GET, "/api/v2/pulse", ROUTE_READ, answer_pulse},
    {HTTP_GET, "/api/v2/events", ROUTE_READ, answer_events},
    {HTTP_GET, "/api/v2/topologies/{name}/figures", ROUTE_READ, answer_figures},
};
static const struct router router = {.count = 1, .tables = {{routes, COUNT_OF(routes)}}};

static void forget(void *context)
{
    (void)context;
}

static struct streams *start(size_t viewers_max, uint64_t interval_ns, uint64_t comment_ns)
{
    struct streams_options options = {
        .dispatch = {.router = &router},
        .forget = forget,
        .viewers_max = viewers_max,
        .interval_ns = interval_ns,
        .comment_ns = comment_ns,
    };
    struct streams *streams = NULL;

    tick = last_event = asked = 0;
    is_down = false;
    monitor_init(&monitor);
    ck_assert_int_eq(streams_start(&options, &streams, NULL), ERR_OK);
    return streams;
}

static void finish(struct streams *streams)
{
    streams_destroy(&streams);
    monitor_done(&monitor);
}

/* ---- a viewer that waits as a connection does ---- */

struct seat {
    struct viewer *viewer;
    struct monitor monitor;
    bool is_paused;
    struct text seen;
};

static void set_paused(struct seat *seat, bool is_paused)
{
    monitor_enter(&seat->monitor);
    seat->is_paused = is_paused;
    monitor_tell(&seat->monitor);
    monitor_leave(&seat->monitor);
}

static void rest(void *context)
{
    set_paused(context, true);
}

static void go_on(void *context)
{
    set_paused(context, false);
}

static void sit(struct streams *streams, const char *panels, const char *seen, struct seat *seat)
{
    struct viewer_port port = {.pause = rest, .resume = go_on, .context = seat};
    struct sse_panel list[SSE_PANELS_MAX];
    size_t count;

    *seat = (struct seat){.is_paused = false};
    monitor_init(&seat->monitor);
    ck_assert_int_eq(sse_panels_parse(panels, list, &count, NULL), ERR_OK);
    seat->viewer = viewer_open(streams, list, count, sse_id_parse(seen), &port);
    ck_assert_ptr_nonnull(seat->viewer);
}

static void stand_up(struct seat *seat)
{
    viewer_close(&seat->viewer);
    monitor_done(&seat->monitor);
    text_done(&seat->seen);
}

/* Reads in small pieces until the text is there, or it is the end. */
static bool read_until(struct seat *seat, const char *wanted)
{
    char piece[7];

    while (strstr(text_data(&seat->seen), wanted) == NULL) {
        long size = viewer_read(seat->viewer, piece, sizeof piece);

        if (size == VIEWER_ENDED)
            return false;
        text_add_bytes(&seat->seen, piece, (size_t)size);
        monitor_enter(&seat->monitor);
        while (seat->is_paused)
            (void)monitor_wait(&seat->monitor, UINT64_MAX);
        monitor_leave(&seat->monitor);
    }
    return true;
}

static size_t count_of(const struct seat *seat, const char *word)
{
    size_t count = 0;

    for (const char *at = text_data(&seat->seen); (at = strstr(at, word)) != NULL; at++)
        count++;
    return count;
}

/* ---- tests ---- */

START_TEST(a_viewer_sees_its_panels_with_each_tick)
{
    struct streams *streams = start(4, SOON_NS, NEVER_NS);
    struct seat seat;

    sit(streams, "pulse,topology:a", NULL, &seat);
    ck_assert(read_until(&seat, "event: pulse\n"));
    ck_assert(read_until(&seat, "event: figures\n"));
    ck_assert(read_until(&seat, "{\"panel\":\"topology:a\",\"tick\":"));
    ck_assert(read_until(&seat, ",\"name\":\"a\"}\n\n"));
    text_clear(&seat.seen);
    ck_assert(read_until(&seat, "data: {\"panel\":\"pulse\",\"tick\":"));
    stand_up(&seat);
    streams_end(streams);
    finish(streams);
}
END_TEST

START_TEST(many_viewers_of_one_thing_ask_for_it_once)
{
    struct streams *streams = start(64, NEVER_NS, NEVER_NS);
    struct seat seats[64];

    for (size_t i = 0; i < COUNT_OF(seats); i++) {
        sit(streams, "topology:a", NULL, &seats[i]);
        ck_assert(read_until(&seats[i], "\"name\":\"a\"}\n\n"));
    }
    monitor_enter(&monitor);
    ck_assert_uint_eq(asked, 1);
    monitor_leave(&monitor);
    ck_assert_uint_eq(streams_viewers(streams), 64);
    for (size_t i = 0; i < COUNT_OF(seats); i++)
        stand_up(&seats[i]);
    streams_end(streams);
    finish(streams);
}
END_TEST

START_TEST(there_are_no_more_viewers_than_may_be)
{
    struct streams *streams = start(1, NEVER_NS, NEVER_NS);
    struct sse_panel panel = {.kind = SSE_PULSE, .name = "pulse"};
    struct viewer_port port = {.pause = rest, .resume = go_on};
    struct seat seat;

    sit(streams, "pulse", NULL, &seat);
    ck_assert_ptr_null(viewer_open(streams, &panel, 1, (struct sse_id){0}, &port));
    stand_up(&seat);
    sit(streams, "pulse", NULL, &seat);
    stand_up(&seat);
    streams_end(streams);
    finish(streams);
}
END_TEST

/* Until so many pulses were seen. */
static void read_pulses(struct seat *seat, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        text_clear(&seat->seen);
        ck_assert(read_until(seat, "\"tick\":"));
        ck_assert(read_until(seat, "}\n\n"));
    }
}

static unsigned last_tick(const struct seat *seat)
{
    return (unsigned)strtoul(strstr(text_data(&seat->seen), "\"tick\":") + 7, NULL, 10);
}

START_TEST(who_does_not_read_goes_on_with_the_newest)
{
    struct streams *streams = start(4, SOON_NS, NEVER_NS);
    struct seat slow;
    struct seat quick;

    sit(streams, "pulse", NULL, &slow);
    sit(streams, "pulse", NULL, &quick);
    read_pulses(&slow, 1);
    unsigned first = last_tick(&slow);
    read_pulses(&quick, 20);
    unsigned newest = last_tick(&quick);
    read_pulses(&slow, 1);
    ck_assert_uint_ge(last_tick(&slow), newest);
    ck_assert_uint_gt(newest, first + 10);
    stand_up(&slow);
    stand_up(&quick);
    streams_end(streams);
    finish(streams);
}
END_TEST

static void set_last_event(unsigned id)
{
    monitor_enter(&monitor);
    last_event = id;
    monitor_leave(&monitor);
}

START_TEST(events_come_once_and_go_on_where_a_viewer_left)
{
    struct streams *streams = start(4, SOON_NS, NEVER_NS);
    struct seat seat;

    set_last_event(3);
    sit(streams, "events", NULL, &seat);
    ck_assert(read_until(&seat,
                         "{\"panel\":\"events\",\"events\":[{\"id\":1},{\"id\":2},{\"id\":3}],"
                         "\"first_id\":1,\"last_id\":3}\n\n"));
    set_last_event(5);
    ck_assert(read_until(&seat, "\"events\":[{\"id\":4},{\"id\":5}]"));
    ck_assert_ptr_nonnull(strstr(text_data(&seat.seen), "-5\n"));
    stand_up(&seat);

    sit(streams, "events", "9-4", &seat);
    ck_assert(read_until(&seat, "\"events\":[{\"id\":5}]"));
    stand_up(&seat);
    streams_end(streams);
    finish(streams);
}
END_TEST

START_TEST(another_nimbus_counts_its_events_anew)
{
    struct streams *streams = start(4, SOON_NS, NEVER_NS);
    struct seat seat;
    struct seat late;

    set_last_event(9);
    sit(streams, "events", NULL, &seat);
    ck_assert(read_until(&seat, "\"last_id\":9}"));
    set_last_event(2);
    ck_assert(read_until(&seat, "[{\"id\":1},{\"id\":2}]"));
    sit(streams, "events", "9-900", &late);
    ck_assert(read_until(&late, "[{\"id\":1},{\"id\":2}]"));
    stand_up(&seat);
    stand_up(&late);
    streams_end(streams);
    finish(streams);
}
END_TEST

static void set_down(bool is_down_now)
{
    monitor_enter(&monitor);
    is_down = is_down_now;
    monitor_leave(&monitor);
}

START_TEST(trouble_is_told_once_and_its_end_is_seen)
{
    struct streams *streams = start(4, SOON_NS, NEVER_NS);
    struct seat seat;
    struct seat late;

    sit(streams, "topology:a", NULL, &seat);
    ck_assert(read_until(&seat, "event: figures\n"));
    set_down(true);
    ck_assert(read_until(&seat, "event: trouble\n"));
    ck_assert(read_until(&seat, "data: {\"text\":\"nimbus gives no answer\"}\n\n"));
    sit(streams, "pulse,topology:b", NULL, &late);
    ck_assert(read_until(&late, "event: trouble\n"));
    text_clear(&seat.seen);
    set_down(false);
    ck_assert(read_until(&seat, "event: figures\n"));
    ck_assert(read_until(&late, "event: figures\n"));
    ck_assert_uint_eq(count_of(&late, "event: trouble"), 1);
    ck_assert_uint_eq(count_of(&seat, "event: trouble"), 0);
    stand_up(&seat);
    stand_up(&late);
    streams_end(streams);
    finish(streams);
}
END_TEST

START_TEST(what_is_not_there_is_gone_once)
{
    struct streams *streams = start(4, SOON_NS, NEVER_NS);
    struct seat seat;

    sit(streams, "topology:none,pulse", NULL, &seat);
    ck_assert(read_until(&seat, "event: gone\n"));
    ck_assert(read_until(
        &seat, "{\"panel\":\"topology:none\",\"text\":\"there is no topology 'none'\"}\n\n"));
    for (int i = 0; i < 5; i++) {
        read_pulses(&seat, 1);
        ck_assert_uint_eq(count_of(&seat, "event: gone"), 0);
    }
    stand_up(&seat);
    streams_end(streams);
    finish(streams);
}
END_TEST

START_TEST(silence_is_broken_by_comments)
{
    struct streams *streams = start(4, SOON_NS, SOON_NS);
    struct seat seat;

    sit(streams, "topology:none", NULL, &seat);
    ck_assert(read_until(&seat, "event: gone\n"));
    ck_assert(read_until(&seat, "\n\n: still here\n\n: still here\n\n"));
    stand_up(&seat);
    streams_end(streams);
    finish(streams);
}
END_TEST

static void *end(void *context)
{
    streams_end(context);
    return NULL;
}

START_TEST(the_end_is_seen_by_who_waits)
{
    struct streams *streams = start(4, NEVER_NS, NEVER_NS);
    struct seat seat;
    pthread_t thread;

    sit(streams, "pulse", NULL, &seat);
    ck_assert(read_until(&seat, "\n\n"));
    ck_assert_int_eq(monitor_start_thread(end, streams, &thread, NULL), ERR_OK);
    ck_assert(!read_until(&seat, "what never comes"));
    ck_assert_int_eq(pthread_join(thread, NULL), 0);
    stand_up(&seat);
    finish(streams);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        a_viewer_sees_its_panels_with_each_tick,
        many_viewers_of_one_thing_ask_for_it_once,
        there_are_no_more_viewers_than_may_be,
        who_does_not_read_goes_on_with_the_newest,
        events_come_once_and_go_on_where_a_viewer_left,
        another_nimbus_counts_its_events_anew,
        trouble_is_told_once_and_its_end_is_seen,
        what_is_not_there_is_gone_once,
        silence_is_broken_by_comments,
        the_end_is_seen_by_who_waits,
    };

    return suite_run("streams", tests, COUNT_OF(tests));
}
