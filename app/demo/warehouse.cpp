#include "app/demo/warehouse.hpp"

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace lockstep::app::demo {

namespace json = boost::json;
using namespace std::chrono_literals;
using engine::error_code;
using engine::make_error;
using engine::result;

namespace {

constexpr std::size_t lines_per_request = 500;
constexpr auto again_after = 200ms; // an inspection waits for the shop's word of the return

std::string text_of(const json::object& object, std::string_view name) {
  const auto* found = object.if_contains(name);
  return found != nullptr && found->is_string() ? std::string{found->as_string()} : std::string{};
}

} // namespace

warehouse::warehouse(const std::vector<log_sku>& skus, std::vector<quantity> opening, std::string base_url,
                     secret token)
    : skus_(skus), opening_(std::move(opening)), api_(std::move(base_url), std::move(token)),
      shelves_(opening_), thread_([this] { work(); }) {}

warehouse::~warehouse() {
  {
    const std::lock_guard lock{mutex_};
    stopping_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void warehouse::write_off(std::uint32_t sku, quantity units, const std::string& reason) {
  {
    const std::lock_guard lock{mutex_};
    shelves_[sku] -= units; // nobody ships them meanwhile; they are put back when the engine refuses
  }
  add(task_kind::write_off, sku, units, reason);
}

void warehouse::find(std::uint32_t sku, quantity units, const std::string& reason) {
  add(task_kind::find, sku, units, reason);
}

void warehouse::take_return(std::uint32_t sku, quantity units) {
  add(task_kind::take_return, sku, units, "no order told");
}

void warehouse::inspect(std::uint32_t sku, quantity units) {
  add(task_kind::inspect, sku, units, {});
}

void warehouse::add(task_kind kind, std::uint32_t sku, quantity units, std::string reason) {
  {
    const std::lock_guard lock{mutex_};
    tasks_.push_back({kind, ++numbers_, sku, units, std::move(reason)});
  }
  changed_.notify_all();
}

quantity warehouse::pick(std::uint32_t sku, quantity wanted) {
  const std::lock_guard lock{mutex_};
  const auto picked = std::clamp<quantity>(shelves_[sku], 0, wanted);
  shelves_[sku] -= picked;
  return picked;
}

bool warehouse::wait_idle(std::chrono::steady_clock::time_point until) {
  std::unique_lock lock{mutex_};
  return changed_.wait_until(lock, until, [this] {
    return !failure_.empty() || (tasks_.empty() && again_.empty() && under_way_ == 0);
  }) && failure_.empty();
}

std::vector<quantity> warehouse::shelves() const {
  const std::lock_guard lock{mutex_};
  return shelves_;
}

warehouse_counts warehouse::counts() const {
  const std::lock_guard lock{mutex_};
  return counts_;
}

std::string warehouse::failure() const {
  const std::lock_guard lock{mutex_};
  return failure_;
}

void warehouse::work() {
  for (;;) {
    const auto batch = take_batch();
    if (batch.empty()) return;
    const auto told = tell(batch);
    {
      const std::lock_guard lock{mutex_};
      under_way_ = 0;
      if (!told) failure_ = told.error().what;
    }
    changed_.notify_all();
    if (!told) return;
  }
}

// Blocks until there is something to tell; empty: the end.
std::vector<warehouse::task> warehouse::take_batch() {
  std::unique_lock lock{mutex_};
  const auto has_work = [this] { return stopping_ || !tasks_.empty(); };
  if (again_.empty()) {
    changed_.wait(lock, has_work);
  } else {
    changed_.wait_for(lock, again_after, has_work);
  }
  if (stopping_) return {};
  if (tasks_.empty()) tasks_.swap(again_);
  std::vector<task> batch;
  while (!tasks_.empty() && batch.size() < lines_per_request) {
    batch.push_back(std::move(tasks_.front()));
    tasks_.pop_front();
  }
  under_way_ = batch.size();
  return batch;
}

std::string warehouse::encode(const std::vector<task>& batch) const {
  std::string lines;
  for (const auto& each : batch) {
    json::object line{{"key", fmt::format("warehouse/{}", each.number)}, {"sku", skus_[each.sku].code}};
    switch (each.kind) {
    case task_kind::write_off:
      line["op"] = "adjustment";
      line["change"] = -each.units;
      line["reason"] = each.reason;
      break;
    case task_kind::find:
      line["op"] = "adjustment";
      line["change"] = each.units;
      line["reason"] = each.reason;
      break;
    case task_kind::take_return:
      line["op"] = "return";
      line["units"] = each.units;
      line["note"] = each.reason;
      break;
    case task_kind::inspect:
      line["op"] = "inspection";
      line["sellable"] = each.units;
      break;
    }
    lines += json::serialize(line);
    lines += '\n';
  }
  return lines;
}

result<void> warehouse::tell(const std::vector<task>& batch) {
  const auto answer = api_.ask({"POST", "/v1/batch", "application/x-ndjson", encode(batch)});
  if (!answer) return answer.error();
  if (!answer->ok()) return make_error(error_code::refused, fmt::format("/v1/batch: {}", answer->reason()));
  std::string_view rest{answer->body};
  for (const auto& told : batch) {
    const auto end = std::min(rest.find('\n'), rest.size());
    judge(told, rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return {};
}

void warehouse::judge(const task& told, std::string_view line) {
  boost::system::error_code failed;
  const auto value = json::parse({line.data(), line.size()}, failed);
  const std::lock_guard lock{mutex_};
  if (failed || !value.is_object()) return refused(told, "unreadable");
  const auto& object = value.as_object();
  const auto outcome = text_of(object, "outcome");
  if (outcome == "done" || outcome == "repeated") return done(told);
  const auto* problem = object.if_contains("problem");
  refused(told,
          problem != nullptr && problem->is_object() ? text_of(problem->as_object(), "code") : "unreadable");
}

void warehouse::done(const task& told) {
  switch (told.kind) {
  case task_kind::write_off:
    ++counts_.written_off;
    counts_.written_off_units += told.units;
    break;
  case task_kind::find:
    ++counts_.found;
    counts_.found_units += told.units;
    shelves_[told.sku] += told.units;
    break;
  case task_kind::take_return:
    ++counts_.unlinked_returns;
    counts_.unlinked_units += told.units;
    tasks_.push_back({task_kind::inspect, ++numbers_, told.sku, told.units, {}});
    break;
  case task_kind::inspect:
    ++counts_.inspections;
    counts_.inspected_units += told.units;
    shelves_[told.sku] += told.units;
    break;
  }
}

// The engine was asked too early, or has no credits to spare: the same is asked again. Units that are
// promised to orders are not written off.
void warehouse::refused(const task& told, const std::string& code) {
  const bool too_early =
      told.kind == task_kind::inspect && (code == "below-zero" || code == "unknown-location");
  if (too_early || code == "overloaded" || code == "outcome-unknown" || code == "in-progress") {
    ++counts_.retries;
    again_.push_back(told);
    return;
  }
  if (told.kind == task_kind::write_off) {
    shelves_[told.sku] += told.units;
    if (code == "insufficient-stock" || code == "below-zero") {
      ++counts_.written_off_refused;
      counts_.written_off_refused_units += told.units;
      return;
    }
  }
  ++counts_.unexpected[code];
}

} // namespace lockstep::app::demo
