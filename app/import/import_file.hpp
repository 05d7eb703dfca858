// A CSV to import, read twice: once to judge every line and to find what stands in it more than once, then
// item by item. Memory does not grow with the file.
#pragma once

#include "app/import/import_judge.hpp"
#include "app/import/repeated_names.hpp"

#include <istream>
#include <optional>
#include <string>

namespace lockstep::app {

class import_file {
 public:
  // `from` can be read from its start again and outlives the file. Errors as of import_judge::read_header,
  // and of temporary files.
  [[nodiscard]] static engine::result<import_file> open(std::istream& from, const import_options& options);

  [[nodiscard]] import_layout layout() const { return pass_.layout(); }

  [[nodiscard]] const std::vector<std::string>& header() const { return pass_.header(); }

  // About how many items next() will find good.
  [[nodiscard]] std::size_t good() const { return good_; }

  // No line is bad.
  [[nodiscard]] bool clean() const { return clean_; }

  // next() begins at the start again. Of a clean file only: what is repeated is walked once.
  [[nodiscard]] engine::result<void> rewind();

  // The verdict on the next lines of the file; nothing at its end.
  [[nodiscard]] std::optional<import_verdict> next();

 private:
  // From the header to the end, once.
  class pass {
   public:
    [[nodiscard]] static engine::result<pass> begin(std::istream& from, const import_options& options);

    [[nodiscard]] import_layout layout() const { return judge_.layout(); }

    [[nodiscard]] const std::vector<std::string>& header() const { return header_; }

    [[nodiscard]] std::optional<import_verdict> next();

   private:
    pass(csv_reader reader, std::vector<std::string> header, import_judge judge)
        : reader_(reader), header_(std::move(header)), judge_(std::move(judge)) {}

    [[nodiscard]] std::optional<import_verdict> read_line();
    [[nodiscard]] import_verdict read_bundle(std::optional<import_verdict> each);

    csv_reader reader_;
    std::vector<std::string> header_;
    import_judge judge_;
    std::optional<import_verdict> ahead_; // read already: it begins the next bundle
    bool spoils_next_ = false;            // a line that may be its first cannot be read
  };

  import_file(std::istream& from, const import_options& options, pass first)
      : from_(&from), options_(options), pass_(std::move(first)) {}

  [[nodiscard]] engine::result<void> look_through();
  [[nodiscard]] engine::result<void> remember(repeated_names& names, const import_verdict& verdict) const;
  [[nodiscard]] engine::result<void> find_repeat(std::uint64_t line);
  void refuse_repeat(import_verdict& verdict);

  std::istream* from_;
  import_options options_;
  pass pass_;
  repeated_lines repeated_{0};
  std::optional<repeated_lines::pair> repeat_; // the one that lies at or behind the last item
  std::string repeats_unknown_;                // why, when the temporary file failed: nothing more is good
  std::size_t good_ = 0;
  bool clean_ = true;
};

} // namespace lockstep::app
