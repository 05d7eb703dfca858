// The oracle: one SKU written as simply as possible, with nothing kept that can be summed up. It shares no
// code with the engine but the commands, knows one location and forgets nothing.
#pragma once

#include "engine/command.hpp"

#include <map>

namespace lockstep::test {

class naive_sku {
 public:
  // True when the command is granted or recorded, false when it is refused. Keys are not its business.
  bool tell(const engine::command& asked, engine::time_point now);

  [[nodiscard]] engine::quantity on_hand() const { return on_hand_; }

  [[nodiscard]] engine::quantity inspecting() const { return inspecting_; }

  [[nodiscard]] engine::quantity reserved() const;
  [[nodiscard]] engine::quantity available() const;
  [[nodiscard]] engine::quantity oversold() const;

 private:
  struct promise {
    bool is_hold = false; // confirmed or not
    bool confirmed = false;
    engine::quantity ordered = 0, cancelled = 0, refunded = 0, shipped = 0;
    engine::time_point expires_at{};
    [[nodiscard]] engine::quantity open() const;
  };

  bool obey(const engine::receive& asked);
  bool obey(const engine::adjust& asked);
  bool obey(const engine::count& asked);
  bool obey(const engine::set_safety& asked);
  bool obey(const engine::hold& asked);
  bool obey(const engine::confirm& asked);
  bool obey(const engine::release& asked);
  bool obey(const engine::ship& asked);
  bool obey(const engine::record_line& asked);
  bool obey(const engine::take_return& asked);
  bool obey(const engine::inspect_return& asked);

  bool obey(const engine::resolve_incident&) { return false; }

  bool obey(const engine::expire_holds&) { return true; }

  bool obey(const engine::read_stock&) { return true; }

  // What the oracle does not know: no generated history tells it.
  bool obey(const auto&) { return false; }

  void drop_ended_holds();
  bool fits(const promise& before, const promise& after) const;

  engine::time_point now_{};
  engine::quantity on_hand_ = 0;
  engine::quantity inspecting_ = 0;
  engine::safety_rule safety_;
  std::map<engine::uuid, promise> promises_;
};

} // namespace lockstep::test
