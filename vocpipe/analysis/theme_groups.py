"""Groups of texts that say the same: vectors of their words, many small clusters, and those alike joined."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from vocpipe.analysis.theme_words import Words

# Texts -> one row each; rows that point the same way say the same.
Vectorise = Callable[[Sequence[str]], np.ndarray]

DIMENSIONS = 100
# Texts of a first cluster on average, and how many first clusters few texts are put into.
FIRST_CLUSTER, FEW = 20, 100
# First clusters are joined up to this mean cosine distance. On Banking77 and CLINC .30 to .50 agree with the labels
# equally well (docs/themes.md); a higher one leaves fewer themes that say nearly the same.
JOIN_BELOW = 0.40


def word_vectors(words: Sequence[Words]) -> np.ndarray:
    """TF-IDF of stems that at least two of the texts have; a row each, no column where no word is shared."""
    from scipy import sparse
    from sklearn.feature_extraction.text import TfidfVectorizer

    # Single stems alone: pairs of them made the groups no better.
    vectoriser = TfidfVectorizer(analyzer=_stems, sublinear_tf=True, min_df=2, dtype=np.float32)
    try:
        found = vectoriser.fit_transform(words)
    except ValueError:  # sklearn's word for "no term is left"
        found = sparse.csr_matrix((len(words), 0), dtype=np.float32)
    return found


def _stems(words: Words) -> tuple[str, ...]:
    return words.stems


def reduced(vectors: np.ndarray) -> np.ndarray:
    """The directions in which vectors differ most, each row of length 1 (of length 0 where it was 0)."""
    from sklearn.decomposition import TruncatedSVD
    from sklearn.preprocessing import normalize

    if min(vectors.shape) > DIMENSIONS:
        vectors = TruncatedSVD(DIMENSIONS, random_state=0).fit_transform(vectors)
    elif hasattr(vectors, "toarray"):
        vectors = vectors.toarray()
    return np.asarray(normalize(vectors), dtype=np.float32)


def groups(vectors: np.ndarray) -> np.ndarray:
    """The number of each row's group. ``vectors`` have length 1; the same rows in the same order give the same groups.

    k-means into many small clusters, then average linkage of their centres by cosine distance: so the number of groups
    follows from the texts.
    """
    from scipy.cluster.hierarchy import fcluster, linkage
    from scipy.spatial.distance import pdist
    from sklearn.cluster import KMeans

    count = len(np.unique(np.round(vectors, 5), axis=0))
    first = min(max(len(vectors) // FIRST_CLUSTER, min(len(vectors) // 4, FEW)), count)
    if first < 2:
        return np.zeros(len(vectors), dtype=np.int64)
    fitted = KMeans(first, n_init=1, max_iter=15, random_state=0).fit(vectors)
    tree = linkage(pdist(fitted.cluster_centers_.astype(np.float64), "cosine").clip(0, 2), "average")
    return np.asarray(fcluster(tree, JOIN_BELOW, "distance")[fitted.labels_] - 1, dtype=np.int64)


def tight(vectors: np.ndarray, group: np.ndarray, least: float) -> tuple[np.ndarray, np.ndarray]:
    """Each row's closeness (cosine) to the centre of its group, and its group or -1 where it is under ``least``."""
    centre = np.zeros((int(group.max()) + 1 if len(group) else 0, vectors.shape[1]), dtype=np.float64)
    np.add.at(centre, group, vectors)
    length = np.linalg.norm(centre, axis=1, keepdims=True)
    centre = np.divide(centre, length, out=np.zeros_like(centre), where=length > 0)
    close = np.einsum("ij,ij->i", vectors, centre[group]) if len(group) else np.zeros(0)
    return close, np.where(close >= least, group, -1)
