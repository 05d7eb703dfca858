// A marketplace for tests of the channel actor: an adapter whose requests and answers are lines of words, so
// that a test reads what was sent and writes what is answered.
//
//   write KEY item=value from expected ...      answered by one word per row: applied, stale, rejected,
//   not_applied read item ...                               answered by item=value ...; item=- for one
//   without a number list CURSOR                                 answered by item=value:sku@variant ...,
//   "next CURSOR" last when there is more orders CURSOR                               answered by
//   order=sku:units
//   ..., "next CURSOR" last when there is more
//
// Any answer may be a single word instead: throttled, unauthorized, retry, uncertain, repeat_key, new_key.
#pragma once

#include "adapters/channel.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <map>
#include <sstream>
#include <stdexcept>
#include <string>

namespace lockstep::tests {

class fake_adapter : public adapters::channel_adapter {
 public:
  adapters::capabilities able;
  engine::time_point order_time{}; // of every order told

  fake_adapter() {
    able.rows_per_write = 3;
    able.rows_per_read = 3;
    able.compare_and_set = true;
    able.settle = std::chrono::seconds{60};
    able.signal_lag = std::chrono::seconds{5};
  }

  [[nodiscard]] adapters::capabilities able_to() const override { return able; }

  [[nodiscard]] adapters::http_request encode_write(std::span<const adapters::write_row> rows,
                                                    std::string_view key, std::string_view) const override {
    std::string body = fmt::format("write {}", key);
    for (const auto& row : rows) {
      body += fmt::format(" {}={}", row.target.item, row.value);
      if (row.expected) body += fmt::format("/{}", *row.expected);
    }
    return request(body);
  }

  [[nodiscard]] adapters::write_result decode_write(const adapters::http_response& answer,
                                                    std::size_t) const override {
    adapters::write_result out;
    out.verdict = whole(answer.body);
    if (out.verdict != adapters::batch_verdict::judged) return out;
    std::istringstream words{answer.body};
    for (std::string word; words >> word;)
      out.rows.push_back({row_of(word), word});
    return out;
  }

  [[nodiscard]] adapters::http_request
  encode_read(std::span<const adapters::channel_item> items) const override {
    std::string body = "read";
    for (const auto& item : items)
      body += fmt::format(" {}", item.item);
    return request(body);
  }

  [[nodiscard]] adapters::read_result decode_read(const adapters::http_response& answer) const override {
    return shown(answer.body);
  }

  [[nodiscard]] adapters::http_request encode_list(std::string_view cursor) const override {
    return request(fmt::format("list {}", cursor));
  }

  [[nodiscard]] adapters::read_result decode_list(const adapters::http_response& answer) const override {
    return shown(answer.body);
  }

  [[nodiscard]] adapters::http_request encode_orders(engine::time_point since,
                                                     std::string_view cursor) const override {
    asked_since = since;
    return request(fmt::format("orders {}", cursor));
  }

  [[nodiscard]] adapters::orders_result decode_orders(const adapters::http_response& answer) const override {
    adapters::orders_result out;
    out.verdict = whole(answer.body);
    if (out.verdict != adapters::batch_verdict::judged) return out;
    std::istringstream words{answer.body};
    for (std::string word; words >> word;) {
      if (word == "next")
        words >> out.next_cursor;
      else
        out.orders.push_back(order(word));
    }
    return out;
  }

  [[nodiscard]] bool verify_webhook(std::span<const adapters::header>, std::string_view) const override {
    return false;
  }

  [[nodiscard]] engine::result<std::vector<adapters::order_message>>
  decode_webhook(std::span<const adapters::header>, std::string_view) const override {
    return engine::make_error(engine::error_code::malformed, "no webhooks here");
  }

  mutable engine::time_point asked_since{}; // of the last order page asked for

 private:
  static adapters::http_request request(std::string body) {
    adapters::http_request out;
    out.body = std::move(body);
    return out;
  }

  static adapters::batch_verdict whole(const std::string& text) {
    using enum adapters::batch_verdict;
    static const std::map<std::string, adapters::batch_verdict> words{
        {"throttled", throttled}, {"unauthorized", unauthorized}, {"retry", retry},
        {"uncertain", uncertain}, {"repeat_key", repeat_key},     {"new_key", new_key}};
    const auto found = words.find(text);
    return found == words.end() ? judged : found->second;
  }

  static adapters::row_verdict row_of(const std::string& word) {
    using enum adapters::row_verdict;
    if (word == "applied") return applied;
    if (word == "stale") return stale;
    if (word == "not_applied") return not_applied;
    return word == "rejected" ? rejected : uncertain;
  }

  static adapters::read_result shown(const std::string& text) {
    adapters::read_result out;
    out.verdict = whole(text);
    if (out.verdict != adapters::batch_verdict::judged) return out;
    std::istringstream words{text};
    for (std::string word; words >> word;) {
      if (word == "next") {
        words >> out.next_cursor;
        continue;
      }
      const auto equals = word.find('=');
      const auto at = word.find('@');
      adapters::shown item;
      if (at != std::string::npos) item.variant = word.substr(at + 1);
      word.resize(std::min(at, word.size()));
      const auto colon = word.find(':');
      item.target = {word.substr(0, equals), "here"};
      const auto value = word.substr(equals + 1, colon - equals - 1);
      if (value != "-") item.value = std::stol(value);
      if (colon != std::string::npos) item.sku = word.substr(colon + 1);
      out.items.push_back(std::move(item));
    }
    return out;
  }

  [[nodiscard]] adapters::order_message order(const std::string& word) const {
    const auto equals = word.find('=');
    const auto colon = word.find(':');
    adapters::order_message out;
    out.order_id = word.substr(0, equals);
    out.occurred_at = out.updated_at = order_time;
    adapters::order_line line;
    line.line_id = fmt::format("{}-1", out.order_id);
    line.sku = word.substr(equals + 1, colon - equals - 1);
    line.ordered = std::stol(word.substr(colon + 1));
    out.lines.push_back(std::move(line));
    return out;
  }
};

// Fails in the actor's own thread, as a fault of ours in an adapter would.
class failing_adapter final : public fake_adapter {
 public:
  explicit failing_adapter(int failures) : failures_left_(failures) {}

  [[nodiscard]] adapters::http_request encode_orders(engine::time_point since,
                                                     std::string_view cursor) const override {
    if (failures_left_.fetch_sub(1) > 0) throw std::runtime_error{"broken by the test"};
    return fake_adapter::encode_orders(since, cursor);
  }

 private:
  mutable std::atomic<int> failures_left_;
};

} // namespace lockstep::tests
