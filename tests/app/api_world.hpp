// The real engine on the memory store with the real API in front of it, and callers who talk to it over
// sockets.
#pragma once

#include "actors/node.hpp"
#include "app/api/api_server.hpp"
#include "app/token.hpp"
#include "storage/memory/memory_store.hpp"
#include "tests/catch.hpp"
#include "tests/raw_http.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <fmt/format.h>

#include <memory>
#include <string>
#include <string_view>

namespace lockstep::tests {

struct api_answer {
  int status = 0;
  boost::json::value body; // null when it is no JSON
  raw_answer raw;

  // Member of the body, or of the problem it is.
  [[nodiscard]] std::string text(std::string_view name) const {
    return std::string{body.at(name).as_string()};
  }

  [[nodiscard]] std::int64_t number(std::string_view name) const { return body.at(name).as_int64(); }

  [[nodiscard]] std::string code() const { return text("code"); }

  [[nodiscard]] std::string pointer() const {
    return std::string{body.at("errors").at(0).at("pointer").as_string()};
  }
};

inline api_answer read_answer(raw_answer raw) {
  api_answer answer;
  answer.status = raw.status;
  boost::system::error_code failed;
  answer.body = boost::json::parse(raw.body, failed);
  if (failed) answer.body = nullptr;
  answer.raw = std::move(raw);
  return answer;
}

// One caller on one connection. A token is its caller's name in lower case; see api_world.
class api_caller {
 public:
  api_caller(std::uint16_t port, std::string token) : wire_(port), token_(std::move(token)) {}

  api_answer get(std::string_view target) { return send("GET", target, "", ""); }

  api_answer post(std::string_view target, std::string_view body, std::string_view key = "") {
    return send("POST", target, body, key.empty() ? "" : fmt::format("Idempotency-Key: {}\r\n", key));
  }

  api_answer put(std::string_view target, std::string_view body) { return send("PUT", target, body, ""); }

  // A movement that is meant to succeed, under a key of its own.
  api_answer move(std::string_view target, std::string_view body) {
    auto answer = post(target, body, fmt::format("{}-{}", token_, ++last_key_));
    INFO(target << ' ' << body << ": " << answer.raw.body);
    CHECK(answer.status / 100 == 2);
    return answer;
  }

  api_answer batch(std::string_view body) {
    return send("POST", "/v1/batch", body, "", "application/x-ndjson");
  }

  api_answer send(std::string_view method, std::string_view target, std::string_view body,
                  std::string headers, std::string_view type = "application/json") {
    if (!token_.empty()) headers += fmt::format("Authorization: Bearer {}\r\n", token_);
    if (!body.empty()) headers.append("Content-Type: ").append(type).append("\r\n");
    return read_answer(wire_.ask(request_text(method, target, body, headers)));
  }

  [[nodiscard]] raw_http& wire() { return wire_; }

 private:
  raw_http wire_;
  std::string token_;
  int last_key_ = 0;
};

inline app::api_options api_options_for_tests() {
  app::api_options options;
  options.listen.threads = 2;
  options.tokens = {{"all", {true, true, true}, app::sha256_hex("all")},
                    {"reader", {true, false, false}, app::sha256_hex("reader")},
                    {"writer", {false, true, false}, app::sha256_hex("writer")}};
  return options;
}

class api_world {
 public:
  explicit api_world(app::api_options options = api_options_for_tests(), actors::node_options engine = {},
                     std::unique_ptr<storage::store> store = storage::open_memory(storage::make_memory()))
      : node_(start_node(std::move(engine), std::move(store))), api_(*node_, std::move(options)) {
    const auto started = api_.start();
    INFO((started.has_value() ? "" : started.error().what));
    REQUIRE(started.has_value());
  }

  ~api_world() {
    api_.stop(std::chrono::seconds{5});
    node_->drain(std::chrono::seconds{5});
  }

  [[nodiscard]] api_caller caller(std::string token = "all") const { return {api_.port(), std::move(token)}; }

  [[nodiscard]] raw_http connect() const { return raw_http{api_.port()}; }

  [[nodiscard]] api_answer monitor(std::string_view target) const {
    return read_answer(raw_http{api_.monitor_port()}.ask(request_text("GET", target)));
  }

  // The value of the sample of that name and those labels; empty when there is none.
  [[nodiscard]] std::string metric(std::string_view sample) const {
    const auto text = monitor("/metrics").raw.body;
    const auto line = fmt::format("\n{} ", sample);
    const auto at = text.find(line);
    if (at == std::string::npos) return {};
    const auto begin = at + line.size();
    return text.substr(begin, text.find('\n', begin) - begin);
  }

  [[nodiscard]] actors::node& node() { return *node_; }

  [[nodiscard]] app::api_server& api() { return api_; }

  // A product with that many units.
  void stock(std::string_view sku, int units) const {
    auto all = caller();
    REQUIRE(all.put(fmt::format("/v1/products/{}", sku), R"({"title":"A product"})").status == 201);
    if (units == 0) return;
    const auto body = fmt::format(R"({{"sku":"{}","units":{}}})", sku, units);
    REQUIRE(all.post("/v1/receipts", body, fmt::format("opening-{}", sku)).status == 201);
  }

  [[nodiscard]] std::int64_t available(std::string_view sku) const {
    return caller().get(fmt::format("/v1/stock/{}", sku)).number("available");
  }

 private:
  static std::unique_ptr<actors::node> start_node(actors::node_options engine,
                                                  std::unique_ptr<storage::store> store) {
    auto started = actors::node::start(std::move(engine), std::move(store));
    REQUIRE(started.has_value());
    return std::move(*started);
  }

  std::unique_ptr<actors::node> node_;
  app::api_server api_;
};

} // namespace lockstep::tests
