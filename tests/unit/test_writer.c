#define _XOPEN_SOURCE 700 // getpid

#include "writer.h"

#include <cjson/cJSON.h>
#include <criterion/criterion.h>
#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static uint64_t next(uint64_t *state) {
  *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
  return *state >> 16;
}

Test(writer, layout) {
  struct writer writer;
  writer_init(&writer, NULL);
  writer_object(&writer, NULL);
  writer_text(&writer, "name", "one");
  writer_array(&writer, "empty");
  writer_end(&writer);
  writer_object(&writer, "latency_s");
  writer_number(&writer, "mean", 0.25);
  writer_flat_array(&writer, "ci95");
  writer_number(&writer, NULL, 0.2);
  writer_number(&writer, NULL, (double)NAN);
  writer_flat_object(&writer, NULL);
  writer_flag(&writer, "a", true);
  writer_null(&writer, "b");
  writer_end(&writer);
  writer_end(&writer);
  writer_object(&writer, "again");
  writer_flag(&writer, "indented", false);
  writer_end(&writer);
  writer_text(&writer, "method", NULL);
  writer_end(&writer);
  writer_array(&writer, "list");
  writer_integer(&writer, NULL, INT64_MIN);
  writer_natural(&writer, NULL, UINT64_MAX);
  writer_end(&writer);
  writer_end(&writer);
  cr_assert_not(writer.failed);
  cr_assert_str_eq(writer.bytes, "{\n"
                                 "  \"name\": \"one\",\n"
                                 "  \"empty\": [],\n"
                                 "  \"latency_s\": {\n"
                                 "    \"mean\": 0.25,\n"
                                 "    \"ci95\": [0.2, null, {\"a\": true, \"b\": null}],\n"
                                 "    \"again\": {\n"
                                 "      \"indented\": false\n"
                                 "    },\n"
                                 "    \"method\": null\n"
                                 "  },\n"
                                 "  \"list\": [\n"
                                 "    -9223372036854775808,\n"
                                 "    18446744073709551615\n"
                                 "  ]\n"
                                 "}\n");
  writer_clear(&writer);
  writer.compact = true;
  writer_object(&writer, NULL);
  writer_number(&writer, "t", -0.0);
  writer_array(&writer, "x");
  writer_integer(&writer, NULL, 1);
  writer_integer(&writer, NULL, 2);
  writer_end(&writer);
  writer_end(&writer);
  writer_object(&writer, NULL);
  writer_end(&writer);
  cr_assert_str_eq(writer.bytes, "{\"t\":0,\"x\":[1,2]}\n{}\n");
  writer_drop(&writer);
  cr_assert_eq(writer.own.used, 0);
}

// Cells of all lengths, one of them longer than any buffer to begin with.
static void write_cells(struct writer *writer) {
  static char text[10000];
  memset(text, 'x', sizeof text - 1);
  for (size_t length = 0; length < 300; length++) {
    writer_cell_text(writer, text + sizeof text - 1 - length);
    if (length % 7 == 0) writer_row_end(writer);
    if (length == 150) writer_cell_text(writer, text);
  }
}

// What goes through to a file is what would have been kept, and its memory does not grow with it.
Test(writer, goes_through_to_a_file) {
  const char *folder = getenv("TMPDIR");
  char path[4096];
  snprintf(path, sizeof path, "%s/headroom-writer-%ld.csv", folder != NULL ? folder : "/tmp", (long)getpid());
  struct file_output output;
  struct writer kept, through;
  struct arena arena;
  writer_init(&kept, NULL);
  write_cells(&kept);
  file_begin(&output, path);
  writer_init(&through, NULL);
  through.output = &output;
  write_cells(&through);
  writer_flush(&through);
  cr_assert(file_finish(&output), "%s", output.error.message);
  cr_assert_gt(kept.length, 50000U);
  cr_assert_leq(through.own.peak, 4096 + 10048U); // the first buffer, and that of the long one
  arena_init(&arena, NULL);
  size_t length = 0;
  const char *read = file_read(path, 1 << 20, &arena, &length, NULL);
  unlink(path);
  cr_assert_not_null(read);
  cr_assert_eq(length, kept.length);
  cr_assert_str_eq(read, kept.bytes);
  arena_drop(&arena);
  writer_drop(&kept);
  writer_drop(&through);
}

// Random text through an independent reader comes back as it was, as key and as value.
Test(writer, text_reads_back) {
  uint64_t state = 9;
  static const char *const pieces[] = {"\"", "\\",   "/",    "\n",   "\r", "\t", "\b",
                                       "\f", "\x01", "\x1f", "\x7f", "a",  "ä",  "東",
                                       "🚀",  "<",    "&",    "'",    "$",  "`",  "\xC2\x85"};
  struct writer writer;
  writer_init(&writer, NULL);
  for (int i = 0; i < 3000; i++) {
    char text[128] = "";
    for (size_t k = next(&state) % 12; k > 0; k--) {
      strcat(text, pieces[next(&state) % (sizeof pieces / sizeof pieces[0])]);
    }
    writer_clear(&writer);
    writer_object(&writer, NULL);
    writer_text(&writer, text, text);
    writer_end(&writer);
    for (const char *at = writer.bytes; *at != '\0'; at++) cr_assert((*at >= 0x20 || *at < 0) || *at == '\n');
    cr_assert_null(strchr(writer.bytes, 0x7f));
    cJSON *read = cJSON_Parse(writer.bytes);
    cr_assert_not_null(read, "%s", writer.bytes);
    cr_assert_str_eq(read->child->string, text);
    cr_assert_str_eq(read->child->valuestring, text);
    cJSON_Delete(read);
  }
  writer_clear(&writer);
  writer_text(&writer, NULL, "a\xFF\xC3z");
  cr_assert_str_eq(writer.bytes, "\"a\xEF\xBF\xBD\xEF\xBF\xBDz\"\n");
  writer_clear(&writer);
  writer_text_of_length(&writer, NULL, "a\0b", 3);
  cr_assert_str_eq(writer.bytes, "\"a\\u0000b\"\n");
  writer_drop(&writer);
}

// Every bit of a double comes back, and no shorter text of 15 digits or more would have done.
Test(writer, numbers_read_back) {
  uint64_t state = 1;
  for (int i = 0; i < 60000; i++) {
    union {
      uint64_t bits;
      double number;
    } any = {.bits = next(&state) << 32 ^ next(&state)};
    double number = i % 2 == 0 ? any.number : (double)(next(&state) % 1000000) / 1000;
    if (!isfinite(number)) continue;
    char text[WRITER_NUMBER_BYTES];
    size_t length = writer_number_text(text, number);
    cr_assert_eq(length, strlen(text));
    cr_assert_eq(strtod(text, NULL), number, "%s", text);
    char shorter[40];
    snprintf(shorter, sizeof shorter, "%.15g", number);
    if (strtod(shorter, NULL) == number) cr_assert_leq(length, strlen(shorter), "%s, not %s", text, shorter);
  }
  static const struct {
    double number;
    const char *expected;
  } cases[] = {{0.1, "0.1"},
               {-0.0, "0"},
               {1e15, "1000000000000000"},
               {9007199254740991.0, "9007199254740991"},
               {1e300, "1e+300"},
               {-1.5, "-1.5"},
               {1.0 / 3, "0.3333333333333333"},
               {DBL_MAX, "1.7976931348623157e+308"},
               {5e-324, "4.94065645841247e-324"}};
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    char text[WRITER_NUMBER_BYTES];
    writer_number_text(text, cases[i].number);
    cr_expect_str_eq(text, cases[i].expected, "%s", text);
  }
}

Test(writer, cells) {
  struct writer writer;
  writer_init(&writer, NULL);
  writer_cell_text(&writer, "plain");
  writer_cell_text(&writer, "a,b");
  writer_cell_text(&writer, "say \"x\"");
  writer_cell_text(&writer, "two\nlines");
  writer_cell_text(&writer, "");
  writer_cell_number(&writer, -0.5);
  writer_cell_number(&writer, (double)INFINITY);
  writer_cell_integer(&writer, -7);
  writer_row_end(&writer);
  cr_assert_str_eq(writer.bytes, "plain,\"a,b\",\"say \"\"x\"\"\",\"two\nlines\",,-0.5,,-7\n");
  writer_clear(&writer);
  static const char *const formulas[] = {"=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\r=1", "=\"a\""};
  for (size_t i = 0; i < sizeof formulas / sizeof formulas[0]; i++) writer_cell_text(&writer, formulas[i]);
  writer_row_end(&writer);
  cr_assert_str_eq(writer.bytes,
                   "\"'=1+1\",\"'+1\",\"'-1\",\"'@SUM(A1)\",\"'\tx\",\"'\r=1\",\"'=\"\"a\"\"\"\n");
  writer_clear(&writer);
  writer_cell_text(&writer, "\x1b[31mred");
  writer_cell_text(&writer, "\xFF");
  writer_row_end(&writer);
  writer_cell_text(&writer, "next");
  cr_assert_str_eq(writer.bytes, "\\x1b[31mred,\\xff\nnext");
  writer_drop(&writer);
}

// Refuses the n-th request for memory, for every n: no crash, failed is set, nothing is lost or leaked.
Test(writer, memory_runs_out) {
  uint64_t refused = 0;
  for (uint64_t at = 1; at < 100; at++) {
    struct memory_budget budget;
    memory_budget_init(&budget);
    budget.fail_at = at;
    struct writer writer;
    writer_init(&writer, &budget);
    writer_array(&writer, NULL);
    for (int i = 0; i < 20000; i++) writer_integer(&writer, NULL, i);
    writer_end(&writer);
    refused += writer.failed;
    cr_assert_eq(writer.failed, budget.exhausted);
    writer_drop(&writer);
    cr_assert_eq(budget.used, 0);
    if (!budget.exhausted) break;
  }
  cr_assert_gt(refused, 3);
  cr_assert_lt(refused, 99);
}

Test(writer, grows_and_keeps) {
  struct writer writer;
  writer_init(&writer, NULL);
  for (int i = 0; i < 100000; i++) writer_format(&writer, "%05d", i);
  cr_assert_eq(writer.length, 500000);
  cr_assert_eq(strlen(writer.bytes), 500000);
  for (int i = 0; i < 100000; i += 37) {
    char number[6] = "";
    memcpy(number, writer.bytes + 5 * i, 5);
    cr_assert_eq(atoi(number), i);
  }
  writer_drop(&writer);
  writer_bytes(&writer, "", 0);
  cr_assert_eq(writer.length, 0);
  writer_drop(&writer);
}

Test(writer, a_key_in_an_array_is_a_mistake, .signal = SIGABRT) {
  struct writer writer;
  writer_init(&writer, NULL);
  writer_array(&writer, NULL);
  writer_integer(&writer, "key", 1);
}

Test(writer, too_deep_is_a_mistake, .signal = SIGABRT) {
  struct writer writer;
  writer_init(&writer, NULL);
  for (int i = 0; i <= WRITER_DEPTH; i++) writer_array(&writer, NULL);
}
