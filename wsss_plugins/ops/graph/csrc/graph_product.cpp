// Product of a large dense matrix with a few columns, for ctypes. The matrix
// is read once, in order: memory is what such a product waits for, and
// libraries are made for products that are not so narrow.
//
// Sums may use fused products, which the build as a whole leaves out. Builds
// then differ by rounding only.
#if defined(__clang__)
#pragma clang fp contract(fast)
#elif defined(__GNUC__)
#pragma GCC optimize("fp-contract=fast")
#endif

#include <algorithm>
#include <cstdint>
#include <cstring>

namespace {

// Columns of a block: one cache line.
constexpr int kWide = 16;
// Rows of the right side that are used again and again: they stay in the
// second cache. A sum of so many terms is also added up by itself, so
// rounding does not grow with the size of the matrix.
constexpr int64_t kDeep = 2048;
// Floats of a machine's vector, and rows of the matrix that share a load of
// the right side: as many as there are registers for their sums.
#if defined(__AVX512F__)
constexpr int kLanes = 16, kRows = 12;
#elif defined(__AVX__)
constexpr int kLanes = 8, kRows = 4;
#else
constexpr int kLanes = 4, kRows = 2;
#endif
constexpr int kParts = kWide / kLanes;

typedef float Vector __attribute__((vector_size(4 * kLanes)));

inline Vector load(const float* from) {
  Vector value;
  std::memcpy(&value, from, sizeof(value));
  return value;
}

inline void store(float* to, Vector value) {
  std::memcpy(to, &value, sizeof(value));
}

template <int N>
void add_rows(const float* matrix, int64_t stride, const float* values,
              int64_t depth, float* out) {
  Vector sum[N][kParts] = {};
  for (int64_t k = 0; k < depth; ++k)
    for (int part = 0; part < kParts; ++part) {
      const Vector value = load(values + k * kWide + part * kLanes);
      for (int n = 0; n < N; ++n)
        sum[n][part] += matrix[n * stride + k] * value;
    }
  for (int n = 0; n < N; ++n)
    for (int part = 0; part < kParts; ++part) {
      float* to = out + n * kWide + part * kLanes;
      store(to, load(to) + sum[n][part]);
    }
}

void product(const float* matrix, int64_t stride, int64_t rows, int64_t depth,
             const float* values, float* out) {
  std::fill_n(out, rows * kWide, 0.f);
  for (int64_t k = 0; k < depth; k += kDeep) {
    const int64_t some = std::min(kDeep, depth - k);
    const float* part = values + k * kWide;
    int64_t row = 0;
    for (; row + kRows <= rows; row += kRows)
      add_rows<kRows>(matrix + row * stride + k, stride, part, some,
                      out + row * kWide);
    for (; row < rows; ++row)
      add_rows<1>(matrix + row * stride + k, stride, part, some,
                  out + row * kWide);
  }
}

}  // namespace

extern "C" {

// out [rows][16] = matrix [rows][depth], rows stride apart, times values
// [depth][16].
void wsss_narrow_product(const float* matrix, int64_t stride, int64_t rows,
                         int64_t depth, const float* values, float* out) {
  product(matrix, stride, rows, depth, values, out);
}

}  // extern "C"
