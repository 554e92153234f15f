// Copyright: (c) 2026, gatehouse.api contributors
// GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-FileCopyrightText: 2026, gatehouse.api contributors
// SPDX-License-Identifier: GPL-3.0-or-later

// oidc-provider as a process: reads one line of JSON from stdin (see tests/oauth/servers.py), prints one when it is
// ready, and ends when stdin does.

import { createServer as createPlain } from 'node:http';
import { createServer as createSecure } from 'node:https';
import { createInterface } from 'node:readline';

import { configuration } from './configuration.mjs';
import { control, journal } from './control.mjs';
import { register } from './grants.mjs';
import { interactions } from './interactions.mjs';
import { Provider } from './library.mjs';
import { resource } from './resource.mjs';
import { Store } from './store.mjs';

const lines = createInterface({ input: process.stdin });
const [line] = await new Promise((done) => lines.once('line', (...given) => done(given)));
lines.on('close', () => process.exit(0));

const { tls } = JSON.parse(line);
let handle;
const handler = (request, response) => handle(request, response);
const server = tls
  ? createSecure({ ...tls, requestCert: true, rejectUnauthorized: false }, handler)
  : createPlain(handler);
server.keepAliveTimeout = 60_000;
await new Promise((done) => server.listen(0, '127.0.0.1', 64, done));
const here = `${tls ? 'https' : 'http'}://127.0.0.1:${server.address().port}`;

// behind a relay the issuer is the relay's URL
const issuer = JSON.parse(line).issuer || here;
const given = JSON.parse(line.replaceAll('{issuer}', issuer));
const world = {
  ...given,
  defaults: { ...given.settings },
  store: new Store(),
  journal: [],
  faults: [],
  canaries: new Set(),
  scheme: (ctx) => (/^dpop /i.test(ctx.get('authorization')) ? 'DPoP' : 'Bearer'),
};
const provider = new Provider(issuer, configuration(world));
provider.proxy = issuer !== here;
provider.on('server_error', (ctx, error) => console.error(error));
provider.use(journal(world));
provider.use(resource(provider, world));
provider.use(interactions(provider, world));
register(provider, world);
handle = provider.callback();

const port = await control(provider, world);
console.log(JSON.stringify({ issuer, here, control: `http://127.0.0.1:${port}` }));
