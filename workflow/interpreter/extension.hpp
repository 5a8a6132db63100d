// Where in the stack extensions run: see ExtendTask.
#pragma once

#include "workflow/definition.hpp"
#include "workflow/snapshot.hpp"

namespace endure::workflow::interpreter {

// What the frame of an extended task is at.
enum class ExtensionPhase : std::uint8_t { deciding, before, inner, after };
ExtensionPhase extension_phase(const Frame& frame);

// The extended task around the innermost of the first `frames` frames of a branch, or around the
// fork that the branch belongs to; the nearest counts. Null frame: none.
struct Extended {
  const Frame* frame = nullptr;
  const Task* task = nullptr;
};
Extended find_extended(const Definition& definition, const Snapshot& snapshot, const Branch& branch,
                       std::size_t frames);

// The raw output of the extended task once it has one; null before.
const Json* extended_output(const Frame& frame);

}  // namespace endure::workflow::interpreter
