/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/labels.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

void labels_done(struct labels *labels)
{
    for (size_t i = 0; i < labels->count; i++)
        free(labels->items[i]);
    labels->count = 0;
}

static bool has(const struct labels *labels, const char *label)
{
    for (size_t i = 0; i < labels->count; i++)
        if (strcmp(labels->items[i], label) == 0)
            return true;
    return false;
}

/* The text up to the next comma, without the spaces around it. The caller owns it. */
static char *take_label(const char **text)
{
    const char *begin = *text + strspn(*text, " ");
    const char *end = begin + strcspn(begin, ",");

    *text = *end == ',' ? end + 1 : end;
    while (end > begin && end[-1] == ' ')
        end--;
    char *label = mem_copy_text(begin);
    label[end - begin] = '\0';
    return label;
}

static enum err add(struct labels *labels, char **label, struct error *error)
{
    static const char good[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";

    if (**label == '\0' || (*label)[strspn(*label, good)] != '\0')
        return error_set(error, ERR_INVALID,
                         "'%.64s' is not a label: one consists of letters, digits, '.', '_' and "
                         "'-', and a ',' stands between two",
                         *label);
    if (has(labels, *label))
        return ERR_OK;
    if (labels->count == LABELS_MAX)
        return error_set(error, ERR_LIMIT, "there are more than %d labels", LABELS_MAX);
    labels->items[labels->count++] = TAKE(*label);
    return ERR_OK;
}

enum err labels_parse(const char *text, struct labels *ret_labels, struct error *error)
{
    struct labels labels = {.count = 0};
    bool is_over = text[strspn(text, " ")] == '\0';
    enum err err = ERR_OK;

    if (strlen(text) > LABELS_BYTES_MAX)
        return error_set(error, ERR_LIMIT, "the labels are longer than %d bytes", LABELS_BYTES_MAX);
    while (!is_over && err == ERR_OK) {
        const char *comma = strchr(text, ',');
        AUTO(mem_free_text) char *label = take_label(&text);

        is_over = comma == NULL;
        err = add(&labels, &label, error);
    }
    if (err != ERR_OK)
        labels_done(&labels);
    else
        *ret_labels = labels;
    return err;
}
