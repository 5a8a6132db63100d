#include "runtime/node.hpp"

#include <filesystem>
#include <optional>

#include "base/clock.hpp"
#include "base/log.hpp"
#include "config/address.hpp"
#include "runtime/cluster/cluster.hpp"
#include "runtime/http_caller.hpp"
#include "runtime/node_config.hpp"
#include "runtime/process_runner.hpp"
#include "runtime/secrets.hpp"
#include "runtime/sink_sender.hpp"

namespace endure {

// Declared from the inside out, so that what is destroyed first is what uses the rest.
class Node::Parts {
 public:
  explicit Parts(config::Config config) : config_(std::move(config)) {}
  ~Parts() { stop(); }

  Result<void> open(std::function<void(const Error&)> fatal);
  void stop();

  NodeFacts facts;

 private:
  Result<void> open_volume();
  decltype(ProcessRunnerConfig::reveal_secrets) revealer() const;
  Result<void> start_edges(const workflow::RunAbilities& abilities);
  Result<void> count_recovered();
  Result<void> make_cluster();
  Result<void> join_cluster();

  config::Config config_;
  std::string secret_key_;
  SystemClock clock_;
  std::unique_ptr<workflow::Expressions> expressions_;
  std::unique_ptr<persistence::Store> store_;
  std::unique_ptr<actors::Engine> engine_;
  std::optional<runtime::ResourceReader> resources_;
  std::optional<runtime::HttpCaller> http_caller_;
  std::optional<runtime::HttpCaller> program_caller_;  // of MCP servers that are programs
  std::optional<ProcessRunner> process_runner_;
  std::optional<runtime::SinkSender> sink_sender_;
  std::optional<cluster::Cluster> cluster_;
  std::optional<WorkerGateway> gateway_;
  std::optional<runtime::HttpServer> http_;
};

Result<void> Node::Parts::open(std::function<void(const Error&)> fatal) {
  const std::int64_t began_ms = clock_.steady_ms();
  expressions_ = workflow::make_expressions(expression_limits(config_));
  if (auto fine = check_ca_file(config_.http_client.ca_file); !fine) return fine;
  if (auto opened = open_volume(); !opened) return opened;
  auto key = runtime::open_secret_key(config_.data.folder);
  if (!key) return tl::make_unexpected(key.error());
  secret_key_ = std::move(*key);
  ProcessRunnerConfig processes = process_runner_config(config_);
  processes.reveal_secrets = revealer();
  actors::EngineConfig engine_settings = engine_config(config_);
  engine_settings.run = processes.programs.abilities;
  engine_settings.secret_key = secret_key_;
  auto engine =
      actors::make_engine(engine_settings, *store_, clock_, *expressions_, std::move(fatal));
  if (!engine) return tl::make_unexpected(engine.error());
  engine_ = std::move(*engine);
  process_runner_.emplace(processes, *engine_, clock_);
  process_runner_->start();
  if (auto started = start_edges(processes.programs.abilities); !started) return started;
  facts.ready_after_ms = clock_.steady_ms() - began_ms;
  return {};
}

// A process of `run` gets its secrets as a call does.
decltype(ProcessRunnerConfig::reveal_secrets) Node::Parts::revealer() const {
  auto of = http_caller_config(config_).secrets;
  of.key = secret_key_;
  return [secrets = runtime::Secrets(std::move(of))](
             const workflow::Json& request,
             WorkflowNumber number) -> tl::expected<RevealedRequest, workflow::Fault> {
    const auto values = std::make_shared<runtime::SecretValues>();
    auto revealed = secrets.reveal(request, number, *values);
    if (!revealed) return tl::make_unexpected(runtime::secret_fault(revealed.error()));
    RevealedRequest out;
    out.request = std::move(*revealed);
    if (values->empty()) return out;
    out.mask_output = [values](const workflow::Json& output) { return values->masked(output); };
    out.mask_fault = [values](const workflow::Fault& fault) { return values->masked(fault); };
    return out;
  };
}

Result<void> Node::Parts::open_volume() {
  std::error_code error;
  std::filesystem::create_directories(config_.data.folder, error);
  const auto folder = std::filesystem::absolute(config_.data.folder, error);
  if (error) return fail(Code::invalid, "cannot be made: " + error.message(), config_.data.folder);
  auto store = persistence::open_lmdb_store(store_config(config_));
  if (!store) return tl::make_unexpected(store.error());
  store_ = std::move(*store);
  facts.folder = folder.lexically_normal().string();
  facts.durability = config_.data.durability == config::Durability::full ? "full" : "relaxed";
  facts.epoch = store_->epoch();
  return count_recovered();
}

Result<void> Node::Parts::count_recovered() {
  const persistence::StoreStats stats = store_->stats();
  facts.workflows = stats.workflows;
  facts.timers = stats.timers;
  const auto queues = store_->queues();
  if (!queues) return tl::make_unexpected(queues.error());
  for (const persistence::QueueRow& queue : *queues) {
    facts.steps += queue.counts.ready + queue.counts.delayed;
    facts.dead_letters += queue.counts.dead;
  }
  return {};
}

namespace {

// The likeliest cause is another node on this machine.
Failure cannot_listen(Error error) {
  if (error.code == Code::io) {
    error.what +=
        "; if another node runs here, choose other ports with --listen and "
        "--worker-listen (port 0: any)";
  }
  return tl::make_unexpected(std::move(error));
}

}  // namespace

Result<void> Node::Parts::start_edges(const workflow::RunAbilities& abilities) {
  auto http = http_config(config_);
  if (!http) return tl::make_unexpected(http.error());
  http->run = abilities;
  http->resources = &resources_.emplace(resource_config(config_));
  if (auto made = make_cluster(); !made) return made;
  http->fellows = cluster_ ? &*cluster_ : nullptr;
  auto caller = http_caller_config(config_);
  caller.secrets.key = secret_key_;
  http_caller_.emplace(caller, *engine_);
  if (auto started = http_caller_->start(); !started) return started;
  if (config_.http_client.programs > 0) {
    caller.queue = "endure.mcp";
    caller.name = "endure-mcp";
    caller.concurrency = config_.http_client.programs;
    program_caller_.emplace(std::move(caller), *engine_);
    if (auto started = program_caller_->start(); !started) return started;
  }
  sink_sender_.emplace(sink_config(config_), *engine_, *store_, clock_);
  if (auto started = sink_sender_->start(); !started) return started;
  auto gateway = gateway_config(config_, store_->epoch());
  if (cluster_) gateway.others = [this] { return cluster_->worker_addresses(); };
  gateway_.emplace(std::move(gateway), *engine_, clock_);
  if (const auto started = gateway_->start(); !started) return cannot_listen(started.error());
  http_.emplace(*http, *engine_, *store_, *expressions_, clock_);
  if (const auto started = http_->start(); !started) return cannot_listen(started.error());
  facts.http = local_url(http->host, http_->port());
  facts.workers = gateway_->endpoint();
  if (auto joined = join_cluster(); !joined) return cannot_listen(joined.error());
  http_->set_ready(true);
  return {};
}

Result<void> Node::Parts::make_cluster() {
  if (config_.cluster.name.empty()) return {};
  auto settings = cluster_config(config_);
  if (!settings) return tl::make_unexpected(settings.error());
  cluster_.emplace(std::move(*settings), *engine_, *store_, clock_);
  return {};
}

// Once the edges are there: what other nodes pass on comes by the bridge from now on.
Result<void> Node::Parts::join_cluster() {
  if (!cluster_) return {};
  cluster_->serve([this](const http::Request& request) { return http_->answer(request); });
  cluster_->set_addresses(facts.http, facts.workers);
  if (auto started = cluster_->start(); !started) return started;
  facts.cluster = config_.node.name + " of " + config_.cluster.name;
  return {};
}

void Node::Parts::stop() {
  if (http_) {
    http_->set_ready(false);
    http_->stop();
  }
  if (gateway_) gateway_->stop();
  if (cluster_) cluster_->stop();
  if (http_caller_) http_caller_->stop();
  if (program_caller_) program_caller_->stop();
  if (sink_sender_) sink_sender_->stop();
  if (process_runner_) process_runner_->stop();
  http_.reset();
  gateway_.reset();
  http_caller_.reset();
  program_caller_.reset();
  sink_sender_.reset();
  process_runner_.reset();
  engine_.reset();   // the actors end, the journal is drained
  cluster_.reset();  // not before: the engine may still have answered it
  store_.reset();
  expressions_.reset();
}

Result<std::unique_ptr<Node>> Node::open(const config::Config& config,
                                         std::function<void(const Error&)> fatal) {
  auto parts = std::make_unique<Parts>(config);
  if (const auto opened = parts->open(std::move(fatal)); !opened) {
    return tl::make_unexpected(opened.error());
  }
  return std::unique_ptr<Node>(new Node(std::move(parts)));
}

Node::Node(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Node::~Node() = default;
const NodeFacts& Node::facts() const {
  return parts_->facts;
}
void Node::stop() {
  parts_->stop();
}

}  // namespace endure
