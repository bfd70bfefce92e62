/* SPDX-License-Identifier: Apache-2.0 */
#include "net/peer.h"

#include <arpa/inet.h>
#include <stdbool.h>
#include <string.h>

#include "base/assert.h"

#define MAPPED_PREFIX_SIZE 12

static const uint8_t mapped_prefix[MAPPED_PREFIX_SIZE] = {[10] = 0xff, [11] = 0xff};

static void write_text(struct peer *peer)
{
    const uint8_t *bytes = peer->address.bytes;
    bool is_ipv4 = memcmp(bytes, mapped_prefix, MAPPED_PREFIX_SIZE) == 0;
    const char *text =
        is_ipv4 ? inet_ntop(AF_INET, bytes + MAPPED_PREFIX_SIZE, peer->text, sizeof peer->text)
                : inet_ntop(AF_INET6, bytes, peer->text, sizeof peer->text);

    ASSERT(text != NULL); /* there is room for any address */
}

struct peer peer_of(const struct sockaddr_storage *storage)
{
    struct peer peer = {.port = 0};

    if (storage->ss_family == AF_INET) {
        struct sockaddr_in ipv4;
        memcpy(&ipv4, storage, sizeof ipv4);
        memcpy(peer.address.bytes, mapped_prefix, MAPPED_PREFIX_SIZE);
        memcpy(peer.address.bytes + MAPPED_PREFIX_SIZE, &ipv4.sin_addr, sizeof ipv4.sin_addr);
        peer.port = ntohs(ipv4.sin_port);
    } else {
        struct sockaddr_in6 ipv6;
        ASSERT(storage->ss_family == AF_INET6);
        memcpy(&ipv6, storage, sizeof ipv6);
        memcpy(peer.address.bytes, &ipv6.sin6_addr, sizeof ipv6.sin6_addr);
        peer.port = ntohs(ipv6.sin6_port);
    }
    write_text(&peer);
    return peer;
}
