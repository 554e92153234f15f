# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to gatehouse.api: not for use outside this collection, may change in any release.

"""What happens inside Redis, each in one step: nobody sees a half of it.

The first key is an entry's, the second that of its lock. An entry begins as its file would: magic, revision.
"""

from __future__ import annotations

TAKE = """
if redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2]) or redis.call('GET', KEYS[1]) == ARGV[1] then
  return false
end
return redis.call('GET', KEYS[1])
"""
"""Take a lock (ARGV: holder, milliseconds). Returns its other holder, or nothing. Asking twice does no harm."""

RENEW = """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('PEXPIRE', KEYS[1], ARGV[2])
"""

RELEASE = """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])
"""

WRITE = """
if ARGV[1] ~= '' and redis.call('GET', KEYS[2]) ~= ARGV[1] then return 'lost' end
local head = redis.call('GETRANGE', KEYS[1], 0, 11)
local found = string.rep('\\0', 8)
if head ~= '' then
  if string.len(head) < 12 or string.sub(head, 1, 4) ~= ARGV[4] then return 'damaged' end
  found = string.sub(head, 5, 12)
end
if found ~= ARGV[2] then
  if redis.call('GET', KEYS[1]) == ARGV[3] then return 'written' end
  return found
end
if ARGV[5] == '' then
  redis.call('SET', KEYS[1], ARGV[3])
else
  redis.call('SET', KEYS[1], ARGV[3], 'PX', ARGV[5])
end
return 'written'
"""
"""Compare and swap (ARGV: holder or nothing, expected revision, new content, magic, milliseconds or nothing).

Whoever wrote as the holder of a lock that is lost, writes nothing: that is the fence. Who asks twice, because the first
answer was lost, is told that it is written.
"""

DELETE = """
if ARGV[1] ~= '' and redis.call('GET', KEYS[2]) ~= ARGV[1] then return 'lost' end
return redis.call('DEL', KEYS[1])
"""
