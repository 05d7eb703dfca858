// The parts evolve() is made of. Internal to it: nothing here checks, refuses or looks at a clock.
#pragma once

#include "engine/fact.hpp"
#include "engine/sku_state.hpp"

namespace lockstep::engine {

// Locations are kept in ascending order, so that equal stock is equal memory whatever came first.
stock_at& at_location(sku_state& state, location_id location);

// What a location has, and what is promised from it, changes at `at`. A bundle's own line moves neither.
void move_on_hand(sku_state& state, time_point at, location_id location, quantity units);
void move_reserved(sku_state& state, time_point at, location_id location, quantity units);

// --- promises (evolve_reservation.cpp)
void open_hold(sku_state& state, const fact& happened);
void confirm_hold(sku_state& state, const fact& happened);
void extend_hold(sku_state& state, const fact& happened);
void give_back(sku_state& state, const fact& happened); // released or expired
void change_line(sku_state& state, const fact& happened);
void return_line(sku_state& state, const fact& happened, const uuid& line);
void allocate_elsewhere(sku_state& state, const fact& happened);
// Closed lines are forgotten one retention after their last fact, or, the oldest first, when there are too
// many lines. By the time of facts, and all of one time together: a replay and a snapshot forget the same.
void forget_closed_lines(sku_state& state, time_point now);

// --- what is open beside promises (evolve_matters.cpp)
void send_off(sku_state& state, const fact& happened);
void arrive(sku_state& state, const fact& happened);
void lose(sku_state& state, const fact& happened);
void announce(sku_state& state, const fact& happened);
void take_back(sku_state& state, const fact& happened);
void inspect(sku_state& state, const fact& happened);
void close_case(sku_state& state, const fact& happened);
void expect(sku_state& state, const fact& happened);
void receive_supply(sku_state& state, const fact& happened);
void close_supply(sku_state& state, const fact& happened);
void set_fence(sku_state& state, const fact& happened);
void open_incident(sku_state& state, const fact& happened);
void close_incident(sku_state& state, const fact& happened);

} // namespace lockstep::engine
