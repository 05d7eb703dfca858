// The handlers no actor may be without: CAF drops a down message, and ends an actor on an exception, in
// silence.
#pragma once

#include <caf/event_based_actor.hpp>

#include <string>

namespace lockstep::actors {

// Logs whatever is unexpected under `what` (with the actor's id). An exception or an error message ends the
// actor, so that the supervisor sees it; an unknown message is answered with an error and dropped. An actor
// that monitors others sets its own down handler afterwards.
void set_handlers(caf::scheduled_actor& self, std::string what);
// The same for a name that outlives the actor: five copies of a string are much for each of a million actors.
void set_handlers(caf::scheduled_actor& self, const char* what);

// The one of these that an actor replaces while it is not ready.
void report_unknown_messages(caf::scheduled_actor& self, const char* what);

} // namespace lockstep::actors
