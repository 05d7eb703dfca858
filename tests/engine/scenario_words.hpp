// The words of one line of a scenario, taken from left to right.
#pragma once

#include "tests/engine/lone_sku.hpp"

#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace lockstep::test {

// A line that is no scenario language. Caught by the runner, which adds the place.
struct scenario_error : std::runtime_error {
  using std::runtime_error::runtime_error;
};

class scenario_words {
 public:
  explicit scenario_words(std::string_view text);

  [[nodiscard]] bool empty() const { return next_ == words_.size(); }

  // The next word, still there; empty at the end.
  [[nodiscard]] std::string_view peek() const { return empty() ? std::string_view{} : words_[next_]; }

  // True, and the word is taken, when the next one is `word`.
  bool take(std::string_view word);
  // These throw when there is no such word.
  std::string text();
  quantity number();
  // "+15m", "-9d", "30s", "100ms"; a sign is part of it.
  duration time();
  // The rest of the line with single blanks.
  std::string rest();

 private:
  std::vector<std::string> words_;
  std::size_t next_ = 0;
};

// A command of the language: "hold h1 3 expires +15m". `now` is what expiry and "occurred" count from.
[[nodiscard]] command parse_command(scenario_words& words, time_point now);

} // namespace lockstep::test
