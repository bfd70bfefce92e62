/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The page as it was built in (ui/io/embed.cmake), or, where it was built without, one that says so.
 */
#ifndef UI_IO_ASSETS_EMBEDDED_H
#define UI_IO_ASSETS_EMBEDDED_H

#include "ui/http/assets.h"

/* Constant. */
extern const struct asset_table assets_embedded;

#endif
