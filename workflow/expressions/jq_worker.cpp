// Sandbox details.
//
// Deadline: ITIMER_PROF counts the CPU time of this process, user and system, so a busy machine
// never makes an innocent expression too slow. Memory: RLIMIT_AS, counted from what the process
// maps when it starts. Both end the process; a signal handler (on a stack of its own, so that it
// works after a stack overflow) or jq's out-of-memory hook says why in one small message first.
#include "workflow/expressions/jq_worker.hpp"

#include <malloc.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <limits>
#include <new>

#include "workflow/expressions/jq_program.hpp"
#include "workflow/expressions/wire.hpp"

namespace endure::workflow {
namespace {

using Status = wire::Answer::Status;

int answer_socket = -1;  // for the signal handlers

bool send_all(const char* bytes, std::size_t size) {
  while (size > 0) {
    const ssize_t sent = ::send(answer_socket, bytes, size, MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent <= 0) return false;
    bytes += sent;
    size -= static_cast<std::size_t>(sent);
  }
  return true;
}

// Async-signal-safe.
[[noreturn]] void end_with(Status status) {
  const wire::Header header{static_cast<std::uint32_t>(status), 0};
  char bytes[sizeof header];
  std::memcpy(bytes, &header, sizeof header);
  send_all(bytes, sizeof bytes);
  _exit(1);
}

// What runs now: a number that is new for every compilation and every run, or 0 while idle. The
// timer ticks on, and its handler sees whether the same thing still runs: so a request costs no
// system call to arm and disarm a timer.
volatile std::sig_atomic_t running = 0;
constexpr int ticks_per_deadline = 8;
volatile std::sig_atomic_t yielding = 0;

// What computes for long stands back behind all others on the machine. There is no way back to a
// better priority, so the process serves nobody after this.
void stand_back() {
  yielding = 1;
  setpriority(PRIO_PROCESS, 0, 10);
}

void on_tick() {
  static std::sig_atomic_t seen = 0;
  static int ticks = 0;
  ticks = running != 0 && running == seen ? ticks + 1 : 0;
  seen = running;
  if (ticks == 1 && yielding == 0) stand_back();
  if (ticks >= ticks_per_deadline) end_with(Status::too_slow);
}

void on_signal(int signal) {
  switch (signal) {
    case SIGPROF: on_tick(); return;
    case SIGSEGV:
    case SIGBUS: end_with(Status::too_deep);
    default: end_with(Status::broken);
  }
}

[[noreturn]] void on_no_memory() {
  end_with(Status::too_big);
}
void on_jq_no_memory(void*) {
  on_no_memory();
}

void catch_signals() {
  static std::array<char, 64U * 1024U> stack;
  stack_t alternate{};
  alternate.ss_sp = stack.data();
  alternate.ss_size = stack.size();
  sigaltstack(&alternate, nullptr);
  struct sigaction action {};
  action.sa_handler = on_signal;
  action.sa_flags = SA_ONSTACK | SA_RESTART;
  sigfillset(&action.sa_mask);
  for (const int signal : {SIGPROF, SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL}) {
    sigaction(signal, &action, nullptr);
  }
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
}

bool limit(decltype(RLIMIT_AS) resource, rlim_t value) {
  const rlimit bound{value, value};
  return setrlimit(resource, &bound) == 0;
}

// Without the present size there is no bound to set, and nothing may run without one.
bool limit_memory(std::size_t max_bytes) {
  std::FILE* file = std::fopen("/proc/self/statm", "re");
  if (file == nullptr) return false;
  unsigned long pages = 0;
  const bool read = std::fscanf(file, "%lu", &pages) == 1;
  std::fclose(file);
  const auto page = static_cast<unsigned long>(sysconf(_SC_PAGESIZE));
  return read && limit(RLIMIT_AS, pages * page + max_bytes);
}

// GCC defines the macros, Clang answers the question.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define ENDURE_SANITIZED
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define ENDURE_SANITIZED
#endif
#endif

// No more files. A build with sanitizers needs some: they probe memory through a pipe.
#ifdef ENDURE_SANITIZED
constexpr rlim_t max_descriptors = 64;
#else
constexpr rlim_t max_descriptors = 0;
#endif

bool shut_off(int socket, const ExpressionLimits& limits) {
  // No environment, so no ~/.jq; times of day are UTC wherever the node runs.
  static std::array<char, 9> zone = {"TZ=UTC0"};
  static std::array<char*, 2> environment = {zone.data(), nullptr};
  environ = environment.data();
  tzset();
  prctl(PR_SET_DUMPABLE, 0);
  if (!limit_memory(limits.max_memory_bytes)) return false;
  // The node's own descriptors (store, sockets) are closed already, see sandbox.cpp.
  answer_socket = socket;
  return limit(RLIMIT_NOFILE, max_descriptors) && limit(RLIMIT_FSIZE, 0) && limit(RLIMIT_CORE, 0);
}

void start_ticking(std::int64_t deadline_ms) {
  const std::int64_t tick_us = std::max<std::int64_t>(deadline_ms * 1000 / ticks_per_deadline, 1);
  itimerval timer{};
  timer.it_value.tv_sec = tick_us / 1'000'000;
  timer.it_value.tv_usec = static_cast<suseconds_t>(tick_us % 1'000'000);
  timer.it_interval = timer.it_value;
  setitimer(ITIMER_PROF, &timer, nullptr);
}

void begin_timed() {
  static std::sig_atomic_t last = 0;
  last = last == std::numeric_limits<std::sig_atomic_t>::max() ? 1 : last + 1;
  running = last;
}

constexpr std::size_t roomy = 64U << 20U;

class Server {
 public:
  explicit Server(const ExpressionLimits& limits)
      : limits_(limits), programs_(limits.max_programs, on_jq_no_memory) {}

  // False when the node has gone.
  bool serve_one() {
    if (!fill(sizeof(wire::Header))) return false;
    wire::Header request;
    std::memcpy(&request, buffer_.data(), sizeof request);
    const std::size_t values_at = sizeof request + request.first;
    const std::size_t end = values_at + request.second;
    if (!fill(end)) return false;
    source_.assign(buffer_, sizeof request, request.first);
    const std::string_view values(buffer_.data() + values_at, request.second);
    const wire::Answer answer = evaluate(values);
    running = 0;
    buffer_.erase(0, end);
    if (buffer_.capacity() > roomy) buffer_.shrink_to_fit();
    return send(answer) && !is_bloated() && yielding == 0;
  }

 private:
  // Reads until the buffer holds `size` bytes.
  bool fill(std::size_t size) {
    std::array<char, 64U * 1024U> piece;
    while (buffer_.size() < size) {
      const ssize_t got = ::recv(answer_socket, piece.data(), piece.size(), 0);
      if (got < 0 && errno == EINTR) continue;
      if (got <= 0) return false;
      buffer_.append(piece.data(), static_cast<std::size_t>(got));
    }
    return true;
  }

  // What one program left behind must not weigh on the machine, nor on the next program's share:
  // a process that has grown ends, and the node starts another when it needs one.
  static bool is_bloated() {
    const auto heap = mallinfo2();
    return heap.arena + heap.hblkhd > roomy;
  }

  wire::Answer evaluate(std::string_view values) {
    begin_timed();
    const auto program = programs_.get(source_);
    if (!program->compiled()) return {Status::failed, program->error()};
    if (values.empty()) return {Status::ok, {}};
    begin_timed();
    return program->run(values, limits_.max_depth, limits_.max_result_bytes);
  }

  static bool send(const wire::Answer& answer) {
    const wire::Header header{static_cast<std::uint32_t>(answer.status),
                              static_cast<std::uint32_t>(answer.body.size())};
    char bytes[sizeof header];
    std::memcpy(bytes, &header, sizeof header);
    std::string message(bytes, sizeof bytes);
    message += answer.body;
    return send_all(message.data(), message.size());
  }

  const ExpressionLimits& limits_;
  JqProgramCache programs_;
  std::string buffer_;  // what has been received and not yet served
  std::string source_;
};

}  // namespace

void run_jq_worker(int socket, const ExpressionLimits& limits) {
  if (!shut_off(socket, limits)) _exit(1);
  catch_signals();
  std::set_new_handler([] { on_no_memory(); });
  start_ticking(limits.deadline_ms);
  Server server(limits);
  while (server.serve_one()) {
  }
  _exit(0);
}

}  // namespace endure::workflow
