# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to gatehouse.api: not for use outside this collection, may change in any release.

"""Optional libraries: imported where used, and missed in one helpful sentence."""

from __future__ import annotations

import importlib
import sys
import typing as t

from .errors import Failure


def need(module: str, package: str, purpose: str) -> t.Any:
    """Import an optional library.

    :param module: the module to import, such as `pysequoia`.
    :param package: the name under which pip knows it.
    :param purpose: what needs it, for the message.
    :returns: the imported module.
    :raises Failure: `unsupported`, with the exact pip line.
    """
    try:
        return importlib.import_module(module)
    except ImportError as exc:
        raise Failure(
            "unsupported",
            f"{purpose} needs the Python library {package}, which {sys.executable} cannot import ({exc}).",
            hint=f"Install it: {sys.executable} -m pip install {package}",
        ) from exc
