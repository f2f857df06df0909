// What the files of the field tables share; nobody else includes it.
#ifndef HEADROOM_FIELD_DECODER_H
#define HEADROOM_FIELD_DECODER_H

#include "field.h"

// A row is read by one of these into `value`. On an error each reports it and returns false; `value` may then
// hold anything.
typedef bool field_decoder(const struct field *field, const struct node *node, void *value,
                           struct field_context *context);

field_decoder field_decode_scalar;       // boolean to word, and parameters of distributions
field_decoder field_decode_distribution; // of the row's `of`
field_decoder field_decode_record;
field_decoder field_decode_tuple;
field_decoder field_decode_list;
field_decoder field_decode_map;
field_decoder field_decode_variant;
field_decoder field_decode_typed;
field_decoder field_decode_headed;
field_decoder field_decode_either;

// Reads into the member, or into memory of its own where the member is a pointer.
bool field_decode_member(const struct field *field, const struct node *node, char *member,
                         struct field_context *context);

// Reads an object by its table. `tag`: a key that the table does not have, but the object may; or NULL.
bool field_decode_object(const struct field_table *table, const struct node *object, const char *tag,
                         void *record, struct field_context *context);

// Whether its value is a record that lies within the outer one.
bool field_is_embedded(const struct field *field);

// In messages: so many names at most; after so many errors, what was meant is no longer looked for.
enum { FIELD_NAMES_SHOWN = 12, FIELD_ERRORS_EXPLAINED = 100 };

// Whether that distribution can be of `of`: some are of counts alone.
bool field_distribution_fits(size_t index, enum field_kind of);

// Memory, or an error at `node` and NULL.
void *field_take(const struct node *node, size_t count, size_t size, struct field_context *context);

// Reports that `node` is not what the row takes, as "found …; allowed is …"; returns false.
bool field_wrong(const struct field *field, const struct node *node, struct field_context *context);

// The same for a row that takes a quantity among others, read by `quantity`: says also what is wrong with the
// quantity, and what may have been meant.
bool field_wrong_quantity(const struct field *field, const struct field *quantity, const struct node *node,
                          struct field_context *context);

// Whether the row may refer to `name`; reports it at `node` (or its key) if not.
bool field_resolves(const struct field *field, const char *name, const struct node *node, bool at_key,
                    struct field_context *context);

// What a row takes, for messages: `a duration such as "5ms" (…), more than 0s, or "none"`.
const char *field_allowed(const struct field *field, enum field_kind of, struct arena *arena);

// Whether a node has the form that a row takes, by JSON type, unit or word; its inside is not looked at.
bool field_fits(const struct field *field, const struct node *node, enum field_kind of);

// The node of a row's default, standing in for a child of `object`. Asserts that it reads.
const struct node *field_standard_node(const struct field *field, const struct node *object,
                                       struct arena *arena);

// The row that reads an alternative's value: its own, or one made of its table; kind FIELD_KIND_RAW where it
// takes nothing.
struct field field_alternative_row(const struct field_alternative *alternative);

// The alternative of that name, or NULL. `index` may be NULL.
const struct field_alternative *field_alternative_named(const struct field *field, const char *name,
                                                        size_t *index);

// The names of all alternatives: an array of *count in the arena.
const char *const *field_alternative_names(const struct field *field, struct arena *arena, size_t *count);

// The key that names the type.
const char *field_tag(const struct field *field);

// The only child that counts; NULL unless there is exactly one. `count` may be NULL.
const struct node *field_only_child(const struct node *object, size_t *count);

// The head key of a headed object: the one child that names an alternative; of several, the one whose table
// has all the others. `found` counts them; NULL unless exactly one is left.
const struct node *field_head(const struct field *field, const struct node *object, size_t *found);

// The row of that key, through spreads; NULL if there is none. `offset`, unless NULL, becomes its place in
// the outermost record.
const struct field *field_row(const struct field_table *table, const char *key, size_t *offset);

// A value as the language writes it, in the unit of the row's kind: "5ms", "0.5".
const char *field_quantity_text(enum field_kind kind, double value, struct arena *arena);

#endif
