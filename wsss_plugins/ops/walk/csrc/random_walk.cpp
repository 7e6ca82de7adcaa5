// Random walks on stencils of pairs, and distances of pairs of cells, for
// ctypes. Functions keep no state: they may be called from several threads.
//
// A pair (dy, dx), dy >= 0, belongs to its upper end: plane p of a stencil
// holds at (y, x) what is between (y, x) and (y + dy, x + dx). Rows are padded
// on both sides, so a block of columns never needs a special case.
//
// A walk is all products and sums: it may use fused ones, which the build as a
// whole leaves out. Builds then differ by rounding only.
#if defined(__clang__)
#pragma clang fp contract(fast)
#elif defined(__GNUC__)
#pragma GCC optimize("fp-contract=fast")
#endif

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <new>
#include <vector>

namespace {

enum Status : int32_t { kDone = 0, kNoMemory = 1, kBadOffset = 2 };

constexpr int kLanes = 8;
constexpr int kBlock = 16;
// Channels of features that are summed before the next pairs are looked at:
// their rows stay in the nearest cache.
constexpr int64_t kSlab = 32;

// Eight floats at any address.
typedef float Lane
    __attribute__((vector_size(4 * kLanes), aligned(4), may_alias));
typedef int32_t Bits __attribute__((vector_size(4 * kLanes)));
typedef float Whole __attribute__((vector_size(4 * kLanes)));

inline Lane load(const float* from) {
  return *reinterpret_cast<const Lane*>(from);
}

inline void store(float* to, Lane value) {
  *reinterpret_cast<Lane*>(to) = value;
}

inline Lane magnitude(Lane value) {
  const Bits mask = Bits{} + 0x7fffffff;
  return (Lane)((Bits)(Whole)value & mask);
}

struct Pair {
  int64_t dy, dx;
};

// Where rows of a padded map lie.
struct Rows {
  int64_t height, width, margin, stride;

  Rows(int64_t h, int64_t w, int64_t reach)
      : height(h),
        width(w),
        margin((reach + kLanes - 1) / kLanes * kLanes),
        stride((w + kBlock - 1) / kBlock * kBlock + 2 * margin) {}
};

int64_t reach_of(const std::vector<Pair>& pairs) {
  int64_t reach = 0;
  for (const Pair& pair : pairs)
    reach = std::max({reach, pair.dy, std::abs(pair.dx)});
  return reach;
}

bool read_pairs(const int64_t* offsets, int64_t count,
                std::vector<Pair>* pairs) {
  for (int64_t p = 0; p < count; ++p) {
    const Pair pair{offsets[2 * p], offsets[2 * p + 1]};
    if (pair.dy < 0 || (pair.dy == 0 && pair.dx <= 0)) return false;
    pairs->push_back(pair);
  }
  return true;
}

// S = D^-1/2 A D^-1/2, rows of all pairs together. Of its diagonal, 1 / D, it
// keeps how much is missing to 1: where little leaves a cell, that is what
// counts, and 1 / D would have lost it to rounding.
struct Operator {
  Rows rows;
  std::vector<Pair> pairs;
  std::vector<float> weights;  // [height][pairs][stride]
  std::vector<float> leaving;  // [height][stride], 0 beside the map
  std::vector<double> degree;  // [height][width]

  Operator(const float* affinity, const std::vector<Pair>& offsets, int64_t h,
           int64_t w)
      : rows(h, w, reach_of(offsets)),
        pairs(offsets),
        weights(h * pairs.size() * rows.stride),
        leaving(h * rows.stride),
        degree(h * w, 1.) {
    each_pair([&](int64_t p, int64_t here, int64_t there, float*) {
      const double value = affinity[p * h * w + here];
      degree[here] += value;
      degree[there] += value;
    });
    std::vector<float> root(h * w);
    for (int64_t i = 0; i < h * w; ++i)
      root[i] = float(1. / std::sqrt(degree[i]));
    each_pair([&](int64_t p, int64_t here, int64_t there, float* weight) {
      *weight = affinity[p * h * w + here] * root[here] * root[there];
    });
    for (int64_t y = 0; y < h; ++y)
      for (int64_t x = 0; x < w; ++x)
        leaving[y * rows.stride + rows.margin + x] =
            float((degree[y * w + x] - 1.) / degree[y * w + x]);
  }

  const float* row(int64_t y, int64_t pair) const {
    return &weights[(y * int64_t(pairs.size()) + pair) * rows.stride +
                    rows.margin];
  }

 private:
  // Visit the pairs whose ends are both inside.
  template <class Visit>
  void each_pair(Visit visit) {
    const int64_t w = rows.width;
    for (int64_t y = 0; y < rows.height; ++y)
      for (int64_t p = 0; p < int64_t(pairs.size()); ++p) {
        const Pair pair = pairs[p];
        if (y + pair.dy >= rows.height) continue;
        float* line = const_cast<float*>(row(y, p));
        const int64_t first = std::max<int64_t>(0, -pair.dx);
        const int64_t last = std::min(w, w - pair.dx);
        for (int64_t x = first; x < last; ++x)
          visit(p, y * w + x, (y + pair.dy) * w + x + pair.dx, line + x);
      }
  }
};

// A few channels of the walk, [height][K][stride]; zeros beside the map.
template <int K>
struct State {
  const Rows* rows;
  std::vector<float> values;

  explicit State(const Rows& of)
      : rows(&of), values(of.height * K * of.stride) {}

  float* row(int64_t y, int k) {
    return &values[(y * K + k) * rows->stride + rows->margin];
  }
  const float* row(int64_t y, int k) const {
    return const_cast<State*>(this)->row(y, k);
  }
};

// sum += weight * state at a block of columns.
template <int K>
inline void gather(const float* weight, const State<K>& state, int64_t y,
                   int64_t x, Lane (&sum)[K][kBlock / kLanes]) {
  const Lane first = load(weight), second = load(weight + kLanes);
  for (int k = 0; k < K; ++k) {
    const float* from = state.row(y, k) + x;
    sum[k][0] += first * load(from);
    sum[k][1] += second * load(from + kLanes);
  }
}

// next = scale * (now S) - next, or without the subtraction; total += term *
// next where there is a term.
template <int K>
void product(const Operator& op, const State<K>& now, bool chebyshev,
             float term, State<K>* next, State<K>* total) {
  const Rows& rows = op.rows;
  const int64_t count = int64_t(op.pairs.size());
  for (int64_t y = 0; y < rows.height; ++y) {
    const float* leaving = &op.leaving[y * rows.stride + rows.margin];
    for (int64_t x = 0; x < rows.width; x += kBlock) {
      Lane sum[K][kBlock / kLanes] = {};
      for (int64_t p = 0; p < count; ++p) {
        const int64_t dy = op.pairs[p].dy, dx = op.pairs[p].dx;
        if (y + dy < rows.height)
          gather<K>(op.row(y, p) + x, now, y + dy, x + dx, sum);
        if (y >= dy)
          gather<K>(op.row(y - dy, p) + x - dx, now, y - dy, x - dx, sum);
      }
      for (int k = 0; k < K; ++k)
        for (int half = 0; half < kBlock / kLanes; ++half) {
          const int64_t at = x + half * kLanes;
          const Lane stay = load(now.row(y, k) + at);
          const Lane left = load(leaving + at) * stay;
          float* to = next->row(y, k) + at;
          // The small terms first: one by one they would vanish beside stay.
          Lane value = stay + (sum[k][half] - left);
          if (chebyshev) value = 2.f * value - load(to);
          store(to, value);
          if (term != 0.f) {
            float* sums = total->row(y, k) + at;
            store(sums, load(sums) + term * value);
          }
        }
    }
  }
}

// Walk K channels, [K][height][width], in place.
template <int K>
void walk(const Operator& op, int64_t steps, const double* terms,
          int64_t num_terms, float* channels) {
  const Rows& rows = op.rows;
  const int64_t area = rows.height * rows.width;
  State<K> now(rows), next(rows), total(rows);
  const float first = terms ? float(terms[0]) : 1.f;
  for (int k = 0; k < K; ++k)
    for (int64_t i = 0; i < area; ++i) {
      const int64_t y = i / rows.width, x = i % rows.width;
      const float value =
          channels[k * area + i] * float(std::sqrt(op.degree[i]));
      now.row(y, k)[x] = value;
      total.row(y, k)[x] = first * value;
    }
  const int64_t products = terms ? num_terms - 1 : steps;
  for (int64_t step = 0; step < products; ++step) {
    const float term = terms ? float(terms[step + 1]) : 0.f;
    product<K>(op, now, terms && step > 0, term, &next, &total);
    std::swap(now.values, next.values);
  }
  const State<K>& result = terms ? total : now;
  for (int k = 0; k < K; ++k)
    for (int64_t i = 0; i < area; ++i)
      channels[k * area + i] = result.row(i / rows.width, k)[i % rows.width] /
                               float(std::sqrt(op.degree[i]));
}

// Distances of N pairs, with a block of columns each, over some channels.
template <int N>
void distances(const float* const* other, const float* source, int64_t stride,
               int64_t channels, float* const* sums) {
  Lane sum[N];
  for (int n = 0; n < N; ++n) sum[n] = load(sums[n]);
  for (int64_t c = 0; c < channels; ++c) {
    const Lane mine = load(source + c * stride);
    for (int n = 0; n < N; ++n)
      sum[n] += magnitude(mine - load(other[n] + c * stride));
  }
  for (int n = 0; n < N; ++n) store(sums[n], sum[n]);
}

using Distances = void (*)(const float* const*, const float*, int64_t,
                           int64_t, float* const*);

constexpr int kTogether = 8;
const Distances kDistances[kTogether + 1] = {
    nullptr,      distances<1>, distances<2>, distances<3>, distances<4>,
    distances<5>, distances<6>, distances<7>, distances<8>};

// Sum over channels of |f_i - f_j|, for rows of one slab of channels after
// another: features [height][kSlab][stride], sums [pairs][height][stride].
void add_slab(const std::vector<Pair>& pairs, const Rows& rows,
              const std::vector<float>& slab, int64_t channels,
              std::vector<float>* sums) {
  const int64_t count = int64_t(pairs.size());
  auto line = [&](int64_t y) {
    return &slab[y * kSlab * rows.stride + rows.margin];
  };
  for (int64_t y = 0; y < rows.height; ++y) {
    int64_t there = 0;  // Pairs are sorted by dy.
    while (there < count && y + pairs[there].dy < rows.height) ++there;
    for (int64_t x = 0; x < rows.width; x += kLanes)
      for (int64_t p = 0; p < there; p += kTogether) {
        const int n = int(std::min<int64_t>(kTogether, there - p));
        const float* other[kTogether];
        float* to[kTogether];
        for (int i = 0; i < n; ++i) {
          const Pair pair = pairs[p + i];
          other[i] = line(y + pair.dy) + x + pair.dx;
          to[i] = &(*sums)[((p + i) * rows.height + y) * rows.stride + x];
        }
        kDistances[n](other, line(y) + x, rows.stride, channels, to);
      }
  }
}

}  // namespace

extern "C" {

// state [channels][height][width] times T^steps, in place. affinity
// [pairs][height][width] is already to the power beta; what it says of pairs
// that leave the map is not read. terms: of a Chebyshev sum, or null.
int32_t wsss_random_walk(const float* affinity, const int64_t* offsets,
                         int64_t num_pairs, int64_t height, int64_t width,
                         int64_t steps, const double* terms,
                         int64_t num_terms, int64_t channels, float* state) {
  try {
    std::vector<Pair> pairs;
    if (!read_pairs(offsets, num_pairs, &pairs)) return kBadOffset;
    const Operator op(affinity, pairs, height, width);
    const int64_t area = height * width;
    while (channels > 0) {
      if (channels >= 4)
        walk<4>(op, steps, terms, num_terms, state);
      else if (channels == 3)
        walk<3>(op, steps, terms, num_terms, state);
      else if (channels == 2)
        walk<2>(op, steps, terms, num_terms, state);
      else
        walk<1>(op, steps, terms, num_terms, state);
      const int64_t done = std::min<int64_t>(channels, 4);
      state += done * area;
      channels -= done;
    }
    return kDone;
  } catch (const std::bad_alloc&) {
    return kNoMemory;
  }
}

// Sum of |f_i - f_j| over channels: features [channels][height][width],
// out [pairs][height][width]; infinite for pairs that leave the map.
int32_t wsss_pair_distances(const float* features, const int64_t* offsets,
                            int64_t num_pairs, int64_t channels,
                            int64_t height, int64_t width, float* out) {
  try {
    std::vector<Pair> pairs;
    if (!read_pairs(offsets, num_pairs, &pairs)) return kBadOffset;
    const Rows rows(height, width, reach_of(pairs));
    std::vector<float> slab(height * kSlab * rows.stride);
    std::vector<float> sums(num_pairs * height * rows.stride);
    for (int64_t c = 0; c < channels; c += kSlab) {
      const int64_t part = std::min(kSlab, channels - c);
      for (int64_t i = 0; i < part; ++i)
        for (int64_t y = 0; y < height; ++y)
          std::copy_n(features + ((c + i) * height + y) * width, width,
                      &slab[(y * kSlab + i) * rows.stride + rows.margin]);
      add_slab(pairs, rows, slab, part, &sums);
    }
    const float outside = std::numeric_limits<float>::infinity();
    for (int64_t p = 0; p < num_pairs; ++p)
      for (int64_t y = 0; y < height; ++y) {
        const float* from = &sums[(p * height + y) * rows.stride];
        float* to = out + (p * height + y) * width;
        const bool there = y + pairs[p].dy < height;
        for (int64_t x = 0; x < width; ++x) {
          const int64_t other = x + pairs[p].dx;
          to[x] = there && other >= 0 && other < width ? from[x] : outside;
        }
      }
    return kDone;
  } catch (const std::bad_alloc&) {
    return kNoMemory;
  }
}

}  // extern "C"
