#include "app/import/sorted_pairs.hpp"

#include <algorithm>
#include <functional>

namespace lockstep::app {

using engine::error_code;
using engine::make_error;
using engine::result;

namespace {

constexpr std::size_t pairs_read_at_once = 1'024; // of each run: 16 KB

engine::error no_file() {
  return make_error(error_code::unavailable, "the import needs a temporary file and cannot use one");
}

} // namespace

result<void> sorted_pairs::add(pair each) {
  if (pairs_.size() == in_memory_)
    if (auto written = write_run(); !written) return written;
  pairs_.push_back(each);
  return {};
}

result<void> sorted_pairs::write_run() {
  if (file_ == nullptr) file_.reset(std::tmpfile());
  if (file_ == nullptr) return no_file();
  std::ranges::sort(pairs_);
  if (std::fwrite(pairs_.data(), sizeof(pair), pairs_.size(), file_.get()) != pairs_.size()) return no_file();
  const auto from = runs_.empty() ? 0 : runs_.back().to;
  runs_.push_back({from, from + pairs_.size(), {}, 0});
  pairs_.clear();
  return {};
}

// What is still in memory is a run that has been read already.
result<void> sorted_pairs::finish() {
  if (file_ != nullptr && std::fflush(file_.get()) != 0) return no_file();
  std::ranges::sort(pairs_);
  runs_.push_back({0, 0, std::exchange(pairs_, {}), 0});
  for (std::size_t i = 0; i < runs_.size(); ++i)
    if (auto read = advance(i); !read) return read;
  return {};
}

result<std::optional<sorted_pairs::pair>> sorted_pairs::next() {
  if (heads_.empty()) return std::optional<pair>{};
  std::ranges::pop_heap(heads_, std::greater{});
  const auto [least, number] = heads_.back();
  heads_.pop_back();
  if (auto read = advance(number); !read) return read.error();
  return std::optional{least};
}

result<void> sorted_pairs::advance(std::size_t number) {
  auto& of = runs_[number];
  if (of.used == of.read.size()) {
    of.read.resize(std::min(pairs_read_at_once, of.to - of.from));
    of.used = 0;
    if (of.read.empty()) return {};
    if (std::fseek(file_.get(), static_cast<long>(of.from * sizeof(pair)), SEEK_SET) != 0 ||
        std::fread(of.read.data(), sizeof(pair), of.read.size(), file_.get()) != of.read.size())
      return no_file();
    of.from += of.read.size();
  }
  heads_.emplace_back(of.read[of.used++], number);
  std::ranges::push_heap(heads_, std::greater{});
  return {};
}

} // namespace lockstep::app
