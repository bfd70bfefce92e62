/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Short talks with servers that need no session: whether anybody listens, and the words of four
 * letters that ZooKeeper and gale-coord answer with a text.
 */
#ifndef CLI_IO_WORDS_H
#define CLI_IO_WORDS_H

#include <stdint.h>

#include "base/err.h"
#include "base/text.h"
#include "coord/servers.h"

enum {
    WORDS_ANSWER_MAX = 64 * 1024 * 1024, /* bytes; what is longer is cut */
};

/* Whether one of the servers takes connections. ERR_IO with what each of them did instead. */
MUST_USE enum err words_probe(const struct server_list *servers, uint64_t deadline_ns,
                              struct error *error);

/* Appends the answer of one server to a word. ERR_IO or ERR_TIMEOUT. */
MUST_USE enum err words_ask(const struct server_address *server, const char *word,
                            uint64_t deadline_ns, struct text *answer, struct error *error);

#endif
