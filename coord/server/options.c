/* SPDX-License-Identifier: Apache-2.0 */
#include "coord/server/options.h"

#include <string.h>

#include "base/settings_values.h"
#include "coord/server/words.h"
#include "net/address.h"
#include "wire/cluster.h"
#include "wire/coord_schema.h"

_Static_assert((int)COORD_SCHEMA_NODES_MAX == (int)TREE_NODES_LIMIT, "one bound of the nodes");

static enum err check_address(const struct settings_values *values, struct error *error)
{
    const char *listen = settings_text(values, "coord.listen");
    const char *origin = settings_origin(values, "coord.listen");
    struct address address;

    if (address_parse(listen, &address, error) != ERR_OK)
        return error == NULL ? ERR_INVALID : error_wrap(error, "%s", origin);
    if (address_is_loopback(address.host) || settings_truth(values, "coord.public"))
        return ERR_OK;
    return error_set(error, ERR_DENIED,
                     "%s: coord.listen is '%s', which other machines may reach: they could read "
                     "and change the whole cluster state, and nothing is encrypted; if that is "
                     "meant, set coord.public=true",
                     origin, listen);
}

/* A list of words, each of which there is. */
static enum err check_words(const struct settings_values *values, struct error *error)
{
    const char *list = settings_text(values, "coord.words");
    const char *at = list;

    while (*at != '\0') {
        size_t size = strcspn(at, ", ");
        bool is_all = size == 1 && *at == '*';
        if (size > 0 && !is_all && (size != WORDS_SIZE || !words_is_known(at)))
            return error_set(error, ERR_INVALID,
                             "%s: coord.words has '%.*s', which is no four-letter word; there are "
                             "ruok, srvr, stat, mntr, cons, dump, wchs, wchc, wchp, envi, conf, "
                             "dirs and isro, and * for all",
                             settings_origin(values, "coord.words"), (int)size, at);
        at += size;
        at += strspn(at, ", ");
    }
    return ERR_OK;
}

static enum err check_super(const struct settings_values *values, struct error *error)
{
    const char *digest = settings_text(values, "coord.super_digest");

    if (digest[0] == '\0' || (strncmp(digest, "super:", 6) == 0 && strlen(digest) == 34))
        return ERR_OK;
    return error_set(error, ERR_INVALID,
                     "%s: coord.super_digest is '%s', but must be 'super:' and the base64 of "
                     "sha1(\"super:password\"), 28 characters",
                     settings_origin(values, "coord.super_digest"), digest);
}

/* What one may write one must be able to read. */
static enum err check_sizes(const struct settings_values *values, struct error *error)
{
    uint64_t data = settings_bytes(values, "coord.data_max_bytes");
    uint64_t output = settings_bytes(values, "coord.output_max_bytes");

    if (output / 2 >= data)
        return ERR_OK;
    return error_set(error, ERR_INVALID,
                     "coord.output_max_bytes is %llu (%s), but must be twice coord.data_max_bytes "
                     "at least, which is %llu (%s)",
                     (unsigned long long)output, settings_origin(values, "coord.output_max_bytes"),
                     (unsigned long long)data, settings_origin(values, "coord.data_max_bytes"));
}

/* The file may be that of the whole cluster: keys of the other programs are checked, too, and not
 * read. */
static enum err check_all(const struct settings_values *values, struct error *error)
{
    struct setting_table tables[CLUSTER_TABLES];

    cluster_tables(tables);
    return settings_check_tables(values->settings, tables, CLUSTER_TABLES, error);
}

static struct service_options read_service(const struct settings_values *values)
{
    const char *super_digest = settings_text(values, "coord.super_digest");
    struct service_options service = service_options_default();

    service.tick_ms = (uint32_t)settings_u64(values, "coord.tick_ms");
    service.session_timeout_min_ms = 2 * service.tick_ms;
    service.session_timeout_max_ms = 20 * service.tick_ms;
    service.frame_max_bytes = (size_t)settings_bytes(values, "coord.data_max_bytes");
    service.sessions_max = (size_t)settings_u64(values, "coord.sessions_max");
    service.nodes_max = (size_t)settings_u64(values, "coord.nodes_max");
    service.watches_max = (size_t)settings_u64(values, "coord.watches_max");
    service.output_max_bytes = (size_t)settings_bytes(values, "coord.output_max_bytes");
    service.acls_max = (size_t)settings_u64(values, "coord.acls_max");
    service.container_check_ms = (uint32_t)settings_u64(values, "coord.container_check_ms");
    service.extended_types = settings_truth(values, "coord.extended_types");
    service.super_digest = super_digest[0] == '\0' ? NULL : super_digest;
    return service;
}

enum err options_make(const struct settings *settings, struct options *ret_options,
                      struct error *error)
{
    struct settings_values values = {.settings = settings};
    struct options options = {0};

    values.table.specs = coord_schema_specs(&values.table.count);
    enum err err = check_all(&values, error);

    if (err == ERR_OK)
        err = check_address(&values, error);
    if (err == ERR_OK)
        err = check_words(&values, error);
    if (err == ERR_OK)
        err = check_super(&values, error);
    if (err == ERR_OK)
        err = check_sizes(&values, error);
    if (err == ERR_OK)
        err = settings_log_level(&values, "coord.log.level", &options.log_level, error);
    if (err != ERR_OK)
        return err;
    options.listen = settings_text(&values, "coord.listen");
    options.data = settings_text(&values, "coord.data");
    options.words = settings_text(&values, "coord.words");
    options.connections_max = (size_t)settings_u64(&values, "coord.connections_max");
    options.connections_per_address_max =
        (size_t)settings_u64(&values, "coord.connections_per_address_max");
    options.output_max_bytes = (size_t)settings_bytes(&values, "coord.output_max_bytes");
    options.handshake_timeout_ms = settings_u64(&values, "coord.handshake_timeout_ms");
    options.service = read_service(&values);
    *ret_options = options;
    return ERR_OK;
}
