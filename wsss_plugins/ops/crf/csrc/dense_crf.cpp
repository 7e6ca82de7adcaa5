// C interface of the dense CRF, for ctypes. Every function is safe to call
// from several threads at once; lattices are constant once made.
#include <cstdint>
#include <new>

#include "mean_field.hpp"

using wsss::kGroup;
using Smoothness = wsss::Lattice<2>;
using Appearance = wsss::Lattice<5>;

namespace {

enum Status : int32_t { kDone = 0, kNoMemory = 1, kKeyOverflow = 2 };

template <class Work>
int32_t guarded(Work work) {
  try {
    work();
    return kDone;
  } catch (const wsss::KeyOverflow&) {
    return kKeyOverflow;
  } catch (const std::exception&) {
    return kNoMemory;
  }
}

template <int W>
void solve(const wsss::Problem& problem, const int32_t* steps, int count,
           float* out) {
  wsss::MeanField<W>(problem).run(steps, count, out);
}

using Solver = void (*)(const wsss::Problem&, const int32_t*, int, float*);

Solver solver(int channels) {
  static const Solver by_width[] = {solve<4>,  solve<8>,  solve<12>,
                                    solve<16>, solve<20>, solve<24>};
  return channels <= 24 ? by_width[(channels - 1) / 4] : solve<16>;
}

}  // namespace

extern "C" {

int32_t wsss_smoothness(int64_t height, int64_t width, float sxy,
                        Smoothness** made) {
  return guarded([&] {
    const double low[2] = {0, 0};
    const double high[2] = {double(width) / sxy, double(height) / sxy};
    const int64_t points = height * width;
    *made = new Smoothness(
        points, low, high, [=](int64_t first, float (*features)[kGroup]) {
          for (int p = 0; p < kGroup; ++p) {
            const int64_t at = first + p;
            const bool real = at < points;
            features[0][p] = real ? float(at % width) / sxy : 0.f;
            features[1][p] = real ? float(at / width) / sxy : 0.f;
          }
        });
  });
}

int32_t wsss_appearance(const uint8_t* image, int64_t height, int64_t width,
                        float sxy, float srgb, Appearance** made) {
  return guarded([&] {
    const double low[5] = {};
    const double color = 255. / srgb;
    const double high[5] = {double(width) / sxy, double(height) / sxy, color,
                            color, color};
    const int64_t points = height * width;
    *made = new Appearance(
        points, low, high, [=](int64_t first, float (*features)[kGroup]) {
          for (int p = 0; p < kGroup; ++p) {
            const int64_t at = first + p;
            const bool real = at < points;
            features[0][p] = real ? float(at % width) / sxy : 0.f;
            features[1][p] = real ? float(at / width) / sxy : 0.f;
            for (int c = 0; c < 3; ++c)
              features[2 + c][p] = real ? float(image[3 * at + c]) / srgb : 0.f;
          }
        });
  });
}

int32_t wsss_smoothness_is_identity(const Smoothness* lattice,
                                    int32_t* answer) {
  return guarded([&] { *answer = lattice->is_identity(); });
}

void wsss_free_smoothness(Smoothness* lattice) { delete lattice; }
void wsss_free_appearance(Appearance* lattice) { delete lattice; }
int64_t wsss_smoothness_bytes(const Smoothness* l) { return l->bytes(); }
int64_t wsss_appearance_bytes(const Appearance* l) { return l->bytes(); }
int64_t wsss_appearance_vertices(const Appearance* l) { return l->vertices(); }

int32_t wsss_mean_field(const Smoothness* smoothness, float smoothness_weight,
                        int32_t smoothness_is_identity,
                        const Appearance* appearance, float appearance_weight,
                        const float* energies, int32_t groups, int32_t classes,
                        int64_t points, const int32_t* steps, int32_t count,
                        float* out) {
  return guarded([&] {
    const wsss::Problem problem{
        smoothness_is_identity ? nullptr : smoothness,
        appearance,
        smoothness_weight,
        appearance_weight,
        smoothness_is_identity != 0,
        energies,
        groups,
        classes,
        points};
    solver(groups * (classes - 1))(problem, steps, count, out);
  });
}

}  // extern "C"
