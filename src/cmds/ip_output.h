// Prints each item once, as text in iproute2's shape or as the member of a JSON object with iproute2's key.
#pragma once

#include <fmt/core.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "reactor/stream.h"

namespace cmds::ip {

class Output {
 public:
  /// `one_line`: a record's line breaks are printed as '\', as iproute2's -o does.
  Output(reactor::Out& out, bool json, bool one_line) : out_(out), json_(json), one_line_(one_line) {}

  [[nodiscard]] bool json() const noexcept { return json_; }

  // A listing is an array of records; a record is an object, or a line of text.
  void begin_list();
  void end_list();
  void begin_record();
  void end_record();

  // Inside a record. `format` is of the text and has one {} for the value.
  void string(const char* key, fmt::string_view format, std::string_view value);
  void number(const char* key, fmt::string_view format, std::uint64_t value);
  /// `"key":true` and `"key":null`: iproute2 uses both, which one depends on the item.
  void flag(const char* key, std::string_view text);
  void null(const char* key, std::string_view text);
  /// Text or JSON only.
  void words(std::string_view text);
  void line();
  /// Text with one line for each record.
  [[nodiscard]] bool one_line() const noexcept { return one_line_ && !json_; }
  void member(const char* key, std::string_view value);
  void member(const char* key, std::uint64_t value);
  void begin_array(const char* key);
  void end_array();
  void begin_object(const char* key = nullptr);
  void end_object();
  /// An element of an array; the text stands for itself.
  void element(std::string_view value);

 private:
  using Writer = rapidjson::Writer<rapidjson::StringBuffer>;
  void key(const char* name);
  void put(std::string_view value);

  reactor::Out& out_;
  bool json_, one_line_;
  rapidjson::StringBuffer buffer_;
  Writer writer_{buffer_};
};

}  // namespace cmds::ip
