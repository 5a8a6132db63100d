// A fresh folder that goes with its owner.
#pragma once

#include <string>

namespace endure::benchmarks {

class ScratchFolder {
 public:
  // Below `below`; empty: the temporary folder. path() is empty where it could not be made.
  explicit ScratchFolder(const std::string& below);
  ~ScratchFolder();
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;

  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

}  // namespace endure::benchmarks
