/* SPDX-License-Identifier: Apache-2.0 */
/* Linux: the name of a thread, to be seen in a debugger. */
#include "net/gate.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <zmq.h>

#include "base/assert.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "net/zap.h"

#define SECOND_NS UINT64_C(1000000000)

enum {
    FRAMES_MAX = ZAP_FRAMES + 1, /* one more, to see that it is too much */
};

struct gate {
    void *zmq_context;
    void *socket; /* the thread's */
    pthread_t thread;
    _Atomic uint64_t refused_count;
    /* the thread's: */
    char folder[KEYS_FOLDER_MAX]; /* of the clients; "": none */
    struct zap_list list;
    struct key_client *clients;
    struct timespec changed; /* when the folder was, as it was read */
    uint64_t read_ns;        /* when it was; 0: never */
    uint64_t logged_ns;
    uint64_t logged_count;
};

/* ---- the list ---- */

static bool is_fresh(const struct gate *gate, const struct stat *status)
{
    return gate->read_ns != 0 && clock_now_ns() - gate->read_ns < SECOND_NS &&
           status->st_mtim.tv_sec == gate->changed.tv_sec &&
           status->st_mtim.tv_nsec == gate->changed.tv_nsec;
}

static void forget(struct gate *gate)
{
    free(gate->clients);
    gate->clients = NULL;
    gate->list.clients = NULL;
    gate->list.client_count = 0;
    gate->read_ns = 0;
}

static void refresh(struct gate *gate)
{
    struct stat status;
    struct error error;

    if (gate->folder[0] == '\0')
        return;
    if (stat(gate->folder, &status) != 0) {
        forget(gate);
        return;
    }
    if (is_fresh(gate, &status))
        return;
    forget(gate);
    if (key_files_list(gate->folder, &gate->clients, &gate->list.client_count, &error) != ERR_OK) {
        gate->list.client_count = 0;
        log_warn("keys.unreadable", "error=\"%s\"", error.text);
    }
    gate->list.clients = gate->clients;
    gate->changed = status.st_mtim;
    gate->read_ns = clock_now_ns();
}

/* ---- questions ---- */

/* Several peers may have been refused since the last line. */
static void note_refusal(struct gate *gate, const struct zap_answer *answer)
{
    uint64_t count = atomic_fetch_add(&gate->refused_count, 1) + 1;
    uint64_t now_ns = clock_now_ns();

    if (gate->logged_ns != 0 && now_ns - gate->logged_ns < SECOND_NS)
        return;
    log_warn("peer.refused", "address=%s why=\"%s\" count=%llu", answer->address, answer->why_not,
             (unsigned long long)(count - gate->logged_count));
    gate->logged_ns = now_ns;
    gate->logged_count = count;
}

static void send_frame(const struct gate *gate, const void *bytes, size_t size, int flags)
{
    while (zmq_send(gate->socket, bytes, size, flags) < 0 && errno == EINTR)
        continue; /* other errors: the context ends, and so will the next receive */
}

static void reply(const struct gate *gate, const struct zap_frame *request,
                  const struct zap_answer *answer)
{
    const char *status = answer->is_allowed ? "200" : "400";
    const char *user = answer->is_allowed ? zap_role_name(answer->role) : "";

    send_frame(gate, "1.0", 3, ZMQ_SNDMORE);
    send_frame(gate, request->bytes, request->size, ZMQ_SNDMORE);
    send_frame(gate, status, strlen(status), ZMQ_SNDMORE);
    send_frame(gate, "", 0, ZMQ_SNDMORE); /* why is for our log, not for a stranger */
    send_frame(gate, user, strlen(user), ZMQ_SNDMORE);
    send_frame(gate, "", 0, 0);
}

/* What is beyond FRAMES_MAX is dropped. False when the context ends. */
static bool receive(const struct gate *gate, zmq_msg_t parts[FRAMES_MAX], size_t *ret_count)
{
    zmq_msg_t rest;
    bool has_more = true;
    size_t count = 0;

    while (has_more) {
        zmq_msg_t *part = count < FRAMES_MAX ? &parts[count] : &rest;
        (void)zmq_msg_init(part);
        int result;
        while ((result = zmq_msg_recv(part, gate->socket, 0)) < 0 && errno == EINTR)
            continue;
        has_more = result >= 0 && zmq_msg_more(part) != 0;
        if (part != &rest)
            count++;
        else
            (void)zmq_msg_close(&rest);
        if (result < 0) {
            *ret_count = count;
            return false;
        }
    }
    *ret_count = count;
    return true;
}

static void answer_question(struct gate *gate, zmq_msg_t parts[FRAMES_MAX], size_t count)
{
    struct zap_frame frames[FRAMES_MAX];
    const struct zap_frame none = {.bytes = "", .size = 0};

    for (size_t i = 0; i < count; i++)
        frames[i] = (struct zap_frame){zmq_msg_data(&parts[i]), zmq_msg_size(&parts[i])};
    refresh(gate);
    struct zap_answer answer = zap_decide(&gate->list, frames, count);
    if (!answer.is_allowed)
        note_refusal(gate, &answer);
    reply(gate, count > 1 ? &frames[1] : &none, &answer);
}

static void *keep(void *context)
{
    struct gate *gate = context;
    zmq_msg_t parts[FRAMES_MAX];
    bool goes_on = true;

    while (goes_on) {
        size_t count = 0;
        goes_on = receive(gate, parts, &count);
        if (goes_on)
            answer_question(gate, parts, count);
        for (size_t i = 0; i < count; i++)
            (void)zmq_msg_close(&parts[i]);
    }
    int result = zmq_close(gate->socket);
    ASSERT(result == 0);
    return NULL;
}

/* ---- life ---- */

static enum err open_socket(struct gate *gate, struct error *error)
{
    int64_t size_max = KEYS_FOLDER_MAX;
    int linger = 0;

    gate->socket = zmq_socket(gate->zmq_context, ZMQ_REP);
    if (gate->socket == NULL)
        return error_set(error, ERR_FULL, "cannot open a ZeroMQ socket: no descriptor is left");
    (void)zmq_setsockopt(gate->socket, ZMQ_LINGER, &linger, sizeof linger);
    (void)zmq_setsockopt(gate->socket, ZMQ_MAXMSGSIZE, &size_max, sizeof size_max);
    int result = zmq_bind(gate->socket, "inproc://zeromq.zap.01");
    ASSERT(result == 0); /* the context is new */
    return ERR_OK;
}

/* Signals are for the owner. */
static bool start(struct gate *gate)
{
    sigset_t all, before;

    sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    int status = pthread_create(&gate->thread, NULL, keep, gate);
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (status != 0)
        return false;
    (void)pthread_setname_np(gate->thread, "gale-gate");
    return true;
}

enum err gate_open(void *zmq_context, const struct keys *keys, struct gate **ret_gate,
                   struct error *error)
{
    struct gate *gate = NEW(struct gate);

    gate->zmq_context = zmq_context;
    gate->list.own = keys->own;
    memcpy(gate->folder, keys->clients, sizeof gate->folder);
    enum err err = open_socket(gate, error);
    if (err == ERR_OK && !start(gate)) {
        (void)zmq_close(gate->socket);
        err = error_set(error, ERR_FULL, "cannot start a thread");
    }
    if (err == ERR_OK)
        *ret_gate = gate;
    else
        free(gate);
    return err;
}

void gate_close(struct gate **gate)
{
    if (*gate == NULL)
        return;
    (void)zmq_ctx_shutdown((*gate)->zmq_context);
    int status = pthread_join((*gate)->thread, NULL);
    ASSERT(status == 0);
    forget(*gate);
    free(*gate);
    *gate = NULL;
}

uint64_t gate_refused(const struct gate *gate)
{
    return atomic_load(&gate->refused_count);
}
