// The closed form of one component. Private to predictions.
#ifndef HEADROOM_PREDICT_LAWS_H
#define HEADROOM_PREDICT_LAWS_H

#include "predict_parts.h"

// Fills in wait, residence, lost, law or why; visits and work are known.
void predict_law(const struct predictor *predictor, const struct predict_part *part,
                 struct predicted_component *predicted);

#endif
