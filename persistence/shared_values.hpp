// Values that several fields of one record share. A workflow's frames mostly hold the same few
// documents (the input of a list is that of its first task, and so on), which are one object in
// memory; so each is written once, and read back as one object.
//
// A field that refers back has its number plus `reference`, and holds the place of the value among
// those written so far.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "persistence/msgpack.hpp"

namespace endure::persistence {

class SharedValues {
 public:
  static constexpr std::uint8_t reference = 64;

  // -- writing --
  void write(Fields& fields, std::uint8_t field, const workflow::Value& value) {
    if (value.is_null()) return;
    const auto* identity = value.identity();
    // Only the latest are looked at: they are the likely ones, and a fork may have thousands.
    const auto oldest = written_ > recent_.size() ? written_ - recent_.size() : 0;
    for (auto i = written_; i > oldest; --i) {
      if (recent_[(i - 1) % recent_.size()] != identity) continue;
      fields.natural(static_cast<std::uint8_t>(field + reference), i);
      return;
    }
    recent_[written_++ % recent_.size()] = identity;
    fields.value(field, value);
  }

  // -- reading: `field` as it stands in the record --
  workflow::Value read(Reader& reader, std::uint64_t field) {
    if (field < reference) return read_.emplace_back(reader.value());
    const auto place = reader.natural_up_to(read_.size());
    if (place == 0) reader.fail("it refers to a value that is not there");
    return place == 0 ? workflow::Value() : read_[place - 1];
  }

 private:
  std::array<const void*, 16> recent_{};
  std::size_t written_ = 0;
  std::vector<workflow::Value> read_;
};

}  // namespace endure::persistence
