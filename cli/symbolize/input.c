/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/symbolize/input.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* Ends the line that starts at *rest and steps over it; NULL at the end. */
static char *next_line(char **rest)
{
    char *line = *rest;
    char *end = strchr(line, '\n');

    if (*line == '\0')
        return NULL;
    if (end == NULL) {
        *rest = line + strlen(line);
    } else {
        *end = '\0';
        *rest = end + 1;
    }
    return line;
}

/* The maps stand between "maps" and "end", unchanged. */
static const char *take_maps(char **rest)
{
    static const char end_line[] = "\nend\n";
    char *maps = *rest;
    char *end = strstr(maps, end_line);

    if (end == NULL)
        return ""; /* cut within, so of no use */
    *end = '\0';
    *rest = end + sizeof end_line - 1;
    return maps;
}

static void set_number(struct input *input, const char *key, const char *value)
{
    if (strcmp(key, "signal") == 0)
        input->signal = (int)strtol(value, NULL, 10);
    else if (strcmp(key, "code") == 0)
        input->code = (int)(int32_t)strtoul(value, NULL, 10);
    else if (strcmp(key, "address") == 0)
        input->address = strtoull(value, NULL, 16);
    else if (strcmp(key, "stack") == 0)
        input->stack = strtoull(value, NULL, 16);
    else if (strcmp(key, "task") == 0)
        input->task = (uint32_t)strtoul(value, NULL, 10);
    else if (strcmp(key, "frame") == 0 && input->frame_count < INPUT_FRAMES_MAX)
        input->frames[input->frame_count++] = strtoull(value, NULL, 16);
}

/* False if the key is not one of a text. */
static bool set_text(struct input *input, const char *key, const char *value)
{
    if (strcmp(key, "component") == 0)
        input->component = value;
    else if (strcmp(key, "doing") == 0)
        input->doing = value;
    else if (strcmp(key, "arg") == 0 && input->arg_count < INPUT_ARGS_MAX)
        input->args[input->arg_count++] = value;
    else
        return false;
    return true;
}

void input_parse(char *bytes, struct input *ret_input)
{
    struct input input = {.maps = ""};
    char *line;

    while ((line = next_line(&bytes)) != NULL) {
        char *space = strchr(line, ' ');

        if (strcmp(line, "maps") == 0)
            input.maps = take_maps(&bytes);
        if (space == NULL)
            continue;
        *space = '\0';
        if (!set_text(&input, line, space + 1))
            set_number(&input, line, space + 1);
    }
    /* The writer ends each word by beginning the next. */
    if (input.arg_count > 0 && input.args[input.arg_count - 1][0] == '\0')
        input.arg_count--;
    *ret_input = input;
}
