// The parts that several kinds of record share.
#pragma once

#include "persistence/msgpack.hpp"
#include "workflow/event.hpp"

namespace endure::persistence {

void write_fault(Fields& fields, const workflow::Fault& fault);
workflow::Fault read_fault(Reader& reader);

}  // namespace endure::persistence
