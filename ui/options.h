/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What gale-ui is told by its settings (wire/ui_schema.h), and what follows from them. Pure.
 */
#ifndef UI_OPTIONS_H
#define UI_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/settings.h"
#include "ui/http/guard.h"

enum {
    UI_TOKEN_MIN = 16, /* bytes */
};

struct ui_options {
    /* texts are borrowed from the settings */
    const char *listen;
    bool is_public;         /* other machines may reach it */
    const char *token_file; /* NULL: none */
    bool allows_actions;    /* ui.actions */
    uint32_t connections_max;
    uint32_t streams_max;
    size_t body_bytes_max;
    uint64_t request_timeout_ms;
    uint64_t backend_timeout_ms;
    uint32_t threads;
    const char *folder; /* of the page; NULL: what was built in */
    uint32_t log_level;
    const char *brokers; /* log.brokers */
    size_t host_count;
    char *hosts[GUARD_HOSTS_MAX]; /* owned */
};

/* Reads them; what is not set has its default. The whole file is checked, also what is in it for others. Errors name the
 * place where a value was set. ERR_DENIED for an address that other machines reach without ui.public. Ended by
 * ui_options_done(). The settings outlive the result. */
enum err ui_options_make(const struct settings *settings, struct ui_options *ret_options,
                         struct error *error) MUST_USE;
void ui_options_done(struct ui_options *options);

/* What a file of a token says; a line's end behind it does not count. ERR_INVALID says what is wrong with it. The caller frees it. */
enum err ui_token_read(const char *bytes, size_t size, char **ret_token,
                       struct error *error) MUST_USE;

/* Who is let through; borrows all it is given. */
struct guard ui_guard(const struct ui_options *options, const char *token);

#endif
