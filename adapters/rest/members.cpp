#include "adapters/rest/members.hpp"

#include "adapters/rest/strict_json.hpp"
#include "adapters/timestamp.hpp"
#include "engine/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace lockstep::adapters::rest {

namespace {

// A body with a thousand mistakes needs no thousand lines to be rejected.
constexpr std::size_t errors_max = 20;

constexpr std::int64_t absent = -1; // marks a missing member in the content hash, beside its name

} // namespace

std::optional<problem> reading::failure() const {
  if (errors.empty()) return std::nullopt;
  problem all{problem_code::invalid_body, "The body cannot be taken; see errors.", errors};
  if (all.errors.size() > errors_max) all.errors.resize(errors_max);
  return all;
}

const boost::json::value* members::find(std::string_view name) {
  asked_.push_back(name);
  const auto* value = from_->if_contains(name);
  if (value == nullptr) into_->content.add(name).add(absent);
  return value;
}

bool members::has(std::string_view name) const {
  return from_->if_contains(name) != nullptr;
}

std::string members::pointer_to(std::string_view name) const {
  return pointer_ + pointer_step(name);
}

void members::refuse(std::string_view name, std::string detail) {
  into_->errors.push_back({pointer_to(name), std::move(detail)});
}

std::int64_t members::integer(std::string_view name, std::int64_t least, std::int64_t most) {
  if (!has(name)) {
    asked_.push_back(name);
    refuse(name, "The member is missing.");
    return 0;
  }
  return optional_integer(name, least, most).value_or(0);
}

std::optional<std::int64_t> members::optional_integer(std::string_view name, std::int64_t least,
                                                      std::int64_t most) {
  const auto* value = find(name);
  if (value == nullptr) return std::nullopt;
  const auto* number = value->if_int64();
  if (number == nullptr || *number < least || *number > most) {
    refuse(name, fmt::format("An integer from {} to {} is expected.", least, most));
    return std::nullopt;
  }
  into_->content.add(*number);
  return *number;
}

std::string members::text(std::string_view name, std::size_t bytes_max) {
  const auto* value = find(name);
  if (value == nullptr) {
    refuse(name, "The member is missing.");
    return {};
  }
  auto content = read_text(name, *value, bytes_max);
  if (const auto* read = value->if_string(); read != nullptr && read->empty())
    refuse(name, "The text is empty.");
  return content;
}

std::string members::optional_text(std::string_view name, std::size_t bytes_max) {
  const auto* value = find(name);
  return value == nullptr ? std::string{} : read_text(name, *value, bytes_max);
}

std::string members::read_text(std::string_view name, const boost::json::value& value,
                               std::size_t bytes_max) {
  const auto* text = value.if_string();
  if (text == nullptr || !engine::is_valid_text({text->data(), text->size()}, bytes_max)) {
    refuse(name, fmt::format("A text of at most {} bytes of UTF-8 without NUL is expected.", bytes_max));
    return {};
  }
  std::string content{text->data(), text->size()};
  into_->content.add(content);
  return content;
}

std::optional<bool> members::stated_flag(std::string_view name) {
  if (!has(name)) return std::nullopt;
  return optional_flag(name);
}

bool members::optional_flag(std::string_view name) {
  const auto* value = find(name);
  if (value == nullptr) return false;
  const auto* flag = value->if_bool();
  if (flag == nullptr) {
    refuse(name, "true or false is expected.");
    return false;
  }
  into_->content.add(std::int64_t{*flag});
  return *flag;
}

std::optional<engine::time_point> members::optional_time(std::string_view name) {
  if (!has(name)) {
    (void)find(name);
    return std::nullopt;
  }
  constexpr std::size_t longest = 40;
  const auto read = parse_timestamp(optional_text(name, longest));
  if (!read) refuse(name, "A time as of RFC 3339 is expected, such as 2026-01-31T12:00:00Z.");
  return read;
}

const boost::json::array* members::list(std::string_view name, std::size_t most, bool required) {
  const auto* value = find(name);
  if (value == nullptr) {
    if (required) refuse(name, "The member is missing.");
    return nullptr;
  }
  const auto* array = value->if_array();
  if (array == nullptr || array->size() > most || (required && array->empty())) {
    refuse(name, fmt::format("An array of {} to {} objects is expected.", required ? 1 : 0, most));
    return nullptr;
  }
  into_->content.add(static_cast<std::int64_t>(array->size()));
  return array;
}

std::optional<std::vector<std::string>> members::texts_if_present(std::string_view name, std::size_t most,
                                                                  std::size_t bytes_max) {
  const auto* elements = list(name, most, false);
  if (elements == nullptr) return std::nullopt;
  std::set<std::string> texts;
  for (const auto& each : *elements)
    if (auto text = read_text(name, each, bytes_max); !text.empty()) texts.insert(std::move(text));
  return std::vector<std::string>{texts.begin(), texts.end()};
}

void members::finish() {
  for (const auto& member : *from_) {
    const std::string_view name{member.key().data(), member.key().size()};
    if (std::ranges::find(asked_, name) == asked_.end()) refuse(name, "The member is unknown.");
  }
}

} // namespace lockstep::adapters::rest
