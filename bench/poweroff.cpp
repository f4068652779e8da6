// The peer of bench/boot that does nothing: an init that powers the machine off.
#include <sys/reboot.h>
#include <unistd.h>

int main() {
  reboot(RB_POWER_OFF);
  for (;;) pause();
}
