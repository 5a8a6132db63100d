#include "runtime/run/process_run.hpp"

#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/log.hpp"

namespace endure::run {

using workflow::Fault;
using workflow::Json;
using workflow::Value;

namespace {

constexpr std::int64_t runtime_limit_ms = 20'000;

std::vector<std::string> own_environment() {
  std::vector<std::string> lines;
  for (char** item = environ; *item != nullptr; ++item) lines.emplace_back(*item);
  return lines;
}

// A folder that is there for the time of one process.
class TemporaryFolder {
 public:
  explicit TemporaryFolder(const std::string& in) : path_(in + "/endure-run-XXXXXX") {
    if (::mkdtemp(path_.data()) == nullptr) {
      error_ = std::strerror(errno);
      path_.clear();
    }
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  const std::string& path() const { return path_; }
  const std::string& error() const { return error_; }

 private:
  std::string path_;
  std::string error_;
};

bool write_script(const std::string& path, const std::string& text) {
  std::ofstream file(path, std::ios::binary);
  file << text;
  file.close();
  return file.good();
}

// Links count where they lead to: a script must lie below the folder whatever its name says.
std::optional<Fault> check_source(const std::string& source, const RunPrograms& programs) {
  std::error_code error;
  const auto path = std::filesystem::canonical(source, error);
  if (error) {
    return configuration_fault("The script " + source + " cannot be read: " + error.message() +
                               ".");
  }
  const std::string folder = programs.script_folder + "/";
  if (path.string().compare(0, folder.size(), folder) == 0) return std::nullopt;
  return configuration_fault("The script " + source + " does not lie below run.script_folder (" +
                             programs.script_folder + ").");
}

// What an attempt before this one left behind, when the node died over it.
void remove_leftovers(const ProcessPlan& plan, const RunContext& context) {
  auto listed = run_container_runtime(
      context.programs, {"ps", "--all", "--quiet", "--filter", "label=" + plan.container_label},
      context.clock);
  if (!listed) return;  // the run itself will say what is wrong
  std::istringstream ids(*listed);
  std::vector<std::string> arguments = {"rm", "--force"};
  for (std::string id; ids >> id;) arguments.push_back(id);
  if (arguments.size() > 2) {
    static_cast<void>(run_container_runtime(context.programs, std::move(arguments), context.clock));
  }
}

// Ending the runtime's program does not end the container.
void end_container(const ProcessPlan& plan, const RunContext& context) {
  const auto ended =
      run_container_runtime(context.programs, {"kill", plan.container_name}, context.clock);
  if (ended) return;
  log(Level::warning, "container could not be ended",
      {{"container", plan.container_name}, {"why", ended.error().what}});
}

tl::unexpected<Fault> cannot_run(const Error& error) {
  return tl::make_unexpected(configuration_fault("The process cannot be started: " + error.what));
}

}  // namespace

Result<std::string> run_container_runtime(const RunPrograms& programs,
                                          std::vector<std::string> arguments, Clock& clock) {
  ChildCommand command;
  command.argv = std::move(arguments);
  command.argv.insert(command.argv.begin(), programs.container_runtime);
  command.environment = own_environment();
  command.supervised = true;
  command.time_limit_ms = runtime_limit_ms;
  auto end = run_child(
      command, [] { return false; }, clock);
  if (!end) return Failure(end.error());
  if (end->how == ChildEnd::How::exited && end->code == 0) return std::move(end->output);
  return fail(Code::io, "'" + programs.container_runtime + " " + command.argv[1] +
                            "' failed: " + end->error_tail.substr(0, 500));
}

std::optional<OrFault<Value>> run_process(const Json& request, const actors::LeasedStep& step,
                                          const RunContext& context,
                                          const std::function<bool()>& cancelled) {
  const TemporaryFolder folder(context.temporary_folder);
  if (folder.path().empty()) {
    return OrFault<Value>(cannot_run({Code::io, "no folder for it: " + folder.error(), ""}));
  }
  auto plan = plan_process(request, step, context.programs, context.limits, folder.path(),
                           own_environment());
  if (!plan) return OrFault<Value>(tl::make_unexpected(std::move(plan).error()));
  if (!plan->source.empty()) {
    if (auto fault = check_source(plan->source, context.programs)) {
      return OrFault<Value>(tl::make_unexpected(*std::move(fault)));
    }
  }
  if (!plan->script_name.empty() &&
      !write_script(folder.path() + "/" + plan->script_name, plan->script)) {
    return OrFault<Value>(cannot_run({Code::io, "its script cannot be written", ""}));
  }
  const bool container = !plan->container_name.empty();
  if (container) remove_leftovers(*plan, context);
  auto end = run_child(plan->command, cancelled, context.clock);
  if (!end) return OrFault<Value>(cannot_run(end.error()));
  const bool was_ended = end->how != ChildEnd::How::exited && end->how != ChildEnd::How::signalled;
  if (container && was_ended) end_container(*plan, context);
  if (end->how == ChildEnd::How::cancelled) return std::nullopt;
  return outcome_of(request, *end, context.limits);
}

}  // namespace endure::run
