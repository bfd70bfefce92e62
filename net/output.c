/* SPDX-License-Identifier: Apache-2.0 */
/* Linux: sendfile(); MSG_NOSIGNAL, so that nobody's SIGPIPE needs to be touched. */
#include "net/output.h"

#include <errno.h>
#include <event2/buffer.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>

#include "base/assert.h"
#include "base/mem.h"

#define PIECES_MAX 64

struct output_piece {
    struct output_piece *next;
    size_t bytes_before; /* in memory, still to be sent before this */
    struct output_file file;
};

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

static void drop_first_piece(struct output *output)
{
    struct output_piece *piece = output->first;
    struct output_file file = piece->file;

    output->first = piece->next;
    output->file_count--;
    output->file_bytes -= file.size;
    free(piece);
    file.release(file.context);
}

void output_done(struct output *output)
{
    while (output->first != NULL)
        drop_first_piece(output);
    if (output->bytes != NULL)
        evbuffer_free(output->bytes);
    *output = (struct output){.bytes = NULL};
}

void output_put(struct output *output, const void *bytes, size_t size)
{
    if (output->bytes == NULL)
        output->bytes = evbuffer_new();
    ASSERT(output->bytes != NULL);

    int result = evbuffer_add(output->bytes, bytes, size);
    ASSERT(result == 0); /* fails only without memory */
    output->bytes_behind += size;
}

void output_put_file(struct output *output, const struct output_file *file)
{
    struct output_piece *piece = NEW(struct output_piece);

    ASSERT(file->size > 0);
    ASSERT(file->position <= (uint64_t)INT64_MAX - file->size); /* what off_t holds */
    piece->file = *file;
    piece->bytes_before = output->bytes_behind;
    if (output->first == NULL)
        output->first = piece;
    else
        output->last->next = piece;
    output->last = piece;
    output->bytes_behind = 0;
    output->file_count++;
    output->file_bytes += file->size;
}

bool output_is_empty(const struct output *output)
{
    return output->file_count == 0 && output->bytes_behind == 0;
}

size_t output_memory_bytes(const struct output *output)
{
    return output->bytes == NULL ? 0 : evbuffer_get_length(output->bytes);
}

/* ---- sending: one system call each ---- */

/* Unlike a socket's, a file's failure is none of the peer's. */
static enum output_result sort(int failure)
{
    switch (failure) {
    case EAGAIN:
    case EINTR:
        return OUTPUT_FULL;
    case EIO:
    case EINVAL:
    case EBADF:
    case EOVERFLOW:
    case ENXIO:
        return OUTPUT_FILE_FAILED;
    default:
        return OUTPUT_BROKEN;
    }
}

/* The first `size` bytes of the buffer, or as many as fit into so many pieces. */
static size_t lay_out(const struct output *output, size_t size, struct iovec *pieces,
                      size_t *ret_count)
{
    size_t count = (size_t)evbuffer_peek(output->bytes, (ev_ssize_t)size, NULL, pieces, PIECES_MAX);
    size_t laid = 0;

    count = least(count, PIECES_MAX);
    for (size_t i = 0; i < count; i++) {
        pieces[i].iov_len = least(pieces[i].iov_len, size - laid); /* the last one may hold more */
        laid += pieces[i].iov_len;
    }
    *ret_count = count;
    return laid;
}

/* `waiting` counts the bytes in memory up to the next file, or to the end. */
static enum output_result send_bytes(struct output *output, int socket, size_t *waiting,
                                     struct output_sent *sent)
{
    struct iovec pieces[PIECES_MAX];
    struct msghdr message = {.msg_iov = pieces};
    size_t size = lay_out(output, *waiting, pieces, &message.msg_iovlen);
    int more = size < *waiting || output->file_count > 0 ? MSG_MORE : 0;

    ssize_t result = sendmsg(socket, &message, MSG_NOSIGNAL | MSG_DONTWAIT | more);
    if (result < 0)
        return errno == EAGAIN || errno == EINTR ? OUTPUT_FULL : OUTPUT_BROKEN;
    (void)evbuffer_drain(output->bytes, (size_t)result);
    *waiting -= (size_t)result;
    sent->bytes += (uint64_t)result;
    return (size_t)result == size ? OUTPUT_GOES_ON : OUTPUT_FULL;
}

/* What came short for a reason of the file's is told by the next attempt. */
static enum output_result send_file(struct output *output, int socket, size_t size_max,
                                    struct output_sent *sent)
{
    struct output_piece *piece = output->first;
    size_t size = least(piece->file.size, size_max);
    off_t position = (off_t)piece->file.position;

    ssize_t result = sendfile(socket, piece->file.fd, &position, size);
    if (result <= 0)
        return result < 0 ? sort(errno) : OUTPUT_FILE_FAILED;
    piece->file.position += (uint64_t)result;
    piece->file.size -= (size_t)result;
    output->file_bytes -= (uint64_t)result;
    sent->bytes += (uint64_t)result;
    sent->file_bytes += (uint64_t)result;
    if (piece->file.size == 0)
        drop_first_piece(output);
    return (size_t)result == size ? OUTPUT_GOES_ON : OUTPUT_FULL;
}

/* ---- sending: all of it ---- */

static enum output_result send_first(struct output *output, int socket, size_t file_bytes_max,
                                     struct output_sent *sent)
{
    struct output_piece *piece = output->first;

    if (piece == NULL)
        return send_bytes(output, socket, &output->bytes_behind, sent);
    if (piece->bytes_before > 0)
        return send_bytes(output, socket, &piece->bytes_before, sent);
    return send_file(output, socket, file_bytes_max, sent);
}

static enum output_result send_all(struct output *output, int socket, size_t file_bytes_max,
                                   struct output_sent *sent)
{
    enum output_result result = OUTPUT_GOES_ON;

    while (result == OUTPUT_GOES_ON && !output_is_empty(output)) {
        if (sent->file_bytes >= file_bytes_max)
            return OUTPUT_GOES_ON;
        result = send_first(output, socket, file_bytes_max - (size_t)sent->file_bytes, sent);
    }
    return output_is_empty(output) ? OUTPUT_EMPTY : result;
}

/* sendfile() cannot be told to raise no SIGPIPE, and raises it even when some bytes got through before
 * the peer was found gone. So the signal stays pending, and is taken back unless all was sent. */
static enum output_result send_all_without_signal(struct output *output, int socket,
                                                  size_t file_bytes_max, struct output_sent *sent)
{
    const struct timespec at_once = {.tv_sec = 0};
    sigset_t pipe_only;
    sigset_t before;

    (void)sigemptyset(&pipe_only);
    (void)sigaddset(&pipe_only, SIGPIPE);
    int failure = pthread_sigmask(SIG_BLOCK, &pipe_only, &before);
    ASSERT(failure == 0);
    enum output_result result = send_all(output, socket, file_bytes_max, sent);
    if (result != OUTPUT_EMPTY && result != OUTPUT_GOES_ON)
        (void)sigtimedwait(&pipe_only, NULL, &at_once);
    failure = pthread_sigmask(SIG_SETMASK, &before, NULL);
    ASSERT(failure == 0);
    return result;
}

enum output_result output_send(struct output *output, int socket, size_t file_bytes_max,
                               struct output_sent *ret_sent)
{
    *ret_sent = (struct output_sent){.bytes = 0};
    if (output->file_count > 0)
        return send_all_without_signal(output, socket, file_bytes_max, ret_sent);
    return send_all(output, socket, file_bytes_max, ret_sent);
}
