/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who may do what with a node. Many nodes share few access control lists, so each different list
 * is kept once, under a number, with a count of its users; number 0 is "everybody may do all" and
 * is always there.
 *
 * Schemes: world, auth (replaced by the caller's identities when a list is set), digest, ip
 * (address or address/bits, of IPv4 as in ZooKeeper 3.8 or of IPv6 as in 3.9), and the identity
 * super, which passes everything but stands in no list. A list is stored in the protocol's own
 * encoding. Pure; belongs to one thread.
 */
#ifndef COORD_SERVER_ACL_H
#define COORD_SERVER_ACL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/text.h"
#include "coord/protocol/error.h"
#include "coord/protocol/request.h"

enum {
    ACL_OPEN = 0,            /* the number of world:anyone with all permissions */
    ACL_READ_ONLY = 1,       /* world:anyone may read: /zookeeper/config. Always there, too. */
    ACL_ENTRIES_MAX = 256,   /* of one list */
    ACL_IDENTITIES_MAX = 32, /* of one connection */
    ACL_TEXT_MAX = 4096,     /* bytes of a scheme or an id */
    ACL_TOKEN_MAX = 2048,    /* bytes of "user:password" */
};

/* What a connection has proved to be. Zero is nobody. */
struct acl_identities {
    struct acl_identity *items; /* in order of being added */
    size_t count;
};

struct acl_identity {
    char *scheme;
    char *id;
};

/* Every connection starts with ip:<address>; of "::ffff:10.0.0.1" the part that is IPv4. */
void acl_identities_init(struct acl_identities *identities, const char *address);
void acl_identities_done(struct acl_identities *identities);

/* The operation `auth`: "digest" with "user:password" adds digest:user:base64(sha1(token)), once,
 * and before it super if that is the super digest (NULL for none: "super:base64"). "ip" is accepted
 * and adds nothing. COORD_AUTH_FAILED for anything else or when there is no room. */
enum coord_error acl_authenticate(struct acl_identities *identities, struct jute_bytes scheme,
                                  struct jute_bytes token, const char *super_digest);

struct acls;

struct acls *acls_new(size_t lists_max);
void acls_destroy(struct acls **acls);

/* Checks the list of a request by ZooKeeper's rules (null or empty, unknown scheme, malformed id,
 * `auth` of one who proved nothing: COORD_INVALID_ACL; an id that is null where one is needed:
 * COORD_MARSHALLING_ERROR), drops duplicates, puts every digest of the caller in the place of
 * `auth`, and appends the encoded vector to *ret_encoded. Permissions are taken as they are. More
 * than ACL_ENTRIES_MAX items, before or after, are not valid, either. */
enum coord_error acl_resolve(struct request_list list, const struct acl_identities *identities,
                             struct text *ret_encoded);

/* The number of an encoded list: the one it has, or a new one. Does not count a user: a list that
 * nobody takes stays until it was taken and dropped. False if it is new and lists_max are there,
 * besides the two that always are. *ret_is_new tells that it must be stored. */
bool acls_intern(struct acls *acls, const void *encoded, size_t size, uint32_t *ret_number,
                 bool *ret_is_new) MUST_USE;

/* For recovery and undo: the list with the number it had, without users and beyond lists_max.
 * ERR_CORRUPT if it is no list, ERR_EXISTS if the number or the list is there. */
enum err acls_restore(struct acls *acls, uint32_t number, const void *encoded,
                      size_t size) MUST_USE;

/* Counts a user more; a user less. Returns true when the last one went: then the number is free to
 * be given again, and the stored list can go. Never for the two that are always there. */
void acls_take(struct acls *acls, uint32_t number);
bool acls_drop(struct acls *acls, uint32_t number);

/* Borrowed, encoded; null if there is no such list. */
struct jute_bytes acls_get(const struct acls *acls, uint32_t number);

/* Whether one of the identities has one of the permissions (MESSAGE_READ | ...). */
bool acls_allow(const struct acls *acls, uint32_t number, int32_t permissions,
                const struct acl_identities *identities);

/* Appends the list as getACL answers it: with the hashes of digests as "x" if `masked`. */
void acls_put(const struct acls *acls, uint32_t number, bool masked, struct text *out);

#endif
