/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The format of catalog.json:
 *
 *     {
 *       "format": 1,
 *       "cluster_id": "0bEXmAeHQA2-qaxZ6Kmv3g",
 *       "life": 7,
 *       "next_producer_id": 3000,
 *       "topics": [
 *         {"name": "lines", "id": "t5uCuHNfTCGLJ8yGZgkDkg", "partitions": 3, "config": {"retention.ms": "60000"}}
 *       ],
 *       "deleted": [
 *         {"name": "words", "id": "...", "partitions": 1}
 *       ],
 *       "crc32c": "0f3e60c2"
 *     }
 *
 * Every member must be there and nothing else may be. The checksum is that of all bytes before its line. Pure.
 */
#ifndef BROKER_SERVER_CATALOG_FILE_H
#define BROKER_SERVER_CATALOG_FILE_H

#include <stddef.h>

#include "base/err.h"
#include "base/text.h"
#include "broker/server/catalog_state.h"

enum {
    CATALOG_FILE_SIZE_MAX = 256 << 20, /* more than the largest limits can fill */
};

/* Appends the whole file. */
void catalog_file_encode(const struct catalog_state *state, struct text *text);

/* ERR_CORRUPT, ERR_LIMIT or ERR_VERSION, with the place; the state is written only on success. */
enum err catalog_file_decode(const char *bytes, size_t size, const struct catalog_limits *limits,
                             struct catalog_state *ret_state, struct error *error) MUST_USE;

#endif
