// SPDX-License-Identifier: Apache-2.0
// Loaded before libc. The first byte of the file $TROUBLE says what fails on files below $TROUBLE_UNDER: '0' nothing,
// 'n' each write with ENOSPC, 's' each sync with EIO. The eight bytes from the ninth on are added to the clock, in seconds.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

static volatile unsigned char *said;

__attribute__((constructor)) static void look(void) {
    const char *name = getenv("TROUBLE");
    int file = name ? open(name, O_RDONLY) : -1;
    if (file >= 0) {
        void *seen = mmap(0, 4096, PROT_READ, MAP_SHARED, file, 0);
        said = seen == MAP_FAILED ? 0 : seen;
        close(file);
    }
}

static int hit(char trouble, int file) {
    char link[64], path[4096];
    const char *under = getenv("TROUBLE_UNDER");
    if (!said || said[0] != trouble || !under) return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length <= 0) return 0;
    path[length] = 0;
    return strncmp(path, under, strlen(under)) == 0;
}

#define REAL(name) static __typeof__(&name) real; if (!real) real = (__typeof__(&name)) dlsym(RTLD_NEXT, #name)
#define FAIL(trouble, file, code) if (hit(trouble, file)) { errno = code; return -1; }

ssize_t write(int f, const void *b, size_t n) { REAL(write); FAIL('n', f, ENOSPC) return real(f, b, n); }
ssize_t pwrite(int f, const void *b, size_t n, off_t o) { REAL(pwrite); FAIL('n', f, ENOSPC) return real(f, b, n, o); }
ssize_t pwrite64(int f, const void *b, size_t n, off64_t o) { REAL(pwrite64); FAIL('n', f, ENOSPC) return real(f, b, n, o); }
ssize_t writev(int f, const struct iovec *v, int n) { REAL(writev); FAIL('n', f, ENOSPC) return real(f, v, n); }
int fsync(int f) { REAL(fsync); FAIL('s', f, EIO) return real(f); }
int fdatasync(int f) { REAL(fdatasync); FAIL('s', f, EIO) return real(f); }

static int64_t later(void) {
    int64_t seconds = 0;
    if (said) memcpy(&seconds, (const void *) (said + 8), sizeof seconds);
    return seconds;
}

int clock_gettime(clockid_t clock, struct timespec *t) {
    REAL(clock_gettime);
    int done = real(clock, t);
    if (clock == CLOCK_REALTIME) t->tv_sec += later();
    return done;
}
int gettimeofday(struct timeval *restrict t, void *restrict zone) {
    REAL(gettimeofday);
    int done = real(t, zone);
    t->tv_sec += later();
    return done;
}
