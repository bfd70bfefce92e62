/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The command lines of what `gale up` starts: its own settings of folders and addresses, and those
 * that were given to it, for the programs that know them. Pure; any thread.
 */
#ifndef CLI_UP_WORDS_H
#define CLI_UP_WORDS_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/settings.h"

struct up_words_options {
    const char *folder;
    uint16_t coord_port;
    uint16_t nimbus_port;
    uint16_t broker_port;    /* 0: there is no log of its own */
    uint16_t ui_port;        /* 0: there is no page */
    const char *slots;       /* --slots; NULL: as the settings say, or else 4 */
    const char *worker_user; /* of supervisor.worker.user; NULL: as the settings say */
    const struct settings *settings;
};

/* The words of the child of that index in the plan, ended by NULL; up_words_free() frees them. The
 * first is the program's name alone. */
char **up_words_make(const struct up_words_options *options, size_t child);
void up_words_free(char **words);

/* Whether all settings are known and right, and none is typed that `gale up` decides itself. */
MUST_USE enum err up_words_check(const struct settings *settings, struct error *error);

#endif
