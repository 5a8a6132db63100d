// raise: the task fails with the error that it describes.
#include "workflow/interpreter/tasks.hpp"
#include "workflow/interpreter/text.hpp"

namespace endure::workflow::interpreter {

Move begin(Machine& machine, Branch& branch, const RaiseTask& task) {
  const Site site = machine.top_site(branch);
  const Value& input = branch.frames.back().input;
  const auto text = [&](const Template& part, std::string& out) -> Evaluated<void> {
    auto value = machine.evaluator.render(part, input, site);
    if (!value) return tl::make_unexpected(std::move(value).error());
    if (!value->is_null()) out = to_text(value->json());
    return {};
  };

  Fault fault;
  auto rendered = text(task.error.type, fault.type);
  if (rendered && task.error.title) rendered = text(*task.error.title, fault.title);
  if (rendered && task.error.detail) rendered = text(*task.error.detail, fault.detail);
  if (rendered && task.error.instance) rendered = text(*task.error.instance, fault.instance);
  if (!rendered) return Raised{std::move(rendered).error()};

  auto status = machine.evaluator.render(task.error.status, input, site);
  if (!status) return Raised{std::move(status).error()};
  if (fault.type.empty() || !(*status)->is_number_integer()) {
    return Raised{standard_fault(Standard::expression,
                                 "An error needs a type, which is a URI, and a status, which is an "
                                 "integer; got type `" +
                                     fault.type + "` and status " + to_text(status->json()) + ".")};
  }
  fault.status = (*status)->get<int>();
  return Raised{std::move(fault)};
}

}  // namespace endure::workflow::interpreter
