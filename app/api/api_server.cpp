#include "app/api/api_server.hpp"

#include "app/api/api_context.hpp"
#include "app/api/api_handler.hpp"
#include "app/api/monitor_handler.hpp"

#include <boost/asio/post.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <future>

namespace lockstep::app {

namespace {

using engine::error_code;
using engine::make_error;
using engine::result;
using namespace std::chrono_literals;

constexpr std::string_view caller_marketplace = "api";
// A store that cannot take the callers' accounts within this time cannot take work either.
constexpr auto start_timeout = 10s;

// Tells the thread that starts the server when its records are durable.
class record_waiter final : public actors::answer_sink {
 public:
  void deliver(std::vector<actors::answer> answers) noexcept override {
    for (const auto& each : answers) {
      if (!std::exchange(told_, true)) done_.set_value(each.kind);
    }
  }

  bool recorded() {
    auto answer = done_.get_future();
    return answer.wait_for(start_timeout) == std::future_status::ready &&
           answer.get() == actors::answer_kind::recorded;
  }

 private:
  std::promise<actors::answer_kind> done_;
  bool told_ = false;
};

} // namespace

// The order is that of destruction backwards: boxes go before the contexts of `intake` that their timers
// belong to.
struct api_server::parts {
  parts(actors::node& node, api_options options)
      : api(node, std::move(options), route_table().size() + 1), handler(api),
        intake(handler, api.options.listen), monitor_answers(api, intake),
        monitor(monitor_answers, api.options.monitor) {
    for (std::size_t i = 0; i < intake.threads(); ++i) {
      api.boxes.push_back(std::make_unique<answer_box>(intake.executor(i)));
      api.boxes.back()->set_sink(node.add_sink(*api.boxes.back()));
    }
  }

  ~parts() { api.boxes.clear(); }

  api_context api;
  api_handler handler;
  adapters::http_server intake;
  monitor_handler monitor_answers;
  adapters::http_server monitor;
  record_waiter accounts_recorded;

  result<void> make_accounts();
  void abandon_waiting();
};

// Callers are accounts: their facts say who they came from.
result<void> api_server::parts::make_accounts() {
  std::vector<storage::record> added;
  {
    const auto known = api.node.catalogue();
    auto next = static_cast<std::int32_t>(known->next_account());
    const auto& callers = api.tokens.callers();
    for (std::size_t i = 0; i < callers.size(); ++i) {
      const auto* account = known->find_account(callers[i].name);
      if (account != nullptr && account->marketplace != caller_marketplace) {
        return make_error(
            error_code::conflict,
            fmt::format("token '{}' has the name of a channel account: rename it", callers[i].name));
      }
      if (account == nullptr) {
        added.emplace_back(engine::account{engine::account_id{next++}, callers[i].name,
                                           std::string{caller_marketplace}, engine::account_mode::active});
      }
      api.tokens.set_account(i,
                             account != nullptr ? account->id : std::get<engine::account>(added.back()).id);
    }
  }
  if (added.empty()) return {};
  actors::ticket to;
  to.sink = api.node.add_sink(accounts_recorded);
  if (auto taken = api.node.record(std::move(added), to); !taken) return taken;
  if (!accounts_recorded.recorded())
    return make_error(error_code::unavailable, "the callers' accounts cannot be stored");
  return {};
}

void api_server::parts::abandon_waiting() {
  for (std::size_t i = 0; i < api.boxes.size(); ++i) {
    boost::asio::post(intake.executor(i), [box = api.boxes[i].get()] { box->abandon(); });
  }
}

api_server::api_server(actors::node& node, api_options options)
    : parts_(std::make_unique<parts>(node, std::move(options))) {}

api_server::~api_server() {
  stop(0ms);
}

result<void> api_server::start() {
  auto tokens = token_table::make(parts_->api.options.tokens);
  if (!tokens) return tokens.error();
  parts_->api.tokens = *std::move(tokens);
  if (auto accounts = parts_->make_accounts(); !accounts) return accounts;
  if (auto listening = parts_->intake.start(); !listening) return listening;
  return parts_->monitor.start();
}

std::uint16_t api_server::port() const {
  return parts_->intake.port();
}

std::uint16_t api_server::monitor_port() const {
  return parts_->monitor.port();
}

bool api_server::stop(std::chrono::milliseconds deadline) {
  parts_->monitor_answers.set_draining();
  const bool in_time = parts_->intake.drain(deadline);
  parts_->abandon_waiting();
  parts_->intake.stop();
  parts_->monitor.stop();
  return in_time;
}

} // namespace lockstep::app
