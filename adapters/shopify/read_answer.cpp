// What the shop shows: answers to reads by id, and pages of everything it lists.
#include "adapters/json_reader.hpp"
#include "adapters/shopify/global_id.hpp"
#include "adapters/shopify/graphql_answer.hpp"
#include "adapters/shopify/shopify_adapter.hpp"

#include <utility>

namespace lockstep::adapters::shopify {

namespace {

// The "available" of a level; none when the item is not stocked there.
std::optional<quantity> read_available(json_reader::place level) {
  std::optional<quantity> available;
  if (level.is_null()) return available;
  level["quantities"].each([&](json_reader::place named) {
    if (named["name"].text() == "available") available = named["quantity"].integer();
  });
  return available;
}

// An item that is not tracked shows a number that means nothing.
std::optional<quantity> read_level(json_reader::place item, json_reader::place level) {
  const bool tracked = item["tracked"].flag();
  const auto available = read_available(level);
  return tracked ? available : std::nullopt;
}

read_result start_result(const graphql_answer& judged) {
  read_result result;
  result.verdict = judged.verdict;
  result.throttle = judged.throttle;
  result.what = judged.what;
  return result;
}

// What was read is worth nothing when any of it is not as it must be.
void refuse_if_failed(const json_reader& reader, read_result& result) {
  if (!reader.failed()) return;
  result.items.clear();
  result.next_cursor.clear();
  result.verdict = batch_verdict::retry;
  result.what = reader.failure().what;
}

// Alias of a place and its location. One that does not exist is the account's own, if it is the only one
// asked for.
std::vector<std::pair<std::string, std::string>> read_places(json_reader::place data,
                                                             const std::string& location) {
  std::vector<std::pair<std::string, std::string>> places;
  for (std::size_t i = 0;; ++i) {
    auto alias = "place" + std::to_string(i);
    if (!data.has(alias)) break;
    const auto place = data[alias];
    places.emplace_back(std::move(alias), place.is_null() ? std::string{} : place["id"].text());
  }
  if (places.size() == 1 && places[0].second.empty()) places[0].second = location;
  return places;
}

} // namespace

read_result shopify_adapter::decode_read(const http_response& answer) const {
  const auto judged = judge_read(answer);
  auto result = start_result(judged);
  if (judged.verdict != batch_verdict::judged) return result;
  json_reader reader{judged.document};
  const auto data = reader.root()["data"];
  const auto places = read_places(data, account_.location);
  data["nodes"].each([&](json_reader::place item) {
    if (item.is_null() || !item.has("id")) return; // unknown to Shopify, or not an inventory item
    for (const auto& [alias, location] : places) {
      if (location.empty()) continue;
      result.items.push_back({.target = {item["id"].text(), location},
                              .value = read_level(item, item[alias]),
                              .variant = {},
                              .sku = item["sku"].optional_text()});
    }
  });
  refuse_if_failed(reader, result);
  return result;
}

read_result shopify_adapter::decode_list(const http_response& answer) const {
  const auto judged = judge_read(answer);
  auto result = start_result(judged);
  if (judged.verdict != batch_verdict::judged) return result;
  json_reader reader{judged.document};
  const auto variants = reader.root()["data"]["productVariants"];
  variants["nodes"].each([&](json_reader::place variant) {
    const auto item = variant["inventoryItem"];
    result.items.push_back({.target = {item["id"].text(), account_.location},
                            .value = read_level(item, item["inventoryLevel"]),
                            .variant = read_number(variant["id"]),
                            .sku = variant["sku"].optional_text()});
  });
  const auto page = variants["pageInfo"];
  if (page["hasNextPage"].flag()) result.next_cursor = page["endCursor"].text();
  refuse_if_failed(reader, result);
  return result;
}

} // namespace lockstep::adapters::shopify
