// Bearer tokens: only their hashes are known here, and all of them are compared in constant time, so that
// neither the answer nor its delay tells how close a guess was.
#pragma once

#include "app/api/api_options.hpp"
#include "engine/error.hpp"
#include "engine/types.hpp"

#include <array>
#include <optional>
#include <string_view>
#include <vector>

namespace lockstep::app {

struct caller {
  std::string name;
  api_scopes scopes;
  engine::account_id account{}; // in the catalogue
};

class token_table {
 public:
  // malformed: a hash that is not 64 hex digits, an empty name or one used twice.
  [[nodiscard]] static engine::result<token_table> make(const std::vector<api_token>& tokens);

  // Index of the caller whose token an Authorization header carries; nothing when it is none of them.
  [[nodiscard]] std::optional<std::size_t> find(std::string_view authorization) const;

  [[nodiscard]] const std::vector<caller>& callers() const { return callers_; }

  void set_account(std::size_t index, engine::account_id account) { callers_[index].account = account; }

 private:
  using digest = std::array<unsigned char, 32>;
  std::vector<caller> callers_;
  std::vector<digest> digests_;
};

} // namespace lockstep::app
