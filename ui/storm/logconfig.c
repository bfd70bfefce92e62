/* SPDX-License-Identifier: Apache-2.0 */
#include "ui/storm/logconfig.h"

#include <ctype.h>

#include "base/mem.h"
#include "ui/read.h"
#include "ui/storm/shape.h"
#include "wire/say.h"

enum {
    TIMEOUT_MAX_S = 7 * 24 * 3600,
};

#define ROOT        "ROOT"
#define LEVEL_KEY   "worker.log.level"
#define LEVEL_USUAL "info"

json_t *storm_log_config(const json_t *status, uint64_t now_ms)
{
    const json_t *changed = json_object_get(status, "log_level");
    const json_t *setting = read_find(read_list(status, "settings_effective"), "key", LEVEL_KEY);
    const char *usual = setting == NULL ? LEVEL_USUAL : read_text(setting, "value");
    uint64_t until_ms = read_count(changed, "until_ms");
    uint64_t left_ms = until_ms > now_ms ? until_ms - now_ms : 0;

    if (!json_is_object(changed))
        return shape_new("{s:{}}", "namedLoggerLevels");
    return shape_new("{s:{s:{s:o, s:o, s:I, s:I}}}", "namedLoggerLevels", ROOT, "target_level",
                     shape_status(read_text(changed, "level")), "reset_level", shape_status(usual),
                     "timeout", (json_int_t)((left_ms + 999) / 1000), "timeout_epoch",
                     (json_int_t)until_ms);
}

/* Letters of both cases are the same; `upper` has none of the lower. */
static bool is_word(const char *text, const char *upper)
{
    while (*text != '\0' && toupper((unsigned char)*text) == *upper) {
        text++;
        upper++;
    }
    return *text == '\0' && *upper == '\0';
}

/* Storm has more levels than we do; where two become one, no line is lost that was asked for. NULL: none of them. */
static const char *level_of(const char *asked)
{
    static const struct {
        const char *storm;
        const char *level;
    } levels[] = {
        {"ALL", "debug"}, {"TRACE", "debug"}, {"DEBUG", "debug"}, {"INFO", "info"},
        {"WARN", "warn"}, {"ERROR", "error"}, {"FATAL", "error"},
    };

    for (size_t i = 0; i < COUNT_OF(levels); i++) {
        if (is_word(asked, levels[i].storm))
            return levels[i].level;
    }
    return NULL;
}

static bool read_change(const json_t *logger, struct log_change *ret_change,
                        struct control_fault *fault)
{
    struct log_change change = {.level = NULL};
    const char *asked;
    int64_t timeout_s;

    if (!control_text_or(logger, "target_level", 16, "", &asked, fault) ||
        !control_number_or(logger, "timeout", 0, TIMEOUT_MAX_S, 0, &timeout_s, fault))
        return false;
    if (asked[0] != '\0')
        change =
            (struct log_change){.level = level_of(asked), .for_ms = (uint64_t)timeout_s * 1000};
    if (asked[0] != '\0' && change.level == NULL)
        return control_refuse(
            fault, CONTROL_INVALID,
            "target_level must be ALL, TRACE, DEBUG, INFO, WARN, ERROR or FATAL, not %s",
            say_quoted(asked).text);
    *ret_change = change;
    return true;
}

bool storm_log_change(const json_t *body, struct log_change *ret_change,
                      struct control_fault *fault)
{
    json_t *loggers = json_object_get(body, "namedLoggerLevels");
    const char *name = json_object_iter_key(json_object_iter(loggers));

    if (json_object_size(loggers) != 1 || !is_word(name, ROOT))
        return control_refuse(
            fault, CONTROL_INVALID,
            "namedLoggerLevels must have one member, ROOT: a topology's workers have one level");
    return read_change(json_object_get(loggers, name), ret_change, fault);
}
