#include "app/import/import_sender.hpp"

#include "adapters/rest/json_text.hpp"
#include "adapters/rest/rule.hpp"
#include "app/import/import_limits.hpp"

#include <boost/json/monotonic_resource.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <functional>
#include <thread>
#include <utility>

namespace lockstep::app {

namespace json = boost::json;
using engine::error_code;
using engine::make_error;
using engine::result;

namespace {

constexpr int busy_attempts_max = 6; // of lines that meet a busy engine
constexpr std::chrono::seconds busy_wait{1};

using adapters::rest::json_text;

// Written as text at once: a tree of JSON for each of a million lines would cost more than the engine's part.
template <class Put>
std::string line_text(std::string_view op, const std::string& sku, const Put& put) {
  std::string text;
  json_text to{text};
  to.begin_object();
  to.member("op", op);
  if (!sku.empty()) to.member("sku", std::string_view{sku});
  put(to);
  to.end_object();
  return text + '\n';
}

void put_identifiers(json_text& to, const std::vector<engine::identifier>& identifiers) {
  to.begin_array("identifiers");
  for (const auto& each : identifiers) {
    to.begin_object();
    to.member("scheme", std::string_view{each.scheme});
    to.member("value", std::string_view{each.value});
    to.end_object();
  }
  to.end_array();
}

void put_product(json_text& to, const imported_product& product) {
  if (product.title) to.member("title", std::string_view{*product.title});
  if (product.identifiers) put_identifiers(to, *product.identifiers);
  if (!product.tags) return;
  to.begin_array("tags");
  for (const auto& tag : *product.tags)
    to.element(tag);
  to.end_array();
}

void put_listing(json_text& to, const imported_listing& listing) {
  to.member("account", std::string_view{listing.account});
  to.member("item", std::string_view{listing.item});
  if (!listing.variant.empty()) to.member("variant", std::string_view{listing.variant});
  if (!listing.location.empty()) to.member("location", std::string_view{listing.location});
  adapters::rest::put_rule(to, listing.rule);
}

void put_rule(json_text& to, const imported_rule& rule) {
  to.member("account", std::string_view{rule.account});
  if (!rule.tag.empty()) to.member("tag", std::string_view{rule.tag});
  adapters::rest::put_rule(to, rule.rule);
}

void put_components(json_text& to, const std::vector<imported_component>& components) {
  to.begin_array("components");
  for (const auto& each : components) {
    to.begin_object();
    to.member("sku", std::string_view{each.sku});
    to.member("units", each.units);
    to.end_object();
  }
  to.end_array();
}

std::string count_line(const import_item& item, const imported_count& count, std::string_view name) {
  auto key = fmt::format("import/{}/{}", name, item.line);
  if (!count.location.empty()) key += fmt::format("/{}", count.location);
  return line_text("count", item.sku, [&](json_text& to) {
    to.member("key", std::string_view{key});
    to.member("counted", count.counted);
    to.member("note", std::string_view{fmt::format("import {}, line {}", name, item.line)});
    if (!count.location.empty()) to.member("location", std::string_view{count.location});
  });
}

// Empty: nothing of it belongs to the catalogue.
std::string catalogue_text(const import_item& item) {
  if (item.product)
    return line_text("product", item.sku, [&](json_text& to) { put_product(to, *item.product); });
  if (item.listing)
    return line_text("listing", item.sku, [&](json_text& to) { put_listing(to, *item.listing); });
  if (item.rule) return line_text("rule", {}, [&](json_text& to) { put_rule(to, *item.rule); });
  if (!item.components.empty())
    return line_text("components", item.sku, [&](json_text& to) { put_components(to, item.components); });
  return {};
}

std::size_t bytes_of(const import_item& item) {
  constexpr std::size_t names_and_numbers = 450; // so that a block has fewer lines than a request may
  auto bytes = names_and_numbers * (1 + item.counts.size() + item.components.size());
  if (item.product) {
    bytes += item.product->title ? item.product->title->size() : 0;
    bytes += names_and_numbers * (item.product->identifiers ? item.product->identifiers->size() : 0);
    for (const auto& tag : item.product->tags.value_or(std::vector<std::string>{}))
      bytes += tag.size();
  }
  for (const auto& record : item.records)
    for (const auto& field : record.fields)
      bytes += field.size();
  return bytes;
}

api_request request_of(std::string_view target, const auto& lines) {
  api_request request{"POST", std::string{target}, "application/x-ndjson", {}};
  for (const auto& each : lines)
    request.body += each.text;
  return request;
}

bool is_busy(const json::object& outcome) {
  const auto* status = outcome.if_contains("status");
  return status != nullptr && status->is_int64() && (status->as_int64() == 503 || status->as_int64() == 504);
}

} // namespace

import_sender::import_sender(api_client& api, std::string name, hooks told, purpose of)
    : api_(api), name_(std::move(name)), told_(std::move(told)), purpose_(of) {}

result<void> import_sender::add(import_item item) {
  const auto most = item.components.empty() ? limits::import_block_items : limits::import_block_bundles;
  next_bytes_ += bytes_of(item);
  next_.push_back({std::move(item)});
  if (next_.size() < most && next_bytes_ < limits::import_block_bytes) return {};
  if (auto done = settle(); !done) return done;
  send_block();
  return {};
}

result<void> import_sender::finish() {
  for (;;) {
    if (auto done = settle(); !done) return done;
    if (next_.empty() && catalogued_.empty()) return {};
    send_block();
  }
}

void import_sender::send_block() {
  flight_.listed = std::exchange(next_, {});
  flight_.counted = std::exchange(catalogued_, {});
  next_bytes_ = 0;
  purpose_ == purpose::judge ? pack_trial() : pack();
  start();
}

// The catalogue in the order of the file. Counts are of as many SKUs, so they go side by side and share
// commits; a product that was refused has none.
void import_sender::pack() {
  auto& parcels = flight_.parcels;
  parcels.assign(1, {"/v1/catalogue", {}});
  for (auto& each : flight_.listed)
    if (auto text = catalogue_text(each.item); !text.empty())
      parcels.back().lines.push_back({&each, std::move(text)});
  parcels.push_back({"/v1/batch", {}});
  for (auto& each : flight_.counted) {
    if (!each.refused.empty()) continue;
    for (std::size_t i = 0; i < each.item.counts.size(); ++i) {
      if (parcels.back().lines.size() == limits::import_counts_per_request)
        parcels.push_back({"/v1/batch", {}});
      parcels.back().lines.push_back({&each, count_line(each.item, each.item.counts[i], name_), i});
    }
  }
  std::erase_if(parcels, [](const parcel& each) { return each.lines.empty(); });
}

// Counts go with the catalogue, as nothing of it is there before they are judged.
void import_sender::pack_trial() {
  auto& parcels = flight_.parcels;
  parcels.assign(1, {"/v1/catalogue?dry_run=true", {}});
  auto& lines = parcels.back().lines;
  for (auto& each : flight_.listed) {
    if (auto text = catalogue_text(each.item); !text.empty()) lines.push_back({&each, std::move(text)});
    for (std::size_t i = 0; i < each.item.counts.size(); ++i)
      lines.push_back({&each, count_line(each.item, each.item.counts[i], name_), i});
  }
}

void import_sender::start() {
  std::vector<api_request> requests;
  for (const auto& each : flight_.parcels)
    requests.push_back(request_of(each.target, each.lines));
  flight_.arriving = std::async(std::launch::async, [this, requests = std::move(requests)]() -> answers {
    std::vector<api_answer> told(requests.size());
    auto done =
        api_.ask_all(requests, [&](std::size_t place, const api_answer& answer) { told[place] = answer; });
    if (!done) return done.error();
    return told;
  });
}

// Waits for what is under way. Lines that the engine is too busy for are asked again: all of them may be
// repeated.
result<void> import_sender::settle() {
  if (!flight_.arriving.valid()) return {};
  for (int attempt = 1;; ++attempt) {
    const auto told = flight_.arriving.get();
    if (!told) return told.error();
    if (auto read = read_answers(*told); !read) return read;
    if (flight_.parcels.empty()) break;
    if (attempt == busy_attempts_max) return make_error(error_code::unavailable, "the engine stays too busy");
    std::this_thread::sleep_for(busy_wait);
    start();
  }
  tell_refused(flight_.listed);
  tell_refused(flight_.counted);
  told_.sent(flight_.counted.size());
  flight_.counted.clear();
  catalogued_ = std::exchange(flight_.listed, {});
  if (purpose_ == purpose::judge) catalogued_.clear();
  return {};
}

// Leaves the lines to ask again.
result<void> import_sender::read_answers(const std::vector<api_answer>& told) {
  for (std::size_t i = 0; i < told.size(); ++i) {
    auto& lines = flight_.parcels[i].lines;
    auto left = read_answer(std::move(lines), told[i]);
    if (!left) return left.error();
    lines = *std::move(left);
  }
  std::erase_if(flight_.parcels, [](const parcel& each) { return each.lines.empty(); });
  return {};
}

// The lines to ask again. An answer line: {"line":1,"outcome":"done"|"refused"|.., "problem":{..}}.
result<std::vector<import_sender::line>> import_sender::read_answer(std::vector<line> asked,
                                                                    const api_answer& answer) {
  if (!answer.ok()) return make_error(error_code::refused, answer.reason());
  std::vector<line> again;
  std::string_view rest{answer.body};
  for (auto& each : asked) {
    const auto end = std::min(rest.find('\n'), rest.size());
    boost::system::error_code failed;
    std::array<unsigned char, 2'048> room; // for a usual answer, without a call of malloc
    json::monotonic_resource kept{room.data(), room.size()};
    const auto value = json::parse({rest.data(), end}, failed, &kept);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    const auto* outcome = failed ? nullptr : value.if_object();
    if (outcome != nullptr && is_busy(*outcome)) {
      again.push_back(std::move(each));
    } else if (outcome == nullptr || !take(*outcome, each)) {
      return make_error(
          error_code::refused,
          fmt::format("the engine's answer to line {} of the file cannot be read", each.of->item.line));
    }
  }
  return again;
}

// Of several reasons the first is told: a line is left out once.
bool import_sender::take(const json::object& answered, const line& of) {
  const auto* found = answered.if_contains("outcome");
  if (found == nullptr || !found->is_string()) return false;
  const std::string_view outcome{found->as_string()};
  if (outcome == "created") {
    ++totals_.added;
  } else if (outcome == "changed") {
    ++totals_.changed;
  } else if (outcome == "done") {
    ++totals_.counted;
    of.of->taken.push_back(of.count);
  } else if (outcome == "repeated") {
    ++totals_.counted_before;
    of.of->taken.push_back(of.count);
  } else if (of.of->refused.empty()) {
    const auto* problem = answered.if_contains("problem");
    of.of->refused = api_answer{0, problem == nullptr ? std::string{} : json::serialize(*problem)}.reason();
  }
  return true;
}

// What was counted is no part of what is to be mended: under another name it would be counted again.
void import_sender::tell_refused(block& of) {
  for (auto& each : of) {
    if (each.refused.empty() || std::exchange(each.told, true)) continue;
    ++totals_.refused;
    std::ranges::sort(each.taken, std::greater{});
    for (const auto place : each.taken)
      each.item.counts.erase(each.item.counts.begin() + static_cast<std::ptrdiff_t>(place));
    told_.refused(each.item, each.refused);
  }
}

} // namespace lockstep::app
