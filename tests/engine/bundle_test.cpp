#include "engine/bundle.hpp"

#include "engine/catalogue.hpp"
#include "engine/codec.hpp"
#include "engine/key.hpp"
#include "engine/limits.hpp"
#include "engine/sku_owner.hpp"
#include "tests/catch.hpp"

#include <string>

using namespace lockstep;
using namespace lockstep::engine;
using namespace std::chrono_literals;

namespace {

constexpr sku_id cup{1};
constexpr sku_id tea{2};
constexpr sku_id spoon{3};
constexpr sku_id set_of_two{4};
constexpr sku_id gift{5};
constexpr sku_id hamper{6};
constexpr time_point start{std::chrono::hours{24 * 365 * 56}};

catalogue shop() {
  catalogue known;
  const char* codes[] = {"CUP", "TEA", "SPOON", "SET", "GIFT", "HAMPER"};
  for (std::int64_t id = 1; id <= 6; ++id)
    REQUIRE(known.put(product{sku_id{id}, codes[id - 1], "", {}}));
  return known;
}

// As the engine does it: all revisions that the change makes are kept.
result<std::size_t> define(catalogue& known, sku_id id, std::vector<component> components) {
  const auto made = compose(known, id, std::move(components));
  if (!made) return made.error();
  for (const auto& each : *made)
    REQUIRE(known.put(each));
  return made->size();
}

bool defined(catalogue& known, sku_id id, std::vector<component> components) {
  return define(known, id, std::move(components)).has_value();
}

std::string refused(catalogue& known, sku_id id, std::vector<component> components) {
  const auto made = compose(known, id, std::move(components));
  return made ? "granted" : made.error().what;
}

command tell_line(quantity ordered) {
  command asked;
  asked.account = account_id{7};
  asked.reference = "o1/1";
  asked.body = record_line{.line = line_key(account_id{7}, "o1", "1"), .ordered = ordered};
  return asked;
}

} // namespace

TEST_CASE("a bundle of bundles takes from plain SKUs, a shared one with all its units") {
  auto known = shop();
  REQUIRE(defined(known, set_of_two, {{tea, 1}, {cup, 2}}));
  REQUIRE(defined(known, gift, {{set_of_two, 2}, {cup, 1}, {spoon, 3}}));
  const auto* made = known.bundles().find(gift);
  REQUIRE(made != nullptr);
  CHECK(made->revision == 1);
  CHECK(made->components == std::vector<component>{{cup, 1}, {spoon, 3}, {set_of_two, 2}});
  CHECK(made->leaves == std::vector<component>{{cup, 5}, {tea, 2}, {spoon, 3}});
  CHECK(known.bundles().find(cup) == nullptr);
}

TEST_CASE("a changed part makes a new revision of every bundle that contains it, and of no other") {
  auto known = shop();
  REQUIRE(defined(known, set_of_two, {{cup, 2}}));
  REQUIRE(defined(known, gift, {{set_of_two, 1}, {spoon, 1}}));
  REQUIRE(defined(known, hamper, {{gift, 2}}));
  CHECK(define(known, set_of_two, {{cup, 2}}).value() == 0); // it is so already
  CHECK(define(known, set_of_two, {{tea, 3}}).value() == 3);
  CHECK(known.bundles().find(hamper)->revision == 2);
  CHECK(known.bundles().find(hamper)->leaves == std::vector<component>{{tea, 6}, {spoon, 2}});
  CHECK(define(known, spoon, {{cup, 1}}).value() == 3); // a leaf turns into a bundle
  CHECK(known.bundles().find(hamper)->leaves == std::vector<component>{{cup, 2}, {tea, 6}});
  CHECK(known.bundles().find(set_of_two)->revision == 2);
  std::size_t revisions = 0;
  known.bundles().each([&](const bundle&) { ++revisions; });
  CHECK(revisions == 2 + 3 + 3 + 1);
}

TEST_CASE("a cycle is refused with its way, by codes") {
  auto known = shop();
  REQUIRE(defined(known, set_of_two, {{cup, 2}}));
  REQUIRE(defined(known, gift, {{set_of_two, 1}}));
  CHECK(refused(known, cup, {{gift, 1}}) == "a bundle cannot contain itself: CUP > GIFT > SET > CUP");
  CHECK(refused(known, cup, {{cup, 1}}) == "a bundle cannot contain itself: CUP > CUP");
}

TEST_CASE("what cannot be a composition is refused in words") {
  auto known = shop();
  CHECK(refused(known, gift, {}) == "a bundle has at least one component");
  CHECK(refused(known, gift, {{sku_id{99}, 1}}) == "a component is no known SKU");
  CHECK(refused(known, gift, {{cup, 0}}) == "1 to 10000 units of 'CUP' can be in a bundle");
  CHECK(refused(known, gift, {{cup, 1}, {cup, 2}}) == "'CUP' is named twice: add its units up");
  REQUIRE(defined(known, set_of_two, {{cup, 10'000}}));
  CHECK(refused(known, gift, {{set_of_two, 2}}) == "'GIFT' would take more than 10000 units of 'CUP'");
  CHECK(compose(known, sku_id{99}, {{cup, 1}}).error().code == error_code::not_found);
}

TEST_CASE("bundles are nested as deep as the limit and no deeper, from above and from below") {
  catalogue known;
  const auto last = static_cast<std::int64_t>(limits::bundle_depth_max) + 2;
  for (std::int64_t id = 0; id <= last; ++id)
    REQUIRE(known.put(product{sku_id{id + 1}, "S" + std::to_string(id), "", {}}));
  for (std::int64_t id = 1; id < last - 1; ++id)
    REQUIRE(defined(known, sku_id{id + 1}, {{sku_id{id}, 1}}));
  CHECK(refused(known, sku_id{last}, {{sku_id{last - 1}, 1}}) == "'S9' would nest bundles deeper than 8 levels");
  CHECK(refused(known, sku_id{1}, {{sku_id{last + 1}, 1}}) == "'S8' would nest bundles deeper than 8 levels");
}

TEST_CASE("a bundle takes from as many SKUs as the limit and no more") {
  catalogue known;
  const auto most = static_cast<std::int64_t>(limits::leaves_per_bundle_max);
  for (std::int64_t id = 1; id <= most + 3; ++id)
    REQUIRE(known.put(product{sku_id{id}, "S" + std::to_string(id), "", {}}));
  std::vector<component> all;
  for (std::int64_t id = 1; id <= most; ++id)
    all.push_back({sku_id{id}, 1});
  REQUIRE(defined(known, sku_id{most + 2}, all));
  CHECK(refused(known, sku_id{most + 3}, {{sku_id{most + 2}, 1}, {sku_id{most + 1}, 1}}) ==
        "'S103' would take from more than 100 SKUs");
}

TEST_CASE("revisions come in order, and none ever changes") {
  compositions kept;
  REQUIRE(kept.put({gift, 1, {{cup, 1}}, {{cup, 1}}}));
  REQUIRE(kept.put({gift, 1, {{cup, 1}}, {{cup, 1}}})); // told again
  CHECK_FALSE(kept.put({gift, 1, {{cup, 2}}, {{cup, 2}}}));
  CHECK_FALSE(kept.put({gift, 3, {{cup, 2}}, {{cup, 2}}}));
  REQUIRE(kept.put({gift, 2, {{tea, 2}}, {{tea, 2}}}));
  CHECK(kept.containing(cup).empty());
  CHECK(kept.containing(tea) == std::vector{gift});
}

TEST_CASE("a bundle's line becomes its own and one of each leaf, with units times per") {
  const bundle of{gift, 3, {}, {{cup, 2}, {tea, 5}}};
  auto asked = tell_line(4);
  asked.key = movement_key(line_key(account_id{7}, "o1", "1"), "cancel", "r1");
  asked.content = 11;
  auto& told = std::get<record_line>(asked.body);
  told.cancelled_now = 1;
  told.shipped = 2;
  const auto all = expand(of, asked);
  REQUIRE(all.size() == 3);
  CHECK(all[0].first == gift);
  CHECK(all[0].second.key == asked.key);
  CHECK(revision_of(std::get<record_line>(all[0].second.body).location) == 3);
  CHECK(std::get<record_line>(all[0].second.body).ordered == 4);
  CHECK(all[2].first == tea);
  CHECK(all[2].second.key.is_nil());
  CHECK(all[2].second.reference == "o1/1");
  const auto& leaf = std::get<record_line>(all[2].second.body);
  CHECK(leaf.line == component_line(told.line, tea));
  CHECK(leaf.location == main_location);
  CHECK(leaf.ordered == 20);
  CHECK(leaf.shipped == 10);
  CHECK(leaf.cancelled_now == 5);
  CHECK_FALSE(leaf.cancelled.has_value());
}

TEST_CASE("a bundle's own line is followed like any other and moves no stock") {
  sku_owner owner{gift, {}};
  const bundle of{gift, 2, {}, {{cup, 2}}};
  const auto tell = [&](command asked) { return owner.apply(expand(of, asked).front().second, start, nullptr); };
  auto line = tell_line(5);
  auto& told = std::get<record_line>(line.body);
  CHECK(tell(line).sold == 5);
  told.shipped = 2;
  told.cancelled = 1;
  const auto done = tell(line);
  CHECK(done.figures.reserved == 0);
  CHECK(done.figures.on_hand == 0);
  CHECK(done.figures.available == 0);
  CHECK(done.figures.oversold == 0);
  CHECK_FALSE(done.figures.has_number);
  CHECK(owner.state().incidents.empty());
  command back;
  back.body = take_return{.line = told.line, .units = 1};
  CHECK(tell(back).figures.inspecting == 0);
  const auto& kept = owner.state().reservations.at(told.line);
  CHECK(revision_of(kept.location) == 2);
  CHECK(kept.open() == 2);
  CHECK(unserved_promises(owner.state()).empty());

  const auto read = decode_snapshot(owner.take_snapshot(), owner.state().retention);
  REQUIRE(read.has_value());
  CHECK(same(*read, owner.state()));
}

TEST_CASE("a request for a bundle's own line is granted without stock: its leaves are asked") {
  sku_owner owner{gift, {}};
  auto line = tell_line(5);
  auto& told = std::get<record_line>(line.body);
  told.mode = line_mode::request;
  const bundle of{gift, 1, {}, {{cup, 2}}};
  CHECK(owner.apply(expand(of, line).front().second, start, nullptr).decision.reason == refusal::none);
  told.ordered.reset();
  told.shipped = 6;
  CHECK(owner.apply(expand(of, line).front().second, start, nullptr).decision.reason == refusal::below_zero);
  told.shipped = 5;
  CHECK(owner.apply(expand(of, line).front().second, start, nullptr).decision.reason == refusal::none);
}

TEST_CASE("several members of one group at one SKU take what is there once") {
  sku_owner owner{cup, {}};
  command receipt;
  receipt.body = receive{.units = 5};
  (void)owner.apply(receipt, start, nullptr);
  const auto wants = [](const char* name, quantity units) {
    command asked;
    asked.body = record_line{
        .line = line_key(account_id{7}, name, "1"), .mode = line_mode::request, .ordered = units};
    return asked;
  };
  const group_id one{1};
  const group_id other{2};
  CHECK(owner.prepare(one, wants("a", 3), start, nullptr).verdict == prepared::granted);
  CHECK(owner.prepare(one, wants("b", 3), start, nullptr).verdict == prepared::refused); // waits for nobody
  CHECK(owner.prepare(one, wants("b", 2), start, nullptr).verdict == prepared::granted);
  CHECK(owner.prepare(other, wants("c", 1), start, nullptr).verdict == prepared::waits);
  CHECK(owner.commit(one, start).figures.available == 2);
  CHECK(owner.commit(one, start).figures.available == 0);
  CHECK_FALSE(owner.has_prepared());
  CHECK(owner.state().reservations.size() == 2);
}

TEST_CASE("a group that gives up gives back all its members at a SKU") {
  sku_owner owner{cup, {}};
  command receipt;
  receipt.body = receive{.units = 2};
  (void)owner.apply(receipt, start, nullptr);
  for (const char* name : {"a", "b"}) {
    command asked;
    asked.body =
        record_line{.line = line_key(account_id{7}, name, "1"), .mode = line_mode::request, .ordered = 1};
    CHECK(owner.prepare(group_id{1}, asked, start, nullptr).verdict == prepared::granted);
  }
  owner.abort(group_id{1});
  CHECK_FALSE(owner.has_prepared());
  command asked;
  asked.body = hold{.reservation = line_key(account_id{7}, "c", "1"), .units = 2, .expires_at = start + 1h};
  CHECK(owner.apply(asked, start, nullptr).decision.reason == refusal::none);
}
