// What things cost: so much for an hour or a month that they exist, for each request, for each GB that goes
// out or is kept. A month is 730 hours (units.h); a GB is 10^9 bytes.
//
// Money comes in dollars and in euros. Totals are in one of them; what is priced in the other is converted by
// the rate that the scenario gives (`prices: {"eur_usd": 1.1}`) and refused without one: a built-in rate
// would be wrong from the day after it was written.
#ifndef HEADROOM_PRICE_H
#define HEADROOM_PRICE_H

#include "field.h"

#include <stdint.h>

// All zero: nothing is said about a price.
struct price {
  bool given;
  enum units_currency currency;
  double per_hour;      // while it exists
  double per_use;       // each request
  double per_read;      // each of them that reads
  double per_write;     // each that writes
  double per_gb;        // each 10^9 bytes that it sends
  double per_gb_hour;   // each 10^9 bytes that it keeps, for an hour
  double per_gb_second; // each 10^9 bytes of memory, for a second of work
};

// As it is written: "price": "$24/month", "$0.085" (for each use), or {"per_gb": "$0.085", …}:
// FIELD_EITHER(struct X, price, .alternatives = price_forms, .doc = …).
extern const struct field_alternative *const price_forms[];

// Absent: a price that is not given. False after an error: two currencies in one price.
bool price_compile(const struct variant *written, const struct node *node, struct field_context *context,
                   struct price *price);

// A price for 10^9 bytes sent: `money.per` must be UNITS_ONCE. NULL: none.
struct price price_per_gigabyte(const struct units_money *money);

// A price for each use: `money.per` must be UNITS_ONCE. NULL: none.
struct price price_per_use(const struct units_money *money);

// A price for a time: `money.per` must not be UNITS_ONCE.
struct price price_per_time(struct units_money money);

// "prices" of the scenario: how they become one sum, and that of bytes to clients.
struct price_settings {
  const double *eur_usd;
  const int *currency;
  const struct units_money *traffic_out;
};
extern const struct field_table price_table;

// How all prices of a scenario become one sum.
struct price_book {
  enum units_currency currency; // of totals
  bool chosen;                  // by the scenario
  double euro;                  // dollars for a euro; 0: unknown
  bool seen[2];                 // by enum units_currency
  const struct node *first[2];  // where it was first seen; NULL: in the catalogue
};

// `settings` NULL: nothing is said.
void price_book_init(struct price_book *book, const struct price_settings *settings);

// Takes note of a price before the book is closed. `node` is for messages.
void price_book_note(struct price_book *book, const struct price *price, const struct node *node);

// Once all are known: totals are in the currency chosen, else in the only one there is, else in dollars.
// False after an error: there are both and no rate; it is reported where a price would have to be converted,
// or at `root`.
bool price_book_close(struct price_book *book, const struct node *root, struct field_context *context);

// An amount of `currency` in that of the book.
double price_convert(const struct price_book *book, enum units_currency currency, double amount);

// What something has cost, for reports. Each in the book's currency.
struct price_use {
  double hours; // that it existed
  double uses;  // requests
  double reads; // of them
  double writes;
  double bytes_out;  // sent
  double byte_hours; // kept
  double byte_seconds;
};
double price_total(const struct price_book *book, const struct price *price, const struct price_use *use);

#endif
