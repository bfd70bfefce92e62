/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sim/coord_process.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "tests/sim/coord_frames.h"

enum {
    INBOX_MAX = 32, /* beyond it nothing is read from the connection */
    RETRY_MAX_US = 400 * 1000,
};

/* A call that was sent. */
struct asked {
    struct list_node node;
    struct coord_call call;
    int32_t xid;
    struct coord_history_mark mark;
};

/* A watch of one call, from its answer on. */
struct watch {
    struct list_node node;
    uint64_t tag;
    enum coord_frames_list list;
    char *path;
    int64_t seen; /* when it was set: mzxid, pzxid of a list; 0 if there was no node */
};

struct letter {
    struct list_node node;
    struct coord_event event;
};

static void redial(struct coord_process *process, uint64_t bound_us);
static void plan_owner(struct coord_process *process);

static uint64_t now_us(const struct coord_process *process)
{
    return process->agenda->now_us;
}

static bool is_asleep(const struct coord_process *process)
{
    return now_us(process) < process->asleep_us;
}

/* ---- the inbox ---- */

static void tell(struct coord_process *process, struct coord_event event)
{
    struct letter *letter = NEW(struct letter);

    letter->event = event;
    list_push_last(&process->inbox, &letter->node);
    process->inbox_count++;
    plan_owner(process);
}

static void answer_loss(struct coord_process *process, const struct coord_call *call)
{
    tell(process, (struct coord_event){
                      .kind = COORD_ANSWERED,
                      .tag = call->tag,
                      .call = call->kind,
                      .error = COORD_CONNECTION_LOSS,
                  });
}

/* ---- watches ---- */

static void drop_watch(struct watch *watch)
{
    list_remove(&watch->node);
    free(watch->path);
    free(watch);
}

static void drop_watches(struct coord_process *process)
{
    struct list_node *node;

    while ((node = list_first(&process->watches)) != NULL)
        drop_watch(CONTAINER_OF(node, struct watch, node));
}

/* Where the library keeps it, by the answer. */
static bool find_list(const struct coord_event *event, enum coord_frames_list *ret_list)
{
    if (event->error != COORD_OK && !(event->error == COORD_NO_NODE && event->call == COORD_EXISTS))
        return false;
    *ret_list = event->call == COORD_CHILDREN   ? COORD_FRAMES_CHILD
                : event->error == COORD_NO_NODE ? COORD_FRAMES_EXIST
                                                : COORD_FRAMES_DATA;
    return true;
}

static void set_watch(struct coord_process *process, const struct coord_call *call,
                      const struct coord_event *event)
{
    enum coord_frames_list list;

    if (!call->watch || !find_list(event, &list))
        return;
    struct watch *watch = NEW(struct watch);
    watch->tag = call->tag;
    watch->list = list;
    watch->path = mem_copy_text(call->path);
    watch->seen = list == COORD_FRAMES_CHILD ? event->stat.pzxid : event->stat.mzxid;
    list_push_last(&process->watches, &watch->node);
}

static bool is_fired_by(const struct watch *watch, int32_t change)
{
    if (change == MESSAGE_NODE_DELETED)
        return true;
    return (change == MESSAGE_NODE_CHILDREN_CHANGED) == (watch->list == COORD_FRAMES_CHILD);
}

/* Each watch hears of one change. */
static void fire(struct coord_process *process, struct jute_in *in)
{
    int32_t change = jute_get_int(in);
    (void)jute_get_int(in);
    AUTO(text_done) struct text path = {.size = 0};
    struct jute_bytes bytes = jute_get_bytes(in);
    struct list_node *next;
    bool has_fired = false;

    text_add_bytes(&path, bytes.data, bytes.size);
    for (struct list_node *node = list_first(&process->watches); node != NULL; node = next) {
        struct watch *watch = CONTAINER_OF(node, struct watch, node);
        next = list_next(&process->watches, node);
        if (!is_fired_by(watch, change) || strcmp(watch->path, text_data(&path)) != 0)
            continue;
        has_fired = true;
        tell(process, (struct coord_event){
                          .kind = COORD_CHANGED,
                          .tag = watch->tag,
                          .path = mem_copy_text(watch->path),
                          .change = (enum message_event)change,
                      });
        drop_watch(watch);
    }
    coord_trace_add(process->trace, "client %" PRIu32 ": event %" PRId32 " %s", process->number,
                    change, text_data(&path));
    if (!has_fired)
        coord_trace_complain(process->trace,
                             "client %" PRIu32 " has an event %" PRId32 " of '%s', and no watch",
                             process->number, change, text_data(&path));
}

/* A client sees the event of a watch before it sees what has changed. `stat` is NULL for a node
 * that is not there. */
static void check_watches(struct coord_process *process, const char *path,
                          const struct message_stat *stat)
{
    for (struct list_node *node = list_first(&process->watches); node != NULL;
         node = list_next(&process->watches, node)) {
        const struct watch *watch = CONTAINER_OF(node, struct watch, node);
        int64_t seen = stat == NULL                        ? 0
                       : watch->list == COORD_FRAMES_CHILD ? stat->pzxid
                                                           : stat->mzxid;
        if (strcmp(watch->path, path) == 0 && seen != watch->seen)
            coord_trace_complain(process->trace,
                                 "client %" PRIu32 " sees '%s' at %" PRId64
                                 " and has had no event since %" PRId64,
                                 process->number, path, seen, watch->seen);
    }
}

/* Several calls may watch one node; the server is told once. */
static bool is_first(struct coord_process *process, const struct watch *watch)
{
    const struct list_node *node = list_first(&process->watches);

    for (; node != &watch->node; node = list_next(&process->watches, node)) {
        const struct watch *before = CONTAINER_OF(node, struct watch, node);
        if (before->list == watch->list && strcmp(before->path, watch->path) == 0)
            return false;
    }
    return true;
}

static void put_list(struct coord_process *process, enum coord_frames_list list, struct text *out)
{
    int32_t count = 0;
    AUTO(text_done) struct text paths = {.size = 0};

    for (struct list_node *node = list_first(&process->watches); node != NULL;
         node = list_next(&process->watches, node)) {
        const struct watch *watch = CONTAINER_OF(node, struct watch, node);
        if (watch->list != list || !is_first(process, watch))
            continue;
        jute_put_text(&paths, watch->path);
        count++;
    }
    jute_put_int(out, count);
    text_add_bytes(out, text_data(&paths), text_size(&paths));
}

/* ---- sending ---- */

static void send_frame(struct coord_process *process, const struct text *frame)
{
    process->sent_us = now_us(process);
    coord_link_send(process->link, COORD_LINK_CLIENT, text_data(frame), text_size(frame));
}

static void send_call(struct coord_process *process, struct coord_call *call)
{
    struct asked *asked = NEW(struct asked);
    AUTO(text_done) struct text frame = {.size = 0};

    asked->call = *call;
    asked->xid = ++process->last_xid;
    asked->mark = coord_history_begin(process->history);
    list_push_last(&process->asked, &asked->node);
    coord_frames_put_call(call, asked->xid, &frame);
    send_frame(process, &frame);
}

void coord_process_send(struct coord_process *process, struct coord_calls *calls)
{
    struct coord_call call;

    while (coord_calls_pop(calls, &call)) {
        ASSERT(coord_call_fault(&call) == NULL);
        if (process->state == COORD_PROCESS_CONNECTED) {
            send_call(process, &call);
            continue;
        }
        answer_loss(process, &call);
        coord_call_done(&call);
    }
}

static void send_watches(struct coord_process *process)
{
    AUTO(text_done) struct text frame = {.size = 0};

    if (list_is_empty(&process->watches))
        return;
    coord_frames_put_set_watches(process->last_zxid, &frame);
    for (int list = 0; list < COORD_FRAMES_LISTS; list++)
        put_list(process, (enum coord_frames_list)list, &frame);
    send_frame(process, &frame);
}

static void send_ping(struct coord_process *process)
{
    AUTO(text_done) struct text frame = {.size = 0};

    coord_frames_put_header(MESSAGE_XID_PING, MESSAGE_PING, &frame);
    send_frame(process, &frame);
}

/* ---- losing ---- */

static void drop_asked(struct asked *asked)
{
    list_remove(&asked->node);
    coord_call_done(&asked->call);
    free(asked);
}

/* Whether what is under way will be done is not known. */
static void give_up(struct coord_process *process)
{
    struct list_node *node;

    while ((node = list_first(&process->asked)) != NULL) {
        struct asked *asked = CONTAINER_OF(node, struct asked, node);
        coord_history_lose(process->history, &asked->call, &asked->mark);
        answer_loss(process, &asked->call);
        drop_asked(asked);
    }
}

static void hang_up(struct coord_process *process)
{
    process->link->to[COORD_LINK_CLIENT].receiver = NULL;
    coord_link_close(process->link, COORD_LINK_CLIENT);
    process->link = NULL;
    process->generation++;
}

static void lose(struct coord_process *process, const char *why)
{
    if (process->state == COORD_PROCESS_CONNECTED) {
        coord_trace_add(process->trace, "client %" PRIu32 ": %s", process->number, why);
        tell(process, (struct coord_event){.kind = COORD_DISCONNECTED});
    }
    process->state = COORD_PROCESS_AWAY;
    give_up(process);
    hang_up(process);
    redial(process, RETRY_MAX_US);
}

static void expire(struct coord_process *process)
{
    coord_trace_add(process->trace, "client %" PRIu32 ": session %" PRIx64 " has expired",
                    process->number, (uint64_t)process->session_id);
    if (process->is_known)
        tell(process, (struct coord_event){.kind = COORD_EXPIRED});
    drop_watches(process);
    process->session_id = 0;
    process->is_known = false;
    memset(process->password, 0, sizeof process->password);
    lose(process, "");
}

/* ---- receiving ---- */

static void be_greeted(struct coord_process *process, struct jute_in in)
{
    (void)jute_get_int(&in);
    int32_t timeout_ms = jute_get_int(&in);
    int64_t id = jute_get_long(&in);
    struct jute_bytes password = jute_get_bytes(&in);

    ASSERT(!in.failed && password.size == sizeof process->password);
    if (id == 0) {
        expire(process);
        return;
    }
    if (process->session_id != 0 && id != process->session_id)
        coord_trace_complain(process->trace, "client %" PRIu32 " is given another session",
                             process->number);
    process->session_id = id;
    process->timeout_ms = (uint32_t)timeout_ms;
    memcpy(process->password, password.data, sizeof process->password);
    process->state = COORD_PROCESS_CONNECTED;
    coord_trace_add(process->trace, "client %" PRIu32 ": connected, session %" PRIx64 "%s",
                    process->number, (uint64_t)id, process->is_known ? "" : ", a new one");
    send_watches(process);
    tell(process, (struct coord_event){
                      .kind = COORD_CONNECTED,
                      .session_id = id,
                      .timeout_ms = process->timeout_ms,
                      .is_new_session = !process->is_known,
                  });
    process->is_known = true;
}

static void note_zxid(struct coord_process *process, int64_t zxid)
{
    if (zxid < process->last_zxid)
        coord_trace_complain(process->trace,
                             "client %" PRIu32 " goes back from zxid %" PRId64 " to %" PRId64,
                             process->number, process->last_zxid, zxid);
    process->last_zxid = zxid;
}

static bool shows_a_node(const struct coord_event *event)
{
    return event->error == COORD_OK &&
           (event->call == COORD_GET || event->call == COORD_EXISTS || event->call == COORD_SET ||
            event->call == COORD_CHILDREN || event->call == COORD_CREATE);
}

static bool shows_no_node(const struct coord_event *event)
{
    return event->error == COORD_NO_NODE &&
           (event->call == COORD_GET || event->call == COORD_EXISTS ||
            event->call == COORD_CHILDREN || event->call == COORD_SET);
}

static void take_answer(struct coord_process *process, struct asked *asked, int64_t zxid,
                        struct coord_event *event)
{
    note_zxid(process, zxid);
    if (shows_a_node(event))
        check_watches(process, event->path == NULL ? asked->call.path : event->path, &event->stat);
    if (shows_no_node(event))
        check_watches(process, asked->call.path, NULL);
    set_watch(process, &asked->call, event);
    coord_history_end(process->history, &asked->call, &asked->mark,
                      &(struct coord_history_answer){
                          .event = event,
                          .zxid = zxid,
                          .client = process->number,
                      });
    tell(process, *event);
    drop_asked(asked);
}

static void receive_answer(struct coord_process *process, int32_t xid, struct jute_in *in)
{
    struct list_node *node = list_first(&process->asked);
    int64_t zxid = jute_get_long(in);
    int32_t error = jute_get_int(in);
    struct coord_event event;

    if (node == NULL || CONTAINER_OF(node, struct asked, node)->xid != xid) {
        coord_trace_complain(process->trace,
                             "client %" PRIu32 " is answered to %" PRId32 " out of order",
                             process->number, xid);
        return;
    }
    struct asked *asked = CONTAINER_OF(node, struct asked, node);
    if (!coord_frames_read(&asked->call, error, in, &event))
        coord_trace_complain(process->trace,
                             "client %" PRIu32 " cannot read the answer to %" PRId32,
                             process->number, xid);
    take_answer(process, asked, zxid, &event);
}

/* A ping may overtake, but it says nothing that is not durable, and nothing that is old. */
static void receive_ping(struct coord_process *process, struct jute_in *in)
{
    int64_t zxid = jute_get_long(in);

    if (zxid < process->last_zxid)
        coord_trace_complain(process->trace, "client %" PRIu32 " is pinged back to zxid %" PRId64,
                             process->number, zxid);
}

static void receive(struct coord_process *process, const struct coord_frame *frame)
{
    struct jute_in in = jute_in_of(frame->bytes, frame->size);

    process->heard_us = now_us(process);
    if (process->state == COORD_PROCESS_GREETING) {
        be_greeted(process, in);
        return;
    }
    int32_t xid = jute_get_int(&in);
    if (xid == MESSAGE_XID_NOTIFICATION) {
        (void)jute_get_long(&in);
        (void)jute_get_int(&in);
        fire(process, &in);
    } else if (xid == MESSAGE_XID_PING) {
        receive_ping(process, &in);
    } else if (xid != MESSAGE_XID_SET_WATCHES) {
        receive_answer(process, xid, &in);
    }
}

static void take_input(struct coord_process *process)
{
    struct coord_frame *frame;

    while (process->link != NULL && !is_asleep(process) && process->inbox_count < INBOX_MAX &&
           (frame = coord_link_take(process->link, COORD_LINK_CLIENT)) != NULL) {
        if (frame->is_end)
            lose(process, "the connection is closed");
        else
            receive(process, frame);
        free(frame);
    }
}

void coord_process_arrived(void *receiver)
{
    if (receiver != NULL)
        take_input(receiver);
}

/* ---- the owner ---- */

static void hand_over(struct coord_process *process, struct letter *letter)
{
    struct coord_calls calls = {.items = NULL};

    process->owner.step(process->owner.self, &letter->event, &calls);
    coord_event_done(&letter->event);
    free(letter);
    coord_process_send(process, &calls);
    coord_calls_done(&calls);
}

static uint64_t awake_at(const struct coord_process *process)
{
    uint64_t at_us =
        process->asleep_us > process->dreaming_us ? process->asleep_us : process->dreaming_us;

    return at_us > now_us(process) ? at_us : now_us(process);
}

static void serve_owner(void *self, uint64_t number)
{
    struct coord_process *process = self;
    struct list_node *node;

    (void)number;
    process->owner_is_due = false;
    if (awake_at(process) > now_us(process)) {
        plan_owner(process);
        return;
    }
    while ((node = list_pop_first(&process->inbox)) != NULL) {
        process->inbox_count--;
        hand_over(process, CONTAINER_OF(node, struct letter, node));
    }
    take_input(process);
}

static void plan_owner(struct coord_process *process)
{
    if (process->owner_is_due)
        return;
    process->owner_is_due = true;
    coord_agenda_add(process->agenda, awake_at(process) + coord_agenda_pause(process->agenda, 500),
                     serve_owner, process, 0);
}

static void act(void *self, uint64_t number)
{
    struct coord_process *process = self;
    struct coord_calls calls = {.items = NULL};
    uint64_t at_us = awake_at(process);

    (void)number;
    if (at_us == now_us(process)) {
        process->owner.act(process->owner.self, &calls);
        coord_process_send(process, &calls);
        coord_calls_done(&calls);
        at_us += 100 + coord_agenda_pause(process->agenda, process->act_us);
    }
    coord_agenda_add(process->agenda, at_us, act, process, 0);
}

/* ---- the session ---- */

static void dial(void *self, uint64_t generation)
{
    struct coord_process *process = self;
    struct coord_frames_connect connect = {
        .last_zxid = process->last_zxid,
        .timeout_ms = process->asks_ms,
        .session_id = process->session_id,
    };
    AUTO(text_done) struct text frame = {.size = 0};

    if (generation != process->generation || process->link != NULL)
        return;
    struct coord_link *link =
        process->is_banned || is_asleep(process) ? NULL : coord_link_new(process->network);
    if (link == NULL || !coord_host_accept(process->host, link)) {
        redial(process, RETRY_MAX_US);
        return;
    }
    process->link = link;
    process->generation++;
    link->to[COORD_LINK_CLIENT].receiver = process;
    process->state = COORD_PROCESS_GREETING;
    process->heard_us = now_us(process);
    memcpy(connect.password, process->password, sizeof connect.password);
    coord_frames_put_connect(&connect, &frame);
    send_frame(process, &frame);
}

static void redial(struct coord_process *process, uint64_t bound_us)
{
    coord_agenda_add(process->agenda,
                     now_us(process) + 1000 + coord_agenda_pause(process->agenda, bound_us), dial,
                     process, process->generation);
}

/* Pings, and gives up a server that is silent, as the library does. */
static void watch_over(void *self, uint64_t number)
{
    struct coord_process *process = self;
    uint64_t timeout_us =
        UINT64_C(1000) * (process->timeout_ms == 0 ? process->asks_ms : process->timeout_ms);

    if (!is_asleep(process) && process->link != NULL) {
        if (now_us(process) - process->heard_us > timeout_us * 2 / 3)
            lose(process, "the server is silent");
        else if (process->state == COORD_PROCESS_CONNECTED &&
                 now_us(process) - process->sent_us > timeout_us / 3)
            send_ping(process);
    }
    coord_agenda_add(process->agenda, now_us(process) + timeout_us / 12, watch_over, process,
                     number);
}

/* ---- life ---- */

void coord_process_init(struct coord_process *process, const struct coord_process_options *options)
{
    *process = (struct coord_process){
        .agenda = options->network->agenda,
        .trace = options->network->agenda->trace,
        .network = options->network,
        .host = options->host,
        .history = options->history,
        .number = options->number,
        .asks_ms = options->asks_ms,
        .act_us = options->act_us,
    };
    list_init(&process->asked);
    list_init(&process->watches);
    list_init(&process->inbox);
    redial(process, 20000);
    watch_over(process, 0);
    if (process->act_us > 0)
        coord_agenda_add(process->agenda, now_us(process), act, process, 0);
}

void coord_process_done(struct coord_process *process)
{
    struct list_node *node;

    while ((node = list_first(&process->asked)) != NULL)
        drop_asked(CONTAINER_OF(node, struct asked, node));
    drop_watches(process);
    while ((node = list_pop_first(&process->inbox)) != NULL) {
        struct letter *letter = CONTAINER_OF(node, struct letter, node);
        coord_event_done(&letter->event);
        free(letter);
    }
}

/* ---- faults ---- */

/* What has arrived is seen to when it wakes up. */
static void wake(void *self, uint64_t number)
{
    (void)number;
    take_input(self);
}

void coord_process_stall(struct coord_process *process, uint64_t until_us)
{
    coord_trace_add(process->trace, "client %" PRIu32 ": stalls for %" PRIu64 " us",
                    process->number, until_us - now_us(process));
    if (process->asleep_us < until_us)
        process->asleep_us = until_us;
    coord_agenda_add(process->agenda, until_us, wake, process, 0);
}

void coord_process_stall_owner(struct coord_process *process, uint64_t until_us)
{
    coord_trace_add(process->trace, "client %" PRIu32 ": its owner stalls for %" PRIu64 " us",
                    process->number, until_us - now_us(process));
    if (process->dreaming_us < until_us)
        process->dreaming_us = until_us;
}

void coord_process_cut(struct coord_process *process)
{
    if (process->link == NULL)
        return;
    coord_trace_add(process->trace, "client %" PRIu32 ": its connection is cut", process->number);
    coord_link_cut(process->link);
}

void coord_process_ban(struct coord_process *process, bool is_banned)
{
    if (is_banned && !process->is_banned)
        coord_process_cut(process);
    process->is_banned = is_banned;
    coord_trace_add(process->trace, "client %" PRIu32 ": %s", process->number,
                    is_banned ? "cannot connect" : "can connect again");
}

bool coord_process_is_connected(const struct coord_process *process)
{
    return process->state == COORD_PROCESS_CONNECTED;
}
