#include "runtime/cli/verb.hpp"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include "runtime/cli/context.hpp"
#include "runtime/cli/report.hpp"

namespace endure::cli {
namespace {

template <class T>
Option add_option(CLI::App& app, std::string_view name, T& target, std::string_view help) {
  return Option(*app.add_option(std::string(name), target, std::string(help)));
}

}  // namespace

// -- options ----------------------------------------------------------------------

Option Option::required() const {
  return Option(*option_->required());
}

Option Option::shows_default() const {
  return Option(*option_->capture_default_str());
}

Option Option::one_of(std::initializer_list<const char*> values) const {
  return Option(*option_->check(CLI::IsMember(values)));
}

Option Option::range(int least, int most) const {
  return Option(*option_->check(CLI::Range(least, most)));
}

Option Option::range(double least, double most) const {
  return Option(*option_->check(CLI::Range(least, most)));
}

Option Option::excludes(Option other) const {
  return Option(*option_->excludes(other.option_));
}

Option Option::expected(int values) const {
  return Option(*option_->expected(values));
}

Option Option::take_all() const {
  return Option(*option_->take_all());
}

Option Option::no_extra_args() const {
  return Option(*option_->allow_extra_args(false));
}

// -- verbs ------------------------------------------------------------------------

Verb Verb::verb(std::string_view name, std::string_view summary, std::string_view examples) const {
  CLI::App* added = app_->add_subcommand(std::string(name), std::string(summary));
  added->footer("Examples:\n" + std::string(examples));
  return Verb(*added);
}

Verb Verb::group(std::string_view name, std::string_view summary) const {
  CLI::App* added = app_->add_subcommand(std::string(name), std::string(summary));
  added->require_subcommand(1);
  return Verb(*added);
}

Option Verb::option(std::string_view name, std::string& target, std::string_view help) const {
  return add_option(*app_, name, target, help);
}

Option Verb::option(std::string_view name, std::vector<std::string>& target,
                    std::string_view help) const {
  return add_option(*app_, name, target, help);
}

Option Verb::option(std::string_view name, int& target, std::string_view help) const {
  return add_option(*app_, name, target, help);
}

Option Verb::option(std::string_view name, std::int64_t& target, std::string_view help) const {
  return add_option(*app_, name, target, help);
}

Option Verb::option(std::string_view name, std::uint32_t& target, std::string_view help) const {
  return add_option(*app_, name, target, help);
}

Option Verb::option(std::string_view name, std::uint64_t& target, std::string_view help) const {
  return add_option(*app_, name, target, help);
}

Option Verb::option(std::string_view name, double& target, std::string_view help) const {
  return add_option(*app_, name, target, help);
}

Option Verb::flag(std::string_view name, bool& target, std::string_view help) const {
  return Option(*app_->add_flag(std::string(name), target, std::string(help)));
}

Option Verb::flag(std::string_view name, std::string_view help) const {
  return Option(*app_->add_flag(std::string(name))->description(std::string(help)));
}

void Verb::namespace_option(std::string& ns) const {
  option("-n,--namespace", ns, "The namespace, where the name does not begin with one")
      .shows_default();
}

void Verb::on_run(Context& context, std::function<int()> run) const {
  app_->callback([&context, run = std::move(run)] {
    try {
      context.exit_code = run();
    } catch (const ExitWith& end) {
      context.exit_code = end.code;
    }
  });
}

void Verb::hide() const {
  app_->group("");
}

std::string Verb::name() const {
  return app_->get_name();
}

std::vector<Verb> Verb::verbs() const {
  std::vector<Verb> all;
  for (CLI::App* app : app_->get_subcommands({})) all.emplace_back(*app);
  return all;
}

std::vector<std::string> Verb::long_options() const {
  std::vector<std::string> all;
  for (const CLI::Option* option : app_->get_options()) {
    for (const std::string& name : option->get_lnames()) all.push_back("--" + name);
  }
  return all;
}

}  // namespace endure::cli
