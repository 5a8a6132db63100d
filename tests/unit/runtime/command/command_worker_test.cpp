#include "runtime/command_worker.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <thread>

#include "persistence/codec.hpp"
#include "runtime/command/step_run.hpp"
#include "runtime/worker_gateway.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/fake_engine.hpp"

using namespace endure;
using endure::testing::FakeEngine;
using endure::testing::make_step;
using Json = nlohmann::json;

namespace {

// The end of a step whose program is this shell script.
StepEnd end_of(const std::string& script, CommandWorkerConfig config = {}) {
  SystemClock clock;
  config.command = {"sh", "-c", script};
  gateway::Work work{"token",
                     "agents",
                     "post-1",
                     "enrich",
                     "/do/0/enrich",
                     2,
                     "key-1",
                     persistence::encode_value(workflow::Value(Json({{"n", 20}}))),
                     std::make_shared<std::atomic<bool>>(false)};
  const std::atomic<bool> cut_off{false};
  return run_step(config, work, cut_off, clock);
}

Json result_of(const std::string& script) {
  const auto end = end_of(script);
  REQUIRE(std::holds_alternative<std::string>(end));
  return **persistence::decode_value(std::get<std::string>(end));
}

gateway::WorkFailure failure_of(const std::string& script, CommandWorkerConfig config = {}) {
  const auto end = end_of(script, std::move(config));
  REQUIRE(std::holds_alternative<gateway::WorkFailure>(end));
  return std::get<gateway::WorkFailure>(end);
}

// A command worker as a process of its own, and a node for it. Its program is a shell script, to
// which $0 is a folder of its own.
class Process {
 public:
  explicit Process(const std::string& script, std::uint32_t capacity = 2) {
    char folder[] = "/tmp/endure-test-XXXXXX";
    REQUIRE(::mkdtemp(folder) != nullptr);
    folder_ = folder;
    CommandWorkerConfig config;
    config.address = "ipc://" + folder_ + "/socket";
    config.name = "sh-worker";
    config.queues = {"enrich"};
    config.capacity = capacity;
    config.command = {"sh", "-c", script, folder_};
    pid_ = ::fork();  // before this process has threads; the worker waits for its node
    if (pid_ == 0) ::_exit(run_command_worker(config));
    WorkerGatewayConfig gateway_config;
    gateway_config.bind = config.address;
    gateway_ = std::make_unique<WorkerGateway>(gateway_config, engine, clock_);
    REQUIRE(gateway_->start());
  }
  ~Process() {
    if (pid_ > 0) {
      ::kill(pid_, SIGKILL);
      ::waitpid(pid_, nullptr, 0);
    }
    gateway_->stop();
    std::filesystem::remove_all(folder_);
  }
  void signal(int number) const { ::kill(pid_, number); }
  // Waits until the script has made the file `begun` in its folder.
  bool has_begun() const {
    SystemClock clock;
    const std::int64_t until_ms = clock.steady_ms() + 20'000;
    while (!std::filesystem::exists(folder_ + "/begun")) {
      if (clock.steady_ms() > until_ms) return false;
      std::this_thread::yield();
    }
    return true;
  }
  int exit_code() {
    int status = 0;
    ::waitpid(std::exchange(pid_, -1), &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

  FakeEngine engine;

 private:
  SystemClock clock_;
  std::string folder_;
  pid_t pid_ = -1;
  std::unique_ptr<WorkerGateway> gateway_;
};

}  // namespace

TEST_CASE("a program reads the arguments as JSON and writes the result as JSON") {
  CHECK(result_of("cat") == Json({{"n", 20}}));
  CHECK(result_of("echo '[1, null, \"x\"]'") == Json({1, nullptr, "x"}));
}

TEST_CASE("a program that writes nothing has the result null") {
  CHECK(result_of("exit 0") == nullptr);
  CHECK(result_of("echo") == nullptr);
}

TEST_CASE("a program knows its step from the environment") {
  CHECK(result_of("printf '\"%s %s %s %s %s %s\"' $ENDURE_NAMESPACE $ENDURE_WORKFLOW $ENDURE_QUEUE "
                  "$ENDURE_TASK $ENDURE_ATTEMPT $ENDURE_IDEMPOTENCY_KEY") ==
        "agents post-1 enrich /do/0/enrich 2 key-1");
}

TEST_CASE("the exit code says whether to try again, and stderr why") {
  const auto passing = failure_of("echo 'rate limited' >&2; exit 75");
  CHECK(passing.retryable);
  CHECK(passing.title == "the program ended with code 75");
  CHECK(passing.detail == "rate limited\n");
  CHECK(failure_of("exit 1").retryable);
  CHECK_FALSE(failure_of("exit 65").retryable);
  CHECK(failure_of("kill -KILL $$").retryable);
}

TEST_CASE("output that is no JSON, or too much of it, fails for good") {
  const auto no_json = failure_of("echo '{\"half\": '");
  CHECK_FALSE(no_json.retryable);
  CHECK(no_json.detail == "{\"half\": \n");
  CHECK_FALSE(failure_of("printf '\"\\377\"'").retryable);
  CommandWorkerConfig config;
  config.max_output_bytes = 10;
  CHECK_FALSE(failure_of("echo '\"more than ten bytes\"'", config).retryable);
}

TEST_CASE("a program over its time is retried") {
  CommandWorkerConfig config;
  config.time_limit_ms = 20;
  const auto late = failure_of("sleep 60", config);
  CHECK(late.retryable);
  CHECK(late.status == 408);
}

TEST_CASE("stderr of another encoding does not spoil the error") {
  CHECK(failure_of("printf 'caf\\351' >&2; exit 1").detail == "caf\xef\xbf\xbd");
}

TEST_CASE("a command worker serves its queue until SIGTERM") {
  Process worker("cat");
  for (WorkflowNumber n = 1; n <= 5; ++n) {
    worker.engine.push_step(
        make_step("enrich", n, persistence::encode_value(workflow::Value(Json(n)))));
  }
  REQUIRE(worker.engine.wait_until([](const auto& c) { return c.completed.size() == 5; }, 20'000));
  CHECK(worker.engine.calls().attached[0].worker == "sh-worker");
  worker.signal(SIGTERM);
  CHECK(worker.exit_code() == 0);
  CHECK(worker.engine.wait_until([](const auto& c) { return c.detached.size() == 1; }));
  CHECK_FALSE(worker.engine.calls().detached[0].lost);
}

TEST_CASE("SIGTERM lets the running program end and hands back the rest") {
  Process worker("touch $0/begun; sleep 0.3; echo 1", 1);
  worker.engine.push_step(make_step("enrich", 1));
  REQUIRE(worker.has_begun());
  worker.signal(SIGTERM);
  CHECK(worker.exit_code() == 0);
  CHECK(worker.engine.calls().completed.size() == 1);
}

TEST_CASE("a second signal kills the program and hands its step back") {
  Process worker("touch $0/begun; exec sleep 60", 1);
  worker.engine.push_step(make_step("enrich", 1));
  REQUIRE(worker.has_begun());
  worker.signal(SIGTERM);
  worker.signal(SIGINT);
  CHECK(worker.exit_code() == 1);
  CHECK(worker.engine.wait_until([](const auto& c) { return c.detached.size() == 1; }));
  CHECK(worker.engine.calls().failed.empty());
  CHECK(worker.engine.ready_steps("enrich") == 1);
}

TEST_CASE("a wrong configuration is said, with exit code 2") {
  CommandWorkerConfig config;
  CHECK(run_command_worker(config) == 2);
  config.command = {"true"};
  CHECK(run_command_worker(config) == 2);
  config.queues = {"no/queue"};
  CHECK(run_command_worker(config) == 2);
}
