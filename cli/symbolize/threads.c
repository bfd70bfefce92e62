/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/symbolize/threads.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "cli/symbolize/modules.h"

enum {
    DEPTH_MAX = 64, /* frames as they were written down */
    NAMES_MAX = 8,  /* functions at an address */
};

bool threads_are_meant(const char *bytes)
{
    return strncmp(bytes, "stacks\n", 7) == 0 || strncmp(bytes, "profile\n", 8) == 0;
}

/* ---- what was written down ---- */

struct seen {
    uint64_t count;
    int thread;
    const char *component; /* NULL: none */
    const char *doing;
    uint32_t task;
    uint32_t depth;
    uint64_t frames[DEPTH_MAX]; /* addresses to look up, innermost first */
};

struct account {
    bool is_profile;
    Dwfl *dwfl;
    char *rest;  /* of the lines */
    char *again; /* a line that belongs to the next stack; NULL: none */
};

static char *next_line(char **rest)
{
    char *line = *rest;

    if (line == NULL || *line == '\0')
        return NULL;
    *rest = strchr(line, '\n');
    if (*rest != NULL)
        *(*rest)++ = '\0';
    return line;
}

static void take_frame(struct seen *seen, const char *value)
{
    uint64_t address = strtoull(value, NULL, 16);

    if (seen->depth == DEPTH_MAX)
        return;
    /* A return address may be the first of another line. */
    seen->frames[seen->depth] = seen->depth == 0 || address == 0 ? address : address - 1;
    seen->depth++;
}

static void take_member(struct seen *seen, const char *key, const char *value)
{
    if (strcmp(key, "thread") == 0)
        seen->thread = (int)strtol(value, NULL, 10);
    else if (strcmp(key, "component") == 0)
        seen->component = value;
    else if (strcmp(key, "task") == 0)
        seen->task = (uint32_t)strtoul(value, NULL, 10);
    else if (strcmp(key, "doing") == 0)
        seen->doing = value;
    else if (strcmp(key, "frame") == 0)
        take_frame(seen, value);
}

/* False at the end. */
static bool next_stack(struct account *account, struct seen *ret_seen)
{
    char *line = account->again != NULL ? account->again : next_line(&account->rest);

    account->again = NULL;
    if (line == NULL || strncmp(line, "stack ", 6) != 0)
        return false;
    *ret_seen = (struct seen){.count = strtoull(line + 6, NULL, 10)};
    while ((line = next_line(&account->rest)) != NULL && strncmp(line, "stack ", 6) != 0) {
        char *space = strchr(line, ' ');
        if (space == NULL)
            continue;
        *space = '\0';
        take_member(ret_seen, line, space + 1);
    }
    account->again = line;
    return true;
}

/* ---- names ---- */

static json_t *text_or_null(const char *text)
{
    size_t size = text == NULL ? 0 : strlen(text);
    json_t *value =
        text == NULL ? NULL : json_stringn(text, size < THREADS_NAME_MAX ? size : THREADS_NAME_MAX);

    return value == NULL ? json_null() : value;
}

static json_t *describe(const struct seen *seen)
{
    char thread[32] = "member";
    json_t *object = json_object();

    if (seen->thread >= 0)
        (void)snprintf(thread, sizeof thread, "loop %d", seen->thread);
    (void)json_object_set_new(object, "thread", json_string(thread));
    (void)json_object_set_new(object, "component", text_or_null(seen->component));
    (void)json_object_set_new(object, "task",
                              seen->component == NULL ? json_null() : json_integer(seen->task));
    return object;
}

static void write_line(char *line, FILE *file, size_t *written)
{
    *written += strlen(line) + 1;
    (void)fprintf(file, "%s\n", line);
    free(line);
}

/* ---- stacks ---- */

static void add_frame(void *context, const struct modules_frame *frame)
{
    json_t *frames = context;
    json_t *object = json_object();

    if (json_array_size(frames) < THREADS_FRAMES_MAX) {
        (void)json_object_set_new(object, "function", text_or_null(frame->function));
        (void)json_object_set_new(object, "file", text_or_null(frame->file));
        (void)json_object_set_new(object, "line", json_integer(frame->line));
        (void)json_object_set_new(object, "module", text_or_null(frame->module));
        (void)json_object_set_new(object, "offset", json_integer((json_int_t)frame->offset));
        (void)json_array_append(frames, object);
    }
    json_decref(object);
}

static char *encode_stack(const struct account *account, const struct seen *seen, bool is_cut)
{
    json_t *object = describe(seen);
    json_t *frames = json_array();
    struct modules_visitor visitor = {.visit = add_frame, .context = frames};

    for (uint32_t i = 0; !is_cut && i < seen->depth; i++)
        modules_look_up(account->dwfl, seen->frames[i], &visitor);
    (void)json_object_set_new(object, "doing", text_or_null(seen->doing));
    (void)json_object_set_new(object, "cut", json_boolean(is_cut));
    (void)json_object_set_new(object, "frames", frames);
    char *line = json_dumps(object, JSON_COMPACT);
    json_decref(object);
    return line;
}

static void print_stacks(struct account *account, FILE *file)
{
    size_t written = 0;
    struct seen seen;

    while (next_stack(account, &seen)) {
        char *line = encode_stack(account, &seen, false);
        if (strlen(line) > THREADS_LINE_MAX || written + strlen(line) > THREADS_BYTES_MAX) {
            free(line);
            line = encode_stack(account, &seen, true);
        }
        write_line(line, file, &written);
    }
}

/* ---- a profile ---- */

/* The functions at an address: an address is in many stacks. */
struct known {
    uint64_t address;
    uint32_t count;
    json_t *names[NAMES_MAX]; /* innermost first */
};

struct names {
    struct known *items;
    size_t count;
    size_t capacity;
};

static void add_name(void *context, const struct modules_frame *frame)
{
    struct known *known = context;
    char text[THREADS_NAME_MAX];

    if (known->count == NAMES_MAX)
        return;
    if (frame->function != NULL) {
        known->names[known->count] = text_or_null(frame->function);
    } else {
        (void)snprintf(text, sizeof text, "%s+0x%" PRIx64,
                       frame->module == NULL ? "??" : frame->module, frame->offset);
        known->names[known->count] = json_string(text);
    }
    if (!json_is_string(known->names[known->count])) {
        json_decref(known->names[known->count]);
        known->names[known->count] = json_string("??");
    }
    known->count++;
}

static int by_address(const void *a, const void *b)
{
    const struct known *left = a, *right = b;

    return (left->address > right->address) - (left->address < right->address);
}

static void collect(struct names *names, const struct seen *seen)
{
    for (uint32_t i = 0; i < seen->depth; i++) {
        if (names->count == names->capacity) {
            names->capacity = names->capacity == 0 ? 1024 : 2 * names->capacity;
            names->items = mem_resize(names->items, names->capacity, sizeof *names->items);
        }
        names->items[names->count++] = (struct known){.address = seen->frames[i]};
    }
}

static void look_up_all(struct names *names, Dwfl *dwfl)
{
    size_t kept = 0;

    if (names->count > 0)
        qsort(names->items, names->count, sizeof *names->items, by_address);
    for (size_t i = 0; i < names->count; i++)
        if (kept == 0 || names->items[kept - 1].address != names->items[i].address)
            names->items[kept++] = names->items[i];
    names->count = kept;
    for (size_t i = 0; i < kept; i++) {
        struct modules_visitor visitor = {.visit = add_name, .context = &names->items[i]};
        modules_look_up(dwfl, names->items[i].address, &visitor);
    }
}

static void forget_names(struct names *names)
{
    for (size_t i = 0; i < names->count; i++)
        while (names->items[i].count > 0)
            json_decref(names->items[i].names[--names->items[i].count]);
    free(names->items);
}

struct folded {
    char *text; /* without the count */
    uint64_t count;
};

static char *fold(const struct names *names, const struct seen *seen)
{
    json_t *object = describe(seen);
    json_t *frames = json_array();

    for (uint32_t i = seen->depth; i > 0; i--) {
        struct known wanted = {.address = seen->frames[i - 1]};
        const struct known *known =
            bsearch(&wanted, names->items, names->count, sizeof *names->items, by_address);
        for (uint32_t j = known->count; j > 0 && json_array_size(frames) < THREADS_FRAMES_MAX; j--)
            (void)json_array_append(frames, known->names[j - 1]);
    }
    (void)json_object_set_new(object, "frames", frames);
    char *text = json_dumps(object, JSON_COMPACT);
    json_decref(object);
    return text;
}

static int by_text(const void *a, const void *b)
{
    return strcmp(((const struct folded *)a)->text, ((const struct folded *)b)->text);
}

static int by_count(const void *a, const void *b)
{
    const struct folded *left = a, *right = b;

    if (left->count != right->count)
        return left->count < right->count ? 1 : -1;
    return strcmp(left->text, right->text);
}

static size_t merge(struct folded *folded, size_t count)
{
    size_t kept = 0;

    if (count > 0)
        qsort(folded, count, sizeof *folded, by_text);
    for (size_t i = 0; i < count; i++) {
        if (kept > 0 && strcmp(folded[kept - 1].text, folded[i].text) == 0) {
            folded[kept - 1].count += folded[i].count;
            free(folded[i].text);
        } else {
            folded[kept++] = folded[i];
        }
    }
    if (kept > 0)
        qsort(folded, kept, sizeof *folded, by_count);
    return kept;
}

static void print_folded(struct folded *folded, size_t count, FILE *file)
{
    size_t written = 0;
    uint64_t others = 0;

    for (size_t i = 0; i < count; i++) {
        size_t size = strlen(folded[i].text);
        if (size > THREADS_LINE_MAX || written + size > THREADS_BYTES_MAX) {
            others += folded[i].count;
        } else {
            (void)fprintf(file, "{\"count\":%" PRIu64 ",%s\n", folded[i].count, folded[i].text + 1);
            written += size;
        }
        free(folded[i].text);
    }
    if (others > 0)
        (void)fprintf(file,
                      "{\"count\":%" PRIu64 ",\"thread\":\"\",\"component\":null,\"task\":null,"
                      "\"frames\":[\"(others)\"]}\n",
                      others);
}

static void print_profile(struct account *account, FILE *file)
{
    struct names names = {.items = NULL};
    struct seen *stacks = NULL;
    size_t count = 0, capacity = 0;
    struct seen seen;

    while (next_stack(account, &seen)) {
        if (count == capacity) {
            capacity = capacity == 0 ? 64 : 2 * capacity;
            stacks = mem_resize(stacks, capacity, sizeof *stacks);
        }
        collect(&names, &seen);
        stacks[count++] = seen;
    }
    look_up_all(&names, account->dwfl);
    struct folded *folded = NEW_ARRAY(struct folded, count);
    for (size_t i = 0; i < count; i++)
        folded[i] = (struct folded){.text = fold(&names, &stacks[i]), .count = stacks[i].count};
    print_folded(folded, merge(folded, count), file);
    free(folded);
    free(stacks);
    forget_names(&names);
}

/* ---- all of it ---- */

bool threads_print(char *bytes, FILE *file)
{
    static const char end_line[] = "\nend\n";
    struct account account = {.is_profile = bytes[0] == 'p'};
    char *maps = strchr(bytes, '\n') + 1;
    char *end = strstr(maps, end_line);

    if (strncmp(maps, "maps\n", 5) != 0 || end == NULL)
        return false;
    end[1] = '\0';
    account.rest = end + sizeof end_line - 1;
    account.dwfl = modules_open(maps + 5);
    if (account.is_profile)
        print_profile(&account, file);
    else
        print_stacks(&account, file);
    dwfl_end(account.dwfl);
    return fflush(file) == 0 && ferror(file) == 0;
}
