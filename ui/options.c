/* SPDX-License-Identifier: Apache-2.0 */
#include "ui/options.h"

#include <string.h>

#include "base/mem.h"
#include "base/settings_values.h"
#include "net/address.h"
#include "wire/cluster.h"
#include "wire/ui_schema.h"

static enum err check_all(const struct settings *settings, struct error *error)
{
    struct setting_table tables[CLUSTER_TABLES];

    cluster_tables(tables);
    return settings_check_tables(settings, tables, CLUSTER_TABLES, error);
}

static enum err read_listen(const struct settings_values *values, struct ui_options *options,
                            struct error *error)
{
    const char *origin = settings_origin(values, "ui.listen");
    struct address address;

    options->listen = settings_text(values, "ui.listen");
    if (address_parse(options->listen, &address, error) != ERR_OK)
        return error_wrap(error, "%s", origin);
    options->is_public = !address_is_loopback(address.host);
    if (options->is_public && !settings_truth(values, "ui.public"))
        return error_set(error, ERR_DENIED,
                         "%s: ui.listen is '%s', which other machines may reach: they could see "
                         "what runs here, its logs and its records, and nothing is encrypted; if "
                         "that is meant, set ui.public=true",
                         origin, options->listen);
    if (strcmp(address.host, "*") != 0)
        options->hosts[options->host_count++] = mem_copy_text(address.host);
    return ERR_OK;
}

/* Without port and brackets. */
static enum err add_host(const struct settings_values *values, struct ui_options *options,
                         const char *name, size_t size, struct error *error)
{
    static const char plain[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._:";

    if (size == 0)
        return ERR_OK;
    if (options->host_count == GUARD_HOSTS_MAX)
        return error_set(error, ERR_LIMIT, "%s: ui.hosts has more than %d names",
                         settings_origin(values, "ui.hosts"), GUARD_HOSTS_MAX - 1);
    if (size >= ADDRESS_HOST_MAX || strspn(name, plain) < size)
        return error_set(error, ERR_INVALID,
                         "%s: ui.hosts must be names of hosts, without ports, and commas between",
                         settings_origin(values, "ui.hosts"));
    char *host = mem_alloc(size + 1);
    memcpy(host, name, size);
    options->hosts[options->host_count++] = host;
    return ERR_OK;
}

static enum err read_hosts(const struct settings_values *values, struct ui_options *options,
                           struct error *error)
{
    enum err err = ERR_OK;

    for (const char *at = settings_text(values, "ui.hosts"); err == ERR_OK && *at != '\0';) {
        at += strspn(at, ", ");
        size_t size = strcspn(at, ", ");

        err = add_host(values, options, at, size, error);
        at += size;
    }
    return err;
}

static const char *text_or_null(const char *text)
{
    return text[0] == '\0' ? NULL : text;
}

static void read_rest(const struct settings_values *values, struct ui_options *options)
{
    options->token_file = text_or_null(settings_text(values, "ui.token.file"));
    options->allows_actions = settings_truth(values, "ui.actions");
    options->connections_max = settings_u32(values, "ui.connections.max");
    options->streams_max = settings_u32(values, "ui.streams.max");
    options->body_bytes_max = (size_t)settings_bytes(values, "ui.request.bytes.max");
    options->request_timeout_ms = settings_ms(values, "ui.request.timeout.secs");
    options->backend_timeout_ms = settings_u64(values, "ui.backend.timeout.ms");
    options->threads = settings_u32(values, "ui.threads");
    options->folder = text_or_null(settings_text(values, "ui.dir"));
}

/* It stands in another table. */
static const char *find_brokers(const struct settings *settings)
{
    struct setting_table tables[CLUSTER_TABLES];
    const struct setting *setting = settings_find(settings, "log.brokers");
    const struct setting_spec *spec = NULL;

    cluster_tables(tables);
    for (size_t i = 0; i < CLUSTER_TABLES && spec == NULL; i++)
        spec = setting_table_find(&tables[i], "log.brokers");
    if (setting != NULL)
        return setting->value;
    return spec == NULL ? "" : spec->fallback;
}

enum err ui_options_make(const struct settings *settings, struct ui_options *ret_options,
                         struct error *error)
{
    struct settings_values values = {.settings = settings};
    struct ui_options options = {.brokers = find_brokers(settings)};

    values.table.specs = ui_schema_specs(&values.table.count);
    enum err err = check_all(settings, error);
    if (err != ERR_OK)
        return err;
    read_rest(&values, &options);
    err = settings_log_level(&values, "ui.log.level", &options.log_level, error);
    if (err == ERR_OK)
        err = read_listen(&values, &options, error);
    if (err == ERR_OK)
        err = read_hosts(&values, &options, error);
    if (err == ERR_OK)
        *ret_options = options;
    else
        ui_options_done(&options);
    return err;
}

void ui_options_done(struct ui_options *options)
{
    while (options->host_count > 0)
        mem_free_text(&options->hosts[--options->host_count]);
}

enum err ui_token_read(const char *bytes, size_t size, char **ret_token, struct error *error)
{
    while (size > 0 && (bytes[size - 1] == '\n' || bytes[size - 1] == '\r'))
        size--;
    if (size < UI_TOKEN_MIN || size > GUARD_TOKEN_MAX)
        return error_set(error, ERR_INVALID, "a token has %d to %d characters", UI_TOKEN_MIN,
                         GUARD_TOKEN_MAX);
    for (size_t i = 0; i < size; i++) {
        if (bytes[i] <= ' ' || bytes[i] > '~')
            return error_set(error, ERR_INVALID,
                             "a token is made of letters, digits and marks, without spaces");
    }
    *ret_token = mem_alloc(size + 1);
    memcpy(*ret_token, bytes, size);
    return ERR_OK;
}

struct guard ui_guard(const struct ui_options *options, const char *token)
{
    struct guard guard = {
        .host_count = options->host_count,
        .is_public = options->is_public,
        .has_actions = true,
        .token = token,
    };

    for (size_t i = 0; i < options->host_count; i++)
        guard.hosts[i] = options->hosts[i];
    if (!options->allows_actions)
        guard.why_no_actions = "nothing can be changed through this server: ui.actions is false";
    else if (options->is_public && token == NULL)
        guard.why_no_actions = "nothing can be changed through this server: other machines reach "
                               "it, and it has no token (ui.token.file)";
    guard.has_actions = guard.why_no_actions == NULL;
    return guard;
}
