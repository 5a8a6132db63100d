// Runs a fuzz target without libFuzzer: every seed as it is, then seeded mutations of the seeds.
// It knows nothing of coverage; it keeps the targets honest in every build. What it finds is
// reproduced by the same arguments.
//
//   fuzz_<name> EXECUTIONS SEED FOLDER
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

using Random = std::mt19937_64;

constexpr std::size_t longest = 4096;

std::size_t below(Random& random, std::size_t bound) {
  return bound == 0 ? 0 : static_cast<std::size_t>(random() % bound);
}

std::vector<std::string> read_seeds(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());  // the folder's own order differs between machines
  std::vector<std::string> seeds;
  for (const auto& file : files) {
    std::ifstream in(file, std::ios::binary);
    seeds.emplace_back(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
  }
  return seeds;
}

void mutate_once(std::string& text, const std::vector<std::string>& seeds, Random& random) {
  const auto at = below(random, text.size() + 1);
  const auto length = below(random, 16) + 1;
  switch (below(random, 6)) {
    case 0:  // another byte
      if (at < text.size()) text[at] = static_cast<char>(random());
      break;
    case 1: text.insert(at, 1, static_cast<char>(random())); break;
    case 2: text.erase(std::min(at, text.size()), length); break;
    case 3: text.insert(at, text.substr(below(random, text.size() + 1), length)); break;
    case 4: {  // a piece of another seed
      const auto& other = seeds[below(random, seeds.size())];
      text.insert(at, other.substr(below(random, other.size() + 1), length * 4));
      break;
    }
    default: {  // a byte that the languages give a meaning to
      static constexpr std::string_view special = "{}[]:,-'\"\n\t .$|&*!#%@()0123456789eE+\\/?<>=~";
      text.insert(at, 1, special[below(random, special.size())]);
    }
  }
  if (text.size() > longest) text.resize(longest);
}

void run(const std::string& text) {
  LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(text.data()), text.size());
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) {
    std::cerr << "usage: " << argv[0] << " EXECUTIONS SEED FOLDER\n";
    return 2;
  }
  const auto executions = std::strtoull(argv[1], nullptr, 10);
  Random random(std::strtoull(argv[2], nullptr, 10));
  const auto seeds = read_seeds(argv[3]);
  if (seeds.empty()) {
    std::cerr << argv[3] << " holds no seeds\n";
    return 2;
  }
  for (const auto& seed : seeds) run(seed);
  for (std::uint64_t i = 0; i < executions; ++i) {
    std::string text = seeds[below(random, seeds.size())];
    for (auto rounds = below(random, 8) + 1; rounds > 0; --rounds) {
      mutate_once(text, seeds, random);
    }
    run(text);
  }
  std::cout << seeds.size() << " seeds, " << executions << " mutations: no finding\n";
  return 0;
}
