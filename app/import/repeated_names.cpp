#include "app/import/repeated_names.hpp"

#include <algorithm>
#include <array>
#include <functional>
#include <optional>
#include <queue>

namespace lockstep::app {

using engine::error_code;
using engine::make_error;
using engine::result;

namespace {

constexpr std::size_t entries_read_at_once = 1'024; // of each run: 16 KB

engine::error no_file() {
  return make_error(error_code::unavailable, "the import needs a temporary file and cannot write one");
}

} // namespace

// Entries of all runs, ascending.
class repeated_names::merge {
 public:
  explicit merge(repeated_names& of) : file_(of.file_.get()), last_(of.entries_) {
    std::size_t from = 0;
    for (const auto length : of.runs_) {
      runs_.push_back({from, from + length, {}, 0});
      from += length;
    }
    for (std::size_t i = 0; i <= runs_.size(); ++i)
      advance(i);
  }

  std::optional<entry> next() {
    if (heads_.empty()) return std::nullopt;
    const auto [least, run] = heads_.top();
    heads_.pop();
    advance(run);
    return least;
  }

  [[nodiscard]] bool failed() const { return failed_; }

 private:
  struct sorted {
    std::size_t from, to; // entries of the file
    std::vector<entry> read;
    std::size_t used;
  };

  using head = std::pair<entry, std::size_t>;

  // The run beyond the last one on file is still in memory.
  void advance(std::size_t number) {
    if (number == runs_.size()) {
      if (last_used_ < last_.size()) heads_.emplace(last_[last_used_++], number);
      return;
    }
    auto& of = runs_[number];
    if (of.used == of.read.size() && !fill(of)) return;
    heads_.emplace(of.read[of.used++], number);
  }

  bool fill(sorted& of) {
    of.read.resize(std::min(entries_read_at_once, of.to - of.from));
    of.used = 0;
    if (of.read.empty()) return false;
    const bool read = std::fseek(file_, static_cast<long>(of.from * sizeof(entry)), SEEK_SET) == 0 &&
                      std::fread(of.read.data(), sizeof(entry), of.read.size(), file_) == of.read.size();
    of.from += of.read.size();
    failed_ = failed_ || !read;
    return read;
  }

  std::FILE* file_;
  const std::vector<entry>& last_;
  std::size_t last_used_ = 0;
  std::vector<sorted> runs_;
  std::priority_queue<head, std::vector<head>, std::greater<>> heads_;
  bool failed_ = false;
};

repeated_names::name_hash repeated_names::hash_of(std::string_view name) {
  return std::hash<std::string_view>{}(name);
}

result<void> repeated_names::add(entry each) {
  if (entries_.size() == in_memory_)
    if (auto written = write_run(); !written) return written;
  entries_.push_back(each);
  return {};
}

result<void> repeated_names::write_run() {
  if (file_ == nullptr) file_.reset(std::tmpfile());
  if (file_ == nullptr) return no_file();
  std::ranges::sort(entries_);
  if (std::fwrite(entries_.data(), sizeof(entry), entries_.size(), file_.get()) != entries_.size())
    return no_file();
  runs_.push_back(entries_.size());
  entries_.clear();
  return {};
}

result<repeated_names::first_lines> repeated_names::finish() {
  std::ranges::sort(entries_);
  if (file_ != nullptr && std::fflush(file_.get()) != 0) return no_file();
  first_lines found;
  std::optional<entry> before;
  merge all{*this};
  while (const auto each = all.next()) {
    if (before && before->name == each->name) {
      ++repeats_;
      found.try_emplace(each->name, before->line);
    }
    before = each;
  }
  if (all.failed()) return no_file();
  return found;
}

} // namespace lockstep::app
