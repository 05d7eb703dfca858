#include "app/demo/courier.hpp"

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
constexpr auto again_after = 200ms;

std::string text_of(const json::object& object, std::string_view name) {
  const auto* found = object.if_contains(name);
  return found != nullptr && found->is_string() ? std::string{found->as_string()} : std::string{};
}

bool is_busy(std::string_view code) {
  return code == "overloaded" || code == "outcome-unknown" || code == "in-progress";
}

} // namespace

courier::courier(std::string base_url, secret token)
    : api_(std::move(base_url), std::move(token)), thread_([this] { work(); }) {}

courier::~courier() {
  {
    const std::lock_guard lock{mutex_};
    stopping_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void courier::send(movement_message message) {
  {
    const std::lock_guard lock{mutex_};
    waiting_.push_back({++numbers_, std::move(message)});
  }
  changed_.notify_all();
}

bool courier::wait_idle(std::chrono::steady_clock::time_point until) {
  std::unique_lock lock{mutex_};
  return changed_.wait_until(lock, until, [this] {
    return !failure_.empty() || (waiting_.empty() && again_.empty() && under_way_ == 0);
  }) && failure_.empty();
}

std::map<std::string, std::size_t, std::less<>> courier::unexpected() const {
  const std::lock_guard lock{mutex_};
  return unexpected_;
}

std::string courier::failure() const {
  const std::lock_guard lock{mutex_};
  return failure_;
}

void courier::work() {
  for (;;) {
    auto batch = take_batch();
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
std::vector<courier::parcel> courier::take_batch() {
  std::unique_lock lock{mutex_};
  const auto has_work = [this] { return stopping_ || !waiting_.empty(); };
  if (again_.empty()) {
    changed_.wait(lock, has_work);
  } else {
    changed_.wait_for(lock, again_after, has_work);
  }
  if (stopping_) return {};
  if (waiting_.empty()) waiting_.swap(again_);
  std::vector<parcel> batch;
  while (!waiting_.empty() && batch.size() < lines_per_request) {
    batch.push_back(std::move(waiting_.front()));
    waiting_.pop_front();
  }
  under_way_ = batch.size();
  return batch;
}

result<void> courier::tell(std::vector<parcel>& batch) {
  std::string lines;
  for (const auto& each : batch) {
    auto line = each.message.line;
    line["key"] = fmt::format("courier/{}", each.number);
    lines += json::serialize(line);
    lines += '\n';
  }
  const auto answer = api_.ask({"POST", "/v1/batch", "application/x-ndjson", std::move(lines)});
  if (!answer) return answer.error();
  if (!answer->ok()) return make_error(error_code::refused, fmt::format("/v1/batch: {}", answer->reason()));
  std::string_view rest{answer->body};
  for (auto& told : batch) {
    const auto end = std::min(rest.find('\n'), rest.size());
    judge(told, rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return {};
}

void courier::judge(parcel& told, std::string_view line) {
  boost::system::error_code failed;
  const auto value = json::parse({line.data(), line.size()}, failed);
  if (failed || !value.is_object()) return refused(told, "unreadable");
  const auto& object = value.as_object();
  const auto outcome = text_of(object, "outcome");
  if (outcome == "done" || outcome == "repeated") {
    if (told.message.done) told.message.done();
    return;
  }
  const auto* problem = object.if_contains("problem");
  refused(told,
          problem != nullptr && problem->is_object() ? text_of(problem->as_object(), "code") : "unreadable");
}

// An engine that is busy is asked the same again.
void courier::refused(parcel& told, std::string_view code) {
  auto as = refused_as::unexpected;
  if (is_busy(code))
    as = refused_as::too_early;
  else if (told.message.refused)
    as = told.message.refused(code);
  const std::lock_guard lock{mutex_};
  if (as == refused_as::too_early)
    again_.push_back(std::move(told));
  else if (as == refused_as::unexpected)
    ++unexpected_[std::string{code}];
}

} // namespace lockstep::app::demo
