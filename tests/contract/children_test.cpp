// Workflows that belong to a parent: created, or refused, by the parent's own transition; and rows
// for the mailboxes of other workflows.
#include "persistence/verify.hpp"
#include "tests/contract/volume_under_test.hpp"

using namespace endure;
using namespace endure::persistence;
using workflow::Phase;

namespace {

using Numbers = std::vector<WorkflowNumber>;

workflow::Snapshot child_snapshot(WorkflowNumber number, const workflow::Snapshot& parent) {
  auto child = sample_snapshot(number, 1, Phase::pending);
  child.name = {"test", parent.name.id + "." + std::to_string(number)};
  child.parent = workflow::Parent{parent.number, parent.name, 3, true, 1};
  return child;
}

ChildRow child_row(const workflow::Snapshot& child) {
  ChildRow row;
  row.workflow = child.number;
  row.name = child.name;
  row.snapshot = encode_snapshot(child);
  row.history = transition_to(child).history;
  row.start = {child.number * 10, encode_event(workflow::Started{})};
  row.refusal = {child.number * 10 + 1, encode_event(workflow::ChildEnded{3, "test/x", {}, {}})};
  return row;
}

Numbers children_of(Store& store, WorkflowNumber parent) {
  WorkflowFilter filter;
  filter.parent = parent;
  return list_all(store, filter, 1);
}

}  // namespace

TEST_CASE("a child is created with its parent's transition", "[children]") {
  VolumeUnderTest volume(each_kind());
  volume.must(DefinitionDeployed{{{"test", "sample", "1.0.0"}, "text", {1}}});
  Scripted parent(volume, 1);
  auto change = parent.next();
  const auto child = child_snapshot(2, parent.snapshot());
  change.children.push_back(child_row(child));
  change.children.push_back(child_row(child_snapshot(3, parent.snapshot())));
  change.arm_timers.push_back({{5}, 1, 1});
  parent.snapshot().timers.push_back({1, {5}});
  change.snapshot = encode_snapshot(parent.snapshot());
  volume.must(change);
  volume.reopen();

  CHECK(volume->find_workflow(child.name).value() == 2);
  const auto stored = volume->load_workflow(2).value();
  REQUIRE(stored);
  CHECK(stored->snapshot == encode_snapshot(child));
  REQUIRE(stored->mailbox.size() == 1);
  CHECK(stored->mailbox[0].sequence == 20);
  CHECK(volume->history(2, 0, 10).value().rows.size() == 1);
  CHECK(volume->live_workflows(Phase::pending, 0, 10).value() == Numbers{2, 3});
  CHECK(volume->mailbox_workflows(0, 10).value() == Numbers{2, 3});
  CHECK(children_of(*volume, 1) == Numbers{3, 2});
  CHECK(children_of(*volume, 2).empty());
  const auto listed = volume->list_workflows({}, std::nullopt, 10).value();
  REQUIRE(listed.rows.size() == 3);
  CHECK(listed.rows[1].parent == child.parent);
  CHECK_FALSE(listed.rows[2].parent);
  CHECK(volume->load_workflow(1).value()->mailbox.empty());
  if (const auto found = verify_store(*volume, 10)) {
    INFO((found->empty() ? "" : found->front().what));
    CHECK(found->empty());
  }
}

TEST_CASE("a child whose name is taken is refused in its parent's mailbox, and nothing else fails",
          "[children]") {
  VolumeUnderTest volume(each_kind());
  auto taken = sample_snapshot(9, 1);
  taken.name = {"test", "w-1.2"};
  volume.must(transition_to(taken));
  Scripted parent(volume, 1);
  auto change = parent.next();
  change.children.push_back(child_row(child_snapshot(2, parent.snapshot())));
  change.children.push_back(child_row(child_snapshot(3, parent.snapshot())));
  volume.must(change);
  volume.reopen();
  CHECK(volume->find_workflow({"test", "w-1.2"}).value() == 9);
  CHECK_FALSE(volume->load_workflow(2).value());
  CHECK(volume->load_workflow(3).value());
  const auto stored = volume->load_workflow(1).value();
  REQUIRE(stored->mailbox.size() == 1);
  CHECK(stored->mailbox[0].sequence == 21);
  CHECK(children_of(*volume, 1) == Numbers{3});
}

TEST_CASE("a transition that is refused creates no child", "[children]") {
  VolumeUnderTest volume(each_kind());
  Scripted parent(volume, 1);
  parent.step();
  auto change = parent.next();
  change.number += 5;
  auto snapshot = parent.snapshot();
  snapshot.transition = change.number;
  change.snapshot = encode_snapshot(snapshot);
  change.children.push_back(child_row(child_snapshot(2, parent.snapshot())));
  change.deliver.push_back({1, {99, encode_event(workflow::Started{})}});
  CHECK_FALSE(volume.commit_one(change));
  CHECK_FALSE(volume->load_workflow(2).value());
  CHECK(volume->mailbox_workflows(0, 10).value().empty());
}

TEST_CASE("a child is no child where it is malformed", "[children]") {
  VolumeUnderTest volume(each_kind());
  Scripted parent(volume, 1);
  auto change = parent.next();
  auto child = child_snapshot(2, parent.snapshot());
  child.phase = Phase::running;
  change.children.push_back(child_row(child));
  const auto result = volume.commit_one(change);
  REQUIRE_FALSE(result);
  CHECK(result.error().code == Code::invalid);
  CHECK_FALSE(volume->load_workflow(1).value());
}

TEST_CASE("a row for another workflow's mailbox is passed over where that one has ended or gone",
          "[children]") {
  VolumeUnderTest volume(each_kind());
  volume.must(transition_to(sample_snapshot(2, 1)));
  volume.must(transition_to(sample_snapshot(3, 1, Phase::completed)));
  Scripted sender(volume, 1);
  auto change = sender.next(Phase::completed);
  for (const WorkflowNumber to : {2, 3, 4}) {
    change.deliver.push_back({to, {50 + to, encode_event(workflow::CancelRequested{"x"})}});
  }
  volume.must(change);
  volume.reopen();
  CHECK(volume->mailbox_workflows(0, 10).value() == Numbers{2});
  CHECK(volume->load_workflow(2).value()->mailbox.at(0).sequence == 52);
}

TEST_CASE("a removed workflow leaves the index of children on both sides", "[children]") {
  VolumeUnderTest volume(each_kind());
  Scripted parent(volume, 1);
  auto change = parent.next(Phase::completed);
  auto child = child_snapshot(2, parent.snapshot());
  auto other = child_snapshot(3, parent.snapshot());
  change.children.push_back(child_row(child));
  change.children.push_back(child_row(other));
  volume.must(change);
  auto ended = child;
  ended.transition = 2;
  ended.phase = Phase::completed;
  volume.must(transition_to(ended, &child));
  volume.must(WorkflowRemoved{2});
  CHECK(children_of(*volume, 1) == Numbers{3});
  volume.must(WorkflowRemoved{1});
  CHECK(volume->load_workflow(3).value());
  auto last = other;
  last.transition = 2;
  last.phase = Phase::completed;
  volume.must(transition_to(last, &other));
  volume.must(WorkflowRemoved{3});
  CHECK(list_all(*volume, {}, 10).empty());
  if (const auto found = verify_store(*volume, 10)) CHECK(found->empty());
}
