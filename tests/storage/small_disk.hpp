// A real file system of a few megabytes that only its own processes see: a tmpfs in a mount namespace, made
// without rights where the kernel lets users have namespaces, and gone with this object however the test
// ends.
#pragma once

#include "tests/storage/samples.hpp"

#include <string>
#include <vector>

#include <sys/types.h>

namespace lockstep::storage::samples {

class small_disk {
 public:
  explicit small_disk(int megabytes);
  ~small_disk();
  small_disk(const small_disk&) = delete;
  small_disk& operator=(const small_disk&) = delete;

  // A command behind these words runs where the disk is at path().
  [[nodiscard]] std::vector<std::string> words() const;

  [[nodiscard]] std::string path() const { return folder_.path().string(); }

  // The same for this process.
  [[nodiscard]] std::string seen_from_here() const;

  // Not a byte is left; until free().
  void fill() const;
  void free() const;

 private:
  [[nodiscard]] std::string ballast() const { return seen_from_here() + "/ballast"; }

  temporary_folder folder_;
  pid_t keeper_ = -1; // the namespace lives as long as a process in it
  int alive_ = -1;    // closed: the keeper ends
};

} // namespace lockstep::storage::samples
