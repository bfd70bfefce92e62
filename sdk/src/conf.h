/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a task reads of the configuration: gale_conf_*(). A value of the wrong type, or a required
 * one that is missing, is remembered and makes `open` fail. Pure; belongs to its task.
 */
#ifndef SDK_SRC_CONF_H
#define SDK_SRC_CONF_H

#include <stdbool.h>
#include <stdint.h>

#include "wire/config.h"

struct conf {
    const struct config *config;
    const char *component;
    bool has_failed;
    char why[256]; /* the first failure */
};

void conf_init(struct conf *conf, const struct config *config, const char *component);

/* `<component>.<key>`, else `key`, else the fallback. */
const char *conf_str(struct conf *conf, const char *key, const char *fallback);
uint64_t conf_u64(struct conf *conf, const char *key, uint64_t fallback);
double conf_f64(struct conf *conf, const char *key, double fallback);
bool conf_bool(struct conf *conf, const char *key, bool fallback);

/* Never NULL: "" if it is not set, which is a failure. */
const char *conf_require(struct conf *conf, const char *key);

#endif
