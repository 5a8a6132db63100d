// Value: an immutable JSON document that is cheap to copy, to store and to pass on.
//
// A snapshot is copied at every transition; its documents are shared, not copied, because nothing
// ever changes one in place. A document has two forms, a tree and its msgpack bytes; each is made
// from the other when somebody first asks for it. What only passes through (a worker's result that
// becomes the next step's argument) never becomes a tree.
//
// Safe to share between threads. Neither form ever moves while a Value of the document lives.
#pragma once

#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace endure::workflow {

using Json = nlohmann::json;

class Value {
 public:
  Value() = default;  // JSON null
  Value(Json json);   // NOLINT: implicit
  // Bytes of msgpack that Reader::skip() or Writer has passed: they are not looked at again.
  static Value from_packed(std::string bytes);

  const Json& json() const;
  const Json& operator*() const { return json(); }
  const Json* operator->() const { return &json(); }
  std::string_view packed() const;
  // Null where nobody has asked for the tree yet.
  const Json* tree() const;

  // Without making a tree.
  bool is_null() const;
  bool is_object() const;

  // The same for copies of one Value; null for JSON null.
  const void* identity() const { return document_.get(); }

  friend bool operator==(const Value& a, const Value& b) {
    return a.document_ == b.document_ || a.json() == b.json();
  }

 private:
  class Document;

  std::shared_ptr<const Document> document_;
};

}  // namespace endure::workflow
