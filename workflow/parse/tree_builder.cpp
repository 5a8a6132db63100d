#include "workflow/parse/tree_builder.hpp"

#include <algorithm>
#include <utility>

namespace endure::workflow::parse {

namespace {

// Pointers are made of keys, so that a bound on keys bounds them too.
constexpr std::size_t max_key_bytes = 256;

}  // namespace

bool TreeBuilder::wants_key() const {
  return !open_.empty() && open_.back().part.json.is_object() && !open_.back().key;
}

void TreeBuilder::begin(Json json, int line, std::size_t anchor) {
  if (open_.size() >= limits_.max_depth) {
    refuse("values are nested more than " + std::to_string(limits_.max_depth) +
               " deep; split the definition or flatten its data",
           line);
  }
  open_.push_back({{std::move(json), {line, {}, {}}, 1}, anchor, std::nullopt, 0});
}

void TreeBuilder::end() {
  Open done = std::move(open_.back());
  open_.pop_back();
  add(std::move(done.part), done.anchor);
}

void TreeBuilder::key(std::string text, int line) {
  if (text.size() > max_key_bytes) {
    refuse("a key is longer than " + std::to_string(max_key_bytes) + " bytes", line);
  }
  open_.back().key = std::move(text);
  open_.back().key_line = line;
}

void TreeBuilder::scalar(Json value, int line, std::size_t anchor) {
  const std::size_t bytes =
      1 + (value.is_string() ? value.get_ref<const std::string&>().size() : 0);
  add({std::move(value), {line, {}, {}}, bytes}, anchor);
}

void TreeBuilder::alias(std::size_t anchor, int line) {
  const auto found = anchored_.find(anchor);
  if (found == anchored_.end()) refuse("an alias stands inside the value that it repeats", line);
  spend(found->second.bytes, line);
  add(found->second, 0);
}

void TreeBuilder::add(Part part, std::size_t anchor) {
  if (anchor != 0) {
    spend(part.bytes, part.lines.line);
    anchored_[anchor] = part;
  }
  if (open_.empty()) {
    root_ = std::move(part);
    return;
  }
  Open& parent = open_.back();
  parent.part.bytes += part.bytes;
  if (!parent.key) {
    parent.part.json.push_back(std::move(part.json));
    parent.part.lines.children.push_back(std::move(part.lines));
    return;
  }
  part.lines.line = parent.key_line;  // a member is found at its key
  if (parent.part.json.contains(*parent.key)) {
    note("the key `" + *parent.key + "` stands here a second time; keep one of the two",
         parent.key_line);
  }
  parent.part.bytes += parent.key->size();
  parent.part.json[*parent.key] = std::move(part.json);
  parent.part.lines.keys.push_back(*std::exchange(parent.key, std::nullopt));
  parent.part.lines.children.push_back(std::move(part.lines));
}

// Aliases that repeat aliases grow a small text into a huge document.
void TreeBuilder::spend(std::size_t bytes, int line) {
  repeated_bytes_ += bytes;
  if (repeated_bytes_ > limits_.max_bytes) {
    refuse("anchors and aliases make the document grow by more than " +
               std::to_string(limits_.max_bytes) + " bytes",
           line);
  }
}

void TreeBuilder::note(std::string what, int line) {
  constexpr std::size_t enough = 100;
  if (problems_.size() < enough) problems_.push_back({pointer(), line, std::move(what)});
}

void TreeBuilder::refuse(std::string what, int line) const {
  throw Refused{{pointer(), line, std::move(what)}};
}

std::string TreeBuilder::pointer() const {
  std::string text;
  for (const Open& open : open_) {
    if (open.part.json.is_array()) {
      text += "/" + std::to_string(open.part.json.size());
    } else if (open.key) {
      text += pointer_segment(*open.key);
    }
  }
  return text;
}

Document TreeBuilder::take() {
  Part root = root_ ? std::move(*root_) : Part{};
  return {std::move(root.json), std::move(root.lines), std::move(problems_)};
}

}  // namespace endure::workflow::parse
