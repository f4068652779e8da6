// What the parts of `ip link` share.
#pragma once

#include "ip.h"

namespace cmds::ip {

/// Takes a setting that `link set` and `link add` have in common; false: the next word is none.
Result<bool> parse_setting(const Session& s, Words& words, net::LinkChange& change);
/// "default" or a number.
Result<std::uint32_t> parse_group(Words& words);

/// `[link IF] [name] NAME [settings] type KIND [options]`.
Result<net::NewLink> parse_new_link(const Session& s, Words words);
/// What follows `type KIND`, to the end; `dev` there becomes link.lower where the kind has no attribute for it.
Result<void> parse_kind_options(const Session& s, Words& words, std::string_view kind, net::NewLink& link);

}  // namespace cmds::ip
