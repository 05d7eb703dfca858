// The stored form of order messages, for dead letters: every member under its own name, times in
// microseconds.
#include "adapters/json_reader.hpp"
#include "adapters/order_intake.hpp"

#include <boost/json/serialize.hpp>

namespace lockstep::adapters {

namespace {

namespace json = boost::json;

json::value encode_optional(const std::optional<quantity>& units) {
  return units ? json::value(*units) : json::value(nullptr);
}

json::object encode_line(const order_line& line) {
  return {{"line_id", line.line_id},
          {"variant", line.variant},
          {"sku", line.sku},
          {"ordered", encode_optional(line.ordered)},
          {"cancelled", encode_optional(line.cancelled)},
          {"shipped", encode_optional(line.shipped)},
          {"cancelled_now", line.cancelled_now},
          {"returned_now", line.returned_now},
          {"movement_id", line.movement_id}};
}

order_line decode_line(json_reader::place line) {
  return {.line_id = line["line_id"].text(),
          .variant = line["variant"].text(),
          .sku = line["sku"].text(),
          .ordered = line["ordered"].optional_integer(),
          .cancelled = line["cancelled"].optional_integer(),
          .shipped = line["shipped"].optional_integer(),
          .cancelled_now = line["cancelled_now"].integer(),
          .returned_now = line["returned_now"].integer(),
          .movement_id = line["movement_id"].text()};
}

time_point decode_time(json_reader::place microseconds) {
  return time_point{engine::duration{microseconds.integer()}};
}

} // namespace

std::string encode_order(const order_message& order) {
  json::array lines;
  for (const auto& line : order.lines)
    lines.push_back(encode_line(line));
  return json::serialize(json::object{{"order_id", order.order_id},
                                      {"test", order.test},
                                      {"occurred_at_us", order.occurred_at.time_since_epoch().count()},
                                      {"updated_at_us", order.updated_at.time_since_epoch().count()},
                                      {"found_open", order.found_open},
                                      {"lines", std::move(lines)}});
}

result<order_message> decode_order(std::string_view text) {
  const auto document = parse_json(text);
  if (!document) return document.error();
  json_reader reader{*document};
  const auto root = reader.root();
  order_message order{.order_id = root["order_id"].text(),
                      .test = root["test"].flag(),
                      .occurred_at = decode_time(root["occurred_at_us"]),
                      .updated_at = decode_time(root["updated_at_us"]),
                      .found_open = root["found_open"].flag(),
                      .lines = {}};
  root["lines"].each([&](json_reader::place line) { order.lines.push_back(decode_line(line)); });
  if (reader.failed()) return reader.failure();
  return order;
}

} // namespace lockstep::adapters
