#include "workflow/value/msgpack_writer.hpp"

#include <bit>
#include <cmath>
#include <msgpack/pack.hpp>

#include "base/assert.hpp"

namespace endure::workflow {

namespace {

struct StringSink {
  std::string& out;
  void write(const char* data, std::size_t size) { out.append(data, size); }
};

msgpack::packer<StringSink> packer(StringSink& sink) {
  return msgpack::packer<StringSink>(sink);
}

// msgpack-cxx writes a float that is whole as an integer; JSON tells 2.0 from 2.
void write_real(std::string& out, double number) {
  const auto bits = std::bit_cast<std::uint64_t>(number);
  out.push_back('\xCB');
  for (int shift = 56; shift >= 0; shift -= 8) out.push_back(static_cast<char>(bits >> shift));
}

// Lengths in msgpack have 32 bits.
std::uint32_t length(std::size_t size) {
  ENDURE_ASSERT(size <= UINT32_MAX);
  return static_cast<std::uint32_t>(size);
}

}  // namespace

void Writer::large_natural(std::uint64_t number) {
  StringSink sink{out_};
  packer(sink).pack_uint64(number);
}

void Writer::wide_natural(std::uint64_t number) {
  StringSink sink{out_};
  packer(sink).pack_fix_uint64(number);
}

void Writer::integer(std::int64_t number) {
  StringSink sink{out_};
  packer(sink).pack_int64(number);
}

void Writer::long_text(std::string_view text) {
  StringSink sink{out_};
  auto pack = packer(sink);
  pack.pack_str(length(text.size()));
  out_.append(text);
}

void Writer::bytes(std::string_view bytes) {
  StringSink sink{out_};
  auto pack = packer(sink);
  pack.pack_bin(length(bytes.size()));
  out_.append(bytes);
}

void Writer::value(const Value& value) {
  out_.append(value.packed());
}

void Writer::array(std::size_t size) {
  StringSink sink{out_};
  packer(sink).pack_array(length(size));
}

void Writer::map(std::size_t size) {
  StringSink sink{out_};
  packer(sink).pack_map(length(size));
}

void Writer::json(const Json& json) {
  using Type = Json::value_t;
  StringSink sink{out_};
  auto pack = packer(sink);
  switch (json.type()) {
    case Type::boolean: flag(json.get<bool>()); return;
    case Type::number_integer: pack.pack_int64(json.get<std::int64_t>()); return;
    case Type::number_unsigned: pack.pack_uint64(json.get<std::uint64_t>()); return;
    case Type::number_float: {
      const auto number = json.get<double>();
      if (std::isfinite(number)) {
        write_real(out_, number);
      } else {
        pack.pack_nil();
      }
      return;
    }
    case Type::string: text(json.get_ref<const std::string&>()); return;
    case Type::array:
      pack.pack_array(length(json.size()));
      for (const auto& item : json) this->json(item);
      return;
    case Type::object:
      pack.pack_map(length(json.size()));
      for (const auto& [key, value] : json.get_ref<const Json::object_t&>()) {
        text(key);
        this->json(value);
      }
      return;
    case Type::null:
    case Type::binary:
    case Type::discarded: pack.pack_nil(); return;
  }
}

// -- Fields -------------------------------------------------------------------

void Fields::widen_head() {
  const char wide[] = {'\xDE', static_cast<char>(count_ >> 8U), static_cast<char>(count_ & 0xFFU)};
  writer_.out().replace(head_, 1, wide, sizeof wide);
}

}  // namespace endure::workflow
