/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/duration.h"

#include "base/settings_schema.h"

bool duration_read(const char *text, uint64_t *ret_ms)
{
    double seconds;

    if (!setting_parse_duration_s(text, &seconds) || seconds < 0 || seconds > DURATION_MAX_S)
        return false;
    *ret_ms = (uint64_t)(seconds * 1000);
    return true;
}
