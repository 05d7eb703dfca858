// The monitor listener: is the process alive, may it be given work, and its numbers. No token, no body.
#pragma once

#include "app/api/api_context.hpp"

#include <atomic>

namespace lockstep::app {

class monitor_handler final : public adapters::http_handler {
 public:
  monitor_handler(api_context& api, const adapters::http_server& intake);

  // From now on /readyz says no.
  void set_draining() { draining_.store(true, std::memory_order_relaxed); }

  [[nodiscard]] adapters::head_verdict admit(adapters::received_request& head) override;
  [[nodiscard]] adapters::io_task<adapters::http_answer>
  handle(const adapters::received_request& request) override;
  [[nodiscard]] adapters::http_answer refuse(unsigned status, std::string_view detail) override;

 private:
  [[nodiscard]] adapters::http_answer live(bool verbose) const;
  [[nodiscard]] adapters::http_answer ready(bool verbose) const;
  [[nodiscard]] adapters::io_task<adapters::http_answer> metrics() const;

  api_context* api_;
  const adapters::http_server* intake_;
  std::atomic<bool> draining_{false};
};

} // namespace lockstep::app
