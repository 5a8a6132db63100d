#include "runtime/run/programs.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>

namespace endure {

namespace {

bool is_program(const std::string& path) {
  struct stat info {};
  return ::stat(path.c_str(), &info) == 0 && S_ISREG(info.st_mode) &&
         ::access(path.c_str(), X_OK) == 0;
}

// The program's path, or what is to be said where there is none.
std::string find_or_say(const std::string& name, const std::string& setting, std::string& why_not) {
  const char* path = std::getenv("PATH");
  if (auto found = find_program(name, path != nullptr ? path : "")) {
    why_not.clear();
    return *found;
  }
  why_not = "there is no program '" + name + "' on this node; install it, or set " + setting +
            " to where it is";
  return {};
}

}  // namespace

std::optional<std::string> find_program(const std::string& name, const std::string& folders) {
  if (name.find('/') != std::string::npos) {
    if (is_program(name)) return std::filesystem::absolute(name).string();
    return std::nullopt;
  }
  std::size_t from = 0;
  while (!name.empty() && from <= folders.size()) {
    const std::size_t end = std::min(folders.find(':', from), folders.size());
    const std::string folder = folders.substr(from, end - from);
    const std::string path = folder + "/" + name;
    if (!folder.empty() && is_program(path)) return path;
    from = end + 1;
  }
  return std::nullopt;
}

RunPrograms find_run_programs(const config::RunSettings& settings) {
  RunPrograms out;
  auto& can = out.abilities;
  if (settings.shell) can.no_shell.clear();
  if (settings.script) {
    out.python = find_or_say(settings.python, "run.python", can.no_python);
    out.node = find_or_say(settings.node, "run.node", can.no_javascript);
  }
  if (!settings.container_runtime.empty()) {
    out.container_runtime =
        find_or_say(settings.container_runtime, "run.container_runtime", can.no_container);
  }
  if (!settings.script_folder.empty()) {
    std::error_code error;
    const auto folder = std::filesystem::canonical(settings.script_folder, error);
    if (!error && std::filesystem::is_directory(folder, error)) {
      out.script_folder = folder.string();
      can.no_script_file.clear();
    } else {
      can.no_script_file = "run.script_folder is '" + settings.script_folder +
                           "', which is no folder on this node; make it, or set another one";
    }
  }
  return out;
}

}  // namespace endure
