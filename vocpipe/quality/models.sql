-- The models of text: what comes with vocpipe and is in use, and every version fitted in this project, kept or not.
-- One row per model version, set it was measured on, channel and figure; one without figures where none was measured.
select
    classifier,  -- Which question it answers: sentiment, topic and so on.
    version,  -- Version, as in marts.annotations.
    origin,  -- shipped, or trained here.
    trained_on,  -- What it was fitted on.
    trained_at,  -- When it was fitted in this project (UTC); null: it came with vocpipe.
    evaluated_on,  -- On which texts the figure was measured.
    channel,  -- Of which channel; all: of every one.
    metric,  -- accuracy, macro_f1, macro_recall, calibration_error, net_sentiment_gap, unknown_share, agreement, gain_….
    value,  -- The figure.
    ci_low,  -- Lower end of its 95 % interval.
    ci_high,  -- Upper end of its 95 % interval.
    n,  -- Texts it was measured on.
    is_in_use,  -- Whether this run used the model.
    outcome,  -- Why a version fitted here was put in use, or why not.
from enrichment.models
