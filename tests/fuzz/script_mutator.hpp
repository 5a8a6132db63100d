// libFuzzer's mutations of scripts, by operation: a frame is changed without its length going
// wrong, and operations are repeated, dropped, moved. For one source file of a target whose
// operation 0 has a block. Other builds do not use it.
#pragma once

#ifdef ENDURE_LIBFUZZER

#include <cstring>
#include <random>
#include <vector>

#include "tests/fuzz/script.hpp"

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t max_size);

namespace endure::testing {

struct ScriptOperation {
  std::uint8_t head = 0;
  std::string block;
};

inline std::vector<ScriptOperation> operations_of(std::string_view text, unsigned kinds) {
  std::vector<ScriptOperation> operations;
  for (ScriptReader script(text); !script.at_end();) {
    auto& operation = operations.emplace_back();
    operation.head = script.byte();
    if ((operation.head & 0xfU) % kinds == 0) operation.block = script.block();
  }
  return operations;
}

inline std::string text_of(const std::vector<ScriptOperation>& operations, unsigned kinds) {
  ScriptWriter script;
  for (const auto& [head, block] : operations) {
    script.operation(head & 0xfU, head >> 4U);
    if ((head & 0xfU) % kinds == 0) script.block(block);
  }
  return script.text();
}

inline void mutate_block(std::string& block) {
  constexpr std::size_t longest = 1'024;
  std::vector<std::uint8_t> bytes(std::max(longest, block.size()));
  std::memcpy(bytes.data(), block.data(), block.size());
  const auto size = LLVMFuzzerMutate(bytes.data(), block.size(), bytes.size());
  block.assign(reinterpret_cast<const char*>(bytes.data()), size);
}

inline std::size_t mutate_script(std::uint8_t* data, std::size_t size, std::size_t max_size,
                                 unsigned seed, unsigned kinds) {
  std::minstd_rand random(seed);
  const auto below = [&](std::size_t bound) {
    return static_cast<std::ptrdiff_t>(random() % bound);
  };
  auto operations = operations_of({reinterpret_cast<const char*>(data), size}, kinds);
  if (operations.empty() || below(8) == 0) return LLVMFuzzerMutate(data, size, max_size);
  const auto at = operations.begin() + below(operations.size());
  const auto other = operations.begin() + below(operations.size());
  switch (below(8)) {
    case 0: operations.insert(other, ScriptOperation(*at)); break;
    case 1: operations.erase(at); break;
    case 2: std::iter_swap(at, other); break;
    case 3: at->head = static_cast<std::uint8_t>(random() >> 8U); break;
    default:
      if ((at->head & 0xfU) % kinds != 0) {
        at->head ^= static_cast<std::uint8_t>(1U << (4U + random() % 4));
      } else {
        mutate_block(at->block);
      }
  }
  const auto text = text_of(operations, kinds);
  const auto kept = std::min(text.size(), max_size);
  std::memcpy(data, text.data(), kept);
  return kept;
}

}  // namespace endure::testing

#endif
