// Documentation from the tables: for the terminal, and as Markdown.
#include "field_decoder.h"

#include "text.h"

#include <string.h>

enum { WIDTH = 80, INDENT = 2, KEY_COLUMNS = 20, SECTIONS_MAX = 512, NESTING_MAX = 16 };

// Tables and rows with alternatives that are still to be described, each once, in the order met.
struct section {
  const struct field_table *table;
  const struct field *choice; // a row with alternatives; the table is then NULL
  const char *name;
};

struct guide {
  struct arena arena;
  FILE *stream;
  unsigned level; // of Markdown headings; 0: for the terminal
  struct section sections[SECTIONS_MAX];
  size_t count;
};

static bool is_same_choice(const struct field *left, const struct field *right) {
  return left != NULL && right != NULL && left->kind == right->kind && left->each == right->each &&
         left->alternatives == right->alternatives;
}

static void meet(struct guide *guide, struct section section) {
  for (size_t i = 0; i < guide->count; i++) {
    const struct section *known = &guide->sections[i];
    if (section.table != NULL ? known->table == section.table
                              : is_same_choice(known->choice, section.choice)) {
      return;
    }
  }
  if (guide->count < SECTIONS_MAX) guide->sections[guide->count++] = section;
}

static void meet_row(struct guide *guide, const struct field *field, const char *name, unsigned depth);

// The forms of an either have no names that a user writes: what is in them is met at once.
static void meet_forms(struct guide *guide, const struct field *field, const char *name, unsigned depth) {
  const struct field_alternative *alternative = NULL;
  for (size_t i = 0; (alternative = field_alternative_at(field, i)) != NULL; i++) {
    struct field row = field_alternative_row(alternative);
    meet_row(guide, &row, name, depth + 1);
  }
}

// Kept as a copy: a row that was made of an alternative does not last.
static void meet_choice(struct guide *guide, const struct field *field, const char *name) {
  struct field *copy = arena_take(&guide->arena, sizeof *copy);
  if (copy == NULL) return;
  *copy = *field;
  meet(guide, (struct section){.choice = copy, .name = field->to != NULL ? field->to : name});
}

static void meet_row(struct guide *guide, const struct field *field, const char *name, unsigned depth) {
  if (depth > NESTING_MAX) return;
  switch (field->kind) {
  case FIELD_KIND_RECORD:
    meet(guide, (struct section){.table = field->table, .name = name});
    break;
  case FIELD_KIND_TUPLE:
    for (size_t i = 0; i < field->table->count; i++) {
      meet_row(guide, &field->table->fields[i], name, depth + 1);
    }
    break;
  case FIELD_KIND_LIST:
  case FIELD_KIND_MAP:
    meet_row(guide, field->item, name, depth + 1);
    break;
  case FIELD_KIND_EITHER:
    meet_forms(guide, field, name, depth);
    break;
  case FIELD_KIND_VARIANT:
  case FIELD_KIND_TYPED:
  case FIELD_KIND_HEADED:
    meet_choice(guide, field, name);
    break;
  default:
    break;
  }
}

// Prints `text` wrapped between two columns; the first line goes on where the cursor stands.
static void print_wrapped(FILE *stream, const char *text, size_t from) {
  size_t column = from;
  while (*text != '\0') {
    size_t word = strcspn(text, " ");
    char copy[512];
    size_t length = word < sizeof copy ? word : sizeof copy - 1;
    memcpy(copy, text, length);
    copy[length] = '\0';
    size_t width = text_width(copy);
    if (column > from && column + 1 + width > WIDTH) {
      fprintf(stream, "\n%*s", (int)from, "");
      column = from;
    } else if (column > from) {
      fputc(' ', stream);
      column++;
    }
    fputs(copy, stream);
    column += width;
    text += word;
    text += strspn(text, " ");
  }
  fputc('\n', stream);
}

// "required", "default 5ms", or nothing: absent.
static const char *default_text(const struct field *field, struct arena *arena) {
  if (field->required) return "required";
  if (field->standard == NULL) return "";
  return arena_format(arena, "default %s", field->standard);
}

// "duration, more than 0; default 5ms; live".
static const char *head_text(const struct field *field, struct arena *arena) {
  const char *range = field_range_text(field, arena);
  const char *standard = default_text(field, arena);
  return arena_format(arena, "%s%s%s%s%s%s", field_kind_text(field, arena), *range != '\0' ? ", " : "", range,
                      *standard != '\0' ? "; " : "", standard, field->live ? "; live" : "");
}

static size_t key_columns(const struct field_table *table) {
  size_t widest = 0;
  for (size_t i = 0; i < table->count; i++) {
    const struct field *field = &table->fields[i];
    size_t width =
        field->kind == FIELD_KIND_SPREAD ? key_columns(field->table) : text_width(field_key(field));
    if (width > widest && width <= KEY_COLUMNS) widest = width;
  }
  return widest;
}

static void print_row(struct guide *guide, const struct field *field, size_t columns) {
  const char *key = field_key(field);
  const char *head = head_text(field, &guide->arena);
  size_t from = INDENT + columns + 2;
  fprintf(guide->stream, "%*s%s", INDENT, "", key);
  if (text_width(key) > columns) {
    fprintf(guide->stream, "\n%*s", (int)from, "");
  } else {
    fprintf(guide->stream, "%*s", (int)(columns - text_width(key) + 2), "");
  }
  print_wrapped(guide->stream, head != NULL ? head : "", from);
  if (field->doc == NULL || *field->doc == '\0') return;
  fprintf(guide->stream, "%*s", (int)from, "");
  print_wrapped(guide->stream, field->doc, from);
}

static void print_markdown_row(struct guide *guide, const struct field *field) {
  const char *range = field_range_text(field, &guide->arena);
  const char *columns[] = {field_key(field),
                           field_kind_text(field, &guide->arena),
                           range,
                           field->required           ? "required"
                           : field->standard != NULL ? field->standard
                                                     : "",
                           field->live ? "yes" : "",
                           field->doc != NULL ? field->doc : ""};
  for (size_t i = 0; i < sizeof columns / sizeof columns[0]; i++) {
    bool code = (i == 0 || i == 3) && *columns[i] != '\0' && !(i == 3 && field->required);
    fputs(code ? "| `" : "| ", guide->stream);
    for (const char *at = columns[i]; *at != '\0'; at++) {
      if (*at == '|') fputc('\\', guide->stream);
      fputc(*at, guide->stream);
    }
    fputs(code ? "` " : " ", guide->stream);
  }
  fputs("|\n", guide->stream);
}

static void print_rows(struct guide *guide, const struct field_table *table, size_t columns) {
  for (size_t i = 0; i < table->count; i++) {
    const struct field *field = &table->fields[i];
    if (field->kind == FIELD_KIND_SPREAD) {
      print_rows(guide, field->table, columns);
      continue;
    }
    if (guide->level != 0) {
      print_markdown_row(guide, field);
    } else {
      print_row(guide, field, columns);
    }
    meet_row(guide, field, field_key(field), 0);
  }
}

static void print_heading(struct guide *guide, const char *name, const char *doc, bool first) {
  if (!first) fputc('\n', guide->stream);
  if (guide->level == 0) {
    fprintf(guide->stream, "%s\n%*s", name, INDENT, "");
    print_wrapped(guide->stream, doc, INDENT);
    return;
  }
  for (unsigned i = 0; i < guide->level + (first ? 0 : 1); i++) fputc('#', guide->stream);
  fprintf(guide->stream, " %s\n\n%s\n", name, doc);
}

static void print_table(struct guide *guide, const struct section *section, bool first) {
  const struct field_table *table = section->table;
  print_heading(guide, section->name, table->doc, first);
  if (table->count == 0) return;
  if (guide->level != 0) {
    fputs("\n| key | value | range | default | live | meaning |\n|---|---|---|---|---|---|\n", guide->stream);
  } else {
    fputc('\n', guide->stream);
  }
  print_rows(guide, table, key_columns(table));
}

static const char *choice_doc(const struct field *field) {
  switch (field->kind) {
  case FIELD_KIND_TYPED:
    return "An object; its type is one of these:";
  case FIELD_KIND_HEADED:
    return "An object with one of these keys, and others that go with it:";
  default:
    return "A choice: an object with exactly one of these keys.";
  }
}

static void print_alternative(struct guide *guide, const struct field_alternative *alternative,
                              size_t columns) {
  struct field row = field_alternative_row(alternative);
  bool plain = row.kind == FIELD_KIND_RECORD || (row.kind == FIELD_KIND_RAW && row.size == 0);
  const char *kind = plain ? "" : field_kind_text(&row, &guide->arena);
  const char *doc = alternative->doc != NULL ? alternative->doc : "";
  const char *text = *kind == '\0' ? doc : arena_format(&guide->arena, "%s (%s)", doc, kind);
  if (guide->level != 0) {
    fprintf(guide->stream, "- `%s`: %s\n", alternative->name, text != NULL ? text : doc);
  } else {
    size_t width = text_width(alternative->name);
    size_t from = INDENT + columns + 2;
    fprintf(guide->stream, "%*s%s", INDENT, "", alternative->name);
    if (width > columns) {
      fprintf(guide->stream, "\n%*s", (int)from, "");
    } else {
      fprintf(guide->stream, "%*s", (int)(columns - width + 2), "");
    }
    print_wrapped(guide->stream, text != NULL ? text : doc, from);
  }
  meet_row(guide, &row, alternative->name, 0);
}

static void print_choice(struct guide *guide, const struct section *section, bool first) {
  const struct field_alternative *alternative = NULL;
  size_t columns = 0;
  print_heading(guide, section->name, choice_doc(section->choice), first);
  fputc('\n', guide->stream);
  for (size_t i = 0; (alternative = field_alternative_at(section->choice, i)) != NULL; i++) {
    size_t width = text_width(alternative->name);
    if (width > columns && width <= KEY_COLUMNS) columns = width;
  }
  for (size_t i = 0; (alternative = field_alternative_at(section->choice, i)) != NULL; i++) {
    print_alternative(guide, alternative, columns);
  }
}

static void print_guide(struct section first, unsigned level, FILE *stream) {
  struct guide guide = {.stream = stream, .level = level};
  arena_init(&guide.arena, NULL);
  meet(&guide, first);
  for (size_t i = 0; i < guide.count; i++) {
    const struct section section = guide.sections[i];
    if (section.table != NULL) {
      print_table(&guide, &section, i == 0);
    } else {
      print_choice(&guide, &section, i == 0);
    }
  }
  arena_drop(&guide.arena);
}

void field_document(const struct field_table *table, FILE *stream) {
  print_guide((struct section){.table = table, .name = table->name}, 0, stream);
}

void field_reference(const struct field_table *table, unsigned level, FILE *stream) {
  print_guide((struct section){.table = table, .name = table->name}, level, stream);
}

void field_document_choice(const char *name, const struct field *field, FILE *stream) {
  print_guide((struct section){.choice = field, .name = name}, 0, stream);
}

void field_reference_choice(const char *name, const struct field *field, unsigned level, FILE *stream) {
  print_guide((struct section){.choice = field, .name = name}, level, stream);
}
