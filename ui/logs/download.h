/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A log file as a download: it is as long as it was when it was asked for, and breaks off if it is rotated away
 * meanwhile.
 */
#ifndef UI_LOGS_DOWNLOAD_H
#define UI_LOGS_DOWNLOAD_H

#include "ui/handler.h"
#include "ui/logs/store.h"

/* Answers with the file; a fault, and no answer, if it is not there. */
enum control_code download_answer(struct handling *handling, const struct store_file *file,
                                  struct control_fault *fault);

#endif
