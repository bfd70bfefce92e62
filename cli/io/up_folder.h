/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The folder of `gale up`: the state of each daemon, 'logs', and gale.yaml, which says for other
 * commands where the cluster is and for the next start which ports it had. Only one can have it: it
 * is locked while it is open, and nothing of the lock stays.
 */
#ifndef CLI_IO_UP_FOLDER_H
#define CLI_IO_UP_FOLDER_H

#include <stdint.h>

#include "base/err.h"

struct up_folder {
    char *path;   /* absolute */
    char *config; /* gale.yaml in it */
    int lock;
    uint16_t coord_port;
    uint16_t nimbus_port;
    uint16_t broker_port; /* 0: without a log */
    uint16_t ui_port;     /* 0: without a page */
    int coord_claim;      /* keep the ports from others that start at the same moment */
    int nimbus_claim;
    int broker_claim;
    int ui_claim;
};

/* One that is not open. */
#define UP_FOLDER_NONE                                                                         \
    {                                                                                          \
        .lock = -1, .coord_claim = -1, .nimbus_claim = -1, .broker_claim = -1, .ui_claim = -1, \
    }

enum {
    UP_FOLDER_NO_PORT = -1, /* without that program */
    UP_FOLDER_ANY_PORT = 0, /* the one of the last time, or the usual one, or any */
};

/* Each is one of those above, or the very port. */
struct up_ports {
    int log;
    int ui;
};

/* Makes it if it is missing, chooses ports that are free, writes gale.yaml. `path` is NULL for the
 * usual one. ERR_CONFLICT if somebody else has the folder, or a port that was named. */
MUST_USE enum err up_folder_open(const char *path, struct up_ports ports,
                                 struct up_folder *ret_folder, struct error *error);
void up_folder_close(struct up_folder *folder);

/* "$XDG_STATE_HOME/gale/up"; the caller frees it. */
char *up_folder_usual(void);

#endif
