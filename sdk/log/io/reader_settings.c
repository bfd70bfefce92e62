/* SPDX-License-Identifier: Apache-2.0 */
#include "sdk/log/io/reader_settings.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"

#define DAY_MS 86400000u

/* ---- words ---- */

struct word {
    const char *text;
    int value;
};

static bool find_word(const struct word *words, size_t count, const char *text, int *ret_value)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(words[i].text, text) == 0) {
            *ret_value = words[i].value;
            return true;
        }
    }
    return false;
}

static enum gale_err read_words(struct gale_task *task, struct reader_settings *settings)
{
    static const struct word formats[] = {
        {"text", FIELDS_TEXT}, {"raw", FIELDS_RAW}, {"json", FIELDS_JSON}};
    static const struct word semantics[] = {{"at_least_once", false}, {"at_most_once", true}};
    static const struct word ends[] = {{"never", false}, {"latest", true}};
    const char *format = gale_conf_str(task, "format", "text");
    const char *meaning = gale_conf_str(task, "semantics", "at_least_once");
    const char *end = gale_conf_str(task, "end", "never");
    int value = 0;

    if (!find_word(formats, COUNT_OF(formats), format, &value))
        return gale_error(task, "format is '%s', not text, raw or json", format);
    settings->format = (enum fields_format)value;
    if (!find_word(semantics, COUNT_OF(semantics), meaning, &value))
        return gale_error(task, "semantics is '%s', not at_least_once or at_most_once", meaning);
    settings->is_at_most_once = value != 0;
    if (!find_word(ends, COUNT_OF(ends), end, &value))
        return gale_error(task, "end is '%s', not never or latest", end);
    settings->ends = value != 0;
    return GALE_OK;
}

static enum gale_err read_start(struct gale_task *task, struct reader_settings *settings)
{
    const char *start = gale_conf_str(task, "start", "committed");
    const char *fallback = gale_conf_str(task, "fallback", "earliest");

    if (!start_parse(start, &settings->start))
        return gale_error(task,
                          "start is '%s', not committed, earliest, latest or milliseconds since "
                          "1970",
                          start);
    if (!start_parse(fallback, &settings->fallback) || settings->fallback.kind == START_COMMITTED)
        return gale_error(task, "fallback is '%s', not earliest, latest or milliseconds since 1970",
                          fallback);
    return GALE_OK;
}

/* ---- numbers ---- */

static enum gale_err read_number(struct gale_task *task, const char *key, uint64_t fallback,
                                 uint64_t max, uint64_t *ret_number)
{
    uint64_t number = gale_conf_u64(task, key, fallback);

    if (number > max)
        return gale_error(task, "%s is %llu, above %llu", key, (unsigned long long)number,
                          (unsigned long long)max);
    *ret_number = number;
    return GALE_OK;
}

static enum gale_err read_numbers(struct gale_task *task, struct reader_settings *settings)
{
    uint64_t failures = 0;
    uint64_t batch = 0;
    uint64_t refresh_secs = 0;

    if (read_number(task, "retries", 10, UINT32_MAX, &failures) != GALE_OK ||
        read_number(task, "retry.ms", 100, DAY_MS, &settings->retries.pause_ms) != GALE_OK ||
        read_number(task, "retry.max.ms", 10000, DAY_MS, &settings->retries.pause_max_ms) !=
            GALE_OK ||
        read_number(task, "batch", 1000, READER_BATCH_MAX, &batch) != GALE_OK ||
        read_number(task, "commit.ms", 1000, DAY_MS, &settings->commit_ms) != GALE_OK ||
        read_number(task, "refresh.secs", 30, DAY_MS / 1000, &refresh_secs) != GALE_OK)
        return GALE_ERROR;
    if (batch == 0 || refresh_secs == 0)
        return gale_error(task, "%s is 0", batch == 0 ? "batch" : "refresh.secs");
    settings->retries.failures_max = (uint32_t)failures;
    settings->batch = (uint32_t)batch;
    settings->refresh_ms = refresh_secs * 1000;
    return GALE_OK;
}

/* ---- all ---- */

static char *name_group(struct gale_task *task, const struct gale_task_service *host)
{
    const char *group = gale_conf_str(task, "group", "");
    struct text text;

    text_init(&text);
    if (group[0] != '\0')
        text_add(&text, "%s", group);
    else
        text_add(&text, "%s.%s", host->topology(task), gale_task_component(task));
    return text_take(&text);
}

static enum gale_err read_topics(struct gale_task *task, struct reader_settings *settings)
{
    struct error error;

    if (spread_topics_parse(gale_conf_require(task, "topics"), &settings->topics, &error) != ERR_OK)
        return gale_error(task, "topics: %s", error.text);
    if (settings->dead_letter[0] == '\0')
        return GALE_OK;
    if (!spread_is_name(settings->dead_letter))
        return gale_error(task, "dead_letter: '%s' is no name for a topic", settings->dead_letter);
    if (spread_topics_find(&settings->topics, settings->dead_letter) != UINT32_MAX)
        return gale_error(task, "dead_letter: '%s' is one of the topics that are read",
                          settings->dead_letter);
    return GALE_OK;
}

enum gale_err reader_settings_read(struct gale_task *task, const struct gale_task_service *host,
                                   struct reader_settings *ret_settings)
{
    struct reader_settings settings = {
        .brokers = gale_conf_str(task, "log.brokers", "127.0.0.1:9092"),
        .dead_letter = gale_conf_str(task, "dead_letter", ""),
        .client_options = gale_conf_str(task, "client.options", ""),
    };

    if (read_words(task, &settings) != GALE_OK || read_start(task, &settings) != GALE_OK ||
        read_numbers(task, &settings) != GALE_OK || read_topics(task, &settings) != GALE_OK) {
        reader_settings_done(&settings);
        return GALE_ERROR;
    }
    settings.group = name_group(task, host);
    *ret_settings = settings;
    return GALE_OK;
}

void reader_settings_done(struct reader_settings *settings)
{
    spread_topics_done(&settings->topics);
    free(settings->group);
    settings->group = NULL;
}
