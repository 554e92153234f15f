// Copyright: (c) 2026, gatehouse.api contributors
// GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-FileCopyrightText: 2026, gatehouse.api contributors
// SPDX-License-Identifier: GPL-3.0-or-later

// The grants that oidc-provider does not have, by its documented extension point registerGrantType: JWT bearer
// (RFC 7523, section 2.1), token exchange (RFC 8693) and password (RFC 6749, section 4.3). Client authentication, token formats, lifetimes, resource
// servers and revocation are oidc-provider's own, the check of assertions is jose's. Servers from the package
// registries that have these grants (one of each) would each have brought thirty packages and a set-up of its own.

import { account, resourceServer } from './configuration.mjs';
import { errors, jose } from './library.mjs';

const ACCESS_TOKEN = 'urn:ietf:params:oauth:token-type:access_token';
export const JWT_BEARER = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
export const TOKEN_EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange';

export function register(provider, world) {
  const bearer = ['assertion', 'scope', 'resource'];
  provider.registerGrantType(JWT_BEARER, (ctx) => jwtBearer(provider, world, ctx), bearer);
  const exchange = [
    ...['actor_token', 'actor_token_type', 'audience', 'requested_token_type', 'resource', 'scope'],
    ...['subject_token', 'subject_token_type'],
  ];
  provider.registerGrantType(TOKEN_EXCHANGE, (ctx) => tokenExchange(provider, world, ctx), exchange);
  const password = ['username', 'password', 'scope', 'resource'];
  provider.registerGrantType('password', (ctx) => byPassword(provider, world, ctx), password);
}

async function byPassword(provider, world, ctx) {
  const { username, password, scope, resource } = ctx.oidc.params;
  if (!username || !password) throw new errors.InvalidRequest("missing required parameter 'username' or 'password'");
  if (!Object.hasOwn(world.users, username) || world.users[username] !== password) {
    throw new errors.InvalidGrant('wrong name or password');
  }
  await answer(provider, world, ctx, { accountId: username, gty: 'password', resource, wanted: scope?.split(' ') ?? [] });
}

async function jwtBearer(provider, world, ctx) {
  const { params } = ctx.oidc;
  if (!params.assertion) throw new errors.InvalidRequest("missing required parameter 'assertion'");
  let claims;
  try {
    const found = await jose.jwtVerify(params.assertion, jose.createLocalJWKSet(world.trusted.jwks), {
      algorithms: ['RS256', 'ES256'],
      audience: [provider.issuer, provider.urlFor('token')],
      issuer: world.trusted.issuer,
      requiredClaims: ['exp', 'sub'],
    });
    claims = found.payload;
  } catch (cause) {
    throw new errors.InvalidGrant(`assertion refused: ${cause.code ?? 'unreadable'}`, { cause });
  }
  if (!account(world, claims.sub)) throw new errors.InvalidGrant('assertion refused: unknown subject');
  if (claims.jti && !(await provider.ReplayDetection.unique(claims.iss, claims.jti, claims.exp))) {
    throw new errors.InvalidGrant('assertion refused: used before');
  }
  const wanted = params.scope?.split(' ') ?? [];
  await answer(provider, world, ctx, { accountId: claims.sub, gty: 'jwt_bearer', resource: params.resource, wanted });
}

async function tokenExchange(provider, world, ctx) {
  const { params } = ctx.oidc;
  for (const name of ['subject_token', 'subject_token_type']) {
    if (!params[name]) throw new errors.InvalidRequest(`missing required parameter '${name}'`);
  }
  if (params.subject_token_type !== ACCESS_TOKEN) throw new errors.InvalidRequest('unsupported subject_token_type');
  if (params.requested_token_type && params.requested_token_type !== ACCESS_TOKEN) {
    throw new errors.InvalidRequest('unsupported requested_token_type');
  }
  if (params.actor_token) throw new errors.InvalidRequest('unsupported actor_token');
  const subject = await provider.AccessToken.find(params.subject_token);
  if (!subject || subject.isSenderConstrained()) throw new errors.InvalidRequest('subject_token refused');
  const held = [...subject.scopes].filter((scope) => !['openid', 'offline_access'].includes(scope));
  const wanted = params.scope?.split(' ') ?? held;
  const more = wanted.filter((scope) => !subject.scopes.has(scope));
  if (more.length) throw new errors.InvalidScope('subject_token lacks requested scopes', more.join(' '));
  const resource = params.resource ?? params.audience;
  const { accountId } = subject;
  await answer(provider, world, ctx, { accountId, gty: 'token_exchange', resource, wanted, type: ACCESS_TOKEN });
}

async function answer(provider, world, ctx, { accountId, gty, resource, wanted, type }) {
  const { client } = ctx.oidc;
  const allowed = client.scope?.split(' ') ?? [];
  const refused = allowed.length ? wanted.filter((scope) => !allowed.includes(scope)) : [];
  if (refused.length) throw new errors.InvalidScope('requested scope is not allowed', refused.join(' '));

  const grant = new provider.Grant({ accountId, clientId: client.clientId });
  const token = new provider.AccessToken({ accountId, client, gty });
  const scope = wanted.join(' ');
  if (resource) {
    token.resourceServer = new provider.ResourceServer(resource, resourceServer(world, resource));
    grant.addResourceScope(resource, scope);
    token.scope = wanted.filter((one) => token.resourceServer.scopes.has(one)).join(' ') || undefined;
  } else {
    grant.addOIDCScope(scope);
    token.scope = scope || undefined;
  }
  token.grantId = await grant.save();
  ctx.oidc.entity('Grant', grant);
  ctx.oidc.entity('AccessToken', token);
  const value = await token.save();
  let refresh;
  if (client.grantTypeAllowed('refresh_token')) {
    const { grantId } = token;
    const made = new provider.RefreshToken({ accountId, client, grantId, gty, resource, scope, expiresWithSession: false });
    ctx.oidc.entity('RefreshToken', made);
    refresh = await made.save();
  }
  ctx.body = {
    access_token: value,
    issued_token_type: type,
    token_type: token.tokenType,
    expires_in: token.expiration,
    refresh_token: refresh,
    scope: token.scope,
  };
}
