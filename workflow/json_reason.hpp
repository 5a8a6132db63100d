// Why a text is no JSON, for people.
#pragma once

#include <exception>
#include <string>

namespace endure::workflow {

// What the library's parser says, without its "[json.exception.…] ". It may quote what it has read:
// no more than 300 bytes of UTF-8, and bytes of no UTF-8 as U+FFFD.
std::string json_reason(const std::exception& error);

}  // namespace endure::workflow
