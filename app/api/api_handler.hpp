// The public listener's handler: finds the route, asks for the token, checks the body's kind, counts and
// times.
#pragma once

#include "app/api/route.hpp"

namespace lockstep::app {

class api_handler final : public adapters::http_handler {
 public:
  explicit api_handler(api_context& api) : api_(&api) {}

  [[nodiscard]] adapters::head_verdict admit(adapters::received_request& head) override;
  [[nodiscard]] io_task<http_answer> handle(const adapters::received_request& request) override;
  [[nodiscard]] http_answer refuse(unsigned status, std::string_view detail) override;

 private:
  [[nodiscard]] std::optional<http_answer> judge(adapters::received_request& head);
  [[nodiscard]] std::optional<http_answer> authorize(adapters::received_request& head, const route& on);

  api_context* api_;
};

} // namespace lockstep::app
