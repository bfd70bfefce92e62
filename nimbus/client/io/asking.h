/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One question after the other to a nimbus or a supervisor whose address is known, and its answers.
 * Waits; who else wants it to end makes a descriptor readable. Belongs to one thread at a time.
 */
#ifndef NIMBUS_CLIENT_IO_ASKING_H
#define NIMBUS_CLIENT_IO_ASKING_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "net/control_client.h"
#include "wire/control.h"

struct asking {
    struct control_client *client;
    uint64_t last_id;
    int interrupt; /* a descriptor that is readable when the waiting is to end; -1 for none */
};

struct question {
    const char *op;
    json_t *args; /* borrowed; NULL for none */
    const void *body;
    size_t size;
};

/* What came back: a result, or a fault of the other side; and bytes. */
struct asked {
    struct control_answer answer;
    struct control_reply reply;
};

void asked_done(struct asked *asked);

/* ERR_INVALID for an address that is none. The keys are borrowed for the call; NULL: none. */
MUST_USE enum err asking_open(const char *address, const struct keys *keys, int interrupt,
                              struct asking *ret_asking, struct error *error);
void asking_close(struct asking *asking);

/* Why the other side cannot be talked to, if it is for the keys; otherwise NULL. */
const char *asking_trouble(const struct asking *asking);

/* ERR_OK with an answer, be it a fault; ERR_TIMEOUT; ERR_DENIED for the keys; ERR_CANCELLED when the descriptor was
 * readable. Answers to earlier questions are passed over. */
MUST_USE enum err asking_ask(struct asking *asking, const struct question *question,
                             uint64_t deadline_ns, struct asked *ret_asked);

/* The two halves of it, for questions to several at a time. False if nothing can be sent. */
MUST_USE bool asking_send(struct asking *asking, const struct question *question);
MUST_USE enum err asking_wait(struct asking *asking, uint64_t deadline_ns, struct asked *ret_asked);

/* Waits until a time of clock_now_ns(); true if the descriptor was readable before. */
bool asking_pause(int interrupt, uint64_t until_ns);

#endif
