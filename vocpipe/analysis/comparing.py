"""Chooses the test of `changes` for each kind of figure, and counts who is in both periods."""

from __future__ import annotations

import numpy as np
import pandas as pd

from vocpipe.analysis import changes

# How a figure's own interval is made -> how its change is tested.
TESTS = {
    "adjusted_wald": "adjusted_wald",
    "wilson": "newcombe",
    "t": "welch",
    "poisson_byar": "welch",
    "order_statistics": "price_bonett",
}


def compared(pairs: pd.DataFrame, conf: float = 0.95) -> pd.DataFrame:
    """One row per row of ``pairs``: difference, se, ci_low, ci_high, p_value, method.

    ``pairs`` has the columns of metric_value and metric_component, those of the earlier period with ``_before``, and
    both_ww, both_wws, both_wsw, both_ws2 of metric_overlap (null: nobody is in both), and is_stock. Figures whose own
    interval is of another kind (none, a model's) get their difference alone; so do stocks, which say how all customers
    stand at two times: their move is no question of chance, and would drown the false alarms of the others.
    """
    out = pd.DataFrame(
        {"difference": pairs["value"] - pairs["value_before"], "method": "none"}
        | dict.fromkeys(("se", "ci_low", "ci_high", "p_value"), np.nan),
        index=pairs.index,
    )
    stocks = pairs["is_stock"] & pairs["method"].ne("poisson_byar")
    for own, method in TESTS.items():
        rows = pairs[(pairs["method"] == own) & ~stocks]
        if len(rows):
            put(out, rows, method, of_method(rows, method, conf))
    out.loc[stocks, "method"] = "stock"
    unknown = out["difference"].isna()
    out.loc[unknown, ["se", "ci_low", "ci_high", "p_value"]] = np.nan
    out.loc[unknown, "method"] = "none"
    return out


def put(out: pd.DataFrame, rows: pd.DataFrame, method: str, found: changes.Difference) -> None:
    """Write the differences of some rows, with the name of what was done."""
    for name, values in (("se", found.se), ("ci_low", found.low), ("ci_high", found.high), ("p_value", found.p_value)):
        out.loc[rows.index, name] = values
    paired = rows["both_ww"].fillna(0).to_numpy(dtype=float) > 0
    named = np.where(paired, f"{method}_paired", method)
    out.loc[rows.index, "method"] = np.where(found.is_degenerate, "degenerate", named)


def of_method(rows: pd.DataFrame, method: str, conf: float) -> changes.Difference:
    """The test of rows that all are of one method."""
    if method == "price_bonett":
        # Events above a median less those below, halved, vary by a quarter of n each way times the design effect.
        n1, worth_1, n2, worth_2 = columns(rows, "n", "n_eff")
        shared = rows["both_ws2"].fillna(0).to_numpy(dtype=float)
        rho = changes.correlation(n1 * n1 / worth_1 / 4, n2 * n2 / worth_2 / 4, shared)
        return changes.medians(*columns(rows, "value", "ci_low", "ci_high"), rho, conf)
    spread_1, spread_2 = spread(rows, "_before"), spread(rows, "")
    rho = changes.correlation(spread_1, spread_2, product(rows), of_classes=method != "welch")
    if method == "adjusted_wald":
        deff = (design_effect(rows, "_before", spread_1), design_effect(rows, "", spread_2))
        return changes.nps(counts(rows, "_before"), counts(rows, ""), rho, *deff, conf)
    if method == "newcombe":
        deff = (design_effect(rows, "_before", spread_1), design_effect(rows, "", spread_2))
        n1, n2 = columns(rows, "n")
        m1, m2 = mean(rows, "_before"), mean(rows, "")
        return changes.shares(m1 * n1, n1, m2 * n2, n2, rho, *deff, conf)
    m1, se1, g1, m2, se2, g2 = columns(rows, "value", "se", "n_clusters")
    return changes.means(m1, se1, np.maximum(g1 - 1, 1), m2, se2, np.maximum(g2 - 1, 1), rho, conf)


def columns(rows: pd.DataFrame, *names: str) -> list[np.ndarray]:
    """These columns of the earlier period, then of the later one."""
    return [rows[f"{name}{when}"].to_numpy(dtype=float) for when in ("_before", "") for name in names]


def mean(rows: pd.DataFrame, when: str) -> np.ndarray:
    """Sum of values over sum of weights; null where nothing was counted."""
    w = rows[f"sum_w{when}"].to_numpy(float)
    return np.asarray(rows[f"sum_ws{when}"].to_numpy(float) / np.where(w > 0, w, np.nan))


def spread(rows: pd.DataFrame, when: str) -> np.ndarray:
    """Sum over customers of their squared residuals w(s - m)."""
    m = mean(rows, when)
    ww, wws, ws2 = (rows[f"cluster_{name}{when}"].to_numpy(float) for name in ("ww", "wws", "ws2"))
    return np.asarray(np.clip(ws2 - 2 * m * wws + m * m * ww, 0, None))


def product(rows: pd.DataFrame) -> np.ndarray:
    """Sum over customers in both periods of residual before times residual after."""
    m1, m2 = mean(rows, "_before"), mean(rows, "")
    ww, wws, wsw, ws2 = (rows[f"both_{name}"].fillna(0).to_numpy(float) for name in ("ww", "wws", "wsw", "ws2"))
    return np.asarray(ws2 - m2 * wsw - m1 * wws + m1 * m2 * ww)


def design_effect(rows: pd.DataFrame, when: str, between: np.ndarray) -> np.ndarray:
    """Variance between customers, weights included, over that of n independent answers; 1 at least, and 1 exactly where
    everybody answers once.
    """
    m, n, w = mean(rows, when), rows[f"n{when}"].to_numpy(float), rows[f"sum_w{when}"].to_numpy(float)
    clusters = rows[f"n_clusters{when}"].to_numpy(float)
    within = rows[f"sum_ws2{when}"].to_numpy(float) - w * m * m
    with np.errstate(divide="ignore", invalid="ignore"):
        found = between / within * clusters / (clusters - 1) * (n - 1) / w
    return np.asarray(np.where(np.isfinite(found) & (within > 1e-12), np.maximum(found, 1), 1.0))


def counts(rows: pd.DataFrame, when: str) -> np.ndarray:
    """Detractors, passives and promoters, (rows, 3); weighted answers are brought to n in all."""
    n, w, s, s2 = (rows[f"{name}{when}"].to_numpy(float) for name in ("n", "sum_w", "sum_ws", "sum_ws2"))
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.column_stack(((s2 - s) / 2, w - s2, (s2 + s) / 2)) * (n / w)[:, None]
