// lockstep-bench peers: the same movements on PostgreSQL and Redis (bench/peers/), then on Lockstep, in one
// session on one disk, with the ratios.
#include "bench/bench.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>

#include <sys/wait.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <iostream>
#include <memory>
#include <optional>
#include <span>
#include <sstream>
#include <string>
#include <vector>

namespace lockstep::bench {

namespace {

struct options {
  int seconds = 10;
  int clients = 32;
  int rows = 10'000;
  int pipeline = 16;
  int window = 20'000;
  std::string directory = ".";
  bool json = false;
};

// One line of the table.
struct figure {
  std::string name;
  int rows = 0; // that the movements are spread over
  double per_second = 0;
  double p50_us = 0;
  double p99_us = 0;
};

std::string quoted(const std::string& word) {
  std::string out = "'";
  for (const auto c : word)
    out += c == '\'' ? std::string{"'\\''"} : std::string{c};
  return out + "'";
}

// What the program prints; nothing when it failed, which it has explained on stderr itself.
std::optional<std::string> output_of(const std::vector<std::string>& words) {
  std::string line;
  for (const auto& word : words)
    line += quoted(word) + ' ';
  auto* pipe = ::popen(line.c_str(), "re");
  if (pipe == nullptr) return std::nullopt;
  std::string out;
  std::array<char, 4'096> bytes{};
  while (const auto count = std::fread(bytes.data(), 1, bytes.size(), pipe))
    out.append(bytes.data(), count);
  const int status = ::pclose(pipe);
  return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? std::optional{out} : std::nullopt;
}

// Lines of five fields parted by tabs, as the scripts print them.
std::vector<figure> read_figures(const std::string& text, const options& chosen) {
  std::vector<figure> figures;
  std::istringstream lines{text};
  for (std::string line; std::getline(lines, line);) {
    std::istringstream fields{line};
    figure one;
    std::getline(fields, one.name, '\t');
    fields >> one.rows >> one.per_second >> one.p50_us >> one.p99_us;
    one.name += fmt::format(", {} clients", chosen.clients);
    if (fields) figures.push_back(std::move(one));
  }
  return figures;
}

std::optional<std::vector<figure>> run_peer(const char* script, const options& chosen) {
  const auto text =
      output_of({fmt::format("{}/bench/peers/{}", LOCKSTEP_SOURCE_DIR, script), chosen.directory,
                 std::to_string(chosen.seconds), std::to_string(chosen.clients), std::to_string(chosen.rows),
                 std::to_string(chosen.pipeline)});
  if (!text) return std::nullopt;
  return read_figures(*text, chosen);
}

// In a process of its own, so that every figure starts with an empty engine.
std::optional<figure> run_lockstep(int skus, int window, const options& chosen) {
  const auto self = std::filesystem::read_symlink("/proc/self/exe").string();
  const auto text = output_of({self, "durable", "--json", "--store", "sqlite", "--skus", std::to_string(skus),
                               "--window", std::to_string(window), "--seconds",
                               std::to_string(chosen.seconds), "--dir", chosen.directory});
  if (!text) return std::nullopt;
  const auto result = boost::json::parse(*text).as_object();
  const auto number = [&](const char* name) { return result.at(name).to_number<double>(); };
  return figure{fmt::format("lockstep, window {}", window), skus, number("per_second"), number("p50_us"),
                number("p99_us")};
}

std::optional<std::vector<figure>> run_all(const options& chosen) {
  std::vector<figure> all;
  for (const auto* script : {"postgresql.sh", "redis.sh"}) {
    std::cerr << "running " << script << " ...\n";
    const auto figures = run_peer(script, chosen);
    if (!figures) return std::nullopt;
    all.insert(all.end(), figures->begin(), figures->end());
  }
  for (const auto window : {chosen.clients, chosen.window}) {
    for (const auto skus : {1, chosen.rows}) {
      std::cerr << fmt::format("running lockstep, {} SKUs, window {} ...\n", skus, window);
      const auto one = run_lockstep(skus, window, chosen);
      if (!one) return std::nullopt;
      all.push_back(*one);
    }
  }
  return all;
}

// How many times as many movements as `of` Lockstep did over as many rows with this window.
double ratio(std::span<const figure> all, const figure& of, int window) {
  const auto name = fmt::format("lockstep, window {}", window);
  for (const auto& one : all) {
    if (one.name == name && one.rows == of.rows) return one.per_second / of.per_second;
  }
  return 0;
}

void print_table(std::span<const figure> all, const options& chosen) {
  const auto at_clients = fmt::format("x AT {}", chosen.clients);
  const auto at_window = fmt::format("x AT {}", chosen.window);
  std::cout << fmt::format("{:<30} {:>7} {:>12} {:>9} {:>9} {:>10} {:>10}\n", "DURABLE MOVEMENTS", "ROWS",
                           "PER SECOND", "P50 US", "P99 US", at_clients, at_window);
  for (const auto& one : all) {
    std::cout << fmt::format("{:<30} {:>7} {:>12.0f} {:>9.0f} {:>9.0f} {:>10.1f} {:>10.1f}\n", one.name,
                             one.rows, one.per_second, one.p50_us, one.p99_us,
                             ratio(all, one, chosen.clients), ratio(all, one, chosen.window));
  }
  std::cout << fmt::format(
      "x AT n: how many times as many movements a second Lockstep makes durable with n in flight.\n");
}

void print_json(std::span<const figure> all, const options& chosen) {
  boost::json::array rows;
  for (const auto& one : all) {
    rows.push_back(boost::json::object{{"name", one.name},
                                       {"rows", one.rows},
                                       {"per_second", one.per_second},
                                       {"p50_us", one.p50_us},
                                       {"p99_us", one.p99_us},
                                       {"lockstep_ratio_at_clients", ratio(all, one, chosen.clients)},
                                       {"lockstep_ratio_at_window", ratio(all, one, chosen.window)}});
  }
  std::cout << rows << '\n';
}

int run(const options& chosen) {
  auto absolute = chosen;
  absolute.directory = std::filesystem::absolute(chosen.directory).string();
  const auto all = run_all(absolute);
  if (!all) return 70;
  if (chosen.json) {
    print_json(*all, chosen);
  } else {
    print_table(*all, chosen);
  }
  return 0;
}

const registered add_peers{[](CLI::App& app, int& exit_code) {
  auto* command = app.add_subcommand("peers", "the same work on PostgreSQL and Redis, and the ratios");
  auto chosen = std::make_shared<options>();
  command->add_option("--seconds", chosen->seconds, "length of each of the ten measurements")
      ->check(CLI::Range(1, 600));
  command->add_option("--clients", chosen->clients, "connections to a peer; movements in flight")
      ->check(CLI::Range(1, 90)); // PostgreSQL takes 100 by default, some of them reserved
  command->add_option("--rows", chosen->rows, "rows of the spread measurements")
      ->check(CLI::Range(2, 1'000'000));
  command->add_option("--pipeline", chosen->pipeline, "requests sent ahead on a Redis connection")
      ->check(CLI::Range(2, 1'000));
  command->add_option("--window", chosen->window, "movements in flight of Lockstep's second measurement")
      ->check(CLI::Range(1, 30'000));
  command->add_option("--dir", chosen->directory, "folder on the disk to measure (default: here)")
      ->check(CLI::ExistingDirectory);
  command->add_flag("--json", chosen->json, "print one JSON array");
  command->callback([chosen, &exit_code] { exit_code = run(*chosen); });
}};

} // namespace

} // namespace lockstep::bench
