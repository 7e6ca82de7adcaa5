// Short vectors of channels.
#pragma once
#include <cstdint>
#include <cstring>
#ifdef __FMA__
#include <immintrin.h>
#endif

namespace wsss {

typedef float Four __attribute__((vector_size(16)));
typedef float Eight __attribute__((vector_size(32)));

// a * b + c, rounded once where the machine can. The compiler is told not to
// do so by itself (-ffp-contract=off): points must fall into the same
// simplices on all machines.
#ifdef __FMA__
inline float multiply_add(float a, float b, float c) {
  return __builtin_fmaf(a, b, c);
}
inline Four multiply_add(float a, Four b, Four c) {
  return _mm_fmadd_ps(_mm_set1_ps(a), b, c);
}
inline Eight multiply_add(float a, Eight b, Eight c) {
  return _mm256_fmadd_ps(_mm256_set1_ps(a), b, c);
}
#else
inline float multiply_add(float a, float b, float c) { return a * b + c; }
inline Four multiply_add(float a, Four b, Four c) { return a * b + c; }
inline Eight multiply_add(float a, Eight b, Eight c) { return a * b + c; }
#endif

// W floats as the machine's vectors: eights where it has them, then fours
// (sixteens were no faster). Loads and stores need no alignment.
template <int W>
struct Lanes {
  static_assert(W % 4 == 0, "channels come in fours");
#ifdef __AVX__
  static constexpr int kEights = W / 8;
#else
  static constexpr int kEights = 0;
#endif
  static constexpr int kFours = W / 4 - 2 * kEights;
  static constexpr int kFoursAt = 8 * kEights;
  Eight eight[kEights + 1];
  Four four[kFours + 1];

  static Lanes zero() {
    Lanes to;
    for (int i = 0; i < kEights; ++i) to.eight[i] = Eight{};
    for (int i = 0; i < kFours; ++i) to.four[i] = Four{};
    return to;
  }
  static Lanes load(const float* from) {
    Lanes to;
    for (int i = 0; i < kEights; ++i)
      std::memcpy(&to.eight[i], from + 8 * i, sizeof(Eight));
    for (int i = 0; i < kFours; ++i)
      std::memcpy(&to.four[i], from + kFoursAt + 4 * i, sizeof(Four));
    return to;
  }
  void store(float* to) const {
    for (int i = 0; i < kEights; ++i)
      std::memcpy(to + 8 * i, &eight[i], sizeof(Eight));
    for (int i = 0; i < kFours; ++i)
      std::memcpy(to + kFoursAt + 4 * i, &four[i], sizeof(Four));
  }
  // this + factor * other
  Lanes plus(float factor, const Lanes& other) const {
    Lanes to;
    for (int i = 0; i < kEights; ++i)
      to.eight[i] = multiply_add(factor, other.eight[i], eight[i]);
    for (int i = 0; i < kFours; ++i)
      to.four[i] = multiply_add(factor, other.four[i], four[i]);
    return to;
  }
};

// Four rows of four become four columns.
inline void transpose4(const float* from, int from_stride, float* to,
                       int to_stride) {
  typedef int32_t Pick __attribute__((vector_size(16)));
  Four a, b, c, d;
  std::memcpy(&a, from, 16);
  std::memcpy(&b, from + from_stride, 16);
  std::memcpy(&c, from + 2 * from_stride, 16);
  std::memcpy(&d, from + 3 * from_stride, 16);
#ifdef __clang__
#define WSSS_PICK(x, y, i, j, k, l) __builtin_shufflevector(x, y, i, j, k, l)
#else
#define WSSS_PICK(x, y, i, j, k, l) __builtin_shuffle(x, y, Pick{i, j, k, l})
#endif
  const Four ab_low = WSSS_PICK(a, b, 0, 4, 1, 5);
  const Four ab_high = WSSS_PICK(a, b, 2, 6, 3, 7);
  const Four cd_low = WSSS_PICK(c, d, 0, 4, 1, 5);
  const Four cd_high = WSSS_PICK(c, d, 2, 6, 3, 7);
  a = WSSS_PICK(ab_low, cd_low, 0, 1, 4, 5);
  b = WSSS_PICK(ab_low, cd_low, 2, 3, 6, 7);
  c = WSSS_PICK(ab_high, cd_high, 0, 1, 4, 5);
  d = WSSS_PICK(ab_high, cd_high, 2, 3, 6, 7);
#undef WSSS_PICK
  std::memcpy(to, &a, 16);
  std::memcpy(to + to_stride, &b, 16);
  std::memcpy(to + 2 * to_stride, &c, 16);
  std::memcpy(to + 3 * to_stride, &d, 16);
}

}  // namespace wsss
