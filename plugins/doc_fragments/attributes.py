# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What every module of this collection has in common."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
attributes:
  check_mode:
    description: Can run in C(check_mode), sends nothing that changes anything, and predicts the changed status.
    support: full
  diff_mode:
    description: Returns details on what has changed (or would change in C(check_mode)) when in diff mode.
    support: full
  action_group:
    description: Use C(group/gatehouse.api.all) in C(module_defaults) to set options for all modules of this collection.
    support: full
    membership:
      - gatehouse.api.all
notes:
  - The work is done on the control node, in the worker process, whatever the play's hosts are. All hosts and workers
    share one session of a name. See O(run_on).
"""
