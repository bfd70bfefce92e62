/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `gale coord watch`. Two watches stand on the node, one of its data and existence, one of its
 * children; each is set again by the read that answers its event.
 */
#include "base/assert.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"
#include "cli/commands/commands.h"
#include "cli/io/interrupt.h"
#include "cli/io/link.h"
#include "cli/io/terminal.h"
#include "cli/views/coord_view.h"

enum tag {
    TAG_NODE,     /* EXISTS: creation, data, deletion */
    TAG_CHILDREN, /* while the node is there */
    TAG_COUNT,
};

struct watcher {
    struct link *link;
    bool is_set[TAG_COUNT]; /* or being set */
    bool is_seen;           /* the first answer has come */
    bool is_there;
    struct message_stat stat;
    enum exit_code code; /* what it ends with; DONE: not yet */
};

static void print(struct watcher *watcher, const char *event, bool has_stat)
{
    const struct message_stat *stat = has_stat ? &watcher->stat : NULL;
    const char *path = link_show(watcher->link, watcher->link->path);
    uint64_t now_ms = clock_wall_ms();
    struct text text;

    text_init(&text);
    if (options_has(watcher->link->options, OPTION_JSON))
        coord_view_change_json(now_ms, event, path, stat, &text);
    else
        coord_view_change(now_ms, event, path, stat, &text);
    if (!terminal_write(&text))
        watcher->code = EXIT_CODE_FAILED;
    text_done(&text);
}

/* Reads, and sets the watch with it, if it is not set. */
static void look(struct watcher *watcher, enum tag tag)
{
    if (watcher->is_set[tag])
        return;
    watcher->is_set[tag] = true;
    coord_call(watcher->link->client,
               &(struct coord_call){.kind = tag == TAG_NODE ? COORD_EXISTS : COORD_CHILDREN,
                                    .path = watcher->link->path,
                                    .watch = true,
                                    .tag = tag});
}

/* A node that was deleted and created again since the last look is told as both. */
static void tell_node(struct watcher *watcher, const struct message_stat *stat)
{
    bool is_same = watcher->is_there && watcher->stat.czxid == stat->czxid;
    bool is_written = is_same && watcher->stat.mzxid != stat->mzxid;
    bool was_there = watcher->is_there;

    watcher->stat = *stat;
    watcher->is_there = true;
    if (!watcher->is_seen)
        print(watcher, "exists", true);
    else if (!is_same && was_there)
        print(watcher, "deleted", false);
    if (watcher->is_seen && !is_same)
        print(watcher, "created", true);
    else if (is_written)
        print(watcher, "data", true);
    watcher->is_seen = true;
}

static void tell_absence(struct watcher *watcher)
{
    if (!watcher->is_seen)
        print(watcher, "missing", false);
    else if (watcher->is_there)
        print(watcher, "deleted", false);
    watcher->is_there = false;
    watcher->is_seen = true;
}

static void take_node(struct watcher *watcher, const struct coord_event *answer)
{
    if (answer->error == COORD_NO_NODE) {
        tell_absence(watcher);
        return;
    }
    tell_node(watcher, &answer->stat);
    look(watcher, TAG_CHILDREN);
}

/* What is new of the children; the node itself is told by the other watch. */
static void take_children(struct watcher *watcher, const struct message_stat *stat)
{
    bool is_new = watcher->stat.pzxid != stat->pzxid && watcher->stat.czxid == stat->czxid;

    watcher->stat.pzxid = stat->pzxid;
    watcher->stat.cversion = stat->cversion;
    watcher->stat.children = stat->children;
    if (is_new)
        print(watcher, "children", true);
}

static void take_answer(struct watcher *watcher, const struct coord_event *answer)
{
    bool is_gone = answer->error == COORD_NO_NODE;

    if (answer->error != COORD_OK && !(is_gone && answer->tag == TAG_NODE))
        watcher->is_set[answer->tag] = false;
    if (answer->error == COORD_OK || is_gone) {
        if (answer->tag == TAG_NODE)
            take_node(watcher, answer);
        else if (!is_gone)
            take_children(watcher, &answer->stat);
    } else if (answer->error != COORD_CONNECTION_LOSS) {
        watcher->code = link_complain(watcher->link, EXIT_CODE_FAILED, "'%s': %s",
                                      watcher->link->path, coord_error_text(answer->error));
    }
}

static void take_change(struct watcher *watcher, const struct coord_event *event)
{
    watcher->is_set[event->tag] = false;
    /* What was deleted has no children, and what is created is looked at by the other watch. */
    if (event->tag == TAG_NODE || event->change != MESSAGE_NODE_DELETED)
        look(watcher, (enum tag)event->tag);
}

static void take(struct watcher *watcher, const struct coord_event *event)
{
    switch (event->kind) {
    case COORD_CONNECTED:
        print(watcher, "connected", false);
        look(watcher, TAG_NODE);
        if (watcher->is_there)
            look(watcher, TAG_CHILDREN);
        return;
    case COORD_DISCONNECTED:
        print(watcher, "connection_lost", false);
        return;
    case COORD_EXPIRED:
        print(watcher, "session_expired", false);
        watcher->is_set[TAG_NODE] = watcher->is_set[TAG_CHILDREN] = false;
        return;
    case COORD_REFUSED:
        watcher->code =
            link_complain(watcher->link, EXIT_CODE_FAILED, "the servers do not accept us any more");
        return;
    case COORD_ANSWERED:
        take_answer(watcher, event);
        return;
    case COORD_CHANGED:
        take_change(watcher, event);
        return;
    }
    UNREACHABLE();
}

static enum exit_code watch(struct link *link)
{
    struct watcher watcher = {.link = link};
    struct coord_event event;
    struct error error;
    int interrupt;

    if (interrupt_open(&interrupt, &error) != ERR_OK)
        return link_complain(link, EXIT_CODE_FAILED, "%s", error.text);
    look(&watcher, TAG_NODE);
    while (watcher.code == EXIT_CODE_DONE && !interrupt_await(interrupt, coord_fd(link->client))) {
        while (watcher.code == EXIT_CODE_DONE && coord_take(link->client, 0, &event)) {
            take(&watcher, &event);
            coord_event_done(&event);
        }
    }
    interrupt_close(interrupt);
    return watcher.code == EXIT_CODE_DONE ? EXIT_CODE_INTERRUPTED : watcher.code;
}

enum exit_code command_coord_watch(const struct options *options)
{
    struct link link;

    enum exit_code code = link_init(&link, options);
    if (code == EXIT_CODE_DONE)
        code = link_connect(&link);
    if (code == EXIT_CODE_DONE)
        code = watch(&link);
    link_done(&link);
    return code;
}
