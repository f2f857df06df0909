#include "price.h"

#include "assertion.h"

static const double gigabyte = 1e9;

// ---- As it is written ----

struct written_price {
  const struct units_money *per_hour;
  const struct units_money *per_month;
  const struct units_money *per_request;
  const struct units_money *per_million_requests;
  const struct units_money *per_million_gets;
  const struct units_money *per_million_puts;
  const struct units_money *per_gb;
  const struct units_money *per_gb_month;
  const struct units_money *per_gb_second;
};
static const struct field written_fields[] = {
    FIELD_MONEY(struct written_price, per_hour, .once = true, .doc = "while it exists"),
    FIELD_MONEY(struct written_price, per_month, .once = true, .doc = "while it exists, for 730 hours"),
    FIELD_MONEY(struct written_price, per_request, .once = true, .doc = "for each request"),
    FIELD_MONEY(struct written_price, per_million_requests, .once = true, .doc = "for 10^6 requests"),
    FIELD_MONEY(struct written_price, per_million_gets, .once = true,
                .doc = "for 10^6 items read; of an object store"),
    FIELD_MONEY(struct written_price, per_million_puts, .once = true,
                .doc = "for 10^6 items written; of an object store"),
    FIELD_MONEY(struct written_price, per_gb, .once = true, .doc = "for 10^9 bytes that it sends"),
    FIELD_MONEY(struct written_price, per_gb_month, .once = true,
                .doc = "for 10^9 bytes that it keeps for 730 hours"),
    FIELD_MONEY(struct written_price, per_gb_second, .once = true,
                .doc = "for 10^9 bytes of memory during a second of work"),
};
static const struct field_table written_table =
    FIELD_TABLE("price", struct written_price, written_fields, .doc = "A price of several parts, all added.");

const struct field_alternative *const price_forms[] = {
    ALTERNATIVE("per time", .row = ITEM_MONEY(), .doc = "while it exists"),
    ALTERNATIVE("per use", .row = ITEM_MONEY(.once = true), .doc = "for each request"),
    ALTERNATIVE("parts", .table = &written_table, .doc = "all that it charges for"), NULL};

static const char *const currencies[] = {"usd", "eur", NULL}; // as enum units_currency
static const struct field price_fields[] = {
    FIELD_NUMBER(struct price_settings, eur_usd, .above = true, .maximum = 1000,
                 .doc = "dollars for a euro; needed where both appear"),
    FIELD_WORD(struct price_settings, currency, currencies,
               .doc = "of totals; that of the prices unless given, dollars where both appear"),
    FIELD_MONEY(struct price_settings, traffic_out, .once = true,
                .doc = "10^9 bytes that a component in a data center sends to clients; none unless given"),
};
const struct field_table price_table =
    FIELD_TABLE("prices", struct price_settings, price_fields, .doc = "How prices are added up.");

// ---- Compiled ----

static bool add_part(const struct units_money *money, double share, struct price *price, double *part) {
  if (money == NULL) return true;
  bool fits = !price->given || price->currency == money->currency;
  price->given = true;
  price->currency = money->currency;
  *part += money->amount * share;
  return fits;
}

static bool add_parts(const struct written_price *written, struct price *price) {
  bool fits = add_part(written->per_hour, 1, price, &price->per_hour);
  fits &= add_part(written->per_month, 1.0 / 730, price, &price->per_hour);
  fits &= add_part(written->per_request, 1, price, &price->per_use);
  fits &= add_part(written->per_million_requests, 1e-6, price, &price->per_use);
  fits &= add_part(written->per_million_gets, 1e-6, price, &price->per_read);
  fits &= add_part(written->per_million_puts, 1e-6, price, &price->per_write);
  fits &= add_part(written->per_gb, 1, price, &price->per_gb);
  fits &= add_part(written->per_gb_month, 1.0 / 730, price, &price->per_gb_hour);
  fits &= add_part(written->per_gb_second, 1, price, &price->per_gb_second);
  return fits;
}

struct price price_per_time(struct units_money money) {
  return (struct price){.given = true, .currency = money.currency, .per_hour = units_money_per_hour(money)};
}

struct price price_per_use(const struct units_money *money) {
  if (money == NULL) return (struct price){.given = false};
  return (struct price){.given = true, .currency = money->currency, .per_use = money->amount};
}

struct price price_per_gigabyte(const struct units_money *money) {
  if (money == NULL) return (struct price){.given = false};
  return (struct price){.given = true, .currency = money->currency, .per_gb = money->amount};
}

bool price_compile(const struct variant *written, const struct node *node, struct field_context *context,
                   struct price *price) {
  *price = (struct price){.given = false};
  if (written->alternative == NULL) return true;
  if (written->index < 2) {
    const struct units_money *money = written->value;
    *price = written->index == 0 ? price_per_time(*money) : price_per_use(money);
    return true;
  }
  if (add_parts(written->value, price)) return true;
  diagnostic_error(context->diagnostics, node,
                   "the parts of a price are in dollars or in euros, not in both");
  return false;
}

// ---- The book ----

void price_book_init(struct price_book *book, const struct price_settings *settings) {
  *book = (struct price_book){.currency = UNITS_DOLLAR};
  if (settings == NULL) return;
  if (settings->eur_usd != NULL) book->euro = *settings->eur_usd;
  if (settings->currency == NULL) return;
  book->currency = (enum units_currency) * settings->currency;
  book->chosen = true;
}

void price_book_note(struct price_book *book, const struct price *price, const struct node *node) {
  if (!price->given) return;
  if (book->first[price->currency] == NULL) book->first[price->currency] = node;
  book->seen[price->currency] = true;
}

bool price_book_close(struct price_book *book, const struct node *root, struct field_context *context) {
  if (!book->chosen && book->seen[UNITS_EURO] && !book->seen[UNITS_DOLLAR]) book->currency = UNITS_EURO;
  enum units_currency other = book->currency == UNITS_DOLLAR ? UNITS_EURO : UNITS_DOLLAR;
  if (!book->seen[other] || book->euro > 0) return true;
  diagnostic_error(
      context->diagnostics, book->first[other] != NULL ? book->first[other] : root,
      "is in %s and the total in %s; `\"prices\": {\"eur_usd\": …}` says how many dollars a euro is",
      other == UNITS_EURO ? "euros" : "dollars", other == UNITS_EURO ? "dollars" : "euros");
  return false;
}

double price_convert(const struct price_book *book, enum units_currency currency, double amount) {
  if (currency == book->currency || amount == 0) return amount;
  ASSERT(book->euro > 0, "a book that is closed can convert what it has seen");
  return currency == UNITS_EURO ? amount * book->euro : amount / book->euro;
}

double price_total(const struct price_book *book, const struct price *price, const struct price_use *use) {
  double total = price->per_hour * use->hours + price->per_use * use->uses + price->per_read * use->reads +
                 price->per_write * use->writes + price->per_gb * use->bytes_out / gigabyte +
                 price->per_gb_hour * use->byte_hours / gigabyte +
                 price->per_gb_second * use->byte_seconds / gigabyte;
  return price_convert(book, price->currency, total);
}
