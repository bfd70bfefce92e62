/* SPDX-License-Identifier: Apache-2.0 */
#include "coord/server/options.h"

#include <string.h>

#include "base/assert.h"
#include "base/mem.h"
#include "coord/server/words.h"
#include "net/address.h"
#include "wire/cluster.h"
#include "wire/coord_schema.h"

_Static_assert((int)COORD_SCHEMA_NODES_MAX == (int)TREE_NODES_LIMIT, "one bound of the nodes");

/* The value in force: that of the settings, or the table's. */
static const char *value_of(const struct settings *settings, const char *key)
{
    const struct setting *setting = settings_find(settings, key);

    if (setting != NULL)
        return setting->value;
    struct setting_table table;
    table.specs = coord_schema_specs(&table.count);
    const struct setting_spec *spec = setting_table_find(&table, key);
    ASSERT(spec != NULL);
    return spec->fallback;
}

static const char *origin_of(const struct settings *settings, const char *key)
{
    const struct setting *setting = settings_find(settings, key);

    return setting == NULL ? "default" : setting->origin;
}

/* These were checked before: parsing cannot fail. */
static uint64_t number_of(const struct settings *settings, const char *key)
{
    uint64_t value = 0;
    bool good = setting_parse_u64(value_of(settings, key), &value);

    ASSERT(good);
    return value;
}

static uint64_t bytes_of(const struct settings *settings, const char *key)
{
    uint64_t value = 0;
    bool good = setting_parse_bytes(value_of(settings, key), &value);

    ASSERT(good);
    return value;
}

static bool truth_of(const struct settings *settings, const char *key)
{
    return strcmp(value_of(settings, key), "true") == 0;
}

/* A name may be any address, but for the one that everybody has. */
static bool is_loopback(const char *host)
{
    bool is_numeric = host[strspn(host, "0123456789.")] == '\0';

    return (is_numeric && strncmp(host, "127.", 4) == 0) || strcmp(host, "localhost") == 0 ||
           strcmp(host, "::1") == 0;
}

static enum err check_address(const struct settings *settings, struct error *error)
{
    const char *listen = value_of(settings, "coord.listen");
    const char *origin = origin_of(settings, "coord.listen");
    struct address address;

    if (address_parse(listen, &address, error) != ERR_OK)
        return error == NULL ? ERR_INVALID : error_wrap(error, "%s", origin);
    if (is_loopback(address.host) || truth_of(settings, "coord.public"))
        return ERR_OK;
    return error_set(error, ERR_DENIED,
                     "%s: coord.listen is '%s', which other machines may reach: they could read "
                     "and change the whole cluster state, and nothing is encrypted; if that is "
                     "meant, set coord.public=true",
                     origin, listen);
}

/* A list of words, each of which there is. */
static enum err check_words(const struct settings *settings, struct error *error)
{
    const char *list = value_of(settings, "coord.words");
    const char *at = list;

    while (*at != '\0') {
        size_t size = strcspn(at, ", ");
        bool is_all = size == 1 && *at == '*';
        if (size > 0 && !is_all && (size != WORDS_SIZE || !words_is_known(at)))
            return error_set(error, ERR_INVALID,
                             "%s: coord.words has '%.*s', which is no four-letter word; there are "
                             "ruok, srvr, stat, mntr, cons, dump, wchs, wchc, wchp, envi, conf, "
                             "dirs and isro, and * for all",
                             origin_of(settings, "coord.words"), (int)size, at);
        at += size;
        at += strspn(at, ", ");
    }
    return ERR_OK;
}

static enum err check_super(const struct settings *settings, struct error *error)
{
    const char *digest = value_of(settings, "coord.super_digest");

    if (digest[0] == '\0' || (strncmp(digest, "super:", 6) == 0 && strlen(digest) == 34))
        return ERR_OK;
    return error_set(error, ERR_INVALID,
                     "%s: coord.super_digest is '%s', but must be 'super:' and the base64 of "
                     "sha1(\"super:password\"), 28 characters",
                     origin_of(settings, "coord.super_digest"), digest);
}

/* What one may write one must be able to read. */
static enum err check_sizes(const struct settings *settings, struct error *error)
{
    uint64_t data = bytes_of(settings, "coord.data_max_bytes");
    uint64_t output = bytes_of(settings, "coord.output_max_bytes");

    if (output / 2 >= data)
        return ERR_OK;
    return error_set(error, ERR_INVALID,
                     "coord.output_max_bytes is %llu (%s), but must be twice coord.data_max_bytes "
                     "at least, which is %llu (%s)",
                     (unsigned long long)output, origin_of(settings, "coord.output_max_bytes"),
                     (unsigned long long)data, origin_of(settings, "coord.data_max_bytes"));
}

static enum err read_level(const struct settings *settings, uint32_t *ret_level,
                           struct error *error)
{
    const char *level = value_of(settings, "coord.log.level");

    if (setting_parse_log_level(level, ret_level))
        return ERR_OK;
    return error_set(
        error, ERR_INVALID,
        "%s: setting 'coord.log.level' is '%s', but must be debug, info, warn or error",
        origin_of(settings, "coord.log.level"), level);
}

/* The file may be that of the whole cluster: keys of the other programs are checked, too, and not
 * read. */
static enum err check_all(const struct settings *settings, struct error *error)
{
    struct setting_table tables[CLUSTER_TABLES];

    cluster_tables(tables);
    return settings_check_tables(settings, tables, CLUSTER_TABLES, error);
}

static struct service_options read_service(const struct settings *settings)
{
    const char *super_digest = value_of(settings, "coord.super_digest");
    struct service_options service = service_options_default();

    service.tick_ms = (uint32_t)number_of(settings, "coord.tick_ms");
    service.session_timeout_min_ms = 2 * service.tick_ms;
    service.session_timeout_max_ms = 20 * service.tick_ms;
    service.frame_max_bytes = (size_t)bytes_of(settings, "coord.data_max_bytes");
    service.sessions_max = (size_t)number_of(settings, "coord.sessions_max");
    service.nodes_max = (size_t)number_of(settings, "coord.nodes_max");
    service.watches_max = (size_t)number_of(settings, "coord.watches_max");
    service.output_max_bytes = (size_t)bytes_of(settings, "coord.output_max_bytes");
    service.acls_max = (size_t)number_of(settings, "coord.acls_max");
    service.container_check_ms = (uint32_t)number_of(settings, "coord.container_check_ms");
    service.extended_types = truth_of(settings, "coord.extended_types");
    service.super_digest = super_digest[0] == '\0' ? NULL : super_digest;
    return service;
}

enum err options_make(const struct settings *settings, struct options *ret_options,
                      struct error *error)
{
    struct options options = {0};
    enum err err = check_all(settings, error);

    if (err == ERR_OK)
        err = check_address(settings, error);
    if (err == ERR_OK)
        err = check_words(settings, error);
    if (err == ERR_OK)
        err = check_super(settings, error);
    if (err == ERR_OK)
        err = check_sizes(settings, error);
    if (err == ERR_OK)
        err = read_level(settings, &options.log_level, error);
    if (err != ERR_OK)
        return err;
    options.listen = value_of(settings, "coord.listen");
    options.data = value_of(settings, "coord.data");
    options.words = value_of(settings, "coord.words");
    options.connections_max = (size_t)number_of(settings, "coord.connections_max");
    options.connections_per_address_max =
        (size_t)number_of(settings, "coord.connections_per_address_max");
    options.output_max_bytes = (size_t)bytes_of(settings, "coord.output_max_bytes");
    options.handshake_timeout_ms = number_of(settings, "coord.handshake_timeout_ms");
    options.service = read_service(settings);
    *ret_options = options;
    return ERR_OK;
}
