#include "engine/codec.hpp"
#include "tests/catch.hpp"
#include "tests/engine/history.hpp"

#include <cstdint>
#include <string>

using namespace lockstep::test;

namespace {

// A SKU with something of everything.
lone_sku full_sku() {
  lone_sku sku;
  const auto line = [&](const char* name, quantity ordered, quantity shipped) {
    (void)sku.apply(make_command(record_line{.line = named(name), .ordered = ordered, .shipped = shipped}));
  };

  (void)sku.apply(make_command(receive{.units = 10}));
  (void)sku.apply(make_command(receive{.location = location_id{4}, .units = 2}));
  (void)sku.apply(make_command(set_safety{{safety_rule::kind::percent, 15}}));
  (void)sku.apply(make_command(hold{.reservation = named("h1"), .units = 2, .expires_at = sku.now + 1h}));
  (void)sku.apply(make_command(hold{.reservation = named("h2"), .units = 1, .expires_at = sku.now + 2h}));
  (void)sku.apply(make_command(confirm{named("h2")}));
  line("o1", 3, 3);
  line("o2", 20, 1);
  (void)sku.apply(make_command(take_return{.line = named("o1"), .units = 1}));
  (void)sku.apply(make_command(expect_supply{.supply = named("po"), .units = 40, .due = sku.now + 24h}));
  (void)sku.apply(make_command(announce_return{.line = named("o1"), .units = 1}, named("r1")));
  (void)sku.apply(make_command(
      send_transfer{.transfer = named("t1"), .to = location_id{4}, .units = 1, .mode = line_mode::fact}));
  (void)sku.apply(make_command(fence{account_id{1}, 3}));
  (void)sku.apply(make_command(allocate{named("h1"), main_location, location_id{4}, 1}));
  return sku;
}

result<sku_state> decode(std::string_view bytes) {
  return decode_snapshot(bytes, lockstep::limits::key_retention_default);
}

} // namespace

TEST_CASE("a decoded snapshot is the state that was encoded, and goes on as it would have") {
  auto sku = full_sku();
  const auto bytes = encode_snapshot(sku.state());
  const auto decoded = decode(bytes);
  REQUIRE(decoded.has_value());
  CHECK(same(*decoded, sku.state()));
  CHECK(figures_of(*decoded) == sku.stock());
  CHECK(decoded->retention == sku.retention);
  CHECK(decoded->open_reservations == 3);
  CHECK(next_expiry(*decoded) == sku.now + 1h);
  CHECK((encode_snapshot(*decoded) == bytes));
}

TEST_CASE("an empty state and a state of many lines are encoded, too") {
  const auto blank = decode(encode_snapshot(blank_state()));
  REQUIRE(blank.has_value());
  CHECK(same(*blank, blank_state()));
  CHECK(encode_snapshot(blank_state()).size() < 128);
}

TEST_CASE("a snapshot cut short anywhere is corrupt") {
  const auto bytes = encode_snapshot(full_sku().state());
  for (std::size_t length = 0; length < bytes.size(); ++length) {
    const auto decoded = decode(std::string_view{bytes}.substr(0, length));
    REQUIRE(decoded.has_error());
    CHECK(decoded.error().code == error_code::corrupt);
  }
  CHECK(decode(bytes + '\0').has_error());
}

TEST_CASE("a snapshot of a newer format is too new, not corrupt") {
  auto bytes = encode_snapshot(full_sku().state());
  bytes[0] = 4;
  CHECK(decode(bytes).error().code == error_code::too_new);
  bytes[0] = 0;
  CHECK(decode(bytes).error().code == error_code::corrupt);
}

// Bytes that the third format has more for a SKU with stock, lines and incidents only.
std::size_t third_format_bytes(const sku_state& state) {
  const auto counts = 6 * sizeof(std::uint32_t);
  return state.stock.size() * 8 + state.incidents.size() * 5 + counts + 8 + recent_movements(state).size() * 28;
}

TEST_CASE("a snapshot of an older format is read, without what it does not tell") {
  lone_sku sku;
  (void)sku.apply(make_command(receive{.units = 10}));
  (void)sku.apply(make_command(record_line{.line = named("o1"), .ordered = 12}));
  sku.wait(1h);
  const auto whole = encode_snapshot(sku.state());
  const auto older = [&](char format, std::size_t fewer) {
    auto bytes = whole;
    bytes[0] = format;
    bytes.resize(bytes.size() - third_format_bytes(sku.state()) - fewer);
    return decode(bytes);
  };
  const auto first = older(1, 9); // without forgotten_to and moved_by_sale
  REQUIRE(first.has_value());
  CHECK(figures_of(*first) == sku.stock());
  CHECK_FALSE(first->moved_by_sale);

  const auto second = older(2, 0);
  REQUIRE(second.has_value());
  CHECK(second->moved_by_sale);
  CHECK(second->incidents == sku.state().incidents);
  CHECK(observable_from(*second) > sku.state().last_at);
}

TEST_CASE("a snapshot with any bit flipped is refused or decoded to a state that can be used") {
  const auto bytes = encode_snapshot(full_sku().state());
  std::size_t refused = 0;
  for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    auto flipped = bytes;
    flipped[bit / 8] = static_cast<char>(static_cast<unsigned char>(flipped[bit / 8]) ^ (1U << bit % 8));
    auto decoded = decode(flipped);
    if (decoded.has_error()) {
      ++refused;
      continue;
    }
    CHECK((encode_snapshot(*decoded) == flipped));
    sku_owner owner{sku_id{1}, *std::move(decoded)};
    (void)owner.apply(make_command(receive{.units = 1}), start_of_tests + 3h, nullptr);
  }
  CHECK(refused >
        bytes.size() * 2); // units, ids of places, counts and kinds are checked; times and texts may be any
}

TEST_CASE("random bytes never make a snapshot crash") {
  CHECK(rc::check([] {
    auto bytes = *rc::gen::container<std::string>(rc::gen::arbitrary<char>());
    if (!bytes.empty()) bytes[0] = 3;
    auto decoded = decode(bytes);
    if (decoded) RC_ASSERT(encode_snapshot(*decoded) == bytes);
  }));
}

TEST_CASE("reserved units that no reservation explains are corrupt") {
  auto state = full_sku().state();
  state.stock.front().reserved += 1;
  CHECK(decode(encode_snapshot(state)).error().code == error_code::corrupt);
  state = full_sku().state();
  state.reservations.erase(named("h1"));
  CHECK(decode(encode_snapshot(state)).error().code == error_code::corrupt);
}
