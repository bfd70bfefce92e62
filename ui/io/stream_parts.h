/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the streams (ui/io/streams.h) are made of. For them and their neighbours alone; all of it is inside of the
 * monitor, unless it is said otherwise.
 *
 *     streams.c       the thread that looks
 *     stream_board.c  what it has seen, panel by panel, and who is to be woken for it
 *     viewers.c       what one viewer is told of it, at its own pace
 */
#ifndef UI_IO_STREAM_PARTS_H
#define UI_IO_STREAM_PARTS_H

#include "base/list.h"
#include "base/monitor.h"
#include "ui/io/stream_events.h"
#include "ui/io/stream_frames.h"
#include "ui/io/streams.h"

/* Something that is looked at, by one or many. */
struct panel {
    struct list_node in_list;
    struct sse_panel what;
    size_t users;     /* viewers, and the thread while it asks */
    uint64_t version; /* of the frame; 0: there is none yet */
    const char *event;
    struct frame *frame;
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
    struct stream_events events;
    struct frame *trouble; /* NULL: none */
    uint64_t trouble_version;
};

/* ---- viewers.c ---- */

/* Whether it has something to read. */
bool viewer_has_news(const struct viewer *viewer);

/* ---- stream_board.c ---- */

/* The panel, which may be new, with one user more; and one less: it goes with the last. */
struct panel *board_join(struct streams *streams, const struct sse_panel *what);
void board_leave(struct panel *panel);

/* All panels, each with one user more. The caller frees the list. */
size_t board_list(struct streams *streams, struct panel ***ret_panels);

/* What a panel's GET was answered; of events, those behind `after`. */
void board_take(struct streams *streams, struct panel *panel, uint64_t after,
                struct http_answer *answer);

/* The pulse was not answered, and is again: then everything is said again, so that whoever was told of the trouble sees
 * that it is over. */
void board_note_trouble(struct streams *streams, const struct http_answer *pulse);
void board_end_trouble(struct streams *streams);

/* Who waits, and has something to read now, goes on. */
void board_wake(struct streams *streams);

#endif
