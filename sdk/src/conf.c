/* SPDX-License-Identifier: Apache-2.0 */
#include "sdk/src/conf.h"

#include <stdio.h>

#include "base/settings_schema.h"

void conf_init(struct conf *conf, const struct config *config, const char *component)
{
    *conf = (struct conf){.config = config, .component = component};
}

static void fail(struct conf *conf, const struct setting *setting, const char *wanted)
{
    if (conf->has_failed)
        return;
    conf->has_failed = true;
    (void)snprintf(conf->why, sizeof conf->why, "%s: setting '%s' is '%s', but must be %s",
                   setting->origin, setting->key, setting->value, wanted);
}

const char *conf_str(struct conf *conf, const char *key, const char *fallback)
{
    const struct setting *setting = config_find(conf->config, conf->component, key);

    return setting == NULL ? fallback : setting->value;
}

uint64_t conf_u64(struct conf *conf, const char *key, uint64_t fallback)
{
    const struct setting *setting = config_find(conf->config, conf->component, key);
    uint64_t value = fallback;

    if (setting != NULL && !setting_parse_u64(setting->value, &value))
        fail(conf, setting, "a whole number");
    return value;
}

double conf_f64(struct conf *conf, const char *key, double fallback)
{
    const struct setting *setting = config_find(conf->config, conf->component, key);
    double value = fallback;

    if (setting != NULL && !setting_parse_f64(setting->value, &value))
        fail(conf, setting, "a number");
    return value;
}

bool conf_bool(struct conf *conf, const char *key, bool fallback)
{
    const struct setting *setting = config_find(conf->config, conf->component, key);
    bool value = fallback;

    if (setting != NULL && !setting_parse_bool(setting->value, &value))
        fail(conf, setting, "true or false");
    return value;
}

const char *conf_require(struct conf *conf, const char *key)
{
    const char *value = conf_str(conf, key, NULL);

    if (value != NULL)
        return value;
    if (!conf->has_failed) {
        conf->has_failed = true;
        (void)snprintf(conf->why, sizeof conf->why,
                       "setting '%s.%s' is required: give it with -c %s.%s=VALUE", conf->component,
                       key, conf->component, key);
    }
    return "";
}
