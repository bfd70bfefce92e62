/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/sim_files.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/mem.h"
#include "base/rng.h"
#include "tests/support/sim_node.h"

struct sim_files {
    struct files files; /* the first member */
    struct rng rng;
    struct sim_node *nodes; /* all that there ever were: names may come back */
    struct sim_node *root;
    bool keeps_name_order;
    bool is_off;
    bool has_struck;
    enum sim_files_fault fault;
    uint64_t fault_at;
    uint64_t operations;
    uint64_t reads;
    uint64_t room; /* 0: no limit */
    uint64_t life; /* restarts so far */
    size_t open_count;
};

struct sim_file {
    struct file file; /* the first member */
    struct sim_files *sim;
    struct sim_node *node;
    uint64_t life; /* in which it was opened */
    uint32_t references;
    bool is_writable;
};

static struct sim_files *of(struct files *files)
{
    return (struct sim_files *)files;
}

static struct sim_file *handle(struct file *file)
{
    return (struct sim_file *)file;
}

static struct sim_node *new_node(struct sim_files *sim, bool is_folder)
{
    struct sim_node *node = sim_node_new(is_folder);

    node->next = sim->nodes;
    sim->nodes = node;
    return node;
}

/* ---- Paths --------------------------------------------------------------------------------- */

/* The folder that a path's last name is in, NULL if there is none; *ret_name is that name, within
 * the path, "" for the path "". */
static struct sim_node *walk(const struct sim_files *sim, const char *path, const char **ret_name)
{
    struct sim_node *folder = sim->root;
    const char *slash;

    ASSERT(strlen(path) < FILES_PATH_MAX && path[0] != '/');
    while (folder != NULL && (slash = strchr(path, '/')) != NULL) {
        char name[FILES_PATH_MAX];
        size_t size = (size_t)(slash - path);
        memcpy(name, path, size);
        name[size] = '\0';
        folder = sim_node_find(folder, name);
        if (folder != NULL && !folder->is_folder)
            folder = NULL;
        path = slash + 1;
    }
    *ret_name = path;
    return folder;
}

static struct sim_node *find(const struct sim_files *sim, const char *path)
{
    const char *name;
    struct sim_node *folder = walk(sim, path, &name);

    if (folder == NULL || name[0] == '\0')
        return folder;
    return sim_node_find(folder, name);
}

static enum err no_such(const char *path, struct error *error)
{
    return error_set(error, ERR_NOT_FOUND, "no such file '%s'", path);
}

/* ---- Room ---------------------------------------------------------------------------------- */

static bool mark_children(struct sim_node *folder)
{
    bool has_changed = false;

    for (size_t i = 0; i < folder->seen_names.count; i++) {
        struct sim_node *child = folder->seen_names.list[i].node;
        has_changed = has_changed || !child->is_marked;
        child->is_marked = true;
    }
    return has_changed;
}

/* Marks what can be reached from the root. */
static void mark(struct sim_files *sim)
{
    bool has_changed = true;

    for (struct sim_node *node = sim->nodes; node != NULL; node = node->next)
        node->is_marked = false;
    sim->root->is_marked = true;
    while (has_changed) {
        has_changed = false;
        for (struct sim_node *node = sim->nodes; node != NULL; node = node->next) {
            if (node->is_marked && mark_children(node))
                has_changed = true;
        }
    }
}

static uint64_t held(const struct sim_node *node)
{
    return node->reserved > node->seen.size ? node->reserved : node->seen.size;
}

uint64_t sim_files_used(const struct sim_files *sim)
{
    uint64_t used = 0;

    mark((struct sim_files *)(uintptr_t)sim); /* scratch of the nodes alone */
    for (const struct sim_node *node = sim->nodes; node != NULL; node = node->next) {
        if (node->is_marked || node->references > 0)
            used += held(node);
    }
    return used;
}

/* Up to which size the file may grow. */
static uint64_t size_limit(const struct sim_files *sim, const struct sim_node *node)
{
    if (sim->room == 0)
        return UINT64_MAX;
    uint64_t used = sim_files_used(sim);
    return held(node) + (used < sim->room ? sim->room - used : 0);
}

/* ---- Faults -------------------------------------------------------------------------------- */

enum deed {
    DEED_CHANGE, /* needs no room */
    DEED_GROW,
    DEED_SYNC,
};

/* What becomes of an operation. */
struct fate {
    bool is_done; /* a write that fails: in part */
    enum err err;
    const char *text;
};

static struct fate strike(struct sim_files *sim)
{
    sim->has_struck = true;
    switch (sim->fault) {
    case SIM_FILES_POWER_CUT:
    case SIM_FILES_KILL:
        sim->is_off = true;
        return (struct fate){rng_below(&sim->rng, 2) == 0, ERR_IO, "it has just stopped"};
    case SIM_FILES_ERROR:
        return (struct fate){rng_below(&sim->rng, 2) == 0, ERR_IO, "input/output error"};
    case SIM_FILES_FULL_ONCE:
        sim->fault = SIM_FILES_FINE;
        return (struct fate){false, ERR_FULL, "no space left"};
    case SIM_FILES_FULL:
        return (struct fate){false, ERR_FULL, "no space left"};
    case SIM_FILES_FINE:
    case SIM_FILES_READ_ERROR:
        break;
    }
    UNREACHABLE();
}

static struct fate decide(struct sim_files *sim, enum deed deed)
{
    const struct fate fine = {true, ERR_OK, ""};

    if (sim->is_off)
        return (struct fate){false, ERR_IO, "it has stopped"};
    uint64_t number = sim->operations++;
    switch (sim->fault) {
    case SIM_FILES_POWER_CUT:
    case SIM_FILES_KILL:
    case SIM_FILES_ERROR:
        return number == sim->fault_at ? strike(sim) : fine;
    case SIM_FILES_FULL_ONCE:
    case SIM_FILES_FULL:
        return number >= sim->fault_at && deed == DEED_GROW ? strike(sim) : fine;
    case SIM_FILES_FINE:
    case SIM_FILES_READ_ERROR:
        break;
    }
    return fine;
}

static enum err tell(const struct fate *fate, const char *verb, const char *what,
                     struct error *error)
{
    if (fate->err == ERR_OK)
        return ERR_OK;
    return error_set(error, fate->err, "cannot %s '%s': %s", verb, what, fate->text);
}

/* ---- Files --------------------------------------------------------------------------------- */

static bool is_stale(const struct sim_file *file)
{
    return file->life != file->sim->life || file->sim->is_off;
}

static struct fate decide_for(struct sim_file *file, enum deed deed)
{
    ASSERT(file->is_writable || deed == DEED_SYNC);
    if (is_stale(file))
        return (struct fate){false, ERR_IO, "it has stopped"};
    return decide(file->sim, deed);
}

static enum err read_file(struct file *file, uint64_t at, void *to, size_t size, size_t *ret_size,
                          struct error *error)
{
    struct sim_file *from = handle(file);
    struct sim_files *sim = from->sim;
    const struct sim_bytes *seen = &from->node->seen;

    ASSERT(from->references > 0);
    if (is_stale(from))
        return error_set(error, ERR_IO, "cannot read: it has stopped");
    if (sim->reads++ == sim->fault_at && sim->fault == SIM_FILES_READ_ERROR) {
        sim->has_struck = true;
        return error_set(error, ERR_IO, "cannot read: input/output error");
    }
    size_t there = at < seen->size ? seen->size - (size_t)at : 0;
    *ret_size = size < there ? size : there;
    if (*ret_size > 0)
        memcpy(to, seen->data + at, *ret_size);
    return ERR_OK;
}

static unsigned char *join(const struct files_piece *pieces, size_t count, size_t *ret_size)
{
    size_t size = 0;

    for (size_t i = 0; i < count; i++)
        size += pieces[i].size;
    unsigned char *bytes = mem_alloc(size);
    *ret_size = 0;
    for (size_t i = 0; i < count; i++) {
        if (pieces[i].size > 0)
            memcpy(bytes + *ret_size, pieces[i].bytes, pieces[i].size);
        *ret_size += pieces[i].size;
    }
    return bytes;
}

static enum err write_file(struct file *file, uint64_t at, const struct files_piece *pieces,
                           size_t piece_count, struct error *error)
{
    struct sim_file *to = handle(file);
    size_t size;

    ASSERT(to->references > 0 && piece_count <= FILES_PIECES_MAX);
    struct fate fate = decide_for(to, DEED_GROW);
    unsigned char *bytes = join(pieces, piece_count, &size);
    uint64_t limit = size_limit(to->sim, to->node);
    if (fate.err == ERR_OK && at + size > limit) {
        size = at < limit ? (size_t)(limit - at) : 0;
        fate = (struct fate){true, ERR_FULL, "no space left"};
    } else if (fate.err != ERR_OK) {
        size = fate.is_done ? rng_below(&to->sim->rng, (uint32_t)size + 1) : 0;
    }
    if (size > 0)
        sim_node_write(to->node, at, bytes, size);
    free(bytes);
    return tell(&fate, "write", "a file", error);
}

static enum err size_of(struct file *file, uint64_t *ret_size, struct error *error)
{
    struct sim_file *of_file = handle(file);

    ASSERT(of_file->references > 0);
    if (is_stale(of_file))
        return error_set(error, ERR_IO, "cannot tell the size: it has stopped");
    *ret_size = of_file->node->seen.size;
    return ERR_OK;
}

static enum err truncate_file(struct file *file, uint64_t size, struct error *error)
{
    struct sim_file *of_file = handle(file);

    ASSERT(of_file->references > 0);
    struct fate fate = decide_for(of_file, DEED_CHANGE);
    if (fate.is_done) {
        sim_node_resize(of_file->node, size);
        of_file->node->reserved = 0;
    }
    return tell(&fate, "truncate", "a file", error);
}

static enum err reserve_file(struct file *file, uint64_t size, struct error *error)
{
    struct sim_file *of_file = handle(file);

    ASSERT(of_file->references > 0);
    struct fate fate = decide_for(of_file, DEED_GROW);
    if (fate.err == ERR_OK && size > size_limit(of_file->sim, of_file->node))
        fate = (struct fate){false, ERR_FULL, "no space left"};
    if (fate.is_done && size > of_file->node->reserved)
        of_file->node->reserved = size;
    return tell(&fate, "reserve room for", "a file", error);
}

static enum err sync_file(struct file *file, struct error *error)
{
    struct sim_file *of_file = handle(file);

    ASSERT(of_file->references > 0);
    struct fate fate = decide_for(of_file, DEED_SYNC);
    if (fate.err == ERR_OK || (fate.is_done && of_file->sim->is_off))
        sim_node_sync(of_file->node);
    else if (!is_stale(of_file))
        sim_node_fail_sync(of_file->node);
    return tell(&fate, "sync", "a file", error);
}

static int descriptor_of(const struct file *file)
{
    (void)file;
    return -1;
}

static void take_file(struct file *file)
{
    ASSERT(handle(file)->references > 0);
    handle(file)->references++;
}

static void give_file(struct file **file)
{
    struct sim_file *given = handle(*file);

    ASSERT(given->references > 0);
    *file = NULL;
    if (--given->references > 0)
        return;
    ASSERT(given->node->references > 0 && given->sim->open_count > 0);
    given->node->references--;
    given->sim->open_count--;
    free(given);
}

/* ---- Names --------------------------------------------------------------------------------- */

static struct file *open_node(struct sim_files *sim, struct sim_node *node, bool is_writable)
{
    struct sim_file *file = NEW(struct sim_file);

    *file = (struct sim_file){
        .file = {.operations = sim->files.operations},
        .sim = sim,
        .node = node,
        .life = sim->life,
        .references = 1,
        .is_writable = is_writable,
    };
    node->references++;
    sim->open_count++;
    return &file->file;
}

static enum err create(struct sim_files *sim, const char *path, struct sim_node *folder,
                       const char *name, struct sim_node **ret_node, struct error *error)
{
    bool is_there = sim_node_find(folder, name) != NULL;
    struct fate fate = decide(sim, DEED_GROW);

    if (fate.err == ERR_OK && is_there)
        return error_set(error, ERR_EXISTS, "'%s' exists", path);
    if (fate.is_done && !is_there) {
        *ret_node = new_node(sim, false);
        sim_node_put_name(folder, name, *ret_node);
    }
    return tell(&fate, "create", path, error);
}

static enum err open_file(struct files *files, const char *path, enum files_open how,
                          struct file **ret_file, struct error *error)
{
    struct sim_files *sim = of(files);
    const char *name;
    struct sim_node *folder = walk(sim, path, &name);
    struct sim_node *node = NULL;
    enum err err = ERR_OK;

    if (sim->is_off)
        return error_set(error, ERR_IO, "cannot open '%s': it has stopped", path);
    if (folder == NULL)
        return no_such(path, error);
    if (how == FILES_CREATE)
        err = create(sim, path, folder, name, &node, error);
    else if ((node = sim_node_find(folder, name)) == NULL || node->is_folder)
        return no_such(path, error);
    if (err == ERR_OK)
        *ret_file = open_node(sim, node, how != FILES_READ);
    return err;
}

static void move(struct sim_node *from, const char *from_name, struct sim_node *to,
                 const char *to_name)
{
    if (from == to) {
        sim_node_rename(from, from_name, to_name);
        return;
    }
    sim_node_put_name(to, to_name, sim_node_find(from, from_name));
    sim_node_drop_name(from, from_name);
}

static enum err rename_path(struct files *files, const char *from, const char *to,
                            struct error *error)
{
    struct sim_files *sim = of(files);
    const char *from_name;
    const char *to_name;
    struct sim_node *from_folder = walk(sim, from, &from_name);
    struct sim_node *to_folder = walk(sim, to, &to_name);
    struct fate fate = decide(sim, DEED_CHANGE);

    bool is_there =
        from_folder != NULL && to_folder != NULL && sim_node_find(from_folder, from_name) != NULL;
    if (fate.err == ERR_OK && !is_there)
        return no_such(from, error);
    if (fate.is_done && is_there && strcmp(from, to) != 0)
        move(from_folder, from_name, to_folder, to_name);
    return tell(&fate, "rename", from, error);
}

static enum err remove_path(struct files *files, const char *path, struct error *error)
{
    struct sim_files *sim = of(files);
    const char *name;
    struct sim_node *folder = walk(sim, path, &name);
    struct sim_node *node = folder != NULL ? sim_node_find(folder, name) : NULL;
    struct fate fate = decide(sim, DEED_CHANGE);

    if (fate.err == ERR_OK && node == NULL)
        return no_such(path, error);
    if (fate.err == ERR_OK && node->seen_names.count > 0)
        return error_set(error, ERR_IO, "cannot remove '%s': it is not empty", path);
    if (fate.is_done && node != NULL && node->seen_names.count == 0)
        sim_node_drop_name(folder, name);
    return tell(&fate, "remove", path, error);
}

static void discard_path(struct files *files, const char *path)
{
    struct sim_files *sim = of(files);
    const char *name;
    struct sim_node *folder = walk(sim, path, &name);
    struct fate fate = decide(sim, DEED_CHANGE);

    if (fate.is_done && folder != NULL && sim_node_find(folder, name) != NULL)
        sim_node_drop_name(folder, name);
}

static enum err make_folder(struct files *files, const char *path, struct error *error)
{
    struct sim_files *sim = of(files);
    const char *name;
    struct sim_node *parent = walk(sim, path, &name);
    struct fate fate = decide(sim, DEED_GROW);

    if (fate.err == ERR_OK && parent == NULL)
        return no_such(path, error);
    bool is_there = parent != NULL && (name[0] == '\0' || sim_node_find(parent, name) != NULL);
    if (fate.err == ERR_OK && is_there)
        return error_set(error, ERR_EXISTS, "'%s' exists", path);
    if (fate.is_done && parent != NULL && !is_there)
        sim_node_put_name(parent, name, new_node(sim, true));
    return tell(&fate, "make", path, error);
}

static enum err sync_folder(struct files *files, const char *path, struct error *error)
{
    struct sim_files *sim = of(files);
    struct sim_node *folder = find(sim, path);
    struct fate fate = decide(sim, DEED_SYNC);

    if (fate.err == ERR_OK && (folder == NULL || !folder->is_folder))
        return no_such(path, error);
    if (fate.is_done && folder != NULL)
        sim_node_sync_names(folder);
    return tell(&fate, "sync", path, error);
}

static enum err sync_all(struct files *files, struct error *error)
{
    struct sim_files *sim = of(files);
    struct fate fate = decide(sim, DEED_SYNC);

    for (struct sim_node *node = sim->nodes; node != NULL; node = node->next) {
        /* Who stops in the middle has done some of it. */
        bool is_done = fate.is_done && (!sim->is_off || rng_below(&sim->rng, 2) == 0);
        if (is_done && node->is_folder)
            sim_node_sync_names(node);
        else if (is_done && fate.err == ERR_OK)
            sim_node_sync(node);
        else if (!node->is_folder && fate.err != ERR_OK && !sim->is_off)
            sim_node_fail_sync(node);
    }
    return tell(&fate, "sync", ".", error);
}

static enum err list_folder(struct files *files, const char *path,
                            void (*visit)(void *context, const char *name, bool is_folder),
                            void *context, struct error *error)
{
    struct sim_files *sim = of(files);
    const struct sim_node *folder = find(sim, path);

    if (sim->is_off)
        return error_set(error, ERR_IO, "cannot list '%s': it has stopped", path);
    if (folder == NULL || !folder->is_folder)
        return no_such(path, error);
    size_t count = folder->seen_names.count;
    for (size_t i = 0; i < count; i++) {
        const struct sim_name *name = &folder->seen_names.list[i];
        visit(context, name->text, name->node->is_folder);
        ASSERT(folder->seen_names.count == count && "the folder changed while it was listed");
    }
    return ERR_OK;
}

static const struct files_operations operations = {
    .open = open_file,
    .read = read_file,
    .write = write_file,
    .size = size_of,
    .truncate = truncate_file,
    .reserve = reserve_file,
    .sync = sync_file,
    .descriptor = descriptor_of,
    .take = take_file,
    .give = give_file,
    .rename = rename_path,
    .remove = remove_path,
    .discard = discard_path,
    .make_folder = make_folder,
    .sync_folder = sync_folder,
    .sync_all = sync_all,
    .list = list_folder,
};

/* ---- The disk ------------------------------------------------------------------------------ */

struct sim_files *sim_files_new(uint64_t seed)
{
    struct sim_files *sim = NEW(struct sim_files);

    sim->files.operations = &operations;
    rng_init(&sim->rng, seed);
    sim->root = new_node(sim, true);
    return sim;
}

void sim_files_destroy(struct sim_files **sim)
{
    if (*sim == NULL)
        return;
    ASSERT((*sim)->open_count == 0 && "a reference to a file was not given back");
    while ((*sim)->nodes != NULL) {
        struct sim_node *node = (*sim)->nodes;
        (*sim)->nodes = node->next;
        sim_node_destroy(&node);
    }
    free(*sim);
    *sim = NULL;
}

struct files *sim_files_of(struct sim_files *sim)
{
    return &sim->files;
}

void sim_files_keep_name_order(struct sim_files *sim)
{
    sim->keeps_name_order = true;
}

void sim_files_plan(struct sim_files *sim, enum sim_files_fault fault, uint64_t at)
{
    sim->fault = fault;
    sim->fault_at = at;
    sim->has_struck = false;
    sim->operations = 0;
    sim->reads = 0;
}

bool sim_files_has_struck(const struct sim_files *sim)
{
    return sim->has_struck;
}

uint64_t sim_files_operations(const struct sim_files *sim)
{
    return sim->operations;
}

uint64_t sim_files_reads(const struct sim_files *sim)
{
    return sim->reads;
}

void sim_files_restart(struct sim_files *sim)
{
    bool was_killed = sim->is_off && sim->fault == SIM_FILES_KILL;

    sim->is_off = false;
    sim->fault = SIM_FILES_FINE;
    sim->life++;
    for (struct sim_node *node = sim->nodes; node != NULL && !was_killed; node = node->next)
        sim_node_lose_power(node, &sim->rng, sim->keeps_name_order);
}

void sim_files_set_room(struct sim_files *sim, uint64_t bytes)
{
    sim->room = bytes;
}

size_t sim_files_open_count(const struct sim_files *sim)
{
    return sim->open_count;
}

const unsigned char *sim_files_bytes(const struct sim_files *sim, const char *path,
                                     size_t *ret_size)
{
    const struct sim_node *node = find(sim, path);

    if (node == NULL || node->is_folder)
        return NULL;
    *ret_size = node->seen.size;
    return node->seen.data != NULL ? node->seen.data : (const unsigned char *)"";
}

void sim_files_damage(struct sim_files *sim, const char *path, uint64_t at, const void *bytes,
                      size_t size)
{
    struct sim_node *node = find(sim, path);

    ASSERT(node != NULL && !node->is_folder);
    sim_node_write(node, at, bytes, size);
    sim_node_sync(node);
}

void sim_files_resize(struct sim_files *sim, const char *path, uint64_t size)
{
    struct sim_node *node = find(sim, path);

    ASSERT(node != NULL && !node->is_folder);
    sim_node_resize(node, size);
    sim_node_sync(node);
}

void sim_files_put(struct sim_files *sim, const char *path, const void *bytes, size_t size)
{
    const char *name;
    struct sim_node *folder = walk(sim, path, &name);

    ASSERT(folder != NULL && name[0] != '\0');
    struct sim_node *node = new_node(sim, false);
    sim_node_write(node, 0, bytes, size);
    sim_node_sync(node);
    sim_node_put_name(folder, name, node);
    sim_node_sync_names(folder);
}

bool sim_files_has(const struct sim_files *sim, const char *path)
{
    return find(sim, path) != NULL;
}
