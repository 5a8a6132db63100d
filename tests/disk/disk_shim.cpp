// A library for LD_PRELOAD that stands between a node and the data file of its volume. It writes
// down every write and sync, from which crash images are made (trace.py), and fails or delays them
// as a test wishes. Calls on other files pass unseen.
//
//   ENDURE_DISK_FILE    the name of the file that is watched; default data.mdb
//   ENDURE_DISK_TRACE   where the trace goes
//   ENDURE_DISK_FAULTS  a file that is read before each call, with lines NAME=NUMBER:
//                         write, sync   errno of the next calls; 0: they work
//                         after         so many calls of that kind work first
//                         delay_ms      each sync takes that long
//
// The trace: records of { u8 kind, u64 monotonic ns, u64 offset, u32 size } in the machine's order,
// then `size` bytes:
//   w  a write begins, with its bytes    d  a write through an O_DSYNC descriptor has ended
//   s  a sync has ended                  t  the file is cut or grown to `offset`
// A call that failed leaves its `w`: nobody knows what of it is on the disk.
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstdarg>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <string>

namespace {

constexpr std::size_t most_descriptors = 4'096;
std::array<std::atomic<bool>, most_descriptors> watched{};

template <class Function>
Function real(const char* name) {
  return reinterpret_cast<Function>(::dlsym(RTLD_NEXT, name));
}

bool is_watched(int file) {
  return file >= 0 && static_cast<std::size_t>(file) < most_descriptors &&
         watched[static_cast<std::size_t>(file)];
}

void watch(int file, const char* path) {
  if (file < 0 || static_cast<std::size_t>(file) >= most_descriptors) return;
  const char* name = std::getenv("ENDURE_DISK_FILE");
  const std::string wanted = std::string("/") + (name == nullptr ? "data.mdb" : name);
  const std::string opened = path;
  watched[static_cast<std::size_t>(file)] =
      opened.size() >= wanted.size() &&
      opened.compare(opened.size() - wanted.size(), wanted.size(), wanted) == 0;
}

// LMDB looks at errno after its calls: ours leave no trace in it.
class KeepErrno {
 public:
  KeepErrno() : before_(errno) {}
  ~KeepErrno() { errno = before_; }
  KeepErrno(const KeepErrno&) = delete;
  KeepErrno& operator=(const KeepErrno&) = delete;

 private:
  int before_;
};

// -- the trace ----------------------------------------------------------------

std::mutex trace_mutex;

int trace_file() {
  static const int file = [] {
    const char* path = std::getenv("ENDURE_DISK_TRACE");
    if (path == nullptr) return -1;
    return static_cast<int>(
        ::syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
  }();
  return file;
}

void put(std::string& out, std::uint64_t value, std::size_t bytes) {
  out.append(reinterpret_cast<const char*>(&value), bytes);
}

void note(char kind, std::uint64_t offset, const iovec* parts = nullptr, int count = 0) {
  const KeepErrno keep;
  const int file = trace_file();
  if (file < 0) return;
  std::size_t size = 0;
  for (int i = 0; i < count; ++i) size += parts[i].iov_len;
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  std::string out(1, kind);
  put(out,
      static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000U +
          static_cast<std::uint64_t>(now.tv_nsec),
      8);
  put(out, offset, 8);
  put(out, size, 4);
  for (int i = 0; i < count; ++i) {
    out.append(static_cast<const char*>(parts[i].iov_base), parts[i].iov_len);
  }
  const std::lock_guard lock(trace_mutex);
  static_cast<void>(::syscall(SYS_write, file, out.data(), out.size()));
}

// -- faults -------------------------------------------------------------------

struct Faults {
  long write = 0;
  long sync = 0;
  long after = 0;
  long delay_ms = 0;
};

long number_of(const std::string& text, const std::string& name) {
  const auto at = text.find(name + "=");
  return at == std::string::npos ? 0
                                 : std::strtol(text.c_str() + at + name.size() + 1, nullptr, 10);
}

Faults faults() {
  const KeepErrno keep;
  const char* path = std::getenv("ENDURE_DISK_FAULTS");
  if (path == nullptr) return {};
  const auto file = static_cast<int>(::syscall(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC));
  if (file < 0) return {};
  char text[256] = {};
  const auto size = ::syscall(SYS_read, file, text, sizeof text - 1);
  ::syscall(SYS_close, file);
  if (size <= 0) return {};
  const std::string all(text, static_cast<std::size_t>(size));
  return {number_of(all, "write"), number_of(all, "sync"), number_of(all, "after"),
          number_of(all, "delay_ms")};
}

// Whether this call is to fail; counts those that work first.
bool fails(long error, long after) {
  static std::atomic<long> passed{0};
  if (error == 0) {
    passed = 0;
    return false;
  }
  return passed.fetch_add(1) >= after;
}

template <class Call>
ssize_t written(int file, off_t offset, const iovec* parts, int count, Call call) {
  const Faults now = faults();
  // What is written through O_DSYNC, the meta pages, has its room since the volume was made.
  const bool in_place = (::fcntl(file, F_GETFL) & O_DSYNC) != 0;
  if (!(in_place && now.write == ENOSPC) && fails(now.write, now.after)) {
    errno = static_cast<int>(now.write);
    return -1;
  }
  note('w', static_cast<std::uint64_t>(offset), parts, count);
  const ssize_t size = call();
  if (size >= 0 && in_place) note('d', static_cast<std::uint64_t>(offset));
  return size;
}

int synced(int file, int (*sync)(int)) {
  if (!is_watched(file)) return sync(file);
  const Faults now = faults();
  if (now.delay_ms > 0) {
    const timespec pause{now.delay_ms / 1'000, (now.delay_ms % 1'000) * 1'000'000};
    ::nanosleep(&pause, nullptr);
  }
  if (fails(now.sync, now.after)) {
    errno = static_cast<int>(now.sync);
    return -1;
  }
  const int rc = sync(file);
  if (rc == 0) note('s', 0);
  return rc;
}

}  // namespace

extern "C" {

int open(const char* path, int flags, ...) {
  static const auto next = real<int (*)(const char*, int, ...)>("open");
  mode_t mode = 0;
  if ((flags & (O_CREAT | O_TMPFILE)) != 0) {
    va_list rest;
    va_start(rest, flags);
    mode = va_arg(rest, mode_t);
    va_end(rest);
  }
  const int file = next(path, flags, mode);
  watch(file, path);
  return file;
}

int close(int file) {
  static const auto next = real<int (*)(int)>("close");
  if (file >= 0 && static_cast<std::size_t>(file) < most_descriptors) {
    watched[static_cast<std::size_t>(file)] = false;
  }
  return next(file);
}

ssize_t pwrite(int file, const void* bytes, size_t size, off_t offset) {
  static const auto next = real<ssize_t (*)(int, const void*, size_t, off_t)>("pwrite");
  if (!is_watched(file)) return next(file, bytes, size, offset);
  const iovec part{const_cast<void*>(bytes), size};
  return written(file, offset, &part, 1, [&] { return next(file, bytes, size, offset); });
}

ssize_t write(int file, const void* bytes, size_t size) {
  static const auto next = real<ssize_t (*)(int, const void*, size_t)>("write");
  if (!is_watched(file)) return next(file, bytes, size);
  const iovec part{const_cast<void*>(bytes), size};
  return written(file, ::lseek(file, 0, SEEK_CUR), &part, 1,
                 [&] { return next(file, bytes, size); });
}

ssize_t writev(int file, const iovec* parts, int count) {
  static const auto next = real<ssize_t (*)(int, const iovec*, int)>("writev");
  if (!is_watched(file)) return next(file, parts, count);
  return written(file, ::lseek(file, 0, SEEK_CUR), parts, count,
                 [&] { return next(file, parts, count); });
}

int ftruncate(int file, off_t size) {
  static const auto next = real<int (*)(int, off_t)>("ftruncate");
  if (is_watched(file)) note('t', static_cast<std::uint64_t>(size));
  return next(file, size);
}

int fdatasync(int file) {
  static const auto next = real<int (*)(int)>("fdatasync");
  return synced(file, next);
}

int fsync(int file) {
  static const auto next = real<int (*)(int)>("fsync");
  return synced(file, next);
}

int msync(void* address, size_t size, int flags) {
  static const auto next = real<int (*)(void*, size_t, int)>("msync");
  return next(address, size, flags);  // LMDB maps the volume read-only: nothing is written by it
}

}  // extern "C"
