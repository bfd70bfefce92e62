/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/io/sources.h"

#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/file.h"
#include "base/mem.h"
#include "wire/cluster.h"
#include "wire/config.h"

#define CONFIG_VARIABLE "GALE_CONFIG"

static enum err read_config_file(const char *path, struct settings *settings, struct error *error)
{
    AUTO(mem_free_text) char *bytes = NULL;
    size_t size = 0;
    enum err err = file_read(path, SETTINGS_YAML_MAX, &bytes, &size, error);

    return err == ERR_OK ? settings_load_yaml(settings, bytes, size, path, error) : err;
}

static enum err put_given(const struct option_given *given, struct settings *settings,
                          struct error *error)
{
    if (given->id == OPTION_SET)
        return settings_put_line(settings, given->value, "-c", error);
    if (given->id == OPTION_LOOPS)
        return settings_put(settings, "worker.loops", given->value, "--loops", error);
    if (given->id == OPTION_SERVER)
        return settings_put(settings, "coord.servers", given->value, "--server", error);
    if (given->id == OPTION_BROKERS)
        return settings_put(settings, "log.brokers", given->value, "--brokers", error);
    return ERR_OK;
}

static const char *config_path(const struct options *options)
{
    const char *path = options_value(options, OPTION_CONFIG);
    const char *usual = getenv(CONFIG_VARIABLE); /* NOLINT(concurrency-mt-unsafe) */

    return path == NULL && usual != NULL && usual[0] != '\0' ? usual : path;
}

enum err sources_read(const struct options *options, struct settings **ret_settings,
                      struct error *error)
{
    AUTO(settings_destroy) struct settings *settings = settings_new();
    const char *path = config_path(options);
    enum err err = path == NULL ? ERR_OK : read_config_file(path, settings, error);

    for (size_t i = 0; err == ERR_OK && i < options->given_count; i++)
        err = put_given(&options->given[i], settings, error);
    if (err == ERR_OK)
        *ret_settings = TAKE(settings);
    return err;
}

/* Of the table of topologies only what says where the cluster is. */
static bool is_of_cluster(const struct setting *setting)
{
    struct setting_table tables[CLUSTER_TABLES];
    struct setting_table config;

    config.specs = config_specs(&config.count);
    if (setting_table_find(&config, setting->key) != NULL)
        return strncmp(setting->key, "coord.", strlen("coord.")) == 0;
    cluster_tables(tables);
    for (size_t i = 0; i < CLUSTER_TABLES; i++) {
        if (setting_table_find(&tables[i], setting->key) != NULL)
            return true;
    }
    return false;
}

struct settings *sources_of_topology(const struct settings *settings)
{
    struct settings *own = settings_new();

    for (size_t i = 0; i < settings_count(settings); i++) {
        const struct setting *setting = settings_at(settings, i);
        enum err err = ERR_OK;

        if (!is_of_cluster(setting))
            err = settings_put(own, setting->key, setting->value, setting->origin, NULL);
        ASSERT(err == ERR_OK); /* it was accepted before */
    }
    return own;
}
