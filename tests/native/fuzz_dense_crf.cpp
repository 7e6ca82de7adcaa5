// Random and extreme problems through the C interface of the dense CRF, for a
// build with sanitizers: fuzz_dense_crf CASES SEED. Prints what was returned.
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <random>
#include <vector>

extern "C" {
int32_t wsss_smoothness(int64_t, int64_t, float, void**);
int32_t wsss_appearance(const uint8_t*, int64_t, int64_t, float, float, void**);
int32_t wsss_smoothness_is_identity(const void*, int32_t*);
int64_t wsss_smoothness_bytes(const void*);
int64_t wsss_appearance_bytes(const void*);
void wsss_free_smoothness(void*);
void wsss_free_appearance(void*);
int32_t wsss_mean_field(const void*, float, int32_t, const void*, float,
                        const float*, int32_t, int32_t, int64_t,
                        const int32_t*, int32_t, float*);
}

static void fail(const char* what) {
  std::printf("FAILED: %s\n", what);
  std::exit(1);
}

int main(int argc, char** argv) {
  const int cases = argc > 1 ? std::atoi(argv[1]) : 100;
  std::mt19937 random(argc > 2 ? std::atoi(argv[2]) : 0);
  const auto below = [&](int n) { return int(random() % unsigned(n)); };
  const auto log_uniform = [&](double low, double high) {
    const double t = std::uniform_real_distribution<>(0, 1)(random);
    return float(low * std::pow(high / low, t));
  };
  int done = 0, refused = 0, identity = 0;
  for (int i = 0; i < cases; ++i) {
    const int64_t height = 1 + below(below(4) ? 40 : 3);
    const int64_t width = 1 + below(below(4) ? 40 : 200);
    const int64_t points = height * width;
    const int groups = 1 + below(3), classes = 2 + below(below(5) ? 6 : 70);
    std::vector<uint8_t> image(points * 3);
    const int kind = below(3);
    for (auto& value : image) value = kind ? uint8_t(random()) : 128 * kind;
    const float scale = below(5) ? 10.f : 3e38f;
    std::vector<float> energies(points * groups * classes);
    for (auto& e : energies)
      e = scale * std::uniform_real_distribution<float>(-1, 1)(random);
    void *smooth = nullptr, *look = nullptr;
    const float sxy = log_uniform(1e-7, 1e7), srgb = log_uniform(1e-7, 1e7);
    const int32_t a = wsss_smoothness(height, width, log_uniform(1e-3, 1e3),
                                      &smooth);
    const int32_t b = wsss_appearance(image.data(), height, width, sxy, srgb,
                                      &look);
    if (a || b) {
      ++refused;
      wsss_free_smoothness(smooth);
      wsss_free_appearance(look);
      continue;
    }
    if (wsss_smoothness_bytes(smooth) < points * 24 ||
        wsss_appearance_bytes(look) < points * 48)
      fail("sizes");
    int32_t is_identity = 0;
    wsss_smoothness_is_identity(smooth, &is_identity);
    identity += is_identity;
    const int32_t steps[3] = {0, 1, 1 + below(6)};
    const int count = steps[2] > 1 ? 3 : 2;
    std::vector<float> out(count * energies.size());
    const bool with_smooth = below(4), with_look = below(4);
    if (wsss_mean_field(with_smooth ? smooth : nullptr, 3, with_smooth && is_identity,
                        with_look ? look : nullptr, 10, energies.data(), groups,
                        classes, points, steps, count, out.data()))
      fail("mean field refused");
    for (size_t at = 0; at < out.size(); at += points * classes)
      for (int64_t p = 0; p < points; ++p) {
        float sum = 0;
        for (int c = 0; c < classes; ++c) sum += out[at + c * points + p];
        if (!(std::fabs(sum - 1) < 1e-4)) fail("probabilities do not sum to 1");
      }
    wsss_free_smoothness(smooth);
    wsss_free_appearance(look);
    ++done;
  }
  std::printf("%d solved, %d refused, %d with an identity\n", done, refused,
              identity);
  return done && refused ? 0 : 1;
}
