/* SPDX-License-Identifier: Apache-2.0 */
#include "coord/io/keeper.h"

#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/rng.h"
#include "coord/backoff.h"
#include "coord/io/errand.h"
#include "coord/io/handle.h"
#include "coord/root.h"

enum {
    DRAIN_MS = 1000, /* how long a stop waits for answers */
};

enum keeper_state {
    KEEPER_WAITING, /* there is no handle; the next one is due at due_ns */
    KEEPER_CONNECTING,
    KEEPER_PREPARING, /* connected, but whether the root is there is not known yet */
    KEEPER_CONNECTED, /* and the owner knows it */
    KEEPER_REFUSED,   /* for ever */
};

struct keeper {
    pthread_t thread;
    struct mailbox *mailbox;
    struct mailbox *inbox; /* the owner's */

    /* From here on the thread's. */
    struct server_list servers;
    char *root;
    uint32_t session_timeout_ms;
    enum keeper_state state;
    bool is_stopping;
    uint64_t due_ns; /* WAITING: when to open; stopping: when to wait no longer */
    struct rng rng;
    struct backoff backoff;

    struct handle *handle; /* NULL while WAITING or REFUSED */
    uint64_t generation;   /* of the handle */
    int64_t session_id;    /* 0 until the handle has connected */
    uint32_t timeout_ms;   /* as negotiated */
    bool is_known;         /* the owner has heard of this session */
    size_t root_position;  /* how much of the root has been made */

    struct list under_way; /* errands that the library has and the owner waits for */
    struct list given_up;  /* errands that the library has and nobody waits for */
    struct list watches;   /* all that the library may know */
};

/* ---- letters to the owner ---- */

/* Waits while the inbox is full; the owner who closes the client shuts it. */
static void deliver(struct keeper *keeper, struct letter *letter)
{
    if (!mailbox_put(keeper->inbox, &letter->node))
        letter_destroy(&letter);
}

static void tell(struct keeper *keeper, struct coord_event *event)
{
    deliver(keeper, letter_new(event));
}

static void tell_connected(struct keeper *keeper, bool is_new)
{
    struct coord_event event = {
        .kind = COORD_CONNECTED,
        .session_id = keeper->session_id,
        .timeout_ms = keeper->timeout_ms,
        .is_new_session = is_new,
    };
    struct letter *letter = letter_new(&event);

    keeper->state = KEEPER_CONNECTED;
    keeper->is_known = true;
    backoff_reset(&keeper->backoff);
    handle_server_name(keeper->handle, letter->server, sizeof letter->server);
    letter->generation = keeper->generation;
    deliver(keeper, letter);
}

static void tell_state(struct keeper *keeper, enum coord_event_kind kind)
{
    tell(keeper, &(struct coord_event){.kind = kind});
}

static void tell_refusal(struct keeper *keeper, const struct coord_call *call,
                         enum coord_error error)
{
    deliver(keeper, letter_of_refusal(call, error));
}

/* In place: what is behind the root moves to the front. */
static void strip(const struct keeper *keeper, char *path)
{
    if (path == NULL)
        return;
    const char *stripped = root_strip(keeper->root, path);
    size_t size = strlen(stripped);
    memmove(path, stripped, size + 1);
}

/* ---- errands ---- */

static void drop_errand(struct errand *errand)
{
    list_remove(&errand->by_age);
    errand_destroy(&errand);
}

static void drop_watch(struct watch *watch)
{
    list_remove(&watch->by_age);
    watch_destroy(&watch);
}

static void send_errand(struct keeper *keeper, struct errand *errand)
{
    if (errand->call.watch) {
        errand->watch = watch_new(errand->call.tag, keeper->mailbox);
        list_push_last(&keeper->watches, &errand->watch->by_age);
    }
    list_push_last(&keeper->under_way, &errand->by_age);

    enum coord_error error = handle_send(keeper->handle, errand);
    if (error == COORD_OK)
        return;
    if (errand->watch != NULL)
        drop_watch(errand->watch);
    if (errand->purpose == ERRAND_OF_OWNER)
        /* A handle that has just expired says so: INVALID_STATE. The notice is on its way. */
        tell_refusal(keeper, &errand->call,
                     error == COORD_INVALID_STATE ? COORD_CONNECTION_LOSS : error);
    drop_errand(errand);
}

static void take_errand(struct keeper *keeper, struct errand *errand)
{
    if (keeper->state == KEEPER_CONNECTED && errand->generation == keeper->generation) {
        send_errand(keeper, errand);
        return;
    }
    tell_refusal(keeper, &errand->call, COORD_CONNECTION_LOSS);
    errand_destroy(&errand);
}

/* The owner is told now; the errand is dropped when the library brings it or is closed. */
static void give_up(struct keeper *keeper)
{
    struct list_node *node;

    while ((node = list_pop_first(&keeper->under_way)) != NULL) {
        struct errand *errand = CONTAINER_OF(node, struct errand, by_age);

        errand->is_given_up = true;
        if (errand->watch != NULL)
            errand->watch->is_silent = true;
        list_push_last(&keeper->given_up, &errand->by_age);
        if (errand->purpose == ERRAND_OF_OWNER)
            tell_refusal(keeper, &errand->call, COORD_CONNECTION_LOSS);
    }
}

/* ---- the root ---- */

static void send_for_root(struct keeper *keeper, enum coord_call_kind kind, size_t size)
{
    struct coord_call call = {.kind = kind, .mode = COORD_PERSISTENT};
    char path[COORD_PATH_MAX];

    ASSERT(size < sizeof path);
    memcpy(path, keeper->root, size);
    path[size] = '\0';
    call.path = path;

    struct errand *errand = errand_new(&call, keeper->mailbox);
    errand->purpose = ERRAND_FOR_ROOT;
    send_errand(keeper, errand);
}

/* Looked for first: in nearly all sessions it is there, and a read is cheaper than a write. */
static void prepare(struct keeper *keeper)
{
    if (keeper->root[0] == '\0') {
        tell_connected(keeper, true);
        return;
    }
    keeper->state = KEEPER_PREPARING;
    keeper->root_position = 0;
    send_for_root(keeper, COORD_EXISTS, strlen(keeper->root));
}

/* Makes the next part of the root. A part that cannot be made may be there all the same, where
 * nobody may write above it; if it is not, the owner's calls say so. */
static void go_on_preparing(struct keeper *keeper, const struct errand *errand)
{
    enum coord_error error = errand->answer.error;
    size_t size = 0;

    if (errand->call.kind == COORD_CREATE || error == COORD_NO_NODE)
        size = root_next(keeper->root, &keeper->root_position);
    if (errand->call.kind == COORD_CREATE && error != COORD_OK && error != COORD_NODE_EXISTS)
        log_warn("coord.root_refused", "path=%s error=%s", errand->call.path,
                 coord_error_name(error));
    if (size > 0)
        send_for_root(keeper, COORD_CREATE, size);
    else
        tell_connected(keeper, true);
}

/* ---- what the library brings ---- */

static void tell_answer(struct keeper *keeper, struct errand *errand)
{
    strip(keeper, errand->answer.path);
    for (size_t i = 0; i < errand->answer.part_count; i++)
        strip(keeper, errand->answer.part_paths[i]);
    tell(keeper, &errand->answer);
}

static void take_answer(struct keeper *keeper, struct errand *errand)
{
    if (errand->watch != NULL && !handle_keeps_watch(errand))
        drop_watch(errand->watch);
    if (!errand->is_given_up) {
        if (errand->purpose == ERRAND_FOR_ROOT)
            go_on_preparing(keeper, errand);
        else
            tell_answer(keeper, errand);
    }
    drop_errand(errand);
}

static void take_fired(struct keeper *keeper, struct watch *watch)
{
    if (!watch->is_silent) {
        strip(keeper, watch->path);
        tell(keeper, &(struct coord_event){.kind = COORD_CHANGED,
                                           .tag = watch->tag,
                                           .change = watch->change,
                                           .path = TAKE(watch->path)});
    }
    drop_watch(watch);
}

/* ---- handles ---- */

/* Frees what the library will not bring any more. The rest is in the mailbox. */
static void forget_all(struct keeper *keeper)
{
    struct list_node *next;

    for (struct list_node *node = list_first(&keeper->given_up); node != NULL; node = next) {
        struct errand *errand = CONTAINER_OF(node, struct errand, by_age);

        next = list_next(&keeper->given_up, node);
        errand->watch = NULL; /* its answer does not matter for the watch any more */
        if (!errand->is_back)
            drop_errand(errand);
    }
    for (struct list_node *node = list_first(&keeper->watches); node != NULL; node = next) {
        struct watch *watch = CONTAINER_OF(node, struct watch, by_age);

        next = list_next(&keeper->watches, node);
        watch->is_silent = true;
        if (!watch->has_fired)
            drop_watch(watch);
    }
}

static void close_handle(struct keeper *keeper)
{
    give_up(keeper);
    handle_close(&keeper->handle);
    forget_all(keeper);
    keeper->session_id = 0;
    keeper->is_known = false;
}

static void wait_for_next(struct keeper *keeper)
{
    uint32_t pause_ms = backoff_next_ms(&keeper->backoff, &keeper->rng);

    keeper->state = KEEPER_WAITING;
    keeper->due_ns = clock_now_ns() + (uint64_t)pause_ms * 1000000;
}

static void open_handle(struct keeper *keeper)
{
    struct error error;
    struct handle_options options = {
        .servers = &keeper->servers,
        .session_timeout_ms = keeper->session_timeout_ms,
        .root = keeper->root,
        .mailbox = keeper->mailbox,
        .generation = ++keeper->generation,
    };

    if (handle_open(&options, &keeper->handle, &error) == ERR_OK) {
        keeper->state = KEEPER_CONNECTING;
        return;
    }
    log_warn("coord.unresolved", "error=\"%s\"", error.text);
    wait_for_next(keeper);
}

/* ---- the session ---- */

/* The library is on its way to a connection again. */
static void lose(struct keeper *keeper)
{
    if (keeper->state == KEEPER_CONNECTED)
        tell_state(keeper, COORD_DISCONNECTED);
    keeper->state = KEEPER_CONNECTING;
    give_up(keeper);
}

static void connect(struct keeper *keeper, const struct notice *notice)
{
    lose(keeper); /* the library may have lost the last connection without a word */
    keeper->session_id = notice->session_id;
    keeper->timeout_ms = notice->timeout_ms;
    if (keeper->is_known)
        tell_connected(keeper, false);
    else
        prepare(keeper);
}

static void expire(struct keeper *keeper)
{
    bool was_known = keeper->is_known;

    lose(keeper);
    close_handle(keeper);
    if (was_known)
        tell_state(keeper, COORD_EXPIRED);
    wait_for_next(keeper);
}

static void be_refused(struct keeper *keeper)
{
    lose(keeper);
    close_handle(keeper);
    keeper->state = KEEPER_REFUSED;
    tell_state(keeper, COORD_REFUSED);
}

static void take_notice(struct keeper *keeper, const struct notice *notice)
{
    if (keeper->handle == NULL || notice->generation != keeper->generation)
        return;
    switch (notice->state) {
    case NOTICE_CONNECTED:
        connect(keeper, notice);
        return;
    case NOTICE_LOST:
        lose(keeper);
        return;
    case NOTICE_EXPIRED:
        expire(keeper);
        return;
    case NOTICE_REFUSED:
        be_refused(keeper);
        return;
    }
    UNREACHABLE();
}

/* ---- the thread ---- */

static void begin_stop(struct keeper *keeper)
{
    keeper->is_stopping = true;
    keeper->due_ns = clock_now_ns() + (uint64_t)DRAIN_MS * 1000000;
}

static void take(struct keeper *keeper, struct mail *mail)
{
    switch (mail->kind) {
    case MAIL_ERRAND:
        take_errand(keeper, CONTAINER_OF(mail, struct errand, mail));
        return;
    case MAIL_ANSWER:
        take_answer(keeper, CONTAINER_OF(mail, struct errand, mail));
        return;
    case MAIL_FIRED:
        take_fired(keeper, CONTAINER_OF(mail, struct watch, mail));
        return;
    case MAIL_NOTICE:
        take_notice(keeper, CONTAINER_OF(mail, struct notice, mail));
        free(CONTAINER_OF(mail, struct notice, mail));
        return;
    case MAIL_STOP:
        free(mail);
        begin_stop(keeper);
        return;
    }
    UNREACHABLE();
}

/* Until the next handle is due, or the end of the patience with a server; -1 without end. */
static int64_t time_left_ms(const struct keeper *keeper)
{
    uint64_t now_ns = clock_now_ns();

    if (keeper->state != KEEPER_WAITING && !keeper->is_stopping)
        return -1;
    return keeper->due_ns <= now_ns ? 0 : (int64_t)((keeper->due_ns - now_ns + 999999) / 1000000);
}

/* The library loses its own memory of calls that are under way when it is closed, so they are
 * waited for if they can come. */
static bool is_done(const struct keeper *keeper)
{
    if (!keeper->is_stopping)
        return false;
    return keeper->state != KEEPER_CONNECTED || list_is_empty(&keeper->under_way) ||
           time_left_ms(keeper) == 0;
}

static void take_rest(struct keeper *keeper)
{
    struct list_node *node;

    while ((node = mailbox_take(keeper->mailbox, 0)) != NULL)
        take(keeper, CONTAINER_OF(node, struct mail, node));
}

static void *run(void *context)
{
    struct keeper *keeper = context;

    open_handle(keeper);
    while (!is_done(keeper)) {
        struct list_node *node = mailbox_take(keeper->mailbox, time_left_ms(keeper));

        if (node != NULL)
            take(keeper, CONTAINER_OF(node, struct mail, node));
        else if (keeper->state == KEEPER_WAITING && !keeper->is_stopping)
            open_handle(keeper);
    }
    close_handle(keeper);
    take_rest(keeper);
    return NULL;
}

/* Signals are for the owner's threads. */
static int start_thread(struct keeper *keeper)
{
    sigset_t all;
    sigset_t before;

    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    int status = pthread_create(&keeper->thread, NULL, run, keeper);
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    return status;
}

static void destroy(struct keeper **keeper)
{
    mailbox_close(&(*keeper)->mailbox);
    free((*keeper)->root);
    free(*keeper);
    *keeper = NULL;
}

enum err keeper_start(const struct coord_options *options, const struct server_list *servers,
                      struct mailbox *inbox, struct keeper **ret_keeper, struct error *error)
{
    struct keeper *keeper = NEW(struct keeper);

    keeper->inbox = inbox;
    keeper->servers = *servers;
    keeper->root = root_new(options->root);
    keeper->session_timeout_ms = options->session_timeout_ms;
    rng_init(&keeper->rng, options->seed);
    backoff_init(&keeper->backoff, options->reconnect_max_ms);
    list_init(&keeper->under_way);
    list_init(&keeper->given_up);
    list_init(&keeper->watches);
    /* What is in it was allowed by limits elsewhere: calls by calls_max, watches by their calls. */
    enum err err = mailbox_open(SIZE_MAX, &keeper->mailbox, error);
    if (err == ERR_OK && start_thread(keeper) != 0)
        err = error_set(error, ERR_IO, "cannot start a thread for the client of coord");
    if (err != ERR_OK) {
        destroy(&keeper);
        return err;
    }
    *ret_keeper = keeper;
    return ERR_OK;
}

static void put(struct keeper *keeper, struct mail *mail)
{
    bool is_put = mailbox_put_now(keeper->mailbox, &mail->node);
    ASSERT(is_put);
}

void keeper_stop(struct keeper **keeper)
{
    if (*keeper == NULL)
        return;
    struct mail *stop = NEW(struct mail);
    stop->kind = MAIL_STOP;
    put(*keeper, stop);
    int status = pthread_join((*keeper)->thread, NULL);
    ASSERT(status == 0);
    destroy(keeper);
}

void keeper_call(struct keeper *keeper, const struct coord_call *call, uint64_t generation)
{
    struct errand *errand = errand_new(call, keeper->mailbox);

    errand->generation = generation;
    put(keeper, &errand->mail);
}
