/* SPDX-License-Identifier: Apache-2.0 */
#define XXH_INLINE_ALL
#include "coord/server/acl.h"

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "base/assert.h"
#include "base/mem.h"
#include "coord/server/acl_scheme.h"
#include "coord/server/table.h"

enum {
    FIRST_FREE_NUMBER = 2, /* behind the two lists that are always there */
};

/* ---- the lists that are in use -------------------------------------------------------------- */

struct entry {
    struct table_node by_number;
    struct table_node by_content;
    size_t users;
    uint32_t number;
    size_t size;
    char encoded[];
};

struct acls {
    struct table by_number;
    struct table by_content;
    size_t lists_max;
    uint32_t next_number; /* where to look for a free one */
};

static struct entry *find_number(const struct acls *acls, uint32_t number)
{
    struct table_node *node = table_find(&acls->by_number, table_hash_number(number));

    for (; node != NULL; node = table_next(node)) {
        struct entry *entry = CONTAINER_OF(node, struct entry, by_number);
        if (entry->number == number)
            return entry;
    }
    return NULL;
}

static struct entry *get_number(const struct acls *acls, uint32_t number)
{
    struct entry *entry = find_number(acls, number);

    ASSERT(entry != NULL);
    return entry;
}

static struct entry *find_content(const struct acls *acls, const void *encoded, size_t size)
{
    struct table_node *node = table_find(&acls->by_content, XXH3_64bits(encoded, size));

    for (; node != NULL; node = table_next(node)) {
        struct entry *entry = CONTAINER_OF(node, struct entry, by_content);
        if (entry->size == size && memcmp(entry->encoded, encoded, size) == 0)
            return entry;
    }
    return NULL;
}

static void add_entry(struct acls *acls, uint32_t number, const void *encoded, size_t size)
{
    struct entry *entry = mem_alloc(sizeof *entry + size);

    entry->number = number;
    entry->size = size;
    memcpy(entry->encoded, encoded, size);
    table_put(&acls->by_number, &entry->by_number, table_hash_number(number));
    table_put(&acls->by_content, &entry->by_content, XXH3_64bits(encoded, size));
}

static void add_world(struct acls *acls, uint32_t number, int32_t permissions)
{
    AUTO(text_done) struct text encoded = {0};
    struct request_acl item = {
        .permissions = permissions, .scheme = acl_bytes_of("world"), .id = acl_bytes_of("anyone")};

    jute_put_int(&encoded, 1);
    acl_item_put(&encoded, &item);
    add_entry(acls, number, text_data(&encoded), text_size(&encoded));
}

struct acls *acls_new(size_t lists_max)
{
    ASSERT(lists_max < UINT32_MAX - FIRST_FREE_NUMBER);

    struct acls *acls = NEW(struct acls);
    acls->lists_max = lists_max;
    acls->next_number = FIRST_FREE_NUMBER;
    add_world(acls, ACL_OPEN, MESSAGE_ALL_PERMISSIONS);
    add_world(acls, ACL_READ_ONLY, MESSAGE_READ);
    return acls;
}

void acls_destroy(struct acls **acls)
{
    if (*acls == NULL)
        return;
    struct table *table = &(*acls)->by_number;
    struct table_node *node = table_walk(table, NULL);
    while (node != NULL) {
        struct table_node *next = table_walk(table, node);
        free(CONTAINER_OF(node, struct entry, by_number));
        node = next;
    }
    table_done(&(*acls)->by_number);
    table_done(&(*acls)->by_content);
    free(*acls);
    *acls = NULL;
}

static uint32_t take_number(struct acls *acls)
{
    while (acls->next_number < FIRST_FREE_NUMBER || find_number(acls, acls->next_number) != NULL)
        acls->next_number++; /* and around: there are more numbers than lists */
    return acls->next_number++;
}

bool acls_intern(struct acls *acls, const void *encoded, size_t size, uint32_t *ret_number,
                 bool *ret_is_new)
{
    const struct entry *entry = find_content(acls, encoded, size);

    if (entry == NULL && acls->by_number.count >= acls->lists_max + FIRST_FREE_NUMBER)
        return false;
    *ret_is_new = entry == NULL;
    *ret_number = entry == NULL ? take_number(acls) : entry->number;
    if (entry == NULL)
        add_entry(acls, *ret_number, encoded, size);
    return true;
}

/* The encoded vector as something to walk; its count is 0 if it is none. */
static struct request_list list_of(const void *encoded, size_t size)
{
    struct jute_in in = jute_in_of(encoded, size);
    size_t count = jute_get_count(&in, ACL_ITEM_SIZE_MIN);

    return (struct request_list){.items = in, .count = in.failed ? 0 : count};
}

static bool is_list(const void *encoded, size_t size)
{
    struct request_list list = list_of(encoded, size);
    struct jute_in in = list.items;

    for (size_t i = 0; i < list.count; i++) {
        struct request_acl item = {.permissions = jute_get_int(&in)};
        item.scheme = jute_get_bytes(&in);
        item.id = jute_get_bytes(&in);
        if (item.scheme.data == NULL || item.id.data == NULL || !acl_item_is_short(&item))
            return false; /* what lies beyond the end is null, too */
    }
    return list.count > 0 && list.count <= ACL_ENTRIES_MAX && !in.failed && in.at == in.end;
}

enum err acls_restore(struct acls *acls, uint32_t number, const void *encoded, size_t size)
{
    if (!is_list(encoded, size))
        return ERR_CORRUPT;
    if (find_number(acls, number) != NULL || find_content(acls, encoded, size) != NULL)
        return ERR_EXISTS;
    add_entry(acls, number, encoded, size);
    return ERR_OK;
}

void acls_take(struct acls *acls, uint32_t number)
{
    get_number(acls, number)->users++;
}

bool acls_drop(struct acls *acls, uint32_t number)
{
    struct entry *entry = get_number(acls, number);

    ASSERT(entry->users > 0);
    entry->users--;
    if (entry->users > 0 || number < FIRST_FREE_NUMBER)
        return false;
    table_remove(&acls->by_number, &entry->by_number);
    table_remove(&acls->by_content, &entry->by_content);
    free(entry);
    return true;
}

struct jute_bytes acls_get(const struct acls *acls, uint32_t number)
{
    const struct entry *entry = find_number(acls, number);

    if (entry == NULL)
        return (struct jute_bytes){0};
    return (struct jute_bytes){.data = entry->encoded, .size = entry->size};
}

/* ---- asking them ---------------------------------------------------------------------------- */

static bool is_item_of(const struct request_acl *item, const struct acl_identities *identities)
{
    const struct acl_scheme *scheme = acl_scheme_find(item->scheme);

    if (acl_item_is_everybody(item))
        return true;
    for (size_t i = 0; scheme != NULL && i < identities->count; i++) {
        const struct acl_identity *identity = &identities->items[i];
        if (strcmp(identity->scheme, scheme->name) == 0 &&
            scheme->matches(acl_bytes_of(identity->id), item->id))
            return true;
    }
    return false;
}

static bool is_super(const struct acl_identities *identities)
{
    for (size_t i = 0; i < identities->count; i++)
        if (strcmp(identities->items[i].scheme, "super") == 0)
            return true;
    return false;
}

bool acls_allow(const struct acls *acls, uint32_t number, int32_t permissions,
                const struct acl_identities *identities)
{
    if (number == ACL_OPEN || is_super(identities))
        return true;

    struct jute_bytes encoded = acls_get(acls, number);
    struct request_list list = list_of(encoded.data, encoded.size);
    while (list.count > 0) {
        struct request_acl item = request_next_acl(&list);
        if ((item.permissions & permissions) != 0 && is_item_of(&item, identities))
            return true;
    }
    return false;
}

static void put_masked(struct text *out, const struct request_acl *item)
{
    const char *colon = memchr(item->id.data, ':', item->id.size);

    if (!acl_bytes_are(item->scheme, "digest") || colon == NULL) {
        acl_item_put(out, item);
        return;
    }
    size_t user_size = (size_t)(colon - item->id.data);
    jute_put_int(out, item->permissions);
    jute_put_bytes(out, item->scheme);
    jute_put_int(out, (int32_t)(user_size + strlen(":x")));
    text_add_bytes(out, item->id.data, user_size);
    text_add_bytes(out, ":x", strlen(":x"));
}

void acls_put(const struct acls *acls, uint32_t number, bool masked, struct text *out)
{
    struct jute_bytes encoded = acls_get(acls, number);
    struct request_list list = list_of(encoded.data, encoded.size);

    if (!masked) {
        text_add_bytes(out, encoded.data, encoded.size);
        return;
    }
    jute_put_int(out, (int32_t)list.count);
    while (list.count > 0) {
        struct request_acl item = request_next_acl(&list);
        put_masked(out, &item);
    }
}
