/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/coord_schema.h"

#include "base/mem.h"

#define KIB 1024.0
#define MIB (1024.0 * KIB)
#define GIB (1024.0 * MIB)

static const struct setting_spec specs[] = {
    {"coord.listen", SETTING_TEXT, "127.0.0.1:2181", 3, 300,
     "address and port to serve; port 0: any free one"},
    {"coord.public", SETTING_BOOL, "false", 0, 0,
     "allow an address that other machines reach; nothing is encrypted"},
    {"coord.data", SETTING_TEXT, "", 0, 4000, "folder that keeps the state"},
    {"coord.log.level", SETTING_TEXT, "info", 0, 0, "debug, info, warn or error"},
    {"coord.tick_ms", SETTING_U64, "2000", 10, 600000,
     "sessions live between 2 and 20 ticks without a sign of life, and end on whole ticks"},
    {"coord.data_max_bytes", SETTING_BYTES, "1048575", 1024, 64 * MIB,
     "largest request, and so the largest data of a node"},
    {"coord.sessions_max", SETTING_U64, "100000", 1, 10e6, "sessions at a time"},
    {"coord.connections_max", SETTING_U64, "50000", 1, 10e6, "connections at a time"},
    {"coord.connections_per_address_max", SETTING_U64, "0", 0, 10e6,
     "connections from one address; 0: no limit"},
    {"coord.nodes_max", SETTING_U64, "10000000", 100, COORD_SCHEMA_NODES_MAX, "nodes of the tree"},
    {"coord.watches_max", SETTING_U64, "10000000", 1, 1e9, "watches of all clients"},
    {"coord.acls_max", SETTING_U64, "100000", 2, 10e6, "different access control lists"},
    {"coord.output_max_bytes", SETTING_BYTES, "64MiB", 2 * MIB, GIB,
     "what is held for a client that does not read, before it is disconnected"},
    {"coord.handshake_timeout_ms", SETTING_U64, "10000", 100, 600000,
     "a connection that says nothing is closed after this"},
    {"coord.container_check_ms", SETTING_U64, "60000", 10, 86400000,
     "how often empty containers and nodes whose time is up are looked for"},
    {"coord.extended_types", SETTING_BOOL, "true", 0, 0, "allow nodes with a time to live"},
    {"coord.super_digest", SETTING_TEXT, "", 0, 300,
     "super:base64(sha1(super:password)) of a user who may do all; empty: none"},
    {"coord.words", SETTING_TEXT, "*", 0, 300,
     "four-letter words that are answered: * or a list like ruok,srvr,mntr"},
};

const struct setting_spec *coord_schema_specs(size_t *ret_count)
{
    *ret_count = COUNT_OF(specs);
    return specs;
}
