// A program in a process group of its own, spoken with by lines, without ever blocking. For one
// thread that polls its descriptors.
#pragma once

#include <sys/types.h>

#include <deque>
#include <functional>
#include <string>
#include <vector>

#include "runtime/calls/line.hpp"

namespace endure::calls {

class Child {
 public:
  using OnLine = std::function<void(const std::string&)>;
  using OnEnd = std::function<void(const std::string&)>;

  Child(OnLine on_line, OnEnd on_end) : on_line_(std::move(on_line)), on_end_(std::move(on_end)) {}
  ~Child();  // kills the whole group and waits for the program itself
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  // Code::not_found: there is no such program; Code::io.
  Result<void> start(const Program& program);
  void write_line(const std::string& line);
  void close_input();  // once all that was written has left

  // What is to be polled: descriptor, and whether for writing.
  std::vector<std::pair<int, bool>> descriptors() const;
  // Moves what can be moved now. Calls on_line and on_end, which must not destroy the child.
  void pump();

 private:
  void read_output();
  void read_errors();
  void write_input();
  void end(const std::string& why);

  OnLine on_line_;
  OnEnd on_end_;
  std::size_t max_output_bytes_ = 0;
  pid_t pid_ = -1;
  int process_ = -1;  // readable when the program has ended
  int in_ = -1;
  int out_ = -1;
  int err_ = -1;
  std::string to_write_;
  std::string rest_;    // of an unfinished line
  std::string errors_;  // the tail of stderr
  std::size_t output_bytes_ = 0;
  bool closing_ = false;
  bool ended_ = false;
};

}  // namespace endure::calls
