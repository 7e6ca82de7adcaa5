// Random walks and pair distances through their C interface, for a build with
// sanitizers: fuzz_random_walk CASES SEED. Compares with double sums.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <set>
#include <utility>
#include <vector>

extern "C" {
int32_t wsss_random_walk(const float*, const int64_t*, int64_t, int64_t,
                         int64_t, int64_t, const double*, int64_t, int64_t,
                         float*);
int32_t wsss_pair_distances(const float*, const int64_t*, int64_t, int64_t,
                            int64_t, int64_t, float*);
}

using Doubles = std::vector<double>;

struct Case {
  int64_t height, width;
  std::vector<int64_t> offsets;  // dy, dx of each pair

  int64_t pairs() const { return int64_t(offsets.size()) / 2; }
  int64_t area() const { return height * width; }

  // Call visit(pair, here, there) where both ends are inside.
  template <class Visit>
  void each(Visit visit) const {
    for (int64_t p = 0; p < pairs(); ++p)
      for (int64_t y = 0; y + offsets[2 * p] < height; ++y)
        for (int64_t x = 0; x < width; ++x) {
          const int64_t other = x + offsets[2 * p + 1];
          if (other < 0 || other >= width) continue;
          visit(p, y * width + x, (y + offsets[2 * p]) * width + other);
        }
  }
};

// A x / degree: one step of the walk.
Doubles step(const Case& size, const std::vector<float>& affinity,
             const Doubles& degree, const Doubles& state) {
  Doubles sum = state;
  size.each([&](int64_t p, int64_t here, int64_t there) {
    const double weight = affinity[p * size.area() + here];
    sum[here] += weight * state[there];
    sum[there] += weight * state[here];
  });
  for (int64_t i = 0; i < size.area(); ++i) sum[i] /= degree[i];
  return sum;
}

Doubles chebyshev(const Case& size, const std::vector<float>& affinity,
                  const Doubles& degree, Doubles before, const Doubles& terms) {
  Doubles now = step(size, affinity, degree, before), sum(size.area());
  for (size_t k = 0; k < terms.size(); ++k) {
    for (int64_t i = 0; i < size.area(); ++i) sum[i] += terms[k] * before[i];
    Doubles next = step(size, affinity, degree, now);
    for (int64_t i = 0; i < size.area(); ++i) next[i] = 2 * next[i] - before[i];
    before = now;
    now = next;
  }
  return sum;
}

int main(int argc, char** argv) {
  const int cases = argc > 1 ? std::atoi(argv[1]) : 100;
  std::mt19937 random(argc > 2 ? std::atoi(argv[2]) : 0);
  const auto below = [&](int64_t n) { return int64_t(random() % unsigned(n)); };
  std::uniform_real_distribution<float> uniform(0, 1);
  double worst = 0;
  int64_t values = 0;
  const auto compare = [&](const float* found, const Doubles& expected,
                           double size) {
    for (size_t i = 0; i < expected.size(); ++i, ++values)
      worst = std::max(worst, std::fabs(found[i] - expected[i]) / size);
  };
  for (int n = 0; n < cases; ++n) {
    // Maps of one cell, and pairs that reach further than the map.
    Case size{1 + below(below(4) ? 20 : 2), 1 + below(below(4) ? 40 : 2), {}};
    std::set<std::pair<int64_t, int64_t>> chosen;
    for (int64_t i = below(12); i > 0; --i) {
      const int64_t dy = below(6);
      chosen.insert({dy, dy ? below(13) - 6 : 1 + below(6)});
    }
    for (const auto& pair : chosen) {
      size.offsets.push_back(pair.first);
      size.offsets.push_back(pair.second);
    }
    const int64_t area = size.area(), channels = below(10);
    // What it says of pairs that leave the map is not to be read.
    std::vector<float> affinity(size.pairs() * area, NAN);
    Doubles degree(area, 1.);
    size.each([&](int64_t p, int64_t here, int64_t there) {
      const float weight = uniform(random);
      affinity[p * area + here] = weight;
      degree[here] += weight;
      degree[there] += weight;
    });
    std::vector<float> state(channels * area);
    for (auto& v : state) v = uniform(random);
    const std::vector<float> start = state;
    Doubles terms(1 + below(5));
    for (auto& v : terms) v = uniform(random) - .5;
    const bool sum = below(2);
    // Terms may cancel; their rounding does not.
    double weight = 1;
    if (sum)
      for (double term : terms) weight += std::fabs(term);
    const int64_t steps = below(9);
    if (wsss_random_walk(affinity.data(), size.offsets.data(), size.pairs(),
                         size.height, size.width, steps,
                         sum ? terms.data() : nullptr, sum ? terms.size() : 0,
                         channels, state.data()))
      return 2;
    for (int64_t k = 0; k < channels; ++k) {
      Doubles one(start.begin() + k * area, start.begin() + (k + 1) * area);
      if (sum)
        one = chebyshev(size, affinity, degree, one, terms);
      else
        for (int64_t i = 0; i < steps; ++i)
          one = step(size, affinity, degree, one);
      compare(&state[k * area], one, weight);
    }
    // Around a slab of 32 channels, and none at all.
    const int64_t depth = below(3) ? below(70) : 31 + below(3);
    std::vector<float> features(depth * area), found(size.pairs() * area);
    for (auto& v : features) v = uniform(random) - .5f;
    if (wsss_pair_distances(features.data(), size.offsets.data(), size.pairs(),
                            depth, size.height, size.width, found.data()))
      return 2;
    Doubles expected(found.size(), INFINITY);
    size.each([&](int64_t p, int64_t here, int64_t there) {
      double& total = expected[p * area + here] = 0;
      for (int64_t c = 0; c < depth; ++c)
        total += std::fabs(double(features[c * area + here]) -
                           features[c * area + there]);
    });
    for (size_t i = 0; i < found.size(); ++i, ++values) {
      if (std::isinf(expected[i]) != std::isinf(found[i])) return 3;
      if (!std::isinf(expected[i]))
        worst = std::max(worst, std::fabs(found[i] - expected[i]) /
                                    (1 + expected[i]));
    }
  }
  const int64_t backwards[] = {0, -1};
  float cell = 1;
  if (!wsss_random_walk(&cell, backwards, 1, 1, 1, 1, nullptr, 0, 1, &cell))
    return 4;
  std::printf("%lld walked, worst error %.3g\n", (long long)values, worst);
  return values && worst < 1e-5 ? 0 : 1;
}
