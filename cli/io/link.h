/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A command's session with the servers of the cluster state. It asks one thing after the other and
 * waits up to --timeout for the session and for each answer. Everything here complains by itself
 * and returns what the command ends with.
 */
#ifndef CLI_IO_LINK_H
#define CLI_IO_LINK_H

#include <stdint.h>

#include "base/settings.h"
#include "cli/exit_code.h"
#include "cli/language/options.h"
#include "coord/client.h"
#include "coord/servers.h"

struct link {
    const struct options *options;
    struct settings *settings; /* what `coord` borrows from */
    struct coord_options coord;
    struct server_list servers;
    char *root; /* what stands before the paths of the command line: "" or coord.root */
    char *path; /* the operand as the server has it; NULL if there is none */
    uint64_t timeout_ms;
    uint64_t deadline_ns;
    struct coord_client *client; /* NULL before link_connect() */
};

/* Reads settings, --server, --root, --timeout and the path. Ended by link_done() in any case. */
enum exit_code link_init(struct link *link, const struct options *options);
void link_done(struct link *link);

/* The same for a command that looks for nimbus: its operand is no path, and the settings of 'gale
 * submit' are those of its topology, which are checked elsewhere. */
enum exit_code link_init_to_nimbus(struct link *link, const struct options *options);

/* Waits that begin now may last as long as --timeout says: until link->deadline_ns. */
void link_begin_wait(struct link *link);

/* Looks first whether anybody listens, because the client would try for ever. */
enum exit_code link_connect(struct link *link);

/* DONE with an answer, be it an error of the protocol; UNREACHABLE without one. */
enum exit_code link_ask(struct link *link, const struct coord_call *call,
                        struct coord_event *ret_answer);

/* The same, but an error of the protocol is explained, and ends in FAILED, NOT_FOUND or
 * CONFLICT. */
enum exit_code link_do(struct link *link, const struct coord_call *call,
                       struct coord_event *ret_answer);

/* A path of the server as the command line has it. Borrows from `path`. */
const char *link_show(const struct link *link, const char *path);

/* "gale coord ls: ..." on standard error; returns the code. */
enum exit_code link_complain(const struct link *link, enum exit_code code, const char *format, ...)
    PRINTF_LIKE(3, 4);

/* Of an option that is a whole number from `min` to `max`; *value stays as it is without it. */
enum exit_code link_read_number(const struct link *link, enum option_id id, int64_t min,
                                int64_t max, int64_t *value);

#endif
