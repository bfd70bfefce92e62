/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The connection of a worker to its supervisor: a local socket that is connected again whenever it
 * breaks. Messages are those of worker/liaison.h, and figures (wire/figures.h). Belongs to one thread; never waits.
 */
#ifndef WORKER_IO_LEASH_H
#define WORKER_IO_LEASH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct leash;

/* ERR_INVALID if the path is too long for a socket. The path is copied. */
enum err leash_new(const char *path, struct leash **ret_leash, struct error *error) MUST_USE;
void leash_destroy(struct leash **leash);

/* Connects if it is time to. True when a connection has just been made: say hello. */
bool leash_step(struct leash *leash, uint64_t now_ns);

/* Readable when a message, or the end, is there; -1 while there is no connection. */
int leash_fd(const struct leash *leash);

/* False, and nothing was sent, without a connection or when the supervisor does not read. */
bool leash_send(struct leash *leash, const void *message, size_t size);

/* The next message, copied into `ret_message` (LIAISON_MESSAGE_MAX bytes); false if there is none. */
bool leash_receive(struct leash *leash, char *ret_message, size_t *ret_size, uint64_t now_ns);

/* When leash_step() has something to do. */
uint64_t leash_deadline_ns(const struct leash *leash);

/* When the connection was lost; 0 while there is one. */
uint64_t leash_lost_ns(const struct leash *leash);

#endif
