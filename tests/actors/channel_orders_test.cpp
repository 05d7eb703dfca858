// The order poll of a channel actor: what is read, submitted, buried and remembered.
#include "tests/actors/channel_rig.hpp"

using namespace lockstep;
using namespace lockstep::tests;

TEST_CASE(
    "orders: a poll begins at the stored watermark less the overlap, and moves it when it is complete") {
  const auto stored = channel_rig::start_time() - 2h;
  channel_rig rig{{.orders_read_to = stored}};
  CHECK(rig.adapter().asked_since == stored - 5min);
  rig.answer("orders", "");
  REQUIRE(rig.recorded<storage::watermark>().size() == 1);
  CHECK(rig.recorded<storage::watermark>().front().at == channel_rig::start_time());
  CHECK(rig.recorded<storage::watermark>().front().stream == "orders");
  rig.pass(3min);
  CHECK(rig.asks("orders"));
  CHECK(rig.adapter().asked_since == channel_rig::start_time() - 5min);
}

TEST_CASE("orders: the first poll of an account takes over what was open, the next ones read what changed") {
  channel_rig rig;
  const auto found_open = [&] {
    return std::get<engine::record_line>(rig.submitted.back().asked.body).found_open;
  };
  CHECK(rig.adapter().asked_since == engine::time_point{});
  rig.answer("orders", "o1=s1:2 next p2");
  CHECK(found_open());
  rig.answer_lines();
  CHECK(rig.adapter().asked_since == engine::time_point{});
  rig.adapter().order_time = rig.now(); // placed while the poll runs: it is news
  rig.answer("orders", "o2=s2:1");
  CHECK_FALSE(found_open());
  rig.answer_lines();
  rig.pass(3min);
  CHECK(rig.adapter().asked_since == channel_rig::start_time() - 5min);
  rig.adapter().order_time = channel_rig::start_time() - 1h;
  rig.answer("orders", "o1=s1:2");
  CHECK_FALSE(found_open());
}

TEST_CASE("orders: lines of every page are submitted, and the watermark waits for the last answer") {
  channel_rig rig;
  rig.answer("orders", "o1=s1:2 o2=s2:1 next p2");
  REQUIRE(rig.submitted.size() == 2);
  CHECK(rig.submitted[0].sku == channel_rig::sku(1));
  CHECK_FALSE(rig.asks("orders"));
  rig.answer_lines();
  CHECK(rig.waiting() == std::vector<std::string>{"orders p2"});
  rig.answer("orders", "o3=s3:1");
  rig.pass(10s);
  CHECK(rig.recorded<storage::watermark>().empty());
  CHECK(rig.status().state == "reading orders");
  rig.answer_lines();
  CHECK(rig.recorded<storage::watermark>().size() == 1);
}

TEST_CASE("orders: a line of an unknown SKU and a refused line are buried once, their siblings go on") {
  channel_rig rig;
  rig.answer("orders", "o1=nobody:2 o2=s2:1");
  REQUIRE(rig.submitted.size() == 1);
  rig.answer_lines(engine::refusal::older_than_window);
  auto letters = rig.recorded<storage::dead_letter>();
  REQUIRE(letters.size() == 2);
  CHECK(letters[1].reason == "older_than_window");
  CHECK(letters[1].kind == "poll");
  CHECK_FALSE(letters[1].body.empty());
  rig.pass(3min);
  rig.answer("orders", "o1=nobody:2 o2=s2:1"); // the overlap tells them again
  rig.answer_lines(engine::refusal::older_than_window);
  CHECK(rig.recorded<storage::dead_letter>().size() == 2);
  CHECK(rig.recorded<storage::watermark>().size() == 2);
  rig.pass(3min);
  rig.answer("orders", "o1=nobody:3 o2=s2:1"); // other units: the earlier letter does not tell them
  rig.answer_lines(engine::refusal::older_than_window);
  CHECK(rig.recorded<storage::dead_letter>().size() == 3);
}

TEST_CASE("orders: an overloaded engine is asked again, nothing is skipped") {
  channel_rig rig;
  rig.admission = actors::admission::overloaded;
  rig.answer("orders", "o1=s1:2");
  rig.pass(1s);
  CHECK(rig.submitted.empty());
  CHECK(rig.recorded<storage::watermark>().empty());
  rig.admission = actors::admission::accepted;
  rig.pass(1s);
  REQUIRE(rig.submitted.size() == 1);
  rig.answer_lines();
  CHECK(rig.recorded<storage::watermark>().size() == 1);
}

TEST_CASE("orders: a page that fails is asked for again, and one whose answers never come is read again") {
  channel_rig rig;
  rig.answer("orders", "retry");
  rig.pass(1s);
  rig.answer("orders", "o1=s1:2");
  rig.submitted.clear(); // their answers are lost
  rig.pass(3min);
  CHECK(rig.asks("orders"));
  rig.answer("orders", "o1=s1:2");
  rig.answer_lines();
  CHECK(rig.recorded<storage::watermark>().size() == 1);
}

TEST_CASE("orders: increases wait until the numbers of the lines have been heard, not just their answers") {
  channel_rig rig;
  rig.announce();
  rig.commit({{.sku = 1, .available = 30, .by_person = true}});
  rig.answer("orders", "o1=s1:2");
  actors::answers_delivered answers;
  actors::answer each;
  each.to = rig.submitted.front().to;
  each.sku = channel_rig::sku(1);
  each.version = 3;
  answers.answers.push_back(each);
  rig.send(std::move(answers));
  rig.pass(100ms);
  CHECK(rig.write().empty());
  rig.commit({{.sku = 1, .available = 28, .sold_here = 2}});
  rig.pass(10ms);
  CHECK(rig.write() == "i1=28/8");
}

TEST_CASE("orders: a number that is never heard holds a poll up for seconds, not for ever") {
  channel_rig rig;
  rig.answer("orders", "o1=s1:2");
  actors::answers_delivered answers;
  actors::answer each;
  each.to = rig.submitted.front().to;
  each.sku = channel_rig::sku(1);
  each.version = 99;
  answers.answers.push_back(each);
  rig.send(std::move(answers));
  rig.pass(3s);
  CHECK(rig.recorded<storage::watermark>().size() == 1);
}

TEST_CASE("orders: a poll asked for before its time overlaps by a minute, the regular one in full") {
  channel_rig rig;
  rig.start();
  rig.pass(1s);
  rig.commit({{.sku = 1, .available = 2}});
  rig.answer("write", "stale");
  rig.answer("read", "i1=9"); // a unit held back: its order is looked for
  rig.answer("write", "applied");
  rig.pass(6s);
  REQUIRE(rig.asks("orders"));
  CHECK(rig.adapter().asked_since == channel_rig::start_time() - 1min);
  const auto early = rig.now();
  rig.answer("orders", "");
  rig.answer("write", "applied");
  rig.pass(3min);
  REQUIRE(rig.asks("orders"));
  CHECK(rig.adapter().asked_since < early - 4min);
}
