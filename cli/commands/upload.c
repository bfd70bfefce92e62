/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/commands/upload.h"

#include <nettle/sha2.h>
#include <stdio.h>

#include "base/text.h"
#include "cli/answer.h"
#include "cli/io/terminal.h"
#include "cli/views/upload_view.h"
#include "wire/control.h"

static void write_hash(const struct upload *upload, char ret_hash[UPLOAD_HASH_SIZE])
{
    uint8_t digest[SHA256_DIGEST_SIZE];
    struct sha256_ctx context;

    sha256_init(&context);
    sha256_update(&context, upload->size, upload->bytes);
    sha256_digest(&context, sizeof digest, digest);
    for (size_t i = 0; i < sizeof digest; i++)
        (void)snprintf(ret_hash + 2 * i, 3, "%02x", digest[i]);
}

struct progress {
    const struct upload *upload;
    const char *hash;
    uint64_t have;
    bool is_done;
    bool is_shown; /* a bar, redrawn */
};

static void show(const struct progress *progress)
{
    struct text text;

    if (!progress->is_shown)
        return;
    text_init(&text);
    text_add(&text, "\x1b[K");
    upload_view_bar(progress->upload->what, progress->have, progress->upload->size, &text);
    text_add(&text, "\r");
    terminal_say(&text);
    text_done(&text);
}

/* Sends the next piece, or an empty one that only asks. */
static enum exit_code put(struct nimbus *nimbus, struct progress *progress, size_t size)
{
    const struct upload *upload = progress->upload;
    struct nimbus_question question = {
        .op = "blob.put",
        .args = json_pack("{s:s, s:I, s:I}", "hash", progress->hash, "size",
                          (json_int_t)upload->size, "offset", (json_int_t)progress->have),
        .body = (const char *)upload->bytes + progress->have,
        .size = size,
        .is_lookup = true,
    };
    json_t *answer = NULL;

    enum exit_code code = nimbus_ask(nimbus, &question, &answer);
    if (code != EXIT_CODE_DONE)
        return code;
    uint64_t have = answer_count(answer, "have");
    progress->is_done = answer_flag(answer, "done");
    json_decref(answer);
    if (!progress->is_done && (have > upload->size || (size > 0 && have == progress->have)))
        return nimbus_complain(nimbus, EXIT_CODE_FAILED, "nimbus does not take '%s'", upload->what);
    progress->have = have;
    return EXIT_CODE_DONE;
}

static enum exit_code send_all(struct nimbus *nimbus, struct progress *progress)
{
    enum exit_code code = put(nimbus, progress, 0);

    while (code == EXIT_CODE_DONE && !progress->is_done) {
        size_t left = progress->upload->size - (size_t)progress->have;

        show(progress);
        if (left == 0)
            return nimbus_complain(nimbus, EXIT_CODE_FAILED, "nimbus does not take '%s'",
                                   progress->upload->what);
        code = put(nimbus, progress, left < CONTROL_CHUNK_MAX ? left : CONTROL_CHUNK_MAX);
    }
    return code;
}

enum exit_code upload_run(struct nimbus *nimbus, const struct upload *upload,
                          char ret_hash[UPLOAD_HASH_SIZE])
{
    struct progress progress = {
        .upload = upload,
        .hash = ret_hash,
        .is_shown = terminal_is_tty(stderr) && !options_has(nimbus->options, OPTION_QUIET),
    };

    write_hash(upload, ret_hash);
    enum exit_code code = send_all(nimbus, &progress);
    if (progress.is_shown)
        (void)fputs("\x1b[K", stderr);
    return code;
}
