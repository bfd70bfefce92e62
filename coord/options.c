/* SPDX-License-Identifier: Apache-2.0 */
#include "coord/options.h"

#include <string.h>

#include "base/assert.h"
#include "base/mem.h"
#include "base/settings_schema.h"
#include "coord/protocol/path.h"
#include "coord/servers.h"
#include "wire/config.h"

struct coord_options coord_options_default(void)
{
    return (struct coord_options){
        .servers = "127.0.0.1:2181",
        .root = "/gale",
        .session_timeout_ms = 10000,
        .reconnect_max_ms = 5000,
        .calls_max = 4096,
        .inbox_max = 16384,
    };
}

static const struct setting_spec *find_spec(const char *key)
{
    size_t count;
    const struct setting_spec *specs = config_specs(&count);

    for (size_t i = 0; i < count; i++) {
        if (strcmp(specs[i].key, key) == 0)
            return &specs[i];
    }
    UNREACHABLE();
}

/* The value in force, checked against its bounds. */
static enum err read_text(const struct settings *settings, const char *key, struct setting *ret,
                          struct error *error)
{
    AUTO(settings_destroy) struct settings *alone = settings_new();
    const struct setting_spec *spec = find_spec(key);
    const struct setting *found = settings_find(settings, key);

    *ret = (struct setting){.key = key, .value = spec->fallback, .origin = "default"};
    if (found == NULL)
        return ERR_OK;
    *ret = *found;
    enum err err = settings_put(alone, key, found->value, found->origin, error);
    return err == ERR_OK ? settings_check(alone, spec, 1, error) : err;
}

static enum err read_ms(const struct settings *settings, const char *key, uint32_t *ret_ms,
                        struct error *error)
{
    struct setting setting;
    uint64_t value = 0;

    enum err err = read_text(settings, key, &setting, error);
    if (err != ERR_OK)
        return err;
    bool is_number = setting_parse_u64(setting.value, &value);
    ASSERT(is_number && value <= UINT32_MAX); /* the schema has checked it */
    *ret_ms = (uint32_t)value;
    return ERR_OK;
}

static enum err read_servers(const struct settings *settings, const char **ret_servers,
                             struct error *error)
{
    struct server_list list;
    struct setting setting;

    enum err err = read_text(settings, "coord.servers", &setting, error);
    if (err == ERR_OK && servers_parse(setting.value, &list, error) != ERR_OK)
        err = error_wrap(error, "%s: setting 'coord.servers'", setting.origin);
    if (err == ERR_OK)
        *ret_servers = setting.value;
    return err;
}

static enum err read_root(const struct settings *settings, const char **ret_root,
                          struct error *error)
{
    struct setting setting;

    enum err err = read_text(settings, "coord.root", &setting, error);
    if (err != ERR_OK)
        return err;
    const char *fault = path_fault(setting.value, strlen(setting.value));
    if (fault != NULL)
        return error_set(error, ERR_INVALID, "%s: setting 'coord.root' is '%s', which %s",
                         setting.origin, setting.value, fault);
    *ret_root = setting.value;
    return ERR_OK;
}

enum err coord_options_read(const struct settings *settings, struct coord_options *ret_options,
                            struct error *error)
{
    struct coord_options options = coord_options_default();

    enum err err = read_servers(settings, &options.servers, error);
    if (err == ERR_OK)
        err = read_root(settings, &options.root, error);
    if (err == ERR_OK)
        err = read_ms(settings, "coord.session_timeout_ms", &options.session_timeout_ms, error);
    if (err == ERR_OK)
        err = read_ms(settings, "coord.reconnect_max_ms", &options.reconnect_max_ms, error);
    if (err == ERR_OK)
        *ret_options = options;
    return err;
}
