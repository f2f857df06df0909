#include "price.h"
#include "reading.h"

#include <criterion/criterion.h>

static struct arena arena;
static struct diagnostics diagnostics;
static struct field_context context;
static struct price price;

struct priced {
  struct variant price;
};
static const struct field priced_fields[] = {
    FIELD_EITHER(struct priced, price, .alternatives = price_forms, .doc = "what it costs"),
};
static const struct field_table priced_table =
    FIELD_TABLE("priced", struct priced, priced_fields, .doc = "Something.");

static void begin(void) {
  reading_begin(&arena, &diagnostics, &context);
}

static void end(void) {
  arena_drop(&arena);
}

TestSuite(price, .init = begin, .fini = end);

static bool compile(const char *written) {
  struct priced priced;
  const struct node *node = reading_nodes(&context, arena_format(&arena, "{'price': %s}", written));
  return field_decode(&priced_table, node, &priced, &context) &&
         price_compile(&priced.price, node_find(node, "price"), &context, &price);
}

static void near(double value, double expected) {
  cr_assert_float_eq(value, expected, 1e-12 * (1 + expected), "%.17g, expected %.17g", value, expected);
}

Test(price, tables_are_sound) {
  cr_assert_null(field_table_fault(&priced_table, &arena), "%s", field_table_fault(&priced_table, &arena));
  cr_assert_null(field_table_fault(&price_table, &arena), "%s", field_table_fault(&price_table, &arena));
}

Test(price, an_amount_for_a_time) {
  cr_assert(compile("'$24/month'"));
  cr_assert(price.given);
  near(price.per_hour, 24.0 / 730);
  cr_assert_eq(price.currency, UNITS_DOLLAR);
  cr_assert(compile("'$0.34/h'"));
  near(price.per_hour, 0.34);
  cr_assert(compile("'\xe2\x82\xac"
                    "6.49/month'"));
  cr_assert_eq(price.currency, UNITS_EURO);
  near(price.per_hour, 6.49 / 730);
  cr_assert(compile("'$8760/year'"));
  near(price.per_hour, 1);
}

Test(price, an_amount_for_each_use) {
  cr_assert(compile("'$0.085'"));
  near(price.per_use, 0.085);
  near(price.per_hour, 0);
}

Test(price, parts_add_up) {
  cr_assert(compile("{'per_hour': '$1', 'per_month': '$730', 'per_million_requests': '$0.75', 'per_request': "
                    "'$0.01', 'per_gb': '$0.085', 'per_gb_month': '$7.3', 'per_gb_second': '$2', "
                    "'per_million_gets': '$3', 'per_million_puts': '$50'}"));
  near(price.per_hour, 2);
  near(price.per_use, 0.01 + 0.75e-6);
  near(price.per_gb, 0.085);
  near(price.per_gb_hour, 0.01);
  near(price.per_gb_second, 2);
  near(price.per_read * 1e6, 3);
  near(price.per_write * 1e6, 50);
  cr_assert(compile("null"));
  cr_assert_not(price.given);
}

Test(price, what_is_no_price_is_an_error) {
  cr_assert_not(compile("5"));
  cr_assert_not(compile("'5'"));
  cr_assert_not(compile("{'per_gb': '$1/month'}"));
  cr_assert_not(compile("{'per_byte': '$1'}"));
  cr_assert_not(compile("{'per_gb': '$1', 'per_hour': '\xe2\x82\xac"
                        "1'}"),
                "two currencies");
}

static struct price_book book;

static bool close_book(const char *settings_text, const char *one, const char *other) {
  struct price_settings settings;
  const struct node *root = reading_nodes(&context, settings_text);
  size_t before = diagnostics.errors;
  cr_assert(field_decode(&price_table, root, &settings, &context));
  price_book_init(&book, &settings);
  cr_assert(compile(one));
  price_book_note(&book, &price, root);
  cr_assert(compile(other));
  price_book_note(&book, &price, root);
  bool closed = price_book_close(&book, root, &context);
  cr_assert_eq(diagnostics.errors - before, closed ? 0 : 1);
  return closed;
}

#define EURO                                                                                                 \
  "'\xe2\x82\xac"                                                                                            \
  "1/h'"

Test(price, two_currencies_need_a_rate) {
  cr_assert_not(close_book("{}", EURO, "'$1/h'"));
  cr_assert_not(close_book("{'currency': 'eur'}", "null", "'$1/h'"));
  cr_assert(close_book("{}", "'$1/h'", "'$1/h'"));
  cr_assert_eq(book.currency, UNITS_DOLLAR);
  cr_assert(close_book("{}", EURO, EURO));
  cr_assert_eq(book.currency, UNITS_EURO, "the only one there is");
  cr_assert(close_book("{'currency': 'usd', 'eur_usd': 1.25}", EURO, EURO));
  cr_assert_eq(book.currency, UNITS_DOLLAR, "the one that is chosen");
  near(price_convert(&book, UNITS_EURO, 4), 5);
  cr_assert(close_book("{}", EURO, EURO));
  near(price_convert(&book, UNITS_EURO, 3), 3);
  cr_assert(close_book("{}", "null", "null"));
  cr_assert(close_book("{'eur_usd': 1.25}", EURO, "'$1/h'"));
  cr_assert_eq(book.currency, UNITS_DOLLAR);
  near(price_convert(&book, UNITS_EURO, 4), 5);
  near(price_convert(&book, UNITS_DOLLAR, 4), 4);
  cr_assert(close_book("{'eur_usd': 1.25, 'currency': 'eur'}", EURO, "'$1/h'"));
  near(price_convert(&book, UNITS_DOLLAR, 5), 4);
  near(price_convert(&book, UNITS_EURO, 5), 5);
}

// The bill of a CDN that sends 10 TB for 100 million requests a month at CloudFront's first tier, HTTPS:
// 850 dollars and 100 dollars.
Test(price, a_bill) {
  cr_assert(compile("{'per_gb': '$0.085', 'per_million_requests': '$1'}"));
  price_book_init(&book, NULL);
  struct price_use use = {.hours = 730, .uses = 1e8, .bytes_out = 1e13};
  near(price_total(&book, &price, &use), 950);
  // Lambda: 128 MB for 30 million times 200 ms: 12.8 dollars for 768,000 GB s, and 6 for the requests.
  cr_assert(compile("{'per_gb_second': '$0.0000166667', 'per_million_requests': '$0.20'}"));
  use = (struct price_use){.uses = 3e7, .byte_seconds = 3e7 * 0.2 * 128e6};
  near(price_total(&book, &price, &use), 6 + 768000 * 0.0000166667);
  // A terabyte kept for a month on S3: 23 dollars; nothing else counts.
  cr_assert(compile("{'per_gb_month': '$0.023'}"));
  use = (struct price_use){.hours = 730, .uses = 1e9, .bytes_out = 1e12, .byte_hours = 1e12 * 730};
  near(price_total(&book, &price, &use), 23);
}
