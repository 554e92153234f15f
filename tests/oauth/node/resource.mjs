// Copyright: (c) 2026, gatehouse.api contributors
// GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-FileCopyrightText: 2026, gatehouse.api contributors
// SPDX-License-Identifier: GPL-3.0-or-later

// An API behind the provider, /api and below: 200 and what the token says for a valid one, 401 for every other.

import { createHash } from 'node:crypto';

import { certificate } from './configuration.mjs';
import { errors, jose } from './library.mjs';
import { now } from './store.mjs';

export function resource(provider, world) {
  return async (ctx, next) => {
    if (ctx.path !== '/api' && !ctx.path.startsWith('/api/')) return next();
    try {
      const token = await presented(provider, world, ctx);
      ctx.body = {
        sub: token.accountId ?? token.sub ?? null,
        client_id: token.clientId ?? token.client_id,
        scope: token.scope ?? '',
        aud: token.aud ?? null,
        method: ctx.method,
        path: ctx.path,
      };
    } catch (error) {
      if (!(error instanceof errors.InvalidToken)) throw error;
      ctx.status = 401;
      ctx.set('WWW-Authenticate', `${world.scheme(ctx)} error="invalid_token", error_description="${error.error_detail}"`);
      ctx.body = { error: 'invalid_token', error_description: error.error_detail };
    }
  };
}

async function presented(provider, world, ctx) {
  const [, scheme, value] = /^(Bearer|DPoP) ([\w.~+/-]+=*)$/i.exec(ctx.get('authorization')) ?? [];
  if (!value) throw new errors.InvalidToken('no token');
  const stored = (await provider.AccessToken.find(value)) ?? (await provider.ClientCredentials.find(value));
  const token = stored ?? (await signed(provider, world, value));
  if (!token) throw new errors.InvalidToken('unknown, revoked or expired');
  if (token.grantId && !(await provider.Grant.find(token.grantId))) throw new errors.InvalidToken('grant revoked');
  if (token.aud !== undefined && token.aud !== `${provider.issuer}/api`) throw new errors.InvalidToken('wrong audience');

  const thumbprint = token['x5t#S256'] ?? token.cnf?.['x5t#S256'];
  if (thumbprint && digest(certificate(ctx)?.raw ?? '') !== thumbprint) {
    throw new errors.InvalidToken('bound to another certificate');
  }
  const jkt = token.jkt ?? token.cnf?.jkt;
  if (Boolean(jkt) !== (scheme.toLowerCase() === 'dpop')) throw new errors.InvalidToken('wrong scheme');
  if (jkt) await proved(provider, ctx, value, jkt);
  return token;
}

async function signed(provider, world, value) {
  if (value.split('.').length !== 3) return undefined;
  try {
    const keys = jose.createLocalJWKSet(world.publicKeys);
    return (await jose.jwtVerify(value, keys, { issuer: provider.issuer, typ: 'at+jwt' })).payload;
  } catch {
    return undefined;
  }
}

async function proved(provider, ctx, value, jkt) {
  try {
    const options = { algorithms: ['ES256', 'Ed25519'], typ: 'dpop+jwt' };
    const { payload, protectedHeader } = await jose.jwtVerify(ctx.get('dpop'), jose.EmbeddedJWK, options);
    const good =
      payload.htm === ctx.method &&
      payload.htu === provider.issuer + ctx.path &&
      Math.abs(now() - payload.iat) < 300 &&
      payload.ath === digest(value) &&
      (await jose.calculateJwkThumbprint(protectedHeader.jwk)) === jkt &&
      (await provider.ReplayDetection.unique('api', payload.jti, now() + 300));
    if (good) return;
  } catch {
    // no proof at all, or none that can be read
  }
  throw new errors.InvalidToken('DPoP proof refused');
}

const digest = (data) => createHash('sha256').update(data).digest('base64url');
