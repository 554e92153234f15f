# Copyright: (c) 2026, gatehouse.api contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026, gatehouse.api contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The option code_command of Akiflow: prints the newest code that the sandbox has sent to an account.

Without any library but these three, and without HTTP's: it is started some thousand times.

    python -IS code_program.py HOST PORT
"""

import os
import socket
import sys

HOST, PORT = sys.argv[1:]
ACCOUNT = os.environ["GATEHOUSE_ACCOUNT"].partition("@")[0]
with socket.create_connection((HOST, int(PORT)), timeout=30) as connection:
    connection.sendall(f"GET /_sandbox/codes HTTP/1.1\r\nHost: {HOST}\r\nConnection: close\r\n\r\n".encode())
    reply = b""
    while part := connection.recv(65536):
        reply += part
current = reply.partition(b'"current"')[2].partition(b"}")[0]
print(current.partition(f'"{ACCOUNT}"'.encode())[2].split(b'"')[1].decode())
