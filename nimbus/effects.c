/* SPDX-License-Identifier: Apache-2.0 */
#include "nimbus/effects.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/mem.h"

enum {
    LINE_MAX_SIZE = 1024,
};

void effect_done(struct effect *effect)
{
    free(effect->text);
    free(effect->bytes);
    *effect = (struct effect){.text = NULL};
}

void effects_done(struct effects *effects)
{
    struct effect effect;

    while (effects_pop(effects, &effect))
        effect_done(&effect);
    free(effects->items);
    *effects = (struct effects){.items = NULL};
}

void effects_push(struct effects *effects, struct effect effect)
{
    if (effects->begin == effects->end)
        effects->begin = effects->end = 0;
    if (effects->end == effects->capacity) {
        effects->capacity = effects->capacity == 0 ? 16 : 2 * effects->capacity;
        effects->items = mem_resize(effects->items, effects->capacity, sizeof *effects->items);
    }
    effects->items[effects->end++] = effect;
}

bool effects_pop(struct effects *effects, struct effect *ret_effect)
{
    if (effects->begin == effects->end)
        return false;
    *ret_effect = effects->items[effects->begin++];
    return true;
}

static void *copy_bytes(const void *bytes, size_t size)
{
    void *copy = mem_alloc(size);

    if (size > 0)
        memcpy(copy, bytes, size);
    return copy;
}

void effects_answer_bytes(struct effects *effects, struct asker asker, json_t *ok,
                          const void *bytes, size_t size)
{
    if (asker.peer == 0) {
        json_decref(ok);
        return;
    }
    effects_push(effects, (struct effect){
                              .kind = EFFECT_REPLY,
                              .asker = asker,
                              .text = control_answer_encode(asker.id, ok),
                              .bytes = copy_bytes(bytes, size),
                              .size = size,
                          });
}

void effects_answer(struct effects *effects, struct asker asker, json_t *ok)
{
    effects_answer_bytes(effects, asker, ok, NULL, 0);
}

void effects_complain(struct effects *effects, struct asker asker,
                      const struct control_fault *fault)
{
    if (asker.peer == 0)
        return;
    effects_push(effects, (struct effect){
                              .kind = EFFECT_REPLY,
                              .asker = asker,
                              .text = control_fault_encode(asker.id, fault),
                          });
}

void effects_refuse(struct effects *effects, struct asker asker, enum control_code code,
                    const char *format, ...)
{
    struct control_fault fault = {.code = code};
    va_list arguments;

    va_start(arguments, format);
    (void)vsnprintf(fault.text, sizeof fault.text, format, arguments);
    va_end(arguments);
    effects_complain(effects, asker, &fault);
}

void effects_log(struct effects *effects, enum effect_level level, const char *name,
                 const char *format, ...)
{
    char line[LINE_MAX_SIZE];
    va_list arguments;

    va_start(arguments, format);
    (void)vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    effects_push(effects, (struct effect){.kind = EFFECT_LOG,
                                          .level = level,
                                          .name = name,
                                          .text = mem_copy_text(line)});
}

struct effect effect_of_blob(enum effect_kind kind, const char *hash)
{
    struct effect effect = {.kind = kind};

    ASSERT(strlen(hash) < sizeof effect.hash);
    memcpy(effect.hash, hash, strlen(hash) + 1);
    return effect;
}
