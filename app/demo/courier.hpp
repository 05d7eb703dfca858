// Tells the engine movements over HTTP as any other system would: many lines a request, in order, and again
// while the engine is busy.
#pragma once

#include "app/import/api_client.hpp"

#include <boost/json/object.hpp>

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace lockstep::app::demo {

// What its sender makes of a refusal, by the problem's code.
enum class refused_as : std::uint8_t { too_early, expected, unexpected };

struct movement_message {
  boost::json::object line; // of POST /v1/batch, without its key
  std::function<void()> done;
  std::function<refused_as(std::string_view code)> refused; // none: every refusal is unexpected
};

class courier {
 public:
  courier(std::string base_url, secret token);
  ~courier(); // what was not told is dropped
  courier(const courier&) = delete;
  courier& operator=(const courier&) = delete;

  // Any thread; returns at once. The message's functions are called on the courier's thread, with no lock
  // held; they may send more.
  void send(movement_message message);

  // True when everything was told and answered before `until`.
  [[nodiscard]] bool wait_idle(std::chrono::steady_clock::time_point until);

  // Refusals that should not be, by problem code.
  [[nodiscard]] std::map<std::string, std::size_t, std::less<>> unexpected() const;
  // Why the engine cannot be told any more; empty: all is well.
  [[nodiscard]] std::string failure() const;

 private:
  struct parcel {
    std::uint64_t number = 0; // its key
    movement_message message;
  };

  void work();
  [[nodiscard]] std::vector<parcel> take_batch();
  [[nodiscard]] engine::result<void> tell(std::vector<parcel>& batch);
  void judge(parcel& told, std::string_view line);
  void refused(parcel& told, std::string_view code);

  api_client api_;
  mutable std::mutex mutex_; // guards all below
  std::condition_variable changed_;
  std::deque<parcel> waiting_;
  std::deque<parcel> again_; // refused for now
  std::size_t under_way_ = 0;
  std::uint64_t numbers_ = 0;
  std::map<std::string, std::size_t, std::less<>> unexpected_;
  std::string failure_;
  bool stopping_ = false;
  std::thread thread_;
};

} // namespace lockstep::app::demo
