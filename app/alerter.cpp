#include "app/alerter.hpp"

#include "adapters/log.hpp"
#include "adapters/rest/encode.hpp"
#include "adapters/signature.hpp"
#include "engine/backoff.hpp"
#include "engine/limits.hpp"

#include <fmt/format.h>

#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <thread>
#include <utility>
#include <vector>

namespace lockstep::app {

namespace rest = adapters::rest;
namespace log = adapters::log;
using adapters::http_request;
using adapters::http_response;
using adapters::transport;

namespace {

using incident_id = std::pair<engine::sku_id, engine::version>;
using incidents = std::map<incident_id, engine::incident>;

constexpr std::string_view all_open = "incidents.open";
constexpr std::string_view opened = "incident.opened";
constexpr std::string_view ended = "incident.ended";

// One webhook. Its id is the same however often it is sent, so that a receiver knows a repeat.
struct message {
  std::string id;
  std::string body;
};

engine::time_point present() {
  return std::chrono::time_point_cast<engine::duration>(std::chrono::system_clock::now());
}

class writer {
 public:
  writer(std::string_view type, engine::time_point at) : to_(body_) {
    to_.begin_object();
    to_.member("type", type);
    to_.member("timestamp", at);
    to_.begin_object("data");
  }

  rest::json_text& data() { return to_; }

  std::string end() {
    to_.end_object();
    to_.end_object();
    return std::move(body_);
  }

 private:
  std::string body_;
  rest::json_text to_;
};

std::string sku_code(engine::sku_id sku, const engine::catalogue& known) {
  const auto* product = known.find(sku);
  return product == nullptr ? std::string{} : product->code;
}

// Between the thread that tells and the client's. An answer may come after the end.
struct inbox {
  std::mutex lock;
  std::condition_variable changed;
  std::optional<http_response> answer;
  bool stop = false;
};

} // namespace

struct alerter::state {
  state(const actors::node& source, adapters::http_client& sends, alert_counts& counted,
        alerter_options given)
      : node(source), client(sends), counts(counted), chosen(std::move(given)),
        retry(chosen.first_retry, chosen.longest_retry), thread([this] { run(); }) {}

  ~state() {
    {
      const std::lock_guard guard{in->lock};
      in->stop = true;
    }
    in->changed.notify_one();
    thread.join();
  }

  void run();
  [[nodiscard]] bool look_and_tell();
  [[nodiscard]] message name_all(const incidents& open);
  [[nodiscard]] message name_one(std::string_view type, const incident_id& id, const engine::incident& what);
  [[nodiscard]] bool deliver(const message& told);
  [[nodiscard]] std::optional<http_response> send(http_request request);
  [[nodiscard]] bool wait(std::chrono::microseconds time);

  const actors::node& node;
  adapters::http_client& client;
  alert_counts& counts;
  const alerter_options chosen;
  engine::backoff retry;
  std::minstd_rand random{std::random_device{}()};
  std::optional<incidents> told; // what the receiver knows; nothing: it was told nothing yet
  std::optional<std::pair<message, incidents>> first; // until it is taken
  bool failing = false;                               // said once
  bool refused = false; // the last message was, by a receiver that is there: others may be taken
  const std::shared_ptr<inbox> in = std::make_shared<inbox>();
  std::thread thread; // last: it uses all of the above
};

void alerter::state::run() {
  for (std::chrono::microseconds pause{0}; wait(pause);)
    pause = look_and_tell() ? std::chrono::microseconds{chosen.between_looks}
                            : retry.next(std::uniform_real_distribution{}(random));
}

// False when something could not be told: it is looked again after a while what there is to tell by then.
bool alerter::state::look_and_tell() {
  incidents open;
  for (const auto& each : node.incidents())
    open.emplace(incident_id{each.sku, each.incident.opened}, each.incident);
  if (!told) {
    if (!first) first = {name_all(open), open};
    counts.waiting = 1;
    if (!deliver(first->first)) return false;
    told = std::move(first->second);
  }
  std::vector<std::pair<std::string_view, incidents::value_type>> due;
  for (const auto& each : *told)
    if (!open.contains(each.first)) due.emplace_back(ended, each);
  for (const auto& each : open)
    if (!told->contains(each.first)) due.emplace_back(opened, each);
  counts.waiting = due.size();
  // One that is refused keeps none of the others.
  bool all = true;
  for (const auto& [type, about] : due) {
    const bool taken = deliver(name_one(type, about.first, about.second));
    if (!taken && !refused) return false;
    all = all && taken;
    if (!taken) continue;
    if (type == opened)
      told->insert(about);
    else
      told->erase(about.first);
    --counts.waiting;
  }
  return all;
}

message alerter::state::name_all(const incidents& open) {
  const auto known = node.catalogue();
  writer text{all_open, present()};
  text.data().member("open", static_cast<std::int64_t>(open.size()));
  text.data().begin_array("incidents");
  for (std::size_t named = 0; const auto& [id, what] : open) {
    if (++named > limits::incidents_per_alert_max) break;
    rest::put_incident(text.data(), sku_code(id.first, *known), what, *known);
  }
  text.data().end_array();
  return {fmt::format("open-{}", node.statistics().epoch), text.end()};
}

message alerter::state::name_one(std::string_view type, const incident_id& id, const engine::incident& what) {
  const auto known = node.catalogue();
  writer text{type, type == opened ? what.since : present()};
  text.data().begin_array("incidents");
  rest::put_incident(text.data(), sku_code(id.first, *known), what, *known);
  text.data().end_array();
  return {fmt::format("{}-{}-{}", type, static_cast<std::int64_t>(id.first), id.second), text.end()};
}

// As https://www.standardwebhooks.com says: the signature covers id, time and body.
bool alerter::state::deliver(const message& about) {
  const auto time = std::to_string(std::chrono::system_clock::to_time_t(std::chrono::system_clock::now()));
  http_request request;
  request.url = chosen.url;
  request.body = about.body;
  request.connect_timeout = request.total_timeout = limits::alert_timeout;
  request.headers = {
      {"Content-Type", "application/json"},
      {"webhook-id", about.id},
      {"webhook-timestamp", time},
      {"webhook-signature", "v1," + adapters::sign(*adapters::webhook_key(chosen.key.reveal()),
                                                   fmt::format("{}.{}.{}", about.id, time, about.body))}};
  const auto arrived = send(std::move(request));
  if (!arrived) return false;
  const auto& answer = *arrived;
  const bool taken = answer.ended == transport::answered && answer.status / 100 == 2;
  ++(taken ? counts.delivered : counts.failed);
  constexpr int request_timeout = 408;
  constexpr int too_many_requests = 429;
  refused = answer.ended == transport::answered && answer.status / 100 == 4 &&
            answer.status != request_timeout && answer.status != too_many_requests;
  if (taken) retry.reset();
  if (!taken && !failing) {
    const auto why =
        answer.ended == transport::answered ? fmt::format("answered {}", answer.status) : answer.what;
    log::write(log::level::error, "alerts-failing", "the receiver of alerts does not take them",
               {{"why", std::string_view{why}}});
  }
  if (taken && failing) log::write(log::level::info, "alerts-taken", "the receiver takes alerts again");
  failing = !taken;
  return taken;
}

// Nothing when it is time to stop.
std::optional<http_response> alerter::state::send(http_request request) {
  client.send(std::move(request), [to = in](http_response answer) {
    const std::lock_guard guard{to->lock};
    to->answer = std::move(answer);
    to->changed.notify_one();
  });
  std::unique_lock guard{in->lock};
  in->changed.wait(guard, [this] { return in->stop || in->answer; });
  return std::exchange(in->answer, std::nullopt);
}

// False when it is time to stop.
bool alerter::state::wait(std::chrono::microseconds time) {
  std::unique_lock guard{in->lock};
  return !in->changed.wait_for(guard, time, [this] { return in->stop; });
}

alerter::alerter(const actors::node& node, adapters::http_client& client, alert_counts& counts,
                 alerter_options chosen)
    : state_(std::make_unique<state>(node, client, counts, std::move(chosen))) {}

alerter::~alerter() = default;

} // namespace lockstep::app
