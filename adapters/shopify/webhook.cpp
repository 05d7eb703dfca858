// Shopify's webhooks: signature, and the REST shape of orders and refunds.
#include "adapters/json_reader.hpp"
#include "adapters/shopify/shopify_adapter.hpp"
#include "adapters/shopify/stated_order.hpp"
#include "adapters/signature.hpp"
#include "engine/limits.hpp"

#include <fmt/format.h>
#include <openssl/crypto.h>

#include <algorithm>

namespace lockstep::adapters::shopify {

namespace {

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

// `name` in lower case. Empty when there is no such header.
std::string_view find_header(std::span<const header> headers, std::string_view name) {
  const auto same = [name](const header& h) {
    return std::equal(h.first.begin(), h.first.end(), name.begin(), name.end(),
                      [](char a, char b) { return lower(a) == b; });
  };
  const auto found = std::find_if(headers.begin(), headers.end(), same);
  return found == headers.end() ? std::string_view{} : std::string_view{found->second};
}

// Units of a fulfilment or refund. Outside these bounds a sum could run over.
quantity read_units(json_reader::place at) {
  const auto units = at.integer();
  if (units >= 0 && units <= limits::units_per_movement_max) return units;
  at.fail("a possible quantity");
  return 0;
}

stated_line read_line(json_reader::place line) {
  return {.id = line["id"].id(),
          .variant = line["variant_id"].optional_id(),
          .sku = line["sku"].optional_text(),
          .units = line["quantity"].integer(),
          .fulfillable = line["fulfillable_quantity"].optional_integer()};
}

void read_fulfilments(json_reader::place list, stated_order& into) {
  if (list.is_null()) return; // a subscription may leave it out
  into.fulfilments_stated = true;
  into.fulfilments_complete = true;
  list.each([&](json_reader::place fulfilment) {
    const auto status = fulfilment["status"].text();
    fulfilment["line_items"].each([&](json_reader::place line) {
      into.add_fulfilled(line["id"].id(), status, read_units(line["quantity"]));
    });
  });
}

stated_refund_line read_refund_line(json_reader::place line) {
  stated_refund_line said{.id = line["id"].id(),
                          .line = line["line_item_id"].id(),
                          .variant = {},
                          .sku = {},
                          .units = read_units(line["quantity"]),
                          .kind = parse_restock(line["restock_type"].text())};
  if (const auto of = line["line_item"]; !of.is_null()) {
    said.variant = of["variant_id"].optional_id();
    said.sku = of["sku"].optional_text();
  }
  return said;
}

stated_refund read_refund(json_reader::place refund) {
  stated_refund said{.id = refund["id"].id(),
                     .order = refund["order_id"].id(),
                     .created_at = refund["created_at"].time(),
                     .test = false,
                     .lines = {}};
  refund["refund_line_items"].each(
      [&](json_reader::place line) { said.lines.push_back(read_refund_line(line)); });
  refund["transactions"].each_if_present([&](json_reader::place payment) {
    if (!payment["test"].is_null() && payment["test"].flag()) said.test = true;
  });
  return said;
}

// An id in an object that may be broken elsewhere; empty when it is broken itself.
std::string read_id(json_reader::place object, std::string_view name) {
  auto reader = object.alone();
  return reader.root()[name].id();
}

// Refunds inside an order may come without the line they speak of: the order's own line tells what it is.
void name_lines(stated_refund& refund, const stated_order& order) {
  for (auto& line : refund.lines) {
    const auto same = [&](const stated_line& l) { return l.id == line.line; };
    const auto found = std::find_if(order.lines.begin(), order.lines.end(), same);
    if (found == order.lines.end()) continue;
    line.variant = found->variant;
    line.sku = found->sku;
  }
}

stated_order read_order(json_reader::place order) {
  stated_order said;
  said.id = order["id"].id();
  said.test = order["test"].flag();
  said.cancelled = !order["cancelled_at"].is_null();
  said.created_at = order["created_at"].time();
  said.updated_at = order["updated_at"].time();
  order["line_items"].each([&](json_reader::place line) { said.lines.push_back(read_line(line)); });
  read_fulfilments(order["fulfillments"], said);
  order["refunds"].each_if_present([&](json_reader::place refund) {
    auto reader = refund.alone();
    auto told = read_refund(reader.root());
    if (reader.failed()) {
      said.faults.push_back(fmt::format("refund {}: {}", read_id(refund, "id"), reader.failure().what));
      return;
    }
    told.test = told.test || said.test;
    name_lines(told, said);
    said.refunds.push_back(std::move(told));
  });
  return said;
}

bool tells_an_order(std::string_view topic) {
  return topic == "orders/create" || topic == "orders/updated" || topic == "orders/cancelled";
}

} // namespace

bool shopify_adapter::verify_webhook(std::span<const header> headers, std::string_view body) const {
  const auto given = find_header(headers, "x-shopify-hmac-sha256");
  if (given.size() != signature_characters) return false;
  bool signed_by_us = false;
  for (const auto& secret : account_.webhook_secrets) {
    if (secret.empty()) continue; // anybody can sign with it
    const auto wanted = sign(secret, body);
    signed_by_us |= CRYPTO_memcmp(wanted.data(), given.data(), signature_characters) == 0;
  }
  return signed_by_us;
}

result<std::vector<order_message>> shopify_adapter::decode_webhook(std::span<const header> headers,
                                                                   std::string_view body) const {
  const auto topic = find_header(headers, "x-shopify-topic");
  if (topic.empty())
    return engine::make_error(engine::error_code::malformed, "header X-Shopify-Topic expected");
  if (!tells_an_order(topic) && topic != "refunds/create") return std::vector<order_message>{};
  const auto document = parse_json(body);
  if (!document) return document.error();
  json_reader reader{*document};
  const bool is_refund = topic == "refunds/create";
  auto messages =
      is_refund ? to_messages(read_refund(reader.root())) : to_messages(read_order(reader.root()));
  if (!reader.failed()) return messages;
  auto failure = reader.failure();
  const auto order = read_id(reader.root(), is_refund ? "order_id" : "id");
  if (!order.empty()) failure.what += ", in order " + order;
  return failure;
}

} // namespace lockstep::adapters::shopify
