#include "benchmarks/flushes.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <vector>

namespace endure::benchmarks {

Result<double> flushes_per_s(const std::string& folder) {
  using SteadyClock = std::chrono::steady_clock;
  std::filesystem::create_directories(folder);
  const std::string path = folder + "/flush";
  const int file = ::open(path.c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0644);
  if (file < 0) return fail(Code::io, "cannot write " + path + ": " + std::strerror(errno));
  const std::vector<char> page(4096, 'p');
  const auto begin = SteadyClock::now();
  int flushes = 0;
  double elapsed_s = 0;
  bool fine = true;
  while (fine && elapsed_s < 0.5) {
    fine = ::pwrite(file, page.data(), page.size(), 0) == static_cast<ssize_t>(page.size()) &&
           ::fdatasync(file) == 0;
    ++flushes;
    elapsed_s = std::chrono::duration<double>(SteadyClock::now() - begin).count();
  }
  ::close(file);
  if (!fine) return fail(Code::io, "cannot flush " + path + ": " + std::strerror(errno));
  return flushes / elapsed_s;
}

}  // namespace endure::benchmarks
