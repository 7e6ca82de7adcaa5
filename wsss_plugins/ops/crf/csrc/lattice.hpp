// Permutohedral lattice of a set of points: splat, blur, slice.
//
// A. Adams, J. Baek, A. Davis: Fast High-Dimensional Filtering Using the
// Permutohedral Lattice, Eurographics 2010. Rounding and the order of sums
// follow Kraehenbuehl's dense CRF, so that points fall into the same simplices
// as with the library pydensecrf.
#pragma once
#include <cmath>
#include <cstdint>
#include <cstring>
#include <stdexcept>
#include <vector>

#include "lanes.hpp"
#include "vertex_table.hpp"

namespace wsss {

// Points are placed in groups: their arithmetic is one vector operation.
constexpr int kGroup = 16;

// Exact for |x| < 2^22; ties go to the even neighbor. Unlike rintf it is
// vectorized on every machine.
inline float round_to_int(float x) {
  constexpr float magic = 12582912.f;
  return (x + magic) - magic;
}

// Where a group of points lies: the simplex (its 0-colored vertex and the
// ranks of the differences to it) and the barycentric coordinates within.
template <int D>
struct Placement {
  float anchor[D + 1][kGroup];
  int32_t rank[D + 1][kGroup];
  float weight[D + 1][kGroup];
};

// Feature spacing at which the lattice's blur has unit deviation (Sec. 3).
template <int D>
inline float axis_scale(int axis) {
  const float deviation = float(std::sqrt(2. / 3.) * (D + 1));
  return float(1. / std::sqrt(double((axis + 2) * (axis + 1))) * deviation);
}

template <int D>
void elevate(const float (*features)[kGroup], float (*elevated)[kGroup]) {
  float sum[kGroup] = {};
  for (int axis = D; axis > 0; --axis) {
    const float scale = axis_scale<D>(axis - 1);
    for (int p = 0; p < kGroup; ++p) {
      const float step = features[axis - 1][p] * scale;
      elevated[axis][p] = sum[p] - axis * step;
      sum[p] += step;
    }
  }
  std::memcpy(elevated[0], sum, sizeof(sum));
}

template <int D>
void rank_differences(const float (*elevated)[kGroup], Placement<D>& place) {
  std::memset(place.rank, 0, sizeof(place.rank));
  float excess[kGroup] = {};
  for (int i = 0; i <= D; ++i)
    for (int p = 0; p < kGroup; ++p) {
      const float rounded = round_to_int(elevated[i][p] * (1.f / (D + 1)));
      place.anchor[i][p] = rounded * (D + 1);
      excess[p] += rounded;
    }
  for (int i = 0; i < D; ++i)
    for (int j = i + 1; j <= D; ++j)
      for (int p = 0; p < kGroup; ++p) {
        const bool less = elevated[i][p] - place.anchor[i][p] <
                          elevated[j][p] - place.anchor[j][p];
        place.rank[i][p] += less;
        place.rank[j][p] += !less;
      }
  // The rounded point may be off the plane of coordinate sum zero.
  for (int i = 0; i <= D; ++i)
    for (int p = 0; p < kGroup; ++p) {
      const int rank = place.rank[i][p] + int(excess[p]);
      const int turn = (rank < 0) - (rank > D);
      place.rank[i][p] = rank + turn * (D + 1);
      place.anchor[i][p] += float(turn * (D + 1));
    }
}

template <int D>
void barycentric(const float (*elevated)[kGroup], Placement<D>& place) {
  float sorted[D + 1][kGroup] = {};
  for (int i = 0; i <= D; ++i) {
    float offset[kGroup];
    for (int p = 0; p < kGroup; ++p)
      offset[p] = (elevated[i][p] - place.anchor[i][p]) * (1.f / (D + 1));
    for (int r = 0; r <= D; ++r)
      for (int p = 0; p < kGroup; ++p)
        sorted[r][p] = place.rank[i][p] == r ? offset[p] : sorted[r][p];
  }
  for (int p = 0; p < kGroup; ++p)
    place.weight[0][p] = sorted[D][p] + (1.f - sorted[0][p]);
  for (int k = 1; k <= D; ++k)
    for (int p = 0; p < kGroup; ++p)
      place.weight[k][p] = sorted[D - k][p] - sorted[D - k + 1][p];
}

template <int D>
class Lattice {
 public:
  static constexpr int kCorners = D + 1;
  // Gain of the D + 1 blurs, which the slice takes back.
  static constexpr float kGain = 1.f / (1.f + 1.f / float(1 << D));

  // fill(first, features) writes the features of kGroup points; those beyond
  // the last are zero, as in the library.
  template <class Fill>
  Lattice(int64_t points, const double* low, const double* high, Fill fill)
      : points_(points) {
    const KeyLayout<D> layout = key_layout(low, high);
    corner_.resize(points * kCorners);
    weight_.resize(points * kCorners);
    if (layout.bits() <= 64)
      build<uint64_t>(layout, fill);
    else
      build<unsigned __int128>(layout, fill);
    normalize();
  }

  int64_t points() const { return points_; }
  int64_t vertices() const { return vertices_; }
  const int32_t* corner(int64_t p) const { return &corner_[p * kCorners]; }
  // Barycentric coordinate times the symmetric normalization D^-1/2.
  const float* weight(int64_t p) const { return &weight_[p * kCorners]; }
  int64_t bytes() const {
    int64_t total = points_ * kCorners * 8;
    for (const auto& axis : chains_) total += 4 * int64_t(axis.capacity());
    return total;
  }

  // Whether no point reaches another, so that the normalized kernel is the
  // identity. Tried on a signal of which no two values are alike.
  bool is_identity() const {
    if (vertices_ < points_) return false;
    std::vector<float> values(vertices_ * kStride, 0.f);
    const auto signal = [](int64_t p) {
      return 1.f + float(p % 1009) / 1009 + float(p % 1013) / 1013;
    };
    for (int64_t p = 0; p < points_; ++p)
      for (int k = 0; k < kCorners; ++k)
        values[corner(p)[k] * int64_t(kStride)] += weight(p)[k] * signal(p);
    blur<kStride>(values.data());
    for (int64_t p = 0; p < points_; ++p) {
      float sum = 0;
      for (int k = 0; k < kCorners; ++k)
        sum += weight(p)[k] * values[corner(p)[k] * int64_t(kStride)];
      if (std::fabs(sum * kGain - signal(p)) > 1e-5f * signal(p)) return false;
    }
    return true;
  }

  // Convolve (vertices, W) with [1/2 1 1/2] along each axis in turn, in
  // place. A vertex without neighbors on an axis is in no chain of it and is
  // left alone.
  template <int W>
  void blur(float* values) const {
    for (const auto& axis : chains_) {
      const int32_t* at = axis.data();
      const int32_t* end = at + axis.size();
      while (at != end) {
        const int32_t length = *at++;
        blur_chain<W>(values, at, length);
        at += length;
      }
    }
  }

 private:
  // One channel takes as much room as the smallest vector.
  static constexpr int kStride = 4;

  template <int W>
  static void blur_chain(float* values, const int32_t* chain,
                         int32_t length) {
    Lanes<W> before = Lanes<W>::zero();
    Lanes<W> here = Lanes<W>::load(values + int64_t(chain[0]) * W);
    for (int32_t k = 0; k < length; ++k) {
      Lanes<W> after = Lanes<W>::zero();
      if (k + 1 < length)
        after = Lanes<W>::load(values + int64_t(chain[k + 1]) * W);
      here.plus(.5f, before.plus(1.f, after))
          .store(values + int64_t(chain[k]) * W);
      before = here;
      here = after;
    }
  }

  // Bounds of the key's coordinates from those of the features.
  static KeyLayout<D> key_layout(const double* low, const double* high) {
    double least[D + 1] = {}, most[D + 1] = {}, sum_low = 0, sum_high = 0;
    for (int axis = D; axis > 0; --axis) {
      const double scale = axis_scale<D>(axis - 1);
      least[axis] = sum_low - axis * high[axis - 1] * scale;
      most[axis] = sum_high - axis * low[axis - 1] * scale;
      sum_low += low[axis - 1] * scale;
      sum_high += high[axis - 1] * scale;
    }
    least[0] = sum_low;
    most[0] = sum_high;
    // One more simplex and one step of the blur on each side.
    for (int i = 0; i <= D; ++i) {
      least[i] -= 3 * (D + 1);
      most[i] += 3 * (D + 1);
    }
    return KeyLayout<D>(least, most);
  }

  template <class Key, class Fill>
  void build(const KeyLayout<D>& layout, Fill fill) {
    VertexTable<Key> table(points_);
    const KeySteps<Key, D> steps(layout);
    float features[D][kGroup], elevated[D + 1][kGroup];
    Placement<D> place;
    // The library pads to four points with zeros; their vertices let values
    // pass on, so they belong to the result.
    const int64_t padded = (points_ + 3) / 4 * 4;
    Key last[D + 1];
    int32_t found[D + 1];
    std::memset(last, 0xff, sizeof(last));
    for (int64_t first = 0; first < padded; first += kGroup) {
      fill(first, features);
      elevate<D>(features, elevated);
      rank_differences<D>(elevated, place);
      barycentric<D>(elevated, place);
      const int count = int(std::min<int64_t>(kGroup, padded - first));
      for (int p = 0; p < count; ++p) {
        Key keys[D + 1];
        steps.corners(place, p, keys);
        for (int k = 0; k <= D; ++k)
          if (keys[k] != last[k]) {
            last[k] = keys[k];
            found[k] = table.insert(keys[k]);
          }
        if (first + p >= points_) continue;
        int32_t* corner = &corner_[(first + p) * kCorners];
        float* weight = &weight_[(first + p) * kCorners];
        for (int k = 0; k <= D; ++k) {
          corner[k] = found[k];
          weight[k] = place.weight[k][p];
        }
      }
    }
    vertices_ = table.size();
    for (int axis = 0; axis <= D; ++axis)
      chains_[axis] = table.chains(steps.axis(axis));
  }

  // w <- w / sqrt(row sum), from a filter of ones.
  void normalize() {
    std::vector<float> values(vertices_ * kStride, 0.f);
    for (int64_t p = 0; p < points_; ++p)
      for (int k = 0; k < kCorners; ++k)
        values[corner(p)[k] * int64_t(kStride)] += weight(p)[k];
    blur<kStride>(values.data());
    for (int64_t p = 0; p < points_; ++p) {
      float sum = 0;
      for (int k = 0; k < kCorners; ++k)
        sum += weight(p)[k] * values[corner(p)[k] * int64_t(kStride)];
      const float norm = 1.f / std::sqrt(sum * kGain + 1e-20f);
      for (int k = 0; k < kCorners; ++k) weight_[p * kCorners + k] *= norm;
    }
  }

  int64_t points_, vertices_ = 0;
  std::vector<int32_t> corner_;
  std::vector<float> weight_;
  std::vector<int32_t> chains_[D + 1];
};

}  // namespace wsss
