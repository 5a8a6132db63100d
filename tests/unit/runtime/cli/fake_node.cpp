#include "tests/unit/runtime/cli/fake_node.hpp"

#include <httplib.h>

#include <mutex>
#include <sstream>
#include <thread>

#include "runtime/cli/cli.hpp"

namespace endure::test {

class FakeNode::Impl {
 public:
  Impl() {
    const auto handler = [this](const httplib::Request& request, httplib::Response& response) {
      handle(request, response);
    };
    server_.Get(".*", handler);
    server_.Post(".*", handler);
    port_ = server_.bind_to_any_port("127.0.0.1");
    thread_ = std::thread([this] { server_.listen_after_bind(); });
    // stop() before the server listens would be lost.
    while (!server_.is_running()) std::this_thread::yield();
  }

  ~Impl() {
    server_.stop();
    thread_.join();
  }

  void handle(const httplib::Request& request, httplib::Response& response) {
    const std::lock_guard lock(mutex_);
    requests_.push_back({request.method + " " + request.target, request.body,
                         request.get_header_value("Authorization")});
    auto& answers = answers_[request.method + " " + request.path];
    FakeAnswer answer{404, R"({"code": "not_found", "detail": "nothing here", "status": 404})",
                      "application/problem+json"};
    if (!answers.empty()) answer = answers.front();
    if (answers.size() > 1) answers.erase(answers.begin());
    response.status = answer.status;
    response.set_content(answer.body, answer.type);
  }

  httplib::Server server_;
  int port_ = 0;
  std::thread thread_;
  mutable std::mutex mutex_;
  std::map<std::string, std::vector<FakeAnswer>> answers_;
  std::vector<FakeRequest> requests_;
};

FakeNode::FakeNode() : impl_(std::make_unique<Impl>()) {}
FakeNode::~FakeNode() = default;

std::string FakeNode::url() const {
  return "http://127.0.0.1:" + std::to_string(impl_->port_);
}

void FakeNode::answer(const std::string& request, std::vector<FakeAnswer> answers) {
  const std::lock_guard lock(impl_->mutex_);
  impl_->answers_[request] = std::move(answers);
}

std::vector<FakeRequest> FakeNode::requests() const {
  const std::lock_guard lock(impl_->mutex_);
  return impl_->requests_;
}

CliRun run_cli(const FakeNode& node, std::vector<std::string> args, const std::string& input) {
  return run_cli_at(node.url(), std::move(args), input);
}

CliRun run_cli_at(const std::string& url, std::vector<std::string> args, const std::string& input,
                  std::map<std::string, std::string> variables) {
  Instant now;
  from_rfc3339("2026-01-31T12:00:00Z", now);
  ManualClock clock(now);
  std::istringstream in(input);
  std::ostringstream out, err;
  if (!url.empty()) variables["ENDURE_NODE"] = url;
  cli::Context context{in, out, err, std::move(variables), clock, {}, {}};
  const int code = cli::run(args, context);
  return {code, out.str(), err.str()};
}

}  // namespace endure::test
