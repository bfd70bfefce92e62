/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/io/screen.h"

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <termios.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"

#define OTHER_SCREEN "\x1b[?1049h\x1b[?25l\x1b[2J" /* and no cursor */
#define OWN_SCREEN   "\x1b[?25h\x1b[?1049l"

struct screen {
    struct termios before;
    bool is_changed;
    int errors; /* where standard error went; -1 if it still goes there */
};

/* Keeps it in memory. Without the memory complaints are drawn over, and nothing else happens. */
static void hold_errors(struct screen *screen)
{
    int held = memfd_create("errors", MFD_CLOEXEC);

    screen->errors = held < 0 ? -1 : fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    if (screen->errors >= 0)
        (void)dup2(held, STDERR_FILENO);
    if (held >= 0)
        (void)close(held);
}

static void release_errors(const struct screen *screen)
{
    char bytes[4096];
    ssize_t size = 0;
    ssize_t written = 0;

    if (screen->errors < 0)
        return;
    int held = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    (void)dup2(screen->errors, STDERR_FILENO);
    (void)close(screen->errors);
    if (held < 0)
        return;
    (void)lseek(held, 0, SEEK_SET);
    while (written >= 0 && (size = read(held, bytes, sizeof bytes)) > 0)
        written = write(STDERR_FILENO, bytes, (size_t)size);
    (void)close(held);
}

struct screen *screen_open(void)
{
    struct screen *screen = NEW(struct screen);

    if (tcgetattr(STDIN_FILENO, &screen->before) == 0) {
        struct termios raw = screen->before;

        raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO); /* signals still come */
        screen->is_changed = tcsetattr(STDIN_FILENO, TCSANOW, &raw) == 0;
    }
    (void)fputs(OTHER_SCREEN, stdout);
    (void)fflush(stdout);
    hold_errors(screen);
    return screen;
}

void screen_close(struct screen **screen)
{
    if (*screen == NULL)
        return;
    (void)fputs(OWN_SCREEN, stdout);
    (void)fflush(stdout);
    if ((*screen)->is_changed)
        (void)tcsetattr(STDIN_FILENO, TCSANOW, &(*screen)->before);
    release_errors(*screen);
    free(*screen);
    *screen = NULL;
}

void screen_size(size_t *ret_rows, size_t *ret_columns)
{
    struct winsize size = {.ws_row = 0};
    bool is_told =
        ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row > 0 && size.ws_col > 0;

    *ret_rows = is_told ? size.ws_row : 24;
    *ret_columns = is_told ? size.ws_col : 80;
}

bool screen_draw(const struct text *text)
{
    return fputs("\x1b[H", stdout) >= 0 &&
           fwrite(text_data(text), 1, text_size(text), stdout) == text_size(text) &&
           fflush(stdout) == 0;
}

char screen_key(int interrupt_fd, uint64_t until_ns)
{
    struct pollfd watched[] = {{.fd = interrupt_fd, .events = POLLIN},
                               {.fd = STDIN_FILENO, .events = POLLIN}};
    uint64_t now_ns = clock_now_ns();
    char key = 0;

    int status =
        poll(watched, 2, now_ns >= until_ns ? 0 : (int)((until_ns - now_ns + 999999) / 1000000));
    if (status < 0)
        return 0; /* the size of the terminal has changed: it is drawn again */
    if (watched[0].revents != 0)
        return 'q';
    if (watched[1].revents != 0 && read(STDIN_FILENO, &key, 1) != 1)
        return 'q';
    return key;
}
