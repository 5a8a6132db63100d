#include "runtime/cli/volume_child.hpp"

#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <ostream>
#include <sstream>
#include <string>

#include "runtime/cli/report.hpp"

namespace endure::cli {

namespace {

void write_all(int file, const std::string& text) {
  std::size_t done = 0;
  while (done < text.size()) {
    const auto size = ::write(file, text.data() + done, text.size() - done);
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0) ::_exit(exit_error);
    done += static_cast<std::size_t>(size);
  }
}

std::string read_all(int file) {
  std::string text;
  std::array<char, 65'536> part{};
  for (;;) {
    const auto size = ::read(file, part.data(), part.size());
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0) return text;
    text.append(part.data(), static_cast<std::size_t>(size));
  }
}

// The length of the output, then the output, then the errors.
[[noreturn]] void run_child(const Context& context, const std::function<int(Context&)>& work,
                            int answer) {
  std::ostringstream out;
  std::ostringstream err;
  Context own{context.in,    out,          err, context.environment, context.clock, context.node,
              context.token, context.json, 0};
  int code = exit_error;
  try {
    code = work(own);
  } catch (const ExitWith& end) {
    code = end.code;
  }
  write_all(answer, std::to_string(out.str().size()) + "\n" + out.str() + err.str());
  ::_exit(code);
}

}  // namespace

Result<int> in_child(Context& context, const std::function<int(Context&)>& work) {
  context.out.flush();
  context.err.flush();
  std::array<int, 2> ends{};
  if (::pipe(ends.data()) != 0) return fail(Code::io, std::strerror(errno), "pipe");
  const pid_t parent = ::getpid();
  const pid_t child = ::fork();
  if (child < 0) return fail(Code::io, std::strerror(errno), "fork");
  if (child == 0) {
    ::close(ends[0]);
    // What is ended by its user ends whole: no copying goes on behind his back.
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent) ::_exit(exit_error);
    for (const int number : {SIGBUS, SIGSEGV, SIGABRT}) ::signal(number, SIG_DFL);
    run_child(context, work, ends[1]);
  }
  ::close(ends[1]);
  const std::string answer = read_all(ends[0]);
  ::close(ends[0]);
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (WIFSIGNALED(status)) {
    return fail(Code::corrupt,
                "reading it ended the process (" + std::string(::strsignal(WTERMSIG(status))) +
                    "): the file is cut short, or its pages are damaged; restore a backup",
                "data.mdb");
  }
  const auto line = answer.find('\n');
  if (line == std::string::npos) return fail(Code::io, "the process that reads it has gone");
  const auto size = std::stoul(answer.substr(0, line));
  context.out << answer.substr(line + 1, size);
  context.err << answer.substr(line + 1 + size);
  return WEXITSTATUS(status);
}

}  // namespace endure::cli
