#include "runtime/log.hpp"

#include <spdlog/logger.h>
#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>

#include <chrono>
#include <nlohmann/json.hpp>

#include "base/instant.hpp"

namespace endure {
namespace {

spdlog::level::level_enum level_of(Level level) {
  switch (level) {
    case Level::debug: return spdlog::level::debug;
    case Level::info: return spdlog::level::info;
    case Level::warning: return spdlog::level::warn;
    case Level::error: return spdlog::level::err;
  }
  return spdlog::level::info;
}

std::string wall_time() {
  const auto wall = std::chrono::system_clock::now().time_since_epoch();
  return to_rfc3339({std::chrono::duration_cast<std::chrono::milliseconds>(wall).count()});
}

Result<spdlog::sink_ptr> make_sink(const std::string& file) {
  if (file.empty()) return std::make_shared<spdlog::sinks::stderr_sink_mt>();
  try {
    return std::make_shared<spdlog::sinks::basic_file_sink_mt>(file);
  } catch (const spdlog::spdlog_ex& e) {
    return fail(Code::io, std::string("the log file cannot be opened: ") + e.what(), file);
  }
}

}  // namespace

std::string to_json_line(const std::string& time, Level level, std::string_view fact,
                         std::span<const Field> fields) {
  nlohmann::ordered_json line{{"time", time}, {"level", to_string(level)}, {"fact", fact}};
  for (const Field& field : fields) {
    auto& value = line[std::string(field.key)];
    value = field.value;
    if (field.kind != Field::Kind::text) {
      value = nlohmann::ordered_json::parse(field.value, nullptr, false);
    }
  }
  // Values may come from outside; bytes that are no UTF-8 are replaced rather than refused.
  return line.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

Result<void> open_log(const LogConfig& config) {
  const Result<spdlog::sink_ptr> sink = make_sink(config.file);
  if (!sink) return tl::make_unexpected(sink.error());
  const auto logger = std::make_shared<spdlog::logger>("endure", *sink);
  logger->set_pattern("%v");
  logger->set_level(spdlog::level::debug);  // set_log_level() has filtered already
  logger->flush_on(spdlog::level::debug);   // a fact that a crash swallows is worth nothing
  logger->set_error_handler([](const std::string&) {});  // a full disk must not end the node here
  set_log_level(config.level);
  set_log_sink([logger, json = config.json](Level level, std::string_view fact,
                                            std::span<const Field> fields) {
    const std::string time = wall_time();
    const std::string line =
        json ? to_json_line(time, level, fact, fields)
             : time + " " + std::string(to_string(level)) + " " + to_text(fact, fields);
    logger->log(level_of(level), spdlog::string_view_t(line));
  });
  return {};
}

void close_log() {
  set_log_sink({});
  set_log_level(Level::info);
}

}  // namespace endure
