// What a person is told of an import while it runs: every line that was left out or not taken as it stands,
// on standard error and, with its fields, in a file of rejects that can be mended and imported again.
#pragma once

#include "app/import/import_file.hpp"
#include "app/import/import_sender.hpp"
#include "app/import/progress.hpp"

#include <boost/json/array.hpp>

#include <fstream>
#include <memory>
#include <string>
#include <vector>

namespace lockstep::app {

struct report_options {
  std::string file;    // as findings name it
  std::string rejects; // empty: no file of rejects
  bool json = false;   // the result is printed as JSON: some findings are kept for it
};

class import_report {
 public:
  // The file outlives the report.
  import_report(report_options options, const import_file& from);

  // Shows how far it has come from now on.
  void begin_sending();
  void advance(std::size_t items);

  void end_sending() { bar_.reset(); }

  void take(const import_verdict& verdict);
  // Its counts are those that were not taken: others are left out of the file of rejects.
  void refused(const import_item& item, const std::string& why);

  // The result on standard output.
  void print(const import_totals& totals, bool sent) const;

  // Nothing was left out.
  [[nodiscard]] bool clean() const { return left_out_ == 0; }

  // Rejects can be written to their file, and all of them were.
  [[nodiscard]] bool writable() { return options_.rejects.empty() || !rejects_.flush().fail(); }

 private:
  void tell(std::string_view kind, const line_finding& finding);
  void reject(const line_finding& finding, const std::vector<csv_record>& records);
  [[nodiscard]] std::vector<csv_record> without_taken(const import_item& item) const;
  void remember(boost::json::array& in, const line_finding& finding) const;
  [[nodiscard]] std::string_view things() const;

  const report_options options_;
  const import_file& from_;
  std::unique_ptr<progress> bar_;
  std::ofstream rejects_;
  std::size_t good_ = 0, left_out_ = 0; // items; lines
  boost::json::array bad_, refused_, notes_;
};

} // namespace lockstep::app
