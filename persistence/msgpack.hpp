// The reader and the writer of msgpack, under the names that the records' codecs use.
#pragma once

#include "workflow/value/msgpack_reader.hpp"
#include "workflow/value/msgpack_writer.hpp"

namespace endure::persistence {

using workflow::Fields;
using workflow::JsonLimits;
using workflow::Reader;
using workflow::Writer;

}  // namespace endure::persistence
