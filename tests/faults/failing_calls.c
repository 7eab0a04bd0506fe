/* Preloaded into a process: counts the system calls that change what lies below a folder, and at the n-th one kills the
   process, or fills the disk. Armed by `arm`, from the process itself. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

enum { OFF, COUNT, KILL, FULL };
enum { FREES, RENAMES, TAKES }; /* what a call does with space on the disk */

static atomic_long calls;
static long nth;
static int mode = OFF;
static char below[PATH_MAX];
static pid_t number;

void arm(const char *folder, int what, long at, int as) {
  snprintf(below, sizeof below, "%s/", folder);
  atomic_store(&calls, 0);
  nth = at, number = as, mode = what;
}

long counted(void) {
  mode = OFF;
  return atomic_load(&calls);
}

pid_t getpid(void) { return number ? number : (pid_t)syscall(SYS_getpid); }

static void name_of(int file, char *into, size_t size) {
  char link[64];
  snprintf(link, sizeof link, "/proc/self/fd/%d", file);
  ssize_t got = syscall(SYS_readlinkat, AT_FDCWD, link, into, size - 1);
  into[got < 0 ? 0 : got] = 0;
}

static int counts(int folder, const char *path) {
  char whole[3 * PATH_MAX], start[PATH_MAX] = "";
  if (mode == OFF) return 0;
  if (path == NULL) name_of(folder, start, sizeof start);
  else if (path[0] != '/' && folder == AT_FDCWD) { if (syscall(SYS_getcwd, start, sizeof start) < 0) return 0; }
  else if (path[0] != '/') name_of(folder, start, sizeof start);
  snprintf(whole, sizeof whole, "%s%s%s", start, path && path[0] != '/' ? "/" : "", path ? path : "");
  return strncmp(whole, below, strlen(below)) == 0;
}

/* 0: go on; 1: it fails, as errno says; 2: it is the first that fails */
static int fails(int kind, int folder, const char *path) {
  if (!counts(folder, path)) return 0;
  long now = atomic_fetch_add(&calls, 1) + 1;
  if (mode == KILL && now == nth) syscall(SYS_kill, (pid_t)syscall(SYS_getpid), SIGKILL);
  if (mode != FULL || now < nth || kind == FREES || (kind == RENAMES && now > nth)) return 0;
  errno = ENOSPC;
  return now == nth ? 2 : 1;
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))
#define WRAP(kind, type, name, folder, path, params, args) \
  type name params { \
    static __typeof__(&name) real; \
    if (!real) real = REAL(name); \
    return fails(kind, folder, path) ? -1 : real args; \
  }

WRAP(RENAMES, int, rename, AT_FDCWD, to, (const char *from, const char *to), (from, to))
WRAP(RENAMES, int, renameat, b, to, (int a, const char *from, int b, const char *to), (a, from, b, to))
WRAP(TAKES, int, link, AT_FDCWD, to, (const char *from, const char *to), (from, to))
WRAP(TAKES, int, linkat, b, to, (int a, const char *from, int b, const char *to, int how), (a, from, b, to, how))
WRAP(TAKES, int, symlink, AT_FDCWD, to, (const char *from, const char *to), (from, to))
WRAP(TAKES, int, symlinkat, b, to, (const char *from, int b, const char *to), (from, b, to))
WRAP(TAKES, int, mkdir, AT_FDCWD, path, (const char *path, mode_t rights), (path, rights))
WRAP(TAKES, int, mkdirat, a, path, (int a, const char *path, mode_t rights), (a, path, rights))
WRAP(FREES, int, unlink, AT_FDCWD, path, (const char *path), (path))
WRAP(FREES, int, unlinkat, a, path, (int a, const char *path, int how), (a, path, how))
WRAP(FREES, int, rmdir, AT_FDCWD, path, (const char *path), (path))
WRAP(TAKES, int, fsync, file, NULL, (int file), (file))
WRAP(TAKES, int, fdatasync, file, NULL, (int file), (file))
WRAP(TAKES, int, ftruncate, file, NULL, (int file, off_t size), (file, size))
WRAP(TAKES, int, ftruncate64, file, NULL, (int file, off64_t size), (file, size))
WRAP(TAKES, ssize_t, writev, file, NULL, (int file, const struct iovec *parts, int count), (file, parts, count))
WRAP(TAKES, ssize_t, sendfile, to, NULL, (int to, int from, off_t *at, size_t size), (to, from, at, size))
WRAP(TAKES, ssize_t, sendfile64, to, NULL, (int to, int from, off64_t *at, size_t size), (to, from, at, size))
WRAP(TAKES, ssize_t, copy_file_range, to, NULL,
     (int from, off64_t *a, int to, off64_t *b, size_t size, unsigned how), (from, a, to, b, size, how))

/* The first that fails writes the half of it. */
#define WRITE(name, params, half, whole) \
  ssize_t name params { \
    static __typeof__(&name) real; \
    if (!real) real = REAL(name); \
    switch (fails(TAKES, file, NULL)) { \
      case 0: return real whole; \
      case 2: if (size > 1) return real half; \
    } \
    return -1; \
  }
WRITE(write, (int file, const void *from, size_t size), (file, from, size / 2), (file, from, size))
WRITE(pwrite, (int file, const void *from, size_t size, off_t at), (file, from, size / 2, at), (file, from, size, at))
WRITE(pwrite64, (int file, const void *from, size_t size, off64_t at), (file, from, size / 2, at), (file, from, size, at))

#define OPEN(name, folder, params, args) \
  int name params { \
    static __typeof__(&name) real; \
    va_list more; \
    va_start(more, how); \
    mode_t rights = how & (O_CREAT | __O_TMPFILE) ? va_arg(more, mode_t) : 0; \
    va_end(more); \
    if (!real) real = REAL(name); \
    if (how & (O_CREAT | O_TRUNC | __O_TMPFILE) && fails(TAKES, folder, path)) return -1; \
    return real args; \
  }
OPEN(open, AT_FDCWD, (const char *path, int how, ...), (path, how, rights))
OPEN(open64, AT_FDCWD, (const char *path, int how, ...), (path, how, rights))
OPEN(openat, folder, (int folder, const char *path, int how, ...), (folder, path, how, rights))
OPEN(openat64, folder, (int folder, const char *path, int how, ...), (folder, path, how, rights))
