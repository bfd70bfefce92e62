/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The local socket where workers meet their supervisor: AF_UNIX, SOCK_SEQPACKET, one JSON object a
 * message (supervisor/local.h), or a part of figures (wire/figures.h). The system tells who has connected. Whoever sends what is no message,
 * or does not say hello in time, is cut off. Belongs to the reactor's thread.
 */
#ifndef SUPERVISOR_IO_LOBBY_H
#define SUPERVISOR_IO_LOBBY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "net/reactor.h"
#include "supervisor/io/user.h"
#include "supervisor/local.h"
#include "wire/figures.h"

struct lobby;
struct guest; /* one connection */

enum {
    LOBBY_HELLO_MS = 10 * 1000,
    LOBBY_BACKLOG = 128,
    LOBBY_LAST_WORDS_MAX = 2 * FIGURES_PARTS_MAX, /* messages of a worker that has ended */
};

struct lobby_options {
    struct reactor *reactor;
    const char *path;
    const struct user *user; /* borrowed: who workers are; NULL: as we */
    size_t guests_max;       /* a further one is closed at once */

    /* The first message of a guest is a hello, and no other is. False: the guest is cut off. */
    bool (*received)(void *context, struct guest *guest, const struct local_message *message);
    /* A part of figures, never the first message. The same. */
    bool (*figures)(void *context, struct guest *guest, const struct figures_message *message);
    void (*left)(void *context, struct guest *guest);
    void *context;
};

/* A socket that is there from before is replaced: there is one supervisor to a folder. ERR_LIMIT if
 * the path is too long for a socket. */
enum err lobby_open(const struct lobby_options *options, struct lobby **ret_lobby,
                    struct error *error) MUST_USE;

/* `left` is not called. */
void lobby_close(struct lobby **lobby_at);

/* Cuts off who has not said hello in time; to be called each second or so. */
void lobby_tick(struct lobby *lobby, uint64_t now_ns);

int64_t guest_pid(const struct guest *guest); /* as the system says */

/* A guest that does not read loses it. */
void guest_send(struct guest *guest, const char *text);

/* Takes what it has sent, now and not in its turn: its process has ended, and its last words count. Not
 * within `received`. */
void guest_hear_out(struct guest *guest);

/* The owner's. */
void guest_set_tag(struct guest *guest, void *tag);
void *guest_tag(const struct guest *guest);

#endif
