// The actor of one channel account: it hosts the machines of engine/channel_push.hpp,
// engine/request_gate.hpp, the order poll and the sweep, and carries their requests. It decides nothing
// itself.
#pragma once

#include "actors/channel_context.hpp"

#include <caf/actor.hpp>
#include <caf/actor_system.hpp>

namespace lockstep::actors {

// Starts the account's actor; it polls orders at once, and pushes as its mode allows. Takes the messages of
// messages.hpp. Ends on an exit message; an exception ends it too, so that its monitor sees it go.
[[nodiscard]] caf::actor spawn_channel(caf::actor_system& system, channel_context context);

} // namespace lockstep::actors
