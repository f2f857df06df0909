#include "policy.h"

#include <math.h>

const char *const outcome_names[] = {"done",  "timeout", "rejected",  "unavailable", "abandoned",
                                     "error", "missed",  "cancelled", "unfinished",  NULL};

static const char *const on_timeout_words[] = {"abandon", "cancel", NULL};
static const char *const jitter_words[] = {"none", "full", "decorrelated", NULL};
static const char *const retry_words[] = {"timeout", "rejected", "unavailable", "abandoned", "error", NULL};
static const char *const all_words[] = {"unlimited", NULL};
static const char *const none_words[] = {"none", NULL};
static const char *const percentile_words[] = {"p50", "p90", "p95", "p99", NULL};
static const double percentiles[] = {0.5, 0.9, 0.95, 0.99};

struct growing_settings {
  int64_t base;
  double factor;
  int64_t max;
  int jitter;
};

static const struct field growing_fields[] = {
    FIELD_DURATION(struct growing_settings, base, .required = true, .above = true,
                   .doc = "wait before the first further attempt"),
    FIELD_NUMBER(struct growing_settings, factor, .standard = "2", .minimum = 1, .maximum = 100,
                 .doc = "each wait is so many times the one before"),
    FIELD_DURATION(struct growing_settings, max, .standard = "\"1min\"", .above = true,
                   .doc = "no wait is longer"),
    FIELD_WORD(struct growing_settings, jitter, jitter_words, .standard = "\"none\"",
               .doc =
                   "full: uniform between 0 and the wait; decorrelated: between base and 3 times the last"),
};
static const struct field_table growing_table = FIELD_TABLE(
    "growing", struct growing_settings, growing_fields, .doc = "Waits that grow from attempt to attempt.");

static const struct field_alternative *const growing_forms[] = {
    ALTERNATIVE("growing", .table = &growing_table, .doc = "each wait longer than the one before"), NULL};

static const struct field_alternative *const backoff_forms[] = {
    ALTERNATIVE("time", .row = ITEM_DISTRIBUTION(DURATION), .doc = "a time or a distribution of times"),
    ALTERNATIVE("growing", .row = ITEM_VARIANT(.alternatives = growing_forms),
                .doc = "waits that grow from attempt to attempt"),
    NULL};

static const struct field_alternative *const max_forms[] = {
    ALTERNATIVE("count", .row = ITEM_COUNT(.minimum = 0, .maximum = 1000), .doc = "so many further attempts"),
    ALTERNATIVE("unlimited", .row = ITEM_WORD(all_words), .doc = "until one succeeds"), NULL};

struct retry_settings {
  struct variant max;
  struct variant backoff;
  const double *budget;
  struct list on;
};

static const struct field retry_fields[] = {
    FIELD_EITHER(struct retry_settings, max, .alternatives = max_forms, .standard = "1",
                 .doc = "further attempts after the first"),
    FIELD_EITHER(struct retry_settings, backoff, .alternatives = backoff_forms, .standard = "\"0ms\"",
                 .doc = "the wait before a further attempt"),
    FIELD_FRACTION(struct retry_settings, budget, .maximum = 10,
                   .doc = "retries at most, as a share of first attempts over the last 10 s"),
    FIELD_LIST(struct retry_settings, on, ITEM_WORD(retry_words),
               .doc = "which failures are tried again; all but error unless given"),
};
static const struct field_table retry_table = FIELD_TABLE("retries", struct retry_settings, retry_fields,
                                                          .doc = "Further attempts of a call that failed.");

struct hedge_settings {
  struct variant after;
  int64_t copies;
  bool tied;
  bool cancel;
};

static const struct field_alternative *const after_forms[] = {
    ALTERNATIVE("time", .row = ITEM_DURATION(), .doc = "after a fixed time"),
    ALTERNATIVE("percentile", .row = ITEM_WORD(percentile_words),
                .doc = "after a percentile of this call's own latencies; none before 100 of them"),
    NULL};

static const struct field hedge_fields[] = {
    FIELD_EITHER(struct hedge_settings, after, .alternatives = after_forms, .required = true,
                 .doc = "copy n goes out n times this after the first"),
    FIELD_COUNT(struct hedge_settings, copies, .standard = "1", .minimum = 1, .maximum = POLICY_COPIES_MOST,
                .doc = "how many copies at most"),
    FIELD_BOOLEAN(struct hedge_settings, tied, .standard = "false",
                  .doc = "once one has its worker (or core), the others are cancelled"),
    FIELD_BOOLEAN(struct hedge_settings, cancel, .standard = "false",
                  .doc = "once one has answered, the others are cancelled"),
};
static const struct field_table hedge_table =
    FIELD_TABLE("hedge", struct hedge_settings, hedge_fields,
                .doc = "Copies of a slow call (Dean & Barroso 2013, The tail at scale).");

static const struct field_alternative *const timeout_forms[] = {
    ALTERNATIVE("time", .row = ITEM_DURATION(.above = true), .doc = "of each attempt"),
    ALTERNATIVE("none", .row = ITEM_WORD(none_words), .doc = "wait for ever"), NULL};

static const struct field policy_fields[] = {
    FIELD_EITHER(struct policy_settings, timeout, .alternatives = timeout_forms,
                 .doc = "how long each attempt may take; every remote call has a default of 30s (assumed)"),
    FIELD_DURATION(struct policy_settings, deadline, .above = true,
                   .doc = "how long all attempts together may take"),
    FIELD_BOOLEAN(struct policy_settings, propagate, .standard = "false",
                  .doc = "what is left of the deadline binds the callee's own calls too"),
    FIELD_WORD(struct policy_settings, on_timeout, on_timeout_words, .standard = "\"abandon\"",
               .doc = "abandon: the callee goes on for nothing; cancel: it is stopped"),
    FIELD_RECORD(struct policy_settings, retries, struct retry_settings, &retry_table,
                 .doc = "further attempts"),
    FIELD_RECORD(struct policy_settings, hedge, struct hedge_settings, &hedge_table,
                 .doc = "copies of a slow call"),
};
const struct field_table policy_table =
    FIELD_TABLE("policies", struct policy_settings, policy_fields,
                .doc = "What a caller does about a call that is slow or fails.");

const struct policy policy_none = {
    .timeout = POLICY_NEVER, .deadline = POLICY_NEVER, .budget = INFINITY, .hedge_after = POLICY_NEVER};

static uint32_t retry_mask(const struct list *on) {
  const uint32_t all =
      1U << OUTCOME_TIMEOUT | 1U << OUTCOME_REJECTED | 1U << OUTCOME_UNAVAILABLE | 1U << OUTCOME_ABANDONED;
  if (on->count == 0) return all;
  uint32_t mask = 0;
  for (size_t i = 0; i < on->count; i++) mask |= 1U << (((const int *)on->items)[i] + OUTCOME_TIMEOUT);
  return mask;
}

static void compile_backoff(const struct variant *backoff, struct policy *policy) {
  policy->growing = backoff->index == 1;
  if (!policy->growing) {
    policy->backoff = *(const struct distribution *)backoff->value;
    return;
  }
  const struct growing_settings *growing = ((const struct variant *)backoff->value)->value;
  policy->backoff_base = growing->base;
  policy->backoff_factor = growing->factor;
  policy->backoff_most = growing->max;
  policy->jitter = (enum backoff_jitter)growing->jitter;
}

static bool waits(const struct policy *policy) {
  return policy->growing || distribution_mean(&policy->backoff) > 0;
}

static bool compile_retries(const struct retry_settings *retries, struct policy *policy,
                            const struct node *node, struct field_context *context) {
  policy->retries = retries->max.index == 1 ? POLICY_NEVER : *(const int64_t *)retries->max.value;
  policy->retry_on = retry_mask(&retries->on);
  policy->budget = retries->budget != NULL ? *retries->budget : INFINITY;
  compile_backoff(&retries->backoff, policy);
  if (policy->retries == POLICY_NEVER && !waits(policy)) {
    diagnostic_error(context->diagnostics, node_find(node, "retries"),
                     "unlimited retries without a backoff would never leave the instant; give a backoff");
    return false;
  }
  return true;
}

static void compile_hedge(const struct hedge_settings *hedge, struct policy *policy) {
  if (hedge->after.index == 0) {
    policy->hedge_after = *(const int64_t *)hedge->after.value;
  } else {
    policy->hedge_percentile = percentiles[*(const int *)hedge->after.value];
    policy->hedge_after = 0;
  }
  policy->hedge_copies = hedge->copies;
  policy->tied = hedge->tied;
  policy->hedge_cancel = hedge->cancel || hedge->tied;
}

const struct policy *policy_compile(const struct policy_settings *settings, int64_t default_timeout,
                                    const struct node *node, struct field_context *context) {
  struct policy *policy = arena_take(context->arena, sizeof *policy);
  if (policy == NULL) return NULL;
  *policy = policy_none;
  policy->timeout = default_timeout;
  if (settings->timeout.alternative != NULL) {
    policy->timeout = settings->timeout.index == 1 ? POLICY_NEVER : *(const int64_t *)settings->timeout.value;
  }
  if (settings->deadline != NULL) policy->deadline = *settings->deadline;
  policy->propagate = settings->propagate;
  policy->cancel = settings->on_timeout == 1;
  if (settings->retries != NULL && !compile_retries(settings->retries, policy, node, context)) return NULL;
  if (settings->hedge != NULL) compile_hedge(settings->hedge, policy);
  bool nothing = policy->timeout == POLICY_NEVER && policy->deadline == POLICY_NEVER &&
                 policy->retries == 0 && policy->hedge_after == POLICY_NEVER;
  return nothing ? NULL : policy;
}

static int64_t growing_wait(const struct policy *policy, int64_t attempt) {
  double wait = (double)policy->backoff_base * pow(policy->backoff_factor, (double)(attempt - 1));
  return wait < (double)policy->backoff_most ? (int64_t)wait : policy->backoff_most;
}

int64_t policy_backoff(const struct policy *policy, int64_t attempt, int64_t previous,
                       struct random_stream *luck) {
  if (!policy->growing) return distribution_sample(&policy->backoff, luck);
  int64_t wait = growing_wait(policy, attempt);
  if (policy->jitter == BACKOFF_FULL) return (int64_t)(random_unit(luck) * (double)wait);
  if (policy->jitter == BACKOFF_NONE) return wait;
  double most = 3.0 * (double)(previous > 0 ? previous : policy->backoff_base);
  double drawn = (double)policy->backoff_base + random_unit(luck) * (most - (double)policy->backoff_base);
  return drawn < (double)policy->backoff_most ? (int64_t)drawn : policy->backoff_most;
}
