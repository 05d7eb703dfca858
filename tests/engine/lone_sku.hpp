// One SKU with what surrounds it in the program: a clock that the test moves, the memory of keys, the stored
// facts.
#pragma once

#include "engine/key.hpp"
#include "engine/limits.hpp"
#include "engine/sku_owner.hpp"

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lockstep::test {

using namespace engine;
using namespace std::chrono_literals;

// A Monday at noon: nothing depends on it.
inline constexpr time_point start_of_tests{std::chrono::sys_days{std::chrono::year{2026} / 3 / 2} + 12h};

// The id of a hold, a line or a key by the name the test gives it.
[[nodiscard]] inline uuid named(std::string_view name) {
  return request_key("test", name);
}

// A command as the edge makes it. The content tells what `body` says.
[[nodiscard]] command make_command(command_body body, uuid key = {});

class lone_sku {
 public:
  explicit lone_sku(duration retention = limits::key_retention_default);

  // Decides with what is remembered of the key, remembers the outcome, stores the facts.
  applied apply(const command& asked);
  sku_owner::prepare_result prepare(int group, const command& asked);
  applied commit(int group);
  void abort(int group);

  void wait(duration elapsed) { now += elapsed; }

  // A new process: the state is folded from the facts, from the last snapshot on when `snapshot` is not
  // empty.
  void restart(std::string_view snapshot = {});

  [[nodiscard]] const sku_state& state() const { return owner.state(); }

  [[nodiscard]] figures stock() const { return figures_of(owner.state()); }

  time_point now = start_of_tests;
  duration retention;
  sourcing_rule sourcing; // of whoever speaks
  sku_owner owner;
  std::vector<fact> stored;

 private:
  const remembered* recall(const command& asked) const;
  void store(const facts& happened);

  std::map<uuid, remembered> keys_;
};

// The fold of start-up: evolve over `stored`, on top of `state`.
[[nodiscard]] sku_state fold(sku_state state, const std::vector<fact>& stored);

// A state nothing ever happened to.
[[nodiscard]] sku_state blank_state(duration retention = limits::key_retention_default);

} // namespace lockstep::test
