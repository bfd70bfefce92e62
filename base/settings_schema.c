/* SPDX-License-Identifier: Apache-2.0 */
#include "base/settings_schema.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/mem.h"
#include "base/nearest.h"

bool setting_parse_bool(const char *text, bool *ret_value)
{
    bool is_true = strcmp(text, "true") == 0;

    if (!is_true && strcmp(text, "false") != 0)
        return false;
    *ret_value = is_true;
    return true;
}

static bool is_digit(char byte)
{
    return byte >= '0' && byte <= '9';
}

/* Reads digits from *text on and moves it past them; false for none, or for 2^64 and more. */
static bool take_u64(const char **text, uint64_t *ret_value)
{
    const char *digit = *text;
    uint64_t value = 0;

    for (; is_digit(*digit); digit++) {
        uint64_t ones = (uint64_t)(*digit - '0');
        if (value > (UINT64_MAX - ones) / 10)
            return false;
        value = value * 10 + ones;
    }
    if (digit == *text)
        return false;
    *text = digit;
    *ret_value = value;
    return true;
}

bool setting_parse_u64(const char *text, uint64_t *ret_value)
{
    uint64_t value;

    if (!take_u64(&text, &value) || *text != '\0')
        return false;
    *ret_value = value;
    return true;
}

static const char *skip_digits(const char *text)
{
    while (is_digit(*text))
        text++;
    return text;
}

/* digits [ '.' digits ]; NULL if that is not what stands there. */
static const char *skip_decimal(const char *text)
{
    const char *end = skip_digits(text);
    if (end == text)
        return NULL;
    if (*end != '.')
        return end;
    const char *fraction = end + 1;
    end = skip_digits(fraction);
    return end == fraction ? NULL : end;
}

/* [ 'e' [ sign ] digits ]; NULL if that is not what stands there. */
static const char *skip_exponent(const char *text)
{
    if (*text != 'e' && *text != 'E')
        return text;
    text++;
    if (*text == '+' || *text == '-')
        text++;
    const char *end = skip_digits(text);
    return end == text ? NULL : end;
}

/* strtod() knows too much: hexadecimals, "nan", "inf", spaces. So it sees only what has passed the
 * grammar above. The program never leaves the C locale, so the point is a point. */
static bool convert(const char *text, double *ret_value)
{
    double value = strtod(text, NULL);

    if (!isfinite(value))
        return false;
    *ret_value = value;
    return true;
}

bool setting_parse_f64(const char *text, double *ret_value)
{
    const char *end = skip_decimal(text[0] == '-' ? text + 1 : text);

    if (end != NULL)
        end = skip_exponent(end);
    return end != NULL && *end == '\0' && convert(text, ret_value);
}

bool setting_parse_duration_s(const char *text, double *ret_value_s)
{
    const char *end = skip_decimal(text);

    return end != NULL && *end == '\0' && convert(text, ret_value_s);
}

struct unit {
    const char *name;
    uint64_t bytes;
};

static const struct unit units[] = {
    {"GiB", UINT64_C(1) << 30}, /* the largest first, for print_size() */
    {"MiB", UINT64_C(1) << 20},
    {"KiB", UINT64_C(1) << 10},
    {"", 1},
};

bool setting_parse_bytes(const char *text, uint64_t *ret_value_bytes)
{
    uint64_t value;

    if (!take_u64(&text, &value))
        return false;
    for (size_t i = 0; i < COUNT_OF(units); i++) {
        if (strcmp(text, units[i].name) != 0)
            continue;
        if (value > UINT64_MAX / units[i].bytes)
            return false;
        *ret_value_bytes = value * units[i].bytes;
        return true;
    }
    return false;
}

bool setting_parse_log_level(const char *text, uint32_t *ret_level)
{
    static const char *const levels[] = {"debug", "info", "warn", "error"};

    for (uint32_t i = 0; i < COUNT_OF(levels); i++) {
        if (strcmp(text, levels[i]) == 0) {
            *ret_level = i;
            return true;
        }
    }
    return false;
}

/* What the bounds apply to: the number, or the size of a text. False if the text does not parse. */
static bool measure(enum setting_kind kind, const char *text, double *ret_measure)
{
    uint64_t whole = 0;
    bool is_true = false;
    bool is_good = false;

    switch (kind) {
    case SETTING_TEXT:
        *ret_measure = (double)strlen(text);
        return true;
    case SETTING_F64:
        return setting_parse_f64(text, ret_measure);
    case SETTING_DURATION_S:
        return setting_parse_duration_s(text, ret_measure);
    case SETTING_BOOL:
        is_good = setting_parse_bool(text, &is_true);
        break;
    case SETTING_U64:
        is_good = setting_parse_u64(text, &whole);
        break;
    case SETTING_BYTES:
        is_good = setting_parse_bytes(text, &whole);
        break;
    }
    if (is_good)
        *ret_measure = (double)whole;
    return is_good;
}

static bool is_bounded(const struct setting_spec *spec)
{
    return spec->kind != SETTING_BOOL && (spec->min != 0 || spec->max != 0);
}

/* Only a minimum above 0 leaves the other side open: -1 .. 0 is a range. */
static bool has_max(const struct setting_spec *spec)
{
    return spec->max != 0 || spec->min < 0;
}

static bool is_valid(const struct setting_spec *spec, const char *value)
{
    double measured = 0;

    if (!measure(spec->kind, value, &measured))
        return false;
    if (!is_bounded(spec))
        return true;
    return measured >= spec->min && (!has_max(spec) || measured <= spec->max);
}

struct number {
    char text[40];
};

/* 64KiB rather than 65536, where it comes out even. */
static struct number print_size(double bytes)
{
    const struct unit *unit = units;
    uint64_t whole = (uint64_t)bytes;
    struct number number;

    while (unit->bytes > 1 && (whole == 0 || whole % unit->bytes != 0))
        unit++;
    (void)snprintf(number.text, sizeof number.text, "%llu%s",
                   (unsigned long long)(whole / unit->bytes), unit->name);
    return number;
}

static struct number print_bound(enum setting_kind kind, double bound)
{
    struct number number;

    if (kind == SETTING_BYTES)
        return print_size(bound);
    (void)snprintf(number.text, sizeof number.text, "%.15g", bound);
    return number;
}

static const char *description_of(enum setting_kind kind)
{
    static const char *const descriptions[] = {
        [SETTING_TEXT] = "a text",
        [SETTING_BOOL] = "true or false",
        [SETTING_U64] = "a whole number",
        [SETTING_F64] = "a number",
        [SETTING_DURATION_S] = "a number of seconds",
        [SETTING_BYTES] = "a size such as 4096, 64KiB or 1MiB",
    };

    ASSERT((size_t)kind < COUNT_OF(descriptions));
    return descriptions[kind];
}

static enum err refuse_value(const struct setting *setting, const struct setting_spec *spec,
                             struct error *error)
{
    const char *unit = spec->kind == SETTING_TEXT ? " bytes" : "";
    char range[128] = "";

    if (is_bounded(spec) && has_max(spec))
        (void)snprintf(range, sizeof range, " from %s to %s%s",
                       print_bound(spec->kind, spec->min).text,
                       print_bound(spec->kind, spec->max).text, unit);
    else if (is_bounded(spec))
        (void)snprintf(range, sizeof range, " from %s%s on",
                       print_bound(spec->kind, spec->min).text, unit);
    return error_set(error, ERR_INVALID, "%s: setting '%s' is '%.64s%s', but must be %s%s",
                     setting->origin, setting->key, setting->value,
                     strlen(setting->value) > 64 ? "..." : "", description_of(spec->kind), range);
}

static enum err refuse_key(const struct setting *setting, const struct setting_table tables[],
                           size_t count, struct error *error)
{
    size_t key_count = 0;
    for (size_t i = 0; i < count; i++)
        key_count += tables[i].count;

    const char **keys = NEW_ARRAY(const char *, key_count);
    size_t next = 0;
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < tables[i].count; j++)
            keys[next++] = tables[i].specs[j].key;
    const char *meant = nearest(setting->key, keys, key_count);
    free((void *)keys);

    if (meant == NULL)
        return error_set(error, ERR_INVALID, "%s: unknown setting '%s'", setting->origin,
                         setting->key);
    return error_set(error, ERR_INVALID, "%s: unknown setting '%s'; did you mean '%s'?",
                     setting->origin, setting->key, meant);
}

const struct setting_spec *setting_table_find(const struct setting_table *table, const char *key)
{
    for (size_t i = 0; i < table->count; i++)
        if (strcmp(table->specs[i].key, key) == 0)
            return &table->specs[i];
    return NULL;
}

static const struct setting_spec *find_spec(const struct setting_table tables[], size_t count,
                                            const char *key)
{
    const struct setting_spec *spec = NULL;

    for (size_t i = 0; i < count && spec == NULL; i++)
        spec = setting_table_find(&tables[i], key);
    return spec;
}

static void check_fallbacks(const struct setting_table *table)
{
    for (size_t i = 0; i < table->count; i++)
        ASSERT(table->specs[i].fallback == NULL ||
               is_valid(&table->specs[i], table->specs[i].fallback));
}

enum err settings_check_tables(const struct settings *settings, const struct setting_table tables[],
                               size_t count, struct error *error)
{
    for (size_t i = 0; i < count; i++)
        check_fallbacks(&tables[i]);

    for (size_t i = 0; i < settings_count(settings); i++) {
        const struct setting *setting = settings_at(settings, i);
        const struct setting_spec *spec = find_spec(tables, count, setting->key);

        if (spec == NULL)
            return refuse_key(setting, tables, count, error);
        if (!is_valid(spec, setting->value))
            return refuse_value(setting, spec, error);
    }
    return ERR_OK;
}

enum err settings_check(const struct settings *settings, const struct setting_spec specs[],
                        size_t count, struct error *error)
{
    struct setting_table table = {.specs = specs, .count = count};

    return settings_check_tables(settings, &table, 1, error);
}
