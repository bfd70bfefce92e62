/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Questions to the log, of one request. A console of librdkafka is opened for each and closed after it: a request with it takes
 * about 3 ms beside a broker, and there is nothing to be kept and to be watched between requests.
 */
#ifndef UI_MESSAGES_SESSION_H
#define UI_MESSAGES_SESSION_H

#include <stdbool.h>

#include "base/attribute.h"
#include "broker/client/console.h"
#include "ui/handler.h"

struct session {
    const struct log_console *table;
    struct console_servers servers;
    struct console *console;
};

/* False, and the fault is answered: there is no module, or no broker. */
bool session_open(struct handling *handling, struct session *ret_session) MUST_USE;
void session_close(struct session *session);

/* False, and answered, if it is an error. */
bool session_judge(struct handling *handling, enum err err, const struct error *error) MUST_USE;

#endif
