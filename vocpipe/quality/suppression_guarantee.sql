-- What the list of customers in distress promises: the threshold on texts that is in force beside the plain rules, chosen
-- from cases that people labelled, and the lower bound of the share of customers in distress that is found (95 %).
-- One row per threshold in force.
select
    threshold,  -- Sentiment score at or below which an unasked text counts as distress; null: the plain rules alone.
    recall_target,  -- Share of customers in distress that must be found (settings: actions.recall_target).
    recall,  -- Share found among the labelled ones, 0 to 1.
    recall_low,  -- Lower bound of that share (Clopper-Pearson, one-sided, 95 %); null: no customer is labelled so.
    is_guaranteed,  -- Whether that bound reaches the target.
    precision,  -- Share of the labelled customers found who are in distress; null: none is found.
    count_customers,  -- Labelled customers.
    count_distress,  -- Those of them in distress.
    outcome,  -- What is in force and why, in words.
from scores.text_guarantee
