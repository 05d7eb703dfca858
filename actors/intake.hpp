// From a submission to a message in its SKU's mailbox: the key's first target is found, what concerns a bundle is
// expanded to its leaves, credits are taken, all or nothing. Any thread.
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
    const sku_slot* slot = nullptr;
    bool known = false; // its key has an outcome, or is being decided: it needs no group
  };

  // Decided together when there are several.
  using admitted_request = std::vector<admitted_work>;

  enum class purpose : std::uint8_t { single, group_key, group_member };

  // What a submission is expanded by, if anything.
  struct expansion {
    const engine::bundle* of = nullptr;
    bool unknown = false; // which revision its line has: not now
    bool plain = false;   // it may open a line, and its SKU is no bundle yet
    bool fresh = false;   // it may open a line of the newest revision
  };

  [[nodiscard]] expansion find_expansion(submission& command);
  [[nodiscard]] static bool outdated(const expansion& found, const admitted_work& admitted);
  [[nodiscard]] admission add(submission&& command, purpose why, admitted_request& out);
  [[nodiscard]] admission admit(submission&& command, purpose why, admitted_work& out);
  [[nodiscard]] bool claim_line(work_item& work, const engine::record_line& line, purpose why);
  [[nodiscard]] bool claim_key(work_item& work, purpose why, bool& known);
  [[nodiscard]] bool claim(work_item& work, purpose why, bool& known);
  void send(admitted_request&& request);
  void start_group(admitted_request&& members);

  [[nodiscard]] bool closed() const { return shared_.draining.load(std::memory_order_acquire); }

  core& shared_;
  std::atomic<std::uint64_t> last_group_{0};
};

} // namespace lockstep::actors
