/* SPDX-License-Identifier: Apache-2.0 */
#include "ui/messages/session.h"

#define ROWS_NS UINT64_C(2000000000)

static enum control_code code_of(enum err err)
{
    static const struct {
        enum err err;
        enum control_code code;
    } codes[] = {
        {ERR_OK, CONTROL_OK},
        {ERR_CLOSED, CONTROL_UNAVAILABLE},
        {ERR_TIMEOUT, CONTROL_UNAVAILABLE},
        {ERR_NOT_FOUND, CONTROL_NOT_FOUND},
        {ERR_EXISTS, CONTROL_CONFLICT},
        {ERR_CONFLICT, CONTROL_CONFLICT},
        {ERR_INVALID, CONTROL_INVALID},
        {ERR_DENIED, CONTROL_DENIED},
        {ERR_LIMIT, CONTROL_LIMIT},
    };

    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        if (codes[i].err == err)
            return codes[i].code;
    }
    return CONTROL_INTERNAL;
}

bool session_judge(struct handling *handling, enum err err, const struct error *error)
{
    log_note(handling->backend, handling->log_began_ns, err, error);
    if (err != ERR_OK)
        answer_refuse(handling, code_of(err), "%s", error->text);
    return err == ERR_OK;
}

bool session_open(struct handling *handling, struct session *ret_session)
{
    const struct backend *backend = handling->backend;
    struct session session = {.console = NULL};
    struct control_fault fault;
    struct error error;

    if (backend->log(backend->context, &session.table, &session.servers, &handling->log_began_ns,
                     &fault) != CONTROL_OK) {
        answer_fault(handling, &fault);
        return false;
    }
    /* Somebody has let us in; whether he answers is seen later. */
    enum err err = session.table->open(&session.servers, &session.console, &error);
    if (err != ERR_OK)
        return session_judge(handling, err, &error);
    *ret_session = session;
    return true;
}

void session_begin_rows(struct handling *handling, struct session *session)
{
    const struct backend *backend = handling->backend;

    session->until_ns = backend->now_ns(backend->context) + ROWS_NS;
}

bool session_has_time(struct handling *handling, const struct session *session)
{
    const struct backend *backend = handling->backend;

    return !session->is_silent && backend->now_ns(backend->context) <= session->until_ns;
}

bool session_got(struct session *session, enum err err)
{
    session->is_silent = session->is_silent || log_is_silent(err);
    return err == ERR_OK;
}

void session_close(struct session *session)
{
    session->table->close(&session->console);
}
