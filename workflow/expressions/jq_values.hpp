// jq values to and from the bytes of wire.hpp. Runs in sandbox processes only.
#pragma once

extern "C" {
#include <jv.h>
}

#include <cstddef>
#include <string>
#include <string_view>

namespace endure::workflow {

// Reads one value and removes it from `bytes`, which the node wrote: they are taken as sound.
jv read_jv(std::string_view& bytes);

// Appends `value`, which it consumes, to `out`; false where it is nested deeper than `max_depth` or
// `out` grows beyond `max_bytes`. NaN becomes null and infinities the largest double, as jq prints.
bool write_jv(jv value, std::size_t max_depth, std::size_t max_bytes, std::string& out);

}  // namespace endure::workflow
