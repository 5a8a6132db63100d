#include "workflow/value/value.hpp"

#include <array>
#include <atomic>
#include <cstdint>
#include <limits>
#include <mutex>
#include <utility>

#include "base/assert.hpp"
#include "workflow/value/msgpack_reader.hpp"
#include "workflow/value/msgpack_writer.hpp"

namespace endure::workflow {

namespace {

constexpr char packed_null = '\xC0';

// Making the other form of a document is rare and short, so a few locks serve all documents.
std::mutex& lock_of(const void* document) {
  static std::array<std::mutex, 64> locks;
  return locks[(reinterpret_cast<std::uintptr_t>(document) >> 6U) % locks.size()];
}

const Json& null_json() {
  static const Json null;
  return null;
}

bool is_packed_map(std::string_view bytes) {
  const auto tag = static_cast<std::uint8_t>(bytes.empty() ? packed_null : bytes.front());
  return (tag >= 0x80 && tag <= 0x8F) || tag == 0xDE || tag == 0xDF;
}

}  // namespace

class Value::Document {
 public:
  explicit Document(Json json) : json_(std::move(json)), forms_(tree) {}
  explicit Document(std::string packed) : packed_(std::move(packed)), forms_(bytes) {}

  bool has_tree() const { return (forms_.load(std::memory_order_acquire) & tree) != 0; }

  const Json& json() const {
    if (!has_tree()) make_tree();
    return json_;
  }

  const std::string& packed() const {
    if ((forms_.load(std::memory_order_acquire) & bytes) == 0) make_bytes();
    return packed_;
  }

 private:
  static constexpr unsigned tree = 1;
  static constexpr unsigned bytes = 2;

  void make_tree() const {
    const std::lock_guard lock(lock_of(this));
    if (has_tree()) return;
    Reader reader(packed_);
    json_ = reader.json({std::numeric_limits<std::size_t>::max(), false});
    ENDURE_ASSERT(reader.ok());
    forms_.fetch_or(tree, std::memory_order_release);
  }

  void make_bytes() const {
    const std::lock_guard lock(lock_of(this));
    if ((forms_.load(std::memory_order_relaxed) & bytes) != 0) return;
    Writer(packed_).json(json_);
    forms_.fetch_or(bytes, std::memory_order_release);
  }

  mutable Json json_;
  mutable std::string packed_;
  mutable std::atomic<unsigned> forms_;
};

Value::Value(Json json) : document_(std::make_shared<const Document>(std::move(json))) {}

Value Value::from_packed(std::string bytes) {
  if (bytes.empty() || bytes.front() == packed_null) return {};
  Value value;
  value.document_ = std::make_shared<const Document>(std::move(bytes));
  return value;
}

const Json& Value::json() const {
  return document_ ? document_->json() : null_json();
}

std::string_view Value::packed() const {
  return document_ ? std::string_view(document_->packed()) : std::string_view(&packed_null, 1);
}

const Json* Value::tree() const {
  return document_ && document_->has_tree() ? &document_->json() : nullptr;
}

bool Value::is_null() const {
  return !document_ || (document_->has_tree() && document_->json().is_null());
}

bool Value::is_object() const {
  if (!document_) return false;
  return document_->has_tree() ? document_->json().is_object() : is_packed_map(packed());
}

}  // namespace endure::workflow
