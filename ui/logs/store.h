/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The logs of workers, as supervisors give them: which there are, and pieces of them. A file is named by what a
 * listing says of it and by nothing else: here the form of the names is checked, and the supervisor opens no
 * other. So no request can leave its folder.
 */
#ifndef UI_LOGS_STORE_H
#define UI_LOGS_STORE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ui/backend.h"

enum {
    STORE_ID_MAX = 128,  /* bytes of a topology's or a supervisor's id */
    STORE_FILE_MAX = 32, /* bytes of a file's name */
};

struct store_file {
    char topology[STORE_ID_MAX + 1]; /* id */
    char supervisor[STORE_ID_MAX + 1];
    uint64_t slot;
    char name[STORE_FILE_MAX + 1]; /* "worker.log", "worker.log.3" */
    uint64_t size;                 /* of a listing */
    uint64_t modified_ms;          /* of a listing */
    bool is_shared;                /* many may read the same of it at a time: ui/backend.h */
};

/* What supervisors said. */
struct store_list {
    size_t count;
    struct store_file *files; /* by supervisor, slot, and the newest first */
    json_t *missing;          /* [{"supervisor", "text"}]: who did not answer */
};

bool store_is_id(const char *text) MUST_USE;
bool store_is_name(const char *text) MUST_USE; /* of a file */

/* Whose number a file has: 0 of worker.log, 3 of worker.log.3. The name must be one. */
uint64_t store_number(const char *name);

/* The supervisors that there are: [{"id", "host", ...}]; a fault if nimbus does not say. The caller owns it. */
enum control_code store_supervisors(const struct backend *backend, json_t **ret_supervisors,
                                    struct control_fault *fault);

/* The files of a topology, by its id; none if it has no such form. `supervisors` is a list as above. */
void store_list(const struct backend *backend, const json_t *supervisors, const char *topology,
                struct store_list *ret_list);
void store_list_done(struct store_list *list);

/* The topologies of which there are logs: {"topologies": [{"id", "name", "modified_ms", "supervisors"}], "missing"}. The names
 * are those of `running`, the pulse's topologies. The caller owns it. */
json_t *store_topologies(const struct backend *backend, const json_t *supervisors,
                         const json_t *running) MUST_USE;

struct store_piece {
    uint64_t offset; /* of the first byte */
    uint64_t file_size;
    size_t size;
    void *bytes; /* owned; may be NULL if size is 0 */
};

/* At most CONTROL_CHUNK_MAX bytes. A negative offset counts from the end. */
enum control_code store_read(const struct backend *backend, const struct store_file *file,
                             int64_t offset, size_t length, struct store_piece *ret_piece,
                             struct control_fault *fault);

#endif
