#include "workflow/expressions/jq_program.hpp"

#include "base/utf8.hpp"
#include "workflow/expressions/jq_values.hpp"

namespace endure::workflow {
namespace {

std::string text_of(jv text) {  // consumes it
  std::string copy(jv_string_value(text),
                   static_cast<std::size_t>(jv_string_length_bytes(jv_copy(text))));
  jv_free(text);
  return copy;
}

void cut(std::string& text, std::string_view part) {
  const auto at = text.find(part);
  if (at != std::string::npos) text.erase(at, part.size());
}

// jq's report without what belongs to its command line and without the echo of the source.
std::string tidy(std::string message) {
  cut(message, "jq: error: ");
  cut(message, " (Unix shell quoting issues?)");
  const auto place = message.find(" at <top-level>, line ");
  if (place != std::string::npos) {
    message.replace(place, std::string_view(" at <top-level>,").size(), " in");
  }
  const auto echo = message.find(":\n");
  return message.substr(0, echo == std::string::npos ? message.find('\n') : echo);
}

// The text of an uncaught error, which may be any value (`error({code: 1})`).
std::string error_text(jv message) {  // consumes it
  if (jv_get_kind(message) == JV_KIND_STRING) return text_of(message);
  return "not a string: " + text_of(jv_dump_string(message, 0));
}

// An error may quote any amount of data.
std::string shorten(std::string text) {
  constexpr std::size_t longest = 2000;
  if (text.size() <= longest) return text;
  return std::string(utf8_start(text, longest)) + "…";
}

}  // namespace

JqProgram::JqProgram(const std::string& source, void (*on_no_memory)(void*)) : jq_(jq_init()) {
  if (jq_ == nullptr) on_no_memory(nullptr);
  // jq 1.6 leaves these unset in a new state; each must be given before anything runs.
  jq_set_nomem_handler(jq_, on_no_memory, nullptr);
  jq_set_input_cb(jq_, nullptr, nullptr);
  jq_set_debug_cb(jq_, nullptr, nullptr);
  jq_set_error_cb(jq_, &JqProgram::on_message, this);
  // Without a library path, `include` gives an error; without the attribute, it would abort.
  jq_set_attr(jq_, jv_string("JQ_LIBRARY_PATH"), jv_array());
  compiled_ = jq_compile(jq_, source.c_str()) != 0;
  if (!compiled_ && error_.empty()) error_ = "jq cannot compile this";
}

JqProgram::~JqProgram() {
  jq_teardown(&jq_);
}

void JqProgram::on_message(void* self, jv message) {
  auto& error = static_cast<JqProgram*>(self)->error_;
  const std::string text = text_of(jq_format_error(message));
  if (error.empty()) error = shorten(tidy(text));
}

wire::Answer JqProgram::run(std::string_view input, std::size_t max_depth, std::size_t max_bytes) {
  using Status = wire::Answer::Status;
  wire::Answer answer{Status::ok, {}};
  jq_start(jq_, read_jv(input), 0);
  jv result = jq_next(jq_);
  if (jv_is_valid(result)) {
    if (!write_jv(result, max_depth, max_bytes, answer.body) || answer.body.size() > max_bytes) {
      answer = {Status::failed, "the result is larger than " + std::to_string(max_bytes) +
                                    " bytes or nested deeper than " + std::to_string(max_depth)};
    }
  } else if (jv_invalid_has_msg(jv_copy(result))) {
    answer = {Status::failed, shorten(error_text(jv_invalid_get_msg(result)))};
  } else {
    jv_free(result);
  }
  // Frees what this run holds; the state itself stays compiled.
  jq_start(jq_, jv_null(), 0);
  return answer;
}

std::shared_ptr<JqProgram> JqProgramCache::get(const std::string& source) {
  if (const auto found = by_source_.find(source); found != by_source_.end()) {
    entries_.splice(entries_.begin(), entries_, found->second);
    return found->second->program;
  }
  auto program = std::make_shared<JqProgram>(source, on_no_memory_);
  if (!program->compiled()) return program;
  if (entries_.size() >= capacity_) {
    by_source_.erase(entries_.back().source);
    entries_.pop_back();
  }
  entries_.push_front({source, program});
  by_source_.emplace(entries_.front().source, entries_.begin());
  return program;
}

}  // namespace endure::workflow
