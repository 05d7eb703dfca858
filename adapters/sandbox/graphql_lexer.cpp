#include "adapters/sandbox/graphql_lexer.hpp"

#include <fmt/format.h>

namespace lockstep::adapters::sandbox {

namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool starts_name(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

bool is_name(char c) {
  return starts_name(c) || is_digit(c);
}

class lexer {
 public:
  explicit lexer(std::string_view text) : rest_(text) {}

  engine::result<std::vector<token>> read() {
    std::vector<token> tokens;
    for (skip_ignored(); !rest_.empty(); skip_ignored()) {
      auto next = read_one();
      if (next.kind == token_kind::end)
        return engine::make_error(
            engine::error_code::malformed,
            fmt::format("line {}, column {}: no GraphQL token", next.at.line, next.at.column));
      tokens.push_back(std::move(next));
    }
    tokens.push_back({token_kind::end, {}, at_});
    return tokens;
  }

 private:
  void advance(std::size_t count = 1) {
    for (const char c : rest_.substr(0, count)) {
      if (c == '\n')
        at_ = {at_.line + 1, 1};
      else
        ++at_.column;
    }
    rest_.remove_prefix(count);
  }

  void skip_ignored() {
    while (!rest_.empty()) {
      const char c = rest_.front();
      if (c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == ',')
        advance();
      else if (c == '#')
        advance(std::min(rest_.find('\n'), rest_.size()));
      else
        return;
    }
  }

  token take(token_kind kind, std::size_t count) {
    token taken{kind, std::string{rest_.substr(0, count)}, at_};
    advance(count);
    return taken;
  }

  // A token of kind `end` where there is none.
  token read_one() {
    const char c = rest_.front();
    if (rest_.starts_with("...")) return take(token_kind::punctuator, 3);
    if (std::string_view{"!$&():=@[]{|}"}.find(c) != std::string_view::npos)
      return take(token_kind::punctuator, 1);
    if (starts_name(c)) {
      std::size_t length = 1;
      while (length < rest_.size() && is_name(rest_[length]))
        ++length;
      return take(token_kind::name, length);
    }
    if (c == '-' || is_digit(c)) return read_number();
    if (rest_.starts_with(R"(""")")) return read_block_text();
    if (c == '"') return read_text();
    return {token_kind::end, {}, at_};
  }

  token read_number() {
    std::size_t length = rest_.front() == '-' ? 1 : 0;
    bool whole = true;
    for (; length < rest_.size(); ++length) {
      const char c = rest_[length];
      if (c == '.' || c == 'e' || c == 'E' || (!whole && (c == '+' || c == '-')))
        whole = false;
      else if (!is_digit(c))
        break;
    }
    return take(whole ? token_kind::integer : token_kind::floating, length);
  }

  token read_block_text() {
    const auto close = rest_.find(R"(""")", 3);
    if (close == std::string_view::npos) return {token_kind::end, {}, at_};
    token taken{token_kind::text, std::string{rest_.substr(3, close - 3)}, at_};
    advance(close + 3);
    return taken;
  }

  token read_text() {
    token taken{token_kind::text, {}, at_};
    for (std::size_t i = 1; i < rest_.size() && rest_[i] != '\n'; ++i) {
      if (rest_[i] == '"') {
        advance(i + 1);
        return taken;
      }
      if (rest_[i] == '\\' && ++i < rest_.size())
        taken.text += rest_[i] == 'n' ? '\n' : rest_[i];
      else
        taken.text += rest_[i];
    }
    return {token_kind::end, {}, at_};
  }

  std::string_view rest_;
  position at_;
};

} // namespace

engine::result<std::vector<token>> read_tokens(std::string_view text) {
  return lexer{text}.read();
}

} // namespace lockstep::adapters::sandbox
