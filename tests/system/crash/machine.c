/* A machine that tests command, preloaded into unmodified programs: its clock runs ahead, its process is killed or
   frozen at a numbered commit, its disk is full from there on.

   MACHINE   a file of two numbers that all processes share: nanoseconds that the clock is ahead, commits seen
   AT        which commit to SQLite's write-ahead log (the first is 1), if any
   PHASE     unwritten: before its first byte; torn: between its pieces; written: before it is flushed to the disk;
             done: at the first look at the clock after it, when its locks have been given back
   DO        kill, freeze or full */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

enum { BILLION = 1000000000, TORN = 2 };

static volatile int64_t none[2], *shared = none;
static int64_t at, commits;
static int writes, full;
static __thread int flushed; /* another thread may look at the clock while the locks are still held */
static const char *phase = "", *action = "";
static ssize_t (*real_pwrite)(int, const void *, size_t, off64_t);
static int (*real_sync)(int);

__attribute__((constructor)) static void switch_on(void) {
    real_pwrite = dlsym(RTLD_NEXT, "pwrite64");
    real_sync = dlsym(RTLD_NEXT, "fdatasync");
    const char *path = getenv("MACHINE");
    int file = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
    void *found = file < 0 ? MAP_FAILED : mmap(NULL, sizeof none, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (found != MAP_FAILED) shared = found;
    if (file >= 0) close(file);
    if (getenv("AT")) at = atoll(getenv("AT"));
    if (getenv("PHASE")) phase = getenv("PHASE");
    if (getenv("DO")) action = getenv("DO");
}

static int is_log(int file) {
    char link[40], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t length = readlink(link, path, sizeof path - 1);
    return length > 7 && !strncmp(path + length - 7, ".db-wal", 7);
}

static void reach(const char *now) {
    if (commits != at || strcmp(phase, now)) return;
    if (!strcmp(action, "kill")) kill(getpid(), SIGKILL);
    if (!strcmp(action, "freeze")) raise(SIGSTOP);
    if (!strcmp(action, "full")) full = 1;
}

int clock_gettime(clockid_t id, struct timespec *now) {
    if (flushed && id == CLOCK_REALTIME) {
        flushed = 0;
        reach("done");
    }
    int failed = (int)syscall(SYS_clock_gettime, id, now);
    if (!failed && (id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE)) {
        int64_t moved = now->tv_nsec + shared[0] % BILLION;
        now->tv_sec += shared[0] / BILLION + moved / BILLION;
        now->tv_nsec = moved % BILLION;
    }
    return failed;
}

int gettimeofday(struct timeval *now, void *zone) {
    (void)zone;
    struct timespec exact;
    int failed = clock_gettime(CLOCK_REALTIME, &exact);
    now->tv_sec = exact.tv_sec;
    now->tv_usec = exact.tv_nsec / 1000;
    return failed;
}

time_t time(time_t *kept) {
    struct timespec exact;
    clock_gettime(CLOCK_REALTIME, &exact);
    if (kept) *kept = exact.tv_sec;
    return exact.tv_sec;
}

ssize_t pwrite64(int file, const void *bytes, size_t size, off64_t offset) {
    if (is_log(file)) {
        if (writes == 0) {
            shared[1] = ++commits;
            reach("unwritten");
        }
        if (++writes == TORN) reach("torn");
        if (full) {
            errno = ENOSPC;
            return -1;
        }
    }
    return real_pwrite(file, bytes, size, offset);
}

int fdatasync(int file) {
    if (is_log(file) && writes > 0) {
        reach("written");
        writes = 0;
        int failed = real_sync(file);
        flushed = 1;
        return failed;
    }
    return real_sync(file);
}
