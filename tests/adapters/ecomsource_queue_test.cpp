#include "adapters/ecomsource/lookup_queue.hpp"
#include "tests/catch.hpp"

#include <chrono>
#include <set>
#include <string>
#include <vector>

using namespace lockstep;
using namespace lockstep::adapters::ecomsource;
using engine::identifier;
using namespace std::chrono_literals;
using codes = std::vector<identifier>;

namespace {

const identifier upc{"upc", "036000291452"};
const identifier other_upc{"upc", "012345678905"};
const identifier asin_code{"asin", "B000123456"};

engine::time_point at(engine::duration after) {
  return engine::time_point{std::chrono::hours{24 * 365 * 50}} + after;
}

queue_options fast() {
  queue_options options;
  options.requests_per_second = 1'000;
  options.requests_per_day = 1'000;
  return options;
}

lookup_answer of(lookup_status status) {
  lookup_answer answer;
  answer.status = status;
  if (status != lookup_status::answered) answer.what = "said so";
  return answer;
}

// Every code is unknown there, or stands for one product.
lookup_answer known(std::size_t count, bool found) {
  auto answer = of(lookup_status::answered);
  answer.products.resize(count);
  for (auto& each : answer.products)
    if (found) each.push_back({"Mug", {upc, asin_code}});
  return answer;
}

} // namespace

TEST_CASE("a code is asked for once while its answer is fresh") {
  lookup_queue queue{fast()};
  CHECK(queue.ask(upc, at(0ms)));
  CHECK(queue.ask(upc, at(0ms)));
  REQUIRE(queue.next(at(0ms)) == codes{upc});
  CHECK(queue.ask(upc, at(0ms))); // under way
  CHECK(queue.next(at(1s)).empty());
  CHECK(queue.waiting() == 1);
  CHECK(queue.settle(codes{upc}, known(1, true), at(1s), 0.5) == codes{upc});
  CHECK(queue.waiting() == 0);
  REQUIRE(queue.find(upc, at(1s)) != nullptr);
  CHECK(queue.find(upc, at(1s))->front().title == "Mug");
  CHECK(queue.ask(upc, at(13 * 24h)));
  CHECK(queue.waiting() == 0);
  CHECK(queue.find(upc, at(15 * 24h)) == nullptr);
  CHECK(queue.ask(upc, at(15 * 24h)));
  REQUIRE(queue.next(at(15 * 24h)) == codes{upc});
  CHECK(queue.settle(codes{upc}, known(1, false), at(15 * 24h), 0.5) == codes{upc});
  REQUIRE(queue.find(upc, at(15 * 24h + 23h)) != nullptr);
  CHECK(queue.find(upc, at(15 * 24h + 23h))->empty());
  CHECK(queue.find(upc, at(16 * 24h + 1h)) == nullptr);
}

TEST_CASE("queue and memory are bounded") {
  auto options = fast();
  options.waiting_max = 2;
  options.remembered_max = 1;
  lookup_queue queue{options};
  CHECK(queue.ask(upc, at(0ms)));
  CHECK(queue.ask(asin_code, at(0ms)));
  CHECK_FALSE(queue.ask(other_upc, at(0ms)));
  auto now = at(0s);
  for (const auto& code : {upc, asin_code}) {
    REQUIRE(queue.next(now += 1s) == codes{code});
    CHECK(queue.settle(codes{code}, known(1, true), now, 0.5).size() == 1);
  }
  CHECK(queue.find(upc, now) == nullptr); // the oldest made room
  CHECK(queue.find(asin_code, now) != nullptr);
}

TEST_CASE("a batch holds codes of one type, in their order") {
  auto options = fast();
  options.codes_per_request = 3;
  lookup_queue queue{options};
  for (const auto& code : {upc, other_upc, asin_code, identifier{"upc", "725272730706"}})
    CHECK(queue.ask(code, at(0ms)));
  CHECK(queue.next(at(1s)) == codes{upc, other_upc});
  CHECK(queue.next(at(2s)) == codes{asin_code});
  CHECK(queue.settle(codes{upc, other_upc}, known(2, true), at(2s), 0.5).size() == 2);
  CHECK(queue.find(other_upc, at(2s)) != nullptr);
}

TEST_CASE("codes that are refused together are asked for one by one, and not given up for it") {
  auto options = fast();
  options.codes_per_request = 3;
  lookup_queue queue{options};
  const identifier bad{"upc", "725272730706"};
  for (const auto& code : {upc, bad, other_upc})
    CHECK(queue.ask(code, at(0ms)));
  const auto together = queue.next(at(1s));
  REQUIRE(together == codes{upc, bad, other_upc});
  CHECK(queue.settle(together, of(lookup_status::batch_refused), at(1s), 0.5).empty());
  CHECK(queue.trouble() == "said so");
  const identifier fresh{"upc", "012345000065"};
  CHECK(queue.ask(fresh, at(1s)));
  auto now = at(2s);
  for (const auto& code : {upc, bad, other_upc, fresh}) {
    REQUIRE(queue.next(now) == codes{code});
    CHECK(queue.settle(codes{code}, known(1, code != bad), now, 0.5) == codes{code});
    CHECK(queue.find(code, now)->empty() == (code == bad));
    now += 1s;
  }
  CHECK(queue.ask(upc, now + 15 * 24h)); // whatever it was once refused with
  CHECK(queue.ask(other_upc, now + 15 * 24h));
  CHECK(queue.next(now + 15 * 24h) == codes{upc, other_upc});
}

TEST_CASE("questions are paced, and wait as long as the service says") {
  lookup_queue queue{{.requests_per_second = 1, .requests_per_day = 100}};
  CHECK(queue.ask(upc, at(0ms)));
  CHECK(queue.ask(asin_code, at(0ms)));
  REQUIRE(queue.next(at(0ms)) == codes{upc});
  CHECK(queue.next(at(500ms)).empty());
  auto throttled = of(lookup_status::throttled);
  throttled.limits.retry_after = 30s;
  CHECK(queue.settle(codes{upc}, throttled, at(600ms), 0.5).empty()); // it waits again
  CHECK(queue.trouble() == "said so");
  CHECK(queue.next(at(20s)).empty());
  const auto ready = queue.ready_at(at(20s));
  REQUIRE(ready.has_value());
  CHECK(*ready >= at(30s + 600ms));
  CHECK(queue.next(*ready) == codes{asin_code});
}

TEST_CASE("no more is asked in any 24 hours than the plan allows") {
  lookup_queue queue{{.requests_per_second = 100, .requests_per_day = 10}};
  for (int i = 0; i < 60; ++i)
    CHECK(queue.ask({"asin", "B0000000" + std::to_string(10 + i)}, at(0ms)));
  std::vector<engine::time_point> sent;
  for (auto now = at(0ms); now < at(96h); now += sent.size() < 5 ? 1h : 10min) {
    const auto next = queue.next(now);
    if (next.empty()) continue;
    sent.push_back(now);
    CHECK(queue.settle(next, known(1, false), now, 0.5).size() == 1);
  }
  for (std::size_t i = 10; i < sent.size(); ++i)
    CHECK(sent[i] - sent[i - 10] >= 24h);
  CHECK(sent.size() == 40);
}

TEST_CASE("a used-up allowance says when it is back, once nothing is under way") {
  lookup_queue queue{{.requests_per_second = 100, .requests_per_day = 2}};
  for (const auto& code : {upc, other_upc, asin_code})
    CHECK(queue.ask(code, at(0ms)));
  CHECK_FALSE(queue.allowance_back_at(at(0ms)).has_value());
  REQUIRE(queue.next(at(0ms)) == codes{upc});
  CHECK(queue.settle(codes{upc}, known(1, true), at(1s), 0.5).size() == 1);
  CHECK_FALSE(queue.allowance_back_at(at(1h)).has_value()); // one is left
  REQUIRE(queue.next(at(1h)) == codes{other_upc});
  CHECK_FALSE(queue.allowance_back_at(at(1h)).has_value()); // an answer is to come
  CHECK(queue.settle(codes{other_upc}, known(1, true), at(1h), 0.5).size() == 1);
  CHECK(queue.allowance_back_at(at(2h)) == at(24h));
  CHECK(queue.ready_at(at(2h)) == at(24h));
  CHECK(queue.next(at(24h) - 1us).empty());
  REQUIRE(queue.next(at(24h)) == codes{asin_code});
  CHECK(queue.settle(codes{asin_code}, known(1, true), at(24h), 0.5).size() == 1);
  CHECK_FALSE(queue.allowance_back_at(at(24h)).has_value()); // nothing waits for it
}

TEST_CASE("a service that fails is left alone, and codes are given up after some attempts") {
  lookup_queue queue{fast()};
  CHECK(queue.ask(upc, at(0ms)));
  int asked = 0;
  auto now = at(0ms);
  codes settled;
  while (settled.empty()) {
    const auto next = queue.next(now);
    if (next.empty()) {
      const auto ready = queue.ready_at(now);
      REQUIRE(ready.has_value());
      REQUIRE(*ready > now);
      now = *ready;
      continue;
    }
    ++asked;
    settled = queue.settle(next, of(lookup_status::failed), now, 0.9);
  }
  CHECK(asked == limits::lookup_attempts_max);
  CHECK(queue.find(upc, now) == nullptr);
  CHECK(queue.waiting() == 0);
  CHECK(queue.ask(asin_code, now)); // the circuit is open, and one probe finds out
  CHECK(queue.next(now + 1s).empty());
  const auto probe = queue.ready_at(now + 1s);
  REQUIRE(probe.has_value());
  CHECK(*probe >= now + 2s);
  REQUIRE(queue.next(*probe) == codes{asin_code});
  CHECK(queue.ask(upc, *probe));
  CHECK(queue.next(*probe + 1h).empty());
  CHECK_FALSE(queue.ready_at(*probe + 1h).has_value()); // until the probe is answered
  CHECK(queue.settle(codes{asin_code}, known(1, true), *probe + 1h, 0.5).size() == 1);
  CHECK(queue.next(*probe + 1h) == codes{upc});
  CHECK(queue.trouble().empty());
}

TEST_CASE("wrong keys are tried again by one question an hour, and lose no code") {
  lookup_queue queue{fast()};
  CHECK(queue.ask(upc, at(0ms)));
  CHECK(queue.ask(asin_code, at(0ms)));
  auto now = at(0ms);
  for (int hour = 0; hour < 20; ++hour) {
    const auto next = queue.next(now);
    REQUIRE(next.size() == 1);
    CHECK(queue.settle(next, of(lookup_status::refused), now, 0.5).empty());
    CHECK(queue.trouble() == "said so");
    CHECK(queue.next(now + 50min).empty());
    now += 61min;
  }
  CHECK(queue.waiting() == 2);
}
