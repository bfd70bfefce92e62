/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/io/sources.h"

#include "base/file.h"
#include "base/mem.h"

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
    return ERR_OK;
}

enum err sources_read(const struct options *options, struct settings **ret_settings,
                      struct error *error)
{
    AUTO(settings_destroy) struct settings *settings = settings_new();
    const char *path = options_value(options, OPTION_CONFIG);
    enum err err = path == NULL ? ERR_OK : read_config_file(path, settings, error);

    for (size_t i = 0; err == ERR_OK && i < options->given_count; i++)
        err = put_given(&options->given[i], settings, error);
    if (err == ERR_OK)
        *ret_settings = TAKE(settings);
    return err;
}
