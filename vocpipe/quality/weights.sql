-- What the weights of the weighted figures cost, and why a period has none (settings: weights.margins).
-- One row per period.
with weights as (

    select * from scores.survey_weights

)

select
    period,  -- all, quarter or month.
    period_start,  -- First local day of the period; null for all.
    count(*) as n_customers,  -- Customers who answered.
    power(sum(weight), 2) / sum(weight * weight)
        as n_eff,  -- As many customers of equal weight tell as much (Kish); null: not weighted.
    count(*) * sum(weight * weight) / power(sum(weight), 2) as design_effect,  -- n_customers over n_eff.
    max(weight) as weight_most,  -- The largest weight; 1 is the mean.
    max(warning) as warning,  -- Why the period could not be weighted, or what the weights cost.
from weights
group by period, period_start
