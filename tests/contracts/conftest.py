"""Fixtures of small projects."""

from project import staged

__all__ = ["staged"]
