#include "ip_output.h"

#include <fmt/format.h>

namespace cmds::ip {

void Output::begin_list() {
  if (json_) writer_.StartArray();
}

void Output::end_list() {
  if (!json_) return;
  writer_.EndArray();
  out_.write(std::string_view(buffer_.GetString(), buffer_.GetSize()));
  out_.write("\n");
  buffer_.Clear();
  writer_.Reset(buffer_);
}

void Output::begin_record() {
  if (json_) writer_.StartObject();
}

void Output::end_record() {
  if (json_)
    writer_.EndObject();
  else
    out_.write("\n");
}

void Output::key(const char* name) {
  if (name != nullptr) writer_.Key(name);
}

void Output::put(std::string_view value) { writer_.String(value.data(), static_cast<rapidjson::SizeType>(value.size())); }

void Output::string(const char* name, fmt::string_view format, std::string_view value) {
  if (json_)
    member(name, value);
  else
    out_.write(fmt::vformat(format, fmt::make_format_args(value)));
}

void Output::number(const char* name, fmt::string_view format, std::uint64_t value) {
  if (json_)
    member(name, value);
  else
    out_.write(fmt::vformat(format, fmt::make_format_args(value)));
}

void Output::flag(const char* name, std::string_view text) {
  if (!json_) return words(text);
  key(name);
  writer_.Bool(true);
}

void Output::null(const char* name, std::string_view text) {
  if (!json_) return words(text);
  key(name);
  writer_.Null();
}

void Output::words(std::string_view text) {
  if (!json_) out_.write(text);
}

void Output::line() { words(one_line_ ? "\\" : "\n"); }

void Output::member(const char* name, std::string_view value) {
  if (!json_) return;
  key(name);
  put(value);
}

void Output::member(const char* name, std::uint64_t value) {
  if (!json_) return;
  key(name);
  writer_.Uint64(value);
}

void Output::begin_array(const char* name) {
  if (!json_) return;
  key(name);
  writer_.StartArray();
}

void Output::end_array() {
  if (json_) writer_.EndArray();
}

void Output::begin_object(const char* name) {
  if (!json_) return;
  key(name);
  writer_.StartObject();
}

void Output::end_object() {
  if (json_) writer_.EndObject();
}

void Output::element(std::string_view value) {
  if (json_)
    put(value);
  else
    out_.write(value);
}

}  // namespace cmds::ip
