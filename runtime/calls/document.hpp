// Documents that describe services: fetched, read, and kept for a while.
#pragma once

#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <string>

#include "runtime/calls/line.hpp"

namespace endure::calls {

using Document = std::shared_ptr<const Json>;

// The last documents, bounded in bytes of their text and in time. For one thread.
class DocumentCache {
 public:
  DocumentCache(std::size_t max_bytes, std::int64_t max_age_ms)
      : max_bytes_(max_bytes), max_age_ms_(max_age_ms) {}

  Document find(const std::string& key, std::int64_t now_ms);  // null where there is none
  void put(const std::string& key, Document document, std::size_t bytes, std::int64_t now_ms);

 private:
  struct Entry {
    std::string key;
    Document document;
    std::size_t bytes = 0;
    std::int64_t until_ms = 0;
  };

  std::size_t max_bytes_;
  std::int64_t max_age_ms_;
  std::size_t bytes_ = 0;
  std::list<Entry> entries_;  // oldest first
};

// JSON or YAML. Code::invalid.
Result<Json> parse_document(const std::string& text, std::size_t max_bytes);

// `resource` is {uri, authentication}. A document that cannot be read is a configuration fault.
void fetch_document(Line& line, const Json& resource, const std::string& what,
                    std::function<void(Faulty<Document>)> then);

}  // namespace endure::calls
