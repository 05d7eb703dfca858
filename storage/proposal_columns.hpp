// Proposals as a table has them.
#pragma once

#define LOCKSTEP_PROPOSAL_COLUMNS "sku, scheme, value, asked_scheme, asked_value, source, title, at, state"

// What an open one may not do to a rejected one.
#define LOCKSTEP_PROPOSAL_UPDATE                                                                           \
  " ON CONFLICT (sku, scheme, value) DO UPDATE SET asked_scheme = excluded.asked_scheme,"                  \
  " asked_value = excluded.asked_value, source = excluded.source, title = excluded.title,"                 \
  " at = excluded.at, state = excluded.state WHERE excluded.state <> 0 OR proposal.state <> 2"
