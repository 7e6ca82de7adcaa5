// Random products through the C interface of the narrow product, for a build
// with sanitizers: fuzz_graph_product CASES SEED. Compares with double sums.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <vector>

extern "C" void wsss_narrow_product(const float*, int64_t, int64_t, int64_t,
                                    const float*, float*);

constexpr int64_t kWide = 16;

int main(int argc, char** argv) {
  const int cases = argc > 1 ? std::atoi(argv[1]) : 100;
  std::mt19937 random(argc > 2 ? std::atoi(argv[2]) : 0);
  const auto below = [&](int64_t n) { return int64_t(random() % unsigned(n)); };
  std::uniform_real_distribution<float> uniform(-1, 1);
  double worst = 0;
  int64_t sums = 0;
  for (int i = 0; i < cases; ++i) {
    const int64_t rows = below(below(4) ? 60 : 3);
    // Beyond a block of 2048, at its very end, and none at all.
    const int64_t depth = below(4) ? below(200) : 2040 + below(20);
    const int64_t stride = depth + below(5);
    // Just as long as it must be, in any alignment: a step beside it is seen.
    const int64_t shift = below(4);
    std::vector<float> matrix(shift + (rows ? (rows - 1) * stride + depth : 0));
    std::vector<float> values(depth * kWide), out(rows * kWide, 7.f);
    for (auto& v : matrix) v = uniform(random);
    for (auto& v : values) v = uniform(random);
    wsss_narrow_product(matrix.data() + shift, stride, rows, depth,
                        values.data(), out.data());
    for (int64_t row = 0; row < rows; ++row)
      for (int64_t c = 0; c < kWide; ++c) {
        double sum = 0, size = 1;
        for (int64_t k = 0; k < depth; ++k) {
          const double term = double(matrix[shift + row * stride + k]) *
                              values[k * kWide + c];
          sum += term;
          size += std::fabs(term);
        }
        worst = std::max(worst, std::fabs(out[row * kWide + c] - sum) / size);
        ++sums;
      }
  }
  std::printf("%lld sums, worst error %.3g\n", (long long)sums, worst);
  return sums && worst < 1e-6 ? 0 : 1;
}
