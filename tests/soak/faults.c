// SPDX-License-Identifier: MIT
// faults.so, for LD_PRELOAD: lets the Nth call of some kinds fail, in programs whose name begins with "nn-".
//   NN_FAULT_KINDS  letters: o open and mkdir, r read, w write, f fsync, c close, n rename and link, u unlink, t ftruncate,
//                   m malloc and its kin, p mmap
//   NN_FAULT_AT     N, from 1; 0 counts only
//   NN_FAULT_ERRNO  number of the error (5, EIO)
//   NN_FAULT_SHORT  reads and writes move half of what was asked instead of failing
//   NN_FAULT_ON     since that call all fail
//   NN_FAULT_COUNT  file that gets the number of calls seen
// Only files below NN_FAULT_FOLDER count, and pipes; memory counts always.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

extern void* __libc_malloc(size_t);
extern void* __libc_calloc(size_t, size_t);
extern void* __libc_realloc(void*, size_t);
extern void* __libc_memalign(size_t, size_t);

static long at, calls;
static int number = EIO, half, onwards, ready;
static const char *kinds = "", *folder = "/", *count_file;

__attribute__((constructor)) static void begin(void) {
  const char* v;
  if ((v = getenv("NN_FAULT_AT"))) at = atol(v);
  if ((v = getenv("NN_FAULT_ERRNO"))) number = atoi(v);
  if ((v = getenv("NN_FAULT_KINDS"))) kinds = v;
  if ((v = getenv("NN_FAULT_FOLDER"))) folder = v;
  half = getenv("NN_FAULT_SHORT") != NULL;
  onwards = getenv("NN_FAULT_ON") != NULL;
  count_file = getenv("NN_FAULT_COUNT");
  ready = strncmp(program_invocation_short_name, "nn-", 3) == 0;
}

__attribute__((destructor)) static void end(void) {
  if (!ready || !count_file) return;
  ready = 0;
  const int fd = open(count_file, O_CREAT | O_WRONLY | O_TRUNC | O_CLOEXEC, 0644);
  dprintf(fd, "%ld\n", calls);
  close(fd);
}

static int due(char kind) {
  if (!ready || !strchr(kinds, kind)) return 0;
  const long n = __sync_add_and_fetch(&calls, 1);
  return at > 0 && (n == at || (onwards && n > at));
}
static int due_path(char kind, const char* path) {
  if (!ready || !path || !strchr(kinds, kind)) return 0;
  return (path[0] != '/' || strncmp(path, folder, strlen(folder)) == 0) && due(kind);
}
static int due_fd(char kind, int fd) {
  char link[64], path[PATH_MAX];
  if (!ready || !strchr(kinds, kind)) return 0;
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  const ssize_t n = readlink(link, path, sizeof path - 1);
  if (n <= 0) return 0;
  path[n] = 0;
  const int pipe = fd < 2 && strncmp(path, "pipe:", 5) == 0;
  return (pipe || strncmp(path, folder, strlen(folder)) == 0) && due(kind);
}

#define NEXT(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))
#define FAIL return errno = number, -1

ssize_t read(int fd, void* to, size_t n) {
  if (due_fd('r', fd)) { if (!half) FAIL; else if (n > 1) n /= 2; }
  return NEXT(read)(fd, to, n);
}
ssize_t write(int fd, const void* from, size_t n) {
  if (due_fd('w', fd)) { if (!half) FAIL; else if (n > 1) n /= 2; }
  return NEXT(write)(fd, from, n);
}
int fsync(int fd) { if (due_fd('f', fd)) FAIL; return NEXT(fsync)(fd); }
int fdatasync(int fd) { if (due_fd('f', fd)) FAIL; return NEXT(fdatasync)(fd); }
int close(int fd) { if (due_fd('c', fd)) { NEXT(close)(fd); FAIL; } return NEXT(close)(fd); }
int ftruncate(int fd, off_t n) { if (due_fd('t', fd)) FAIL; return NEXT(ftruncate)(fd, n); }
int rename(const char* a, const char* b) { if (due_path('n', b)) FAIL; return NEXT(rename)(a, b); }
int link(const char* a, const char* b) { if (due_path('n', b)) FAIL; return NEXT(link)(a, b); }
int linkat(int x, const char* a, int y, const char* b, int f) { if (due_path('n', b)) FAIL; return NEXT(linkat)(x, a, y, b, f); }
int unlink(const char* a) { if (due_path('u', a)) FAIL; return NEXT(unlink)(a); }
int mkdir(const char* a, mode_t mode) { if (due_path('o', a)) FAIL; return NEXT(mkdir)(a, mode); }
#define OPEN(name) \
  int name(const char* path, int flags, ...) { \
    va_list rest; \
    va_start(rest, flags); \
    const int mode = (flags & (O_CREAT | __O_TMPFILE)) ? va_arg(rest, int) : 0; \
    va_end(rest); \
    if (due_path('o', path)) FAIL; \
    return NEXT(name)(path, flags, mode); \
  }
OPEN(open)
OPEN(open64)

void* malloc(size_t n) { return due('m') ? (errno = ENOMEM, NULL) : __libc_malloc(n); }
void* calloc(size_t a, size_t b) { return due('m') ? (errno = ENOMEM, NULL) : __libc_calloc(a, b); }
void* realloc(void* p, size_t n) { return due('m') ? (errno = ENOMEM, NULL) : __libc_realloc(p, n); }
void* memalign(size_t a, size_t n) { return due('m') ? (errno = ENOMEM, NULL) : __libc_memalign(a, n); }
void* aligned_alloc(size_t a, size_t n) { return memalign(a, n); }
int posix_memalign(void** p, size_t a, size_t n) {
  if (due('m')) return ENOMEM;
  *p = __libc_memalign(a, n);
  return *p ? 0 : ENOMEM;
}
void* mmap(void* a, size_t n, int p, int f, int fd, off_t o) {
  if (due('p')) return errno = ENOMEM, MAP_FAILED;
  return NEXT(mmap)(a, n, p, f, fd, o);
}
