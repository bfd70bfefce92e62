/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Questions to the log, of one request. A console of librdkafka is opened for each and closed after it: a request with it takes
 * about 3 ms beside a broker, and there is nothing to be kept and to be watched between requests.
 */
#ifndef UI_MESSAGES_SESSION_H
#define UI_MESSAGES_SESSION_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attribute.h"
#include "broker/client/console.h"
#include "ui/handler.h"

struct session {
    const struct log_console *table;
    struct console_servers servers;
    struct console *console;
    uint64_t until_ns; /* for rows */
    bool is_silent;    /* a row got no answer: the others would wait for nothing, too */
};

/* False, and the fault is answered: there is no module, or no broker. */
bool session_open(struct handling *handling, struct session *ret_session) MUST_USE;
void session_close(struct session *session);

/* Rows of a page are described one by one, within 2 s from here on: those that come too late have less. */
void session_begin_rows(struct handling *handling, struct session *session);

/* Whether one row more may be asked for. */
bool session_has_time(struct handling *handling, const struct session *session);

/* Of a row: whether it came. */
bool session_got(struct session *session, enum err err);

/* False, and answered, if it is an error. The backend is told whether the log answers. */
bool session_judge(struct handling *handling, enum err err, const struct error *error) MUST_USE;

#endif
