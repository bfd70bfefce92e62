/* SPDX-License-Identifier: Apache-2.0 */
#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/assert.h"
#include "base/mem.h"

struct meaning {
    const char *name;
    const char *text;
    bool retryable;
};

static const struct meaning meanings[] = {
    [ERR_OK] = {"ok", "no error", false},
    [ERR_INVALID] = {"invalid", "invalid input", false},
    [ERR_NOT_FOUND] = {"not_found", "not found", false},
    [ERR_EXISTS] = {"exists", "exists already", false},
    [ERR_LIMIT] = {"limit", "a limit is exceeded", false},
    [ERR_FULL] = {"full", "no room at the moment", true},
    [ERR_IO] = {"io", "input or output failed", false},
    [ERR_CORRUPT] = {"corrupt", "the data are damaged", false},
    [ERR_VERSION] = {"version", "made for another version", false},
    [ERR_TIMEOUT] = {"timeout", "timed out", true},
    [ERR_CANCELLED] = {"cancelled", "cancelled", false},
    [ERR_CONFLICT] = {"conflict", "changed by somebody else", true},
    [ERR_DENIED] = {"denied", "not allowed", false},
    [ERR_CLOSED] = {"closed", "closed", false},
    [ERR_UNSUPPORTED] = {"unsupported", "not supported", false},
    [ERR_CRASHED] = {"crashed", "crashed", false},
    [ERR_INTERNAL] = {"internal", "internal error", false},
};

static const struct meaning *meaning_of(enum err err)
{
    ASSERT((size_t)err < COUNT_OF(meanings));
    return &meanings[err];
}

/* Ends a text that did not fit in "...". */
static void mark_cut(char text[static ERROR_TEXT_MAX], size_t wanted)
{
    if (wanted >= ERROR_TEXT_MAX)
        memcpy(text + ERROR_TEXT_MAX - sizeof "...", "...", sizeof "...");
}

enum err error_set(struct error *error, enum err code, const char *format, ...)
{
    ASSERT(code != ERR_OK);
    if (error == NULL)
        return code;

    char text[ERROR_TEXT_MAX] = "";
    va_list arguments;
    va_start(arguments, format);
    int wanted = vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    mark_cut(text, wanted < 0 ? 0 : (size_t)wanted);

    error->code = code;
    memcpy(error->text, text, sizeof text);
    return code;
}

enum err error_wrap(struct error *error, const char *format, ...)
{
    ASSERT(error != NULL && error->code != ERR_OK);

    char text[ERROR_TEXT_MAX] = "";
    va_list arguments;
    va_start(arguments, format);
    int prefix = vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);

    size_t wanted = prefix < 0 ? 0 : (size_t)prefix;
    size_t used = wanted < sizeof text ? wanted : sizeof text - 1;
    int rest = snprintf(text + used, sizeof text - used, ": %s", error->text);
    mark_cut(text, wanted + (rest < 0 ? 0 : (size_t)rest));

    memcpy(error->text, text, sizeof text);
    return error->code;
}

const char *err_name(enum err err)
{
    return meaning_of(err)->name;
}

const char *err_text(enum err err)
{
    return meaning_of(err)->text;
}

bool err_is_retryable(enum err err)
{
    return meaning_of(err)->retryable;
}
