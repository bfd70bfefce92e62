/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/log_place.h"

#include <string.h>

#include "base/settings_schema.h"

enum {
    YEAR_MIN = 1970,
    YEAR_MAX = 9999,
    MS_PER_S = 1000,
    MINUTE_S = 60,
    HOUR_S = 3600,
    DAY_S = 86400,
};

/* ---- offsets ---- */

bool log_place_offset(const char *text, struct console_place *ret_place)
{
    bool is_last = text[0] == '-';
    uint64_t number;

    if (!setting_parse_u64(text + (is_last ? 1 : 0), &number) || number > INT64_MAX)
        return false;
    *ret_place = (struct console_place){.kind = is_last ? CONSOLE_PLACE_LAST : CONSOLE_PLACE_OFFSET,
                                        .value = (int64_t)number};
    return true;
}

/* ---- times ---- */

static bool is_digit(char letter)
{
    return letter >= '0' && letter <= '9';
}

/* Exactly so many digits; moves behind them. */
static bool take_number(const char **at, int digits, int min, int max, int *ret_number)
{
    int number = 0;

    for (int i = 0; i < digits; i++) {
        if (!is_digit(**at))
            return false;
        number = number * 10 + (*(*at)++ - '0');
    }
    *ret_number = number;
    return number >= min && number <= max;
}

static bool take_letter(const char **at, char letter)
{
    if (**at != letter)
        return false;
    (*at)++;
    return true;
}

static bool is_leap(int year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static int days_of_month(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

    return month == 2 && is_leap(year) ? 29 : days[month - 1];
}

/* Since 1970. */
static int64_t count_days(int year, int month, int day)
{
    int64_t before = (int64_t)year - 1;
    int64_t days = before * 365 + before / 4 - before / 100 + before / 400 - 719162;

    for (int i = 1; i < month; i++)
        days += days_of_month(year, i);
    return days + day - 1;
}

static bool take_date(const char **at, int64_t *ret_s)
{
    int year;
    int month;
    int day;

    if (!take_number(at, 4, YEAR_MIN, YEAR_MAX, &year) || !take_letter(at, '-') ||
        !take_number(at, 2, 1, 12, &month) || !take_letter(at, '-') ||
        !take_number(at, 2, 1, days_of_month(year, month), &day))
        return false;
    *ret_s = count_days(year, month, day) * DAY_S;
    return true;
}

/* Of the digits behind a point those beyond milliseconds do not matter. */
static bool take_fraction(const char **at, int64_t *ret_ms)
{
    int64_t unit = MS_PER_S / 10;

    if (!is_digit(**at))
        return false;
    *ret_ms = 0;
    for (; is_digit(**at); (*at)++, unit /= 10)
        *ret_ms += (**at - '0') * unit;
    return true;
}

static bool take_clock(const char **at, int64_t *ret_ms)
{
    int hour;
    int minute;
    int second = 0;
    int64_t fraction_ms = 0;

    if (!take_number(at, 2, 0, 23, &hour) || !take_letter(at, ':') ||
        !take_number(at, 2, 0, 59, &minute))
        return false;
    if (take_letter(at, ':') && !take_number(at, 2, 0, 59, &second))
        return false;
    if (take_letter(at, '.') && !take_fraction(at, &fraction_ms))
        return false;
    *ret_ms = ((int64_t)hour * HOUR_S + minute * MINUTE_S + second) * MS_PER_S + fraction_ms;
    return true;
}

/* "Z", "+02:00", "-0530" or nothing. */
static bool take_zone(const char **at, int64_t *ret_s)
{
    bool is_west = **at == '-';
    int hours;
    int minutes;

    *ret_s = 0;
    if (**at == '\0' || take_letter(at, 'Z'))
        return true;
    if (!take_letter(at, '+') && !take_letter(at, '-'))
        return false;
    if (!take_number(at, 2, 0, 14, &hours))
        return false;
    (void)take_letter(at, ':');
    if (!take_number(at, 2, 0, 59, &minutes))
        return false;
    *ret_s = (is_west ? -1 : 1) * ((int64_t)hours * HOUR_S + minutes * MINUTE_S);
    return true;
}

static bool read_iso(const char *text, int64_t *ret_ms)
{
    int64_t day_s;
    int64_t clock_ms = 0;
    int64_t zone_s;

    if (!take_date(&text, &day_s))
        return false;
    if (*text != '\0' &&
        !((take_letter(&text, 'T') || take_letter(&text, ' ')) && take_clock(&text, &clock_ms)))
        return false;
    if (!take_zone(&text, &zone_s) || *text != '\0')
        return false;
    *ret_ms = (day_s - zone_s) * MS_PER_S + clock_ms;
    return *ret_ms >= 0;
}

bool log_place_time(const char *text, int64_t *ret_ms)
{
    uint64_t number;

    if (!setting_parse_u64(text, &number))
        return read_iso(text, ret_ms);
    if (number > INT64_MAX)
        return false;
    *ret_ms = (int64_t)number;
    return true;
}

bool log_place_any(const char *text, struct console_place *ret_place)
{
    int64_t time_ms;

    if (strcmp(text, "earliest") == 0)
        *ret_place = (struct console_place){.kind = CONSOLE_PLACE_EARLIEST};
    else if (strcmp(text, "latest") == 0)
        *ret_place = (struct console_place){.kind = CONSOLE_PLACE_LATEST};
    else if (read_iso(text, &time_ms))
        *ret_place = (struct console_place){.kind = CONSOLE_PLACE_TIME, .value = time_ms};
    else
        return log_place_offset(text, ret_place);
    return true;
}
