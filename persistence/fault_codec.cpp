#include "persistence/fault_codec.hpp"

namespace endure::persistence {

namespace {
const workflow::Fault usual;
}  // namespace

void write_fault(Fields& fields, const workflow::Fault& fault) {
  fields.text(1, fault.type);
  fields.integer(2, fault.status, usual.status);
  fields.text(3, fault.title);
  fields.text(4, fault.detail);
  fields.text(5, fault.instance);
}

workflow::Fault read_fault(Reader& reader) {
  workflow::Fault fault;
  reader.fields([&](std::uint64_t field) {
    switch (field) {
      case 1: fault.type = reader.text(); break;
      case 2: {
        const auto status = reader.integer();
        fault.status = static_cast<int>(status);
        if (fault.status != status) reader.fail("a number is too large");
        break;
      }
      case 3: fault.title = reader.text(); break;
      case 4: fault.detail = reader.text(); break;
      case 5: fault.instance = reader.text(); break;
      default: reader.unknown_field();
    }
  });
  return fault;
}

}  // namespace endure::persistence
