// lockstep-contracts DIR: checks the adapters against the contract files of the marketplaces.
#include "tests/contracts/shopify.hpp"

#include <fmt/core.h>

#include <cstdio>
#include <string>

int main(int argc, char** argv) {
  if (argc != 2) {
    fmt::print(stderr, "usage: lockstep-contracts DIR (with shopify/ and vectors/)\n");
    return 64; // sysexits: usage
  }
  const std::string directory = argv[1];
  lockstep::contracts::report report;
  lockstep::contracts::check_shopify_schema(directory, report);
  lockstep::contracts::check_shopify_recorded(directory, report);
  lockstep::contracts::check_shopify_webhooks(directory, report);
  return report.finish();
}
