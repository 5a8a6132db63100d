// The command line's grammar: verbs, their options, and what runs. All of CLI11 that the verbs'
// files see, since its templates would cost seconds of compilation in each of them.
#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace endure::cli {

struct Context;

// An option that was added to a verb. A handle, valid as long as the command line.
class Option {
 public:
  explicit Option(CLI::Option& option) : option_(&option) {}

  Option required() const;
  Option shows_default() const;  // in the help: what its target holds now
  Option one_of(std::initializer_list<const char*> values) const;
  Option range(int least, int most) const;
  Option range(double least, double most) const;
  Option excludes(Option other) const;

  // Of a list:
  Option expected(int values) const;  // behind each mention, rather than as many as there are
  Option take_all() const;            // the values of all mentions
  Option no_extra_args() const;       // also no `--` is taken for one

 private:
  CLI::Option* option_;
};

// A verb, a group of verbs, or `endure` itself, the group of all. A handle, valid as long as the
// command line.
class Verb {
 public:
  explicit Verb(CLI::App& app) : app_(&app) {}

  // A verb of this group, without action yet: options are added to it, then on_run(). `examples`
  // are lines of its help.
  Verb verb(std::string_view name, std::string_view summary, std::string_view examples) const;
  // A verb that only groups others: `queue` of `queue list`.
  Verb group(std::string_view name, std::string_view summary) const;

  // `name` is "--long", "-s,--long", or "NAME" of one that stands by its place. The target is
  // written when the command line is read, and must live until the verb has run.
  Option option(std::string_view name, std::string& target, std::string_view help) const;
  Option option(std::string_view name, std::vector<std::string>& target,
                std::string_view help) const;
  Option option(std::string_view name, int& target, std::string_view help) const;
  Option option(std::string_view name, std::int64_t& target, std::string_view help) const;
  Option option(std::string_view name, std::uint32_t& target, std::string_view help) const;
  Option option(std::string_view name, std::uint64_t& target, std::string_view help) const;
  Option option(std::string_view name, double& target, std::string_view help) const;
  Option flag(std::string_view name, bool& target, std::string_view help) const;
  Option flag(std::string_view name, std::string_view help) const;  // may be given, changes nothing
  // `-n`, `--namespace`; the default is what `ns` holds.
  void namespace_option(std::string& ns) const;

  // `run` gives the exit code; ExitWith, thrown in it, ends it earlier.
  void on_run(Context& context, std::function<int()> run) const;
  void hide() const;  // from the help

  // -- what was added, for completion and for help with a mistyped verb --
  std::string name() const;
  std::vector<Verb> verbs() const;
  std::vector<std::string> long_options() const;  // of a verb, with their dashes

 private:
  CLI::App* app_;
};

}  // namespace endure::cli
