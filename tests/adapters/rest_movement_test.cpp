#include "adapters/rest/movement.hpp"
#include "adapters/rest/strict_json.hpp"

#include "engine/key.hpp"
#include "engine/limits.hpp"
#include "tests/catch.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string>

using namespace lockstep;
using namespace lockstep::adapters::rest;
using namespace std::chrono_literals;

namespace {

const engine::time_point noon{std::chrono::sys_days{std::chrono::year{2026} / 11 / 23} + 12h};

decoded<movement> decode(operation op, const std::string& body) {
  return decode_movement(op, parse_strict(body)->as_object(), {"till", engine::account_id{3}, noon});
}

template <class Body>
const Body& only_body(const decoded<movement>& done) {
  REQUIRE(done.has_value());
  REQUIRE(done->lines.size() == 1);
  return std::get<Body>(done->lines.front().body);
}

std::string first_pointer(const decoded<movement>& done) {
  if (done.has_value()) return "accepted";
  return done.error().errors.empty() ? "" : done.error().errors.front().pointer;
}

} // namespace

TEST_CASE("each operation becomes its command") {
  const auto receipt =
      decode(operation::receipt, R"({"sku":"A","units":5,"note":"pallet 7","reference":"PO-1"})");
  CHECK(only_body<engine::receive>(receipt).units == 5);
  CHECK(only_body<engine::receive>(receipt).note == "pallet 7");
  CHECK(receipt->lines.front().reference == "PO-1");
  CHECK(receipt->lines.front().sku == "A");
  CHECK(
      only_body<engine::adjust>(decode(operation::adjustment, R"({"sku":"A","change":-2,"reason":"broken"})"))
          .change == -2);
  CHECK(only_body<engine::count>(decode(operation::count, R"({"sku":"A","counted":0})")).counted == 0);
  const auto percent = decode(operation::safety, R"({"sku":"A","percent":10})");
  CHECK(only_body<engine::set_safety>(percent).rule ==
        engine::safety_rule{engine::safety_rule::kind::percent, 10});
  const auto units = decode(operation::safety, R"({"sku":"A","units":0})");
  CHECK(only_body<engine::set_safety>(units).rule ==
        engine::safety_rule{engine::safety_rule::kind::units, 0});
  const auto inspected = decode(operation::inspection, R"({"sku":"A","sellable":1,"damaged":2})");
  CHECK(only_body<engine::inspect_return>(inspected).damaged == 2);
  const auto resolved = decode(operation::resolve, R"({"sku":"A","incident":4,"note":"bought more"})");
  CHECK(only_body<engine::resolve_incident>(resolved).incident == 4);
}

TEST_CASE("a hold counts its seconds from now and its lines stand or fall together") {
  const auto one = decode(operation::hold, R"({"sku":"A","units":2,"seconds":900})");
  CHECK(only_body<engine::hold>(one).expires_at == noon + 900s);
  CHECK(one->together);
  const auto two =
      decode(operation::hold, R"({"seconds":60,"lines":[{"sku":"A","units":2},{"sku":"B","units":1}]})");
  REQUIRE(two.has_value());
  CHECK(two->lines.size() == 2);
  CHECK(two->together);
}

TEST_CASE("two lines of one SKU in a request are refused with the place of the second") {
  const auto hold =
      decode(operation::hold, R"({"seconds":60,"lines":[{"sku":"A","units":2},{"sku":"A","units":1}]})");
  REQUIRE_FALSE(hold.has_value());
  CHECK(hold.error().code == problem_code::duplicate_sku);
  CHECK(first_pointer(hold) == "/lines/1/sku");
  const auto order = decode(operation::order, R"({"order":"1","mode":"request","lines":[
      {"sku":"A","line":"1","units":2},{"sku":"A","line":"2","units":1}]})");
  REQUIRE_FALSE(order.has_value());
  CHECK(order.error().code == problem_code::duplicate_sku);
  for (const auto& [op, member] : {std::pair{operation::cancel, "cancelled"}, {operation::ship, "shipped"}}) {
    const auto change = decode(op, fmt::format(R"({{"order":"1","lines":[
        {{"sku":"A","line":"1","{0}":2}},{{"sku":"A","line":"2","{0}":1}}]}})",
                                               member));
    REQUIRE_FALSE(change.has_value());
    CHECK(change.error().code == problem_code::duplicate_sku);
    CHECK(first_pointer(change) == "/lines/1/sku");
  }
}

TEST_CASE("changes of an order are asked for together, or told line by line") {
  for (const auto& [op, member] : {std::pair{operation::cancel, "cancelled"}, {operation::ship, "shipped"}}) {
    const auto body = [&](std::string_view mode) {
      return fmt::format(R"({{"order":"1",{0}"lines":[{{"sku":"A","{1}":2}},{{"sku":"B","{1}":1}}]}})", mode,
                         member);
    };
    CHECK(decode(op, body(""))->together);
    CHECK(decode(op, body(R"("mode":"request",)"))->together);
    CHECK_FALSE(decode(op, body(R"("mode":"fact",)"))->together);
  }
}

TEST_CASE("a reported order may have two lines of one SKU when they are named apart") {
  const auto apart = decode(operation::order, R"({"order":"1","mode":"fact","lines":[
      {"sku":"A","line":"1","units":2},{"sku":"A","line":"2","units":1}]})");
  REQUIRE(apart.has_value());
  CHECK_FALSE(apart->together);
  const auto same = decode(operation::order, R"({"order":"1","mode":"fact","lines":[
      {"sku":"A","units":2},{"sku":"A","units":1}]})");
  CHECK(first_pointer(same) == "/lines/1/line");
}

TEST_CASE("an order line is known by account, order and line, and is named after its SKU by default") {
  const auto order =
      decode(operation::order, R"({"order":"1001","mode":"fact","lines":[{"sku":"A","units":2}]})");
  const auto& line = only_body<engine::record_line>(order);
  CHECK(line.line == engine::line_key(engine::account_id{3}, "1001", "A"));
  CHECK(line.mode == engine::line_mode::fact);
  CHECK(line.ordered == 2);
  CHECK(order->lines.front().reference == "1001/A");
  const auto cancel = decode(operation::cancel, R"({"order":"1001","lines":[{"sku":"A","cancelled":1}]})");
  CHECK(only_body<engine::record_line>(cancel).line == line.line);
  CHECK(only_body<engine::record_line>(cancel).cancelled == 1);
  CHECK(only_body<engine::record_line>(cancel).mode == engine::line_mode::request);
  const auto ship = decode(operation::ship, R"({"order":"1001","lines":[{"sku":"A","shipped":2}]})");
  CHECK(only_body<engine::record_line>(ship).line == line.line);
  CHECK(only_body<engine::record_line>(ship).shipped == 2);
  const auto back = decode(operation::take_return, R"({"order":"1001","sku":"A","units":1})");
  CHECK(only_body<engine::take_return>(back).line == line.line);
  const auto found = decode(operation::take_return, R"({"sku":"A","units":1})");
  CHECK(only_body<engine::take_return>(found).line.is_nil());
}

TEST_CASE("a hold's id leads to each of its SKUs") {
  const hold_id id{engine::request_key("till", "k1"), {engine::sku_id{2}, engine::sku_id{300}}};
  const auto body = R"({"hold":")" + encode(id) + R"("})";
  const auto confirmed = decode(operation::confirm, body);
  REQUIRE(confirmed.has_value());
  CHECK(confirmed->together);
  REQUIRE(confirmed->lines.size() == 2);
  CHECK(confirmed->lines[1].target == engine::sku_id{300});
  CHECK(std::get<engine::confirm>(confirmed->lines[1].body).reservation ==
        id.reservation(engine::sku_id{300}));
  const auto released = decode(operation::release, body);
  REQUIRE(released.has_value());
  CHECK(released->together);
  const auto shipped =
      decode(operation::ship_hold,
             R"({"lines":[{"sku":"A","shipped":1},{"sku":"B","shipped":1}],)" + body.substr(1));
  REQUIRE(shipped.has_value());
  CHECK(shipped->together);
  CHECK(decode(operation::confirm, R"({"hold":"nonsense"})").error().code == problem_code::unknown_hold);
}

TEST_CASE("bodies that say nothing sensible are refused with their place") {
  struct refused {
    operation op;
    std::string body;
    std::string pointer;
  };

  const std::vector<refused> cases{
      {operation::receipt, R"({"sku":"A"})", "/units"},
      {operation::receipt, R"({"units":1})", "/sku"},
      {operation::receipt, R"({"sku":"A","units":0})", "/units"},
      {operation::receipt, R"({"sku":"A","units":-1})", "/units"},
      {operation::receipt, R"({"sku":"A","units":1000000001})", "/units"},
      {operation::receipt, R"({"sku":"A","units":"1"})", "/units"},
      {operation::receipt, R"({"sku":"A","units":true})", "/units"},
      {operation::receipt, R"({"sku":"A","units":null})", "/units"},
      {operation::receipt, R"({"sku":["A"],"units":1})", "/sku"},
      {operation::receipt, R"({"sku":"A","units":1,"unitss":2})", "/unitss"},
      {operation::adjustment, R"({"sku":"A","change":1})", "/reason"},
      {operation::adjustment, R"({"sku":"A","change":1,"reason":""})", "/reason"},
      {operation::adjustment, R"({"sku":"A","change":0,"reason":"x"})", "/change"},
      {operation::count, R"({"sku":"A","counted":-1})", "/counted"},
      {operation::safety, R"({"sku":"A"})", "/units"},
      {operation::safety, R"({"sku":"A","units":1,"percent":1})", "/units"},
      {operation::safety, R"({"sku":"A","percent":101})", "/percent"},
      {operation::hold, R"({"sku":"A","units":1})", "/seconds"},
      {operation::hold, R"({"sku":"A","units":1,"seconds":0})", "/seconds"},
      {operation::hold, R"({"sku":"A","units":1,"seconds":2678401})", "/seconds"},
      {operation::hold, R"({"seconds":1,"lines":[]})", "/lines"},
      {operation::hold, R"({"seconds":1,"lines":{}})", "/lines"},
      {operation::hold, R"({"seconds":1,"lines":[{"sku":"A","units":1,"x":1}]})", "/lines/0/x"},
      {operation::hold, R"({"seconds":1,"sku":"A","lines":[{"sku":"A","units":1}]})", "/sku"},
      {operation::order, R"({"order":"1","lines":[{"sku":"A","units":1}]})", "/mode"},
      {operation::order, R"({"order":"1","mode":"maybe","lines":[{"sku":"A","units":1}]})", "/mode"},
      {operation::order, R"({"order":"","mode":"fact","lines":[{"sku":"A","units":1}]})", "/order"},
      {operation::order,
       R"({"order":"1","mode":"fact","occurred_at":"yesterday","lines":[{"sku":"A","units":1}]})",
       "/occurred_at"},
      {operation::cancel, R"({"order":"1","lines":[{"sku":"A","cancelled":0}]})", "/lines/0/cancelled"},
      {operation::inspection, R"({"sku":"A"})", "/sellable"},
      {operation::resolve, R"({"sku":"A","incident":1})", "/note"},
  };
  for (const auto& each : cases) {
    INFO(each.body);
    const auto done = decode(each.op, each.body);
    CHECK(first_pointer(done) == each.pointer);
    if (!done.has_value()) CHECK(done.error().code == problem_code::invalid_body);
  }
}

TEST_CASE("more lines than one request takes are refused") {
  std::string lines;
  for (std::size_t i = 0; i <= limits::lines_per_group_max; ++i) {
    lines += fmt::format(R"({}{{"sku":"A{}","units":1}})", i == 0 ? "" : ",", i);
  }
  CHECK(first_pointer(decode(operation::hold, fmt::format(R"({{"seconds":1,"lines":[{}]}})", lines))) ==
        "/lines");
}

TEST_CASE("the same request has the same content later, another operation another") {
  const std::string body = R"({"sku":"A","units":2,"seconds":900})";
  const auto now = decode_movement(operation::hold, parse_strict(body)->as_object(),
                                   {"till", engine::account_id{3}, noon});
  const auto later = decode_movement(operation::hold, parse_strict(body)->as_object(),
                                     {"till", engine::account_id{3}, noon + 1h});
  CHECK(now->content == later->content);
  const auto receipt = decode(operation::receipt, R"({"sku":"A","units":2})");
  const auto count = decode(operation::count, R"({"sku":"A","counted":2})");
  CHECK(receipt->content != count->content);
}

TEST_CASE("operations are found by the words that name them") {
  for (const auto op :
       {operation::receipt, operation::ship_hold, operation::take_return, operation::resolve}) {
    CHECK(find_operation(to_string(op)) == op);
  }
  CHECK_FALSE(find_operation("burn").has_value());
}
