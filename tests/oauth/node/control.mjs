// Copyright: (c) 2026, gatehouse.api contributors
// GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-FileCopyrightText: 2026, gatehouse.api contributors
// SPDX-License-Identifier: GPL-3.0-or-later

// What tests may see and do: the journal of requests, faults in front of the provider, and a control server on a port
// of its own, so that nothing of it is in the protocol's way.

import { createHash } from 'node:crypto';
import { createServer } from 'node:http';

import { setClock } from './clock.mjs';
import { text } from './forms.mjs';

const ROUTES = {
  '/.well-known/openid-configuration': 'discovery',
  '/.well-known/oauth-authorization-server': 'discovery',
  '/auth': 'authorization',
  '/device': 'device',
  '/device/auth': 'device_authorization',
  '/jwks': 'jwks',
  '/me': 'userinfo',
  '/oob': 'oob',
  '/request': 'pushed_authorization_request',
  '/token': 'token',
  '/token/introspection': 'introspection',
  '/token/revocation': 'revocation',
};
const PREFIXES = { '/api': 'resource', '/auth/': 'authorization', '/device/': 'device', '/interaction/': 'interaction' };
const KINDS = {
  access_tokens: ['AccessToken', 'ClientCredentials'],
  device_codes: ['DeviceCode'],
  refresh_tokens: ['RefreshToken'],
};
const TOKENS = [...KINDS.access_tokens, ...KINDS.refresh_tokens];
const SECRETS = ['access_token', 'device_code', 'id_token', 'refresh_token'];

function route(path) {
  const prefix = Object.keys(PREFIXES).find((one) => path.startsWith(one));
  return ROUTES[path] ?? PREFIXES[prefix] ?? 'other';
}

export function journal(world) {
  return async (ctx, next) => {
    const entry = { sequence: world.journal.length + 1, method: ctx.method, path: ctx.path, route: route(ctx.path) };
    world.journal.push(entry);
    const fault = armed(world, entry.route);
    if (fault) entry.fault = fault.kind;
    try {
      if (!fault || fault.kind === 'drop_after') await next();
      else if (fault.kind === 'answer') Object.assign(entry, { error: answer(ctx, fault) });
    } finally {
      const { body } = ctx;
      entry.status = fault?.kind.startsWith('drop') ? null : ctx.status;
      entry.grant_type = ctx.oidc?.params?.grant_type ?? null;
      entry.client = ctx.oidc?.client?.clientId ?? null;
      entry.error ??= body?.error ?? null;
      entry.done = fault?.kind === 'answer' || fault?.kind === 'drop_before' ? false : ctx.status < 400;
      for (const name of SECRETS) if (fault?.kind !== 'answer' && body?.[name]) world.canaries.add(body[name]);
      // oidc-provider says no interval; RFC 8628 then means five seconds
      if (entry.route === 'device_authorization' && body?.device_code) body.interval = world.settings.device_interval;
    }
    if (fault?.kind.startsWith('drop')) {
      ctx.respond = false;
      ctx.req.socket.destroy();
    }
  };
}

function armed(world, name) {
  const fault = world.faults.find((one) => one.route === '*' || one.route === name);
  if (fault && --fault.count === 0) world.faults.splice(world.faults.indexOf(fault), 1);
  return fault;
}

function answer(ctx, { status = 500, headers = {}, body = '' }) {
  ctx.status = status;
  ctx.body = body;
  ctx.set(headers);
  return body?.error ?? null;
}

export async function control(provider, world) {
  const { store } = world;
  const deeds = {
    'GET journal': () => world.journal,
    'GET canaries': () => [...world.canaries],
    'GET state': () => state(store),
    'GET tokens': () => tokens(store),
    'GET settings': () => world.settings,
    'POST settings': (wanted) => change(world, wanted),
    'POST fault': (fault) => void world.faults.push({ count: 1, route: '*', ...fault }),
    'POST clock': ({ seconds }) => setClock(seconds),
    'POST expire': ({ kind }) => expire(store, kind),
    'POST revoke': (wanted) => revoke(provider, store, wanted),
    'POST reset': () => reset(world),
  };
  const server = createServer(async (request, response) => {
    const deed = deeds[`${request.method} ${request.url.slice(1)}`];
    let status = 200;
    let result;
    try {
      const body = await text(request);
      if (!deed) throw new Error('no such control');
      result = await deed(body ? JSON.parse(body) : {});
    } catch (error) {
      [status, result] = [400, { message: error.message }];
    }
    response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(result ?? null));
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  return server.address().port;
}

function state(store) {
  const sums = Object.entries(KINDS).map(([name, models]) => [name, sum(models.map((model) => store.live(model)))]);
  return { grants: store.live('Grant'), sessions: store.live('Session'), ...Object.fromEntries(sums) };
}

// live ones by their fingerprints, and whose grant they are of; of JWTs nothing is kept
function tokens(store) {
  const grants = new Set([...store.entries('Grant')].filter(([, grant]) => store.fresh(grant)).map(([id]) => id));
  const found = ([id, { kind, grantId }]) => ({ kind, token: fingerprint(id), grant: grantId ? fingerprint(grantId) : null });
  const live = ([, payload]) => store.fresh(payload) && (!payload.grantId || grants.has(payload.grantId));
  return TOKENS.flatMap((model) => [...store.entries(model)].filter(live).map(found));
}

// as tests/sandbox/canaries.py does it
const fingerprint = (value) => createHash('sha256').update(value).digest('hex').slice(0, 12);

function change(world, wanted) {
  const unknown = Object.keys(wanted).filter((name) => !Object.hasOwn(world.settings, name));
  if (unknown.length) throw new Error(`no such setting: ${unknown.join(', ')}`);
  return Object.assign(world.settings, wanted);
}

function expire(store, kind) {
  if (!KINDS[kind]) throw new Error(`no such kind: ${kind}`);
  const payloads = KINDS[kind].flatMap((model) => [...store.entries(model).values()]);
  for (const payload of payloads) payload.exp = 1;
  return payloads.length;
}

async function revoke(provider, store, { client, user }) {
  const fits = (grant) => [undefined, null, grant.clientId].includes(client) && [undefined, null, grant.accountId].includes(user);
  const ids = [...store.entries('Grant')].filter(([, grant]) => fits(grant)).map(([id]) => id);
  for (const id of ids) {
    store.revoke(id);
    await (await provider.Grant.find(id, { ignoreExpiration: true })).destroy();
  }
  return ids.length;
}

function reset(world) {
  setClock(0);
  world.store.clear();
  world.faults.length = 0;
  world.journal.length = 0;
  Object.assign(world.settings, world.defaults);
}

const sum = (numbers) => numbers.reduce((total, number) => total + number, 0);
