// The screen of the packet editor: the list of packets, the layers and fields of one, its bytes; and what the keys do.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "oside_document.h"
#include "oside_rows.h"
#include "oside_save.h"
#include "oside_search.h"
#include "oside_source.h"
#include "oside_view.h"
#include "reactor/timer.h"
#include "recovery_file.h"
#include "shell/dialogs.h"

namespace cmds::oside {

class Editor final : public shell::View {
 public:
  /// All outlive the editor; the source has a packet. It is the target, or else what was left of another editor's work on that one.
  Editor(shell::Context& cx, shell::Screen& screen, Source& source, Target target, RecoveryFile& recovery);

  /// Until the user quits; the command's status. `greeting`: said at first. When it ends without the user's will, the recovery file holds what was not saved.
  [[nodiscard]] shell::Task<int> run(std::string greeting);
  /// More of the file has been read.
  void grow();
  void draw(shell::Canvas& canvas) override;

 private:
  using Done = shell::Result<void>;
  struct TreeRow {
    std::string text, note;
    shell::Style style;
    bool cursor = false;
  };

  // Keys: nothing else is awaited than the user and the file.
  [[nodiscard]] shell::Task<shell::Result<bool>> act(shell::Key key);
  bool move_field(const shell::Key& key);
  [[nodiscard]] shell::Task<bool> move_packet(shell::Key key);
  [[nodiscard]] shell::Task<shell::Result<bool>> quit();
  [[nodiscard]] shell::Task<Done> change(char32_t letter);
  [[nodiscard]] shell::Task<Done> edit(bool as_text);
  enum class Form : std::uint8_t { none, kept, changed };  // what became of a value in a form; none: its type has no form
  [[nodiscard]] shell::Task<shell::Result<Form>> edit_in_form(EditedPacket* changed, const proto::Field* field);
  [[nodiscard]] shell::Task<Done> edit_text();
  [[nodiscard]] shell::Task<Done> add_layer();
  void remove_layer();
  [[nodiscard]] shell::Task<void> delete_packet();
  [[nodiscard]] shell::Task<void> step_back(bool undo);
  [[nodiscard]] shell::Task<shell::Result<bool>> save_as();
  [[nodiscard]] shell::Task<void> keep();
  [[nodiscard]] proto::Dialect dialect() const;
  [[nodiscard]] shell::Task<Done> inject();
  [[nodiscard]] shell::Task<Done> jump();
  [[nodiscard]] shell::Task<shell::Result<std::vector<std::uint32_t>>> look_for(std::string wanted, std::size_t first, bool one);
  [[nodiscard]] shell::Task<Done> find();
  [[nodiscard]] shell::Task<Done> list_only();
  [[nodiscard]] shell::Task<bool> pause(std::size_t done);

  // The packet that is shown.
  [[nodiscard]] shell::Task<void> load(std::size_t at);
  [[nodiscard]] shell::Task<bool> load_behind(std::size_t at);
  void take(EditedPacket changed);
  void show_packet();
  void say(std::string text, bool alarm = false);
  [[nodiscard]] const proto::Field* field() const;
  void shift_list(std::size_t at, int by);
  [[nodiscard]] std::size_t listed_count() const { return listed_ ? listed_->size() : document_.size(); }
  [[nodiscard]] std::size_t listed(std::size_t row) const { return listed_ ? (*listed_)[row] : row; }
  /// The row of the packet, or of the first one behind it.
  [[nodiscard]] std::size_t row_of(std::size_t at) const;

  void draw_list(shell::Canvas& canvas, int row, int height);
  [[nodiscard]] std::vector<TreeRow> tree() const;
  void draw_tree(shell::Canvas& canvas, int row, int height);
  void draw_bytes(shell::Canvas& canvas, int row, int height);
  [[nodiscard]] std::string time_row() const;

  shell::Context& cx_;
  shell::Screen& screen_;
  Source& source_;
  Target target_;
  RecoveryFile& recovery_;
  Document document_;
  Rows rows_;

  std::size_t at_ = 0;
  std::optional<EditedPacket> packet_;  // absent: it could not be read
  PacketView view_;
  int layer_ = 0;                       // -1: the time stamp
  std::size_t field_ = 0;
  std::optional<std::vector<std::uint32_t>> listed_;  // only these packets are listed, in order
  std::string listed_by_;
  int list_height_ = 1;
  std::size_t list_top_ = 0, tree_top_ = 0, bytes_top_ = 0;

  std::string message_;
  bool alarm_ = false;
  std::size_t sought_ = 0, to_seek_ = 0;  // packets; to_seek_ 0: nothing is looked for
  bool stopped_ = false;                  // the search, by the user
  reactor::Nanoseconds told_{0}, grown_{0};  // when the progress was shown
  std::string wanted_, interface_;
  shell::History values_, paths_, expressions_, interfaces_, numbers_;
};

}  // namespace cmds::oside
