/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Brings a file's content to nimbus, where it is named by its hash. What is there already is not
 * sent again, and an upload that was cut goes on where it was.
 */
#ifndef CLI_COMMANDS_UPLOAD_H
#define CLI_COMMANDS_UPLOAD_H

#include "cli/io/nimbus.h"

enum {
    UPLOAD_HASH_SIZE = 65, /* of a SHA-256 in hexadecimal digits, with the final NUL */
};

struct upload {
    const char *what; /* "wc.so", for the bar on a terminal */
    const void *bytes;
    size_t size;
};

/* Writes the hash and sends what is missing. */
enum exit_code upload_run(struct nimbus *nimbus, const struct upload *upload,
                          char ret_hash[UPLOAD_HASH_SIZE]);

#endif
