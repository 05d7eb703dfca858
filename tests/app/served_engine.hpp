// The real daemon over an installation, and questions to it.
#pragma once

#include "tests/app/installation.hpp"
#include "tests/comes_true.hpp"
#include "tests/raw_http.hpp"

#include <chrono>
#include <csignal>
#include <thread>

namespace lockstep::tests {

class served_engine {
 public:
  // Ready when this returns.
  explicit served_engine(const installation& here, const std::vector<std::string>& more = {},
                         const std::vector<std::string>& under = {})
      : head_("Authorization: Bearer " + here.token_text() + "\r\nContent-Type: application/json\r\n"),
        program_(words(here.run_words(), more), {}, under), at_(wait_until_ready(program_)) {}

  [[nodiscard]] background_program& program() { return program_; }

  [[nodiscard]] std::string url() const { return fmt::format("http://127.0.0.1:{}", at_.http); }

  [[nodiscard]] raw_http connect() const { return raw_http{static_cast<std::uint16_t>(at_.http)}; }

  [[nodiscard]] std::string text(std::string_view method, std::string_view target, std::string_view body = "",
                                 std::string_view key = "") const {
    auto headers = head_;
    if (!key.empty()) headers.append("Idempotency-Key: ").append(key).append("\r\n");
    return request_text(method, target, body, headers);
  }

  [[nodiscard]] std::string batch_text(std::string_view lines) const {
    auto all = text("POST", "/v1/batch", lines);
    constexpr std::string_view json = "application/json";
    return all.replace(all.find(json), json.size(), "application/x-ndjson");
  }

  // Status 0: it is gone.
  raw_answer ask(std::string_view method, std::string_view target, std::string_view body = "",
                 std::string_view key = "") const {
    return connect().ask(text(method, target, body, key));
  }

  [[nodiscard]] boost::json::value get(std::string_view target) const {
    const auto told = ask("GET", target);
    INFO(target << ": " << told.status << " " << told.body);
    REQUIRE(told.status == 200);
    return boost::json::parse(told.body);
  }

  [[nodiscard]] raw_answer monitor(std::string_view target) const {
    return raw_http{static_cast<std::uint16_t>(at_.monitor)}.ask(request_text("GET", target));
  }

  // A product with stock.
  void stock(std::string_view sku, std::int64_t units, std::string_view product = "{}") const {
    const auto made = ask("PUT", fmt::format("/v1/products/{}", sku), product);
    INFO(made.body);
    REQUIRE(made.status / 100 == 2);
    REQUIRE(receive(sku, units, fmt::format("stock {}", sku)).status / 100 == 2);
  }

  raw_answer receive(std::string_view sku, std::int64_t units, std::string_view key) const {
    return ask("POST", "/v1/receipts", fmt::format(R"({{"sku":"{}","units":{}}})", sku, units), key);
  }

  [[nodiscard]] std::int64_t figure(std::string_view sku, std::string_view word) const {
    return get(fmt::format("/v1/stock/{}", sku)).at(word).as_int64();
  }

  void stop() {
    program_.signal(SIGTERM);
    const auto code = program_.wait();
    INFO(program_.log());
    REQUIRE(code == 0);
  }

 private:
  std::string head_;
  background_program program_;
  ports at_;
};

} // namespace lockstep::tests
