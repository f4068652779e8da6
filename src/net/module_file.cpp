#include "net/module_file.h"

#include <elf.h>
#include <fcntl.h>

#include <algorithm>
#include <cstring>
#include <optional>

#include "reactor/io.h"

namespace net {

using reactor::Result;
using reactor::Task;
using File = std::span<const std::uint8_t>;

namespace {

template <class T>
bool read_at(File file, std::uint64_t offset, T& value) {
  if (offset > file.size() || file.size() - offset < sizeof value) return false;
  std::memcpy(&value, file.data() + offset, sizeof value);
  return true;
}

std::string_view part(File file, std::uint64_t offset, std::uint64_t size) {
  if (offset > file.size() || size > file.size() - offset) return {};
  return {reinterpret_cast<const char*>(file.data()) + offset, static_cast<std::size_t>(size)};
}

std::string_view text_at(std::string_view table, std::uint64_t offset) {
  if (offset >= table.size()) return {};
  table.remove_prefix(static_cast<std::size_t>(offset));
  return table.substr(0, table.find('\0'));
}

struct Elf32 {
  using Header = Elf32_Ehdr;
  using Section = Elf32_Shdr;
  using Symbol = Elf32_Sym;
};
struct Elf64 {
  using Header = Elf64_Ehdr;
  using Section = Elf64_Shdr;
  using Symbol = Elf64_Sym;
};

// Calls see(name, content, header) for each section; see() returns true to end the walk.
template <class Elf, class See>
bool walk_sections(File file, See see) {
  typename Elf::Header header;
  if (!read_at(file, 0, header) || header.e_shentsize != sizeof(typename Elf::Section)) return false;
  const auto section_at = [&](std::uint64_t index, typename Elf::Section& section) {
    return index < header.e_shnum && read_at(file, header.e_shoff + index * sizeof section, section);
  };
  typename Elf::Section names_of, section;
  if (!section_at(header.e_shstrndx, names_of)) return false;
  const std::string_view names = part(file, names_of.sh_offset, names_of.sh_size);
  for (std::uint64_t i = 0; section_at(i, section); ++i) {
    const std::string_view content =
        section.sh_type == SHT_NOBITS ? std::string_view() : part(file, section.sh_offset, section.sh_size);
    if (see(text_at(names, section.sh_name), content)) return true;
  }
  return true;
}

// nullopt: not an ELF object that we read.
std::optional<std::string_view> section(File file, std::string_view wanted) {
  const std::string_view ident = part(file, 0, EI_NIDENT);
  if (ident.size() < EI_NIDENT || ident.substr(0, SELFMAG) != ELFMAG || ident[EI_DATA] != ELFDATA2LSB) return std::nullopt;
  std::string_view found;
  const auto see = [&](std::string_view name, std::string_view content) {
    if (name == wanted) found = content;
    return name == wanted;
  };
  const bool readable = ident[EI_CLASS] == ELFCLASS64 ? walk_sections<Elf64>(file, see) : walk_sections<Elf32>(file, see);
  return readable ? std::optional(found) : std::nullopt;
}

void add_words(std::string_view text, std::string_view separators, std::vector<std::string>& words) {
  for (std::size_t at = 0; (at = text.find_first_not_of(separators, at)) != std::string_view::npos;) {
    const std::size_t end = std::min(text.find_first_of(separators, at), text.size());
    words.emplace_back(text.substr(at, end - at));
    at = end;
  }
}

}  // namespace

void add_soft_dependencies(std::string_view text, ModuleInfo& info) {
  std::vector<std::string> words;
  add_words(text, " \t,", words);
  std::vector<std::string>* into = &info.before;
  for (std::string& word : words) {
    if (word == "pre:") into = &info.before;
    else if (word == "post:") into = &info.after;
    else into->push_back(std::move(word));
  }
}

Result<ModuleInfo> parse_module(File file) {
  const auto found = section(file, ".modinfo");
  if (!found) return reactor::failed({}, {}, "not a kernel module (no ELF object)");
  ModuleInfo info;
  for (std::string_view text = *found; !text.empty();) {
    const std::string_view field = text.substr(0, text.find('\0'));
    text.remove_prefix(std::min(field.size() + 1, text.size()));
    const std::size_t equals = field.find('=');
    if (equals == std::string_view::npos) continue;
    const std::string_view key = field.substr(0, equals), value = field.substr(equals + 1);
    if (key == "name") info.name = value;
    else if (key == "vermagic") info.version_magic = value;
    else if (key == "depends") add_words(value, ",", info.depends);
    else if (key == "softdep") add_soft_dependencies(value, info);
    else if (key == "alias") info.aliases.emplace_back(value);
    else if (key == "parmtype") info.parameters.emplace_back(value.substr(0, value.find(':')));
  }
  return info;
}

bool exports_symbol(File file, std::string_view symbol) {
  // Names of exported symbols lie in this section one after the other, each ended by a zero.
  const auto strings = section(file, "__ksymtab_strings");
  if (!strings) return false;
  std::string wanted(symbol);
  wanted += '\0';
  for (std::size_t at = 0; (at = strings->find(wanted, at)) != std::string_view::npos; ++at)
    if (at == 0 || (*strings)[at - 1] == '\0') return true;
  return false;
}

std::string normal_module_name(std::string_view name) {
  std::string normal(name);
  std::replace(normal.begin(), normal.end(), '-', '_');
  return normal;
}

std::string module_name_of(std::string_view path) {
  path.remove_prefix(path.rfind('/') + 1);  // npos + 1 is 0
  for (const std::string_view ending : module_endings)
    if (path.size() > ending.size() && path.ends_with(ending))
      return normal_module_name(path.substr(0, path.size() - ending.size()));
  return {};
}

Task<Result<proto::Compression>> module_compression(std::string path) {
  auto fd = co_await reactor::open_file(path, O_RDONLY);
  if (!fd) co_return tl::unexpected(fd.error());
  char head[proto::compression_magic_bytes];
  auto n = co_await reactor::read(fd->get(), head, 0);
  if (!n) {
    n.error().on = path;
    co_return tl::unexpected(n.error());
  }
  co_return proto::compression_of({reinterpret_cast<const std::uint8_t*>(head), *n});
}

}  // namespace net
