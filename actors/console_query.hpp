// The console's questions that may block: history from the store, and whatever the channels must be asked
// for.
#pragma once

#include "actors/console_command.hpp"
#include "actors/console_context.hpp"

#include <memory>
#include <string>

namespace lockstep::actors {

// One thread at a time, never the network's.
class console_query {
 public:
  explicit console_query(const console_context& context) : context_(context) {}

  // The text to show; failures are text too.
  [[nodiscard]] std::string run(const console_request& asked);

 private:
  [[nodiscard]] result<std::string> answer(const console_request& asked);
  [[nodiscard]] result<std::string> release(const console_request& asked);
  [[nodiscard]] result<std::string> history(const console_request& asked);
  [[nodiscard]] result<std::string> explain(const console_request& asked);
  [[nodiscard]] result<std::string> lookup(const console_request& asked);
  [[nodiscard]] result<std::string> rules(const console_request& asked);
  [[nodiscard]] result<std::string> difference(const console_request& asked);
  [[nodiscard]] result<std::string> order(const console_request& asked, channel_order what,
                                          std::string_view done);

  const console_context& context_;
  std::unique_ptr<storage::reader> reader_; // opened for the first question, kept while it works
};

// Whether the verb is one of the questions above.
[[nodiscard]] bool may_block(console_verb verb);

} // namespace lockstep::actors
