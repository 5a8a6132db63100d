// Wakes a thread that waits in poll(): a descriptor that is readable from wake() until drain(). Any
// thread.
#pragma once

namespace endure::messaging {

class WakeUp {
 public:
  WakeUp();
  ~WakeUp();
  WakeUp(const WakeUp&) = delete;
  WakeUp& operator=(const WakeUp&) = delete;

  void wake();
  void drain();
  int descriptor() const { return descriptor_; }

 private:
  int descriptor_;
};

}  // namespace endure::messaging
