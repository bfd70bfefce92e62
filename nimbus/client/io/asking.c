/* SPDX-License-Identifier: Apache-2.0 */
#include "nimbus/client/io/asking.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"

enum {
    SLICE_NS = 50000000, /* after so long the waiting looks whether it is to end */
};

void asked_done(struct asked *asked)
{
    control_answer_done(&asked->answer);
    control_reply_done(&asked->reply);
}

enum err asking_open(const char *address, const struct keys *keys, int interrupt,
                     struct asking *ret_asking, struct error *error)
{
    struct control_client_options options = {.address = address, .keys = keys};
    struct asking asking = {.interrupt = interrupt};
    enum err err = control_client_open(&options, &asking.client, error);

    if (err == ERR_OK)
        *ret_asking = asking;
    return err;
}

void asking_close(struct asking *asking)
{
    control_client_close(&asking->client);
}

const char *asking_trouble(const struct asking *asking)
{
    return control_client_trouble(asking->client);
}

bool asking_pause(int interrupt, uint64_t until_ns)
{
    struct pollfd watched = {.fd = interrupt, .events = POLLIN};

    for (;;) {
        uint64_t now_ns = clock_now_ns();
        uint64_t left_ms = now_ns >= until_ns ? 0 : (until_ns - now_ns + 999999) / 1000000;
        int status = poll(&watched, 1, left_ms > 60000 ? 60000 : (int)left_ms);

        if (status > 0)
            return true;
        if (left_ms == 0 || (status < 0 && errno != EINTR))
            return false;
    }
}

/* The next message, if it is the answer with that id; ERR_DENIED; ERR_TIMEOUT if nothing came, ERR_CORRUPT if it
 * was something else. */
static enum err take(struct asking *asking, uint64_t until_ns, struct asked *ret_asked)
{
    struct asked asked = {.reply = {.head = NULL}};

    enum err err = control_client_wait(asking->client, until_ns, &asked.reply);

    if (err != ERR_OK)
        return err == ERR_DENIED ? err : ERR_TIMEOUT;
    err = control_answer_decode(asked.reply.head, asked.reply.head_size, &asked.answer, NULL);
    if (err == ERR_OK && asked.answer.id == asking->last_id) {
        *ret_asked = asked;
        return ERR_OK;
    }
    if (err == ERR_OK)
        control_answer_done(&asked.answer);
    control_reply_done(&asked.reply);
    return ERR_CORRUPT;
}

enum err asking_wait(struct asking *asking, uint64_t deadline_ns, struct asked *ret_asked)
{
    for (;;) {
        uint64_t now_ns = clock_now_ns();
        uint64_t until_ns = now_ns + SLICE_NS < deadline_ns ? now_ns + SLICE_NS : deadline_ns;

        if (asking->interrupt >= 0 && asking_pause(asking->interrupt, 0))
            return ERR_CANCELLED;
        enum err err = take(asking, until_ns, ret_asked);
        if (err == ERR_OK || err == ERR_DENIED || (err == ERR_TIMEOUT && now_ns >= deadline_ns))
            return err;
    }
}

bool asking_send(struct asking *asking, const struct question *question)
{
    AUTO(mem_free_text)
    char *head =
        control_request_encode(++asking->last_id, question->op, json_incref(question->args));

    return control_client_send(asking->client, head, strlen(head), question->body, question->size);
}

enum err asking_ask(struct asking *asking, const struct question *question, uint64_t deadline_ns,
                    struct asked *ret_asked)
{
    if (!asking_send(asking, question))
        /* Nobody has taken what was sent before, or the handshake has failed for good. */
        return asking_trouble(asking) == NULL ? ERR_TIMEOUT : ERR_DENIED;
    return asking_wait(asking, deadline_ns, ret_asked);
}
