#include "actors/dead_letter_book.hpp"

#include <fmt/format.h>

#include <utility>

namespace lockstep::actors {

std::string dead_letter_book::key_of(const storage::dead_letter& letter) {
  return fmt::format("{}\n{}\n{}", static_cast<std::int32_t>(letter.account), letter.reference,
                     letter.reason);
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
