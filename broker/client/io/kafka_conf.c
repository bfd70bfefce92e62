/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/client/io/kafka_conf.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

static enum err set(rd_kafka_conf_t *conf, const char *name, const char *value, struct error *error)
{
    char why[256];

    if (rd_kafka_conf_set(conf, name, value, why, sizeof why) == RD_KAFKA_CONF_OK)
        return ERR_OK;
    return error_set(error, ERR_INVALID, "%s=%s: %s", name, value, why);
}

static char *copy(const char *from, size_t length)
{
    char *text = mem_alloc(length + 1);

    memcpy(text, from, length);
    return text;
}

static enum err set_pair(rd_kafka_conf_t *conf, const char *pair, size_t length,
                         struct error *error)
{
    AUTO(mem_free_text) char *name = copy(pair, length);
    char *equals = strchr(name, '=');

    if (equals == NULL)
        return error_set(error, ERR_INVALID, "client.options: '%s' is not NAME=VALUE", name);
    *equals = '\0';
    return set(conf, name, equals + 1, error);
}

static enum err set_pairs(rd_kafka_conf_t *conf, const char *pairs, struct error *error)
{
    enum err err = ERR_OK;

    while (err == ERR_OK && *pairs != '\0') {
        size_t length = strcspn(pairs, ",");
        err = set_pair(conf, pairs, length, error);
        pairs += length + (pairs[length] == ',');
    }
    return err;
}

static enum err fill(rd_kafka_conf_t *conf, const struct kafka_conf_options *options,
                     struct error *error)
{
    enum err err = set(conf, "bootstrap.servers", options->brokers, error);

    for (const struct kafka_setting *s = options->settings; err == ERR_OK && s->name != NULL; s++)
        err = set(conf, s->name, s->value, error);
    if (err == ERR_OK)
        err = set(conf, "client.id", "gale", error);
    if (err == ERR_OK)
        err = set(conf, "log.queue", "true", error);
    if (err == ERR_OK)
        err = set_pairs(conf, options->client_options, error);
    return err;
}

enum err kafka_conf_open(rd_kafka_type_t type, const struct kafka_conf_options *options,
                         rd_kafka_t **ret_rk, struct error *error)
{
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    char why[256];
    enum err err = fill(conf, options, error);

    if (err != ERR_OK) {
        rd_kafka_conf_destroy(conf);
        return err;
    }
    rd_kafka_conf_set_events(conf, RD_KAFKA_EVENT_ERROR | RD_KAFKA_EVENT_LOG | options->events);
    rd_kafka_t *rk = rd_kafka_new(type, conf, why, sizeof why);
    if (rk == NULL) {
        rd_kafka_conf_destroy(conf);
        return error_set(error, ERR_INVALID, "%s", why);
    }
    (void)rd_kafka_set_log_queue(rk, NULL); /* NULL: the main queue */
    *ret_rk = rk;
    return ERR_OK;
}
