// Copyright: (c) 2026, gatehouse.api contributors
// GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-FileCopyrightText: 2026, gatehouse.api contributors
// SPDX-License-Identifier: GPL-3.0-or-later

// The packages, from the directory below .venv/ that tests/tools/nodes.py fills: the sources stay where they are.

import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const require = createRequire(join(process.env.GATEHOUSE_OAUTH_NODE, 'package.json'));
const load = (name) => import(pathToFileURL(require.resolve(name)).href);

export const { default: Provider, errors } = await load('oidc-provider');
export const jose = await load('jose');
