"""The built-in transforms (LANGUAGE §10), and how several of them become one conversion."""

from __future__ import annotations

from tieout.mapping.transforms.chain import bind_chain

__all__ = ["bind_chain"]
