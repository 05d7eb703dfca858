// What the storage tests share: a folder that goes away, facts by the handful, and a store's whole content as
// text.
#pragma once

#include "tests/catch.hpp"

#include "storage/store.hpp"

#include <filesystem>
#include <string>
#include <vector>

// A check that expected success shows the error.
template <class T>
struct Catch::StringMaker<boost::system::result<T, lockstep::engine::error>> {
  static std::string convert(const boost::system::result<T, lockstep::engine::error>& shown) {
    return shown ? "success" : shown.error().what;
  }
};

namespace lockstep::storage::samples {

class temporary_folder {
 public:
  temporary_folder();
  ~temporary_folder();
  temporary_folder(const temporary_folder&) = delete;
  temporary_folder& operator=(const temporary_folder&) = delete;

  [[nodiscard]] std::string file(std::string_view name) const { return (path_ / name).string(); }

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

inline engine::sku_id sku(std::int64_t number) {
  return engine::sku_id{number};
}

inline engine::time_point time(std::int64_t microseconds) {
  return engine::time_point{engine::duration{microseconds}};
}

inline engine::uuid uuid(std::uint8_t byte) {
  engine::uuid id;
  std::fill(id.begin(), id.end(), byte);
  return id;
}

// A fact with every member different from its default, by version and seed.
[[nodiscard]] sku_fact full_fact(std::int64_t of, engine::version version,
                                 std::int64_t at = 1'700'000'000'000'000);

// A short one: `reference` only.
[[nodiscard]] sku_fact small_fact(std::int64_t of, engine::version version, std::string reference = {});

// What small facts up to `version` have led to.
[[nodiscard]] snapshot counted_snapshot(std::int64_t of, engine::version version, engine::time_point at);

[[nodiscard]] std::string text_of(const engine::fact& fact);
[[nodiscard]] std::string text_of(const stored_fact& fact);

// Everything a reader tells, line by line, with facts of SKUs 1 to `skus` in pages of several sizes. An error
// is a line.
[[nodiscard]] std::vector<std::string> content_of(reader& from, std::int64_t skus);

// A reader's rows in commit order.
[[nodiscard]] std::vector<stored_fact> ledger_of(store& from);

} // namespace lockstep::storage::samples
