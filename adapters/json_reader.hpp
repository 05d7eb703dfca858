// Reads a JSON document by expectation. The first place that breaks it is remembered and reads as nothing
// from there on, so a decoder states what it wants line by line and asks once, at the end, whether all of it
// was true. Errors name the place (RFC 6901) and what was expected, never the value: it may be personal.
#pragma once

#include "engine/error.hpp"
#include "engine/limits.hpp"
#include "engine/types.hpp"

#include <boost/json/value.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace lockstep::adapters {

class json_reader {
 public:
  class place;

  // The document outlives the reader.
  explicit json_reader(const boost::json::value& document) : document_(&document) {}

  [[nodiscard]] place root();

  [[nodiscard]] bool failed() const { return failure_.has_value(); }

  // error_code::malformed; only when failed().
  [[nodiscard]] engine::error failure() const;

 private:
  void fail(const place& at, std::string_view expected);

  const boost::json::value* document_;
  std::optional<std::string> failure_;
};

// A value of the document, or a missing member of an object.
class json_reader::place {
 public:
  // A member; a missing one is null. An error unless this is an object.
  [[nodiscard]] place operator[](std::string_view name) const;

  // Calls visit(place) for every element. An error unless this is an array.
  template <class Visit>
  void each(Visit visit) const;

  // As each(), but null or missing is an empty array.
  template <class Visit>
  void each_if_present(Visit visit) const {
    if (!is_null()) each(visit);
  }

  [[nodiscard]] bool is_null() const;
  [[nodiscard]] bool has(std::string_view name) const; // an object with this member, null or not
  [[nodiscard]] std::int64_t integer() const;          // a whole number, not a text, not 1.0
  [[nodiscard]] std::optional<std::int64_t> optional_integer() const; // null or missing: none
  [[nodiscard]] bool flag() const;
  [[nodiscard]] std::string text() const;
  [[nodiscard]] std::string optional_text() const; // null or missing: empty
  [[nodiscard]] std::string id() const;            // a whole number of 64 bits as its digits
  [[nodiscard]] std::string optional_id() const;   // null or missing: empty
  [[nodiscard]] engine::time_point time() const;   // see parse_timestamp

  void fail(std::string_view expected) const { reader_->fail(*this, expected); }

  // Reads this value as a document of its own: what breaks it breaks nothing else, and is named from here on.
  [[nodiscard]] json_reader alone() const;

 private:
  friend class json_reader;

  place(json_reader& reader, const boost::json::value* value, const boost::json::value* parent = nullptr,
        std::string_view name = {})
      : reader_(&reader), value_(value), parent_(parent), name_(name) {}

  json_reader* reader_;
  const boost::json::value* value_;  // null when the member is missing
  const boost::json::value* parent_; // then: the object that lacks it
  std::string_view name_;
};

template <class Visit>
void json_reader::place::each(Visit visit) const {
  const auto* array = value_ ? value_->if_array() : nullptr;
  if (!array) return fail("an array");
  for (const auto& element : *array)
    visit(place{*reader_, &element});
}

// Parses with the bounds of limits.hpp; error_code::malformed says where it stops being JSON.
[[nodiscard]] engine::result<boost::json::value> parse_json(std::string_view text);

} // namespace lockstep::adapters
