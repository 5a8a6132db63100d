#include "benchmarks/native_node.hpp"

#include <cstdio>
#include <cstdlib>
#include <utility>

#include "persistence/lmdb/lmdb_store.hpp"

namespace endure::benchmarks {

Result<std::unique_ptr<NativeNode>> NativeNode::open(const std::string& folder,
                                                     actors::EngineConfig config) {
  std::unique_ptr<NativeNode> node(new NativeNode);
  node->expressions_ = workflow::make_expressions();
  persistence::LmdbConfig volume;
  volume.folder = folder;
  auto store = persistence::open_lmdb_store(volume);
  if (!store) return Failure{store.error()};
  node->store_ = std::move(*store);
  auto engine = actors::make_engine(
      std::move(config), *node->store_, node->clock_, *node->expressions_, [](const Error& error) {
        std::fprintf(stderr, "endure bench: %s\n", error.what.c_str());
        std::abort();
      });
  if (!engine) return Failure{engine.error()};
  node->engine_ = std::move(*engine);
  return node;
}

Result<void> NativeNode::deploy(const std::string& source) {
  using Deployed = std::shared_ptr<const workflow::Definition>;
  const auto deployed = reply_of<Deployed>([&](actors::Reply<Deployed> reply) {
    engine_->deploy(workflow::SourceFormat::yaml, source, std::move(reply));
  });
  if (!deployed) return Failure{deployed.error()};
  return {};
}

}  // namespace endure::benchmarks
