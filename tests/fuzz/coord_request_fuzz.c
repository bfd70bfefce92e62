/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes are decoded as a request, and as a connect request, or refused; of one that was decoded
 * every list and every part can be walked to its end, and every byte that it points to be read.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/mem.h"
#include "coord/protocol/request.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The sum is of no use but to read every byte. */
static uint64_t touch(struct jute_bytes bytes)
{
    uint64_t sum = 0;

    ASSERT(bytes.data != NULL || bytes.size == 0);
    for (size_t i = 0; i < bytes.size; i++)
        sum += (uint8_t)bytes.data[i];
    return sum;
}

static uint64_t walk_acl(struct request_list list)
{
    uint64_t sum = 0;

    ASSERT(!list.is_null || list.count == 0);
    while (list.count > 0) {
        struct request_acl acl = request_next_acl(&list);
        sum += touch(acl.scheme) + touch(acl.id);
    }
    ASSERT(!list.items.failed && list.items.at == list.items.end);
    return sum;
}

static uint64_t walk_paths(struct request_list list)
{
    uint64_t sum = 0;

    ASSERT(!list.is_null || list.count == 0);
    while (list.count > 0)
        sum += touch(request_next_path(&list));
    ASSERT(!list.items.failed && list.items.at == list.items.end);
    return sum;
}

static uint64_t walk(const struct request *request)
{
    uint64_t sum = touch(request->path) + touch(request->data) + touch(request->scheme);

    for (int i = 0; i < REQUEST_WATCH_LISTS; i++)
        sum += walk_paths(request->watches[i]);
    return sum + walk_acl(request->acl);
}

static uint64_t walk_parts(struct jute_in parts)
{
    struct request part;
    uint64_t sum = 0;
    enum request_part outcome;

    while ((outcome = request_next_part(&parts, &part)) == REQUEST_PART)
        sum += walk(&part);
    ASSERT(outcome == REQUEST_PARTS_END);
    return sum;
}

static uint64_t try_request(const void *frame, size_t size)
{
    struct request request;

    switch (request_decode(frame, size, &request)) {
    case REQUEST_HEADERLESS:
        return 0;
    case REQUEST_MALFORMED:
        ASSERT(request.path.data == NULL && request.parts.at == NULL);
        return 0;
    case REQUEST_DECODED:
        return walk(&request) + (request.parts.at == NULL ? 0 : walk_parts(request.parts));
    }
    UNREACHABLE();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    void *frame = mem_alloc(size); /* not a byte more */
    struct request_connect connect;
    volatile uint64_t sum = 0;

    if (size > 0)
        memcpy(frame, data, size);
    sum = try_request(frame, size);
    if (request_decode_connect(frame, size, &connect))
        sum += touch(connect.password);
    free(frame);
    (void)sum;
    return 0;
}
