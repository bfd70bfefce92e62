/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes are loaded as YAML settings or refused with a place, and if refused change nothing.
 * What was loaded can be put again.
 */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/assert.h"
#include "base/mem.h"
#include "base/settings.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect_puttable(const struct settings *settings)
{
    AUTO(settings_destroy) struct settings *copy = settings_new();

    for (size_t i = 0; i < settings_count(settings); i++) {
        const struct setting *setting = settings_at(settings, i);
        enum err err = settings_put(copy, setting->key, setting->value, setting->origin, NULL);

        ASSERT(err == ERR_OK);
        ASSERT(settings_find(settings, setting->key) == setting);
        ASSERT(strncmp(setting->origin, "fuzz.yaml:", 10) == 0);
    }
    ASSERT(settings_count(copy) == settings_count(settings));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO(settings_destroy) struct settings *settings = settings_new();
    struct error error = {.code = ERR_OK};
    enum err err = settings_load_yaml(settings, (const char *)data, size, "fuzz.yaml", &error);

    ASSERT((err == ERR_OK) == (error.text[0] == '\0'));
    ASSERT(err == ERR_OK || settings_count(settings) == 0);
    expect_puttable(settings);
    return 0;
}
