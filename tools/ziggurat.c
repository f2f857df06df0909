// Prints sim/core/ziggurat_tables.c:
//   cc -std=c17 -O2 tools/ziggurat.c -lm -o ziggurat && ./ziggurat > sim/core/ziggurat_tables.c
// Layers as in Doornik (2005): x[0] is the width that gives the base, tail included, the common area; x[1] is
// where the tail begins, x[256] is 0. In long double, so that the doubles printed are correctly rounded.
#include <math.h>
#include <stdint.h>
#include <stdio.h>

enum { LAYERS = 256 };

struct shape {
  const char *name;
  long double (*density)(long double x);
  long double (*inverse)(long double y);
  long double (*tail)(long double x); // area beyond x
  long double low, high;              // between which the tail begins
};

static long double exponential_density(long double x) {
  return expl(-x);
}
static long double exponential_inverse(long double y) {
  return -logl(y);
}
static long double normal_density(long double x) {
  return expl(-x * x / 2);
}
static long double normal_inverse(long double y) {
  return sqrtl(-2 * logl(y));
}
static long double normal_tail(long double x) {
  return sqrtl(acosl(-1) / 2) * erfcl(x / sqrtl(2));
}

// Fills x; returns by how much the topmost layer misses the top (above 0: the layers are too thick).
static long double stack(const struct shape *shape, long double start, long double *x) {
  long double area = start * shape->density(start) + shape->tail(start);
  x[0] = area / shape->density(start);
  x[1] = start;
  for (int i = 1; i < LAYERS; i++) {
    long double top = shape->density(x[i]) + area / x[i];
    if (top >= 1 || i == LAYERS - 1) {
      for (int rest = i + 1; rest <= LAYERS; rest++) x[rest] = 0;
      return i < LAYERS - 1 ? 1 : top - 1;
    }
    x[i + 1] = shape->inverse(top);
  }
  return 0;
}

static void print(const struct shape *shape) {
  long double x[LAYERS + 1];
  long double low = shape->low;
  long double high = shape->high;
  for (int i = 0; i < 200; i++) {
    long double middle = (low + high) / 2;
    if (stack(shape, middle, x) > 0)
      low = middle;
    else
      high = middle;
  }
  stack(shape, high, x);
  printf("\nconst struct ziggurat_layer ziggurat_%s_layers[ZIGGURAT_LAYERS] = {\n", shape->name);
  for (int i = 0; i < LAYERS; i++)
    printf("    {%a, UINT64_C(0x%llx)},\n", (double)(x[i] * 0x1p-53L),
           (unsigned long long)floorl(x[i + 1] / x[i] * 0x1p53L));
  printf("};\n\nconst double ziggurat_%s_densities[ZIGGURAT_LAYERS + 1] = {\n", shape->name);
  for (int i = 0; i <= LAYERS; i++) printf("    %a,\n", i == 0 ? 0.0 : (double)shape->density(x[i]));
  printf("};\n");
}

int main(void) {
  const struct shape exponential = {
      "exponential", exponential_density, exponential_inverse, exponential_density, 7, 8};
  const struct shape normal = {"normal", normal_density, normal_inverse, normal_tail, 3, 4};
  printf("// Printed by tools/ziggurat.c.\n// clang-format off\n#include \"ziggurat.h\"\n");
  print(&exponential);
  print(&normal);
  return 0;
}
