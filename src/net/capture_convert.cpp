#include "net/capture_convert.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "net/capture_input.h"
#include "reactor/blocking.h"
#include "reactor/io.h"
#include "reactor/loop.h"

namespace net {

using reactor::Fd;
using reactor::Result;
using reactor::Task;

namespace {

// A line on a terminal for conversions that take long; it is wiped before anything else is printed.
class Progress {
 public:
  Progress(reactor::Out& out, bool wanted)
      : out_(out), shown_at_(reactor::monotonic_now()), on_(wanted && out.fd() >= 0 && ::isatty(out.fd()) == 1) {}

  /// True if a line was printed and is to be flushed.
  bool show(const CaptureInput& input, std::uint64_t packets) {
    constexpr auto period = std::chrono::milliseconds(250);
    if (!on_ || reactor::monotonic_now() - shown_at_ < period) return false;
    shown_at_ = reactor::monotonic_now();
    constexpr double mb = 1e6;
    out_.print("\r\033[K{} packets, {:.1f} MB", packets, static_cast<double>(input.fed()) / mb);
    if (input.size() > 0) out_.print(" of {:.1f} MB", static_cast<double>(input.size()) / mb);
    visible_ = true;
    return true;
  }
  /// True if there was a line, and its wiping is to be flushed before something goes to another stream.
  bool wipe() {
    if (!visible_) return false;
    visible_ = false;
    out_.write("\r\033[K");
    return true;
  }

 private:
  reactor::Out& out_;
  reactor::Nanoseconds shown_at_;
  bool on_;
  bool visible_ = false;
};

bool same_file(int a, int b) {
  struct stat one {}, two {};
  return ::fstat(a, &one) == 0 && ::fstat(b, &two) == 0 && S_ISREG(one.st_mode) && one.st_dev == two.st_dev && one.st_ino == two.st_ino;
}

// The output: a file that is made when there is something to say about the input, or a stream.
class Output {
 public:
  Output(std::string path, reactor::Out& standard) : path_(std::move(path)), standard_(standard) {}

  [[nodiscard]] bool is_stream() const { return path_ == "-"; }

  /// Takes the text. `input` is the descriptor that must not be the output.
  Task<Result<void>> write(proto::Text& text, int input) {
    if (!is_stream() && !file_) {
      auto opened = co_await open(input);
      if (!opened) co_return opened;
    }
    Result<void> written;
    if (is_stream()) {
      standard_.write(text.view());
      written = co_await standard_.flush();
    } else if (!text.empty()) {
      written = co_await reactor::write_all(file_.get(), text.view());
      if (!written) written.error().on = path_;
    }
    text.clear();
    co_return written;
  }

  /// Puts bytes into the file's head that were not known when it was written.
  Task<Result<void>> mend(proto::CaptureWriter::LateHead head) {
    if (is_stream()) co_return reactor::failed({}, "-", "packets longer than its head says: write to a file, or as pcapng");
    const std::string_view bytes(head.bytes.data(), head.bytes.size());
    auto written = co_await reactor::write(file_.get(), bytes, static_cast<std::int64_t>(head.offset));
    if (!written) co_return reactor::failed("write", path_, written.error().code);
    co_return Result<void>();
  }

 private:
  // Truncated only when it is known not to be the input.
  Task<Result<void>> open(int input) {
    auto opened = co_await reactor::open_file(path_, O_WRONLY | O_CREAT);
    if (!opened) co_return tl::unexpected(opened.error());
    if (same_file(opened->get(), input)) co_return reactor::failed({}, path_, "it is the input, too");
    auto emptied = co_await reactor::empty_file(opened->get());
    if (!emptied) {
      emptied.error().on = path_;
      co_return emptied;
    }
    file_ = std::move(*opened);
    co_return Result<void>();
  }

  std::string path_;
  reactor::Out& standard_;
  Fd file_;
};

}  // namespace

Task<Result<int>> convert(Conversion what, proto::Converter::Options options, reactor::In& in, reactor::Out& out,
                          reactor::Out& messages) {
  using Pause = proto::Converter::Pause;
  if (!what.filter.empty()) {
    auto filter = proto::Filter::compile(what.filter, proto::LinkType::ethernet);
    if (!filter) co_return reactor::failed({}, {}, filter.error().what);
    options.filter = std::move(*filter);
  }
  auto opened = co_await CaptureInput::open(what.from, &in);
  if (!opened) co_return tl::unexpected(opened.error());
  CaptureInput& input = **opened;
  proto::Converter converter(std::move(options));
  Output output(what.to, out);
  Progress progress(messages, what.progress);
  const std::string place = fmt::format("{}: {}", what.command, what.from);
  for (bool more = true; more;) {
    const Pause pause = converter.run();
    if (pause == Pause::bad || pause == Pause::broken) {
      (void)progress.wipe();
      messages.print("{}: {}\n", place, converter.message());
    }
    more = pause != Pause::end && pause != Pause::broken;
    if (!more && converter.reader().format() == proto::CaptureFormat::unknown) {  // the output is left alone
      if (pause == Pause::broken) co_return 1;
      if (what.needs_capture) co_return reactor::failed({}, what.from, "an empty file is not a capture");
    }
    const bool waits = pause == Pause::need_input && input.may_wait();
    const bool due = waits ? !converter.output().empty() : converter.output().size() >= proto::Converter::full_output_bytes;
    if (!more || due) {
      auto written = co_await output.write(converter.output(), input.fd());
      if (!written) co_return tl::unexpected(written.error());
    }
    if (pause == Pause::need_input) {
      auto fed = co_await input.feed(converter.reader());
      if (!fed) co_return tl::unexpected(fed.error());
    }
    if (progress.show(input, converter.packets()) || messages.full()) {
      auto flushed = co_await messages.flush();
      if (!flushed) co_return tl::unexpected(flushed.error());
    }
    if (reactor::Loop::current().slice_used()) co_await reactor::yield();
  }
  if (progress.wipe()) {
    auto flushed = co_await messages.flush();
    if (!flushed) co_return tl::unexpected(flushed.error());
  }
  if (const auto head = converter.late_head()) {
    auto mended = co_await output.mend(*head);
    if (!mended) co_return tl::unexpected(mended.error());
  }
  if (!converter.length_notice().empty()) messages.print("{}: {}\n", place, converter.length_notice());
  if (converter.link_guessed()) messages.print("{}: no line tells its link type, so Ethernet was taken; --linktype N takes another\n", place);
  reactor::Out& report = output.is_stream() ? messages : out;
  report.print("Converted {} packets from {} to {}\n", converter.packets(), what.from, what.to);
  co_return converter.message().empty() ? 0 : 1;
}

}  // namespace net
