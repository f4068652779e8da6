#include <catch2/catch.hpp>

#include <elf.h>
#include <stdlib.h>
#include <zlib.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <memory>

#include "net/module_file.h"
#include "net/module_tree.h"
#include "net/modules.h"
#include "net/packed_file.h"
#include "wait_for.h"

namespace {

using net::ModuleTree;
using test::wait_for;

// The least object that a module can be: sections .shstrtab, .modinfo and __ksymtab_strings.
std::string object(const std::vector<std::string>& fields, const std::vector<std::string>& exports = {}) {
  const auto zero_ended = [](const std::vector<std::string>& words) {
    std::string text;
    for (const std::string& word : words) text.append(word).push_back('\0');
    return text;
  };
  const std::string names = std::string("\0.shstrtab\0.modinfo\0__ksymtab_strings\0", 38), info = zero_ended(fields), symbols = zero_ended(exports);
  Elf64_Ehdr header{};
  std::memcpy(header.e_ident, ELFMAG, SELFMAG);
  header.e_ident[EI_CLASS] = ELFCLASS64;
  header.e_ident[EI_DATA] = ELFDATA2LSB;
  header.e_shentsize = sizeof(Elf64_Shdr);
  header.e_shnum = 4;
  header.e_shstrndx = 1;
  std::string file(sizeof header, '\0');
  Elf64_Shdr sections[4]{};
  const auto add = [&](int index, unsigned name, const std::string& content) {
    sections[index].sh_name = name;
    sections[index].sh_type = SHT_PROGBITS;
    sections[index].sh_offset = file.size();
    sections[index].sh_size = content.size();
    file += content;
  };
  add(1, 1, names);
  add(2, 11, info);
  add(3, 20, symbols);
  header.e_shoff = file.size();
  file.append(reinterpret_cast<const char*>(sections), sizeof sections);
  std::memcpy(file.data(), &header, sizeof header);
  return file;
}

std::span<const std::uint8_t> bytes(const std::string& text) { return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()}; }

class Root {
 public:
  Root() {
    std::string pattern = (std::filesystem::temp_directory_path() / "modules-XXXXXX").string();
    path_ = ::mkdtemp(pattern.data());
    std::filesystem::create_directories(path_ + "/lib/modules/" + net::kernel_release());
  }
  Root(const Root&) = delete;
  ~Root() { std::filesystem::remove_all(path_); }
  void flat(const std::string& name, const std::string& content) const { std::ofstream(path_ + "/" + name, std::ios::binary) << content; }
  void index(const std::string& name, const std::string& content) const { std::ofstream(tree() + name, std::ios::binary) << content; }
  [[nodiscard]] std::string tree() const { return path_ + "/lib/modules/" + net::kernel_release() + "/"; }
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
};

// "a b(c) d?": built-in ones in brackets, optional ones with a question mark.
std::string plan_of(const Root& root, const std::string& name) {
  ModuleTree tree(root.path());
  const auto plan = wait_for(tree.plan(name, "p=1"));
  if (!plan) return "error: " + plan.error().text();
  std::string text;
  for (const net::ModuleStep& step : *plan) {
    if (!text.empty()) text += ' ';
    text += step.built_in ? "(" + step.name + ")" : step.name;
    if (step.optional) text += '?';
    if (!step.parameters.empty()) text += ":" + step.parameters;
  }
  return text;
}

}  // namespace

TEST_CASE("a module's file tells its name, dependencies, aliases and parameters") {
  const std::string file = object({"name=nat46", "vermagic=6.1.0 SMP", "depends=nf_defrag_ipv6,ipv6", "softdep=pre: a b post: c", "alias=fs-9p", "alias=pci:v*", "parmtype=debug:int", "broken"}, {"one", "two"});
  const auto info = net::parse_module(bytes(file));
  REQUIRE(info);
  CHECK(info->name == "nat46");
  CHECK(info->version_magic == "6.1.0 SMP");
  CHECK(info->depends == std::vector<std::string>{"nf_defrag_ipv6", "ipv6"});
  CHECK(info->before == std::vector<std::string>{"a", "b"});
  CHECK(info->after == std::vector<std::string>{"c"});
  CHECK(info->aliases == std::vector<std::string>{"fs-9p", "pci:v*"});
  CHECK(info->parameters == std::vector<std::string>{"debug"});
  CHECK(net::exports_symbol(bytes(file), "two"));
  CHECK_FALSE(net::exports_symbol(bytes(file), "wo"));
  CHECK_FALSE(net::exports_symbol(bytes(file), "on"));
}

TEST_CASE("a file that is cut or bent anywhere is refused or read, never read outside") {
  const std::string whole = object({"name=x", "depends=y"}, {"s"});
  for (std::size_t length = 0; length < whole.size(); ++length) {
    const std::string cut = whole.substr(0, length);
    (void)net::parse_module(bytes(cut));
    (void)net::exports_symbol(bytes(cut), "s");
  }
  for (std::size_t at = 0; at < whole.size(); ++at) {
    std::string bent = whole;
    bent[at] = static_cast<char>(0xff);
    (void)net::parse_module(bytes(bent));
    (void)net::exports_symbol(bytes(bent), "s");
  }
  CHECK_FALSE(net::parse_module(bytes("#!/bin/sh\n")));
  CHECK_FALSE(net::parse_module({}));
}

TEST_CASE("names come from paths whatever their ending, with '-' as '_'") {
  CHECK(net::module_name_of("/lib/virtio-rng.ko.zst") == "virtio_rng");
  CHECK(net::module_name_of("tun.ko") == "tun");
  CHECK(net::module_name_of("/tun").empty());
  CHECK(net::module_name_of(".ko").empty());
  CHECK(ModuleTree::with_endings("/a") == std::vector<std::string>{"/a", "/a.ko", "/a.ko.zst", "/a.ko.xz", "/a.ko.gz"});
  CHECK(ModuleTree::with_endings("/a.ko") == std::vector<std::string>{"/a.ko", "/a.ko.zst", "/a.ko.xz", "/a.ko.gz"});
  CHECK(ModuleTree::with_endings("/a.ko.xz") == std::vector<std::string>{"/a.ko.xz"});
}

TEST_CASE("flat modules of an initrd: depends of each, soft ones, aliases") {
  const Root root;
  root.flat("9p.ko", object({"depends=9pnet,netfs", "alias=fs-9p"}));
  root.flat("9pnet.ko", object({"depends="}));
  root.flat("netfs.ko", object({"depends=fscache"}));
  root.flat("fscache.ko", object({}));
  root.flat("9pnet_virtio.ko", object({"depends=9pnet", "alias=virtio:d00000009v*", "alias=9p-virtio"}));
  root.flat("soft.ko", object({"softdep=pre: 9p-virtio post: netfs missing"}));
  root.flat("loop_a.ko", object({"depends=loop_b"}));
  root.flat("loop_b.ko", object({"depends=loop_a"}));
  root.flat("bad.ko", "not a module");
  CHECK(plan_of(root, "9p") == "9pnet fscache netfs 9p:p=1");
  CHECK(plan_of(root, "fs-9p") == "9pnet fscache netfs 9p:p=1");
  CHECK(plan_of(root, "fs_9p") == "9pnet fscache netfs 9p:p=1");
  CHECK(plan_of(root, "virtio:d00000009v00001AF4") == "9pnet 9pnet_virtio:p=1");
  CHECK(plan_of(root, "9pnet-virtio") == "9pnet 9pnet_virtio:p=1");
  CHECK(plan_of(root, "soft") == "9pnet? 9pnet_virtio? soft:p=1 fscache? netfs?");
  CHECK(plan_of(root, "loop-a") == "loop_b loop_a:p=1");
  CHECK(plan_of(root, "bad.ko") == "bad:p=1");
  CHECK(plan_of(root, "nosuch").find("error: nosuch: no such module (looked in ") == 0);
  ModuleTree tree(root.path());
  const auto found = wait_for(tree.find("9pnet"));
  REQUIRE(found);
  CHECK(found->path == root.path() + "/9pnet.ko");
}

TEST_CASE("depmod's files: order, aliases with wildcards, soft dependencies, what is built in, symbols") {
  const Root root;
  std::filesystem::create_directories(root.tree() + "kernel/net");
  for (const char* name : {"a.ko", "b-x.ko.zst", "c.ko"}) std::ofstream(root.tree() + "kernel/net/" + name) << "x";
  root.index("modules.dep", "kernel/net/a.ko: kernel/net/b-x.ko.zst kernel/net/c.ko\nkernel/net/b-x.ko.zst: kernel/net/c.ko\nkernel/net/c.ko:\nkernel/net/gone.ko:\n");
  root.index("modules.alias", "# Aliases\nalias net-pf-16-proto-* a\nalias char-major-10-200 b_x\nalias pci:v0000[1-3]d* c\n");
  root.index("modules.softdep", "# Soft\nsoftdep c pre: nf-built post: gone\n");
  root.index("modules.builtin", "kernel/net/nf-built.ko\n");
  root.index("modules.builtin.modinfo", std::string("nf_built.alias=net-pf-99\0other.license=GPL\0", 43));
  root.index("modules.symbols", "alias symbol:do_a a\nalias symbol:do_b b_x\n");
  CHECK(plan_of(root, "a") == "(nf_built)? c gone? b_x a:p=1");
  CHECK(plan_of(root, "net-pf-16-proto-4") == "(nf_built)? c gone? b_x a:p=1");
  CHECK(plan_of(root, "char-major-10-200") == "(nf_built)? c gone? b_x:p=1");
  CHECK(plan_of(root, "pci:v00002dFFFF") == "(nf_built)? c:p=1 gone?");
  CHECK(plan_of(root, "nf_built") == "(nf_built):p=1");
  CHECK(plan_of(root, "net_pf_99") == "(nf_built):p=1");
  CHECK(plan_of(root, "symbol:do_b") == "(nf_built)? c gone? b_x:p=1");
  CHECK(plan_of(root, "pci:v00004d1").find("error: ") == 0);
  ModuleTree tree(root.path());
  CHECK(wait_for(tree.providers_of({"do_b", "nothing", "do_a", "do_b"})) == std::vector<std::string>{"a", "b_x"});
  CHECK(wait_for(tree.find("b-x"))->path == root.tree() + "kernel/net/b-x.ko.zst");
}

TEST_CASE("an image that lacks what its index names falls back on flat files, packed otherwise or not") {
  const Root root;
  std::filesystem::create_directories(root.tree() + "kernel");
  std::ofstream(root.tree() + "kernel/packed.ko.xz") << "x";
  root.index("modules.dep", "kernel/net/flat.ko.zst:\nkernel/packed.ko:\n");
  root.flat("flat.ko", object({}));
  ModuleTree tree(root.path());
  CHECK(wait_for(tree.find("flat"))->path == root.path() + "/flat.ko");
  CHECK(wait_for(tree.find("packed"))->path == root.tree() + "kernel/packed.ko.xz");
}

TEST_CASE("packed files are unpacked, plain ones are as they are, cut ones are an error that names the file") {
  const Root root;
  std::string text(700'000, '\0');
  for (std::size_t i = 0; i < text.size(); ++i) text[i] = static_cast<char>(i * i >> 7);
  const std::string path = root.path() + "/x.ko.gz";
  gzFile out = ::gzopen(path.c_str(), "wb");
  REQUIRE(::gzwrite(out, text.data(), static_cast<unsigned>(text.size())) == static_cast<int>(text.size()));
  ::gzclose(out);
  const auto whole = wait_for(net::read_packed(path));
  REQUIRE(whole);
  CHECK(std::string(whole->begin(), whole->end()) == text);
  std::filesystem::resize_file(path, std::filesystem::file_size(path) / 2);
  const auto cut = wait_for(net::read_packed(path));
  REQUIRE_FALSE(cut);
  CHECK(cut.error().text().find("unpack " + path + ": ") == 0);
  root.flat("plain", text);
  CHECK(wait_for(net::read_packed(root.path() + "/plain"))->size() == text.size());
  CHECK_FALSE(wait_for(net::read_packed("/nosuch")));
  CHECK(*wait_for(net::module_compression(path)) == proto::Compression::gzip);
}

TEST_CASE("what cannot be loaded is said with path, reason and errno") {
  const Root root;
  root.flat("bad.ko", "not a module");
  const auto failure = wait_for(net::insert_module(root.path() + "/bad.ko", ""));
  REQUIRE_FALSE(failure);
  CHECK(failure.error().text().find("Failed to load module " + root.path() + "/bad.ko: ") == 0);
  CHECK(failure.error().text().find("(errno: ") != std::string::npos);
  CHECK(failure.error().hint == "the file is not a kernel module");
  const auto missing = wait_for(net::insert_module("/nosuch.ko", ""));
  REQUIRE_FALSE(missing);
  CHECK(missing.error().text() == "Failed to load module /nosuch.ko: cannot open it (errno: 2 - No such file or directory)");
}
