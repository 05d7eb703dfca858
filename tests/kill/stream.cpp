#include "tests/kill/stream.hpp"

#include "adapters/rest/hold_id.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <chrono>

namespace lockstep::kill {

namespace {

// Longer than any run. It is content: the same in every repeat.
constexpr int hold_seconds = 30 * 86'400;

std::string key_text(std::string_view client, std::string_view what, std::uint64_t sku, std::uint64_t hold) {
  return fmt::format("{} {} {} {}", client, what, sku, hold);
}

std::string hold_members(std::string_view lines) {
  return fmt::format(R"({},"seconds":{})", lines, hold_seconds);
}

movement single(std::string_view client, std::uint64_t sku, std::uint64_t turn) {
  const auto hold = turn / 3;
  const bool released = hold % 5 == 4;
  const auto held = key_text(client, "hold", sku, hold);
  const auto id = adapters::rest::encode(
      {engine::request_key(caller, held), {engine::sku_id{static_cast<std::int64_t>(sku) + 1}}});
  const auto sku_member = fmt::format(R"("sku":"{}","units":1)", sku_code(sku));
  const auto of_hold = [&](std::string_view word) { return fmt::format("/v1/holds/{}/{}", id, word); };
  const auto key = [&](std::string_view word) { return key_text(client, word, sku, hold); };
  if (turn % 3 == 0) return {sku, held, "hold", "/v1/holds", "", hold_members(sku_member)};
  if (turn % 3 == 1 && released) return {sku, key("release"), "release", of_hold("release"), id, ""};
  if (turn % 3 == 1) return {sku, key("confirm"), "confirm", of_hold("confirm"), id, ""};
  if (released) return {sku, key("receipt"), "receipt", "/v1/receipts", "", sku_member};
  return {sku, key("ship"), "ship-hold", of_hold("ship"), id, R"("shipped":1)"};
}

movement group(std::string_view client, std::uint64_t index) {
  const auto first = index % skus;
  const auto second = (index + 7) % skus;
  const auto name = fmt::format("{}{} {}", group_word, client, index);
  const auto lines =
      fmt::format(R"("lines":[{{"sku":"{}","units":1}},{{"sku":"{}","units":1}}],"reference":"{}")",
                  sku_code(first), sku_code(second), name);
  return {first, name, "hold", "/v1/holds", "", hold_members(lines)};
}

} // namespace

std::string sku_code(std::uint64_t number) {
  return number < skus ? fmt::format("SKU-{}", number) : fmt::format("BUNDLE-{}", number - skus);
}

std::string movement::batch_line() const {
  auto line = fmt::format(R"({{"key":"{}","op":"{}")", key, op);
  if (!hold.empty()) line += fmt::format(R"(,"hold":"{}")", hold);
  if (!members.empty()) line += "," + members;
  return line + "}\n";
}

std::string movement::body() const {
  return members.empty() ? "" : "{" + members + "}";
}

movement movement_of(std::string_view client, std::uint64_t index) {
  if (index % group_every == group_every - 1) return group(client, index);
  // Groups leave holes in the count of singles; a SKU's turns must have none.
  const auto count = index - index / group_every;
  return single(client, count % skus, count / skus);
}

engine::uuid movement_id(std::string_view client, std::uint64_t index) {
  return engine::request_key(caller, movement_of(client, index).key);
}

std::string order_text(std::uint64_t index, bool of_bundle) {
  const auto now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
  return fmt::format(
      R"({{"id":{0},"test":false,"cancelled_at":null,"created_at":"{1:%FT%TZ}","updated_at":"{1:%FT%TZ}",)"
      R"("line_items":[{{"id":{0},"variant_id":null,"sku":"{2}","quantity":1,"fulfillable_quantity":1}}],)"
      R"("fulfillments":[],"refunds":[]}})",
      index + 1, fmt::gmtime(now), sku_code(order_sku(index, of_bundle)));
}

std::string composition_text(std::uint64_t bundle, std::uint64_t life) {
  const auto second = bundle + 1 == bundles ? skus : (bundle + 2 + life % 5) % skus;
  return fmt::format(R"({{"components":[{{"sku":"{}","units":1}},{{"sku":"{}","units":2}},{{"sku":"{}","units":1}}]}})",
                     sku_code(bundle), sku_code(second), sku_code((bundle + 11) % skus));
}

engine::uuid order_id(engine::account_id account, std::uint64_t index) {
  const auto number = std::to_string(index + 1);
  return engine::line_key(account, number, number);
}

} // namespace lockstep::kill
