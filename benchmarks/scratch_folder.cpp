#include "benchmarks/scratch_folder.hpp"

#include <cstdlib>
#include <filesystem>

namespace endure::benchmarks {

ScratchFolder::ScratchFolder(const std::string& below) {
  std::string pattern = (below.empty() ? std::filesystem::temp_directory_path().string() : below) +
                        "/endure-bench-XXXXXX";
  if (::mkdtemp(pattern.data()) != nullptr) path_ = pattern;
}

ScratchFolder::~ScratchFolder() {
  std::error_code ignored;
  if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
}

}  // namespace endure::benchmarks
