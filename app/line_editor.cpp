#include "app/line_editor.hpp"

#include <histedit.h>

#include <cstdio>
#include <stdexcept>
#include <utility>

namespace lockstep::app {

namespace {

constexpr int history_lines_max = 1'000;

} // namespace

struct line_editor::state {
  explicit state(std::string shown) : prompt(std::move(shown)) {}

  std::string prompt;
  std::unique_ptr<History, decltype(&history_end)> past{history_init(), history_end};
  std::unique_ptr<EditLine, decltype(&el_end)> editor{el_init("lockstep", stdin, stdout, stderr), el_end};
  HistEvent event{};
};

line_editor::line_editor(std::string prompt) : state_(std::make_unique<state>(std::move(prompt))) {
  auto& all = *state_;
  if (all.past == nullptr || all.editor == nullptr)
    throw std::runtime_error{"this terminal cannot edit lines"};
  history(all.past.get(), &all.event, H_SETSIZE, history_lines_max);
  history(all.past.get(), &all.event, H_SETUNIQUE, 1);
  el_set(all.editor.get(), EL_CLIENTDATA, &all);
  // libedit asks for the prompt by a plain function; the state comes back as its client data.
  constexpr auto show_prompt = [](EditLine* editor) -> char* {
    state* mine = nullptr;
    el_get(editor, EL_CLIENTDATA, &mine);
    return mine->prompt.data();
  };
  el_set(all.editor.get(), EL_PROMPT, static_cast<char* (*)(EditLine*)>(show_prompt));
  el_set(all.editor.get(), EL_EDITOR, "emacs");
  el_set(all.editor.get(), EL_SIGNAL, 1); // the terminal is put right when a signal ends us
  el_set(all.editor.get(), EL_HIST, history, all.past.get());
}

line_editor::~line_editor() = default;

std::optional<std::string> line_editor::read() {
  int length = 0;
  const char* text = el_gets(state_->editor.get(), &length);
  if (text == nullptr || length <= 0) return std::nullopt;
  std::string line{text, static_cast<std::size_t>(length)};
  while (line.ends_with('\n') || line.ends_with('\r'))
    line.pop_back();
  if (!line.empty()) history(state_->past.get(), &state_->event, H_ENTER, line.c_str());
  return line;
}

} // namespace lockstep::app
