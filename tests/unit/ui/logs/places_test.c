/* SPDX-License-Identifier: Apache-2.0 */
#include "ui/logs/places.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "tests/support/suite.h"

static char *search(const char *file, size_t size, const char *text, size_t piece)
{
    struct needle needle;
    struct places places;
    struct places_match match;
    struct text found = {.data = NULL};

    ck_assert(needle_init(&needle, text, true));
    places_init(&places, &needle, 0);
    for (size_t at = 0; at < size || at == 0; at += piece) {
        size_t now = size - at < piece ? size - at : piece;
        places_feed(&places, file + at, now, at + now == size);
        while (places_take(&places, &match))
            text_add(&found, "%" PRIu64 ":%.*s<%.*s>%.*s;", match.offset, (int)match.before_size,
                     match.before, (int)match.match_size, match.match, (int)match.after_size,
                     match.after);
    }
    ck_assert_uint_eq(places_next(&places), size);
    places_done(&places);
    return text_take(&found);
}

START_TEST(places_have_what_stands_around_them_wherever_the_pieces_end)
{
    size_t size = 1000;
    char *file = mem_alloc(size + 1);
    struct text expected = {.data = NULL};

    for (size_t i = 0; i < size; i++)
        file[i] = (char)('a' + i % 7);
    memcpy(file + 20, "YY", 2);
    memcpy(file + 500, "YYY", 3);
    memcpy(file + 998, "YY", 2);
    text_add(&expected, "20:%.20s<YY>%.128s;", file, file + 22);
    text_add(&expected, "500:%.128s<YY>%.128s;", file + 372, file + 502);
    text_add(&expected, "998:%.128s<YY>;", file + 870);
    for (size_t piece = 1; piece <= size; piece += piece < 10 ? 1 : 61) {
        char *found = search(file, size, "YY", piece);
        ck_assert_str_eq(found, text_data(&expected));
        free(found);
    }
    text_done(&expected);
    free(file);
}
END_TEST

START_TEST(places_do_not_overlap)
{
    char *found = search("YYYYY", 5, "YY", 1);

    ck_assert_str_eq(found, "0:<YY>YYY;2:YY<YY>Y;");
    free(found);
    found = search("", 0, "Y", 1);
    ck_assert_str_eq(found, "");
    free(found);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        places_have_what_stands_around_them_wherever_the_pieces_end,
        places_do_not_overlap,
    };

    return suite_run("places", tests, COUNT_OF(tests));
}
