"""A column that grows by single values and is read as a numpy array: how classifiers remember words."""

from __future__ import annotations

import numpy as np


class Column:
    """``append`` values, read them with ``array``; the array is copied only when the column grew since."""

    def __init__(self, dtype: type) -> None:
        self._values: list[float] = []
        self._array: np.ndarray = np.zeros(0, dtype=dtype)

    def append(self, value: float) -> None:
        """Adds one value at the end."""
        self._values.append(value)

    def extend(self, values: np.ndarray) -> None:
        """Adds an array of values at the end."""
        self._array = np.concatenate((self.array(), values.astype(self._array.dtype)))

    def array(self) -> np.ndarray:
        """All values so far; do not write into it."""
        if self._values:
            self._array = np.concatenate((self._array, np.array(self._values, dtype=self._array.dtype)))
            self._values.clear()
        return self._array
