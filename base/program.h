/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the daemons have in common around their own work: the options of the command line, standard
 * streams, limits, signals, the file of the port, the folder of their state. For main.c alone, before
 * there are threads.
 *
 *     -d, --data FOLDER  -l, --listen ADDRESS:PORT  --port-file FILE  --config FILE  -c KEY=VALUE
 *     -h, --help  --man  -V, --version                                and up to PROGRAM_MORE_MAX more
 */
#ifndef BASE_PROGRAM_H
#define BASE_PROGRAM_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/settings.h"
#include "base/text.h"

enum {
    PROGRAM_MORE_MAX = 8,
};

/* Exit codes: as those of gale. */
enum program_status {
    PROGRAM_DONE = 0,
    PROGRAM_FAILED = 1, /* it could not start, or could not go on */
    PROGRAM_USAGE = 2,  /* the command line or a setting is wrong */
};

/* An option beside the common ones; it has a long form alone. */
struct program_option {
    const char *name;   /* without dashes; NULL ends the list */
    const char **value; /* where its value goes; NULL if it takes none */
    bool *flag;         /* what it sets if it takes none */
};

struct program {
    const char *name; /* "gale-nimbus" */
    const char *version;
    const char *data_key;   /* the setting of --data: "nimbus.data"; NULL: no such option */
    const char *listen_key; /* the setting of --listen */
    void (*put_help)(struct text *out);
    void (*put_page)(struct text *out); /* --man */
    struct program_option more[PROGRAM_MORE_MAX];
};

struct program_arguments {
    const char *port_file; /* NULL for none */
    bool is_over;          /* --help and the like: nothing is left to be done */
};

/* First of all: standard streams that were closed are opened to nowhere, and the limit of open files is
 * raised as far as it goes. */
void program_begin(void);

/* Reads the file of --config, then the command line, into the settings. Errors name the option, or the
 * place in the file. The texts of `words` are borrowed. */
enum err program_read(const struct program *program, int count, char **words,
                      struct settings *settings, struct program_arguments *ret_arguments,
                      struct error *error) MUST_USE;

/* Where the state is if nobody says: /var/lib/gale/<name> for root, else gale/<name> below
 * $XDG_STATE_HOME or ~/.local/state. The caller frees it. */
char *program_default_folder(const char *name) MUST_USE;

/* Writes the port into a file, renamed into place: whoever sees it sees the whole number. */
enum err program_write_port(const char *path, uint16_t port, struct error *error) MUST_USE;

/* Of SIGTERM and SIGINT. */
void program_handle_signals(void (*handler)(int signal_number));

/* "gale-nimbus: text" on standard error; returns the status. */
int program_complain(const struct program *program, const struct error *error,
                     enum program_status status);

#endif
