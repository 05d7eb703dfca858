// Keeps the witness of an open store: looks once a second how far the store has come, and writes it down.
#pragma once

#include "app/witness.hpp"

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

namespace lockstep::app {

class witness_keeper {
 public:
  // Compares the store, opened just now, with what its witness saw. Errors as of the two.
  [[nodiscard]] static engine::result<std::unique_ptr<witness_keeper>> open(const std::string& file,
                                                                            storage::store& store);
  ~witness_keeper(); // writes a last time
  witness_keeper(const witness_keeper&) = delete;
  witness_keeper& operator=(const witness_keeper&) = delete;

  [[nodiscard]] bool store_went_back() const { return went_back_; }

  // From now on what the store holds is what counts. Call it once.
  void start();

 private:
  witness_keeper(witness kept, storage::epoch epoch, std::unique_ptr<storage::reader> from);
  void run();
  void look();

  const witness kept_;
  const storage::epoch epoch_;
  const std::unique_ptr<storage::reader> from_;
  bool went_back_ = false;
  bool failing_ = false; // told once
  sighting written_;
  std::mutex lock_;
  std::condition_variable stopped_;
  bool stop_ = false;
  std::thread thread_;
};

} // namespace lockstep::app
