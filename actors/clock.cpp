#include "actors/clock.hpp"

namespace lockstep::actors {

engine::time_point system_time() {
  return std::chrono::time_point_cast<engine::duration>(std::chrono::system_clock::now());
}

wall_clock::wall_clock(const caf::actor_clock& source, engine::time_point start)
    : source_(source), steady_start_(source.now()), start_(start) {}

engine::time_point wall_clock::now() const {
  return start_ + std::chrono::duration_cast<engine::duration>(source_.now() - steady_start_);
}

} // namespace lockstep::actors
