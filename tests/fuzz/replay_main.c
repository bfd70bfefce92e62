/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Stands in for libFuzzer: runs a fuzz target once on each file of a corpus folder. So the corpus
 * is a regression test in every build, with any compiler and any sanitizer.
 */
#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define INPUT_BYTES_MAX ((size_t)1 << 20)
#define PATH_BYTES_MAX  4096

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The input is copied to a block of its exact size, so that a sanitizer sees any overrun. */
static bool run_bytes(const uint8_t *bytes, size_t size)
{
    uint8_t *exact = malloc(size > 0 ? size : 1);
    if (exact == NULL)
        return false;
    memcpy(exact, bytes, size);
    (void)LLVMFuzzerTestOneInput(exact, size);
    free(exact);
    return true;
}

static bool run_file(const char *path)
{
    static uint8_t buffer[INPUT_BYTES_MAX];

    FILE *file = fopen(path, "rb");
    if (file == NULL)
        return false;
    size_t size = fread(buffer, 1, sizeof buffer, file);
    bool whole = ferror(file) == 0 && fgetc(file) == EOF;
    if (fclose(file) != 0 || !whole)
        return false;
    return run_bytes(buffer, size);
}

static bool run_entry(const char *folder, const char *name)
{
    char path[PATH_BYTES_MAX];
    int length = snprintf(path, sizeof path, "%s/%s", folder, name);

    if (length >= 0 && (size_t)length < sizeof path && run_file(path))
        return true;
    fprintf(stderr, "cannot read '%s/%s' (at most %zu bytes)\n", folder, name, INPUT_BYTES_MAX);
    return false;
}

/* Returns the number of files run, or -1 if one could not be read. */
static long run_folder(const char *folder)
{
    DIR *entries = opendir(folder);
    if (entries == NULL) {
        fprintf(stderr, "cannot open '%s': %s\n", folder, strerror(errno));
        return -1;
    }

    long count = 0;
    for (struct dirent *entry; count >= 0 && (entry = readdir(entries)) != NULL;) {
        if (entry->d_name[0] == '.')
            continue;
        count = run_entry(folder, entry->d_name) ? count + 1 : -1;
    }
    closedir(entries);
    return count;
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        fprintf(stderr, "usage: %s FOLDER\n", argv[0]);
        return 2;
    }

    long count = run_folder(argv[1]);
    if (count == 0)
        fprintf(stderr, "'%s' holds no input\n", argv[1]);
    if (count <= 0)
        return EXIT_FAILURE;
    printf("%ld inputs\n", count);
    return EXIT_SUCCESS;
}
