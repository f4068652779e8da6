// What capture, inject and fakehost say of an interface that they cannot have.
#pragma once

#include "shell/command.h"

namespace cmds {

/// Fails with the error; where the interface is not there, with what to do about it.
inline int interface_error(shell::Context& cx, const reactor::Error& error) {
  const int status = cx.fail(error);
  if (error.code == ENODEV) cx.err.write("  hint: `ip link` lists the interfaces, `tap add NAME` makes one\n");
  return status;
}

}  // namespace cmds
