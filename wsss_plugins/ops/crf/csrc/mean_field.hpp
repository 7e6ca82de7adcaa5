// Mean field of a fully connected CRF with Potts potentials.
//
// P. Kraehenbuehl, V. Koltun: Efficient Inference in Fully Connected CRFs with
// Gaussian Edge Potentials, NIPS 2011, Alg. 1. Only differences between labels
// matter: the messages are linear and the softmax ignores a common shift. So C
// labels need C - 1 channels, x_c = log(Q_c / Q_last), and what is filtered is
// Q_c - Q_last. One pass a step: slice the messages, update, splat for the
// next step; Q itself is stored only where it is asked for.
#pragma once
#include <algorithm>
#include <cstdint>
#include <cstring>
#include <vector>

#include "lanes.hpp"
#include "lattice.hpp"

namespace wsss {

// Points of a block; its channels stay in the first-level cache.
constexpr int kBlock = 64;

// exp for x <= 0, relative error below 2e-7; 0 below -87.
inline float exp_negative(float x) {
  x = x > -87.f ? x : -87.f;
  const float n = round_to_int(x * 1.44269504f);
  float r = multiply_add(n, -.693359375f, x);
  r = multiply_add(n, 2.12194440e-4f, r);
  float y = 1.9875691500e-4f;
  y = multiply_add(y, r, 1.3981999507e-3f);
  y = multiply_add(y, r, 8.3334519073e-3f);
  y = multiply_add(y, r, 4.1665795894e-2f);
  y = multiply_add(y, r, 1.6666665459e-1f);
  y = multiply_add(y, r, .5f);
  y = multiply_add(y, r * r, r + 1.f);
  const int32_t exponent = (int32_t(n) + 127) << 23;
  float power;
  std::memcpy(&power, &exponent, sizeof(power));
  return y * power;
}

// One channel of a block.
typedef float Row[kBlock];

inline void row_minus(const float* __restrict a, const float* __restrict b,
                      int count, float* __restrict x) {
  for (int p = 0; p < count; ++p) x[p] = a[p] - b[p];
  // Planes are far apart, so the machine does not foresee the next block.
  for (int p = 0; p < kBlock; p += 16) __builtin_prefetch(b + kBlock + p);
}

inline void row_max(const float* __restrict x, float* __restrict top) {
  for (int p = 0; p < kBlock; ++p) top[p] = x[p] > top[p] ? x[p] : top[p];
}

// x <- exp(x - top), which is added to the sum.
inline void row_exp(float* __restrict x, const float* __restrict top,
                    float* __restrict sum) {
  for (int p = 0; p < kBlock; ++p) {
    x[p] = exp_negative(x[p] - top[p]);
    sum[p] += x[p];
  }
}

// x <- x scale - base
inline void row_center(float* __restrict x, const float* __restrict scale,
                       const float* __restrict base) {
  for (int p = 0; p < kBlock; ++p)
    x[p] = multiply_add(x[p], scale[p], -base[p]);
}

struct Problem {
  const Lattice<2>* smoothness;   // null: none, or its kernel is the identity
  const Lattice<5>* appearance;   // null: none
  float smoothness_weight, appearance_weight;
  bool smoothness_is_identity;
  const float* energies;  // (groups, classes, points)
  int groups, classes;
  int64_t points;
};

// W channels are worked on at once; more are done in `chunks`.
template <int W>
class MeanField {
 public:
  explicit MeanField(const Problem& problem)
      : problem_(problem),
        channels_(problem.groups * (problem.classes - 1)),
        chunks_((channels_ + W - 1) / W),
        block_(int64_t(chunks_) * W * kBlock, 0.f) {
    if (problem.smoothness) resize(smooth_, problem.smoothness->vertices());
    if (problem.appearance) resize(look_, problem.appearance->vertices());
    if (problem.smoothness_is_identity)
      previous_.resize(channels_ * problem.points);
  }

  // steps: ascending numbers of iterations at which Q is written to
  // out (steps, groups, classes, points).
  void run(const int32_t* steps, int count, float* out) {
    const int64_t size =
        problem_.points * problem_.groups * problem_.classes;
    int written = 0;
    for (int t = 0; t <= steps[count - 1]; ++t) {
      const bool wanted = t == steps[written];
      pass(t > 0, t < steps[count - 1], wanted ? out + written * size : nullptr);
      written += wanted;
    }
  }

 private:
  // Channels at the vertices, (chunks, vertices, W).
  struct Buffers {
    int64_t chunk = 0;
    std::vector<float> now, next;
  };

  void resize(Buffers& buffers, int64_t vertices) {
    buffers.chunk = vertices * W;
    buffers.now.assign(buffers.chunk * chunks_, 0.f);
    buffers.next.assign(buffers.chunk * chunks_, 0.f);
  }

  template <class L>
  void turn(Buffers& buffers, const L& lattice) {
    std::swap(buffers.now, buffers.next);
    std::fill(buffers.next.begin(), buffers.next.end(), 0.f);
    for (int c = 0; c < chunks_; ++c)
      lattice.template blur<W>(buffers.now.data() + c * buffers.chunk);
  }

  void pass(bool slice, bool splat, float* out) {
    if (slice && problem_.smoothness) turn(smooth_, *problem_.smoothness);
    if (slice && problem_.appearance) turn(look_, *problem_.appearance);
    for (int64_t first = 0; first < problem_.points; first += kBlock) {
      const int count = int(std::min<int64_t>(kBlock, problem_.points - first));
      unaries(first, count);
      if (slice) messages(first, count);
      for (int g = 0; g < problem_.groups; ++g)
        update(g, first, count, out);
      if (splat) scatter(first, count);
    }
  }

  // Channel l of the block.
  float* lane(int l) { return block_.data() + int64_t(l) * kBlock; }

  void unaries(int64_t first, int count) {
    const int last = problem_.classes - 1;
    for (int g = 0; g < problem_.groups; ++g) {
      const float* energy =
          problem_.energies + g * problem_.classes * problem_.points + first;
      const float* base = energy + last * problem_.points;
      for (int c = 0; c < last; ++c)
        row_minus(base, energy + c * problem_.points, count,
                  lane(g * last + c));
    }
  }

  template <class L>
  static Lanes<W> gather(const L& lattice, const float* values,
                         int64_t point) {
    const int32_t* corner = lattice.corner(point);
    const float* weight = lattice.weight(point);
    Lanes<W> sum = Lanes<W>::zero();
    for (int k = 0; k < L::kCorners; ++k)
      sum = sum.plus(weight[k],
                     Lanes<W>::load(values + int64_t(corner[k]) * W));
    return sum;
  }

  void messages(int64_t first, int count) {
    const float smooth =
        problem_.smoothness_weight * Lattice<2>::kGain;
    const float look = problem_.appearance_weight * Lattice<5>::kGain;
    if (problem_.smoothness_is_identity)
      for (int l = 0; l < channels_; ++l) {
        const float* q = &previous_[l * problem_.points + first];
        float* x = lane(l);
        for (int p = 0; p < count; ++p)
          x[p] = multiply_add(problem_.smoothness_weight, q[p], x[p]);
      }
    for (int c = 0; c < chunks_; ++c) {
      const float* smooth_values = smooth_.now.data() + c * smooth_.chunk;
      const float* look_values = look_.now.data() + c * look_.chunk;
      for (int p = 0; p < count; ++p) {
        Lanes<W> sum = Lanes<W>::zero();
        if (problem_.smoothness)
          sum = sum.plus(smooth, gather(*problem_.smoothness, smooth_values,
                                        first + p));
        if (problem_.appearance)
          sum = sum.plus(look, gather(*problem_.appearance, look_values,
                                      first + p));
        sum.store(rows_[p]);
      }
      add_rows(lane(c * W));
    }
  }

  void add_rows(float* x) {
    float columns[W][kBlock];
    for (int p = 0; p < kBlock; p += 4)
      for (int l = 0; l < W; l += 4)
        transpose4(rows_[p] + l, W, columns[l] + p, kBlock);
    for (int l = 0; l < W; ++l)
      for (int p = 0; p < kBlock; ++p) x[l * kBlock + p] += columns[l][p];
  }

  // x becomes Q_c - Q_last; Q goes to `out` where given.
  void update(int g, int64_t first, int count, float* out) {
    const int last = problem_.classes - 1;
    float* x = lane(g * last);
    Row top = {}, base, scale;
    for (int c = 0; c < last; ++c) row_max(x + c * kBlock, top);
    for (int p = 0; p < kBlock; ++p) scale[p] = base[p] = exp_negative(-top[p]);
    for (int c = 0; c < last; ++c) row_exp(x + c * kBlock, top, scale);
    for (int p = 0; p < kBlock; ++p) {
      scale[p] = 1.f / scale[p];
      base[p] *= scale[p];
    }
    if (out) write(g, first, count, base, scale, out);
    for (int c = 0; c < last; ++c) row_center(x + c * kBlock, scale, base);
  }

  void write(int g, int64_t first, int count, const float* base,
             const float* scale, float* out) {
    const int last = problem_.classes - 1;
    float* target = out + g * problem_.classes * problem_.points + first;
    for (int c = 0; c < last; ++c) {
      const float* x = lane(g * last + c);
      for (int p = 0; p < count; ++p)
        target[c * problem_.points + p] = x[p] * scale[p];
    }
    std::memcpy(target + last * problem_.points, base, count * sizeof(float));
  }

  template <class L>
  static void spread(const L& lattice, float* values, int64_t point,
                     const Lanes<W>& q) {
    const int32_t* corner = lattice.corner(point);
    const float* weight = lattice.weight(point);
    for (int k = 0; k < L::kCorners; ++k) {
      float* v = values + int64_t(corner[k]) * W;
      Lanes<W>::load(v).plus(weight[k], q).store(v);
    }
  }

  void scatter(int64_t first, int count) {
    if (problem_.smoothness_is_identity)
      for (int l = 0; l < channels_; ++l)
        std::memcpy(&previous_[l * problem_.points + first], lane(l),
                    count * sizeof(float));
    for (int c = 0; c < chunks_; ++c) {
      for (int p = 0; p < kBlock; p += 4)
        for (int l = 0; l < W; l += 4)
          transpose4(lane(c * W + l) + p, kBlock, rows_[p] + l, W);
      float* smooth_values = smooth_.next.data() + c * smooth_.chunk;
      float* look_values = look_.next.data() + c * look_.chunk;
      for (int p = 0; p < count; ++p) {
        const Lanes<W> q = Lanes<W>::load(rows_[p]);
        if (problem_.smoothness)
          spread(*problem_.smoothness, smooth_values, first + p, q);
        if (problem_.appearance)
          spread(*problem_.appearance, look_values, first + p, q);
      }
    }
  }

  const Problem problem_;
  const int channels_, chunks_;
  std::vector<float> block_, previous_;
  float rows_[kBlock][W] = {};
  Buffers smooth_, look_;
};

}  // namespace wsss
