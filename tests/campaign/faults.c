// Faults of a machine, put between one process and its C library (LD_PRELOAD): a disk that is slow
// to sync, a disk that refuses to be written to, a clock on the wall that was set. What holds now
// stands in a file of three numbers, which the campaign changes while the process runs.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

struct faults {
    int64_t sync_delay_ms;
    int64_t write_errno;
    int64_t wall_offset_s;
};
static const struct faults none;
static const volatile struct faults *now = &none;
static const char *folder = "";

__attribute__((constructor)) static void begin(void) {
    const char *path = getenv("CAMPAIGN_FAULTS");
    int file = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    if (file >= 0) {
        void *there = mmap(NULL, sizeof none, PROT_READ, MAP_SHARED, file, 0);
        if (there != MAP_FAILED) now = there;
        close(file);
    }
    if (getenv("CAMPAIGN_FOLDER")) folder = getenv("CAMPAIGN_FOLDER");
}

#define REAL(name) \
    static __typeof__(&name) real; \
    if (!real) real = (__typeof__(&name))dlsym(RTLD_NEXT, #name)

static int refused(const char *path) {
    if (!now->write_errno || strncmp(path, folder, strlen(folder)) != 0) return 0;
    errno = (int)now->write_errno;
    return 1;
}

static int refused_file(int file) {
    char link[64], path[4096];
    if (!now->write_errno) return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 0) return 0;
    path[length] = 0;
    return refused(path);
}

static void be_slow(int file) {
    char link[64], path[4096];
    if (!now->sync_delay_ms) return;
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length > 0 && strncmp(path, folder, strlen(folder)) == 0)
        usleep((useconds_t)now->sync_delay_ms * 1000);
}

int fsync(int file) {
    REAL(fsync);
    be_slow(file);
    return refused_file(file) ? -1 : real(file);
}

int fdatasync(int file) {
    REAL(fdatasync);
    be_slow(file);
    return refused_file(file) ? -1 : real(file);
}

ssize_t write(int file, const void *data, size_t size) {
    REAL(write);
    return refused_file(file) ? -1 : real(file, data, size);
}

ssize_t pwrite(int file, const void *data, size_t size, off_t at) {
    REAL(pwrite);
    return refused_file(file) ? -1 : real(file, data, size, at);
}

ssize_t pwrite64(int file, const void *data, size_t size, off64_t at) {
    REAL(pwrite64);
    return refused_file(file) ? -1 : real(file, data, size, at);
}

#define OPEN(name) \
    int name(const char *path, int flags, ...) { \
        REAL(name); \
        va_list rest; \
        va_start(rest, flags); \
        int mode = (flags & (O_CREAT | O_TMPFILE)) ? va_arg(rest, int) : 0; \
        va_end(rest); \
        if ((flags & (O_WRONLY | O_RDWR | O_CREAT)) && refused(path)) return -1; \
        return real(path, flags, mode); \
    }
OPEN(open)
OPEN(open64)

int unlink(const char *path) {
    REAL(unlink);
    return refused(path) ? -1 : real(path);
}

int rename(const char *from, const char *to) {
    REAL(rename);
    return refused(to) ? -1 : real(from, to);
}

int clock_gettime(clockid_t clock, struct timespec *at) {
    REAL(clock_gettime);
    int failed = real(clock, at);
    if (!failed && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE))
        at->tv_sec += now->wall_offset_s;
    return failed;
}

int gettimeofday(struct timeval *restrict at, void *restrict zone) {
    REAL(gettimeofday);
    int failed = real(at, zone);
    if (!failed) at->tv_sec += now->wall_offset_s;
    return failed;
}

time_t time(time_t *at) {
    struct timespec there;
    clock_gettime(CLOCK_REALTIME, &there);
    if (at) *at = there.tv_sec;
    return there.tv_sec;
}
