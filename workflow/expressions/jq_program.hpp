// A compiled jq program, and the bounded cache of them. Runs in sandbox processes only.
#pragma once

extern "C" {
#include <jq.h>
}

#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "workflow/expressions/wire.hpp"

namespace endure::workflow {

class JqProgram {
 public:
  // Out of memory within jq calls `on_no_memory`, which must not return.
  JqProgram(const std::string& source, void (*on_no_memory)(void*));
  ~JqProgram();
  JqProgram(const JqProgram&) = delete;
  JqProgram& operator=(const JqProgram&) = delete;

  bool compiled() const { return compiled_; }
  const std::string& error() const { return error_; }  // the compiler's first message

  // The first output for the encoded input.
  wire::Answer run(std::string_view input, std::size_t max_depth, std::size_t max_bytes);

 private:
  static void on_message(void* self, jv message);

  jq_state* jq_;
  bool compiled_ = false;
  std::string error_;
};

// Programs by their source, the longest unused one dropped when there are too many.
class JqProgramCache {
 public:
  JqProgramCache(std::size_t capacity, void (*on_no_memory)(void*))
      : capacity_(capacity), on_no_memory_(on_no_memory) {}

  // Compiles where needed. A program that does not compile is returned, but not kept.
  std::shared_ptr<JqProgram> get(const std::string& source);

 private:
  struct Entry {
    std::string source;
    std::shared_ptr<JqProgram> program;
  };

  std::size_t capacity_;
  void (*on_no_memory_)(void*);
  std::list<Entry> entries_;  // the latest used first
  std::unordered_map<std::string_view, std::list<Entry>::iterator> by_source_;
};

}  // namespace endure::workflow
