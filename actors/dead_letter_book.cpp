#include "actors/dead_letter_book.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <utility>

namespace lockstep::actors {

namespace {

// Other units are another letter. When the channel touched the order, and whether it was open when the
// account was connected, stand between the two words (adapters/order_json.cpp) and make no other.
std::size_t content_of(const std::string& body) {
  const auto begin = body.find("\"updated_at_us\"");
  const auto end = body.find("\"lines\"", std::min(begin, body.size()));
  if (end == std::string::npos) return std::hash<std::string>{}(body);
  return std::hash<std::string>{}(body.substr(0, begin) + body.substr(end));
}

} // namespace

std::string dead_letter_book::key_of(const storage::dead_letter& letter) {
  return fmt::format("{}\n{}\n{}\n{}", static_cast<std::int32_t>(letter.account), letter.reference,
                     letter.reason, content_of(letter.body));
}

bool dead_letter_book::claim(const storage::dead_letter& letter) {
  auto key = key_of(letter);
  const std::lock_guard guard{lock_};
  if (claimed_before_.contains(key)) return false;
  if (claimed_.size() >= limits::dead_letters_remembered_max / 2)
    claimed_before_ = std::exchange(claimed_, {});
  return claimed_.insert(std::move(key)).second;
}

void dead_letter_book::committed(const storage::dead_letter& letter) {
  const std::lock_guard guard{lock_};
  if (!letter.replayed) {
    ++open_;
    return;
  }
  if (closed_.size() >= limits::dead_letters_remembered_max) closed_.clear();
  if (!closed_.insert(letter.id).second) return;
  if (open_ > 0) --open_;
  const auto key = key_of(letter); // a dismissed letter has another reason by now: it stays claimed
  claimed_.erase(key);
  claimed_before_.erase(key);
}

std::size_t dead_letter_book::open() const {
  const std::lock_guard guard{lock_};
  return open_;
}

} // namespace lockstep::actors
