/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How text is marked on a terminal that can show it. Plain text loses nothing but the look.
 */
#ifndef CLI_VIEWS_STYLE_H
#define CLI_VIEWS_STYLE_H

enum style {
    STYLE_PLAIN,
    STYLE_COLOURED,
};

static inline const char *style_bold(enum style style)
{
    return style == STYLE_COLOURED ? "\x1b[1m" : "";
}

static inline const char *style_red(enum style style)
{
    return style == STYLE_COLOURED ? "\x1b[1;31m" : "";
}

static inline const char *style_end(enum style style)
{
    return style == STYLE_COLOURED ? "\x1b[0m" : "";
}

#endif
