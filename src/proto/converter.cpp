#include "proto/converter.h"

#include <fmt/core.h>

namespace proto {
namespace {

// Between two looks at the clock: a record of the full dialect takes a few microseconds, so this stays far below 1 ms.
constexpr int records_at_a_time = 128;

}  // namespace

Converter::Converter(Options options)
    : options_(std::move(options)), reader_(options_.otherwise, options_.lines, options_.seed), writer_(options_.output) {
  if (options_.untold_link) reader_.set_untold_link(*options_.untold_link);
}

Converter::Pause Converter::finish(Pause how) {
  over_ = true;
  const auto interfaces = reader_.interfaces();
  for (std::size_t i = 0; i < interfaces.size(); ++i) {
    const Interface& interface = interfaces[i];
    if (i >= described_) writer_.describe(static_cast<std::uint32_t>(i), interface);
    if (interface.received || interface.dropped)
      writer_.count(static_cast<std::uint32_t>(i), interface.received.value_or(0), interface.dropped.value_or(0));
  }
  writer_.finish(output_);
  return how;
}

Converter::Pause Converter::refuse(std::string what) {
  ++bad_;
  message_ = std::move(what);
  return options_.strict ? finish(Pause::broken) : Pause::bad;
}

Converter::Pause Converter::take_record() {
  const auto named = [&](const std::string& what) {
    const char* const unit = reader_.format() == CaptureFormat::jsonl ? "line" : "record";
    return fmt::format("{} {}: {}", unit, reader_.position().number, what);
  };
  const Record& record = reader_.record();
  if (options_.filter) {
    const auto matches = options_.filter->matches(record);
    if (!matches) {
      message_ = named(matches.error().what);
      return finish(Pause::broken);
    }
    if (!*matches) return Pause::go_on;
  }
  if (length_notice_.empty() && !reader_.length_notice().empty()) length_notice_ = named(std::string(reader_.length_notice()));
  for (const auto interfaces = reader_.interfaces(); described_ < interfaces.size(); ++described_)
    writer_.describe(static_cast<std::uint32_t>(described_), interfaces[described_]);
  const auto written = writer_.append(output_, record);
  if (!written) return refuse(named(written.error().what));
  ++packets_;
  untold_links_ += !reader_.link_told();
  return Pause::go_on;
}

Converter::Pause Converter::run() {
  using Step = CaptureReader::Step;
  if (over_) return Pause::end;
  for (int i = 0; i < records_at_a_time && output_.size() < full_output_bytes; ++i) {
    if (packets_ >= options_.count) return finish(Pause::end);
    switch (reader_.next()) {
      case Step::record: {
        const Pause pause = take_record();
        if (pause != Pause::go_on) return pause;
        break;
      }
      case Step::bad: return refuse(reader_.error().what);
      case Step::need_more: return Pause::need_input;
      case Step::end: return finish(Pause::end);
      case Step::error:
        message_ = reader_.error().what;
        return finish(Pause::broken);
    }
  }
  return Pause::go_on;
}

}  // namespace proto
