/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What stands before the body of a request or response, and the frame around both.
 *
 * Of requests: key, version, correlation id, client id (a classic text even in flexible headers), and a section of tags
 * if the body is flexible. Of responses: correlation id, and tags if the body is flexible, but for ApiVersions, whose
 * response must be readable to those who do not know yet what the broker speaks. Pure; any thread.
 */
#ifndef BROKER_PROTOCOL_HEADER_H
#define BROKER_PROTOCOL_HEADER_H

#include <stddef.h>
#include <stdint.h>

#include "base/attribute.h"
#include "base/err.h"
#include "broker/protocol/apis.h"
#include "broker/protocol/reader.h"
#include "broker/protocol/writer.h"

enum {
    KAFKA_FRAME_PREFIX = 4, /* bytes of a frame's length, which does not count itself */
};

struct kafka_request_header {
    int16_t api_key;
    int16_t api_version;
    int32_t correlation_id;
    struct kafka_string client_id; /* or null; borrows */
};

enum kafka_frame {
    KAFKA_FRAME_PARTIAL, /* more bytes are needed */
    KAFKA_FRAME_WHOLE,
    KAFKA_FRAME_REFUSED, /* its length is negative, or larger than is allowed */
};

/* Looks at bytes that begin with a frame. *ret_size is set once the length has come, and is not refused: the whole of
 * the frame with its prefix. `size_max` is without the prefix. */
enum kafka_frame kafka_frame_look(const void *bytes, size_t size, size_t size_max,
                                  size_t *ret_size);

/* Leaves the reader at the body. Requests whose API or version we do not know have their header read, too, but for
 * tags. ERR_CORRUPT if it is cut off. */
enum err kafka_decode_request_header(struct kafka_reader *reader,
                                     struct kafka_request_header *ret_header,
                                     struct error *error) MUST_USE;

/* Of a response to a request of that version. */
enum err kafka_decode_response_header(const struct kafka_api *api, int16_t version,
                                      struct kafka_reader *reader, int32_t *ret_correlation_id,
                                      struct error *error) MUST_USE;

/* Appends a whole frame: prefix, header, body. Fails as kafka_encode() does, and with ERR_LIMIT if the frame is larger
 * than a frame can be; then the writer is as it was and files are the caller's. */
enum err kafka_encode_request(const struct kafka_request_header *header, const void *request,
                              struct kafka_writer *writer, struct error *error) MUST_USE;
enum err kafka_encode_response(const struct kafka_api *api, int16_t version, int32_t correlation_id,
                               const void *response, struct kafka_writer *writer,
                               struct error *error) MUST_USE;

/* Appends the frame that answers an ApiVersions request of a version that we do not serve: UNSUPPORTED_VERSION in the
 * layout of version 0, with what versions of ApiVersions we do serve. */
void kafka_encode_versions_refusal(int32_t correlation_id, struct kafka_writer *writer);

#endif
