// Values by id, for many of them. Ids are given one after the other, so neighbours lie together on a page:
// what goes through them in their order, as a start does, stays in the cache, where a hash table of ids
// misses it each time. Values never move. A lone id costs a page.
#pragma once

#include <boost/unordered/unordered_flat_map.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

namespace lockstep::engine {

template <class Id, class Value>
class id_table {
 public:
  // Null when there is none.
  [[nodiscard]] const Value* find(Id id) const {
    const auto found = pages_.find(page_of(id));
    if (found == pages_.end() || (found->second->used & bit_of(id)) == 0) return nullptr;
    return &found->second->values[place_of(id)];
  }

  [[nodiscard]] Value* find(Id id) { return const_cast<Value*>(std::as_const(*this).find(id)); }

  // Added when there is none.
  [[nodiscard]] Value& operator[](Id id) {
    auto& home = pages_[page_of(id)];
    if (!home) home = std::make_unique<page>();
    if ((home->used & bit_of(id)) == 0) {
      home->used |= bit_of(id);
      ++size_;
    }
    return home->values[place_of(id)];
  }

  // In the order of the ids.
  template <class Visit>
  void each(Visit visit) const {
    std::vector<std::int64_t> numbers;
    numbers.reserve(pages_.size());
    for (const auto& [number, unused] : pages_)
      numbers.push_back(number);
    std::ranges::sort(numbers);
    for (const auto number : numbers) {
      const auto& here = *pages_.find(number)->second;
      for (std::size_t i = 0; i < page_size; ++i)
        if ((here.used >> i & 1) != 0) visit(here.values[i]);
    }
  }

  [[nodiscard]] std::size_t size() const { return size_; }

 private:
  static constexpr std::size_t page_size = 64; // as many as `used` has bits

  struct page {
    std::uint64_t used = 0;
    std::array<Value, page_size> values{};
  };

  static std::int64_t page_of(Id id) { return static_cast<std::int64_t>(id) >> 6; }

  static std::size_t place_of(Id id) { return static_cast<std::size_t>(id) % page_size; }

  static std::uint64_t bit_of(Id id) { return std::uint64_t{1} << place_of(id); }

  boost::unordered_flat_map<std::int64_t, std::unique_ptr<page>> pages_;
  std::size_t size_ = 0;
};

} // namespace lockstep::engine
