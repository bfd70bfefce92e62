/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How answers leave the server: see ui/io/exchange.h.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/crc32c.h"
#include "base/file.h"
#include "base/mem.h"
#include "ui/http/sse.h"
#include "ui/io/exchange.h"

enum {
    STREAM_BLOCK = 16 * 1024,
    FILE_NAME_MAX = 256,
    FOLDER_FILE_MAX = 16 * 1024 * 1024,
    TAG_MAX = 48,
};

#define RETRY_AFTER "2"

/* ---- what every answer has ---- */

static void add(struct MHD_Response *response, const char *name, const char *value)
{
    enum MHD_Result result = MHD_add_response_header(response, name, value);

    ASSERT(result == MHD_YES);
}

enum MHD_Result exchange_queue(struct exchange *exchange, unsigned status,
                               struct MHD_Response *response)
{
    add(response, "Content-Security-Policy",
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
        "connect-src "
        "'self'; worker-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'");
    add(response, "X-Content-Type-Options", "nosniff");
    add(response, "Referrer-Policy", "no-referrer");
    if (MHD_get_response_header(response, MHD_HTTP_HEADER_CACHE_CONTROL) == NULL)
        add(response, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
    if (status == 405)
        add(response, MHD_HTTP_HEADER_ALLOW, "GET, HEAD, POST");
    if (status == 401)
        add(response, MHD_HTTP_HEADER_WWW_AUTHENTICATE, "Bearer");
    if (status == 503)
        add(response, MHD_HTTP_HEADER_RETRY_AFTER, RETRY_AFTER);
    if (status == 429) {
        char seconds[16];

        (void)snprintf(seconds, sizeof seconds, "%u", exchange->retry_s);
        add(response, MHD_HTTP_HEADER_RETRY_AFTER, seconds);
    }
    enum MHD_Result result = MHD_queue_response(exchange->connection, status, response);
    MHD_destroy_response(response);
    exchange->state = EXCHANGE_ANSWERED;
    return result;
}

enum MHD_Result exchange_refuse(struct exchange *exchange, unsigned status, const char *code,
                                const char *text)
{
    struct http_answer answer = dispatch_refuse(exchange->target, status, code, text);

    return exchange_answer(exchange, &answer);
}

/* ---- bodies that come in pieces ---- */

/* One piece is there at a time; a thread of a pool gets the next while the connection rests. */
struct download {
    struct exchange *exchange; /* lives as long */
    struct http_source source;
    struct pool_job job;
    uint64_t offset; /* of the piece */
    long size;       /* of it; 0: it is the end, -1: it broke off */
    size_t taken;
    bool is_there;
    char *piece;
};

static void get_piece(struct pool_job *job)
{
    struct download *download = CONTAINER_OF(job, struct download, job);

    download->size = download->source.read(download->source.context, download->offset,
                                           download->piece, HTTP_FILE_CHUNK);
    download->taken = 0;
    download->is_there = true;
    MHD_resume_connection(download->exchange->connection);
}

static ssize_t ask_piece(struct download *download)
{
    const struct server *server = download->exchange->server;

    download->is_there = false;
    download->job = (struct pool_job){.run = get_piece};
    MHD_suspend_connection(download->exchange->connection);
    if (pool_put(server->options.pools[LANE_SUPERVISORS], &download->job))
        return 0;
    download->size = -1;
    download->is_there = true;
    MHD_resume_connection(download->exchange->connection);
    return 0;
}

static ssize_t read_download(void *context, uint64_t position, char *bytes, size_t size)
{
    struct download *download = context;

    (void)position;
    if (download->is_there && download->size > 0 && download->taken == (size_t)download->size) {
        download->offset += (uint64_t)download->size;
        download->is_there = false;
    }
    if (!download->is_there)
        return ask_piece(download);
    if (download->size <= 0)
        return download->size == 0 ? MHD_CONTENT_READER_END_OF_STREAM
                                   : MHD_CONTENT_READER_END_WITH_ERROR;
    size_t left = (size_t)download->size - download->taken;
    size_t count = left < size ? left : size;
    memcpy(bytes, download->piece + download->taken, count);
    download->taken += count;
    return (ssize_t)count;
}

static void free_download(void *context)
{
    struct download *download = context;

    if (download->source.done != NULL)
        download->source.done(download->source.context);
    free(download->piece);
    free(download);
}

static struct MHD_Response *make_download(struct exchange *exchange, struct http_answer *answer)
{
    struct download *download = NEW(struct download);

    *download = (struct download){
        .exchange = exchange, .source = answer->source, .piece = mem_alloc(HTTP_FILE_CHUNK)};
    answer->source = (struct http_source){.read = NULL};
    return MHD_create_response_from_callback(
        download->source.size == UINT64_MAX ? MHD_SIZE_UNKNOWN : download->source.size,
        STREAM_BLOCK, read_download, download, free_download);
}

/* ---- answers of handlers ---- */

/* The name in quotes, as plain as it can be: what is not a letter of ASCII becomes '_'. */
static void add_file_name(struct MHD_Response *response, const char *name)
{
    char value[FILE_NAME_MAX + 32] = "attachment; filename=\"";
    size_t at = strlen(value);

    for (size_t i = 0; name[i] != '\0' && i < FILE_NAME_MAX; i++) {
        unsigned char byte = (unsigned char)name[i];
        bool is_plain = byte > 0x20 && byte < 0x7F && strchr("\"\\/;%", byte) == NULL;

        value[at++] = is_plain ? (char)byte : '_';
    }
    value[at++] = '"';
    value[at] = '\0';
    add(response, MHD_HTTP_HEADER_CONTENT_DISPOSITION, value);
}

enum MHD_Result exchange_answer(struct exchange *exchange, struct http_answer *answer)
{
    struct MHD_Response *response;
    unsigned status = answer->status;

    if (answer->source.read != NULL) {
        response = make_download(exchange, answer);
    } else {
        size_t size = text_size(&answer->body);
        response =
            MHD_create_response_from_buffer(size, text_take(&answer->body), MHD_RESPMEM_MUST_FREE);
    }
    ASSERT(response != NULL);
    if (answer->type != NULL)
        add(response, MHD_HTTP_HEADER_CONTENT_TYPE, answer->type);
    if (answer->file_name != NULL)
        add_file_name(response, answer->file_name);
    http_answer_done(answer);
    return exchange_queue(exchange, status, response);
}

/* ---- the page ---- */

static void add_asset_headers(struct MHD_Response *response, const char *path, const char *tag)
{
    add(response, MHD_HTTP_HEADER_CONTENT_TYPE, assets_type(path));
    add(response, MHD_HTTP_HEADER_ETAG, tag);
    add(response, MHD_HTTP_HEADER_VARY, MHD_HTTP_HEADER_ACCEPT_ENCODING);
    add(response, MHD_HTTP_HEADER_CACHE_CONTROL,
        assets_is_hashed(path) ? "public, max-age=31536000, immutable" : "no-cache");
}

static enum MHD_Result send_asset(struct exchange *exchange, const struct asset *asset)
{
    bool is_packed =
        asset->gzip != NULL &&
        assets_accepts_gzip(exchange_header(exchange, MHD_HTTP_HEADER_ACCEPT_ENCODING));
    const unsigned char *bytes = is_packed ? asset->gzip : asset->bytes;
    size_t size = is_packed ? asset->gzip_size : asset->size;
    char tag[TAG_MAX];

    (void)snprintf(tag, sizeof tag, "\"%08x-%zx%s\"", crc32c_of(asset->bytes, asset->size),
                   asset->size, is_packed ? "-gz" : "");
    bool is_known = assets_is_match(exchange_header(exchange, MHD_HTTP_HEADER_IF_NONE_MATCH), tag);
    /* It is not written to, though the library's argument could be. */
    struct MHD_Response *response = MHD_create_response_from_buffer(
        is_known ? 0 : size, (void *)(uintptr_t)bytes, MHD_RESPMEM_PERSISTENT);
    ASSERT(response != NULL);
    add_asset_headers(response, asset->path, tag);
    if (is_packed && !is_known)
        add(response, MHD_HTTP_HEADER_CONTENT_ENCODING, "gzip");
    return exchange_queue(exchange, is_known ? 304 : 200, response);
}

static bool is_plain(const struct url *url)
{
    for (size_t i = 0; i < url->segment_count; i++) {
        if (url->segments[i][0] == '.' || strchr(url->segments[i], '/') != NULL)
            return false;
    }
    return true;
}

/* For who works on the page: each time anew, from a folder. */
static bool send_file(struct exchange *exchange, const char *path, enum MHD_Result *ret_result)
{
    char *bytes = NULL;
    size_t size = 0;
    struct text name;

    text_init(&name);
    text_add(&name, "%s%s", exchange->server->options.folder, path);
    enum err err = file_read(text_data(&name), FOLDER_FILE_MAX, &bytes, &size, NULL);
    text_done(&name);
    if (err != ERR_OK)
        return false;
    struct MHD_Response *response =
        MHD_create_response_from_buffer(size, bytes, MHD_RESPMEM_MUST_FREE);
    ASSERT(response != NULL);
    add(response, MHD_HTTP_HEADER_CONTENT_TYPE, assets_type(path));
    *ret_result = exchange_queue(exchange, 200, response);
    return true;
}

static bool send_path(struct exchange *exchange, const char *path, enum MHD_Result *ret_result)
{
    const struct server_options *options = &exchange->server->options;
    const struct asset *asset = assets_find(&options->assets, path);

    if (assets_type(path) == NULL)
        return false;
    if (options->folder != NULL)
        return is_plain(&exchange->url) && send_file(exchange, path, ret_result);
    if (asset == NULL)
        return false;
    *ret_result = send_asset(exchange, asset);
    return true;
}

enum MHD_Result exchange_send_page(struct exchange *exchange)
{
    enum MHD_Result result;

    if (send_path(exchange, exchange->url.path, &result))
        return result;
    if (assets_is_view(exchange->url.path) && send_path(exchange, ASSETS_INDEX, &result))
        return result;
    return exchange_refuse(exchange, 404, "not_found", "there is nothing at this address");
}

/* ---- streams ---- */

static void rest(void *context)
{
    MHD_suspend_connection(context);
}

static void go_on(void *context)
{
    MHD_resume_connection(context);
}

static ssize_t read_stream(void *context, uint64_t position, char *bytes, size_t size)
{
    (void)position;
    long count = viewer_read(context, bytes, size);
    return count == VIEWER_ENDED ? MHD_CONTENT_READER_END_OF_STREAM : (ssize_t)count;
}

static void free_stream(void *context)
{
    struct viewer *viewer = context;

    viewer_close(&viewer);
}

static enum MHD_Result send_viewer(struct exchange *exchange, struct viewer *viewer)
{
    struct MHD_Response *response = MHD_create_response_from_callback(
        MHD_SIZE_UNKNOWN, STREAM_BLOCK, read_stream, viewer, free_stream);

    ASSERT(response != NULL);
    add(response, MHD_HTTP_HEADER_CONTENT_TYPE, "text/event-stream");
    add(response, "X-Accel-Buffering", "no");
    return exchange_queue(exchange, 200, response);
}

enum MHD_Result exchange_send_stream(struct exchange *exchange)
{
    struct http_request request = {.query_count = exchange->url.query_count,
                                   .query = exchange->url.query};
    struct viewer_port port = {.pause = rest, .resume = go_on, .context = exchange->connection};
    struct sse_panel panels[SSE_PANELS_MAX];
    struct error error;
    size_t count;

    if (sse_panels_parse(request_query(&request, "panels", "pulse"), panels, &count, &error) !=
        ERR_OK)
        return exchange_refuse(exchange, 400, "invalid", error.text);
    struct viewer *viewer =
        viewer_open(exchange->server->options.streams, panels, count,
                    sse_id_parse(exchange_header(exchange, "Last-Event-ID")), &port);
    if (viewer == NULL)
        return exchange_refuse(exchange, 503, "unavailable", "too many follow what happens here");
    return send_viewer(exchange, viewer);
}
