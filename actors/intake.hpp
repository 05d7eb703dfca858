// From a submission to a message in its SKU's mailbox: the key's first target is found, credits are taken,
// all or nothing. Any thread.
#pragma once

#include "actors/core.hpp"
#include "actors/node.hpp"

#include <vector>

namespace lockstep::actors {

class intake {
 public:
  explicit intake(core& shared) : shared_(shared) {}

  [[nodiscard]] admission submit(submission command);
  [[nodiscard]] admission submit(std::vector<submission> commands);
  [[nodiscard]] admission submit_group(std::vector<submission> members);

 private:
  // Ready to be sent. Destroyed unsent, it gives everything back.
  struct admitted_work {
    work_ptr work;
    caf::actor owner;
    bool known = false; // its key has an outcome, or is being decided: it needs no group
  };

  enum class purpose : std::uint8_t { single, group_key, group_member };

  [[nodiscard]] admission admit(submission&& command, purpose why, admitted_work& out);
  [[nodiscard]] bool claim_line(work_item& work, const engine::uuid& line, purpose why);
  [[nodiscard]] bool claim_key(work_item& work, purpose why, bool& known);
  [[nodiscard]] bool claim(work_item& work, purpose why, bool& known);
  void start_group(std::vector<admitted_work> members);

  [[nodiscard]] bool closed() const { return shared_.draining.load(std::memory_order_acquire); }

  core& shared_;
  std::atomic<std::uint64_t> last_group_{0};
};

} // namespace lockstep::actors
