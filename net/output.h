/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What was put for a peer and not yet taken by its socket: bytes in memory and pieces of files, in
 * the order in which they were put. For connection.c alone.
 *
 * The bytes lie in one buffer; each piece of a file knows how many of them come before it (and
 * behind the piece before). Memory goes out by sendmsg, files by sendfile. Neither raises SIGPIPE:
 * sendmsg can be told so, and around sendfile the signal is blocked and what was raised is taken
 * back. All zero bytes are an empty output.
 */
#ifndef NET_OUTPUT_H
#define NET_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct evbuffer;
struct output_piece;

struct output {
    struct evbuffer *bytes;     /* NULL until some were put */
    size_t bytes_behind;        /* of them, behind the last file */
    struct output_piece *first; /* of files; NULL: none */
    struct output_piece *last;
    size_t file_count;
    uint64_t file_bytes;
};

/* A part of a file, as connection_put_file() takes it. */
struct output_file {
    int fd;
    uint64_t position;
    size_t size; /* > 0 */
    void (*release)(void *context);
    void *context;
};

enum output_result {
    OUTPUT_EMPTY,       /* all was sent */
    OUTPUT_GOES_ON,     /* the socket has room, and it is the others' turn */
    OUTPUT_FULL,        /* the socket is */
    OUTPUT_BROKEN,      /* the peer is gone */
    OUTPUT_FILE_FAILED, /* it ended early or cannot be read */
};

struct output_sent {
    uint64_t bytes; /* in all */
    uint64_t file_bytes;
};

/* Drops what waits; files are released. */
void output_done(struct output *output);

void output_put(struct output *output, const void *bytes, size_t size);
void output_put_file(struct output *output, const struct output_file *file);

/* Sends what the socket takes at once, and not much more than file_bytes_max of files. */
enum output_result output_send(struct output *output, int socket, size_t file_bytes_max,
                               struct output_sent *ret_sent);

bool output_is_empty(const struct output *output);
size_t output_memory_bytes(const struct output *output);

#endif
