#include "workflow/expressions/jq_values.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>

namespace endure::workflow {
namespace {

template <class T>
T take(std::string_view& bytes) {
  T number{};
  std::memcpy(&number, bytes.data(), sizeof number);
  bytes.remove_prefix(sizeof number);
  return number;
}

template <class T>
void put(T number, std::string& out) {
  char bytes[sizeof number];
  std::memcpy(bytes, &number, sizeof number);
  out.append(bytes, sizeof number);
}

jv take_string(std::string_view& bytes) {
  const auto size = take<std::uint32_t>(bytes);
  jv text = jv_string_sized(bytes.data(), static_cast<int>(size));
  bytes.remove_prefix(size);
  return text;
}

// Consumes `text`.
void put_string(jv text, std::string& out) {
  const int size = jv_string_length_bytes(jv_copy(text));
  put(static_cast<std::uint32_t>(size), out);
  out.append(jv_string_value(text), static_cast<std::size_t>(size));
  jv_free(text);
}

void put_number(double number, std::string& out) {
  if (std::isnan(number)) {
    out += 'n';
    return;
  }
  constexpr double largest = std::numeric_limits<double>::max();
  out += 'd';
  put(std::clamp(number, -largest, largest), out);
}

bool put_array(jv array, std::size_t depth_left, std::size_t max_bytes, std::string& out) {
  const int count = jv_array_length(jv_copy(array));
  out += 'a';
  put(static_cast<std::uint32_t>(count), out);
  bool fits = true;
  for (int i = 0; i < count && fits; ++i) {
    fits = write_jv(jv_array_get(jv_copy(array), i), depth_left, max_bytes, out);
  }
  jv_free(array);
  return fits;
}

bool put_object(jv object, std::size_t depth_left, std::size_t max_bytes, std::string& out) {
  out += 'o';
  put(static_cast<std::uint32_t>(jv_object_length(jv_copy(object))), out);
  bool fits = true;
  for (int i = jv_object_iter(object); jv_object_iter_valid(object, i) && fits;
       i = jv_object_iter_next(object, i)) {
    put_string(jv_object_iter_key(object, i), out);
    fits = write_jv(jv_object_iter_value(object, i), depth_left, max_bytes, out);
  }
  jv_free(object);
  return fits;
}

}  // namespace

jv read_jv(std::string_view& bytes) {
  switch (take<char>(bytes)) {
    case 't': return jv_true();
    case 'f': return jv_false();
    case 'd': return jv_number(take<double>(bytes));
    case 's': return take_string(bytes);
    case 'a': {
      const auto count = take<std::uint32_t>(bytes);
      jv array = jv_array_sized(static_cast<int>(std::max<std::uint32_t>(count, 1)));
      for (std::uint32_t i = 0; i < count; ++i) array = jv_array_append(array, read_jv(bytes));
      return array;
    }
    case 'o': {
      const auto count = take<std::uint32_t>(bytes);
      jv object = jv_object();
      for (std::uint32_t i = 0; i < count; ++i) {
        jv key = take_string(bytes);
        object = jv_object_set(object, key, read_jv(bytes));
      }
      return object;
    }
    default: return jv_null();
  }
}

bool write_jv(jv value, std::size_t max_depth, std::size_t max_bytes, std::string& out) {
  const jv_kind kind = jv_get_kind(value);
  const bool nested = kind == JV_KIND_ARRAY || kind == JV_KIND_OBJECT;
  if (out.size() > max_bytes || (nested && max_depth == 0)) {
    jv_free(value);
    return false;
  }
  switch (kind) {
    case JV_KIND_ARRAY: return put_array(value, max_depth - 1, max_bytes, out);
    case JV_KIND_OBJECT: return put_object(value, max_depth - 1, max_bytes, out);
    case JV_KIND_STRING:
      out += 's';
      put_string(value, out);
      return true;
    case JV_KIND_NUMBER: put_number(jv_number_value(value), out); break;
    case JV_KIND_TRUE: out += 't'; break;
    case JV_KIND_FALSE: out += 'f'; break;
    default: out += 'n';
  }
  jv_free(value);
  return true;
}

}  // namespace endure::workflow
