// Reads the members of one object by name and remembers every mistake with its place, so that one answer
// tells all of them. What was asked for and not read is unknown and refused by name. What is read also goes,
// in the order of reading, into the content hash: two bodies that mean the same have the same hash, whatever
// their layout.
#pragma once

#include "adapters/rest/problem.hpp"
#include "engine/key.hpp"
#include "engine/types.hpp"

#include <boost/container/small_vector.hpp>
#include <boost/json/value.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lockstep::adapters::rest {

// What members of all levels share.
struct reading {
  std::vector<field_error> errors;
  engine::content_hash content;

  // The errors as a problem; nothing when there is none.
  [[nodiscard]] std::optional<problem> failure() const;
};

// Whole units as every movement takes them: 1 to limits::units_per_movement_max is the engine's business;
// here only what could overflow is refused.
inline constexpr std::int64_t units_bound = 1'000'000'000'000'000;

class members {
 public:
  members(const boost::json::object& from, std::string pointer, reading& into)
      : from_(&from), pointer_(std::move(pointer)), into_(&into) {}

  // Required. Zero or empty when it is missing or wrong: the mistake is remembered.
  std::int64_t integer(std::string_view name, std::int64_t least, std::int64_t most);
  std::string text(std::string_view name, std::size_t bytes_max);

  std::optional<std::int64_t> optional_integer(std::string_view name, std::int64_t least, std::int64_t most);
  std::string optional_text(std::string_view name, std::size_t bytes_max); // missing: empty
  bool optional_flag(std::string_view name);                               // missing: false
  std::optional<bool> stated_flag(std::string_view name);
  std::optional<engine::time_point> optional_time(std::string_view name);  // RFC 3339

  // An array of at most `most` texts that are not empty, in order, each once. Nothing: it is missing.
  std::optional<std::vector<std::string>> texts_if_present(std::string_view name, std::size_t most,
                                                           std::size_t bytes_max);

  // Calls visit(members&) for every element of an array of objects and finishes each. The array is required
  // and has 1 to `most` elements.
  template <class Visit>
  void each(std::string_view name, std::size_t most, Visit visit) {
    visit_all(list(name, most, true), name, visit);
  }

  // The same, but missing or empty is fine.
  template <class Visit>
  void each_if_present(std::string_view name, std::size_t most, Visit visit) {
    visit_all(list(name, most, false), name, visit);
  }

  [[nodiscard]] bool has(std::string_view name) const;
  // Remembers a mistake of the caller's own finding.
  void refuse(std::string_view name, std::string detail);
  [[nodiscard]] std::string pointer_to(std::string_view name) const;

  // Refuses what nobody asked for.
  void finish();

 private:
  const boost::json::value* find(std::string_view name);
  const boost::json::array* list(std::string_view name, std::size_t most, bool required);
  std::string read_text(std::string_view name, const boost::json::value& value, std::size_t bytes_max);

  template <class Visit>
  void visit_all(const boost::json::array* elements, std::string_view name, Visit visit) {
    if (elements == nullptr) return;
    for (std::size_t i = 0; i < elements->size(); ++i) {
      const auto place = pointer_to(name) + '/' + std::to_string(i);
      const auto* object = (*elements)[i].if_object();
      if (object == nullptr) {
        into_->errors.push_back({place, "An object is expected."});
        continue;
      }
      members element{*object, place, *into_};
      visit(element);
      element.finish();
    }
  }

  const boost::json::object* from_;
  std::string pointer_;
  reading* into_;
  boost::container::small_vector<std::string_view, 12> asked_;
};

} // namespace lockstep::adapters::rest
