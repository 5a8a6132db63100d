// Value: an immutable JSON document that is cheap to copy.
// A snapshot is copied at every transition; its documents are shared, not copied, because nothing
// ever changes one in place. Safe to share between threads.
#pragma once

#include <memory>
#include <nlohmann/json.hpp>
#include <utility>

namespace endure::workflow {

using Json = nlohmann::json;

class Value {
 public:
  Value() = default;                                                          // JSON null
  Value(Json json) : json_(std::make_shared<const Json>(std::move(json))) {}  // NOLINT: implicit

  const Json& json() const { return json_ ? *json_ : null_json(); }
  const Json& operator*() const { return json(); }
  const Json* operator->() const { return &json(); }
  bool is_null() const { return json().is_null(); }

  friend bool operator==(const Value& a, const Value& b) { return a.json() == b.json(); }

 private:
  static const Json& null_json() {
    static const Json null;
    return null;
  }

  std::shared_ptr<const Json> json_;
};

}  // namespace endure::workflow
