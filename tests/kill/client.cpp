#include "tests/kill/client.hpp"

#include "tests/kill/stream.hpp"

#include <boost/json/parse.hpp>
#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <array>
#include <iostream>

namespace lockstep::kill {

namespace {

constexpr std::uint64_t batch_lines_max = 12;
// Sent again at the start of a life: a repeat must get its first outcome from a new process too.
constexpr std::uint64_t repeats = 8;

std::string signature_of(std::string_view body) {
  std::array<unsigned char, 32> digest{};
  unsigned length = 0;
  HMAC(EVP_sha256(), webhook_secret.data(), static_cast<int>(webhook_secret.size()),
       reinterpret_cast<const unsigned char*>(body.data()), body.size(), digest.data(), &length);
  std::array<unsigned char, 64> text{};
  EVP_EncodeBlock(text.data(), digest.data(), static_cast<int>(length));
  return reinterpret_cast<const char*>(text.data());
}

engine::version version_of(const boost::json::object& result) {
  const auto* version = result.if_contains("version");
  return version == nullptr ? 0 : version->as_int64();
}

// Not now, or not known: to be sent again under the same key.
bool is_to_be_repeated(int status, std::string_view body) {
  return status == 503 || status == 504 || body.find(R"("code":"in-progress")") != std::string_view::npos;
}

} // namespace

api_connection::api_connection(std::uint16_t port, std::string_view token)
    : socket_(port), head_(fmt::format("Authorization: Bearer {}\r\n", token)) {}

std::optional<api_connection> api_connection::open(std::uint16_t port, std::string_view token) {
  try {
    return api_connection{port, token};
  } catch (const std::exception&) {
    return std::nullopt; // raw_http's word for it
  }
}

tests::raw_answer api_connection::ask(std::string_view method, std::string_view target, std::string_view body,
                                      std::string_view headers, std::string_view content_type) {
  auto all = head_ + std::string{headers};
  if (!body.empty()) all += fmt::format("Content-Type: {}\r\n", content_type);
  return socket_.ask(tests::request_text(method, target, body, all));
}

void client::live(std::uint16_t port, std::string_view token, const load_plan& plan) {
  auto connection = api_connection::open(port, token);
  if (!connection) return;
  next_ = told_.size() - std::min<std::uint64_t>(told_.size(), repeats);
  const auto end = told_.size() + plan.movements_max;
  bool alive = true;
  while (alive && next_ < end && std::chrono::steady_clock::now() < plan.until) {
    switch (how_) {
    case way::batch: alive = send_batch(*connection); break;
    case way::single: alive = send_single(*connection); break;
    case way::webhook:
    case way::bundle_webhook: alive = send_webhook(*connection); break;
    }
  }
}

bool client::send_batch(api_connection& to) {
  std::string body;
  const auto end = next_ + 1 + random_() % batch_lines_max;
  for (auto index = next_; index < end; ++index)
    body += movement_of(name_, index).batch_line();
  const auto answer = to.ask("POST", "/v1/batch", body, "", "application/x-ndjson");
  if (answer.status != 200) return answer.status != 0 && hear(answer.status, answer.body);
  std::string_view lines{answer.body};
  while (!lines.empty()) {
    const auto line = lines.substr(0, lines.find('\n'));
    lines.remove_prefix(std::min(lines.size(), line.size() + 1));
    if (!hear_line(line)) break; // the rest is sent again with it
  }
  return refused_ == 0;
}

bool client::send_single(api_connection& to) {
  const auto asked = movement_of(name_, next_);
  const auto answer =
      to.ask("POST", asked.path, asked.body(), fmt::format("Idempotency-Key: {}\r\n", asked.key));
  if (answer.status == 0) return false;
  hear(answer.status, answer.body);
  return refused_ == 0;
}

bool client::send_webhook(api_connection& to) {
  const auto body = order_text(next_, sells_bundles());
  const auto headers =
      fmt::format("X-Shopify-Topic: orders/create\r\nX-Shopify-Hmac-Sha256: {}\r\n", signature_of(body));
  const auto answer = to.ask("POST", fmt::format("/webhooks/{}", webhook_account), body, headers);
  if (answer.status == 0) return false;
  if (answer.status == 200)
    acknowledge(0);
  else
    hear(answer.status, answer.body);
  return refused_ == 0;
}

bool client::hear(int status, std::string_view body) {
  if (status == 200 || status == 201) {
    acknowledge(version_of(boost::json::parse(body).as_object()));
    return true;
  }
  return is_to_be_repeated(status, body) || refuse(status, body);
}

bool client::hear_line(std::string_view line) {
  const auto told = boost::json::parse(line).as_object();
  if (const auto* result = told.if_contains("result")) {
    acknowledge(version_of(result->as_object()));
    return true;
  }
  const auto status = static_cast<int>(told.at("status").as_int64());
  return is_to_be_repeated(status, line) ? false : refuse(status, line);
}

void client::acknowledge(engine::version version) {
  if (next_ == told_.size()) {
    told_.push_back(version);
  } else if (told_[next_] != version) {
    ++changed_;
    std::cerr << fmt::format("changed: movement {} of {} was version {} and is now {}\n", next_, name_,
                             told_[next_], version);
  }
  ++next_;
}

bool client::refuse(int status, std::string_view body) {
  ++refused_;
  std::cerr << fmt::format("refused: movement {} of {}: {} {}\n", next_, name_, status, body);
  return false;
}

} // namespace lockstep::kill
