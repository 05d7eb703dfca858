// Plays a story of one listing, written as text, against listing_push. A line is an event or an expectation:
//
//   stored 10 v1 [expecting 8] [crashed] [uncertain] [parked]   what the store knows of the listing; first
//   line only at 12                    the time is 12 s number 10 v3             the number to show is 10,
//   because of the SKU's fact 3 sale 2 at 9              the channel's own shop sold 2 units at 9 s and tells
//   it now orders from 9            an order poll that began at 9 s is complete sees 7 asked 9           a
//   page of the sweep, asked for at 9 s, shows 7 doubt, wake, quarantine, release, repair N, leave N write 10
//   from 12         expects that a write of 10 is due, compared with 12; it leaves write 10 the same,
//   unchecked read                     expects that a read is due; it leaves applied, not_applied, stale,
//   rejected, lost                 the answer of the last write seen 9, absent, unread   the answer of the
//   read nothing                  expects that nothing is to be sent waits, parked            expects that
//   state expected 9, held 1       expects those figures
#pragma once

#include "engine/listing_push.hpp"
#include "tests/catch.hpp"

#include <sstream>
#include <string>

namespace lockstep::tests {

class push_script {
 public:
  explicit push_script(engine::push_terms terms) : terms_(terms) {}

  void play(const std::string& story) {
    std::istringstream lines{story};
    for (std::string line; std::getline(lines, line);) {
      line = line.substr(0, line.find('#'));
      std::istringstream rest{line};
      std::string verb;
      if (!(rest >> verb)) continue;
      INFO(line);
      INFO("state " << to_string(push_.state()) << ", value " << push_.value() << ", held "
                    << push_.held_back());
      step(verb, rest);
    }
  }

  engine::listing_push& push() { return push_; }

 private:
  using words = std::istringstream;

  static engine::time_point second(long s) {
    return engine::time_point{std::chrono::hours{24} + std::chrono::seconds{s}};
  }

  [[nodiscard]] engine::push_moment moment() const { return {terms_, now_, orders_read_}; }

  static long number(words& from) {
    std::string word;
    REQUIRE(from >> word);
    return std::stol(word.front() == 'v' ? word.substr(1) : word);
  }

  static long number_after(words& from, const char* keyword) {
    std::string word;
    REQUIRE(from >> word);
    REQUIRE(word == keyword);
    return number(from);
  }

  void step(const std::string& verb, words& rest) {
    const auto at = moment();
    if (verb == "stored") return store(rest);
    if (verb == "at")
      now_ = second(number(rest));
    else if (verb == "number")
      number_told(rest);
    else if (verb == "sale")
      sale_told(rest);
    else if (verb == "orders")
      orders_read_ = second(number_after(rest, "from")), push_.orders_read(moment());
    else if (verb == "sees")
      sees(rest);
    else if (verb == "doubt")
      push_.doubt(at);
    else if (verb == "wake")
      push_.wake(at);
    else if (verb == "look")
      push_.look(at);
    else if (verb == "quarantine")
      push_.quarantine(true, at);
    else if (verb == "unquarantine")
      push_.quarantine(false, at);
    else if (verb == "release")
      push_.release(at);
    else if (verb == "repair")
      push_.drifted(number(rest), true, at);
    else if (verb == "leave")
      push_.drifted(number(rest), false, at);
    else if (verb == "applied")
      push_.applied(sent_.counter, at);
    else if (verb == "not_applied")
      push_.not_applied(sent_.counter, at);
    else if (verb == "stale")
      push_.stale(sent_.counter, at);
    else if (verb == "rejected")
      push_.rejected(sent_.counter, "ITEM_NOT_STOCKED", at);
    else if (verb == "lost")
      push_.lost(sent_.counter, at);
    else if (verb == "seen")
      push_.seen(number(rest), at);
    else if (verb == "absent")
      push_.absent("not tracked", at);
    else if (verb == "unread")
      push_.unread(at);
    else
      expect(verb, rest);
  }

  void expect(const std::string& verb, words& rest) {
    using engine::push_state;
    if (verb == "write") return expect_write(rest);
    if (verb == "read") {
      REQUIRE(push_.state() == push_state::blind);
      push_.take_read(moment());
    } else if (verb == "nothing")
      REQUIRE(push_.state() == push_state::idle);
    else if (verb == "waits")
      REQUIRE(push_.state() == push_state::waiting);
    else if (verb == "parked")
      REQUIRE(push_.state() == push_state::parked);
    else if (verb == "writing")
      REQUIRE(push_.state() == push_state::writing);
    else if (verb == "expected")
      REQUIRE(push_.expected() == number(rest));
    else if (verb == "held")
      REQUIRE(push_.held_back() == number(rest));
    else
      FAIL("unknown line: " << verb);
  }

  void expect_write(words& rest) {
    REQUIRE(push_.state() == engine::push_state::waiting);
    const auto before = sent_.counter;
    sent_ = push_.take_write(moment());
    CHECK(sent_.counter > before); // a publication of its own
    CHECK(sent_.value == number(rest));
    std::string word;
    if (rest >> word)
      CHECK(sent_.expected == number(rest));
    else
      CHECK(sent_.expected == std::nullopt);
  }

  void store(words& rest) {
    engine::listing_push::stored known;
    known.last = {.counter = 7, .version = 0, .value = number(rest), .at = second(0)};
    known.last.version = number(rest);
    known.expected = known.last.value;
    bool clean = true;
    for (std::string word; rest >> word;) {
      if (word == "expecting")
        known.expected = number(rest);
      else if (word == "crashed")
        clean = false;
      else if (word == "uncertain")
        known.uncertain = true;
      else if (word == "parked")
        known.parked = "as stored";
      else
        FAIL("unknown word: " << word);
    }
    push_ = engine::listing_push::restore(known, clean, now_ + terms_.settle);
    sent_.counter = known.last.counter;
  }

  void number_told(words& rest) {
    const auto value = number(rest);
    push_.number(value, number(rest), moment());
  }

  void sale_told(words& rest) {
    const auto units = number(rest);
    push_.own_sale(units, second(number_after(rest, "at")), moment());
  }

  void sees(words& rest) {
    const auto shown = number(rest);
    explained_ = push_.swept(shown, second(number_after(rest, "asked")), moment());
    std::string word;
    if (rest >> word) REQUIRE((word == "explained") == explained_);
  }

  engine::push_terms terms_;
  engine::listing_push push_;
  engine::time_point now_ = second(0);
  engine::time_point orders_read_{};
  engine::push_write sent_;
  bool explained_ = true;
};

// Shopify's kind: compare-and-set, sales told within 5 s, a lost write may land for 60 s.
inline push_script with_compare() {
  using namespace std::chrono_literals;
  return push_script{{.compare_and_set = true, .settle = 60s, .signal_lag = 5s}};
}

// Everybody else's kind.
inline push_script without_compare() {
  using namespace std::chrono_literals;
  return push_script{{.compare_and_set = false, .settle = 60s, .signal_lag = 5s}};
}

} // namespace lockstep::tests
