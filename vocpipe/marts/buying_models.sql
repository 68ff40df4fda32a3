-- Models of how often customers buy (bg_nbd, in weeks), for how much (gamma_gamma, by currency) and how long contracts
-- last (sbg), fitted by maximum likelihood to what was known at the as-of time.
-- One row per model, currency and parameter; a refused model has one row without a parameter.
select
    model,  -- bg_nbd, gamma_gamma or sbg.
    currency,  -- Currency of the amounts; null: the model knows none.
    parameter,  -- Name of the parameter, as its authors call it; null: the model is refused.
    value,  -- Its value.
    log_likelihood,  -- Log-likelihood of the whole model.
    n,  -- Customers that the model is fitted to.
    refused_because,  -- Why there is no model; null: there is one.
from scores.buying_models
