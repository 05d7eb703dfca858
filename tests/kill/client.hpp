// A caller of the daemon with a log of its own: what was acknowledged, outside the daemon's reach.
#pragma once

#include "engine/types.hpp"
#include "tests/raw_http.hpp"

#include <chrono>
#include <cstdint>
#include <limits>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace lockstep::kill {

inline constexpr std::string_view webhook_account = "phone";
inline constexpr std::string_view webhook_secret = "hush";

// A connection to the API. Status 0: the daemon is gone.
class api_connection {
 public:
  // Nothing when nobody listens.
  [[nodiscard]] static std::optional<api_connection> open(std::uint16_t port, std::string_view token);

  tests::raw_answer ask(std::string_view method, std::string_view target, std::string_view body = "",
                        std::string_view headers = "", std::string_view content_type = "application/json");

 private:
  api_connection(std::uint16_t port, std::string_view token);

  tests::raw_http socket_;
  std::string head_;
};

// When the clients of one life stop.
struct load_plan {
  std::chrono::steady_clock::time_point until;
  std::uint64_t movements_max =
      std::numeric_limits<std::uint64_t>::max() / 2; // of each client, beyond what it was told
};

enum class way : std::uint8_t { batch, single, webhook, bundle_webhook };

// One thread at a time.
class client {
 public:
  client(std::string name, way how, std::uint64_t seed) : name_(std::move(name)), how_(how), random_(seed) {}

  // Sends until the daemon is gone or the plan ends: the last acknowledged movements once more, then what is
  // in doubt, then new ones.
  void live(std::uint16_t port, std::string_view token, const load_plan& plan);

  [[nodiscard]] const std::string& name() const { return name_; }

  [[nodiscard]] bool is_marketplace() const { return how_ == way::webhook || sells_bundles(); }

  [[nodiscard]] bool sells_bundles() const { return how_ == way::bundle_webhook; }

  // Version told for each movement, from the first on without a gap; 0 when an answer names none.
  [[nodiscard]] const std::vector<engine::version>& told() const { return told_; }

  // Movements whose second acknowledgement was another than the first.
  [[nodiscard]] std::uint64_t changed() const { return changed_; }

  // Nothing a client asks may be refused.
  [[nodiscard]] std::uint64_t refused() const { return refused_; }

 private:
  // False: this life is over for the client.
  [[nodiscard]] bool send_batch(api_connection& to);
  [[nodiscard]] bool send_single(api_connection& to);
  [[nodiscard]] bool send_webhook(api_connection& to);
  // True: acknowledged, the next one is due.
  bool hear(int status, std::string_view body);
  bool hear_line(std::string_view line);
  void acknowledge(engine::version version);
  bool refuse(int status, std::string_view body);

  std::string name_;
  way how_;
  std::mt19937_64 random_;
  std::uint64_t next_ = 0;
  std::vector<engine::version> told_;
  std::uint64_t changed_ = 0;
  std::uint64_t refused_ = 0;
};

} // namespace lockstep::kill
