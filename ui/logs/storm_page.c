/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "ui/logs/download.h"
#include "ui/logs/handlers.h"
#include "ui/logs/piece.h"
#include "ui/logs/storm_file.h"

/*
 * The pages of Storm's log viewer, plain: what stands in a log is text and never markup, and nothing is loaded
 * from elsewhere.
 */

enum {
    LENGTH = 51200,
    LENGTH_MAX = 10485760,
    GREP_MAX = 1024,
};

#define DAEMON_TEXT                                                                           \
    "Gale's own programs write their logs to their standard error, which systemd or whoever " \
    "started them keeps: see 'journalctl -u gale-nimbus'. Logs of workers are under "         \
    "/api/v1/log."

/* ---- pages ---- */

static void begin_page(struct text *html, const char *title)
{
    text_add(html, "<!DOCTYPE html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\"><title>");
    piece_html(title, strlen(title), html);
    text_add(html, "</title></head>\n<body>\n<h1>");
    piece_html(title, strlen(title), html);
    text_add(html, "</h1>\n");
}

static void end_page(struct handling *handling, unsigned status, struct text *html)
{
    text_add(html, "</body>\n</html>\n");
    handling->answer->status = status;
    handling->answer->type = "text/html; charset=utf-8";
    text_done(&handling->answer->body);
    handling->answer->body = *html;
}

static void answer_page(struct handling *handling, unsigned status, const char *title,
                        const char *said)
{
    struct text html = {.data = NULL};

    begin_page(&html, title);
    text_add(&html, "<p>");
    piece_html(said, strlen(said), &html);
    text_add(&html, "</p>\n");
    end_page(handling, status, &html);
}

static void answer_fault_page(struct handling *handling, const struct control_fault *fault)
{
    answer_page(handling, status_of(fault->code),
                fault->code == CONTROL_NOT_FOUND ? "Page not found" : "It cannot be shown",
                fault->text);
}

/* ---- a log ---- */

struct page {
    struct store_file file;
    int64_t start; /* -1: the last page */
    int64_t length;
    const char *grep; /* only lines that have it; "" */
    uint64_t offset;
    uint64_t file_size;
    struct text bytes;
};

static void add_link(const struct page *page, const char *name, int64_t start, bool is_on,
                     struct text *html)
{
    struct text link = {.data = NULL};

    storm_file_link(&page->file, "log", &link);
    if (start >= 0)
        text_add(&link, "&start=%" PRId64, start);
    text_add(&link, "&length=%" PRId64, page->length);
    if (is_on) {
        text_add(html, "<a href=\"");
        piece_html(text_data(&link), text_size(&link), html);
        text_add(html, "\">%s</a>\n", name);
    } else {
        text_add(html, "%s\n", name);
    }
    text_done(&link);
}

static void add_pager(const struct page *page, struct text *html)
{
    int64_t last = (int64_t)page->file_size - page->length;
    int64_t start = (int64_t)page->offset;
    int64_t before = start > page->length ? start - page->length : 0;
    int64_t after = start + page->length < last ? start + page->length : last < 0 ? 0 : last;

    text_add(html, "<nav>");
    add_link(page, "Prev", before, before < start, html);
    add_link(page, "First", 0, true, html);
    add_link(page, "Last", -1, true, html);
    add_link(page, "Next", after, after > start, html);
    text_add(html, "</nav>\n");
}

static void add_download(const struct page *page, struct text *html)
{
    struct text link = {.data = NULL};

    storm_file_link(&page->file, "download", &link);
    text_add(html, "<p><a href=\"");
    piece_html(text_data(&link), text_size(&link), html);
    text_add(html, "\">Download Full File</a></p>\n");
    text_done(&link);
}

/* Only the lines in which the text stands. */
static void add_lines(const struct page *page, struct text *html)
{
    const char *bytes = text_data(&page->bytes);
    size_t size = text_size(&page->bytes);
    struct text line = {.data = NULL};

    for (size_t begin = 0; begin < size;) {
        const char *newline = memchr(bytes + begin, '\n', size - begin);
        size_t end = newline == NULL ? size : (size_t)(newline - bytes) + 1;
        text_clear(&line);
        piece_repair(bytes + begin, end - begin, &line);
        if (strstr(text_data(&line), page->grep) != NULL)
            piece_html(bytes + begin, end - begin, html);
        begin = end;
    }
    text_done(&line);
}

static void show(struct handling *handling, const struct page *page)
{
    struct text title = {.data = NULL};
    struct text html = {.data = NULL};

    storm_file_name(&page->file, &title);
    text_add(&title, " of %s", page->file.supervisor);
    begin_page(&html, text_data(&title));
    if (page->grep[0] != '\0') {
        text_add(&html, "<pre id=\"logContent\">");
        add_lines(page, &html);
        text_add(&html, "</pre>\n");
    } else {
        add_pager(page, &html);
        add_download(page, &html);
        text_add(&html, "<pre class=\"logContent\">");
        piece_html(text_data(&page->bytes), text_size(&page->bytes), &html);
        text_add(&html, "</pre>\n");
        add_pager(page, &html);
    }
    text_done(&title);
    end_page(handling, 200, &html);
}

/* Reads the page in chunks; what is rotated away meanwhile is missing at its end. */
static enum control_code read_page(const struct handling *handling, struct page *page,
                                   struct control_fault *fault)
{
    int64_t offset = page->start < 0 ? -page->length : page->start;
    struct store_piece piece;

    do {
        size_t left = (size_t)page->length - text_size(&page->bytes);
        enum control_code code =
            store_read(handling->backend, &page->file, offset,
                       left < CONTROL_CHUNK_MAX ? left : CONTROL_CHUNK_MAX, &piece, fault);
        if (code != CONTROL_OK)
            return code;
        if (text_size(&page->bytes) == 0) {
            page->offset = piece.offset;
            page->file_size = piece.file_size;
        }
        if (piece.size > 0)
            text_add_bytes(&page->bytes, piece.bytes, piece.size);
        free(piece.bytes);
        offset = (int64_t)(page->offset + text_size(&page->bytes));
    } while (piece.size > 0 && (uint64_t)offset < piece.file_size &&
             text_size(&page->bytes) < (size_t)page->length);
    return CONTROL_OK;
}

void logs_storm_log(struct handling *handling)
{
    struct page page = {.grep = request_query(handling->request, "grep", "")};
    struct control_fault fault = {.code = CONTROL_INVALID};

    if (strlen(page.grep) > GREP_MAX)
        (void)control_refuse(&fault, CONTROL_INVALID, "'grep' has at most %d bytes", GREP_MAX);
    else if (storm_file_number(handling, "start", INT64_MAX - LENGTH_MAX, -1, &page.start,
                               &fault) &&
             storm_file_number(handling, "length", INT64_MAX, LENGTH, &page.length, &fault))
        fault.code = storm_file_find(handling, &page.file, &fault);
    if (page.length > LENGTH_MAX)
        page.length = LENGTH_MAX;
    else if (page.length == 0)
        page.length = LENGTH;
    if (fault.code == CONTROL_OK)
        fault.code = read_page(handling, &page, &fault);
    if (fault.code == CONTROL_OK)
        show(handling, &page);
    else
        answer_fault_page(handling, &fault);
    text_done(&page.bytes);
}

void logs_storm_download(struct handling *handling)
{
    struct store_file file;
    struct control_fault fault;

    enum control_code code = storm_file_find(handling, &file, &fault);
    if (code == CONTROL_OK)
        code = download_answer(handling, &file, &fault);
    if (code != CONTROL_OK)
        answer_fault_page(handling, &fault);
}

/* ---- what there is not ---- */

void logs_storm_daemon_log(struct handling *handling)
{
    answer_page(handling, 404, "Page not found", DAEMON_TEXT);
}

void logs_storm_daemon_download(struct handling *handling)
{
    answer_page(handling, 404, "Page not found", DAEMON_TEXT);
}
