// Vertices of a lattice by packed keys.
#pragma once
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <stdexcept>
#include <vector>

namespace wsss {

// Raised when the deviations are so small that keys do not fit.
struct KeyOverflow : std::runtime_error {
  KeyOverflow() : std::runtime_error("lattice keys overflow") {}
};

template <int D>
struct Placement;

// Bit fields of the first D coordinates; the last follows from their sum.
template <int D>
struct KeyLayout {
  int64_t low[D];
  int shift[D + 1];

  KeyLayout(const double* least, const double* most) {
    shift[0] = 0;
    for (int i = 0; i < D; ++i) {
      // Floats place points exactly up to here.
      if (!(std::fabs(least[i]) < 4e6 && std::fabs(most[i]) < 4e6))
        throw KeyOverflow();
      low[i] = int64_t(std::floor(least[i]));
      const int64_t range = int64_t(std::ceil(most[i])) - low[i] + 1;
      int width = 1;
      while ((int64_t(1) << width) < range) ++width;
      shift[i + 1] = shift[i] + width;
    }
    if (bits() > 126) throw KeyOverflow();
  }
  int bits() const { return shift[D]; }
};

// Differences of packed keys; fields never carry into each other because the
// layout has room for one step beyond all vertices.
template <class Key, int D>
class KeySteps {
 public:
  explicit KeySteps(const KeyLayout<D>& layout) : layout_(layout) {
    for (int i = 0; i < D; ++i) {
      unit_[i] = Key(1) << layout.shift[i];
      all_ += unit_[i];
    }
  }

  // Keys of the D + 1 corners of the simplex that holds point p of a group.
  // Corner k lies at anchor + k, less D + 1 in the k coordinates of the
  // greatest ranks.
  void corners(const Placement<D>& place, int p, Key* keys) const {
    Key by_rank[D + 1], key = 0;
    for (int i = 0; i < D; ++i) {
      key += Key(int64_t(place.anchor[i][p]) - layout_.low[i])
             << layout_.shift[i];
      by_rank[place.rank[i][p]] = unit_[i] * Key(D + 1);
    }
    by_rank[place.rank[D][p]] = 0;
    keys[0] = key;
    for (int k = 1; k <= D; ++k)
      keys[k] = key += all_ - by_rank[D - k + 1];
  }

  // From a vertex to its neighbor along an axis.
  Key axis(int i) const { return i < D ? all_ - unit_[i] * Key(D + 1) : all_; }

 private:
  KeyLayout<D> layout_;
  Key unit_[D] = {}, all_ = 0;
};

// Open addressing; vertices are numbered in the order of their first use, so
// points that are close in the image use memory that is close.
template <class Key>
class VertexTable {
 public:
  explicit VertexTable(int64_t points) {
    int bits = 10;
    while ((int64_t(1) << bits) < points / 8) ++bits;
    grow(bits);
  }

  int64_t size() const { return int64_t(keys_.size()); }

  int32_t insert(Key key) {
    size_t at = place(key);
    while (slots_[at].id >= 0) {
      if (slots_[at].key == key) return slots_[at].id;
      at = (at + 1) & mask_;
    }
    if (2 * keys_.size() >= mask_) {
      grow(bits_ + 1);
      return insert(key);
    }
    slots_[at] = {key, int32_t(keys_.size())};
    keys_.push_back(key);
    return slots_[at].id;
  }

  // Runs of vertices that are neighbors in steps of `step`, of length two
  // and more: length, ids, length, ids, ...
  std::vector<int32_t> chains(Key step) const {
    const size_t count = keys_.size();
    std::vector<int32_t> next(count);
    std::vector<uint8_t> has_previous(count, 0);
    for (size_t v = 0; v < count; ++v) {
      next[v] = find(keys_[v] + step);
      if (next[v] >= 0) has_previous[next[v]] = 1;
    }
    std::vector<int32_t> runs;
    for (size_t v = 0; v < count; ++v) {
      if (has_previous[v] || next[v] < 0) continue;
      const size_t head = runs.size();
      runs.push_back(0);
      for (int32_t at = int32_t(v); at >= 0; at = next[at]) runs.push_back(at);
      runs[head] = int32_t(runs.size() - head - 1);
    }
    return runs;
  }

 private:
#pragma pack(push, 4)  // 12 bytes instead of 16
  struct Slot {
    Key key;
    int32_t id;
  };
#pragma pack(pop)

  size_t place(Key key) const {
    uint64_t mixed = uint64_t(key);
    if (sizeof(Key) > 8) mixed ^= uint64_t(key >> (sizeof(Key) > 8 ? 61 : 0));
    return size_t((mixed * 0x9E3779B97F4A7C15ull) >> (64 - bits_));
  }

  int32_t find(Key key) const {
    size_t at = place(key);
    while (slots_[at].id >= 0) {
      if (slots_[at].key == key) return slots_[at].id;
      at = (at + 1) & mask_;
    }
    return -1;
  }

  void grow(int bits) {
    bits_ = bits;
    mask_ = (size_t(1) << bits) - 1;
    std::vector<Slot>().swap(slots_);  // free the old before the new
    slots_.assign(mask_ + 1, Slot{0, -1});
    for (size_t v = 0; v < keys_.size(); ++v) {
      size_t at = place(keys_[v]);
      while (slots_[at].id >= 0) at = (at + 1) & mask_;
      slots_[at] = {keys_[v], int32_t(v)};
    }
  }

  int bits_ = 0;
  size_t mask_ = 0;
  std::vector<Slot> slots_;
  std::vector<Key> keys_;
};

}  // namespace wsss
