#include "app/import/import_file.hpp"

#include "adapters/printable.hpp"
#include "app/import/import_limits.hpp"
#include "engine/limits.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

namespace lockstep::app {

using engine::error_code;
using engine::make_error;
using engine::result;

namespace {

template <class Element>
void append(std::vector<Element>& to, std::vector<Element>& from) {
  to.insert(to.end(), std::make_move_iterator(from.begin()), std::make_move_iterator(from.end()));
}

} // namespace

std::string import_item::name() const {
  if (listing) return fmt::format("{}\n{}\n{}", listing->account, listing->item, listing->location);
  if (rule) return fmt::format("{}\n{}", rule->account, rule->tag);
  if (!product && !counts.empty()) return fmt::format("{}\n{}", sku, counts.front().location);
  return sku;
}

std::string import_item::shown_name() const {
  const auto place = [](const std::string& location) {
    return location.empty() ? std::string{} : fmt::format(" in '{}'", location);
  };
  if (listing)
    return fmt::format("item '{}' of '{}'{}", listing->item, listing->account, place(listing->location));
  if (rule && rule->tag.empty()) return fmt::format("the rule of '{}'", rule->account);
  if (rule) return fmt::format("the rule of '{}' for tag '{}'", rule->account, rule->tag);
  if (!product && !counts.empty()) return fmt::format("SKU '{}'{}", sku, place(counts.front().location));
  return fmt::format("SKU '{}'", sku);
}

result<import_file::pass> import_file::pass::begin(std::istream& from, const import_options& options) {
  from.clear();
  from.seekg(0);
  csv_reader reader{from};
  auto header = reader.next();
  if (!header) return header.error();
  if (!*header) return make_error(error_code::malformed, "the file is empty");
  auto judge = import_judge::read_header(**header, options);
  if (!judge) return judge.error();
  return pass{reader, std::move((*header)->fields), std::move(*judge)};
}

std::optional<import_verdict> import_file::pass::next() {
  auto verdict = ahead_ ? std::exchange(ahead_, std::nullopt) : read_line();
  if (!verdict || layout() != import_layout::bundles) return verdict;
  return read_bundle(std::move(verdict));
}

std::optional<import_verdict> import_file::pass::read_line() {
  auto record = reader_.next();
  if (!record) {
    import_verdict broken;
    broken.bad.push_back({reader_.line(), record.error().what});
    return broken;
  }
  if (!*record) return std::nullopt;
  const auto fields = (*record)->fields.size();
  if (fields != header_.size() && reader_.reread_lines()) {
    import_verdict broken;
    broken.bad.push_back({reader_.line(), fmt::format("{} fields, the header has {}: is a quote missing?",
                                                      fields, header_.size())});
    return broken;
  }
  return judge_.judge(**record);
}

// A bundle with a component left out would be another bundle: all its lines are good or none is. A line that
// cannot be read may belong to the bundle before it or to the one behind it.
import_verdict import_file::pass::read_bundle(std::optional<import_verdict> each) {
  import_verdict whole;
  whole.sku = each->sku;
  std::string why =
      std::exchange(spoils_next_, false) ? "a line before it that may be its own cannot be read" : "";
  for (; each && (each->sku == whole.sku || each->sku.empty()); each = read_line()) {
    if (!each->item) {
      why = "another line of this bundle is bad";
      spoils_next_ = each->sku.empty();
      append(whole.bad, each->bad);
      append(whole.records, each->records);
    } else if (whole.lines.push_back(each->item->line); !whole.item) {
      whole.item = std::move(each->item);
    } else {
      ++whole.item->lines;
      append(whole.item->components, each->item->components);
      append(whole.item->records, each->item->records);
    }
    if (whole.lines.size() + whole.bad.size() > limits::components_per_bundle_max) {
      why = "the bundle has too many components";
      each.reset();
      break; // whatever lines follow stand for a bundle that was there already
    }
  }
  ahead_ = std::move(each);
  if (!why.empty()) whole.refuse(why);
  return whole;
}

result<import_file> import_file::open(std::istream& from, const import_options& options) {
  auto first = pass::begin(from, options);
  if (!first) return first.error();
  import_file file{from, options, std::move(*first)};
  if (auto looked = file.look_through(); !looked) return looked.error();
  if (auto again = file.rewind(); !again) return again.error();
  return file;
}

result<void> import_file::rewind() {
  auto again = pass::begin(*from_, options_);
  if (!again) return again.error();
  pass_ = std::move(*again);
  return {};
}

// A bundle counts though it is bad: further lines of it elsewhere in the file are not the whole of it.
result<void> import_file::remember(repeated_names& names, const import_verdict& verdict) const {
  if (verdict.item) return names.add(repeated_names::hash_of(verdict.item->name()), verdict.item->line);
  if (layout() != import_layout::bundles || verdict.sku.empty()) return {};
  return names.add(repeated_names::hash_of(verdict.sku), verdict.bad.front().line);
}

result<void> import_file::look_through() {
  repeated_names names{limits::import_names_in_memory};
  while (const auto verdict = pass_.next()) {
    clean_ = clean_ && verdict->bad.empty();
    if (verdict->item) ++good_;
    if (auto added = remember(names, *verdict); !added) return added;
  }
  auto repeated = names.finish();
  if (!repeated) return repeated.error();
  repeated_ = std::move(*repeated);
  clean_ = clean_ && names.repeats() == 0;
  const auto first_ones = layout() == import_layout::bundles ? names.repeated() : 0;
  good_ -= std::min(good_, names.repeats() + first_ones);
  return find_repeat(0);
}

std::optional<import_verdict> import_file::next() {
  auto verdict = pass_.next();
  if (verdict && verdict->item) refuse_repeat(*verdict);
  return verdict;
}

// The next repeat at or behind a line.
result<void> import_file::find_repeat(std::uint64_t line) {
  do {
    auto found = repeated_.next();
    if (!found) return found.error();
    repeat_ = *found;
  } while (repeat_ && repeat_->first < line);
  return {};
}

// Of a bundle every block is refused: none of them is the whole of it.
void import_file::refuse_repeat(import_verdict& verdict) {
  const auto line = verdict.item->line;
  if (repeat_ && repeat_->first < line)
    if (const auto found = find_repeat(line); !found) repeats_unknown_ = found.error().what;
  if (!repeats_unknown_.empty()) return verdict.refuse(repeats_unknown_);
  if (!repeat_ || repeat_->first != line) return;
  const auto name = adapters::printable(verdict.item->shown_name());
  if (repeat_->second != line)
    return verdict.refuse(fmt::format("{} stands on line {} already", name, repeat_->second));
  if (layout() == import_layout::bundles)
    verdict.refuse(fmt::format("{} stands further down again: the lines of a bundle follow each other", name));
}

} // namespace lockstep::app
