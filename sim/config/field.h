// Field tables: one row says everything about a parameter. Decoding, ranges, defaults, messages, `headroom
// doc`, the reference pages, the JSON Schema, what the timeline may change, and what merge must know about
// choices all come from the rows; no parser is written by hand beside them.
//
//   struct server { int64_t workers; int queue; const int64_t *patience; struct list targets; };
//   static const char *const queue_orders[] = {"fifo", "lifo", NULL};
//   static const struct field server_fields[] = {
//     FIELD_COUNT(struct server, workers, .unlimited = true, .standard = "unlimited", .minimum = 1,
//                 .live = true, .doc = "requests inside at once"),
//     FIELD_WORD(struct server, queue, queue_orders, .standard = "fifo", .doc = "who is served next"),
//     FIELD_DURATION(struct server, patience, .doc = "the longest wait for a worker"),
//     FIELD_LIST(struct server, targets, ITEM_REFERENCE("component"), .minimum = 1, .required = true,
//                .doc = "where requests go"),
//   };
//   const struct field_table server_table =
//     FIELD_TABLE("server", struct server, server_fields, .doc = "an application server");
//
// A row whose kind does not fit its member's C type does not compile. Every row says what happens when the
// user leaves it out, in one of three ways:
//   `.required = true`   an error;
//   `.standard = "5s"`   the default, written as a user writes it and read by the same code: JSON, where the
//                        quotes of a text that is no JSON by itself may be left out;
//   neither              absent, for types that can say so: a pointer (`const int64_t *`) is NULL, a text,
//                        name, reference or raw node is NULL, a list or map has no items, a variant no
//                        alternative; an embedded record is read as if `{}` stood there.
// `null` is the same as leaving out; so "note" is ignored everywhere, and is never a key of anything.
//
// Rows and items are written at file scope (they hold addresses of compound literals). Tables may be
// recursive: `static const struct field_table step_table;` first, or alternatives given by a function.
#ifndef HEADROOM_FIELD_H
#define HEADROOM_FIELD_H

#include "arena.h"
#include "diagnostic.h"
#include "distribution.h"
#include "merge.h"
#include "names.h"
#include "node.h"
#include "units.h"
#include "writer.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum field_kind {
  FIELD_KIND_BOOLEAN,      // bool: true, false
  FIELD_KIND_COUNT,        // int64_t: a whole number below 2^53, so that a double holds it
  FIELD_KIND_NUMBER,       // double: a ratio or a factor
  FIELD_KIND_FRACTION,     // double: 0 to 1 (or .maximum), 0.5 or "50%"
  FIELD_KIND_DURATION,     // int64_t, ns: "5ms"
  FIELD_KIND_SIZE,         // int64_t, bytes: "4KiB"
  FIELD_KIND_BANDWIDTH,    // double, bytes/s: "1Gbps"
  FIELD_KIND_RATE,         // double, 1/s: "300/s"
  FIELD_KIND_MONEY,        // struct units_money: "$24/month"; .per says per time, or once
  FIELD_KIND_TEXT,         // const char *: any text
  FIELD_KIND_NAME,         // const char *: [A-Za-z][A-Za-z0-9_-]*, defines or names something
  FIELD_KIND_REFERENCE,    // struct reference: the name of a thing of kind .to
  FIELD_KIND_WORD,         // int, unsigned or an enum: the place in .words
  FIELD_KIND_DISTRIBUTION, // struct distribution of .of: a constant quantity, or a choice
  FIELD_KIND_RECORD,       // struct X, or const struct X *: an object, read by .table
  FIELD_KIND_SPREAD,       // struct X: the keys of .table stand in the same object (policies, common rows)
  FIELD_KIND_TUPLE,        // struct X: an array, whose places are the rows of .table in order
  FIELD_KIND_LIST,         // struct list of .item: an array; .minimum and .maximum are of its length
  FIELD_KIND_MAP,          // struct map of .item: an object of any names
  FIELD_KIND_VARIANT,      // struct variant: {"name": value}; "name" alone where nothing more is required
  FIELD_KIND_TYPED,        // struct variant: an object whose key .tag ("type") names the alternative
  FIELD_KIND_HEADED,   // struct variant: an object; the one key that is an alternative's name tells which,
                       // and its table has that key, too, among the others
  FIELD_KIND_EITHER,   // struct variant: the first alternative whose form (JSON type or unit) fits
  FIELD_KIND_RAW,      // const struct node *: kept for later
  FIELD_KIND_PARAMETER // double: a quantity of the distribution around it; for distributions alone
};

// The items lie one after the other, each of the item row's C type, in the arena.
struct list {
  void *items;
  size_t count;
};

struct map_entry {
  const char *name;
  const struct node *node; // of the value; its key_at is the place of the name
  void *value;             // of the item row's C type
  bool wrong;              // an error was reported in it
};

// Sorted by name (strcmp), so that the order of keys never decides anything.
struct map {
  struct map_entry *entries;
  size_t count;
};

struct reference {
  const char *name; // NULL: absent
  const struct node *node;
};

struct field_alternative;

// `value` is of the C type of the alternative's table or row; NULL where it takes no parameters. `index` is
// the alternative's place among all. Where something was wrong, what was right is kept: the value may be
// NULL.
struct variant {
  const struct field_alternative *alternative; // NULL: absent
  size_t index;
  void *value;
  bool wrong; // an error was reported in it
};

struct field {
  const char *member; // of the C struct; the user's key as well, unless `key` is set
  const char *key;    // the user's, where C forbids it or it differs ("for", "p99.9")
  const char *doc;
  const char *standard; // the default, as a user writes it
  enum field_kind kind;
  enum field_kind of; // distribution: FIELD_KIND_DURATION, SIZE, COUNT or NUMBER
  bool required;
  bool live;      // may change while running: what the timeline may reach
  bool pointer;   // the member is a pointer to the value, NULL when absent
  bool unlimited; // "unlimited" is allowed and becomes INT64_MAX or INFINITY
  bool none;      // "none" is, and becomes the same (a timeout)
  bool above;     // more than the minimum, not the minimum itself
  bool below;
  bool once;      // money: an amount, not an amount per time
  bool star;      // map: the name "*" is allowed, too
  bool any_key;   // map: any text may stand as a key (paths)
  double minimum; // base units; 0 if not given, -INFINITY for numbers that may be negative
  double maximum; // 0: none but the type's own. A fraction's is 1
  size_t offset;
  size_t size;  // of the value
  size_t whole; // of the struct around it
  // References: the kind of thing that is named, which must be among the context's names. So of names and
  // texts that have it, and of the keys of maps. Choices: their name in the schema and the reference.
  const char *to;
  const char *tag;                                       // typed: "type" if not given
  const char *const *words;                              // NULL-terminated
  const struct field *item;                              // list, map
  const struct field_table *table;                       // record, spread, tuple
  const struct field_alternative *const *alternatives;   // NULL-terminated; or:
  const struct field_alternative *(*each)(size_t index); // NULL past the last
};

// One of several forms. With a table, it takes an object; with a row (an ITEM_…), one value; with neither,
// nothing. Registries (arrival processes, algorithms) hold these, one in each file.
struct field_alternative {
  const char *name;
  const char *doc;
  const struct field_table *table;
  const struct field *row;
  const void *user; // the registry's own
};

struct field_context;

struct field_table {
  const char *name;
  const char *doc;
  const struct field *fields;
  size_t count;
  size_t size; // of the C struct
  // What rows cannot say: conditions across them. Called when all rows of the record are right; reports with
  // diagnostic_error(). May fill members that have no row.
  void (*check)(void *record, const struct node *object, struct field_context *context);
};

// What decoding needs. Everything decoded lives in the arena, and the nodes must live as long.
struct field_context {
  struct arena *arena;
  struct diagnostics *diagnostics;
  // Reads the file that the text of `name` names (samples). On failure reports the error at `name` and
  // returns false. NULL: files are refused.
  bool (*read_file)(const struct node *name, struct field_context *context, const char **text,
                    size_t *length);
  void *user;
  const struct names *names; // what references may name; NULL: they are not looked up
  bool silent;               // nothing is said about required rows that are missing
  // The rest is the decoder's own; zero at the start.
  uint32_t depth;
  enum field_kind of; // of the distribution that is being read
};

enum {
  FIELD_DEPTH_LIMIT = 200,      // values inside values
  FIELD_ITEMS_LIMIT = 10000000, // of a list or map without .maximum
  FIELD_TEXT_LIMIT = 65536,     // bytes of a text
  FIELD_NAME_LIMIT = 200        // bytes of a name
};

// Reads `object` into `record` (table->size bytes; all of it is written). Goes on after an error, with the
// default in place of what was wrong, so that all are reported; returns whether there was none. Lists, maps
// and variants keep what was right of them, and items that were wrong are zero or partly filled: from a
// record of which something was wrong, names may be looked up, and nothing else.
bool field_decode(const struct field_table *table, const struct node *object, void *record,
                  struct field_context *context);

// The same for one value of a row or item into `value`, which has the row's C type.
bool field_decode_value(const struct field *field, const struct node *node, void *value,
                        struct field_context *context);

// All defaults: as `{}`, without complaint about required rows, which stay zero.
void field_defaults(const struct field_table *table, void *record, struct field_context *context);

// Whether a child of an object counts: neither "note" nor null.
bool field_is_given(const struct node *child);

// The user's name of a row.
const char *field_key(const struct field *field);

// Where a row's value lies: `offset` from the start of the outermost record.
struct field_place {
  const struct field *field;
  size_t offset;
};

// The row that a path of keys names ("workers", "shed.target"), through spreads and embedded records (not
// through pointers, lists, maps or variants); false if there is none.
bool field_find(const struct field_table *table, const char *path, struct field_place *place);

// Changes one value of a record that a run owns, as the timeline's `set` does. The row must be live, which
// is the user's error if not. On an error, reports it at `value`, returns false and changes nothing. The
// table's check is not called.
bool field_assign(const struct field_table *table, const char *path, const struct node *value, void *record,
                  struct field_context *context);

// Whether the value at `node` is a choice (an object of which another key replaces the whole), where `root`
// describes the outermost object; and whether it is an object whose type (key `tag`) names its form. For
// merging: `node` may be wrong or incomplete, nothing is reported. `*tag`, unless NULL, becomes the tag's
// key.
bool field_is_choice(const struct field_table *root, const struct node *node);
bool field_is_typed(const struct field_table *root, const struct node *node, const char **tag);

// The same as rules for merge_patch().
struct merge_rules field_merge_rules(const struct field_table *root);

// The rule itself, for constant rules: `root` is the struct field_table.
bool field_choice_rule(const struct node *object, const void *root);

// What a programmer may have got wrong in a table that the compiler cannot see: sizes, missing docs, defaults
// that do not read or lie outside their range, equal keys. Follows all tables within. Returns NULL or, in the
// arena, what is wrong. For tests.
const char *field_table_fault(const struct field_table *table, struct arena *arena);

// The alternatives of a row, one by one; NULL past the last.
const struct field_alternative *field_alternative_at(const struct field *field, size_t index);

// Those of distributions of `of` (a row's kind), for documentation.
const struct field_alternative *field_distribution_at(size_t index);

// In a user's words: the kind with its unit ("duration", "list of component names"), and the range ("1 to
// 64, or unlimited"; "" where there is none but the kind's). In the arena.
const char *field_kind_text(const struct field *field, struct arena *arena);
const char *field_range_text(const struct field *field, struct arena *arena);

// A reference at 80 columns: each row's name, kind, default, range, whether it is live, and doc; then the
// tables within, each once.
void field_document(const struct field_table *table, FILE *stream);

// The same of a row with alternatives (arrivals, algorithms).
void field_document_choice(const char *name, const struct field *field, FILE *stream);

// The same as a section of Markdown with a table, for the reference pages. `level` is that of its heading.
void field_reference(const struct field_table *table, unsigned level, FILE *stream);
void field_reference_choice(const char *name, const struct field *field, unsigned level, FILE *stream);

// The JSON Schema (draft 2020-12) of what field_decode() takes; records that recur stand in "$defs".
// Where the table has a row `extends`, an object with that key is a patch: it has to be in the form of what
// it changes, but lacks what it leaves alone. `identifier` is its "$id", or NULL.
void field_schema(const struct field_table *table, const char *identifier, struct writer *writer);

// ---------------------------------------------------------------------------------------------------------
// Rows. The optional arguments are designated initialisers of struct field.

// The offset, if the member has one of the two types; else it does not compile.
#define FIELD_OFFSET(record_, member_, type_)                                                                \
  _Generic(((record_ *)0)->member_, type_: offsetof(record_, member_), const type_ *: offsetof(record_, member_))
#define FIELD_POINTER(record_, member_, type_)                                                               \
  _Generic(((record_ *)0)->member_, type_ : false, const type_ * : true)

#define FIELD_VALUE(record_, member_, type_, kind_, ...)                                                     \
  {                                                                                                          \
    .member = #member_, .kind = FIELD_KIND_##kind_, .offset = FIELD_OFFSET(record_, member_, type_),         \
    .pointer = FIELD_POINTER(record_, member_, type_), .size = sizeof(type_), .whole = sizeof(record_),      \
    __VA_ARGS__                                                                                              \
  }

// For types that can be absent by themselves: no pointers to them.
#define FIELD_HANDLE(record_, member_, type_, kind_, ...)                                                    \
  {                                                                                                          \
    .member = #member_, .kind = FIELD_KIND_##kind_,                                                          \
    .offset = _Generic(((record_ *)0)->member_, type_                                                        \
                       : offsetof(record_, member_)),                                                        \
    .size = sizeof(type_), .whole = sizeof(record_), __VA_ARGS__                                             \
  }

#define FIELD_BOOLEAN(record_, member_, ...)   FIELD_VALUE(record_, member_, bool, BOOLEAN, __VA_ARGS__)
#define FIELD_COUNT(record_, member_, ...)     FIELD_VALUE(record_, member_, int64_t, COUNT, __VA_ARGS__)
#define FIELD_NUMBER(record_, member_, ...)    FIELD_VALUE(record_, member_, double, NUMBER, __VA_ARGS__)
#define FIELD_FRACTION(record_, member_, ...)  FIELD_VALUE(record_, member_, double, FRACTION, __VA_ARGS__)
#define FIELD_DURATION(record_, member_, ...)  FIELD_VALUE(record_, member_, int64_t, DURATION, __VA_ARGS__)
#define FIELD_SIZE(record_, member_, ...)      FIELD_VALUE(record_, member_, int64_t, SIZE, __VA_ARGS__)
#define FIELD_BANDWIDTH(record_, member_, ...) FIELD_VALUE(record_, member_, double, BANDWIDTH, __VA_ARGS__)
#define FIELD_RATE(record_, member_, ...)      FIELD_VALUE(record_, member_, double, RATE, __VA_ARGS__)
#define FIELD_MONEY(record_, member_, ...)                                                                   \
  FIELD_VALUE(record_, member_, struct units_money, MONEY, __VA_ARGS__)
#define FIELD_TEXT(record_, member_, ...) FIELD_HANDLE(record_, member_, const char *, TEXT, __VA_ARGS__)
#define FIELD_NAME(record_, member_, ...) FIELD_HANDLE(record_, member_, const char *, NAME, __VA_ARGS__)
// FIELD_REFERENCE(struct client, entry, "component", .doc = …)
#define FIELD_REFERENCE(record_, member_, to_, ...)                                                          \
  FIELD_HANDLE(record_, member_, struct reference, REFERENCE, .to = to_, __VA_ARGS__)
// FIELD_WORD(struct server, queue, queue_orders, .doc = …): an int, or an enum without negative values.
#define FIELD_WORD(record_, member_, words_, ...)                                                               \
  {                                                                                                             \
    .member = #member_,                                                                                       \
   .kind = FIELD_KIND_WORD,                                                                                  \
   .offset = _Generic(((record_ *)0)->member_,                                                               \
       int: offsetof(record_, member_),                                                                      \
       unsigned: offsetof(record_, member_),                                                                 \
       const int *: offsetof(record_, member_)),                                                             \
   .pointer = _Generic(((record_ *)0)->member_, int: false, unsigned: false, const int *: true),             \
   .size = sizeof(int),                                                                                      \
   .whole = sizeof(record_),                                                                                 \
   .words = words_,                                                                                          \
   __VA_ARGS__ \
  }
// FIELD_DISTRIBUTION(struct server, lookup, DURATION, .standard = "20ms", .doc = …); .minimum and .maximum
// are of its mean.
#define FIELD_DISTRIBUTION(record_, member_, of_, ...)                                                       \
  FIELD_VALUE(record_, member_, struct distribution, DISTRIBUTION, .of = FIELD_KIND_##of_, __VA_ARGS__)
// FIELD_RECORD(struct server, shed, struct shed, &shed_table, .doc = …)
#define FIELD_RECORD(record_, member_, type_, table_, ...)                                                   \
  FIELD_VALUE(record_, member_, type_, RECORD, .table = table_, __VA_ARGS__)
#define FIELD_SPREAD(record_, member_, type_, table_, ...)                                                   \
  FIELD_HANDLE(record_, member_, type_, SPREAD, .table = table_, __VA_ARGS__)
#define FIELD_TUPLE(record_, member_, type_, table_, ...)                                                    \
  FIELD_VALUE(record_, member_, type_, TUPLE, .table = table_, __VA_ARGS__)
// FIELD_LIST(struct dns, answers, ITEM_REFERENCE("component"), .doc = …)
#define FIELD_LIST(record_, member_, item_, ...)                                                             \
  FIELD_HANDLE(record_, member_, struct list, LIST, .item = item_, __VA_ARGS__)
#define FIELD_MAP(record_, member_, item_, ...)                                                              \
  FIELD_HANDLE(record_, member_, struct map, MAP, .item = item_, __VA_ARGS__)
// FIELD_VARIANT(struct client, arrivals, .each = arrival_alternative, .doc = …), or .alternatives = …
#define FIELD_VARIANT(record_, member_, ...)                                                                 \
  FIELD_HANDLE(record_, member_, struct variant, VARIANT, __VA_ARGS__)
#define FIELD_TYPED(record_, member_, ...) FIELD_HANDLE(record_, member_, struct variant, TYPED, __VA_ARGS__)
#define FIELD_HEADED(record_, member_, ...)                                                                  \
  FIELD_HANDLE(record_, member_, struct variant, HEADED, __VA_ARGS__)
#define FIELD_EITHER(record_, member_, ...)                                                                  \
  FIELD_HANDLE(record_, member_, struct variant, EITHER, __VA_ARGS__)
#define FIELD_RAW(record_, member_, ...) FIELD_HANDLE(record_, member_, const struct node *, RAW, __VA_ARGS__)

// Items: the values of lists, maps and alternatives.
#define ITEM(type_, kind_, ...)                                                                              \
  (&(const struct field){.kind = FIELD_KIND_##kind_, .size = sizeof(type_), __VA_ARGS__})
#define ITEM_BOOLEAN(...)       ITEM(bool, BOOLEAN, __VA_ARGS__)
#define ITEM_COUNT(...)         ITEM(int64_t, COUNT, __VA_ARGS__)
#define ITEM_NUMBER(...)        ITEM(double, NUMBER, __VA_ARGS__)
#define ITEM_FRACTION(...)      ITEM(double, FRACTION, __VA_ARGS__)
#define ITEM_DURATION(...)      ITEM(int64_t, DURATION, __VA_ARGS__)
#define ITEM_SIZE(...)          ITEM(int64_t, SIZE, __VA_ARGS__)
#define ITEM_BANDWIDTH(...)     ITEM(double, BANDWIDTH, __VA_ARGS__)
#define ITEM_RATE(...)          ITEM(double, RATE, __VA_ARGS__)
#define ITEM_MONEY(...)         ITEM(struct units_money, MONEY, __VA_ARGS__)
#define ITEM_TEXT(...)          ITEM(const char *, TEXT, __VA_ARGS__)
#define ITEM_NAME(...)          ITEM(const char *, NAME, __VA_ARGS__)
#define ITEM_REFERENCE(...)     ITEM(struct reference, REFERENCE, .to = __VA_ARGS__)
#define ITEM_WORD(...)          ITEM(int, WORD, .words = __VA_ARGS__)
#define ITEM_DISTRIBUTION(...)  ITEM(struct distribution, DISTRIBUTION, .of = FIELD_KIND_##__VA_ARGS__)
#define ITEM_RECORD(type_, ...) ITEM(type_, RECORD, .table = __VA_ARGS__)
#define ITEM_TUPLE(type_, ...)  ITEM(type_, TUPLE, .table = __VA_ARGS__)
#define ITEM_LIST(...)          ITEM(struct list, LIST, .item = __VA_ARGS__)
#define ITEM_MAP(...)           ITEM(struct map, MAP, .item = __VA_ARGS__)
#define ITEM_VARIANT(...)       ITEM(struct variant, VARIANT, __VA_ARGS__)
#define ITEM_TYPED(...)         ITEM(struct variant, TYPED, __VA_ARGS__)
#define ITEM_HEADED(...)        ITEM(struct variant, HEADED, __VA_ARGS__)
#define ITEM_EITHER(...)        ITEM(struct variant, EITHER, __VA_ARGS__)
#define ITEM_RAW(...)           ITEM(const struct node *, RAW, __VA_ARGS__)
#define ITEM_PARAMETER(...)     ITEM(double, PARAMETER, __VA_ARGS__)

// ALTERNATIVE("poisson", .table = &poisson_table, .doc = …) in arrays of alternatives.
#define ALTERNATIVE(name_, ...) (&(const struct field_alternative){.name = name_, __VA_ARGS__})

#define FIELD_TABLE(name_, record_, fields_, ...)                                                            \
  {                                                                                                          \
    .name = name_, .fields = fields_, .count = sizeof(fields_) / sizeof(fields_)[0],                         \
    .size = sizeof(record_), __VA_ARGS__                                                                     \
  }

#endif
