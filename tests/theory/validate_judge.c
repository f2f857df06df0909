#include "validate_judge.h"

#include "score.h"
#include "validate_times.h"

#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static const double FARTHEST = 4; // the score beyond which one case alone is a finding

const char *judged_text(enum judged verdict) {
  static const char *const texts[] = {
      [JUDGED_PASSED] = "passed",
      [JUDGED_OUTSIDE] = "outside",
      [JUDGED_TOO_SHORT] = "too short",
      [JUDGED_MISSING] = "missing",
      [JUDGED_UNSEEN] = "too few at this size",
      [JUDGED_FAR] = "far",
  };
  return texts[verdict];
}

uint64_t judge_seed(const char *name) {
  uint64_t hash = UINT64_C(14695981039346656037);
  for (; *name; name++) hash = (hash ^ (unsigned char)*name) * UINT64_C(1099511628211);
  return hash >> 11;
}

static double tolerance_of(const struct outcome *outcome, const struct figure *figure) {
  if (outcome->trial->settled || outcome->trial->full == 0 || outcome->requests >= outcome->trial->full)
    return figure->tolerance;
  return figure->tolerance * sqrt((double)outcome->trial->full / (double)outcome->requests);
}

// The standard error behind a 95% interval: by t between replications, by the normal for Clopper and
// Pearson's.
static double error_of(const cJSON *estimate, unsigned replications) {
  const cJSON *interval = cJSON_GetObjectItemCaseSensitive(estimate, "ci95");
  const cJSON *low = cJSON_GetArrayItem(interval, 0), *high = cJSON_GetArrayItem(interval, 1);
  if (!cJSON_IsNumber(low) || !cJSON_IsNumber(high) || replications < 2) return NAN;
  const char *method = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(estimate, "method"));
  bool between = !method || strncmp(method, "t over", 6) == 0 || strncmp(method, "sectioning", 10) == 0;
  double quantile = between ? gsl_cdf_tdist_Pinv(0.975, replications - 1.0) : gsl_cdf_ugaussian_Pinv(0.975);
  return (high->valuedouble - low->valuedouble) / 2 / quantile;
}

static void score(struct finding *finding, unsigned replications) {
  if (!finding->figure->score || !(finding->error > 0)) return;
  finding->z = (finding->observed - finding->figure->expected) / finding->error;
  finding->score = score_from_t(finding->z, replications - 1.0);
}

static enum judged verdict_of(const struct outcome *outcome, const struct finding *finding) {
  double distance = fabs(finding->observed - finding->figure->expected);
  if (outcome->trial->settled) return distance <= finding->tolerance ? JUDGED_PASSED : JUDGED_OUTSIDE;
  if (isnan(finding->error)) // no interval
    return outcome->requests < outcome->trial->full ? JUDGED_UNSEEN : JUDGED_TOO_SHORT;
  if (distance > finding->tolerance) return JUDGED_OUTSIDE;
  if (finding->tolerance < 4 * finding->error) return JUDGED_TOO_SHORT;
  return fabs(finding->score) > FARTHEST ? JUDGED_FAR : JUDGED_PASSED;
}

static void judge_figure(const struct outcome *outcome, struct finding *finding, const cJSON *results) {
  const cJSON *item = table_find(results, finding->figure->path);
  const cJSON *value = cJSON_IsObject(item) ? cJSON_GetObjectItemCaseSensitive(item, "value") : item;
  finding->tolerance = tolerance_of(outcome, finding->figure);
  finding->observed = finding->error = finding->z = finding->score = NAN;
  finding->verdict = JUDGED_MISSING;
  if (!cJSON_IsNumber(value)) return;
  finding->observed = value->valuedouble;
  finding->error = error_of(item, outcome->trial->replications);
  if (!outcome->trial->reference) score(finding, outcome->trial->replications);
  finding->verdict = verdict_of(outcome, finding);
}

static void trouble(struct outcome *outcome, const char *format, const char *first, const char *second) {
  size_t used = strlen(outcome->problem);
  snprintf(outcome->problem + used, sizeof outcome->problem - used, format, first, second);
}

// A law that the run's own audit calls unusual is a finding here, where every assumption holds.
static void judge_audit(struct outcome *outcome, const cJSON *results) {
  const cJSON *law = NULL;
  cJSON_ArrayForEach(law, table_find(results, "audit.laws")) {
    const char *verdict = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(law, "verdict"));
    const char *name = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(law, "law"));
    const char *where = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(law, "where"));
    if (verdict && strcmp(verdict, "unusual") == 0)
      trouble(outcome, "audit: %s at %s is unusual; ", name ? name : "a law", where ? where : "?");
  }
}

bool judge_good(const struct finding *finding) {
  return finding->verdict == JUDGED_PASSED || finding->verdict == JUDGED_UNSEEN;
}

void judge(struct outcome *outcome, const cJSON *results, const char *trace) {
  const struct trial *trial = outcome->trial;
  bool fine = true;
  for (size_t i = 0; i < trial->figure_count; i++) {
    struct finding *finding = &outcome->findings[i];
    finding->figure = &trial->figures[i];
    judge_figure(outcome, finding, results);
    fine = fine && judge_good(finding);
  }
  judge_audit(outcome, results);
  for (size_t i = 0; i < trial->timetable_count; i++) {
    if (!times_match(&trial->timetables[i], trace))
      trouble(outcome, "the visits of %s are not at the times expected%s; ", trial->timetables[i].component,
              "");
  }
  outcome->passed = fine && outcome->problem[0] == '\0';
}
