#include "actors/dead_letter_book.hpp"

#include "engine/decide.hpp"

#include <boost/uuid/uuid_io.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <string_view>
#include <utility>

namespace lockstep::actors {

namespace {

constexpr std::string_view refused_kind = "store";

std::string line_of(engine::account_id account, std::string_view reference) {
  return fmt::format("{}\n{}", static_cast<std::int32_t>(account), reference);
}

// What a repeat is known by. A marketplace, or whoever holds an Idempotency-Key, tells on until it is heard:
// after a restart too. Empty: it does not come again, or a quarantined SKU refuses it.
std::string name_of(const engine::command& asked) {
  if (engine::is_request(asked)) return {};
  if (!asked.reference.empty()) return asked.reference;
  return asked.key.is_nil() ? std::string{} : "key " + to_string(asked.key);
}

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
    if (letter.kind == refused_kind && refused_.size() < limits::dead_letters_remembered_max)
      refused_.insert(line_of(letter.account, letter.reference));
    return;
  }
  if (closed_.size() >= limits::dead_letters_remembered_max) closed_.clear();
  if (!closed_.insert(letter.id).second) return;
  if (open_ > 0) --open_;
  const auto key = key_of(letter); // a dismissed letter has another reason by now: it stays claimed
  claimed_.erase(key);
  claimed_before_.erase(key);
}

std::optional<storage::dead_letter> dead_letter_book::refused_by_store(const engine::command& asked,
                                                                       const std::string& why,
                                                                       engine::time_point now) {
  auto name = name_of(asked);
  if (name.empty()) return std::nullopt;
  return storage::dead_letter{.at = now,
                              .account = asked.account,
                              .kind = std::string{refused_kind},
                              .reference = std::move(name),
                              .reason = "the store refused it: " + why,
                              .body = {}};
}

bool dead_letter_book::was_refused_by_store(const engine::command& asked) const {
  const auto name = name_of(asked);
  if (name.empty()) return false;
  const std::lock_guard guard{lock_};
  return refused_.contains(line_of(asked.account, name));
}

std::size_t dead_letter_book::open() const {
  const std::lock_guard guard{lock_};
  return open_;
}

} // namespace lockstep::actors
