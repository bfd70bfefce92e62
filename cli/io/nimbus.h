/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A command's way to the nimbus that leads. It is found in the cluster state, or given by --nimbus,
 * and asked whether it leads before anything else; if another one leads meanwhile, it is looked for
 * again, for as long as --timeout says. Everything here complains by itself and returns what the
 * command ends with.
 */
#ifndef CLI_IO_NIMBUS_H
#define CLI_IO_NIMBUS_H

#include <stdbool.h>
#include <stdint.h>

#include <jansson.h>

#include "base/attribute.h"
#include "cli/exit_code.h"
#include "cli/io/link.h"
#include "cli/language/options.h"
#include "nimbus/client/io/asking.h"
#include "nimbus/client/io/pass.h"

struct nimbus {
    const struct options *options;
    struct link link;             /* to the cluster state: its settings and its times */
    struct pass pass;             /* the key that is shown */
    struct asking asking;         /* to the nimbus; no client before nimbus_open() */
    char *address;                /* of it */
    char *version;                /* of its program */
    char refusal[ERROR_TEXT_MAX]; /* why the last one asked said "later"; "" if none did */
    int interrupt;                /* ends every waiting; -1: signals end the process */
};

/* What is asked. */
struct nimbus_question {
    const char *op;
    json_t *args; /* taken over; NULL for none */
    const void *body;
    size_t size;
    bool is_lookup; /* changes nothing: it may be asked again when no answer comes */
};

/* Reads the command line. Ended by nimbus_done() in any case. */
enum exit_code nimbus_init(struct nimbus *nimbus, const struct options *options);
void nimbus_done(struct nimbus *nimbus);

/* SIGINT and SIGTERM end the waiting from now on, and then EXIT_CODE_INTERRUPTED comes back. */
enum exit_code nimbus_catch_signals(struct nimbus *nimbus);

/* Finds the one that leads. */
enum exit_code nimbus_open(struct nimbus *nimbus);

/* DONE with the result, to be given back by json_decref(). Faults are explained and end in FAILED,
 * USAGE, UNREACHABLE, NOT_FOUND, CONFLICT, DENIED or, of a submit, TOPOLOGY. */
enum exit_code nimbus_ask(struct nimbus *nimbus, const struct nimbus_question *question,
                          json_t **ret_ok);

/* The same for what has {"name": NAME} as its arguments and changes nothing; NOT_FOUND without a
 * complaint if `is_quiet`. */
enum exit_code nimbus_look(struct nimbus *nimbus, const char *op, const char *name, bool is_quiet,
                           json_t **ret_ok);

/* "gale kill: ..." on standard error; returns the code. */
enum exit_code nimbus_complain(const struct nimbus *nimbus, enum exit_code code, const char *format,
                               ...) PRINTF_LIKE(3, 4);

/* Waits; INTERRUPTED if a signal came, otherwise DONE. */
enum exit_code nimbus_pause(const struct nimbus *nimbus, uint64_t until_ns);

#endif
