/* SPDX-License-Identifier: Apache-2.0 */
#include "supervisor/io/lobby.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"

struct guest {
    struct lobby *lobby;
    size_t place; /* in the lobby's table */
    struct reactor_watch *watch;
    void *tag;
    int64_t pid;
    uint64_t deadline_ns; /* for the hello; UINT64_MAX after it */
    int socket;
};

struct lobby {
    struct lobby_options options;
    struct guest **guests; /* guests_max */
    size_t guest_count;
    struct reactor_watch *watch;
    char *path;
    int socket;
    char message[LOCAL_MESSAGE_MAX + 1];
};

int64_t guest_pid(const struct guest *guest)
{
    return guest->pid;
}

void guest_set_tag(struct guest *guest, void *tag)
{
    guest->tag = tag;
}

void *guest_tag(const struct guest *guest)
{
    return guest->tag;
}

void guest_send(struct guest *guest, const char *text)
{
    (void)send(guest->socket, text, strlen(text), MSG_NOSIGNAL | MSG_DONTWAIT);
}

static void free_guest(struct guest *guest)
{
    struct lobby *lobby = guest->lobby;
    struct guest *last = lobby->guests[--lobby->guest_count];

    lobby->guests[guest->place] = last;
    last->place = guest->place;
    reactor_unwatch(&guest->watch);
    (void)close(guest->socket);
    free(guest);
}

static void cut_off(struct guest *guest)
{
    struct lobby *lobby = guest->lobby;

    lobby->options.left(lobby->options.context, guest);
    free_guest(guest);
}

/* ---- Messages ------------------------------------------------------------------------------- */

static bool take_figures(struct guest *guest, size_t size)
{
    struct lobby *lobby = guest->lobby;
    struct figures_message message;
    struct error error;

    if (size > sizeof lobby->message ||
        figures_message_decode(lobby->message, size, &message, &error) != ERR_OK) {
        log_warn("worker.message", "pid=%lld error=\"%s\"", (long long)guest->pid,
                 size > sizeof lobby->message ? "too long" : error.text);
        return false;
    }
    return guest->deadline_ns == UINT64_MAX &&
           lobby->options.figures(lobby->options.context, guest, &message);
}

static bool take_message(struct guest *guest, size_t size)
{
    struct lobby *lobby = guest->lobby;
    struct local_message message;
    struct error error;

    if (lobby->message[0] == FIGURES_MESSAGE)
        return take_figures(guest, size);
    if (local_decode(lobby->message, size, &message, &error) != ERR_OK) {
        log_warn("worker.message", "pid=%lld error=\"%s\"", (long long)guest->pid, error.text);
        return false;
    }
    bool is_first = guest->deadline_ns != UINT64_MAX;
    bool good = is_first == (message.kind == LOCAL_HELLO);
    guest->deadline_ns = UINT64_MAX;
    if (good)
        good = lobby->options.received(lobby->options.context, guest, &message);
    local_message_done(&message);
    return good;
}

/* One message a round: the loop comes back for the next, and others have their turn. */
static void read_guest(void *context, int fd)
{
    struct guest *guest = context;
    struct lobby *lobby = guest->lobby;
    ssize_t size = recv(fd, lobby->message, sizeof lobby->message, MSG_DONTWAIT | MSG_TRUNC);

    if (size < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (size <= 0 || !take_message(guest, (size_t)size))
        cut_off(guest);
}

void guest_hear_out(struct guest *guest)
{
    struct lobby *lobby = guest->lobby;
    ssize_t size = 1;

    /* Who holds its socket beyond its end may go on to write. The end itself, and what is no message,
     * cut it off in its turn. */
    for (int i = 0; i < LOBBY_LAST_WORDS_MAX && size > 0; i++) {
        size = recv(guest->socket, lobby->message, sizeof lobby->message, MSG_DONTWAIT | MSG_TRUNC);
        if (size > 0 && !take_message(guest, (size_t)size))
            return;
    }
}

/* ---- Guests --------------------------------------------------------------------------------- */

static bool is_worker(const struct lobby_options *options, uid_t uid)
{
    bool is_other = options->user != NULL && options->user->is_other;

    return uid == (is_other ? options->user->uid : geteuid());
}

static void welcome(struct lobby *lobby, int fd)
{
    struct ucred peer;
    socklen_t size = sizeof peer;

    if (lobby->guest_count == lobby->options.guests_max ||
        getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0 ||
        !is_worker(&lobby->options, peer.uid)) {
        (void)close(fd);
        return;
    }
    struct guest *guest = NEW(struct guest);
    *guest = (struct guest){
        .lobby = lobby,
        .socket = fd,
        .pid = peer.pid,
        .deadline_ns = clock_now_ns() + LOBBY_HELLO_MS * UINT64_C(1000000),
    };
    guest->watch = reactor_watch(lobby->options.reactor, fd, read_guest, guest);
    if (guest->watch == NULL) {
        (void)close(fd);
        free(guest);
        return;
    }
    guest->place = lobby->guest_count;
    lobby->guests[lobby->guest_count++] = guest;
}

static void accept_guests(void *context, int fd)
{
    struct lobby *lobby = context;
    int socket;

    while ((socket = accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK)) >= 0)
        welcome(lobby, socket);
}

void lobby_tick(struct lobby *lobby, uint64_t now_ns)
{
    for (size_t i = lobby->guest_count; i-- > 0;) {
        if (lobby->guests[i]->deadline_ns <= now_ns)
            cut_off(lobby->guests[i]);
    }
}

/* ---- Open and close ------------------------------------------------------------------------- */

/* Who may write to it may connect. */
static bool give(const struct lobby *lobby)
{
    const struct user *user = lobby->options.user;

    return user == NULL || !user->is_other || chown(lobby->path, user->uid, user->gid) == 0;
}

static enum err listen_at(struct lobby *lobby, struct error *error)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    const char *path = lobby->path;

    if (strlen(path) >= sizeof address.sun_path)
        return error_set(error, ERR_LIMIT,
                         "the path of the socket '%s' has %zu bytes, but the system allows %zu: "
                         "choose a shorter supervisor.data",
                         path, strlen(path), sizeof address.sun_path - 1);
    memcpy(address.sun_path, path, strlen(path) + 1);
    lobby->socket = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    (void)unlink(path);
    if (lobby->socket < 0 ||
        bind(lobby->socket, (const struct sockaddr *)&address, sizeof address) != 0 ||
        chmod(path, 0600) != 0 || !give(lobby) || listen(lobby->socket, LOBBY_BACKLOG) != 0)
        return error_set(error, ERR_IO, "cannot listen at '%s': %s", path, strerror(errno));
    lobby->watch = reactor_watch(lobby->options.reactor, lobby->socket, accept_guests, lobby);
    return lobby->watch != NULL ? ERR_OK : error_set(error, ERR_LIMIT, "too many descriptors");
}

enum err lobby_open(const struct lobby_options *options, struct lobby **ret_lobby,
                    struct error *error)
{
    struct lobby *lobby = NEW(struct lobby);

    lobby->options = *options;
    lobby->path = mem_copy_text(options->path);
    lobby->socket = -1;
    lobby->guests = NEW_ARRAY(struct guest *, options->guests_max);
    enum err err = listen_at(lobby, error);
    if (err != ERR_OK)
        lobby_close(&lobby);
    else
        *ret_lobby = lobby;
    return err;
}

void lobby_close(struct lobby **lobby_at)
{
    struct lobby *lobby = *lobby_at;

    if (lobby == NULL)
        return;
    for (size_t i = 0; i < lobby->guest_count; i++) {
        reactor_unwatch(&lobby->guests[i]->watch);
        (void)close(lobby->guests[i]->socket);
        free(lobby->guests[i]);
    }
    free(lobby->guests);
    reactor_unwatch(&lobby->watch);
    if (lobby->socket >= 0) {
        (void)close(lobby->socket);
        (void)unlink(lobby->path);
    }
    free(lobby->path);
    free(lobby);
    *lobby_at = NULL;
}
