#include "text.h"

#include <criterion/criterion.h>
#include <iconv.h>
#include <stdlib.h>
#include <string.h>

static uint64_t next(uint64_t *state) {
  *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
  return *state >> 16;
}

// The definition of optimal string alignment, word for word: what distance is, by recursion.
static size_t defined_distance(const char *a, size_t i, const char *b, size_t j) {
  if (i == 0 || j == 0) return i + j;
  size_t best = defined_distance(a, i - 1, b, j - 1) + (a[i - 1] != b[j - 1]);
  size_t dropped = defined_distance(a, i - 1, b, j) + 1, added = defined_distance(a, i, b, j - 1) + 1;
  if (dropped < best) best = dropped;
  if (added < best) best = added;
  if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
    size_t swapped = defined_distance(a, i - 2, b, j - 2) + 1;
    if (swapped < best) best = swapped;
  }
  return best;
}

static void random_word(uint64_t *state, char word[8]) {
  size_t length = 1 + next(state) % 7;
  for (size_t i = 0; i < length; i++) word[i] = (char)('a' + next(state) % 3);
  word[length] = '\0';
}

Test(text, distance_is_as_defined) {
  uint64_t state = 3;
  size_t near = 0;
  for (int i = 0; i < 2000; i++) {
    char one[8], other[8];
    random_word(&state, one);
    random_word(&state, other);
    struct text_nearest nearest = text_nearest_to(one);
    text_nearest_offer(&nearest, other);
    size_t expected = defined_distance(one, strlen(one), other, strlen(other));
    size_t longer = strlen(one) > strlen(other) ? strlen(one) : strlen(other);
    if (text_nearest_found(&nearest) != NULL) {
      near++;
      cr_assert_eq(nearest.distance, expected, "%s and %s", one, other);
      cr_assert_leq(expected, longer < 6 ? 1 : longer / 3);
    } else {
      bool nothing_in_common = expected >= strlen(one) || expected >= strlen(other);
      cr_assert(expected == 0 || expected > (longer < 6 ? 1 : longer / 3) || nothing_in_common, "%s and %s",
                one, other);
    }
  }
  cr_assert_gt(near, 100);
}

Test(text, nearest_word) {
  static const char *const words[] = {"timeout",  "retries",  "hedge", "session-cache",
                                      "replicas", "deadline", "cpu",   "on_timeout"};
  static const struct {
    const char *word, *expected;
  } cases[] = {{"tiemout", "timeout"},
               {"timeuot", "timeout"},
               {"TIMEOUT", "timeout"},
               {"retires", "retries"},
               {"session_cache", "session-cache"},
               {"replica", "replicas"},
               {"cpus", "cpu"},
               {"gpu", "cpu"},
               {"onTimeout", "on_timeout"},
               {"memory", NULL},
               {"x", NULL},
               {"", NULL}};
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    const char *found = text_nearest_of(cases[i].word, words, sizeof words / sizeof words[0]);
    cr_expect((found == NULL) == (cases[i].expected == NULL), "%s: %s", cases[i].word, found);
    if (found != NULL && cases[i].expected != NULL) cr_expect_str_eq(found, cases[i].expected);
  }
  // The first of two that are equally near, and the nearer one wherever it stands.
  cr_expect_str_eq(text_nearest_of("cat", (const char *const[]){"car", "cab", "bat"}, 3), "car");
  cr_expect_str_eq(text_nearest_of("cart", (const char *const[]){"dirt", "cat"}, 2), "cat");
  // Never the same again.
  cr_expect_str_eq(text_nearest_of("cat", (const char *const[]){"cat", "car"}, 2), "car");
  cr_expect_null(text_nearest_of("cat", (const char *const[]){"cat"}, 1));
  char long_word[200];
  memset(long_word, 'a', sizeof long_word - 1);
  long_word[sizeof long_word - 1] = '\0';
  cr_expect_null(text_nearest_of(long_word, words, 8));
  cr_expect_null(text_nearest_of("timeout", (const char *const[]){long_word}, 1));
  long_word[63] = '\0';
  char other[64];
  memcpy(other, long_word, sizeof other);
  other[0] = 'b';
  cr_expect_not_null(text_nearest_of(long_word, (const char *const[]){other}, 1));
}

// What glibc's converter takes for UTF-8; `*value` the first code point.
static bool iconv_takes(iconv_t converter, const char *text, size_t length, uint32_t *value) {
  uint32_t out[8];
  char *from = (char *)(uintptr_t)text, *to = (char *)out;
  size_t left = length, room = sizeof out;
  iconv(converter, NULL, NULL, NULL, NULL);
  bool taken = iconv(converter, &from, &left, &to, &room) != (size_t)-1 && left == 0;
  *value = out[0];
  return taken;
}

Test(text, utf8_as_glibc_reads_it) {
  iconv_t converter = iconv_open("UTF-32LE", "UTF-8");
  cr_assert_neq(converter, (iconv_t)-1);
  uint64_t state = 11;
  size_t right = 0;
  for (uint32_t i = 0; i < 0x10000 + 400000; i++) {
    char bytes[4] = {(char)(i >> 8), (char)i, 0, 0};
    size_t length = 2;
    if (i >= 0x10000) { // random ones, most of which begin and go on as they should
      static const unsigned char leads[] = {0xC1, 0xC2, 0xDF, 0xE0, 0xE2, 0xED, 0xEF, 0xF0, 0xF3, 0xF4, 0xF5};
      length = 2 + next(&state) % 3;
      bytes[0] = (char)leads[next(&state) % sizeof leads];
      for (size_t k = 1; k < length; k++) bytes[k] = (char)(0x78 + next(&state) % 0x50);
    }
    uint32_t expected = 0, found = 0;
    bool taken = iconv_takes(converter, bytes, length, &expected);
    cr_assert_eq(text_is_utf8(bytes, length, NULL), taken, "%02x %02x %02x %02x", (unsigned char)bytes[0],
                 (unsigned char)bytes[1], (unsigned char)bytes[2], (unsigned char)bytes[3]);
    if (!taken) continue;
    right++;
    cr_assert_gt(text_decode(bytes, length, &found), 0);
    cr_assert_eq(found, expected);
  }
  iconv_close(converter);
  cr_assert_gt(right, 20000);
  size_t bad = 99;
  cr_assert(!text_is_utf8("ab\xC3\xA4z\xFFq", 7, &bad));
  cr_assert_eq(bad, 5);
  cr_assert(text_is_utf8("", 0, NULL));
}

static void expect_escape(const char *text, size_t length, const char *expected) {
  char buffer[128];
  size_t needed = text_escape(buffer, sizeof buffer, text, length);
  cr_expect_str_eq(buffer, expected, "%s", buffer);
  cr_expect_eq(needed, strlen(expected));
}

Test(text, escapes) {
  expect_escape("plain €", 9, "plain €");
  expect_escape("\x1b[2J\x1b]0;title\a", 14, "\\x1b[2J\\x1b]0;title\\x07");
  expect_escape("a\nb\tc\r", 6, "a\\nb\\tc\\r");
  expect_escape("\xC2\x9B"
                "31m",
                5, "\\u009b31m");
  expect_escape("\xE2\x80\xAE", 3, "\\u202e");
  expect_escape("\xFF\x80z", 3, "\\xff\\x80z");
  expect_escape("\0x", 2, "\\x00x");
  expect_escape("\xF3\xA0\x81\x81", 4, "\\U0e0041");
  // Cut anywhere, the buffer holds whole pieces, and the length that is needed stays the same.
  static const char text[] = "ä\x1b€\n\xFF";
  char whole[64];
  size_t needed = text_escape(whole, sizeof whole, text, sizeof text - 1);
  cr_assert_str_eq(whole, "ä\\x1b€\\n\\xff");
  for (size_t size = 0; size <= needed + 1; size++) {
    char cut[64];
    memset(cut, '#', sizeof cut);
    cr_expect_eq(text_escape(cut, size, text, sizeof text - 1), needed);
    cr_expect_eq(cut[size], '#');
    if (size == 0) continue;
    cr_expect_lt(strlen(cut), size);
    cr_expect_eq(strncmp(whole, cut, strlen(cut)), 0);
    cr_expect(text_is_utf8(cut, strlen(cut), NULL));
    size_t end = strlen(cut);
    bool whole_pieces = end == 0 || end == 2 || end == 6 || end == 9 || end == 11 || end == 15;
    cr_expect(whole_pieces, "cut at %zu", end);
  }
}

// No byte sequence gets a control character, or anything that is not UTF-8, through.
Test(text, nothing_harmful_passes) {
  uint64_t state = 5;
  struct arena arena;
  arena_init(&arena, NULL);
  for (int i = 0; i < 20000; i++) {
    char text[16], printed[80] = "";
    size_t length = 1 + next(&state) % 15;
    for (size_t k = 0; k < length; k++) text[k] = (char)(1 + next(&state) % 255);
    text[length] = '\0';
    const char *safe = text_safe(&arena, text);
    cr_assert(text_is_utf8(safe, strlen(safe), NULL));
    for (const char *at = safe; *at != '\0'; at++) {
      cr_assert((unsigned char)*at >= 0x20 && *at != 0x7F);
      cr_assert(!((unsigned char)at[0] == 0xC2 && (unsigned char)at[1] < 0xA0));
    }
    FILE *stream = fmemopen(printed, sizeof printed, "w");
    text_print(stream, text);
    fclose(stream);
    cr_assert_str_eq(printed, safe);
    if (i % 1000 == 0) arena_drop(&arena);
  }
  arena_drop(&arena);
  arena.own.fail_at = arena.own.requests + 1;
  cr_assert_null(text_safe(&arena, "x"));
}

// Widths as Unicode's EastAsianWidth.txt gives them.
Test(text, width) {
  cr_expect_eq(text_width(""), 0);
  cr_expect_eq(text_width("latency"), 7);
  cr_expect_eq(text_width("€6.49"), 5);
  cr_expect_eq(text_width("Zürich"), 6);
  cr_expect_eq(text_width("Zu\xCC\x88rich"), 6); // u and a combining diaeresis
  cr_expect_eq(text_width("東京"), 4);
  cr_expect_eq(text_width("서울"), 4);
  cr_expect_eq(text_width("🚀"), 2);
  cr_expect_eq(text_width("µs → ∞"), 6);
  cr_expect_eq(text_width("\xFFx"), 2);
  cr_expect_eq(text_fit("東京", 3), 3);
  cr_expect_eq(text_fit("東京", 4), 6);
  cr_expect_eq(text_fit("abc", 2), 2);
  cr_expect_eq(text_fit("abc", 0), 0);
  cr_expect_eq(text_fit("u\xCC\x88z", 1), 3); // the mark stays with its letter
}
