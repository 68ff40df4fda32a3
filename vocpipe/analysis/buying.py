"""Who will buy again, how often and for how much: the BG/NBD and the Gamma-Gamma model.

A customer is known by frequency x (days with a purchase after the first one), recency t_x (time from the first to the
last purchase) and T (time from the first purchase to now). Any unit of time will do, if it is the same throughout.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

# Below so many customers who came back the four parameters mean little.
FEW = 50
# From this correlation on the amount says something of the frequency, which Gamma-Gamma supposes not to be so.
RELATED = 0.3
# Parameters beyond e to this power are a model without an end: the data has no spread of that kind.
EDGE = 10.0


@dataclass(frozen=True, slots=True)
class Fit:
    """A fitted model: its parameters by name, log-likelihood and n; or why there is none."""

    parameters: dict[str, float]
    log_likelihood: float
    n: int
    refused: str = ""


def refusal(n: int, why: str) -> Fit:
    """No model, and why."""
    return Fit({}, float("nan"), n, why)


def fit_bg_nbd(x: np.ndarray, t_x: np.ndarray, big_t: np.ndarray) -> Fit:
    """Parameters r, alpha, a and b of the BG/NBD model by maximum likelihood (Fader, Hardie and Lee 2005).

    Customers who are alike in x, t_x and T are counted once, so that hundreds of thousands take a second or two.
    """
    x, t_x, big_t = (np.asarray(v, dtype=float) for v in (x, t_x, big_t))
    if (repeaters := int((x > 0).sum())) < FEW:
        return refusal(len(x), f"only {repeaters} customers bought on a second day; it takes {FEW}")
    alike, counts = np.unique(np.column_stack((x, t_x, big_t)), axis=0, return_counts=True)
    scale = float(big_t.max())  # parameters are then near 1, whatever the unit of time
    steps, where = np.unique(alike[:, 0], return_inverse=True)
    columns = (alike[:, 0], alike[:, 1] / scale, alike[:, 2] / scale, counts.astype(float), steps, where)
    found = best(lambda log: bg_nbd_likelihood(np.exp(log), *columns), 4, len(x))
    if found.refused:
        return found
    r, alpha, a, b = found.parameters.values()
    parameters = {"r": r, "alpha": alpha * scale, "a": a, "b": b}
    # The density of the times is per unit of time: that of the scaled ones is put right.
    return Fit(parameters, found.log_likelihood - float(x.sum()) * np.log(scale), len(x))


def bg_nbd_likelihood(
    p: np.ndarray, x: np.ndarray, t_x: np.ndarray, big_t: np.ndarray, counts: np.ndarray, steps: np.ndarray,
    where: np.ndarray,
) -> tuple[float, np.ndarray]:  # fmt: skip
    """Minus the log-likelihood, and its derivative by the logarithms of r, alpha, a and b.

    What depends on x alone is computed for each of ``steps``, the different x; ``where`` says which one is whose.
    """
    from scipy.special import digamma, gammaln

    r, alpha, a, b = p
    of_x = gammaln(r + steps) - gammaln(r) + gammaln(a + b) + gammaln(b + steps) - gammaln(b) - gammaln(a + b + steps)
    log_t, log_x = np.log(alpha + big_t), np.log(alpha + t_x)
    is_back = x > 0
    alive = -(r + x) * log_t
    gone = np.where(is_back, np.log(a) - np.log(np.where(is_back, b + x - 1, 1)) - (r + x) * log_x, -np.inf)
    both = np.logaddexp(alive, gone)
    share = np.exp(gone - both)  # how likely it is that the customer is gone
    value = of_x[where] + r * np.log(alpha) + both
    at_a_b = (digamma(a + b) - digamma(a + b + steps))[where]
    slope = np.array(
        [
            counts @ ((digamma(r + steps) - digamma(r))[where] + np.log(alpha) - (1 - share) * log_t - share * log_x),
            counts @ (r / alpha - (r + x) * ((1 - share) / (alpha + big_t) + share / (alpha + t_x))),
            counts @ (at_a_b + share / a),
            counts @ (at_a_b + (digamma(b + steps) - digamma(b))[where] - share / np.where(is_back, b + x - 1, 1)),
        ]
    )
    return -float(counts @ value), -slope * p


def fit_gamma_gamma(x: np.ndarray, m: np.ndarray) -> Fit:
    """Parameters p, q and v of the Gamma-Gamma model (Fader and Hardie, note 025) for the mean amount of a purchase.

    ``m`` is the mean over the x repeat purchases; customers who did not come back, or paid nothing, say nothing.
    Refused where few came back, or where the amount goes with the frequency.
    """
    x, m = np.asarray(x, dtype=float), np.asarray(m, dtype=float)
    is_told = (x > 0) & (m > 0)
    order = np.lexsort((m[is_told], x[is_told]))  # the sums do not depend on the order of the customers
    x, m = x[is_told][order], m[is_told][order]
    if len(x) < FEW:
        return refusal(len(x), f"only {len(x)} customers paid for a second purchase; it takes {FEW}")
    if np.ptp(m) == 0:
        return refusal(len(x), "every customer pays the same, so there is nothing to foresee")
    related = float(np.corrcoef(x, m)[0, 1]) if np.ptp(x) > 0 else 0.0
    if abs(related) > RELATED:
        return refusal(len(x), f"amount and frequency go together (correlation {related:.2f}, allowed {RELATED})")
    scale = float(m.mean())
    found = best(lambda log: gamma_gamma_likelihood(np.exp(log), x, m / scale), 3, len(x))
    if found.refused:
        return found
    p, q, v = found.parameters.values()
    if q <= 1:
        return refusal(len(x), "amounts differ so much that their mean has no end")
    parameters = {"p": p, "q": q, "v": v * scale}
    return Fit(parameters, found.log_likelihood - len(x) * float(np.log(scale)), len(x))


def gamma_gamma_likelihood(log: np.ndarray, x: np.ndarray, m: np.ndarray) -> tuple[float, np.ndarray]:
    """Minus the log-likelihood, and its derivative by the logarithms of p, q and v."""
    from scipy.special import digamma, gammaln

    p, q, v = log
    n, px, log_total = len(x), p * x, np.log(v + m * x)
    value = gammaln(px + q) - gammaln(px) - gammaln(q) + q * np.log(v) - np.log(m) + px * np.log(m * x)
    value -= (px + q) * log_total
    slope = np.array(
        [
            x @ (digamma(px + q) - digamma(px) + np.log(m * x) - log_total),
            (digamma(px + q) - log_total).sum() + n * (np.log(v) - digamma(q)),
            n * q / v - ((px + q) / (v + m * x)).sum(),
        ]
    )
    return -float(value.sum()), -slope * np.array([p, q, v])


def fit_sbg(lost: np.ndarray, kept: np.ndarray) -> Fit:
    """Parameters alpha and beta of the shifted beta-geometric model of contracts (Fader and Hardie 2007).

    ``lost[i]`` contracts ended after i + 1 periods, ``kept[i]`` are seen to have lasted i + 1 periods and go on.
    """
    from scipy.special import betaln

    lost, kept = np.asarray(lost, dtype=float), np.asarray(kept, dtype=float)
    t, n = np.arange(1, len(lost) + 1), int(lost.sum() + kept.sum())
    if not lost.sum() or not kept.sum():
        return refusal(n, "contracts that ended and contracts that go on are both needed")

    def minus(log: np.ndarray) -> float:
        alpha, beta = np.exp(log)
        value = lost @ betaln(alpha + 1, beta + t - 1) + kept @ betaln(alpha, beta + t)
        return float((lost.sum() + kept.sum()) * betaln(alpha, beta) - value)

    found = best(minus, 2, n, has_slope=False)
    names = ("alpha", "beta")
    return (
        found
        if found.refused
        else Fit(dict(zip(names, found.parameters.values(), strict=True)), found.log_likelihood, n)
    )


def best(minus: Callable, size: int, n: int, has_slope: bool = True) -> Fit:
    """The largest likelihood over positive parameters, from one fixed start; refused where it lies at no end."""
    from scipy.optimize import minimize

    options = {"ftol": 1e-13, "gtol": 1e-6, "maxiter": 1000, "maxfun": 20_000}
    bounds = [(-EDGE, EDGE)] * size
    found = minimize(minus, np.zeros(size), jac=has_slope, method="L-BFGS-B", bounds=bounds, options=options)
    if np.abs(found.x).max() > EDGE - 1e-3:
        return refusal(n, "customers are too much alike, or too few, for the model to settle")
    if not np.isfinite(found.fun):
        return refusal(n, "the model does not settle on this data")
    return Fit({str(i): float(value) for i, value in enumerate(np.exp(found.x))}, -float(found.fun), n)


def p_alive(fit: Fit, x: np.ndarray, t_x: np.ndarray, big_t: np.ndarray) -> np.ndarray:
    """Probability that each customer still buys; 1 by construction where x is 0 (one leaves after a repeat only)."""
    from scipy.special import expit

    r, alpha, a, b = (fit.parameters[name] for name in ("r", "alpha", "a", "b"))
    x, t_x, big_t = (np.asarray(v, dtype=float) for v in (x, t_x, big_t))
    is_back = x > 0
    log_odds = np.log(a / np.where(is_back, b + x - 1, 1)) + (r + x) * np.log((alpha + big_t) / (alpha + t_x))
    return np.where(is_back, expit(-log_odds), 1.0)


def expected_orders(fit: Fit, x: np.ndarray, t_x: np.ndarray, big_t: np.ndarray, ahead: float) -> np.ndarray:
    """Purchases that each customer is expected to make within ``ahead`` from now (Fader, Hardie and Lee 2005, (10)).

    Their hypergeometric function is taken by Euler's transformation, whose terms stay finite for large x.
    """
    from scipy.special import hyp2f1

    r, alpha, a, b = (fit.parameters[name] for name in ("r", "alpha", "a", "b"))
    a = a if abs(a - 1) > 1e-6 else 1 + 1e-6  # the formula has a gap at 1, its value none
    x, big_t = np.asarray(x, dtype=float), np.asarray(big_t, dtype=float)
    z, c = ahead / (alpha + big_t + ahead), a + b + x - 1
    left = (1 - z) ** (a - 1) * hyp2f1(a + b - 1 - r, a - 1, c, z)
    return c / (a - 1) * (1 - left) * p_alive(fit, x, t_x, big_t)


def expected_amount(fit: Fit, x: np.ndarray, m: np.ndarray) -> np.ndarray:
    """Mean amount of the purchases to come, by Gamma-Gamma; that of all customers where x is 0."""
    p, q, v = (fit.parameters[name] for name in ("p", "q", "v"))
    x = np.asarray(x, dtype=float)
    return p * (v + x * np.where(x > 0, m, 0.0)) / (p * x + q - 1)
