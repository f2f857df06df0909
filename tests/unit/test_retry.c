#include "nearly.h"
#include "retry.h"

Test(retry, agrees_with_published_figures) { // retry_amplification
  assert_nearly(retry_attempts(0.1, 3), 1.111, 1e-12);
  assert_nearly(retry_attempts(0.9, 3), 3.439, 1e-12);
  assert_nearly(retry_success(0.9, 3), 0.3439, 1e-12);
  assert_nearly(retry_success(0.5, 1), 0.75, 1e-12);
  assert_nearly(retry_attempts(1, 3), 4, 1e-12);
  assert_nearly(retry_worst_amplification(3, 3), 64, 1e-12);
}
