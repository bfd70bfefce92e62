/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/text.h"
#include "cli/commands/commands.h"
#include "cli/io/terminal.h"
#include "cli/project.h"

static enum err system_error(const char *what, const char *path, struct error *error)
{
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): of this thread, in glibc */
    return error_set(error, ERR_IO, "cannot %s '%s': %s", what, path, strerror(errno));
}

/* The folders of `path` below its first `root` bytes, but for the last part, which is a file. */
static enum err make_folders(const char *path, size_t root, struct error *error)
{
    struct text folder;
    enum err err = ERR_OK;

    text_init(&folder);
    for (const char *slash = strchr(path + root + 1, '/'); slash != NULL && err == ERR_OK;
         slash = strchr(slash + 1, '/')) {
        text_clear(&folder);
        text_add_bytes(&folder, path, (size_t)(slash - path));
        if (mkdir(text_data(&folder), 0777) != 0 && errno != EEXIST)
            err = system_error("make folder", text_data(&folder), error);
    }
    text_done(&folder);
    return err;
}

static enum err write_content(const char *path, const struct text *content, struct error *error)
{
    FILE *file = fopen(path, "wx");

    if (file == NULL)
        return system_error("write", path, error);
    bool is_written = fwrite(text_data(content), 1, text_size(content), file) == text_size(content);
    if (fclose(file) != 0 || !is_written)
        return system_error("write", path, error);
    return ERR_OK;
}

static enum err write_file(const char *folder, const struct project_file *file, const char *name,
                           struct error *error)
{
    struct text path;
    struct text content;

    text_init(&path);
    text_init(&content);
    text_add(&path, "%s/", folder);
    project_path(file, name, &path);
    project_content(file, name, &content);
    enum err err = make_folders(text_data(&path), strlen(folder), error);
    if (err == ERR_OK)
        err = write_content(text_data(&path), &content, error);
    text_done(&content);
    text_done(&path);
    return err;
}

static enum err write_project(const char *folder, const char *name, struct error *error)
{
    size_t count;
    const struct project_file *files = project_files(&count);
    enum err err = ERR_OK;

    if (mkdir(folder, 0777) != 0)
        return errno == EEXIST ? error_set(error, ERR_EXISTS,
                                           "'%s' exists already: take another name, or "
                                           "another place with --dir",
                                           folder)
                               : system_error("make folder", folder, error);
    for (size_t i = 0; i < count && err == ERR_OK; i++)
        err = write_file(folder, &files[i], name, error);
    if (err != ERR_OK)
        return error_wrap(error, "the project in '%s' is not complete", folder);
    return ERR_OK;
}

static enum exit_code say_what_is_next(const char *folder, const char *name)
{
    struct text text;

    text_init(&text);
    text_add(&text,
             "The project is in %s. Next:\n"
             "\n"
             "  cd %s\n"
             "  cmake --preset dev && cmake --build --preset dev\n"
             "  ctest --preset dev\n"
             "  gale run build/%s.so\n",
             folder, folder, name);
    bool is_written = terminal_write(&text);
    text_done(&text);
    return is_written ? EXIT_CODE_DONE : EXIT_CODE_FAILED;
}

enum exit_code command_new(const struct options *options)
{
    const char *name = options->operand;
    const char *given = options_value(options, OPTION_DIR);
    const char *folder = given == NULL ? name : given;
    struct error error;

    enum err err = project_check_name(name, &error);
    if (err != ERR_OK) {
        terminal_complain(options->command->name, &error);
        return EXIT_CODE_USAGE;
    }
    err = write_project(folder, name, &error);
    if (err == ERR_OK)
        return say_what_is_next(folder, name);
    terminal_complain(options->command->name, &error);
    return EXIT_CODE_FAILED;
}
