// What the console is given and what it may ask for. Everything outside it is a function, so that a test can
// drive the console over a real socket with no engine behind it.
#pragma once

#include "actors/answer.hpp"
#include "actors/console_cells.hpp"
#include "actors/fact_listener.hpp"
#include "actors/node.hpp"
#include "adapters/rest/identifier_scheme.hpp"
#include "engine/bundle.hpp"
#include "engine/limits.hpp"
#include "engine/listing_rule.hpp"
#include "engine/types.hpp"
#include "storage/store.hpp"

#include <caf/actor.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lockstep::actors {

struct console_context {
  std::string address = "127.0.0.1";
  std::uint16_t port = 0; // 0: any free one
  std::string token;      // never empty, never shown
  std::chrono::milliseconds login_timeout = limits::console_login_timeout;
  std::chrono::milliseconds answer_timeout = limits::console_answer_timeout;
  std::chrono::milliseconds close_timeout = limits::console_close_timeout;

  // Told of the actor whose end is the console's: reopen() then makes another. May be left out.
  std::function<void(const caf::actor&)> watch;

  // Asks main to drain and stop. Returns at once.
  std::function<void()> shutdown_asked;

  // These return at once; they are called on any thread of the console's.
  std::function<node_statistics()> statistics;
  std::function<std::optional<engine::sku_id>(std::string_view code)> find_sku;
  std::function<std::optional<engine::account_id>(std::string_view name)> find_account;
  std::function<std::string(engine::sku_id)> code_of;          // empty when unknown
  std::function<std::string(engine::account_id)> account_name; // empty when unknown
  std::function<std::string(engine::location_id)> location_code; // its number when unknown
  std::function<std::optional<engine::bundle>(engine::sku_id)> bundle_of; // its newest composition
  std::function<engine::account_rules(engine::account_id)> rules_of;
  std::function<std::uint16_t(answer_sink&)> add_sink;
  std::function<admission(submission)> submit;
  std::function<void(std::shared_ptr<fact_listener>)> listen; // from the next commit on
  std::function<void(std::shared_ptr<fact_listener>)> stop_listening;

  // These may block for some seconds; they are called on a thread of the console's own.
  std::function<result<std::vector<channel_status>>()> channels;
  std::function<result<std::vector<channel_difference>>(engine::account_id, std::size_t limit)> channel_diff;
  std::function<result<std::vector<account_explanation>>(engine::sku_id)> explain;
  std::function<result<std::vector<adapters::rest::lookup_match>>(std::string_view value)> look_up;
  std::function<result<void>(engine::account_id, channel_order)> order_channel;
  std::function<result<void>(engine::sku_id)> release_sku;
  std::function<result<std::vector<hot_sku>>(std::size_t limit)> top;
  std::function<std::vector<open_incident>()> incidents;
  // Takes a snapshot of every SKU that changed since its last; how many are durable.
  std::function<result<std::size_t>()> snapshot;
  std::function<result<std::unique_ptr<storage::reader>>()> open_reader;

  [[nodiscard]] console_names names() const { return {code_of, account_name, location_code}; }
};

} // namespace lockstep::actors
