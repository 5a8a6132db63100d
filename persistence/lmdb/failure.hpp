// Inside this folder an error travels as an exception, because almost every line can fail and all
// failures have one end: the transaction is given up. It never leaves the folder: guarded() turns
// it into a Result at each public function.
#pragma once

#include <exception>
#include <string>
#include <type_traits>
#include <utility>

#include "base/result.hpp"

namespace endure::persistence::lmdb {

class Failed : public std::exception {
 public:
  explicit Failed(Error error) : error_(std::move(error)) {}
  const Error& error() const { return error_; }
  const char* what() const noexcept override { return error_.what.c_str(); }

 private:
  Error error_;
};

// What LMDB's or the system's return code means for a caller of the store.
Error error_of(int rc, const std::string& where);

// Throws unless `rc` is 0.
inline void check(int rc, const char* where) {
  if (rc != 0) throw Failed(error_of(rc, where));
}

template <class Work>
auto guarded(Work&& work) -> Result<std::invoke_result_t<Work>> {
  try {
    if constexpr (std::is_void_v<std::invoke_result_t<Work>>) {
      work();
      return {};
    } else {
      return work();
    }
  } catch (const Failed& failed) {
    return Failure(failed.error());
  }
}

}  // namespace endure::persistence::lmdb
