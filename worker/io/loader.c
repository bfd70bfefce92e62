/* SPDX-License-Identifier: Apache-2.0 */
#include "worker/io/loader.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"

#define SYMBOL   "gale_topology"
#define HOW_TO   "cc -shared -fPIC topology.c -o topology.so $(pkg-config --cflags gale)"
#define ABI_NAME (GALE_ABI >> 32) /* "GALE"; the lower half is the number */

struct loader {
    void *handle; /* of dlopen(); never closed */
    const struct gale_topology *topology;
};

/* ---- the file, before any of its code runs ---- */

struct header {
    ElfW(Ehdr) elf;
    uint64_t file_bytes;
};

static enum err check_kind(const char *path, const struct stat *status, struct error *error)
{
    if (S_ISDIR(status->st_mode))
        return error_set(error, ERR_INVALID, "'%s' is a directory, not a shared object", path);
    if (!S_ISREG(status->st_mode))
        return error_set(error, ERR_INVALID, "'%s' is not a regular file", path);
    if (status->st_size == 0)
        return error_set(error, ERR_INVALID,
                         "'%s' is empty: build it again, and look at what the "
                         "compiler says",
                         path);
    return ERR_OK;
}

static enum err read_open_file(int file, const char *path, struct header *ret_header,
                               struct error *error)
{
    struct stat status;
    struct header header = {.file_bytes = 0};

    if (fstat(file, &status) != 0)
        return error_set(error, ERR_IO, "cannot read '%s': %s", path, strerror(errno));
    enum err err = check_kind(path, &status, error);
    if (err != ERR_OK)
        return err;
    if (pread(file, &header.elf, sizeof header.elf, 0) < 0)
        return error_set(error, ERR_IO, "cannot read '%s': %s", path, strerror(errno));
    header.file_bytes = (uint64_t)status.st_size;
    *ret_header = header;
    return ERR_OK;
}

/* What a short file lacks of the header is zero. */
static enum err read_header(const char *path, struct header *ret_header, struct error *error)
{
    /* Not to be held up by a pipe of that name. */
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

    if (file < 0)
        return error_set(error, errno == ENOENT ? ERR_NOT_FOUND : ERR_IO, "cannot open '%s': %s",
                         path, strerror(errno));
    enum err err = read_open_file(file, path, ret_header, error);
    (void)close(file);
    return err;
}

static const char *machine_name(unsigned machine)
{
    static const struct {
        unsigned machine;
        const char *name;
    } names[] = {
        {EM_386, "i386"},      {EM_ARM, "arm"},     {EM_X86_64, "x86-64"},
        {EM_AARCH64, "arm64"}, {EM_RISCV, "riscv"}, {EM_PPC64, "ppc64"},
        {EM_S390, "s390"},     {EM_MIPS, "mips"},   {EM_LOONGARCH, "loongarch"},
    };

    for (size_t i = 0; i < COUNT_OF(names); i++) {
        if (names[i].machine == machine)
            return names[i].name;
    }
    return "an unknown machine";
}

/* This program is made for the machine it runs on: the file must be like it. */
static enum err check_machine(const char *path, const ElfW(Ehdr) * elf, struct error *error)
{
    struct header own = {.file_bytes = 0};
    enum err err = read_header("/proc/self/exe", &own, error);

    if (err != ERR_OK)
        return err;
    if (elf->e_ident[EI_CLASS] != own.elf.e_ident[EI_CLASS] ||
        elf->e_ident[EI_DATA] != own.elf.e_ident[EI_DATA])
        return error_set(error, ERR_INVALID,
                         "'%s' has another word size or byte order than this "
                         "machine (%s): build it here",
                         path, machine_name(own.elf.e_machine));
    if (elf->e_machine != own.elf.e_machine)
        return error_set(error, ERR_INVALID,
                         "'%s' was built for %s, and this machine is %s: build "
                         "it here",
                         path, machine_name(elf->e_machine), machine_name(own.elf.e_machine));
    return ERR_OK;
}

static enum err check_type(const char *path, const ElfW(Ehdr) * elf, struct error *error)
{
    switch (elf->e_type) {
    case ET_DYN:
        return ERR_OK;
    case ET_REL:
        return error_set(error, ERR_INVALID, "'%s' is an object file: link it with -shared", path);
    case ET_EXEC:
        return error_set(error, ERR_INVALID, "'%s' is a program: build it with -shared -fPIC",
                         path);
    case ET_CORE:
        return error_set(error, ERR_INVALID, "'%s' is a core dump, not a shared object", path);
    default:
        return error_set(error, ERR_INVALID, "'%s' is damaged: its ELF type is %u", path,
                         (unsigned)elf->e_type);
    }
}

/* The section headers stand at the end of what linkers write, so a file that was cut lacks some. */
static enum err check_length(const char *path, const struct header *header, struct error *error)
{
    const ElfW(Ehdr) *elf = &header->elf;
    uint64_t programs_end = elf->e_phoff + (uint64_t)elf->e_phnum * elf->e_phentsize;
    uint64_t sections_end = elf->e_shoff + (uint64_t)elf->e_shnum * elf->e_shentsize;
    uint64_t end = programs_end > sections_end ? programs_end : sections_end;

    if (header->file_bytes < end || header->file_bytes < sizeof *elf)
        return error_set(error, ERR_CORRUPT,
                         "'%s' is cut short: %" PRIu64 " of at least %" PRIu64
                         " bytes are there; build or copy it again",
                         path, header->file_bytes, end);
    return ERR_OK;
}

static bool ends_with(const char *text, const char *end)
{
    size_t text_length = strlen(text);
    size_t end_length = strlen(end);

    return text_length >= end_length && strcmp(text + text_length - end_length, end) == 0;
}

static enum err check_file(const char *path, struct error *error)
{
    struct header header = {.file_bytes = 0};
    enum err err = read_header(path, &header, error);

    if (err != ERR_OK)
        return err;
    if (memcmp(header.elf.e_ident, ELFMAG, SELFMAG) != 0)
        return error_set(error, ERR_INVALID, "'%s' is not a shared object: %s " HOW_TO, path,
                         ends_with(path, ".c") ? "compile it first:" : "it is what comes of");
    if (header.file_bytes < sizeof header.elf)
        return error_set(error, ERR_CORRUPT,
                         "'%s' is cut short: it has %" PRIu64 " bytes; build or copy it again",
                         path, header.file_bytes);
    err = check_machine(path, &header.elf, error);
    if (err == ERR_OK)
        err = check_type(path, &header.elf, error);
    if (err == ERR_OK)
        err = check_length(path, &header, error);
    return err;
}

/* ---- its code and its table ---- */

/* dlerror() mostly starts with the path, which our text has already. */
static const char *reason_of(const char *path)
{
    const char *reason = dlerror(); /* NOLINT(concurrency-mt-unsafe): of this thread, in glibc */
    size_t length = strlen(path);

    if (reason == NULL)
        return "no reason is known";
    if (strncmp(reason, path, length) == 0 && strncmp(reason + length, ": ", 2) == 0)
        return reason + length + 2;
    return reason;
}

/* A bare file name would be looked for where libraries are. */
static char *path_for_dlopen(const char *path)
{
    size_t size = strlen(path) + sizeof "./";
    char *full = mem_alloc(size);

    (void)snprintf(full, size, "%s%s", strchr(path, '/') == NULL ? "./" : "", path);
    return full;
}

static enum err open_object(const char *path, void **ret_handle, struct error *error)
{
    AUTO(mem_free_text) char *full = path_for_dlopen(path);
    void *handle = dlopen(full, RTLD_NOW | RTLD_LOCAL);

    if (handle == NULL)
        return error_set(error, ERR_INVALID, "cannot open '%s': %s", path, reason_of(full));
    *ret_handle = handle;
    return ERR_OK;
}

static enum err check_abi(const char *path, uint64_t abi, struct error *error)
{
    if (abi == GALE_ABI)
        return ERR_OK;
    if (abi >> 32 == ABI_NAME)
        return error_set(error, ERR_VERSION,
                         "'%s' was built for ABI %" PRIu32 " of Gale, and this "
                         "gale has ABI %" PRIu32 ": build it with the headers of this gale",
                         path, (uint32_t)abi, (uint32_t)GALE_ABI);
    return error_set(error, ERR_INVALID,
                     "'" SYMBOL "' in '%s' does not begin with GALE_ABI but "
                     "with 0x%" PRIx64 ": initialise it with .abi = GALE_ABI",
                     path, abi);
}

/* The size is what the object file says: a shorter thing of that name must not be read beyond. */
static enum err check_symbol(const char *path, const void *symbol, struct error *error)
{
    Dl_info info;
    const ElfW(Sym) *entry = NULL;

    if (dladdr1(symbol, &info, (void **)&entry, RTLD_DL_SYMENT) == 0 || entry == NULL ||
        ELF64_ST_TYPE(entry->st_info) != STT_OBJECT || entry->st_size < sizeof(uint64_t))
        return error_set(error, ERR_INVALID,
                         "'" SYMBOL "' in '%s' is not a struct gale_topology: "
                         "define it as in the examples",
                         path);
    uint64_t abi;
    memcpy(&abi, symbol, sizeof abi);
    enum err err = check_abi(path, abi, error);
    if (err != ERR_OK)
        return err;
    if (entry->st_size < sizeof(struct gale_topology)) /* a sanitizer may make it larger */
        return error_set(error, ERR_VERSION,
                         "'" SYMBOL "' in '%s' has %" PRIu64 " bytes instead "
                         "of %zu: build it with the headers of this gale",
                         path, (uint64_t)entry->st_size, sizeof(struct gale_topology));
    return ERR_OK;
}

enum err loader_open(const char *path, struct loader **ret_loader, struct error *error)
{
    void *handle = NULL;
    enum err err = check_file(path, error);

    if (err == ERR_OK)
        err = open_object(path, &handle, error);
    if (err != ERR_OK)
        return err;

    const void *symbol = dlsym(handle, SYMBOL);
    if (symbol == NULL)
        return error_set(error, ERR_NOT_FOUND,
                         "'%s' exports no '" SYMBOL "': define `const struct "
                         "gale_topology " SYMBOL "`, not static, after #include <gale/gale.h>",
                         path);
    err = check_symbol(path, symbol, error);
    if (err != ERR_OK)
        return err;

    struct loader *loader = NEW(struct loader);
    loader->handle = handle;
    loader->topology = symbol;
    *ret_loader = loader;
    return ERR_OK;
}

void loader_close(struct loader **loader)
{
    free(*loader);
    *loader = NULL;
}

const struct gale_topology *loader_topology(const struct loader *loader)
{
    return loader->topology;
}
