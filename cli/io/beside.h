/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The other programs of Gale, which lie beside this one, wherever that is.
 */
#ifndef CLI_IO_BESIDE_H
#define CLI_IO_BESIDE_H

#include "base/attribute.h"

/* The path of the program of that name, whether it exists or not. The caller frees it. */
char *beside_path(const char *name) MUST_USE;

#endif
